//! The morning's look at everything: green when all is well, red by name when something is not.

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

/// The checks that are not well, with their states.
fn red(office: &Office, day: &str, more: &str) -> (i32, String) {
    let ran = office.run_on(day, &format!("doctor {more} -f csv --fields check,state"));
    let lines: Vec<&str> = ran.stdout.lines().skip(1).filter(|line| !line.ends_with(",ok") && !line.ends_with(",skipped")).collect();
    (ran.code, lines.join(" "))
}

const STORE: &str = "--repository store --password-file password";

#[test]
fn a_bureau_that_backs_up_and_rehearses_is_green_and_turns_red_when_it_stops() {
    same_on_each_engine(|office| {
        office.run("demo load").ends(0);
        assert_eq!(red(office, "2026-11-23", ""), (0, String::new()), "the demo bureau is sound");
        let fresh = Office::ready(office.engine);
        let never = red(&fresh, "2026-11-23", "");
        assert_eq!(never, (3, "bak-001,look bak-002,look bak-003,look bak-004,look".to_owned()));
        for name in ["password", "away"] {
            fresh.secret(name, "correct horse");
        }
        fresh.repository("store", "password");
        fresh.repository("off", "away");
        fresh.run(&format!("backup run {STORE}")).ends(0);
        fresh.run(&format!("backup verify {STORE}")).ends(0);
        fresh.run(&format!("backup copy {STORE} --to off --to-password-file away")).ends(0);
        assert_eq!(red(&fresh, "2026-11-23", STORE), (3, "bak-004,look".to_owned()), "nobody rehearsed a restore");
        fresh.run(&format!("backup drill {STORE}")).ends(0);
        assert_eq!(red(&fresh, "2026-11-23", STORE), (0, String::new()));
        // The days go by, and nobody reads every byte: the day after tomorrow, in a week and a day, in seven months.
        assert_eq!(red(&fresh, "2026-11-25", STORE), (3, "bak-002,look".to_owned()));
        assert_eq!(red(&fresh, "2026-12-02", STORE).1, "calendar,look bak-001,look bak-002,look bak-003,look bak-005,look bak-005,look");
        assert!(red(&fresh, "2027-06-24", STORE).1.contains("bak-004,look"));
        // A clock that was set back.
        assert_eq!(red(&fresh, "2026-11-20", STORE).1, "clock,look");
        never.1
    });
}

#[test]
fn damage_is_named_and_ends_with_nine() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("demo load").ends(0);
        let drop = |on: &str| match engine {
            Engine::Sqlite => format!("DROP TRIGGER {on}_no_update"),
            Engine::Postgres => format!("DROP TRIGGER {on}_append_only ON {on}"),
        };
        office.meddle(&drop("audit_log"));
        office.meddle("UPDATE audit_log SET actor = 'somebody' WHERE seq = 1");
        assert_eq!(red(&office, "2026-11-23", ""), (9, "log,broken".to_owned()));
        assert_eq!(red(&office, "2026-11-23", "--quick").0, 0, "the chain was left out");
        office.meddle("DELETE FROM user_role");
        let said = office.run("doctor --quick --lang en");
        assert!(said.stdout.contains("nobody holds: system, security, audit"), "{said:?}");
        // A repository that cannot be opened, and a database that is not there.
        office.secret("password", "correct horse");
        office.repository("store", "password");
        office.secret("wrong", "battery staple");
        assert!(red(&office, "2026-11-23", "--repository store --password-file wrong").1.ends_with("repository,broken"));
        let none = match engine {
            Engine::Sqlite => "no-such.db".to_owned(),
            Engine::Postgres => format!("{}_no", office.url()),
        };
        let ran = office.run(&format!("-d {none} doctor {STORE} -f csv --fields check,state"));
        if engine == Engine::Sqlite {
            assert_eq!(
                (ran.code, ran.stdout.contains("database,broken"), ran.stdout.contains("repository,ok")),
                (9, true, true),
                "{ran:?}"
            );
        }
    });
}

#[test]
fn a_file_that_others_may_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::ready(Engine::Sqlite);
    office.run("demo load").ends(0);
    std::fs::set_permissions(office.path(&office.url()), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(red(&office, "2026-11-23", ""), (3, "database_file,look".to_owned()));
    // It is grave, and not of the gravest: the exit code follows what was asked for, the finding stays.
    assert_eq!(red(&office, "2026-11-23", "--fail-on high").0, 3);
    assert_eq!(red(&office, "2026-11-23", "--fail-on critical"), (0, "database_file,look".to_owned()));
    std::fs::set_permissions(office.path(&office.url()), std::fs::Permissions::from_mode(0o600)).unwrap();
    // Whoever may write the configuration says who is who.
    let loose = office.write("loose.toml", "language = \"en\"\n");
    std::fs::set_permissions(&loose, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(red(&office, "2026-11-23", &format!("--config {}", loose.display())), (3, "configuration,look".to_owned()));
}
