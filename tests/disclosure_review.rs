//! Cases fresh eyes found: limits, fees and figures of requests, items and their registers, sealed editions.

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

/// Registers a request on a day and returns its number.
fn add(office: &Office, day: &str, more: &str) -> String {
    let line = format!("request add --unit 00 --applicant 张某某 --kind natural_person --subject 水质 --channel in_person {more} -f ids");
    office.run_on(day, &line).ends(0).stdout.trim().to_owned()
}

fn done(office: &Office, day: &str, line: &str) {
    office.run_on(day, line).ends(0);
}

fn field(office: &Office, day: &str, no: &str, key: &str) -> String {
    let shown = office.run_on(day, &format!("request show {no} -f csv")).ends(0).stdout;
    shown.lines().find_map(|line| line.strip_prefix(&format!("{key},"))).unwrap_or_default().to_owned()
}

/// 本期实际 of an indicator of the monthly form, for the whole.
fn month(office: &Office, day: &str, period: &str, no: u32) -> String {
    let verb = if period.contains('Q') { "quarter" } else { "month" };
    let csv = office.run_on(day, &format!("stats {verb} {period} -f csv")).ends(0).stdout;
    let row = csv.lines().find(|line| line.starts_with(&format!("*,合计,{no},"))).unwrap().to_owned();
    row.split(',').nth(4).unwrap().to_owned()
}

#[test]
fn items_of_one_applicant_add_up_in_the_month_and_namesakes_stay_apart() {
    same_on_each_engine(|office| {
        let first = add(office, "2024-05-06", "");
        done(office, "2024-05-07", &format!("request fee {first} --items 8"));
        assert_eq!(field(office, "2024-05-07", &first, "status"), "open", "eight are free");
        let second = add(office, "2024-05-08", "");
        let told = office.run_on("2024-05-09", &format!("request fee {second} --items 5 --lang en")).ends(0);
        assert!(told.stderr.contains(&format!("{first} (8)")), "{}", told.stderr);
        assert_eq!(field(office, "2024-05-09", &second, "fee_yuan"), "300", "items 11 to 13");
        // Requests of one item each, without any fee, count too; those that came later do not.
        let many: Vec<String> = (0..12).map(|_| add(office, "2024-06-03", "")).collect();
        done(office, "2024-06-04", &format!("request fee {} --items 1", many[4]));
        assert_eq!(field(office, "2024-06-04", &many[4], "fee_yuan"), "");
        done(office, "2024-06-04", &format!("request fee {} --items 1", many[11]));
        assert_eq!(field(office, "2024-06-04", &many[11], "fee_yuan"), "100");
        let one = add(office, "2024-07-01", "--id-no 11010519491231002X --items 30");
        let other = add(office, "2024-07-02", "--id-no 440524188001010014");
        done(office, "2024-07-03", &format!("request fee {other} --items 5"));
        assert_eq!(field(office, "2024-07-03", &other, "fee_yuan"), "", "another person of that name");
        let _ = one;
        told.stderr.replace(&first, "A").replace(&second, "B")
    });
}

#[test]
fn several_applicants_and_several_results_are_one_request_and_one_row() {
    same_on_each_engine(|office| {
        let line = "request add --unit 00 --applicant 赵某 --applicant 钱某 --kind natural_person --subject 水质、水量、水价 --items 3 --channel in_person -f ids";
        let no = office.run_on("2024-05-06", line).ends(0).stdout.trim().to_owned();
        done(office, "2024-05-20", &format!("request answer {no} --row 3.2 --reply-no Y"));
        assert_eq!(office.run_on("2024-05-21", &format!("request answer {no} --row 3.3.4")).code, 5, "exactly one result");
        let csv = office.run("stats year 2024 -f csv").ends(0).stdout;
        let of = |row: &str| {
            csv.lines()
                .filter(|line| line.starts_with(&format!("三,{row},")) && line.contains(",total,"))
                .map(|line| line.rsplit(',').next().unwrap().to_owned())
                .collect::<String>()
        };
        assert_eq!(["1", "3.1", "3.2", "3.3.4", "3.7"].map(of), ["1", "0", "1", "0", "1"]);
        let personal = office.run(&format!("request show {no} --personal -f csv")).ends(0).stdout;
        assert!(personal.contains("赵某、钱某"), "{personal}");
        csv
    });
}

