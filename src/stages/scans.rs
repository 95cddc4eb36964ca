//! Asks the Vulnerability Advisor about the images that were checked, and puts what it says into the
//! records.

use std::time::{Duration, Instant};

use super::findings::ask;
use super::{Stages, interruptible};
use crate::app::{AppRun, Findings};
use crate::cf;
use crate::error::Error;
use crate::http::{Client, Tls};
use crate::icr::{self, ScanAsk};
use crate::request::{Checks, Vulnerabilities};
use crate::verdict::{self, Weight};

impl Stages<'_> {
    /// Asks about every image that is there and that can be pushed, each once, however many apps
    /// run it.
    pub(crate) async fn scan(
        &mut self,
        policy: &Vulnerabilities,
        checks: &Checks,
        apps: &mut [AppRun],
        findings: &mut Findings,
    ) -> Result<(), Error> {
        let started = Instant::now();
        let asks: Vec<ScanAsk<'_>> = apps.iter().filter_map(scan_ask).collect();
        if asks.is_empty() {
            return Ok(());
        }
        let wait = humantime::format_duration(policy.wait);
        self.announcer
            .phase(&format!("asking Vulnerability Advisor, with up to {wait} for a scan"));
        let deadline = started + icr::scan_limit(policy, checks.limit, asks.len());
        let client = Client::new(&self.authorities, Tls::Verify, deadline);
        let work = Box::pin(icr::scans(&asks, policy, &client));
        let scans = interruptible(deadline, self.signals, work).await?;
        drop(asks);
        let asked = apps.iter_mut().filter(|run| scan_ask(run).is_some());
        for (run, scan) in asked.zip(scans) {
            let Some(found) = &mut run.findings else { continue };
            let placed = scan.verdict.map(|mut verdict| {
                for hint in &mut verdict.hints {
                    *hint = run.app.advice.placed(hint);
                }
                verdict
            });
            found.verdicts.extend(placed);
            verdict::sort(&mut found.verdicts);
            found.vulnerabilities = scan.findings;
        }
        findings.requests += client.requests();
        let before = Duration::from_secs_f64(findings.seconds);
        findings.seconds = cf::seconds(before + started.elapsed());
        Ok(())
    }
}

/// What is asked about the image of an app, where the registry has it and nothing else stands
/// against it.
fn scan_ask(run: &AppRun) -> Option<ScanAsk<'_>> {
    let ask = ask(run)?;
    let found = run.findings.as_ref()?;
    let stands = found.verdicts.iter().any(|one| one.weight == Weight::Definitive);
    let image = Some(&found.image).filter(|image| !image.is_unknown() && !stands)?;
    Some(ScanAsk { reference: ask.reference, image, who: ask.who, advice: &ask.checks.advice })
}
