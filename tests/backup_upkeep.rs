//! Keeping backups: keys, pruning, a second repository, rehearsals, looking in, taking a restore back, schedules.

use crate::support::{Engine, Office, flip, on_each_engine, walk};

const REPO: &str = "--repository store --password-file password";

fn with_repository(office: &Office) {
    office.secret("password", "correct horse\n");
    office.secret("other", "battery staple\n");
    office.repository("store", "password");
}

fn snapshots(office: &Office, repository: &str) -> Vec<String> {
    let listed = office.run(&format!("backup list {repository} -f ids")).ends(0).stdout;
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn keys_are_added_and_removed_and_one_way_in_stays() {
    let office = Office::ready(Engine::Sqlite);
    office.secret("password", "correct horse\n");
    office.secret("other", "battery staple\n");
    office.run(&format!("backup init {REPO}")).ends(0);
    let first = office.run(&format!("backup key list {REPO} -f ids")).ends(0).stdout.trim().to_owned();
    office.run(&format!("backup key add --new-password-file other {REPO}")).ends(0);
    assert_eq!(office.run(&format!("backup key list {REPO} -f count")).stdout.trim(), "2");
    assert_eq!(office.run(&format!("backup key remove {first} --yes {REPO}")).code, 5, "the one in use");
    office.run(&format!("backup key remove {first} --yes --repository store --password-file other")).ends(0);
    assert_eq!(office.run(&format!("backup list {REPO}")).code, 6, "the old password is out");
    office.run("backup run --repository store --password-file other").ends(0);
}

#[test]
fn pruning_keeps_what_the_rules_the_label_and_the_proof_want() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repository(&office);
        for (day, more) in [
            ("2026-01-05", ""),
            ("2026-02-02", "--label 年终"),
            ("2026-11-20", ""),
            ("2026-11-21", ""),
            ("2026-11-22", ""),
            ("2026-11-23", ""),
        ] {
            office.run("unit add X1 --name 处一 --parent 00");
            office.run_on(day, &format!("backup run {REPO} {more}")).ends(0);
        }
        let all = snapshots(&office, REPO);
        office.run(&format!("backup drill {} {REPO}", all[0])).ends(0);
        assert_eq!(office.run(&format!("backup prune --keep-daily 0 {REPO}")).code, 2, "rules that keep nothing");
        let plan = office.run(&format!("backup prune --keep-daily 2 {REPO} -n -f csv")).ends(0).stdout;
        let words: Vec<String> = plan.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().to_owned()).collect();
        // Rehearsed; labelled; older than two days; the newest of each of two days.
        assert_eq!(words, ["keep", "keep", "forget", "forget", "keep", "keep"], "{plan}");
        assert_eq!(snapshots(&office, REPO), all, "a rehearsal");
        assert_eq!(office.run(&format!("backup prune --keep-daily 2 {REPO}")).code, 8, "asks first");
        office.run(&format!("backup prune --keep-daily 2 --at-once --yes {REPO}")).ends(0);
        let left = snapshots(&office, REPO);
        assert_eq!(left, [&all[0], &all[1], &all[4], &all[5]].map(Clone::clone));
        office.run(&format!("backup verify latest --all {REPO}")).ends(0);
        office.run(&format!("backup drill {} {REPO}", left[0])).ends(0);
        assert_eq!(office.run("log list --verb 'backup prune' -f count").stdout.trim(), "1");
        let again = || office.run(&format!("backup prune --keep-daily 2 --at-once --yes {REPO} -f json")).ends(0).json();
        again();
        assert_eq!(again()["summary"]["forgotten"], 0);
    });
}

#[test]
fn a_pruning_or_a_copy_that_is_killed_loses_nothing() {
    let office = Office::ready(Engine::Sqlite);
    office.run("demo load").ends(0);
    with_repository(&office);
    office.repository("second", "other");
    for day in 10..16 {
        office.run(&format!("unit add K{day} --name 处{day} --parent 00")).ends(0);
        office.run_on(&format!("2026-11-{day}"), &format!("backup run {REPO}")).ends(0);
    }
    let copy = format!("backup copy --to second --to-password-file other {REPO}");
    let prune = format!("backup prune --keep-last 3 --at-once --yes {REPO}");
    let takes = |line: &str| office.start(&format!("{line} -n")).takes();
    let looks = [takes(&copy), takes(&prune)];
    for round in 0..8 {
        // A rehearsal does all but the work: some are killed before it, some in it.
        let (line, looks) = ([&copy, &prune][round % 2], looks[round % 2]);
        office.start(line).is_killed_after(looks.mul_f64(0.5 + 0.2 * round as f64));
        office.run(&format!("backup verify latest --all {REPO}")).ends(0);
    }
    // What a dry run names is what is copied, and once copied nothing is named.
    office.repository("third", "other");
    let third = format!("backup copy --to third --to-password-file other {REPO} -f csv --fields at");
    let named = office.run(&format!("{third} -n")).ends(0).stdout;
    assert!(named.lines().count() > 3, "{named}");
    assert_eq!(office.run(&third).ends(0).stdout, named);
    assert_eq!(office.run(&format!("{third} -n")).ends(0).stdout.lines().count(), 1);
    office.run(&copy).ends(0);
    office.run(&prune).ends(0);
    assert_eq!(snapshots(&office, REPO).len(), 3);
    office.run(&format!("backup drill {REPO}")).ends(0);
    office.run("backup verify latest --all --deep --repository second --password-file other").ends(0);
}