#[test]
fn what_is_out_or_paid_for_is_not_overdue_and_a_second_answer_takes_nothing_away() {
    same_on_each_engine(|office| {
        let out = add(office, "2024-05-27", "");
        done(office, "2024-06-20", &format!("request consult {out} --with third"));
        assert_eq!(month(office, "2024-06-28", "2024-06", 8), "0", "out for consultation");
        let fee = add(office, "2024-03-06", "");
        done(office, "2024-03-20", &format!("request extend {fee} --approver 王 --because 难"));
        done(office, "2024-03-25", &format!("request fee {fee} --pages 72 --received 2024-03-25"));
        assert_eq!(month(office, "2024-06-10", "2024-04", 8), "0", "the clock stands");
        assert_eq!(office.run_on("2024-06-10", "request list --overdue -f count").ends(0).stdout.trim(), "0");
        assert!(office.run_on("2024-06-10", "request due -f csv").ends(0).stdout.contains(",expired"));
        done(office, "2024-03-27", &format!("request fee {fee} --paid"));
        let again = format!("request extend {fee} --approver 王 --because 又");
        assert_eq!(office.run_on("2024-04-08", &again).code, 5, "once only, a payment between or not");
        let annulled = add(office, "2024-03-06", "");
        done(office, "2024-03-20", &format!("request answer {annulled} --row 3.3.4 --reply-no X"));
        assert_eq!(month(office, "2024-04-01", "2024-03", 7), "1");
        done(office, "2025-01-06", &format!("request reopen {annulled} --because 判 --until 2025-01-24"));
        assert_eq!(office.run_on("2025-01-07", &format!("request reopen {annulled} --because 判 --until 2020-01-24")).code, 5);
        assert_eq!(month(office, "2025-02-03", "2025-01", 8), "1", "the judgment's day has passed");
        done(office, "2025-02-10", &format!("request answer {annulled} --row 3.1"));
        let all =
            [("2024-03", 7), ("2025-02", 7), ("2025-01", 8), ("2024-Q1", 7)].map(|(period, no)| month(office, "2025-03-03", period, no));
        assert_eq!(all, ["1", "1", "1", "1"]);
        let rank = office.run_on("2025-03-03", "stats rank 2024 -f csv").ends(0).stdout;
        assert!(rank.lines().nth(1).unwrap().ends_with("1 / 1 = 100.0 %"), "{rank}");
        assert_eq!(field(office, "2025-03-03", &annulled, "outcome_article"), "15、32", "the article of the result that counts");
        assert_eq!(field(office, "2025-03-03", &annulled, "reply_no"), "X");
        rank
    });
}

#[test]
fn answers_of_several_parties_are_told_apart_and_silence_takes_its_time() {
    same_on_each_engine(|office| {
        let no = add(office, "2024-05-27", "");
        done(office, "2024-05-29", &format!("request consult {no} --with third --party 甲"));
        assert_eq!(office.run_on("2024-05-30", &format!("request consult {no} --with third --expired")).code, 5, "15 working days");
        done(office, "2024-06-17", &format!("request consult {no} --with third --party 乙"));
        assert_eq!(office.run_on("2024-06-18", &format!("request consult {no} --with third --replied consents")).code, 2, "which?");
        done(office, "2024-06-18", &format!("request consult {no} --with third --party 乙 --replied consents"));
        done(office, "2024-07-05", &format!("request consult {no} --with third --party 甲 --replied objects"));
        // 甲's fifteen working days end on 20 June; 乙's time lies within them.
        assert_eq!(field(office, "2024-07-05", &no, "due_on"), "2024-07-16");
        // Withdrawn while out and opened again: the old letter is no longer out.
        let back = add(office, "2024-05-27", "");
        done(office, "2024-05-29", &format!("request consult {back} --with third"));
        done(office, "2024-05-31", &format!("request withdraw {back}"));
        done(office, "2024-07-01", &format!("request reopen {back} --because 判"));
        done(office, "2024-07-03", &format!("request consult {back} --with third"));
        done(office, "2024-07-10", &format!("request consult {back} --with third --replied consents"));
        assert_eq!(field(office, "2024-07-10", &back, "status"), "open");
        String::new()
    });
}

