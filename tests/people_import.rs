//! Lists of people that can be trusted: who is missing, plans signed off and carried out later, codes, kills, volume.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

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

        // Whom a broken row speaks of is not known, so nobody is taken for missing.
        office.write("broken.csv", list(2..10) + "p00001,人1,00\n");
        let broken = office.run("user import broken.csv --yes --absent disable --on-error skip -f json").ends(3);
        assert_eq!(broken.json()["summary"]["outcome"], "rejected");
        assert!(office.run("user show p00001 -f csv").stdout.contains("status,active"));

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

/// Two people in an office on the OA: d1 its officer, d2 with a role, a session, a delegation to him and a request that waits.
fn office_of_two(office: &Office) {
    office.run("unit add 01 --name 办公室 --kind office --parent 00").ends(0);
    office.write("two.csv", "账号,姓名,工号,单位编码,信息员\nd1,甲,1,01,是\nd2,乙,2,01,否\n");
    office.run("user import two.csv --yes").ends(0);
    office.run("unit set 01 --oa-mode full --yes").ends(0);
    let [d1, d2, lina] = ["d1", "d2", "lina"].map(|login| format!("(SELECT id FROM oa_user WHERE login_name = '{login}')"));
    let at = "'2026-11-02 09:00:00+08:00'";
    office.meddle(&format!(
        "INSERT INTO role (code, name) VALUES ('clerk', '经办'), ('editor', '编辑');\
         INSERT INTO user_role (user_id, role_id, granted_by, granted_at) VALUES ({d2}, (SELECT id FROM role WHERE code = 'clerk'), {lina}, {at});\
         INSERT INTO role_request (user_id, role_id, requested_by, requested_at) VALUES ({d2}, (SELECT id FROM role WHERE code = 'editor'), {lina}, {at});\
         INSERT INTO user_session (user_id, started_at) VALUES ({d2}, {at});\
         INSERT INTO meeting_task (title, unit_id, owner_id, due_on) VALUES ('督办一', (SELECT id FROM unit WHERE code = '01'), {d2}, '2026-12-01');\
         INSERT INTO delegation (from_user_id, to_user_id, scope, starts_at, ends_at) VALUES ({d1}, {d2}, 'all', {at}, '2026-12-31 09:00:00+08:00');"
    ));
}

#[test]
fn whom_a_list_puts_out_of_use_keeps_no_rights() {
    same_on_each_engine(|office| {
        office_of_two(office);
        let import = |rows: &str, more: &str| {
            office.write("list.csv", format!("账号,姓名,单位编码,信息员\n{rows}"));
            office.run(&format!("user import list.csv -f json {more}"))
        };
        // A unit keeps its only information officer, and who holds a role moves by a transfer.
        assert_eq!(rules(&import("d1,甲,01,否\n", "--yes").ends(3)), [("last-officer".into(), "01".into())]);
        assert_eq!(rules(&import("d1,甲,00,是\n", "--yes").ends(3)), [("last-officer".into(), "01".into())]);
        assert_eq!(rules(&import("d2,乙,00,否\n", "--yes").ends(3)), [("unit-with-roles".into(), "d2".into())]);
        let kept = import("d2,乙,01,否\n", "--absent disable --yes").ends(0);
        assert!(kept.stdout.contains("absent-officer"), "{kept:?}");
        import("d1,甲,01,否\nd2,乙,01,是\n", "--plan turn.plan").ends(0);
        // Somebody else may be named in the same list.
        import("d1,甲,01,否\nd2,乙,01,是\n", "-n").ends(0);
        let dry = import("d1,甲,01,是\n", "--absent disable -n").ends(0);
        let done = import("d1,甲,01,是\n", "--absent disable --yes").ends(0);
        assert_eq!(dry.stdout, done.stdout);
        assert!(done.stderr.contains("d2 1") && done.json()["warnings"].to_string().contains("work-left"), "{done:?}");
        office.run("user import --apply-plan turn.plan --yes").ends(5);
        let shown = office.run("user show d2 -f csv").stdout;
        assert!(shown.contains("status,disabled") && !shown.contains("clerk"), "{shown}");
        office.run("audit run --rule ROL-007 --rule ROL-010 --rule UNI-004 --fail-on low").ends(0);
        assert_eq!(office.run("role requests -f count").ends(0).stdout.trim(), "0");
        office.run("user enable d2 --yes").ends(0);
        assert!(!office.run("user show d2 -f csv").stdout.contains("clerk"), "roles are granted anew");
        office.run("log verify").ends(0);
        office.run("log list --subject d2/clerk -f csv --fields verb,subject_table,new").stdout + &done.stdout
    });
}

