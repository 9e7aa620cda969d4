//! Roles: who may give what to whom, and that no two hands are one.

use crate::support::{Engine, Office, Ran, on_each_engine, same_on_each_engine, wait_for};

/// Runs a line as somebody.
fn by(office: &Office, who: &str, line: &str) -> Ran {
    on(office, who, "2026-11-23", line)
}

fn on(office: &Office, who: &str, day: &str, line: &str) -> Ran {
    office.write(&format!("{who}.toml"), format!("actor = \"{who}\"\n"));
    office.run_on(day, &format!("{line} --config {who}.toml"))
}

/// An office whose administrators have taken up their work, with five people and three roles.
fn staffed(engine: Engine) -> Office {
    let office = Office::ready(engine);
    office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
    let people: String = (1..=5).map(|n| format!("user{n},用户{n},20{n},00\n")).collect();
    office.write("people.csv", format!("账号,姓名,工号,单位编码\n{people}"));
    office.run("user import people.csv --yes").ends(0);
    for line in ["clerk --name 经办人员", "cashier --name 出纳", "deputy --name 值班员 --privileged yes"] {
        office.run(&format!("role define {line}")).ends(0);
    }
    office.run("role permit clerk license:write case:write").ends(0);
    office
}

/// What the rules on accounts, roles and units find.
fn findings(office: &Office, day: &str) -> String {
    let ran = office.run_on(day, "audit run --fail-on low -f csv --fields rule,key,detail");
    ran.stdout.lines().skip(1).filter(|line| ["ACC", "ROL", "UNI"].iter().any(|area| line.starts_with(area))).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_privilege_waits_until_a_second_person_approves_it() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        // A plain role by whoever gives rights takes effect at once; by whoever may only ask it waits.
        let plain = by(&office, "lina", "role grant user1 clerk --until 2027-06-30 --reason 接替 -f json").ends(0).json();
        assert_eq!((plain["data"][0]["status"].as_str(), plain["data"][0]["until"].as_str()), (Some("granted"), Some("2027-06-30")));
        let asked = by(&office, "zhangwei", "role grant user2 clerk").ends(0);
        assert!(asked.stdout.contains("waiting") && asked.stderr.contains("swj role approve user2 clerk"), "{asked:?}");
        // Said twice it waits once; another term is another request.
        assert!(by(&office, "zhangwei", "role grant user2 clerk").ends(0).stdout.contains("waiting"));
        assert_eq!(office.run("role requests -f count").stdout, "1\n");
        let other = by(&office, "zhangwei", "role grant user2 clerk --until 2027-06-30").ends(5);
        assert!(other.stdout.is_empty() && other.stderr.contains("--request"), "{other:?}");
        by(&office, "lina", "role approve user2 clerk").ends(0);
        // Whoever asked for a renewal takes it back, or it is refused, and the role stays.
        for who in ["zhangwei", "lina"] {
            by(&office, "zhangwei", "role grant user2 clerk --until 2027-06-30").ends(0);
            by(&office, "zhangwei", "role revoke user2 clerk --yes").ends(6);
            let ended = by(&office, who, "role revoke user2 clerk --request --yes").ends(0);
            assert!(ended.stderr.contains("Ended the request"), "{ended:?}");
            assert!(by(&office, who, "role revoke user2 clerk --request --yes").ends(0).stderr.contains("Nothing waits"));
        }
        assert_eq!(office.run("role grants --user user2 -f csv --fields role").stdout, "role\nclerk\n");
        assert!(office.run("role requests --all -f csv").stdout.contains("refused"));
        // A privilege waits whoever asks.
        assert!(by(&office, "lina", "role grant user3 deputy --reason 值班").ends(0).stdout.contains("waiting"));
        assert!(!office.run("role grants -f csv").stdout.contains("deputy"), "it takes no effect yet");
        assert!(office.run("role requests -f csv").stdout.contains("user3,用户3,deputy,lina,2026-11-23T09:00:00+08:00,,值班,waiting"));
        let own = by(&office, "lina", "role approve user3 deputy --second-factor K3").ends(6);
        assert!(own.stderr.contains("second person") && own.stderr.contains("role:approve"), "{own:?}");
        assert!(own.stderr.contains("8.1.7.3"));
        let chinese = by(&office, "lina", "role approve user3 deputy --lang zh").ends(6);
        assert!(chinese.stderr.contains("第二人"), "{chinese:?}");
        by(&office, "lina", "role revoke user3 deputy --yes").ends(0);
        assert!(office.run("role requests --all -f csv").stdout.contains("withdrawn"));
        // Asked for by one, approved by another, with a key.
        by(&office, "zhangwei", "role grant user3 deputy --reason 值班 --until 2027-01-31").ends(0);
        assert!(by(&office, "lina", "role approve user3 deputy").ends(5).stderr.contains("--second-factor"));
        by(&office, "lina", "role approve user3 deputy --second-factor K3 -n").ends(0);
        by(&office, "lina", "role approve user3 deputy --second-factor K3").ends(0);
        by(&office, "lina", "role approve user3 deputy").ends(4);
        let grants = office.run("role grants --role deputy -f csv").ends(0).stdout;
        let day = "2026-11-23T09:00:00+08:00";
        assert!(grants.contains(&format!("user3,用户3,deputy,zhangwei,{day},lina,{day},2027-01-31,值班,,")), "{grants}");
        assert!(office.run("log list --verb 'role approve' -f json").stdout.contains("K3"));
        // A renewal keeps both rows.
        by(&office, "lina", "role grant user1 clerk --until 2027-12-31").ends(0);
        assert_eq!(office.run("role grants --user user1 --all -f count").stdout.trim(), "2");
        assert_eq!(by(&office, "lina", "role grant user1 clerk --until 2027-12-31 -f csv --fields status").stdout, "status\nunchanged\n");
        // Nobody acts for himself, and nobody unknown.
        assert!(by(&office, "lina", "role grant lina clerk").ends(6).stderr.contains("himself"));
        assert!(office.run("role grant user4 clerk").ends(6).stderr.contains("SWJ_ACTOR"));
        by(&office, "lina", "role grant user4 clerk --until 2026-11-22").ends(5);
        office.run("user disable user4 --yes").ends(0);
        by(&office, "lina", "role grant user4 clerk").ends(5);
        assert_eq!(findings(&office, "2026-11-23"), "");
        // The term runs out, and is swept.
        assert!(findings(&office, "2027-02-01").contains("ROL-006,user3/deputy"));
        on(&office, "lina", "2027-02-01", "role revoke --expired --yes").ends(0);
        assert!(!findings(&office, "2027-02-01").contains("ROL-"));
    });
}

