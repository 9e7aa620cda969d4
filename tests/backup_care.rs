//! What goes wrong without a sound is told, remembered and cleared away; a rehearsal meets what the command would.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{Engine, Office, Running, Small, flip, noise, on_each_engine, sqlite_only, wait_for, walk, words};

const REPO: &str = "--repository store --password-file password";
const AWAY: &str = "--to away --to-password-file other";

fn saved(engine: Engine) -> Office {
    let office = Office::ready(engine);
    office.secret("password", "correct horse");
    office.secret("other", "battery staple");
    office.repository("store", "password");
    office.repository("away", "other");
    office.run(&format!("backup run {REPO}")).ends(0);
    office
}

fn ids(office: &Office) -> Vec<String> {
    office.run(&format!("backup list {REPO} -f ids")).stdout.lines().map(str::to_owned).collect()
}

/// The file of a snapshot, of which the list shows the beginning of the name.
fn file_of(office: &Office, id: &str) -> PathBuf {
    let folder = std::fs::read_dir(office.path("store/snapshots")).unwrap().flatten().map(|entry| entry.path());
    folder.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(id)).unwrap()
}

/// What the morning's look finds of backups.
fn red(office: &Office) -> String {
    let ran = office.run("doctor --quick -f csv --fields check,state");
    let lines = ran.stdout.lines().filter(|line| line.starts_with("bak-") || line.starts_with("backups"));
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn one_damaged_snapshot_hides_no_other_and_nothing_is_removed() {
    on_each_engine(|engine| {
        let office = saved(engine);
        office.run_on("2026-11-24", &format!("backup run {REPO} --label second")).ends(0);
        office.run_on("2026-11-25", &format!("backup run {REPO}")).ends(0);
        let all = ids(&office);
        let file = file_of(&office, &all[1]);
        flip(std::slice::from_ref(&file));
        let list = office.run(&format!("backup list {REPO} -f json --lang en")).ends(9);
        assert_eq!(list.json()["data"].as_array().unwrap().len(), 2, "{list:?}");
        assert!(list.json()["warnings"].to_string().contains(&all[1]) && list.stderr.contains(&all[1]), "{list:?}");
        let before = walk(&office.path("store/data")).len();
        for line in ["-n", "--yes --at-once"] {
            let pruned = office.run(&format!("backup prune --keep-last 1 {REPO} {line} --lang en")).ends(9);
            assert!(pruned.stderr.contains(&all[1]) && pruned.stderr.contains("Nothing is removed"), "{pruned:?}");
        }
        assert_eq!((walk(&office.path("store/data")).len(), walk(&office.path("store/snapshots")).len()), (before, 3));
        // What can be read goes off site, and that the rest does not is told.
        let copied = office.run(&format!("backup copy {AWAY} {REPO} -f json --lang en")).ends(9);
        assert_eq!(copied.json()["data"].as_array().unwrap().len(), 2, "{copied:?}");
        assert!(copied.stderr.contains(&all[1]), "{copied:?}");
        assert!(office.run(&format!("doctor --quick {REPO} -f csv")).ends(9).stdout.contains("repository,broken"));
        assert_eq!(red(&office), "bak-004,look bak-005,look", "the copy has told the database");
        office.run(&format!("backup verify {} {REPO}", all[1])).ends(9);
        assert_eq!(red(&office), "bak-004,look bak-005,look");
        office.run(&format!("backup drill latest {REPO}")).ends(0);
        flip(&[file]);
        office.run(&format!("backup verify {} {REPO}", all[1])).ends(0);
        assert_eq!(red(&office), "backups,ok");
        office.run(&format!("backup prune --keep-last 1 {REPO} --yes --at-once")).ends(0);
        assert_eq!(ids(&office), all[1..]);
    });
}

#[test]
fn damage_found_stays_red_until_a_later_look_finds_it_sound() {
    on_each_engine(|engine| {
        let office = saved(engine);
        for line in ["backup verify", &format!("backup copy {AWAY}"), "backup drill"] {
            office.run(&format!("{line} {REPO}")).ends(0);
        }
        assert_eq!(red(&office), "backups,ok");
        let packs = walk(&office.path("store/data"));
        flip(&packs);
        office.run(&format!("backup verify --all {REPO}")).ends(9);
        assert_eq!(red(&office), "bak-005,look");
        assert_eq!(office.run("audit run --area BAK").code, 3);
        assert_eq!(office.run("log list --verb 'backup verify' -f count").stdout.trim(), "2");
        flip(&packs);
        assert_eq!(office.run(&format!("backup list --verified {REPO} -f count")).ends(0).stdout.trim(), "0");
        office.run(&format!("backup verify --all {REPO}")).ends(0);
        assert_eq!(red(&office), "backups,ok");
        // A rehearsal that fails counts against one that passed within the term, whatever stopped it.
        flip(&packs);
        office.run(&format!("backup drill {REPO}")).ends(9);
        assert_eq!(red(&office), "bak-004,look bak-005,look");
        flip(&packs);
        office.run(&format!("backup drill {REPO}")).ends(0);
        assert_eq!(red(&office), "backups,ok");
        // A repository that opens no more holds no good backup.
        std::fs::rename(office.path("store/config"), office.path("config")).unwrap();
        office.run(&format!("backup verify --repository {} --password-file password", office.path("./store/../store").display())).ends(9);
        assert_eq!(red(&office), "bak-005,look");
    });
}

#[test]
fn what_is_wrong_with_a_repository_is_said_in_the_readers_language_and_what_to_do() {
    let office = saved(Engine::Sqlite);
    let id = ids(&office).remove(0);
    let away = |from: &str| std::fs::rename(office.path("store").join(from), office.path("kept")).unwrap();
    let back = |to: &str| std::fs::rename(office.path("kept"), office.path("store").join(to)).unwrap();
    let told = |line: &str, words: &str| {
        let ran = office.run(&format!("{line} {REPO} --lang zh")).ends(9);
        assert!(ran.stderr.contains(words), "{ran:?}");
        assert!(ran.stderr.lines().count() <= 3, "a page is no message: {ran:?}");
        let latin = ran.stderr.replace("swj", "").split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 9).count();
        assert_eq!(latin, 0, "{ran:?}");
    };
    away("config");
    told("backup list", "缺少文件 `config`");
    back("config");
    let key = walk(&office.path("store/keys")).remove(0);
    let name = format!("keys/{}", key.file_name().unwrap().to_string_lossy());
    away(&name);
    told("backup list", "没有密钥");
    back(&name);
    flip(std::slice::from_ref(&key));
    told("backup list", "密钥");
    flip(&[key]);
    let snapshot = file_of(&office, &id);
    flip(std::slice::from_ref(&snapshot));
    told(&format!("backup show {id}"), &format!("快照 {id} 无法读取"));
    flip(&[snapshot]);
    let packs = walk(&office.path("store/data"));
    flip(&packs);
    told(&format!("backup show {id}"), "无法读取");
    flip(&packs);
    for pack in &packs {
        std::fs::rename(pack, format!("{}.away", pack.display())).unwrap();
    }
    let ran = office.run(&format!("backup verify {REPO} --lang zh")).ends(9);
    assert!(ran.stderr.contains("个故障") || ran.stderr.contains("处损坏"), "{ran:?}");
    assert!(ran.stdout.contains("缺少数据包"), "{ran:?}");
    for pack in &packs {
        std::fs::rename(format!("{}.away", pack.display()), pack).unwrap();
    }
    // A file that is not there is none, and nothing is made of it.
    assert_eq!(office.run(&format!("backup show {id} --file no/such --into out {REPO}")).code, 4);
    assert_eq!(office.run(&format!("backup show {id} --file no/such {REPO}")).code, 4);
    assert_eq!(office.run(&format!("backup show {id} --attachments out {REPO}")).code, 4, "it has none");
    assert!(!office.path("out").exists());
    office.run(&format!("backup show {id} --file manifest.json -o manifest.json {REPO}")).ends(0);
    assert!(office.read("manifest.json").contains("swj.backup/1"));
    office.run(&format!("backup show {id} --file manifest.json --into no-such/out {REPO}")).ends(4);
}

