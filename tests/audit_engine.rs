//! The audit engine: states, order, totals, waivers, baselines, kept findings, formats, fixes, other people's databases.
//!
//! A1 to A22 are the tests the design asks for; those of the log, of packages and of the portal stand with their subjects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Engine, Office, Ran, on_each_engine, same_on_each_engine, words};

/// A site rule that returns these rows.
fn rule(id: &str, severity: &str, sql: &str) -> String {
    format!(
        "-- id: {id}\n-- name: own\n-- severity: {severity}\n-- title.zh: 自定\n-- title.en: own\n-- clause: local\n-- remedy: none\n{sql}\n"
    )
}

/// Runs a line with the site's own rules in `audit.d`.
fn with_rules(office: &Office, day: &str, line: &str) -> Ran {
    let rules = office.path("audit.d");
    ran(office.command().env("SWJ_AUDIT_RULES", rules).env("SWJ_TEST_NOW", format!("{day} 09:00:00+08:00")).args(words(line)))
}

fn ran(command: &mut std::process::Command) -> Ran {
    let out = command.output().unwrap();
    Ran {
        code: out.status.code().unwrap(),
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}

fn own_rules(office: &Office, rules: &[(&str, &str, &str)]) {
    std::fs::create_dir_all(office.path("audit.d")).unwrap();
    for (id, severity, sql) in rules {
        office.write(&format!("audit.d/{id}.sql"), rule(id, severity, sql));
    }
}

#[test]
fn a1_an_empty_database_is_judged_by_every_rule() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let json = office.run("audit run -f json").ends(3).json();
        let rules = office.run("audit rules -f count").stdout.trim().parse::<i64>().unwrap();
        let counts = &json["counts"];
        assert_eq!((counts["rules"].as_i64(), counts["skipped"].as_i64()), (Some(rules), Some(0)));
        assert_eq!(json["ruleset"]["ran"].as_array().unwrap().len() as i64, rules);
    });
}

#[test]
fn a2_a3_a14_order_hour_and_zone_change_nothing() {
    same_on_each_engine(|office| {
        office.run("demo load --with-faults").ends(0);
        let run = |hour: &str, zone: &str, line: &str| {
            let out = office
                .command()
                .env("SWJ_TEST_NOW", format!("2026-11-24 {hour}+08:00"))
                .env("TZ", zone)
                .args(words(line))
                .output()
                .unwrap();
            String::from_utf8(out.stdout).unwrap()
        };
        let line = "audit run --as-of 2026-11-23 -f json";
        let first = run("08:00:00", "UTC", line);
        assert_eq!(first, run("21:30:00", "Asia/Shanghai", line), "the same document whenever and wherever it is asked for");
        let one = run("08:00:00", "UTC", "audit run --rule ROL-008,ACC-001,ACC-015 --as-of 2026-11-23 -f csv");
        assert_eq!(one, run("08:00:00", "UTC", "audit run --rule ACC-015,ROL-008,ACC-001 --as-of 2026-11-23 -f csv"));
        let rows = run("08:00:00", "UTC", "audit run --as-of 2026-11-23 -f csv --fields severity,table,key");
        let mut subjects: Vec<(&str, usize)> = Vec::new();
        for row in rows.lines().skip(1) {
            let (severity, subject) = row.split_once(',').unwrap();
            let rank = ["critical", "high", "medium", "low"].iter().position(|word| *word == severity).unwrap();
            match subjects.iter().position(|(known, _)| *known == subject) {
                None => subjects.push((subject, rank)),
                Some(at) => assert!(at + 1 == subjects.len() && subjects[at].1 <= rank, "{subject} stays together, the worst first"),
            }
        }
        assert!(subjects.is_sorted_by_key(|(_, rank)| *rank), "critical comes first");
        one
    });
}

#[test]
fn what_else_is_wrong_with_a_subject_follows_the_worst_of_it_and_totals_add_up() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        own_rules(
            &office,
            &[
                ("OWN-001", "low", "SELECT 'x' AS t, 'b' AS k, 'd' AS d UNION ALL SELECT 'x', 'a', 'd'"),
                ("OWN-002", "critical", "SELECT 'x' AS t, 'b' AS k, 'd' AS d"),
                ("OWN-003", "medium", "SELECT 'x' AS t, 'c' AS k, 'd' AS d"),
                ("OWN-004", "high", "SELECT 'x' AS t, k AS k, 'd' AS d FROM no_such_table"),
            ],
        );
        let ran = with_rules(&office, "2026-11-23", "audit run --area OWN -f csv --fields rule,key").ends(1);
        assert_eq!(ran.stdout, "rule,key\nOWN-002,b\nOWN-001,b\nOWN-003,c\nOWN-001,a\n");
        let last = ran.stderr.lines().last().unwrap();
        assert_eq!(last, "Rules 4 = ran 3 + skipped 1; findings 4 = new 4 + known 0 + waived 0");
        assert!(ran.stderr.contains("OWN-004 could not be evaluated"));
        // A7: skipped is said in every form, and makes exit 1.
        let json = with_rules(&office, "2026-11-23", "audit run --area OWN -f json").ends(1).json();
        assert_eq!(json["skipped"][0]["rule"], "OWN-004");
        assert!(with_rules(&office, "2026-11-23", "audit run --area OWN -f junit").ends(1).stdout.contains("skipped=\"1\""));
    });
}

#[test]
fn a_low_level_weighs_less_where_the_standard_asks_less() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let severity = |line: &str| office.run(&format!("audit run --area ACC -f json {line}")).json()["data"][0]["severity"].clone();
        assert_eq!((severity(""), severity("--level 2"), severity("--level 3")), ("high".into(), "low".into(), "high".into()));
        office.run("audit run --area ACC --level 2").ends(0);
        office.run("audit run --level 4").ends(2);
        let configured = office.command().env("SWJ_AUDIT_LEVEL", "7").args(["audit", "run"]).output().unwrap();
        assert_eq!(configured.status.code(), Some(2));
    });
}

