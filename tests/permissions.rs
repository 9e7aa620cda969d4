//! Who is acting, and what he may do: by the configuration, and by the database itself.

use std::process::Command;

use clap::Command as Verbs;

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine, sqlite_only};

fn verbs() -> Vec<String> {
    fn walk(command: &Verbs, path: &str, found: &mut Vec<String>) {
        if !command.has_subcommands() {
            found.push(path.trim().to_owned());
        }
        for sub in command.get_subcommands() {
            walk(sub, &format!("{path} {}", sub.get_name()), found);
        }
    }
    let mut found = Vec::new();
    walk(&swj::cli::tree(), "", &mut found);
    found
}

#[test]
fn every_verb_says_which_permission_it_needs() {
    for verb in verbs() {
        let needed = swj::cli::permissions_of(&verb);
        let needed = needed.unwrap_or_else(|| panic!("add a line for `swj {verb}` to NEEDS in src/cli/permissions.rs"));
        assert!(needed.iter().all(|perm| perm.split(':').count() == 2 && !perm.contains('*')), "{verb}: {needed:?}");
    }
}

/// What an operating-system user sees who says he is somebody.
fn as_actor(office: &Office, actor: &str, line: &str) -> crate::support::Ran {
    with(office, &[("SWJ_ACTOR", actor)], line)
}

fn with(office: &Office, env: &[(&str, &str)], line: &str) -> crate::support::Ran {
    let out = office.command().envs(env.iter().copied()).args(crate::support::words(line)).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    crate::support::Ran { code: out.status.code().unwrap(), stdout: text(out.stdout), stderr: text(out.stderr) }
}

#[test]
fn what_the_actor_may_not_do_ends_with_six_and_an_entry_in_the_log() {
    same_on_each_engine(|office| {
        let entries = || office.run("log list -f count").stdout.trim().parse::<i64>().unwrap();
        let before = entries();
        // Each of the three against the other two's work: acting, reading the whole log, giving rights, restoring.
        let refused = [
            ("zhangwei", "log list"),
            ("zhangwei", "role approve lina audit_admin"),
            ("lina", "unit add 77 --name 新处"),
            ("lina", "log list -f json"),
            ("wangfang", "user add sunli --name 孙丽 --unit 00"),
            ("wangfang", "role grant zhangwei security_admin"),
            ("wangfang", "unit add 78 --name 新处 -n"),
        ];
        let mut said = String::new();
        for (actor, line) in refused {
            let ran = as_actor(office, actor, line).ends(6);
            assert!(ran.stdout.is_empty(), "{ran:?}");
            assert!(ran.stderr.contains(actor) && ran.stderr.contains("swj role"), "it says who may and what to do: {ran:?}");
            said += &ran.stderr;
        }
        assert!(as_actor(office, "lina", "unit add 77 --name 新处 --lang zh").ends(6).stderr.contains("unit:write"));
        let json = as_actor(office, "lina", "unit add 77 --name 新处 -f json").ends(6);
        let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
        assert_eq!((error["error"]["code"].as_str(), error["error"]["exit"].as_i64()), (Some("permission.lacking"), Some(6)));
        assert_eq!(entries(), before + refused.len() as i64 + 2, "every refusal is on record");
        assert_eq!(office.run("unit show 77").code, 4, "and nothing else was written");
        let log = office.run("log list --last 1 -f json").ends(0).json()["data"][0].clone();
        assert_eq!(
            (log["verb"].as_str(), log["actor"].as_str(), log["result"].as_str()),
            (Some("unit add"), Some("lina"), Some("refused")),
            "{log}"
        );
        office.run("log verify").ends(0);
        // And each may do his own.
        as_actor(office, "zhangwei", "unit add 77 --name 新处 --parent 00").ends(0);
        as_actor(office, "wangfang", "log list").ends(0);
        as_actor(office, "wangfang", "log verify").ends(0);
        as_actor(office, "lina", "role define clerk --name 经办人员").ends(0);
        // A verb without a permission is anybody's, and a grant gives what it says, for its term.
        as_actor(office, "wangfang", "check uscc 111200000001258074").ends(0);
        office.run("user add sunli --name 孙丽 --staff-no 3001 --unit 00").ends(0);
        as_actor(office, "sunli", "unit list").ends(6);
        office.run("role permit clerk unit:read").ends(0);
        as_actor(office, "lina", "role grant sunli clerk --until 2026-11-23").ends(0);
        as_actor(office, "sunli", "unit list").ends(0);
        with(office, &[("SWJ_ACTOR", "sunli"), ("SWJ_TEST_NOW", "2026-11-24 09:00:00+08:00")], "unit list").ends(6);
        let back = [("SWJ_ACTOR", "sunli"), ("SWJ_TEST_NOW", "2026-11-24 09:00:00+08:00")];
        with(office, &back, "unit list --as-of 2026-11-23").ends(6);
        as_actor(office, "lina", "role revoke sunli clerk --yes").ends(0);
        as_actor(office, "sunli", "unit list").ends(6);
        office.run("user disable sunli --yes").ends(0);
        assert!(as_actor(office, "sunli", "unit list").ends(6).stderr.contains("not active"));
        said
    });
}

