use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

/// Two offices with people and work, and a third.
fn bureau(engine: Engine) -> Office {
    let office = Office::ready(engine);
    stocked(&office);
    office
}

fn stocked(office: &Office) {
    office.write(
        "units.csv",
        "单位编码,单位名称,简称,类型,上级单位编码,接入方式,成立日期\n\
         01,天津市水务局办公室,办公室,机关处室,00,未接入,2010-01-01\n\
         0101,综合科,综合科,机关处室,01,未接入,2010-01-01\n\
         02,水资源处,水资源处,机关处室,00,未接入,2010-01-01\n\
         03,审批处,审批处,机关处室,00,未接入,2010-01-01\n",
    );
    office.run("unit set 00 --opened-on 2009-05-07 --yes").ends(0);
    office.run("unit import units.csv --yes").ends(0);
    office.write("users.csv", "账号,姓名,工号,单位编码\nlihua,李华,2001,01\nwangqiang,王强,2002,0101\nsunli,孙丽,2003,02\n");
    office.run("user import users.csv --yes").ends(0);
}

/// Work of the OA on a unit: an open paper with its step, a finished one, a running case, an open request, a post.
fn work(office: &Office, unit: &str, login: &str) {
    let unit = format!("(SELECT id FROM unit WHERE code = '{unit}')");
    let user = format!("(SELECT id FROM oa_user WHERE login_name = '{login}')");
    let at = "'2026-11-02 09:00:00+08:00'";
    let yes = if office.engine == Engine::Sqlite { "1" } else { "TRUE" };
    office.meddle(&format!(
        "INSERT INTO document (id, direction, type_code, title, unit_id, drafter_id, status, created_at) VALUES \
         (1, 'in', 'tongzhi', '防汛通知', {unit}, {user}, 'handling', {at}), (2, 'in', 'tongzhi', '旧通知', {unit}, {user}, 'finished', {at});\
         INSERT INTO document_step (document_id, seq, step, assignee_id, unit_id, assigned_at) VALUES (1, 1, 'undertake', {user}, {unit}, {at});\
         INSERT INTO user_post (user_id, unit_id, post_name, is_main, from_on) VALUES ({user}, {unit}, '科员', {yes}, '2020-01-01');"
    ));
    office.write("list.csv", "事项名称,实施机关\n取水许可,市水务局\n");
    office.run("license import list.csv --yes").ends(0);
    office.meddle(&format!("UPDATE license_version SET valid_from = '2026-01-01'; UPDATE license_organ SET unit_id = {unit}"));
    let code = unit.split('\'').nth(1).unwrap().to_owned();
    for line in [
        "case add 取水许可 --applicant 甲公司 --received 2026-11-20".to_owned(),
        format!(
            "request add --unit {code} --applicant 甲 --kind natural_person --channel in_person --subject 水质 --no Q1 --arrived 2026-11-20"
        ),
    ] {
        let ran =
            office.command().env("SWJ_ACTOR", login).env("SWJ_PERMISSIONS", "off").args(crate::support::words(&line)).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn a_unit_that_still_owns_something_is_closed_only_with_a_successor() {
    same_on_each_engine(|office| {
        stocked(office);
        work(office, "01", "lihua");
        let before = office.digests(&office.url());
        let refused = office.run("unit close 01 --yes").ends(5);
        for what in ["users 1", "documents 1", "steps 1", "cases 1", "organs 1", "requests 1", "units 1", "--successor"] {
            assert!(refused.stderr.contains(what), "{what}: {}", refused.stderr);
        }
        assert_eq!(office.digests(&office.url()), before);
        office.run("unit close 01 --successor 01 --yes").ends(2);
        office.run("unit close 00 --successor 02 --yes").ends(5);
        assert!(office.run("unit close 01 --successor 02").ends(8).stderr.contains("--yes"));

        let closed = office.run("unit close 01 --successor 02 --basis 津水办〔2026〕9号 --yes -f csv").ends(0).stdout;
        assert!(closed.contains("01,users,1,02,2026-11-23") && closed.contains("01,units,1,02"), "{closed}");
        let shown = office.run("unit show 01 -f csv").ends(0).stdout;
        assert!(shown.contains("status,closed") && shown.contains("successor,02") && shown.contains("active_users,0"), "{shown}");
        assert!(office.run("unit show 0101 -f csv").stdout.contains("parent,02"));
        assert!(office.run("user list --unit 02 -f csv --fields login_name").stdout.contains("lihua"));
        // The finished paper stays where it was finished; statistics of the past do not move.
        assert!(office.run("unit close 02 --yes").ends(5).stderr.contains("documents 1"), "one open paper came along");
        for rule in ["UNI-001", "UNI-003", "UNI-005", "ACC-013"] {
            office.run(&format!("audit run --rule {rule} --fail-on low")).ends(0);
        }
        office.run("log verify").ends(0);
        let history = office.run("unit history 01 -f csv").ends(0).stdout;
        assert!(
            history.contains("2010-01-01,open,,天津市水务局办公室") && history.contains("close,天津市水务局办公室,02,津水办〔2026〕9号"),
            "{history}"
        );
        let logged = office.run("log list --verb 'unit close' -f csv --fields subject_key").ends(0).stdout;
        assert!(logged.contains("防汛通知") && logged.contains("lihua") && logged.contains("市水务局"), "{logged}");
        closed + &shown + &history
    });
}

#[test]
fn a_merge_takes_everything_along_and_the_past_keeps_its_tree() {
    same_on_each_engine(|office| {
        stocked(office);
        work(office, "01", "lihua");
        office.run("unit rename 02 --name 水资源管理处 --on 2026-11-10 --basis 津水〔2026〕1号 --yes").ends(0);
        office.run("unit merge 01 03 --into 02 --on 2026-11-20 --yes").ends(0);
        office.run("unit move 0101 --to 00 --on 2026-11-21 --yes").ends(0);
        let tree = |day: &str| office.run(&format!("unit tree --as-of {day} -f csv --fields tree,code")).ends(0).stdout;
        let long_ago = tree("2026-11-09");
        assert!(long_ago.contains("  办公室,01\n    综合科,0101\n  水资源处,02\n  审批处,03\n"), "{long_ago}");
        assert!(tree("2026-11-19").contains("水资源管理处,02"));
        let between = tree("2026-11-20");
        assert!(between.contains("  水资源管理处,02\n    综合科,0101\n") && !between.contains(",01\n"), "{between}");
        assert_eq!(tree("2026-11-21"), tree("2026-11-23"));
        assert_eq!(tree("2026-11-23"), office.run("unit tree -f csv --fields tree,code").stdout);
        assert!(!tree("2009-12-31").contains("办公室"));
        assert!(office.run("unit show 02 --as-of 2026-11-09 -f csv").stdout.contains("short_name,水资源处"));
        let levels = |day: &str| office.run(&format!("unit list --as-of {day} -f csv --fields code,level,parent,status")).stdout;
        assert!(levels("2026-11-09").contains("0101,2,01,active") && levels("2026-11-23").contains("0101,1,00,active"));
        assert!(levels("2026-11-23").contains("01,1,00,closed"));
        let history = office.run("unit history 02 -f csv").ends(0).stdout;
        assert!(history.contains("rename,水资源处,水资源管理处,津水〔2026〕1号") && history.contains("merge,03,02"), "{history}");
        let posts = office.run("audit run --area UNI --fail-on low -f csv").ends(0).stdout;
        // Nothing is inserted before what is on record, and nothing that is still to come.
        assert!(office.run("unit rename 02 --name 甲 --on 2026-11-19 --yes").ends(5).stderr.contains("2026-11-20"));
        office.run("unit rename 02 --name 甲 --on 2026-12-01 --yes").ends(2);
        long_ago + &between + &history + &posts
    });
}

#[test]
fn a_move_that_would_hang_a_unit_on_itself_is_refused() {
    on_each_engine(|engine| {
        let office = bureau(engine);
        assert!(office.run("unit move 01 --to 0101 --yes").ends(5).stderr.contains("hang on itself"));
        office.run("unit move 01 --to 01 --yes").ends(5);
        office.run("unit move 00 --to 02 --yes").ends(5);
        office.run("unit move 01 --to 99 --yes").ends(4);
        office.run("unit move 03 --to 02 --on 2026-11-01 --yes").ends(0);
        assert!(office.run("unit tree -f csv").stdout.contains("    审批处,03"));
        assert!(office.run("unit move 03 --to 02 --yes").ends(0).stderr.contains("so already"));
        // 0101 hung under 01 until now: 01 cannot have hung under it before.
        office.run("unit move 0101 --to 02 --yes").ends(0);
        office.run("unit move 01 --to 0101 --on 2026-11-02 --yes").ends(5);
        office.run("unit move 01 --to 0101 --yes").ends(0);
        office.run("audit run --rule UNI-002 --rule UNI-005 --fail-on low").ends(0);
        let (before, log) = (office.digests(&office.url()), office.run("log list -f count").stdout);
        for line in [
            "unit move 03 --to 00",
            "unit rename 03 --name 甲",
            "unit close 03",
            "unit split 03 --into 9:甲 --keep",
            "unit set 03 --sort-no 9",
        ] {
            office.run(&format!("{line} -n")).ends(0);
        }
        assert_eq!((office.digests(&office.url()), office.run("log list -f count").stdout), (before, log));
    });
}

#[test]
fn a_split_sends_people_where_they_belong() {
    same_on_each_engine(|office| {
        stocked(office);
        office.run("user import users.csv --yes").ends(0);
        office.run("user add zhaoyi --name 赵一 --staff-no 2009 --unit 02 --info-officer").ends(0);
        office.run("unit set 02 --oa-mode full --yes").ends(0);
        assert!(office.run("unit split 02 --into 21:甲处 --into 22:乙处 --give sunli=21 --yes").ends(5).stderr.contains("users 1"));
        office.run("unit split 02 --into 21 --successor 21 --yes").ends(2);
        office.run("unit split 02 --into 21:甲处 --give lihua=21 --successor 21 --yes").ends(2);
        let ran = office.run("unit split 02 --into 21:甲处 --into 22:乙处 --give sunli=21 --successor 22 --yes").ends(0);
        assert!(ran.stderr.contains("21 are not on the OA"), "{ran:?}");
        let list = office.run("unit list -f csv --fields code,parent,oa_mode,status").ends(0).stdout;
        assert!(list.contains("21,00,none,active") && list.contains("22,00,full,active") && list.contains("02,00,full,closed"), "{list}");
        let users = office.run("user list -f csv --fields login_name,unit").ends(0).stdout;
        assert!(users.contains("sunli,21") && users.contains("zhaoyi,22"), "{users}");
        // 存续分立: the unit stays, but not without the officer it had.
        assert!(office.run("unit split 22 --into 23:丙处 --give zhaoyi=23 --keep --yes").ends(5).stderr.contains("--info-officer yes"));
        let kept = office.run("unit split 22 --into 23:丙处 --keep --yes -f csv").ends(0).stdout;
        assert!(office.run("unit history 22 -f csv").stdout.contains("split,乙处,23"));
        office.run("audit run --rule UNI-001 --rule UNI-004 --rule UNI-005 --fail-on low").ends(0);
        list + &users + &kept
    });
}

#[test]
fn what_describes_a_unit_is_checked_like_an_import() {
    on_each_engine(|engine| {
        let office = bureau(engine);
        assert!(office.run("unit set 02 --uscc 111200000001258075 --yes").ends(2).stderr.contains("check uscc"));
        office.run("unit set 02 --division 999999 --yes").ends(2);
        office.run("unit set 02 --uscc 111200000001258074 --division 120103 --yes").ends(0);
        let shown = office.run("unit show 02 -f csv").stdout;
        assert!(shown.contains("uscc,111200000001258074") && shown.contains("division_code,120103"), "{shown}");
        office.run("unit set 02 --uscc '' --yes").ends(0);
        assert!(office.run("unit set 02 --oa-mode full --yes").ends(5).stderr.contains("--info-officer"));
        office.run("unit add 77 --name 新处 --parent 00 --oa-mode full").ends(5);
        // Names as people write them: rare letters, full-width digits, blanks at the ends.
        let words = ["unit", "rename", "02", "--name", " 𠮷㐂处２０２６\u{3000} ", "--yes"].map(String::from);
        office.run_words(&words).ends(0);
        assert_eq!(office.run("unit show 02 -f json").json()["data"][1]["value"], "𠮷㐂处２０２６");
        office.run("unit rename 02 --name '\u{3000}' --yes").ends(2);
        office.run("unit export -o units2.csv").ends(0);
        assert_eq!(office.run("unit import units2.csv --yes -f json").ends(0).json()["summary"]["changed"], 0);
        // An import that renames leaves a trace in the history too.
        office.write("again.csv", "单位编码,单位名称\n03,行政审批处\n");
        office.run("unit import again.csv --yes").ends(0);
        assert!(office.run("unit history 03 -f csv").stdout.contains("2026-11-23,rename,审批处,行政审批处"));
        assert!(office.run("unit show 03 --as-of 2026-11-22 -f csv").stdout.contains("name,审批处"));
    });
}

#[test]
fn a_unit_stands_in_the_tree_on_every_day_of_its_life() {
    same_on_each_engine(|office| {
        stocked(office);
        assert!(office.run("unit add Z --name 甲 --kind office").ends(2).stderr.contains("belongs to no other unit"));
        office.run("unit add E1 --name 外 --kind external").ends(0);
        office.run("unit set E1 --kind office --yes").ends(2);
        // Neither before its parent nor on a day to come.
        office.run("unit add F1 --name 甲 --parent 00 --opened-on 2027-01-01").ends(2);
        office.run("unit set 02 --opened-on 2027-01-01 --yes").ends(2);
        office.run("unit set 02 --opened-on 2009-01-01 --yes").ends(5);
        office.run("unit add F1 --name 甲 --parent 00 --opened-on 2009-01-01").ends(5);
        office.run("unit close 03 --on 2029-01-01 --as-of 2030-01-01 --yes").ends(2);
        office.write(
            "bad.csv",
            "单位编码,单位名称,类型,上级单位编码,接入方式\nB1,甲,机关处室,,未接入\n02,水资源处,机关处室,００,全员网上运转\n１０,丙,机关处室,００,\nB1,丁,机关处室,00,\n",
        );
        let ran = office.run("unit import bad.csv --on-error skip --yes -f csv --fields line,key,after,rule").ends(3).stdout;
        for line in ["2,,B1,unit-parent-missing", "3,,02,unit-officer-missing", "5,,2,duplicate-in-file"] {
            assert!(ran.contains(line), "{line}: {ran}");
        }
        assert!(office.run("unit list -f csv --fields code,parent,oa_mode").stdout.contains("10,00,none"));
        // Those of a new unit come with the list of people.
        office.write("new.csv", "单位编码,单位名称,类型,上级单位编码,接入方式\nB2,乙,机关处室,00,全员网上运转\n");
        assert!(office.run("unit import new.csv -n -f json").ends(0).json()["warnings"].to_string().contains("UNI-004"));
        // Another hung under it after that day.
        office.run("unit move 0101 --to 03 --on 2024-05-01 --yes").ends(0);
        office.run("unit move 0101 --to 02 --on 2025-05-01 --yes").ends(0);
        assert!(office.run("unit close 03 --on 2023-01-01 --yes").ends(5).stderr.contains("0101"));
        office.run("unit close 03 --on 2025-05-01 --yes").ends(0);
        office.run("audit run --area UNI --fail-on low").ends(0);
        // The serials of the year go along; those of years before are over.
        office.meddle(
            "INSERT INTO doc_serial (doc_word, doc_year, unit_id, last_no) SELECT '津水办', 2026, id, 5 FROM unit WHERE code = '01';\
             INSERT INTO doc_serial (doc_word, doc_year, unit_id, last_no) SELECT '津水办', 2025, id, 9 FROM unit WHERE code = '01'",
        );
        office.run("unit merge 01 --into 02 --yes").ends(0);
        let logged = office.run("log list --verb 'unit merge' -f csv --fields subject_key").ends(0).stdout;
        assert!(logged.contains("津水办〔2026〕") && !logged.contains("2025"), "{logged}");
        ran + &logged
    });
}
