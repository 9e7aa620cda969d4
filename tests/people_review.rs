//! What fresh eyes found in units, users, imports, the log and the making of a database, kept mended.

use std::process::Stdio;

use crate::support::{Engine, INIT, Office, on_each_engine, same_on_each_engine, typed, words};

const USERS: &str = "账号,姓名,工号,单位编码,电子邮箱\n";

#[test]
fn columns_that_are_not_there_are_told_before_anything_is_written() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("u.csv", format!("{USERS}u1,甲,1,00,\n"));
        for line in [
            "unit add 01 --name 办公室 --parent 00 --fields nosuch",
            "unit add 01 --name 办公室 --parent 00 --sort nosuch",
            "user disable wangfang --yes --fields zz",
            "user import u.csv --yes --sort zz",
        ] {
            office.run(line).ends(2);
        }
        office.run("unit add 01 --name 办公室 --parent 00 -o nofolder/x.csv").ends(4);
        office.run("unit add 01 --name 办公室 --parent 00 -o .").ends(2);
        assert_eq!(office.run("log list -f count").stdout.trim(), "1", "nothing but the making of the database");
        assert_eq!(office.run("unit list -f count").stdout.trim(), "1");
        // And those that are there are shown, once.
        let added = office.run("unit add 01 --name 办公室 --parent 00 --fields code,name -f csv").ends(0).stdout;
        assert_eq!(added, "code,name\n01,办公室\n");
        assert_eq!(office.run("log list -f count").stdout.trim(), "2");
    });
}

#[test]
fn a_rejects_file_has_one_row_a_row_and_can_be_mended_again_and_again() {
    same_on_each_engine(|office| {
        office.run("unit add 01 --name 办公室 --parent 00").ends(0);
        office.write("r.csv", "账号,姓名,单位编码,账户类型,信息员\nok.one,甲,01,个人,是\nBAD LOGIN,乙,99,个人,也许\nbad2,丙,98,个人,否\n");
        office.run("user import r.csv --rejects r1.csv").ends(3);
        let first = office.read("r1.csv");
        assert_eq!(first.lines().count(), 3, "{first}");
        assert!(first.contains("账号; 单位编码; 信息员,login-form; unit-unknown; yes-or-no"), "{first}");
        office.write("r1b.csv", first.replace("BAD LOGIN", "good.one").replace(",99,", ",01,"));
        office.run("user import r1b.csv --rejects r2.csv").ends(3);
        let second = office.read("r2.csv");
        assert_eq!(second.lines().next(), first.lines().next());
        assert!(second.lines().skip(1).all(|row| row.split(',').count() >= 10), "{second}");
        office.write("r2b.csv", second.replace("也许", "否").replace(",98,", ",01,"));
        office.run("user import r2b.csv --yes --rejects r2.csv").ends(0);
        assert!(!office.path("r2.csv").exists(), "no rejects, no file of rejects");
        office.write("mine.csv", "a,b\n1,2\n");
        office.run("user import r2b.csv --yes --rejects mine.csv").ends(0);
        assert!(office.path("mine.csv").exists(), "a file that is none of ours stays");
        office.run("user import r.csv --rejects r.csv").ends(2);
        assert!(office.read("r.csv").contains("ok.one"));
        second
    });
}

