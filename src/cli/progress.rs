//! Bars on a terminal, a plain line at most every ten seconds elsewhere; the one file that draws bars.
//!
//! It shows what it is told and measures nothing itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::gate::GateEvent;
use crate::plan::Plan;
use crate::render::text::{group_digits, in_about};
use crate::report::{Event, Progress as Far, What};
use crate::timestamp::Timestamp;

use super::ui::{Level, Ui};

/// Off a terminal, a line at most this often.
const LINE_MS: i64 = 10_000;

/// How a run tells how far it is.
pub struct Progress {
    shown: Rc<Shown>,
}

/// Where it is shown.
enum Shown {
    Nowhere,
    Lines { last: Cell<Option<Timestamp>> },
    Bars { all: MultiProgress, reads: ProgressBar, lanes: RefCell<Vec<ProgressBar>> },
}

impl Progress {
    /// For commands that only read.
    #[must_use]
    pub fn reading(ui: &Ui) -> Self {
        let shown = if ui.shows_bars() {
            let all = MultiProgress::new();
            let reads = all.add(ProgressBar::new_spinner());
            reads.set_style(style("{spinner} reading live state: {pos} calls {msg}"));
            Shown::Bars { all, reads, lanes: RefCell::default() }
        } else {
            Shown::Nowhere
        };
        Self { shown: Rc::new(shown) }
    }

    /// For an apply.
    #[must_use]
    pub fn applying(ui: &Ui) -> Self {
        if ui.shows_bars() || ui.level() == Level::Quiet {
            return Self::reading(ui);
        }
        Self { shown: Rc::new(Shown::Lines { last: Cell::new(None) }) }
    }

    /// What the gate tells of each call.
    #[must_use]
    pub fn gate_listener(&self) -> Option<Rc<dyn Fn(GateEvent)>> {
        let shown = self.shown.clone();
        Some(Rc::new(move |event| {
            let Shown::Bars { reads, .. } = &*shown else { return };
            match event {
                GateEvent::Replied { .. } => reads.inc(1),
                GateEvent::Waiting { .. } => reads.set_message("· waiting for the limit"),
                GateEvent::Sent { .. } => reads.set_message(""),
            }
        }))
    }

    /// Reading is over and the plan about to be shown: the spinner makes room, a bar a limit takes its place.
    pub fn planned(&self, plan: &Plan) {
        let Shown::Bars { all, reads, lanes } = &*self.shown else { return };
        reads.finish_and_clear();
        let bar = |need: &crate::plan::QuotaNeed| {
            let bar = all.add(ProgressBar::new(need.needed));
            bar.set_style(style("{prefix} [{bar:24}] {pos}/{len} {msg}"));
            bar.set_prefix(format!("{} {}", need.name, need.limit));
            bar
        };
        *lanes.borrow_mut() = plan.forecast.quotas.iter().filter(|need| need.needed > 0).map(bar).collect();
    }

    /// Something happened.
    pub fn event(&self, event: &Event) {
        if let What::Progress(far) = &event.what {
            match &*self.shown {
                Shown::Nowhere => {}
                Shown::Lines { last } => line(last, event.at, far),
                Shown::Bars { lanes, .. } => bars(&lanes.borrow(), event.at, far),
            }
        }
    }

    /// Nothing is shown any longer.
    pub fn finish(&self) {
        if let Shown::Bars { reads, lanes, .. } = &*self.shown {
            reads.finish_and_clear();
            lanes.borrow().iter().for_each(ProgressBar::finish_and_clear);
        }
    }
}

fn bars(bars: &[ProgressBar], now: Timestamp, far: &Far) {
    for (bar, lane) in bars.iter().zip(&far.lanes) {
        let done = lane.finishes_at.map_or_else(String::new, |at| format!(", done {}", in_about(at.since(now))));
        bar.set_position(lane.done);
        bar.set_message(format!("{} left{done}", group_digits(lane.left)));
    }
}

fn line(last: &Cell<Option<Timestamp>>, now: Timestamp, far: &Far) {
    if last.get().is_some_and(|last| now.since(last) < LINE_MS) {
        return;
    }
    // The first line comes after ten seconds too: a short run needs none.
    if last.replace(Some(now)).is_some() {
        let done = far.finishes_at.map_or_else(String::new, |at| format!(", done {}", in_about(at.since(now))));
        super::ui::plain_line(&format!("{} of {} calls{done}", group_digits(far.done), group_digits(far.calls)));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
