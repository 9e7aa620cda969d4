//! Bad input: a clear error with file, line and next step, the right exit code, nothing written.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Engine, Office, Ran, on_each_engine};

/// The error in both languages: the same code and place, each with a hint.
#[track_caller]
fn both_languages(office: &Office, line: &str, exit: i32, code: &str) -> Ran {
    let say = |language: &str| office.run(&format!("{line} --lang {language} -f json")).ends(exit);
    let (zh, en) = (say("zh"), say("en"));
    let document = |ran: &Ran| -> serde_json::Value {
        let last = ran.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    };
    let (chinese, english) = (document(&zh), document(&en));
    assert_eq!(english["schema"], "swj.error/1");
    assert_eq!(english["error"]["code"], code, "{en:?}");
    assert_eq!(english["error"]["exit"], exit);
    assert_eq!(chinese["error"]["where"], english["error"]["where"]);
    assert!(en.stdout.is_empty() && zh.stdout.is_empty());
    let is_chinese =
        |text: &serde_json::Value| text.as_str().is_some_and(|text| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
    assert!(is_chinese(&chinese["error"]["message"]) && is_chinese(&chinese["error"]["hint"]), "{chinese}");
    assert!(english["error"]["message"].as_str().is_some_and(|text| !text.is_empty()) && english["error"]["hint"].is_string(), "{english}");
    en
}

#[test]
fn files_that_are_no_tables() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let before = office.digests(&office.url());
        office.write("empty.csv", "");
        office.write("blank.csv", ",,\n,,\n");
        office.write("book.xlsx", b"PK\x03\x04....");
        office.write("old.xls", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]);
        office.write("page.csv", "<html><body><table>");
        office.write("drawn.txt", "┌──┬──┐\n│名称│编码│\n");
        office.write("noise.csv", [b"a,b\n".as_slice(), &[0xff, 0xff, 0xff, 0x81]].concat());
        office.write("headless.csv", "甲,乙\n1,2\n");
        office.write("twice.csv", "编码,名称,名称\n1,a,b\n");
        std::fs::create_dir(office.path("folder.csv")).unwrap();
        for (line, exit, code) in [
            ("unit import nowhere.csv", 4, "intake.not-found"),
            ("unit import folder.csv", 2, "intake.folder"),
            ("unit import empty.csv", 5, "intake.empty"),
            ("user import blank.csv", 5, "intake.blank"),
            ("license import book.xlsx", 5, "intake.bad-workbook"),
            ("license import old.xls", 5, "intake.not-a-table"),
            ("license import page.csv", 5, "intake.not-a-table"),
            ("license import drawn.txt", 5, "intake.not-a-table"),
            ("license import noise.csv", 5, "intake.not-text"),
            ("disclosure import headless.csv", 5, "intake.no-header"),
            ("unit import twice.csv", 5, "intake.duplicate-column"),
            ("unit import headless.csv --map nonsense=1", 2, "intake.unknown-field"),
            ("unit import headless.csv --header-row 1 --map code=丙 --map name=乙", 2, "intake.unknown-column"),
            ("unit import headless.csv --encoding klingon", 2, "intake.unknown-encoding"),
        ] {
            both_languages(&office, line, exit, code);
        }
        let noise = office.run("license import noise.csv -f json").stderr;
        assert!(noise.contains("\"line\":2"), "{noise}");
        assert_eq!(office.digests(&office.url()), before);
    });
}

#[test]
fn databases_that_are_not_there_or_not_ours() {
    let office = Office::ready(Engine::Sqlite);
    office.write("letter.db", "Dear Sir, this is no database but a letter of sufficient length to be looked at.");
    office.write("void.db", "");
    for (line, exit, code) in [
        ("-d nowhere.db unit list", 4, "database.missing"),
        ("-d letter.db unit list", 1, "database.not-a-database"),
        ("-d void.db unit list", 4, "database.empty"),
        ("-d postgres://nobody@127.0.0.1:9/oa unit list", 7, "database.unreachable"),
        ("-d nofolder/oa.db init --organisation 局 --system a1:甲:1 --security b1:乙:2 --audit c1:丙:3 --passwords p", 4, "file.missing"),
    ] {
        both_languages(&office, line, exit, code);
    }
    assert!(!office.path("nowhere.db").exists(), "a mistyped path makes no database");
    if !crate::support::sqlite_only() {
        let mut server = Office::new(Engine::Postgres);
        let missing = server.another();
        both_languages(&server, &format!("-d {missing} unit list"), 4, "database.missing");
    }
}

