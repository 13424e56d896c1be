//! What only a database can suffer: other formats, damage, a server that goes away, and its own clock.

use tokio_postgres::{Client, NoTls};

use super::testing::{open, open_by, url};
use super::{Postgres, Time, schema};
use crate::address::Resource;
use crate::clock::Clock;
use crate::names::{Name, Names};
use crate::plan::Approval;
use crate::problem::{Failure, Problems};
use crate::secret::Secret;
use crate::state::{EVER, Lease, RowChange, RowQuery, SpendEntry, Sqlite, Store, Told, UsedUp};
use crate::table::{Kind, Row};
use crate::text_rows::TextRows;
use crate::timestamp::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use crate::wire::Vendor;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// A connection beside the store's, to do to its tables what nobody should.
async fn beside(url: &Secret) -> Client {
    let (url, schema) = url.reveal().rsplit_once("schema=").expect("a schema");
    let url = url.trim_end_matches(['?', '&']);
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server");
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path TO {schema}")).await.expect("the schema");
    client
}

async fn held(store: &Postgres) -> Lease {
    store.acquire("ann", "apply", NOW, MINUTE_MS).await.expect("the lease")
}

fn blocked(names: &mut Names, user: &str) -> RowChange {
    let subject = names.intern(user);
    RowChange::Put(Kind::Blacklist, Row { subject, item: Name::NONE, value: Name::NONE, mark: 7 })
}

/// The users on the blacklist, as a reader finds them.
async fn users(store: &Postgres) -> Result<Vec<String>, Problems> {
    let mut names = Names::new();
    let recorded = store.snapshot(&mut names).await?;
    let rows = recorded.tables.of(Kind::Blacklist).rows().iter();
    let mut users: Vec<String> = rows.map(|row| names.text(row.subject).to_owned()).collect();
    users.sort_unstable();
    Ok(users)
}

fn refused<T>(outcome: Result<T, Problems>) -> (&'static str, String) {
    let problems = outcome.err().expect("it was not refused");
    (problems.list()[0].code, problems.list()[0].summary.clone())
}

#[test]
fn reading_makes_no_tables() {
    wait(async {
        let url = url();
        assert_eq!(users(&open(&url)).await, Ok(vec![]));
        let (_, schema) = url.reveal().rsplit_once('=').expect("a schema");
        let sql = "SELECT count(*) FROM information_schema.schemata WHERE schema_name = $1";
        let made: i64 = beside(&url).await.query_one(sql, &[&schema]).await.expect("a count").get(0);
        assert_eq!(made, 0);
    });
}

#[test]
fn many_rows_are_copied_and_the_next_many_merged() {
    wait(async {
        let store = open(&url());
        let lease = held(&store).await;
        let mut names = Names::new();
        let first: Vec<RowChange> = (0..2_500).map(|n| blocked(&mut names, &format!("u{n:05}"))).collect();
        store.amend(&lease, &names, &first).await.expect("the rows");
        let mut second: Vec<RowChange> =
            (2_000..4_000).map(|n| blocked(&mut names, &format!("u{n:05}"))).collect();
        second.extend((0..1_500).map(|n| {
            let user = names.intern(&format!("u{n:05}"));
            RowChange::Drop(Kind::Blacklist, user, Name::NONE)
        }));
        store.amend(&lease, &names, &second).await.expect("the rows");
        let expected: Vec<String> = (1_500..4_000).map(|n| format!("u{n:05}")).collect();
        assert_eq!(users(&store).await, Ok(expected));
    });
}

#[test]
fn a_newer_format_is_refused_with_the_reason() {
    wait(async {
        let url = url();
        drop(held(&open(&url)).await);
        beside(&url).await.batch_execute("UPDATE format SET version = 99").await.expect("the format");
        let store = open(&url);
        for refusal in
            [refused(users(&store).await), refused(store.acquire("ann", "apply", NOW, MINUTE_MS).await)]
        {
            assert_eq!(refusal.0, "state::newer");
            assert!(
                refusal.1.contains("has format 99, and this Pushform knows formats up to "),
                "{}",
                refusal.1
            );
        }
    });
}

