use crate::support::{Office, on_each_engine};

fn with_repository(office: &Office) {
    office.secret("password", "correct horse\n");
    office.repository("store", "password");
}

const REPO: &str = "--repository store --password-file password";

#[test]
fn what_is_restored_is_what_was_backed_up() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        office.run("demo load").ends(0);
        with_repository(&office);
        let before = office.digests(&office.url());
        let run = office.run(&format!("backup run {REPO} --label nightly -f json")).ends(0);
        assert!(run.json()["data"][0]["rows"].as_i64().unwrap() > 40_000);
        office.run(&format!("backup verify latest --all {REPO}")).ends(0);
        let other = office.another();
        let restored = office.run(&format!("backup restore latest --to {other} {REPO} -f json")).ends(0);
        let summary = restored.json()["summary"].clone();
        assert_eq!(summary["tables"], summary["equal"]);
        assert_eq!(office.digests(&other), before);
        let list = office.run(&format!("backup list {REPO} -f json")).json();
        assert_eq!(list["data"][0]["label"], "nightly");
        assert!(list["data"][0]["verified_at"].is_string());
        office.run(&format!("-d {other} log verify")).ends(0);
        office.run(&format!("-d {other} audit run")).ends(0);
    });
}

#[test]
fn a_target_that_exists_wants_its_name_and_is_set_aside() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repository(&office);
        office.run(&format!("backup run {REPO}")).ends(0);
        let before = office.digests(&office.url());
        office.run("unit add 99 --name 后来的处 --parent 00").ends(0);
        let refused = office.run(&format!("backup restore latest {REPO}")).ends(8);
        assert!(refused.stderr.contains(&format!("--confirm {}", office.name())), "{refused:?}");
        office.run(&format!("backup restore latest {REPO} --confirm wrong")).ends(8);
        let plan = office.run(&format!("backup restore latest {REPO} -n -f csv")).ends(0);
        assert!(plan.stdout.contains("target_exists,true") && plan.stdout.contains("log_entries_lost,2"), "{plan:?}");
        office.run("unit show 99").ends(0);

        let done = office.run(&format!("backup restore latest {REPO} --confirm {}", office.name())).ends(0);
        assert!(done.stderr.contains("To take this back"), "{done:?}");
        assert_eq!(office.run("unit show 99").code, 4);
        assert_eq!(office.digests(&office.url()), before);
        assert_eq!(office.run("log list --verb 'backup restore' -f count").stdout.trim(), "1");
    });
}

#[test]
fn the_undo_command_brings_the_old_database_back() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repository(&office);
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run("unit add 99 --name 后来的处 --parent 00").ends(0);
        let done = office.run(&format!("backup restore latest {REPO} --confirm {}", office.name())).ends(0);
        let undo = done.stderr.lines().find_map(|line| line.split_once("take this back: ")).unwrap().1.to_owned();
        office.run(undo.strip_prefix("swj ").unwrap()).ends(0);
        office.run("unit show 99").ends(0);
    });
}

#[test]
fn a_damaged_repository_is_found_and_nothing_is_restored_from_it() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        with_repository(&office);
        office.run(&format!("backup run {REPO}")).ends(0);
        let mut packs = Vec::new();
        for folder in std::fs::read_dir(office.path("store/data")).unwrap().flatten() {
            packs.extend(std::fs::read_dir(folder.path()).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
        for pack in packs {
            let mut bytes = std::fs::read(&pack).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&pack, bytes).unwrap();
        }
        office.run(&format!("backup verify latest --all {REPO}")).ends(9);
        let other = office.another();
        assert_ne!(office.run(&format!("backup restore latest --to {other} {REPO}")).code, 0);
        assert_eq!(office.run(&format!("-d {other} status")).code, 4);
    });
}

#[test]
fn refusals_say_what_is_wrong() {
    let office = Office::ready(crate::support::Engine::Sqlite);
    with_repository(&office);
    office.secret("wrong", "battery staple");
    office.write("open", "anyone can read this");
    assert!(office.run("backup list --repository store --password-file wrong").ends(6).stderr.contains("does not open"));
    assert!(office.run("backup list --repository store --password-file open").ends(2).stderr.contains("chmod 600"));
    assert!(office.run("backup list --repository nowhere --password-file password").ends(4).stderr.contains("swj backup init"));
    office.run("backup init --repository store --password-file password").ends(5);
    office.run("backup list --repository store").ends(8);
    office.run(&format!("backup verify nonsense {REPO}")).ends(4);
    office.run("backup run --password-file password").ends(2);
}

#[test]
fn a_second_run_on_an_unchanged_database_costs_almost_no_space() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        // Large enough that the record of the first run, which moves a page or two, is little beside it.
        office.run("demo load --scale 5 --light").ends(0);
        with_repository(&office);
        let bytes = |line: &str| office.run(line).ends(0).json()["data"][0]["added_bytes"].as_i64().unwrap();
        let first = bytes(&format!("backup run {REPO} -f json"));
        let second = bytes(&format!("backup run {REPO} -f json"));
        assert!(second * 2 < first, "{second} after {first}");
    });
}

#[test]
fn attachments_travel_with_the_database() {
    let office = Office::ready(crate::support::Engine::Sqlite);
    with_repository(&office);
    std::fs::create_dir_all(office.path("attachments/公文")).unwrap();
    office.write("attachments/公文/附件.txt", "附件内容");
    let out = office
        .command()
        .env("SWJ_ATTACHMENTS", office.path("attachments"))
        .args(["backup", "run", "--repository", "store", "--password-file", "password", "-f", "json"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let files = office.run(&format!("backup list {REPO} -f json")).json()["data"][0]["files"].as_i64().unwrap();
    assert_eq!(files, 5, "database, manifest, configuration, how to restore by hand, one attachment");
}
