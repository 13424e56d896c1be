//! `pull` of a drawn world, and then a plan of what it wrote: there is nothing to do.
//!
//! Inside the process, on virtual time, with a fresh state: nothing but the manifests says what is so.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::rc::Rc;

use proptest::prelude::*;

use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, World, world_file};
use pushform::gate;
use pushform::manifest::project::Env;
use pushform::manifest::{Project, read_project};
use pushform::observe::Refresh;
use pushform::ops::context::{Context, Setup};
use pushform::ops::plan::{Look, Wanted, plan};
use pushform::ops::pull::{self, pull};
use pushform::plan::Options;
use pushform::problem::Problems;
use pushform::state::memory::Memory;
use pushform::timestamp::Timestamp;

use crate::run::Folder;

const PROJECT: &str = "getui: {app_id: APP, app_key: made-up-key, master_secret: made-up-secret}
\
    jpush: {app_key: made-up-key, master_secret: made-up-secret}
";
const MORNING: Timestamp = Timestamp(1_795_312_800_000);

/// Aliases that can be declared, and some that cannot.
const ALIASES: [&str; 7] = ["no", "1e10", "0123", "掌柜_李明", "from", "with-hyphen", "a b"];
const TAGS: [&str; 6] = ["vip", "null", "~", "喜爱足球", "a:b#c", "\"q\""];
const PROPERTIES: [(&str, &str); 6] = [
    ("no", "string"),
    ("1e10", "string"),
    ("a: b", "number"),
    ("名", "bool"),
    ("{x}", "datetime"),
    ("~", "string"),
];
const TEXTS: [&str; 5] = ["yes", "0123", "1e10", "- x: \"y\"\n#z", "小王"];

#[derive(Clone, Debug)]
struct User {
    alias: Option<usize>,
    tags: Vec<usize>,
    wanted: bool,
}

#[derive(Clone, Debug)]
struct Drawn {
    users: Vec<User>,
    properties: Vec<(bool, String)>,
    devices: Vec<Vec<Option<usize>>>,
    page_max: u8,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let tags = prop::collection::btree_set(0..TAGS.len(), 0..4).prop_map(|set| set.into_iter().collect());
    let user = (prop::option::of(0..ALIASES.len()), tags, prop::bool::weighted(0.7))
        .prop_map(|(alias, tags, wanted)| User { alias, tags, wanted });
    let property = (any::<bool>(), "[a-z:#\"' \\\\等]{0,12}");
    let device = prop::collection::vec(prop::option::of(0..TEXTS.len()), PROPERTIES.len());
    (
        prop::collection::vec(user, 0..14),
        prop::collection::vec(property, PROPERTIES.len()),
        prop::collection::vec(device, 0..4),
        1..4_u8,
    )
        .prop_map(|(users, properties, devices, page_max)| Drawn {
            users,
            properties,
            devices,
            page_max,
        })
}

fn cid(at: usize) -> String {
    format!("a{at:031}")
}

/// The value of a property that its type can hold.
fn value(property: usize, text: usize) -> String {
    match PROPERTIES[property].1 {
        "number" => ["3", "-1.5", "2e6", "0", "10"][text].to_owned(),
        "bool" => ["true", "false"][text % 2].to_owned(),
        "datetime" => format!("2026-11-2{text} 10:12:00"),
        _ => TEXTS[text].to_owned(),
    }
}

