//! Backups against everything that goes wrong at night: killed commands, full disks, damaged repositories, clocks that
//! jump, two at once, and a writer who never stops.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Engine, Office, Running, Small, noise, on_each_engine, wait_for, walk, words};

const REPO: &str = "--repository store --password-file password";
const AWAY: &str = "--to away --to-password-file other";

fn with_repositories(office: &Office) {
    office.secret("password", "correct horse");
    office.secret("other", "battery staple");
    office.repository("store", "password");
    office.repository("away", "other");
}

/// Starts `swj` and leaves it running; the clock stands at a second of its own.
fn started(office: &Office, second: u32, line: &str) -> Running {
    let now = format!("2026-11-23 {:02}:{:02}:{:02}+08:00", 9 + second / 3600, second / 60 % 60, second % 60);
    Running::of(office.command().env("SWJ_TEST_NOW", now).args(words(line)))
}

/// What the tables hold, but for what a backup or a restore itself notes.
fn holds(office: &Office, url: &str) -> Vec<String> {
    let mut digests = office.digests(url);
    digests.retain(|line| !["backup_run", "restore_test", "audit_"].iter().any(|own| line.contains(own)));
    digests
}

fn snapshots(office: &Office, repository: &str) -> Vec<String> {
    office.run(&format!("backup list {repository} -f ids")).ends(0).stdout.lines().map(str::to_owned).collect()
}

/// 100 on each engine, 25 of each command, at moments spread over the whole of its run.
#[test]
fn two_hundred_kills_lose_nothing_and_leave_nothing_half_made_in_place() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        with_repositories(&office);
        let target = office.another();
        let name = target.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        office.run("unit add A --name 甲处 --parent 00").ends(0);
        let old = holds(&office, &office.url());
        office.run(&format!("backup run {REPO} --label old")).ends(0);
        office.run("unit add B --name 乙处 --parent 00").ends(0);
        let new = holds(&office, &office.url());
        office.run(&format!("backup run {REPO} --label new")).ends(0);
        let kept = snapshots(&office, REPO);
        office.run(&format!("backup restore {} --to {target} {REPO}", kept[0])).ends(0);
        let mut rng = fastrand::Rng::with_seed(20_261_123);
        let mut second = 1;
        let mut spans = [Duration::ZERO; 4];
        for round in 0..=25 {
            let restored = &kept[round % 2];
            let lines = [
                format!("backup run {REPO}"),
                format!("backup copy {AWAY} --all {REPO}"),
                format!("backup prune --keep-last 2 --at-once --yes {REPO}"),
                format!("backup restore {restored} --to {target} --confirm {name} {REPO}"),
            ];
            for (line, span) in lines.iter().zip(&mut spans) {
                second += 1;
                let began = Instant::now();
                let mut child = started(&office, second, line);
                if round == 0 {
                    // The first time each takes as long as it takes: that is the span to kill in.
                    assert_eq!(child.ends(), Some(0), "{line}");
                    *span = began.elapsed();
                    continue;
                }
                std::thread::sleep(span.mul_f64(rng.f64() * 1.1));
                child.is_killed();
                if line.contains("restore") {
                    let there = holds(&office, &target);
                    assert!(there == old || there == new, "round {round}: the target is neither the old nor the new one");
                }
            }
            let all = snapshots(&office, REPO);
            assert!(kept.iter().all(|id| all.contains(id)), "round {round}: a labelled snapshot is gone");
        }
        // Afterwards everything works, and everything there is is whole.
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run(&format!("backup prune --keep-last 2 --at-once --yes {REPO}")).ends(0);
        office.run(&format!("backup copy {AWAY} --all {REPO}")).ends(0);
        for repository in [REPO, "--repository away --password-file other"] {
            for snapshot in snapshots(&office, repository) {
                office.run(&format!("backup verify {snapshot} --all --deep {repository}")).ends(0);
            }
        }
        let second = started(&office, 3600, &format!("backup restore {} --to {target} --confirm {name} {REPO}", kept[1])).ends();
        assert_eq!(second, Some(0));
        assert_eq!(holds(&office, &target), new);
        office.run(&format!("backup undo --to {target} --confirm {name}")).ends(0);
        let back = holds(&office, &target);
        assert!(back == old || back == new);
        if engine == Engine::Postgres {
            crate::backup_across::drop_like(&target, &name);
        }
    });
}

