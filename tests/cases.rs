//! Cases and their clocks: T24 and T31 to T38 as an operator meets them, numbers, exchange tables, figures.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Office, same_on_each_engine};

/// A catalogue of 2010: 取水许可 with its own clock in the law, two ordinary items, another organ.
const CATALOGUE: &str = "实施编码,事项名称,实施机关,法定办结时限,承诺办结时限\n\
                         A1,取水许可,市水务局,45个工作日,\n\
                         A2,排水许可,市水务局,20个工作日,10个工作日\n\
                         A3,河道采砂许可,市水务局,20个工作日,\n\
                         B1,占用水域审批,滨海水务分局,20个工作日,\n";

fn catalogued(office: &Office) {
    office.write("catalogue.csv", CATALOGUE);
    office.run("license import catalogue.csv --effective 2010-01-01 --yes").ends(0);
}

/// Files a case and returns its number.
#[track_caller]
fn file(office: &Office, day: &str, item: &str, more: &str) -> String {
    let ran = office.run_on(day, &format!("case add {item} --applicant 甲公司 -f json {more}")).ends(0);
    ran.json()["data"][0]["no"].as_str().unwrap().to_owned()
}

#[track_caller]
fn done(office: &Office, day: &str, line: &str) {
    office.run_on(day, line).ends(0);
}

/// A field of `case show` on a day.
#[track_caller]
fn field(office: &Office, day: &str, no: &str, name: &str) -> Value {
    let shown = office.run_on(day, &format!("case show {no} -f json")).ends(0).json();
    let row = shown["data"].as_array().unwrap().iter().find(|row| row["field"] == name).cloned();
    row.unwrap_or_else(|| panic!("{name}: {shown}"))["value"].clone()
}

#[test]
fn t31_the_worked_examples_of_the_law() {
    same_on_each_engine(|office| {
        catalogued(office);
        let plain = file(office, "2010-11-05", "A3", "");
        done(office, "2010-11-05", &format!("case accept {plain}"));
        assert_eq!(field(office, "2010-11-08", &plain, "legal_due_on"), "2010-12-03");
        // The same extended by ten.
        let longer = file(office, "2010-11-05", "A3", "");
        done(office, "2010-11-05", &format!("case accept {longer}"));
        done(office, "2010-12-03", &format!("case extend {longer} --approver 王局长 --because 案情复杂"));
        assert_eq!(field(office, "2010-12-03", &longer, "legal_due_on"), "2010-12-17");
        // The same with an expert review of seven working days.
        let reviewed = file(office, "2010-11-05", "A3", "");
        done(office, "2010-11-05", &format!("case accept {reviewed}"));
        done(office, "2010-11-10", &format!("case pause {reviewed} --kind expert-review --basis 第45条"));
        done(office, "2010-11-19", &format!("case resume {reviewed}"));
        assert_eq!(field(office, "2010-11-22", &reviewed, "legal_due_on"), "2010-12-14");
        // Over the Mid-Autumn and National Day holidays.
        let autumn = file(office, "2010-09-20", "A3", "");
        done(office, "2010-09-20", &format!("case accept {autumn}"));
        assert_eq!(field(office, "2010-09-20", &autumn, "legal_due_on"), "2010-10-25");
        // 取水许可: 45 working days over the New Year.
        let water = file(office, "2010-11-05", "A1", "");
        done(office, "2010-11-05", &format!("case accept {water}"));
        assert_eq!(field(office, "2010-11-08", &water, "legal_due_on"), "2011-01-10");
        // Renewals: 30 natural days before expiry, 45 for 取水许可.
        for (rule, last) in [("license-renew", "2010-12-01"), ("water-renew", "2010-11-16")] {
            let due = office.run(&format!("calendar due --from 2010-12-31 --rule {rule} -f json")).ends(0).json();
            assert_eq!(due["data"][0]["due_on"], last, "{rule}");
        }
        office.run_on("2010-11-22", &format!("case show {reviewed} -f csv")).ends(0).stdout
    });
}

