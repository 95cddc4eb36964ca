//! The documents of the Vulnerability Advisor (v4), and what of them counts by a policy. A
//! vulnerability has packages, and of some a version that mends it; it has no severity (IBM's
//! container-registry-go-sdk, `vulnerabilityadvisorv4`).

use serde::{Deserialize, Serialize};

use crate::request::{Counted, Vulnerabilities};

/// The short answer about an image.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Summary {
    pub(super) status: String,
    pub(super) vulnerability_count: Option<u64>,
    pub(super) exempt_vulnerability_count: Option<u64>,
}

/// The long one.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Report {
    pub(super) status: String,
    vulnerabilities: Option<Vec<Entry>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    cve_id: String,
    cve_exempt: Option<bool>,
    exempt_status: Option<String>,
    security_notices: Option<Vec<Notice>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Notice {
    vulnerable_packages: Option<Vec<Package>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Package {
    #[serde(rename = "package_name")]
    name: Option<String>,
    installed_version: Option<String>,
    fix_version: Option<String>,
}

/// What was found in an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ScanFindings {
    /// The advisor's own word.
    pub(crate) status: String,
    /// How many there are, those that the account exempts left out.
    pub(crate) found: usize,
    /// How many of them count.
    pub(crate) counted: usize,
    /// How many of those a newer package mends.
    pub(crate) fixable: usize,
    /// How many the account exempts.
    pub(crate) exempt: usize,
    /// How many `--ignore` leaves out.
    pub(crate) ignored: usize,
    /// Those that count.
    pub(crate) list: Vec<Finding>,
}

/// One vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// As its list calls it (`CVE-…`).
    pub(crate) id: String,
    /// What has it.
    pub(crate) packages: Vec<AffectedPackage>,
}

/// A package with a vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AffectedPackage {
    /// Its name.
    pub(crate) name: String,
    /// The version that is there.
    pub(crate) installed: String,
    /// The version that mends it, where there is one.
    pub(crate) fixed: Option<String>,
}

impl Summary {
    /// Whether the advisor found anything that nobody exempts.
    pub(super) fn has_found(&self) -> bool {
        self.vulnerability_count.is_some_and(|count| count > 0)
    }

    /// What it comes to where nothing was found.
    pub(super) fn clean(&self) -> ScanFindings {
        let exempt = self.exempt_vulnerability_count.unwrap_or(0);
        ScanFindings {
            status: self.status.clone(),
            exempt: usize::try_from(exempt).unwrap_or(usize::MAX),
            ..ScanFindings::default()
        }
    }
}

impl Report {
    /// What counts. `clean` makes a text of the other side fit to be shown.
    pub(super) fn counted(
        self,
        policy: &Vulnerabilities,
        clean: impl Fn(&str) -> String,
    ) -> ScanFindings {
        let mut findings = ScanFindings { status: clean(&self.status), ..ScanFindings::default() };
        for entry in self.vulnerabilities.unwrap_or_default() {
            if entry.is_exempt() {
                findings.exempt += 1;
                continue;
            }
            findings.found += 1;
            if policy.ignores(&entry.cve_id) {
                findings.ignored += 1;
                continue;
            }
            let finding = entry.finding(&clean);
            if finding.has_fix() {
                findings.fixable += 1;
            } else if policy.counted == Counted::Fixable {
                continue;
            }
            findings.list.push(finding);
        }
        findings.counted = findings.list.len();
        // What can be mended is named first.
        findings.list.sort_by_key(|finding| !finding.has_fix());
        findings
    }
}

impl Entry {
    /// Whether the account exempts it wholly; a part of it is not enough.
    fn is_exempt(&self) -> bool {
        self.cve_exempt == Some(true) || self.exempt_status.as_deref() == Some("exempt")
    }

    fn finding(self, clean: &impl Fn(&str) -> String) -> Finding {
        let mut packages: Vec<AffectedPackage> = Vec::new();
        let notices = self.security_notices.unwrap_or_default();
        for package in notices.into_iter().filter_map(|one| one.vulnerable_packages).flatten() {
            let text = |value: Option<String>| clean(&value.unwrap_or_default());
            let fixed = package.fix_version.filter(|version| !version.trim().is_empty());
            let package = AffectedPackage {
                name: text(package.name),
                installed: text(package.installed_version),
                fixed: fixed.as_deref().map(clean),
            };
            // Several notices may speak of one package.
            let is_same = |known: &&mut AffectedPackage| {
                known.name == package.name && known.installed == package.installed
            };
            match packages.iter_mut().find(is_same) {
                Some(known) => known.fixed = known.fixed.take().or(package.fixed),
                None => packages.push(package),
            }
        }
        Finding { id: clean(&self.cve_id), packages }
    }
}

