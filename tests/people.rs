use crate::support::{Engine, Office, gb18030, on_each_engine, same_on_each_engine};

const UNITS: &str = "单位编码,单位名称,简称,类型,上级单位编码,接入方式,成立日期,排序
0101,天津市水务局办公室综合科,综合科,机关处室,01,,2010-01-01,1
01,天津市水务局办公室,办公室,机关处室,00,全员网上运转,2009-05-07,1
31,天津市武清区水务局,武清区水务局,区水务局,00,仅公文传递,2009-05-07,9
";
const USERS: &str = "账号,姓名,工号,单位编码,信息员,到岗日期,电话
lihua,李华,2001,01,是,2015-07-01,13812345678
wangqiang,王强,2002,0101,否,2018年3月1日,
";

fn staffed(engine: Engine) -> Office {
    let office = Office::ready(engine);
    office.write("units.csv", UNITS);
    office.write("users.csv", USERS);
    office.run("unit import units.csv --yes").ends(0);
    office.run("user import users.csv --yes").ends(0);
    office
}

#[test]
fn children_before_parents_in_the_file_are_written_in_order() {
    same_on_each_engine(|office| {
        office.write("units.csv", UNITS);
        office.run("unit import units.csv --yes").ends(0);
        let tree = office.run("unit tree -f csv").ends(0);
        assert!(tree.stdout.contains("    综合科,0101,office,0"), "{}", tree.stdout);
        let levels = office.run("unit list -f csv --fields code,level").ends(0);
        assert!(levels.stdout.contains("0101,2") && levels.stdout.contains("01,1"));
        tree.stdout + &levels.stdout
    });
}

#[test]
fn what_is_exported_imports_back_without_a_change() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        for noun in ["unit", "user"] {
            office.run(&format!("{noun} export -o {noun}.csv")).ends(0);
            let again = office.run(&format!("{noun} import {noun}.csv --yes -f json")).ends(0);
            let summary = &again.json()["summary"];
            assert_eq!(
                (summary["added"].as_i64(), summary["changed"].as_i64(), summary["rejected"].as_i64()),
                (Some(0), Some(0), Some(0)),
                "{again:?}"
            );
            assert_eq!(summary["read"], summary["unchanged"]);
        }
    });
}

#[test]
fn a_changed_field_is_shown_old_and_new_and_logged() {
    same_on_each_engine(|office| {
        office.write("units.csv", UNITS);
        office.run("unit import units.csv --yes").ends(0);
        office.write("changed.csv", UNITS.replace("办公室,办公室", "办公室,局办"));
        let dry = office.run("unit import changed.csv -n -f json").ends(0);
        let real = office.run("unit import changed.csv --yes -f json").ends(0);
        assert_eq!(dry.stdout, real.stdout, "a dry run and a real run say the same");
        let row = &real.json()["data"][0];
        assert_eq!(
            (row["field"].as_str(), row["before"].as_str(), row["after"].as_str()),
            (Some("short_name"), Some("办公室"), Some("局办"))
        );
        let log = office.run("log list --subject 01 --last 1 -f json --fields verb,old,new").ends(0).json();
        assert_eq!(log["data"][0]["old"]["short_name"], "办公室");
        assert_eq!(log["data"][0]["new"]["short_name"], "局办");
        real.stdout
    });
}

#[test]
fn a_dry_run_writes_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let before = office.digests(&office.url());
        office.write("units.csv", UNITS);
        office.run("unit import units.csv -n").ends(0);
        office.run("unit add 77 --name 新处 --parent 00 -n").ends(0);
        assert_eq!(office.digests(&office.url()), before);
        assert_eq!(office.run("log list -f count").stdout.trim(), "1");
    });
}

#[test]
fn every_fault_comes_in_one_pass_and_the_rejects_file_imports_after_mending() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        office.write(
            "more.csv",
            "账号,姓名,工号,单位编码,信息员\nzhaoyi,赵一,3001,01,是\nQian Er,钱二,3002,99,也许\nzhaoyi,赵又一,3003,01,否\nsunsan,孙三,3004\n",
        );
        let ran = office.run("user import more.csv --yes --rejects rejects.csv -f json").ends(3);
        let summary = ran.json()["summary"].clone();
        assert_eq!(summary["outcome"], "rejected");
        assert_eq!((summary["read"].as_i64(), summary["added"].as_i64(), summary["rejected"].as_i64()), (Some(4), Some(1), Some(3)));
        let rules: Vec<_> =
            ran.json()["data"].as_array().unwrap().iter().filter_map(|row| row["rule"].as_str().map(str::to_owned)).collect();
        assert_eq!(rules, ["login-form", "unit-unknown", "yes-or-no", "duplicate-in-file", "ragged-row"]);
        assert_eq!(office.run("user show zhaoyi").code, 4, "with rejects nothing is written unless --on-error skip says so");

        let rejects = office.read("rejects.csv");
        assert!(rejects.starts_with('\u{feff}') && rejects.contains("_reason"));
        office.run("user import more.csv --yes --on-error skip").ends(3);
        office.run("user show zhaoyi").ends(0);
        // Mended: one row a person, the added columns left where they are.
        let mended = "账号,姓名,工号,单位编码,信息员,_line,_column,_rule,_reason,_fix\nqianer,钱二,3002,01,否,3,账号,login-form,x,y\nsunsan,孙三,3004,01,,5,,ragged-row,x,y\n";
        office.write("mended.csv", mended);
        let ran = office.run("user import mended.csv --yes -f json").ends(0);
        assert_eq!(ran.json()["summary"]["added"], 2);
    });
}