#[test]
fn a_full_disk_in_the_repository_the_target_or_the_temporary_folder_loses_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let Some(small) = Small::mounted(office.path("small"), 6 << 20) else { return };
        office.secret("password", "correct horse");
        let cramped = "--repository small/store --password-file password";
        office.repository("small/store", "password");
        office.run(&format!("backup run {cramped}")).ends(0);
        let before = snapshots(&office, cramped);
        // The repository: eight megabytes of attachments do not fit.
        std::fs::create_dir(office.path("files")).unwrap();
        noise(&office.path("files/scan.tif"), 8 << 20);
        let full =
            office.command().env("SWJ_ATTACHMENTS", office.path("files")).args(words(&format!("backup run {cramped} --lang en"))).output();
        let full = full.unwrap();
        let said = String::from_utf8_lossy(&full.stderr).into_owned();
        assert!(!full.status.success() && said.contains("no space left for small/store"), "{said}");
        assert_eq!(snapshots(&office, cramped), before);
        office.run(&format!("backup prune --keep-last 1 --at-once --yes {cramped}")).ends(0);
        office.run(&format!("backup run {cramped}")).ends(0);
        office.run(&format!("backup verify latest --all {cramped}")).ends(0);
        office.run(&format!("backup drill {cramped}")).ends(0);
        drop(small);
        if engine == Engine::Postgres {
            return;
        }
        // The target, and the temporary folder: a database of some size on a disk with a megabyte.
        office.run("demo load").ends(0);
        office.repository("store", "password");
        office.run(&format!("backup run {REPO}")).ends(0);
        let small = Small::mounted(office.path("tiny"), 1 << 20).unwrap();
        office.run(&format!("backup restore latest --to tiny/oa.db {REPO}")).ends(1);
        assert_eq!(std::fs::read_dir(office.path("tiny")).unwrap().count(), 0, "nothing half made");
        let ran =
            office.command().env("TMPDIR", office.path("tiny")).args(words(&format!("backup drill {REPO} --lang en"))).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && said.contains("no space left for"), "{said}");
        assert_eq!(std::fs::read_dir(office.path("tiny")).unwrap().count(), 0);
        office.run(&format!("backup drill {REPO}")).ends(0);
        drop(small);
    });
}

/// Whether a snapshot comes back whole.
fn comes_back(office: &Office, snapshot: &str, password: &str) -> bool {
    let of = format!("--repository store --password-file {password}");
    let _ = std::fs::remove_dir_all(office.path("out"));
    let database = office.run(&format!("backup drill {snapshot} {of}"));
    let files = office.run(&format!("backup show {snapshot} --attachments out {of}"));
    for ran in [&database, &files] {
        assert!([0, 4, 9].contains(&ran.code), "{ran:?}");
    }
    database.code == 0 && files.code == 0
}

#[test]
fn damage_is_named_and_what_is_whole_still_comes_back() {
    let mut office = Office::ready(Engine::Sqlite);
    with_repositories(&office);
    office.run(&format!("backup key add --new-password-file other {REPO}")).ends(0);
    office.ease("store", "other");
    std::fs::create_dir(office.path("files")).unwrap();
    let with_files = |office: &Office| {
        let line = words(&format!("backup run {REPO}"));
        assert!(office.command().env("SWJ_ATTACHMENTS", office.path("files")).args(line).status().unwrap().success());
    };
    noise(&office.path("files/small.txt"), 999);
    with_files(&office);
    // The last snapshot brings packs of its own, larger than all before.
    let first: Vec<PathBuf> = walk(&office.path("store"));
    noise(&office.path("files/plan.dwg"), 3 << 20);
    with_files(&office);
    let ids = snapshots(&office, REPO);
    let of = |folder: &str| -> Vec<PathBuf> {
        let mine = walk(&office.path("store")).into_iter().filter(|path| path.starts_with(office.path("store").join(folder)));
        mine.filter(|path| !first.contains(path)).collect()
    };
    let pack = of("data").into_iter().max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let (index, snapshot) = (of("index").remove(0), of("snapshots").remove(0));
    let key = walk(&office.path("store/keys")).remove(0);
    let whose = |key: &Path| {
        // The key that is left whole opens the rest.
        let kept = std::fs::read(key).unwrap();
        std::fs::remove_file(key).unwrap();
        let opens = office.run(&format!("backup list {REPO}")).code == 0;
        std::fs::write(key, kept).unwrap();
        if opens { "password" } else { "other" }
    };
    let good = whose(&key);
    for (what, file, of_first) in [("pack", &pack, false), ("index", &index, false), ("snapshot", &snapshot, false), ("key", &key, true)] {
        let whole = std::fs::read(file).unwrap();
        for harm in ["flipped", "cut", "missing"] {
            std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            match harm {
                "flipped" => {
                    let mut bytes = whole.clone();
                    let middle = bytes.len() / 2;
                    // In a key, which is JSON, one that makes it none.
                    bytes[middle] ^= if what == "key" { 0x80 } else { 0x10 };
                    std::fs::write(file, bytes).unwrap();
                }
                "cut" => std::fs::write(file, &whole[..whole.len() / 2]).unwrap(),
                _ => std::fs::remove_file(file).unwrap(),
            }
            let password = if what == "key" { good } else { "password" };
            let checked = office.run(&format!("backup verify {} --all --repository store --password-file {password}", ids[1]));
            match (what, harm) {
                // A key nobody needs is no damage.
                ("key", _) => assert_eq!(checked.code, 0, "{what} {harm}: {checked:?}"),
                _ => assert_eq!(checked.code, 9, "{what} {harm}: {checked:?}"),
            }
            assert!(!checked.stderr.contains("panicked"), "{checked:?}");
            // Nobody knows the name of an index or a snapshot that is gone; of a pack the index does.
            if what != "key" && (what == "pack" || harm != "missing") {
                let name = file.file_name().unwrap().to_string_lossy()[..8].to_owned();
                let said = format!("{}{}", checked.stdout, checked.stderr);
                assert!(said.contains(&name), "{what} {harm} does not name {name}: {said}");
            }
            assert!(comes_back(&office, &ids[0], password), "{what} {harm}: the first snapshot does not come back");
            assert_eq!(comes_back(&office, &ids[1], password), of_first, "{what} {harm}");
            std::fs::write(file, &whole).unwrap();
        }
    }
    // With every key damaged nothing opens, and it is said which file it is.
    for key in walk(&office.path("store/keys")) {
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(&key, "{").unwrap();
    }
    let ran = office.run(&format!("backup list {REPO} --lang en"));
    assert_eq!(ran.code, 9, "{ran:?}");
    let other = office.another();
    assert_eq!(office.run(&format!("backup restore latest --to {other} {REPO}")).code, 9);
    assert!(!office.path(&other).exists());
}

