//! Reads the certificates that the user names. Where the system's own look-up knows
//! `SSL_CERT_FILE`, it is left to that.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::http::Authorities;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};

/// Most bytes of a file of certificates.
const MOST: u64 = 16 * 1024 * 1024;

/// Reads what `--ca-file` and `SSL_CERT_FILE` name. Of the latter, where the system does not look at
/// it by itself, the certificates; elsewhere whether it has any. Without any it is noted, not used.
///
/// # Errors
/// A `--ca-file` that cannot be read, or has no certificate.
pub(crate) fn read(ca_file: Option<&str>, environment: &Environment) -> Result<Authorities, Error> {
    let pem = |path: &str, source: &str| {
        let bytes = bounded(&environment.absolute(path)).map_err(|error| {
            Error::new(ErrorKind::File, format!("`{source} {}`: {error}", printable(path)))
        })?;
        let wrong = |what: &str| {
            Error::new(ErrorKind::File, format!("`{source} {}` {what}", printable(path)))
        };
        match count(&bytes) {
            Ok(0) => Err(wrong("has no certificate")
                .hint("it has to be in PEM form: `-----BEGIN CERTIFICATE-----`")),
            Ok(_) => Ok(bytes),
            Err(NoAuthority) => Err(wrong("has a certificate that cannot be read")
                .hint("`openssl x509 -in FILE -noout -text` looks at the first one")),
        }
    };
    let also = ca_file.map(|path| pem(path, "--ca-file")).transpose()?;
    let (mut only, mut notes) = (None, Vec::new());
    if let Some(path) = environment.text("SSL_CERT_FILE") {
        // As cf does, whose certificates are then those of the system.
        match bounded(&environment.absolute(path))
            .map(|bytes| (count(&bytes).is_ok_and(|count| count > 0), bytes))
        {
            Ok((true, bytes)) if cfg!(any(target_vendor = "apple", windows)) => only = Some(bytes),
            Ok((true, _)) => {}
            Ok((false, _)) => notes.push(unusable(path, "it has no certificate that can be read")),
            Err(error) => notes.push(unusable(path, &error.to_string())),
        }
    }
    Ok(Authorities { also, only, notes })
}

fn unusable(path: &str, why: &str) -> String {
    let path = printable(path);
    format!("`SSL_CERT_FILE={path}` is not used ({why}); the usual authorities are")
}

/// What stands between the lines of a certificate is none.
struct NoAuthority;

/// How many certificates there are.
fn count(pem: &[u8]) -> Result<usize, NoAuthority> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        store.add(certificate.map_err(|_| NoAuthority)?).map_err(|_| NoAuthority)?;
    }
    Ok(store.len())
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe or a device would wait or go on for ever.
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
