//! The checks, end to end: the built program in the sandbox, once for every verdict there is, as
//! `icr-cf check` and as the push that it foresees.

mod advice;
mod alone;
mod answers;
mod discovery;
mod fitness;
mod image;
mod key;
mod output;
mod pinning;
mod platform;
mod resolving;
mod trial;
mod vulnerabilities;

use std::collections::BTreeSet;

use icr_cf::verdict::{Name, Weight};

use trial::{Scenario, Trial, names, verdict};

#[test]
fn every_verdict_has_a_scenario() {
    let played: BTreeSet<Name> = [
        advice::SCENARIOS,
        fitness::SCENARIOS,
        image::SCENARIOS,
        key::SCENARIOS,
        platform::SCENARIOS,
        vulnerabilities::SCENARIOS,
    ]
    .concat()
    .iter()
    .map(|scenario| scenario.name)
    .chain(crate::day_two::VERDICTS)
    .collect();
    let all: BTreeSet<Name> = Name::ALL.iter().copied().collect();
    assert_eq!(played, all);
}

#[test]
fn the_kind_of_fault_decides_the_exit_code_and_whether_it_stops() {
    use Weight::{Advice, Definitive, Undecided};
    let are = |scenarios: &[Scenario], expected: &[(Weight, u8)]| {
        for name in scenarios.iter().map(|scenario| scenario.name) {
            let found = (name.weight(), name.exit_code().code());
            assert!(expected.contains(&found), "{name:?}: {found:?}");
        }
    };
    are(platform::SCENARIOS, &[(Definitive, 78), (Undecided, 69)]);
    are(key::SCENARIOS, &[(Definitive, 77)]);
    are(image::SCENARIOS, &[(Definitive, 66)]);
    are(fitness::SCENARIOS, &[(Definitive, 65)]);
    are(advice::SCENARIOS, &[(Advice, 0)]);
}