#[test]
fn a_link_or_a_pipe_named_for_rejects_stays_what_it_is() {
    let office = Office::ready(Engine::Sqlite);
    office.write("r.csv", format!("{USERS}u1,甲,1,77,\n"));
    office.write("target.csv", "");
    std::os::unix::fs::symlink(office.path("target.csv"), office.path("link.csv")).unwrap();
    office.run("user import r.csv --rejects link.csv").ends(3);
    assert!(office.path("link.csv").is_symlink());
    assert!(office.read("target.csv").contains("unit-unknown"));
    assert!(std::process::Command::new("mkfifo").arg(office.path("pipe")).status().unwrap().success());
    let reader = std::process::Command::new("cat").arg(office.path("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    office.run("user import r.csv --rejects pipe").ends(3);
    assert!(String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap().contains("unit-unknown"));
}

#[test]
fn a_table_comes_through_a_pipe_too() {
    use std::io::Write;
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for file in ["-", "/dev/stdin"] {
            let mut child = office
                .command()
                .args(words(&format!("user import {file} --yes -f count")))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(format!("{USERS}p{},甲,,00,\n", file.len()).as_bytes()).unwrap();
            let out = child.wait_with_output().unwrap();
            assert_eq!((out.status.code(), String::from_utf8(out.stdout).unwrap().trim()), (Some(0), "1"));
        }
        let wide: Vec<u8> = format!("{USERS}wide,甲,,00,\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        office.write("wide.csv", wide);
        office.run("user import wide.csv --encoding utf-16le --yes").ends(0);
        let mut nul = format!("{USERS}n1,甲,,00,\n").into_bytes();
        nul.extend(std::iter::repeat_n(b'\n', 70_000));
        nul.extend_from_slice("n2,乙\0,,00,\n".as_bytes());
        office.write("nul.csv", nul);
        office.run("user import nul.csv --yes").ends(5);
    });
}

#[test]
fn a_masked_number_in_an_export_comes_back_as_the_number() {
    same_on_each_engine(|office| {
        office.write("rid.csv", format!("{USERS}u1,甲,11010519491231002X,00,a11010519491231002X@x.cn\n"));
        office.run("user import rid.csv --yes").ends(0);
        office.run("user export -o ex.csv").ends(0);
        assert!(office.read("ex.csv").contains("110105********002X"));
        assert_eq!(office.run("user import ex.csv --yes -f count").ends(0).stdout.trim(), "0");
        office.write("other.csv", office.read("ex.csv").replace("002X,", "003X,"));
        let refused = office.run("user import other.csv --yes -f csv --fields field,rule").ends(3).stdout;
        assert!(refused.contains("staff_no,masked-number"), "{refused}");
        refused
    });
}

#[test]
fn what_is_exported_in_either_language_is_imported_again() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 01 --name 办公室 --short-name 办 --parent 00 --sort-no 7 --oa-mode exchange").ends(0);
        office.run("user add u1 --name 甲 --unit 01 --info-officer").ends(0);
        for (noun, language, file) in
            [("user", "en", "u.csv"), ("user", "zh", "u.xlsx"), ("unit", "en", "n.xlsx"), ("unit", "zh", "n.csv"), ("unit", "en", "e.csv")]
        {
            let excel = if file.ends_with("csv") { "--excel" } else { "" };
            office.run(&format!("{noun} export --lang {language} {excel} -o {file}").replace("  ", " ")).ends(0);
            let back = office.run(&format!("{noun} import {file} --yes -f count")).ends(0);
            assert_eq!(back.stdout.trim(), "0", "{file}");
            assert!(!back.stderr.contains("Columns not used"), "{}", back.stderr);
        }
    });
}

#[test]
fn a_closed_unit_stays_closed_and_takes_nobody() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 05 --name 审批处 --parent 00").ends(0);
        office.run("unit add 06 --name 河湖处 --parent 00").ends(0);
        office.meddle("UPDATE unit SET status = 'closed', closed_on = '2020-01-01' WHERE code = '05'");
        office.write("cl.csv", "单位编码,单位名称,排序\n05,审批处,51\n");
        office.run("unit import cl.csv --yes").ends(0);
        let shown = office.run("unit show 05 -f csv").ends(0).stdout;
        assert!(shown.contains("closed") && shown.contains("2020-01-01"), "{shown}");
        office.run("user add u1 --name 甲 --unit 05").ends(5);
        office.run("unit add 51 --name 甲科 --parent 05").ends(5);
        office.write("u.csv", format!("{USERS}u1,甲,,05,\n"));
        assert!(office.run("user import u.csv --yes -f csv").ends(3).stdout.contains("unit-is-closed"));
        office.run("user add u2 --name 乙 --unit 06").ends(0);
        office.meddle("UPDATE oa_user SET status = 'closed' WHERE login_name = 'u2'");
        office.write("u2.csv", format!("{USERS}u2,丙,,06,\n"));
        assert!(office.run("user import u2.csv --yes -f csv").ends(3).stdout.contains("account-closed"));
    });
}

