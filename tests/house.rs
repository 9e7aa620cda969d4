//! The walls of the house: imports point one way, both schemas agree, both languages agree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::{Engine, Office, root, sqlite_only};

fn files(under: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(under), ending, &mut found);
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// `crate::x` and `use crate::{…}` names in a file.
fn rooms(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in source.match_indices("crate::") {
        let rest = &source[at + "crate::".len()..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        found.insert(name);
    }
    found
}

#[test]
fn diesel_lives_in_one_room() {
    for path in files("src", ".rs") {
        let inside = path.starts_with(root().join("src/db"));
        assert!(inside || !text(&path).contains("diesel::"), "{} knows diesel", path.display());
    }
}

#[test]
fn imports_point_one_way() {
    let leaves = ["db", "view", "intake", "locale.rs"];
    let quiet = ["people", "catalogue", "calendar", "disclosure", "demo", "plan.rs"];
    for path in files("src", ".rs") {
        let relative = path.strip_prefix(root().join("src")).unwrap();
        let room = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let source = text(&path);
        // What stands below the tests of a file may look around.
        let source = source.split("#[cfg(test)]\nmod").next().unwrap();
        let used = rooms(source);
        let own = room.trim_end_matches(".rs");
        if leaves.contains(&room) {
            let others: Vec<_> = used.iter().filter(|name| *name != own && *name != "locale").collect();
            assert!(others.is_empty(), "{} imports {others:?}", path.display());
        }
        if quiet.contains(&room) {
            for foreign in ["db", "cli", "view", "context", "clock", "config"] {
                assert!(!used.contains(foreign), "{} imports {foreign}", path.display());
            }
        }
        if room != "cli" && room != "main.rs" && room != "lib.rs" {
            assert!(!used.contains("cli"), "{} imports the front desk", path.display());
        }
    }
}

#[test]
fn no_file_leaves_work_for_later() {
    for path in files("src", ".rs") {
        let source = text(&path);
        for word in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!source.contains(word), "{}: {word}", path.display());
        }
        if !path.starts_with(root().join("src/cli/completions.rs")) {
            assert!(!source.contains("println!"), "{} writes past the view", path.display());
        }
    }
}

