use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::support::{Engine, Office, gb18030, on_each_engine, root, same_on_each_engine};

const LIST: &str = "某市水务局行政许可事项目录,,,,
序号,实施机关,许可事项名称,办结时限,设定和实施依据
1,市水务局,取水许可,45个工作日,水法第七条
2,,河道采砂许可,20日,水法第三十九条
3,同上,\"洪水影响
评价类审批\",20,防洪法
注：以上事项均可网上办理,,,,
";

#[test]
fn a_list_as_excel_leaves_it_is_imported_once() {
    same_on_each_engine(|office| {
        office.write("list.csv", gb18030(LIST));
        let first = office.run("license import list.csv --yes -f json").ends(0);
        let summary = first.json()["summary"].clone();
        assert_eq!(
            (summary["read"].as_i64(), summary["added"].as_i64(), summary["skipped"].as_i64()),
            (Some(4), Some(3), Some(1)),
            "{summary}"
        );
        assert!(first.stderr.contains("GB18030") && first.stderr.contains("line 2"), "{}", first.stderr);
        let again = office.run("license import list.csv --yes -f json").ends(0).json()["summary"].clone();
        assert_eq!((again["added"].as_i64(), again["changed"].as_i64(), again["unchanged"].as_i64()), (Some(0), Some(0), Some(3)));
        let list = office.run("license list -f csv").ends(0).stdout;
        assert!(list.contains("洪水影响评价类审批") && list.matches("市水务局").count() == 3, "{list}");
        list
    });
}

#[test]
fn a_changed_field_makes_a_new_version_and_the_old_one_stays() {
    same_on_each_engine(|office| {
        office.write("list.csv", LIST);
        office.run("license import list.csv --yes --effective 2024-01-01").ends(0);
        office.write("new.csv", LIST.replace("45个工作日", "40个工作日"));
        let ran = office.run("license import new.csv --yes --effective 2026-07-01 -f json").ends(0);
        let fields: Vec<_> =
            ran.json()["data"].as_array().unwrap().iter().map(|row| row["field"].as_str().unwrap_or("").to_owned()).collect();
        assert_eq!(fields, ["promise_n", "promise_text"]);
        let then = office.run("license show 取水许可 --as-of 2025-01-01 -f csv").ends(0).stdout;
        assert!(then.contains("promise_text,45个工作日") && then.contains("valid_to,2026-07-01"), "{then}");
        let now = office.run("license show 取水许可 -f csv").ends(0).stdout;
        assert!(now.contains("promise_text,40个工作日") && now.contains("versions,2"), "{now}");
        assert_eq!(office.run("license list -f count --as-of 2023-01-01").stdout.trim(), "0");
        now
    });
}

#[test]
fn codes_match_whatever_the_name_and_handling_items_hang_below() {
    same_on_each_engine(|office| {
        office.write(
            "codes.csv",
            "基本编码,事项名称,业务办理项,实施机关\n000119013000,专用水文测站的审批,,市水务局\n,排水许可,新办,市水务局\n,,延续,\n",
        );
        office.run("license import codes.csv --yes").ends(0);
        office.write("renamed.csv", "基本编码,事项名称,实施机关\n000119013000,专用水文测站审批,市水务局\n");
        let ran = office.run("license import renamed.csv --yes -f json").ends(0);
        assert_eq!(ran.json()["summary"]["changed"], 1);
        let list = office.run("license list -f csv --fields code,name,level --sort level,name").ends(0).stdout;
        assert_eq!(list, "code,name,level\n,延续,handling\n,新办,handling\n000119013000,专用水文测站审批,main\n,排水许可,main\n");
        list
    });
}

#[test]
fn rejects_name_line_column_rule_and_remedy_and_good_rows_wait() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write(
            "bad.csv",
            "编码,事项名称,法定办结时限\n1.19013E+08,取水许可,法定20日承诺10日\nA1,河道采砂许可,按规定\nB2,好事项,20\nB3,断行\n",
        );
        let ran = office.run("license import bad.csv --yes --rejects rejects.csv -f json").ends(3);
        let rows: Vec<_> = ran.json()["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["change"] == "reject")
            .map(|row| format!("{} {}", row["line"], row["rule"].as_str().unwrap()))
            .collect();
        assert_eq!(rows, ["2 code-number-damaged", "2 limit-two-values", "3 limit-unreadable", "5 ragged-row"]);
        assert_eq!(office.run("license list -f count").stdout.trim(), "0");
        let rejects = office.read("rejects.csv");
        assert!(rejects.contains("法定20日承诺10日,2,编码; 法定办结时限,code-number-damaged; limit-two-values"), "{rejects}");
        office.run("license import bad.csv --yes --on-error skip").ends(3);
        assert_eq!(office.run("license list -f ids").stdout, "1\n");
    });
}

