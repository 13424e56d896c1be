//! The project file: accounts, limits, state, policy. `${NAME}` takes an environment variable here and nowhere else.
//!
//! It reads no environment and no file itself. A secret never reaches a message: where one stands in the file, the
//! piece of source shows stars.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::problem::{Problems, Result};
use crate::quota::Quotas;
use crate::secret::Secret;
use crate::timestamp::{MINUTE_MS, Zone};
use crate::wire::{Vendor, segment};

use super::codes;
use super::findings::Findings;
use super::hiding;
use super::origins::Origins;
use super::project_reader::Reader;
use super::source::Source;
use super::tree::At;
use super::yaml;

/// The project file's name.
pub const FILE: &str = "pushform.yaml";

/// Where environment variables come from.
#[derive(Clone, Copy)]
pub enum Env<'a> {
    /// From nowhere: what they would say is not needed. A variable's name stands in for a secret.
    Ignore,
    /// From this.
    Lookup(&'a dyn Fn(&str) -> Option<String>),
    /// From this for the state's place, and from nowhere for all else: what looks into the state needs no
    /// account.
    StateOnly(&'a dyn Fn(&str) -> Option<String>),
}

/// The text of a project file, and the folder it is in.
#[derive(Clone, Debug)]
pub struct ProjectSource {
    /// The text.
    pub source: Source,
    /// The folder.
    pub folder: PathBuf,
}

/// A Getui app.
#[derive(Clone, Debug)]
pub struct GetuiAccount {
    /// Its public id.
    pub app_id: String,
    /// Its key.
    pub app_key: Secret,
    /// Its secret.
    pub master_secret: Secret,
    /// The API's address, without a slash at its end.
    pub base_url: String,
}

/// A JPush app.
#[derive(Clone, Debug)]
pub struct JpushAccount {
    /// Its public key.
    pub app_key: String,
    /// Its secret.
    pub master_secret: Secret,
    /// The API's address, without a slash at its end.
    pub base_url: String,
    /// The share of the limit that is left to pushes.
    pub reserve_percent: u32,
}

/// Where the state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateLocation {
    /// In this file: the project's folder and the path in the project file, joined.
    Sqlite(PathBuf),
    /// In a database, by its URL, which may hold a password.
    Postgres(Secret),
}

/// Where each vendor's days turn over.
#[derive(Clone, Debug)]
pub struct Zones {
    /// Getui's.
    pub getui: Zone,
    /// JPush's.
    pub jpush: Zone,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the project file.
    pub folder: PathBuf,
    /// The Getui app, if there is one.
    pub getui: Option<GetuiAccount>,
    /// The JPush app, if there is one.
    pub jpush: Option<JpushAccount>,
    /// The quotas of the apps that there are.
    pub quotas: Quotas,
    /// Where the state is.
    pub state: StateLocation,
    /// Files and folders of manifests, as written.
    pub manifests: Vec<String>,
    /// More than this share of a kind's recorded rows is too much to delete…
    pub max_deletes_percent: u32,
    /// …if it is also more rows than this.
    pub max_deletes_at_least: u64,
    /// Whether aliases and ids are hidden in everything shown.
    pub mask: bool,
    /// How long reading live state may take, in milliseconds.
    pub refresh_budget_ms: i64,
    /// Where each vendor's days turn over.
    pub zones: Zones,
}

impl Project {
    /// Reads a project file. Gives the warnings too.
    ///
    /// # Errors
    /// Everything that is wrong with it, warnings included.
    pub fn read(source: &ProjectSource, env: Env<'_>) -> Result<(Self, Problems)> {
        let (project, _, problems) = Self::read_what_can_be(source, env);
        if problems.has_errors() { Err(problems) } else { Ok((project, problems)) }
    }

    /// What can be read of a project file, for checks that go on behind an error; with the vendors that it has a
    /// section of, and everything that is wrong.
    #[must_use]
    pub fn read_what_can_be(source: &ProjectSource, env: Env<'_>) -> (Self, Vec<Vendor>, Problems) {
        let text = hiding::project(&source.source);
        let mut reader = Reader { findings: Findings::default(), env };
        let tree = yaml::parse(&text, &mut reader.findings.placed);
        let mut project = Self::empty(&source.folder);
        // Of a file that cannot be read nobody knows which accounts it has.
        let mut vendors = Vendor::ALL.to_vec();
        let mut documents = tree.documents();
        match documents.next() {
            Some(root) => {
                reader.project(root, &mut project);
                vendors.retain(|vendor| root.entries().any(|(key, _)| key.text() == vendor.word()));
            }
            None if tree.is_whole => reader.nothing(&text),
            None => {}
        }
        if let Some(second) = documents.next() {
            let what = "the project file is one document".to_owned();
            reader.findings.error_at(second, codes::DOCUMENTS, what, "take the second one out");
        }
        let problems = reader.findings.finish(&Origins::default(), |_, _| Vec::new());
        (project, vendors, problems)
    }

    /// Whether a project wants aliases and ids hidden in everything shown. Where what it wants cannot be read, it does.
    #[must_use]
    pub fn wants_mask(source: &ProjectSource) -> bool {
        let (project, _, problems) = Self::read_what_can_be(source, Env::Ignore);
        project.mask
            || (problems.has_errors() && may_name_mask(source.source.text()) && !says_no_mask(&source.source))
    }

    /// The zone in which moments are shown: Getui's, or JPush's where there is no Getui app.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        if self.getui.is_none() && self.jpush.is_some() { &self.zones.jpush } else { &self.zones.getui }
    }

    /// Where each account's calls go: Getui's address ends with the app's id.
    #[must_use]
    pub fn bases(&self) -> BTreeMap<Vendor, String> {
        let getui = self.getui.iter().map(|account| {
            (
                Vendor::Getui,
                format!("{}/{}", account.base_url.trim_end_matches('/'), segment(&account.app_id)),
            )
        });
        let jpush = self
            .jpush
            .iter()
            .map(|account| (Vendor::Jpush, account.base_url.trim_end_matches('/').to_owned()));
        getui.chain(jpush).collect()
    }

    /// The vendors that there is an account of.
    #[must_use]
    pub fn vendors(&self) -> Vec<Vendor> {
        let getui = self.getui.is_some().then_some(Vendor::Getui);
        let jpush = self.jpush.is_some().then_some(Vendor::Jpush);
        getui.into_iter().chain(jpush).collect()
    }

    /// A project of which the file says nothing.
    fn empty(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            getui: None,
            jpush: None,
            quotas: Quotas::default(),
            state: StateLocation::Sqlite(folder.join(".pushform/state.db")),
            manifests: vec!["manifests".to_owned()],
            mask: false,
            max_deletes_percent: 30,
            max_deletes_at_least: 10,
            refresh_budget_ms: 2 * MINUTE_MS,
            zones: Zones { getui: Zone::shanghai(), jpush: Zone::shanghai() },
        }
    }
}

/// Whether a text may have the key `mask` in it, in whatever spelling.
fn may_name_mask(text: &str) -> bool {
    text.contains('\\') || text.to_ascii_lowercase().contains("mask")
}

/// Whether a file says in the one way that there is that nothing is hidden.
fn says_no_mask(source: &Source) -> bool {
    let tree = yaml::parse(source, &mut Problems::new());
    let policies = tree.documents().flat_map(At::entries).filter(|(key, _)| key.text() == "policy");
    let flags: Vec<&str> = policies
        .flat_map(|(_, policy)| policy.entries())
        .filter(|(key, _)| key.text() == "mask")
        .map(|(_, flag)| flag.text())
        .collect();
    tree.is_whole && flags == ["false"]
}