#[test]
fn a_dry_run_meets_what_the_command_would() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let both = |line: &str, code: i32| {
            for dry in ["", "-n"] {
                assert_eq!(office.run(&format!("{line} {dry}")).code, code, "{line} {dry}");
            }
        };
        both(&format!("backup init {REPO}"), 5);
        std::fs::create_dir(office.path("full")).unwrap();
        office.write("full/file", "something");
        both("backup init --repository full --password-file password", 5);
        both("backup init --repository full/file/store --password-file password", 1);
        both(&format!("backup restore latest --to full {REPO}"), 2);
        both("backup run --repository nowhere --password-file password", 4);
        both("backup run --repository store --password-file other", 6);
        office.write("swj.toml", "[attachments]\nfolder = \"/nowhere\"\n");
        both(&format!("backup run {REPO} --config swj.toml"), 4);
        // Somebody else is at work there.
        let lock = std::fs::File::open(office.path("store/.swj-writer")).unwrap();
        lock.lock().unwrap();
        both(&format!("backup run {REPO}"), 7);
        both(&format!("backup prune --keep-last 1 --yes {REPO}"), 7);
        drop(lock);
        office.run(&format!("backup run -n {REPO}")).ends(0);
        assert_eq!(ids(&office).len(), 1);
        // The room a restore needs is that of the database.
        std::fs::create_dir(office.path("files")).unwrap();
        noise(&office.path("files/scan.tif"), 2 << 20);
        office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
        office.run(&format!("backup run {REPO} --config swj.toml")).ends(0);
        let plan = office.run(&format!("backup restore latest {REPO} -n -f csv")).ends(0).stdout;
        let of = |plan: &str, field: &str| plan.lines().find_map(|line| line.strip_prefix(&format!("{field},"))?.parse::<u64>().ok());
        let (all, needed) = (of(&plan, "bytes").unwrap(), of(&plan, "needed_bytes").unwrap());
        assert!(all > 2 << 20 && of(&plan, "free_bytes").is_some(), "{plan}");
        if engine == Engine::Sqlite {
            assert!(needed * 2 < all, "{plan}");
            let Some(small) = Small::mounted(office.path("small"), needed / 2) else { return };
            let plan = office.run(&format!("backup restore latest --to small/oa.db {REPO} -n -f csv --lang en")).ends(1);
            assert!(plan.stdout.contains("needed_bytes") && plan.stderr.contains("are needed"), "{plan:?}");
            office.run(&format!("backup restore latest --to small/oa.db {REPO}")).ends(1);
            drop(small);
            let Some(small) = Small::mounted(office.path("small"), needed * 2) else { return };
            office.run(&format!("backup restore latest --to small/oa.db {REPO}")).ends(0);
            drop(small);
        }
    });
}

