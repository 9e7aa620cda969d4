//! The edge cases of licence lists by their numbers (T1 to T30); M1 to M18 are the faults real files have.

use std::io::Write;
use std::process::Stdio;

use rust_xlsxwriter::{Format, Workbook};

use crate::support::{Engine, Office, gb18030, on_each_engine, same_on_each_engine};

const HEADER: &str = "实施编码,事项名称,实施机关,设定依据,法定办结时限,承诺办结时限\n";

/// Imports a text and returns the summary of the json.
#[track_caller]
fn import(office: &Office, text: impl AsRef<[u8]>, more: &str) -> serde_json::Value {
    office.write("in.csv", text);
    let ran = office.run(&format!("license import in.csv --yes -f json {more}"));
    assert!([0, 3].contains(&ran.code), "{ran:?}");
    ran.json()["summary"].clone()
}

fn names(office: &Office) -> Vec<String> {
    let list = office.run("license list -f csv --fields name,organ").ends(0).stdout;
    list.lines().skip(1).map(str::to_owned).collect()
}

fn counts(summary: &serde_json::Value) -> [i64; 7] {
    ["read", "added", "changed", "unchanged", "withdrawn", "rejected", "skipped"].map(|key| summary[key].as_i64().unwrap())
}

/// The catalogue's tables as they are, whoever wrote them and when.
fn catalogue(office: &Office) -> Vec<String> {
    let kept = ["license_item", "license_version", "license_organ", "license_change", "license_link", "license_item_organ"];
    let ran = office.run("db check --digest -f csv").ends(0);
    ran.stdout.lines().filter(|line| kept.iter().any(|table| line.starts_with(&format!("{table},")))).map(str::to_owned).collect()
}

/// Keys, checks and indexes of the live database.
fn structure(office: &Office) -> Vec<swj::db::TableShape> {
    let url = match office.engine {
        Engine::Sqlite => office.path(&office.url()).to_string_lossy().into_owned(),
        Engine::Postgres => office.url(),
    };
    swj::db::structure(&mut swj::db::Db::open(&swj::db::Url::parse(&url)).unwrap()).unwrap()
}

/// So many that PostgreSQL checks and indexes them all at once.
#[test]
fn a_large_first_list_leaves_every_key_and_index_in_place() {
    let list = |from: usize| {
        let rows = (from..from + 10_100).map(|n| format!("第{n}号许可,第{n}号许可（延续）,第{}分局\n", n % 7));
        format!("主项名称,子项名称,实施机关\n{}", rows.collect::<String>())
    };
    same_on_each_engine(|office| {
        let before = structure(office);
        let first = import(office, list(0), "");
        assert_eq!(counts(&first), [10_100, 10_100, 0, 0, 0, 0, 0]);
        assert_eq!(structure(office), before);
        let loaded = catalogue(office);
        assert_eq!(counts(&import(office, list(0), "")), [10_100, 0, 0, 10_100, 0, 0, 0]);
        assert_eq!(catalogue(office), loaded);
        assert_eq!(counts(&import(office, list(5_000), "")), [10_100, 5_000, 0, 5_100, 0, 0, 0]);
        loaded.join("\n")
    });
    if crate::support::sqlite_only() {
        return;
    }
    // Beside somebody who reads, nothing is laid aside: it takes its time and comes to the same.
    let beside = |reading: bool| {
        let office = Office::ready(Engine::Postgres);
        let mut reader = reading.then(|| office.shell());
        if let Some(reader) = &mut reader {
            reader.ask("BEGIN; SELECT count(*) FROM license_item;");
        }
        let before = structure(&office);
        assert_eq!(counts(&import(&office, list(0), "")), [10_100, 10_100, 0, 0, 0, 0, 0]);
        assert_eq!(structure(&office), before);
        if let Some(reader) = &mut reader {
            assert!(reader.is_there(), "the reader was there all the while");
        }
        catalogue(&office)
    };
    assert_eq!(beside(true), beside(false));
}

