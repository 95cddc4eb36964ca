//! The table of ICR registries: region ids, former names, public, private and legacy host names;
//! `region/names.rs` has what else people call them.
//!
//! Source of every row: the IBM Cloud documentation page "Registry overview" (regions) and the
//! endpoint map of IBM's Go SDK for the container registry, as of 2026-08-14.

use serde::Serialize;

mod names;

pub use names::{host_in, is_slip, is_us_east, meant, meant_hosts};

/// One registry of IBM Cloud Container Registry.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Registry {
    /// Region id, for example `us-south`; `global` for `icr.io`.
    pub region: &'static str,
    /// Former region names that IBM's tools still print and accept.
    pub former_names: &'static [&'static str],
    /// Where the data is kept.
    pub location: Option<&'static str>,
    /// Public registry host.
    pub host: &'static str,
    /// Host inside IBM Cloud's private network; Cloud Foundry elsewhere cannot reach it.
    pub private_host: Option<&'static str>,
    /// Deprecated host names (since 2019-02-25) that still answer.
    pub legacy_hosts: &'static [&'static str],
    /// Whether IBM's documentation lists the region (`eu-fr2` is in the SDK only).
    pub documented: bool,
}

macro_rules! registry {
    ($region:literal, $former:expr, $location:expr, $host:literal, $private:expr, $legacy:expr, $documented:literal) => {
        Registry {
            region: $region,
            former_names: &$former,
            location: $location,
            host: $host,
            private_host: $private,
            legacy_hosts: &$legacy,
            documented: $documented,
        }
    };
}

/// Every registry, in the order in which `icr-cf regions` prints them.
#[rustfmt::skip]
pub static REGISTRIES: [Registry; 14] = [
    registry!("global",   [],             Some("Global (active data in us-east)"), "icr.io", Some("private.icr.io"), ["registry.bluemix.net"], true),
    registry!("au-syd",   ["ap-south"],   Some("Sydney"),           "au.icr.io",  Some("private.au.icr.io"),  ["registry.au-syd.bluemix.net"], true),
    registry!("br-sao",   [],             Some("Sao Paulo"),        "br.icr.io",  Some("private.br.icr.io"),  [], true),
    registry!("ca-mon",   [],             Some("Montreal"),         "ca2.icr.io", Some("private.ca2.icr.io"), [], true),
    registry!("ca-tor",   [],             Some("Toronto"),          "ca.icr.io",  Some("private.ca.icr.io"),  [], true),
    registry!("eu-de",    ["eu-central"], Some("Frankfurt"),        "de.icr.io",  Some("private.de.icr.io"),  ["registry.eu-de.bluemix.net"], true),
    registry!("eu-es",    [],             Some("Madrid"),           "es.icr.io",  Some("private.es.icr.io"),  [], true),
    registry!("eu-gb",    ["uk-south"],   Some("London"),           "uk.icr.io",  Some("private.uk.icr.io"),  ["registry.eu-gb.bluemix.net"], true),
    registry!("in-che",   [],             Some("Chennai - Airtel"), "in.icr.io",  Some("private.in.icr.io"),  [], true),
    registry!("in-mum",   [],             Some("Mumbai - Airtel"),  "in2.icr.io", Some("private.in2.icr.io"), [], true),
    registry!("jp-osa",   [],             Some("Osaka"),            "jp2.icr.io", Some("private.jp2.icr.io"), [], true),
    registry!("jp-tok",   ["ap-north"],   Some("Tokyo"),            "jp.icr.io",  Some("private.jp.icr.io"),  [], true),
    registry!("us-south", [],             Some("Dallas"),           "us.icr.io",  Some("private.us.icr.io"),  ["registry.ng.bluemix.net"], true),
    registry!("eu-fr2",   [],             None,                     "fr2.icr.io", None,                       [], false),
];

impl Registry {
    /// The part before `.icr.io`, by which people call the registry: `us`, `jp2`.
    #[must_use]
    pub fn short_name(&self) -> Option<&'static str> {
        self.host.strip_suffix(".icr.io")
    }

    /// The city where the data is kept.
    #[must_use]
    pub fn city(&self) -> Option<&'static str> {
        let place = self.location?.split(['(', '-']).next()?.trim();
        (self.host != "icr.io").then_some(place)
    }

    /// Every host that is this registry.
    pub fn hosts(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.host).chain(self.private_host).chain(self.legacy_hosts.iter().copied())
    }

    /// Every name `--region` takes for this registry. A private host is none: it would be taken
    /// for the public one.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.region)
            .chain(self.former_names.iter().copied())
            .chain(self.short_name())
            .chain(std::iter::once(self.host))
            .chain(self.legacy_hosts.iter().copied())
    }
}

/// Finds the registry that `--region` names, by region id, former name, short form or host.
/// Upper and lower case count as the same.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Registry> {
    REGISTRIES
        .iter()
        .find(|registry| registry.names().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Finds the registry that answers at `host` (public, private or legacy).
#[must_use]
pub fn by_host(host: &str) -> Option<&'static Registry> {
    REGISTRIES.iter().find(|registry| registry.hosts().any(|known| known == host))
}

/// Every region id, for messages.
#[must_use]
pub fn ids() -> String {
    REGISTRIES.iter().map(|registry| registry.region).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{REGISTRIES, by_host, by_name};

    #[test]
    fn the_table_is_the_recorded_one() {
        let recorded: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/icr-regions.json")).unwrap();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let list = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().unwrap().iter().filter_map(text).collect()
        };
        let rows = recorded["regions"].as_array().unwrap();
        assert_eq!(rows.len(), REGISTRIES.len());
        for row in rows {
            let ours = by_name(row["id"].as_str().unwrap()).unwrap();
            assert_eq!(Some(ours.host.to_owned()), text(&row["domain"]));
            assert_eq!(ours.private_host.map(str::to_owned), text(&row["private_domain"]));
            assert_eq!(ours.location.map(str::to_owned), text(&row["location"]));
            assert_eq!(ours.former_names, list(&row["aliases"]).as_slice());
            assert_eq!(ours.legacy_hosts, list(&row["legacy_domains"]).as_slice());
            assert_eq!(Some(ours.documented), row["in_docs"].as_bool());
        }
    }

    #[test]
    fn no_name_means_two_registries() {
        let mut names: Vec<&str> = REGISTRIES.iter().flat_map(super::Registry::names).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_region_is_found_by_each_of_its_names() {
        for name in ["us-south", "us", "us.icr.io", "US-South", "registry.ng.bluemix.net"] {
            assert_eq!(by_name(name).map(|r| r.host), Some("us.icr.io"), "{name}");
        }
        assert_eq!(by_name("ap-north").map(|r| r.region), Some("jp-tok"));
        assert_eq!(by_name("global").map(|r| r.host), Some("icr.io"));
        assert_eq!(by_name("us-east"), None);
        assert_eq!(by_name("private.us.icr.io"), None);
        assert_eq!(by_host("us-south"), None);
    }
}
