//! The lives of accounts: moving, leaving, coming back, and nothing left behind on the way.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine, words};

fn yes(office: &Office) -> &'static str {
    if office.engine == Engine::Sqlite { "1" } else { "TRUE" }
}

/// Two offices with four people; lihua is the officer of 01 and up to the ears in work.
fn staffed(office: &Office) {
    office.write(
        "units.csv",
        "单位编码,单位名称,类型,上级单位编码,接入方式,成立日期\n01,办公室,机关处室,00,未接入,2010-01-01\n02,水资源处,机关处室,00,未接入,2010-01-01\n",
    );
    office.run("unit import units.csv --yes").ends(0);
    office.write(
        "users.csv",
        "账号,姓名,工号,单位编码,信息员\nlihua,李华,2001,01,是\nwangqiang,王强,2002,01,否\nsunli,孙丽,2003,02,是\nzhaoyi,赵一,2004,02,否\n",
    );
    office.run("user import users.csv --yes").ends(0);
    office.run("unit set 01 --oa-mode full --yes").ends(0);
}

fn busy(office: &Office, login: &str) {
    let user = format!("(SELECT id FROM oa_user WHERE login_name = '{login}')");
    let other = "(SELECT id FROM oa_user WHERE login_name = 'sunli')";
    let unit = format!("(SELECT unit_id FROM oa_user WHERE login_name = '{login}')");
    let [zhangwei, lina] = ["zhangwei", "lina"].map(|login| format!("(SELECT id FROM oa_user WHERE login_name = '{login}')"));
    let at = "'2026-11-02 09:00:00+08:00'";
    let yes = yes(office);
    office.meddle(&format!(
        "INSERT INTO document (id, direction, type_code, title, unit_id, drafter_id, status, created_at) VALUES \
         (1, 'out', 'tongzhi', '防汛通知', {unit}, {user}, 'draft', {at}), (2, 'in', 'tongzhi', '旧通知', {unit}, {user}, 'finished', {at});\
         INSERT INTO document_step (document_id, seq, step, assignee_id, unit_id, assigned_at, done_at) VALUES \
         (1, 1, 'draft', {user}, {unit}, {at}, {at}), (1, 2, 'check', {user}, {unit}, {at}, NULL);\
         INSERT INTO user_post (user_id, unit_id, post_name, is_main, from_on) VALUES ({user}, {unit}, '科员', {yes}, '2020-01-01');\
         INSERT INTO meeting_task (title, unit_id, owner_id, due_on) VALUES ('督办一', {unit}, {user}, '2026-12-01');\
         INSERT INTO duty_roster (on_date, line, user_id) VALUES ('2026-11-01', 'infosec', {user}), ('2026-12-24', 'infosec', {user});\
         INSERT INTO user_session (user_id, started_at) VALUES ({user}, {at});\
         INSERT INTO delegation (from_user_id, to_user_id, scope, starts_at, ends_at) VALUES \
         ({user}, {other}, 'all', {at}, '2026-12-31 09:00:00+08:00'), ({other}, {user}, 'all', {at}, '2026-12-31 09:00:00+08:00');\
         INSERT INTO role (code, name) VALUES ('clerk', '经办');\
         INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at) VALUES \
         ({user}, (SELECT id FROM role WHERE code = 'clerk'), {zhangwei}, {at}, {lina}, {at});"
    ));
    office.write("list.csv", "事项名称,实施机关\n取水许可,市水务局\n");
    office.run("license import list.csv --yes").ends(0);
    office.meddle("UPDATE license_version SET valid_from = '2026-01-01'");
    let line = "case add 取水许可 --applicant 甲公司 --received 2026-11-20";
    assert!(office.command().env("SWJ_ACTOR", login).env("SWJ_PERMISSIONS", "off").args(words(line)).output().unwrap().status.success());
}

fn silent(office: &Office, day: &str, after: &str) {
    let rules =
        [("ACC", 15), ("ROL", 11), ("UNI", 6)].map(|(area, last)| (1..=last).map(|n| format!(" --rule {area}-{n:03}")).collect::<String>());
    let ran = office.run_on(day, &format!("audit run --fail-on low -f csv{}", rules.concat()));
    assert_eq!(ran.code, 0, "{day} {after}: {}", ran.stdout);
}

