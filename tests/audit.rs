use crate::support::{Office, on_each_engine, same_on_each_engine};

#[test]
fn the_demo_bureau_is_sound_and_has_the_seed_reports_figures() {
    same_on_each_engine(|office| {
        office.run("demo load --seed 7").ends(0);
        assert!(office.run("stats rate").ends(0).stdout.contains("1708 / 1913 = 89.3 %"));
        let audit = office.run("audit run -f json").ends(0);
        assert_eq!(audit.json()["summary"]["findings"], 0, "{}", audit.stdout);
        assert_eq!(audit.json()["summary"]["skipped"], 0);
        office.run("demo load").ends(5);
        // Which database it is of is told, and no two are the same.
        let audit: String = audit.stdout.lines().filter(|line| !line.contains("\"database_id\"")).flat_map(|line| [line, "\n"]).collect();
        audit + &office.run("stats month 2025-06 -f csv").stdout + &office.run("unit tree -f csv").stdout
    });
}

#[test]
fn every_planted_fault_is_found_and_no_other() {
    same_on_each_engine(|office| {
        let planted = office.run("demo load --with-faults -f csv").ends(0).stdout;
        let found = office.run("audit run --fail-on low -f csv --fields rule,key --sort rule,key").ends(3).stdout;
        assert_eq!(found, planted);
        let rules: std::collections::BTreeSet<&str> = planted.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let all = office.run("audit rules -f csv --fields rule").stdout;
        assert_eq!(rules.into_iter().collect::<Vec<_>>(), all.lines().skip(1).collect::<Vec<_>>(), "one fault at least for each rule");
        found
    });
}

#[test]
fn the_exit_code_follows_the_severity_asked_for() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        // Fresh administrators have no second factor: three high findings. And nothing was backed up yet: a critical one.
        office.run("audit run").ends(3);
        office.run("audit run --fail-on critical").ends(3);
        office.run("audit run --area ACC").ends(3);
        office.run("audit run --area ACC --fail-on critical").ends(0);
        office.run("audit run --area UNI").ends(0);
        office.run("audit run --rule ACC-015,ACC-001").ends(3);
        office.run("audit run --rule NO-SUCH").ends(4);
    });
}

#[test]
fn a_rule_that_cannot_run_is_said_and_outranks_findings() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        std::fs::create_dir(office.path("audit.d")).unwrap();
        let header = |id: &str| {
            format!("-- id: {id}\n-- name: own\n-- severity: low\n-- title.zh: 自定\n-- title.en: own\n-- clause: local\n-- remedy: none\n")
        };
        office.write("audit.d/own.sql", format!("{}SELECT 'unit' AS t, code AS k, name AS d FROM unit", header("OWN-001")));
        office.write("audit.d/broken.sql", format!("{}SELECT 'x' AS t, k AS k, 'd' AS d FROM no_such_table", header("OWN-002")));
        let run = |line: &str| {
            let out = office.command().env("SWJ_AUDIT_RULES", office.path("audit.d")).args(line.split(' ')).output().unwrap();
            (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
        };
        let (code, out, err) = run("audit run --area OWN -f json");
        assert_eq!(code, 1, "{err}");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (json["summary"]["ran"].as_i64(), json["summary"]["skipped"].as_i64(), json["summary"]["findings"].as_i64()),
            (Some(1), Some(1), Some(1))
        );
        assert!(err.contains("OWN-002"));
        assert_eq!(run("audit run --rule OWN-001 --fail-on low").0, 3);
        office.write("audit.d/writes.sql", format!("{}DELETE FROM unit", header("OWN-003")));
        assert_eq!(run("audit run").0, 2);
    });
}

#[test]
fn every_rule_is_explained_in_both_languages() {
    let office = Office::ready(crate::support::Engine::Sqlite);
    for rule in office.run("audit rules -f ids").ends(0).stdout.lines() {
        for language in ["zh", "en"] {
            let explained = office.run(&format!("audit explain {rule} --lang {language} -f json")).ends(0).json();
            let field = |name: &str| {
                explained["data"].as_array().unwrap().iter().find(|row| row["field"] == name).unwrap()["value"]
                    .as_str()
                    .unwrap_or("")
                    .to_owned()
            };
            assert!(!field("why").is_empty() && !field("clause").is_empty() && !field("remedy").is_empty(), "{rule}");
        }
    }
    office.run("audit explain NO-SUCH").ends(4);
}

