//! Lists of people that can be trusted: who is missing, plans signed off and carried out later, codes, kills, volume.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine, words};

const HEADER: &str = "账号,姓名,单位编码,账户类型\n";

fn list(logins: impl IntoIterator<Item = usize>) -> String {
    HEADER.to_owned() + &logins.into_iter().map(|n| format!("p{n:05},人{n},00,个人\n")).collect::<String>()
}

#[test]
fn whom_a_list_leaves_out_is_kept_reported_or_disabled_but_never_an_administrator() {
    same_on_each_engine(|office| {
        office.write("ten.csv", list(0..10) + "robot,接口,00,服务\n");
        office.run("user import ten.csv --yes").ends(0);
        office.write("nine.csv", list(1..10));
        let kept = office.run("user import nine.csv --yes -f json").ends(0).json();
        assert_eq!((kept["summary"]["absent"].clone(), kept["data"].as_array().unwrap().len()), (serde_json::Value::Null, 0));
        let told = office.run("user import nine.csv --yes --absent report -f csv --fields line,change,key,before,rule").ends(0).stdout;
        assert_eq!(told.lines().count(), 6, "{told}");
        assert!(told.contains(",absent,p00000,active,\n") && told.contains(",absent,robot,active,\n"), "{told}");

        let dry = office.run("user import nine.csv -n --absent disable -f json").ends(0);
        let done = office.run("user import nine.csv --yes --absent disable -f json").ends(0);
        assert_eq!(dry.stdout, done.stdout, "a dry run and a real run say the same");
        let summary = &done.json()["summary"];
        assert_eq!((summary["absent"].as_i64(), summary["disabled"].as_i64(), summary["read"].as_i64()), (Some(5), Some(1), Some(9)));
        assert_eq!(done.json()["warnings"][0]["code"], "absent-kept");
        let rules: Vec<_> = done.json()["data"].as_array().unwrap().iter().map(|row| row["rule"].as_str().map(str::to_owned)).collect();
        assert_eq!(rules.iter().flatten().filter(|rule| *rule == "absent-administrator").count(), 3);
        assert_eq!(rules.iter().flatten().filter(|rule| *rule == "absent-no-person").count(), 1);
        let shown = office.run("user show p00000 -f csv").ends(0).stdout;
        assert!(shown.contains("status,disabled") && shown.contains("nine.csv"), "{shown}");
        for login in ["zhangwei", "lina", "wangfang", "robot", "p00001"] {
            assert!(office.run(&format!("user show {login} -f csv")).stdout.contains("status,active"), "{login}");
        }
        assert_eq!(office.run("log list --subject p00000 --verb 'user import' -f count").stdout.trim(), "2");
        assert_eq!(office.run("user import nine.csv --yes --absent disable -f count").ends(0).stdout.trim(), "4", "only those who stay");

        // Half a list: by the name of the database, or not at all.
        office.write("three.csv", list(1..4));
        let refused = office.run("user import three.csv --yes --absent disable").ends(8);
        assert!(refused.stderr.contains("more than a fifth"), "{refused:?}");
        assert!(office.run("user show p00009 -f csv").stdout.contains("status,active"));
        office.run(&format!("user import three.csv --absent disable --confirm {}", office.name())).ends(0);
        assert!(office.run("user show p00009 -f csv").stdout.contains("status,disabled"));
        done.stdout
    });
}

#[test]
fn a_list_of_one_unit_speaks_for_it_and_those_below_alone() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("units.csv", "单位编码,单位名称,上级单位编码\n01,办公室,00\n0101,综合科,01\n02,财务处,00\n");
        office.run("unit import units.csv --yes").ends(0);
        let rows: String = (0..20).map(|n| format!("p{n:05},人{n},{},个人\n", ["01", "0101", "02"][n % 3])).collect();
        office.write("all.csv", format!("{HEADER}{rows}"));
        office.run("user import all.csv --yes").ends(0);
        let rest: String = rows
            .lines()
            .filter(|row| row.contains(",01,") || row.contains(",0101,"))
            .skip(2)
            .fold(String::new(), |rest, row| rest + row + "\n");
        office.write("office.csv", format!("{HEADER}{rest}"));
        let ran = office.run("user import office.csv --yes --absent disable --within 01 -f json").ends(0).json();
        assert_eq!((ran["summary"]["absent"].as_i64(), ran["summary"]["disabled"].as_i64()), (Some(2), Some(2)));
        let gone: Vec<_> = ran["data"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect();
        assert_eq!(gone, ["p00000", "p00001"]);
        office.run("user import office.csv --yes --absent disable --within 77").ends(4);
        let units = office.run("unit import units.csv --absent report -f json").ends(0).json();
        assert_eq!(units["data"][0]["key"], "00", "the bureau itself is not in that file");
        assert_eq!(units["summary"]["absent"], 1);
    });
}