#[test]
fn who_leaves_leaves_nothing_behind() {
    same_on_each_engine(|office| {
        staffed(office);
        busy(office, "lihua");
        let before = office.digests(&office.url());
        let refused = office.run("user leave lihua --yes").ends(5);
        for what in ["documents 1", "steps 1", "cases 1", "tasks 1", "duties 1", "--successor"] {
            assert!(refused.stderr.contains(what), "{what}: {}", refused.stderr);
        }
        // 信息员: the successor works elsewhere, so the office would be left without one.
        assert!(office.run("user leave lihua --successor sunli --yes").ends(5).stderr.contains("--info-officer yes"));
        office.run("user leave lihua --successor lihua --yes").ends(2);
        assert_eq!(office.digests(&office.url()), before);
        assert!(office.run("user handover lihua -f csv").ends(0).stdout.contains("lihua,steps,防汛通知#2,check,open,"));

        let dry = office.run("user leave lihua --kind retire --successor wangqiang -n -f csv").ends(0).stdout;
        assert_eq!(office.digests(&office.url()), before);
        let list = office.run("user leave lihua --kind retire --successor wangqiang --basis 津水人〔2026〕3号 --yes -f csv").ends(0).stdout;
        assert_eq!(dry, list);
        for line in [
            "lihua,roles,clerk,,revoked,",
            "lihua,delegations,lihua -> sunli,all,cancelled,",
            "lihua,delegations,sunli -> lihua,all,cancelled,",
            "lihua,sessions,1,,ended,",
            "lihua,posts,科员,,ended,",
            "lihua,steps,防汛通知#2,check,handed_over,wangqiang",
            "lihua,duties,2026-12-24 infosec,infosec,handed_over,wangqiang",
            "lihua,info_officer,lihua,,handed_over,wangqiang",
        ] {
            assert!(list.contains(line), "{line}: {list}");
        }
        assert_eq!(office.run("user handover lihua -f count").stdout.trim(), "0");
        let taken = office.run("user handover wangqiang -f csv --fields what,key").ends(0).stdout;
        assert_eq!(taken.lines().count(), 6, "{taken}");
        let shown = office.run("user show lihua -f csv").stdout;
        assert!(shown.contains("status,closed") && shown.contains("left_on,2026-11-23") && !shown.contains("clerk"), "{shown}");
        office.run("user leave lihua --yes").ends(5);
        office.run("audit run --rule ACC-001 --rule ACC-002 --rule ROL-007 --rule ROL-010 --rule UNI-004 --fail-on low").ends(0);
        office.run("log verify").ends(0);
        // The handover list as a file.
        office.run("user leave zhaoyi --yes -o zhaoyi.xlsx").ends(0);
        assert!(office.path("zhaoyi.xlsx").exists());
        list + &taken
    });
}

#[test]
fn retire_return_and_retire_again() {
    same_on_each_engine(|office| {
        staffed(office);
        office.run("user leave zhaoyi --kind retire --yes").ends(0);
        assert!(office.run("user enable zhaoyi --yes").ends(5).stderr.contains("user return"));
        office.run("user return sunli --yes").ends(5);
        office.run("user add zhao2 --name 赵一 --staff-no 2004 --unit 02").ends(0);
        assert!(office.run("user return zhaoyi --yes").ends(5).stderr.contains("zhao2"), "one person, one account");
        office.run("user leave zhao2 --yes").ends(0);
        let on = |day: &str, line: &str| office.run_on(day, line).ends(0);
        on("2027-03-01", "user return zhaoyi --unit 01 --post 顾问 --basis 返聘 --yes");
        let shown = on("2027-03-01", "user show zhaoyi -f csv").stdout;
        assert!(shown.contains("status,active") && shown.contains("unit,01") && shown.contains("left_on,\n"), "{shown}");
        // Away for months, and no audit calls the account dormant or its password overdue.
        let audit = office.run_on("2027-03-01", "audit run --area ACC --fail-on critical -f csv").ends(0).stdout;
        assert!(audit.contains("lihua") && !audit.contains("zhaoyi"), "{audit}");
        on("2027-06-30", "user leave zhaoyi --kind retire --yes");
        let again = office.run_on("2027-06-30", "user show zhaoyi -f csv").stdout;
        assert!(again.contains("left_on,2027-06-30") && again.contains("status,closed"), "{again}");
        office.run("log verify").ends(0);
        shown + &again
    });
}

