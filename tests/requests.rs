//! Requests for disclosure (依申请公开): both regimes, every way a request can go, fees, and who applied kept private.

use serde_json::Value;

use crate::support::{Office, same_on_each_engine};

/// Registers a request and returns its number.
#[track_caller]
fn add(office: &Office, day: &str, more: &str) -> String {
    let line = format!("request add --unit 00 --applicant 张某某 --kind natural_person --subject 水质监测 -f json {more}");
    office.run_on(day, &line).ends(0).json()["data"][0]["no"].as_str().unwrap().to_owned()
}

#[track_caller]
fn done(office: &Office, day: &str, line: &str) {
    office.run_on(day, line).ends(0);
}

#[track_caller]
fn field(office: &Office, day: &str, no: &str, name: &str) -> Value {
    let shown = office.run_on(day, &format!("request show {no} -f json")).ends(0).json();
    let row = shown["data"].as_array().unwrap().iter().find(|row| row["field"] == name).cloned();
    row.unwrap_or_else(|| panic!("{name}: {shown}"))["value"].clone()
}

#[test]
fn both_regimes_count_by_the_day_of_receipt() {
    same_on_each_engine(|office| {
        // D10 and D11: the switch of 2019-05-14/15.
        let old = add(office, "2019-05-14", "--channel in_person");
        let new = add(office, "2019-05-15", "--channel in_person");
        assert_eq!(field(office, "2019-05-15", &old, "working_days"), 15);
        assert_eq!(field(office, "2019-05-15", &new, "working_days"), 20);
        // D01: ends the day before 清明.
        let handed = add(office, "2024-03-06", "--channel in_person");
        assert_eq!(field(office, "2024-03-06", &handed, "due_on"), "2024-04-03");
        // D04: confirmed on a holiday.
        let online = add(office, "2024-10-01", "--channel online");
        assert_eq!(field(office, "2024-10-01", &online, "due_on"), Value::Null);
        done(office, "2024-10-03", &format!("request confirm {online}"));
        assert_eq!(field(office, "2024-10-03", &online, "received_on"), "2024-10-03");
        assert_eq!(field(office, "2024-10-03", &online, "due_on"), "2024-11-01");
        // D30: into a year without a notice.
        let late = add(office, "2026-12-20", "--channel in_person");
        assert_eq!(field(office, "2026-12-20", &late, "provisional"), true);
        office.run_on("2024-10-03", &format!("request show {online} -f csv")).stdout
    });
}

#[test]
fn a_supplement_begins_the_period_anew_and_its_absence_ends_the_request() {
    same_on_each_engine(|office| {
        let no = add(office, "2024-03-06", "--channel in_person");
        done(office, "2024-03-08", &format!("request supplement {no} --ask 时段 --until 2024-03-29"));
        assert_eq!(office.run_on("2024-03-11", &format!("request answer {no} --row 3.1")).code, 5, "the clock stands");
        done(office, "2024-03-28", &format!("request supplement {no} --came"));
        assert_eq!(field(office, "2024-03-28", &no, "day0"), "2024-03-28");
        let again = office.run_on("2024-03-29", &format!("request supplement {no} --ask 地点 --until 2024-04-15"));
        assert_eq!(again.code, 5, "asked once only");
        let silent = add(office, "2024-03-06", "--channel in_person");
        let late = office.run_on("2024-03-19", &format!("request supplement {silent} --ask 时段 --until 2024-03-29")).ends(0);
        assert!(late.stderr.contains("2024-03-15"), "told late: {}", late.stderr);
        assert_eq!(office.run_on("2024-03-29", &format!("request supplement {silent} --expired")).code, 5, "not yet");
        done(office, "2024-04-01", &format!("request supplement {silent} --expired"));
        assert_eq!(field(office, "2024-04-01", &silent, "outcome_row"), "3.6.1");
        again.stderr
    });
}

