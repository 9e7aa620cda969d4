use std::path::{Path, PathBuf};

use anyhow::Result;
use argon2::PasswordHasher;
use serde_json::json;

use super::columns::{left, report};
use crate::calendar::notices;
use crate::context::{Context, Outcome, write_file};
use crate::db::calendar::{self, CalendarDay};
use crate::db::roles::{self, NewRole};
use crate::db::units::{self, NewUnit, Unit};
use crate::db::users::{self, NewUser, Password};
use crate::db::{self, Db, Url, codes, settings};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::valid_login;
use crate::say;

/// Create the database: schema, calendar, code lists, the three administrators
///
/// Asks for what is missing on a terminal; elsewhere every answer is a flag. Done
/// twice it finds nothing to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Full name of the organisation
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Unit code of the organisation
    #[arg(long, default_value = "00", value_name = "CODE")]
    code: String,
    /// System administrator (系统管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    system: Option<Person>,
    /// Security administrator (安全管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    security: Option<Person>,
    /// Audit administrator (审计管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    audit: Option<Person>,
    /// New file for the three initial passwords, readable by its owner only
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
}

/// Somebody to appoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    login: String,
    name: String,
    staff_no: String,
}

fn person(text: &str) -> Result<Person, String> {
    match text.split(':').map(str::trim).collect::<Vec<_>>()[..] {
        [login, name, staff_no] if valid_login(login) && !name.is_empty() && !staff_no.is_empty() => {
            Ok(Person { login: login.to_owned(), name: name.to_owned(), staff_no: staff_no.to_owned() })
        }
        _ => Err("LOGIN:NAME:STAFF_NO".to_owned()),
    }
}

