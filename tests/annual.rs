//! The annual report (年度报告): counted, printed in its official layout, frozen, explained, and checked as published.

use std::io::Read;

use crate::support::{Office, same_on_each_engine};

/// Requests of two years with every kind of end, and a dispute.
fn filled(office: &Office) {
    let add = |day: &str, kind: &str| {
        let line = format!("request add --unit 00 --applicant 某 --kind {kind} --channel in_person --subject 水质 -f ids");
        office.run_on(day, &line).ends(0).stdout.trim().to_owned()
    };
    let answer = |day: &str, no: &str, row: &str| drop(office.run_on(day, &format!("request answer {no} --row {row}")).ends(0));
    for (n, row) in ["3.1", "3.2", "3.3.4", "3.4.1"].into_iter().enumerate() {
        let no = add("2024-03-04", ["natural_person", "business", "natural_person", "legal_service"][n]);
        answer("2024-03-12", &no, row);
    }
    let over = add("2024-12-23", "natural_person");
    let withdrawn = add("2024-12-30", "research");
    office.run_on("2024-12-30", &format!("request withdraw {withdrawn}")).ends(0);
    answer("2025-01-08", &over, "3.1");
    let open = add("2025-12-29", "business");
    office.run_on("2026-01-05", &format!("request dispute {over} --kind review")).ends(0);
    office.run_on("2026-02-05", &format!("request dispute {over} --kind review --result upheld")).ends(0);
    answer("2026-01-06", &open, "3.5.1");
}

fn value(office: &Office, year: &str, row: &str, column: &str) -> String {
    let csv = office.run(&format!("stats year {year} -f csv")).ends(0).stdout;
    let wanted = csv.lines().map(|line| line.split(',').collect::<Vec<_>>()).find(|cells| cells[1] == row && cells[3] == column);
    wanted.unwrap_or_else(|| panic!("{row}/{column}: {csv}"))[5].to_owned()
}

#[test]
fn a_year_is_counted_by_the_rules_of_the_form() {
    same_on_each_engine(|office| {
        filled(office);
        let total = |year: &str, row: &str| value(office, year, row, "total");
        assert_eq!([total("2024", "1"), total("2024", "2"), total("2024", "3.7"), total("2024", "4")], ["6", "0", "5", "1"]);
        assert_eq!(value(office, "2024", "4", "natural_person"), "1");
        assert_eq!([total("2025", "1"), total("2025", "2"), total("2025", "3.7"), total("2025", "4")], ["1", "1", "1", "1"]);
        assert_eq!(value(office, "2024", "3.6.3", "research"), "1");
        assert_eq!(value(office, "2026", "3.5.1", "business"), "1");
        assert_eq!(value(office, "2026", "R.1", "结果维持"), "1");
        assert_eq!(value(office, "2024", "20.6.1", "1"), "", "nobody counted it: a blank, no zero");
        office.run("stats figure 2024 20.6.1 3 --source 执法总队").ends(0);
        assert_eq!(value(office, "2024", "20.6.1", "1"), "3");
        // The form of 2019 and 2020 has one row for 其他处理.
        assert!(office.run("stats year 2020 -f csv").stdout.contains("三,3.6,"));
        assert_eq!(office.run("stats year 2013").code, 2);
        office.run("stats year 2024 -f csv").stdout + &office.run("stats year 2024 -f table").stdout
    });
}

#[test]
fn every_figure_is_explained_by_its_rows() {
    same_on_each_engine(|office| {
        filled(office);
        let csv = office.run("stats year 2024 -f csv").ends(0).stdout;
        let mut explained = 0;
        for line in csv.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if cells[0] == "二" {
                continue;
            }
            let place = if cells[0] == "三" { format!("{}/{}", cells[1], cells[3]) } else { cells[1].to_owned() };
            if cells[5] == "0" && explained > 20 {
                continue;
            }
            let n = office.run(&format!("stats explain year:2024:{place} -f count")).ends(0).stdout;
            assert_eq!(n.trim(), cells[5], "{place}");
            explained += 1;
        }
        assert!(explained > 20);
        let shown = office.run("stats explain year:2024:1/total -f csv").ends(0).stdout;
        assert!(!shown.contains('某'), "{shown}");
        assert_eq!(office.run("stats explain year:2024:9.9").code, 2);
        let month = office.run("stats month 2024-03 -f csv").ends(0).stdout;
        let received = month.lines().find(|line| line.starts_with("*,") && line.contains("收到公开申请")).unwrap();
        let n = office.run("stats explain month:2024-03:6/* -f count").ends(0).stdout;
        assert_eq!(received.split(',').nth(4), Some(n.trim()));
        shown
    });
}