#[test]
fn consultations_do_not_count_and_are_not_counted_twice() {
    same_on_each_engine(|office| {
        let no = add(office, "2024-05-27", "--channel in_person");
        let plain = field(office, "2024-05-27", &no, "due_on");
        assert_eq!(plain, "2024-06-25");
        done(office, "2024-06-03", &format!("request consult {no} --with third --party 乙公司"));
        done(office, "2024-06-05", &format!("request consult {no} --with organ --party 丙局"));
        done(office, "2024-06-14", &format!("request consult {no} --with organ --replied consents"));
        assert_eq!(field(office, "2024-06-14", &no, "status"), "consulting");
        done(office, "2024-06-17", &format!("request consult {no} --with third --replied objects"));
        // 4 to 17 June without the 10th (端午): nine working days.
        assert_eq!(field(office, "2024-06-17", &no, "due_on"), "2024-07-08");
        assert_eq!(office.run_on("2024-06-18", &format!("request consult {no} --with third --expired")).code, 5);
        done(office, "2024-07-05", &format!("request extend {no} --approver 王主任 --because 复杂"));
        assert_eq!(field(office, "2024-07-05", &no, "due_on"), "2024-08-05");
        assert_eq!(office.run_on("2024-07-08", &format!("request extend {no} --approver 王 --because 又")).code, 5, "once only");
        let shown = office.run_on("2024-07-05", &format!("request show {no} -f csv")).stdout;
        assert!(!shown.contains("乙公司") && !shown.contains("张某某"), "{shown}");
        shown
    });
}

#[test]
fn the_consulted_day_is_a_setting() {
    same_on_each_engine(|office| {
        office.write("swj.toml", "[disclosure]\nconsulted_from = \"received\"\n");
        let no = add(office, "2024-05-27", "--channel in_person");
        assert_eq!(office.run_on("2024-06-03", &format!("request consult {no} --with third --received 2024-06-05")).code, 5, "not yet");
        done(office, "2024-06-03", &format!("request consult {no} --with third"));
        done(office, "2024-06-06", &format!("request consult {no} --with third --delivered 2024-06-05"));
        done(office, "2024-06-14", &format!("request consult {no} --with third --replied consents"));
        assert_eq!(field(office, "2024-06-14", &no, "due_on"), "2024-07-05");
        let other = office.run_on("2024-06-14", &format!("request show {no} --config swj.toml -f csv")).ends(0).stdout;
        assert!(other.contains("due_on,2024-07-03"), "{other}");
        other
    });
}

#[test]
fn fees_stop_the_clock_and_payment_starts_it() {
    same_on_each_engine(|office| {
        let no = add(office, "2024-03-06", "--channel in_person");
        done(office, "2024-03-11", &format!("request fee {no} --pages 30"));
        assert_eq!(field(office, "2024-03-11", &no, "status"), "open", "free of charge: nothing to wait for");
        done(office, "2024-03-11", &format!("request fee {no} --pages 72"));
        assert_eq!(office.run_on("2024-05-11", &format!("request fee {no} --expired")).code, 5, "nobody knows when it was received");
        done(office, "2024-03-12", &format!("request fee {no} --received 2024-03-12"));
        assert_eq!(field(office, "2024-03-11", &no, "fee_yuan"), 420);
        assert_eq!(field(office, "2024-03-11", &no, "waiting_until"), "2024-04-10");
        assert_eq!(office.run_on("2024-03-13", &format!("request fee {no} --items 12")).code, 5, "never both schemes");
        done(office, "2024-03-20", &format!("request fee {no} --paid"));
        assert_eq!(field(office, "2024-03-20", &no, "day0"), "2024-03-20");
        done(office, "2024-03-21", &format!("request answer {no} --row 3.1 --pages 72"));
        // By items of the same applicant in the same month.
        let first = add(office, "2024-05-06", "--channel in_person");
        done(office, "2024-05-07", &format!("request fee {first} --items 12"));
        assert_eq!(field(office, "2024-05-07", &first, "fee_yuan"), 200);
        let second = add(office, "2024-05-08", "--channel in_person");
        done(office, "2024-05-09", &format!("request fee {second} --items 3"));
        assert_eq!(field(office, "2024-05-09", &second, "fee_yuan"), 300);
        done(office, "2024-05-10", &format!("request fee {second} --received 2024-05-10"));
        assert_eq!(office.run_on("2024-06-05", &format!("request fee {second} --expired")).code, 5, "not yet");
        done(office, "2024-06-14", &format!("request fee {second} --expired"));
        assert_eq!(field(office, "2024-06-14", &second, "outcome_row"), "3.6.2");
        let slip = office.run("request charge --items 15 --before 8 -f csv").ends(0).stdout;
        assert_eq!(slip, "from,to,count,yuan_each,yuan\n9,10,2,0,0\n11,23,13,100,1300\n");
        slip
    });
}