#[test]
fn two_at_once_do_not_mix_and_the_holder_is_named() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repositories(&office);
        std::fs::create_dir(office.path("files")).unwrap();
        noise(&office.path("files/scan.tif"), 16 << 20);
        let holder = || std::fs::read_to_string(office.path("store/.swj-writer")).unwrap_or_default();
        let line = words(&format!("backup run {REPO}"));
        let start = || Running::of(office.command().env("SWJ_ATTACHMENTS", office.path("files")).args(&line));
        let mut first = start();
        let mut ended = 0;
        // It stands still with its lock in its hands, however fast the machine is.
        while !first.stops_at(|me| holder().contains(&format!("pid {}", me.id()))) {
            assert_eq!(first.ends(), Some(0));
            ended += 1;
            assert!(ended < 100, "it is never seen with its lock");
            // Nothing of it is known: it takes its time again.
            noise(&office.path("files/scan.tif"), (16 << 20) + ended);
            first = start();
        }
        let second = office.run(&format!("backup run {REPO} --lang en")).ends(7);
        assert!(second.stderr.contains(&format!("pid {}", first.id())), "{second:?}");
        // Readers are in nobody's way.
        office.run(&format!("backup list {REPO}")).ends(0);
        assert!(holder().contains(&format!("pid {}", first.id())), "it held its lock all the while");
        first.goes_on();
        assert_eq!(first.ends(), Some(0));
        office.run(&format!("backup run {REPO}")).ends(0);
        assert_eq!(snapshots(&office, REPO).len(), ended + 2);
    });
}

#[test]
fn a_clock_that_jumps_back_changes_neither_the_latest_nor_what_is_kept() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repositories(&office);
        office.run_on("2026-11-22", &format!("backup run {REPO}")).ends(0);
        office.run("unit add LATE --name 末 --parent 00").ends(0);
        let back = office.run_on("2026-11-10", &format!("backup run {REPO} --lang en")).ends(0);
        assert!(back.stderr.contains("clock"), "{back:?}");
        let shown = office.run(&format!("backup show latest --table unit {REPO} -f csv --fields code")).ends(0).stdout;
        assert!(shown.contains("LATE"), "the latest is the last that was made: {shown}");
        office.run(&format!("backup prune --keep-last 1 --at-once --yes {REPO}")).ends(0);
        let shown = office.run(&format!("backup show latest --table unit {REPO} -f csv --fields code")).ends(0).stdout;
        assert!(shown.contains("LATE"), "{shown}");
    });
}