#[test]
fn a4_a_waiver_hides_until_its_end_and_what_it_hid_comes_back_as_open() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let waive = "audit waive ACC-015 lina --until 2026-12-31 --requested-by lina";
        office.run(&format!("{waive} --approved-by lina --reason 待购")).ends(6);
        office.run(&format!("{waive} --approved-by zhangwei")).ends(2);
        office.run("audit waive ACC-015 nobody --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason x").ends(4);
        office.run("audit waive ACC-015 lina --until 2027-11-24 --requested-by lina --approved-by zhangwei --reason x").ends(2);
        office.run("audit waive ACC-015 lina --until 2026-11-01 --requested-by lina --approved-by zhangwei --reason x").ends(2);
        office.run("audit waive ACC-001 lina --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason x").ends(6);
        office.run(&format!("{waive} --approved-by zhangwei --reason 待购 -n")).ends(0);
        assert_eq!(office.run("audit waivers -f count").stdout.trim(), "0");
        office.run(&format!("{waive} --approved-by zhangwei --reason 待购 --basis 津水〔2026〕1号")).ends(0);
        let log = office.run("log list --last 1 -f json").json();
        assert_eq!((&log["data"][0]["verb"], &log["data"][0]["reason"]), (&"audit waive".into(), &"待购".into()));

        let states = |day: &str| -> BTreeMap<String, String> {
            let json = office.run_on(day, "audit run --area ACC -f json").json();
            let counts = &json["counts"];
            let sum = ["new", "open", "waived"].iter().map(|name| counts[name].as_i64().unwrap()).sum::<i64>();
            assert_eq!(counts["findings"].as_i64(), Some(sum), "totals add up");
            let rows = json["data"].as_array().unwrap().iter().filter(|row| row["rule"] == "ACC-015");
            rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned())).collect()
        };
        assert_eq!(states("2026-11-23")["lina"], "waived");
        assert_eq!(states("2026-12-31")["lina"], "waived", "the last day still counts");
        let after = states("2027-01-01");
        assert_eq!((after["lina"].as_str(), after["zhangwei"].as_str()), ("open", "new"), "not new: it was known and accepted");

        // Waived findings do not fail a run; stale waivers are said.
        office.run("audit waive ACC-015 zhangwei --until 2026-12-31 --requested-by lina --approved-by wangfang --reason x").ends(0);
        office.run("audit waive ACC-015 wangfang --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason x").ends(0);
        office.run("audit run --rule ACC-015").ends(0);
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE WHERE login_name = 'wangfang'");
        let stale = office.run("audit run --rule ACC-015 -f json").ends(0);
        assert_eq!(stale.json()["warnings"][0]["code"], "waiver-stale");
        assert!(stale.stderr.contains("wangfang"), "{}", stale.stderr);

        // A rehearsal may use numbers up: they are read, not guessed.
        let ids = office.run("audit waivers -f ids").stdout;
        let first = ids.lines().next().unwrap();
        office.run(&format!("audit unwaive {first}")).ends(0);
        assert_eq!(states("2026-11-23")["lina"], "open");
        office.run("audit unwaive 99").ends(4);
        assert_eq!(
            office.run("audit waivers --all -f csv --fields key,state").stdout,
            "key,state\nlina,revoked\nzhangwei,in_force\nwangfang,in_force\n"
        );
    });
}

#[test]
fn two_accounts_of_one_person_are_one_person() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("user add lina2 --name 李娜 --unit 00").ends(0);
        office.meddle("UPDATE oa_user SET staff_no = '1002' WHERE login_name = 'lina2'");
        office.run("audit waive ACC-015 lina --until 2026-12-31 --requested-by lina --approved-by lina2 --reason x").ends(6);
        // And one written into the table by hand does not hide anything.
        office.meddle(
            "INSERT INTO audit_waiver (rule_id, subject_key, reason, requested_by, approved_by, created_on, expires_on) \
             SELECT 'ACC-015', 'lina', 'x', a.id, b.id, '2026-11-01', '2026-12-31' FROM oa_user a, oa_user b \
             WHERE a.login_name = 'lina' AND b.login_name = 'lina2'",
        );
        let json = office.run("audit run --rule ACC-015 -f json").ends(3).json();
        assert_eq!(json["counts"]["waived"], 0);
        // Nor does one without a reason, or one for longer than a year.
        for (reason, until) in [("' '", "2026-12-31"), ("'x'", "2027-11-02")] {
            office.meddle(&format!(
                "INSERT INTO audit_waiver (rule_id, subject_key, reason, requested_by, approved_by, created_on, expires_on) \
                 SELECT 'ACC-015', 'lina', {reason}, a.id, b.id, '2026-11-01', '{until}' FROM oa_user a, oa_user b \
                 WHERE a.login_name = 'lina' AND b.login_name = 'zhangwei'"
            ));
        }
        let json = office.run("audit run --rule ACC-015 -f json").ends(3).json();
        assert_eq!((&json["counts"]["waived"], &json["counts"]["open"]), (&0.into(), &0.into()));
        assert_eq!(office.run("audit waivers --all -f csv --fields state").stdout, "state\nvoid\nvoid\nvoid\n");
    });
}

