//! Many reads side by side through the gate, a bounded number of answers in memory at a time.

use std::cell::{Cell, RefCell};

use futures_util::future::try_join_all;

use crate::gate::Gate;
use crate::kind::{Answer, Read};
use crate::names::{Name, Names};
use crate::problem::{Problems, Result};
use crate::quota::BURST_MAX;

/// Answers held as text before they become rows: some megabytes at a hundred tags each.
const CHUNK: usize = 4_096;
/// Reads ready from here: as many as ever leave together. More would be held in memory without need, and the gate
/// bounds what is really on the wire.
const READY_MAX: usize = BURST_MAX;

/// Sends reads and counts them.
pub struct Reader<'a> {
    gate: &'a Gate,
    calls: Cell<u64>,
    /// How many of the calls that were announced have not been begun.
    announced: Cell<u64>,
}

impl<'a> Reader<'a> {
    /// A reader on this gate.
    #[must_use]
    pub const fn new(gate: &'a Gate) -> Self {
        Self { gate, calls: Cell::new(0), announced: Cell::new(0) }
    }

    /// How many reads were answered.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Lets whoever listens know how many questions are going to be asked in all, and how long that takes.
    pub fn announce(&self, calls: u64, ms: i64) {
        self.announced.set(self.announced.get() + calls);
        self.gate.expect(calls, ms);
    }

    /// So many questions come next: those beyond what was announced are told of.
    fn begin(&self, calls: u64) {
        let announced = self.announced.get();
        self.announced.set(announced.saturating_sub(calls));
        let beyond = calls.saturating_sub(announced);
        if beyond > 0 {
            self.gate.expect(beyond, 0);
        }
    }

    /// Asks one question.
    ///
    /// # Errors
    /// The refusal, in the vendor's words.
    pub async fn one(&self, read: &Read, names: &Names) -> Result<Answer> {
        let answer = self.gate.read(read, names).await?;
        self.calls.set(self.calls.get() + 1);
        Ok(answer)
    }

    /// Asks one question of each subject and hands over the answers in the order of the subjects.
    ///
    /// # Errors
    /// The first refusal, in the vendor's words.
    pub async fn each(
        &self,
        subjects: &[Name],
        ask: impl Fn(Name) -> Read,
        names: &mut Names,
        mut take: impl FnMut(Name, Answer, &mut Names),
    ) -> Result<()> {
        self.begin(subjects.len() as u64);
        for chunk in subjects.chunks(CHUNK) {
            let answers = self.all(chunk.iter().map(|subject| ask(*subject)), names).await?;
            for (subject, answer) in chunk.iter().zip(answers) {
                take(*subject, answer, names);
            }
        }
        Ok(())
    }

    /// Asks these questions side by side and gives the answers in their order, all of them in memory.
    ///
    /// # Errors
    /// The first refusal, in the vendor's words.
    pub async fn all(&self, reads: impl Iterator<Item = Read>, names: &Names) -> Result<Vec<Answer>> {
        let lanes = reads.size_hint().1.unwrap_or(READY_MAX).min(READY_MAX);
        let (reads, answers) = (RefCell::new(reads.enumerate()), RefCell::new(Vec::new()));
        // Each asks one question after the other, so that nothing is set up for a question but the question itself.
        let lane = async || {
            loop {
                let next = reads.borrow_mut().next();
                let Some((at, read)) = next else { return Ok::<(), Problems>(()) };
                let answer = self.one(&read, names).await?;
                answers.borrow_mut().push((at, answer));
            }
        };
        try_join_all((0..lanes).map(|_| lane())).await?;
        let mut answers = answers.into_inner();
        answers.sort_unstable_by_key(|(at, _)| *at);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }
}