#[test]
fn without_a_word_whoever_names_nobody_is_free_and_a_site_may_say_otherwise() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 70 --name 甲处 --parent 00").ends(0);
        // A name that is nobody's account is only a note in the log.
        as_actor(&office, "lihua", "unit add 71 --name 乙处 --parent 00").ends(0);
        office.write("strict.toml", "permissions = \"enforce\"\n");
        let nobody = office.run("unit add 72 --name 丙处 --parent 00 --config strict.toml").ends(6);
        assert!(nobody.stderr.contains("SWJ_ACTOR") && nobody.stderr.contains("[actors]"), "{nobody:?}");
        as_actor(&office, "lihua", "unit add 72 --name 丙处 --parent 00 --config strict.toml").ends(6);
        as_actor(&office, "zhangwei", "unit add 72 --name 丙处 --parent 00 --config strict.toml").ends(0);
        office.run("check uscc 111200000001258074 --config strict.toml").ends(0);
        office.run("status --config strict.toml").ends(0);
        let me = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned();
        // The administrator's file binds this user; nothing he says makes him another, or free.
        office.write("etc.toml", format!("[actors]\n{me} = \"zhangwei\"\n"));
        office.write("own.toml", format!("permissions = \"off\"\nactor = \"wangfang\"\n[actors]\n{me} = \"wangfang\"\n"));
        let etc = office.path("etc.toml").display().to_string();
        let bound = [("SWJ_TEST_ETC", etc.as_str())];
        with(&office, &bound, "unit add 73 --name 丁处 --parent 00").ends(0);
        let log = office.run("log list --last 1 -f json").json()["data"][0].clone();
        assert_eq!((log["actor"].as_str(), log["os_user"].as_str()), (Some("zhangwei"), Some(me.as_str())));
        with(&office, &bound, "log list").ends(6);
        for env in [("SWJ_ACTOR", "wangfang"), ("SWJ_CONFIG", "own.toml")] {
            let ran = with(&office, &[bound[0], env], "log list").ends(6);
            assert!(ran.stderr.contains("zhangwei") && ran.stderr.contains("wangfang") && ran.stderr.contains("etc.toml"), "{ran:?}");
        }
        with(&office, &[bound[0], ("SWJ_PERMISSIONS", "off")], "log list").ends(6);
        with(&office, &[bound[0], ("SWJ_ACTOR", "zhangwei")], "unit list").ends(0);
        // He wanted to be somebody else: the log says who he is.
        let log = office.run("log list --last 1 -f json").json()["data"][0].clone();
        assert_eq!((log["actor"].as_str(), log["new"]["code"].as_str()), (Some("zhangwei"), Some("permission.lacking")));
        // Another user is in the table, this one is not.
        office.write("etc.toml", "[actors]\nsomebody = \"zhangwei\"\n");
        let unbound = with(&office, &[bound[0], ("SWJ_ACTOR", "zhangwei")], "unit list").ends(6);
        assert!(unbound.stderr.contains(&me) && unbound.stderr.contains("[actors]"), "{unbound:?}");
        assert!(with(&office, &bound, "config show -f csv").ends(0).stdout.contains("actors.somebody,zhangwei"));
        // The site may also only want to know who it was.
        office.write("etc.toml", format!("permissions = \"off\"\n[actors]\n{me} = \"wangfang\"\n"));
        with(&office, &bound, "unit add 74 --name 戊处 --parent 00").ends(0);
    });
}

