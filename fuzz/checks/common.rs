//! What several checks need: accounts with marked secrets, and the laws of what is sent and shown.

use pushform::invisible::is_invisible;
use pushform::kind::{Provider, Read, Write};
use pushform::manifest::project::ProjectSource;
use pushform::manifest::source::Source;
use pushform::manifest::{Desired, Env, Project};
use pushform::names::Names;
use pushform::problem::Problems;
use pushform::provider;
use pushform::render::look::Look;
use pushform::render::{Mask, diagnostics, problem};
use pushform::table::Kind;
use pushform::timestamp::Zone;
use pushform::wire::{Request, Vendor};

/// What no output may hold. Long enough that no bytes hold it by chance.
pub const SECRET: &str = "marked-secret-4f1c9a";

/// A project with both accounts.
pub fn project() -> Project {
    let text = "getui: {app_id: app, app_key: '${K}', master_secret: '${S}'}\njpush: {app_key: app, master_secret: '${S}'}\n";
    let source = ProjectSource { source: Source::new("pushform.yaml", text.to_owned()), folder: ".".into() };
    let variable = |_: &str| Some(SECRET.to_owned());
    let read = Project::read(&source, Env::Lookup(&variable));
    read.expect("a project file without mistakes").0
}

/// Its accounts.
pub fn accounts() -> Vec<Box<dyn Provider>> {
    provider::of(&project())
}

/// The account of a vendor.
pub fn account(vendor: Vendor) -> Box<dyn Provider> {
    accounts().into_iter().find(|one| one.vendor() == vendor).expect("a project with both accounts")
}

/// How everything is shown here.
pub fn look() -> Look {
    Look::plain(Zone::shanghai())
}

/// Whatever is wrong can be shown, and its text cannot steer a terminal.
pub fn can_be_shown(problems: &Problems) {
    for mask in [Mask::show(), Mask::hide()] {
        draws_nothing(&problem::problems(problems, &look(), &mask));
        let json = diagnostics::validate(problems, &mask).to_string();
        assert!(json.contains("diagnostics"), "{json}");
    }
}

/// A text in which everything is seen: it cannot move the cursor, nor turn what stands around it.
pub fn draws_nothing(shown: &str) {
    let wild = |c: &char| is_invisible(*c) && !matches!(c, '\n' | '\t');
    let found = shown.chars().find(wild);
    assert_eq!(found, None, "what is shown could draw over the screen:\n{}", shown.escape_debug());
}

/// A path that leads where we said and nowhere else, whatever the ids in it are.
pub fn stays_in_its_place(request: &Request) {
    let path = &request.path;
    let (plain, query) = path.split_once('?').unwrap_or((path, ""));
    assert!(plain.starts_with('/'), "`{path}` begins elsewhere");
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.~%/,?&=*".contains(c);
    assert!(path.chars().all(fine), "`{path}` has something unencoded in it");
    let steps = || plain.split(['/', ',']);
    assert!(!steps().any(|step| step == "." || step == ".."), "`{path}` leads out of its place");
    assert!(
        plain.split('/').count() <= 6 && !query.contains('?'),
        "`{path}` has more parts than any of ours"
    );
}

/// Every row could be asked for and written without leaving its place.
pub fn rows_stay_in_their_place(desired: &Desired, names: &Names, accounts: &[Box<dyn Provider>]) {
    for kind in Kind::ALL {
        for row in desired.tables.of(kind).rows() {
            let reads = match kind {
                Kind::Alias => vec![Read::AliasOf(row.subject), Read::UsersOf(row.value)],
                Kind::Tag => vec![Read::TagsOf(row.subject), Read::CountOf(row.item)],
                Kind::Blacklist | Kind::DeviceToken => vec![Read::Unknown(vec![row.subject])],
                Kind::Property => vec![Read::DevicesOf(row.subject, 1)],
                Kind::Device => vec![Read::ValuesOf(row.subject), Read::HasValue(row.subject, row.item)],
            };
            let write = match kind {
                Kind::Alias => Write::ClearAlias(row.value, vec![row.subject]),
                Kind::Tag => Write::BindTag(row.item, vec![row.subject]),
                Kind::Blacklist => Write::Block(vec![row.subject]),
                Kind::DeviceToken => Write::BindTokens(row.item, vec![(row.subject, row.value)]),
                Kind::Property => Write::DeleteProperty(row.subject),
                Kind::Device => Write::RemoveValue(row.subject, row.item),
            };
            let account = accounts.iter().find(|one| one.vendor() == kind.vendor()).expect("both accounts");
            reads.iter().for_each(|read| stays_in_its_place(&account.read(read, names)));
            stays_in_its_place(&account.write(&write, names));
        }
    }
}
