//! How far a reading or an apply is: a bar for each limit on a terminal, a plain line now and then elsewhere, nothing with -q.
//!
//! The only file that names indicatif. It reads no clock: events carry their moments.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::config::Target;
use crate::cli::ui::{Talk, Ui};
use crate::gate::GateEvent;
use crate::ops::Context;
use crate::plan::Plan;
use crate::quota::QuotaId;
use crate::render::{talk, text};
use crate::report::{Event, Progress, What};
use crate::timestamp::{SECOND_MS, Timestamp};

/// Off a terminal, at most one line in this time: a build log is read later and from the top.
const LINE_EVERY_MS: i64 = 10 * SECOND_MS;
/// With more changes than this, each of them is only told with -v.
const CHANGES_TOLD_MAX: usize = 50;

/// Whether somebody watches who wants to see bars.
fn moves(ui: &Ui) -> bool {
    ui.watched == Target::Terminal && (Talk::Normal..Talk::Calls).contains(&ui.talk)
}

/// Counts the calls of a reading, and tells of each call whoever wants to know.
pub struct Reading {
    ui: Ui,
    spinner: ProgressBar,
    course: Rc<RefCell<Course>>,
}

/// How far a reading is.
#[derive(Default)]
struct Course {
    done: u64,
    expected: u64,
    waits: Option<(QuotaId, Timestamp)>,
    has_ended: bool,
}

impl Reading {
    /// Nothing has been read.
    #[must_use]
    pub fn new(ui: &Ui) -> Self {
        let spinner = if moves(ui) { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        Self { ui: ui.clone(), spinner: spinner.with_style(style(READING)), course: Rc::default() }
    }

    /// What the gate shall tell.
    #[must_use]
    pub fn listener(&self) -> Option<Rc<dyn Fn(GateEvent)>> {
        let (spinner, ui, course) = (self.spinner.clone(), self.ui.clone(), self.course.clone());
        Some(Rc::new(move |event| match event {
            GateEvent::Expected { calls, ms } => {
                course.borrow_mut().expected += calls;
                if ms > LINE_EVERY_MS {
                    spinner.suspend(|| ui.say(&talk::reading_begins(calls, ms)));
                }
            }
            GateEvent::Replied { vendor, method, path, status, latency_ms } => {
                spinner.inc(1);
                course.borrow_mut().done += 1;
                ui.call(&talk::call(vendor, method, path.as_deref(), (status, latency_ms), &ui.mask));
            }
            GateEvent::Silent { vendor, ms } => {
                let wait = text::duration(ms);
                let line = format!("{} has taken a call and not answered it for {wait}.", vendor.word());
                spinner.suspend(|| ui.say(&line));
            }
            GateEvent::Waiting { quota, until } => {
                course.borrow_mut().waits = Some((quota, until));
                spinner.set_message("· waiting for a limit");
            }
            GateEvent::Sent { .. } => spinner.set_message(""),
            GateEvent::Repeating { vendor, words, in_ms } => {
                let words = text::clean(&ui.mask.prose(&words));
                spinner.set_message(format!("· again: {words}"));
                let again = format!("{}: again in {}: {words}", vendor.word(), text::duration(in_ms));
                spinner.suspend(|| ui.detail(&again));
            }
        }))
    }

    /// Drives the reading to its end, and tells now and then how far it is where no spinner does.
    pub async fn told<T>(&self, context: &Context, work: impl Future<Output = T>) -> T {
        let (mut work, clock) = (std::pin::pin!(work), context.clock);
        let start = clock.now();
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = clock.sleep_ms(LINE_EVERY_MS) => self.tell(context, start),
            }
        }
    }

    fn tell(&self, context: &Context, start: Timestamp) {
        let course = self.course.borrow();
        if course.has_ended {
            return;
        }
        let now = context.clock.now();
        let line = talk::reading_line(course.done, course.expected, now.since(start));
        if moves(&self.ui) {
            let line = talk::reading_left(course.done, course.expected, now.since(start));
            self.spinner.set_message(line);
            return;
        }
        let wait = course.waits.filter(|(_, until)| *until > now).map(|(id, until)| {
            let quota = context.project.quotas.get(id);
            let what = format!("{} {}", quota.vendor.word(), quota.name);
            format!(" · {}", talk::wait(&what, until, now, &self.ui.out.zone))
        });
        self.ui.say(&format!("{line}{}", wait.unwrap_or_default()));
    }

    /// It has been read: the spinner makes room.
    pub fn finish(&self) {
        self.course.borrow_mut().has_ended = true;
        self.spinner.finish_and_clear();
    }
}