#[test]
fn the_three_administrators_and_exclusive_roles_never_meet_in_one_person() {
    same_on_each_engine(|office| {
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
        for line in ["pay --name 付款", "book --name 记账", "dba --name 数据库 --privileged yes"] {
            office.run(&format!("role define {line}")).ends(0);
        }
        office.run("role exclude book pay --reason 不相容").ends(0);
        office.run("user add zhao1 --name 赵一 --staff-no 3001 --unit 00").ends(0);
        // A second account of one person is the same person.
        office.run("user add zhao2 --name 赵一 --staff-no 3001 --unit 00 --type service").ends(0);
        office.run("user add wangfang2 --name 王芳 --staff-no 1003 --unit 00 --type service").ends(0);
        let mut said = String::new();
        // A list makes no two accounts one person either, whose roles exclude each other, and no administrator two people.
        for (login, number, role) in [("qian1", "4001", "pay"), ("qian2", "4002", "book")] {
            office.run(&format!("user add {login} --name 钱一 --staff-no {number} --unit 00")).ends(0);
            by(office, "lina", &format!("role grant {login} {role}")).ends(0);
        }
        office.run("user lock qian2 --yes").ends(0);
        office.write("one.csv", "账号,姓名,工号,单位编码\nqian2,钱一,4001,00\n");
        let ran = office.run("user import one.csv --yes").ends(5);
        assert!(ran.stderr.contains("may not hold pay together with book"), "{ran:?}");
        assert!(office.run("user show qian2 -f csv").stdout.contains("staff_no,4002"));
        office.write("two.csv", "账号,姓名,工号,单位编码\nlina,李娜,9999,00\n");
        assert!(office.run("user import two.csv --yes -n -f csv").ends(3).stdout.contains("administrator-field"));
        office.run("role define helper --name 帮手").ends(0);
        by(office, "lina", "role permit helper backup:restore").ends(0);
        holds(office, "qian1", "helper", "");
        office.write("none.csv", "账号,姓名,工号,单位编码\nlina,李娜,1002,00\n");
        let kept = office.run("user import none.csv --absent disable -n -f csv").stdout;
        assert!(kept.contains("qian1") && !kept.contains("disable,qian1"), "{kept}");
        office.run("role revoke qian1 helper --yes").ends(0);
        by(office, "lina", "role grant zhao1 pay").ends(0);
        for (who, line) in [
            ("lina", "role grant zhao2 book"),
            ("zhangwei", "role grant lina audit_admin"),
            ("lina", "role grant wangfang2 system_admin"),
            ("zhangwei", "role grant lina dba"),
        ] {
            let ran = by(office, who, line).ends(5);
            assert!(ran.stderr.contains("may not hold") && ran.stderr.contains("swj role revoke"), "{ran:?}");
            said += &ran.stderr;
        }
        assert!(said.contains("互斥角色") && said.contains("三员") && said.contains("不可兼任"), "{said}");
        // Who asked under one account does not approve under another.
        office.run("user add lina2 --name 李娜 --staff-no 1002 --unit 00 --type service").ends(0);
        by(office, "lina", "role grant zhao1 dba").ends(0);
        office.meddle("INSERT INTO user_role (user_id, role_id, granted_by, granted_at) SELECT u.id, r.id, u.id, u.created_at FROM oa_user u, role r WHERE u.login_name = 'lina2' AND r.code = 'security_admin'");
        said += &by(office, "lina2", "role approve zhao1 dba --second-factor K").ends(6).stderr;
        office.meddle("DELETE FROM user_role WHERE user_id = (SELECT id FROM oa_user WHERE login_name = 'lina2')");
        // An exclusion is not declared over somebody's head, and that of the three is not lifted.
        office.run("role define seal --name 用印").ends(0);
        by(office, "lina", "role grant zhao2 seal").ends(0);
        said += &office.run("role exclude pay seal").ends(5).stderr;
        said += &office.run("role exclude system_admin audit_admin --lift").ends(5).stderr;
        office.run("role exclude pay book --lift").ends(0);
        by(office, "lina", "role grant zhao2 book").ends(0);
        // None of the three may be missing, not even when a term is over.
        said += &by(office, "lina", "role revoke wangfang audit_admin --yes").ends(5).stderr;
        by(office, "zhangwei", "role grant zhao1 system_admin").ends(0);
        by(office, "lina", "role approve zhao1 system_admin --second-factor K").ends(0);
        by(office, "zhangwei", "role grant wangfang audit_admin --until 2026-12-31").ends(0);
        said += &by(office, "lina", "role approve wangfang audit_admin").ends(5).stderr;
        by(office, "lina", "role revoke zhangwei system_admin --yes").ends(0);
        by(office, "lina", "role revoke zhao1 system_admin --yes").ends(5);
        said + &office.run("role list -f csv").stdout + &office.run("role show audit_admin -f csv").stdout
    });
}