#[test]
fn a_list_shuts_no_administrator_out_and_holds_the_rules_of_adding_one() {
    same_on_each_engine(|office| {
        office_of_two(office);
        office.write(
            "bad.csv",
            "账号,姓名,单位编码,账户类型,到岗日期,有效期至\nwangfang,王芳,00,个人,2019-01-01,2020-01-01\nlina,李娜,00,个人,2019-01-01,2030-01-01\n\
             zhangwei,张伟,00,服务,2019-01-01,\ne1,外一,01,外部,,\ne2,外二,01,外部,,2026-11-22\nadmin,甲,01,个人,,\n",
        );
        let ran = office.run("user import bad.csv --on-error skip --yes -f json").ends(3);
        let found: Vec<String> = rules(&ran).into_iter().map(|(rule, value)| format!("{rule} {value}")).collect();
        assert_eq!(
            found,
            [
                "administrator-field wangfang",
                "account-no-end 2020-01-01",
                "administrator-field lina",
                "administrator-field zhangwei",
                "account-no-end ",
                "account-no-end 2026-11-22",
                "default-login admin"
            ]
        );
        office.run("audit run --rule ACC-011 --fail-on low").ends(0);
        // One person, one account; a rejected row keeps its key, and digits count however wide they are.
        office.write(
            "more.csv",
            "账号,姓名,工号,单位编码,到岗日期\nn1,新,,01,2026-13-01\nN1,重复,,01,\nt1,新,2,01,\nt2,新,9,０１,２０２６－１１－０１\n\
             t3,新,９,01,\nt4,\"新\n人\",11,01,\n",
        );
        let ran = office.run("user import more.csv --on-error skip --yes --rejects left.csv -f json").ends(3);
        let found: Vec<String> = rules(&ran).into_iter().map(|(rule, value)| format!("{rule} {value}")).collect();
        assert_eq!(found, ["not-a-day 2026-13-01", "duplicate-in-file 2", "staff-no-twin d2", "staff-no-twin t2", "name-broken 新␤人"]);
        office.run("user show n1").ends(4);
        assert!(office.run("user show t2 -f csv").ends(0).stdout.contains("joined_on,2026-11-01"));
        office.write("mended.csv", office.read("left.csv").replace("2026-13-01", "2026-11-01"));
        assert!(rules(&office.run("user import mended.csv --yes -f json").ends(3)).contains(&("duplicate-in-file".into(), "2".into())));
        office.run("audit run --rule ACC-010 --fail-on low").ends(0);
        // And by hand.
        office.run("user add s1 --name 甲 --staff-no '' --unit 01").ends(0);
        office.run("user add s2 --name 甲 --staff-no ' ２' --unit 01").ends(5);
        assert!(office.run("user add s3 --name 甲 --unit 01 --type shared").ends(0).stderr.contains("ACC-009"));
        office.run("user add x1 --name 外 --unit 01 --type external --valid-until 2026-11-30").ends(0);
        office.run("user leave x1 --yes").ends(0);
        office.run_on("2026-12-05", "user return x1 --yes").ends(2);
        office.run_on("2026-12-05", "user return x1 --valid-until 2027-01-31 --yes").ends(0);
        office.run_on("2026-12-05", "audit run --rule ACC-011 --fail-on low").ends(0);
        found.join("\n")
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
        office.write("next.csv", list(2..12).replace("人3,", "\"𠮷\"\"三\","));
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
        assert_eq!(office.run("audit run --rule UNI-005 --fail-on low -f count").ends(0).stdout.trim(), "0");
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
        // The code opens the account it was made for, once, for whoever has it.
        let issued = office.read("more.csv");
        let row: Vec<&str> = issued.lines().nth(1).unwrap().split(',').collect();
        let (login, other) = (row[0], codes.lines().nth(1).unwrap().split(',').next().unwrap());
        office.secret("code", row[2]);
        office.secret("new", "七月流火Ab9九月授衣");
        office.secret("weak", "12345678");
        let open = |login: &str, password: &str| format!("user activate {login} --code-file code --password-file {password}");
        office.run(&open(other, "new")).ends(6);
        office.run(&open(login, "weak")).ends(2);
        office.run(&format!("{} -n", open(login, "new"))).ends(0);
        office.run_on("2026-12-24", &open(login, "new")).ends(6);
        office.run(&open(login, "new")).ends(0);
        let log = office.run("log list --last 1 -f json").json()["data"][0].clone();
        assert_eq!((&log["verb"], &log["new"]["activation_code"]), (&"user activate".into(), &"used".into()));
        assert!(!log.to_string().contains(row[2]));
        office.run(&open(login, "new")).ends(6);
        assert!(office.run(&format!("user show {login} -f csv")).stdout.contains("must_change_password,false"));
    });
}

