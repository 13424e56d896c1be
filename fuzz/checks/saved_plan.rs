//! Any bytes as a saved plan with a digest that fits: what is read says again what was read, and no path of it is used.

use pushform::plan::Plan;
use pushform::plan::file::{Accounts, from_json, to_apply, to_json};
use pushform::render::drift::Found;
use pushform::render::{Mask, html, markdown, masked, terminal};
use pushform::timestamp::Zone;

use super::common::{accounts, can_be_shown, draws_nothing, look, project, stays_in_its_place};

/// Reads the bytes, up to a digest if there is one, as a plan.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let body = text.split(",\n\"digest\"").next().unwrap_or_default();
    let whole = with_digest(body);
    let project = project();
    let own = accounts();
    let providers: Vec<_> = own.iter().map(AsRef::as_ref).collect();
    let accounts = Accounts { providers: &providers, quotas: &project.quotas };
    if let Err(problems) = to_apply(&whole, accounts) {
        can_be_shown(&problems);
    }
    let Ok(plan) = from_json(&whole, accounts) else { return };
    for call in &plan.calls {
        let provider =
            providers.iter().find(|one| one.vendor() == call.write.vendor()).expect("both accounts");
        stays_in_its_place(&provider.write(&call.write, &plan.names));
    }
    let written = json(&plan, accounts);
    let again = from_json(&written, accounts).expect("what was written is read");
    assert_eq!(json(&again, accounts), written, "what was read says something else");
    can_be_looked_at(&plan, accounts);
}

fn with_digest(body: &str) -> String {
    format!("{body},\n\"digest\":\"{}\"}}\n", blake3::hash(body.as_bytes()).to_hex())
}

fn json(plan: &Plan, accounts: Accounts<'_>) -> String {
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
        draws_nothing(&html::plan(plan, &Zone::shanghai(), &mask));
        let mut shown = String::new();
        masked::plan(plan, accounts, &mask, &mut shown).expect("a text takes everything");
        assert!(shown.ends_with("}\n"), "a plan is written whole");
    }
}