#[test]
fn the_real_list_of_the_quickstart_is_taken_whole() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let file = root().join("scripts/data/license_catalogue.csv");
        let ran = office.run_words(&["license", "import", file.to_str().unwrap(), "--yes", "-f", "json"].map(String::from));
        let summary = ran.ends(0).json()["summary"].clone();
        assert_eq!(summary["rejected"], 0);
        assert!(summary["added"].as_i64().unwrap() >= 90, "{summary}");
        let again = office
            .run_words(&["license", "import", file.to_str().unwrap(), "--yes", "-f", "json"].map(String::from))
            .ends(0)
            .json()["summary"]
            .clone();
        assert_eq!((again["added"].as_i64(), again["changed"].as_i64()), (Some(0), Some(0)));
    });
}

#[test]
fn an_import_that_is_killed_leaves_all_or_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let rows: String = (0..20_000).map(|n| format!("{:012},事项{n},市水务局\n", 100_000_000_000_u64 + n)).collect();
        office.write("large.csv", format!("基本编码,事项名称,实施机关\n{rows}"));
        let line = "license import large.csv --yes -q -f count";
        let whole = office.start(&format!("{line} -n")).takes();
        for share in [0.05, 0.4, 0.8, 1.0, 1.2] {
            // SIGKILL: no clean-up runs.
            office.start(line).is_killed_after(whole.mul_f64(share));
            let count = office.run("license list -f count").ends(0).stdout;
            assert!(["0", "20000"].contains(&count.trim()), "{count} at {share}");
            assert!(office.run("log verify").ends(0).stdout.contains("sound"));
        }
    });
}

#[test]
fn a_first_large_list_has_a_sqlite_file_to_itself_and_gives_it_back() {
    let office = Office::ready(Engine::Sqlite);
    let file = office.path(&office.url());
    // The file says of itself whether writers leave readers be: 2 with the log beside it, 1 without.
    let shared = || {
        let mut head = [0; 20];
        std::fs::File::open(&file).unwrap().read_exact(&mut head).unwrap();
        head[18] == 2
    };
    let rows: String = (0..20_000).map(|n| format!("{:012},事项{n},市水务局\n", 100_000_000_000_u64 + n)).collect();
    office.write("large.csv", format!("基本编码,事项名称,实施机关\n{rows}"));
    let line = "license import large.csv --yes -q -f count";
    let mut load = office.start(line);
    assert!(shared() && load.stops_at(|_| !shared()), "it never had the file to itself");
    let refused = office.run("unit list").ends(7);
    assert!(refused.stderr.contains("busy"), "{}", refused.stderr);
    load.is_killed();
    // What was half written is taken back by whoever comes next, and the next writer lets readers in again.
    assert_eq!(office.run("license list -f count").ends(0).stdout.trim(), "0");
    assert!(!shared());
    office.run("unit add 99 --name 防汛处 --parent 00").ends(0);
    assert!(shared());
    assert!(office.run("log verify").ends(0).stdout.contains("sound"));

    // Who has it open already is not in the way, and sees nothing of it.
    let mut reader = Command::new("sqlite3").arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut ask, mut told) = (reader.stdin.take().unwrap(), BufReader::new(reader.stdout.take().unwrap()));
    let mut count = |begin: &str| {
        writeln!(ask, "{begin} SELECT count(*) FROM license_item;").unwrap();
        let mut answer = String::new();
        told.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    };
    assert_eq!(count("BEGIN;"), "0");
    office.run(line).ends(0);
    assert!(shared());
    assert_eq!((count(""), count("COMMIT;")), ("0".to_owned(), "20000".to_owned()));
    drop(ask);
    assert!(reader.wait().unwrap().success());
    assert_eq!(office.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
}