#[test]
fn a_repository_is_one_whichever_way_it_is_named() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.secret("password", "correct horse");
        office.repository("store", "password");
        std::os::unix::fs::symlink("store", office.path("link")).unwrap();
        let absolute = office.path("store").display().to_string();
        for (day, place) in [("2026-11-19", "store"), ("2026-11-20", "./link"), ("2026-11-21", absolute.as_str())] {
            office.run_on(day, &format!("backup run --repository {place} --password-file password")).ends(0);
        }
        let unverified = || office.run("audit run --rule BAK-005 -f count").stdout.trim().to_owned();
        assert_eq!(unverified(), "3");
        office.run("backup prune --keep-last 1 --yes --repository link/../store/. --password-file password").ends(0);
        assert_eq!(unverified(), "1", "what is gone is no longer asked after");
    });
}

/// A command that stands still where the sign is; begun anew where it was through before anybody saw it.
fn caught(office: &Office, line: &str, mut sign: impl FnMut() -> bool) -> Running {
    for _ in 0..100 {
        let mut running = office.start(line);
        if running.stops_at(|_| sign()) {
            return running;
        }
    }
    panic!("{line} is never seen at work");
}

fn asked(office: &Office, sql: &str) -> String {
    let server = office.url().replace(&office.name(), "postgres");
    let out = Command::new("psql").args(["-AtqX", "-d", &server, "-c", sql]).output().unwrap();
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[test]
fn a_restore_that_is_broken_off_leaves_no_database_on_the_server() {
    if sqlite_only() {
        return;
    }
    let office = saved(Engine::Postgres);
    office.run("demo load").ends(0);
    office.run(&format!("backup run {REPO}")).ends(0);
    let (name, like) = (office.name(), format!("{}\\_restoring\\_%", office.name()));
    let half_made = || asked(&office, &format!("SELECT datname FROM pg_database WHERE datname LIKE '{like}'"));
    let line = format!("backup restore latest {REPO} --confirm {name}");
    // Asked to stop, it clears away itself: from when it knows that the database is its own, which is before it goes in.
    let inside = format!("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '{like}'");
    let mut child = caught(&office, &line, || asked(&office, &inside) != "0");
    child.send(Signal::TERM);
    child.goes_on();
    assert_eq!(child.ends(), Some(143));
    assert_eq!(half_made(), "");
    // Killed, it cannot; the next one does, and touches nobody else's of such a name.
    asked(&office, &format!("CREATE DATABASE \"{name}_restoring_20200101000000\""));
    let marked = format!(
        "SELECT datname FROM pg_database WHERE datname LIKE '{like}' AND datname NOT LIKE '%2020%' AND shobj_description(oid, 'pg_database') \
         IS NOT NULL"
    );
    let mut child = caught(&office, &line, || !asked(&office, &marked).is_empty());
    child.is_killed();
    let left = asked(&office, &marked);
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{left}'");
    wait_for("its sessions' end", || Some(asked(&office, &sessions)).filter(|n| n == "0"));
    let next = office.run(&format!("backup run {REPO} --lang en")).ends(0);
    assert!(next.stderr.contains(&format!("Removed {left}")), "{next:?}");
    // While it is alive another one leaves it alone.
    let mut child = caught(&office, &line, || !asked(&office, &marked).is_empty());
    let sessions = || asked(&office, &format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"));
    let before = sessions();
    let next = office.run(&format!("backup run {REPO} --lang en")).ends(0);
    assert!(!next.stderr.contains("Removed"), "{next:?}");
    wait_for("the end of the run's session", || (sessions() == before).then_some(()));
    child.goes_on();
    assert_eq!(child.ends(), Some(0));
    assert_eq!(half_made(), format!("{name}_restoring_20200101000000"), "one without our mark is not ours");
    office.run(&line).ends(0);
}

#[test]
fn a_restore_that_is_killed_leaves_no_half_made_file_for_long() {
    let office = saved(Engine::Sqlite);
    office.run("demo load --scale 3 --light").ends(0);
    office.run(&format!("backup run {REPO}")).ends(0);
    let half_made = || {
        let entries = std::fs::read_dir(office.path(".")).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains(".restoring-")).collect::<Vec<_>>()
    };
    let line = format!("backup restore latest {REPO} --confirm {}", office.name());
    let half_way = || caught(&office, &line, || half_made().len() > 1);
    half_way().is_killed();
    let left = half_made();
    assert!(left.iter().any(|name| name.ends_with("-owner")), "{left:?}");
    // Named by whoever looks, removed by the next that works.
    assert!(office.run("doctor --lang en").stdout.contains(".restoring-"));
    let next = office.run(&format!("backup run {REPO} --lang en")).ends(0);
    assert!(next.stderr.contains(".restoring-") && next.stderr.contains("Removed"), "{next:?}");
    assert!(half_made().is_empty(), "{:?}", half_made());
    let mut child = half_way();
    let next = office.run(&format!("backup run {REPO} --lang en")).ends(0);
    assert!(!next.stderr.contains("Removed"), "{next:?}");
    child.goes_on();
    assert_eq!(child.ends(), Some(0));
    assert!(half_made().is_empty(), "{:?}", half_made());
}

#[test]
fn a_run_that_is_killed_leaves_no_copy_of_the_database_for_long() {
    let office = saved(Engine::Sqlite);
    office.run("demo load --scale 3 --light").ends(0);
    let copies = || {
        let entries = std::fs::read_dir(office.path(".")).unwrap().flatten().map(|entry| entry.path());
        entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".swj-backup-")).collect::<Vec<_>>()
    };
    caught(&office, &format!("backup run {REPO}"), || copies().iter().any(|folder| folder.join("database.sqlite3").exists())).is_killed();
    assert_eq!(copies().len(), 1);
    let next = office.run(&format!("backup run {REPO} --lang en")).ends(0);
    assert!(copies().is_empty() && next.stderr.contains("Removed"), "{next:?}");
}