#[test]
fn t33_a_case_accepted_on_a_make_up_saturday_counts_from_the_next_working_day() {
    same_on_each_engine(|office| {
        catalogued(office);
        // 2010-09-25 was a working Saturday and 09-26 a working Sunday.
        let no = file(office, "2010-09-25", "A2", "");
        done(office, "2010-09-25", &format!("case accept {no}"));
        // 26, 27, 28, 29, 30 September, 8, 9 (a working Saturday), 11, 12, 13 October.
        assert_eq!(field(office, "2010-09-25", &no, "promise_due_on"), "2010-10-13");
        office.run_on("2010-09-25", &format!("case show {no} -f json")).stdout
    });
}

#[test]
fn t34_special_procedures_that_overlap_are_counted_once() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2010-11-05", "A3", "");
        done(office, "2010-11-05", &format!("case accept {no}"));
        done(office, "2010-11-10", &format!("case pause {no} --kind expert-review --basis 第45条"));
        done(office, "2010-11-12", &format!("case pause {no} --kind hearing --basis 第45条"));
        assert_eq!(office.run_on("2010-11-16", &format!("case resume {no}")).code, 5, "two are open: which?");
        done(office, "2010-11-16", &format!("case resume {no} --procedure 听证"));
        assert_eq!(field(office, "2010-11-17", &no, "paused"), true, "the review still runs");
        done(office, "2010-11-19", &format!("case resume {no}"));
        assert_eq!(field(office, "2010-11-22", &no, "legal_due_on"), "2010-12-14");
        office.run_on("2010-11-22", &format!("case show {no} -f csv")).ends(0).stdout
    });
}

#[test]
fn a_pause_is_open_too_long_only_past_the_day_it_was_told_to_end() {
    same_on_each_engine(|office| {
        catalogued(office);
        let [told, silent, late] = ["2026-09-01"; 3].map(|day| file(office, day, "A3", ""));
        for no in [&told, &silent, &late] {
            done(office, "2026-09-01", &format!("case accept {no}"));
        }
        let pause = "--kind hearing --basis 第45条";
        let early = office.run_on("2026-09-07", &format!("case pause {told} {pause} --until 2026-09-06")).ends(5);
        assert!(early.stderr.contains("will end is not before"), "{early:?}");
        done(office, "2026-09-07", &format!("case pause {told} {pause} --until 2026-09-20"));
        done(office, "2026-09-07", &format!("case pause {silent} {pause}"));
        // The third was past its limit when its clock was stopped: stopping it hides nothing.
        done(office, "2026-11-20", &format!("case pause {late} {pause}"));
        let rules = |day: &str| {
            office.run_on(day, "audit run --rule LIC-001,LIC-007 -f csv --fields rule,key --sort rule,key --fail-on low").stdout
        };
        assert!(!rules("2026-09-20").contains("LIC-007"));
        assert_eq!(rules("2026-11-23"), format!("rule,key\nLIC-001,{late}\nLIC-007,{told}\n"));
        let shown = office.run_on("2026-09-08", &format!("case show {told} -f csv")).ends(0).stdout;
        assert!(shown.contains("2026-09-07..…2026-09-20"), "{shown}");
        shown
    });
}

#[test]
fn t35_a_case_is_extended_once_and_not_after_its_due_day() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2010-11-05", "A3", "");
        assert_eq!(office.run_on("2010-11-05", &format!("case extend {no} --approver 王 --because 繁")).code, 5, "not yet accepted");
        done(office, "2010-11-05", &format!("case accept {no}"));
        done(office, "2010-12-03", &format!("case extend {no} --approver 王局长 --because 案情复杂"));
        let second = office.run_on("2010-12-06", &format!("case extend {no} --approver 王局长 --because 仍复杂")).ends(5);
        let late = file(office, "2010-11-05", "A3", "");
        done(office, "2010-11-05", &format!("case accept {late}"));
        let after = office.run_on("2010-12-06", &format!("case extend {late} --approver 王局长 --because 复杂")).ends(5);
        assert_eq!(field(office, "2010-12-06", &late, "legal_due_on"), "2010-12-03");
        second.stderr + &after.stderr
    });
}

