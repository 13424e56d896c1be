//! Small plans built by hand, for the tests of this folder.

use crate::address::Resource;
use crate::change::{Action, Basis, Cell, Change};
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::{Base, Call, Forecast, Plan, QuotaNeed, Replacement, Sizes};
use crate::problem::Problems;
use crate::quota::QuotaId;
use crate::table::Row;
use crate::timestamp::Timestamp;

/// Builds a plan change by change.
pub struct Sample {
    pub plan: Plan,
}

/// A cell in words: subject, item, before, after; an empty text is none.
pub type Words<'a> = (&'a str, &'a str, &'a str, &'a str);

pub const ALICE: &str = "e605a0db5ce3cca9b76b012978064940";
pub const BOB: &str = "9497869031e1fa74adaa84458f73cc62";
pub const CAROL: &str = "f5fc768b8f3d0ac24d6b7df65e0221b0";
pub const DEVICE: &str = "1a0018970aa97f72bb6";

impl Sample {
    pub fn new() -> Self {
        let created_at = Timestamp::parse("2026-11-23T02:12:00Z").expect("a moment");
        Self {
            plan: Plan {
                names: Names::new(),
                base: Base::default(),
                created_at,
                cells: Vec::new(),
                changes: Vec::new(),
                calls: Vec::new(),
                adopts: Vec::new(),
                forgets: Vec::new(),
                drift: Vec::new(),
                drift_cells: Vec::new(),
                counts: Vec::new(),
                unobserved: Vec::new(),
                replacements: Vec::new(),
                unknown: Vec::new(),
                refused: Vec::new(),
                left_out: Vec::new(),
                unmanaged: Vec::new(),
                protected: Vec::new(),
                forecast: Forecast::default(),
                notes: Vec::new(),
                problems: Problems::new(),
                sizes: Sizes::default(),
            },
        }
    }

    pub fn name(&mut self, text: &str) -> Name {
        self.plan.names.intern(text)
    }

    fn cell(&mut self, resource: Resource, basis: Basis, words: Words<'_>) -> Cell {
        let (subject, item) = (self.name(words.0), self.name(words.1));
        let before = (!words.2.is_empty()).then(|| self.name(words.2));
        let after = (!words.3.is_empty()).then(|| self.name(words.3));
        Cell { resource, subject, item, before, after, basis, origin: 0 }
    }