#[test]
fn a_file_that_is_removed_meanwhile_is_named_and_the_run_goes_on() {
    let office = saved(Engine::Sqlite);
    office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
    let fill = || {
        let _ = std::fs::remove_dir_all(office.path("files"));
        std::fs::create_dir(office.path("files")).unwrap();
        (0..3000).for_each(|n| drop(office.write(&format!("files/{n:04}"), format!("{n}"))));
    };
    // When it looks nobody knows: somebody tidies up from the end, while it is made to stand still after every few files.
    for step in 1..=20 {
        fill();
        let mut command = office.command();
        command.args(words(&format!("backup run {REPO} --config swj.toml -f json --lang en")));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        let own = format!("pid {}", child.id());
        wait_for("its lock", || std::fs::read_to_string(office.path("store/.swj-writer")).ok().filter(|text| text.contains(&own)));
        for n in (0..3000_u32).rev() {
            let _ = std::fs::remove_file(office.path(&format!("files/{n:04}")));
            if n % 30 == 0 {
                let _ = rustix::process::kill_process(pid, Signal::CONT);
                std::thread::sleep(Duration::from_millis(step));
                let _ = rustix::process::kill_process(pid, Signal::STOP);
            }
        }
        let _ = rustix::process::kill_process(pid, Signal::CONT);
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!([Some(0), Some(3)].contains(&out.status.code()), "{said}");
        if out.status.code() == Some(3) {
            let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
            let vanished = json["summary"]["vanished"].as_u64().unwrap();
            assert!(vanished > 0 && json["warnings"].as_array().unwrap().len() as u64 == vanished, "{json}");
            assert!(said.contains("attachments/"), "{said}");
            office.run(&format!("backup verify latest --all {REPO}")).ends(0);
            return;
        }
    }
    panic!("in twenty runs nothing vanished at the right moment");
}

#[test]
fn the_list_shows_what_changed_and_a_later_form_is_refused() {
    let mut office = saved(Engine::Sqlite);
    office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
    std::fs::create_dir(office.path("files")).unwrap();
    office.write("files/a", "12345");
    office.run(&format!("backup run {REPO} --config swj.toml")).ends(0);
    office.write("files/a", "1234567");
    office.write("files/b", "1");
    office.run(&format!("backup run {REPO} --config swj.toml")).ends(0);
    let rows = office.run(&format!("backup list {REPO} -f json")).ends(0).json()["data"].clone();
    assert!(rows[0]["bytes_change"].is_null(), "{rows}");
    let bytes = |n: usize| rows[n]["bytes"].as_i64().unwrap();
    for n in [1, 2] {
        assert_eq!(rows[n]["bytes_change"], bytes(n) - bytes(n - 1), "{rows}");
        assert_eq!(rows[n]["new_files"], 1, "{rows}");
    }
    assert!(rows[2]["changed_files"].as_i64().unwrap() > rows[1]["changed_files"].as_i64().unwrap(), "{rows}");
    // A snapshot as restic makes it, once of a later program and once of none of ours.
    std::fs::create_dir(office.path("made")).unwrap();
    let restic = |arguments: &[&str]| {
        let mut restic = Command::new("restic");
        restic.args(["-r", "../store", "--no-cache", "-q"]).args(arguments).current_dir(office.path("made"));
        assert!(restic.env("RESTIC_PASSWORD", "correct horse").status().expect("scripts/test.sh installs restic").success());
    };
    office.write("made/manifest.json", "{\"format\": \"swj.backup/9\"}");
    restic(&["backup", "manifest.json"]);
    office.write("made/other", "text");
    restic(&["backup", "other"]);
    let all = ids(&office);
    let other = office.another();
    let newer = office.run(&format!("backup restore {} --to {other} {REPO} --lang en", all[3])).ends(5);
    assert!(newer.stderr.contains("swj.backup/9"), "{newer:?}");
    office.run(&format!("backup restore {} --to {other} {REPO}", all[4])).ends(9);
}