#[test]
fn a_parent_that_is_nowhere_or_a_circle_is_rejected() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("bad.csv", "单位编码,单位名称,上级单位编码\na,甲,b\nb,乙,a\nc,丙,nowhere\n");
        let ran = office.run("unit import bad.csv --yes -f json").ends(3);
        let rules: Vec<_> = ran.json()["data"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect();
        assert_eq!(rules, ["unit-parent-stuck", "unit-parent-stuck", "unit-parent-unknown"]);
    });
}

#[test]
fn a_unit_that_moves_takes_the_levels_below_along() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        office.write("move.csv", "单位编码,单位名称,上级单位编码\n01,天津市水务局办公室,31\n");
        office.run("unit import move.csv --yes").ends(0);
        let levels = office.run("unit list -f csv --fields code,level").ends(0).stdout;
        assert!(levels.contains("01,2") && levels.contains("0101,3"), "{levels}");
        office.run("audit run --area UNI --rule UNI-005").ends(0);
    });
}

#[test]
fn telephone_numbers_are_masked_everywhere() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        for line in ["user show lihua", "user export -f csv", "log list -f json", "user import users.csv -n -f json"] {
            let ran = office.run(line);
            assert!(!ran.stdout.contains("13812345678"), "{line}: {}", ran.stdout);
        }
        assert!(office.run("user show lihua -f csv").stdout.contains("138****5678"));
    });
}

#[test]
fn a_gb18030_table_gives_the_same_people_as_a_utf8_one() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        office.write("gbk.csv", gb18030(USERS));
        let ran = office.run("user import gbk.csv --yes").ends(0);
        assert!(ran.stderr.contains("GB18030") && ran.stderr.contains("Nothing to change"), "{ran:?}");
    });
}

#[test]
fn adding_says_when_a_code_or_login_is_taken_and_where_to_look() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        assert!(office.run("unit add 01 --name 又一个").ends(5).stderr.contains("swj unit show 01"));
        assert!(office.run("user add lihua --name 李华 --unit 01").ends(5).stderr.contains("swj user show lihua"));
        let ran = office.run("user add sunli --name 孙丽 --unit 99").ends(4);
        assert!(ran.stderr.contains("swj unit list"), "{ran:?}");
        office.run("user add sunli --name 孙丽 --unit 01").ends(0);
    });
}

#[test]
fn disabling_asks_first_and_is_done_once() {
    on_each_engine(|engine| {
        let office = staffed(engine);
        // She is the information officer of a unit that is on the OA; it goes off it first.
        office.run("unit set 01 --oa-mode none --yes").ends(0);
        assert!(office.run("user disable lihua").ends(8).stderr.contains("--yes"));
        office.run("user disable lihua nobody --yes").ends(4);
        assert!(office.run("user show lihua -f csv").stdout.contains("status,active"), "one unknown login: nothing was done");
        office.run("user disable lihua --yes --reason 离岗").ends(0);
        assert!(office.run("user show lihua -f csv").stdout.contains("disabled_reason,离岗"));
        assert!(office.run("user disable lihua --yes").ends(0).stderr.contains("disabled already"));
        assert_eq!(office.run("log list --verb 'user disable' -f count").stdout.trim(), "1");
    });
}

#[test]
fn a_move_that_closes_a_circle_or_goes_too_deep_is_rejected_by_line() {
    crate::support::same_on_each_engine(|office| {
        office.write("units.csv", "单位编码,单位名称,上级单位编码\nA,甲处,B\nB,乙处,00\n");
        office.run("unit import units.csv --yes").ends(0);
        office.write("circle.csv", "单位编码,单位名称,上级单位编码\nB,乙处,A\n");
        let refused = office.run("unit import circle.csv --yes -f csv").ends(3).stdout;
        assert!(refused.contains("unit-circle"), "{refused}");
        let chain: String =
            (1..=7).map(|n| format!("L{n},级{n},{}\n", if n == 1 { "00".to_owned() } else { format!("L{}", n - 1) })).collect();
        office.write("deep.csv", format!("单位编码,单位名称,上级单位编码\n{chain}"));
        let deep = office.run("unit import deep.csv --yes -f csv").ends(3).stdout;
        assert!(deep.contains("8,reject,,parent,,L6,unit-too-deep"), "{deep}");
        // The other way round in one file is no circle.
        office.write("turned.csv", "单位编码,单位名称,上级单位编码\nB,乙处,A\nA,甲处,00\n");
        office.run("unit import turned.csv --yes").ends(0);
        refused + &deep
    });
}

#[test]
fn a_database_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let office = crate::support::Office::ready(crate::support::Engine::Sqlite);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = office.path(&office.url());
    assert_eq!(mode(&file), 0o600);
    office.secret("password", "correct horse\n");
    let repository = "--repository store --password-file password";
    office.run("backup init --repository store --password-file password").ends(0);
    office.run(&format!("backup run {repository}")).ends(0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    office.run(&format!("backup restore latest --confirm {} {repository}", office.name())).ends(0);
    assert_eq!(mode(&file), 0o640, "as open as what it replaced");
    office.run(&format!("backup restore latest --to new.db {repository}")).ends(0);
    assert_eq!(mode(&office.path("new.db")), 0o600);
}