#[test]
fn steps_the_law_does_not_know_are_refused_and_those_it_knows_are_taken() {
    same_on_each_engine(|office| {
        let no = add(office, "2024-03-06", "");
        for row in ["3.6.1", "3.6.2", "3.4.3"] {
            assert_eq!(office.run_on("2024-03-08", &format!("request answer {no} --row {row}")).code, 5, "{row}");
        }
        assert_eq!(office.run_on("2024-05-20", &format!("request supplement {no} --ask 何时 --until 2024-05-30")).code, 5, "over");
        // Silence can be taken to review; a suit of that kind once; after a review only when it has ended.
        done(office, "2024-05-21", &format!("request dispute {no} --kind review"));
        assert_eq!(office.run_on("2024-05-22", &format!("request dispute {no} --kind suit-direct")).code, 5);
        assert_eq!(office.run_on("2024-05-22", &format!("request dispute {no} --kind suit-after-review")).code, 5);
        done(office, "2024-05-23", &format!("request dispute {no} --kind review --result upheld"));
        done(office, "2024-05-24", &format!("request dispute {no} --kind suit-after-review"));
        let reasons = add(office, "2024-03-06", "");
        done(office, "2024-03-08", &format!("request reasons {reasons} --ask 多"));
        done(office, "2024-03-12", &format!("request reasons {reasons} --given 研究 --until 2024-06-28"));
        assert_eq!(field(office, "2024-03-12", &reasons, "due_on"), "2024-06-28");
        assert_eq!(office.run_on("2024-03-13", &format!("request extend {reasons} --approver 王 --because 难")).code, 5);
        // Nothing has happened that is yet to come, whatever day is judged by.
        assert_eq!(office.run(&format!("request answer {reasons} --row 3.1 --as-of 2030-01-04")).code, 5);
        assert_eq!(
            office.run("request add --unit 00 --applicant 张 --kind business --channel in_person --subject x --arrived 2008-04-30").code,
            5
        );
        assert_eq!(office.run("request add --unit 00 --applicant 张 --kind business --channel in_person --subject=").code, 2);
        assert_eq!(office.run("request list --unit nosuch").code, 4);
        let logged = office.run("log list -f csv").ends(0).stdout;
        assert!(!logged.contains("张某某"), "who applied is not in the log");
        String::new()
    });
}

const OUT: &str = r#"
code = "out"
title = "公开渠道统计表"
cycle = "month"
columns = ["label:指标", "code:代码", "period:本月"]
rows = [
  { code = "A", label = "公开", count = "items.published" },
  { code = "B", label = "网站", count = "items.channel.site" },
  { code = "C", label = "微信", count = "items.channel.wechat" },
]
"#;