#[test]
fn t36_a_renewal_undecided_at_expiry_is_granted_by_law_if_it_came_in_time() {
    same_on_each_engine(|office| {
        catalogued(office);
        // 取水许可 asks for 45 days: the 16th of November is the last, the 17th too late.
        let timely = file(office, "2010-11-16", "A1", "--renews-until 2010-12-31");
        let tardy = file(office, "2010-11-17", "A1", "--renews-until 2010-12-31");
        for no in [&timely, &tardy] {
            done(office, "2010-11-17", &format!("case accept {no}"));
        }
        assert_eq!(field(office, "2010-12-31", &timely, "deemed_renewed"), false);
        assert_eq!(field(office, "2011-01-01", &timely, "deemed_renewed"), true);
        assert_eq!(field(office, "2011-01-01", &timely, "light"), "double-red");
        assert_eq!(field(office, "2011-01-01", &tardy, "deemed_renewed"), false);
        timely + &tardy
    });
}

#[test]
fn t37_silence_at_intake_accepts_from_the_day_of_receipt() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2010-11-04", "A3", "");
        assert_eq!(field(office, "2010-11-11", &no, "deemed_accepted"), false);
        assert_eq!(field(office, "2010-11-11", &no, "due_on"), "2010-11-11");
        assert_eq!(field(office, "2010-11-12", &no, "deemed_accepted"), true);
        assert_eq!(field(office, "2010-11-12", &no, "accepted_on"), "2010-11-04");
        assert_eq!(field(office, "2010-11-12", &no, "legal_due_on"), "2010-12-02");
        assert_eq!(office.run_on("2010-11-12", &format!("case correct {no} --missing 图纸")).code, 5, "too late to ask for more");
        done(office, "2010-11-12", &format!("case accept {no}"));
        assert_eq!(field(office, "2010-11-15", &no, "accepted_on"), "2010-11-04", "acceptance late does not move the day");
        let stats = office.run_on("2010-11-30", "case stats 2010-11 -f json").ends(0).json();
        assert_eq!((&stats["summary"]["accepted"], &stats["summary"]["deemed"]), (&1.into(), &1.into()));
        office.run_on("2010-11-15", &format!("case show {no} -f csv")).stdout
    });
}

#[test]
fn t37_after_a_notice_of_what_is_missing_the_days_begin_anew_with_the_submission() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2010-11-04", "A3", "");
        done(office, "2010-11-08", &format!("case correct {no} --missing 图纸"));
        assert_eq!(field(office, "2010-12-30", &no, "deemed_accepted"), false, "the applicant's time is not the organ's");
        done(office, "2010-12-30", &format!("case correct {no} --submitted"));
        done(office, "2010-12-31", &format!("case accept {no}"));
        assert_eq!(field(office, "2010-12-31", &no, "accepted_on"), "2010-12-31");
        office.run_on("2010-12-31", &format!("case show {no} -f csv")).stdout
    });
}

#[test]
fn t38_the_rule_in_force_on_the_day_applies() {
    same_on_each_engine(|office| {
        let due = |day: &str| {
            let found = office.run(&format!("calendar due --from {day} --rule tianjin-water-renew -f json")).ends(0).json();
            found["data"][0]["due_on"].as_str().unwrap().to_owned()
        };
        // 天津市取水许可管理规定 of 1998: ninety days before expiry; since 2019 the nation's forty-five.
        assert_eq!(due("2010-12-31"), "2010-10-02");
        assert_eq!(due("2020-12-31"), "2020-11-16");
        assert_eq!(office.run("calendar due --from 1997-05-01 --rule tianjin-water-renew").code, 5, "no rule on that day");
        due("2010-12-31")
    });
}

