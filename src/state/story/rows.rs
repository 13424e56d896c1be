//! Rows that are read page by page and by address, on every store alike.

use super::*;
use crate::address::Resource;
use crate::state::RowQuery;
use crate::text_rows::TextRows;

/// Rows of all kinds: texts whose order by bytes is none that people or databases know otherwise.
const ROWS: [(Kind, &str, &str, &str); 14] = [
    (Kind::Alias, "u10", "", "alice"),
    (Kind::Alias, "u2", "", "alice"),
    (Kind::Alias, "U2", "", "bob"),
    (Kind::Alias, "ü2", "", "alice"),
    (Kind::Tag, "u2", "b", "set"),
    (Kind::Tag, "u2", "B", "set"),
    (Kind::Tag, "u10", "vip", "members"),
    (Kind::Tag, "u2", "vip", "members"),
    (Kind::Tag, "u2\u{1}", "a", "members"),
    (Kind::Blacklist, "😀", "", ""),
    (Kind::Blacklist, "\u{fffd}", "", ""),
    (Kind::DeviceToken, "u2", "wx", "t1"),
    (Kind::Device, "d1", "level", "3"),
    (Kind::Property, "level", "", "number"),
];

async fn fill(store: &dyn Store) {
    let (lease, mut names) = (take(store).await, Names::new());
    let rows: Vec<RowChange> = ROWS
        .iter()
        .map(|(kind, subject, item, value)| put(&mut names, *kind, subject, item, value))
        .collect();
    store.amend(&lease, &names, &rows).await.unwrap_or_else(|why| panic!("{}", said(&why)));
    store.release(&lease).await.expect("the release");
}

/// All rows of a query, read by pages of this many.
async fn read(store: &dyn Store, query: RowQuery<'_>, limit: usize) -> Vec<String> {
    let (mut all, mut rows) = (Vec::new(), TextRows::default());
    let mut after: Option<(String, String)> = None;
    loop {
        let key = after.as_ref().map(|(subject, item)| (subject.as_str(), item.as_str()));
        store.page(query, key, limit, &mut rows).await.unwrap_or_else(|why| panic!("{}", said(&why)));
        all.extend(rows.iter().map(|row| {
            assert_eq!(row.mark, NOW.seconds());
            format!("{}/{}/{}", row.subject, row.item, row.value)
        }));
        match rows.last() {
            Some(last) if rows.len() == limit => {
                after = Some((last.subject.to_owned(), last.item.to_owned()));
            }
            Some(_) | None => return all,
        }
    }
}

#[test]
fn rows_come_in_the_order_of_their_bytes_whatever_the_size_of_a_page() {
    on_every_ground(async |ground| {
        let store = ground.open();
        for kind in Kind::ALL {
            assert!(read(&*store, RowQuery::Kind(kind), 10).await.is_empty(), "nothing is recorded yet");
        }
        fill(&*store).await;
        let store = ground.open();
        for kind in Kind::ALL {
            let mut expected: Vec<_> = ROWS.iter().filter(|row| row.0 == kind).collect();
            expected.sort_by_key(|(_, subject, item, _)| (*subject, *item));
            let expected: Vec<String> = expected
                .iter()
                .map(|(_, subject, item, value)| format!("{subject}/{item}/{value}"))
                .collect();
            for limit in [1, 2, 3, 100, usize::MAX] {
                assert_eq!(read(&*store, RowQuery::Kind(kind), limit).await, expected, "{limit} a page");
            }
        }
        let mut rows = TextRows::default();
        store.scan(Kind::Tag, Some(("u2", "B")), 1, &mut rows).await.expect("a page");
        assert_eq!(rows.last().map(|row| row.key()), Some(("u2", "b")), "behind the key");
        store.scan(Kind::Tag, Some(("u1", "x")), 1, &mut rows).await.expect("a page");
        assert_eq!(rows.last().map(|row| row.key()), Some(("u10", "vip")), "behind a key that is not there");
        store.scan(Kind::Tag, Some(("u3", "")), 1, &mut rows).await.expect("a page");
        assert!(rows.is_empty(), "what stood there before is cleared");
    });
}