#[test]
fn an_older_format_is_read_as_it_is_and_brought_up_by_the_next_writer() {
    const NEXT: schema::Tables = schema::Tables {
        steps: &[
            schema::STATE.steps[0],
            schema::STATE.steps[1],
            schema::STATE.steps[2],
            schema::STATE.steps[3],
            schema::step("ALTER TABLE lease ADD COLUMN note text"),
        ],
    };
    wait(async {
        let url = url();
        let old = open(&url);
        let lease = held(&old).await;
        let mut names = Names::new();
        let row = [blocked(&mut names, "u1")];
        old.amend(&lease, &names, &row).await.expect("the row");
        old.release(&lease).await.expect("the release");

        let version = async || -> i64 {
            beside(&url).await.query_one("SELECT version FROM format", &[]).await.expect("a format").get(0)
        };
        let mut new = open(&url);
        new.state = super::Link::new(std::sync::Arc::clone(&new.place), &new.place.schema, NEXT);
        assert_eq!(users(&new).await, Ok(vec!["u1".to_owned()]));
        assert_eq!(version().await, 4, "reading changed the format");
        drop(held(&new).await);
        assert_eq!(version().await, 5);
        assert_eq!(users(&new).await, Ok(vec!["u1".to_owned()]));
        assert_eq!(refused(users(&open(&url)).await).0, "state::newer", "to the old one this is the future");
    });
}

#[test]
fn what_was_approved_in_the_second_format_is_read_as_it_is_and_kept_by_the_next_writer() {
    const SECOND: schema::Tables =
        schema::Tables { steps: &[schema::STATE.steps[0], schema::STATE.steps[1]] };
    wait(async {
        let url = url();
        let mut old = open(&url);
        old.state = super::Link::new(std::sync::Arc::clone(&old.place), &old.place.schema, SECOND);
        let lease = held(&old).await;
        old.release(&lease).await.expect("the release");
        let rows: Vec<u8> = (0..2_400_u32).flat_map(u32::to_be_bytes).collect();
        let plan = blake3::hash(&rows).to_hex().to_string();
        let sql = "INSERT INTO approval (plan, at, rows) VALUES ($1, 9, $2)";
        beside(&url).await.execute(sql, &[&plan, &rows]).await.expect("the approval");
        let expected = Ok(Some(Approval::from_stored(plan, Timestamp(9), &[rows]).expect("400 rows")));
        assert_eq!(open(&url).approval().await, expected);
        // Somebody writes rows meanwhile: reading an older format asks for no lock that waits for it.
        let writer = beside(&url).await;
        let insert = "BEGIN; INSERT INTO recorded VALUES ('alias', 'u1', '', 'alice', 7)";
        writer.batch_execute(insert).await.expect("a row");
        let mut rows = TextRows::default();
        let query = RowQuery::Address(Resource::Alias, "alice");
        open(&url).page(query, None, 10, &mut rows).await.expect("a page");
        assert!(rows.is_empty(), "it is not committed yet");
        writer.batch_execute("COMMIT").await.expect("the row");
        let new = open(&url);
        new.page(query, None, 10, &mut rows).await.expect("a page");
        assert_eq!(rows.last().map(|row| row.subject), Some("u1"));
        let lease = held(&new).await;
        new.release(&lease).await.expect("the release");
        assert_eq!(new.approval().await, expected);
        let count: i64 =
            beside(&url).await.query_one("SELECT count(*) FROM approved", &[]).await.expect("a count").get(0);
        assert_eq!(count, 400, "each is a row");
    });
}

#[test]
fn a_ledger_of_the_first_format_is_read_as_it_is_and_brought_up_by_the_next_writer() {
    const FIRST: schema::Tables = schema::Tables { steps: &[schema::LEDGER.steps[0]] };
    wait(async {
        // One ledger is for the whole database: this one stands in the schema of a state.
        let url = url();
        let ledger = |store: &mut super::Postgres, tables| {
            let own = store.place.schema.clone() + "_ledger";
            store.ledger = super::Link::new(std::sync::Arc::clone(&store.place), &own, tables);
        };
        let (mut old, mut new) = (open(&url), open(&url));
        ledger(&mut old, FIRST);
        ledger(&mut new, schema::LEDGER);
        let (vendor, quota) = (Vendor::Getui, "tag_batch".to_owned());
        let spend = SpendEntry {
            id: 0,
            vendor,
            quota: quota.clone(),
            subject: 0,
            sent_at: NOW,
            replied_at: Some(NOW),
        };
        let told = Told { since: Timestamp(0), seen: 0, open: &[], replies: &[] };
        old.exchange(told, &mut |_| vec![spend.clone()]).await.expect("the ledger");

        assert_eq!(new.used_up(Timestamp(0)).await, Ok(vec![]));
        assert_eq!(new.spends(Timestamp(0)).await.map(|spends| spends.len()), Ok(1));
        assert!(old.spends(Timestamp(0)).await.is_ok(), "reading changed the format");
        let said = [UsedUp { vendor, quota, subject: 0, at: NOW }];
        new.record_used_up(&said).await.expect("the vendor's word");
        assert_eq!(new.used_up(Timestamp(0)).await, Ok(said.to_vec()));
        assert_eq!(new.spends(Timestamp(0)).await.map(|spends| spends.len()), Ok(1));
        let mut again = open(&url);
        ledger(&mut again, FIRST);
        assert_eq!(
            refused(again.spends(Timestamp(0)).await).0,
            "state::newer",
            "to the old one this is the future"
        );
    });
}

