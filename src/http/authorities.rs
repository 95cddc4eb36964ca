//! Reads the certificates to go by: those that the user names, else those of the system. Each file
//! is read once, here alone; the HTTP client reads none by itself where the user or a file of the
//! system decides.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{Authorities, Proxies, Roots};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::process::{Signals, Stopped};
use crate::reading::{self, Unread};

mod lent;

pub(crate) use lent::{Lent, lend};

/// The variable that names a file of certificates.
const FILE: &str = "SSL_CERT_FILE";
/// The variable that names folders of them.
const FOLDERS: &str = "SSL_CERT_DIR";
/// Most bytes of a file of certificates, and of all in a folder together.
const MOST: usize = 16 * 1024 * 1024;
/// Most files of a folder that are looked at.
const MOST_FILES: usize = 10_000;

type Certificates = Vec<CertificateDer<'static>>;

/// Reads what `--ca-file`, `SSL_CERT_FILE` and `SSL_CERT_DIR` name. What the variables name takes
/// the place of the certificates of the system, where there are any in it; else that is noted.
///
/// # Errors
/// A `--ca-file` that cannot be read, or has no certificate; a signal.
pub(crate) async fn read(
    ca_file: Option<&str>,
    limit: Duration,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Authorities, Error> {
    let mut reader = CertificateReader { end: Instant::now() + limit, limit, environment, signals };
    let also = match ca_file {
        Some(path) => reader.ca_file(path).await?,
        None => Vec::new(),
    };
    let mut notes = Vec::new();
    let named = reader.named(&mut notes).await?;
    let roots = match named {
        Some(named) => Roots::Listed(named),
        None if cfg!(any(target_vendor = "apple", windows)) => Roots::Platform,
        None => Roots::Listed(reader.system().await?),
    };
    Ok(Authorities { roots, also, notes, proxies: Proxies::of(environment) })
}

/// One reading of all, within one bound.
struct CertificateReader<'a> {
    end: Instant,
    limit: Duration,
    environment: &'a Environment,
    signals: &'a mut Signals,
}

impl CertificateReader<'_> {
    /// Does a part of it; a signal is an error, all else is for whoever asked.
    async fn part<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
    ) -> Result<Result<T, Unread>, Error> {
        let left = self.end.saturating_duration_since(Instant::now());
        match reading::in_thread(left, self.signals, work).await {
            Err(Unread::Stopped(Stopped::By(signal))) => {
                let kind = ErrorKind::Interrupted(signal.code());
                Err(Error::new(kind, "interrupted while certificates were read"))
            }
            Err(Unread::Io(error)) if Error::scarce(&error).is_some() => {
                Err(Error::internal("certificates", &error))
            }
            result => Ok(result),
        }
    }

    /// What `--ca-file` names: every certificate in it has to be one.
    async fn ca_file(&mut self, path: &str) -> Result<Certificates, Error> {
        let wrong = |what: &str| {
            Error::new(ErrorKind::File, format!("`--ca-file {}`{what}", printable(path)))
        };
        let absolute = self.environment.absolute(path);
        let bytes = match self.part(move || reading::file(&absolute, MOST)).await? {
            Ok((bytes, _)) => bytes,
            Err(unread) => return Err(wrong(&format!(": {}", why(&unread, self.limit)))),
        };
        let mut all = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            let fit = certificate.ok().filter(is_authority);
            all.push(fit.ok_or_else(|| {
                wrong(" has a certificate that cannot be read")
                    .hint("`openssl x509 -in FILE -noout -text` looks at the first one")
            })?);
        }
        if all.is_empty() {
            return Err(wrong(" has no certificate")
                .hint("it has to be in PEM form: `-----BEGIN CERTIFICATE-----`"));
        }
        Ok(all)
    }

    /// What the variables name, as far as it can be used; `None` where nothing can.
    async fn named(&mut self, notes: &mut Vec<String>) -> Result<Option<Certificates>, Error> {
        let mut found = Vec::new();
        let mut useless = Vec::new();
        let set = |name| self.environment.raw(name).filter(|value| !value.is_empty());
        let (file, folders) = (set(FILE), set(FOLDERS));
        if let Some(path) = file {
            // The copy has what was in the pipe.
            let path = self.environment.lent(FILE).unwrap_or(path);
            let path = self.environment.absolute(path);
            let result = self.part(move || reading::file(&path, MOST)).await?;
            match result.map(|(bytes, _)| fit(&bytes)) {
                Ok(all) if all.is_empty() => useless.push((FILE, file, NONE.to_owned())),
                Ok(all) => found.extend(all),
                Err(unread) => useless.push((FILE, file, why(&unread, self.limit))),
            }
        }
        if let Some(value) = folders {
            let paths = std::env::split_paths(value).filter(|path| !path.as_os_str().is_empty());
            let paths: Vec<PathBuf> = paths.map(|path| self.environment.absolute(path)).collect();
            match self.part(move || in_folders(&paths, &mut HashSet::new())).await? {
                Ok(all) if all.is_empty() => useless.push((FOLDERS, folders, NONE.to_owned())),
                Ok(all) => found.extend(all),
                Err(unread) => useless.push((FOLDERS, folders, why(&unread, self.limit))),
            }
        }
        let instead = match (found.is_empty(), file) {
            (true, _) => "the usual authorities are",
            (false, Some(_)) if useless.iter().any(|(name, ..)| *name == FOLDERS) => {
                "those of `SSL_CERT_FILE` are"
            }
            (false, _) => "those of `SSL_CERT_DIR` are",
        };
        notes.extend(useless.into_iter().map(|(name, value, why)| {
            let value = value.map(OsStr::to_string_lossy).unwrap_or_default();
            format!("`{name}={}` is not used ({why}); {instead}", printable(&value))
        }));
        Ok((!found.is_empty()).then_some(found))
    }

    /// The certificates of the system; Mozilla's where it has none.
    async fn system(&mut self) -> Result<Certificates, Error> {
        let work = || {
            let mut seen = HashSet::new();
            let file = FILES.iter().find_map(|path| {
                let (bytes, metadata) = reading::file(path.as_ref(), MOST).ok()?;
                seen.insert(identity(path.as_ref(), &metadata));
                Some(fit(&bytes)).filter(|all| !all.is_empty())
            });
            let folders: Vec<PathBuf> = SYSTEM_FOLDERS.iter().map(PathBuf::from).collect();
            let more = in_folders(&folders, &mut seen).unwrap_or_default();
            Ok(file.into_iter().flatten().chain(more).collect::<Certificates>())
        };
        // Where even this takes too long, those that are built in do.
        let mut all = self.part(work).await?.unwrap_or_default();
        all.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
        all.dedup();
        Ok(if all.is_empty() { webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec() } else { all })
    }
}