/// Written while it is read, or compared as a whole first: because it comes through a pipe, has a fault or a child before its parent.
#[test]
fn a_large_first_list_is_the_same_whichever_way_it_is_written() {
    let basis = "《中华人民共和国水法》第七条".repeat(10);
    let mut list = "基本编码,事项名称,实施主体,设定依据,承诺办结时限\n".to_owned();
    for n in 1..=700 {
        // The first of an organ's spellings is its name, whichever comes first.
        let organ = if n == 1 { "第１分局".to_owned() } else { format!("第{}分局", n % 7) };
        list.push_str(&format!("{n:09}000,第{n}号许可,{organ},{basis},20个工作日\n{n:09}001,第{n}号许可（延续）,{organ},{basis},即办\n"));
    }
    let upside_down = |office: &Office, how: &str| {
        let list = format!("{list}800000000001,凿井许可（延续）,甲局,{basis},3日\n800000000000,凿井许可,甲局,{basis},无\n");
        assert_eq!(counts(&import(office, list, how)), [1402, 1402, 0, 0, 0, 0, 0]);
        catalogue(office)
    };
    same_on_each_engine(|office| {
        assert!(list.len() > 512 << 10);
        assert_eq!(counts(&import(office, &list, "")), [1400, 1400, 0, 0, 0, 0, 0]);
        let at_once = catalogue(office);
        assert_eq!(counts(&import(office, &list, "")), [1400, 0, 0, 1400, 0, 0, 0]);
        let changed = list.replace("000000007000,第7号许可,", "000000007000,第7号许可（新）,");
        assert_eq!(counts(&import(office, changed, "")), [1400, 0, 1, 1399, 0, 0, 0]);

        let piped = Office::ready(office.engine);
        let mut child =
            piped.command().args(["license", "import", "-", "--yes"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
        assert!(child.wait_with_output().unwrap().status.success());
        assert_eq!(catalogue(&piped), at_once);

        let faulty = Office::ready(office.engine);
        let skipped = import(&faulty, format!("{list},,甲局,{basis},按规定\n"), "--on-error skip");
        assert_eq!(counts(&skipped), [1401, 1400, 0, 0, 0, 1, 0]);
        assert_eq!(catalogue(&faulty), at_once);

        upside_down(&Office::ready(office.engine), "").join("\n") + &at_once.join("\n")
    });
}

#[test]
fn t1_the_faults_of_real_files_one_by_one() {
    let cases: [(&str, &str, &[&str]); 13] = [
        ("M1", "某市行政许可事项目录,,\n来源：某市政府网,,\n事项名称,实施机关,备注\n取水许可,甲局,\n", &["取水许可,甲局"]),
        (
            "M2",
            "实施机关,事项名称,备注\n甲局,取水许可,\n,排水许可,\n乙局,采砂许可,\n",
            &["取水许可,甲局", "排水许可,甲局", "采砂许可,乙局"],
        ),
        (
            "M3",
            "实施机关,事项名称,备注\n市,取水许可,\n水,排水许可,\n局,采砂许可,\n",
            &["取水许可,市水局", "排水许可,市水局", "采砂许可,市水局"],
        ),
        ("M4", "事项名称,实施机关,\"办结\n时限\"\n取水许可,甲局,20\n", &["取水许可,甲局"]),
        ("M5", "事项名称,实施机关,备注\n\"取水许可\n（延续）\",甲局,\n", &["取水许可（延续）,甲局"]),
        (
            "M7",
            "基本编码,事项名称,实施机关\n０００１１９０１３０００,\u{3000}取水许可（第３类）\u{200b},甲局\n",
            &["取水许可（第３类）,甲局"],
        ),
        ("M8", "事项名称,实施机关,计划生效日期\n取水许可（延续),甲局,2011年5月3日\n", &["取水许可（延续),甲局"]),
        (
            "M10",
            "事项名称,实施机关,备注\n取水许可,甲局,无\n排水许可,同上,/\n采砂许可,〃,见附件\n",
            &["取水许可,甲局", "排水许可,甲局", "采砂许可,甲局"],
        ),
        ("M11", "事项名称,实施机关,备注\n取水许可,****政府,\n", &["取水许可,****政府"]),
        (
            "M13",
            "事项名称,实施机关,备注\n一、水利厅（共2项）,,\n取水许可,甲局,\n排水许可,甲局,\n注：以上为全部事项,,\n填表人：张三,,\n",
            &["取水许可,甲局", "排水许可,甲局"],
        ),
        ("M14", "事项名称,实施机关,备注,,\n取水许可,甲局,,,\n,,,,\n,,,,\n", &["取水许可,甲局"]),
        ("M15", "事项名称,实施机关,备注\n取水许可；排水许可,甲局,\n", &["取水许可；排水许可,甲局"]),
        ("M16", "实施编码,事项名称,实施机关\n120000-00012580-7-001,取水许可,甲局\n", &["取水许可,甲局"]),
    ];
    for (fault, text, expected) in cases {
        let office = Office::ready(Engine::Sqlite);
        import(&office, text, "");
        let mut found = names(&office);
        found.sort();
        let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        expected.sort();
        assert_eq!(found, expected, "{fault}");
    }
}

#[test]
fn t1_m6_m9_m12_m17_m18_encodings_numbers_doubles_sheets_and_variants() {
    let office = Office::ready(Engine::Sqlite);
    // M6: what Excel leaves in Chinese Windows, and its "Unicode text".
    let text = "事项名称\t实施机关\n取水许可\t甲局\n";
    import(&office, gb18030(text), "");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(counts(&import(&office, utf16, "")), [1, 0, 0, 1, 0, 0, 0]);
    // M9: zeros come back with a warning, lost digits do not.
    office.write("in.csv", "基本编码,事项名称,实施机关\n119013000,专用水文测站的审批,甲局\n");
    let ran = office.run("license import in.csv --yes").ends(0);
    assert!(ran.stderr.contains("zeros-restored"), "{}", ran.stderr);
    assert!(office.run("license list -f csv").stdout.contains("000119013000"));
    office.write("in.csv", "基本编码,事项名称,实施机关\n1.19013E+08,专用水文测站的审批,甲局\n");
    assert!(office.run("license import in.csv --yes -f csv").ends(3).stdout.contains("code-number-damaged"));
    // M12: one name with two codes is two items, and said.
    office.write("in.csv", "基本编码,事项名称,实施机关\n000119013000,专用水文测站的审批,甲局\n000119077000,专用水文测站的审批,甲局\n");
    let ran = office.run("license import in.csv --yes").ends(0);
    assert!(ran.stderr.contains("name-under-another-code"), "{}", ran.stderr);
    // M18: a variant of a word is the same item, and is not rewritten.
    import(&office, "事项名称,实施机关\n修建码头、鱼塘许可,甲局\n", "");
    let again = import(&office, "事项名称,实施机关\n修建码头、渔塘许可,甲局\n", "");
    assert_eq!(counts(&again)[1..3], [0, 1], "{again}");
    assert!(names(&office).contains(&"修建码头、渔塘许可,甲局".to_owned()));
}

/// The same list as a workbook: numbers as numbers, the organ merged.
fn workbook(path: &std::path::Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in ["实施编码", "事项名称", "实施机关", "设定依据", "法定办结时限", "承诺办结时限"].iter().enumerate()
    {
        sheet.write(0, column as u16, *title).unwrap();
    }
    let rows = [("5SL01001", "取水许可", 45, 20), ("5SL01002", "排水许可（第2类）", 20, 10), ("5SL01003", "河道采砂许可", 30, 15)];
    for (at, (code, name, legal, promise)) in rows.iter().enumerate() {
        let row = at as u32 + 1;
        sheet.write(row, 0, *code).unwrap();
        sheet.write(row, 1, *name).unwrap();
        sheet.write(row, 3, "水法").unwrap();
        sheet.write(row, 4, *legal).unwrap();
        sheet.write(row, 5, *promise).unwrap();
    }
    sheet.merge_range(1, 2, 3, 2, "市水务局", &Format::new()).unwrap();
    // T6: formatted rows to the end of the sheet.
    for row in (4..1_048_576).step_by(997) {
        sheet.write_blank(row, 1, &Format::new().set_bold()).unwrap();
    }
    book.save(path).unwrap();
}

#[test]
fn t2_t6_one_list_in_four_dresses_gives_one_database() {
    let text = format!(
        "{HEADER}5SL01001,取水许可,市水务局,水法,45,20\n5SL01002,排水许可（第2类）,,水法,20,10\n5SL01003,河道采砂许可,,水法,30,15\n"
    );
    on_each_engine(|engine| {
        let mut dumps = Vec::new();
        for dress in ["gbk.csv", "bom.csv", "list.tsv", "list.xlsx"] {
            let office = Office::ready(engine);
            match dress {
                "gbk.csv" => drop(office.write(dress, gb18030(&text))),
                "bom.csv" => drop(office.write(dress, format!("\u{feff}{text}"))),
                "list.tsv" => drop(office.write(dress, text.replace(',', "\t"))),
                _ => workbook(&office.path(dress)),
            }
            office.run(&format!("license import {dress} --yes")).ends(0);
            dumps.push((dress, office.run("license export -f csv").ends(0).stdout, catalogue(&office)[1..2].to_vec()));
        }
        for (dress, export, items) in &dumps[1..] {
            assert_eq!((export, items), (&dumps[0].1, &dumps[0].2), "{dress}");
        }
    });
}

#[test]
fn t3_t5_files_with_nothing_to_read_are_refused_by_name() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let (cut, _, _) = encoding_rs::GB18030.encode("事项名称,实施机关\n取水许可,甲局");
        for (name, bytes, code, exit) in [
            ("empty.csv", Vec::new(), "intake.empty", 5),
            ("blank.csv", b" , ,\n,,\n".to_vec(), "intake.blank", 5),
            ("headless.csv", "取水许可,甲局\n".as_bytes().to_vec(), "intake.no-header", 5),
            ("cut.csv", cut[..cut.len() - 1].to_vec(), "intake.not-text", 5),
        ] {
            office.write(name, bytes);
            let ran = office.run(&format!("license import {name} --yes -f json"));
            assert!(ran.code == exit && ran.stderr.contains(code), "{name}: {ran:?}");
        }
        office.write("header.csv", HEADER);
        assert_eq!(counts(&office.run("license import header.csv --yes -f json").ends(0).json()["summary"]), [0; 7]);
        assert!(names(&office).is_empty());
    });
}