/// Follows one apply.
pub struct Follower<'a> {
    ui: &'a Ui,
    bars: Option<Bars>,
    began_at: Cell<Option<Timestamp>>,
    told_at: Cell<Option<Timestamp>>,
    /// Calls that have ended.
    done: Cell<u64>,
    /// What is waited for, and until when.
    waits: RefCell<Option<(String, Timestamp)>>,
}

impl<'a> Follower<'a> {
    /// A follower of one apply.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            bars: moves(ui).then(Bars::new),
            began_at: Cell::new(None),
            told_at: Cell::new(None),
            done: Cell::new(0),
            waits: RefCell::default(),
        }
    }

    /// Takes one more event of this plan's apply in.
    pub fn event(&self, plan: &Plan, event: &Event) {
        match &event.what {
            What::RunStart => self.began_at.set(Some(event.at)),
            What::Progress(progress) => {
                match &self.bars {
                    Some(bars) => bars.show(progress, event.at),
                    None if self.is_due(event.at) => {
                        self.line(talk::progress_line(progress, event.at), event.at);
                    }
                    None => {}
                }
                return;
            }
            What::QuotaWait { quota, limit, until } => {
                self.waits.replace(Some((format!("{quota} {}", text::limit(limit)), *until)));
                self.wait(plan, *until, event.at);
                return;
            }
            What::CallDone { .. } | What::CallFailed { .. } => self.done.set(self.done.get() + 1),
            What::ChangeStart { .. }
            | What::ChangeDone { .. }
            | What::ChangeErrored { .. }
            | What::CallStart { .. }
            | What::CallRepeated { .. }
            | What::Noticed(_)
            | What::Verified(_)
            | What::Rests(_) => {}
        }
        if let Some(wanted) = wanted(&event.what, plan.changes.len()).filter(|wanted| self.ui.talk >= *wanted)
            && let Some(sentence) = talk::sentence(plan, event, &self.ui.mask)
        {
            self.above(&sentence, wanted);
        }
    }

    /// A long wait is told as it begins, and then as often as progress. Bars show by themselves that nothing is left.
    fn wait(&self, plan: &Plan, until: Timestamp, at: Timestamp) {
        let is_due = self.told_at.get().is_none_or(|told| at.since(told) >= LINE_EVERY_MS);
        if self.bars.is_none() && is_due && until.since(at) >= LINE_EVERY_MS {
            self.told_at.set(Some(at));
            let calls = text::count(plan.calls.len() as u64, "call", "calls");
            self.line(format!("{} of {calls}", text::group(self.done.get())), at);
        }
    }

    /// How far it is, and what it waits for.
    fn line(&self, mut line: String, at: Timestamp) {
        if let Some((what, until)) = self.waits.borrow().as_ref().filter(|(_, until)| *until > at) {
            line += &format!(" · {}", talk::wait(what, *until, at, &self.ui.out.zone));
        }
        self.ui.say(&line);
    }

    /// Whether progress is to be told where nobody watches: not before this time is over since the beginning, or since
    /// it was told.
    pub fn is_due(&self, at: Timestamp) -> bool {
        let last = self.told_at.get().max(self.began_at.get());
        let is_due = last.is_some_and(|last| at.since(last) >= LINE_EVERY_MS);
        if is_due || last.is_none() {
            self.told_at.set(Some(at));
        }
        is_due
    }

    /// Removes the bars; what is said afterwards stands where they were.
    pub fn finish(&self) {
        if let Some(bars) = &self.bars {
            bars.all.clear().unwrap_or_default();
        }
    }

    /// A line above the bars, or just a line.
    fn above(&self, sentence: &str, wanted: Talk) {
        let say = || if wanted > Talk::Normal { self.ui.detail(sentence) } else { self.ui.say(sentence) };
        match &self.bars {
            Some(bars) => bars.all.suspend(say),
            None => say(),
        }
    }
}