#[test]
fn what_is_planned_is_carried_out_on_its_day_and_once() {
    same_on_each_engine(|office| {
        staffed(office);
        office.run("user transfer wangqiang --to 02 --on 2026-12-01 --post 科长 --basis 调令7号 --yes").ends(0);
        office.run("user leave sunli --kind leave --on 2026-12-02 --successor zhaoyi --yes").ends(0);
        office.run("user leave sunli --on 2026-12-09 --yes").ends(5);
        assert!(office.run("user show wangqiang -f csv").stdout.contains("unit,01"), "nothing moves before its day");
        // Said twice it is planned once; who only helps elsewhere, or takes his roles along, leaves no post empty.
        office.run("user transfer wangqiang --to 02 --on 2026-12-01 --post 科长 --basis 调令7号 --yes").ends(0);
        for line in ["--second --until 2027-01-31", "--keep-roles"] {
            office.run(&format!("user transfer zhangwei --to 02 --on 2026-12-01 {line} --yes -n")).ends(0);
        }
        office.run("user transfer zhangwei --to 02 --on 2026-12-01 --yes -n").ends(5);
        office.run("user transfer apply --due --yes").ends(0);
        office.run_on("2026-12-01", "audit run --rule ACC-002").ends(3);
        let first = office.run_on("2026-12-01", "user transfer apply --due --yes -f csv").ends(0).stdout;
        assert!(first.contains("wangqiang,unit,01,,moved,02") && !first.contains("sunli"), "{first}");
        assert!(!first.contains("there_already"), "{first}");
        assert!(office.run_on("2026-12-01", "user transfer apply --due --yes").ends(0).stderr.contains("Nothing is due"));
        let second = office.run_on("2026-12-05", "user transfer apply --due --yes -f csv").ends(0).stdout;
        assert!(second.contains("sunli,account,sunli,孙丽,closed,"), "{second}");
        assert!(office.run_on("2026-12-05", "user show sunli -f csv").stdout.contains("left_on,2026-12-02"));
        office.run_on("2026-12-05", "audit run --rule ACC-001 --rule ACC-002").ends(0);
        // What cannot be carried out stays due and is named; the rest is done.
        office.run_on("2026-12-05", "user transfer lihua --to 02 --on 2026-12-07 --yes").ends(0);
        office.run_on("2026-12-05", "user transfer zhaoyi --to 01 --on 2026-12-07 --yes").ends(0);
        let some = office.run_on("2026-12-07", "user transfer apply --due --yes -f csv").ends(3);
        assert!(some.stdout.contains("lihua,transfer,2026-12-07") && some.stdout.contains(",left,"), "{some:?}");
        assert!(some.stdout.contains("zhaoyi,unit,02,,moved,01"), "{some:?}");
        office.run_on("2026-12-07", "user set zhaoyi --info-officer yes --yes").ends(0);
        office.run_on("2026-12-07", "user transfer apply lihua --yes").ends(0);
        // 借调: a second post with an end, the main one stays.
        office.run_on("2026-12-07", "user transfer zhaoyi --to 02 --second --until 2027-01-31 --yes").ends(0);
        assert!(office.run_on("2026-12-07", "user show zhaoyi -f csv").stdout.contains("unit,01"));
        office.run_on("2026-12-07", "user transfer zhaoyi --to 02 --second --yes").ends(2);
        // What one leaves on the desk of the next, who goes the same day, is there in a dry run too.
        office.meddle(
            "INSERT INTO meeting_task (title, unit_id, owner_id, due_on) \
             SELECT '督办一', unit_id, id, '2026-12-31' FROM oa_user WHERE login_name = 'wangqiang'",
        );
        office.run_on("2026-12-07", "user leave wangqiang --on 2026-12-10 --successor lihua --yes").ends(0);
        office.run_on("2026-12-07", "user leave lihua --on 2026-12-10 --yes").ends(0);
        let dry = office.run_on("2026-12-10", "user transfer apply --due -n -f csv").ends(3).stdout;
        assert!(dry.contains("lihua,leave,2026-12-10,") && dry.contains(",left,"), "{dry}");
        assert_eq!(office.run_on("2026-12-10", "user transfer apply --due --yes -f csv").ends(3).stdout, dry);
        office.run("log verify").ends(0);
        first + &second + &some.stdout
    });
}

#[test]
fn nobody_succeeds_himself_and_no_movement_holds_up_another() {
    same_on_each_engine(|office| {
        staffed(office);
        for n in 1..4 {
            office.run(&format!("user add m{n} --name 员{n} --staff-no 30{n} --unit 02")).ends(0);
        }
        office.run("user leave wangqiang --on 2026-12-01 --successor zhaoyi --yes").ends(0);
        office.run("user leave m1 --on 2026-12-01 --successor sunli --yes").ends(0);
        let left = office.run("user leave zhaoyi --successor wangqiang --yes -f csv").ends(0).stdout;
        assert!(left.contains("zhaoyi,transfers,wangqiang,leave,without_successor,\n"), "{left}");
        // As an older version may have left it.
        office.meddle("UPDATE user_transfer SET handover_to_id = user_id WHERE user_id = (SELECT id FROM oa_user WHERE login_name = 'm1')");
        let applied = office.run_on("2026-12-01", "user transfer apply --due --yes -f csv").ends(3).stdout;
        assert!(applied.contains("wangqiang,account,wangqiang,王强,closed") && applied.contains("m1,leave,2026-12-01"), "{applied}");
        // It is called off, and the papers of nobody are asked for.
        let off = office.run_on("2026-12-01", "user transfer cancel m1 --yes -f csv").ends(0).stdout;
        assert!(off.contains("m1,planned,2026-12-01,leave,cancelled,"), "{off}");
        assert!(office.run("user transfer cancel m1 --yes").ends(0).stderr.contains("Nothing is planned"));
        office.run_on("2026-12-01", "user handover wangqiang --papers-returned --yes").ends(0);
        office.run_on("2026-12-01", "user handover zhaoyi --papers-returned 2026-11-30 --yes").ends(0);
        let ahead = office.run_on("2026-12-01", "user handover zhaoyi --papers-returned 2026-12-30 --yes").ends(2);
        assert!(ahead.stderr.contains("leave the day out") && !ahead.stderr.contains("--on"), "{ahead:?}");
        office.run_on("2026-12-01", "audit run --rule ACC-002 --rule DOC-020 --fail-on low").ends(0);
        // A merger brings him there first: then nothing ends.
        busy(office, "m2");
        office.run("user transfer m2 --to 01 --on 2026-12-02 --yes").ends(0);
        office.run("user transfer m3 --to 01 --on 2026-12-02 --yes").ends(0);
        office.run("user transfer apply --due --as-of 2030-01-01 --yes").ends(2);
        office.run("unit merge 02 --into 01 --yes").ends(0);
        let there = office.run_on("2026-12-02", "user transfer apply --due --yes -f csv").ends(0).stdout;
        assert!(there.contains("m2,unit,01,,there_already,01"), "{there}");
        assert!(office.run("user show m2 -f csv").stdout.contains("clerk"));
        office.run_on("2026-12-02", "audit run --rule ACC-002 --rule DOC-020 --fail-on low").ends(0);
        office.run("log verify").ends(0);
        left + &applied + &there
    });
}

