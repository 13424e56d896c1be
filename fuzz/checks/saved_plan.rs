//! Any bytes as a saved plan, in both of its formats and with a digest that fits: what is read says again what was
//! read, and no path of it is used.

use pushform::plan::Plan;
use pushform::plan::file::{self, Accounts, Document, Saved, from_json, to_apply, to_json};
use pushform::problem::Result;
use pushform::render::drift::Found;
use pushform::render::{Mask, html, markdown, masked, terminal};
use pushform::timestamp::Zone;

use super::common::{accounts, can_be_shown, draws_nothing, look, project, stays_in_its_place};

/// Reads the bytes as a file of lines as they are, as such lines, and, up to a digest if there is one, as a document.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let body = text.split(",\n\"digest\"").next().unwrap_or_default();
    let whole = with_digest(body);
    let project = project();
    let own = accounts();
    let providers: Vec<_> = own.iter().map(AsRef::as_ref).collect();
    let accounts = Accounts { providers: &providers, quotas: &project.quotas };
    is_judged(to_apply(&whole, accounts).map(drop));
    says_again(from_json(&whole, accounts), accounts);
    for lines in [bytes.to_vec(), packed(bytes)] {
        is_judged(file::read_to_apply(&mut lines.as_slice(), accounts).map(drop));
        says_again(file::read(&mut lines.as_slice(), accounts), accounts);
    }
}

fn is_judged(read: Result<()>) {
    if let Err(problems) = read {
        can_be_shown(&problems);
    }
}

/// What was read is the same from whichever format it is written to, and stays in its place.
fn says_again(read: Result<Saved>, accounts: Accounts<'_>) {
    let Ok(saved) = read else { return };
    let plan = &saved.plan;
    for call in &plan.calls {
        let mut all = accounts.providers.iter();
        let provider = all.find(|one| one.vendor() == call.write.vendor()).expect("both accounts");
        stays_in_its_place(&provider.write(&call.write, &plan.names));
    }
    let document = json(&saved, accounts);
    let again = from_json(&document, accounts).expect("what was written is read");
    assert_eq!(json(&again, accounts), document, "what was read says something else");
    let plain = json(plan, accounts);
    let mut lines = Vec::new();
    file::write(plan, &mut lines).expect("a list takes everything");
    let again = file::read(&mut lines.as_slice(), accounts).expect("what was written is read");
    assert_eq!(json(&again, accounts), plain, "what was read from lines says something else");
    can_be_looked_at(plan, accounts);
}

fn with_digest(body: &str) -> String {
    format!("{body},\n\"digest\":\"{}\"}}\n", blake3::hash(body.as_bytes()).to_hex())
}

/// Lines as a file has them, with a digest that fits.
fn packed(lines: &[u8]) -> Vec<u8> {
    let mut bytes = zstd::encode_all(lines, 1).expect("a list takes everything");
    let digest = blake3::hash(&bytes);
    bytes.extend([0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0]);
    bytes.extend(digest.as_bytes());
    bytes
}

fn json<'a>(plan: impl Into<Document<'a>>, accounts: Accounts<'_>) -> String {
    let mut text = String::new();
    to_json(plan, accounts, &mut text).expect("a text takes everything");
    text
}

fn can_be_looked_at(plan: &Plan, accounts: Accounts<'_>) {
    for mask in [Mask::show(), Mask::hide()] {
        draws_nothing(&terminal::plan(plan, &look(), &mask));
        let found = Found { plan, sampled: None };
        draws_nothing(&terminal::drift(found, &look(), &mask));
        draws_nothing(&markdown::plan(plan, &Zone::shanghai(), &mask));
        let mut page = String::new();
        html::plan(plan, &Zone::shanghai(), &mask, &mut page).expect("a text takes everything");
        draws_nothing(&page);
        let mut shown = String::new();
        masked::plan(plan, accounts, &mask, &mut shown).expect("a text takes everything");
        assert!(shown.ends_with("}\n"), "a plan is written whole");
    }
}