#[test]
fn a_frozen_year_stays_and_late_data_make_a_new_edition() {
    same_on_each_engine(|office| {
        filled(office);
        let first = office.run("stats freeze 2024 --yes -f json").ends(0).json()["summary"]["sha256"].clone();
        let again = office.run("stats freeze 2024 --yes -f json").ends(0).json();
        assert_eq!((&again["summary"]["sha256"], &again["summary"]["edition"]), (&first, &1.into()));
        let before = office.run("stats year 2024 -f csv").stdout;
        // An old application entered late.
        let line = "request add --unit 00 --applicant 某 --kind business --channel in_person --subject 迟登 --arrived 2024-06-03";
        office.run(line).ends(0);
        assert_eq!(office.run("stats year 2024 -f csv").stdout, before, "a frozen figure does not move");
        assert_ne!(office.run("stats year 2024 --live -f csv").stdout, before);
        let second = office.run("stats freeze 2024 --yes -f csv").ends(0).stdout;
        assert_eq!(second, "row,column,before,after\n1,business,1,2\n1,total,6,7\n4,business,0,1\n4,total,1,2\n");
        assert_eq!(office.run("stats year 2024 --edition 1 -f csv").stdout, before);
        assert_eq!(office.run("stats year 2024 --edition 7").code, 4);
        let no = office.run("request list -f ids").stdout.lines().next().unwrap().to_owned();
        assert_eq!(office.run(&format!("request correct {no} --kind business --because 误填")).code, 5, "the year is frozen");
        first.to_string() + &second
    });
}

#[test]
fn the_fees_of_a_frozen_year_are_frozen_with_it() {
    same_on_each_engine(|office| {
        filled(office);
        let part_six = |options: &str| {
            office.run(&format!("stats year 2024 -o y.html {options}"));
            let page = office.read("y.html");
            page[page.find("本年度收取信息处理费").unwrap()..].chars().take(20).collect::<String>()
        };
        office.run("stats freeze 2024 --yes").ends(0);
        let before = part_six("");
        office.meddle(
            "UPDATE disclosure_request SET fee_yuan = 420, fee_paid_on = '2024-06-10' WHERE id = (SELECT MIN(id) FROM disclosure_request)",
        );
        assert_eq!(part_six(""), before);
        assert_ne!(part_six("--live"), before);
        let second = office.run("stats freeze 2024 --yes -f csv").ends(0).stdout;
        assert!(second.contains("fees,yuan,"), "{second}");
        assert_eq!(part_six("--edition 1"), before);
        assert_ne!(part_six(""), before);
        second
    });
}

#[test]
fn a_text_without_its_empty_cells_is_read_as_the_sheet_it_is_of() {
    same_on_each_engine(|office| {
        filled(office);
        office.run("stats year 2024 -o y.xlsx").ends(0);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("y.xlsx")).unwrap();
        let mut text = String::from("本局2024年政府信息公开工作年度报告\n");
        for sheet in calamine::Reader::sheet_names(&book) {
            let range = calamine::Reader::worksheet_range(&mut book, &sheet).unwrap();
            for row in range.rows() {
                let cells: Vec<String> = row.iter().map(|cell| format!("\"{cell}\"")).collect();
                text.push_str(cells.join(",").trim_end_matches(",\"\""));
                text.push('\n');
            }
            text.push('\n');
        }
        office.write("y.csv", text);
        let found = office.run("stats check y.csv --year 2024 -f csv --fields rule,table,row");
        assert!(!found.stdout.contains("\nA"), "{found:?}");
        found.stdout
    });
}

#[test]
fn what_we_print_is_read_back_without_a_finding() {
    same_on_each_engine(|office| {
        filled(office);
        for ending in ["json", "csv", "xlsx", "docx", "html"] {
            office.run(&format!("stats year 2024 -o r2024.{ending}")).ends(0);
            let ran = office.run(&format!("stats check r2024.{ending} --errors-only -f count")).ends(0);
            assert_eq!(ran.stdout.trim(), "0", "{ending}: {ran:?}");
            // And the same figures come out of it.
            let changed = office.run(&format!("stats check r2024.{ending} -f csv")).stdout;
            assert!(!changed.contains(",error,"), "{ending}: {changed}");
        }
        String::new()
    });
}

