//! The register of items against what careless hands and bad files do to it.

use crate::support::{Office, same_on_each_engine};

/// Who works on what: `zhangwei` writes, `lina` reviews.
fn by(office: &Office, who: &str, day: &str, line: &str) -> crate::support::Ran {
    let file = format!("{who}.toml");
    office.write(&file, format!("actor = \"{who}\"\npermissions = \"off\"\n[disclosure]\norgan_code = \"000125365\"\n"));
    office.run_on(day, &format!("{line} --config {file}"))
}

/// An item of 1 September that is out since 10 September.
fn published(office: &Office) -> String {
    let no = added(office, "甲件");
    by(office, "lina", "2026-09-08", &format!("disclosure review {no} --result pass")).ends(0);
    by(office, "lina", "2026-09-10", &format!("disclosure publish {no} --channel site")).ends(0);
    no
}

fn added(office: &Office, title: &str) -> String {
    let line = format!("disclosure add {title} --unit 00 --attribute active --formed 2026-09-01 -f ids");
    by(office, "zhangwei", "2026-09-07", &line).ends(0).stdout.trim().to_owned()
}

/// What an import of one row says: the rules it breaks, or the fields it changes.
fn import(office: &Office, header: &str, row: &str) -> String {
    office.write("row.csv", format!("{header}\n{row}\n"));
    let ran = by(office, "zhangwei", "2026-11-24", "disclosure import row.csv --yes -f csv");
    let mut rules: Vec<String> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            if cells[6].is_empty() { format!("{}>{}", cells[3], cells[5]) } else { cells[6].to_owned() }
        })
        .collect();
    rules.sort();
    format!("{} {}", ran.code, rules.join(" ")).trim().to_owned()
}

fn status(office: &Office, no: &str) -> String {
    let csv = office.run("disclosure list -f csv --fields index_no,status").ends(0).stdout;
    csv.lines().find_map(|line| line.strip_prefix(&format!("{no},"))).unwrap().to_owned()
}

const HEADER: &str = "索引号,信息名称,发布机构,生成日期,公开属性,公开日期";

#[test]
fn an_import_neither_takes_down_nor_puts_up_what_was_decided_otherwise() {
    same_on_each_engine(|office| {
        let out = published(office);
        let blank = import(office, HEADER, &format!("{out},甲件,00,2026-09-01,主动公开,"));
        assert_eq!(blank, "3 still-published");
        assert_eq!(status(office, &out), "published");
        // What nobody reviewed, and what was sent back, is not put up by a file.
        let new = added(office, "乙件");
        let up = format!("{new},乙件,00,2026-09-01,主动公开,2026-09-11");
        assert_eq!(import(office, HEADER, &up), "3 published-unreviewed");
        by(office, "lina", "2026-09-09", &format!("disclosure review {new} --result return")).ends(0);
        assert_eq!(import(office, HEADER, &up), "3 published-unreviewed");
        // Who passed it passed what it said then.
        by(office, "lina", "2026-09-09", &format!("disclosure review {new} --result pass")).ends(0);
        import(office, "索引号,信息名称,发布机构,生成日期,公开属性", &format!("{new},完全另一件,00,2026-09-01,主动公开"));
        assert_eq!(by(office, "lina", "2026-09-12", &format!("disclosure publish {new}")).code, 5);
        // Withdrawn it stays, whatever else a file says of it.
        by(office, "lina", "2026-09-20", &format!("disclosure withdraw {out} --because 有误")).ends(0);
        for attribute in ["on_request", "active"] {
            by(office, "lina", "2026-09-21", &format!("disclosure set {out} --attribute {attribute} --because 评估")).ends(0);
        }
        import(office, "索引号,信息名称,发布机构,生成日期,公开属性", &format!("{out},甲件改,00,2026-09-01,主动公开"));
        assert_eq!(status(office, &out), "pending");
        assert_eq!(
            import(office, "索引号,信息名称,发布机构,生成日期,公开属性", &format!("{out},甲件改,00,2026-09-01,依申请公开")),
            "0 attribute>on_request"
        );
        let early = by(office, "lina", "2026-11-24", &format!("disclosure set {out} --attribute none --because 密 --on 2026-09-15"));
        assert_eq!(early.code, 5, "it was on the website until the twentieth");
        status(office, &out) + &status(office, &new)
    });
}