#[test]
fn t4_a_hundred_thousand_rows_stay_within_a_bound() {
    let office = Office::ready(Engine::Sqlite);
    let mut text = HEADER.to_owned();
    for n in 0..100_000 {
        text.push_str(&format!("L{n:06},水行政许可第{n}项,市水务局,水法第七条,20个工作日,10个工作日\n"));
    }
    office.write("big.csv", text);
    // The bound is of processor time, ten times and more what it takes: what else the machine does is not measured.
    let mut command = std::process::Command::new("prlimit");
    command
        .args(["--cpu=240", env!("CARGO_BIN_EXE_swj"), "license", "import", "big.csv", "--yes", "-f", "json"])
        .current_dir(office.path("."));
    let out = command.envs(office.command().get_envs().filter_map(|(key, value)| Some((key, value?)))).output().unwrap();
    assert!(out.status.success(), "{:?} {}", out.status, String::from_utf8_lossy(&out.stderr));
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["summary"]["added"], 100_000);
    assert_eq!(json["data"].as_array().unwrap().len(), 10_000, "the report is capped, the totals are not");
}

#[test]
fn t8_a_formula_goes_out_harmless_and_comes_back_as_it_was() {
    let office = Office::ready(Engine::Sqlite);
    import(&office, "事项名称,实施机关,备注\n取水许可,甲局,=cmd|' /C calc'!A0\n", "");
    let export = office.run("license export -f csv").ends(0).stdout;
    assert!(export.contains("'=cmd"), "{export}");
    assert_eq!(counts(&import(&office, export, "")), [1, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn t9_to_t13_codes_of_every_kind() {
    same_on_each_engine(|office| {
        let text = "实施编码,事项名称,实施机关\n12100000420002184R1000119013000,取水许可,一局\n12100000000133057R001019009000,排水许可,一局\n\
                    11620500438360764u3000119022000,采砂许可,一局\n120000SUJXK11005,水工程审查,一局\n00012580-7-XK-001,洪评审批,一局\n";
        assert_eq!(counts(&import(office, text, "")), [5, 5, 0, 0, 0, 0, 0]);
        let list = office.run("license list -f csv --fields code,name").ends(0).stdout;
        assert!(list.contains("11620500438360764U3000119022000"), "T12: {list}");
        assert!(list.contains("00012580-7-XK-001"), "T13: {list}");
        list
    });
}

#[test]
fn t14_t15_t16_doubles_children_and_parents() {
    same_on_each_engine(|office| {
        // T14: the same row twice is passed over; in other words it is refused.
        let twice =
            "基本编码,事项名称,实施机关\n000119001000,取水许可,一局\n000119001000,取水许可,一局\n000119001000,取水许可证核发,一局\n";
        office.write("twice.csv", twice);
        let ran = office.run("license import twice.csv --yes -f json").ends(3);
        assert_eq!(counts(&ran.json()["summary"]), [3, 1, 0, 0, 0, 1, 1]);
        assert!(names(office).is_empty(), "nothing is written while a row is refused");
        // T15: a child may stand before its parent.
        let child_first = "基本编码,事项名称,实施机关\n000119001002,取水许可（延续）,一局\n000119001000,取水许可,一局\n";
        assert_eq!(counts(&import(office, child_first, "")), [2, 2, 0, 0, 0, 0, 0]);
        let tree = office.run("license tree -f csv").ends(0).stdout;
        assert!(
            tree.contains("\n  取水许可（延续）")
                || tree.contains("\"  取水许可（延续）")
                || tree.contains("  取水许可（延续）,000119001002"),
            "{tree}"
        );
        // T16: a parent nowhere is refused by name.
        let orphan = import(office, "基本编码,事项名称,实施机关\n000119055001,孤儿,一局\n", "");
        assert_eq!(orphan["rejected"], 1);
        tree
    });
}

#[test]
fn t17_a_new_code_for_an_old_name_is_another_item_and_a_new_name_for_an_old_code_is_a_change() {
    same_on_each_engine(|office| {
        import(office, "基本编码,事项名称,实施机关\n000119013000,专用水文测站的审批,一局\n", "");
        let renamed = import(office, "基本编码,事项名称,实施机关\n000119013000,专用水文测站审批,一局\n", "");
        assert_eq!(counts(&renamed), [1, 0, 1, 0, 0, 0, 0]);
        office.write("recoded.csv", "基本编码,事项名称,实施机关\n000119099000,专用水文测站审批,一局\n");
        let ran = office.run("license import recoded.csv --yes").ends(0);
        assert!(ran.stderr.contains("name-under-another-code 1 (2)"), "{}", ran.stderr);
        // A list without codes speaks of the item that has one; a code comes to an item that had none.
        import(office, "事项名称,实施机关\n取水许可,一局\n", "");
        let coded = import(office, "基本编码,事项名称,实施机关\n000119001000,取水许可,一局\n", "");
        assert_eq!(counts(&coded), [1, 0, 1, 0, 0, 0, 0]);
        assert_eq!(counts(&import(office, "事项名称,实施机关\n取水许可,一局\n", "")), [1, 0, 0, 1, 0, 0, 0]);
        office.run("license list -f csv --fields code,name").ends(0).stdout
    });
}

const LIST: &str = "实施编码,事项名称,实施机关,设定依据,法定办结时限,承诺办结时限\nA1,取水许可,甲局,水法,45个工作日,20个工作日\n\
                    A2,排水许可,甲局,条例,20个工作日,10个工作日\nA3,采砂许可,甲局,水法,30个工作日,15个工作日\n";

#[test]
fn t18_t19_t30_again_is_nothing_one_field_is_one_change_and_counts_add_up() {
    same_on_each_engine(|office| {
        for summary in [import(office, LIST, ""), import(office, LIST, ""), import(office, LIST.replace("条例", "新条例"), "")] {
            let [read, rest @ ..] = counts(&summary);
            assert_eq!(read, rest.iter().sum::<i64>(), "{summary}");
        }
        let history = office.run("license history 排水许可 -f csv").ends(0).stdout;
        assert_eq!(history.matches(",change,").count(), 1, "{history}");
        assert!(history.contains("basis,条例,新条例"), "{history}");
        // Fewer columns change nothing they do not name.
        assert_eq!(counts(&import(office, "实施编码,事项名称\nA1,取水许可\n", "")), [1, 0, 0, 1, 0, 0, 0]);
        history
    });
}

#[test]
fn t20_t21_t23_what_a_full_list_leaves_out_ends_and_may_return() {
    same_on_each_engine(|office| {
        import(office, LIST, "--effective 2024-01-01");
        let shorter: String = LIST.lines().take(3).map(|line| format!("{line}\n")).collect();
        assert_eq!(counts(&import(office, &shorter, "")), [2, 0, 0, 2, 0, 0, 0]);
        office.write("short.csv", &shorter);
        office.run("license import short.csv --yes --full").ends(2);
        let refused = office.run("license import short.csv --yes --full --scope organ=甲局 -f json").ends(5);
        assert!(refused.stderr.contains("license.too-many-withdrawn"), "{}", refused.stderr);
        let full = "--full --scope organ=甲局 --allow-withdraw 1 --effective 2025-01-01";
        assert_eq!(counts(&import(office, &shorter, full)), [3, 0, 0, 2, 1, 0, 0]);
        // T23: versions by date.
        let on = |day: &str| office.run(&format!("license list -f count --as-of {day}")).ends(0).stdout.trim().to_owned();
        assert_eq!((on("2023-06-01"), on("2024-06-01"), on("2025-06-01")), ("0".into(), "3".into(), "2".into()));
        // T21: it comes back with its history.
        let back = import(office, LIST, "--effective 2026-01-01");
        assert_eq!(counts(&back), [3, 0, 1, 2, 0, 0, 0]);
        let history = office.run("license history A3 -f csv").ends(0).stdout;
        assert!(history.contains("active,withdrawn") && history.contains("withdrawn,active"), "{history}");
        // Another organ's items are out of scope.
        import(office, "事项名称,实施机关\n他局许可,乙局\n", "");
        assert_eq!(counts(&import(office, LIST, "--full --scope organ=甲局"))[4], 0);
        history
    });
}

#[test]
fn t22_four_items_merge_into_one_with_links() {
    same_on_each_engine(|office| {
        let four = [
            "水工程建设规划同意书审核",
            "河道管理范围内建设项目工程建设方案审批",
            "非防洪建设项目洪水影响评价报告审批",
            "国家基本水文测站上下游建设影响水文监测工程的审批",
        ];
        let rows: String = four.iter().map(|name| format!("{name},市水务局\n")).collect();
        import(office, format!("事项名称,实施机关\n{rows}洪水影响评价类审批,市水务局\n"), "--effective 2010-01-01");
        let link = format!(
            "license link {} --kind merged-into --to 洪水影响评价类审批 --doc-no 水利部2016简化整合 --on 2016-07-01 --withdraw --yes",
            four.join(" ")
        );
        assert_eq!(office.run(&format!("{link} -f csv")).ends(0).stdout.lines().count(), 5);
        office.run(&link).ends(0);
        assert_eq!(office.run("license list -f count").stdout.trim(), "1");
        assert_eq!(office.run("license list -f count --as-of 2015-01-01").stdout.trim(), "5");
        let history = office.run("license history 洪水影响评价类审批 -f csv").ends(0).stdout;
        assert_eq!(history.matches("merged_into").count(), 4, "{history}");
        history
    });
}

#[test]
fn t25_undo_gives_back_the_same_bytes() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        import(&office, LIST, "--effective 2024-01-01");
        let before = catalogue(&office);
        let other = "实施编码,事项名称,实施机关,设定依据\nA1,取水许可核发,甲局,水法第七条\nB1,凿井许可,乙局,条例\n";
        import(&office, other, "--full --scope all --allow-withdraw 2 --effective 2025-01-01");
        office.run("license link A2 --kind merged-into --to B1 --yes").ends(0);
        office.run("license undo 2 --yes").ends(5);
        office.run("license undo 3 --yes").ends(0);
        office.run("license undo 2 --yes").ends(0);
        assert_eq!(catalogue(&office), before);
        office.run("license undo 2 --yes").ends(0);
        office.run("license undo 99 --yes").ends(4);
        // T24: what a case holds is not taken away.
        office.run("case add A1 --applicant 甲公司 --received 2026-11-20").ends(0);
        let blocked = office.run("license undo 1 --yes").ends(5);
        assert!(blocked.stderr.contains("(case)"), "{}", blocked.stderr);
    });
}