#[test]
fn t24_a_case_keeps_the_version_it_was_filed_under() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-11-20", "A3", "--received 2026-11-02");
        done(office, "2026-11-20", &format!("case accept {no} --on 2026-11-02"));
        let before = field(office, "2026-11-23", &no, "legal_due_on");
        office.write("catalogue.csv", CATALOGUE.replace("A3,河道采砂许可,市水务局,20个工作日", "A3,采砂许可证核发,市水务局,7个工作日"));
        office.run("license import catalogue.csv --yes").ends(0);
        assert_eq!(field(office, "2026-11-23", &no, "legal_due_on"), before);
        assert_eq!(field(office, "2026-11-23", &no, "item_version"), 1);
        assert_eq!(field(office, "2026-11-23", &no, "item"), "河道采砂许可");
        let next = file(office, "2026-11-24", "A3", "");
        assert_eq!(field(office, "2026-11-24", &next, "item_version"), 2);
        // An import a case hangs on is not undone under it.
        let batch = office.run("license history A3 -f csv").ends(0).stdout;
        assert!(batch.contains("采砂许可证核发"), "{batch}");
        let last = office.run_on("2026-11-24", "license undo 2 --yes");
        assert_eq!(last.code, 5, "{last:?}");
        next
    });
}

#[test]
fn numbers_have_no_gap_whoever_files_at_once() {
    same_on_each_engine(|office| {
        catalogued(office);
        assert_eq!(file(office, "2025-12-31", "A1", "--received 2025-12-31").split_once("-2025-").unwrap().1, "000001");
        // A rehearsal and a refused case use up nothing.
        done(office, "2026-11-23", "case add A1 --applicant 乙公司 -n");
        assert_eq!(office.run("case add A1 --applicant 乙公司 --received 2027-01-01").code, 5);
        let clerks: Vec<_> = (0..8)
            .map(|n| {
                let mut clerk = office.command();
                clerk.args(["case", "add", "A2", "--applicant", &format!("公司{n}"), "--received", "2026-11-20"]);
                clerk.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for clerk in clerks {
            let ended = clerk.wait_with_output().unwrap();
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        }
        let other = file(office, "2026-11-23", "B1", "");
        let list = office.run("case list -f csv --fields no").ends(0).stdout;
        let mut numbers: Vec<&str> = list.lines().skip(1).filter(|no| no.contains("-2026-")).collect();
        numbers.sort_unstable();
        let ours: Vec<&str> = numbers.iter().copied().filter(|no| **no != other).collect();
        let wanted: Vec<String> = (1..=8).map(|n| format!("{}-2026-{n:06}", ours[0].split('-').next().unwrap())).collect();
        assert_eq!(ours, wanted);
        assert!(other.ends_with("-2026-000001"), "each organ counts for itself: {other}");
        numbers.join(" ")
    });
}

/// Cases that met everything: in time, early, late, late by law, refused, withdrawn, open.
fn a_month_of_cases(office: &Office) -> Vec<String> {
    catalogued(office);
    let accepted = |item: &str, more: &str| {
        let no = file(office, "2026-09-01", item, more);
        done(office, "2026-09-01", &format!("case accept {no} --doc-no 津水受〔2026〕1号"));
        no
    };
    // A2 accepted on Tuesday 1 September is promised for the 15th.
    let legal = field(office, "2026-09-01", &accepted("A2", ""), "legal_due_on").as_str().unwrap().to_owned();
    let (early, on_time, late, unlawful, refused, withdrawn) =
        (accepted("A2", ""), accepted("A2", ""), accepted("A2", ""), accepted("A2", ""), accepted("A3", ""), accepted("A3", ""));
    let not_ours = file(office, "2026-09-01", "B1", "--id-no 11010519491231002X");
    done(office, "2026-09-02", &format!("case accept {not_ours} --refuse not-ours"));
    let end =
        |day: &str, no: &str, outcome: &str| done(office, day, &format!("case decide {no} --outcome {outcome} --doc-no 津水许〔2026〕9号"));
    end("2026-09-14", &early, "granted");
    done(office, "2026-09-16", &format!("case deliver {early} --by-post"));
    end("2026-09-15", &on_time, "granted");
    end("2026-09-16", &late, "granted");
    let mut after: jiff::civil::Date = legal.parse().unwrap();
    after = after.tomorrow().unwrap();
    end(&after.to_string(), &unlawful, "granted");
    end("2026-09-10", &refused, "refused");
    end("2026-09-11", &withdrawn, "withdrawn");
    vec![early, on_time, late, unlawful, refused, withdrawn, not_ours]
}

#[test]
fn the_figures_of_a_month_add_up() {
    same_on_each_engine(|office| {
        a_month_of_cases(office);
        let quarter = office.run("case stats 2026-Q3 -f json").ends(0).json();
        let sum = |key: &str| quarter["summary"][key].as_i64().unwrap();
        assert_eq!((sum("received"), sum("accepted"), sum("deemed"), sum("not_accepted")), (8, 7, 0, 1));
        let unlawful_in_quarter = sum("late_by_law");
        assert_eq!((sum("granted"), sum("refused")), (3 + unlawful_in_quarter, 1));
        assert_eq!((sum("early"), sum("on_time"), sum("late")), (2, 1, 1));
        let year = office.run("case stats 2026 -f json").ends(0).json();
        assert_eq!(year["summary"]["late_by_law"], 1);
        assert_eq!(year["summary"]["open"], 1, "the first was never decided");
        let rows = year["data"].as_array().unwrap();
        let (total, lines) = rows.split_last().unwrap();
        for key in ["received", "accepted", "granted", "refused", "early", "on_time", "late", "late_by_law", "open"] {
            assert_eq!(lines.iter().map(|line| line[key].as_i64().unwrap()).sum::<i64>(), total[key].as_i64().unwrap(), "{key}");
        }
        assert_eq!(total["granted"].as_i64().unwrap() + total["refused"].as_i64().unwrap(), 5);
        office.run("case stats 2026-09 -f csv").ends(0).stdout
    });
}

#[test]
fn the_exchange_tables_come_back_to_no_change_and_build_the_same_cases() {
    same_on_each_engine(|office| {
        let numbers = a_month_of_cases(office);
        let (hidden, plain) = ("110105********002X", "11010519491231002X");
        let open = numbers[0].replace("000002", "000001");
        done(office, "2026-09-07", &format!("case pause {open} --kind hearing --basis 第45条"));
        done(office, "2026-09-09", &format!("case resume {open} --result 无异议"));
        let tables = ["accept", "process", "result", "special"];
        let mut first = Vec::new();
        for table in tables {
            let text = office.run(&format!("case export --table {table} -f csv")).ends(0).stdout;
            assert!(!text.contains(plain), "{text}");
            office.write(&format!("{table}.csv"), &text);
            let again = office.run(&format!("case import {table}.csv --table {table} --yes -f json")).ends(0).json();
            let summary = &again["summary"];
            assert_eq!(
                (&summary["added"], &summary["changed"], &summary["rejected"]),
                (&0.into(), &0.into(), &0.into()),
                "{table}: {again}"
            );
            first.push(text);
        }
        assert!(first[0].contains(hidden), "{}", first[0]);
        // Into a bureau that has the catalogue but no case: everything arrives, and a second time nothing.
        let elsewhere = Office::ready(office.engine);
        catalogued(&elsewhere);
        for (table, text) in tables.iter().zip(&first) {
            elsewhere.write(&format!("{table}.csv"), text);
            elsewhere.run(&format!("case import {table}.csv --table {table} --yes")).ends(0);
            let again = elsewhere.run(&format!("case import {table}.csv --table {table} --yes -f json")).ends(0).json();
            assert_eq!((&again["summary"]["added"], &again["summary"]["changed"]), (&0.into(), &0.into()), "{table}: {again}");
        }
        let stats = |office: &Office| office.run("case stats 2026 -f csv").ends(0).stdout;
        assert_eq!(stats(office), stats(&elsewhere));
        for (n, table) in tables.iter().enumerate().filter(|(_, table)| **table != "process") {
            let back = elsewhere.run(&format!("case export --table {table} -f csv")).ends(0).stdout;
            assert_eq!(back, first[n], "{table}");
        }
        first.concat()
    });
}

#[test]
fn lights_turn_and_the_urgent_come_first() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-11-02", "A2", "");
        done(office, "2026-11-02", &format!("case accept {no}"));
        // Promised 16 November, by law 30 November.
        assert_eq!(field(office, "2026-11-12", &no, "light"), "green");
        assert_eq!(field(office, "2026-11-13", &no, "light"), "yellow");
        assert_eq!(field(office, "2026-11-16", &no, "light"), "yellow");
        assert_eq!(field(office, "2026-11-17", &no, "light"), "red");
        assert_eq!(field(office, "2026-12-01", &no, "light"), "double-red");
        let calm = file(office, "2026-11-23", "A1", "");
        let due = office.run("case due --within 5wd -f csv --fields no").ends(0).stdout;
        let listed: Vec<&str> = due.lines().skip(1).collect();
        assert_eq!(listed, [no.as_str(), calm.as_str()], "the overdue one first; the other has five days for intake");
        assert_eq!(office.run("case due --within 1wd -f count").stdout.trim(), "1");
        assert_eq!(office.run("case due --fail-on red").code, 3);
        assert_eq!(office.run("case due --fail-on double-red").code, 0);
        office.write("swj.toml", "[case]\nyellow_days = 3\n");
        let shown = office.run_on("2026-11-11", &format!("case show {no} --config swj.toml -f csv")).ends(0).stdout;
        assert!(shown.contains("light,yellow"), "{shown}");
        due
    });
}

