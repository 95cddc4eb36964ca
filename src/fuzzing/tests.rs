//! The invariants without a fuzzer: over any bytes, and over what comes of seeds when bytes are
//! changed, left out, doubled or taken from another seed.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{challenge, docker_config, documents, manifest, reference};

/// The content of the seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    #[expect(clippy::disallowed_methods, reason = "nobody waits for a test's own files")]
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// One change to a text.
#[derive(Debug, Clone)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Drop(Index, Index),
    Double(Index, Index),
    /// Words between the quotes of another seed.
    Borrow(Index, Index, Vec<u8>),
}

fn change(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let mark = select(b"\"\\{}[]:,/@=.-%#? \x00\xff0919azAZ\n".to_vec());
    prop_oneof![
        (at(), mark.clone()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (at(), vec(mark, 1..4)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), at()).prop_map(|(from, to)| Change::Drop(from, to)),
        (at(), at()).prop_map(|(from, to)| Change::Double(from, to)),
        (at(), at(), select(seeds)).prop_map(|(at, which, seed)| Change::Borrow(at, which, seed)),
    ]
}

fn apply(mut text: Vec<u8>, change: Change) -> Vec<u8> {
    let place = |at: &Index, text: &[u8]| at.index(text.len() + 1);
    let part = |from: &Index, to: &Index, text: &[u8]| {
        let from = place(from, text);
        // Short parts: what is left has to be worth reading.
        from..(from + to.index(12)).min(text.len())
    };
    match change {
        Change::Put(at, byte) if !text.is_empty() => {
            let at = at.index(text.len());
            text[at] = byte;
        }
        Change::Put(..) => {}
        Change::Insert(at, bytes) => {
            let at = place(&at, &text);
            text.splice(at..at, bytes);
        }
        Change::Drop(from, to) => {
            let part = part(&from, &to, &text);
            text.drain(part);
        }
        Change::Double(from, to) => {
            let part = part(&from, &to, &text);
            let bytes = text[part.clone()].to_vec();
            text.splice(part.end..part.end, bytes);
        }
        Change::Borrow(at, which, seed) => {
            let words: Vec<&[u8]> = seed.split(|byte| *byte == b'"').collect();
            let word = words[which.index(words.len())].to_vec();
            let at = place(&at, &text);
            text.splice(at..at, word);
        }
    }
    text
}

fn mutated(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = seeds(target);
    (select(seeds.clone()), vec(change(seeds), 0..6))
        .prop_map(|(seed, changes)| changes.into_iter().fold(seed, apply))
}

fn anything() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..600), "\\PC{0,80}".prop_map(String::into_bytes)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn references_hold_whatever_is_typed(any in anything(), near in mutated("reference")) {
        let _ = (reference(&any), reference(&near));
    }

    #[test]
    fn challenges_send_no_key_elsewhere(any in anything(), near in mutated("challenge")) {
        let _ = (challenge(&any), challenge(&near));
    }

    #[test]
    fn documents_hold_whatever_a_registry_sends(any in anything(), near in mutated("documents")) {
        let _ = (documents(&any), documents(&near));
    }

    #[test]
    fn manifests_change_only_where_they_are_to(any in anything(), near in mutated("manifest")) {
        let _ = (manifest(&any), manifest(&near));
    }

    #[test]
    fn configurations_with_logins_stay_secret(any in anything(), near in mutated("docker_config")) {
        let _ = (docker_config(&any), docker_config(&near));
    }
}

#[test]
fn every_seed_is_read_so_that_fuzzing_begins_behind_the_first_refusal() {
    type Read = fn(&[u8]) -> Option<()>;
    let targets: [(&str, Read); 5] = [
        ("reference", reference),
        ("challenge", challenge),
        ("documents", documents),
        ("manifest", manifest),
        ("docker_config", docker_config),
    ];
    for (target, read) in targets {
        let seeds = seeds(target);
        assert!(seeds.len() > 3, "{target}");
        // One docker configuration is broken on purpose: it says so without repeating itself.
        let refused = seeds.iter().filter(|seed| read(seed).is_none()).count();
        assert!(refused <= usize::from(target == "docker_config"), "{target}: {refused} refused");
    }
}