#[test]
fn a_broken_report_is_named_to_the_cell_in_every_format() {
    same_on_each_engine(|office| {
        filled(office);
        let mut said = String::new();
        let html = {
            office.run("stats year 2024 -o r.html").ends(0);
            office.read("r.html")
        };
        // 总计 of （七） becomes 9 where 5 is right.
        let at = html.find("（七）总计").unwrap();
        let row_end = at + html[at..].find("</tr>").unwrap();
        let last = at + html[at..row_end].rfind("<td>5</td>").unwrap();
        let broken = format!("{}<td>9</td>{}", &html[..last], &html[last + "<td>5</td>".len()..]);
        office.write("bad2024.html", broken);
        let ran = office.run("stats check bad2024.html -f json").ends(3).json();
        let found: Vec<String> = ran["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{} {} {} {} {}", row["rule"], row["table"], row["row"], row["column"], row["left"]).replace('"', ""))
            .collect();
        // What nobody counted is a blank in table 二, and said to be one.
        let (blanks, found): (Vec<String>, Vec<String>) = found.into_iter().partition(|found| found.starts_with("E1 二"));
        assert_eq!(blanks.len(), 4);
        assert_eq!(found, ["A1 三 1+2=3.7+4 total 6", "A2 三 3.7 total 9", "A3 三 3.7 total 9"]);
        said += &found.join(";");
        // Two years of one body, and a body that has not handed in.
        office.run("stats year 2024 -o a2024.json").ends(0);
        office.run("stats year 2025 -o a2025.json").ends(0);
        let broken = office.read("a2025.json").replacen(
            "\"label\": \"二、上年结转政府信息公开申请数量\",\n      \"values\": [\n        1,",
            "\"label\": \"二\",\n      \"values\": [\n        2,",
            1,
        );
        office.write("b2025.json", broken);
        let clean = office.run("stats check a2024.json a2025.json --errors-only -f count").ends(0);
        assert_eq!(clean.stdout.trim(), "0");
        let ran = office.run("stats check a2024.json b2025.json --errors-only -f csv").ends(3).stdout;
        assert!(ran.contains(",C1,error,三,2,natural_person,2,1,1"), "{ran}");
        office.write("other2025.json", office.read("a2025.json").replace("\"org\": \"天津市水务局\"", "\"org\": \"某区水务局\""));
        let view = office.run("stats check a2024.json a2025.json other2025.json --overview -f csv").ends(3).stdout;
        assert!(view.contains("某区水务局,2024,false,"), "{view}");
        office.write("empty.html", "<p>没有表格</p>");
        assert_eq!(office.run("stats check empty.html").code, 5);
        said + &view
    });
}

/// What `stats check` says of our own page of 2024 after something was done to it: `rule row column`.
fn said_of(office: &Office, change: &dyn Fn(String) -> String) -> Vec<String> {
    office.run("stats year 2024 -o page2024.html").ends(0);
    office.write("other2024.html", change(office.read("page2024.html")));
    said_in(office, "other2024.html")
}

fn said_in(office: &Office, files: &str) -> Vec<String> {
    let csv = office.run(&format!("stats check {files} -f csv --fields rule,severity,row,column")).stdout;
    let mut said: Vec<String> = csv
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with("E1,"))
        .map(|line| line.replace(",error,", " ").replace(",warning,", " ").replace(',', " "))
        .collect();
    said.sort();
    said
}

/// The table row of the page that holds a label.
fn row_of(page: &str, label: &str) -> std::ops::Range<usize> {
    let at = page.find(&format!(">{label}</")).unwrap_or_else(|| panic!("no row {label}"));
    let from = page[..at].rfind("<tr").unwrap();
    from..at + page[at..].find("</tr>").unwrap() + "</tr>".len()
}

fn in_row(page: String, label: &str, from: &str, to: &str) -> String {
    let row = row_of(&page, label);
    assert!(page[row.clone()].contains(from), "{label}: {}", &page[row]);
    let changed = match from {
        // The last cell is the sum.
        "</td></tr>" => page[row.clone()].replace(from, to),
        _ => page[row.clone()].replacen(from, to, 1),
    };
    format!("{}{changed}{}", &page[..row.start], &page[row.end..])
}

