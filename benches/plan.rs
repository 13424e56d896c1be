//! A plan that finds nothing to do: what it takes of time and memory, from ten thousand users to a million, and to ten
//! million where that is asked for.
//!
//! `cargo bench --bench plan`, or `… -- csv-sets 1000000 10000000` for a part of it. Every user has an alias and three of
//! 500 tags, so four rows; all of them are recorded in SQLite, and `pushform plan --refresh none` runs as a
//! process of its own. Goals are printed beside what was measured, and only counts are asserted: a busy machine
//! makes nothing fail.

mod measure;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use measure::Taken;
use pushform::manifest::{Compiled, Env, Project, load_declaration, project::StateLocation, read_project};
use pushform::state::sqlite::Sqlite;
use pushform::state::{RowChange, Store};
use pushform::table::{Kind, Row};
use pushform::timestamp::Timestamp;

const USERS: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Only where it is named: recording so many takes minutes.
const USERS_ON_REQUEST: usize = 10_000_000;
const TAGS: usize = 500;
const TAGS_PER_USER: usize = 3;
const ROWS_PER_USER: usize = 1 + TAGS_PER_USER;
const LEASE_MS: i64 = 3_600_000;
/// When the rows were recorded: any moment of the past.
const RECORDED_AT_S: u32 = 1_795_000_000;
/// The best of so many runs counts: what else the machine does can only add.
const RUNS: usize = 3;

const PROJECT: &str =
    "getui: {app_id: bench-app, app_key: \"${GETUI_APP_KEY}\", master_secret: \"${GETUI_MASTER_SECRET}\"}
manifests: [manifests]
";

/// How the manifests say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `alias,cid` and `cid,tags`: two files.
    CsvSets,
    /// `alias,cid` and a file `cid` for each of three tags that everybody has.
    CsvMembers,
    /// Aliases and tag sets in YAML.
    YamlSets,
}

impl Form {
    const ALL: [Self; 3] = [Self::CsvSets, Self::CsvMembers, Self::YamlSets];

    const fn word(self) -> &'static str {
        match self {
            Self::CsvSets => "csv-sets",
            Self::CsvMembers => "csv-members",
            Self::YamlSets => "yaml-sets",
        }
    }

    /// Seconds, megabytes, and how much longer a row may take among the most than among the fewest.
    const fn goal(self) -> (f64, f64, f64) {
        match self {
            Self::CsvSets | Self::CsvMembers => (3.0, 200.0, 1.3),
            Self::YamlSets => (6.0, 1200.0, 1.3),
        }
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |word: &str, among: &[String]| {
        !among.iter().any(|other| wanted.contains(other)) || wanted.iter().any(|other| other == word)
    };
    let many = wanted.contains(&USERS_ON_REQUEST.to_string()).then_some(USERS_ON_REQUEST);
    let all: Vec<usize> = USERS.into_iter().chain(many).collect();
    let sizes: Vec<String> = all.iter().map(usize::to_string).collect();
    let forms = Form::ALL.map(|form| form.word().to_owned());
    println!("{HEAD}");
    for form in Form::ALL.into_iter().filter(|form| is_wanted(form.word(), &forms)) {
        let mut first = None;
        for users in all.iter().copied().filter(|users| is_wanted(&users.to_string(), &sizes)) {
            let taken = measure_plan(form, users);
            let ns = per_row_ns(&taken, users);
            let ratio = ns / *first.get_or_insert(ns);
            println!("{}", line(form, users, &taken, ratio));
        }
    }
}

const HEAD: &str = "manifests       users     rows  seconds     cpu  peak MB  ns/row  ratio  goal";