#[test]
fn a_newer_schema_is_refused_before_anything_is_touched() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.meddle("INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')");
        both_languages(&office, "unit list", 5, "database.newer");
        office.run("db status").ends(3);
        office.run("db migrate --yes").ends(5);
    });
}

#[test]
fn an_older_schema_says_how_to_bring_it_up_to_date() {
    on_each_engine(|engine| {
        let office = Office::new(engine);
        office.run("init").ends(8);
        let office = Office::ready(engine);
        office.meddle("DELETE FROM __diesel_schema_migrations WHERE version = '00000000000008'");
        let ran = both_languages(&office, "unit list", 5, "database.older");
        assert!(ran.stderr.contains("swj db migrate"), "{ran:?}");
        assert!(office.run("db status -f csv").ends(3).stdout.contains("operations,pending"));
    });
}

#[test]
fn a_folder_that_cannot_be_written() {
    let office = Office::ready(Engine::Sqlite);
    // The superuser writes everywhere; /proc refuses even root.
    let ran = office.run("unit list -o /proc/units.csv -f csv");
    assert!([1, 4].contains(&ran.code) && ran.stderr.contains("/proc/units.csv"), "{ran:?}");
    office.run("unit list -o nowhere/units.csv").ends(4);
    let locked = office.path("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::copy(office.path(&office.url()), locked.join("oa.db")).unwrap();
    std::fs::set_permissions(locked.join("oa.db"), std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    if !rustix::process::geteuid().is_root() {
        both_languages(&office, "-d locked/oa.db unit add 01 --name 处", 1, "database.read-only");
    }
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let office = Office::ready(Engine::Sqlite);
    office.run("demo load").ends(0);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = office.command().args(["user", "list", "-f", "csv"]).stdout(full).stderr(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(1));
    for format in ["table", "plain", "json", "jsonl", "csv", "tsv", "markdown", "ids"] {
        let mut child = office
            .command()
            .args(["user", "list", "-f", format])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!((out.status.code(), String::from_utf8_lossy(&out.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn two_writers_at_once_both_succeed_or_one_is_told_to_wait() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let children: Vec<_> = (0..6)
            .map(|n| {
                office
                    .command()
                    .args(["unit", "add", &format!("8{n}"), "--name", "处", "--parent", "00", "-q"])
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let codes: Vec<_> = children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
        assert!(codes.iter().all(|code| [0, 7].contains(code)), "{codes:?}");
        let done = codes.iter().filter(|code| **code == 0).count();
        assert_eq!(office.run("log list --verb 'unit add' -f count").stdout.trim(), done.to_string());
        assert!(office.run("log verify -f csv --fields verdict,unsealed").ends(0).stdout.contains("sound,0"));
    });
}

#[test]
fn mistakes_on_the_command_line() {
    let office = Office::ready(Engine::Sqlite);
    for (line, code) in [
        ("unit lst", "usage.unknown-command"),
        ("unit list --knd office", "usage.unknown-argument"),
        ("unit list --kind cloud", "usage.invalid-value"),
        ("unit add", "usage.missing-argument"),
        ("unit", "usage.missing-command"),
        ("stats month 2026-13", "usage.month"),
        ("stats month 2026-Q1", "usage.month"),
        ("stats rate never", "usage.period"),
        ("unit list --fields code,nonsense", "usage.field"),
        ("unit list --as-of tomorrow", "usage.day"),
    ] {
        both_languages(&office, line, 2, code);
    }
    let ran = office.run("unit list -f yaml").ends(2);
    assert!(ran.stderr.contains("table, plain, json") && ran.stdout.is_empty(), "{ran:?}");
    assert!(office.run("unit lst").ends(2).stderr.contains("list"));
}

#[test]
fn an_unknown_configuration_key_is_named_with_its_line() {
    let office = Office::ready(Engine::Sqlite);
    office.write("config.toml", "language = 'zh'\n[databse]\nurl = 'x'\n");
    let ran = office.run("--config config.toml unit list --lang en").ends(2);
    assert!(ran.stderr.contains("databse.url") && ran.stderr.contains("config.toml:3") && ran.stderr.contains("database.url"), "{ran:?}");
    office.run("--config nowhere.toml unit list").ends(2);
}

#[test]
fn an_output_that_is_a_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let office = Office::ready(Engine::Sqlite);
    let pipe = office.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reading = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap())
    };
    office.run("unit list -f csv -o pipe").ends(0);
    assert!(reading.join().unwrap().starts_with("code,"));
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo(), "never replaced by a file");
}
