//! A call and its rows as JSON text, for the journal: with texts, since the numbers of names do not outlive a
//! run.
//!
//! Stands apart from the format of saved plans, which people and tools read; this one only we read, and the
//! state's format number covers it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::RowChange;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::table::{Kind, Row};

type Text<'a> = Cow<'a, str>;

/// A [`Write`] with texts.
#[derive(Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
enum Told<'a> {
    BindAliases {
        pairs: Vec<(Text<'a>, Text<'a>)>,
    },
    UnbindAliases {
        pairs: Vec<(Text<'a>, Text<'a>)>,
    },
    ClearAlias {
        alias: Text<'a>,
        users: Vec<Text<'a>>,
    },
    OverwriteTags {
        user: Text<'a>,
        tags: Vec<Text<'a>>,
        drops: Vec<Text<'a>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<Vec<Text<'a>>>,
    },
    BindTag {
        tag: Text<'a>,
        users: Vec<Text<'a>>,
    },
    UnbindTag {
        tag: Text<'a>,
        users: Vec<Text<'a>>,
    },
    Block {
        users: Vec<Text<'a>>,
    },
    Unblock {
        users: Vec<Text<'a>>,
    },
    BindTokens {
        channel: Text<'a>,
        pairs: Vec<(Text<'a>, Text<'a>)>,
    },
    UnbindTokens {
        channel: Text<'a>,
        users: Vec<Text<'a>>,
    },
    CreateProperty {
        property: Text<'a>,
        definition: Text<'a>,
    },
    DescribeProperty {
        property: Text<'a>,
        definition: Text<'a>,
    },
    DeleteProperty {
        property: Text<'a>,
    },
    SetValues {
        values: Vec<(Text<'a>, Text<'a>, Text<'a>)>,
    },
    RemoveValue {
        device: Text<'a>,
        property: Text<'a>,
    },
}

/// A [`RowChange`] with texts: kind, subject, item, and for a row that is put its value and its mark.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ToldRow<'a> {
    Put(Text<'a>, Text<'a>, Text<'a>, Text<'a>, u32),
    Drop(Text<'a>, Text<'a>, Text<'a>),
}

/// The text of a call.
///
/// # Panics
/// Never: texts and lists of texts always have a JSON form.
#[must_use]
pub fn encode_write(write: &Write, names: &Names) -> String {
    serde_json::to_string(&tell(write, names)).expect("texts have a JSON form")
}

/// The text of the rows of a call.
///
/// # Panics
/// Never: texts and numbers always have a JSON form.
#[must_use]
pub fn encode_rows(rows: &[RowChange], names: &Names) -> String {
    let told: Vec<ToldRow> = rows.iter().map(|row| tell_row(row, names)).collect();
    serde_json::to_string(&told).expect("texts have a JSON form")
}

/// The call of a text, with its names put into the pool.
///
/// # Errors
/// A sentence fragment when the text is no call.
pub fn decode_write(text: &str, names: &mut Names) -> Result<Write, String> {
    let told: Told = serde_json::from_str(text).map_err(|why| format!("no call can be read: {why}"))?;
    Ok(hear(told, names))
}

/// The rows of a text, with their names put into the pool.
///
/// # Errors
/// A sentence fragment when the text holds no rows, or rows of a kind that is not known.
pub fn decode_rows(text: &str, names: &mut Names) -> Result<Vec<RowChange>, String> {
    let told: Vec<ToldRow> =
        serde_json::from_str(text).map_err(|why| format!("no rows can be read: {why}"))?;
    told.iter().map(|row| hear_row(row, names)).collect()
}