#[test]
fn t26_t27_a_killed_import_leaves_nothing_and_two_at_once_do_not_mix() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let mut text = HEADER.to_owned();
        for n in 0..30_000 {
            text.push_str(&format!("L{n:06},水行政许可第{n}项,市水务局,水法第七条,20个工作日,10个工作日\n"));
        }
        office.write("big.csv", &text);
        let before = catalogue(&office);
        // At these shares of what a rehearsal takes, which does all but write it for good.
        let line = "license import big.csv --yes -q -f count";
        let whole = office.start(&format!("{line} -n")).takes();
        for share in [0.1, 0.5, 0.9] {
            office.start(line).is_killed_after(whole.mul_f64(share));
            office.is_alone();
            if share > 0.5 && office.run("license list -f count").stdout.trim() == "30000" {
                // It was through already, but for its report.
                break;
            }
            assert_eq!(catalogue(&office), before, "killed at {share}");
        }
        let start = |file: &str| {
            office
                .command()
                .args(["license", "import", file, "--yes"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        office.write("big2.csv", text.replace("10个工作日", "12个工作日"));
        let (one, other) = (start("big.csv"), start("big2.csv"));
        let ended = [one, other].map(|child| child.wait_with_output().unwrap());
        let codes = [ended[0].status.code().unwrap(), ended[1].status.code().unwrap()];
        assert!(codes.contains(&0) && codes.iter().all(|code| [0, 5, 7].contains(code)), "{codes:?}");
        let promises = office.run("license list -f csv --fields promise_limit").ends(0).stdout;
        let (ten, twelve) = (promises.matches("10个").count(), promises.matches("12个").count());
        assert!((ten, twelve) == (30_000, 0) || (ten, twelve) == (0, 30_000), "{ten} {twelve}");
    });
}