#[test]
fn a6_a_waiver_file_with_a_fault_is_refused_with_its_line() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let file = |rule: &str, by: &str| {
            office.write(
                "waivers.toml",
                format!(
                    "# 豁免\n[[waiver]]\nrule = \"{rule}\"\nkey = \"lina\"\nreason = \"待购\"\nrequested_by = \"lina\"\napproved_by = \"{by}\"\nexpires = 2026-12-31\n"
                ),
            );
        };
        file("ACC-015", "zhangwei");
        let json = office.run("audit run --rule ACC-015 --waivers waivers.toml -f json").ends(3).json();
        let waived = json["data"].as_array().unwrap().iter().find(|row| row["state"] == "waived").unwrap();
        assert_eq!((&waived["key"], &waived["waiver"]["reason"]), (&"lina".into(), &"待购".into()));
        assert_eq!(office.run("audit waivers --waivers waivers.toml -f count").stdout.trim(), "1");
        file("ACC-015", " ZhangWei ");
        let typed = office.run("audit waivers --waivers waivers.toml -f csv --fields requested_by,approved_by").ends(0);
        assert_eq!(typed.stdout, "requested_by,approved_by\nlina,zhangwei\n", "a login is one person however it is typed");
        office.run("user add lina2 --name 李娜 --unit 00").ends(0);
        office.meddle("UPDATE oa_user SET staff_no = '1002' WHERE login_name = 'lina2'");
        office.run("user add off --name 离 --unit 00 --staff-no 9").ends(0);
        office.run("user disable off --yes").ends(0);
        for (rule, by) in [
            ("ACC-999", "zhangwei"),
            ("ACC-001", "zhangwei"),
            ("ACC-015", "lina"),
            ("ACC-015", "lina "),
            ("ACC-015", "LINA"),
            ("ACC-015", "ｌｉｎａ"),
            ("ACC-015", "lina2"),
            ("ACC-015", "nobody"),
            ("ACC-015", "off"),
        ] {
            file(rule, by);
            let refused = office.run("audit run --waivers waivers.toml -f json").ends(2);
            let error: Value = serde_json::from_str(&refused.stderr).unwrap();
            assert_eq!(
                (&error["error"]["code"], &error["error"]["where"]["line"]),
                (&"audit.waiver-file".into(), &3.into()),
                "{rule} {by}"
            );
        }
        office.run("audit run --waivers none.toml").ends(2);
    });
}

#[test]
fn a5_a_finding_is_kept_through_its_episodes() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let keep = |day: &str| office.run_on(day, "audit run --rule ACC-015 --keep -f json").ends(3).json();
        let kept = |key: &str| {
            let rows = office.run("audit findings -f json").ends(0).json();
            let row = rows["data"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
            let text = |field: &str| row[field].as_str().unwrap_or("").get(..10).unwrap_or("").to_owned();
            (row["state"].as_str().unwrap().to_owned(), text("first_seen"), text("fixed_at"), row["episodes"].as_i64().unwrap())
        };
        // Reading keeps nothing.
        office.run("audit run").ends(3);
        assert_eq!(office.run("audit findings -f count").stdout.trim(), "0");
        office.run("audit run --keep -n").ends(3);
        assert_eq!(office.run("audit findings -f count").stdout.trim(), "0");

        assert_eq!(keep("2026-11-23")["counts"]["new"], 3);
        assert_eq!(kept("lina"), ("new".into(), "2026-11-23".into(), String::new(), 1));
        let again = keep("2026-11-24");
        assert_eq!((&again["counts"]["new"], &again["counts"]["open"]), (&0.into(), &3.into()));
        assert_eq!(again["data"][0]["first_seen"], "2026-11-23T09:00:00+08:00");
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE WHERE login_name = 'lina'");
        // Another rule's run says nothing of this one's findings.
        office.run_on("2026-11-25", "audit run --rule ACC-001 --keep").ends(0);
        assert_eq!(kept("lina").0, "open");
        assert_eq!(keep("2026-11-26")["summary"]["fixed"], 1);
        assert_eq!(kept("lina"), ("fixed".into(), "2026-11-23".into(), "2026-11-26".into(), 1));
        office.meddle("UPDATE oa_user SET mfa_enabled = FALSE WHERE login_name = 'lina'");
        assert_eq!(keep("2026-11-27")["counts"]["new"], 1, "broken again is new");
        assert_eq!(kept("lina"), ("new".into(), "2026-11-27".into(), "2026-11-26".into(), 2), "first seen in the second episode");
        let since = office.run_on("2026-11-28", "audit run --rule ACC-015 --since 2026-11-27 -f json").ends(3).json();
        assert_eq!((&since["summary"]["shown"], &since["summary"]["findings"]), (&1.into(), &3.into()));
        let log = office.run("log list --last 1 -f json").json();
        assert_eq!((&log["data"][0]["verb"], &log["data"][0]["new"]["returned"]), (&"audit run".into(), &1.into()));
        // Since when a fault is there cannot be told anew by a run of another day.
        let as_of = |day: &str| office.run_on("2026-11-29", &format!("audit run --rule ACC-015 --keep --as-of {day}"));
        for day in ["2010-01-01", "2026-11-26", "2026-11-30"] {
            assert!(as_of(day).ends(2).stdout.is_empty(), "{day}");
        }
        assert_eq!(kept("lina"), ("new".into(), "2026-11-27".into(), "2026-11-26".into(), 2));
        as_of("2026-11-28").ends(3);
        assert_eq!(kept("lina"), ("open".into(), "2026-11-27".into(), "2026-11-26".into(), 2));
        office.run("log verify").ends(0);
    });
}

