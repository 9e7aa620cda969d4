//! Faults that a reading of the finished import found: each stays mended.

use rust_xlsxwriter::Workbook;

use crate::support::{Engine, Office, same_on_each_engine};

#[track_caller]
fn import(office: &Office, text: &str, more: &str) -> serde_json::Value {
    office.write("in.csv", text);
    let ran = office.run(&format!("license import in.csv --yes -f json {more}"));
    assert!([0, 3].contains(&ran.code), "{ran:?}");
    ran.json()["summary"].clone()
}

fn shown(office: &Office, item: &str, field: &str) -> String {
    let csv = office.run(&format!("license show {item} -f csv")).ends(0).stdout;
    let found = csv.lines().find_map(|line| line.strip_prefix(&format!("{field},")));
    found.unwrap_or_default().to_owned()
}

fn list(office: &Office, more: &str) -> Vec<String> {
    office.run(&format!("license list -f csv {more}")).ends(0).stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn an_export_without_organs_does_not_borrow_them() {
    same_on_each_engine(|office| {
        import(office, "主管部门,实施编码,事项名称,实施机关\n水利部,A001,取水许可,市水务局\n", "");
        import(office, "实施编码,事项名称\nA002,排水许可\n", "");
        let mut all = String::new();
        for layout in ["platform", "state-council"] {
            office.run(&format!("license export --layout {layout} -f csv -o e.csv")).ends(0);
            let ran = office.run("license diff e.csv -f json").ends(0).json();
            assert_eq!((&ran["summary"]["added"], &ran["summary"]["changed"]), (&0.into(), &0.into()), "{layout}: {ran}");
            all += &office.read("e.csv");
        }
        all
    });
}

#[test]
fn a_blank_code_in_a_block_does_not_take_the_next_ones() {
    same_on_each_engine(|office| {
        let block = |code: &str, name: &str| format!("权力编码,{code}\n权力名称,{name}\n实施机关,某局\n承诺时限,5个工作日\n");
        let text = block("", "甲许可证") + &block("5SL01002", "乙许可证") + &block("5SL01003", "丙许可证");
        import(office, &text, "");
        let found = list(office, "--fields code,name");
        assert_eq!(found, ["5SL01002,乙许可证", "5SL01003,丙许可证", ",甲许可证"]);
        found.join(";")
    });
}

#[test]
fn a_bare_limit_read_as_legal_leaves_the_promise_alone() {
    same_on_each_engine(|office| {
        import(office, "实施编码,事项名称,法定办结时限,承诺办结时限\nA1,取水许可,20个工作日,5个工作日\n", "");
        import(office, "实施编码,事项名称,办结时限\nA1,取水许可,25个工作日\n", "--limit-as legal");
        assert_eq!((shown(office, "A1", "legal_text"), shown(office, "A1", "promise_text")), ("25个工作日".into(), "5个工作日".into()));
        list(office, "--fields legal_limit,promise_limit").join(";")
    });
}

#[test]
fn three_levels_in_a_row_are_three_levels() {
    same_on_each_engine(|office| {
        let text = "事项名称,子项名称,业务办理项名称,实施机关\n取水许可,首次取水,延续,甲局\n取水许可,地下取水,延续,甲局\n取水许可,矿泉取水,延续,甲局\n";
        let summary = import(office, text, "");
        assert_eq!((&summary["added"], &summary["skipped"]), (&3.into(), &0.into()), "{summary}");
        let again = import(office, text, "");
        assert_eq!((&again["added"], &again["unchanged"]), (&0.into(), &3.into()), "{again}");
        let levels = list(office, "--fields level,name");
        assert_eq!(levels.iter().filter(|line| line.starts_with("sub,")).count(), 3, "{levels:?}");
        assert_eq!(levels.iter().filter(|line| line.starts_with("handling,")).count(), 3, "{levels:?}");
        office.run("license export --layout platform -f csv -o e.csv").ends(0);
        let back = office.run("license diff e.csv -f json").ends(0).json();
        assert_eq!(back["summary"]["added"], 0, "{back}");
        levels.join(";")
    });
}

#[test]
fn a_mended_reject_keeps_the_organ_it_had_from_above() {
    same_on_each_engine(|office| {
        let text = "实施机关,事项名称,法定办结时限\n甲区水务局,取水许可,20个工作日\n,河道采砂许可,按规定\n乙区水务局,取水许可,20个工作日\n,河道采砂许可,按规定\n";
        office.write("in.csv", text);
        office.run("license import in.csv --yes --on-error skip --rejects r.csv").ends(3);
        office.write("in.csv", office.read("r.csv").replace("按规定", "15个工作日"));
        office.run("license import in.csv --yes").ends(0);
        let found = list(office, "--fields organ,name");
        assert_eq!(found.iter().filter(|line| line.ends_with("河道采砂许可")).count(), 2, "{found:?}");
        assert!(found.contains(&"乙区水务局,河道采砂许可".to_owned()), "{found:?}");
        found.join(";")
    });
}

#[test]
fn a_name_finds_the_item_in_force_and_two_of_one_name_are_asked_about() {
    same_on_each_engine(|office| {
        import(office, "实施编码,事项名称,实施机关\nOLD1,取水许可,市水务局\n", "");
        office.run("license withdraw OLD1 --yes").ends(0);
        import(office, "实施编码,事项名称,实施机关\nNEW1,取水许可,市水务局\n", "");
        import(office, "事项名称,实施机关,设定依据\n取水许可,市水务局,新依据\n", "");
        assert_eq!(shown(office, "NEW1", "basis"), "新依据");
        assert_eq!(list(office, "--fields code"), ["NEW1"]);
        import(office, "实施编码,事项名称,实施机关\nNEW2,取水许可,市水务局\n", "");
        office.write("in.csv", "事项名称,实施机关,设定依据\n取水许可,市水务局,再改\n");
        let ran = office.run("license import in.csv --yes -f csv").ends(3);
        assert!(ran.stdout.contains("item-several"), "{ran:?}");
        // A list without a column for organs finds the item by its name alone.
        import(office, "实施编码,事项名称,实施机关\nX1,排水许可,市水务局\n", "");
        let summary = import(office, "事项名称,设定依据\n排水许可,条例\n", "");
        assert_eq!((&summary["added"], &summary["changed"]), (&0.into(), &1.into()), "{summary}");
        ran.stdout
    });
}

#[test]
fn a_restructured_list_moves_items_once_and_is_taken_back() {
    same_on_each_engine(|office| {
        import(office, "实施编码,事项名称,实施机关\nA001,取水许可延续,甲局\n,取水许可变更,甲局\n", "");
        let before = office.digests(&office.url());
        let nested = "实施编码,事项名称,子项名称,实施机关\nA001,取水许可,取水许可延续,甲局\n,取水许可,取水许可变更,甲局\n";
        office.write("in.csv", nested);
        let plan = office.run("license diff in.csv -f csv").ends(3).stdout;
        assert!(plan.contains(",parent,,取水许可"), "{plan}");
        import(office, nested, "");
        let tree = list(office, "--fields level,name");
        assert_eq!(tree.iter().filter(|line| line.starts_with("sub,")).count(), 2, "{tree:?}");
        let again = import(office, nested, "");
        assert_eq!((&again["added"], &again["changed"]), (&0.into(), &0.into()), "{again}");
        let batch = office.run("license history -f csv").stdout.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
        office.run(&format!("license undo {batch} --yes")).ends(0);
        let kept = |lines: Vec<String>| {
            lines.into_iter().filter(|line| line.starts_with("license_item,") || line.starts_with("license_version,")).collect::<Vec<_>>()
        };
        assert_eq!(kept(office.digests(&office.url())), kept(before));
        plan
    });
}

#[test]
fn days_tell_what_holds_and_when_it_ended() {
    same_on_each_engine(|office| {
        import(office, "实施编码,事项名称,实施机关\nA1,取水许可,甲局\nA2,排水许可,甲局\n", "--effective 2024-01-01");
        office.run("license withdraw A1 --on 2024-06-01 --yes").ends(0);
        import(office, "实施编码,事项名称,实施机关\nA1,取水许可,甲局\n", "--effective 2025-01-01");
        office.run("license withdraw A1 --on 2026-06-01 --yes").ends(0);
        let history = office.run("license history A1 -f csv").stdout;
        assert!(history.contains("2024-06-01,withdrawn") && history.contains("2026-06-01,withdrawn"), "{history}");
        let then = list(office, "--as-of 2024-03-01 --fields code,status");
        assert_eq!(then, ["A1,active", "A2,active"]);
        assert_eq!(list(office, "--status withdrawn --fields code,status"), ["A1,withdrawn"]);
        // To be withdrawn is not withdrawn yet.
        office.run("license withdraw A2 --on 2027-06-01 --yes").ends(0);
        assert_eq!(list(office, "--fields code,status"), ["A2,active"]);
        // A list of today does not slip behind one of next year.
        import(office, "实施编码,事项名称,设定依据\nB1,采砂许可,法\n", "");
        import(office, "实施编码,事项名称,设定依据\nB1,采砂许可,法2027\n", "--effective 2027-01-01");
        office.write("in.csv", "实施编码,事项名称,设定依据\nB1,采砂许可,法今\n");
        assert_eq!(office.run("license import in.csv --yes").code, 5);
        history
    });
}

#[test]
fn a_complete_list_withdraws_nothing_by_mistake() {
    same_on_each_engine(|office| {
        let rows: String = (1..9).map(|n| format!("00011902{n}000,第{n}号许可事项,甲局\n")).collect();
        import(office, &format!("基本编码,事项名称,实施机关\n000119013000,取水许可,甲局\n000119013001,取水许可延续,甲局\n{rows}"), "");
        import(office, &format!("基本编码,事项名称,实施机关\n000119013001,取水许可延续,甲局\n{rows}"), "--full --scope all");
        assert!(list(office, "--fields code").contains(&"000119013000".to_owned()), "what an item hangs on stays");
        let empty = office.run("license import in.csv --full --scope organ=没有这局 --yes");
        assert_eq!(empty.code, 5, "{empty:?}");
        let mut book = Workbook::new();
        for n in 1..3 {
            let sheet = book.add_worksheet();
            for (at, title) in ["事项名称", "实施机关"].into_iter().enumerate() {
                sheet.write_string(0, u16::try_from(at).unwrap(), title).unwrap();
            }
            sheet.write_string(1, 0, format!("第{n}号许可事项")).unwrap();
            sheet.write_string(1, 1, "甲局").unwrap();
        }
        book.save(office.path("two.xlsx")).unwrap();
        let two = office.run("license import two.xlsx --full --scope all --yes");
        assert_eq!(two.code, 5, "{two:?}");
        empty.stderr + &two.stderr
    });
}

#[test]
fn a_number_is_an_id_only_as_it_is_written() {
    same_on_each_engine(|office| {
        import(office, "实施编码,事项名称\n001,甲许可证\n003,乙许可证\n2,丙许可证\n005,丁许可证\n", "");
        assert_eq!(office.run("license withdraw 004 --yes").code, 4);
        assert_eq!(shown(office, "2", "name"), "丙许可证", "a code goes before an id");
        office.run("license withdraw 001 甲许可证 --yes").ends(0);
        list(office, "--fields code").join(";")
    });
}

#[test]
fn units_types_and_odd_limits_are_read_as_meant() {
    same_on_each_engine(|office| {
        let text = "实施编码,事项名称,事项类型,法定办结时限,法定办结时限单位,承诺办结时限,承诺办结时限单位\n\
                    A1,取水许可,1,20,1,20个工作日,工作日\nA2,排水许可,2,15,工作日,一般情况10个工作日,\n";
        import(office, text, "");
        assert_eq!((shown(office, "A1", "legal_n"), shown(office, "A1", "promise_text")), ("20".into(), "20个工作日".into()));
        assert_eq!(shown(office, "A2", "promise_n"), "10");
        let types = office.run("license list --type 02 -f csv --fields code").stdout;
        assert!(types.contains("A2"), "{types}");
        // A blank type says nothing about a known item.
        import(office, "实施编码,事项名称,事项类型\nA2,排水许可,\n", "");
        assert!(office.run("license list --type 02 -f csv --fields code").stdout.contains("A2"));
        office.write("in.csv", "实施编码,事项名称,承诺办结时限\nA3,采砂许可,不能当场办结的20个工作日\n");
        assert!(office.run("license import in.csv --yes -f csv").ends(3).stdout.contains("limit-two-values"));
        types
    });
}

#[test]
fn no_resident_number_leaves_whole_and_no_mask_comes_in() {
    let office = Office::ready(Engine::Sqlite);
    let number = "11010519491231002X";
    import(
        &office,
        "实施编码,事项名称,备注\nA1,取水许可,身份证ID11010519491231002X\nA2,排水许可,１１０１０５１９４９１２３１００２Ｘ\nA3,采砂许可,110105 19491231 002X\n",
        "",
    );
    for line in ["license show A1", "license show A2", "license show A3", "license show 11010519491231002X", "license export -f csv"] {
        let ran = office.run(line);
        let all = ran.stdout + &ran.stderr;
        assert!(!all.contains(number) && !all.contains("19491231") && !all.contains("１９４９１２３１"), "{line}: {all}");
    }
    office.run("license export -f csv -o e.csv").ends(0);
    let ran = office.run("license import e.csv --yes -f csv").ends(3);
    assert!(ran.stdout.contains("masked-number"), "{ran:?}");
}

#[test]
fn the_lint_does_not_pass_what_it_could_not_read() {
    let office = Office::ready(Engine::Sqlite);
    office.write("bad.csv", "实施编码,事项名称,法定办结时限\nA1,取水许可,按规定\nA2,排水许可,按规定\n");
    let ran = office.run("license lint bad.csv").ends(3);
    assert!(ran.stderr.contains('2'), "{}", ran.stderr);
    assert_eq!(office.run("license lint bad.csv --rule L3").code, 2);
}