fn tell<'a>(write: &Write, names: &'a Names) -> Told<'a> {
    let text = |name: &Name| Cow::Borrowed(names.text(*name));
    let texts = |list: &[Name]| list.iter().map(text).collect();
    let pairs = |list: &[(Name, Name)]| list.iter().map(|(a, b)| (text(a), text(b))).collect();
    match write {
        Write::BindAliases(list) => Told::BindAliases { pairs: pairs(list) },
        Write::UnbindAliases(list) => Told::UnbindAliases { pairs: pairs(list) },
        Write::ClearAlias(alias, users) => Told::ClearAlias { alias: text(alias), users: texts(users) },
        Write::OverwriteTags { user, tags, drops, carried } => Told::OverwriteTags {
            user: text(user),
            tags: texts(tags),
            drops: texts(drops),
            carried: carried.as_ref().map(|carried| texts(carried)),
        },
        Write::BindTag(tag, users) => Told::BindTag { tag: text(tag), users: texts(users) },
        Write::UnbindTag(tag, users) => Told::UnbindTag { tag: text(tag), users: texts(users) },
        Write::Block(users) => Told::Block { users: texts(users) },
        Write::Unblock(users) => Told::Unblock { users: texts(users) },
        Write::BindTokens(channel, list) => Told::BindTokens { channel: text(channel), pairs: pairs(list) },
        Write::UnbindTokens(channel, users) => {
            Told::UnbindTokens { channel: text(channel), users: texts(users) }
        }
        Write::CreateProperty(property, definition) => {
            Told::CreateProperty { property: text(property), definition: text(definition) }
        }
        Write::DescribeProperty(property, definition) => {
            Told::DescribeProperty { property: text(property), definition: text(definition) }
        }
        Write::DeleteProperty(property) => Told::DeleteProperty { property: text(property) },
        Write::SetValues(list) => {
            Told::SetValues { values: list.iter().map(|(a, b, c)| (text(a), text(b), text(c))).collect() }
        }
        Write::RemoveValue(device, property) => {
            Told::RemoveValue { device: text(device), property: text(property) }
        }
    }
}

fn hear(told: Told, names: &mut Names) -> Write {
    let mut name = |text: Text| names.intern(&text);
    match told {
        Told::BindAliases { pairs } => Write::BindAliases(hear_pairs(pairs, name)),
        Told::UnbindAliases { pairs } => Write::UnbindAliases(hear_pairs(pairs, name)),
        Told::ClearAlias { alias, users } => Write::ClearAlias(name(alias), hear_all(users, name)),
        Told::OverwriteTags { user, tags, drops, carried } => Write::OverwriteTags {
            user: name(user),
            tags: hear_all(tags, &mut name),
            drops: hear_all(drops, &mut name),
            carried: carried.map(|carried| hear_all(carried, &mut name)),
        },
        Told::BindTag { tag, users } => Write::BindTag(name(tag), hear_all(users, name)),
        Told::UnbindTag { tag, users } => Write::UnbindTag(name(tag), hear_all(users, name)),
        Told::Block { users } => Write::Block(hear_all(users, name)),
        Told::Unblock { users } => Write::Unblock(hear_all(users, name)),
        Told::BindTokens { channel, pairs } => Write::BindTokens(name(channel), hear_pairs(pairs, name)),
        Told::UnbindTokens { channel, users } => Write::UnbindTokens(name(channel), hear_all(users, name)),
        Told::CreateProperty { property, definition } => {
            Write::CreateProperty(name(property), name(definition))
        }
        Told::DescribeProperty { property, definition } => {
            Write::DescribeProperty(name(property), name(definition))
        }
        Told::DeleteProperty { property } => Write::DeleteProperty(name(property)),
        Told::SetValues { values } => {
            Write::SetValues(values.into_iter().map(|(a, b, c)| (name(a), name(b), name(c))).collect())
        }
        Told::RemoveValue { device, property } => Write::RemoveValue(name(device), name(property)),
    }
}

fn hear_all<'a>(texts: Vec<Text<'a>>, name: impl FnMut(Text<'a>) -> Name) -> Vec<Name> {
    texts.into_iter().map(name).collect()
}

