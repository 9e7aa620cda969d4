//! The last step of a restore: what is put in place is what was proved, and nothing that was there is lost.

use crate::support::{Engine, Office, on_each_engine, sqlite_only};

const REPO: &str = "--repository store --password-file password";

fn saved(engine: Engine) -> Office {
    let office = Office::ready(engine);
    office.run("unit add 01 --name 办公室 --parent 00").ends(0);
    office.secret("password", "correct horse");
    office.repository("store", "password");
    office.run(&format!("backup run {REPO}")).ends(0);
    office
}

fn units(office: &Office, url: &str) -> String {
    office.run(&format!("-d {url} unit list -f csv --fields code,name")).ends(0).stdout
}

#[test]
fn the_log_of_a_database_that_was_moved_away_is_not_read_into_the_restored_one() {
    let office = saved(Engine::Sqlite);
    let before = units(&office, &office.url());
    let path = office.path(&office.url());
    // A program that dies with its last words in the log only; then somebody moves the database and forgets the log.
    let mut shell = office.shell();
    shell.ask("PRAGMA wal_autocheckpoint = 0;");
    shell.ask("UPDATE unit SET name = 'FAKE'; SELECT 'done';");
    drop(shell);
    let log = std::path::PathBuf::from(format!("{}-wal", path.display()));
    assert!(log.metadata().unwrap().len() > 0);
    std::fs::rename(&path, office.path("moved.db")).unwrap();
    let ran = office.run(&format!("backup restore latest --to {} {REPO} --lang en", path.display())).ends(0);
    assert!(ran.stderr.contains("set aside"), "{ran:?}");
    assert_eq!(units(&office, &office.url()), before);
    office.run("db check").ends(0);
    let kept = std::fs::read_dir(path.parent().unwrap()).unwrap().flatten();
    assert!(kept.into_iter().any(|entry| entry.file_name().to_string_lossy().contains(".before-20261123090000-wal")));
}

#[test]
fn two_restores_of_one_second_set_two_databases_aside() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let line = format!("backup restore latest --to {} --confirm {} {REPO}", office.url(), office.name());
        office.run("unit add 02 --name 人事处 --parent 00").ends(0);
        let precious = units(&office, &office.url());
        let first = office.run(&line).ends(0);
        let second = office.run(&line).ends(0);
        let aside = |stderr: &str| {
            stderr.lines().find_map(|line| line.strip_prefix("The database that was there is now ").map(str::to_owned)).unwrap()
        };
        let (one, other) = (aside(&first.stderr), aside(&second.stderr));
        assert_ne!(one, other);
        // The newest comes back first, and each by its name.
        office.run(&format!("backup undo --aside {} --to {} --confirm {}", one.trim_end_matches('.'), office.url(), office.name())).ends(0);
        assert_eq!(units(&office, &office.url()), precious);
    });
}

#[test]
fn a_place_somebody_else_made_is_left_alone() {
    let office = saved(Engine::Sqlite);
    // Another restore of the same second is at work there.
    let busy = format!("{}.restoring-20261123090000", office.url());
    office.write(&busy, "another restore");
    office.run(&format!("backup restore latest --to {} --confirm {} {REPO}", office.url(), office.name())).ends(0);
    assert_eq!(office.read(&busy), "another restore");
}

#[test]
fn a_long_name_of_a_database_is_not_cut_into_another() {
    if sqlite_only() {
        return;
    }
    let mut office = saved(Engine::Postgres);
    let short = office.another();
    let name = short.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let long = format!("{name}_{}", "x".repeat(62 - name.len()));
    let url = short.replace(&name, &long);
    office.run(&format!("backup restore latest --to {url} {REPO}")).ends(0);
    office.run(&format!("-d {url} unit add 02 --name 人事处 --parent 00")).ends(0);
    let newer = units(&office, &url);
    office.run(&format!("backup restore latest --to {url} --confirm {long} {REPO}")).ends(0);
    assert_eq!(units(&office, &url), units(&office, &office.url()));
    office.run(&format!("backup undo --to {url} --confirm {long}")).ends(0);
    assert_eq!(units(&office, &url), newer);
}

#[test]
fn a_link_stays_a_link_and_what_it_names_is_replaced() {
    let office = saved(Engine::Sqlite);
    let before = units(&office, &office.url());
    std::fs::rename(office.path(&office.url()), office.path("real.db")).unwrap();
    std::os::unix::fs::symlink("real.db", office.path(&office.url())).unwrap();
    office.run("unit add 02 --name 人事处 --parent 00").ends(0);
    office.run(&format!("backup restore latest --confirm real.db {REPO}")).ends(0);
    assert!(office.path(&office.url()).is_symlink());
    assert_eq!(units(&office, "real.db"), before);
}