#[test]
fn a_kill_in_the_middle_of_an_import_leaves_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("many.csv", list(0..4_000));
        let before = office.digests(&office.url());
        let whole = office.start("user import many.csv --yes -q -f count -n").takes();
        for part in 1..6 {
            office.start("user import many.csv --yes -q -f count").is_killed_after(whole * part / 6);
            office.is_alone();
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

fn with_tables(office: &Office) {
    for name in [
        "sys_dept.csv",
        "sys_user.ruoyi.csv",
        "sys_depart.csv",
        "sys_user_depart.csv",
        "sys_user.jeecg.csv",
        "ORG_UNIT.csv",
        "ORG_PERSON.csv",
        "ORG_IDENTITY.csv",
    ] {
        office.write(name, std::fs::read(crate::support::root().join("tests/data/layouts").join(name)).unwrap());
    }
}

/// Read, added, rejected, skipped.
fn counts(ran: &crate::support::Ran) -> [i64; 4] {
    ["read", "added", "rejected", "skipped"].map(|key| ran.json()["summary"][key].as_i64().unwrap())
}

fn rules(ran: &crate::support::Ran) -> Vec<(String, String)> {
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    ran.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["change"] == "reject")
        .map(|row| (text(row, "rule"), text(row, "after")))
        .collect()
}