#[test]
fn adding_one_holds_the_rules_of_adding_many() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for line in [
            "unit add '' --name 甲",
            "unit add 'a b' --name 甲",
            "unit add 07 --name ''",
            "unit add 07 --name 甲 --uscc BADUSCC",
            "unit add 07 --name 甲 --division 999999",
            "user add u7 --name '' --unit 00",
            "user add u7 --name 甲 --unit 00 --joined-on 2026-05-01 --valid-until 2026-04-01",
        ] {
            office.run(line).ends(2);
        }
        let mut parent = "00".to_owned();
        for level in 1..=6 {
            office.run(&format!("unit add L{level} --name 级{level} --parent {parent}")).ends(0);
            parent = format!("L{level}");
        }
        assert!(office.run("unit add L7 --name 级7 --parent L6 -f json").ends(5).stderr.contains("unit.too-deep"));
        office.run("unit add M --name 移动 --parent 00").ends(0);
        office.write("deep.csv", "单位编码,单位名称,上级单位编码\nL1,级1,M\n");
        assert!(office.run("unit import deep.csv --yes -f csv").ends(3).stdout.contains("unit-too-deep"));
    });
}

#[test]
fn an_import_of_the_tree_mends_its_levels() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 01 --name 办公室 --parent 00").ends(0);
        office.meddle("UPDATE unit SET level = 4 WHERE code = '01'");
        office.run("audit run --rule unI-005").ends(0);
        office.run("unit export -o un.csv").ends(0);
        office.run("unit import un.csv --yes").ends(0);
        assert_eq!(office.run("audit run --rule UNI-005 --fail-on low -f count").ends(0).stdout.trim(), "0");
        assert!(office.run("log list --subject 01 -f csv").stdout.contains("level"));
        assert_eq!(office.run("unit import un.csv --yes -f count").ends(0).stdout.trim(), "0");
    });
}

#[test]
fn a_choice_of_rules_that_leaves_none_is_no_pass() {
    let office = Office::ready(Engine::Sqlite);
    assert!(office.run("audit run --area account").ends(2).stderr.contains("ACC, ARC, AUD"));
    office.run("audit run --rule ACC-003 --severity critical").ends(4);
    office.run("audit rules --area nosuch").ends(2);
    office.run("audit rules --area acc --area nosuch").ends(2);
    office.run("audit run --area uni").ends(0);
    let of = |areas: &str| office.run(&format!("audit rules {areas} -f count")).ends(0).stdout.trim().parse::<i64>().unwrap();
    assert_eq!(of("--area uni --area SCH"), of("--area uni") + of("--area SCH"));
    assert_eq!(of("--area uni,sch"), of("--area uni --area SCH"));
    let with = |name: &str, value: &str, line: &str| {
        office.command().env(name, value).args(line.split(' ')).output().unwrap().status.code().unwrap()
    };
    assert_eq!(with("SWJ_AUDIT_RULES", "/nonexistent", "audit run --area UNI"), 2);
    assert_eq!(with("SWJ_AUDIT_DORMANT_DAYS", "99999999999", "audit run"), 2);
    assert_eq!(with("SWJ_AUDIT_DORMANT_DAYS", "-5", "audit run"), 2);
    assert!(office.run("audit explain ACC-015 --lang zh").stdout.contains("发放密钥"));
}