#[test]
fn the_latest_of_another_database_is_not_taken() {
    on_each_engine(|engine| {
        let mut office = saved(engine);
        let other = office.another();
        let init = crate::support::INIT.replace("initial-passwords", "other-passwords");
        office.run(&format!("-d {other} {init}")).ends(0);
        let ran = office.run(&format!("-d {other} backup restore latest {REPO} -n")).ends(4);
        assert!(ran.stderr.contains("no snapshot of the database in use"), "{ran:?}");
        // By its id it is, and the plan says whose it is and does not pretend to know what is lost.
        let id = office.run(&format!("backup list {REPO} -f ids")).ends(0).stdout.trim().to_owned();
        let plan = office.run(&format!("-d {other} backup restore {id} {REPO} -n -f csv")).ends(0).stdout;
        assert!(plan.contains(&format!("database,{}", office.name())) && plan.contains("log_entries_lost,'-"), "{plan}");
    });
}

#[test]
fn attachments_that_are_not_there_fail_the_backup_and_the_failure_is_noted() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let mut command = office.command();
        command.env("SWJ_ATTACHMENTS", "/nowhere").args(crate::support::words(&format!("backup run {REPO} --lang en")));
        let out = command.output().unwrap();
        assert_eq!(out.status.code(), Some(4), "{out:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("/nowhere"), "{out:?}");
        assert_eq!(office.run("log list --verb 'backup run' -f count").ends(0).stdout.trim(), "2");
    });
}

#[test]
fn attachments_that_hold_the_database_itself_are_refused() {
    let office = saved(Engine::Sqlite);
    let mut command = office.command();
    command.env("SWJ_ATTACHMENTS", office.path(".")).args(crate::support::words(&format!("backup run {REPO} --lang en")));
    let out = command.output().unwrap();
    assert_eq!(out.status.code(), Some(5), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stderr).contains("holds the database"), "{out:?}");
}

#[test]
fn a_credential_as_systemd_hands_it_is_taken() {
    use std::os::unix::fs::PermissionsExt;
    let office = saved(Engine::Sqlite);
    std::fs::create_dir(office.path("credentials")).unwrap();
    office.secret("credentials/swj.backup", "correct horse");
    std::fs::set_permissions(office.path("credentials/swj.backup"), std::fs::Permissions::from_mode(0o440)).unwrap();
    let mut command = office.command();
    command.env("CREDENTIALS_DIRECTORY", office.path("credentials")).args(["backup", "list", "--repository", "store"]);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    // Anywhere else a password its group reads is refused.
    office.run("backup list --repository store --password-file credentials/swj.backup").ends(2);
}

/// The plan of a restore, one field of it.
fn planned(office: &Office, field: &str) -> String {
    let plan = office.run(&format!("backup restore latest --to {} {REPO} -n -f csv", office.url())).ends(0).stdout;
    plan.lines().find_map(|line| line.strip_prefix(&format!("{field},"))).unwrap_or_default().to_owned()
}

#[test]
fn a_database_of_somebody_elses_making_is_not_taken_for_one_set_aside() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let before = units(&office, &office.url());
        let line = format!("backup undo --to {} --confirm {}", office.url(), office.name());
        match engine {
            Engine::Sqlite => {
                std::fs::copy(office.path(&office.url()), office.path(&format!("{}.before-20991231", office.url()))).unwrap();
            }
            Engine::Postgres => office.meddle(&format!("CREATE DATABASE \"{}_before_upgrade\"", office.name())),
        }
        office.run(&line).ends(4);
        // A name that is like ours in every letter, and yet no database of ours.
        match engine {
            Engine::Sqlite => {
                let foreign = office.path(&format!("{}.before-20991231000000", office.url()));
                std::process::Command::new("sqlite3").arg(&foreign).arg("CREATE TABLE a (b)").status().unwrap();
            }
            Engine::Postgres => office.meddle(&format!("CREATE DATABASE \"{}_before_20991231000000\"", office.name())),
        }
        assert!(office.run(&format!("{line} --lang en")).ends(5).stderr.contains("--aside"));
        assert_eq!(units(&office, &office.url()), before);
    });
}