#[test]
fn days_numbers_and_reasons_that_cannot_be_are_refused() {
    same_on_each_engine(|office| {
        let no = added(office, "丙件");
        let validity = "索引号,信息名称,发布机构,生成日期,公开属性,有效性,废止日期";
        let row = |n: u32, rest: &str| format!("000125365/2026-9000{n},丁{n},00,2026-10-01,主动公开,{rest}");
        assert_eq!(import(office, validity, &row(1, "废止,2026-09-01")), "3 abolished-before-made");
        assert_eq!(import(office, validity, &row(2, "废止,2027-09-01")), "3 day-in-future");
        office.write("a.csv", format!("{HEADER}\nN-2,丁,00,2026-10-01,主动公开,\n"));
        by(office, "zhangwei", "2026-11-24", "disclosure import a.csv --yes").ends(0);
        assert_eq!(import(office, HEADER, "n-2,丁,00,2026-10-01,主动公开,"), "3 index-case");
        for line in [
            format!("disclosure set {no} --attribute none --because ' '"),
            format!("disclosure abolish {no} --because ''"),
            "disclosure add '  ' --unit 00 --attribute active".to_owned(),
            "disclosure add 戊 --unit 00 --attribute none --reason '  '".to_owned(),
        ] {
            assert_eq!(by(office, "zhangwei", "2026-11-24", &line).code, 2, "{line}");
        }
        let itself = by(office, "zhangwei", "2026-11-24", &format!("disclosure abolish {no} --because 旧 --replaced-by {no}"));
        assert_eq!(itself.code, 5, "{itself:?}");
        // A withheld item: its reason can be put right, its assessment does not go back.
        by(office, "zhangwei", "2026-10-08", &format!("disclosure set {no} --attribute none --because 内部")).ends(0);
        by(office, "zhangwei", "2026-11-24", &format!("disclosure set {no} --attribute none --because 内部事务信息")).ends(0);
        let reason = office.run("disclosure register withheld 2026-10 -f csv").ends(0).stdout;
        assert!(reason.contains("内部事务信息"), "{reason}");
        let same =
            by(office, "zhangwei", "2026-11-24", &format!("disclosure set {no} --attribute none --because 内部事务信息 --lang en")).ends(0);
        assert!(same.stderr.contains("Nothing to change"), "{same:?}");
        by(office, "lina", "2026-11-24", &format!("disclosure assess {no} --on 2026-11-20")).ends(0);
        for day in ["1990-01-01", "2026-11-10"] {
            assert_eq!(by(office, "lina", "2026-11-24", &format!("disclosure assess {no} --on {day}")).code, 5, "{day}");
        }
        reason
    });
}

#[test]
fn the_registers_of_a_month_stay_what_they_were() {
    same_on_each_engine(|office| {
        let out = published(office);
        let kept = added(office, "内部件");
        by(office, "zhangwei", "2026-09-08", &format!("disclosure set {kept} --attribute none --because 内部")).ends(0);
        let registers = |which: &str| {
            let csv = office.run_on("2026-11-24", &format!("disclosure register {which} 2026-09 -f csv")).ends(0).stdout;
            csv.lines().skip(1).count()
        };
        assert_eq!((registers("open"), registers("withheld")), (1, 1));
        // Opened two months later, and put up again two months later: September stays.
        by(office, "zhangwei", "2026-11-02", &format!("disclosure set {kept} --attribute active --because 评估后公开")).ends(0);
        by(office, "lina", "2026-11-03", &format!("disclosure withdraw {out} --because 更正")).ends(0);
        by(office, "lina", "2026-11-04", &format!("disclosure review {out} --result pass")).ends(0);
        let early = by(office, "lina", "2026-11-24", &format!("disclosure publish {out} --on 2026-10-12"));
        assert_eq!(early.code, 5, "not before it was withdrawn");
        by(office, "lina", "2026-11-05", &format!("disclosure publish {out} --on 2026-11-05")).ends(0);
        assert_eq!((registers("open"), registers("withheld")), (1, 1));
        office.run_on("2026-11-24", "disclosure register open 2026-11 -f csv").ends(0).stdout
    });
}