/// A grant nobody approved, as somebody else's program may have written it.
fn holds(office: &Office, login: &str, role: &str, until: &str) {
    let until = if until.is_empty() { "NULL".to_owned() } else { format!("'{until}'") };
    office.meddle(&format!(
        "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, expires_on) SELECT u.id, r.id, g.id, u.created_at, {until} \
         FROM oa_user u, role r, oa_user g WHERE u.login_name = '{login}' AND r.code = '{role}' AND g.login_name = 'zhangwei'"
    ));
}

#[test]
fn a_plain_role_with_an_administrators_powers_is_given_like_a_privilege() {
    same_on_each_engine(|office| {
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
        office.run("user add sunli --name 孙丽 --staff-no 3001 --unit 00").ends(0);
        for line in ["helper --name 帮手", "clerk --name 经办人员", "desk --name 服务台", "dba --name 数据库 --privileged yes"]
        {
            by(office, "lina", &format!("role define {line}")).ends(0);
        }
        let mut said = String::new();
        // Nobody alone makes an administrator of the auditor, of himself, or of anybody.
        by(office, "lina", "role permit helper user:write unit:write backup:restore db:migrate").ends(0);
        for (who, login, rule) in [("lina", "wangfang", "8.1.4.2"), ("zhangwei", "lina", "8.1.7.2")] {
            let ran = by(office, who, &format!("role grant {login} helper")).ends(5);
            assert!(ran.stderr.contains(rule), "{ran:?}");
            said += &ran.stderr;
        }
        assert!(by(office, "lina", "role grant sunli helper").ends(0).stdout.contains("waiting"));
        // A role does not grow over the heads of those who hold it, and never for the one who makes it grow.
        holds(office, "lina", "clerk", "");
        for line in ["role permit clerk user:write", "role permit clerk license:read"] {
            let ran = by(office, "lina", line).ends(6);
            assert!(ran.stderr.contains("his own rights"), "{ran:?}");
            said += &ran.stderr;
        }
        holds(office, "sunli", "desk", "");
        office.run("role permit desk license:read").ends(0);
        said += &office.run("role permit desk license:write unit:write").ends(5).stderr;
        holds(office, "wangfang", "dba", "");
        said += &office.run("role permit dba db:copy").ends(5).stderr;
        assert_eq!(office.run("role show dba -f csv --fields value").stdout.matches("db:copy").count(), 0);
        office.run("role deny helper user:write unit:write backup:restore db:migrate").ends(0);
        said + &office.run("role matrix -f csv").stdout
    });
}

