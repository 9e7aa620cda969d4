//! What single rules decide at their edges; that each finds its planted fault is in `audit.rs`.

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

#[test]
fn limits_turn_on_the_day_the_law_names() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load -q").ends(0);
        let found = |rule: &str, day: &str| office.run(&format!("audit run --rule {rule} --fail-on low --as-of {day} -f count")).code;
        // 信息公开条例 Art. 49: the report of 2026 is due by 31 January 2027.
        assert_eq!((found("DIS-007", "2027-01-31"), found("DIS-007", "2027-02-01")), (0, 3));
        // What was finished in 2026 is filed by the end of June 2027.
        assert_eq!((found("ARC-001", "2027-06-30"), found("ARC-001", "2027-07-01")), (0, 3));
        // Virus definitions of 22 November are good for seven days.
        assert_eq!((found("OPS-002", "2026-11-29"), found("OPS-002", "2026-11-30")), (0, 3));
    });
}

#[test]
fn a_year_without_its_notice_skips_rules_on_working_days_and_says_so() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let ran = office.run("audit run --rule DIS-001,DOC-010,SCH-003 --fail-on low --as-of 2028-03-01 -f json").ends(1);
        let json = ran.json();
        assert_eq!((json["summary"]["ran"].as_i64(), json["summary"]["skipped"].as_i64()), (Some(2), Some(1)));
        assert!(ran.stderr.contains("DIS-001") && ran.stderr.contains("2028"), "{}", ran.stderr);
        let years: Vec<_> = json["data"].as_array().unwrap().iter().map(|row| (row["rule"].as_str(), row["key"].as_str())).collect();
        assert_eq!(years, [(Some("SCH-003"), Some("2027")), (Some("SCH-003"), Some("2028"))]);
        // A year that is gone from the middle counts as well: what is open may be dated in it.
        office.meddle("DELETE FROM calendar_day WHERE day BETWEEN '2024-01-01' AND '2024-12-31'");
        let ran = office.run("audit run --rule DIS-001,DOC-015,SCH-003 --fail-on low -f csv --fields rule,key").ends(1);
        assert_eq!(ran.stdout, "rule,key\nSCH-003,2024\n");
        assert!(ran.stderr.contains("DIS-001") && ran.stderr.contains("DOC-015") && ran.stderr.contains("2024"), "{}", ran.stderr);
    });
}

#[test]
fn working_days_are_counted_by_the_notices() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 01 --name 办公室 --parent 00").ends(0);
        // Twenty working days after 30 September 2026, with seven days off and one Saturday worked, end on 3 November.
        office.write("r.csv", "索引号,信息名称,发布机构,生成日期,公开属性\nTJSW-1,供水通知,办公室,2026-09-30,主动公开\n");
        office.run("disclosure import r.csv --yes -q").ends(0);
        let due = office.run("disclosure list -f json").json()["data"][0]["due_on"].as_str().unwrap().to_owned();
        let found = |day: &str| office.run(&format!("audit run --rule DIS-001 --as-of {day} -f count")).code;
        let next: jiff::civil::Date = due.parse().unwrap();
        assert_eq!((found(&due), found(&next.tomorrow().unwrap().to_string())), (0, if workday(next.tomorrow().unwrap()) { 3 } else { 0 }));
        assert_eq!(found("2026-11-20"), 3);
    });
}

fn workday(day: jiff::civil::Date) -> bool {
    !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
}

#[test]
fn a_schema_step_of_another_text_is_found() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        assert_eq!(office.run("audit run --area SCH --fail-on low -f count").ends(0).stdout.trim(), "0");
        office.meddle("UPDATE schema_migration SET checksum = 'x' WHERE version = '00000000000004'");
        office.meddle("DELETE FROM schema_migration WHERE version = '00000000000005'");
        let found = office.run("audit run --area SCH --fail-on low -f csv --fields rule,key --sort rule").ends(3).stdout;
        assert_eq!(found, "rule,key\nSCH-001,00000000000005\nSCH-002,00000000000004\n");
        // No pattern passes for every text.
        for checksum in ["%", "", &"_".repeat(64)] {
            office.meddle(&format!("UPDATE schema_migration SET checksum = '{checksum}' WHERE version = '00000000000004'"));
            assert_eq!(office.run("audit run --rule SCH-002 -f csv --fields key").ends(3).stdout, "key\n00000000000004\n");
        }
    });
}