#[test]
fn a_report_is_a_baseline_and_two_reports_can_be_compared() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        office.run("audit run --rule ACC-015,ACC-001,ACC-008 -o before.json").ends(3);
        let same = office.run("audit diff before.json before.json").ends(0);
        assert!(same.stderr.is_empty() && same.stdout.lines().count() == 1, "silence when nothing regressed: {same:?}");
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE WHERE login_name = 'lina'");
        let baseline = office.run("audit run --rule ACC-015 --baseline before.json -f json").ends(3).json();
        let counts = (&baseline["counts"]["new"], &baseline["counts"]["open"], &baseline["summary"]["fixed"]);
        assert_eq!(counts, (&0.into(), &2.into(), &1.into()));
        office.run("audit run --rule ACC-015 --baseline before.json --new").ends(0);
        office.meddle("UPDATE oa_user SET left_on = '2026-11-01' WHERE login_name = 'lina'");
        office.run("audit run --rule ACC-015,ACC-001,ACC-008 --baseline before.json --new").ends(3);
        office.run("audit run --rule ACC-015,ACC-001,ACC-008 -o after.json").ends(3);
        let changes = office.run("audit diff before.json after.json -f csv --fields change,rule,key").ends(3);
        assert_eq!(changes.stdout, "change,rule,key\nnew,ACC-001,lina\nfixed,ACC-015,lina\n");
        // What nobody looked at is not fixed.
        office.run("audit run --rule ACC-001 -o part.json").ends(3);
        let part = office.run("audit diff before.json part.json -f csv --fields change,key").ends(1);
        assert_eq!(part.stdout.matches("not_looked").count(), 3, "{}", part.stdout);

        // A report some findings were left out of tells nobody that they are gone.
        office.run("audit run --rule ACC-015,ACC-001,ACC-008 --limit 1 -o cut.json").ends(3);
        let cut: Value = serde_json::from_str(&office.read("cut.json")).unwrap();
        assert_eq!((&cut["summary"]["shown"], cut["data"].as_array().unwrap().len()), (&1.into(), 1));
        office.run("audit run --rule ACC-015,ACC-001,ACC-008 --baseline after.json --new -o none.json").ends(0);
        for part in ["cut.json", "none.json"] {
            office.run(&format!("audit diff after.json {part}")).ends(2);
            office.run(&format!("audit diff {part} after.json")).ends(2);
            assert!(office.run(&format!("audit run --baseline {part}")).ends(2).stderr.contains("-o report.json"));
        }

        office.write("list.json", office.run("unit list -f json").stdout);
        office.run("audit run --baseline list.json").ends(2);
        let other = office.another();
        let second = format!("-d {other} {}2", crate::support::INIT);
        office.run(&second).ends(0);
        office.run(&format!("-d {other} audit run --rule ACC-015 -o other.json")).ends(3);
        office.run("audit diff before.json other.json").ends(5);
        office.run(&format!("-d {other} audit run --baseline before.json")).ends(5);
    });
}

#[test]
fn sarif_has_the_form_of_the_standard() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        own_rules(&office, &[("OWN-004", "high", "SELECT 'x' AS t, k AS k, 'd' AS d FROM no_such_table")]);
        office.run("audit run -o before.json").ends(3);
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE WHERE login_name = 'wangfang'");
        office.run("audit waive ACC-015 lina --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason 待购").ends(0);
        let sarif = with_rules(&office, "2026-11-23", "audit run --baseline before.json -f sarif").ends(1).json();
        well_formed("log", &sarif);
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        let of = |state: &str| results.iter().filter(|result| result["baselineState"] == state).collect::<Vec<_>>();
        assert_eq!((of("absent").len(), of("new").len()), (1, 0));
        let waived: Vec<_> = results.iter().filter(|r| r["suppressions"][0]["status"] == "accepted").collect();
        assert_eq!((waived.len(), &waived[0]["suppressions"][0]["justification"]), (1, &"待购".into()));
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"]["id"], "OWN-004");
        let file = office.run("audit run -o report.sarif").ends(3);
        assert!(file.stdout.is_empty());
        well_formed("log", &serde_json::from_str(&office.read("report.sarif")).unwrap());
    });
}

/// What SARIF 2.1.0 allows in the objects we write: names of members with their kind, `!` for those that must be there.
/// A word is the name of another object, `[x]` a list of them, `a|b` one of these words.
const SARIF: &[(&str, &[(&str, &str)])] = &[
    ("log", &[("$schema", "text"), ("version!", "2.1.0"), ("runs!", "[run]")]),
    ("run", &[("tool!", "tool"), ("invocations", "[invocation]"), ("results", "[result]"), ("properties", "bag")]),
    ("tool", &[("driver!", "component")]),
    ("component", &[("name!", "text"), ("version", "text"), ("rules", "[rule]")]),
    (
        "rule",
        &[
            ("id!", "text"),
            ("name", "text"),
            ("shortDescription", "message"),
            ("fullDescription", "message"),
            ("help", "message"),
            ("defaultConfiguration", "configuration"),
            ("properties", "bag"),
        ],
    ),
    ("configuration", &[("level", "none|note|warning|error")]),
    ("invocation", &[("executionSuccessful!", "truth"), ("endTimeUtc", "text"), ("toolExecutionNotifications", "[notification]")]),
    ("notification", &[("message!", "message"), ("level", "none|note|warning|error"), ("associatedRule", "reference")]),
    ("reference", &[("id", "text"), ("index!", "number")]),
    ("message", &[("text!", "text")]),
    (
        "result",
        &[
            ("ruleId", "text"),
            ("ruleIndex", "number"),
            ("level", "none|note|warning|error"),
            ("kind", "notApplicable|pass|fail|review|open|informational"),
            ("message!", "message"),
            ("locations", "[location]"),
            ("partialFingerprints", "texts"),
            ("suppressions", "[suppression]"),
            ("baselineState", "new|unchanged|updated|absent"),
            ("properties", "bag"),
        ],
    ),
    ("location", &[("logicalLocations", "[logical]")]),
    ("logical", &[("name", "text"), ("fullyQualifiedName", "text"), ("kind", "text")]),
    (
        "suppression",
        &[("kind!", "inSource|external"), ("status", "accepted|underReview|rejected"), ("justification", "text"), ("properties", "bag")],
    ),
];

fn well_formed(kind: &str, value: &Value) {
    if let Some(inner) = kind.strip_prefix('[') {
        let inner = inner.trim_end_matches(']');
        return value.as_array().unwrap_or_else(|| panic!("{kind}: no list: {value}")).iter().for_each(|value| well_formed(inner, value));
    }
    match SARIF.iter().find(|(name, _)| *name == kind) {
        Some((_, members)) => {
            let object = value.as_object().unwrap_or_else(|| panic!("{kind}: no object: {value}"));
            for (name, value) in object {
                match members.iter().find(|(known, _)| known.trim_end_matches('!') == name) {
                    Some((_, kind)) => well_formed(kind, value),
                    None => panic!("{kind}: {name} is not known: {value}"),
                }
            }
            for (name, _) in members.iter().filter(|(name, _)| name.ends_with('!')) {
                assert!(object.contains_key(name.trim_end_matches('!')), "{kind}: {name} is missing");
            }
        }
        None => {
            let fits = match kind {
                "text" => value.is_string(),
                "number" => value.is_u64(),
                "truth" => value.is_boolean(),
                "bag" => value.is_object(),
                "texts" => value.as_object().is_some_and(|texts| texts.values().all(Value::is_string)),
                words => value.as_str().is_some_and(|text| words.split('|').any(|word| word == text)),
            };
            assert!(fits, "{kind}: {value}");
        }
    }
}