impl Drawn {
    fn world(&self) -> World {
        let mut text = format!(
            "switches: {{property_page_max: \"{}\"}}\ngetui:\n  legacy: true\n  users_unknown: reject\n",
            self.page_max
        );
        text.push_str("  users:\n    ffff: {}\n");
        for (at, user) in self.users.iter().enumerate() {
            let alias = user.alias.map_or("null".to_owned(), |alias| json(ALIASES[alias]));
            let tags: Vec<String> = user.tags.iter().map(|tag| json(TAGS[*tag])).collect();
            writeln!(text, "    {}: {{alias: {alias}, tags: [{}]}}", cid(at), tags.join(", ")).expect("text");
        }
        text.push_str("jpush:\n  devices_unknown: reject\n  properties:\n");
        for ((there, description), (name, type_word)) in self.properties.iter().zip(PROPERTIES) {
            if *there {
                let (name, description) = (json(name), json(description));
                writeln!(text, "    {name}: {{type: {type_word}, description: {description}}}")
                    .expect("text");
            }
        }
        writeln!(text, "    last: {{type: string}}\n  devices:\n    \"1affff\":").expect("text");
        for (at, values) in self.devices.iter().enumerate() {
            let there = |property: &usize| self.properties[*property].0;
            let values: BTreeMap<usize, usize> = values
                .iter()
                .enumerate()
                .filter_map(|(p, v)| Some((p, (*v)?)))
                .filter(|(p, _)| there(p))
                .collect();
            let values: Vec<String> = values
                .iter()
                .map(|(p, v)| format!("{}: {}", json(PROPERTIES[*p].0), json(&value(*p, *v))))
                .collect();
            writeln!(text, "    \"1a{at}\": {{{}}}", values.join(", ")).expect("text");
        }
        let setup = world_file::read_setup(&text, "emulator.yaml");
        World::new(setup.unwrap_or_else(|problems| panic!("{}\n{text}", said(&problems))))
    }

    fn wanted(&self) -> pull::Wanted {
        let wanted = self.users.iter().enumerate().filter(|(_, user)| user.wanted).map(|(at, _)| cid(at));
        pull::Wanted {
            cids: wanted.chain(["unknown".to_owned()]).collect(),
            devices: (0..self.devices.len()).map(|at| format!("1a{at}")).collect(),
        }
    }
}

/// A text as JSON, which is YAML too.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn said(problems: &Problems) -> String {
    problems.list().iter().map(|problem| format!("{}: {}\n", problem.code, problem.summary)).collect()
}

async fn context(folder: &Folder, world: &Rc<RefCell<World>>, clock: Clock) -> Result<Context, Problems> {
    let (project, _) = Project::read(&read_project(folder.path())?, Env::Ignore)?;
    let setup = Setup {
        folder: folder.path().to_owned(),
        project,
        clock,
        store: Rc::new(Memory::new()),
        transport: Rc::new(LocalVendors::new(Rc::clone(world), clock, "APP")),
        gate: gate::Options::default(),
    };
    Context::open(setup).await
}

/// Pulls and plans; what the plan would do, and what was written.
async fn pull_and_plan(drawn: &Drawn) -> Result<String, Problems> {
    let folder = Folder::of(&[("pushform.yaml", PROJECT), ("manifests/none.yaml", "")]);
    let clock = Clock::starting_at(MORNING);
    let world = Rc::new(RefCell::new(drawn.world()));
    let pulled = pull(&context(&folder, &world, clock).await?, &drawn.wanted()).await?;
    for (file, text) in &pulled.files {
        fs::write(folder.path().join("manifests").join(file), text).expect("a file");
    }
    let options = Options { deletes_max: Some(0), ..Options::default() };
    let wanted = Wanted { look: Look::By(Refresh::Full), options };
    let planned = plan(&context(&folder, &world, clock).await?, &wanted).await;
    let written: String = pulled.files.iter().map(|(_, text)| text.as_str()).collect();
    let planned = planned.inspect_err(|_| eprintln!("{written}"))?;
    let violations = world.borrow().violations().len();
    if planned.plan.calls.is_empty() && planned.plan.changes.is_empty() && violations == 0 {
        return Ok(String::new());
    }
    let changes = planned.plan.changes.len();
    Ok(format!("{changes} changes, {} calls, {violations} violations\n{written}", planned.plan.calls.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_of_what_was_pulled_is_empty(drawn in drawn()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let todo = runtime.block_on(pull_and_plan(&drawn)).unwrap_or_else(|problems| said(&problems));
        prop_assert_eq!(todo, "");
    }
}
