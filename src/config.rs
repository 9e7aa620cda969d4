//! Configuration: flag > `SWJ_*` > `--config`/`SWJ_CONFIG` > user's file > `/etc/swj/config.toml` > built-in.
//!
//! Never read from the current folder: cron runs as root wherever it happens to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure, of_file};
use crate::locale::Language;
use crate::say;

/// Every key there is, with its built-in value ("" = none) and the variable that overrides it.
pub const KEYS: &[Key] = &[
    Key { name: "language", built_in: "", variable: "SWJ_LANG" },
    Key { name: "database.url", built_in: "", variable: "SWJ_DATABASE" },
    Key { name: "attachments.folder", built_in: "", variable: "SWJ_ATTACHMENTS" },
    Key { name: "backup.repository", built_in: "", variable: "SWJ_BACKUP_REPOSITORY" },
    Key { name: "backup.password_file", built_in: "", variable: "SWJ_BACKUP_PASSWORD_FILE" },
    Key { name: "actor", built_in: "", variable: "SWJ_ACTOR" },
    Key { name: "people.password_algorithm", built_in: "argon2id", variable: "SWJ_PEOPLE_PASSWORD_ALGORITHM" },
    Key { name: "people.password_length", built_in: "10", variable: "SWJ_PEOPLE_PASSWORD_LENGTH" },
    Key { name: "people.password_classes", built_in: "3", variable: "SWJ_PEOPLE_PASSWORD_CLASSES" },
    Key { name: "people.password_history", built_in: "5", variable: "SWJ_PEOPLE_PASSWORD_HISTORY" },
    Key { name: "people.purge_days", built_in: "1095", variable: "SWJ_PEOPLE_PURGE_DAYS" },
    Key { name: "permissions", built_in: "", variable: "SWJ_PERMISSIONS" },
    Key { name: "calendar.pause_counts_first_day", built_in: "false", variable: "SWJ_CALENDAR_PAUSE_COUNTS_FIRST_DAY" },
    Key { name: "case.yellow_days", built_in: "1", variable: "SWJ_CASE_YELLOW_DAYS" },
    Key { name: "disclosure.consulted_from", built_in: "sent", variable: "SWJ_DISCLOSURE_CONSULTED_FROM" },
    Key { name: "disclosure.organ_code", built_in: "", variable: "SWJ_DISCLOSURE_ORGAN_CODE" },
    Key { name: "disclosure.serial_digits", built_in: "5", variable: "SWJ_DISCLOSURE_SERIAL_DIGITS" },
    Key { name: "disclosure.forms_folder", built_in: "/etc/swj/forms.d", variable: "SWJ_DISCLOSURE_FORMS" },
    Key { name: "audit.rules_folder", built_in: "/etc/swj/audit.d", variable: "SWJ_AUDIT_RULES" },
    Key { name: "audit.level", built_in: "3", variable: "SWJ_AUDIT_LEVEL" },
    Key { name: "audit.waivers_file", built_in: "", variable: "SWJ_AUDIT_WAIVERS" },
    Key { name: "audit.dormant_days", built_in: "90", variable: "SWJ_AUDIT_DORMANT_DAYS" },
    Key { name: "audit.password_days", built_in: "90", variable: "SWJ_AUDIT_PASSWORD_DAYS" },
    Key { name: "audit.initial_password_days", built_in: "7", variable: "SWJ_AUDIT_INITIAL_PASSWORD_DAYS" },
    Key { name: "audit.fail_limit", built_in: "5", variable: "SWJ_AUDIT_FAIL_LIMIT" },
    Key { name: "audit.system_administrators_max", built_in: "3", variable: "SWJ_AUDIT_SYSTEM_ADMINISTRATORS_MAX" },
    Key { name: "audit.full_backup_days", built_in: "7", variable: "SWJ_AUDIT_FULL_BACKUP_DAYS" },
    Key { name: "audit.backup_hours", built_in: "24", variable: "SWJ_AUDIT_BACKUP_HOURS" },
    Key { name: "audit.drill_months", built_in: "6", variable: "SWJ_AUDIT_DRILL_MONTHS" },
    Key { name: "audit.unit_idle_days", built_in: "30", variable: "SWJ_AUDIT_UNIT_IDLE_DAYS" },
    Key { name: "audit.receipt_hours", built_in: "24", variable: "SWJ_AUDIT_RECEIPT_HOURS" },
    Key { name: "audit.checkpoint_hours", built_in: "24", variable: "SWJ_AUDIT_CHECKPOINT_HOURS" },
    Key { name: "audit.log_months", built_in: "6", variable: "SWJ_AUDIT_LOG_MONTHS" },
    Key { name: "audit.transfer_days", built_in: "30", variable: "SWJ_AUDIT_TRANSFER_DAYS" },
    Key { name: "audit.transfer_years", built_in: "5", variable: "SWJ_AUDIT_TRANSFER_YEARS" },
    Key { name: "audit.reassess_months", built_in: "12", variable: "SWJ_AUDIT_REASSESS_MONTHS" },
    Key { name: "audit.roster_days", built_in: "7", variable: "SWJ_AUDIT_ROSTER_DAYS" },
    Key { name: "audit.virus_days", built_in: "7", variable: "SWJ_AUDIT_VIRUS_DAYS" },
    Key { name: "audit.critical_days", built_in: "3", variable: "SWJ_AUDIT_CRITICAL_DAYS" },
    Key { name: "audit.high_days", built_in: "15", variable: "SWJ_AUDIT_HIGH_DAYS" },
    Key { name: "log.key", built_in: "", variable: "SWJ_LOG_KEY" },
    Key { name: "log.anchor", built_in: "", variable: "SWJ_LOG_ANCHOR" },
    Key { name: "log.keep_months", built_in: "6", variable: "SWJ_LOG_KEEP_MONTHS" },
];