#[test]
fn an_item_counts_by_what_it_was_at_the_end_of_its_month() {
    same_on_each_engine(|office| {
        office.write("swj.toml", "[disclosure]\norgan_code = \"000125365\"\n");
        office.write("lina.toml", "actor = \"lina\"\npermissions = \"off\"\n[disclosure]\norgan_code = \"000125365\"\n");
        let li = |day: &str, line: &str| office.run_on(day, &format!("{line} --config lina.toml"));
        let new = |attribute: &str| {
            let line = format!("disclosure add 乙 --unit 00 --attribute {attribute} --formed 2026-06-05 -f ids --config swj.toml");
            office.run_on("2026-06-05", &line).ends(0).stdout.trim().to_owned()
        };
        let no = new("on_request");
        assert_eq!(office.run_on("2026-06-08", &format!("disclosure review {no} --result pass --config swj.toml")).code, 5, "one's own");
        li("2026-11-10", &format!("disclosure set {no} --attribute active --because 评估")).ends(0);
        assert_eq!([2, 3].map(|at| month(office, "2026-11-20", "2026-06", at)), ["0", "1"], "June was handed in so");
        let explained = office.run_on("2026-11-20", "stats explain month:2026-06:3/* -f csv").ends(0).stdout;
        assert!(explained.contains(&no) && explained.contains("on_request"), "{explained}");
        let year = office.run_on("2026-11-20", "stats month 2026-11 -f csv").ends(0).stdout;
        assert!(year.contains("*,合计,2,其中：主动公开（件）,0,0\n"), "the year to date is the sum of its months: {year}");
        // What it is already changes nothing.
        let due = |day: &str| office.run_on(day, "disclosure list -f csv --fields index_no,due_on,status").ends(0).stdout;
        let before = due("2026-11-20");
        li("2026-11-20", &format!("disclosure set {no} --attribute active --because 再来")).ends(0);
        assert_eq!(due("2026-11-20"), before);
        assert_eq!(li("2026-11-20", &format!("disclosure set {no} --attribute none --because 误 --on 2020-01-01")).code, 5);
        // Withdrawn: reviewed again before it goes out again; an import brings nothing back.
        li("2026-11-11", &format!("disclosure review {no} --result pass")).ends(0);
        li("2026-11-11", &format!("disclosure publish {no}")).ends(0);
        office.write(
            "out.csv",
            format!("索引号,信息名称,发布机构,生成日期,公开属性,不予公开的理由\n{no},乙,天津市水务局,2026-06-05,不予公开,误\n"),
        );
        let refused = office.run("disclosure import out.csv --yes -f csv").ends(3).stdout;
        assert!(refused.contains("still-published"), "{refused}");
        li("2026-11-13", &format!("disclosure withdraw {no} --because 数字有误")).ends(0);
        assert_eq!(li("2026-11-13", &format!("disclosure publish {no}")).code, 5, "not reviewed since");
        office.write("in.csv", format!("索引号,信息名称,发布机构,生成日期,公开属性\n{no},乙（更名）,天津市水务局,2026-06-05,主动公开\n"));
        office.run("disclosure import in.csv --yes").ends(0);
        let after = due("2026-11-20");
        assert!(after.contains("2026-12-08,withdrawn"), "{after}");
        // What was out at the end of its month stays in that month's figures, through each channel, whatever comes later.
        let out = new("active");
        li("2026-06-08", &format!("disclosure review {out} --result pass")).ends(0);
        for channel in ["site", "wechat"] {
            li("2026-06-09", &format!("disclosure publish {out} --channel {channel}")).ends(0);
        }
        office.write("out.toml", OUT);
        let counted = |period: &str| {
            let csv = office.run_on("2026-11-20", &format!("stats month {period} --form ./out.toml -f csv")).ends(0).stdout;
            ["A", "B", "C"].map(|no| {
                let of = |line: &&str| line.starts_with(&format!("*,合计,{no},"));
                csv.lines().find(of).and_then(|line| line.split(',').nth(4)).unwrap_or_default().to_owned()
            })
        };
        let june = counted("2026-06");
        assert_eq!(june, ["1", "1", "1"]);
        li("2026-08-03", &format!("disclosure withdraw {out} --because 数字有误")).ends(0);
        assert_eq!(counted("2026-06"), june);
        li("2026-09-01", &format!("disclosure review {out} --result pass")).ends(0);
        li("2026-09-02", &format!("disclosure publish {out} --channel site")).ends(0);
        assert_eq!(counted("2026-06"), june);
        assert_eq!(counted("2026-09"), ["1", "1", "0"]);
        // A new day off moves what is still to be published.
        let open = new("active");
        office.run_on("2026-06-08", "calendar show 2026 -f csv").ends(0);
        office.write("off.csv", "day,kind,name,notice_no\n2026-06-10,off,停工,津令1号\n");
        office.run_on("2026-06-08", "calendar import off.csv --yes").ends(0);
        assert!(due("2026-06-08").contains(&format!("{open},2026-07-07,pending")), "{}", due("2026-06-08"));
        before
    });
}