#[test]
fn a_login_that_says_who_somebody_is_passes_to_nobody_else() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for (login, name) in [("clerk1", "甲"), ("sunli", "孙丽")] {
            office.run(&format!("user add {login} --name {name} --unit 00")).ends(0);
        }
        let me = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned();
        office.write(
            "etc.toml",
            format!("[actors]\n{me} = \"zhangwei\"\nbackup_job = \"clerk1\"\nwww-data = \"lina\"\nfree = \"nobody9\"\n"),
        );
        let etc = office.path("etc.toml").display().to_string();
        for line in ["user rename clerk1 clerk9 --yes", "user rename lina clerk2 --yes", "user rename sunli nobody9 --yes"] {
            let ran = with(&office, &[("SWJ_TEST_ETC", &etc)], line).ends(5);
            assert!(ran.stderr.contains("[actors]") && ran.stderr.contains("etc.toml"), "{ran:?}");
        }
        with(&office, &[("SWJ_TEST_ETC", &etc)], "user rename sunli sun.li --yes").ends(0);
        // The log knows it, and so does whoever reads it.
        office.run("user add lihua --name 李华 --unit 00").ends(0);
        assert!(office.run("user rename lihua sunli --yes").ends(5).stderr.contains("swj log list --actor sunli"));
        // Who holds a privilege is named anew by who approves privileges, everybody else by who keeps the accounts.
        let refused = as_actor(&office, "zhangwei", "user rename wangfang wang.fang --yes").ends(6);
        assert!(refused.stderr.contains("role:approve"), "{refused:?}");
        as_actor(&office, "lina", "user rename lihua li.hua --yes").ends(6);
        as_actor(&office, "lina", "user rename wangfang wang.fang --yes").ends(0);
        as_actor(&office, "zhangwei", "user rename lihua li.hua --yes").ends(0);
        // One's own password is everybody's; another's is refused by the name of what was wanted.
        office.secret("password", "Zxcv-1234-qwer");
        let refused = as_actor(&office, "lina", "user password zhangwei --password-file password").ends(6);
        assert!(refused.stderr.contains("swj user password") && refused.stderr.contains("user:write"), "{refused:?}");
        assert!(!refused.stderr.contains("own:account"), "{refused:?}");
    });
}

#[test]
fn a_database_that_is_not_there_lets_nobody_through() {
    let office = Office::ready(Engine::Sqlite);
    office.secret("password", "correct horse");
    let store = "--repository store --password-file password";
    office.repository("store", "password");
    office.run(&format!("backup run {store}")).ends(0);
    let ghost = [("SWJ_ACTOR", "ghost"), ("SWJ_PERMISSIONS", "enforce")];
    office.run("user add ghost --name 鬼 --unit 00").ends(0);
    for place in ["", "-d none.db"] {
        for line in ["backup prune --keep-last 1", "backup key list"] {
            let ran = with(&office, &ghost, &format!("{line} {store} {place}")).ends(6);
            assert!(ran.stderr.contains("backup "), "{ran:?}");
        }
    }
    assert!(with(&office, &ghost, &format!("backup prune --keep-last 1 {store} -d none.db")).stderr.contains("none.db"));
    // What brings a database back goes on.
    for line in ["backup list", "backup show latest", "backup verify latest", "backup restore latest -n"] {
        with(&office, &ghost, &format!("{line} {store} -d none.db")).ends(0);
    }
    // Where nothing is enforced nobody is held back.
    with(&office, &[("SWJ_ACTOR", "ghost")], &format!("backup key list {store} -d none.db")).ends(0);
}