#[test]
fn a_second_repository_holds_the_same_and_brings_it_back() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        with_repository(&office);
        office.repository("second", "other");
        office.run(&format!("backup run {REPO} --label 异地")).ends(0);
        let before = office.digests(&office.url());
        let copy = format!("backup copy --to second --to-password-file other --all {REPO} -f count");
        assert_eq!(office.run(&copy).ends(0).stdout.trim(), "1");
        assert_eq!(office.run(&copy).ends(0).stdout.trim(), "0", "nothing new");
        std::fs::remove_dir_all(office.path("store")).unwrap();
        let other = office.another();
        office.run(&format!("backup restore latest --to {other} --repository second --password-file other")).ends(0);
        // The record of the backup was written after its snapshot.
        let rows = |digests: Vec<String>| {
            digests.into_iter().filter(|line| !line.contains("backup_run") && !line.contains("audit_")).collect::<Vec<_>>()
        };
        assert_eq!(rows(office.digests(&other)), rows(before));
    });
}

#[test]
fn a_rehearsal_is_proved_noted_and_leaves_nothing_behind() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load").ends(0);
        with_repository(&office);
        office.run(&format!("backup run {REPO}")).ends(0);
        let files = || std::fs::read_dir(office.path(".")).unwrap().count();
        let before = files();
        let drill = office.run(&format!("backup drill {REPO} -f csv")).ends(0).stdout;
        assert!(drill.contains("result,ok") && drill.contains("audit_critical,0"), "{drill}");
        assert_eq!(files(), before, "nothing is left");
        assert!(office.run("status -f csv").ends(0).stdout.contains("last_drill_at,2026-11-23"));
        assert_eq!(office.run("log list --verb 'backup drill' -f count").stdout.trim(), "1");
        office.run(&format!("backup drill {REPO} -o drill.html")).ends(0);
        assert!(office.read("drill.html").contains("恢复演练"));
        office.run(&format!("backup verify --deep {REPO}")).ends(0);
        // A snapshot that does not bring the database back.
        flip(&walk(&office.path("store/data")));
        assert_eq!(office.run(&format!("backup drill {REPO}")).code, 9);
        assert_eq!(files(), before + 1, "but for the page");
    });
}

#[test]
fn a_restore_is_taken_back_and_that_too() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repository(&office);
        assert_eq!(office.run("backup undo").code, 4, "nothing was set aside");
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run("unit add 99 --name 后来的处 --parent 00").ends(0);
        let name = office.name();
        office.run(&format!("backup restore latest {REPO} --confirm {name}")).ends(0);
        assert_eq!(office.run("unit show 99").code, 4);
        assert_eq!(office.run("backup undo").code, 8, "by name");
        office.run("backup undo -n").ends(0);
        assert_eq!(office.run("unit show 99").code, 4, "a rehearsal");
        let undone = office.run(&format!("backup undo --confirm {name} -f json")).ends(0).json();
        office.run("unit show 99").ends(0);
        assert_eq!(office.run("log list --verb 'backup undo' -f count").stdout.trim(), "1");
        office.run("log verify").ends(0);
        assert!(undone["data"][0]["set_aside"].as_str().unwrap().contains("undone"));
    });
}

#[test]
fn a_snapshot_is_looked_into_without_a_restore() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repository(&office);
        std::fs::create_dir_all(office.path("files/2026")).unwrap();
        office.write("files/2026/通知.txt", "正文");
        office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
        office.run(&format!("backup run {REPO} --config swj.toml")).ends(0);
        office.run("unit add 99 --name 后来的处 --parent 00").ends(0);
        let show = |more: &str| office.run(&format!("backup show latest {REPO} {more}"));
        assert!(show("-f csv").ends(0).stdout.contains("\nunit,1,"));
        assert!(show("--files -f csv").ends(0).stdout.contains("attachments/2026/通知.txt,6"));
        let rows = show("--table unit -f csv").ends(0).stdout;
        assert!(rows.contains("天津市水务局") && !rows.contains("后来的处"), "{rows}");
        let mut line = crate::support::words(&format!("backup show latest {REPO} --table oa_user -f csv --where"));
        line.push("login_name = 'zhangwei'".to_owned());
        let users = office.run_words(&line).ends(0).stdout;
        assert!(users.lines().count() == 2 && !users.contains("$argon2"), "{users}");
        assert_eq!(show("--table oa_user --where 'no such'").code, 2);
        assert_eq!(show("--table nothing").code, 4);
        show("--file manifest.json --into manifest.json").ends(0);
        assert!(office.read("manifest.json").contains("swj.backup/1"));
        show("--attachments back").ends(0);
        assert_eq!(office.read("back/2026/通知.txt"), "正文");
        assert_eq!(show("--attachments back").code, 5, "nothing is written over");
    });
}