#[test]
fn what_somebody_works_on_follows_him_and_not_his_login() {
    same_on_each_engine(|office| {
        staffed(office);
        busy(office, "zhaoyi");
        office.meddle("UPDATE oa_user SET login_name = 'zhao.yi' WHERE login_name = 'zhaoyi'");
        office.meddle("UPDATE oa_user SET login_name = 'zhaoyi' WHERE login_name = 'wangqiang'");
        let list = office.run("user handover zhao.yi -f csv --fields what").ends(0).stdout;
        assert!(list.contains("cases"), "{list}");
        assert_eq!(office.run("user handover zhaoyi -f count").stdout.trim(), "0");
        // An old step names a login alone: it is no work of whoever got that login later.
        office.meddle(
            "UPDATE oa_user SET created_at = '2026-11-24 09:00:00+08:00' WHERE login_name = 'zhaoyi';\
             INSERT INTO license_case_event (case_id, seq, event, at, actor) SELECT id, 99, 'step', '2026-11-23 10:00:00+08:00', 'zhaoyi' FROM license_case",
        );
        assert_eq!(office.run("user handover zhaoyi -f count").stdout.trim(), "0");
        // Whoever leaves takes neither requests nor codes along, and his drafts are somebody's.
        let [user, lina] = ["zhao.yi", "lina"].map(|login| format!("(SELECT id FROM oa_user WHERE login_name = '{login}')"));
        let at = "'2026-11-02 09:00:00+08:00'";
        office.meddle(&format!(
            "INSERT INTO role (code, name) VALUES ('editor', '编辑');\
             INSERT INTO role_request (user_id, role_id, requested_by, requested_at) VALUES ({user}, (SELECT id FROM role WHERE code = 'editor'), {lina}, {at});\
             INSERT INTO user_activation (user_id, code_sha256, issued_at, expires_on) VALUES ({user}, 'x', {at}, '2026-12-31');\
             INSERT INTO info_item (unit_id, author_id, title, submitted_at, status) VALUES ((SELECT id FROM unit WHERE code = '02'), {user}, '稿一', {at}, 'draft');"
        ));
        let left = office.run("user leave zhao.yi --successor sunli --yes -f csv").ends(0).stdout;
        for line in [
            "zhao.yi,role_requests,zhao.yi/editor,,withdrawn,",
            "zhao.yi,activation_codes,1,,ended,",
            "zhao.yi,information,稿一,稿一,handed_over,sunli",
        ] {
            assert!(left.contains(line), "{line}: {left}");
        }
        assert_eq!(office.run("role requests -f count").ends(0).stdout.trim(), "0");
        left
    });
}

#[test]
fn the_only_administrator_cannot_be_shut_out() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for (login, role) in [("zhangwei", "system_admin"), ("lina", "security_admin"), ("wangfang", "audit_admin")] {
            for line in [
                format!("user disable {login} --yes"),
                format!("user lock {login} --yes"),
                format!("user leave {login} --yes"),
                format!("user leave {login} --on 2026-12-31 --yes"),
            ] {
                let refused = office.run(&line).ends(5);
                assert!(refused.stderr.contains(role) && refused.stderr.contains("granted to another"), "{refused:?}");
            }
        }
        office.run("user add second --name 乙二 --staff-no 5001 --unit 00").ends(0);
        let user = |login: &str| format!("(SELECT id FROM oa_user WHERE login_name = '{login}')");
        office.meddle(&format!(
            "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at) VALUES ({}, (SELECT id FROM role WHERE \
             code = 'system_admin'), {}, '2026-11-02 09:00:00+08:00', {}, '2026-11-02 09:00:00+08:00')",
            user("second"),
            user("lina"),
            user("wangfang")
        ));
        office.run("user lock second zhangwei --yes").ends(5);
        office.run("user leave zhangwei --yes").ends(0);
        office.run("user lock second --yes").ends(5);
        // One too many comes back no more than it is granted.
        for n in 1..4 {
            office.run(&format!("user add sys{n} --name 系{n} --staff-no 60{n} --unit 00")).ends(0);
            office.meddle(&format!(
                "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at) VALUES ({}, (SELECT id FROM role WHERE \
                 code = 'system_admin'), {}, '2026-11-02 09:00:00+08:00', {}, '2026-11-02 09:00:00+08:00')",
                user(&format!("sys{n}")), user("lina"), user("wangfang")
            ));
            if n == 1 {
                office.run("user lock sys1 --yes").ends(0);
            }
        }
        assert!(office.run("user unlock sys1 --yes").ends(5).stderr.contains("system_admin"));
        office.run("audit run --rule ROL-011 --fail-on low").ends(0);
        office.run("audit run --rule ROL-002 --rule ROL-007 --fail-on low").ends(0);
    });
}