#[test]
fn the_staff_of_ruoyi_comes_with_its_words_for_out_of_use_and_deleted() {
    same_on_each_engine(|office| {
        with_tables(office);
        let units = office.run("unit import sys_dept.csv --layout ruoyi --under 00 --yes -f json").ends(0);
        assert_eq!(counts(&units), [8, 6, 0, 2], "a department deleted and one out of use are passed over");
        let tree = office.run("unit tree 200 -f csv --fields code,units_below").ends(0).stdout;
        assert_eq!(tree, "code,units_below\n200,5\n201,2\n204,0\n205,0\n202,0\n203,0\n");
        let ran = office.run("user import sys_user.ruoyi.csv --layout ruoyi --on-error skip --rejects rejects.csv --yes -f json").ends(3);
        assert_eq!(counts(&ran), [12, 8, 2, 2]);
        assert_eq!(rules(&ran), [("unit-unknown".into(), "206".into()), ("layout-value".into(), "9".into())]);
        let shown = office.run("user list --unit 200 -f csv --fields login_name,real_name,unit,status").ends(0).stdout;
        for row in ["liyang,李阳,201,active", "zhoujie,周𠮷,204,active", "zhaoqiang,赵强,202,disabled", "fenglei,冯磊,205,disabled"]
        {
            assert!(shown.contains(row), "{row}: {shown}");
        }
        assert!(!shown.contains("wugang"), "{shown}");
        assert!(office.run("user show zhaoqiang -f csv").stdout.contains("disabled_reason,停用（sys_user.ruoyi.csv）"));
        // The rejects are the rows as they were; mended they are read by the same layout.
        let rejects = office.read("rejects.csv");
        assert!(rejects.contains("110,206,chenchen,陈晨,00,,13800000010,1,,$2a$10$abcdefghijklmnopqrstuv,0,0,,\\N,\\N,admin"), "{rejects}");
        office.write("mended.csv", rejects.replace("110,206,", "110,203,").replace("$2a$10$abcdefghijklmnopqrstuv,9,", "x,0,"));
        assert_eq!(counts(&office.run("user import mended.csv --layout ruoyi --yes -f json").ends(0)), [2, 2, 0, 0]);
        // Out of use over there, in use here: it goes. In use over there, out of use here: an import brings nobody back.
        office.write(
            "later.csv",
            office
                .read("sys_user.ruoyi.csv")
                .replace("v,0,0,10.0.0.5", "v,1,0,10.0.0.5")
                .replace("v,1,0,,\\N,\\N,admin,2024-03-01 09:00:00,,\\N,借", "v,0,0,,\\N,\\N,admin,2024-03-01 09:00:00,,\\N,借"),
        );
        let later =
            office.run("user import later.csv --layout ruoyi --on-error skip --yes -f csv --fields key,field,before,after").ends(3).stdout;
        assert!(later.contains("liyang,status,active,disabled") && !later.contains("zhaoqiang"), "{later}");
        // An administrator is not taken out of use by a list.
        office.write("admin.csv", "user_name,nick_name,dept_id,status\nzhangwei,张伟,00,1\n");
        assert_eq!(
            rules(&office.run("user import admin.csv --layout ruoyi --yes -f json").ends(3)),
            [("status-administrator".into(), "zhangwei".into())]
        );
        // Whom the other system deleted is absent.
        let absent = office.run("user import sys_user.ruoyi.csv --layout ruoyi --on-error skip --absent report -f csv -n").ends(3).stdout;
        assert!(!absent.contains("absent,liyang"), "{absent}");
        shown + &later
    });
}

#[test]
fn the_staff_of_jeecg_and_o2oa_finds_its_units_through_other_tables() {
    same_on_each_engine(|office| {
        with_tables(office);
        assert_eq!(counts(&office.run("unit import sys_depart.csv --layout jeecg --under 00 --yes -f json").ends(0)), [6, 4, 0, 2]);
        let tree = office.run("unit tree A01 -f csv --fields tree,code,units_below").ends(0).stdout;
        assert!(tree.contains("A01A01A01,0") && tree.contains("水文处,A01A02,0"), "{tree}");
        // Without the table of belonging the column of the last login says where somebody is.
        let alone = office.run("user import sys_user.jeecg.csv --layout jeecg -n -f json").ends(3);
        assert!(alone.stderr.contains("sys_user_depart"), "{alone:?}");
        assert_eq!((counts(&alone), rules(&alone)), ([12, 10, 1, 1], vec![("value-missing".into(), String::new())]));
        office.run("user import sys_user.jeecg.csv --layout jeecg --with sys_user_depart=sys_user_depart.csv -n").ends(2);
        office.run("user import sys_user.jeecg.csv --layout jeecg --with sys_role=sys_depart.csv -n").ends(2);
        office.run("user import sys_user.jeecg.csv --with sys_depart=sys_depart.csv -n").ends(2);
        let with = "--with sys_user_depart=sys_user_depart.csv --with sys_depart=sys_depart.csv";
        let jeecg = office.run(&format!("user import sys_user.jeecg.csv --layout jeecg {with} --yes -f json")).ends(0);
        assert_eq!(counts(&jeecg), [12, 11, 0, 1]);
        let list = office.run("user list --unit A01 -f csv --fields login_name,staff_no,unit,status").ends(0).stdout;
        for row in [
            "wangmin,2002,A01A01A01,active",
            "sunli,2004,A01A01,active",
            "zhengshuang,2007,A01A02,active",
            "zhaoqiang,2003,A01A02,disabled",
        ] {
            assert!(list.contains(row), "{row}: {list}");
        }
        assert_eq!(counts(&office.run(&format!("user import sys_user.jeecg.csv --layout jeecg {with} -f json")).ends(0))[1], 0);

        let office = &Office::ready(office.engine);
        with_tables(office);
        assert_eq!(counts(&office.run("unit import ORG_UNIT.csv --layout o2oa --under 00 --yes -f json").ends(0)), [4, 4, 0, 0]);
        let refused = office.run("user import ORG_PERSON.csv --layout o2oa -n").ends(2);
        assert!(refused.stderr.contains("ORG_IDENTITY"), "{refused:?}");
        let ran = office.run("user import ORG_PERSON.csv --layout o2oa --with ORG_IDENTITY=ORG_IDENTITY.csv --with ORG_UNIT=ORG_UNIT.csv --on-error skip --yes -f json").ends(3);
        assert_eq!((counts(&ran), rules(&ran)), ([12, 10, 1, 1], vec![("layout-unlinked".into(), "op12".into())]));
        let o2oa = office.run("user list --unit jiguan -f csv --fields login_name,staff_no,unit,status").ends(0).stdout;
        for row in [
            "liyang,3001,bangongshi,active",
            "qianjin,3008,xinxi,active",
            "zhaoqiang,3003,shuiwen,disabled",
            "sunli,3004,bangongshi,locked",
        ] {
            assert!(o2oa.contains(row), "{row}: {o2oa}");
        }
        assert!(office.run("user show liyang -f csv").stdout.contains("joined_on,2020-07-01"));
        assert!(office.run("unit show jiguan -f csv").stdout.contains("局机关"));
        list + &o2oa
    });
}

