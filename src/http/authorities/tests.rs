//! Which certificates count, of files, folders and variables.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;

use super::{CertificateDer, MOST, Roots, in_folders, read};
use crate::environment::{Environment, Streams};
use crate::process::{Signals, in_runtime};

fn roots(variables: &[(&str, &str)]) -> (Vec<CertificateDer<'static>>, Vec<String>) {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let environment = Environment::new(variables.collect(), "/".into(), Streams::default());
    let limit = std::time::Duration::from_secs(20);
    let found = in_runtime(async {
        read(None, limit, &environment, &mut Signals::listen().unwrap()).await.unwrap()
    });
    let found = found.unwrap();
    match found.roots {
        Roots::Listed(all) => (all, found.notes),
        Roots::Platform => (Vec::new(), found.notes),
    }
}

#[test]
fn in_place_of_what_cannot_be_used_the_usual_authorities_are_those_without_the_variable() {
    let (usual, notes) = roots(&[]);
    assert!(notes.is_empty() && (usual.len() > 20 || cfg!(any(target_vendor = "apple", windows))));
    for (name, value) in [
        ("SSL_CERT_FILE", "/nonexistent.pem"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("SSL_CERT_DIR", env!("CARGO_MANIFEST_DIR")),
    ] {
        let (found, notes) = roots(&[(name, value)]);
        assert!(notes.len() == 1 && notes[0].ends_with("the usual authorities are"), "{notes:?}");
        assert_eq!(found, usual, "{name}={value}");
    }
    assert_eq!(roots(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")]), (usual, Vec::new()));
}

/// Some authorities of Mozilla's, in PEM form.
fn pem(range: std::ops::Range<usize>) -> String {
    let line = |der: &CertificateDer<'_>| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    webpki_root_certs::TLS_SERVER_ROOT_CERTS[range].iter().map(line).collect()
}

fn names(found: &[CertificateDer<'_>]) -> HashSet<usize> {
    let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    found.iter().map(|one| all.iter().position(|known| known == one).unwrap()).collect()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn of_folders_each_file_counts_once_and_what_is_none_is_passed_over() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = write(one.path(), "first.pem", pem(0..2));
    write(one.path(), "text", "no certificate");
    std::fs::create_dir(one.path().join("folder")).unwrap();
    write(other.path(), "second.pem", pem(2..3));
    #[cfg(unix)]
    for (name, to) in [("link", first.as_path()), ("dangling", Path::new("/nonexistent"))] {
        std::os::unix::fs::symlink(to, other.path().join(name)).unwrap();
    }
    let folders = [one.path().to_owned(), other.path().to_owned()];
    let mut seen = HashSet::new();
    let found = in_folders(&folders, &mut seen).unwrap();
    assert_eq!((found.len(), names(&found)), (3, [0, 1, 2].into()));
    assert_eq!(in_folders(&folders, &mut seen).unwrap(), [], "all of them were seen");
    assert!(first.exists());
}

#[test]
fn a_folder_that_is_missing_is_a_fault_only_where_no_other_has_any() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let folders = [missing, folder.path().to_owned()];
    assert!(in_folders(&folders, &mut HashSet::new()).is_err());
    assert_eq!(in_folders(&folders[1..], &mut HashSet::new()).unwrap(), []);
    write(folder.path(), "one.pem", pem(0..1));
    assert_eq!(in_folders(&folders, &mut HashSet::new()).unwrap().len(), 1);
}

#[test]
fn of_folders_no_more_is_read_than_a_file_may_have() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..2 {
        let text = pem(number..number + 1) + &"\n".repeat(MOST * 2 / 3);
        write(folder.path(), &number.to_string(), text);
    }
    let folders = [folder.path().to_owned()];
    assert_eq!(in_folders(&folders, &mut HashSet::new()).unwrap().len(), 1);
}

#[test]
fn file_and_folders_add_up_and_which_of_them_is_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let file = write(folder.path(), "file.pem", pem(0..1));
    write(&inside, "one.pem", pem(1..2));
    let (file, inside) = (file.to_str().unwrap(), inside.to_str().unwrap());
    let bad = "/nonexistent";
    for (file_value, folders_value, expected, said) in [
        (file, inside, vec![0, 1], None),
        (file, bad, vec![0], Some("those of `SSL_CERT_FILE` are")),
        (bad, inside, vec![1], Some("those of `SSL_CERT_DIR` are")),
    ] {
        let (found, notes) =
            roots(&[("SSL_CERT_FILE", file_value), ("SSL_CERT_DIR", folders_value)]);
        assert_eq!(names(&found), expected.into_iter().collect(), "{notes:?}");
        assert_eq!(notes.len(), usize::from(said.is_some()), "{notes:?}");
        assert!(said.is_none_or(|said| notes[0].ends_with(said)), "{notes:?}");
    }
}