#[test]
fn a_plan_is_carried_out_as_it_was_written_or_refused() {
    on_each_engine(|engine| {
        let mut office = Office::ready(engine);
        office.write("ten.csv", list(0..10));
        office.run("user import ten.csv --yes").ends(0);
        office.write("next.csv", list(2..12).replace("人3,", "\"𠮷\"\"\n三\","));
        let before = office.digests(&office.url());
        let planned = office.run("user import next.csv --absent disable --plan next.plan -f json").ends(0);
        assert!(planned.stderr.contains("--apply-plan next.plan"), "{planned:?}");
        assert_eq!(office.digests(&office.url()), before, "a plan changes nothing");
        assert_eq!(std::fs::metadata(office.path("next.plan")).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(office.run("user import next.csv --plan next.plan").ends(5).stderr.contains("next.plan is there already"));
        office.run("user import next.csv --apply-plan next.plan --yes").ends(2);
        office.run("user import --yes").ends(2);

        // Altered, of another kind, of another database.
        office.write("altered.plan", office.read("next.plan").replace("人11", "人12"));
        assert!(office.run("user import --apply-plan altered.plan --yes -f json").ends(5).stderr.contains("plan.altered"));
        assert!(office.run("unit import --apply-plan next.plan --yes -f json").ends(5).stderr.contains("plan.unreadable"));
        assert!(office.run("user import --apply-plan ten.csv --yes -f json").ends(5).stderr.contains("plan.unreadable"));
        let other = office.another();
        let init = crate::support::INIT.replace("--passwords initial-passwords", "--passwords others");
        office.run(&format!("-d {other} {init}")).ends(0);
        let refused = office.run(&format!("-d {other} user import --apply-plan next.plan --yes -f json")).ends(5);
        assert!(refused.stderr.contains("plan.other-database"), "{refused:?}");

        // What it touches was changed since: nothing is done. A login changes nothing it touches.
        for (there, back) in [
            (
                "UPDATE oa_user SET real_name = '别人' WHERE login_name = 'p00003'",
                "UPDATE oa_user SET real_name = '人3' WHERE login_name = 'p00003'",
            ),
            (
                "UPDATE oa_user SET status = 'locked' WHERE login_name = 'p00000'",
                "UPDATE oa_user SET status = 'active' WHERE login_name = 'p00000'",
            ),
        ] {
            office.meddle(there);
            let refused = office.run("user import --apply-plan next.plan --yes -f json").ends(5);
            assert!(refused.stderr.contains("changed-meanwhile") && refused.stderr.contains("p0000"), "{refused:?}");
            office.meddle(back);
        }
        assert_eq!(office.digests(&office.url()), before);
        office.meddle("UPDATE oa_user SET last_login_at = '2026-11-22 10:00:00+08:00' WHERE login_name = 'p00003'");
        office.run("user import --apply-plan next.plan").ends(8);
        let dry = office.run("user import --apply-plan next.plan -n -f json").ends(0);
        let done = office.run("user import --apply-plan next.plan --yes -f json").ends(0);
        assert_eq!(dry.stdout, done.stdout);
        let rows = |ran: &crate::support::Ran| ran.json()["data"].clone();
        let changed = |ran| rows(ran).as_array().unwrap().iter().filter(|row| row["change"] != "absent").cloned().collect::<Vec<_>>();
        assert_eq!(changed(&done), changed(&planned), "what was agreed to is what was done");
        assert_eq!(done.json()["summary"]["disabled"], 2);
        assert!(office.run("user show p00001 -f csv").stdout.contains("status,disabled"));
        assert_eq!(office.run("user import next.csv -f json").ends(0).json()["summary"]["unchanged"], 10);
        office.run("user import --apply-plan next.plan --yes").ends(5);

        // Units too, and a tree that grew into a circle meanwhile.
        office.write("units.csv", "单位编码,单位名称,上级单位编码\nA,甲处,00\nB,乙处,00\n");
        office.run("unit import units.csv --plan units.plan").ends(0);
        office.run("unit import --apply-plan units.plan --yes").ends(0);
        office.run("unit import --apply-plan units.plan --yes").ends(5);
        office.write("under.csv", "单位编码,单位名称,上级单位编码\nA,甲处,B\n");
        office.run("unit import under.csv --plan under.plan").ends(0);
        office.write("over.csv", "单位编码,单位名称,上级单位编码\nB,乙处,A\n");
        office.run("unit import over.csv --yes").ends(0);
        office.run("unit import --apply-plan under.plan --yes").ends(5);
        assert_eq!(office.run("audit run --area UNI --fail-on low -f count").ends(0).stdout.trim(), "0");
    });
}

#[test]
fn new_accounts_get_codes_that_only_their_file_holds() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("ten.csv", list(0..10));
        office.run("user import ten.csv --activation-codes codes.csv -n").ends(0);
        assert!(!office.path("codes.csv").exists(), "a dry run hands out nothing");
        office.run("user import ten.csv --activation-codes codes.csv").ends(8);
        assert!(!office.path("codes.csv").exists());
        let ran = office.run("user import ten.csv --activation-codes codes.csv --yes").ends(0);
        assert!(ran.stderr.contains("10 activation codes"), "{ran:?}");
        assert_eq!(std::fs::metadata(office.path("codes.csv")).unwrap().permissions().mode() & 0o777, 0o600);
        let codes = office.read("codes.csv");
        assert_eq!(codes.lines().count(), 11);
        assert!(codes.lines().nth(1).unwrap().ends_with(",2026-12-23"), "{codes}");
        let held = |condition: &str| {
            office.meddle(&format!("DELETE FROM user_activation WHERE {condition}"));
            office
                .run("db check --digest -f csv")
                .ends(0)
                .stdout
                .lines()
                .find(|line| line.starts_with("user_activation"))
                .unwrap()
                .to_owned()
        };
        assert!(held("1 = 0").starts_with("user_activation,10,"));
        let code = codes.lines().nth(1).unwrap().split(',').nth(2).unwrap();
        use sha2::Digest as _;
        let hash: String = sha2::Sha256::digest(code).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(held(&format!("code_sha256 = '{hash}'")).starts_with("user_activation,9,"), "the database has the digest of the code");
        assert!(!office.run("log list -f json").stdout.contains(code));
        assert!(office.run("user import ten.csv --activation-codes codes.csv --yes").ends(5).stderr.contains("is there already"));
        assert_eq!(office.read("codes.csv"), codes);
        // Who is there already gets none.
        office.write("eleven.csv", list(0..11));
        office.run("user import eleven.csv --activation-codes more.csv --yes").ends(0);
        assert_eq!(office.read("more.csv").lines().count(), 2);
    });
}

#[test]
fn a_kill_in_the_middle_of_an_import_leaves_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("many.csv", list(0..4_000));
        let before = office.digests(&office.url());
        let began = std::time::Instant::now();
        office.run("user import many.csv -n -f count").ends(0);
        let whole = began.elapsed();
        for part in 1..6 {
            let mut child =
                office.command().args(words("user import many.csv --yes -q -f count")).stdout(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * part / 6);
            child.kill().unwrap();
            child.wait().unwrap();
            let count = office.run("user list -f count").ends(0).stdout.trim().to_owned();
            if count == "4003" {
                // It was through already: nothing is left to be killed.
                office.run("log verify").ends(0);
                return;
            }
            assert_eq!((count.as_str(), office.digests(&office.url())), ("3", before.clone()), "at {part}/6");
        }
        office.run("user import many.csv --yes -f count").ends(0);
        assert_eq!(office.run("user list -f count").stdout.trim(), "4003");
        office.run("log verify").ends(0);
        assert_eq!(office.run("log list --verb 'user import' --last 9999 -f count").stdout.trim(), "4000", "one entry an account");
    });
}