/// How much somebody must want to hear to be told of an event; calls are told of by the gate, which knows more
/// of them, and so are those of a reading.
const fn wanted(what: &What, changes: usize) -> Option<Talk> {
    Some(match what {
        What::ChangeStart { .. } | What::ChangeDone { .. } if changes > CHANGES_TOLD_MAX => Talk::Verbose,
        What::CallStart { .. } | What::CallDone { .. } | What::CallRepeated { .. } => return None,
        What::RunStart
        | What::ChangeStart { .. }
        | What::ChangeDone { .. }
        | What::ChangeErrored { .. }
        | What::CallFailed { .. }
        | What::QuotaWait { .. }
        | What::Progress(_)
        | What::Noticed(_)
        | What::Verified(_)
        | What::Rests(_) => Talk::Normal,
    })
}

/// One bar for all calls and one for each limit that binds.
struct Bars {
    all: MultiProgress,
    calls: ProgressBar,
    lanes: RefCell<BTreeMap<String, ProgressBar>>,
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let calls = all.add(bar("calls"));
        Self { all, calls, lanes: RefCell::default() }
    }

    fn show(&self, progress: &Progress, at: Timestamp) {
        let done = |end: Option<Timestamp>| {
            end.map(|end| format!("done in about {}", text::duration(end.since(at)))).unwrap_or_default()
        };
        let all_done = progress.done >= progress.calls;
        let message = if all_done { "reading back".to_owned() } else { done(progress.finishes_at) };
        set(&self.calls, progress.done, progress.calls, message);
        let mut lanes = self.lanes.borrow_mut();
        for lane in &progress.lanes {
            let name = format!("{} {}", lane.quota, text::limit(&lane.limit));
            let bar = lanes.entry(name.clone()).or_insert_with(|| self.all.add(bar(&name)));
            let left = format!("{} left", text::group(lane.left));
            let to_go = lane.finishes_at.filter(|_| lane.done < lane.calls);
            let to_go = to_go.map(|end| format!(" · {}", text::duration(end.since(at)))).unwrap_or_default();
            set(bar, lane.done, lane.calls, left + &to_go);
        }
    }
}

fn bar(name: &str) -> ProgressBar {
    ProgressBar::new(0).with_style(style(TEMPLATE).progress_chars("=> ")).with_prefix(name.to_owned())
}

/// The templates are ours and are read in a test.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

const READING: &str = "{spinner} reading live state, calls made: {human_pos} {wide_msg}";

const TEMPLATE: &str = "{prefix:30!} [{bar:12}] {human_pos}/{human_len} {wide_msg}";

fn set(bar: &ProgressBar, done: u64, of: u64, message: String) {
    bar.set_length(of);
    bar.set_position(done);
    bar.set_message(message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_read() {
        ProgressStyle::with_template(TEMPLATE).expect("a template");
        ProgressStyle::with_template(READING).expect("a template");
    }

    #[test]
    fn many_changes_are_not_told_one_by_one() {
        let start = What::ChangeStart { change: 0 };
        assert_eq!(wanted(&start, CHANGES_TOLD_MAX), Some(Talk::Normal));
        assert_eq!(wanted(&start, CHANGES_TOLD_MAX + 1), Some(Talk::Verbose));
        assert_eq!(wanted(&What::CallDone { call: 0, ms: 1 }, 1), None);
    }
}
