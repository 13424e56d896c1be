//! Where states are: that of the project, and one that an argument names.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::config::Config;
use super::open::{self, Vendors};
use super::ui::Ui;
use crate::clock::Clock;
use crate::manifest::Env;
use crate::manifest::project::StateLocation;
use crate::manifest::project_env::expand;
use crate::manifest::project_words::Setting;
use crate::ops::moving::Side;
use crate::problem::{Problem, Problems, Result};
use crate::secret::Secret;
use crate::state::Store;
use crate::state::postgres::{Postgres, Time};

/// The place of the project's state.
///
/// # Errors
/// Everything wrong with the project file.
pub fn of_project(vendors: Vendors, config: &Config, ui: &Ui) -> Result<Side> {
    match vendors {
        Vendors::Real => at(&open::project_with_state(vendors, config, ui)?.state, ui),
        Vendors::Emulated => at(&StateLocation::Sqlite(ui.path(open::WORLD_STATE)), ui),
    }
}

/// The place that an argument names as the project file would: `sqlite:PATH`, or `${NAME}` for an address.
///
/// # Errors
/// It is none, a variable is missing, or a password stands in it.
pub fn of_argument(to: &str, config: &Config, ui: &Ui) -> Result<Side> {
    if has_password(to) {
        let summary = "a password in an argument is seen by everybody on this machine";
        let help = "put the address into a variable and name that: pushform state move '${NAME}'";
        return Err(Problem::error("state::password_shown", summary).help(help).into());
    }
    let lookup = |name: &str| config.variable(name);
    let expanded = expand(to, Env::Lookup(&lookup)).map_err(|list| {
        let mut problems = Problems::new();
        list.into_iter().for_each(|problem| problems.push(problem));
        problems
    })?;
    if !Setting::State.is_met(&expanded.text) {
        let problem = Problem::error("state::no_place", "this is no place for a state");
        return Err(problem.help(format!("a place is {}", Setting::State.help())).into());
    }
    let location = match expanded.text.strip_prefix("sqlite:") {
        Some(path) => StateLocation::Sqlite(ui.path(path)),
        None => StateLocation::Postgres(Secret::new(expanded.text)),
    };
    at(&location, ui)
}

fn has_password(to: &str) -> bool {
    let Some((_, rest)) = to.split_once("://") else { return false };
    let in_query = rest.contains("password=");
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    in_query
        || user
            .split_once(':')
            .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with("${"))
}

fn at(location: &StateLocation, ui: &Ui) -> Result<Side> {
    match location {
        StateLocation::Sqlite(path) => {
            let store: Rc<dyn Store> = Rc::new(open::file(path, ui));
            let ledger = Rc::clone(&store);
            let shown = format!("sqlite:{}", path.display());
            Ok(Side { store, ledger: Box::new(move |_| Ok(Rc::clone(&ledger))), shown })
        }
        StateLocation::Postgres(url) => {
            let store = Postgres::open(url, BTreeMap::new(), Time::Server(Clock::real()))?;
            let shown = store.shown().to_owned();
            let url = url.clone();
            // As they stand there: a moment that is translated there and back would be another one.
            let ledger = move |accounts: &BTreeMap<_, _>| -> Result<Rc<dyn Store>> {
                Ok(Rc::new(Postgres::open(&url, accounts.clone(), Time::Callers)?))
            };
            Ok(Side { store: Rc::new(store), ledger: Box::new(ledger), shown })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_argument_is_noticed() {
        for (to, expected) in [
            ("sqlite:a:b@c", false),
            ("${SHOP_STATE}", false),
            ("postgres://ann@db.example/shop", false),
            ("postgres://ann:${PASSWORD}@db.example/shop", false),
            ("postgres://db.example:5432/shop", false),
            ("postgres://ann:hunter2@db.example/shop", true),
            ("postgres://db.example/shop?password=hunter2", true),
        ] {
            assert_eq!(has_password(to), expected, "{to}");
        }
    }
}
