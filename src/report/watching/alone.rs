//! One app, whose output goes on by itself: answers who asks for its end.

use std::time::Duration;

use super::outlet::Outlet;
use super::queue::{Event, Painter};
use crate::cf::watch::{Arrangement, Demand, Stream};

pub(super) struct Alone {
    pub(super) outlet: Outlet,
}

impl Painter for Alone {
    const ARRANGEMENT: Arrangement = Arrangement::Passage;
    const TICK: Option<Duration> = None;

    fn take(&mut self, _run: usize, _event: Event) {}

    fn asked(&mut self, asked: Demand, running: usize) {
        let Some(words) = super::said(asked, running) else { return };
        // A key shows itself, where cf may have left a line without its end.
        let break_ = match asked {
            Demand::EndByKey | Demand::Vanish => "\n",
            Demand::End | Demand::TakeBack | Demand::Leave | Demand::Halt => "",
        };
        self.outlet.write(Stream::Stderr, format!("{break_}icr-cf: {words}\n").as_bytes());
    }

    fn tick(&mut self) {}

    fn close(&mut self) {}
}
