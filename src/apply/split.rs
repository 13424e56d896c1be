//! A bind of many aliases that the vendor refuses, in parts: one alias that is full must not keep a thousand others from
//! their users.
//!
//! No document says which pair of a refused call was meant, nor whether the others were bound. Halves are sent until one
//! alias alone is refused, and only that one is read: binding once more what is bound already changes nothing, so this is
//! right whatever the vendor does with the rest.

use super::Run;
use crate::gate::CallError;
use crate::kind::{Answer, Failed, Read, Refusal, Remedy, Write, limits};
use crate::names::Name;
use crate::plan::Call;

/// After so many refused aliases, and none that was taken, it is not the aliases.
const REFUSED_MAX: usize = 5;
/// Who may not call at all is told so, whatever the call says.
const NOT_ALLOWED: [u16; 2] = [401, 403];

type Pairs = [(Name, Name)];
type Outcome = Result<Vec<Failed>, CallError>;

/// What came of a call: where it was refused, what came of its parts.
pub(super) async fn in_parts(run: &Run<'_>, call: &Call, outcome: Outcome) -> Outcome {
    match (&call.write, outcome) {
        (Write::BindAliases(pairs), Err(CallError::Refused { vendor, refusal }))
            if is_about_pairs(&refusal) =>
        {
            Halves { run, call, failed: Vec::new(), refused: 0, taken: 0 }
                .of(pairs, CallError::Refused { vendor, refusal })
                .await
        }
        (_, outcome) => outcome,
    }
}

/// Whether the vendor may have meant some pairs of the call: it answered in its own words, and not who asked.
fn is_about_pairs(refusal: &Refusal) -> bool {
    refusal.code.is_some() && refusal.remedy == Remedy::GiveUp && !NOT_ALLOWED.contains(&refusal.status)
}

/// The parts of one refused call.
struct Halves<'r, 'a> {
    run: &'r Run<'a>,
    call: &'r Call,
    failed: Vec<Failed>,
    /// Aliases that were refused.
    refused: usize,
    /// Parts that were taken.
    taken: usize,
}

impl Halves<'_, '_> {
    async fn of(mut self, pairs: &Pairs, whole: CallError) -> Outcome {
        // Each waits with the answer to it.
        let mut open = vec![(pairs, whole.clone())];
        while let Some((part, error)) = open.pop() {
            let CallError::Refused { refusal, .. } = &error else { return Err(error) };
            if !is_about_pairs(refusal) || self.taken == 0 && self.refused >= REFUSED_MAX {
                return Err(error);
            }
            let Some((first, second)) = halves(part) else {
                self.refuse(part, refusal).await;
                continue;
            };
            for half in [first, second] {
                match self.send(half).await {
                    Ok(failed) => {
                        self.taken += 1;
                        self.failed.extend(failed);
                    }
                    Err(error) => open.push((half, error)),
                }
            }
        }
        if self.taken == 0 { Err(with_reason(whole, self.failed)) } else { Ok(self.failed) }
    }

    async fn send(&self, part: &Pairs) -> Outcome {
        let Call { spends, rank, .. } = self.call;
        let (apply, write) = (self.run.apply, Write::BindAliases(part.to_vec()));
        apply.gate.write(&write, &apply.plan.names, spends, *rank).await
    }

    /// One alias that was refused alone: a look says whether it is full.
    async fn refuse(&mut self, part: &Pairs, refusal: &Refusal) {
        self.refused += 1;
        let (apply, names) = (self.run.apply, &self.run.apply.plan.names);
        let alias = part[0].1;
        let mut words = refusal.words.clone();
        if let Ok(Answer::Texts(users)) = apply.gate.read(&Read::UsersOf(alias), names).await
            && users.len() + part.len() > limits::ALIAS_USERS_MAX
        {
            words += &format!("; the alias `{}` has {} users already", names.text(alias), users.len());
        }
        let failed = |(user, _): &(Name, Name)| Failed {
            subject: names.text(*user).to_owned(),
            code: refusal.code,
            words: words.clone(),
        };
        self.failed.extend(part.iter().map(failed));
    }
}

/// Both halves of pairs that stand by their aliases, cut between two aliases; none of one alias.
fn halves(part: &Pairs) -> Option<(&Pairs, &Pairs)> {
    let is_cut = |at: &usize| part[at - 1].1 != part[*at].1;
    let middle = part.len() / 2;
    let after = (middle.max(1)..part.len()).find(is_cut);
    let at = after.or_else(|| (1..middle).rev().find(is_cut))?;
    Some(part.split_at(at))
}

/// The refusal of a call of which nothing was taken, in the words of its first pair.
fn with_reason(error: CallError, failed: Vec<Failed>) -> CallError {
    match (error, failed.into_iter().next()) {
        (CallError::Refused { vendor, refusal }, Some(first)) => {
            CallError::Refused { vendor, refusal: Refusal { words: first.words, ..refusal } }
        }
        (error, _) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;

    #[test]
    fn a_call_is_cut_between_two_aliases_until_one_is_left() {
        let mut names = Names::new();
        let user = names.intern("u");
        let mut pairs = |aliases: &str| -> Vec<(Name, Name)> {
            aliases.split(' ').map(|alias| (user, names.intern(alias))).collect()
        };
        let cut = |list: &Pairs| halves(list).map(|(first, second)| (first.len(), second.len()));
        assert_eq!(cut(&pairs("a")), None);
        assert_eq!(cut(&pairs("a a a")), None);
        assert_eq!(cut(&pairs("a b")), Some((1, 1)));
        assert_eq!(cut(&pairs("a a a b")), Some((3, 1)));
        assert_eq!(cut(&pairs("a b b b")), Some((1, 3)));
        assert_eq!(cut(&pairs("a b c d e")), Some((2, 3)));
    }
}
