//! What `apply --json` writes: one event a line, whatever the end, and last a `change_summary`.
//!
//! It decides nothing: which lines there are is `render/json.rs`'s.

use std::cell::{Cell, RefCell};

use super::ui::Ui;
use crate::clock::Clock;
use crate::plan::Plan;
use crate::problem::Problems;
use crate::render::{diagnostics, json};
use crate::report::{Event, Report};

/// The lines of one run.
pub(super) struct Lines<'a> {
    ui: &'a Ui,
    /// What has been told, folded: a problem is told once, and a run that breaks off says how far it came.
    told: RefCell<Report>,
    begun: Cell<bool>,
    clock: Cell<Clock>,
}

impl<'a> Lines<'a> {
    /// Nothing is written yet.
    pub(super) fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            told: RefCell::new(Report::new()),
            begun: Cell::new(false),
            clock: Cell::new(Clock::real()),
        }
    }

    /// From now on moments are this clock's: emulated vendors have one of their own.
    pub(super) fn by(&self, clock: Clock) {
        self.clock.set(clock);
    }

    /// The plan, before anything is asked or sent.
    pub(super) fn planned(&self, plan: &Plan, warnings: &Problems) {
        self.begin();
        self.diagnostics(warnings);
        self.write(json::planned(plan, self.clock.get().now(), &self.ui.mask));
        self.diagnostics(&plan.problems);
    }

    /// Something that happened.
    pub(super) fn event(&self, plan: &Plan, event: &Event) {
        self.told.borrow_mut().fold(plan, event);
        self.write(json::event(plan, event, &self.ui.mask));
    }

    /// The end of a run that came to one.
    pub(super) fn ended(&self, report: &Report) {
        self.begin();
        self.diagnostics(&report.problems);
        self.write([json::ended(report, self.clock.get().now())]);
    }

    /// The end of a run that broke off, or never began.
    pub(super) fn failed(&self, problems: &Problems) {
        self.begin();
        self.diagnostics(problems);
        let told = self.told.borrow();
        self.write([json::ended(&told, self.clock.get().now())]);
    }

    fn begin(&self) {
        if !self.begun.replace(true) {
            self.write([json::version(env!("CARGO_PKG_VERSION"), self.clock.get().now())]);
        }
    }

    /// Those that were not told before.
    fn diagnostics(&self, problems: &Problems) {
        for problem in problems.list() {
            if self.told.borrow().problems.list().contains(problem) {
                continue;
            }
            self.write([json::diagnostic(self.clock.get().now(), &diagnostics::one(problem, &self.ui.mask))]);
            self.told.borrow_mut().problems.push(problem.clone());
        }
    }

    fn write(&self, lines: impl IntoIterator<Item = String>) {
        lines.into_iter().for_each(|line| self.ui.data(&format!("{line}\n")));
    }
}