#[test]
fn rights_are_asked_for_before_a_restore_and_a_migration() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.secret("password", "correct horse");
        let store = "--repository store --password-file password";
        office.repository("store", "password");
        office.run(&format!("backup run {store}")).ends(0);
        as_actor(&office, "wangfang", &format!("backup restore latest --confirm {} {store}", office.name())).ends(6);
        as_actor(&office, "zhangwei", &format!("backup restore latest -n {store}")).ends(0);
        // An older schema: the tables that tell who may what were there from the first step.
        office.meddle("DELETE FROM __diesel_schema_migrations WHERE version >= '00000000000016'");
        as_actor(&office, "wangfang", "db migrate -n").ends(6);
        let doctor = office.run("doctor --quick -f csv --fields check,state,severity").ends(3);
        assert!(doctor.stdout.contains("schema,look,critical"), "{doctor:?}");
    });
}

/// The three roles on the server, which belong to no database: gone when the test is over.
struct ServerRoles {
    server: String,
    prefix: String,
}

impl Drop for ServerRoles {
    fn drop(&mut self) {
        for kind in ["system", "security", "audit"] {
            let _ = psql(&self.server, &format!("DROP ROLE IF EXISTS {}_{kind}", self.prefix));
        }
    }
}

fn psql(url: &str, sql: &str) -> (bool, String) {
    let out = Command::new("psql").args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[test]
fn the_database_itself_keeps_the_three_administrators_apart() {
    if sqlite_only() {
        return;
    }
    let prefix = format!("r{}", std::process::id());
    let server = std::env::var("SWJ_TEST_POSTGRES").unwrap();
    // Declared first, dropped last: a role goes when the database that knows it is gone.
    let _roles = ServerRoles { server, prefix: prefix.clone() };
    let office = Office::ready(Engine::Postgres);
    office.meddle("UPDATE oa_user SET mfa_enabled = TRUE");
    office.run("role define clerk --name 经办人员").ends(0);
    office.run("user add sunli --name 孙丽 --staff-no 3001 --unit 00").ends(0);
    let sql = office.run(&format!("db roles --prefix {prefix}")).ends(0).stdout;
    assert!(!sql.contains("swj_system"));
    for _ in 0..2 {
        office.meddle(&sql);
    }
    // What was set up as advised is no finding.
    let amiss = || office.run("audit run --rule SCH-002 -f csv --fields table,key,detail").stdout;
    assert_eq!(amiss(), "table,key,detail\n");
    office.meddle("ALTER TABLE role_request DISABLE TRIGGER role_request_guard");
    assert_eq!(amiss(), "table,key,detail\nrole_request,role_request_guard,guard disabled\n");
    office.meddle("ALTER TABLE role_request ENABLE TRIGGER role_request_guard");
    let url = |kind: &str| {
        let whole = office.url();
        let (scheme, rest) = whole.split_once("://").unwrap();
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        format!("{scheme}://{prefix}_{kind}@{rest}")
    };
    let (system, security, audit) = (url("system"), url("security"), url("audit"));
    // Somebody had a role once, and sets out to log in; a closed account of long ago is there to be purged.
    office.meddle(
        "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, revoked_at) SELECT u.id, r.id, 1, now(), now() FROM oa_user u, role r \
         WHERE u.login_name = 'sunli' AND r.code = 'clerk'; \
         INSERT INTO oa_user (login_name, real_name, created_at, status, left_on) VALUES ('longgone', '去者', '2010-01-01', 'closed', '2012-01-01'); \
         INSERT INTO login_log (user_id, login_name, at, ok) SELECT id, login_name, now(), TRUE FROM oa_user WHERE login_name = 'sunli'",
    );
    // Nobody changes the log, or what keeps it.
    let on_the_log = [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log CASCADE",
        "UPDATE audit_seal SET entry_hash = 'x'",
        "DELETE FROM audit_seal",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "DROP TABLE audit_seal",
        "CREATE TABLE mine (id int)",
        "CREATE ROLE another",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('9')",
        "DELETE FROM user_role",
    ];
    for url in [&system, &security, &audit] {
        for sql in on_the_log {
            let (done, said) = psql(url, sql);
            assert!(!done && (said.contains("permission denied") || said.contains("must be owner")), "{url}: {sql}: {said}");
        }
    }
    let others: [(&str, &[&str]); 3] = [
        (
            &system,
            &[
                "INSERT INTO user_role (user_id, role_id, granted_by, granted_at) VALUES (1, 1, 1, now())",
                "UPDATE user_role SET revoked_at = NULL",
                "UPDATE role SET privileged = FALSE",
                "INSERT INTO role_permission VALUES (1, 'log:read')",
                "DELETE FROM role_exclusion",
                "UPDATE role_request SET role_id = 1",
                "INSERT INTO audit_waiver (rule_id, reason, requested_by, created_on) VALUES ('x', 'x', 1, now())",
                "UPDATE audit_finding SET state = 'fixed'",
                "UPDATE login_log SET ok = FALSE",
                "INSERT INTO role_request (user_id, role_id, requested_by, requested_at, status) VALUES (1, 1, 2, now(), 'approved')",
                "UPDATE login_log SET user_id = NULL",
            ],
        ),
        (
            &security,
            &[
                "UPDATE unit SET name = 'x'",
                "INSERT INTO oa_user (login_name, real_name, created_at) VALUES ('x', 'x', now())",
                "UPDATE oa_user SET real_name = 'x'",
                "UPDATE oa_user SET pwd_hash = 'x'",
                "UPDATE license_item SET name = 'x'",
                "UPDATE audit_finding SET state = 'fixed'",
                // Nobody gives himself a privilege in the names of two others, asks for it, or makes it a plain role first.
                "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at) SELECT 2, id, 1, now(), 3, now() \
                 FROM role WHERE code = 'audit_admin'",
                "INSERT INTO role_request (user_id, role_id, requested_by, requested_at) VALUES (2, 1, 1, now())",
                "UPDATE role SET admin_kind = 'none' WHERE code = 'audit_admin'",
                "UPDATE role SET privileged = FALSE WHERE code = 'audit_admin'",
                "INSERT INTO role (code, name, admin_kind, privileged) VALUES ('x', 'x', 'audit', FALSE)",
                "INSERT INTO role_permission SELECT id, 'role:grant' FROM role WHERE code = 'clerk'",
                "DELETE FROM role_permission WHERE perm = 'log:read'",
                "DELETE FROM role_exclusion",
                "UPDATE user_role SET user_id = 2",
                // What was taken back stays so.
                "UPDATE user_role SET revoked_at = NULL WHERE revoked_at IS NOT NULL",
            ],
        ),
        (
            &audit,
            &[
                "UPDATE unit SET name = 'x'",
                "UPDATE oa_user SET status = 'active'",
                "INSERT INTO user_role (user_id, role_id, granted_by, granted_at) VALUES (1, 1, 1, now())",
                "INSERT INTO role_request (user_id, role_id, requested_by, requested_at) VALUES (1, 1, 1, now())",
                "DELETE FROM audit_finding",
            ],
        ),
    ];
    for (url, statements) in others {
        for sql in statements {
            let (done, said) = psql(url, sql);
            assert!(!done && said.contains("permission denied"), "{url}: {sql}: {said}");
        }
    }
    // With the program each does his own work: the writes, their log entries and the seals.
    let run = |url: &str, actor: &str, line: &str| as_actor(&office, actor, &format!("{line} -d {url}"));
    office.write("list.csv", "事项名称,实施机关\n取水许可,市水务局\n");
    office.secret("password", "correct horse");
    for line in [
        "unit add 01 --name 办公室 --parent 00",
        "user add zhaoyi --name 赵一 --staff-no 3002 --unit 01",
        "user disable zhaoyi --yes",
        "license import list.csv --yes",
        "role grant sunli clerk",
        "status",
        "backup init --repository store --password-file password",
        "backup run --repository store --password-file password",
    ] {
        run(&system, "zhangwei", line).ends(0);
    }
    run(&security, "lina", "role approve sunli clerk").ends(0);
    run(&security, "lina", "role permit clerk license:read").ends(0);
    run(&security, "lina", "role revoke sunli clerk --yes").ends(0);
    // Opened again with a password that is overdue; a privilege that the other has asked for.
    office
        .meddle("UPDATE oa_user SET pwd_hash = 'x', pwd_algo = 'y', pwd_changed_at = '2020-01-01' WHERE login_name IN ('sunli', 'zhaoyi')");
    run(&security, "lina", "user lock sunli --yes").ends(0);
    run(&security, "lina", "user unlock sunli --yes").ends(0);
    run(&security, "lina", "user enable zhaoyi --yes").ends(0);
    run(&security, "lina", "role define dba --name 数据库 --privileged yes").ends(0);
    run(&security, "lina", "role permit dba db:copy").ends(0);
    run(&system, "zhangwei", "role grant sunli dba --until 2027-01-31").ends(0);
    run(&security, "lina", "role approve sunli dba --second-factor K1").ends(0);
    run(&security, "lina", "user rename sunli sun.li --yes").ends(0);
    // The same approval is good for one grant.
    let again = "INSERT INTO user_role (user_id, role_id, granted_by, granted_at, approved_by, approved_at, expires_on) SELECT user_id, role_id, \
                 granted_by, granted_at, approved_by, approved_at, expires_on FROM user_role WHERE approved_by IS NOT NULL AND revoked_at IS NOT NULL";
    run(&security, "lina", "role revoke sun.li dba --yes").ends(0);
    let (done, said) = psql(&security, again);
    assert!(!done && said.contains("permission denied"), "{said}");
    run(&security, "lina", "user disable sun.li --yes").ends(0);
    run(&system, "zhangwei", "user purge longgone --confirm longgone").ends(0);
    // What came later: who handles a request, and an account its owner opens with a code.
    run(&system, "zhangwei", "request add --unit 00 --applicant 甲 --kind natural_person --channel in_person --subject 水质 --no Q1")
        .ends(0);
    run(&system, "zhangwei", "request assign Q1 zhangwei").ends(0);
    office.write("new.csv", "账号,姓名,工号,单位编码\nnewuser,新人,4001,00\n");
    run(&system, "zhangwei", "user import new.csv --activation-codes codes.csv --yes").ends(0);
    office.secret("code", office.read("codes.csv").lines().nth(1).unwrap().split(',').nth(2).unwrap());
    office.secret("own", "七月流火Ab9九月授衣");
    run(&system, "zhangwei", "user activate newuser --code-file code --password-file own").ends(0);
    run(&audit, "wangfang", "log verify").ends(0);
    run(&audit, "wangfang", "audit run --area ROL").ends(0);
    // Who leaves his login out is stopped by the server, and that is on record too.
    let ran = office.run(&format!("unit add 02 --name 财务处 --parent 00 -d {security}")).ends(6);
    assert!(ran.stderr.contains("permission denied"), "{ran:?}");
    let log = run(&audit, "wangfang", "log list --last 1 -f json").ends(0).json()["data"][0].clone();
    assert_eq!((log["verb"].as_str(), log["new"]["code"].as_str()), (Some("unit add"), Some("database.forbidden")));
    // Sealers of all three at once make one chain.
    let start = |url: &str, actor: &str, line: String| {
        let mut command = office.command();
        command.env("SWJ_ACTOR", actor).args(crate::support::words(&format!("{line} -q -d {url}"))).stdout(std::process::Stdio::null());
        command.spawn().unwrap()
    };
    let mut running = Vec::new();
    for n in 10..13 {
        running.push(start(&system, "zhangwei", format!("unit add {n} --name 处{n} --parent 00")));
        running.push(start(&security, "lina", format!("role define role{n} --name 角色{n}")));
    }
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    run(&audit, "wangfang", "log verify").ends(0);
}

#[test]
fn status_fits_one_screen_in_both_languages() {
    let office = Office::ready(Engine::Sqlite);
    office.run("demo load").ends(0);
    for language in ["en", "zh"] {
        let ran = office.run(&format!("status -f table --lang {language}")).ends(0);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert!(lines.len() <= 23, "and one for the next prompt: {}", ran.stdout);
        for line in &lines {
            assert!(unicode_width::UnicodeWidthStr::width(*line) <= 80, "{line}");
        }
        assert!(ran.stdout.contains("zhangwei") && ran.stdout.contains("lina") && ran.stdout.contains("wangfang"), "{}", ran.stdout);
    }
    let csv = office.run("status -f csv").ends(0).stdout;
    assert!(csv.contains("permissions,bound") && csv.contains("waiting_grants,0"), "{csv}");
    let head = csv.lines().find(|line| line.starts_with("log_head,")).unwrap();
    assert_eq!(head.len(), "log_head,".len() + 64, "other formats have it whole");
}
