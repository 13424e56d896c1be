//! The project file's sections, from tree to [`Project`].
//!
//! What a setting may look like is `project_words.rs`'s, where variables come from `project_env.rs`'s.

use crate::problem::Problem;
use crate::quota::{Limit, Quota, Quotas};
use crate::secret::Secret;
use crate::timestamp::Zone;
use crate::wire::Vendor;

use super::codes;
use super::findings::{Findings, Wanted};
use super::project::{Env, GetuiAccount, JpushAccount, Project, StateLocation};
use super::project_env::{Expanded, expand};
use super::project_schema as keys;
use super::project_words::{BUDGET_MS_MAX, Setting};
use super::source::{Source, quoted};
use super::tree::{At, Shape};
use super::url;

/// The limits of one name, with what holds unless the file says otherwise.
struct Limits {
    name: &'static str,
    list: Vec<Limit>,
}

/// What the documents state, and where they state nothing, what is known to be safe (`contract.md`).
fn default_limits(vendor: Vendor) -> Vec<Limits> {
    let rows: &[(&'static str, &[&str])] = match vendor {
        Vendor::Getui => &[
            ("requests", &["1200/1m"]),
            ("tag_batch", &["100/1m", "10000/1d"]),
            ("tag_overwrite_per_user", &["1/1d"]),
            ("device_token", &["1000/1m"]),
            // Signing in; not in the file because nobody buys more of it.
            ("auth", &["100/1m", "100000/1d"]),
        ],
        Vendor::Jpush => &[("requests", &["600/1m"])],
    };
    let list = |texts: &[&str]| texts.iter().filter_map(|text| Limit::parse(text).ok()).collect();
    rows.iter().map(|(name, texts)| Limits { name, list: list(texts) }).collect()
}

/// A reading under way.
pub(super) struct Reader<'e> {
    pub(super) findings: Findings,
    pub(super) env: Env<'e>,
}