#[test]
fn one_person_has_one_set_of_roles_whatever_account_gets_his_staff_number() {
    same_on_each_engine(|office| {
        office.run("user add aud2 --name 王芳 --unit 00 --type external --valid-until 2027-12-31").ends(0);
        holds(office, "aud2", "system_admin", "");
        let mut said = String::new();
        for state in ["UPDATE oa_user SET locked_until = NULL", "UPDATE oa_user SET status = 'locked' WHERE login_name = 'aud2'"] {
            office.meddle(state);
            let ran = office.run("user set aud2 --staff-no 1003 --yes").ends(5);
            assert!(ran.stderr.contains("aud2 may not hold") && ran.stderr.contains("swj role revoke"), "{ran:?}");
            said += &ran.stderr;
        }
        // The same system administrator's second account is no clash, nor is anything else that changes on it.
        office.run("user set aud2 --staff-no 1001 --yes").ends(0);
        office.run("user set aud2 --phone 13812345678 --yes").ends(0);
        // Nor does the work of who watches go to those he watches.
        office.run("user add sunli --name 孙丽 --staff-no 3001 --unit 00").ends(0);
        for (from, to) in [("wangfang", "zhangwei"), ("zhangwei", "wangfang"), ("lina", "wangfang")] {
            let ran = office.run(&format!("user delegate --from {from} --to {to} --until 2026-12-01 --scope all")).ends(5);
            assert!(ran.stderr.contains("may not act for"), "{ran:?}");
            said += &ran.stderr;
        }
        office.run("user delegate --from wangfang --to sunli --until 2026-12-01").ends(0);
        // What may not be delegated does not come about by a role that is given afterwards.
        office.run("user add zhaoyi --name 赵一 --staff-no 3002 --unit 00").ends(0);
        office.run("user delegate --from zhaoyi --to wangfang --until 2026-12-01").ends(0);
        for (login, from) in [("sunli", "wangfang"), ("zhaoyi", "zhaoyi")] {
            let ran = by(office, "lina", &format!("role grant {login} system_admin")).ends(5);
            assert!(ran.stderr.contains(&format!("swj user delegate --from {from} --cancel")), "{ran:?}");
            said += &ran.stderr;
        }
        // Nor by a staff number, nor by an exclusion that is declared afterwards.
        let ran = office.run("user set sunli --staff-no 1001 --yes").ends(5);
        assert!(ran.stderr.contains("swj user delegate --from wangfang --cancel"), "{ran:?}");
        said += &ran.stderr;
        for (code, login) in [("payer", "zhaoyi"), ("checker", "sunli")] {
            office.run(&format!("role define {code} --name {code}")).ends(0);
            holds(office, login, code, "");
        }
        office.run("user delegate --from zhaoyi --to sunli --until 2026-12-01").ends(0);
        let ran = office.run("role exclude payer checker --reason 出纳与复核").ends(5);
        assert!(ran.stderr.contains("swj user delegate --from zhaoyi --cancel"), "{ran:?}");
        said += &ran.stderr;
        // Nor by a permission that a privileged role is given while he holds it.
        office.run("role define dba --name 数据库 --privileged yes").ends(0);
        holds(office, "zhaoyi", "dba", "");
        let ran = by(office, "lina", "role permit dba db:copy").ends(5);
        assert!(ran.stderr.contains("swj user delegate --from zhaoyi --cancel"), "{ran:?}");
        said += &ran.stderr;
        // That ends what he gave away, and not what others gave him.
        let ended = office.run("user delegate --from wangfang --cancel -f csv --fields from,to").ends(0);
        assert_eq!(ended.stdout, "from,to\nwangfang,sunli\n");
        by(office, "lina", "role grant sunli system_admin").ends(0);
        // Of two numbers that differ in their width alone, one is the other.
        let ran = office.run("user set sunli --staff-no １００３ --yes -n").ends(5);
        said += &ran.stderr;
        said
    });
}

