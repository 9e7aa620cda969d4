use crate::support::{Engine, INIT, Office, on_each_engine};

/// An office that `init` made itself, not a copy.
fn initialised(engine: Engine) -> Office {
    let office = Office::new(engine);
    office.run(INIT).ends(0);
    office
}

#[test]
fn a_second_init_finds_nothing_to_do() {
    on_each_engine(|engine| {
        let office = initialised(engine);
        let before = office.digests(&office.url());
        let again = office.run(INIT).ends(0);
        assert!(again.stderr.contains("nothing to do"), "{again:?}");
        assert_eq!(office.digests(&office.url()), before);
    });
}

#[test]
fn a_second_init_with_other_names_says_what_differs() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let before = office.digests(&office.url());
        let other = office.run("init --organisation 天津市水利局 --system zhaoyi:赵一:9001").ends(5);
        assert!(other.stderr.contains("organisation is 天津市水务局, not 天津市水利局"), "{other:?}");
        assert!(other.stderr.contains("system is zhangwei, not zhaoyi") && other.stderr.contains("unit rename"), "{other:?}");
        let name = office.run("init --security lina:李娜娜:1002").ends(5);
        assert!(name.stderr.contains("lina:李娜:1002, not lina:李娜娜:1002"), "{name:?}");
        assert_eq!(office.digests(&office.url()), before);
        office.run("init --organisation 天津市水务局 --audit wangfang:王芳:1003").ends(0);
    });
}

#[test]
fn the_three_administrators_exist_and_are_three_people() {
    on_each_engine(|engine| {
        let office = initialised(engine);
        for (login, role) in [("zhangwei", "system_admin"), ("lina", "security_admin"), ("wangfang", "audit_admin")] {
            let shown = office.run(&format!("user show {login} -f csv")).ends(0);
            assert!(shown.stdout.contains(&format!("roles,{role}")), "{shown:?}");
        }
        let one = Office::new(engine);
        let ran = one.run("init --organisation 局 --system a1:甲:1 --security a1:甲:1 --audit b1:乙:2 --passwords p").ends(2);
        assert!(ran.stderr.contains("three different people"));
    });
}

#[test]
fn the_passwords_are_three_private_and_different_and_never_in_the_log() {
    use std::os::unix::fs::PermissionsExt;
    let office = initialised(Engine::Sqlite);
    let mode = std::fs::metadata(office.path("initial-passwords")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = office.read("initial-passwords");
    let passwords: Vec<_> = text.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(passwords.len(), 3);
    assert!(passwords[0] != passwords[1] && passwords[1] != passwords[2]);
    let log = office.run("log list -f json").stdout;
    assert!(passwords.iter().all(|password| !log.contains(password)));
}

#[test]
fn without_a_terminal_a_missing_answer_is_named_and_nothing_is_made() {
    on_each_engine(|engine| {
        let office = Office::new(engine);
        let ran = office.run("init --organisation 天津市水务局").ends(8);
        assert!(ran.stderr.contains("--system"), "{ran:?}");
        assert_eq!(office.run("status").code, 4);
        assert!(!office.path(&office.url()).exists());
    });
}

#[test]
fn the_calendar_and_the_code_lists_are_loaded() {
    on_each_engine(|engine| {
        let office = initialised(engine);
        let digests = office.digests(&office.url());
        let rows =
            |table: &str| digests.iter().find(|line| line.starts_with(&format!("{table},"))).unwrap().split(',').nth(1).unwrap().to_owned();
        assert_eq!(rows("calendar_day"), "677");
        assert_eq!(rows("code_item"), "87");
    });
}

#[test]
fn a_dry_run_makes_no_database() {
    on_each_engine(|engine| {
        let office = Office::new(engine);
        office.run(&format!("{INIT} -n")).ends(0);
        assert_eq!(office.run("status").code, 4);
        assert!(!office.path("initial-passwords").exists());
    });
}