#[test]
fn accounts_are_locked_disabled_and_opened_again() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        staffed(&office);
        busy(&office, "zhaoyi");
        assert!(office.run("user lock lihua --yes").ends(5).stderr.contains("01"), "the only information officer");
        assert!(office.run("user lock zhaoyi --until 2026-12-01 --yes").ends(0).stderr.contains("user handover zhaoyi"));
        // Another end is another lock; the same is done already.
        for (until, said) in [("2026-12-01", "already"), ("2026-12-31", "Locked 1"), ("2026-12-31", "already")] {
            let ran = office.run(&format!("user lock zhaoyi --until {until} --yes")).ends(0);
            assert!(ran.stderr.contains(said), "{until}: {ran:?}");
        }
        assert!(office.run("user lock zhaoyi --yes").ends(0).stderr.contains("Locked 1"), "until it is unlocked");
        assert!(office.run("user disable zhaoyi --yes").ends(0).stderr.contains("Disabled"));
        office.run("audit run --rule ROL-007 --rule ROL-010 --fail-on low").ends(0);
        assert!(office.run("user unlock zhaoyi --yes").ends(5).stderr.contains("user enable zhaoyi"));
        office.run("user enable zhaoyi --yes").ends(0);
        assert!(office.run("user enable zhaoyi --yes").ends(0).stderr.contains("already"));
        assert!(!office.run("user show zhaoyi -f csv").stdout.contains("clerk"), "roles are granted anew");
        // Who belongs to no unit is told how to get into one, and that works.
        office.run("user add qiner --name 秦二 --staff-no 2009 --unit 02").ends(0);
        office.run("user disable qiner --yes").ends(0);
        office.meddle("UPDATE oa_user SET unit_id = NULL WHERE login_name = 'qiner'");
        assert!(office.run("user enable qiner --yes").ends(5).stderr.contains("swj user transfer qiner --to"));
        office.run("user transfer qiner --to 02 --yes").ends(0);
        office.run("user enable qiner --yes").ends(0);
        let moved = office.run("user handover zhaoyi --to sunli --yes -f csv").ends(0).stdout;
        assert!(moved.contains("zhaoyi,cases,") && moved.contains(",handed_over,sunli"), "{moved}");
        assert!(office.run("user handover zhaoyi --to sunli --yes").ends(0).stderr.contains("nothing open"));
        // 委托代办
        office.run("user delegate --from sunli --to zhaoyi --until 2026-11-22").ends(2);
        office.run("user delegate --from sunli --to sunli --until 2026-12-01").ends(2);
        office.run("user delegate --from sunli --to zhaoyi").ends(2);
        for _ in 0..2 {
            office.run("user delegate --from sunli --to zhaoyi --until 2026-12-01 --scope documents").ends(0);
        }
        let ended = office.run("user delegate --from sunli --cancel -n -f csv --fields to,scope").ends(0).stdout;
        assert_eq!(ended, "to,scope\nzhaoyi,documents\n", "said twice, delegated once");
        office.run("user lock zhaoyi --yes").ends(0);
        office.run("audit run --rule ROL-010 --fail-on low").ends(0);
        office.run("user unlock zhaoyi --yes").ends(0);
        office.run("user delegate --from sunli --to zhaoyi --until 2026-12-01").ends(0);
        assert!(office.run("user delegate --from sunli --cancel -f csv").ends(0).stdout.contains("sunli,zhaoyi,all"));
        // 改名与改项
        office.run("user rename zhaoyi admin --yes").ends(2);
        office.run("user rename zhaoyi sunli --yes").ends(5);
        office.run("user rename zhaoyi zhao.yi --yes").ends(0);
        office.run("user show zhaoyi").ends(4);
        let words =
            ["user", "set", "zhao.yi", "--name", " 赵𠮷㐂１ \u{3000}", "--phone", "13812345678", "--yes", "-f", "csv"].map(String::from);
        let set = office.run_words(&words).ends(0).stdout;
        assert!(set.contains("zhao.yi,real_name,赵一,赵𠮷㐂１\n") && set.contains("138****5678"), "{set}");
        for verb in ["user set zhao.yi", "user add neu --unit 02", "unit add 09 --parent 00", "unit rename 02"] {
            let mut line = crate::support::words(verb);
            line.extend(["--name", "赵\u{2028}一", "--yes"].map(String::from));
            let ran = office.run_words(&line).ends(2);
            assert!(ran.stderr.contains("several lines"), "{ran:?}");
        }
        office.run("user set zhao.yi --staff-no 2003 --yes").ends(5);
        office.run("user set zhao.yi --type external --yes").ends(2);
        office.run("user set lihua --info-officer no --yes").ends(5);
        office.run("user add ext1 --name 外 --unit 02 --type external").ends(2);
        office.run("user add root --name 甲 --unit 02").ends(2);
    });
}

