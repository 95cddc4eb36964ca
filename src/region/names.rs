//! What people call a region that has another name here: its city, country, zone or data centre,
//! or the region of another cloud in the same place. For hints alone: none of them is accepted.

use super::{REGISTRIES, Registry};
use crate::spelling;

/// Other names by region id, beside the city of the table. Codes of data centres are IBM's; the
/// others are how AWS, Google Cloud and Azure call the same city, and what countries are called.
const CALLED: [(&str, &[&str]); 13] = [
    ("au-syd", &["syd", "aus", "australia", "ap-southeast-2", "australia-southeast1"]),
    ("br-sao", &["sao", "bra", "brazil", "brasil", "sa-east-1", "southamerica-east1"]),
    ("ca-mon", &["mon", "canada", "can", "ca-central", "northamerica-northeast1"]),
    ("ca-tor", &["tor", "canada", "can", "canada-central", "northamerica-northeast2"]),
    ("eu-de", &["fra", "germany", "deutschland", "europe", "eu", "europe-west3"]),
    ("eu-es", &["mad", "spain", "espana", "europe", "eu", "eu-south-2", "europe-southwest1"]),
    (
        "eu-gb",
        &[
            "lon",
            "gb",
            "gbr",
            "britain",
            "england",
            "united-kingdom",
            "europe",
            "eu",
            "eu-west-2",
            "europe-west2",
        ],
    ),
    ("in-che", &["che", "india", "madras"]),
    ("in-mum", &["mum", "india", "bombay", "ap-south-1", "asia-south1"]),
    ("jp-osa", &["osa", "japan", "jpn", "ap-northeast-3", "asia-northeast2", "japan-west"]),
    ("jp-tok", &["tok", "japan", "jpn", "ap-northeast-1", "asia-northeast1", "japan-east"]),
    ("us-south", &["dal", "usa", "texas", "us-south1", "south-central-us"]),
    ("eu-fr2", &["par", "paris", "france", "eu-fr", "europe", "eu"]),
];

/// Names of the place that has no registry of its own.
const US_EAST: [&str; 5] = ["us-east", "wdc", "washington", "washington-dc", "virginia"];

/// The host of an address, or of what is one without its scheme.
#[must_use]
pub fn host_in(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}

/// The registries that a name, which is none of ours, may have been meant for.
#[must_use]
pub fn meant(name: &str) -> Vec<&'static Registry> {
    // A host that stands for a registry in another place, or the address of one.
    let host = host_in(name);
    let is_host = |registry: &&Registry| registry.hosts().any(|own| own.eq_ignore_ascii_case(host));
    if let Some(registry) = REGISTRIES.iter().find(is_host) {
        return vec![registry];
    }
    let spellings = spellings(name);
    let is_called = |registry: &'static Registry, called: &str| {
        let known = names(registry).map(plain).collect::<Vec<_>>();
        known.iter().any(|known| known == called)
    };
    let called: Vec<&Registry> = REGISTRIES
        .iter()
        .filter(|registry| spellings.iter().any(|called| is_called(registry, called)))
        .collect();
    if !called.is_empty() {
        return called;
    }
    let cities = |registry: &'static Registry| registry.names().chain(registry.city());
    let near = spelling::nearest(name, REGISTRIES.iter().flat_map(cities));
    let has = |registry: &&'static Registry, near: &str| cities(registry).any(|name| name == near);
    let nearest = near.first().and_then(|near| REGISTRIES.iter().find(|one| has(one, near)));
    nearest.into_iter().collect()
}

/// Whether a name means the place that has no registry of its own.
#[must_use]
pub fn is_us_east(name: &str) -> bool {
    let spellings = spellings(name);
    US_EAST.iter().any(|known| spellings.contains(&plain(known)))
}

/// The hosts that a host, which is none of ours, may have been meant for: it is one of them but for
/// a slip, or has the name of a region in its place.
#[must_use]
pub fn meant_hosts(host: &str) -> Vec<&'static str> {
    let slips: Vec<&str> = slips(host).collect();
    if !slips.is_empty() {
        return slips;
    }
    let label = host.strip_suffix(".icr.io").or_else(|| host.strip_suffix(".bluemix.net"));
    let Some(label) = label else { return Vec::new() };
    let label = label.trim_start_matches("registry.").trim_start_matches("private.");
    super::by_name(label)
        .map_or_else(|| meant(label), |registry| vec![registry])
        .into_iter()
        .map(|registry| registry.host)
        .collect()
}

/// Whether a host is one of ours but for a slip of the hand.
#[must_use]
pub fn is_slip(host: &str) -> bool {
    slips(host).next().is_some()
}