#[test]
fn junit_caps_its_rows_and_tells_the_true_count() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) \
                    SELECT 'x' AS t, 'k' || CAST(i AS TEXT) AS k, '<&\"d' AS d FROM n";
        own_rules(&office, &[("OWN-001", "low", many)]);
        let xml = with_rules(&office, "2026-11-23", "audit run --area OWN -f junit").ends(0).stdout;
        assert!(xml.contains("message=\"120: own\"") && xml.contains("… +70"), "{xml}");
        assert_eq!(xml.lines().filter(|line| line.contains("[new]")).count(), 50);
        let mut reader = quick_xml::Reader::from_str(&xml);
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(start) if start.name().as_ref() == "testcase" => cases += 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(cases, 1);
    });
}

#[test]
fn a8_strange_letters_survive_every_format() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let sql = "SELECT 'x' AS t, '=cmd|''𠮷㐂,\"😀' AS k, '<script>alert(1)</script> & ' || '水务局公文超期' AS d";
        own_rules(&office, &[("OWN-001", "low", sql)]);
        let run = |format: &str| with_rules(&office, "2026-11-23", &format!("audit run --area OWN -f {format}")).ends(0).stdout;
        assert_eq!(serde_json::from_str::<Value>(&run("json")).unwrap()["data"][0]["key"], "=cmd|'𠮷㐂,\"😀");
        assert!(run("csv").contains("\"'=cmd|'𠮷㐂,\"\"😀\""), "{}", run("csv"));
        for format in ["table", "plain", "markdown", "ids", "sarif", "junit", "html"] {
            assert!(run(format).contains("𠮷㐂"), "{format}");
        }
        let page = run("html");
        assert!(page.contains("&lt;script&gt;alert(1)") && page.matches("<script>").count() == 1);
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="), "the page needs nothing else");
        assert_eq!(page.matches("<tr data-severity=\"low\"").count(), 1);
        with_rules(&office, "2026-11-23", "audit run --area OWN -o r.xlsx").ends(0);
        use calamine::Reader;
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("r.xlsx")).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(sheet.get((1, 4)).unwrap().to_string(), "=cmd|'𠮷㐂,\"😀");
    });
}

#[test]
fn a9_very_many_findings_make_a_whole_file_and_true_totals() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
                    SELECT 'x' AS t, 'k' || CAST(i AS TEXT) AS k, 'd' AS d FROM n";
        own_rules(&office, &[("OWN-001", "low", many)]);
        for name in ["many.csv", "many.md", "many.txt", "many.xml"] {
            with_rules(&office, "2026-11-23", &format!("audit run --area OWN -o {name}")).ends(0);
        }
        assert_eq!(office.read("many.csv").lines().count(), 3_001);
        assert!(office.read("many.xml").contains("message=\"3000: own\""));
        assert_eq!(office.read("many.md").lines().filter(|line| line.starts_with("| OWN-001")).count(), 3_000);
        let table = with_rules(&office, "2026-11-23", "audit run --area OWN -f table").ends(0);
        assert_eq!(table.stdout.lines().count(), 3_002);
        assert!(table.stderr.contains("findings 3000 = new 3000"));
        let limited = with_rules(&office, "2026-11-23", "audit run --area OWN -f json --limit 3 --fields key").ends(0).json();
        assert_eq!((limited["data"].as_array().unwrap().len(), &limited["summary"]["findings"]), (3, &3_000.into()));
        let sorted = with_rules(&office, "2026-11-23", "audit run --area OWN -f ids --sort -key --limit 1").ends(0);
        assert_eq!(sorted.stdout, "k999\n");
        assert_eq!(with_rules(&office, "2026-11-23", "audit run --area OWN -f count").ends(0).stdout, "3000\n");
    });
}

#[test]
fn a10_a_report_that_cannot_be_written_and_a_database_that_may_not_be() {
    let office = Office::ready(Engine::Sqlite);
    office.run("audit run -o none/report.json").ends(4);
    // An auditor reads a copy nobody may write to.
    let file = office.path(&office.url());
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    office.run("audit run -f count").ends(3);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let full = office.command().args(["audit", "run", "-f", "json", "-o", "/dev/full"]).output().unwrap();
    assert_ne!(full.status.code(), Some(0));
    assert_ne!(full.status.code(), Some(3), "a report that was not written is no report");
}

#[test]
fn a10_a_writer_who_holds_the_database_keeps_no_auditor_from_reading() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let before = office.run("audit run -f json").ends(3).stdout;
        let mut writer = office.shell();
        let begin = if engine == Engine::Sqlite { "BEGIN IMMEDIATE;" } else { "BEGIN;" };
        assert_eq!(writer.ask(&format!("{begin} UPDATE oa_user SET mfa_enabled = TRUE; SELECT 'held';")), "held");
        // It reads what was there before the writer began, at once.
        assert_eq!(office.run("audit run -f json").ends(3).stdout, before);
        // What has to write waits its while and then says who must wait.
        if engine == Engine::Sqlite {
            let kept = office.run("audit run --keep -f json");
            assert!(kept.code == 7 && kept.stdout.is_empty(), "{kept:?}");
        }
        assert!(writer.is_there(), "it held the database all the while");
        drop(writer);
        office.run("audit run --keep -f count").ends(3);
    });
}

