//! Carries a plan out: its calls in an order that keeps `after`, each written down before it goes and after it
//! came back, then read back.
//!
//! It decides nothing that the plan has decided: no call is added, split or left out. What it does decide is
//! when to repeat (`gate/`), when to stop, and whether what was written became true.

mod chosen;
mod cut;
mod dispatch;
pub mod frontier;
pub mod owed;
mod pace;
pub mod resume;
mod rows;
mod split;
mod step;
mod track;
mod verify;
mod watch;

use std::cell::{Cell, RefCell};

use crate::clock::Clock;
use crate::gate::Gate;
use crate::kind::Provider;
use crate::names::Name;
use crate::plan::Plan;
use crate::problem::{Failure, Problem, Result};
use crate::quota::Quotas;
use crate::report::{Event, Report, Rest, What};
use crate::state::{Keep, Lease, RowChange, Store};
use crate::table::Row;
use pace::Pace;
use resume::Open;
use step::Written;
use track::Track;

/// Everything that carrying out needs.
pub struct Apply<'a> {
    /// The plan; nothing of it is changed.
    pub plan: &'a Plan,
    /// Calls that stay in doubt until their rows are recorded.
    pub open: &'a Open<'a>,
    /// The way to the vendors.
    pub gate: &'a Gate,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// Where everything is written down.
    pub store: &'a dyn Store,
    /// The right to write there.
    pub lease: &'a Lease,
    /// The time.
    pub clock: Clock,
    /// The limits in force.
    pub quotas: &'a Quotas,
    /// How long reading back may take before it becomes a sample, in milliseconds.
    pub verify_ms: i64,
    /// Who is told what happens.
    pub listener: &'a dyn Fn(&Event),
}

/// What is going on, shared by the steps of one thread.
struct Run<'a> {
    apply: &'a Apply<'a>,
    report: RefCell<Report>,
    track: RefCell<Track>,
    pace: RefCell<Pace>,
    /// Somebody asked to stop before it was through.
    interrupted: Cell<bool>,
}

impl Apply<'_> {
    /// Carries the plan out and reads back what it wrote.
    ///
    /// # Errors
    /// Only what stops everything: the state cannot be written, or the lease is lost. What single calls or
    /// rows came to is in the report.
    pub async fn carry_out(&self) -> Result<Report> {
        let run = Run {
            apply: self,
            report: RefCell::default(),
            track: RefCell::new(Track::of(self.plan)),
            pace: RefCell::new(Pace::of(self.plan, self.clock.now())),
            interrupted: Cell::new(false),
        };
        run.refuse_texts()?;
        run.tell(What::RunStart);
        run.keep_values().await?;
        let adopted = run.amend_without_calls().await?;
        let written = Box::pin(dispatch::carry_out(&run)).await?;
        run.settle_doubts(&adopted, &written.rows).await?;
        run.watch(verify::read_back(&run, &written)).await?;
        run.finish_changes();
        let mut report = run.report.into_inner();
        if run.interrupted.get() {
            report.problems.failure = Failure::Interrupted;
        }
        Ok(report)
    }
}

impl Run<'_> {
    /// Tells the listener and folds it into the report.
    fn tell(&self, what: What) {
        if let What::CallDone { call, .. } | What::CallFailed { call, .. } = &what {
            self.pace.borrow_mut().ended(&self.apply.plan.calls[*call as usize]);
        }
        let event = Event { at: self.apply.clock.now(), what };
        self.report.borrow_mut().fold(self.apply.plan, &event);
        (self.apply.listener)(&event);
    }

    /// What the store cannot hold is not sent: its outcome could never be recorded.
    fn refuse_texts(&self) -> Result<()> {
        let (plan, store) = (self.apply.plan, self.apply.store);
        let refused = |name: &Name| !store.can_hold(plan.names.text(*name));
        let carried = plan.replacements.iter().flat_map(|one| one.carried.iter().chain(&one.lost));
        let kept = carried.flat_map(|(device, value)| [*device, *value]);
        let calls = plan.calls.iter().flat_map(|call| rows::of(plan, call, 0));
        let adopted = plan.adopts.iter().map(|(kind, row)| RowChange::Put(*kind, *row));
        let texts = calls.chain(adopted).flat_map(|change| match change {
            RowChange::Put(_, Row { subject, item, value, .. }) => [subject, item, value],
            RowChange::Drop(_, subject, item) => [subject, item, item],
        });
        let Some(name) = texts.chain(kept).find(refused) else { return Ok(()) };
        let summary = format!("the state cannot hold the text {:?}", plan.names.text(name));
        Err(Problem::error("apply::text", summary)
            .help(
                "nothing was sent; PostgreSQL holds no character of value 0: take it out of what is declared",
            )
            .into())
    }

    /// The values of properties that are about to be replaced are in the state before anything is deleted.
    async fn keep_values(&self) -> Result<()> {
        let (plan, apply) = (self.apply.plan, self.apply);
        for replacement in &plan.replacements {
            let all = replacement.carried.iter().chain(&replacement.lost);
            let row = |(device, value): &(_, _)| Row {
                subject: *device,
                item: replacement.property,
                value: *value,
                mark: 0,
            };
            let rows: Vec<Row> = all.map(row).collect();
            apply.store.keep(apply.lease, &plan.names, &rows, Keep::Hold).await?;
        }
        Ok(())
    }

    /// What is as declared already is recorded, and what is gone already forgotten, without a call.
    /// Gives the changes of the record.
    async fn amend_without_calls(&self) -> Result<Vec<RowChange>> {
        let (plan, apply) = (self.apply.plan, self.apply);
        let now = apply.clock.now().seconds();
        let adopts = plan.adopts.iter().map(|(kind, row)| RowChange::Put(*kind, Row { mark: now, ..*row }));
        let forgets = plan.forgets.iter().map(|(kind, row)| RowChange::Drop(*kind, row.subject, row.item));
        let rows: Vec<RowChange> = adopts.chain(forgets).collect();
        if !rows.is_empty() {
            apply.store.amend(apply.lease, &plan.names, &rows).await?;
        }
        Ok(rows)
    }

    /// Calls that a dead run left in doubt are none any more once their rows are recorded.
    async fn settle_doubts(&self, adopted: &[RowChange], written: &[RowChange]) -> Result<()> {
        let apply = self.apply;
        for id in apply.open.ended(adopted.iter().chain(written)) {
            apply.store.record_outcome(apply.lease, &apply.plan.names, id, &[]).await?;
        }
        Ok(())
    }

    /// What may come late has been seen, or is in doubt by itself.
    async fn owes_nothing(&self, written: &Written) -> Result<()> {
        let Some(note) = written.owed else { return Ok(()) };
        self.apply.store.record_outcome(self.apply.lease, &self.apply.plan.names, note, &[]).await
    }

    /// A call has ended: so may the changes that it serves.
    fn close(&self, call: u32) {
        self.track.borrow_mut().close(call);
    }

    fn finish_changes(&self) {
        let ended = self.track.borrow_mut().finish(self.apply.clock.now());
        for what in ended {
            self.tell(what);
        }
    }

    fn rest(&self, rest: Rest) {
        self.tell(What::Rests(rest));
    }
}
