//! Failures to pull that the platform has noted of apps (31 days, unless it is set otherwise).

use std::collections::BTreeMap;

use serde_json::Value;

use super::bulk::in_bulk;
use super::keys::Keys;
use super::{AppState, Deployed, Session};
use crate::capi::resources::AuditEvent;
use crate::cf::diagnosis;
use crate::error::printable;
use crate::secret_shape::HIDDEN;
use crate::verdict::{Name, Verdict};

/// How many events are looked at for each question: the newest.
const NEWEST: &str = "200";

/// What was noted, by the GUID of the app: how often, and the newest.
#[derive(Default)]
pub(crate) struct PullFailures {
    of: BTreeMap<String, (usize, AuditEvent)>,
    not_asked: Option<String>,
}

/// Looks for failures to pull of apps that run.
pub(crate) async fn pull_failures(session: &Session<'_>, apps: &[Deployed]) -> PullFailures {
    let guids: Vec<&str> = apps
        .iter()
        .filter(|app| app.state == AppState::Started)
        .map(|app| app.guid.as_str())
        .collect();
    let controller = session.controller();
    let listing = in_bulk(&guids, async |some: String| {
        let filter = [
            ("types", "audit.app.process.crash"),
            ("target_guids", some.as_str()),
            ("order_by", "-created_at"),
            ("per_page", NEWEST),
        ];
        controller.newest::<AuditEvent>("the audit events", "/v3/audit_events", &filter).await
    })
    .await;
    let mut found = PullFailures::default();
    // Both are RFC 3339 in UTC; what was before this droplet is mended by it.
    let is_since = |event: &AuditEvent| {
        let app = apps.iter().find(|app| app.guid == event.target.guid);
        app.and_then(|app| app.staged_at.as_deref())
            .is_none_or(|at| event.created_at.as_str() >= at)
    };
    for event in listing.all.into_iter().filter(|event| is_of_a_pull(event) && is_since(event)) {
        let known = found.of.entry(event.target.guid.clone()).or_insert_with(|| (0, event));
        known.0 += 1;
    }
    found.not_asked =
        listing.cut.map(|problem| format!("failures to pull in the past: {}", problem.line()));
    found
}

impl PullFailures {
    /// Adds them to the findings of the apps.
    pub(crate) fn tell(
        self,
        session: &Session<'_>,
        keys: &Keys<'_>,
        apps: &mut [Deployed],
        not_asked: &mut Vec<String>,
    ) {
        not_asked.extend(self.not_asked);
        for app in apps {
            let Some((count, newest)) = self.of.get(&app.guid) else { continue };
            let lines = app.lines();
            let said = if keys.are_in(said(newest)) { HIDDEN } else { said(newest) };
            let (at, said) = (printable(&newest.created_at), session.controller().shown(said));
            let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
            let verdict = Verdict::new(
                Name::PullFailed,
                format!("the platform could not pull its image {times} since it was staged"),
            )
            .seen(format!("last at {at}: {said}"))
            .hint(format!(
                "`{}` has more; where the key is the reason, `{}`",
                lines.of_cf("cf logs", "--recent"),
                lines.ours("rotate", "")
            ));
            app.findings.push(verdict);
        }
    }
}

fn said(event: &AuditEvent) -> &str {
    event.data.get("exit_description").and_then(Value::as_str).unwrap_or_default()
}

fn is_of_a_pull(event: &AuditEvent) -> bool {
    diagnosis::is_of_a_pull(said(event))
}