#[test]
fn the_units_are_such_as_systemd_takes() {
    let office = Office::ready(Engine::Sqlite);
    with_repository(&office);
    std::fs::create_dir_all(office.path("units")).unwrap();
    office.run(&format!("backup schedule {REPO} --user root --install units")).ends(0);
    let service = office.read("units/swj-backup.service");
    assert!(
        service.contains("LoadCredential=swj.backup:")
            && service.contains("ProtectSystem=strict")
            && service.contains("OnFailure=swj-failed@%n.service")
    );
    assert!(office.read("units/swj-backup.timer").contains("OnCalendar=*-*-* 02:30:00"));
    let verify = std::process::Command::new("systemd-analyze").arg("verify").arg("--man=no").args(walk(&office.path("units"))).output();
    // Not every machine has systemd; where it is, it must be content.
    if let Ok(verify) = verify {
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stderr));
    }
    let cron = office.run(&format!("backup schedule {REPO} --cron --at 3:05")).ends(0).stdout;
    assert!(cron.contains("5 3 * * * ") && cron.contains(" backup drill "), "{cron}");
    assert_eq!(office.run(&format!("backup schedule {REPO} --at 25:00")).code, 2);
}

#[test]
fn stock_restic_brings_the_database_back() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load").ends(0);
        office.secret("password", "correct horse\n");
        office.run(&format!("backup init {REPO}")).ends(0);
        let before = office.digests(&office.url());
        office.run(&format!("backup run {REPO}")).ends(0);
        let mut restic = std::process::Command::new("restic");
        restic.args(["-r", "store", "--no-cache", "restore", "latest", "--target", "out"]).current_dir(office.path("."));
        let ran = restic.env("RESTIC_PASSWORD", "correct horse").output().expect("scripts/test.sh installs restic");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        match engine {
            Engine::Sqlite => assert_eq!(office.digests(&office.path("out/database.sqlite3").display().to_string()), before),
            Engine::Postgres => {
                office.run(&format!("backup show --file database.sql --into mine.sql {REPO}")).ends(0);
                let parts = std::process::Command::new("sh").arg("-c").arg("cat out/database.sql/*").current_dir(office.path(".")).output();
                assert_eq!(parts.unwrap().stdout, std::fs::read(office.path("mine.sql")).unwrap());
            }
        }
    });
}

#[test]
fn one_repository_holds_several_databases_and_latest_is_ones_own() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        with_repository(&office);
        std::fs::create_dir(office.path("files")).unwrap();
        office.write("files/a", "12345");
        office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
        office.run_on("2026-11-20", &format!("backup run {REPO} --config swj.toml")).ends(0);
        let other = office.another();
        office
            .run(&format!(
                "-d {other} init --organisation 某区水务局 --system a1:甲:1 --security b1:乙:2 --audit c1:丙:3 --passwords second"
            ))
            .ends(0);
        for day in ["2026-11-21", "2026-11-22", "2026-11-23"] {
            office.run_on(day, &format!("-d {other} backup run {REPO}")).ends(0);
        }
        // Each is compared with its own last one: no attachment is read again for another database's run.
        office.run_on("2026-11-24", &format!("backup run {REPO} --config swj.toml")).ends(0);
        let fresh = office.run(&format!("backup list {REPO} -f csv --fields new_files")).ends(0).stdout;
        assert_eq!(fresh.lines().next_back(), Some("0"), "{fresh}");
        let show = |more: &str| office.run(&format!("backup show latest {REPO} --table unit -f csv {more}")).ends(0).stdout;
        assert!(show("").contains("天津市水务局") && show(&format!("-d {other}")).contains("某区水务局"));
        // With neither at hand it must be said which; pruning leaves each its own.
        let lost = office.run(&format!("backup show latest {REPO} -d nowhere.db -f json"));
        assert_eq!(lost.code, 2, "{lost:?}");
        office.run(&format!("backup prune --keep-last 1 --yes {REPO}")).ends(0);
        assert_eq!(snapshots(&office, REPO).len(), 2);
        assert!(show("").contains("天津市水务局") && show(&format!("-d {other}")).contains("某区水务局"));
    });
}