#[test]
fn the_schedule_prunes_and_copies_too_and_a_time_is_a_time() {
    let office = saved(Engine::Sqlite);
    for time in ["02:30:", "2:30:1", ":30", "2", "24:00", "+2:30", "02:030"] {
        assert_eq!(office.run(&format!("backup schedule {REPO} --at {time}")).code, 2, "{time}");
    }
    std::fs::create_dir_all(office.path("units")).unwrap();
    let more = "--keep-daily 14 --keep-yearly 10 --copy-to away --copy-password-file other";
    let done = office.run(&format!("backup schedule {REPO} --user root --at 23:15 {more} --install units --lang en")).ends(0);
    assert!(done.stderr.contains("swj-verify-copy.timer swj-copy.timer swj-prune.timer"), "{done:?}");
    let (copy, prune) = (office.read("units/swj-copy.service"), office.read("units/swj-prune.service"));
    assert!(copy.contains("LoadCredential=swj.copy:") && copy.contains(" --to-password-file %d/swj.copy\n"), "{copy}");
    assert!(
        copy.lines().any(|line| line.starts_with("ReadWritePaths=") && line.contains(&format!("{}", office.path("away").display()))),
        "{copy}"
    );
    assert!(prune.contains("backup prune") && prune.contains("--keep-daily 14 --keep-yearly 10 --yes"), "{prune}");
    let (nightly, weekly) = (office.read("units/swj-backup.service"), office.read("units/swj-verify.service"));
    assert!(!nightly.contains("swj.copy") && nightly.contains("SuccessExitStatus=3\n"), "{nightly}");
    assert!(weekly.lines().any(|line| line.contains(" backup verify ") && line.ends_with(" --all")), "{weekly}");
    assert!(office.read("units/swj-verify-copy.service").contains(" --all --to-password-file %d/swj.copy\n"));
    assert!(office.read("units/swj-verify-copy.timer").contains("OnCalendar=Sun *-*-* 03:15:00"));
    if let Ok(verify) = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(walk(&office.path("units"))).output() {
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stderr));
    }
    let cron = office.run(&format!("backup schedule {REPO} {more} --cron")).ends(0).stdout;
    assert!(cron.contains(" backup prune ") && cron.contains(" --to-password-file "), "{cron}");
    assert!(cron.contains(" || [ $? -eq 3 ]; } && ") && cron.contains(" * * 0 ") && cron.contains(" --all"), "{cron}");
    // The lines are such as swj itself takes.
    for line in cron.lines().filter(|line| line.contains(" backup prune ")) {
        let words: Vec<String> = line.split_whitespace().skip_while(|word| *word != "backup").map(str::to_owned).collect();
        office.run_words(&words).ends(0);
    }
    assert_eq!(office.run(&format!("backup schedule {REPO} --keep-daily 0")).code, 2);
    assert_eq!(office.run(&format!("backup schedule {REPO} --copy-to away")).code, 2);
}

#[test]
fn a_database_of_a_strange_name_is_saved_restored_and_taken_back() {
    if sqlite_only() {
        return;
    }
    let mut office = saved(Engine::Postgres);
    let plain = office.another();
    let name = plain.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let url = plain.replace(&name, &format!("{name}%20%E6%B0%B4%22x"));
    let strange = format!("{name} 水\"x");
    office.run(&format!("backup restore latest --to {url} {REPO}")).ends(0);
    assert_eq!(asked(&office, &format!("SELECT count(*) FROM pg_database WHERE datname = '{strange}'")), "1");
    let run = |line: &str| {
        let mut all = words(line);
        all.extend(["--confirm".to_owned(), strange.clone()]);
        office.run_words(&all)
    };
    run(&format!("backup restore latest --to {url} {REPO}")).ends(0);
    run(&format!("-d {url} backup undo")).ends(0);
    office.run(&format!("-d {url} unit list")).ends(0);
    for found in asked(&office, &format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}%'")).lines() {
        asked(&office, &format!("DROP DATABASE \"{}\"", found.replace('"', "\"\"")));
    }
}

/// Attachments of their own for this backup, which therefore brings a pack of its own; `swj.toml` names their folder.
fn attached(office: &Office, name: &str, bytes: usize) {
    office.write("swj.toml", format!("[attachments]\nfolder = \"{}\"\n", office.path("files").display()));
    std::fs::create_dir_all(office.path("files")).unwrap();
    noise(&office.path(&format!("files/{name}")), bytes);
}