/// What the administrator's file says of these, nobody who is held to them changes: neither by a file of his own nor by the
/// environment.
const SAFEGUARDS: [&str; 8] = [
    "permissions",
    "people.password_algorithm",
    "people.password_length",
    "people.password_classes",
    "people.password_history",
    "people.purge_days",
    "audit.system_administrators_max",
    "log.keep_months",
];

/// One configuration key.
pub struct Key {
    pub name: &'static str,
    pub built_in: &'static str,
    pub variable: &'static str,
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    /// `built-in`, `/etc/swj/config.toml` or `SWJ_DATABASE`.
    pub origin: String,
}

/// The configuration of one run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    values: BTreeMap<&'static str, Value>,
    /// `[actors]`: operating-system user → OA login, and the file that says so.
    actors: BTreeMap<String, Value>,
    /// The administrator's file, which nobody who runs the program can choose.
    site: PathBuf,
}

/// Whom the operating-system user acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acting {
    /// Bound by `[actors]`, or named by `actor` where there is no `[actors]`.
    As(String),
    /// Nobody is named.
    Nobody,
    /// There is an `[actors]`, and this user is not in it.
    Unbound { file: String },
    /// `[actors]` binds him to one login, and he wants to be another.
    Another { bound: String, file: String, wanted: String, origin: String },
}

/// Whose rights are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// Nobody's: who acts is only written down.
    Off,
    /// Those of whoever says who he is.
    Bound,
    /// Everybody's: who is not known may do nothing.
    Enforced,
}

impl Permissions {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Bound => "bound",
            Self::Enforced => "enforced",
        }
    }
}

