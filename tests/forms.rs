//! Forms of statistics as data: the old ones, a site's own, months that are frozen.

use crate::support::{Office, on_each_engine, same_on_each_engine};

/// Every fact once, so that none is without its table.
const OWN: &str = r#"code = "own"
title = "本局信息公开{cycle}"
cycle = "month"
columns = ["code:代码", "label:指标", "period:本期", "year_to_date:累计", "all_time:历年", "period/office:处室"]
rows = [
  { code = "A1", label = "制发", count = "items.made", parts = ["A2", "A3"] },
  { code = "A2", label = "公开", count = "items.made.active" },
  { code = "A3", label = "其他", count = "items.made.on_request + items.made.none + items.made.unassigned" },
  { code = "A4", label = "公文", count = "documents.issued + items.documents" },
  { code = "A5", label = "发布", count = "items.published + items.normative" },
  { code = "A6", label = "渠道", count = "items.channel.site" },
  { code = "A7", label = "主题", count = "items.theme.供水" },
  { code = "B1", label = "申请", count = "requests.received.online", less = ["B2"] },
  { code = "B2", label = "电子邮件申请" },
  { code = "B3", label = "自然人", count = "requests.applicants.natural_person" },
  { code = "B4", label = "答复", count = "requests.answered.3.1 + requests.closed.3.2 + requests.finished + requests.overdue" },
  { code = "B5", label = "争议", count = "disputes.opened + disputes.decided.review.upheld" },
  { code = "C1", label = "人员", unit = "人", latest = true },
  { code = "C2", label = "访问", unit = "次" },
  { code = "C3", label = "合计", unit = "次", parts = ["C2", "B2"] },
]
"#;

/// The stable word of an error, from a run with `-f json`.
fn code_of(ran: crate::support::Ran) -> String {
    let line = ran.stderr.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{}", ran.stderr));
    serde_json::from_str::<serde_json::Value>(line).unwrap()["error"]["code"].as_str().unwrap().to_owned()
}

/// The cells of a row of a form, by its code, from the third on.
fn row(csv: &str, code: &str) -> Vec<String> {
    let line = csv.lines().find(|line| line.split(',').nth(2) == Some(code)).unwrap_or_else(|| panic!("{code} in {csv}"));
    line.split(',').skip(3).map(str::to_owned).collect()
}