#[test]
fn one_workbook_holds_all_tables_of_a_system() {
    let office = Office::ready(Engine::Sqlite);
    with_tables(&office);
    let mut book = rust_xlsxwriter::Workbook::new();
    for (sheet, file) in [("sys_user", "sys_user.jeecg.csv"), ("sys_user_depart", "sys_user_depart.csv"), ("sys_depart", "sys_depart.csv")]
    {
        let page = book.add_worksheet().set_name(sheet).unwrap();
        for (line, row) in office.read(file).lines().enumerate() {
            for (at, cell) in row.split(',').enumerate() {
                page.write_string(line as u32, at as u16, cell).unwrap();
            }
        }
    }
    book.save(office.path("jeecg.xlsx")).unwrap();
    assert_eq!(
        counts(&office.run("unit import jeecg.xlsx --sheet sys_depart --layout jeecg --under 00 --yes -f json").ends(0)),
        [6, 4, 0, 2]
    );
    assert_eq!(counts(&office.run("user import jeecg.xlsx --sheet sys_user --layout jeecg --yes -f json").ends(0)), [12, 11, 0, 1]);
    assert!(office.run("user list -f csv").stdout.contains("A01A01A01"));
}

#[test]
fn users_are_listed_by_unit_and_below_role_login_and_letters() {
    same_on_each_engine(|office| {
        office.write("units.csv", "单位编码,单位名称,上级单位编码\n01,办公室,00\n0101,综合科,01\n02,财务处,00\n");
        office.run("unit import units.csv --yes").ends(0);
        office.write("u.csv", "账号,姓名,工号,单位编码,邮箱\na1,李华,１２3,01,Li@x.cn\na2,周𠮷,9,0101,\na3,王强,8,02,\na4,孙丽,7,00,\n");
        office.run("user import u.csv --yes").ends(0);
        for (login, at) in [("a1", "2026-11-22 23:59:59"), ("a2", "2026-11-23 00:00:00"), ("a3", "2026-08-01 12:00:00")] {
            office.meddle(&format!("UPDATE oa_user SET last_login_at = '{at}+08:00' WHERE login_name = '{login}'"));
        }
        let ids = |filter: &str| office.run(&format!("user list -f ids {filter} --sort login_name")).ends(0).stdout.replace('\n', " ");
        for (filter, wanted) in [
            ("--unit 01", "a1 a2 "),
            ("--unit 0101", "a2 "),
            ("--unit 00 --status active", "a1 a2 a3 a4 lina wangfang zhangwei "),
            ("--role audit_admin", "wangfang "),
            ("--last-login-before 2026-11-23", "a1 a3 "),
            ("--last-login-after 2026-11-23", "a2 "),
            ("--last-login-after 2026-08-01 --last-login-before 2026-11-23", "a1 a3 "),
            ("--never-logged-in --status active --unit 00 --text a", "a4 lina wangfang zhangwei "),
            ("--never-logged-in --last-login-before 2026-11-01 --text 丽", "a4 "),
            ("--text 123", "a1 "),
            ("--text li@", "a1 "),
            ("--text 𠮷", "a2 "),
            ("--unit 01 --sort -login_name --limit 1", "a2 "),
        ] {
            if filter.contains("--sort") {
                assert_eq!(office.run(&format!("user list -f ids {filter}")).ends(0).stdout, "a2\n");
            } else {
                assert_eq!(ids(filter), wanted, "{filter}");
            }
        }
        office.run("user list --unit 77").ends(4);
        office.run("user list --role nobody").ends(4);
        office.run("user list --last-login-before gestern").ends(2);
        assert_eq!(office.run("user export --unit 01 -f ids").ends(0).stdout, "a1\na2\n");
        let units = |filter: &str| office.run(&format!("unit list -f ids {filter}")).ends(0).stdout.replace('\n', " ");
        assert_eq!(
            (units("--unit 01"), units("--text 科"), units("--unit 01 --text 财")),
            ("01 0101 ".into(), "0101 ".into(), String::new())
        );
        ids("")
    });
}

