//! The sections of a manifest, from tree to rows. What the keys are is `schema.rs`'s, CSV files are `records.rs`'s.
//!
//! It sees one place at a time: what several places mean together is `checks.rs`'s.

use crate::kind::{Definition, PropertyType, limits};
use crate::problem::Problem;
use crate::table::Kind;
use crate::text_rows::MEMBERS;
use crate::wire::Vendor;

use super::codes;
use super::compile::Compiler;
use super::findings::Wanted;
use super::records::Table;
use super::rows::Stream;
use super::schema;
use super::source::{is_home, nearest, quoted};
use super::tree::{At, Shape};
use super::words::Word;

impl Compiler<'_> {
    pub(super) fn document(&mut self, root: At<'_>) {
        if root.shape() == Shape::Null {
            return;
        }
        for (key, value) in self.findings.keyed(root, "a manifest", schema::MANIFEST_KEYS) {
            let vendor = if key.text() == Vendor::Getui.word() { Vendor::Getui } else { Vendor::Jpush };
            self.check_account(key, vendor);
            self.rows.has_section = true;
            match vendor {
                Vendor::Getui => self.getui(value),
                Vendor::Jpush => self.jpush(value),
            }
        }
    }

    fn check_account(&mut self, key: At<'_>, vendor: Vendor) {
        if self.accounts.contains(&vendor) {
            return;
        }
        let word = vendor.word();
        let what = format!("the project has no account for `{word}`");
        let help = format!("add a section `{word}:` with the app's keys to pushform.yaml");
        self.findings.error_at(key, codes::NO_ACCOUNT, what, help);
    }

    fn getui(&mut self, section: At<'_>) {
        for (key, value) in self.findings.keyed(section, "`getui`", schema::GETUI_KEYS) {
            match key.text() {
                "aliases" => self.aliases(value),
                "tag_sets" => self.tag_sets(value),
                "tag_members" => self.tag_members(value),
                "blacklist" => self.blacklist(value),
                _ => self.device_tokens(value),
            }
        }
    }

    fn jpush(&mut self, section: At<'_>) {
        for (key, value) in self.findings.keyed(section, "`jpush`", schema::JPUSH_KEYS) {
            match key.text() {
                "properties" => self.properties(value),
                _ => self.devices(value),
            }
        }
    }

    fn mark(&self, at: At<'_>) -> u32 {
        self.base + at.line()
    }

    /// `{from: FILE}`, read where it is one. A key `from` with a text behind it is taken for that wherever a file can
    /// stand, and then it stands alone.
    fn is_from(&mut self, at: At<'_>, table: Table<'_>) -> bool {
        let mut entries = at.entries();
        let Some((_, path)) = entries
            .find(|(key, value)| key.text() == "from" && matches!(value.shape(), Shape::Text | Shape::Null))
        else {
            return false;
        };
        for (key, value) in at.entries() {
            if key.text() != "from" {
                let what = format!("{} stands beside `from`", quoted(key.text()));
                let help = "what comes from a file stands alone; declare the rest in another document";
                self.findings.error_at(key, codes::UNKNOWN_KEY, what, help);
            } else if value.range() != path.range() {
                self.findings.duplicate_key(path, key);
            }
        }
        if let Some(text) = self.findings.text(path, "the path behind `from`") {
            if schema::path_fault(text) {
                let help = if is_home(text) {
                    "`~` is not expanded: write a path relative to this manifest, such as data/users.csv"
                } else {
                    "a path relative to this manifest, such as data/users.csv"
                };
                self.findings.error_at(
                    path,
                    codes::PATH,
                    format!(
                        "{} is no path of a file",
                        if text.is_empty() { "nothing".to_owned() } else { quoted(text) }
                    ),
                    help,
                );
            } else {
                self.table(path, text, table);
            }
        }
        true
    }

    fn aliases(&mut self, section: At<'_>) {
        if !self.findings.is_map(section, "`aliases`") || self.is_from(section, Table::Aliases) {
            return;
        }
        for (key, value) in section.entries() {
            let alias = self.findings.word(key, Word::Alias);
            let users = self.users_of(value);
            let Some(alias) = alias else { continue };
            self.rows.alias(alias, self.mark(key));
            for (user, mark) in users {
                self.rows.alias_user(alias, user, mark);
            }
        }
    }

    fn users_of<'a>(&mut self, value: At<'a>) -> Vec<(&'a str, u32)> {
        let mut users = Vec::new();
        match value.shape() {
            Shape::Text => users.extend(self.name(value, Word::User)),
            Shape::List => {
                for item in value.items() {
                    users.extend(self.name(item, Word::User));
                }
                let count = value.items().count();
                if count == 0 || count > limits::ALIAS_USERS_MAX {
                    let what = format!("an alias has 1 to {} users, not {count}", limits::ALIAS_USERS_MAX);
                    let help = if count == 0 {
                        "take the alias out altogether to unbind it"
                    } else {
                        "spread the users over several aliases, or use a tag"
                    };
                    self.findings.error_at(value, codes::COUNT, what, help);
                    users.truncate(limits::ALIAS_USERS_MAX);
                }
            }
            Shape::Null | Shape::Map | Shape::Refused => {
                self.findings.wrong_type(value, "the users of an alias", Wanted::TextOrList);
            }
        }
        users
    }

    /// A text, if it is such a word, and its mark.
    fn name<'a>(&mut self, at: At<'a>, word: Word) -> Option<(&'a str, u32)> {
        let text = self.findings.word(at, word)?;
        Some((text, self.mark(at)))
    }

    fn tag_sets(&mut self, section: At<'_>) {
        if !self.findings.is_map(section, "`tag_sets`") || self.is_from(section, Table::TagSets) {
            return;
        }
        for (key, value) in section.entries() {
            let user = self.name(key, Word::User);
            if value.shape() != Shape::List {
                self.findings.wrong_type(value, "a tag set", Wanted::List);
                continue;
            }
            let count = value.items().count();
            if count > limits::USER_TAGS_MAX {
                let what = format!("a user carries at most {} tags, not {count}", limits::USER_TAGS_MAX);
                self.findings.error_at(value, codes::COUNT, what, "leave some out");
            }
            let tags: Vec<(&str, u32)> = value.items().filter_map(|tag| self.name(tag, Word::Tag)).collect();
            let Some((user, mark)) = user else { continue };
            self.rows.declare(Stream::Sets, user, mark);
            let tags = tags.into_iter().take(limits::USER_TAGS_MAX).collect();
            self.rows.tag_set(user, tags);
        }
    }

    fn tag_members(&mut self, section: At<'_>) {
        if !self.findings.is_map(section, "`tag_members`") {
            return;
        }
        for (key, value) in section.entries() {
            let tag = self.name(key, Word::Tag);
            if let Some((name, mark)) = tag {
                self.rows.declare(Stream::Members, name, mark);
            }
            let table = Table::Members(tag.map(|(name, _)| name));
            for (user, mark) in self.listed(value, "the members of a tag", table) {
                if let Some((name, _)) = tag {
                    self.rows.push(Kind::Tag, user, name, MEMBERS, mark);
                }
            }
        }
    }

    fn blacklist(&mut self, section: At<'_>) {
        for (user, mark) in self.listed(section, "`blacklist`", Table::Blacklist) {
            self.rows.push(Kind::Blacklist, user, "", "", mark);
        }
    }

    /// The users of a list; those of a file go where `table` says.
    fn listed<'a>(&mut self, at: At<'a>, what: &str, table: Table<'_>) -> Vec<(&'a str, u32)> {
        match at.shape() {
            Shape::List => at.items().filter_map(|user| self.name(user, Word::User)).collect(),
            Shape::Map => {
                if !self.is_from(at, table) {
                    self.only_from(at, what);
                }
                Vec::new()
            }
            Shape::Text | Shape::Null | Shape::Refused => {
                self.findings.wrong_type(at, what, Wanted::ListOrFrom);
                Vec::new()
            }
        }
    }

    /// A mapping where only `{from: FILE}` could stand, and it is none.
    fn only_from(&mut self, at: At<'_>, what: &str) {
        let mut has_from = false;
        for (key, value) in self.findings.keyed(at, what, schema::FROM_KEYS) {
            has_from |= key.text() == "from";
            self.findings.text(value, "the path behind `from`");
        }
        if !has_from {
            self.findings.missing_key(at, what, "from", "write a list, or `{from: FILE}`");
        }
    }

    fn device_tokens(&mut self, section: At<'_>) {
        for (key, value) in self.findings.keyed(section, "`device_tokens`", &limits::CHANNELS) {
            let channel = key.text();
            let what = "the tokens of a channel";
            if !self.findings.is_map(value, what) || self.is_from(value, Table::Tokens(channel)) {
                continue;
            }
            for (key, value) in value.entries() {
                let user = self.name(key, Word::User);
                let token = self.name(value, Word::DeviceToken);
                if let (Some((user, mark)), Some((token, _))) = (user, token) {
                    self.rows.push(Kind::DeviceToken, user, channel, token, mark);
                }
            }
        }
    }

    fn properties(&mut self, section: At<'_>) {
        if !self.findings.is_map(section, "`properties`") {
            return;
        }
        for (key, value) in section.entries() {
            let name = self.name(key, Word::PropertyName);
            if name.is_some() {
                self.check_bytes(key, "a property's name", limits::PROPERTY_NAME_BYTES_MAX);
            }
            self.property(key, name, value);
        }
    }

    fn property(&mut self, key: At<'_>, name: Option<(&str, u32)>, value: At<'_>) {
        let what = format!("the property {}", quoted(key.text()));
        let (mut kind, mut description, mut is_protected, mut has_type) = (None, "", false, false);
        let is_map = value.shape() == Shape::Map;
        for (key, value) in self.findings.keyed(value, &what, schema::PROPERTY_KEYS) {
            match key.text() {
                "type" => {
                    has_type = true;
                    kind = self.property_type(value);
                }
                "description" => {
                    description = self.findings.word(value, Word::Description).unwrap_or_default();
                    self.check_bytes(value, "a description", limits::PROPERTY_DESCRIPTION_BYTES_MAX);
                }
                _ => is_protected = self.is_true(value),
            }
        }
        if is_map && !has_type {
            let help = "add one of: type: string, type: number, type: bool, type: datetime";
            self.findings.missing_key(key, &what, "type", help);
        }
        let Some((name, mark)) = name else {
            // Its values would be called undeclared, which it is not.
            self.rows.types.entry(key.text().to_owned()).or_insert(None);
            return;
        };
        self.rows.types.entry(name.to_owned()).or_insert(kind);
        let Some(kind) = kind else { return };
        let definition = Definition::encode(kind.word(), description);
        self.rows.push(Kind::Property, name, "", &definition, mark);
        if is_protected {
            self.rows.protected.insert(name.to_owned());
        }
    }

    fn property_type(&mut self, at: At<'_>) -> Option<PropertyType> {
        let text = self.findings.text(at, "the type of a property")?;
        let kind = PropertyType::from_word(text);
        if kind.is_none() {
            let words = PropertyType::ALL.map(PropertyType::word);
            let help = match nearest(text, &words) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", words.join(", ")),
            };
            self.findings.error_at(at, codes::CHOICE, format!("{} is no type", quoted(text)), help);
        }
        kind
    }

    fn is_true(&mut self, at: At<'_>) -> bool {
        let text = self.findings.text(at, "`prevent_destroy`").unwrap_or("false");
        if at.shape() == Shape::Text && !(at.is_plain() && matches!(text, "true" | "false")) {
            let what = format!("{} is neither `true` nor `false`", quoted(text));
            self.findings.error_at(at, codes::CHOICE, what, "write true or false, without quotes");
        }
        text == "true"
    }

    /// The vendor counts bytes, which no schema can; of characters there are not too many already.
    fn check_bytes(&mut self, at: At<'_>, what: &str, bytes_max: usize) {
        let (bytes, chars) = (at.text().len(), at.text().chars().count());
        if bytes > bytes_max && chars <= bytes_max {
            let what = format!("{what} has {bytes} bytes, {} too many", bytes - bytes_max);
            let help = format!("the vendor takes {bytes_max} bytes; a Chinese character has three");
            self.findings.error_at(at, codes::TOO_MANY_BYTES, what, help);
        }
    }

    fn devices(&mut self, section: At<'_>) {
        if !self.findings.is_map(section, "`devices`") || self.is_from(section, Table::Devices) {
            return;
        }
        for (key, values) in section.entries() {
            let device = self.name(key, Word::RegistrationId);
            if !self.findings.is_map(values, "the values of a device") {
                continue;
            }
            if let Some((name, mark)) = device {
                self.rows.declare(Stream::Devices, name, mark);
            }
            let mut found = Vec::new();
            for (key, value) in values.entries() {
                let property = self.name(key, Word::PropertyName);
                let value = self.name(value, Word::Value);
                if let (Some((property, mark)), Some((value, _))) = (property, value) {
                    found.push((property, value, mark));
                }
            }
            if let Some((device, _)) = device {
                self.rows.values(device, found);
            }
        }
    }

    /// Reads the table of a file.
    fn table(&mut self, at: At<'_>, path: &str, table: Table<'_>) {
        let file = self.file.clone();
        match self.files.data(&file, path) {
            Ok((file, bytes)) => self.records(&file, bytes, table),
            Err(Problem { code, severity, summary, help, .. }) => {
                self.findings.has_gaps = true;
                let problem = Problem { code, severity, summary, labels: Vec::new(), help };
                self.findings.placed.push(problem.at(at.place(), "named here"));
            }
        }
    }
}