#[test]
fn tables_that_hold_nonsense_are_damaged() {
    wait(async {
        let url = url();
        drop(held(&open(&url)).await);
        let sql = "INSERT INTO recorded VALUES ('colour', 'u1', '', '', 0)";
        beside(&url).await.batch_execute(sql).await.expect("the row");
        let (code, words) = refused(users(&open(&url)).await);
        assert_eq!(code, "state::damaged");
        assert!(words.ends_with("is damaged: it holds rows of a kind `colour`"), "{words}");
    });
}

/// Dropped over its first answer, over its second, and so on, until one is not dropped any more.
#[test]
fn who_is_dropped_in_a_transaction_leaves_nothing_begun() {
    wait(async {
        let url = url();
        let store = open(&url);
        let lease = held(&store).await;
        let mut names = Names::new();
        let mut undone = 0;
        for polls in 1.. {
            let user = format!("u{polls:04}");
            let row = [blocked(&mut names, &user)];
            let ended = polled(polls, store.amend(&lease, &names, &row)).await;
            // A commit that was sent before the drop holds; nothing less does.
            let held = users(&store).await.expect("the rows").contains(&user);
            undone += usize::from(!held);
            store.amend(&lease, &names, &row).await.expect("the row");
            assert!(users(&open(&url)).await.expect("the rows").contains(&user), "{polls} polls");
            if let Some(ended) = ended {
                ended.expect("the row");
                assert!(held, "{polls} polls");
                break;
            }
        }
        assert!(undone > 0, "none was dropped before its commit");
    });
}