#[test]
fn only_what_needs_no_decision_is_mended_and_each_row_is_logged() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load --with-faults").ends(0);
        office.run("audit fix --rule ACC-001").ends(2);
        office.run("audit fix --max 2 --yes").ends(5);
        office.run("audit fix").ends(8);
        let plan = office.run("audit fix -n -f csv --fields rule,key,before,after").ends(3).stdout;
        // Of two units above each other nobody can say which level is right.
        assert_eq!(
            plan,
            "rule,key,before,after\nACC-011,acc-011,active,disabled\nROL-006,rol-006/payment_request,granted,revoked\nROL-007,rol-007/payment_request,granted,revoked\nUNI-005,UNI-002A,1,kept\n"
        );
        office.run("audit waive ACC-011 acc-011 --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason 续聘").ends(0);
        let before: i64 = office.run("log list -f count").stdout.trim().parse().unwrap();
        office.run("audit fix --yes").ends(3);
        assert_eq!(office.run("log list -f count").stdout.trim().parse::<i64>().unwrap(), before + 2, "what is waived stays");
        assert_eq!(office.run("audit run --rule ROL-006,ROL-007 -f count").ends(0).stdout, "0\n");
        let rest = office.run("audit fix --yes").ends(3).stderr;
        assert!(rest.contains("Nothing") && rest.contains("1 waived") && rest.contains("1 rows stay"), "{rest}");

        // The bureau whose every rule is broken has a broken log as well; on a sound one the log stays whole.
        let sound = Office::ready(engine);
        sound.meddle("UPDATE unit SET level = 3 WHERE code = '00'");
        sound.run("audit fix --rule UNI-005 --yes").ends(0);
        sound.run("log verify").ends(0);

        // A wrong level makes the ones below it wrong too: the branch is set as a whole.
        office.run("unit add 81 --name 甲处 --parent 00").ends(0);
        office.run("unit add 8101 --name 乙科 --parent 81").ends(0);
        office.meddle("UPDATE unit SET level = 4 WHERE code = '81'");
        let levels = office.run("audit fix --rule UNI-005 --yes -f csv --fields key,before,after").ends(3).stdout;
        assert_eq!(levels, "key,before,after\n81,4,1\nUNI-002A,1,kept\n");
        office.meddle("UPDATE unit SET level = 3 WHERE code IN ('81', '8101')");
        let levels = office.run("audit fix --rule UNI-005 --yes -f csv --fields key,before,after").ends(3).stdout;
        assert_eq!(levels, "key,before,after\n81,3,1\n8101,3,2\nUNI-002A,1,kept\n");
        assert_eq!(office.run("audit run --rule UNI-005 -f ids").ends(0).stdout, "UNI-002A\n");
    });
}

#[test]
fn what_is_mended_passes_the_safeguards_of_its_own_verb() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let as_actor = |login: &str, line: &str| ran(office.command().env("SWJ_ACTOR", login).args(words(line)));
        let rows = |ran: Ran| ran.stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        let fields = "-f csv --fields table,key,before,after";
        // The only administrator of a kind stays in office, and so does his grant: lina's account and wangfang's grant are over.
        office.meddle("UPDATE oa_user SET valid_until = '2026-11-01' WHERE login_name = 'lina'");
        office.meddle(
            "UPDATE user_role SET expires_on = '2026-11-01' WHERE user_id = (SELECT id FROM oa_user WHERE login_name = 'wangfang')",
        );
        let kept = office.run(&format!("audit fix --yes {fields}")).ends(3);
        assert_eq!(kept.stdout, "table,key,before,after\noa_user,lina,active,kept\nuser_role,wangfang/audit_admin,granted,kept\n");
        assert_eq!(office.run("audit run --rule ROL-002 -f ids").ends(3).stdout, "audit_admin\n", "the term is over all the same");

        // With an account end its grants, delegations and sessions; whoever has open work keeps his.
        for login in ["lihua", "zhaoyi", "sunli"] {
            office.run(&format!("user add {login} --name 人 --unit 00")).ends(0);
        }
        office.meddle("UPDATE oa_user SET valid_until = '2026-11-01' WHERE login_name IN ('lihua', 'zhaoyi')");
        office.meddle("INSERT INTO role (code, name, admin_kind, privileged) VALUES ('clerk', '文员', 'none', FALSE)");
        office.meddle(
            "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, expires_on) \
             SELECT u.id, r.id, g.id, '2026-10-01 09:00:00+08:00', '2026-11-01' FROM oa_user u, role r, oa_user g \
             WHERE u.login_name IN ('lihua', 'sunli') AND r.code = 'clerk' AND g.login_name = 'zhangwei'",
        );
        office.meddle(
            "INSERT INTO user_session (user_id, started_at) SELECT id, '2026-10-01 09:00:00+08:00' FROM oa_user WHERE login_name = 'lihua'",
        );
        as_actor("zhangwei", "role grant lihua system_admin").ends(0);
        office.meddle(
            "INSERT INTO user_activation (user_id, code_sha256, issued_at, expires_on) \
             SELECT id, 'x', '2026-10-01 09:00:00+08:00', '2026-12-31' FROM oa_user WHERE login_name = 'lihua'",
        );
        office.run("user delegate --from sunli --to lihua --until 2026-12-01").ends(0);
        office
            .run("request add --unit 00 --applicant 甲 --kind natural_person --channel oral --subject 水 --no Q1 --arrived 2026-11-20")
            .ends(0);
        office.run("request assign Q1 zhaoyi").ends(0);
        let ends = [
            "oa_user,lihua,active,disabled",
            "user_role,lihua/clerk,granted,revoked",
            "role_request,lihua/system_admin,waiting,withdrawn",
            "delegation,sunli -> lihua,in_force,cancelled",
            "user_activation,lihua,1,0",
            "user_session,lihua,1,0",
            "oa_user,lina,active,kept",
            "oa_user,zhaoyi,active,kept",
            "user_role,sunli/clerk,granted,revoked",
            "user_role,wangfang/audit_admin,granted,kept",
        ];
        assert_eq!(rows(office.run(&format!("audit fix -n {fields}")).ends(3)), ends);
        // Whoever acts needs what the verb of each row needs: the system administrator takes no grants back.
        let system = rows(as_actor("zhangwei", &format!("audit fix -n {fields}")).ends(3));
        assert!(system.contains(&ends[0].to_owned()) && system.contains(&"user_role,sunli/clerk,granted,kept".to_owned()), "{system:?}");
        as_actor("wangfang", "audit fix -n").ends(6);
        assert!(office.run("audit fix -n -f json").ends(3).stdout.contains("zhaoyi still has open"));
        // Written is what is over today; another day can be looked at.
        office.run("audit fix --as-of 2026-10-01 --yes").ends(2);
        office.run("audit fix --as-of 2026-10-01 -n").ends(0);
        assert_eq!(rows(office.run(&format!("audit fix --yes {fields}")).ends(3)), ends);
        assert_eq!(office.run("audit run --rule ACC-011 -f ids").ends(3).stdout, "lina\nzhaoyi\n");
        assert_eq!(office.run("audit run --rule ROL-006,ROL-007,ROL-010 -f ids").stdout, "wangfang/audit_admin\n");
        let log = office.run("log list --verb 'audit fix' -f csv --fields subject_key").ends(0);
        let wanted = ["sunli/clerk", "lihua", "lihua", "lihua", "sunli -> lihua", "lihua/system_admin", "lihua/clerk"];
        assert_eq!(rows(log)[..7], wanted);

        // A level that is waived stays, and so does what follows from it.
        for (code, parent) in [("81", "00"), ("8101", "81"), ("82", "00")] {
            office.run(&format!("unit add {code} --name 处{code} --parent {parent}")).ends(0);
        }
        office.meddle("UPDATE unit SET level = 3 WHERE code IN ('81', '8101', '82')");
        // Said twice it is waived once: of two, one would hide what the other is taken back for.
        for said in ["Waived until", "waived until 2026-12-31 already"] {
            let waived = office.run("audit waive UNI-005 81 --until 2026-12-31 --requested-by lina --approved-by zhangwei --reason 过渡");
            assert!(waived.ends(0).stderr.contains(said), "{said}");
        }
        assert_eq!(office.run("audit waivers -f count").stdout, "1\n");
        let levels = office.run("audit fix --rule UNI-005 --yes -f csv --fields key,before,after").ends(3);
        assert_eq!(levels.stdout, "key,before,after\n82,3,1\n8101,3,kept\n");
        assert!(levels.stderr.contains("1 waived"), "{}", levels.stderr);
    });
}