#[test]
fn of_two_who_begin_at_once_neither_destroys_the_other_s_database() {
    for round in 0..6 {
        let office = Office::new(Engine::Sqlite);
        let children: Vec<_> = (0..3)
            .map(|n| {
                let line = INIT.replace("--passwords initial-passwords", &format!("--passwords p{n}"));
                office.command().args(words(&line)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let ended: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let winners = ended.iter().filter(|out| out.status.success()).count();
        assert!(winners >= 1, "round {round}: {ended:?}");
        office.run("log verify").ends(0);
        assert_eq!(office.run("user list -f count").stdout.trim(), "3");
        let secrets = (0..3).filter(|n| office.path(&format!("p{n}")).exists()).count();
        assert_eq!(secrets, 1, "the passwords of the one database that was made");
        let left: Vec<_> = std::fs::read_dir(office.path(".")).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("making")), "{left:?}");
    }
}

#[test]
fn a_foreign_database_is_left_alone() {
    on_each_engine(|engine| {
        let office = Office::new(engine);
        if engine == Engine::Postgres {
            // The first step of an empty database, taken back.
            office.run(INIT).ends(0);
            office.meddle("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            std::fs::remove_file(office.path("initial-passwords")).unwrap();
        }
        office.meddle("CREATE TABLE notes (a int)");
        let line = format!("{INIT} -f json");
        assert!(office.run(&line).ends(5).stderr.contains("database.other-program"));
        assert!(office.run(&format!("{line} -n")).ends(5).stderr.contains("database.other-program"));
        office.run("db migrate --yes").ends(5);
        office.run("db migrate --dry-run").ends(5);
        assert!(!office.path("initial-passwords").exists());
        office.meddle("INSERT INTO notes VALUES (1)");
        office.meddle("DROP TABLE notes");
        office.run(INIT).ends(0);
    });
}

#[test]
fn a_dry_run_of_init_finds_what_the_real_one_would() {
    let office = Office::new(Engine::Sqlite);
    let at = |url: &str, more: &str| office.run(&format!("-d {url} {INIT} {more}"));
    at("nofolder/n.db", "-n").ends(4);
    at("n.db", "-n").ends(0);
    assert!(!office.path("n.db").exists() && !office.path("initial-passwords").exists());
    office.run(&format!("-d n.db {} -n", INIT.replace("initial-passwords", "nofolder/p"))).ends(4);
    office.run(&format!("-d n.db {}", INIT.replace("initial-passwords", "n.db"))).ends(2);
    office.run(&format!("-d n.db {INIT} --code ''")).ends(2);
    // Names that SQLite itself would take for something else.
    at("file:x.db", "").ends(0);
    assert!(office.path("file:x.db").metadata().unwrap().len() > 0 && !office.path("x.db").exists());
    std::fs::remove_file(office.path("initial-passwords")).unwrap();
    at(":memory:", "").ends(0);
    office.run("-d :memory: unit list").ends(0);
}

#[test]
fn an_interrupted_init_leaves_nothing() {
    let whole = Office::new(Engine::Sqlite).start(INIT).takes();
    for part in 1..=6 {
        let office = Office::new(Engine::Sqlite);
        let mut child = office.start(INIT);
        if child.stops_at(|me| me.used() >= whole * part / 7) {
            child.send(rustix::process::Signal::INT);
            child.goes_on();
        }
        let code = child.ends();
        if code == Some(130) && !office.path(&office.url()).exists() {
            let left: Vec<_> = std::fs::read_dir(office.path(".")).unwrap().map(|file| file.unwrap().file_name()).collect();
            assert!(left.is_empty(), "at {part}/7: {left:?}");
        }
        office.run(INIT);
        office.run("log verify").ends(0);
    }
}

#[test]
fn the_log_s_proof_does_not_stumble_over_what_was_done_to_it() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 01 --name 甲 --parent 00").ends(0);
        let head = office.run("log verify -f json").ends(0).json()["data"][0]["head"].as_str().unwrap().to_owned();
        office.run(&format!("log verify --head {}", head[..16].to_uppercase())).ends(0);
        office.run("log verify --head abc").ends(2);
        office.run(&format!("log verify --head {}", "0".repeat(64))).ends(9);
        match engine {
            Engine::Sqlite => office.meddle(
                "DROP TRIGGER audit_log_no_update; PRAGMA ignore_check_constraints = ON; UPDATE audit_log SET at = 'garbage' WHERE seq = 2",
            ),
            Engine::Postgres => {
                office.meddle("ALTER TABLE audit_log DISABLE TRIGGER USER; UPDATE audit_log SET at = at + interval '1 hour' WHERE seq = 2");
            }
        }
        assert_eq!(office.run("log verify -f csv --fields verdict,broken_at").ends(9).stdout, "verdict,broken_at\nbroken,2\n");
        match engine {
            Engine::Sqlite => office.meddle(
                "DROP TRIGGER audit_log_no_delete; DROP TRIGGER audit_seal_no_delete; DELETE FROM audit_seal; DELETE FROM audit_log",
            ),
            Engine::Postgres => office.meddle("ALTER TABLE audit_seal DISABLE TRIGGER USER; DELETE FROM audit_seal; DELETE FROM audit_log"),
        }
        office.run("log verify").ends(9);
    });
}