/// The three administrators (三员, GB/T 22239 8.1.7.1): role code, name, kind, and what each may do.
const ROLES: [(&str, &str, &str, &[&str]); 3] = [
    ("system_admin", "系统管理员", "system", &["db:migrate", "backup:run", "backup:restore", "unit:write", "user:write"]),
    ("security_admin", "安全管理员", "security", &["role:grant", "role:approve", "user:disable", "audit:run"]),
    ("audit_admin", "审计管理员", "audit", &["log:read", "log:verify", "audit:run"]),
];

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let url = ctx.url()?;
    if let Ok(mut db) = Db::open(&url) {
        let steps = db::migrations(&mut db)?;
        if steps.iter().any(|step| step.applied) && settings::get(&mut db, settings::DATABASE_ID)?.is_some() {
            return already(ctx, db, &url);
        }
    }
    let organisation = answer(ctx, args.organisation.clone(), "--organisation", &say!("init-ask-organisation"))?;
    let three = [
        appoint(ctx, args.system.clone(), "--system", &say!("init-ask-system"))?,
        appoint(ctx, args.security.clone(), "--security", &say!("init-ask-security"))?,
        appoint(ctx, args.audit.clone(), "--audit", &say!("init-ask-audit"))?,
    ];
    three_people(&three)?;
    let secrets = args.passwords.clone().or_else(|| beside(&url)).ok_or_else(|| {
        Failure::new("init.passwords", Exit::Usage, say!("init-passwords-needed")).hint(say!("init-passwords-needed-hint"))
    })?;
    if secrets.exists() {
        return Err(Failure::new(
            "init.passwords-exist",
            Exit::Conflict,
            say!("init-passwords-exist", path = secrets.display().to_string()),
        )
        .hint(say!("init-passwords-exist-hint"))
        .into());
    }
    if ctx.globals.dry_run {
        ctx.show(made(&url, &organisation, &three))?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    let fresh_file = matches!(&url, Url::Sqlite(path) if !path.exists());
    let done = create(ctx, &url, &organisation, &args.code, &three, &secrets);
    if let (Err(_), Url::Sqlite(path), true) = (&done, &url, fresh_file) {
        // Nothing half-done stays behind: the file was ours and nobody has used it.
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
    done?;
    ctx.show(made(&url, &organisation, &three))?;
    ctx.remark(&say!("init-done", url = url.shown(), path = secrets.display().to_string()));
    Ok(Outcome::Done)
}

fn already(ctx: &mut Context, db: Db, url: &Url) -> Result<Outcome> {
    ctx.use_database(db);
    let holders = roles::administrators(ctx.db()?)?;
    let mut report = report("init", vec![left("what"), left("value")]);
    report.push(vec!["database".into(), url.shown().into()]);
    for (kind, login) in holders {
        report.push(vec![kind.into(), login.into()]);
    }
    ctx.show(report)?;
    ctx.remark(&say!("init-already", url = url.shown()));
    Ok(Outcome::Done)
}

fn answer(ctx: &Context, said: Option<String>, flag: &str, question: &str) -> Result<String> {
    match said {
        Some(answer) if !answer.trim().is_empty() => Ok(answer.trim().to_owned()),
        _ if ctx.interactive() => ctx.ask(question, None),
        _ => {
            Err(Failure::new("init.missing", Exit::NotConfirmed, say!("init-missing", flag = flag)).hint(say!("init-missing-hint")).into())
        }
    }
}

fn appoint(ctx: &Context, said: Option<Person>, flag: &str, question: &str) -> Result<Person> {
    let text = match said {
        Some(person) => return Ok(person),
        None => answer(ctx, None, flag, question)?,
    };
    person(&text)
        .map_err(|_| Failure::new("init.person", Exit::Usage, say!("init-person", value = text)).hint(say!("init-person-hint")).into())
}

/// 系统, 安全 and 审计 may never meet in one person.
fn three_people(three: &[Person; 3]) -> Result<()> {
    let same = |a: &Person, b: &Person| a.login == b.login || a.staff_no == b.staff_no;
    if same(&three[0], &three[1]) || same(&three[0], &three[2]) || same(&three[1], &three[2]) {
        return Err(Failure::new("init.one-person", Exit::Usage, say!("init-one-person")).hint(say!("init-one-person-hint")).into());
    }
    Ok(())
}

/// Beside a SQLite file; for a server the place must be named.
fn beside(url: &Url) -> Option<PathBuf> {
    match url {
        Url::Sqlite(path) => Some(PathBuf::from(format!("{}.initial-passwords", path.display()))),
        Url::Postgres(_) => None,
    }
}

fn create(ctx: &mut Context, url: &Url, organisation: &str, code: &str, three: &[Person; 3], secrets: &Path) -> Result<()> {
    let mut db = Db::create(url)?;
    db::migrate(&mut db)?;
    ctx.use_database(db);
    let initial = three.iter().map(|_| random_password()).collect::<Result<Vec<_>>>()?;
    let hashed = initial.iter().map(|password| hash(password)).collect::<Result<Vec<_>>>()?;
    write_secrets(secrets, three, &initial)?;
    let (at, today, reason) = (ctx.clock.now(), ctx.clock.today(), say!("init-reason"));
    let written = ctx.write(|db, log| {
        let database_id = uuid::Uuid::now_v7().to_string();
        settings::add(db, settings::DATABASE_ID, &database_id)?;
        settings::add(db, settings::ORGANISATION, code)?;
        let days = notices();
        for day in &days {
            calendar::add(
                db,
                &CalendarDay {
                    day: day.day.into(),
                    is_workday: day.is_workday,
                    name: Some(day.name.clone()),
                    source: day.notice_no.clone(),
                },
            )?;
        }
        let lists = codes::load(db)?;
        let bureau = units::add(db, &bureau(organisation, code, today.into()))?;
        let mut ids = Vec::new();
        for (person, password) in three.iter().zip(&hashed) {
            ids.push(users::add(db, &account(person, &bureau, today.into()), Some(password), at, None)?.id);
        }
        let mut role_ids = Vec::new();
        for (role, name, kind, may) in ROLES {
            let new = NewRole { code: role.into(), name: name.into(), admin_kind: kind.into(), privileged: true };
            role_ids.push(roles::add(db, &new, may)?);
        }
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            roles::exclude(db, role_ids[one], role_ids[other], "三员互斥")?;
        }
        // Each is granted by one of the others and approved by the third (GB/T 22239 8.1.7.3).
        for (at_role, giver, approver) in [(0, 1, 2), (1, 2, 0), (2, 1, 0)] {
            roles::grant(db, ids[at_role], role_ids[at_role], ids[giver], ids[approver], at)?;
        }
        log.push(Entry {
            verb: "init",
            new: Some(json!({
                "database_id": database_id, "organisation": organisation, "reason": reason,
                "calendar_days": days.len(), "code_items": lists,
                "system": three[0].login, "security": three[1].login, "audit": three[2].login,
            })),
            ..Entry::default()
        });
        Ok(())
    });
    if written.is_err() {
        let _ = std::fs::remove_file(secrets);
    }
    written
}