#[test]
fn a_calendar_that_changes_moves_the_days_of_open_cases() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-11-02", "A2", "");
        done(office, "2026-11-02", &format!("case accept {no}"));
        office.write("days.csv", "date,kind,name,notice_no\n2026-11-10,off,停课停工,津政办〔2026〕99号\n");
        let rehearsal = office.run("calendar import days.csv --yes -n").ends(0);
        assert!(office.run("case list -f csv").stdout.contains("2026-11-16"), "{rehearsal:?}");
        let ran = office.run("calendar import days.csv --yes").ends(0);
        assert!(ran.stderr.contains('1'), "{}", ran.stderr);
        assert!(office.run("case list -f csv").stdout.contains("2026-11-17"));
        ran.stderr
    });
}

#[test]
fn what_the_law_does_not_allow_is_refused_and_leaves_nothing() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-11-20", "A2", "--id-no 11010519491231002X");
        let before = office.digests(&office.url());
        let mut said = String::new();
        for line in [
            "case decide NO --outcome granted",
            "case deliver NO",
            "case pause NO --kind hearing --basis 第45条",
            "case resume NO",
            "case accept NO --on 2026-11-19",
            "case accept NO --on 2026-11-24",
            "case correct NO --submitted",
        ] {
            let ran = office.run(&line.replace("NO", &no));
            assert_eq!(ran.code, 5, "{line}: {ran:?}");
            said += &ran.stderr;
        }
        assert_eq!(office.run("case accept 没有这个号").code, 4);
        assert_eq!(office.run("case add 没有这项 --applicant 甲").code, 4);
        assert_eq!(office.digests(&office.url()), before);
        for format in ["table", "plain", "json", "jsonl", "csv", "tsv", "markdown"] {
            let shown = office.run(&format!("case show {no} -f {format}")).ends(0).stdout;
            assert!(!shown.contains("11010519491231002X") && shown.contains("110105"), "{shown}");
        }
        assert!(!office.run("log list -f json").stdout.contains("11010519491231002X"));
        said
    });
}