#[test]
fn reports_are_read_however_they_are_laid_out() {
    same_on_each_engine(|office| {
        filled(office);
        let new = "一、本年新收政府信息公开申请数量";
        let wrong = |page: String| in_row(page, new, "<td>6</td></tr>", "<td>600</td></tr>");
        let faults = ["A1 1+2=3.7+4 total", "A3 1 total", "D1 1 total"];
        assert_eq!(said_of(office, &|page| page), Vec::<String>::new());
        assert_eq!(said_of(office, &wrong), faults);
        // Line numbers before the labels.
        let numbered = |page: String| {
            let first = row_of(&page, new);
            let from = page[..first.start].rfind("<table>").unwrap();
            let to = first.end + page[first.end..].find("</table>").unwrap();
            let rows = page[first.start..to].replace("<tr>", "<tr><td>7</td>");
            let head = page[from..first.start].replacen("<tr>", "<tr><th rowspan=\"3\">行次</th>", 1);
            format!("{}{head}{rows}{}", &page[..from], &page[to..])
        };
        assert_eq!(said_of(office, &|page| wrong(numbered(page))), faults);
        // A word where a figure should stand costs that figure alone.
        let word = |page: String| in_row(wrong(page), new, "<td>3</td>", "<td>三十</td>");
        let said = said_of(office, &word);
        assert!(said.contains(&"A1 1+2=3.7+4 total".to_owned()), "{said:?}");
        assert!(said.iter().any(|found| found.starts_with("E5") && found.contains(" 1 natural_person")), "{said:?}");
        // Cut in two where a page ended.
        let cut = |page: String| {
            let at = row_of(&page, "（七）总计").start;
            format!("{}</table><table>{}", &page[..at], &page[at..])
        };
        assert_eq!(said_of(office, &cut), Vec::<String>::new());
        assert_eq!(said_of(office, &|page| wrong(cut(page))), faults);
        // Twice in one page, the first of them wrong.
        let twice = |page: String| {
            let at = row_of(&page, new).start;
            let from = page[..at].rfind("<table").unwrap();
            let to = at + page[at..].find("</table>").unwrap() + "</table>".len();
            let table = page[from..to].to_owned();
            let bad = wrong(table.clone());
            format!("{}{bad}{table}{}", &page[..from], &page[to..])
        };
        let said = said_of(office, &twice);
        assert!(said.iter().any(|found| found.starts_with("E3")), "said that there are two: {said:?}");
        // The year in Chinese numerals, another year in the prose before it.
        let chinese = |page: String| page.replace("2024年", "二〇二四年").replacen("<p>", "<p>根据2019年5月修订的《条例》编制。</p><p>", 1);
        office.run("stats year 2024 -o page2024.html").ends(0);
        office.write("report.html", chinese(office.read("page2024.html")));
        let view = office.run("stats check report.html --overview -f csv").ends(0).stdout;
        assert!(view.contains(",2024,"), "{view}");
        view
    });
}

#[test]
fn what_the_prose_says_of_other_things_is_no_fault() {
    same_on_each_engine(|office| {
        filled(office);
        let with = |sentence: &str| {
            said_of(office, &|page| {
                let from = page.find("2024年，新收政府信息公开申请").unwrap();
                let to = from + page[from..].find("</p>").unwrap();
                format!("{}{sentence}{}", &page[..from], &page[to..])
            })
        };
        for right in [
            "新收政府信息公开申请6件，其中网络申请4件、信函申请2件，已答复5件。",
            "新收政府信息公开申请6件，其中自然人3件、法人3件，网络申请4件，信函申请2件，均已按时答复。",
            "全年公开政府信息1708件，同比增加20件，其中公文类300件、动态类1408件。",
            "2024年制发公文608件，其中主动公开540件、依申请公开39件、不予公开29件。",
            "2023年新收政府信息公开申请88件；本年收到6件。",
        ] {
            assert_eq!(with(right), Vec::<String>::new(), "{right}");
        }
        for wrong in ["新收政府信息公开申请7件。", "新收政府信息公开申请７件，上年结转０件。"] {
            assert_eq!(with(wrong), ["D1 1 total"], "{wrong}");
        }
        String::new()
    });
}