#[test]
fn somebody_else_s_change_is_not_written_over() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("user add u1 --name 甲 --unit 00 --email old@x.cn").ends(0);
        office.write("u.csv", "账号,姓名,单位编码\nu1,乙,00\n");
        // On a terminal, so that the question is put and waits.
        let mut asked = false;
        let (code, screen) = typed(&office, "user import u.csv", "[y/N]", || {
            // The answer is written beside the question once more.
            if std::mem::replace(&mut asked, true) {
                return None;
            }
            office.write("mail.csv", format!("{USERS}u1,甲,,00,new@x.cn\n"));
            office.run("user import mail.csv --yes").ends(0);
            Some("y\n".to_owned())
        });
        assert_eq!(code, 5, "{screen}");
        let shown = office.run("user export -f csv").stdout;
        assert!(shown.contains("甲") && shown.contains("new@x.cn"), "{shown}");
    });
}

#[test]
fn the_small_things_said_globally() {
    let office = Office::ready(Engine::Sqlite);
    assert!(office.run("-qfjson -d nosuch.db status").ends(4).stderr.starts_with('{'));
    assert!(office.run("-d nosuch.db status -o x.json").ends(4).stderr.starts_with('{'));
    office.run("--lang fr status").ends(2);
    office.run("completions bash -o sw.txt").ends(0);
    assert!(office.read("sw.txt").contains("complete"));
    assert!(office.run("user list --limit 1 -o lim.csv").ends(0).stderr.contains('3'));
    assert!(office.run("help unit add").ends(0).stdout.contains("--parent"));
    office.run("user export --unit NOSUCH").ends(4);
    office.run("user add dingyi --name 丁一 --unit 00").ends(0);
    office.run("user disable dingyi dingyi --yes").ends(0);
    assert_eq!(office.run("log list --verb 'user disable' -f count").stdout.trim(), "1");
    assert!(office.run("status -f csv").stdout.contains("organisation,天津市水务局"));
    let shown = office.run("-d 'postgres://u@127.0.0.1:9/x?password=secret' status").ends(7).stderr;
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let office = Office::ready(Engine::Sqlite);
    office.run("db check").ends(0);
    let root: u64 = {
        let out = std::process::Command::new("sqlite3")
            .arg(office.path(&office.url()))
            .arg("PRAGMA wal_checkpoint(TRUNCATE); SELECT rootpage FROM sqlite_master WHERE name = 'oa_user'")
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap().lines().last().unwrap().parse().unwrap()
    };
    let mut bytes = std::fs::read(office.path(&office.url())).unwrap();
    bytes[(root as usize - 1) * 4096] = 0xff;
    office.write(&office.url(), bytes);
    let checked = office.run("db check");
    assert_eq!(checked.code, 9, "{checked:?}");
}

#[test]
fn a_reader_without_the_right_to_write_reads_and_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::ready(Engine::Sqlite);
    if !rustix_is_root() {
        return;
    }
    let open = |path: &std::path::Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    open(&office.path("."), 0o755);
    open(&office.path(&office.url()), 0o644);
    let mut command = std::process::Command::new("setpriv");
    command
        .args(["--reuid=65534", "--clear-groups", env!("CARGO_BIN_EXE_swj"), "unit", "list", "-f", "count"])
        .envs(office.command().get_envs().filter_map(|(k, v)| Some((k, v?))))
        .current_dir(office.path("."));
    let reads = || command_output(&mut command);
    let mut reads = reads;
    let out = reads();
    if out.0 == Some(126) || out.0 == Some(127) {
        return;
    }
    assert_eq!(out, (Some(0), "1\n".to_owned()));
    assert!(!office.path(&format!("{}-wal", office.url())).exists());
    office.run("unit add 01 --name 甲 --parent 00").ends(0);
}

fn command_output(command: &mut std::process::Command) -> (Option<i32>, String) {
    let out = command.output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
}

fn rustix_is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

#[test]
fn a_locked_table_is_busy_after_a_while_and_a_right_that_is_missing_is_told() {
    if crate::support::sqlite_only() {
        return;
    }
    let office = Office::ready(Engine::Postgres);
    let mut holder = office.shell();
    holder.ask("BEGIN; LOCK TABLE unit IN ACCESS EXCLUSIVE MODE; SELECT 'held';");
    office.run("unit list").ends(7);
    drop(holder);
    let url = format!("{}&bogus=1", office.url());
    office.run(&format!("-d {url} status")).ends(2);
}