#[test]
fn t28_t29_rejects_come_back_mended_and_a_rehearsal_says_the_same() {
    same_on_each_engine(|office| {
        let text = format!("{HEADER}A1,取水许可,甲局,水法,45,20\nA2,,甲局,水法,20,10\nA3,采砂许可,甲局,水法,按规定,15\n");
        office.write("in.csv", &text);
        let rehearsal = office.run("license import in.csv --yes --on-error skip --rejects rejects.csv -n -f csv").ends(3).stdout;
        let real = office.run("license import in.csv --yes --on-error skip --rejects rejects.csv -f csv").ends(3).stdout;
        assert_eq!(rehearsal, real, "T29");
        let mended = office.read("rejects.csv").replace("A2,,", "A2,排水许可,").replace("按规定", "30个工作日");
        assert_eq!(counts(&import(office, mended, "")), [2, 2, 0, 0, 0, 0, 0]);
        assert_eq!(names(office).len(), 3, "T28");
        real
    });
}

#[test]
fn every_layout_of_the_study_is_read_by_its_header_words() {
    let formats = include_str!("data/licence_catalogue_formats.csv");
    let mut layouts: Vec<(String, Vec<String>)> = Vec::new();
    for row in csv::Reader::from_reader(formats.as_bytes()).records() {
        let row = row.unwrap();
        match layouts.last_mut() {
            Some((name, columns)) if *name == row[0] => columns.push(row[3].to_owned()),
            _ => layouts.push((row[0].to_owned(), vec![row[3].to_owned()])),
        }
    }
    assert_eq!(layouts.len(), 15);
    let office = Office::ready(Engine::Sqlite);
    import(&office, "实施编码,事项名称\nX1,取水许可\n", "");
    for (name, columns) in layouts {
        let value = |column: &str| match column {
            "序号" => "1".to_owned(),
            "实施编码" => "X1".to_owned(),
            _ if column.contains("单位") && column.contains("时限") => "个工作日".to_owned(),
            _ if column.contains("说明") => "说明".to_owned(),
            _ if column.contains("时限") || column.contains("期限") => "20".to_owned(),
            _ if column.contains("日期") => "2026-01-01".to_owned(),
            _ if column.contains("编码") || column.contains("区划") || column.contains("顺序") || column.contains("子项2") => {
                "12".to_owned()
            }
            "行政主体3" | "职权类型2" => "120".to_owned(),
            "序号.事项" => "1.取水许可".to_owned(),
            _ => format!("{column}的内容"),
        };
        let quoted = |text: String| format!("\"{text}\"");
        let blocks = ["tianjin_qzqd", "hubei_register", "henan_guide", "mwr_guide", "gansu_qzqd"].contains(&name.as_str());
        let mut titles = columns.clone();
        if !titles.iter().any(|title| title.contains("名称") || title.contains("事项") || title == "实施编码") {
            // A layout of code segments, or of a guide without a heading: the name stands beside it.
            titles.insert(0, "事项名称".to_owned());
        }
        let text: String = if blocks {
            titles.iter().map(|title| format!("{},{}\n", quoted(title.clone()), quoted(value(title)))).collect()
        } else {
            let header: Vec<String> = titles.iter().cloned().map(quoted).collect();
            let row: Vec<String> = titles.iter().map(|title| quoted(value(title))).collect();
            format!("{}\n{}\n", header.join(","), row.join(","))
        };
        let summary = import(&office, &text, "");
        assert_eq!((summary["rejected"].as_i64(), summary["read"].as_i64()), (Some(0), Some(1)), "{name}: {summary}\n{text}");
    }
}