#[test]
fn what_cannot_be_noted_hides_neither_the_proof_nor_the_way_back() {
    if sqlite_only() {
        return;
    }
    let office = saved(Engine::Postgres);
    office.meddle(&format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", office.name()));
    let line = format!("backup restore latest --to {} --confirm {} {REPO} --lang en", office.url(), office.name());
    let ran = office.run(&line).ends(3);
    for said in ["every table proved", "swj backup undo", "could not be noted"] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert!(ran.stdout.contains("audit_log"), "{ran:?}");
}

#[test]
fn an_undo_that_brings_a_damaged_database_back_says_that_it_did() {
    let office = saved(Engine::Sqlite);
    let path = office.path(&office.url());
    std::fs::write(&path, "no database at all, and longer than a header of a hundred bytes would be: ".repeat(3)).unwrap();
    office.run(&format!("backup restore latest --to {} --confirm {} {REPO}", office.url(), office.name())).ends(0);
    let undone = office.run(&format!("backup undo --to {} --confirm {} --lang en", office.url(), office.name())).ends(3);
    assert!(undone.stderr.contains("is again what it was") && undone.stderr.contains("could not be noted"), "{undone:?}");
    assert!(std::fs::read(&path).unwrap().starts_with(b"no database"));
}

#[test]
fn the_plan_counts_what_is_lost_whatever_was_purged_since_and_names_the_attachments() {
    on_each_engine(|engine| {
        let office = saved(engine);
        std::fs::create_dir_all(office.path("files")).unwrap();
        office.write("files/a.txt", "甲");
        office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
        office.run(&format!("backup run {REPO} --config swj.toml")).ends(0);
        // The note of the run itself, and the two that follow.
        office.run("unit add 02 --name 人事处 --parent 00").ends(0);
        office.run("unit add 03 --name 财务处 --parent 00").ends(0);
        assert_eq!(planned(&office, "log_entries_lost"), "3");
        let forget = match engine {
            Engine::Sqlite => "DROP TRIGGER IF EXISTS audit_seal_no_delete; DROP TRIGGER IF EXISTS audit_log_no_delete;",
            Engine::Postgres => "SET session_replication_role = replica;",
        };
        office.meddle(&format!("{forget} DELETE FROM audit_seal WHERE no < 4; DELETE FROM audit_log WHERE seq < 4"));
        assert_eq!(planned(&office, "log_entries_lost"), "3");
        assert!(planned(&office, "attachments").contains("--attachments"));
        let line = format!("backup restore latest --to {} --confirm {} {REPO} --lang en", office.url(), office.name());
        assert!(office.run(&line).stderr.contains("--attachments"));
        office.write("there", "mine");
        office.run(&format!("backup show latest --file attachments/a.txt --into there {REPO}")).ends(5);
        assert_eq!(office.read("there"), "mine");
    });
}

#[test]
fn a_database_on_a_server_comes_back_with_its_locale_and_with_what_is_not_ours() {
    if sqlite_only() {
        return;
    }
    let office = Office::new(Engine::Postgres);
    let server = office.url().replace(&office.name(), "postgres");
    let on = |database: &str, sql: &str| {
        let out = std::process::Command::new("psql").args(["-AtqX", "-d", database, "-c", sql]).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    let (name, url) = (office.name(), office.url());
    let made = format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-CN' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    );
    on(&server, &made);
    office.run(crate::support::INIT).ends(0);
    on(&url, "CREATE SCHEMA extra; CREATE TABLE extra.t AS SELECT 1 AS a");
    office.secret("password", "correct horse");
    office.repository("store", "password");
    office.run(&format!("backup run {REPO}")).ends(0);
    let ran = office.run(&format!("backup restore latest --to {url} --confirm {name} {REPO} --lang en")).ends(3);
    assert!(ran.stderr.contains("extra.t"), "{ran:?}");
    let locale = format!("SELECT to_jsonb(d)->>'datlocprovider' FROM pg_database d WHERE datname = '{name}'");
    assert_eq!((on(&server, &locale).as_str(), on(&url, "SELECT count(*) FROM extra.t").as_str()), ("i", "1"));
}

#[test]
fn whoever_may_make_no_database_is_told_before_the_work() {
    if sqlite_only() {
        return;
    }
    let office = saved(Engine::Postgres);
    let role = format!("poor_{}", office.name());
    office.meddle(&format!("CREATE ROLE \"{role}\" LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO \"{role}\""));
    let url = office.url().replace("postgres@", &format!("{role}@"));
    let refused = office.run(&format!("-d {url} backup restore latest --to {url} {REPO} -n --lang en")).ends(6);
    assert!(refused.stderr.contains("CREATEDB"), "{refused:?}");
    office.meddle(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\""));
}