#[test]
fn a_waiver_is_approved_by_whoever_acts_on_the_real_day_and_of_one_finding() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let enforced = |login: &str, line: &str| {
            let mut command = office.command();
            ran(command.env("SWJ_ACTOR", login).env("SWJ_PERMISSIONS", "enforce").args(words(line)))
        };
        let waive = "audit waive ACC-015 lina --until 2026-12-31 --reason 待购";
        enforced("wangfang", &format!("{waive} --requested-by wangfang --approved-by lina")).ends(6);
        enforced("wangfang", &format!("{waive} --requested-by wangfang")).ends(6);
        enforced("wangfang", &format!("{waive} --requested-by lina --approved-by wangfang")).ends(0);
        assert_eq!(
            office.run("audit waivers -f csv --fields requested_by,approved_by").stdout,
            "requested_by,approved_by\nlina,wangfang\n"
        );

        let two = "--requested-by lina --approved-by zhangwei --reason x";
        office.run(&format!("audit waive ACC-015 zhangwei --as-of 2029-01-01 --until 2029-12-31 {two}")).ends(2);
        office.run("audit unwaive 1 --as-of 2029-01-01").ends(2);
        own_rules(
            &office,
            &[(
                "OWN-001",
                "low",
                "SELECT 'x' AS t, 'a' AS k, '1' AS d UNION ALL SELECT 'x', 'a', '2' UNION ALL SELECT 'y', 'a', '3' UNION ALL SELECT 'y', 'b', '4'",
            )],
        );
        let several = with_rules(&office, "2026-11-23", &format!("audit waive OWN-001 a --until 2026-12-31 {two}")).ends(5);
        assert!(several.stderr.contains("3 findings"), "{}", several.stderr);
        with_rules(&office, "2026-11-23", &format!("audit waive OWN-001 b --until 2026-12-31 {two}")).ends(0);
    });
}

#[test]
fn a_site_rule_that_could_write_or_is_no_rule_is_refused_with_file_and_line() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for (sql, line, says) in [
            ("WITH x AS (\n  DELETE FROM unit RETURNING code\n)\nSELECT 'u' AS t, code AS k, 'd' AS d FROM x", 9, "DELETE"),
            ("SELECT 'u' AS t, code AS k FROM unit", 8, "not t, k and d"),
            ("SELECT 'u' AS t, 'k' AS k, 'd' AS d;\nDROP TABLE unit", 8, "more than one statement"),
            ("UPDATE unit SET name = 'x'", 8, "not one SELECT"),
            ("SELECT 't' AS t,\n CAST(lo_create(4711) AS text) AS k, 'x' AS d", 9, "lo_create"),
            ("SELECT 'u' AS t, 'k' AS k, load_extension('x') AS d", 8, "load_extension"),
        ] {
            own_rules(&office, &[("OWN-001", "low", sql)]);
            let refused = with_rules(&office, "2026-11-23", "audit run -f json").ends(2);
            let error: Value = serde_json::from_str(&refused.stderr).unwrap();
            let place = &error["error"]["where"];
            assert_eq!(place["line"], line, "{sql}: {error}");
            assert!(place["file"].as_str().unwrap().ends_with("OWN-001.sql") && error["error"]["message"].as_str().unwrap().contains(says));
        }
        // What no text shows, the engine refuses: the transaction cannot write.
        if engine == Engine::Postgres {
            office.meddle(
                "CREATE FUNCTION sneaky() RETURNS text LANGUAGE sql AS 'UPDATE unit SET name = ''x'' RETURNING code'; \
                 CREATE FUNCTION aside() RETURNS text LANGUAGE sql AS 'SELECT lo_create(4711)::text'",
            );
            own_rules(&office, &[("OWN-001", "low", "SELECT 'u' AS t, 'k' AS k, sneaky() AS d")]);
            assert!(with_rules(&office, "2026-11-23", "audit run --area OWN").ends(1).stderr.contains("OWN-001"));
            // What it lets through all the same is taken back.
            own_rules(&office, &[("OWN-001", "low", "SELECT 'u' AS t, 'k' AS k, aside() AS d")]);
            with_rules(&office, "2026-11-23", "audit run --area OWN").ends(0);
            own_rules(&office, &[("OWN-001", "low", "SELECT 'u' AS t, 'k' AS k, 'd' AS d FROM pg_largeobject_metadata")]);
            assert_eq!(with_rules(&office, "2026-11-23", "audit run --area OWN --fail-on low -f count").ends(0).stdout, "0\n");
        }
    });
}