#[test]
fn the_body_is_known_from_the_page_or_said_by_hand() {
    same_on_each_engine(|office| {
        filled(office);
        for year in [2024, 2025] {
            office.run(&format!("stats year {year} -o {year}.csv")).ends(0);
        }
        // A request carried over that the year before did not hand on.
        let broken = office.read("2025.csv");
        let line = broken.lines().find(|line| line.starts_with("三,2,") && line.contains(",natural_person,")).unwrap().to_owned();
        let (head, _) = line.rsplit_once(',').unwrap();
        office.write("2025.csv", broken.replace(&line, &format!("{head},9")));
        let unnamed = office.run("stats check 2024.csv 2025.csv --lang en");
        let named = office.run("stats check 2024.csv 2025.csv --organ 天津市水务局 -f csv --fields rule").stdout;
        assert!(named.lines().any(|rule| rule == "C1"), "{named}");
        assert!(unnamed.stderr.contains("--organ") || unnamed.stdout.contains("C1"), "{unnamed:?}");
        // A year between two that nobody handed in is shown.
        office.run("stats year 2022 -o 2022.csv").ends(0);
        let view = office.run("stats check 2022.csv 2024.csv --organ 天津市水务局 --overview -f csv").stdout;
        assert!(view.contains(",2023,false,"), "{view}");
        named + &view
    });
}

#[test]
fn the_workbook_has_the_official_layout_cell_for_cell() {
    same_on_each_engine(|office| {
        filled(office);
        office.run("stats year 2024 -o r.xlsx").ends(0);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("r.xlsx")).unwrap();
        let merged = {
            use calamine::Reader;
            let names = book.sheet_names();
            assert_eq!(names.len(), 3);
            let table = book.worksheet_range(&names[1]).unwrap();
            assert_eq!(table.get_size(), (29, 10), "a heading and 28×10");
            assert_eq!(table.get_value((4, 3)).map(ToString::to_string).as_deref(), Some("3"), "一、 natural persons");
            assert_eq!(table.get_value((27, 1)).map(ToString::to_string).as_deref(), Some("（七）总计"));
            assert_eq!(book.worksheet_range(&names[0]).unwrap().get_size(), (15, 4));
            assert_eq!(book.worksheet_range(&names[2]).unwrap().get_size(), (5, 15));
            book.merge_cells_by_sheet_name(&names[1]).unwrap()
        };
        let spans: Vec<_> = merged.iter().map(|span| (span.start, span.end)).collect();
        for wanted in [((1, 0), (3, 2)), ((1, 3), (1, 9)), ((6, 0), (27, 0)), ((8, 1), (15, 1)), ((6, 1), (6, 2))] {
            assert!(spans.contains(&wanted), "{wanted:?}: {spans:?}");
        }
        // The document is a sound package.
        office.run("stats year 2024 -o r.docx").ends(0);
        let mut zip = zip::ZipArchive::new(std::fs::File::open(office.path("r.docx")).unwrap()).unwrap();
        let mut xml = String::new();
        zip.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
        assert!(xml.contains("五、存在的主要问题及改进情况") && xml.matches("<w:tbl>").count() == 3);
        String::new()
    });
}

#[test]
fn shorter_forms_add_up_to_the_year_and_units_are_ranked() {
    same_on_each_engine(|office| {
        office.run("demo load").ends(0);
        let figure = |line: &str, column: usize| {
            let csv = office.run(&format!("{line} -f csv")).ends(0).stdout;
            let total = csv.lines().find(|row| row.starts_with("*,合计,1,")).unwrap().to_owned();
            total.split(',').nth(column).unwrap().parse::<i64>().unwrap()
        };
        let months: i64 = (7..=9).map(|month| figure(&format!("stats month 2026-0{month}"), 4)).sum();
        assert_eq!(figure("stats quarter 2026-Q3", 4), months);
        assert_eq!(figure("stats halfyear 2026-H1", 4) + figure("stats halfyear 2026-H2", 4), figure("stats halfyear 2026-H2", 5));
        for line in ["stats month 2026-Q3", "stats quarter 2026-10", "stats halfyear 2026", "stats month 2026-+1"] {
            assert_eq!(office.run(line).code, 2, "{line}");
        }
        let rank = office.run("stats rank 2026 -f csv").ends(0).stdout;
        assert_eq!(rank.lines().nth(1).and_then(|line| line.split(',').next()), Some("1"));
        for ending in ["xlsx", "docx", "html"] {
            office.run(&format!("stats month 2026-09 -o m.{ending}")).ends(0);
        }
        let page = office.read("m.html");
        assert_eq!(page.matches("<svg").count(), 2);
        assert!(!page.contains("<script") && !page.contains("http"), "the page needs nothing from outside");
        rank
    });
}