impl Reader<'_> {
    pub(super) fn nothing(&mut self, text: &Source) {
        let problem =
            Problem::error(codes::WRONG_TYPE, "the project file is empty").at(text.place(1, 0..0), "");
        self.findings.placed.push(problem.help("`pushform init` writes one"));
    }

    pub(super) fn project(&mut self, root: At<'_>, project: &mut Project) {
        let mut quotas = Vec::new();
        let entries = self.findings.keyed(root, "the project file", keys::PROJECT_KEYS);
        for (key, value) in &entries {
            match key.text() {
                "getui" => project.getui = self.getui(*key, *value, &mut project.zones.getui, &mut quotas),
                "jpush" => project.jpush = self.jpush(*key, *value, &mut project.zones.jpush, &mut quotas),
                "state" => self.state(*value, project),
                "manifests" => self.manifests(*value, project),
                _ => self.policy(*value, project),
            }
        }
        quotas.sort_by_key(|quota: &Quota| quota.vendor);
        project.quotas = Quotas::new(quotas);
        let has_vendor = entries.iter().any(|(key, _)| matches!(key.text(), "getui" | "jpush"));
        if root.shape() == Shape::Map && !has_vendor {
            let problem =
                Problem::warning(codes::NO_VENDOR, "the project has neither a `getui` nor a `jpush` account");
            self.findings.placed.push(problem.at(root.place(), "").help("add a section with the app's keys"));
        }
    }

    fn getui(
        &mut self,
        key: At<'_>,
        at: At<'_>,
        zone: &mut Zone,
        quotas: &mut Vec<Quota>,
    ) -> Option<GetuiAccount> {
        let (mut app_id, mut app_key, mut secret) = (None, None, None);
        let mut base_url = Some("https://restapi.getui.com/v2".to_owned());
        let mut limits = default_limits(Vendor::Getui);
        let entries = self.findings.keyed(at, "`getui`", keys::GETUI_KEYS);
        for (key, value) in &entries {
            match key.text() {
                "app_id" => app_id = self.text(*value, Setting::Account),
                "app_key" => app_key = self.secret(*key, *value, Vendor::Getui),
                "master_secret" => secret = self.secret(*key, *value, Vendor::Getui),
                "base_url" => self.base_url(*value, &mut base_url),
                "time_zone" => self.zone(*value, zone),
                _ => self.limits(*value, keys::GETUI_LIMITS, &mut limits),
            }
        }
        self.required(key, at, &entries, &["app_id", "app_key", "master_secret"]);
        if let (Some((_, value)), Some(base)) =
            (entries.iter().find(|(key, _)| key.text() == "base_url"), &base_url)
            && let Some(fault) = url::getui_fault(base, app_id.as_deref())
        {
            let problem = Problem::warning(codes::BASE_URL, fault).at(value.place(), "");
            self.findings.placed.push(problem.help("it looks like https://restapi.getui.com/v2"));
        }
        quotas.extend(limits.into_iter().map(|limits| quota(Vendor::Getui, limits, zone, 0)));
        Some(GetuiAccount {
            app_id: app_id?,
            app_key: Secret::new(app_key?),
            master_secret: Secret::new(secret?),
            base_url: base_url?,
        })
    }

    fn jpush(
        &mut self,
        key: At<'_>,
        at: At<'_>,
        zone: &mut Zone,
        quotas: &mut Vec<Quota>,
    ) -> Option<JpushAccount> {
        let (mut app_key, mut secret, mut reserve_percent) = (None, None, 50);
        let mut base_url = Some("https://api.jpush.cn".to_owned());
        let mut limits = default_limits(Vendor::Jpush);
        let entries = self.findings.keyed(at, "`jpush`", keys::JPUSH_KEYS);
        for (key, value) in &entries {
            match key.text() {
                "app_key" => app_key = self.text(*value, Setting::Account),
                "master_secret" => secret = self.secret(*key, *value, Vendor::Jpush),
                "base_url" => self.base_url(*value, &mut base_url),
                "time_zone" => self.zone(*value, zone),
                "limits" => self.limits(*value, keys::JPUSH_LIMITS, &mut limits),
                _ => self.number(*value, Setting::Percent, &mut reserve_percent),
            }
        }
        self.required(key, at, &entries, &["app_key", "master_secret"]);
        quotas.extend(limits.into_iter().map(|limits| quota(Vendor::Jpush, limits, zone, reserve_percent)));
        Some(JpushAccount {
            app_key: app_key?,
            master_secret: Secret::new(secret?),
            base_url: base_url?,
            reserve_percent,
        })
    }

    fn required(&mut self, key: At<'_>, at: At<'_>, entries: &[(At<'_>, At<'_>)], names: &[&str]) {
        if at.shape() != Shape::Map {
            return;
        }
        for name in names {
            if !entries.iter().any(|(key, _)| key.text() == *name) {
                let variable = format!("{}_{}", key.text(), name).to_uppercase();
                let help = format!("add `{name}: ${{{variable}}}`");
                self.findings.missing_key(key, &quoted(key.text()), name, &help);
            }
        }
    }

    /// The text of a setting, references expanded; says so where it is none.
    fn setting(&mut self, at: At<'_>, setting: Setting) -> Option<Expanded> {
        let text = self.findings.text(at, "a setting")?;
        if !text.contains("${") {
            if setting.is_met(text) {
                return Some(Expanded { text: text.to_owned(), is_known: true });
            }
            // A secret, or an address with a password in it, is not repeated.
            let what = match setting {
                Setting::Secret | Setting::State | Setting::Url => "this".to_owned(),
                _ if text.is_empty() => "an empty text".to_owned(),
                _ => at.quoted(),
            };
            self.findings.error_at(at, setting.code(), format!("{what} cannot stand here"), setting.help());
            return None;
        }
        match expand(text, self.env) {
            Ok(expanded) if !expanded.is_known || setting.is_met(&expanded.text) => Some(expanded),
            Ok(_) => {
                let what = "what the environment gives cannot stand here".to_owned();
                self.findings.error_at(at, codes::EXPANDED, what, format!("wanted: {}", setting.help()));
                None
            }
            Err(problems) => {
                for problem in problems {
                    self.findings.placed.push(problem.at(at.place(), ""));
                }
                None
            }
        }
    }

    /// The text of a setting, with a variable's name in the place of what is not known.
    fn text(&mut self, at: At<'_>, setting: Setting) -> Option<String> {
        self.setting(at, setting).map(|expanded| expanded.text)
    }

    /// A secret; one that stands in the file, and not in a variable, is warned of.
    fn secret(&mut self, key: At<'_>, at: At<'_>, vendor: Vendor) -> Option<String> {
        let secret = self.text(at, Setting::Secret)?;
        if literal(at.text()) {
            let variable = format!("{}_{}", vendor.word(), key.text()).to_uppercase();
            let what = format!("the secret {} stands in the file", quoted(key.text()));
            let help = format!("take it from the environment: `{}: ${{{variable}}}`", key.text());
            let problem = Problem::warning(codes::LITERAL_SECRET, what).at(key.place(), "").help(help);
            self.findings.placed.push(problem);
        }
        Some(secret)
    }

    /// The text of a setting, if it is known.
    fn known(&mut self, at: At<'_>, setting: Setting) -> Option<String> {
        self.setting(at, setting).filter(|expanded| expanded.is_known).map(|expanded| expanded.text)
    }

    fn base_url(&mut self, at: At<'_>, base_url: &mut Option<String>) {
        let Some(text) = self.known(at, Setting::Url) else { return };
        match url::read(&text) {
            Ok(read) => *base_url = Some(read),
            Err(why) => {
                let help = "secrets are sent there: it is https, or http to 127.0.0.1, [::1] or localhost";
                self.findings.error_at(at, codes::BASE_URL, format!("this address {why}"), help);
            }
        }
    }

    fn zone(&mut self, at: At<'_>, zone: &mut Zone) {
        let Some(text) = self.known(at, Setting::Zone) else { return };
        match Zone::named(&text) {
            Ok(named) => *zone = named,
            Err(why) => self.findings.error_at(at, codes::UNKNOWN_ZONE, why, Setting::Zone.help()),
        }
    }

    fn limits(&mut self, at: At<'_>, known: &[&str], limits: &mut [Limits]) {
        for (key, value) in self.findings.keyed(at, "`limits`", known) {
            let list = match value.shape() {
                Shape::List => {
                    let count = value.items().count();
                    if count == 0 || count > keys::LIMITS_MAX {
                        let what = format!("there are 1 to {} limits, not {count}", keys::LIMITS_MAX);
                        self.findings.error_at(value, codes::COUNT, what, Setting::Limit.help());
                    }
                    value.items().take(keys::LIMITS_MAX).filter_map(|item| self.limit(item)).collect()
                }
                Shape::Text => self.limit(value).into_iter().collect(),
                Shape::Null | Shape::Map | Shape::Refused => {
                    self.findings.wrong_type(value, "a limit", Wanted::TextOrList);
                    Vec::new()
                }
            };
            if let Some(named) = limits.iter_mut().find(|limits| limits.name == key.text())
                && !list.is_empty()
            {
                named.list = list;
            }
        }
    }

    fn limit(&mut self, at: At<'_>) -> Option<Limit> {
        let text = self.known(at, Setting::Limit)?;
        Limit::parse(&text)
            .map_err(|why| self.findings.error_at(at, codes::LIMIT_RANGE, why, Setting::Limit.help()))
            .ok()
    }

    fn number<T: std::str::FromStr>(&mut self, at: At<'_>, setting: Setting, number: &mut T) {
        if let Some(text) = self.known(at, setting)
            && let Ok(read) = text.trim_end_matches('%').parse()
        {
            *number = read;
        }
    }

    fn state(&mut self, at: At<'_>, project: &mut Project) {
        let others = self.env;
        if let Env::StateOnly(look_up) = others {
            self.env = Env::Lookup(look_up);
        }
        let known = self.known(at, Setting::State);
        self.env = others;
        let Some(text) = known else { return };
        let is_url = !text.starts_with("sqlite:");
        if is_url && literal(at.text()) && has_password(at.text()) {
            let what = "the password of the state's database stands in the file";
            let help = "take the whole address from the environment: `state: ${PUSHFORM_STATE}`";
            self.findings
                .placed
                .push(Problem::warning(codes::LITERAL_SECRET, what).at(at.place(), "").help(help));
        }
        project.state = match text.strip_prefix("sqlite:") {
            Some(path) => StateLocation::Sqlite(project.folder.join(path)),
            None => StateLocation::Postgres(Secret::new(text)),
        };
    }

    fn manifests(&mut self, at: At<'_>, project: &mut Project) {
        if at.shape() != Shape::List {
            return self.findings.wrong_type(at, "`manifests`", Wanted::List);
        }
        project.manifests.clear();
        for item in at.items() {
            project.manifests.extend(self.known(item, Setting::Path));
        }
    }

    fn policy(&mut self, at: At<'_>, project: &mut Project) {
        for (key, value) in self.findings.keyed(at, "`policy`", keys::POLICY_KEYS) {
            match key.text() {
                "max_deletes" => {
                    for (key, value) in self.findings.keyed(value, "`max_deletes`", keys::MAX_DELETES_KEYS) {
                        match key.text() {
                            "percent" => self.number(value, Setting::Share, &mut project.max_deletes_percent),
                            _ => self.number(value, Setting::Rows, &mut project.max_deletes_at_least),
                        }
                    }
                }
                "mask" => project.mask = self.flag(value),
                _ => self.budget(value, project),
            }
        }
    }

    /// Whether something is wanted; what cannot be read is, since it hides.
    fn flag(&mut self, at: At<'_>) -> bool {
        match self.findings.text(at, "a setting") {
            Some(text) if Setting::Flag.is_met(text) => text == "true",
            Some(_) => {
                let what = format!("{} cannot stand here", at.quoted());
                self.findings.error_at(at, Setting::Flag.code(), what, Setting::Flag.help());
                true
            }
            None => true,
        }
    }

    fn budget(&mut self, at: At<'_>, project: &mut Project) {
        let Some(text) = self.known(at, Setting::Length) else { return };
        match crate::quota::limit::parse_length(&text) {
            Some(ms) if ms <= BUDGET_MS_MAX => project.refresh_budget_ms = ms,
            Some(_) | None => {
                let what = format!("{} is longer than a day", quoted(&text));
                self.findings.error_at(at, codes::LIMIT_RANGE, what, Setting::Length.help());
            }
        }
    }
}

/// Whether an address has a password that is no reference.
fn has_password(text: &str) -> bool {
    let user =
        text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map_or("", |(user, _)| user);
    user.split_once(':').is_some_and(|(_, password)| literal(password))
}

/// Whether a secret can be read in a text: outside of its references, or as what stands in for one.
fn literal(text: &str) -> bool {
    match expand(text, Env::Lookup(&|_| Some(String::new()))) {
        Ok(expanded) => !expanded.text.is_empty(),
        Err(_) => false,
    }
}

fn quota(vendor: Vendor, limits: Limits, zone: &Zone, reserve_percent: u32) -> Quota {
    Quota { vendor, name: limits.name, limits: limits.list, zone: zone.clone(), reserve_percent }
}