#[test]
fn a_document_whose_item_came_by_a_file_is_not_registered_again() {
    same_on_each_engine(|office| {
        let header = "索引号,信息名称,文号,发布机构,生成日期,公开属性,公开日期";
        for (n, title) in [(1, "已入库"), (2, "他件")] {
            import(office, header, &format!("000125365/2026-8870{n},{title},津水〔2026〕90{n}号,00,2026-11-02,主动公开,2026-11-03"));
        }
        let document = |id: u32, title: &str, doc_no: &str, day: &str, status: &str| {
            office.meddle(&format!(
                "INSERT INTO document (id, direction, type_code, doc_no_text, title, unit_id, issued_on, status, disclose_attr, created_at) \
                 SELECT {id}, 'out', '通知', '{doc_no}', '{title}', id, '{day}', '{status}', 'active', '2026-11-01 08:00:00+08:00' FROM unit WHERE code = '00'"
            ));
        };
        document(901, "已入库", "津水〔2026〕901号", "2026-11-02", "issued");
        document(902, "同号异名", "津水〔2026〕902号", "2026-11-02", "issued");
        document(903, "新件", "津水〔2026〕903号", "2026-11-02", "issued");
        document(904, "将来件", "津水〔2026〕904号", "2026-12-20", "issued");
        let collect = |more: &str| by(office, "zhangwei", "2026-11-24", &format!("disclosure collect {more} -f csv --lang en"));
        let planned = collect("-n").ends(3);
        assert!(planned.stderr.contains("Dry run"), "{planned:?}");
        let ran = collect("--yes").ends(3).stdout;
        let of = |title: &str| ran.lines().find(|line| line.contains(title)).unwrap_or_default().to_owned();
        assert!(of("已入库").contains("000125365/2026-88701") && of("已入库").ends_with("linked"), "{ran}");
        assert!(of("同号异名").ends_with("number-taken"), "{ran}");
        assert!(of("新件").contains("000125365/2026-"), "{ran}");
        assert_eq!(of("将来件"), "", "{ran}");
        assert_eq!(collect("--from 2026-11-01 --to 2026-01-01").code, 5);
        assert_eq!(collect("--to 2026-12-31").code, 5, "what is issued then is not issued yet");
        // Once more: only the doubtful one is left.
        let again = collect("--yes").ends(3).stdout;
        assert_eq!(again.lines().count(), 2, "{again}");
        ran
    });
}

#[test]
fn the_register_goes_out_and_comes_back_without_a_change() {
    same_on_each_engine(|office| {
        let out = published(office);
        by(office, "lina", "2026-09-20", &format!("disclosure withdraw {out} --because 有误")).ends(0);
        let kept = added(office, "内部件");
        by(office, "zhangwei", "2026-09-08", &format!("disclosure set {kept} --attribute none --because '内部, 事务'")).ends(0);
        let old = added(office, "旧规");
        by(office, "zhangwei", "2026-09-09", &format!("disclosure abolish {old} --because 旧")).ends(0);
        for file in ["register.csv", "register.xlsx"] {
            for lang in ["zh", "en"] {
                by(office, "zhangwei", "2026-11-24", &format!("disclosure export -o {file} --lang {lang} --yes")).ends(0);
                let ran = by(office, "zhangwei", "2026-11-24", &format!("disclosure import {file} --yes -f json")).ends(0).json();
                assert_eq!(ran["summary"]["unchanged"], 3, "{file} {lang}: {ran}");
            }
        }
        // And into an empty register: the same again.
        let csv = office.run("disclosure export -f csv").ends(0).stdout;
        let other = Office::ready(office.engine);
        other.write("register.csv", &csv);
        by(&other, "zhangwei", "2026-11-24", "disclosure import register.csv --yes").ends(0);
        assert_eq!(other.run("disclosure export -f csv").ends(0).stdout, csv);
        csv
    });
}