#[test]
fn documents_reach_the_register_with_the_attribute_of_their_draft() {
    same_on_each_engine(|office| {
        office.write("swj.toml", "[disclosure]\norgan_code = \"000125365\"\n");
        let document = |id: i32, status: &str, secrecy: &str, attribute: &str, reason: &str| {
            office.meddle(&format!(
                "INSERT INTO document (id, direction, type_code, title, doc_no_text, unit_id, issued_on, status, secrecy, disclose_attr, disclose_reason, created_at) \
                 SELECT {id}, 'out', 'tongzhi', '公文{id}', '津水〔2026〕{id}号', id, '2026-10-09', '{status}', '{secrecy}', {attribute}, {reason}, '2026-10-09 09:00:00+08:00' FROM unit WHERE code = '00'"
            ));
        };
        document(1, "issued", "none", "'active'", "NULL");
        document(2, "issued", "none", "NULL", "NULL");
        document(3, "issued", "none", "'none'", "'内部事务'");
        document(4, "issued", "secret", "'none'", "'国家秘密'");
        document(5, "void", "none", "'active'", "NULL");
        assert_eq!(month(office, "2026-11-02", "2026-10", 1), "4", "a void document is none");
        let behind = office.run("stats explain month:2026-10:1/* -f csv").ends(0).stdout;
        assert!(behind.contains("津水〔2026〕1号") && behind.contains("***") && !behind.contains("公文4"), "{behind}");
        office.run("disclosure collect --yes -n --config swj.toml").ends(3);
        let made = office.run("disclosure collect --yes -f csv --config swj.toml").ends(3).stdout;
        assert!(made.contains("000125365/2026-00001,公文1,津水〔2026〕1号,00,2026-10-09,active,2026-11-05,"), "{made}");
        assert!(
            made.contains("000125365/2026-00002,公文3,") && made.contains(",公文2,津水〔2026〕2号,00,2026-10-09,,,no-attribute"),
            "{made}"
        );
        assert!(!made.contains("公文4"), "{made}");
        assert_eq!(month(office, "2026-11-02", "2026-10", 1), "4", "each piece once");
        assert_eq!(office.run("disclosure collect --yes -f csv --config swj.toml").ends(3).stdout.lines().count(), 2, "nothing new");
        // A document that no longer holds is no longer in force.
        office.run("disclosure add 办法 --unit 00 --attribute active --normative normative --formed 2025-05-06 --config swj.toml").ends(0);
        let rule = office.run("disclosure list --from 2025-05-06 --to 2025-05-06 -f ids").ends(0).stdout.trim().to_owned();
        office.run(&format!("disclosure abolish {rule} --because 废止决定 --on 2026-03-02")).ends(0);
        let year = office.run("stats year 2026 -f csv").ends(0).stdout;
        assert!(
            year.contains("20.1.2,行政规范性文件,2,本年废止件数,1\n") && year.contains("20.1.2,行政规范性文件,3,现行有效件数,0\n"),
            "{year}"
        );
        made
    });
}