fn slips(host: &str) -> impl Iterator<Item = &'static str> {
    let hosts = REGISTRIES.iter().flat_map(Registry::hosts);
    hosts.filter(move |known| spelling::is_slip(host, known))
}

/// Every name of a registry: ours, its city, what else it is called.
fn names(registry: &'static Registry) -> impl Iterator<Item = &'static str> {
    let called = CALLED.iter().filter(|(region, _)| *region == registry.region);
    registry
        .names()
        .chain(registry.city())
        .chain(called.flat_map(|(_, names)| names.iter().copied()))
}

/// Letters and digits alone: `eu_de`, `EU DE` and `eu-de` are one.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A name as it stands, without the number of a zone, and without that of a data centre.
fn spellings(name: &str) -> Vec<String> {
    let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    let zone = name.rsplit_once(['-', '_']).filter(|(_, end)| is_number(end)).map(|(name, _)| name);
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let all = std::iter::once(name).chain(zone).chain(Some(digits));
    all.map(plain).filter(|spelling| !spelling.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{CALLED, is_us_east, meant, meant_hosts};
    use crate::region::by_name;

    fn regions(name: &str) -> Vec<&'static str> {
        meant(name).into_iter().map(|registry| registry.region).collect()
    }

    #[test]
    fn a_city_a_country_a_zone_and_a_data_centre_find_their_region() {
        for (name, region) in [
            ("frankfurt", "eu-de"),
            ("Frankfurt", "eu-de"),
            ("frankfort", "eu-de"),
            ("fra", "eu-de"),
            ("fra02", "eu-de"),
            ("germany", "eu-de"),
            ("private.de.icr.io", "eu-de"),
            ("https://de.icr.io/v2/", "eu-de"),
            ("eu_de", "eu-de"),
            ("eude", "eu-de"),
            ("eu-de-2", "eu-de"),
            ("eu-central-1", "eu-de"),
            ("europe-west3", "eu-de"),
            ("london", "eu-gb"),
            ("lon04", "eu-gb"),
            ("UK South", "eu-gb"),
            ("us-south-1", "us-south"),
            ("us_south", "us-south"),
            ("us-sout", "us-south"),
            ("dallas", "us-south"),
            ("sao paulo", "br-sao"),
            ("saopaulo", "br-sao"),
            ("Chennai", "in-che"),
            ("tokio", "jp-tok"),
            ("paris", "eu-fr2"),
        ] {
            assert_eq!(regions(name), [region], "{name}");
        }
    }

    #[test]
    fn a_name_of_several_places_offers_each() {
        assert_eq!(regions("japan"), ["jp-osa", "jp-tok"]);
        assert_eq!(regions("canada"), ["ca-mon", "ca-tor"]);
        // Sydney by its former name, Mumbai as AWS has it.
        assert_eq!(regions("ap-south-1"), ["au-syd", "in-mum"]);
    }

    #[test]
    fn what_is_no_place_of_ours_offers_none() {
        for name in ["us-west", "eu-west-1", "production", "xx", "", "-", "1"] {
            assert_eq!(regions(name), [""; 0], "{name}");
        }
        for name in ["us-east", "US_EAST", "us-east-1", "wdc07", "washington"] {
            assert!(is_us_east(name), "{name}");
        }
        assert!(!is_us_east("us-south"));
    }

    #[test]
    fn a_host_is_found_by_a_slip_and_by_a_region_in_its_place() {
        for (host, expected) in [
            ("us.icr.oi", "us.icr.io"),
            ("us.icrio", "us.icr.io"),
            ("icr.oi", "icr.io"),
            ("jp22.icr.io", "jp2.icr.io"),
            ("privat.de.icr.io", "private.de.icr.io"),
            ("us-south.icr.io", "us.icr.io"),
            ("frankfurt.icr.io", "de.icr.io"),
            ("private.us-south.icr.io", "us.icr.io"),
            ("registry.us-south.bluemix.net", "us.icr.io"),
        ] {
            assert_eq!(meant_hosts(host).first(), Some(&expected), "{host}");
        }
        for host in ["gcr.io", "us.gcr.io", "xx.icr.io", "docker.io", "quay.io", "ghcr.io"] {
            assert_eq!(meant_hosts(host), [""; 0], "{host}");
        }
    }

    #[test]
    fn every_other_name_is_of_a_region_and_none_is_one_itself() {
        for (region, names) in CALLED {
            assert!(by_name(region).is_some_and(|known| known.region == region), "{region}");
            for name in names {
                assert!(by_name(name).is_none(), "{name} is accepted");
            }
        }
    }
}