fn largest(packs: impl IntoIterator<Item = PathBuf>) -> PathBuf {
    packs.into_iter().max_by_key(|pack| std::fs::metadata(pack).unwrap().len()).unwrap()
}

fn shown_in_list(office: &Office, repository: &str, fields: &str) -> Vec<String> {
    let listed = office.run(&format!("backup list {repository} -f csv --fields {fields}")).stdout;
    listed.lines().skip(1).map(|line| line.trim_matches('"').to_owned()).collect()
}

#[test]
fn a_damaged_pack_is_set_aside_and_the_next_backup_comes_back_whole() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        office.secret("password", "correct horse");
        office.repository("store", "password");
        attached(&office, "scan.tif", 2 << 20);
        let run = format!("backup run {REPO} --config swj.toml --lang en");
        office.run(&run).ends(0);
        let pack = largest(walk(&office.path("store/data")));
        let name = pack.file_name().unwrap().to_string_lossy().into_owned();
        flip(std::slice::from_ref(&pack));
        let found = office.run(&format!("backup verify --all {REPO} --lang en")).ends(9);
        assert!(found.stderr.contains("swj backup repair"), "{found:?}");
        // What did not change is not written again: that is said, and no lighter look calls it sound.
        let again = office.run(&run).ends(9);
        assert!(again.stderr.contains(&name[..8]) && again.stderr.contains("swj backup repair"), "{again:?}");
        office.run(&format!("backup verify {REPO}")).ends(9);
        let plan = office.run(&format!("backup repair {REPO} -n -f csv")).ends(3).stdout;
        assert!(plan.contains(&format!("pack,{name},set_aside")) && pack.exists(), "{plan}");
        assert_eq!(office.run(&format!("backup repair {REPO}")).code, 8, "asks first");
        office.run(&format!("backup repair {REPO} --yes")).ends(3);
        assert!(!pack.exists() && office.path(&format!("store/damaged/{name}")).exists(), "set aside, not away");
        office.run(&run).ends(0);
        office.run(&format!("backup drill {REPO}")).ends(0);
        let other = office.another();
        office.run(&format!("backup restore latest --to {other} {REPO}")).ends(0);
        office.run(&format!("backup show latest --attachments back {REPO}")).ends(0);
        assert!(std::fs::read(office.path("back/scan.tif")).unwrap() == std::fs::read(office.path("files/scan.tif")).unwrap());
        // The rules forget what is damaged, and what is left is whole.
        office.run(&format!("backup prune --keep-last 1 --yes --at-once {REPO}")).ends(0);
        office.run(&format!("backup verify --all {REPO}")).ends(0);
        office.run(&format!("backup repair {REPO}")).ends(0);
        assert!(!red(&office).contains("bak-005"), "{}", red(&office));
        // An index that cannot be read is written anew out of the packs.
        flip(&walk(&office.path("store/index")));
        office.run(&format!("backup repair {REPO} --yes")).ends(0);
        office.run(&format!("backup verify --all --deep {REPO}")).ends(0);
    });
}

#[test]
fn the_last_good_backup_is_never_pruned() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let before = walk(&office.path("store/data"));
        attached(&office, "plan.dwg", 3 << 20);
        office.run(&format!("backup drill {REPO}")).ends(0);
        office.run_on("2026-11-24", &format!("backup run {REPO} --config swj.toml")).ends(0);
        let pack = largest(walk(&office.path("store/data")).into_iter().filter(|pack| !before.contains(pack)));
        let fates = |more: &str| {
            let plan = office.run(&format!("backup prune --keep-last 1 {REPO} -f csv --fields change,why {more}")).stdout;
            plan.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
        };
        flip(std::slice::from_ref(&pack));
        office.run(&format!("backup verify {REPO}")).ends(0);
        assert_eq!(shown_in_list(&office, REPO, "proof"), ["restored", "structure"]);
        let kept = fates("-n");
        assert!(kept[0] == "keep,verified" && kept[1].starts_with("keep,") && kept[1].ends_with("newest"), "{kept:?}");
        // Found damaged, the newest is no good one; only what needs the pack is damaged with it.
        let all = ids(&office);
        office.run(&format!("backup verify {} --all {REPO}", all[0])).ends(9);
        assert_eq!(shown_in_list(&office, REPO, "proof"), ["all restored", "damaged"]);
        office.run(&format!("backup prune --keep-last 1 {REPO} --yes --at-once")).ends(0);
        assert_eq!(ids(&office), all);
        office.run(&format!("backup drill {} {REPO}", all[0])).ends(0);
        // Whole again: what was read to the last byte stands for the older.
        flip(&[pack]);
        office.run(&format!("backup verify {REPO}")).ends(9);
        office.run(&format!("backup verify --all {REPO}")).ends(0);
        let kept = fates("-n");
        assert!(kept[0].starts_with("forget") && kept[1].ends_with("verified"), "{kept:?}");
        // Nobody could be asked: nothing is forgotten.
        let unknown = office.run(&format!("backup prune --keep-last 1 {REPO} -d nowhere.db --yes --lang en")).ends(3);
        assert!(unknown.stderr.contains("none is forgotten"), "{unknown:?}");
        assert_eq!(ids(&office), all);
        // What is marked goes by a later pruning, and is told apart from what goes.
        let summary = |more: &str| office.run(&format!("backup prune --keep-last 1 {REPO} --yes -f json {more}")).ends(0).json();
        let marked = summary("")["summary"].clone();
        assert!(marked["freed_bytes"] == 0 && marked["marked_bytes"].as_u64().unwrap() > 0, "{marked}");
        let packs = walk(&office.path("store/data")).len();
        let waiting = summary("")["summary"].clone();
        assert!(waiting["waiting_bytes"].as_u64().unwrap() > 0, "{waiting}");
        assert!(summary("--at-once")["summary"]["freed_bytes"].as_u64().unwrap() > 0);
        assert!(walk(&office.path("store/data")).len() < packs);
    });
}

