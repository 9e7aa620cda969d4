use crate::support::{Office, on_each_engine, same_on_each_engine};

const ITEMS: &str = "索引号,信息名称,文号,发布机构,生成日期,公开属性,不予公开的理由,公开日期
000125365/2026-00001,供水管理办法,津水供〔2026〕1号,办公室,2026-09-10,主动公开,,2026-09-20
000125365/2026-00002,年度预算,,,2026-10-08,主动公开,,2026-10-12
000125365/2026-00003,会议纪要,,,2026-10-15,不予公开,属于内部事务信息,
000125365/2026-00004,测绘成果,,,2026-10-20,依申请公开,,
000125365/2026-00005,河湖公告,,天津市水务局,2026-10-28,主动公开,,
";

fn registered(office: &Office) {
    office.run("unit add 01 --name 天津市水务局办公室 --short-name 办公室 --kind office --parent 00").ends(0);
    office.write("items.csv", ITEMS);
    office.run("disclosure import items.csv --yes").ends(0);
}

/// 本期实际 and 本年累计 of an indicator.
fn figures(csv: &str, unit: &str, no: u32) -> String {
    let rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let row = rows.into_iter().find(|row| row[0] == unit && row[2] == no.to_string()).unwrap();
    format!("{}/{}", row[4], row[5])
}

#[test]
fn the_month_is_counted_by_unit_and_adds_up() {
    same_on_each_engine(|office| {
        registered(office);
        let ran = office.run("stats month 2026-10 -f csv").ends(0);
        let row = |unit: &str, no: u32| figures(&ran.stdout, unit, no);
        // 本期实际 / 本年累计.
        assert_eq!(row("01", 1), "3/4");
        assert_eq!(row("01", 2), "1/2");
        assert_eq!(row("01", 3), "1/1");
        assert_eq!(row("01", 4), "1/1");
        assert_eq!(row("00", 2), "1/1");
        assert_eq!(row("*", 1), "4/5");
        ran.stdout
    });
}

#[test]
fn the_rate_prints_numerator_and_denominator() {
    same_on_each_engine(|office| {
        registered(office);
        assert!(office.run("stats rate").ends(0).stdout.contains("2 / 5 = 40.0 %"));
        assert!(office.run("stats rate 2026-10").stdout.contains("1 / 4 = 25.0 %"));
        assert!(office.run("stats rate 2020").stdout.contains("0 / 0 = -"));
        let json = office.run("stats rate 2026-Q3 -f json").json();
        assert_eq!(json["data"][0]["rate"]["numerator"], 1);
        assert_eq!(json["data"][0]["rate"]["percent"], "100.0");
        office.run("stats rate --by-unit -f csv").stdout
    });
}

#[test]
fn documents_that_have_not_reached_the_register_count_as_issued() {
    same_on_each_engine(|office| {
        registered(office);
        office.meddle(
            "INSERT INTO document (id, direction, type_code, title, unit_id, issued_on, status, disclose_attr, created_at) \
             SELECT 1, 'out', 'tongzhi', '通知', id, '2026-10-09', 'issued', NULL, '2026-10-09 09:00:00+08:00' FROM unit WHERE code = '01'",
        );
        let csv = office.run("stats month 2026-10 -f csv").ends(0).stdout;
        assert!(csv.lines().any(|line| line.starts_with("01,") && line.ends_with(",未定公开属性（件）,1,1")), "{csv}");
        assert!(office.run("stats rate 2026-10").stdout.contains("1 / 5 = 20.0 %"));
        csv
    });
}

#[test]
fn requests_are_received_answered_and_overdue_by_their_due_day() {
    same_on_each_engine(|office| {
        registered(office);
        let request = |id: i32, received: &str, due: &str, replied: &str, status: &str| {
            office.meddle(&format!(
                "INSERT INTO disclosure_request (id, no, unit_id, applicant_kind, applicant_name, channel, arrived_on, received_on, subject, regime, due_on, replied_on, closed_on, status, created_at) \
                 SELECT {id}, 'Y{id}', id, 'natural_person', '某', 'online', '{received}', '{received}', '信息', '2019', '{due}', {replied}, {replied}, '{status}', '{received} 09:00:00+08:00' FROM unit WHERE code = '01'"
            ));
        };
        request(1, "2026-09-01", "2026-10-09", "'2026-10-10'", "closed");
        request(2, "2026-10-01", "2026-10-30", "'2026-10-30'", "closed");
        request(3, "2026-10-12", "2026-11-09", "NULL", "open");
        request(4, "2026-10-13", "2026-12-01", "NULL", "open");
        let of = |month: &str| {
            let csv = office.run(&format!("stats month {month} -f csv")).stdout;
            [6, 7, 8].map(|no| figures(&csv, "01", no).split('/').next().unwrap().to_owned())
        };
        assert_eq!(of("2026-10"), ["3", "2", "1"]);
        // Due on the 9th, unanswered on the 23rd: late; due in December: not yet.
        assert_eq!(of("2026-11"), ["0", "0", "1"]);
        of("2026-11").join(" ")
    });
}

