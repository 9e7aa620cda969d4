//! On a server a restored database is used by whom the old one was used by.

use std::process::Command;

use crate::support::{Engine, Office, sqlite_only};

const REPO: &str = "--repository store --password-file password";

/// What a query says, one line a row.
fn asked(url: &str, sql: &str) -> String {
    let out = Command::new("psql").args(["-AtqX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]).output().unwrap();
    assert!(out.status.success(), "{sql}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// Roles of one test, dropped with what they own.
struct Roles(Vec<String>, String);

impl Drop for Roles {
    fn drop(&mut self) {
        for role in &self.0 {
            let _ = Command::new("psql").args(["-qX", "-d", &self.1, "-c", &format!("DROP ROLE IF EXISTS \"{role}\"")]).output();
        }
    }
}

/// Rights in an order of their own, whichever way they came about.
fn held(url: &str) -> String {
    let sorted = |acl: &str| format!("(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest({acl}) a)");
    asked(
        url,
        &format!(
            "SELECT pg_get_userbyid(datdba), {}, datconnlimit, shobj_description(oid, 'pg_database'),
             (SELECT string_agg(setrole::regrole::text || setconfig::text, ' ' ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
             FROM pg_database d WHERE datname = current_database()
             UNION ALL SELECT relname, pg_get_userbyid(relowner), NULL, {}, NULL FROM pg_class WHERE relnamespace = 'public'::regnamespace
             UNION ALL SELECT attname, {}, NULL, NULL, NULL FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid = 'oa_user'::regclass
             UNION ALL SELECT nspname, pg_get_userbyid(nspowner), NULL, {}, NULL FROM pg_namespace WHERE nspname = 'public'
             UNION ALL SELECT pg_get_userbyid(defaclrole), defaclobjtype::text, NULL, {}, NULL FROM pg_default_acl ORDER BY 1, 2, 4",
            sorted("datacl"),
            sorted("relacl"),
            sorted("attacl"),
            sorted("nspacl"),
            sorted("defaclacl")
        ),
    )
}

#[test]
fn a_restored_database_has_the_owner_the_grants_and_the_settings_of_the_one_it_replaces() {
    if sqlite_only() {
        return;
    }
    let mut office = Office::ready(Engine::Postgres);
    let name = office.name();
    let (owner, reader, gone) = (format!("{name} Owner"), format!("{name}_reader"), format!("{name}_gone"));
    let third = office.another();
    let roles = Roles(vec![owner.clone(), reader.clone(), gone.clone()], office.url().replace(&name, "postgres"));
    for role in &roles.0 {
        asked(&office.url(), &format!("CREATE ROLE \"{role}\" LOGIN"));
    }
    office.secret("password", "correct horse");
    office.run(&format!("backup init {REPO}")).ends(0);
    for sql in [
        format!("ALTER DATABASE \"{name}\" OWNER TO \"{owner}\""),
        format!("REVOKE CONNECT ON DATABASE \"{name}\" FROM PUBLIC"),
        format!("GRANT CONNECT ON DATABASE \"{name}\" TO \"{reader}\", \"{gone}\""),
        format!("ALTER DATABASE \"{name}\" CONNECTION LIMIT 40"),
        format!("COMMENT ON DATABASE \"{name}\" IS 'the office''s own'"),
        format!("ALTER DATABASE \"{name}\" SET search_path TO public, \"$user\""),
        format!("ALTER DATABASE \"{name}\" SET work_mem TO '8MB'"),
        format!("ALTER ROLE \"{reader}\" IN DATABASE \"{name}\" SET statement_timeout TO '30s'"),
        format!("ALTER TABLE unit OWNER TO \"{owner}\""),
        format!("GRANT SELECT ON unit TO \"{reader}\" WITH GRANT OPTION"),
        format!("REVOKE DELETE ON unit FROM \"{owner}\""),
        format!("GRANT USAGE ON SEQUENCE unit_id_seq TO \"{reader}\""),
        format!("GRANT SELECT (id, login_name) ON oa_user TO \"{reader}\""),
        format!("GRANT USAGE ON SCHEMA public TO \"{reader}\""),
        format!("ALTER DEFAULT PRIVILEGES FOR ROLE \"{owner}\" GRANT SELECT ON TABLES TO \"{reader}\""),
    ] {
        asked(&office.url(), &sql);
    }
    let then = held(&office.url());
    office.run(&format!("backup run {REPO}")).ends(0);

    // Since the backup one was shut out and another let in: today's is what counts.
    asked(&office.url(), &format!("REVOKE CONNECT ON DATABASE \"{name}\" FROM \"{gone}\""));
    asked(&office.url(), &format!("GRANT SELECT ON info_item TO \"{reader}\""));
    let now = held(&office.url());
    assert_ne!(now, then);
    let plan = office.run(&format!("backup restore latest {REPO} -n -f csv")).ends(0).stdout;
    assert!(plan.contains("access_from,replaced") && plan.contains(&format!("access_owner,{owner}")), "{plan}");
    assert!(plan.contains("access_settings,3"), "{plan}");
    let line = format!("backup restore latest {REPO} --confirm {name}");
    office.run(&line).ends(0);
    assert_eq!(held(&office.url()), now);
    // Taken back and restored once more, it is the same.
    office.run(&format!("backup undo --confirm {name}")).ends(0);
    assert_eq!(held(&office.url()), now);
    office.run(&line).ends(0);
    assert_eq!(held(&office.url()), now);

    // Where there is nothing to replace, the backup's is what there is.
    let plan = office.run(&format!("backup restore latest --to {third} {REPO} -n -f csv")).ends(0).stdout;
    assert!(plan.contains("access_from,backup"), "{plan}");
    office.run(&format!("backup restore latest --to {third} {REPO}")).ends(0);
    assert_eq!(held(&third), then);

    // A role the server does not have is named, and the rest is done.
    for url in [&office.url(), &third] {
        asked(url, &format!("DROP OWNED BY \"{gone}\""));
    }
    let server = office.url().replace(&name, "postgres");
    for aside in asked(&server, &format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}\\_%'")).lines() {
        asked(&server, &format!("DROP DATABASE \"{aside}\""));
    }
    asked(&server, &format!("DROP ROLE \"{gone}\""));
    let fourth = office.another();
    let plan = office.run(&format!("backup restore latest --to {fourth} {REPO} -n -f csv")).ends(0).stdout;
    assert!(plan.contains(&format!("access_roles_missing,{gone}")), "{plan}");
    let done = office.run(&format!("backup restore latest --to {fourth} {REPO} --lang en")).ends(3);
    assert!(done.stderr.contains(&format!("lacks roles that had rights on the database: {gone}")), "{done:?}");
    assert_eq!(held(&fourth), then.replace(&format!(" {gone}=c/\"{owner}\""), ""));
    drop(office);
    drop(roles);
}