#[test]
fn a_holder_whose_term_is_over_holds_no_post() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("user add sunli --name 孙丽 --staff-no 3001 --unit 00").ends(0);
        holds(&office, "sunli", "system_admin", "2026-11-22");
        for line in [
            "user disable zhangwei --yes",
            "user lock zhangwei --yes",
            "user leave zhangwei --yes",
            "--as-of 2026-11-20 user lock zhangwei --yes",
        ] {
            assert!(office.run(line).ends(5).stderr.contains("system_admin"), "{line}");
        }
        office.meddle("UPDATE user_role SET expires_on = '2026-11-23' WHERE expires_on IS NOT NULL");
        office.run("user lock zhangwei --yes -n").ends(0);
        // Whoever goes for good is followed by one whose term has no end, as when the role is taken back.
        for line in ["user disable zhangwei --yes -n", "user leave zhangwei --yes -n", "role revoke zhangwei system_admin --yes -n"] {
            assert!(office.run(line).ends(5).stderr.contains("system_admin"), "{line}");
        }
        let doctor = |day: &str| office.run_on(day, "doctor --quick -f csv --fields check,state,detail").stdout;
        assert!(doctor("2026-11-23").contains("administrators,ok,"));
        office.meddle("UPDATE oa_user SET status = 'locked' WHERE login_name = 'zhangwei'");
        assert!(doctor("2026-11-23").contains("administrators,ok,"), "sunli is there");
        let after = doctor("2026-11-24");
        assert!(after.contains("administrators,look,nobody holds: system"), "{after}");
        assert!(!office.run_on("2026-11-24", "status -f csv").stdout.contains("system_administrator"));
    });
}