#[test]
fn the_due_day_skips_the_national_holiday() {
    same_on_each_engine(|office| {
        registered(office);
        let list = office.run("disclosure list -f csv --fields index_no,due_on").ends(0).stdout;
        // 20 working days from Thursday 10 September 2026: 25 to 27 September and 1 to 7 October off, 20 September and 10 October worked.
        assert!(list.contains("000125365/2026-00001,2026-10-14"), "{list}");
        let late = office.run("disclosure list --overdue -f ids --as-of 2026-12-31").ends(0).stdout;
        assert_eq!(late, "000125365/2026-00005\n");
        list
    });
}

#[test]
fn the_register_holds_the_law() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write(
            "bad.csv",
            "索引号,名称,发布机构,成文日期,公开属性,理由,公开日期\n1,甲,天津市水务局,2026-10-01,不予公开,,\n2,乙,天津市水务局,2026-10-01,依申请公开,,2026-10-02\n3,丙,天津市水务局,2026-10-05,主动公开,,2026-10-01\n4,丁,某局,2027-01-01,随便,,\n",
        );
        let ran = office.run("disclosure import bad.csv --yes -f json").ends(3);
        let rules: Vec<_> = ran.json()["data"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect();
        assert_eq!(
            rules,
            [
                "withheld-without-reason",
                "published-but-not-open",
                "published-before-made",
                "unit-unknown",
                "disclosure-attribute",
                "day-in-future"
            ]
        );
    });
}

#[test]
fn the_workbook_holds_the_figures_of_the_table() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        registered(&office);
        office.run("stats month 2026-10 -o month.xlsx").ends(0);
        use calamine::Reader;
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("month.xlsx")).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        let mut cells: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        // A unit stands once, in cells merged over its indicators.
        let mut unit = vec![String::new(); 2];
        for row in &mut cells {
            for (cell, last) in row.iter_mut().zip(&mut unit) {
                if cell.is_empty() {
                    cell.clone_from(last);
                } else {
                    last.clone_from(cell);
                }
            }
        }
        assert!(cells[0][0].contains("2026年10月"), "{cells:?}");
        let csv = office.run("stats month 2026-10 -f csv").stdout;
        for line in csv.lines().skip(1) {
            let wanted: Vec<&str> = line.split(',').collect();
            assert!(cells.iter().any(|row| row.iter().map(String::as_str).eq(wanted.iter().copied())), "{line} is not in the workbook");
        }
    });
}

#[test]
fn an_item_goes_its_way_under_four_eyes() {
    same_on_each_engine(|office| {
        office.write("swj.toml", "actor = \"zhangwei\"\npermissions = \"off\"\n[disclosure]\norgan_code = \"000125365\"\n");
        let run = |line: &str| office.run(&format!("{line} --config swj.toml"));
        let no = run("disclosure add 供水保障方案 --unit 00 --attribute active -f ids").ends(0).stdout.trim().to_owned();
        assert_eq!(no, "000125365/2026-00001");
        run("disclosure add 演练 --unit 00 --attribute active -n").ends(0);
        let second = run("disclosure add 水质通报 --unit 00 --attribute on_request -f ids").ends(0).stdout.trim().to_owned();
        assert_eq!(second, "000125365/2026-00002", "a rehearsal uses up no number");
        assert_eq!(run("disclosure add 密件 --unit 00 --attribute none").code, 2, "withholding needs its reason");
        // Nothing goes out unreviewed, and nobody reviews his own.
        let early = run(&format!("disclosure publish {no}")).ends(5);
        let own = run(&format!("disclosure review {no} --result pass")).ends(5);
        let lina = |line: &str| {
            office.write("lina.toml", "actor = \"lina\"\npermissions = \"off\"\n");
            office.run(&format!("{line} --config lina.toml"))
        };
        lina(&format!("disclosure review {no} --result pass")).ends(0);
        assert_eq!(lina(&format!("disclosure publish {second}")).code, 5, "依申请公开 is not published");
        for channel in ["site", "wechat", "gazette"] {
            lina(&format!("disclosure publish {no} --channel {channel}")).ends(0);
        }
        let month = office.run("stats month 2026-11 -f csv").ends(0).stdout;
        assert!(month.contains("*,合计,2,其中：主动公开（件）,1,"), "three channels are one item: {month}");
        assert_eq!(lina(&format!("disclosure set {no} --attribute none --because 误")).code, 5, "withdrawn first");
        lina(&format!("disclosure withdraw {no} --because 数字有误")).ends(0);
        // 依申请公开 becomes 主动公开 on review: counted when changed, twenty working days from then.
        let set = lina(&format!("disclosure set {second} --attribute active --because 评估 -f csv")).ends(0).stdout;
        assert!(set.contains("active,2026-12-21"), "{set}");
        // What is withheld is assessed again every year.
        let withheld =
            run("disclosure add 内部流程 --unit 00 --attribute none --reason 内部事务 --formed 2025-03-03 -f ids").ends(0).stdout;
        let withheld = withheld.trim();
        assert!(office.run("disclosure assess -f ids").stdout.contains(withheld));
        lina(&format!("disclosure assess {withheld}")).ends(0);
        assert_eq!(office.run("disclosure assess -f count").stdout.trim(), "0");
        let register = office.run("disclosure register withheld 2025-03 -f csv").ends(0).stdout;
        assert!(register.contains("内部事务"), "{register}");
        assert!(office.run("log list -f csv").stdout.contains("disclosure publish"));
        early.stderr + &own.stderr + &month
    });
}