#[test]
fn a_restored_copy_is_not_what_it_is_a_copy_of() {
    on_each_engine(|engine| {
        let mut office = saved(engine);
        let copy = office.another();
        office.run(&format!("backup restore latest --to {copy} {REPO}")).ends(0);
        for day in ["2026-11-24", "2026-11-25"] {
            office.run_on(day, &format!("-d {copy} backup run {REPO}")).ends(0);
        }
        let name = copy.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        for line in ["backup restore latest -n", "backup verify", "backup show latest"] {
            let refused = office.run(&format!("{line} {REPO} --lang en")).ends(5);
            assert!(refused.stderr.contains(&name) && refused.stderr.contains(&office.name()), "{refused:?}");
        }
        office.run(&format!("-d {copy} backup verify {REPO}")).ends(0);
        office.run(&format!("backup prune --keep-last 1 --yes {REPO}")).ends(0);
        let mut left = shown_in_list(&office, REPO, "database");
        left.sort();
        let mut both = [name, office.name()];
        both.sort();
        assert_eq!(left, both);
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run(&format!("backup restore latest -n {REPO}")).ends(0);
    });
}

#[test]
fn a_unit_reads_the_password_it_was_given() {
    let office = saved(Engine::Sqlite);
    std::fs::create_dir(office.path("credentials")).unwrap();
    office.secret("credentials/swj.backup", "correct horse");
    office.secret("wrong", "another one");
    office.write("swj.toml", format!("[backup]\nrepository = \"store\"\npassword_file = \"{}\"\n", office.path("wrong").display()));
    let listed =
        office.command().env("CREDENTIALS_DIRECTORY", office.path("credentials")).args(words("backup list --config swj.toml")).status();
    assert!(listed.unwrap().success());
    assert_eq!(office.run("backup list --config swj.toml").code, 6);
}

#[test]
fn a_backup_counts_as_verified_only_once_every_byte_was_read() {
    on_each_engine(|engine| {
        let office = saved(engine);
        office.run(&format!("backup verify {REPO}")).ends(0);
        office.run(&format!("backup copy {AWAY} {REPO}")).ends(0);
        let found = || office.run_on("2026-12-02", "audit run --rule BAK-005 -f count").stdout.trim().to_owned();
        assert_eq!(found(), "2");
        office.run(&format!("backup verify --all {REPO}")).ends(0);
        assert_eq!(found(), "1");
        office.run(&format!("backup copy --all {AWAY} {REPO}")).ends(0);
        assert_eq!(found(), "0");
        // A run that does not begin is one that failed.
        let failed = || office.run("audit run --rule BAK-007 -f count").stdout.trim().to_owned();
        assert_eq!(failed(), "0");
        office.run("backup run --repository store --password-file other").ends(6);
        assert_eq!(failed(), "1");
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run("backup run --repository nowhere --password-file password").ends(4);
        assert_eq!(failed(), "1");
    });
}

#[test]
fn what_is_whole_is_copied_past_what_is_damaged_and_both_ends_are_noted() {
    on_each_engine(|engine| {
        let office = saved(engine);
        let before = walk(&office.path("store/data"));
        attached(&office, "plan.dwg", 3 << 20);
        office.run_on("2026-11-24", &format!("backup run {REPO} --config swj.toml")).ends(0);
        let pack = largest(walk(&office.path("store/data")).into_iter().filter(|pack| !before.contains(pack)));
        let all = ids(&office);
        flip(std::slice::from_ref(&pack));
        let copied = office.run(&format!("backup copy {AWAY} {REPO} -f json --lang en")).ends(9);
        assert_eq!(copied.json()["data"].as_array().unwrap().len(), 1, "{copied:?}");
        let name = &pack.file_name().unwrap().to_string_lossy()[..8];
        assert!(copied.stderr.contains(name) && copied.stderr.contains(&all[1]), "{copied:?}");
        assert_eq!(shown_in_list(&office, REPO, "proof"), ["", "damaged"]);
        flip(&[pack]);
        office.run(&format!("backup copy {AWAY} {REPO}")).ends(0);
        flip(&walk(&office.path("away/data")));
        office.run(&format!("backup copy {AWAY} {REPO} --all")).ends(9);
        let away = "--repository away --password-file other";
        assert_eq!(shown_in_list(&office, away, "proof"), ["damaged", "damaged"]);
        let same = office.run(&format!("backup copy --to ./store --to-password-file password {REPO}"));
        assert_eq!(same.code, 2, "{same:?}");
    });
}

