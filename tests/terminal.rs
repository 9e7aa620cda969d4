//! On a terminal: questions are asked, answered, refused and interrupted.

use crate::support::{self, Engine, Office};

/// Types these keys one after the other, as often as the prompt shows.
fn typed(office: &Office, line: &str, prompt: &str, keys: &str) -> (i32, String) {
    let mut keys = keys.split('|').map(str::to_owned);
    support::typed(office, line, prompt, || keys.next())
}

#[test]
fn no_changes_nothing_and_yes_in_either_language_does() {
    let office = Office::ready(Engine::Sqlite);
    office.run("user add lihua --name 李华 --unit 00").ends(0);
    let (code, screen) = typed(&office, "user disable lihua", "[y/N]", "n\n");
    assert_eq!(code, 8, "{screen}");
    assert!(screen.contains("lihua"), "the plan is shown before the question: {screen}");
    assert!(office.run("user show lihua -f csv").stdout.contains("status,active"));
    assert_eq!(typed(&office, "user disable lihua --lang zh", "[y/N]", "是\n").0, 0);
    assert!(office.run("user show lihua -f csv").stdout.contains("status,disabled"));
}

#[test]
fn ctrl_c_at_a_question_changes_nothing_and_shows_the_cursor() {
    let office = Office::ready(Engine::Sqlite);
    office.run("user add lihua --name 李华 --unit 00").ends(0);
    let (code, screen) = typed(&office, "user disable lihua", "[y/N]", "\u{3}");
    assert_eq!(code, 130, "{screen}");
    assert!(screen.rfind("\u{1b}[?25h") >= screen.rfind("\u{1b}[?25l"), "the cursor stays hidden: {screen:?}");
    assert!(office.run("user show lihua -f csv").stdout.contains("status,active"));
}

#[test]
fn init_asks_for_what_is_missing() {
    let office = Office::new(Engine::Sqlite);
    let (code, screen) = typed(&office, "init", ": ", "天津市水务局\n|zhangwei:张伟:1\n|lina:李娜:2\n|wangfang:王芳:3\n");
    assert_eq!(code, 0, "{screen}");
    assert!(office.run("user list -f ids").ends(0).stdout.contains("zhangwei"));
}

#[test]
fn a_wrong_name_refuses_a_restore() {
    let office = Office::ready(Engine::Sqlite);
    office.secret("password", "correct horse");
    office.repository("store", "password");
    office.run("backup run --repository store --password-file password").ends(0);
    let line = "backup restore latest --repository store --password-file password";
    let (code, screen) = typed(&office, line, "go ahead", "wrong\n");
    assert_eq!(code, 8, "{screen}");
    assert_eq!(typed(&office, line, "go ahead", &format!("{}\n", office.name())).0, 0);
}

#[test]
fn a_table_fits_the_terminal_and_keeps_its_columns_in_line() {
    let office = Office::ready(Engine::Sqlite);
    let (code, screen) = typed(&office, "unit list --lang zh --fields code,name,short_name,status", "\u{0}", "");
    assert_eq!(code, 0);
    let lines: Vec<&str> = screen.lines().map(|line| line.trim_end_matches('\r')).collect();
    assert!(lines[0].contains("编码") && lines[2].contains("天津市水务局"), "{screen}");
    for line in &lines {
        let plain: String = line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert!(unicode_width::UnicodeWidthStr::width(plain.as_str()) <= 80, "{line}");
    }
}