fn bureau(name: &str, code: &str, today: db::Day) -> NewUnit {
    NewUnit {
        code: code.to_owned(),
        name: name.to_owned(),
        short_name: name.to_owned(),
        kind: "bureau".to_owned(),
        parent_id: None,
        level: 0,
        uscc: None,
        division_code: None,
        oa_mode: "full".to_owned(),
        status: "active".to_owned(),
        opened_on: today,
        closed_on: None,
        sort_no: 0,
    }
}

fn account(person: &Person, bureau: &Unit, today: db::Day) -> NewUser {
    NewUser {
        login_name: person.login.clone(),
        real_name: person.name.clone(),
        staff_no: Some(person.staff_no.clone()),
        unit_id: Some(bureau.id),
        account_type: "person".to_owned(),
        is_info_officer: false,
        joined_on: Some(today),
        valid_until: None,
        phone: None,
        email: None,
    }
}

/// Twenty letters and digits without look-alikes: about 115 bits.
fn random_password() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0_u8; 64];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
    // Bytes beyond the last whole multiple are dropped so that every letter is as likely.
    let bound = u8::MAX - u8::MAX % LETTERS.len() as u8;
    Ok(bytes.iter().filter(|byte| **byte < bound).take(20).map(|byte| LETTERS[*byte as usize % LETTERS.len()] as char).collect())
}

fn hash(password: &str) -> Result<Password> {
    let hash = argon2::Argon2::default().hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(Password { hash: hash.to_string(), algorithm: "argon2id".to_owned() })
}

fn write_secrets(path: &Path, three: &[Person; 3], passwords: &[String]) -> Result<()> {
    write_file(path, |out| {
        for (person, password) in three.iter().zip(passwords) {
            writeln!(out, "{}\t{password}", person.login)?;
        }
        Ok(())
    })?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|error| crate::failure::of_file(path, &error))?;
    Ok(())
}

fn made(url: &Url, organisation: &str, three: &[Person; 3]) -> crate::view::Report {
    let mut report = report("init", vec![left("what"), left("value")]);
    report.push(vec!["database".into(), url.shown().into()]);
    report.push(vec!["organisation".into(), organisation.into()]);
    for ((_, _, kind, _), person) in ROLES.iter().zip(three) {
        report.push(vec![(*kind).into(), person.login.clone().into()]);
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_login_name_and_staff_number() {
        assert_eq!(person("zhang:张三:1001").unwrap().staff_no, "1001");
        for bad in ["zhang", "zhang:张三", "Zhang:张三:1", ":张三:1", "zhang::1"] {
            assert!(person(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn initial_passwords_are_long_and_different() {
        let (one, other) = (random_password().unwrap(), random_password().unwrap());
        assert_eq!(one.len(), 20);
        assert_ne!(one, other);
    }
}