#[test]
fn permissions_are_given_one_by_one_and_an_administrators_stay_his() {
    same_on_each_engine(|office| {
        office.run("role define clerk --name 经办人员").ends(0);
        office.run("role permit clerk license:write case:write").ends(0);
        let mut said = String::new();
        for (line, code) in [
            ("role permit clerk *", 5),
            ("role permit clerk unit", 2),
            ("role permit clerk audit:delete", 5),
            ("role permit clerk role:grant", 5),
            ("role permit system_admin role:approve", 5),
            ("role permit audit_admin user:write", 5),
            ("role permit system_admin audit:run", 5),
            ("role permit system_admin audit:waive", 5),
            ("role permit security_admin audit:waive", 5),
            ("role permit clerk audit:run", 5),
            ("role deny security_admin role:grant", 5),
            ("role deny audit_admin audit:run", 5),
            ("role deny audit_admin log:verify log:checkpoint", 5),
            ("role define system_admin --privileged no", 5),
            ("role define Clerk --name 经办", 2),
            ("role define new", 2),
            ("role show none", 4),
        ] {
            let ran = office.run(line).ends(code);
            assert!(ran.stderr.contains("hint"), "{ran:?}");
            said += &ran.stderr;
        }
        office.run("role deny clerk case:write").ends(0);
        assert!(office.run("role permit clerk license:write").ends(0).stderr.contains("Nothing to change"));
        // What was given as a plain role does not become a privilege while it is held.
        by(office, "lina", "role grant zhangwei clerk").ends(0);
        office.run("role define clerk --privileged yes").ends(5);
        by(office, "lina", "role revoke zhangwei clerk --yes").ends(0);
        office.run("role define clerk --privileged yes --name 经办").ends(0);
        assert!(!findings(office, "2026-11-23").contains("ROL-"));
        let matrix = office.run("role matrix -f json").ends(0).json();
        let clerk = matrix["data"].as_array().unwrap().iter().find(|row| row["code"] == "clerk").unwrap().clone();
        assert_eq!((clerk["license_write"].as_bool(), clerk["role_grant"].as_bool()), (Some(true), None));
        let users = office.run("role matrix --by user --permission role: -f csv").ends(0).stdout;
        assert!(users.contains("lina,李娜,") && users.contains("security_admin") && !users.contains("user:write"), "{users}");
        // Only who has one of them, and in his term.
        holds(office, "zhangwei", "clerk", "2026-11-30");
        let may = |day: &str| office.run_on(day, "role matrix --by user --permission license:write -f csv").ends(0).stdout;
        assert!(may("2026-11-30").contains("zhangwei,张伟,") && !may("2026-11-30").contains("wangfang"), "{}", may("2026-11-30"));
        assert!(!may("2026-12-01").lines().any(|line| line.starts_with("zhangwei") && line.contains("clerk")));
        assert!(!office.run("role matrix --permission license:write -f csv").stdout.contains("audit_admin"));
        assert!(office.run("user list --role nosuch").ends(4).stderr.contains("swj role list"));
        office.run("role matrix -o matrix.xlsx").ends(0);
        assert!(std::fs::read(office.path("matrix.xlsx")).unwrap().starts_with(b"PK"));
        said + &users + &office.run("role matrix -f table").stdout
    });
}