fn hear_pairs<'a>(
    pairs: Vec<(Text<'a>, Text<'a>)>,
    mut name: impl FnMut(Text<'a>) -> Name,
) -> Vec<(Name, Name)> {
    pairs.into_iter().map(|(a, b)| (name(a), name(b))).collect()
}

fn tell_row<'a>(row: &RowChange, names: &'a Names) -> ToldRow<'a> {
    let text = |name: Name| Cow::Borrowed(names.text(name));
    match row {
        RowChange::Put(kind, Row { subject, item, value, mark }) => {
            ToldRow::Put(kind.word().into(), text(*subject), text(*item), text(*value), *mark)
        }
        RowChange::Drop(kind, subject, item) => {
            ToldRow::Drop(kind.word().into(), text(*subject), text(*item))
        }
    }
}

fn hear_row(told: &ToldRow, names: &mut Names) -> Result<RowChange, String> {
    let (ToldRow::Put(word, ..) | ToldRow::Drop(word, ..)) = told;
    let kind = Kind::from_word(word).ok_or_else(|| format!("no kind of rows is called `{word}`"))?;
    let mut name = |text: &str| names.intern(text);
    Ok(match told {
        ToldRow::Put(_, subject, item, value, mark) => {
            let row = Row { subject: name(subject), item: name(item), value: name(value), mark: *mark };
            RowChange::Put(kind, row)
        }
        ToldRow::Drop(_, subject, item) => RowChange::Drop(kind, name(subject), name(item)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_read_back_by_another_run() {
        let mut names = Names::new();
        let [a, b, c] = ["喜爱足球", "13800138000", "say \"hi\"\n"].map(|text| names.intern(text));
        let writes = [
            Write::BindAliases(vec![(a, b), (c, b)]),
            Write::UnbindAliases(vec![(a, b)]),
            Write::ClearAlias(b, vec![a, c]),
            Write::OverwriteTags { user: a, tags: vec![b, c], drops: vec![], carried: None },
            Write::OverwriteTags { user: a, tags: vec![b, c], drops: vec![], carried: Some(vec![c]) },
            Write::BindTag(a, vec![b, c]),
            Write::UnbindTag(a, vec![b]),
            Write::Block(vec![a]),
            Write::Unblock(vec![a, b]),
            Write::BindTokens(a, vec![(b, c)]),
            Write::UnbindTokens(a, vec![b]),
            Write::CreateProperty(a, b),
            Write::DescribeProperty(a, c),
            Write::DeleteProperty(a),
            Write::SetValues(vec![(a, b, c)]),
            Write::RemoveValue(a, b),
        ];
        for write in writes {
            let text = encode_write(&write, &names);
            let mut others = Names::new();
            others.intern("somebody else's");
            let read = decode_write(&text, &mut others).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(encode_write(&read, &others), text);
            assert_eq!(decode_write(&text, &mut names), Ok(write));
        }
    }

    #[test]
    fn rows_of_every_kind_are_read_back() {
        let mut names = Names::new();
        let user = names.intern("e605");
        let rows: Vec<RowChange> = Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                let row = Row { subject: user, item: Name::NONE, value: Name::SET, mark: 7 };
                [RowChange::Put(kind, row), RowChange::Drop(kind, user, Name::NONE)]
            })
            .collect();
        let text = encode_rows(&rows, &names);
        assert!(text.starts_with(r#"[["alias","e605","","set",7],["alias","e605",""],["tag","#), "{text}");
        assert_eq!(decode_rows(&text, &mut names), Ok(rows));
    }

    #[test]
    fn what_is_no_call_is_refused_with_the_reason() {
        let mut names = Names::new();
        let why = decode_write(r#"{"call":"explode"}"#, &mut names).unwrap_err();
        assert!(why.contains("explode"), "{why}");
        let why = decode_rows(r#"[["colour","a","b"]]"#, &mut names).unwrap_err();
        assert_eq!(why, "no kind of rows is called `colour`");
    }
}