#[test]
fn a_password_is_asked_for_kept_secret_and_does_not_come_back() {
    use std::os::unix::fs::PermissionsExt;
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        staffed(&office);
        let piped = |line: &str, password: &str, configured: &[(&str, &str)]| {
            let mut command = office.command();
            command.envs(configured.iter().copied()).args(words(line)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
            let out = child.wait_with_output().unwrap();
            (out.status.code().unwrap(), String::from_utf8_lossy(&out.stderr).into_owned())
        };
        let line = "user password lihua --password-stdin";
        let (code, said) = piped(line, "Lihua-1", &[]);
        assert!(code == 2 && said.contains("fewer than 10") && said.contains("holds the login") && !said.contains("Lihua-1"), "{said}");
        assert_eq!(piped(line, "Heron-lake-47", &[]).0, 0);
        assert!(office.run("user show lihua -f csv").stdout.contains("must_change_password,true"));
        assert_eq!(piped(line, "Heron-lake-47", &[]).0, 5);
        let sm3 = [("SWJ_PEOPLE_PASSWORD_ALGORITHM", "pbkdf2-sm3"), ("SWJ_ACTOR", "lihua")];
        assert_eq!(piped(line, "Heron-lake-48", &sm3).0, 0);
        assert!(office.run("user show lihua -f csv").stdout.contains("must_change_password,false"), "one's own");
        assert_eq!(piped(line, "Heron-lake-48", &[]).0, 5, "known again though stored otherwise");
        assert_eq!(piped(line, "Heron-lake-47", &[]).0, 5);
        assert_eq!(piped(line, "x", &[("SWJ_PEOPLE_PASSWORD_ALGORITHM", "md5")]).0, 2);
        office.run("user password lihua").ends(8);
        office.run("user password lihua --activation code -n").ends(0);
        assert!(!office.path("code").exists());
        office.run("user password lihua --activation code").ends(0);
        assert_eq!(std::fs::metadata(office.path("code")).unwrap().permissions().mode() & 0o777, 0o600);
        let code = office.read("code");
        let code = code.trim().strip_prefix("lihua\t").unwrap();
        office.run("user password lihua --activation code").ends(5);
        // It opens the account as the code of an import does, until its owner has a password of his own.
        office.secret("phrase", "七月流火Ab9九月授衣");
        office.secret("key", code);
        let open = "user activate lihua --code-file key --password-file phrase";
        office.run_on("2026-12-24", open).ends(6);
        office.run(&format!("{open} -n")).ends(0);
        office.meddle("UPDATE oa_user SET must_change_pwd = FALSE WHERE login_name = 'lihua'");
        office.run(open).ends(6);
        office.meddle("UPDATE oa_user SET must_change_pwd = TRUE WHERE login_name = 'lihua'");
        office.run(open).ends(0);
        office.run(open).ends(6);
        let log = office.run("log list -f json").stdout;
        assert!(code.len() == 20 && !log.contains(code) && !log.contains("Heron") && !log.contains("argon2id$"));
        office.run("audit run --rule ACC-006 --rule ACC-007").ends(0);
    });
}