#[test]
fn a_renewal_is_due_before_the_licence_expires() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-06-01", "A1", "--renews-until 2026-07-20");
        done(office, "2026-06-01", &format!("case accept {no}"));
        assert_eq!(field(office, "2026-07-17", &no, "due_on"), "2026-07-20");
        assert_eq!(field(office, "2026-07-17", &no, "light"), "yellow");
        done(office, "2026-07-22", &format!("case decide {no} --outcome granted"));
        assert_eq!(field(office, "2026-07-23", &no, "timing"), "late-by-law");
        assert_eq!(field(office, "2026-07-23", &no, "deemed_renewed"), true);
        // Decided and not delivered is due too.
        assert_eq!(field(office, "2026-07-23", &no, "due_on"), "2026-08-05");
        // A water permit has its forty-five days whoever decides.
        let joint = file(office, "2026-06-10", "A1", "--renews-until 2026-07-20 --procedure joint");
        done(office, "2026-06-10", &format!("case accept {joint}"));
        assert_eq!(field(office, "2026-07-25", &joint, "deemed_renewed"), false);
        office.run_on("2026-07-23", &format!("case show {no} -f csv")).stdout
    });
}

#[test]
fn acts_follow_each_other() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-09-01", "A3", "");
        done(office, "2026-09-03", &format!("case correct {no} --missing 图"));
        assert_eq!(office.run_on("2026-09-04", &format!("case correct {no} --submitted --on 2026-09-02")).code, 5);
        done(office, "2026-09-04", &format!("case correct {no} --submitted"));
        assert_eq!(office.run_on("2026-09-04", &format!("case accept {no} --on 2026-09-01")).code, 5);
        done(office, "2026-09-07", &format!("case accept {no}"));
        done(office, "2026-09-10", &format!("case pause {no} --kind hearing --basis 第45条"));
        let twice = office.run_on("2026-09-10", &format!("case pause {no} --kind hearing --basis 第45条")).ends(5);
        let open = office.run_on("2026-09-11", &format!("case decide {no} --outcome granted")).ends(5);
        done(office, "2026-09-14", &format!("case resume {no}"));
        assert_eq!(office.run_on("2026-09-15", &format!("case decide {no} --outcome refused --certificate X")).code, 2);
        done(office, "2026-09-15", &format!("case decide {no} --outcome refused"));
        assert_eq!(office.run("case add A3 --applicant '' ").code, 2);
        assert_eq!(office.run("case add A3 --applicant 甲 --rule water-valid").code, 2);
        // A rule somebody chose goes before the catalogue's limit.
        let chosen = file(office, "2010-11-05", "A3", "--rule license-decide-joint");
        done(office, "2010-11-05", &format!("case accept {chosen}"));
        assert_eq!(field(office, "2010-11-05", &chosen, "legal_due_on"), "2011-01-10");
        twice.stderr + &open.stderr
    });
}

