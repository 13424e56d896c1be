//! The aliases and tag sets of users, as declarations.
//!
//! An alias is declared with exactly its users, so it is read from both sides: which users are wanted, and who else
//! has their aliases.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{Answer, Read, limits};
use crate::manifest::words::Word;
use crate::manifest::writer::Writer;
use crate::names::{Name, Names};
use crate::observe::{Reader, users};
use crate::problem::{Problem, Problems, Result, Severity};
use crate::render::text;
use crate::table::Kind;
use crate::wire::is_path_segment;

use super::{Context, HEAD, left_out};

/// What these users have.
#[derive(Default)]
struct Live {
    /// Every alias of theirs with all who have it.
    aliases: BTreeMap<String, BTreeSet<String>>,
    tags: BTreeMap<String, BTreeSet<String>>,
}

/// The manifest of these users; `None` where there is nothing to declare.
pub(super) async fn pull(
    context: &Context,
    reader: &Reader<'_>,
    cids: &[String],
    names: &mut Names,
    notes: &mut Problems,
) -> Result<Option<String>> {
    let details = users::details(&context.gate, &context.project.quotas, cids).await?;
    for id in &details.unknown {
        notes.push(Problem { severity: Severity::Warning, ..users::unknown(id) });
    }
    let known: BTreeSet<&str> = details.known.iter().map(|detail| detail.user.as_str()).collect();
    let asked: Vec<Name> =
        cids.iter().filter(|id| known.contains(id.as_str())).map(|id| names.intern(id)).collect();
    let live = read(reader, &asked, names).await?;
    let mut writer = Writer::new(&[HEAD]);
    writer.section(0, Kind::Alias.vendor().word());
    let aliases = write_aliases(&live, &known, &mut writer, notes);
    let sets = write_tags(&live, &mut writer, notes);
    if aliases + sets == 0 { Ok(None) } else { writer.finish().map(Some) }
}

async fn read(reader: &Reader<'_>, asked: &[Name], names: &mut Names) -> Result<Live> {
    let mut live = Live::default();
    let take = |user: Name, answer: Answer, names: &mut Names| {
        let Answer::Alias(Some(alias)) = answer else { return };
        live.aliases.entry(alias).or_default().insert(names.text(user).to_owned());
    };
    reader.each(asked, Read::AliasOf, names, take).await?;
    // Who else has an alias that no path can name cannot be asked: it is left out with its name.
    let reachable = live.aliases.keys().filter(|alias| is_path_segment(alias));
    let aliases: Vec<Name> = reachable.map(|alias| names.intern(alias)).collect();
    let take = |alias: Name, answer: Answer, names: &mut Names| {
        let Answer::Texts(users) = answer else { return };
        live.aliases.entry(names.text(alias).to_owned()).or_default().extend(users);
    };
    reader.each(&aliases, Read::UsersOf, names, take).await?;
    let take = |user: Name, answer: Answer, names: &mut Names| {
        let Answer::Texts(tags) = answer else { return };
        if !tags.is_empty() {
            live.tags.insert(names.text(user).to_owned(), tags.into_iter().collect());
        }
    };
    reader.each(asked, Read::TagsOf, names, take).await?;
    Ok(live)
}

/// Gives how many were declared.
fn write_aliases(live: &Live, known: &BTreeSet<&str>, writer: &mut Writer, notes: &mut Problems) -> usize {
    let fits = |(alias, users): &(&String, &BTreeSet<String>)| alias_fault(alias, users).is_none();
    let (declared, others): (Vec<_>, Vec<_>) = live.aliases.iter().partition(fits);
    for (alias, users) in others {
        let why = alias_fault(alias, users).unwrap_or_default();
        let count = text::count(users.len() as u64, "user", "users");
        leave_out(&format!("the alias `{alias}` ({count})"), &why, 1, writer, notes);
    }
    if !declared.is_empty() {
        writer.section(1, "aliases");
    }
    for (alias, users) in &declared {
        let strangers: Vec<&str> =
            users.iter().map(String::as_str).filter(|user| !known.contains(user)).collect();
        if !strangers.is_empty() {
            let what =
                format!("the alias `{alias}` has users who were not asked for: {}", strangers.join(", "));
            writer.comment(2, &what);
            let help = "an alias is declared with all its users, so they are declared too";
            notes.push(Problem::warning("pull::more_users", what).help(help));
        }
        writer.list(2, alias, &users.iter().map(String::as_str).collect::<Vec<_>>());
    }
    declared.len()
}

fn write_tags(live: &Live, writer: &mut Writer, notes: &mut Problems) -> usize {
    let (declared, others): (Vec<_>, Vec<_>) =
        live.tags.iter().partition(|(_, tags)| tags_fault(tags).is_none());
    for (user, tags) in others {
        let why = tags_fault(tags).unwrap_or_default();
        leave_out(&format!("the tag set of `{user}`"), &why, 1, writer, notes);
    }
    if !declared.is_empty() {
        writer.section(1, "tag_sets");
    }
    for (user, tags) in &declared {
        writer.list(2, user, &tags.iter().map(String::as_str).collect::<Vec<_>>());
    }
    declared.len()
}

fn leave_out(what: &str, why: &str, depth: usize, writer: &mut Writer, notes: &mut Problems) {
    writer.comment(depth, &format!("{what} is not declared: {why}"));
    notes.push(left_out(what, why));
}

fn alias_fault(alias: &str, users: &BTreeSet<String>) -> Option<String> {
    if users.len() > limits::ALIAS_USERS_MAX {
        return Some(format!("it has more than {} users", limits::ALIAS_USERS_MAX));
    }
    let user = users.iter().find_map(|user| Some(format!("its user `{user}` {}", Word::User.fault(user)?)));
    Word::Alias.fault(alias).map(|fault| format!("it {fault}")).or(user)
}

fn tags_fault(tags: &BTreeSet<String>) -> Option<String> {
    if tags.len() > limits::USER_TAGS_MAX {
        return Some(format!("it has more than {} tags", limits::USER_TAGS_MAX));
    }
    tags.iter().find_map(|tag| Some(format!("its tag `{tag}` {}", Word::Tag.fault(tag)?)))
}