#[test]
fn migrations_come_in_pairs() {
    let steps = |engine: &str| {
        files(&format!("sql/{engine}"), ".sql")
            .into_iter()
            .map(|path| path.strip_prefix(root().join("sql").join(engine)).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(steps("sqlite"), steps("postgres"));
    assert!(!steps("sqlite").is_empty());
}

#[test]
fn both_live_databases_have_the_same_structure() {
    if sqlite_only() {
        return;
    }
    let structure = |office: &Office| {
        let url = match office.engine {
            Engine::Sqlite => office.path(&office.url()).to_string_lossy().into_owned(),
            Engine::Postgres => office.url(),
        };
        swj::db::structure(&mut swj::db::Db::open(&swj::db::Url::parse(&url)).unwrap()).unwrap()
    };
    let (lite, pg) = (structure(&Office::ready(Engine::Sqlite)), structure(&Office::ready(Engine::Postgres)));
    assert_eq!(lite.len(), 79);
    for (lite, pg) in lite.iter().zip(&pg) {
        assert_eq!(
            (&lite.name, &lite.columns, &lite.primary_key, &lite.foreign_keys, &lite.indexes),
            (&pg.name, &pg.columns, &pg.primary_key, &pg.foreign_keys, &pg.indexes)
        );
        // SQLite's extra checks stand for the types PostgreSQL has.
        let lite_checks: Vec<_> =
            lite.checks.iter().filter(|(name, _)| !["_bool", "_date", "_instant", "_json"].iter().any(|end| name.ends_with(end))).collect();
        assert_eq!(lite_checks.iter().map(|(name, _)| *name).collect::<Vec<_>>(), pg.checks.keys().collect::<Vec<_>>(), "{}", lite.name);
        for (name, check) in lite_checks {
            assert_eq!(words_of(check), words_of(&pg.checks[name]), "{name}");
        }
    }
    assert_eq!(lite.iter().map(|table| &table.name).collect::<Vec<_>>(), pg.iter().map(|table| &table.name).collect::<Vec<_>>());
}

/// The literals and column names of a check; the engines write the rest in their own way.
fn words_of(check: &str) -> BTreeSet<String> {
    let plain = check.replace("::text", "").replace("'::character varying", "'");
    let literals = plain.split('\'').skip(1).step_by(2).map(str::to_owned);
    let names = plain
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .map(str::to_owned);
    literals.chain(names).collect()
}

/// Message ids with the variables each uses.
fn messages(language: &str) -> Vec<(String, BTreeSet<String>)> {
    let source = text(&root().join(format!("locale/{language}/swj.ftl")));
    let mut found: Vec<(String, BTreeSet<String>)> = source
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(" = "))
        .map(|line| {
            let (id, value) = line.split_once(" = ").unwrap();
            let variables = value.split("{ $").skip(1).map(|part| part.split([' ', '}']).next().unwrap().to_owned()).collect();
            (id.to_owned(), variables)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn both_languages_have_the_same_messages_and_variables() {
    assert_eq!(messages("en"), messages("zh-CN"));
    let ids: BTreeSet<_> = messages("en").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), messages("en").len(), "an id stands twice");
}

#[test]
fn every_message_is_used_and_every_used_one_exists() {
    let ids: BTreeSet<String> = messages("en").into_iter().map(|(id, _)| id).collect();
    let sources: String = files("src", ".rs").iter().map(|path| text(path)).collect();
    let literals: BTreeSet<&str> = sources.split('"').collect();
    let desk: String = files("src/cli", ".rs").iter().map(|path| text(path)).collect();
    let keys = |call: &str| -> BTreeSet<String> {
        desk.match_indices(call).map(|(at, _)| desk[at + call.len()..].split('"').next().unwrap().replace('_', "-")).collect()
    };
    let columns: BTreeSet<String> = keys("left(\"").into_iter().chain(keys("right(\"")).collect();
    for key in &columns {
        assert!(ids.contains(&format!("column-{key}")), "column {key} has no title");
    }
    for id in &ids {
        let used = literals.contains(id.as_str())
            || id.strip_prefix("column-").is_some_and(|key| columns.contains(key))
            || id.strip_prefix("rule-").or(id.strip_prefix("fix-")).is_some_and(|rule| literals.contains(rule));
        assert!(used, "message {id} is used nowhere");
    }
    let rules = ids.iter().filter_map(|id| id.strip_prefix("rule-"));
    for rule in rules {
        assert!(ids.contains(&format!("fix-{rule}")), "rule {rule} has no remedy");
    }
}

#[test]
fn help_fits_an_eighty_column_terminal_in_both_languages() {
    let office = Office::new(Engine::Sqlite);
    fn walk(command: &clap::Command, path: Vec<String>, office: &Office) {
        for language in ["zh", "en"] {
            let mut words = path.clone();
            words.extend(["--help", "--lang", language].map(String::from));
            let out = office.command().env("COLUMNS", "80").args(&words).output().unwrap();
            assert_eq!(out.status.code(), Some(0), "{path:?}");
            let help = String::from_utf8(out.stdout).unwrap();
            for line in help.lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= 80, "{path:?} {language}: {width} columns: {line}");
            }
            if language == "zh" {
                assert!(
                    !help.contains("Usage:")
                        && !help.contains("[OPTIONS]")
                        && !help.contains("alias")
                        && !help.contains("Options:")
                        && !help.contains("Print help"),
                    "{help}"
                );
            }
        }
        for sub in command.get_subcommands() {
            let mut deeper = path.clone();
            deeper.push(sub.get_name().to_owned());
            walk(sub, deeper, office);
        }
    }
    walk(&swj::cli::tree(), Vec::new(), &office);
}

#[test]
fn the_command_tree_is_sound() {
    swj::cli::tree().debug_assert();
}

#[test]
fn every_direct_dependency_says_why_it_is_there() {
    let manifest = text(&root().join("Cargo.toml"));
    let mut before = "";
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if inside && line.contains(" = ") && !line.starts_with('#') {
            assert!(before.starts_with('#'), "no reason for {line}");
        }
        before = line;
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = text(&root().join("tests/main.rs"));
    for path in files("tests", ".rs").into_iter().filter(|path| !path.starts_with(root().join("tests/fuzz"))) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = if name == "mod" { path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned() } else { name };
        let beside = std::fs::read_to_string(path.with_file_name("mod.rs")).unwrap_or_default();
        let line = format!("mod {name};");
        assert!(name == "main" || main.contains(&line) || beside.contains(&line), "{}", path.display());
    }
}