#[test]
fn months_add_up_to_the_year_with_silence_across_their_ends() {
    same_on_each_engine(|office| {
        catalogued(office);
        let no = file(office, "2026-10-29", "A3", "");
        let sum =
            |period: &str, key: &str| office.run(&format!("case stats {period} -f json")).ends(0).json()["summary"][key].as_i64().unwrap();
        assert_eq!(
            (sum("2026-10", "accepted"), sum("2026-10", "deemed"), sum("2026-11", "accepted"), sum("2026", "accepted")),
            (1, 1, 0, 1)
        );
        assert_eq!(office.run(&format!("case decide {no} --outcome withdrawn")).code, 5, "its acceptance goes on record first");
        done(office, "2026-11-23", &format!("case accept {no}"));
        done(office, "2026-11-23", &format!("case decide {no} --outcome withdrawn"));
        assert_eq!((sum("2026-10", "accepted"), sum("2026-11", "withdrawn"), sum("2026", "open")), (1, 1, 0));
        no
    });
}

#[test]
fn what_comes_from_elsewhere_keeps_the_same_rules() {
    same_on_each_engine(|office| {
        catalogued(office);
        let import = |name: &str, text: &str| {
            office.write("in.csv", text);
            let ran = office.run(&format!("case import in.csv --table {name} --yes --on-error skip -f json"));
            assert!([0, 3].contains(&ran.code), "{ran:?}");
            let summary = ran.json()["summary"].clone();
            (summary["added"].as_i64().unwrap() + summary["changed"].as_i64().unwrap(), summary["rejected"].as_i64().unwrap())
        };
        let accept = "办件编号,实施编码,申请时间,受理时间,申请人名称\n\
                      市水务局-2026-000001,A3,2026-09-01,2026-09-02,甲\nX-4,A3,2026-09-01,,甲\nX-5,A3,2026-09-01,2026-09-03,甲\n\
                      X-6,A3,2030-09-01,2030-09-03,甲\n";
        assert_eq!(import("accept", accept), (3, 1));
        // A number another system gave is passed over.
        let own = file(office, "2026-11-23", "A3", "");
        assert!(own.ends_with("-2026-000002"), "{own}");
        let results =
            "办件编号,办结时间,办结结果\nX-4,2026-11-01,不予受理\nX-5,2026-09-02,准予许可\n市水务局-2026-000001,2030-01-01,准予许可\n";
        assert_eq!(import("result", results), (0, 3));
        let specials = "办件编号,种类,名称,开始时间,结束时间\nX-5,1,延长审批,2026-09-20,2026-09-20\nX-5,3,听证,2026-09-21,2026-09-22\nX-5,2,听证,2026-08-01,2026-09-30\n";
        assert_eq!(import("special", specials), (1, 2));
        // Accepted on the third, twenty and ten working days: over the holidays with the 20th of September and the 10th of October worked.
        assert_eq!(field(office, "2026-11-23", "X-5", "extended_on"), "2026-09-20");
        let due = office.run("calendar due --from 2026-09-03 --days 30 -f json").json()["data"][0]["due_on"].clone();
        assert_eq!(field(office, "2026-11-23", "X-5", "legal_due_on"), due);
        own
    });
}