const NONE: &str = "it has no certificate that can be read";

/// Where systems keep them all in one file: the first that is there counts (Go's `crypto/x509`,
/// `root_linux.go` and `root_bsd.go`, which cf goes by).
const FILES: [&str; 9] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/openssl/certs/ca-certificates.crt",
];

/// Where they keep one each, by the same source.
const SYSTEM_FOLDERS: [&str; 4] =
    ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/certs", "/etc/openssl/certs"];

/// What tells a file from another, by whatever name: folders are full of links.
type Identity = (u64, u64, Option<PathBuf>);

#[cfg(unix)]
fn identity(_path: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino(), None)
}

#[cfg(not(unix))]
fn identity(path: &Path, _metadata: &Metadata) -> Identity {
    (0, 0, Some(path.to_owned()))
}

/// The certificates in the files of folders, each file once. A folder that cannot be read is the
/// end only where there is nothing in the others.
fn in_folders(folders: &[PathBuf], seen: &mut HashSet<Identity>) -> Result<Certificates, Unread> {
    let (mut found, mut fault, mut left) = (Vec::new(), None, MOST);
    for folder in folders {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries.take(MOST_FILES).filter_map(Result::ok),
            Err(error) => {
                fault.get_or_insert(error);
                continue;
            }
        };
        for path in entries.map(|entry| entry.path()) {
            // Before it is opened: opening a pipe waits for a writer.
            let Ok(metadata) = path.metadata() else { continue };
            if !metadata.is_file() || !seen.insert(identity(&path, &metadata)) {
                continue;
            }
            let Ok((bytes, _)) = reading::file(&path, left) else { continue };
            left = left.saturating_sub(bytes.len());
            found.extend(fit(&bytes));
        }
    }
    match fault {
        Some(error) if found.is_empty() => Err(error.into()),
        Some(_) | None => Ok(found),
    }
}

/// Those that can be used. What stands between the lines of a certificate may be none.
fn fit(pem: &[u8]) -> Certificates {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).filter(is_authority).collect()
}

fn is_authority(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

fn why(unread: &Unread, limit: Duration) -> String {
    match unread {
        Unread::Stopped(_) => {
            format!("it did not end within {}", humantime::format_duration(limit))
        }
        Unread::TooBig(most) => format!("it has more than {} MiB", most / (1024 * 1024)),
        Unread::Folder => "it is a folder".to_owned(),
        Unread::Io(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
