//! What pays for itself, by drawn and by plain numbers.

use super::*;

/// Rows of users and tags by their numbers; a name's number is its place in the pool.
fn rows(names: &mut Names, list: impl IntoIterator<Item = (usize, usize)>) -> Vec<Row> {
    let mut rows: Vec<Row> = list
        .into_iter()
        .map(|(user, tag)| Row {
            subject: names.intern(&format!("u{user}")),
            item: names.intern(&format!("t{tag}")),
            value: Name::MEMBERS,
            mark: 0,
        })
        .collect();
    rows.sort_by_key(Row::key);
    rows
}

fn limits(text: &str) -> Vec<Limit> {
    text.split(' ').map(|limit| Limit::parse(limit).expect("a limit")).collect()
}

fn prices() -> Prices {
    Prices { batches: limits("100/1m 10000/1d"), reads: limits("1200/1m"), batch_max: 1_000 }
}

fn read_first(list: impl IntoIterator<Item = (usize, usize)>) -> usize {
    let mut names = Names::new();
    let desired = rows(&mut names, list);
    overwritten(&pending(&desired, &[]), names.len(), &prices()).len()
}

#[test]
fn one_tag_on_very_many_users_is_written_without_looking() {
    assert_eq!(read_first((0..20_000).map(|user| (user, 0))), 0);
}

#[test]
fn a_few_batches_that_fit_into_a_minute_need_no_look() {
    assert_eq!(read_first((0..90).map(|user| (user, user))), 0);
}

#[test]
fn users_with_many_tags_of_their_own_are_read_so_that_one_call_writes_each() {
    let own = (0..300).flat_map(|user| (0..60).map(move |tag| (user, 60 * user + tag)));
    let read = read_first(own);
    assert!((280..=300).contains(&read), "{read} of 300 are read, where 18,000 batches take two days");
}

#[test]
fn each_recorded_row_of_a_tag_counts_once() {
    let mut names = Names::new();
    let recorded = rows(&mut names, [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3), (2, 3)]);
    let desired = rows(&mut names, [(9, 4)]);
    let tags = union(recorded.iter().chain(&desired).map(|row| row.item));
    let all = tallies(&tags, &desired, &recorded, &Settled::default());
    let shown = |list: Vec<Tally>| {
        let mut list: Vec<String> =
            list.iter().map(|one| format!("{}={}", names.text(one.tag), one.recorded)).collect();
        list.sort();
        list.join(" ")
    };
    assert_eq!(shown(all), "t1=3 t2=1 t3=2 t4=0");
}

#[test]
fn a_closer_look_goes_to_the_small_ones_while_there_is_time() {
    let mut names = Names::new();
    let short: Vec<Tally> = [("a", 500), ("b", 20), ("c", 30), ("d", 400)]
        .map(|(tag, recorded)| Tally { tag: names.intern(tag), recorded, members: true, sets: false })
        .to_vec();
    let shown = |list: &[Name]| list.iter().map(|tag| names.text(*tag)).collect::<Vec<_>>().join(" ");
    for (calls, expected) in
        [(0, ("", "a b c d")), (60, ("b c", "a d")), (450, ("b c d", "a")), (950, ("a b c d", ""))]
    {
        let (read, rest) = closer(&short, calls, &names);
        assert_eq!((shown(&read).as_str(), shown(&rest).as_str()), expected, "{calls} calls");
    }
}

#[test]
fn a_look_at_an_alias_is_worth_more_where_users_come_or_go() {
    let mut names = Names::new();
    let mut alias = |user: &str, alias: &str| Row {
        subject: names.intern(user),
        item: Name::NONE,
        value: names.intern(alias),
        mark: 0,
    };
    let mut desired = vec![alias("u1", "a"), alias("u2", "b"), alias("u3", "c")];
    let mut recorded = vec![alias("u1", "a"), alias("u2", "x"), alias("u4", "d")];
    desired.sort_by_key(Row::key);
    recorded.sort_by_key(Row::key);
    let declared = union(["a", "b", "c", "e"].map(|alias| names.intern(alias)).into_iter());
    let mut shown: Vec<String> = (aliases(&declared, &desired, &recorded).iter())
        .map(|(alias, gain)| format!("{}={gain}", names.text(*alias)))
        .collect();
    shown.sort_unstable();
    assert_eq!(shown.join(" "), "a=0 b=20 c=20 d=10 e=10 x=10");
    assert_eq!(hidden(&desired, &recorded), 2, "`u2` and `u3` come to an alias");
    let mut changed: Vec<&str> = changed_subjects(&desired, &recorded).map(|user| names.text(user)).collect();
    changed.sort_unstable();
    assert_eq!(changed, ["u2", "u3", "u4"]);
}