#[test]
fn a_snapshot_that_vanished_is_missed() {
    on_each_engine(|engine| {
        let office = saved(engine);
        office.run_on("2026-11-24", &format!("backup run {REPO}")).ends(0);
        let all = ids(&office);
        let file = file_of(&office, &all[1]);
        std::fs::remove_file(&file).unwrap();
        assert!(office.run(&format!("doctor --quick {REPO} -f csv")).ends(9).stdout.contains("repository,broken"));
        let verified = office.run(&format!("backup verify {REPO} --lang en")).ends(9);
        assert!(verified.stdout.contains(&all[1]) && verified.stderr.contains("backup prune"), "{verified:?}");
        assert_eq!(office.run(&format!("backup verify {} {REPO}", all[1])).code, 9);
        assert!(red(&office).contains("bak-005"));
        let pruned = office.run(&format!("backup prune --keep-last 5 --yes {REPO} -f csv --fields snapshot,change")).ends(0).stdout;
        assert!(pruned.contains(&format!("{},gone", all[1])), "{pruned}");
        office.run(&format!("backup verify {REPO}")).ends(0);
        assert!(!red(&office).contains("bak-005"));
    });
}

#[test]
fn what_stops_a_rehearsal_from_outside_counts_against_no_snapshot() {
    if sqlite_only() {
        return;
    }
    let office = saved(Engine::Postgres);
    let fake = |script: &str| {
        std::fs::create_dir_all(office.path("bin")).unwrap();
        office.write("bin/psql", format!("#!/bin/sh\ncat > /dev/null\n{script}\n"));
        std::fs::set_permissions(office.path("bin/psql"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", office.path("bin").display(), std::env::var("PATH").unwrap());
        office.command().env("PATH", path).args(words(&format!("backup drill {REPO} -o page.html"))).output().unwrap().status.code()
    };
    let proof = || shown_in_list(&office, REPO, "proof");
    assert_eq!(fake("echo 'psql: error: connection to server was lost' >&2; exit 2"), Some(1));
    assert_eq!(fake("echo 'psql:<stdin>:9: ERROR:  53100: could not extend file' >&2; exit 3"), Some(1));
    assert_eq!(proof(), [""]);
    assert_eq!(fake("echo 'psql:<stdin>:9: ERROR:  22P02: invalid input syntax' >&2; exit 3"), Some(1));
    assert_eq!(proof(), ["damaged"]);
    assert!(office.read("page.html").contains("22P02"), "a rehearsal that failed has its page");
    // Without a server the dump is proved as rows in a file.
    let nowhere = "-d postgres://nobody@/oa?host=/nowhere";
    office.run(&format!("{nowhere} backup verify --deep {REPO}")).ends(0);
}

#[test]
fn what_a_killed_rehearsal_left_in_its_folder_is_swept_by_the_next() {
    let office = saved(Engine::Sqlite);
    std::fs::create_dir(office.path("scratch")).unwrap();
    for end in ["", "-owner"] {
        office.write(&format!("scratch/drill.db.restoring-20261101000000{end}"), "half");
    }
    office.write("scratch/drill.db.restoring-20261102000000", "whose?");
    let drill = office.run(&format!("backup drill --in scratch {REPO} --lang en")).ends(0);
    assert!(drill.stderr.contains("Removed scratch/drill.db") && drill.stderr.contains("left scratch/drill.db"), "{drill:?}");
    assert_eq!(walk(&office.path("scratch")).len(), 1);
}

#[test]
fn what_was_wrong_in_a_database_when_it_was_saved_keeps_nobody_from_having_it_back() {
    let office = Office::ready(Engine::Sqlite);
    office.secret("password", "correct horse");
    office.repository("store", "password");
    // Written by a program that asked for neither keys nor checks.
    office.meddle(
        "PRAGMA ignore_check_constraints = ON; INSERT INTO user_role (id, user_id, role_id, granted_by, granted_at) \
         VALUES (900, 4711, 4712, 4713, 'yesterday')",
    );
    office.run("db check").ends(9);
    office.run(&format!("backup run {REPO}")).ends(0);
    let restored = office.run(&format!("backup restore latest --to back.db {REPO} --lang en")).ends(0);
    assert!(restored.stderr.contains("every table proved"), "{restored:?}");
    office.run("db check -d back.db").ends(9);
    // A rehearsal looks at all of it, and says so.
    office.run(&format!("backup drill latest {REPO}")).ends(9);
}