#[test]
fn the_lint_finds_what_the_import_lets_pass() {
    same_on_each_engine(|office| {
        let text = "序号,实施编码,事项名称,实施主体,实施主体编码,法定办结时限,承诺办结时限,办件类型\n\
                    1,12100000000133057R1000119013000,取水许可,一局,12100000000133057R,20个工作日,30个工作日,承诺件\n\
                    3,12100000000133057R1000119022000,排水许可,一局,111200000001258073,20个工作日,即办,承诺件\n";
        office.write("list.csv", text);
        let file = office.run("license lint list.csv -f csv").ends(3).stdout;
        for rule in ["L01", "L03", "L16", "L18", "L22"] {
            assert!(file.contains(rule), "{rule}: {file}");
        }
        import(office, text, "");
        let catalogue = office.run("license lint -f csv").ends(3).stdout;
        assert!(catalogue.contains("L03") && !catalogue.contains("L22"), "{catalogue}");
        assert_eq!(office.run("license lint --rules -f count").stdout.trim(), "22");
        file + &catalogue
    });
}

#[test]
fn exports_come_back_to_no_change_in_every_layout() {
    same_on_each_engine(|office| {
        office.run("demo load").ends(0);
        let text = "基本编码,事项名称,子项名称,业务办理项名称,事项类型,实施主体,设定依据,法定办结时限,承诺办结时限,咨询方式,计划生效日期\n\
                    000119001000,取水许可,,,行政许可,市水务局,水法,45个工作日,20个工作日,022-23330000,2026-01-01\n\
                    000119001002,取水许可,取水许可（延续）,,行政许可,市水务局,水法,45个工作日,10个工作日,,\n\
                    ,排水许可,,新办,行政许可,市水务局,条例,20个工作日,10个工作日,,\n,排水许可,,延续,行政许可,市水务局,条例,20个工作日,5个工作日,,\n";
        import(office, text, "");
        let mut first = String::new();
        for layout in ["state-council", "platform"] {
            for (file, more) in [("out.csv", "-f csv"), ("excel.csv", "-f csv --excel"), ("out.xlsx", "")] {
                office.run(&format!("license export --layout {layout} {more} -o {file}")).ends(0);
                let ran = office.run(&format!("license import {file} --yes -f json")).ends(0);
                let [read, added, changed, unchanged, ..] = counts(&ran.json()["summary"]);
                assert!(read > 40 && added == 0 && changed == 0 && unchanged == read, "{layout} {file}: {:?}", ran.json()["data"]);
            }
            first += &office.run(&format!("license export --layout {layout} -f csv")).stdout;
        }
        first
    });
}

#[test]
fn a_list_comes_through_a_pipe_no_more_than_a_folder_does() {
    let office = Office::ready(Engine::Sqlite);
    let mut child =
        office.command().args(["license", "import", "/dev/stdin", "--yes"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A list is read twice; what cannot be is refused in words, or read whole.
    let _ = child.stdin.take().unwrap().write_all(LIST.as_bytes());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.code().is_some_and(|code| code != 101), "{ended:?}");
}