impl Config {
    /// Reads the files and the environment.
    ///
    /// # Errors
    /// A file named by `--config` or `SWJ_CONFIG` that is not there, a file that is
    /// no TOML, an unknown key.
    pub fn read(named: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let mut config = Self { site: site(&env), ..Self::default() };
        for key in KEYS {
            config.set(key.name, key.built_in, "built-in");
        }
        for (path, must_exist) in files(named, &env) {
            match std::fs::read_to_string(&path) {
                Ok(text) => config.overlay(&path, &text)?,
                Err(error) if !must_exist && error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure { exit: Exit::Usage, ..of_file(&path, &error) }),
            }
        }
        for key in KEYS {
            if let Some(text) = env(key.variable).filter(|text| !text.is_empty()) {
                config.set(key.name, &text, key.variable);
            }
        }
        let said = config.get("permissions").unwrap_or_default();
        if !["", "off", "enforce"].contains(&said) {
            let failure = Failure::new("config.permissions", Exit::Usage, say!("config-permissions", value = said));
            return Err(failure.hint(say!("config-permissions-hint")));
        }
        Ok(config)
    }

    fn set(&mut self, name: &'static str, text: &str, origin: &str) {
        let fixed = SAFEGUARDS.contains(&name) && self.values.get(name).is_some_and(|value| Path::new(&value.origin) == self.site);
        if fixed {
            return;
        }
        self.values.insert(name, Value { text: text.to_owned(), origin: origin.to_owned() });
    }

    fn overlay(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1) as u64);
            Failure::new("config.not-toml", Exit::Usage, say!("config-not-toml", detail = error.message().to_owned()))
                .in_file(path)
                .at_line(line)
        })?;
        if let Some(actors) = table.remove("actors") {
            self.bind(path, &actors)?;
        }
        let mut found = Vec::new();
        flatten("", &table, &mut found);
        for (name, value) in found {
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                return Err(unknown_key(path, text, &name));
            };
            self.set(key.name, &value, &path.display().to_string());
        }
        Ok(())
    }

    /// Takes `[actors]` from the first file that has one: files come in the order of who wrote them, the administrator's
    /// first, and nobody binds himself anew in a file of his own.
    fn bind(&mut self, path: &Path, actors: &toml::Value) -> Result<(), Failure> {
        let wrong = || Failure::new("config.actors", Exit::Usage, say!("config-actors")).hint(say!("config-actors-hint")).in_file(path);
        let pairs = actors.as_table().ok_or_else(wrong)?;
        let first = self.actors.is_empty();
        for (user, login) in pairs {
            let login = login.as_str().filter(|login| !login.is_empty()).ok_or_else(wrong)?;
            if first {
                self.actors.insert(user.clone(), Value { text: login.to_owned(), origin: path.display().to_string() });
            }
        }
        Ok(())
    }

    /// Whom an operating-system user acts as; behind sudo he has two names, his own first.
    pub fn acting(&self, names: &[String]) -> Acting {
        let named = self.values.get("actor").filter(|value| !value.text.is_empty());
        let Some(any) = self.actors.values().next() else {
            return named.map_or(Acting::Nobody, |value| Acting::As(value.text.clone()));
        };
        match (names.iter().find_map(|name| self.actors.get(name)), named) {
            (None, _) => Acting::Unbound { file: any.origin.clone() },
            (Some(bound), Some(named)) if named.text != bound.text => Acting::Another {
                bound: bound.text.clone(),
                file: bound.origin.clone(),
                wanted: named.text.clone(),
                origin: named.origin.clone(),
            },
            (Some(bound), _) => Acting::As(bound.text.clone()),
        }
    }

    /// Whose rights are looked at. `[actors]` enforces them, unless the same file says `permissions = "off"`.
    pub fn permissions(&self) -> Permissions {
        let said = self.values.get("permissions");
        let text = said.map_or("", |value| value.text.as_str());
        let file = self.actors.values().next().map(|value| &value.origin);
        match (text, file) {
            ("off", Some(file)) if said.is_some_and(|value| value.origin == *file) => Permissions::Off,
            ("enforce", _) | (_, Some(_)) => Permissions::Enforced,
            ("off", None) => Permissions::Off,
            _ => Permissions::Bound,
        }
    }

    /// `[actors]`, by operating-system user.
    pub fn actors(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.actors.iter().map(|(user, value)| (user.as_str(), value))
    }

    /// The value of a key; none when it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// A whole number.
    ///
    /// # Errors
    /// The value is no whole number.
    pub fn number(&self, name: &'static str) -> Result<i64, Failure> {
        let text = self.get(name).unwrap_or_default();
        // Nothing that is counted here goes beyond a hundred years of days.
        text.parse().ok().filter(|number| (0..=36_500).contains(number)).ok_or_else(|| {
            Failure::new("config.not-a-number", Exit::Usage, say!("config-not-a-number", key = name, value = text.to_owned()))
        })
    }

    /// Whether somebody set it.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value.origin != "built-in")
    }

    /// A path; `~` is not expanded, relative paths are refused by the callers that need absolute ones.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// The configured language.
    pub fn language(&self) -> Option<Language> {
        self.get("language").and_then(Language::from_name)
    }

    /// Every key with its value and origin, by name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }
}

/// The administrator's file. Test builds read it from where `SWJ_TEST_ETC` says; release builds do not, so that nobody
/// can put his own in its place.
fn site(env: &impl Fn(&str) -> Option<String>) -> PathBuf {
    let moved = if cfg!(debug_assertions) { env("SWJ_TEST_ETC") } else { None };
    moved.map_or_else(|| PathBuf::from("/etc/swj/config.toml"), PathBuf::from)
}

/// The files to read, weakest first, and whether each must exist.
fn files(named: Option<&Path>, env: &impl Fn(&str) -> Option<String>) -> Vec<(PathBuf, bool)> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let mut list = vec![(site(env), false)];
    let home = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| set("HOME").map(|home| Path::new(&home).join(".config")));
    if let Some(home) = home {
        list.push((home.join("swj/config.toml"), false));
    }
    if let Some(path) = named.map(Path::to_owned).or_else(|| set("SWJ_CONFIG").map(PathBuf::from)) {
        list.push((path, true));
    }
    list
}