#[test]
fn the_database_of_another_program_is_judged_through_an_adapter() {
    let ruoyi = std::fs::read_to_string(crate::support::root().join("tests/data/ruoyi.sql")).unwrap();
    same_on_each_engine(|office| {
        let url = office.url();
        // The office's own tables go: what is left is RuoYi's database alone.
        match office.engine {
            Engine::Sqlite => std::fs::remove_file(office.path(&url)).unwrap(),
            Engine::Postgres => office.meddle("DROP SCHEMA public CASCADE; CREATE SCHEMA public"),
        }
        office.meddle(&format!("\n{ruoyi}"));
        office.run("audit run").ends(4);
        let all = office.run("audit run --adapter ruoyi -f json").ends(1).json();
        let skipped: Vec<&str> = all["skipped"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap()).collect();
        for rule in ["ACC-001", "ACC-009", "ACC-015", "ROL-001", "ROL-003", "ROL-004", "BAK-001"] {
            assert!(skipped.contains(&rule), "{rule} needs what RuoYi does not have: {skipped:?}");
        }
        let found = office
            .run("audit run --adapter ruoyi --rule ACC-003,ACC-004,ACC-005,ACC-006,ACC-007,ACC-008,ACC-013,ROL-007,ROL-008,ROL-009,UNI-001,UNI-005 -f csv --fields rule,key --sort rule,key")
            .ends(3)
            .stdout;
        assert_eq!(
            found,
            "rule,key\nACC-003,gone\nACC-004,admin\nACC-005,gone\nACC-006,weak\nACC-007,admin\nACC-007,twin\nACC-008,fresh\nACC-013,lost\n\
             ROL-007,off/common\nROL-008,admin\nROL-009,logkeeper\nUNI-001,104\nUNI-005,105\n"
        );
        office.run("audit run --adapter none.toml").ends(2);
        office.write("bad.toml", "name = \"x\"\n[tables.unit]\nselect = \"DROP TABLE sys_user\"\n");
        office.run("audit run --adapter bad.toml").ends(2);
        // What one engine reads as a name or a string and we as the end of one.
        for (n, select) in
            ["SELECT 1 AS [']; DELETE FROM sys_user; --']", "SELECT E'\\'' AS x; DELETE FROM sys_user; --'"].iter().enumerate()
        {
            office.write("bad.toml", format!("name = \"x\"\n[tables.unit]\nselect = {select:?}\n"));
            assert!(office.run("audit run --adapter bad.toml").ends(2).stderr.contains(["a [", "a '"][n]));
        }
        if office.engine == Engine::Postgres {
            // A function of that database could write; the session lets nothing write.
            office.meddle("CREATE FUNCTION sneaky() RETURNS text LANGUAGE sql AS 'DELETE FROM sys_user RETURNING user_name'");
            office.write("sneaky.toml", "name = \"x\"\n[tables.unit]\nselect = \"SELECT dept_id AS id, sneaky() AS code, 'a' AS name, 'a' AS short_name, 'office' AS kind, 1 AS parent_id, 1 AS level, 'full' AS oa_mode, 'active' AS status, '2020-01-01' AS opened_on, NULL AS closed_on, 1 AS sort_no FROM sys_dept\"\n");
            assert!(office.run("audit run --adapter sneaky.toml --rule UNI-001").ends(1).stderr.contains("read-only"));
            // The session may live a moment longer than the program, with its views.
            office.meddle("DROP FUNCTION sneaky CASCADE");
        }
        office.run("audit run --adapter ruoyi --keep").ends(2);
        // A table the adapter names and the database has not: its rules are skipped, and say so.
        office.meddle("DROP TABLE sys_user_role");
        let without = office.run("audit run --adapter ruoyi --rule ROL-007,ROL-008").ends(1);
        assert!(without.stderr.contains("ROL-007") && without.stderr.contains("user_role"), "{}", without.stderr);
        // Nothing was left behind in it.
        let left = office.run("audit run --adapter ruoyi --rule UNI-001 -f csv --fields key").ends(3).stdout;
        found + &left
    });
}

#[test]
fn a15_the_edges_of_days_are_those_of_beijing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE, must_change_pwd = FALSE, pwd_changed_at = '2026-11-23 09:00:00+08:00', last_login_at = '2026-11-23 09:00:00+08:00'");
        office.meddle("UPDATE oa_user SET left_on = '2027-01-31' WHERE login_name = 'lina'");
        for (day, found) in [("2027-01-30", "0\n"), ("2027-01-31", "1\n"), ("2027-02-01", "1\n")] {
            assert_eq!(office.run(&format!("audit run --rule ACC-001 --as-of {day} -f count")).stdout, found, "{day}");
        }
        // Ninety days after 23 November is 21 February.
        for (day, found) in [("2027-02-21", "0\n"), ("2027-02-22", "3\n")] {
            assert_eq!(office.run(&format!("audit run --rule ACC-003 --as-of {day} -f count")).stdout, found, "{day}");
        }
    });
}