/// Names as registers really hold them, and as nobody should write them.
fn name() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let part = prop_oneof![
        4 => "[一-龥]{1,3}",
        1 => Just("𠮷".to_owned()),
        1 => Just("㐂".to_owned()),
        1 => Just("０１２９".to_owned()),
        1 => Just("\"".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just(",;\t|".to_owned()),
        1 => Just("'".to_owned()),
        1 => Just("=1+1".to_owned()),
        1 => Just("@-+".to_owned()),
        1 => Just("\u{3000}".to_owned()),
        1 => Just("  ".to_owned()),
        1 => Just("00123".to_owned()),
        1 => Just("1e5".to_owned()),
        1 => Just("2026-02-30".to_owned()),
        1 => Just("NULL".to_owned()),
        1 => Just("é\u{301}".to_owned()),
        1 => Just("\u{200b}".to_owned()),
    ];
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.concat())
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2, failure_persistence: None, ..Default::default() })]
    #[test]
    fn whatever_people_and_units_are_called_an_export_comes_back_to_no_change(
        names in proptest::collection::vec((name(), name(), name()), 40)
    ) {
        on_each_engine(|engine| {
            let office = Office::ready(engine);
            let table = |header: [&str; 4], first: char, parent: &str| {
                let mut out = csv::Writer::from_writer(Vec::new());
                out.write_record(header).unwrap();
                for (n, (one, two, three)) in names.iter().enumerate() {
                    let key = format!("{first}{n:03}");
                    let row = if first == 'u' { [&key, one, two, parent] } else { [&key, one, three, parent] };
                    out.write_record(row).unwrap();
                }
                out.into_inner().unwrap()
            };
            office.write("units.csv", table(["code", "name", "short_name", "parent"], 'd', "00"));
            office.write("users.csv", table(["login_name", "real_name", "staff_no", "unit"], 'u', "00"));
            office.run("unit import units.csv --on-error skip --yes");
            office.run("user import users.csv --on-error skip --yes");
            for noun in ["unit", "user"] {
                let count = office.run(&format!("{noun} export -f count")).ends(0).stdout.trim().parse::<i64>().unwrap();
                for (file, how) in [("a.csv", ""), ("b.csv", "--excel"), ("c.tsv", ""), ("d.xlsx", ""), ("e.xlsx", "--lang zh")] {
                    office.run(&format!("{noun} export -o {noun}-{file} {how}")).ends(0);
                    let back = office.run(&format!("{noun} import {noun}-{file} --absent report -n -f json")).ends(0).json();
                    let summary = &back["summary"];
                    let wanted = [Some(count), Some(count), Some(0)];
                    let found = [summary["read"].as_i64(), summary["unchanged"].as_i64(), summary["rejected"].as_i64()];
                    assert_eq!(found, wanted, "{noun}-{file}: {back:#}");
                }
            }
        });
    }
}
