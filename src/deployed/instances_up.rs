//! How many instances of apps run, which takes a question for each process.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use super::{AppState, Deployed, Session, WEB};
use crate::capi::Problem;
use crate::capi::resources::Stats;

/// How many processes are asked about side by side.
const SIDE_BY_SIDE: usize = 64;

/// How many instances run, by the GUID of the app.
#[derive(Default)]
pub(crate) struct InstancesUp {
    of: BTreeMap<String, u64>,
    not_asked: Option<String>,
}

/// Asks about the web processes of apps that are started.
pub(crate) async fn instances_up(session: &Session<'_>, apps: &[Deployed]) -> InstancesUp {
    let started = apps.iter().filter(|app| app.state == AppState::Started);
    let questions = started.flat_map(|app| {
        let web = app.processes.iter().filter(|process| process.kind == WEB);
        web.map(|process| (app.guid.as_str(), process.guid.as_str()))
    });
    let controller = session.controller();
    let answers: Vec<(&str, Result<Stats, Problem>)> = stream::iter(questions)
        .map(|(app, process)| async move {
            let path = format!("/v3/processes/{process}/stats");
            (app, controller.one("the instances of an app", &path).await)
        })
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    let mut found = InstancesUp::default();
    let (mut failed, mut first) = (0, None);
    for (app, answer) in answers {
        match answer {
            Ok(stats) => {
                let up = stats.resources.iter().filter(|one| one.state == "RUNNING").count();
                let known = found.of.entry(app.to_owned()).or_default();
                *known += u64::try_from(up).unwrap_or(u64::MAX);
            }
            Err(problem) => {
                failed += 1;
                first = first.or(Some(problem));
            }
        }
    }
    found.not_asked =
        first.map(|problem: Problem| format!("the instances of {failed} apps: {}", problem.line()));
    found
}

impl InstancesUp {
    /// Puts them into the records.
    pub(crate) fn tell(self, apps: &mut [Deployed], not_asked: &mut Vec<String>) {
        not_asked.extend(self.not_asked);
        for app in apps {
            app.up = self.of.get(&app.guid).copied();
        }
    }
}