#[test]
fn two_who_write_at_once_do_not_lose_each_others_act() {
    same_on_each_engine(|office| {
        catalogued(office);
        for round in 0..4 {
            let no = file(office, "2026-11-16", "A3", "");
            done(office, "2026-11-16", &format!("case accept {no}"));
            let lines = [
                format!("case extend {no} --approver 王 --because 繁"),
                format!("case pause {no} --kind hearing --basis 第45条"),
                format!("case extend {no} --approver 李 --because 难"),
            ];
            let running: Vec<_> = lines
                .iter()
                .map(|line| {
                    let mut command = office.command();
                    command.args(line.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                    command.spawn().unwrap()
                })
                .collect();
            let ended: Vec<bool> = running.into_iter().map(|mut child| child.wait().unwrap().success()).collect();
            let shown = office.run(&format!("case show {no} -f csv")).ends(0).stdout;
            assert_eq!(shown.matches("· extended").count(), usize::from(ended[0]) + usize::from(ended[2]), "{round}: {ended:?} {shown}");
            assert!(!(ended[0] && ended[2]), "extended twice: {shown}");
            if ended[0] || ended[2] {
                assert!(shown.contains("extended_on,2026-11-23"), "{shown}");
            }
            assert_eq!(shown.contains("paused,true"), ended[1], "{shown}");
        }
        String::new()
    });
}