#[test]
fn papers_without_a_number_and_of_one_title_are_two() {
    same_on_each_engine(|office| {
        for n in 1..=2 {
            office.meddle(&format!(
                "INSERT INTO document (id, direction, type_code, title, urgency, unit_id, status, created_at) \
                 SELECT {n}, 'in', 'tongzhi', '关于防汛工作的通知', 'urgent', MIN(id), 'handling', '2026-11-20 09:00:00+08:00' FROM unit"
            ));
        }
        let found = office.run("audit run --rule DOC-010 -f csv --fields key,fingerprint --fail-on low --sort key").ends(3).stdout;
        let lines: Vec<_> = found.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()).collect();
        assert_eq!((lines[0][0], lines[1][0]), ("关于防汛工作的通知 #1", "关于防汛工作的通知 #2"));
        assert_ne!(lines[0][1], lines[1][1], "a waiver for one does not hide the other");
        found
    });
}

#[test]
fn what_was_done_to_the_log_is_found_without_a_checkpoint() {
    on_each_engine(|engine| {
        let after = |sql: &str| {
            let office = Office::ready(engine);
            for n in 1..=2 {
                office.run(&format!("unit add 9{n} --name 处{n} --parent 00")).ends(0);
            }
            office.meddle(&(crate::log::open_the_log(engine) + sql));
            office.run("unit add 93 --name 处3 --parent 00").ends(0);
            office.run("audit run --rule LOG-001,LOG-002,LOG-003,LOG-005 -f csv --fields rule,key --sort rule,key").stdout
        };
        assert_eq!(after(""), "rule,key\n");
        assert_eq!(after("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2"), "rule,key\nLOG-001,2\n");
        let cut_head = after("DELETE FROM audit_seal WHERE no <= 2; DELETE FROM audit_log WHERE seq <= 2");
        assert_eq!(cut_head, "rule,key\nLOG-002,1\nLOG-005,oldest\n");
        assert_eq!(after("DELETE FROM audit_seal; DELETE FROM audit_log"), "rule,key\nLOG-005,oldest\n", "begun anew");
    });
}

#[test]
fn a_transfer_that_was_called_off_leaves_nothing_to_hand_over() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.meddle(
            "INSERT INTO user_transfer (id, user_id, kind, effective_on, keep_roles) \
             SELECT 900, MIN(id), 'leave', '2026-11-20', FALSE FROM oa_user",
        );
        let found = || office.run("audit run --rule DOC-020 --fail-on low -f count").stdout;
        assert_eq!(found(), "1\n");
        office.meddle("UPDATE user_transfer SET cancelled_at = '2026-11-19 09:00:00+08:00' WHERE id = 900");
        assert_eq!(found(), "0\n");
    });
}

#[test]
fn a_grant_behind_the_programs_back_is_found_and_the_three_of_init_are_not() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("audit run --area LOG --fail-on low").ends(0);
        office.meddle("INSERT INTO role (id, code, name) VALUES (900, 'plain', '经办')");
        office.meddle(
            "INSERT INTO user_role (id, user_id, role_id, granted_by, granted_at) \
             SELECT 900, MIN(id), 900, MIN(id), '2026-11-22 09:00:00+08:00' FROM oa_user",
        );
        let found = office.run("audit run --rule LOG-009 -f csv --fields key").ends(3).stdout;
        assert_eq!(found, "key\nzhangwei/plain\n");
    });
}

#[test]
fn a_guard_of_the_log_that_is_gone_or_changed_is_found() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let found = || office.run("audit run --rule SCH-002 -f csv --fields table,key,detail --sort key").stdout;
        assert_eq!(found(), "table,key,detail\n");
        office.meddle(&crate::log::open_the_log(engine));
        let (gone, meddled, then) = match engine {
            Engine::Sqlite => (
                vec!["audit_log_no_delete", "audit_log_no_update", "audit_seal_no_delete", "audit_seal_no_update"],
                "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log WHEN 0 BEGIN SELECT RAISE(ABORT, 'never'); END; \
                 CREATE TRIGGER helping AFTER INSERT ON audit_log BEGIN UPDATE audit_log SET actor = 'other'; END;",
                "audit_log,audit_log_no_update,guard says something else\naudit_log,helping,guard not shipped\n",
            ),
            Engine::Postgres => (
                vec!["audit_log_append_only", "audit_seal_append_only"],
                "ALTER TABLE audit_log DISABLE TRIGGER audit_log_no_truncate; \
                 CREATE OR REPLACE FUNCTION refuse_unless_purged() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
                 CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_unless_purged();",
                "audit_log,audit_log_append_only,guard says something else\naudit_log,audit_log_no_truncate,guard disabled\n",
            ),
        };
        let table = |guard: &str| if guard.starts_with("audit_log") { "audit_log" } else { "audit_seal" };
        let missing: String = gone.iter().map(|guard| format!("{},{guard},guard missing\n", table(guard))).collect();
        assert_eq!(found(), format!("table,key,detail\n{missing}"));
        office.meddle(meddled);
        let still: String = found().lines().filter(|line| !line.ends_with("missing")).map(|line| format!("{line}\n")).collect();
        assert_eq!(still, format!("table,key,detail\n{then}"));
        office.run("audit run --rule SCH-002").ends(3);
    });
}