fn line(form: Form, users: usize, taken: &Taken, ratio: f64) -> String {
    let rows = users * ROWS_PER_USER;
    let (seconds, cpu) = (taken.wall.as_secs_f64(), taken.cpu.as_secs_f64());
    let (megabytes, ns) = (float(taken.peak_bytes) / 1e6, per_row_ns(taken, users));
    let mut line = format!(
        "{:<11} {users:>9} {rows:>8} {seconds:>8.2} {cpu:>7.2} {megabytes:>8.0} {ns:>7.0} {ratio:>6.2}",
        form.word(),
    );
    if Some(&users) == USERS.last() {
        let (goal_s, goal_mb, goal_ratio) = form.goal();
        let is_held = seconds < goal_s && megabytes < goal_mb && ratio < goal_ratio;
        let word = if is_held { "held" } else { "MISSED" };
        let _ = write!(line, "  {goal_s} s, {goal_mb} MB, ratio {goal_ratio}: {word}");
    }
    line
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
const fn float(count: u64) -> f64 {
    count as f64
}

fn per_row_ns(taken: &Taken, users: usize) -> f64 {
    taken.wall.as_secs_f64() * 1e9 / float((users * ROWS_PER_USER) as u64)
}

/// Makes a project of so many users, records it, and plans it.
fn measure_plan(form: Form, users: usize) -> Taken {
    let folder = tempfile::tempdir().expect("a folder");
    declare(folder.path(), form, users).expect("the manifests can be written");
    let rows = record(folder.path());
    assert_eq!(rows, users * ROWS_PER_USER, "rows that are declared");
    let runs = (0..RUNS).map(|_| measure::run(&mut plan(folder.path())));
    runs.min_by_key(|taken| taken.wall).expect("at least one run")
}

/// Ends with 0 only where there is nothing to do.
fn plan(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.arg("-C").arg(folder).args(["--quiet", "plan", "--refresh", "none", "--detailed-exitcode"]);
    command.env("GETUI_APP_KEY", "bench").env("GETUI_MASTER_SECRET", "bench");
    command
}

fn declare(folder: &Path, form: Form, users: usize) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("manifests/data"))?;
    fs::write(folder.join("pushform.yaml"), PROJECT)?;
    let users = drawn(users);
    let manifest = match form {
        Form::CsvSets | Form::CsvMembers => from_csv(&folder.join("manifests/data"), form, &users)?,
        Form::YamlSets => {
            let mut text = "getui:\n  aliases:\n".to_owned();
            users
                .iter()
                .for_each(|user| push(&mut text, format_args!("    \"{}\": [{}]\n", user.alias, user.id)));
            text.push_str("  tag_sets:\n");
            users.iter().for_each(|user| {
                push(&mut text, format_args!("    {}: [{}]\n", user.id, user.tags.join(", ")))
            });
            text
        }
    };
    fs::write(folder.join("manifests/audience.yaml"), manifest)
}

fn from_csv(data: &Path, form: Form, users: &[User]) -> std::io::Result<String> {
    let mut aliases = "alias,cid\n".to_owned();
    users.iter().for_each(|user| push(&mut aliases, format_args!("{},{}\n", user.alias, user.id)));
    fs::write(data.join("aliases.csv"), aliases)?;
    let mut manifest = "getui:\n  aliases: {from: data/aliases.csv}\n".to_owned();
    if form == Form::CsvSets {
        let mut sets = "cid,tags\n".to_owned();
        users.iter().for_each(|user| push(&mut sets, format_args!("{},{}\n", user.id, user.tags.join(" "))));
        fs::write(data.join("tag_sets.csv"), sets)?;
        manifest.push_str("  tag_sets: {from: data/tag_sets.csv}\n");
        return Ok(manifest);
    }
    let mut members = "cid\n".to_owned();
    users.iter().for_each(|user| push(&mut members, format_args!("{}\n", user.id)));
    manifest.push_str("  tag_members:\n");
    for tag in 0..TAGS_PER_USER {
        fs::write(data.join(format!("tag-{tag}.csv")), &members)?;
        push(&mut manifest, format_args!("    tag-{tag}: {{from: data/tag-{tag}.csv}}\n"));
    }
    Ok(manifest)
}

fn push(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a string takes everything");
}

struct User {
    id: String,
    alias: String,
    tags: Vec<String>,
}

fn drawn(users: usize) -> Vec<User> {
    let mut random = fastrand::Rng::with_seed(7);
    let one = |user| User {
        id: format!("{:032x}", random.u128(..)),
        alias: format!("138{user:08}"),
        tags: (0..TAGS_PER_USER).map(|tag| format!("tag-{}", (user * 7 + tag * 13) % TAGS)).collect(),
    };
    (0..users).map(one).collect()
}

/// Records what is declared as it is, and gives how many rows that were.
fn record(folder: &Path) -> usize {
    let source = read_project(folder).expect("the project file");
    let (project, _) = Project::read(&source, Env::Ignore).expect("a project");
    let (declaration, _) = load_declaration(folder, &project).expect("manifests without errors");
    let Compiled { names, desired } = declaration.compiled().expect("a temporary file");
    let StateLocation::Sqlite(path) = &project.state else { panic!("a state in SQLite") };
    let put = |kind: Kind| {
        let rows = desired.tables.of(kind).rows().iter();
        rows.map(move |row| RowChange::Put(kind, Row { mark: RECORDED_AT_S, ..*row }))
    };
    let rows: Vec<RowChange> = Kind::ALL.into_iter().flat_map(put).collect();
    let store = Sqlite::open(path);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let lease = store.acquire("bench", "bench", Timestamp(0), LEASE_MS).await.expect("the lease");
        store.amend(&lease, &names, &rows).await.expect("the rows");
        store.release(&lease).await.expect("the release");
    });
    rows.len()
}