#[test]
fn a_snapshot_or_a_repository_of_a_newer_program_is_refused() {
    let mut office = Office::ready(Engine::Sqlite);
    with_repositories(&office);
    // Made by a program with a later step of the schema.
    office.meddle("INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20991231000000', '2099-12-31')");
    assert_eq!(office.run(&format!("backup run {REPO}")).code, 5, "not ours to save");
    office.meddle("DELETE FROM __diesel_schema_migrations WHERE version = '20991231000000'");
    office.run(&format!("backup run {REPO}")).ends(0);
    // The repository's own format: nobody knows version 3 yet, and restic cannot be made to write it. What it would look
    // like to us is a configuration we cannot read.
    std::fs::set_permissions(office.path("store/config"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    noise(&office.path("store/config"), 155);
    let other = office.another();
    for line in ["backup list", "backup run", &format!("backup restore latest --to {other}")] {
        assert_eq!(office.run(&format!("{line} {REPO}")).code, 9, "{line}");
    }
    assert!(!office.path(&other).exists());
}

/// Moves one coin after the other from one account to the other, five hundred a second, each in a transaction of its own.
struct Writer {
    stop: Arc<AtomicBool>,
    at_work: std::thread::JoinHandle<()>,
}

impl Writer {
    fn started(office: &Office) -> Self {
        let mut shell = office.shell();
        let step = "BEGIN; UPDATE setting SET value = CAST(CAST(value AS bigint) - 1 AS text) WHERE key = 'ledger.a'; \
                    UPDATE setting SET value = CAST(CAST(value AS bigint) + 1 AS text) WHERE key = 'ledger.b'; COMMIT;";
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let at_work = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                shell.say(step);
                std::thread::sleep(Duration::from_millis(2));
            }
            shell.ends();
        });
        Self { stop, at_work }
    }

    fn stopped(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.at_work.join().unwrap();
    }
}

#[test]
fn a_writer_who_never_stops_is_saved_at_one_moment() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repositories(&office);
        office.meddle("INSERT INTO setting (key, value) VALUES ('ledger.a', '1000000'), ('ledger.b', '0')");
        let writer = Writer::started(&office);
        let moved = || office.value("SELECT value FROM setting WHERE key = 'ledger.b'").parse::<i64>().unwrap();
        let mut seen = vec![0];
        for _ in 0..3 {
            let last = seen[seen.len() - 1];
            wait_for("the writer's next coins", || (moved() > last + 20).then_some(()));
            office.run(&format!("backup run {REPO}")).ends(0);
            let line = words(&format!("backup show latest --table setting {REPO} -f csv --fields key,value"));
            let rows = office.run_words(&line).ends(0).stdout;
            let of = |key: &str| -> i64 { rows.lines().find_map(|row| row.strip_prefix(&format!("{key},"))).unwrap().parse().unwrap() };
            assert_eq!(of("ledger.a") + of("ledger.b"), 1_000_000, "{rows}");
            seen.push(of("ledger.b"));
            wait_for("the writer, who goes on", || (moved() > seen[seen.len() - 1]).then_some(()));
        }
        writer.stopped();
        // The log has entries the backups added while the writer went on: each of the three is proved by its digests.
        for snapshot in snapshots(&office, REPO) {
            office.run(&format!("backup verify {snapshot} --deep {REPO}")).ends(0);
        }
        assert!(seen.is_sorted_by(|one, next| one < next), "a backup is of its own moment: {seen:?}");
    });
}

#[test]
fn a_broken_page_of_an_index_fails_the_backup_which_would_not_come_back() {
    use std::os::unix::fs::FileExt;
    let office = Office::ready(Engine::Sqlite);
    office.run("demo load").ends(0);
    with_repositories(&office);
    let shell = |sql: &str| {
        let out = std::process::Command::new("sqlite3")
            .arg(office.path(&office.url()))
            .arg(sql)
            .output()
            .expect("scripts/test.sh installs sqlite3");
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    shell("PRAGMA wal_checkpoint(TRUNCATE)");
    let page: u64 = shell("SELECT rootpage FROM sqlite_master WHERE name = 'info_item_column'").parse().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(office.path(&office.url())).unwrap();
    file.write_all_at(&[0xff; 64], (page - 1) * 4096).unwrap();
    let ran = office.run(&format!("backup run {REPO} --lang en")).ends(9);
    assert!(ran.stderr.contains("info_item_column"), "{ran:?}");
    assert!(snapshots(&office, REPO).is_empty());
}

#[test]
fn a_database_in_use_is_not_taken_away_under_its_user() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        with_repositories(&office);
        office.run(&format!("backup run {REPO}")).ends(0);
        office.run("unit add B --name 乙处 --parent 00").ends(0);
        let before = holds(&office, &office.url());
        let mut user = office.shell();
        user.ask("BEGIN; SELECT count(*) FROM unit;");
        let line = format!("backup restore latest --to {} --confirm {} {REPO} --lang en", office.url(), office.name());
        for line in [format!("{line} -n"), line.clone()] {
            let refused = office.run(&line).ends(7);
            assert!(refused.stderr.contains("connected") && !refused.stderr.contains("Removed"), "{refused:?}");
            assert_eq!(holds(&office, &office.url()), before);
        }
        assert!(user.is_there(), "he was there all the while");
        drop(user);
        assert_eq!(holds(&office, &office.url()), before);
        office.is_alone();
        office.run(&line).ends(0);
        if engine == Engine::Postgres {
            crate::backup_across::drop_like(&office.url(), &format!("{}_", office.name()));
        }
    });
}