#[test]
fn of_two_grants_at_once_that_exclude_each_other_one_loses() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        office.run("role exclude clerk cashier").ends(0);
        for name in ["lina", "zhangwei"] {
            office.write(&format!("{name}.toml"), format!("actor = \"{name}\"\n"));
        }
        for round in 1..=5 {
            let line = |role: &str| format!("role grant user{round} {role} --config lina.toml -q");
            let (clerk, cashier) = (line("clerk"), line("cashier"));
            let mut both = [office.start(&clerk), office.start(&cashier)];
            let mut codes = [both[0].ends(), both[1].ends()];
            // On a machine so slow that one waits in vain for the other he is told to come again, and does.
            for (code, line) in codes.iter_mut().zip([&clerk, &cashier]) {
                if *code == Some(7) {
                    *code = Some(office.run(line).code);
                }
            }
            codes.sort_unstable();
            assert_eq!(codes, [Some(0), Some(5)], "round {round}");
        }
        // One request, two approvals at once: one grant.
        by(&office, "zhangwei", "role grant user1 deputy").ends(0);
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
        let approve = || {
            office
                .command()
                .args(["role", "approve", "user1", "deputy", "--config", "lina.toml", "-q"])
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        };
        let mut both = [approve(), approve()];
        let mut codes: Vec<i32> = both.iter_mut().map(|child| child.wait().unwrap().code().unwrap()).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 4]);
        // A role that is taken back and its other holder who is disabled at once: one of them stays in office.
        holds(&office, "user2", "system_admin", "");
        let start = |line: &str| {
            let mut command = office.command();
            command.args(crate::support::words(&format!("{line} --yes --config lina.toml -q"))).stdout(std::process::Stdio::null());
            command.stderr(std::process::Stdio::null()).spawn().unwrap()
        };
        for round in 1..=2 {
            // Both are held up after they have looked and written, and before either has committed.
            let mut held_up = (engine == Engine::Postgres).then(|| office.shell());
            if let Some(shell) = &mut held_up {
                shell.ask("BEGIN; LOCK TABLE audit_log IN SHARE MODE; SELECT 'held';");
            }
            let mut both = [start("user disable zhangwei"), start("role revoke user2 system_admin")];
            if held_up.is_some() {
                let held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
                wait_for("both to be held up", || {
                    let ended = both.iter_mut().filter_map(|child| child.try_wait().unwrap()).count();
                    (office.value(held).parse::<usize>().unwrap() + ended == 2).then_some(())
                });
            }
            drop(held_up);
            let mut codes: Vec<i32> = both.iter_mut().map(|child| child.wait().unwrap().code().unwrap()).collect();
            codes.sort_unstable();
            assert_eq!(codes, [0, 5], "round {round}");
            office.meddle(
                "UPDATE user_role SET revoked_at = NULL, revoked_by = NULL, revoked_reason = NULL WHERE role_id = (SELECT id FROM role WHERE \
                 code = 'system_admin')",
            );
            office.meddle("UPDATE oa_user SET status = 'active', disabled_at = NULL WHERE login_name = 'zhangwei'");
        }
        office.meddle("DELETE FROM user_role WHERE approved_by IS NULL AND role_id = (SELECT id FROM role WHERE code = 'system_admin')");
        assert_eq!(findings(&office, "2026-11-23"), "");
        office.run("log verify").ends(0);
    });
}

/// A small generator, so that a run can be repeated by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }
}

#[test]
fn no_sequence_of_accepted_operations_breaks_a_rule_on_accounts_roles_or_units() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        // Everybody has chosen a password of his own: the days pass below.
        office.meddle("UPDATE oa_user SET must_change_pwd = FALSE");
        assert_eq!(findings(&office, "2026-11-23"), "", "clean at the start");
        let mut dice = Dice(20_261_123);
        let users = ["user1", "user2", "user3", "user4", "zhangwei", "lina", "wangfang"];
        let roles = ["clerk", "cashier", "deputy", "system_admin", "security_admin", "audit_admin"];
        let actors = ["zhangwei", "lina", "user1"];
        let perms = ["unit:write", "doc:draft", "*", "audit:delete", "role:grant", "a:*:*", "log:read", "case:write"];
        let mut day = jiff::civil::date(2026, 11, 23);
        let (mut accepted, mut refused) = (0, 0);
        for step in 0..70 {
            let (user, role, who) = (dice.of(&users), dice.of(&roles), dice.of(&actors));
            let line = match dice.roll(12) {
                0..=3 => format!("role grant {user} {role}"),
                4 => format!("role grant {user} {role} --until {}", day.saturating_add(jiff::Span::new().days(3))),
                5..=6 => format!("role approve {user} {role} {}", dice.of(&["", "--second-factor K"])),
                7..=8 => format!("role revoke {user} {role} --yes"),
                9 => format!("role {} {role} {}", dice.of(&["permit", "deny"]), dice.of(&perms)),
                10 => format!("role exclude {role} {} {}", dice.of(&roles), dice.of(&["", "--lift"])),
                _ => format!("role define {role} --privileged {}", dice.of(&["yes", "no"])),
            };
            // The days pass; whoever keeps the roles sweeps them.
            if step % 10 == 9 {
                day = day.saturating_add(jiff::Span::new().days(2));
                on(&office, "lina", &day.to_string(), "role revoke --expired --yes").ends(0);
            }
            let ran = on(&office, who, &day.to_string(), &line);
            assert!([0, 2, 4, 5, 6].contains(&ran.code), "{line}: {ran:?}");
            if ran.code == 0 {
                accepted += 1;
                let found = findings(&office, &day.to_string());
                assert_eq!(found, "", "step {step}, {who}: {line}");
            } else {
                refused += 1;
            }
        }
        assert!(accepted > 15 && refused > 15, "{accepted} accepted, {refused} refused: the dice are poor");
        office.run_on(&day.to_string(), "log verify").ends(0);
    });
}