#[test]
fn the_same_run_twice_gives_the_same_document() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let run = || office.run("audit run -f json --as-of 2026-12-28").ends(3).stdout;
        assert_eq!(run(), run());
    });
}

#[test]
fn a_changed_removed_or_reordered_entry_breaks_the_chain() {
    on_each_engine(|engine| {
        let break_with = |sql: &str, fault: &str, at: &str| {
            let office = Office::ready(engine);
            for n in 1..=3 {
                office.run(&format!("unit add 9{n} --name 处{n} --parent 00")).ends(0);
            }
            let head = office.run("log verify -f json").ends(0).json()["data"][0]["head"].as_str().unwrap().to_owned();
            office.meddle(&open_the_log(engine));
            office.meddle(sql);
            let ran = office.run("log verify -f csv --fields verdict,broken_at,fault").ends(9);
            assert_eq!(ran.stdout.lines().nth(1).unwrap(), format!("broken,{at},{fault}"), "{sql}");
            office.run(&format!("log verify --head {head}")).ends(9);
        };
        break_with("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2", "changed", "2");
        break_with("DELETE FROM audit_seal WHERE no = 2", "gap", "3");
        break_with("UPDATE audit_seal SET prev_hash = entry_hash WHERE no = 3", "unlinked", "3");
    });
}

#[test]
fn a_cut_tail_is_shown_only_by_a_head_kept_elsewhere() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 91 --name 处 --parent 00").ends(0);
        let head = office.run("log verify -f json").ends(0).json()["data"][0]["head"].as_str().unwrap().to_owned();
        office.run("unit add 92 --name 处 --parent 00").ends(0);
        office.run(&format!("log verify --head {head}")).ends(0);
        office.meddle(&open_the_log(engine));
        office.meddle("DELETE FROM audit_seal WHERE no >= 2");
        office.meddle("DELETE FROM audit_log WHERE seq >= 2");
        office.run("log verify").ends(0);
        office.run(&format!("log verify --head {head}")).ends(9);
    });
}

#[test]
fn the_log_refuses_to_be_changed() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for sql in ["UPDATE audit_log SET verb = 'x'", "DELETE FROM audit_log", "DELETE FROM audit_seal"] {
            let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| office.meddle(sql)));
            assert!(refused.is_err(), "{sql} went through on {engine:?}");
        }
    });
}

/// What an intruder with the owner's rights would do first.
fn open_the_log(engine: crate::support::Engine) -> String {
    let drop = |on: &str| match engine {
        crate::support::Engine::Sqlite => format!("DROP TRIGGER {on}_no_update; DROP TRIGGER {on}_no_delete;"),
        crate::support::Engine::Postgres => format!("DROP TRIGGER {on}_append_only ON {on};"),
    };
    drop("audit_log") + &drop("audit_seal")
}

#[test]
fn every_write_is_logged_once_with_who_and_from_where() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let out = office
            .command()
            .env("SWJ_ACTOR", "zhangwei")
            .args(["unit", "add", "01", "--name", "办公室", "--parent", "00", "--reason", "新设"])
            .output()
            .unwrap();
        assert!(out.status.success());
        let log = office.run("log list --last 1 -f json").ends(0).json();
        let entry = &log["data"][0];
        assert_eq!(
            (entry["verb"].as_str(), entry["actor"].as_str(), entry["reason"].as_str(), entry["subject_key"].as_str()),
            (Some("unit add"), Some("zhangwei"), Some("新设"), Some("01"))
        );
        assert!(!entry["os_user"].as_str().unwrap().is_empty());
        assert_eq!(entry["at"], "2026-11-23T09:00:00+08:00");
        office.run("unit add 01 --name 又一个").ends(5);
        assert_eq!(office.run("log list -f count").stdout.trim(), "2", "a refused write leaves no entry");
    });
}

#[test]
fn the_log_reads_alike_on_both_engines() {
    same_on_each_engine(|office| {
        office.run("unit add 01 --name 办公室 --parent 00").ends(0);
        office.run("user add lihua --name 李华 --unit 01").ends(0);
        office.write("list.csv", "事项名称,实施机关\n取水许可,市水务局\n");
        office.run("license import list.csv --yes").ends(0);
        let log = office.run("log list --last 3 -f json --fields verb,subject_key,old,new").ends(0).stdout;
        assert!(log.contains("real_name"), "{log}");
        log
    });
}