#[test]
fn only_what_nothing_names_is_purged_and_only_by_name() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        staffed(&office);
        busy(&office, "lihua");
        office.run("user leave lihua --successor wangqiang --yes").ends(0);
        office.run("user leave zhaoyi --yes").ends(0);
        office.run("user purge zhaoyi --confirm zhaoyi").ends(5);
        let later = |line: &str| office.run_on("2030-01-02", line);
        assert!(later("user purge lihua --confirm lihua").ends(5).stderr.contains("document"));
        later("user purge sunli --confirm sunli").ends(5);
        later("user purge zhaoyi").ends(8);
        later("user purge zhaoyi --confirm other").ends(8);
        // A day of leaving may be said to be long ago; when it was carried out cannot, nor may today be another day.
        office.run("user add e1 --name 甲 --staff-no 401 --unit 02").ends(0);
        assert!(office.run("user leave e1 --on 2020-01-01 --yes").ends(5).stderr.contains("2026-11-23"));
        office.run("user add e2 --name 乙 --staff-no 402 --unit 02 --joined-on 2019-01-01").ends(0);
        office.run("user leave e2 --on 2020-01-01 --yes").ends(0);
        office.run("user purge e2 --confirm e2").ends(5);
        office.run("user purge e2 --confirm e2 --as-of 2031-01-01").ends(2);
        office.meddle(&format!(
            "INSERT INTO login_log (login_name, user_id, at, ok) SELECT login_name, id, '2026-12-01 09:00:00+08:00', {} FROM oa_user WHERE login_name = 'e2'",
            yes(&office)
        ));
        assert!(later("user purge e2 --confirm e2").ends(5).stderr.contains("login_log"));
        later("user purge zhaoyi --confirm zhaoyi").ends(0);
        later("user show zhaoyi").ends(4);
        assert!(later("log list --verb 'user purge' -f json").stdout.contains("赵一"));
        later("log verify").ends(0);
    });
}

/// The OA's part: everybody has a password of his own, a second factor where it is asked for, and works today.
fn everybody_works(office: &Office, day: &str) {
    let (yes, no) = if office.engine == Engine::Sqlite { ("1", "0") } else { ("TRUE", "FALSE") };
    let at = format!("'{day} 08:30:00+08:00'");
    office.meddle(&format!(
        "UPDATE oa_user SET last_login_at = {at}, must_change_pwd = {no}, pwd_changed_at = {at}, mfa_enabled = {yes} WHERE status = 'active'"
    ));
}

#[test]
fn no_sequence_of_orders_sets_off_a_rule() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let mut chance = fastrand::Rng::with_seed(20_261_123);
        let mut day: jiff::civil::Date = "2026-11-24".parse().unwrap();
        let (mut units, mut users) = (vec!["00".to_owned()], Vec::new());
        let (mut done, mut refused) = (0, 0);
        for n in 0..44 {
            if chance.u8(..4) == 0 {
                day = day.tomorrow().unwrap();
            }
            let unit = chance.choice(&units).unwrap().clone();
            let other = chance.choice(&units).unwrap().clone();
            let ended = chance.choice(&units[units.len().min(2) - 1..]).unwrap().clone();
            let user: String = chance.choice(&users).cloned().unwrap_or_else(|| "lina".to_owned());
            let heir: String = chance.choice(&users).cloned().unwrap_or_else(|| "lina".to_owned());
            let line = match if n < 14 { n % 2 } else { chance.usize(2..27) } {
                0 => {
                    units.push(format!("N{n}"));
                    format!("unit add N{n} --name 处{n} --parent {unit} --kind office")
                }
                1 => {
                    users.push(format!("p{n}"));
                    let officer = if chance.bool() { "--info-officer" } else { "" };
                    format!("user add p{n} --name 𠮷{n} --staff-no S{n} --unit {unit} {officer}")
                }
                2 => format!("unit move {unit} --to {other}"),
                3 => format!("unit rename {unit} --name 新{n}"),
                4 | 24 => format!("unit merge {ended} --into {other}"),
                5 | 25 => format!("unit close {ended} --successor {other}"),
                6 => {
                    units.push(format!("X{n}"));
                    format!("unit split {unit} --into X{n}:分{n} --successor X{n}")
                }
                7 => {
                    units.push(format!("X{n}"));
                    format!("unit split {unit} --into X{n}:分{n} --keep --give {user}=X{n}")
                }
                8 | 9 => format!("unit set {unit} --oa-mode full"),
                10 => format!("unit close {unit}"),
                11 | 12 => format!("user transfer {user} --to {unit} --successor {heir}"),
                13 => format!("user transfer {user} --to {unit} --on {}", day.tomorrow().unwrap()),
                14 => "user transfer apply --due".to_owned(),
                15 => format!("user leave {user} --successor {heir} --kind retire"),
                16 => format!("user return {user} --unit {unit}"),
                17 => format!("user disable {user}"),
                18 => format!("user enable {user}"),
                19 => format!("user lock {user}"),
                20 => format!("user unlock {user}"),
                21 => format!("user delegate --from {user} --to {heir} --until {}", day.tomorrow().unwrap()),
                22 => format!("user set {user} --info-officer {}", if chance.bool() { "yes" } else { "no" }),
                23 => format!("user leave {user} --on {}", day.tomorrow().unwrap()),
                _ => format!("unit move {ended} --to {other}"),
            };
            let today = day.to_string();
            let ran = office.run_on(&today, &format!("{line} --yes"));
            assert!([0, 2, 4, 5].contains(&ran.code), "{line}: {ran:?}");
            *(if ran.code == 0 { &mut done } else { &mut refused }) += 1;
            // The timer of the morning.
            let applied = office.run_on(&today, "user transfer apply --due --yes");
            assert!([0, 3].contains(&applied.code), "{line}: {applied:?}");
            if applied.code == 3 {
                // What could not be carried out is called off by the departure of whom it concerns; here by hand.
                office.meddle(&format!("UPDATE user_transfer SET cancelled_at = '{today} 09:00:00+08:00' WHERE processed_at IS NULL AND effective_on <= '{today}'"));
            }
            everybody_works(&office, &today);
            silent(&office, &today, &format!("after {line} ({ran:?})"));
        }
        assert!(done > 20 && refused > 3, "{done} done, {refused} refused");
        office.run("log verify").ends(0);
    });
}

