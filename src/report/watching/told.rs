//! Tells a program what happens to runs, beside whoever shows it: the events of a push, while what cf
//! prints goes where it would.

use std::sync::Arc;
use std::time::Duration;

use crate::app::AppRun;
use crate::cf::watch::{Arrangement, Demand, Stream, Watch};
use crate::cf::{Outcome, Phase};
use crate::report::event_log::{EventLog, Step};

struct Told {
    watch: Arc<dyn Watch>,
    log: EventLog,
    /// Of each run the place of its app, and its name.
    apps: Vec<(usize, Option<String>)>,
}

/// The same watcher, and a log that is told of phases.
pub(in crate::report) fn told(
    watch: Arc<dyn Watch>,
    log: &EventLog,
    apps: &[AppRun],
) -> Arc<dyn Watch> {
    let apps = apps.iter().map(|run| (run.place, run.app.name.clone())).collect();
    Arc::new(Told { watch, log: log.clone(), apps })
}

impl Told {
    fn tell(&self, run: usize, phase: Phase) {
        if let Some((place, name)) = self.apps.get(run) {
            self.log.phase(*place, name.as_deref(), Step::Cf(phase));
        }
    }
}

impl Watch for Told {
    fn arrangement(&self) -> Arrangement {
        self.watch.arrangement()
    }

    fn started(&self, run: usize) {
        self.tell(run, Phase::Started);
        self.watch.started(run);
    }

    fn line(&self, run: usize, stream: Stream, line: &[u8]) {
        self.watch.line(run, stream, line);
    }

    fn phase(&self, run: usize, phase: Phase) {
        self.tell(run, phase);
        self.watch.phase(run, phase);
    }

    fn ended(&self, run: usize, outcome: &Outcome) {
        self.watch.ended(run, outcome);
    }

    fn closed(&self, run: usize, words: &str, is_good: bool) {
        self.watch.closed(run, words, is_good);
    }

    fn asked(&self, asked: Demand, running: usize) {
        self.watch.asked(asked, running);
    }

    fn finish(&self, patience: Duration) -> bool {
        self.watch.finish(patience)
    }
}