#[test]
fn the_rules_see_persons_terms_and_powers_as_the_verbs_do() {
    same_on_each_engine(|office| {
        office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
        let people: String = (1..=3).map(|n| format!("user{n},用户{n},20{n},00\n")).collect();
        office.write("people.csv", format!("账号,姓名,工号,单位编码\n{people}"));
        office.run("user import people.csv --yes").ends(0);
        for role in ["clerk --name 经办人员", "cashier --name 出纳", "helper --name 帮手"] {
            office.run(&format!("role define {role}")).ends(0);
        }
        office.run("role permit helper user:write").ends(0);
        office.run("role exclude clerk cashier --reason 不相容").ends(0);
        let found = |day: &str| {
            let ran =
                office.run_on(day, "audit run --rule ROL-001,ROL-002,ROL-003,ROL-005 -f csv --fields rule,key,detail --sort rule,key");
            ran.stdout.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()
        };
        assert_eq!(found("2026-11-23"), "");
        let give = |login: &str, role: &str, approved: bool| {
            let approval = if approved { "MIN(u.id), '2026-11-20 09:00:00+08:00'" } else { "NULL, NULL" };
            office.meddle(&format!(
                "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at) \
                 SELECT (SELECT id FROM oa_user WHERE login_name = '{login}'), (SELECT id FROM role WHERE code = '{role}'), MIN(u.id), \
                 '2026-11-20 09:00:00+08:00', {approval} FROM oa_user u"
            ));
        };
        // Two accounts of one person, by their staff number.
        give("user1", "clerk", true);
        give("user2", "cashier", true);
        assert_eq!(found("2026-11-23"), "");
        office.meddle("UPDATE oa_user SET staff_no = '201' WHERE login_name = 'user2'");
        let one_person = "ROL-001,user1,clerk + cashier of user2\n";
        assert_eq!(found("2026-11-23"), one_person);
        office.meddle("UPDATE oa_user SET status = 'closed', left_on = '2026-11-20' WHERE login_name = 'user2'");
        assert_eq!(found("2026-11-23"), "");
        // A plain role that carries what belongs to the system administrator.
        give("user3", "helper", false);
        assert_eq!(found("2026-11-23"), "ROL-005,user3/helper,no approval\n");
        let number_of = |kind: &str| {
            format!(
                "UPDATE oa_user SET staff_no = (SELECT MIN(o.staff_no) FROM oa_user o JOIN user_role g ON g.user_id = o.id \
                 JOIN role r ON r.id = g.role_id WHERE r.admin_kind = '{kind}' AND o.login_name <> 'user3') WHERE login_name = 'user3'"
            )
        };
        office.meddle("UPDATE user_role SET approved_by = granted_by, approved_at = granted_at WHERE approved_by IS NULL");
        office.meddle(&number_of("audit"));
        let audit = found("2026-11-23");
        assert!(audit.starts_with("ROL-001,") && audit.contains(" + helper of user3\n") && audit.lines().count() == 1, "{audit}");
        office.meddle(&number_of("security"));
        let security = found("2026-11-23");
        assert!(
            security.starts_with("ROL-003,") && security.contains(",also helper of user3\n") && security.lines().count() == 1,
            "{security}"
        );
        // A post whose holder's term has run out is empty.
        office.meddle("UPDATE oa_user SET staff_no = '203' WHERE login_name = 'user3'");
        office.meddle("UPDATE user_role SET expires_on = '2026-11-23' WHERE role_id = (SELECT id FROM role WHERE admin_kind = 'audit')");
        assert_eq!(found("2026-11-23"), "");
        assert!(found("2026-11-24").starts_with("ROL-002,"));
        format!("{audit}{security}")
    });
}