    /// One change; rows that stay are subject, item, value.
    pub fn change(
        &mut self,
        (resource, name): (Resource, &str),
        action: Action,
        basis: Basis,
        cells: &[Words<'_>],
        kept: &[(&str, &str, &str)],
    ) -> &mut Self {
        let first = u32::try_from(self.plan.cells.len()).expect("few cells");
        for words in cells {
            let cell = self.cell(resource, basis, *words);
            self.plan.cells.push(cell);
        }
        let last = u32::try_from(self.plan.cells.len()).expect("few cells");
        let seen = Timestamp::parse("2026-11-20T02:12:00Z").expect("a moment").seconds();
        let kept = kept
            .iter()
            .map(|(subject, item, value)| Row {
                subject: self.name(subject),
                item: self.name(item),
                value: self.name(value),
                mark: seen,
            })
            .collect();
        let name = self.name(name);
        let is_recorded = basis == Basis::Recorded;
        self.plan.changes.push(Change {
            recorded_at: if is_recorded { seen } else { 0 },
            resource,
            name,
            action,
            basis,
            cells: (first..last).collect(),
            kept,
        });
        self
    }

    /// The last change happened outside instead.
    pub fn outside(&mut self) -> &mut Self {
        let mut change = self.plan.changes.pop().expect("a change");
        let first = self.plan.drift_cells.len();
        for at in &mut change.cells {
            self.plan.drift_cells.push(self.plan.cells[*at as usize]);
            *at = u32::try_from(first + (self.plan.drift_cells.len() - 1 - first)).expect("few cells");
        }
        let left = self.plan.cells.len() - change.cells.len();
        self.plan.cells.truncate(left);
        self.plan.drift.push(change);
        self
    }

    /// Calls that serve a change and leave this many milliseconds after the plan was made.
    pub fn calls(&mut self, change: u32, calls: u32, ms: i64) -> &mut Self {
        for _ in 0..calls {
            self.plan.calls.push(Call {
                write: Write::Block(Vec::new()),
                spends: Vec::new(),
                after: Vec::new(),
                changes: vec![change],
                rank: 0,
            });
            self.plan.forecast.sends_at.push(self.plan.created_at.plus(ms));
        }
        self.plan.forecast.calls += u64::from(calls);
        self.plan.forecast.calls_minimum = self.plan.forecast.calls;
        self
    }

    pub fn forecast(&mut self, ms: i64, days: &[(&str, u64)]) -> &mut Self {
        self.plan.forecast.finishes_at = Some(self.plan.created_at.plus(ms));
        self.plan.forecast.days = days.iter().map(|(date, calls)| ((*date).to_owned(), *calls)).collect();
        self
    }

    pub fn quota(&mut self, name: &str, limit: &str, needed: u64, left: u64) -> &mut Self {
        self.plan.forecast.quotas.push(QuotaNeed {
            quota: QuotaId(0),
            name: name.to_owned(),
            limit: limit.to_owned(),
            needed,
            left,
            turns_over_at: self.plan.created_at,
            binds: false,
        });
        self
    }

    pub fn replace(&mut self, property: &str, carried: usize, lost: &[(&str, &str)]) -> &mut Self {
        let property = self.name(property);
        let carried: Vec<(Name, Name)> =
            (0..carried).map(|at| (self.name(&format!("device {at}")), self.name("7"))).collect();
        let lost: Vec<(Name, Name)> = lost.iter().map(|(d, v)| (self.name(d), self.name(v))).collect();
        let devices = (carried.len() + lost.len()) as u64;
        self.plan.replacements.push(Replacement { property, devices, carried, lost });
        self
    }

    /// The plan that the public documents show.
    pub fn example() -> Plan {
        use crate::change::{Action::*, Basis::*};
        let mut s = Self::new();
        let many: Vec<String> = (0..1_204).map(|at| format!("{at:032x}")).collect();
        let sale: Vec<Words<'_>> =
            many.iter().map(|user| (user.as_str(), "spring_sale", "", "members")).collect();
        let opted: Vec<String> = (0..40).map(|at| format!("{at:032x}")).collect();
        let opted: Vec<(&str, &str, &str)> = opted.iter().map(|user| (user.as_str(), "", "")).collect();
        s.change((Resource::Alias, "legacy"), Delete, Observed, &[(CAROL, "", "legacy", "")], &[])
            .change(
                (Resource::Property, "level"),
                Replace,
                Observed,
                &[("level", "", "string 会员等级", "number 会员级别")],
                &[],
            )
            .replace("level", 37, &[(DEVICE, "abc")])
            .change(
                (Resource::Alias, "alice_w"),
                Update,
                Observed,
                &[(BOB, "", "old_name", "alice_w")],
                &[(ALICE, "", "alice_w")],
            )
            .change(
                (Resource::TagSet, ALICE),
                Update,
                Observed,
                &[(ALICE, "vip", "", "set"), (ALICE, "旧标签", "set", "")],
                &[(ALICE, "喜爱足球", "set")],
            )
            .change(
                (Resource::Blacklist, ""),
                Update,
                Recorded,
                &[(ALICE, "", "", "x"), (BOB, "", "", "x")],
                &opted,
            )
            .change(
                (Resource::Device, DEVICE),
                Update,
                Observed,
                &[(DEVICE, "level", "3", "4"), (DEVICE, "生日", "", "1990-01-01 00:00:00")],
                &[(DEVICE, "city", "上海")],
            )
            .change((Resource::TagMembers, "spring_sale"), Create, Assumed, &sale, &[])
            .calls(0, 1, 0)
            .calls(6, 2, 0)
            .calls(2, 11, 0)
            .quota("getui requests", "1200/1m", 14, 1_200)
            .quota("getui tag_batch", "100/1m", 2, 100)
            .quota("getui tag_batch", "10000/1d", 2, 10_000)
            .forecast(2_600, &[("2026-11-23", 14)]);
        s.plan
    }
}