#[test]
fn a_kill_in_the_middle_leaves_nothing_half_done() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        staffed(&office);
        let at = "'2026-11-02 09:00:00+08:00'";
        let (user, unit) = ("(SELECT id FROM oa_user WHERE login_name = 'wangqiang')", "(SELECT id FROM unit WHERE code = '01')");
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)";
        office.meddle(&format!(
            "{rows} INSERT INTO document (id, direction, type_code, title, unit_id, drafter_id, status, created_at) \
             SELECT i, 'in', 'tongzhi', '文' || i, {unit}, {user}, 'handling', {at} FROM n;\
             {rows} INSERT INTO document_step (document_id, seq, step, assignee_id, unit_id, assigned_at) \
             SELECT i, 1, 'undertake', {user}, {unit}, {at} FROM n;"
        ));
        let count = |line: &str| office.run(line).stdout.trim().to_owned();
        let state = || {
            let shown = office.run("user show wangqiang -f csv").stdout.contains("status,closed");
            let closed = office.run("unit show 01 -f csv").stdout.contains("status,closed");
            let papers = count("user handover wangqiang -f count") == "0";
            let unit = office.run("unit close 01 -n").stderr.contains("documents 2000");
            (shown, papers, closed, unit)
        };
        let lines = ["user leave wangqiang --successor sunli --yes", "unit merge 01 --into 02 --yes"];
        let rehearsals = lines.map(|line| office.start(&format!("{line} -n")).takes());
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..10 {
            // From the middle of what a rehearsal takes to behind the end.
            let line = lines[n % 2];
            office.start(line).is_killed_after(rehearsals[n % 2].mul_f64(0.5 + 0.1 * n as f64));
            office.is_alone();
            let (left, given, closed, owns) = state();
            assert_eq!(left, given, "after {line}: the account and its papers go together");
            assert_ne!(closed, owns, "after {line}: the unit and its papers go together");
            seen.insert((left, closed));
        }
        office.run("log verify").ends(0);
        let _ = office.run("user leave wangqiang --successor sunli --yes");
        let _ = office.run("unit merge 01 --into 02 --yes");
        assert_eq!(state(), (true, true, true, false));
        office.run("db check").ends(0);
    });
}

#[test]
fn two_administrators_at_once_leave_one_story() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        staffed(&office);
        // One merges the office away while the other brings people into it.
        let start = |line: String| office.command().args(words(&line)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut children = vec![start("unit merge 02 --into 01 --yes".to_owned())];
        for n in 0..6 {
            children.push(start(format!("user add z{n} --name 新{n} --staff-no Z{n} --unit 02")));
        }
        children.push(start("user leave sunli --successor zhaoyi --yes".to_owned()));
        children.push(start("user leave zhaoyi --successor sunli --yes".to_owned()));
        for mut child in children {
            let code = child.wait().unwrap().code().unwrap();
            assert!([0, 5, 7].contains(&code), "{code}");
        }
        office.run("audit run --rule ACC-013 --rule UNI-003").ends(0);
        let gone =
            ["sunli", "zhaoyi"].iter().filter(|login| office.run(&format!("user show {login} -f csv")).stdout.contains("closed")).count();
        assert!(gone <= 2);
        office.run("log verify").ends(0);
    });
}

#[test]
fn the_zone_of_the_host_changes_nothing() {
    let story = |zone: &str| {
        let office = Office::ready(Engine::Sqlite);
        staffed(&office);
        let run = |line: &str| {
            // Eight in the evening in London is four in the morning of the next day in Beijing.
            let mut command = office.command();
            command.env("TZ", zone).env("SWJ_TEST_NOW", "2026-11-23 20:30:00Z").args(words(line));
            let out = command.stdin(Stdio::null()).output().unwrap();
            assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).unwrap()
        };
        let mut all = run("unit rename 02 --name 新处 --yes -f csv");
        all += &run("user leave zhaoyi --yes -f csv");
        all += &run("user transfer wangqiang --to 02 --on 2026-11-25 --yes -f csv");
        all += &run("unit history 02 -f csv");
        all += &run("user show zhaoyi -f csv");
        all += &run("unit tree --as-of 2026-11-23 -f csv");
        all
    };
    let beijing = story("Asia/Shanghai");
    assert!(beijing.contains("left_on,2026-11-24"), "{beijing}");
    assert_eq!(story("UTC"), beijing);
    assert_eq!(story("America/New_York"), beijing);
}