#[test]
fn a_sealed_edition_is_proved_on_reading_and_cannot_be_changed() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        add(&office, "2024-05-06", "");
        office.run("stats freeze 2024 -n").ends(0);
        office.run("stats freeze 2024 --yes").ends(0);
        office.run("stats freeze 2024-05 --yes").ends(0);
        assert_eq!(office.run("stats freeze 2026 --yes").code, 5, "it is not over");
        assert_eq!(
            office.run("stats freeze 2024 --unit 00 --yes -f json").ends(0).json()["summary"]["edition"],
            1,
            "the whole by its name"
        );
        let open = match engine {
            Engine::Sqlite => "DROP TRIGGER disclosure_report_no_update",
            Engine::Postgres => "DROP TRIGGER disclosure_report_append_only ON disclosure_report",
        };
        office.meddle(open);
        let changed = match engine {
            Engine::Sqlite => "UPDATE disclosure_report SET figures = replace(figures, '\"year\":2024', '\"year\":2023')",
            Engine::Postgres => "UPDATE disclosure_report SET figures = jsonb_set(figures, '{year}', '2023')",
        };
        office.meddle(&format!("{changed} WHERE period = '2024'"));
        for line in ["stats year 2024", "stats freeze 2024 --yes"] {
            assert_eq!(office.run(line).code, 9, "{line}");
        }
        office.run("stats year 2024 --live").ends(0);
        office.run("stats month 2024-05").ends(0);
    });
}

#[test]
fn a_figure_is_explained_by_what_it_was_taken_from() {
    same_on_each_engine(|office| {
        let no = add(office, "2020-05-06", "");
        done(office, "2020-05-08", &format!("request withdraw {no}"));
        let rows = |place: &str| office.run(&format!("stats explain {place} -f count")).ends(0).stdout.trim().to_owned();
        assert_eq!(rows("year:2020:3.6/total"), "1");
        office.run("stats figure 2024 20.5.1 9 --source 审批处").ends(0);
        office.run("stats figure 2024 20.5.1:1 8 --source 审批处").ends(0);
        let noted = office.run("stats explain year:2024:20.5.1/1 -f csv").ends(0).stdout;
        assert!(noted.contains("审批处") && noted.trim_end().ends_with(",8"), "{noted}");
        assert!(office.run("stats year 2024 -f csv").ends(0).stdout.contains("20.5.1,行政许可,1,本年处理决定数量,8\n"));
        for place in ["year:2020:3.6.3", "year:2024:3.6", "year:2024:20.6.1/3", "year:2024-03:1", "month:2024:1/00", "year:2024:3.9.9"] {
            assert_eq!(office.run(&format!("stats explain {place}")).code, 2, "{place}");
        }
        assert_eq!(office.run("stats explain year:2024:1/total --unit nosuch").code, 4);
        assert_eq!(office.run("stats figure 2024 20.6.1 -3.5 --source x").code, 2);
        assert_eq!(office.run("stats year 32767").code, 2);
        assert_eq!(office.run("request charge --items 4294967295").code, 2);
        noted
    });
}

#[test]
fn a_year_that_does_not_follow_from_the_one_handed_in_is_told() {
    same_on_each_engine(|office| {
        add(office, "2024-12-20", "");
        office.run_on("2025-01-20", "stats freeze 2024 --yes").ends(0);
        office.run_on("2026-01-20", "stats year 2025 -f csv").ends(0);
        // Entered late: 2024 was handed in with one request left, 2025 now begins with two.
        let late = office
            .run_on(
                "2026-01-20",
                "request add --unit 00 --applicant 某 --kind business --channel in_person --subject 迟录 --arrived 2024-12-23 --lang en",
            )
            .ends(0);
        assert!(late.stderr.contains("2024 is frozen"), "{}", late.stderr);
        let told = office.run_on("2026-01-20", "stats year 2025 -f csv --lang en").ends(3);
        assert!(told.stderr.contains("C1") && told.stderr.contains("business"), "{}", told.stderr);
        office.run_on("2026-01-20", "stats freeze 2024 --yes").ends(0);
        office.run_on("2026-01-20", "stats year 2025 -f csv").ends(0);
        told.stderr
    });
}