impl Finding {
    /// Whether a newer package mends it.
    pub(crate) fn has_fix(&self) -> bool {
        self.packages.iter().any(|package| package.fixed.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{Report, ScanFindings, Summary};
    use crate::request::{Counted, Gate, Vulnerabilities};

    fn policy() -> Vulnerabilities {
        let (gate, wait) = (Gate::Fail, Duration::ZERO);
        Vulnerabilities { gate, wait, most: 0, ignored: Vec::new(), counted: Counted::All }
    }

    fn entry(id: &str, packages: &[(&str, &str)]) -> Value {
        let package = |(name, fixed): &(&str, &str)| json!({"package_name": name, "installed_version": "1", "fix_version": fixed});
        let packages: Vec<Value> = packages.iter().map(package).collect();
        json!({"cve_id": id, "security_notices": [{"vulnerable_packages": packages}]})
    }

    fn counted(entries: &Value, policy: &Vulnerabilities) -> ScanFindings {
        let report = json!({"status": "FAIL", "vulnerabilities": entries});
        let report: Report = serde_json::from_value(report).unwrap();
        report.counted(policy, str::to_owned)
    }

    #[test]
    fn what_the_account_exempts_is_not_found_and_a_part_of_it_is() {
        let with = |field: &str, value: Value| {
            let mut one = entry("CVE-1", &[("a", "2")]);
            one[field] = value;
            counted(&json!([one]), &policy())
        };
        for found in [with("cve_exempt", true.into()), with("exempt_status", "exempt".into())] {
            assert_eq!((found.found, found.exempt, found.counted), (0, 1, 0));
        }
        let part = with("exempt_status", "partial".into());
        assert_eq!((part.found, part.exempt, part.counted), (1, 0, 1));
    }

    #[test]
    fn ignored_ones_do_not_count_nor_do_those_without_a_fix_where_only_others_do() {
        let all = json!([entry("CVE-1", &[("a", "2")]), entry("CVE-2", &[("b", "")])]);
        let found = counted(&all, &policy());
        assert_eq!((found.found, found.counted, found.fixable), (2, 2, 1));
        let ignoring = Vulnerabilities { ignored: vec!["cve-1".to_owned()], ..policy() };
        let found = counted(&all, &ignoring);
        assert_eq!((found.found, found.ignored, found.counted, found.fixable), (2, 1, 1, 0));
        assert_eq!(found.list[0].id, "CVE-2");
        let fixable = Vulnerabilities { counted: Counted::Fixable, ..policy() };
        let turned = json!([entry("CVE-2", &[("b", "")]), entry("CVE-1", &[("a", "2")])]);
        let ids: Vec<String> =
            counted(&turned, &policy()).list.into_iter().map(|finding| finding.id).collect();
        assert_eq!(ids, ["CVE-1", "CVE-2"]);
        let found = counted(&all, &fixable);
        assert_eq!((found.found, found.counted, found.list[0].id.as_str()), (2, 1, "CVE-1"));
    }

    #[test]
    fn a_package_of_several_notices_is_there_once_with_the_fix_of_any() {
        let mut one = entry("CVE-1", &[("a", "")]);
        let again = entry("CVE-1", &[("a", "2"), ("b", " ")])["security_notices"][0].clone();
        one["security_notices"].as_array_mut().unwrap().push(again);
        let found = counted(&json!([one]), &policy());
        let packages = &found.list[0].packages;
        assert_eq!(packages.len(), 2);
        assert_eq!(packages[0].fixed.as_deref(), Some("2"));
        assert_eq!((packages[1].name.as_str(), &packages[1].fixed), ("b", &None));
    }

    #[test]
    fn what_is_left_out_or_null_is_nothing() {
        let bare = json!([{"cve_id": "CVE-1"}, {"cve_id": "CVE-2", "security_notices": null}]);
        let found = counted(&bare, &policy());
        assert_eq!((found.counted, found.fixable), (2, 0));
        assert_eq!(counted(&Value::Null, &policy()).found, 0);
        let summary: Summary = serde_json::from_value(json!({"status": "OK"})).unwrap();
        assert!(!summary.has_found());
        assert_eq!(summary.clean().exempt, 0);
    }
}