#[test]
fn withdrawn_answered_late_disputed_and_reopened() {
    same_on_each_engine(|office| {
        let withdrawn = add(office, "2024-03-06", "--channel online");
        done(office, "2024-03-06", &format!("request withdraw {withdrawn}"));
        assert_eq!(field(office, "2024-03-06", &withdrawn, "outcome_row"), "3.6.3");
        let late = add(office, "2024-03-06", "--channel in_person");
        let ran = office.run_on("2024-04-07", &format!("request answer {late} --row 3.3.4 --reply-no 津水公开〔2024〕7号")).ends(0);
        assert!(ran.stderr.contains("2024-04-03"), "{}", ran.stderr);
        assert_eq!(field(office, "2024-04-07", &late, "outcome_article"), "15、32");
        done(office, "2024-05-06", &format!("request dispute {late} --kind review"));
        assert_eq!(office.run_on("2024-07-01", &format!("request dispute {late} --kind suit-direct --result upheld")).code, 5);
        done(office, "2024-07-01", &format!("request dispute {late} --kind review --result corrected"));
        done(office, "2025-01-06", &format!("request reopen {late} --because 复议决定 --until 2025-01-24"));
        assert_eq!(field(office, "2025-01-06", &late, "due_on"), "2025-01-24");
        done(office, "2025-01-20", &format!("request answer {late} --row 3.1"));
        // The first result stays where it was counted.
        assert_eq!(field(office, "2025-01-20", &late, "outcome_row"), "3.3.4");
        assert_eq!(field(office, "2025-01-20", &late, "closed_on"), "2024-04-07");
        office.run_on("2025-01-20", "request list -f csv").ends(0).stdout
    });
}

#[test]
fn what_is_due_comes_first_and_a_new_notice_moves_it() {
    same_on_each_engine(|office| {
        let near = add(office, "2026-10-28", "--channel in_person");
        let far = add(office, "2026-11-20", "--channel in_person");
        let due = office.run("request due -f csv --fields no,due_on,left").ends(0).stdout;
        assert_eq!(due, format!("no,due_on,left\n{near},2026-11-25,2\n"));
        assert_eq!(office.run_on("2026-11-26", "request due --fail-on-overdue").code, 3);
        assert_eq!(office.run_on("2026-11-26", "request list --overdue -f count").stdout.trim(), "1");
        office.write("days.csv", "date,kind,name,notice_no\n2026-11-24,off,停课停工,津政办〔2026〕99号\n");
        let ran = office.run("calendar import days.csv --yes").ends(0);
        assert!(ran.stderr.contains('2'), "{}", ran.stderr);
        assert_eq!(field(office, "2026-11-23", &near, "due_on"), "2026-11-26");
        due + &far
    });
}

#[test]
fn who_applied_is_shown_only_when_asked_for() {
    same_on_each_engine(|office| {
        let no = add(office, "2026-11-20", "--channel in_person --id-no 11010519491231002X --contact 13800000000");
        for line in [format!("request show {no}"), "request list".into(), "request due".into(), "stats month 2026-11".into()] {
            for format in ["table", "json", "csv"] {
                let shown = office.run(&format!("{line} -f {format}")).stdout;
                assert!(
                    !shown.contains("张某某") && !shown.contains("11010519491231002X") && !shown.contains("13800000000"),
                    "{line}: {shown}"
                );
            }
        }
        let shown = office.run(&format!("request show {no} --personal -f csv")).ends(0).stdout;
        assert!(shown.contains("张某某") && shown.contains("110105********002X") && !shown.contains("11010519491231002X"), "{shown}");
        no
    });
}