fn flatten(prefix: &str, table: &toml::Table, found: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, found),
            toml::Value::String(text) => found.push((name, text.clone())),
            other => found.push((name, other.to_string())),
        }
    }
}

fn unknown_key(path: &Path, text: &str, name: &str) -> Failure {
    let last = name.rsplit('.').next().unwrap_or(name);
    let line = text.lines().position(|line| line.trim_start().starts_with(last)).map_or(1, |at| at as u64 + 1);
    let nearest = KEYS.iter().map(|key| key.name).min_by_key(|known| distance(known, name)).unwrap_or_default();
    Failure::new("config.unknown-key", Exit::Usage, say!("config-unknown-key", key = name.to_owned()))
        .hint(say!("config-unknown-key-hint", nearest = nearest))
        .in_file(path)
        .at_line(line)
}

/// How many letters to change to get from one word to the other (Levenshtein).
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, env: &[(&str, &str)]) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(Some(&path), |name| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_origin_is_kept() {
        let config = read("[database]\nurl = 'a.db'\n[audit]\nfail_limit = 7", &[("SWJ_DATABASE", "b.db")]).unwrap();
        assert_eq!(config.get("database.url"), Some("b.db"));
        assert_eq!(config.number("audit.fail_limit").unwrap(), 7);
        let origins: BTreeMap<_, _> = config.all().map(|(name, value)| (name, value.origin.clone())).collect();
        assert_eq!(origins["database.url"], "SWJ_DATABASE");
        assert_eq!(origins["audit.dormant_days"], "built-in");
    }

    #[test]
    fn the_administrators_file_says_who_is_who_and_nobody_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let (site, own) = (folder.path().join("etc.toml"), folder.path().join("own.toml"));
        std::fs::write(&site, "[log]\nkeep_months = 24\n[people]\npassword_length = 14\n[actors]\n'li.hua' = 'lihua'").unwrap();
        let own_words =
            "permissions = 'off'\n[log]\nkeep_months = 6\n[people]\npurge_days = 30\n[actors]\n'li.hua' = 'lina'\nmallory = 'lina'";
        std::fs::write(&own, own_words).unwrap();
        let at = site.display().to_string();
        let read = |actor: Option<&str>| {
            Config::read(Some(&own), |name| match name {
                "SWJ_TEST_ETC" => Some(at.clone()),
                "SWJ_ACTOR" => actor.map(str::to_owned),
                "SWJ_PERMISSIONS" => Some("off".to_owned()),
                "SWJ_PEOPLE_PASSWORD_LENGTH" => Some("1".to_owned()),
                _ => None,
            })
            .unwrap()
        };
        let number = |key| read(None).number(key).unwrap();
        assert_eq!((number("log.keep_months"), number("people.password_length"), number("people.purge_days")), (24, 14, 30));
        let acting = |actor, user: &str| read(actor).acting(&[user.to_owned()]);
        assert_eq!(acting(None, "li.hua"), Acting::As("lihua".to_owned()));
        assert_eq!(acting(Some("lihua"), "li.hua"), Acting::As("lihua".to_owned()));
        assert!(matches!(acting(Some("lina"), "li.hua"), Acting::Another { bound, .. } if bound == "lihua"));
        assert!(matches!(acting(Some("lina"), "mallory"), Acting::Unbound { .. }));
        assert_eq!(read(None).permissions(), Permissions::Enforced);
    }

    #[test]
    fn who_is_named_is_held_to_his_rights_and_who_is_not_is_free_until_a_site_says_otherwise() {
        let mode = |text: &str| read(text, &[]).unwrap().permissions();
        assert_eq!(mode(""), Permissions::Bound);
        assert_eq!(mode("permissions = 'off'"), Permissions::Off);
        assert_eq!(mode("permissions = 'enforce'"), Permissions::Enforced);
        assert_eq!(mode("[actors]\nroot = 'lina'"), Permissions::Enforced);
        assert_eq!(mode("permissions = 'off'\n[actors]\nroot = 'lina'"), Permissions::Off);
        assert!(read("permissions = 'maybe'", &[]).is_err());
        assert!(read("[actors]\nroot = 7", &[]).is_err());
        assert_eq!(read("actor = 'lina'", &[]).unwrap().acting(&["root".to_owned()]), Acting::As("lina".to_owned()));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
        let failure = read("language = 'en'\n[database]\nulr = 'a.db'", &[]).unwrap_err();
        assert_eq!(failure.code, "config.unknown-key");
        assert_eq!(failure.place.line, Some(3));
        assert!(failure.hint.unwrap().contains("database.url"));
    }
}