/// What `work` came to, or `None` where it is not done after being asked `times` times and is dropped.
async fn polled<T>(times: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = times;
    std::future::poll_fn(|context| {
        let done = work.as_mut().poll(context);
        left -= 1;
        match done {
            std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
            std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    })
    .await
}

#[test]
fn a_server_that_is_not_there_is_said_without_the_password() {
    wait(async {
        let url = Secret::new("postgres://ann:hunter2@127.0.0.1:1/shop".to_owned());
        let store = open(&url);
        let problems = users(&store).await.expect_err("nobody listens there");
        assert_eq!(problems.failure, Failure::Error);
        let problem = &problems.list()[0];
        assert_eq!(problem.code, "state::unreachable");
        let start = "the state `postgres://ann@127.0.0.1:1/shop?schema=pushform` cannot be reached: ";
        assert!(problem.summary.starts_with(start), "{}", problem.summary);
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
    });
}

#[test]
fn a_lease_goes_by_the_servers_clock_however_wrong_the_machines_are() {
    wait(async {
        let url = url();
        let at = |ms: i64| Clock::starting_at(Clock::real().now().plus(ms));
        let (slow, fast) = (at(-HOUR_MS), at(HOUR_MS));
        let (ann, ben) = (open_by(&url, Time::Server(slow)), open_by(&url, Time::Server(fast)));
        let lease = ann.acquire("ann", "apply", slow.now(), MINUTE_MS).await.expect("the lease");
        let (code, _) = refused(ben.acquire("ben", "apply", fast.now(), MINUTE_MS).await);
        assert_eq!(code, "state::locked", "by the fast machine's clock it ended an hour ago");
        // By the slow one's it lasts for another hour; by the server's it has ended.
        ann.renew(&lease, slow.now(), -SECOND_MS).await.expect("the renewal");
        let over = ben.acquire("ben", "apply", fast.now(), MINUTE_MS).await.expect("the lease");
        assert!(over.fence > lease.fence);
        let (code, _) = refused(ann.renew(&lease, slow.now(), MINUTE_MS).await);
        assert_eq!(code, "state::lock_lost");
    });
}

/// A copy that died after its spends were written, and is begun anew by a machine with another clock.
#[test]
fn spends_that_are_copied_again_are_there_once_though_their_moments_are_translated() {
    wait(async {
        let (here, there) = (url(), url());
        let at = |ms: i64| Time::Server(Clock::starting_at(Clock::real().now().plus(ms)));
        let sent_at = Clock::real().now();
        let spend = |quota: &str| {
            let (vendor, quota) = (Vendor::Getui, quota.to_owned());
            SpendEntry { id: 0, vendor, quota, subject: 0, sent_at, replied_at: Some(sent_at) }
        };
        // Of two equal ones both count.
        let spends = [spend("requests"), spend("tag_batch"), spend("requests")];
        let told = Told { since: EVER, seen: 0, open: &[], replies: &[] };
        open_by(&here, at(0)).exchange(told, &mut |_| spends.to_vec()).await.expect("the ledger");
        let folder = tempfile::tempdir().expect("a folder");
        let file = Sqlite::open(folder.path().join("state.db"));
        for off_ms in [-MINUTE_MS, 0, 2 * MINUTE_MS] {
            let copies = open_by(&here, at(off_ms)).copies().await.expect("the spends");
            assert_eq!(copies.len(), spends.len());
            for target in [&open_by(&there, at(-off_ms)) as &dyn Store, &file, &open_by(&here, at(off_ms))] {
                target.add_copies(&copies).await.expect("the ledger");
                let known = target.spends(EVER).await.expect("the ledger");
                assert_eq!(known.len(), spends.len(), "{off_ms} ms off");
            }
            // And back to where they came from.
            let back = open_by(&here, at(off_ms));
            for source in [&open_by(&there, at(off_ms)) as &dyn Store, &file] {
                back.add_copies(&source.copies().await.expect("the spends")).await.expect("the ledger");
                assert_eq!(
                    back.spends(EVER).await.expect("the ledger").len(),
                    spends.len(),
                    "{off_ms} ms off"
                );
            }
        }
    });
}

/// The guarantee of a loss of power, whatever the server's default: the caller's settings must not weaken it.
#[test]
fn what_must_outlive_a_loss_of_power_is_committed_synchronously_whatever_the_default() {
    use super::link::{Link, Purpose};
    wait(async {
        for (default, purpose, expected) in [
            ("off", Purpose::Write, "on"),
            ("on", Purpose::Write, "on"),
            ("remote_apply", Purpose::Write, "remote_apply"),
            ("on", Purpose::WriteSoon, "off"),
        ] {
            let text = url().reveal().to_owned() + "&options=-c%20synchronous_commit%3D" + default;
            let store = open(&Secret::new(text));
            let link = Link::new(std::sync::Arc::clone(&store.place), &store.place.schema, schema::STATE);
            let shown = link.write(purpose, async |client| {
                let row = client.query_one("SHOW synchronous_commit", &[]).await?;
                Ok(row.try_get::<_, String>(0)?)
            });
            let Ok(shown) = shown.await else { panic!("{default}: the server cannot be asked") };
            assert_eq!(shown, expected, "{purpose:?} where the default is `{default}`");
        }
    });
}

#[test]
fn moments_of_spends_are_translated_to_the_late_side() {
    wait(async {
        let url = url();
        let (slow, fast) = (Clock::starting_at(Timestamp(0)), Clock::starting_at(NOW.plus(1_000 * HOUR_MS)));
        let (ann, ben) = (open_by(&url, Time::Server(slow)), open_by(&url, Time::Server(fast)));
        let told = Told { since: Timestamp(i64::MIN / 2), seen: 0, open: &[], replies: &[] };
        let (sent_at, by_ben) = (slow.now(), fast.now());
        let spend = SpendEntry {
            id: 0,
            vendor: Vendor::Getui,
            quota: "requests".to_owned(),
            subject: 0,
            sent_at,
            replied_at: Some(sent_at),
        };
        let mut decide = |_: &[SpendEntry]| vec![spend.clone()];
        ann.exchange(told, &mut decide).await.expect("the ledger");
        let heard = ben.spends(told.since).await.expect("the ledger");
        let replied_at = heard[0].replied_at.expect("a reply");
        assert!(replied_at >= by_ben, "{replied_at} is before {by_ben}, when it was");
        assert!(replied_at.since(by_ben) < MINUTE_MS, "{replied_at} is far behind {by_ben}");
    });
}