#[test]
fn rows_of_one_subject_and_of_one_address_are_read_by_themselves() {
    on_every_ground(async |ground| {
        fill(&*ground.open()).await;
        let store = ground.open();
        let queries = [
            (RowQuery::Subject(Kind::Tag, "u2"), vec!["u2/B/set", "u2/b/set", "u2/vip/members"]),
            (RowQuery::Subject(Kind::Tag, "u3"), vec![]),
            (RowQuery::Subject(Kind::Blacklist, "😀"), vec!["😀//"]),
            (RowQuery::Address(Resource::Alias, "alice"), vec!["u10//alice", "u2//alice", "ü2//alice"]),
            (RowQuery::Address(Resource::Alias, "ALICE"), vec![]),
            (RowQuery::Address(Resource::TagSet, "u2"), vec!["u2/B/set", "u2/b/set"]),
            (RowQuery::Address(Resource::TagMembers, "vip"), vec!["u10/vip/members", "u2/vip/members"]),
            (RowQuery::Address(Resource::TagMembers, "b"), vec![]),
            (RowQuery::Address(Resource::Blacklist, ""), vec!["\u{fffd}//", "😀//"]),
            (RowQuery::Address(Resource::DeviceTokens, "wx"), vec!["u2/wx/t1"]),
            (RowQuery::Address(Resource::Property, "level"), vec!["level//number"]),
            (RowQuery::Address(Resource::Device, "d1"), vec!["d1/level/3"]),
        ];
        for (query, expected) in queries {
            for limit in [1, 2, 100] {
                assert_eq!(read(&*store, query, limit).await, expected, "{query:?}, {limit} a page");
            }
        }
        let mut rows = TextRows::default();
        store.rows_of(Kind::Tag, "u2", &mut rows).await.expect("the rows");
        assert_eq!(rows.len(), 3);
    });
}

#[test]
fn pages_hold_nothing_so_others_write_between_them() {
    on_every_ground(async |ground| {
        let (reader, writer) = (ground.open(), ground.open());
        fill(&*writer).await;
        let mut rows = TextRows::default();
        reader.scan(Kind::Alias, None, 1, &mut rows).await.expect("a page");
        assert_eq!(rows.last().map(|row| row.subject), Some("U2"));
        let (lease, mut names) = (take(&*writer).await, Names::new());
        let changes = [
            put(&mut names, Kind::Alias, "Z", "", "new"),
            put(&mut names, Kind::Alias, "A", "", "missed"),
            drop_row(&mut names, Kind::Alias, "u10", ""),
        ];
        writer.amend(&lease, &names, &changes).await.expect("the rows");
        reader.scan(Kind::Alias, Some(("U2", "")), 100, &mut rows).await.expect("a page");
        let subjects: Vec<&str> = rows.iter().map(|row| row.subject).collect();
        assert_eq!(subjects, ["Z", "u2", "ü2"]);
    });
}

#[test]
fn what_is_known_beside_the_rows_is_read_without_them() {
    on_every_ground(async |ground| {
        let store = ground.open();
        assert_eq!(store.about(&mut Names::new()).await.map(|about| about.serial), Ok(0));
        full(&*store).await;
        let mut names = Names::new();
        names.intern("somebody else's text");
        let whole = store.snapshot(&mut names).await.expect("the rows");
        let about = store.about(&mut names).await.expect("the state");
        assert!(about.tables.is_empty());
        assert_eq!(
            (about.serial, about.protected, about.kept, about.accounts),
            (whole.serial, whole.protected, whole.kept, whole.accounts)
        );
        let lease = take(&*store).await;
        let elsewhere = Whereabouts::Elsewhere("sqlite:elsewhere.db", NOW);
        store.move_to(&lease, elsewhere).await.expect("the mark");
        let moved = "state::moved: the state has moved to `sqlite:elsewhere.db` at 2026-11-18T11:06:40Z";
        assert_eq!(refused(store.about(&mut Names::new()).await).1, moved);
        assert_eq!(store.about_anywhere(&mut Names::new()).await.map(|about| about.serial), Ok(1));
    });
}
