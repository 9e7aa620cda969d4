//! From one engine to the other: a backup restored across, a database copied, each proved by its digests.

use crate::support::{Engine, Office, sqlite_only};

const REPO: &str = "--repository store --password-file password";

fn other(engine: Engine) -> Engine {
    match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    }
}

/// What a restore or a copy does not add to.
fn lasting(digests: Vec<String>) -> Vec<String> {
    digests.into_iter().filter(|line| !line.contains("backup_run") && !line.contains("audit_")).collect()
}

fn each_way(body: impl Fn(Office, Office)) {
    if sqlite_only() {
        return;
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        body(Office::ready(engine), Office::new(other(engine)));
    }
}

#[test]
fn a_backup_comes_back_on_the_other_engine_and_back_again() {
    each_way(|here, there| {
        here.run("demo load").ends(0);
        here.run("user add tab --name '甲\\乙' --unit 00").ends(0);
        here.secret("password", "correct horse");
        here.repository("store", "password");
        here.run(&format!("backup run {REPO}")).ends(0);
        let before = lasting(here.digests(&here.url()));
        let plan = here.run(&format!("backup restore latest --to {} {REPO} -n -f csv", there.url())).ends(0).stdout;
        assert!(plan.contains("copied_as_rows"), "{plan}");
        let url = match there.engine {
            Engine::Sqlite => here.path(&there.url()).display().to_string(),
            Engine::Postgres => there.url(),
        };
        here.run(&format!("backup restore latest --to {url} {REPO}")).ends(0);
        assert_eq!(lasting(here.digests(&url)), before);
        // It is a database like any other: keys, guards and numbers go on.
        here.run(&format!("-d {url} log verify")).ends(0);
        here.run(&format!("-d {url} db check")).ends(0);
        here.run(&format!("-d {url} unit add 9x --name 新 --parent 00")).ends(0);
        here.run(&format!("-d {url} user add nobody --name 无 --unit no-such")).ends(4);
        // And back, into a third place, from a backup made there.
        here.run(&format!("-d {url} backup run {REPO}")).ends(0);
        let after = lasting(here.digests(&url));
        let mut here = here;
        let third = here.another();
        here.run(&format!("-d {url} backup restore latest --to {third} {REPO}")).ends(0);
        assert_eq!(lasting(here.digests(&third)), after);
        // What stands there is set aside as ever, and comes back.
        let first = here.run(&format!("backup list {REPO} -f csv --fields snapshot")).stdout.lines().nth(1).unwrap().to_owned();
        let name = name_in(&url).to_owned();
        here.run(&format!("-d {} backup restore {first} --to {url} --confirm {name} {REPO}", here.url())).ends(0);
        assert_eq!(lasting(here.digests(&url)), before);
        here.run(&format!("backup undo --to {url} --confirm {name}")).ends(0);
        assert_eq!(lasting(here.digests(&url)), after);
        if there.engine == Engine::Postgres {
            drop_like(&url, &name);
        }
    });
}

#[test]
fn a_database_moves_to_the_other_engine_and_nothing_is_written_over() {
    each_way(|here, there| {
        here.run("demo load").ends(0);
        let before = here.digests(&here.url());
        let url = match there.engine {
            Engine::Sqlite => here.path(&there.url()).display().to_string(),
            Engine::Postgres => there.url(),
        };
        here.run(&format!("db copy --to {url} -n")).ends(0);
        here.run(&format!("-d {url} unit list")).ends(4);
        let copied = here.run(&format!("db copy --to {url} -f json")).ends(0).json();
        assert!(copied["data"].as_array().unwrap().iter().all(|row| row["equal"] == true));
        assert_eq!(here.digests(&url), before);
        here.run(&format!("db copy --to {url}")).ends(5);
        assert_eq!(here.run("log list --verb 'db copy' -f count").stdout.trim(), "1");
        assert_eq!(here.run("stats month 2025-06 -f csv").stdout, here.run(&format!("-d {url} stats month 2025-06 -f csv")).stdout);
        if there.engine == Engine::Postgres {
            drop_like(&url, name_in(&url));
        }
    });
}

#[test]
fn a_dump_is_rehearsed_without_a_server_and_its_rows_are_looked_at() {
    if sqlite_only() {
        return;
    }
    let office = Office::ready(Engine::Postgres);
    office.run("unit add 01 --name 办公室 --parent 00").ends(0);
    office.secret("password", "correct horse");
    office.repository("store", "password");
    office.run(&format!("backup run {REPO}")).ends(0);
    std::fs::create_dir(office.path("scratch")).unwrap();
    let drill = office.run(&format!("backup drill --in scratch {REPO} -f csv")).ends(0).stdout;
    assert!(drill.contains("result,ok"), "{drill}");
    let line = ["-d", "nowhere.db", "backup", "show", "latest", "--table", "unit", "--where", "code = '01'"];
    let end = ["--repository", "store", "--password-file", "password", "-f", "csv", "--fields", "code,name"];
    let rows = office.run_words(&line.iter().chain(&end).map(|word| (*word).to_owned()).collect::<Vec<_>>());
    assert_eq!(rows.ends(0).stdout, "code,name\n01,办公室\n");
    assert_eq!(std::fs::read_dir(office.path("scratch")).unwrap().count(), 0);
}

/// The databases a test made on the server beside its own.
pub fn drop_like(url: &str, name: &str) {
    let (head, query) = url.split_once('?').unwrap();
    let server = format!("{}/postgres?{query}", head.rsplit_once('/').unwrap().0);
    let list = format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}%'");
    let out = std::process::Command::new("psql").args(["-Atq", "--no-psqlrc", &server, "-c", &list]).output().unwrap();
    for found in String::from_utf8(out.stdout).unwrap().lines() {
        let _ = std::process::Command::new("psql").args(["-q", &server, "-c", &format!("DROP DATABASE \"{found}\"")]).status();
    }
}

fn name_in(url: &str) -> &str {
    url.split('?').next().unwrap().rsplit('/').next().unwrap()
}