#[test]
fn a_site_fills_its_own_form_from_a_file_or_a_folder() {
    same_on_each_engine(|office| {
        office.run("demo load").ends(0);
        office.write("own.toml", OWN);
        let month = office.run("stats month 2026-09 --form ./own.toml -f csv").ends(0).stdout;
        let made = office.run("stats month 2026-09 -f csv").ends(0).stdout;
        let total = made.lines().find(|line| line.starts_with("*,合计,1,")).unwrap();
        let mut cells = total.split(',').skip(4);
        assert_eq!(row(&month, "A1")[2], cells.next().unwrap(), "{month}");
        assert_eq!(row(&month, "A1")[3], cells.next().unwrap());
        assert_eq!(row(&month, "C1"), ["人员", "人", "", "", "", ""], "what nobody noted is no zero");
        // As many rows behind a figure as the figure says; and kinds of units add up to no more than all.
        for code in ["A1", "A2", "A3", "A4", "A5", "A6", "B3", "B5"] {
            let behind = office.run(&format!("stats explain ./own.toml:2026-09:{code} -f count")).ends(0).stdout;
            assert_eq!(behind.trim(), row(&month, code)[2], "{code}");
            let figure = |at: usize| row(&month, code)[at].parse::<i64>().unwrap();
            assert!(figure(5) <= figure(2) && figure(2) <= figure(3) && figure(3) <= figure(4), "{code}: {month}");
        }
        office.write("swj.toml", format!("[disclosure]\nforms_folder = \"{}\"\n", office.path("forms.d").display()));
        std::fs::create_dir_all(office.path("forms.d")).unwrap();
        std::fs::copy(office.path("own.toml"), office.path("forms.d/own.toml")).unwrap();
        assert!(office.run("stats forms -f csv --config swj.toml").ends(0).stdout.contains("\nown,"));
        assert_eq!(office.run("stats month 2026-09 --form own -f csv --config swj.toml").ends(0).stdout, month);
        for ending in ["xlsx", "docx", "html"] {
            office.run(&format!("stats month 2026-09 --form ./own.toml --by-unit -o own.{ending}")).ends(0);
        }
        assert!(office.read("own.html").contains("本局信息公开月报（2026年9月）"));
        let one = office.run("stats month 2026-09 --form ./own.toml --by-unit --unit 00 -f csv").ends(0).stdout;
        let units = one.lines().filter(|line| line.contains(",A2,") && !line.starts_with('*'));
        let sum: i64 = units.map(|line| line.split(',').nth(5).unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(sum.to_string(), row(&month, "A2")[2], "the units add up to the whole");
        month
    });
}

#[test]
fn what_the_database_does_not_know_is_noted_with_its_source() {
    same_on_each_engine(|office| {
        office.write("own.toml", OWN);
        let note = |period: &str, code: &str, value: &str| {
            office.run(&format!("stats figure {period} {code} {value} --form ./own.toml --source 网站后台"))
        };
        note("2026-08", "C1", "4").ends(0);
        note("2026-09", "C1", "5").ends(0);
        note("2026-08", "C2", "100").ends(0);
        note("2026-09", "C2", "20.5").ends(0);
        note("2026-09", "B2", "3").ends(0);
        let again = note("2026-09", "C2", "30").ends(0).stdout;
        assert!(again.contains("20.5"), "{again}");
        let csv = office.run("stats month 2026-09 --form ./own.toml -f csv").ends(0).stdout;
        assert_eq!(row(&csv, "C1"), ["人员", "人", "5", "5", "5", ""], "a stock is its newest figure");
        assert_eq!(row(&csv, "C2"), ["访问", "次", "30", "130", "130", ""]);
        assert_eq!(row(&csv, "C3")[2], "33");
        assert_eq!(row(&csv, "B1")[2], "-3", "noted beside nothing counted: the figure shows it");
        assert_eq!(code_of(note("2026-09", "A1", "3 -f json").ends(2)), "usage.no-row", "what is counted is not noted");
        assert_eq!(code_of(office.run("stats figure 2026-09 C2 3 --source x -f json").ends(2)), "usage.figure-form");
        // What was noted for the quarter stands for it, whatever its months say.
        office.write("quarterly.toml", OWN.replace("\"own\"", "\"quarterly\"").replace("cycle = \"month\"", "cycle = \"quarter\""));
        for (period, value) in [("2026-07", "5"), ("2026-08", "5"), ("2026-09", "5"), ("2026-Q3", "17")] {
            office.run(&format!("stats figure {period} C2 {value} --form ./quarterly.toml --source 网站后台")).ends(0);
        }
        let quarter = office.run("stats quarter 2026-Q3 --form ./quarterly.toml -f csv").ends(0).stdout;
        assert_eq!(row(&quarter, "C2")[2], "17");
        // It is sealed with the quarter's last month: a later note shows with --live, and for good once frozen again.
        office.run("stats freeze 2026-Q3 --yes").ends(0);
        let late = office.run("stats figure 2026-Q3 C2 18 --form ./quarterly.toml --source 更正 --lang en").ends(0);
        assert!(late.stderr.contains("2026-09 is frozen"), "{}", late.stderr);
        let of = |more: &str| {
            row(&office.run(&format!("stats quarter 2026-Q3 --form ./quarterly.toml -f csv {more}")).ends(0).stdout, "C2")[2].clone()
        };
        assert_eq!([of(""), of("--live")], ["17", "18"]);
        let again = office.run("stats freeze 2026-Q3 --yes -f csv").ends(0).stdout;
        assert!(again.contains("quarterly.C2 2026-07-01..2026-09-30,00,17,18"), "{again}");
        assert_eq!(of(""), "18");
        let behind = office.run("stats explain ./own.toml:2026-09:C3 -f csv").ends(0).stdout;
        assert!(behind.contains("own/C2,00,网站后台") && behind.contains("own/B2"), "{behind}");
        csv
    });
}

#[test]
fn forms_of_their_time_are_filled_and_a_form_that_does_not_suit_is_refused() {
    same_on_each_engine(|office| {
        office.run("demo load").ends(0);
        let old = office.run("stats year 2016 -f csv").ends(0).stdout;
        assert_eq!(old.lines().count(), 66);
        assert!(office.run("stats year 2016 -f table").ends(0).stdout.contains("尚未与原件核对"), "what is from recall says so");
        assert_eq!(code_of(office.run("stats year 2010 -f json").ends(2)), "usage.no-form");
        let quarter = office.run("stats quarter 2026-Q3 --form luan-2019 -f csv").ends(0).stdout;
        assert_eq!(code_of(office.run("stats month 2026-09 --form luan-2019 -f json").ends(2)), "form.cycle");
        assert_eq!(code_of(office.run("stats month 2026-09 --form nothing -f json").ends(2)), "form.unknown");
        office.write("bad.toml", OWN.replace("requests.overdue", "requests.late"));
        let refused = office.run("stats month 2026-09 --form bad.toml --lang en").ends(2);
        assert!(refused.stderr.contains("bad.toml:16") && refused.stderr.contains("requests.late"), "{}", refused.stderr);
        let early = office.run("stats year 2026 --form 2014 --lang en").ends(0);
        assert!(early.stderr.contains("not in force"), "{}", early.stderr);
        old + &quarter
    });
}

#[test]
fn a_frozen_month_is_read_without_its_rows() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load").ends(0);
        let figures = |line: &str| office.run(&format!("{line} -f csv")).ends(0).stdout;
        let before = (figures("stats quarter 2026-Q3"), figures("stats quarter 2026-Q3 --form luan-2019"));
        assert_eq!(code_of(office.run("stats freeze 2026-11 --yes -f json").ends(5)), "stats.not-over");
        assert_eq!(code_of(office.run("stats freeze 2026-09 --unit 00 --yes -f json").ends(2)), "usage.month-unit");
        office.run("stats freeze 2026-Q3 -n").ends(0);
        office.run("stats freeze 2026-Q3 --yes").ends(0);
        let again = office.run("stats freeze 2026-Q3 --yes -f json").ends(0).json();
        assert_eq!(again["summary"]["frozen"], "2026-07/1 2026-08/1 2026-09/1");
        // Late data: one item of September more, and every one of August gone.
        office.meddle("UPDATE disclosure_item SET formed_on = '2026-09-15' WHERE id = (SELECT MIN(id) FROM disclosure_item WHERE formed_on < '2026-06-01')");
        office.meddle("UPDATE disclosure_item SET formed_on = '2020-01-01', published_at = NULL, status = 'pending' WHERE formed_on >= '2026-08-01' AND formed_on <= '2026-08-31'");
        assert_eq!(figures("stats quarter 2026-Q3 --form luan-2019"), before.1);
        let period = |csv: &str| csv.lines().map(|line| line.split(',').take(5).collect::<Vec<_>>().join(",")).collect::<Vec<_>>();
        assert_eq!(period(&figures("stats quarter 2026-Q3")), period(&before.0));
        assert_ne!(figures("stats quarter 2026-Q3 --live"), before.0);
        let second = office.run("stats freeze 2026-Q3 --yes -f json").ends(0).json();
        assert_eq!(second["summary"]["frozen"], "2026-07/1 2026-08/2 2026-09/2");
        let changed = second["data"].as_array().unwrap();
        assert!(changed.iter().any(|row| row["row"].as_str().unwrap().starts_with("2026-09 items.made")), "{changed:?}");
        assert_eq!(figures("stats month 2026-09"), figures("stats month 2026-09 --live"));
        assert!(office.run("stats month 2026-09 -f table").ends(0).stdout.contains("2026-09/2"));
        office.run("log verify").ends(0);
    });
}
