//! Opening and shutting accounts: what belongs to one ends with it.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, changed, run, select_texts};
use super::schema::oa_user;
use super::types::{Day, Instant};
use super::users::Password;

/// Locks (锁定) an account, until a moment or until it is unlocked.
///
/// # Errors
/// The engine's.
pub fn lock(db: &mut Db, id: i64, until: Option<Instant>) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set((oa_user::status.eq("locked"), oa_user::locked_until.eq(until))).execute(db)?;
    Ok(())
}

/// Opens (启用) an account that was locked or disabled; failed logins are forgotten.
///
/// # Errors
/// The engine's.
pub fn open(db: &mut Db, id: i64, at: Instant) -> DbResult<()> {
    diesel::update(oa_user::table.find(id))
        .set((
            oa_user::status.eq("active"),
            oa_user::failed_logins.eq(0),
            oa_user::locked_until.eq(None::<Instant>),
            oa_user::disabled_at.eq(None::<Instant>),
            oa_user::disabled_reason.eq(None::<String>),
            oa_user::enabled_at.eq(Some(at)),
        ))
        .execute(db)?;
    Ok(())
}

/// Closes (注销) the account of a person who left; nobody can log in with it again.
///
/// # Errors
/// The engine's.
pub fn close(db: &mut Db, id: i64, on: Day, at: Instant, reason: &str) -> DbResult<()> {
    retire_password(db, id, at)?;
    diesel::update(oa_user::table.find(id))
        .set((
            oa_user::status.eq("closed"),
            oa_user::left_on.eq(Some(on)),
            oa_user::left_reason.eq(Some(reason)),
            oa_user::disabled_at.eq(Some(at)),
            oa_user::disabled_reason.eq(Some(reason)),
            oa_user::is_info_officer.eq(false),
            oa_user::pwd_hash.eq(None::<String>),
            oa_user::pwd_algo.eq(None::<String>),
            oa_user::must_change_pwd.eq(true),
        ))
        .execute(db)?;
    Ok(())
}

/// Takes a person back: an open account without password and without rights.
///
/// # Errors
/// The engine's.
pub fn readmit(db: &mut Db, id: i64, unit: i64, on: Day, at: Instant) -> DbResult<()> {
    open(db, id, at)?;
    diesel::update(oa_user::table.find(id))
        .set((
            oa_user::unit_id.eq(Some(unit)),
            oa_user::joined_on.eq(Some(on)),
            oa_user::left_on.eq(None::<Day>),
            oa_user::left_reason.eq(None::<String>),
            oa_user::must_change_pwd.eq(true),
        ))
        .execute(db)?;
    Ok(())
}

/// Sets the last day of an account.
///
/// # Errors
/// The engine's.
pub fn set_end(db: &mut Db, id: i64, on: Day) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(oa_user::valid_until.eq(Some(on))).execute(db)?;
    Ok(())
}

/// Makes somebody the information officer (信息员) of his unit, or no longer.
///
/// # Errors
/// The engine's.
pub fn set_officer(db: &mut Db, id: i64, officer: bool) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(oa_user::is_info_officer.eq(officer)).execute(db)?;
    Ok(())
}

/// Gives an account another login.
///
/// # Errors
/// The engine's; [`super::DbError::Rule`] when the login is taken.
pub fn rename(db: &mut Db, id: i64, login: &str) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(oa_user::login_name.eq(login)).execute(db)?;
    Ok(())
}

/// Notes that a second factor is in use, or no longer.
///
/// # Errors
/// The engine's.
pub fn set_second_factor(db: &mut Db, id: i64, used: bool) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(oa_user::mfa_enabled.eq(used)).execute(db)?;
    Ok(())
}

/// When the password was set, and whether there is one.
///
/// # Errors
/// The engine's.
pub fn password_since(db: &mut Db, id: i64) -> DbResult<Option<Option<Instant>>> {
    let (hash, since): (Option<String>, Option<Instant>) =
        oa_user::table.find(id).select((oa_user::pwd_hash, oa_user::pwd_changed_at)).first(db)?;
    Ok(hash.map(|_| since))
}

/// The stored password and up to `count` before it, latest first.
///
/// # Errors
/// The engine's.
pub fn passwords(db: &mut Db, id: i64, count: i64) -> DbResult<Vec<String>> {
    let current: Option<String> = oa_user::table.find(id).select(oa_user::pwd_hash).first(db)?;
    let sql = format!("SELECT pwd_hash AS h FROM password_history WHERE user_id = $1 ORDER BY id DESC LIMIT {}", count.max(0));
    let old = select_texts(db, &sql, &["h"], &[Value::Int(id)])?;
    Ok(current.into_iter().chain(old.into_iter().flatten()).take(count.max(0) as usize).collect())
}

/// Whether an activation code (激活码) opens an account on a day: issued to it, neither used nor expired. `digest` is the
/// SHA-256 of the code in hexadecimal.
///
/// # Errors
/// The engine's.
pub fn code_opens(db: &mut Db, id: i64, digest: &str, on: Day) -> DbResult<bool> {
    let sql = "SELECT id FROM user_activation WHERE user_id = $1 AND code_sha256 = $2 AND used_at IS NULL AND expires_on >= $3";
    Ok(!select_texts(db, sql, &["id"], &[Value::Int(id), Value::Text(digest.to_owned()), Value::Day(on)])?.is_empty())
}

/// Sets a password; the one before is kept, so that it does not come back soon. Activation codes that are still out
/// are spent with it: a code opens what has no password yet.
///
/// # Errors
/// The engine's.
pub fn set_password(db: &mut Db, id: i64, password: &Password, must_change: bool, at: Instant) -> DbResult<()> {
    retire_password(db, id, at)?;
    diesel::update(oa_user::table.find(id))
        .set((
            oa_user::pwd_hash.eq(Some(&password.hash)),
            oa_user::pwd_algo.eq(Some(&password.algorithm)),
            oa_user::pwd_changed_at.eq(Some(at)),
            oa_user::must_change_pwd.eq(must_change),
            oa_user::failed_logins.eq(0),
        ))
        .execute(db)?;
    spend_codes(db, id, at)?;
    Ok(())
}

/// Takes the password away: the owner needs a new one.
///
/// # Errors
/// The engine's.
pub fn clear_password(db: &mut Db, id: i64, at: Instant) -> DbResult<()> {
    retire_password(db, id, at)?;
    diesel::update(oa_user::table.find(id))
        .set((oa_user::pwd_hash.eq(None::<String>), oa_user::pwd_algo.eq(None::<String>), oa_user::must_change_pwd.eq(true)))
        .execute(db)?;
    Ok(())
}

fn retire_password(db: &mut Db, id: i64, at: Instant) -> DbResult<()> {
    run(
        db,
        "INSERT INTO password_history (user_id, pwd_hash, pwd_algo, replaced_at) \
         SELECT id, pwd_hash, COALESCE(pwd_algo, ''), $2 FROM oa_user WHERE id = $1 AND pwd_hash IS NOT NULL",
        &[Value::Int(id), Value::Instant(at)],
    )
}

/// Takes every role from a person; returns their codes.
///
/// # Errors
/// The engine's.
pub fn revoke_all(db: &mut Db, id: i64, at: Instant, by: Option<i64>) -> DbResult<Vec<String>> {
    let held = super::roles::held_by(db, id)?;
    let mut values = vec![Value::Int(id), Value::Instant(at)];
    let by = by.map_or("NULL", |by| {
        values.push(Value::Int(by));
        "$3"
    });
    run(db, &format!("UPDATE user_role SET revoked_at = $2, revoked_by = {by} WHERE user_id = $1 AND revoked_at IS NULL"), &values)?;
    Ok(held)
}

/// The roles of the three administrators (三员) that nobody else holds: without a term, or on this day.
///
/// # Errors
/// The engine's.
pub fn held_alone(db: &mut Db, id: i64, on: Option<Day>) -> DbResult<Vec<String>> {
    let mut values = vec![Value::Int(id)];
    let in_term = on.map_or("", |on| {
        values.push(Value::Day(on));
        " OR o.expires_on >= $2"
    });
    let sql = format!(
        "SELECT r.code FROM user_role g JOIN role r ON r.id = g.role_id JOIN oa_user u ON u.id = g.user_id \
         WHERE g.user_id = $1 AND g.revoked_at IS NULL AND r.admin_kind <> 'none' AND u.status = 'active' AND NOT EXISTS (\
         SELECT 1 FROM user_role o JOIN oa_user p ON p.id = o.user_id \
         WHERE o.role_id = g.role_id AND o.user_id <> $1 AND o.revoked_at IS NULL AND p.status = 'active' \
         AND (o.expires_on IS NULL{in_term})) ORDER BY r.code"
    );
    Ok(select_texts(db, &sql, &["code"], &values)?.into_iter().flatten().collect())
}

/// Which delegations (委托代办) of a person.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Delegations {
    /// Those by which he acts for others.
    To,
    /// Those by which others act for him.
    From,
    Both,
}

/// Cancels the delegations (委托代办) of a person; returns from, to and scope.
///
/// # Errors
/// The engine's.
pub fn cancel_delegations(db: &mut Db, id: i64, which: Delegations, at: Instant) -> DbResult<Vec<[String; 3]>> {
    let which = match which {
        Delegations::To => "d.to_user_id = $1",
        Delegations::From => "d.from_user_id = $1",
        Delegations::Both => "(d.to_user_id = $1 OR d.from_user_id = $1)",
    };
    let sql = format!(
        "SELECT f.login_name AS giver, t.login_name AS taker, d.scope FROM delegation d JOIN oa_user f ON f.id = d.from_user_id \
         JOIN oa_user t ON t.id = d.to_user_id WHERE {which} AND d.cancelled_at IS NULL AND (d.ends_at IS NULL OR d.ends_at > $2) ORDER BY d.id"
    );
    let values = [Value::Int(id), Value::Instant(at)];
    let found = select_texts(db, &sql, &["giver", "taker", "scope"], &values)?;
    let which = which.replace("d.", "");
    run(
        db,
        &format!("UPDATE delegation SET cancelled_at = $2 WHERE {which} AND cancelled_at IS NULL AND (ends_at IS NULL OR ends_at > $2)"),
        &values,
    )?;
    Ok(found.into_iter().filter_map(|row| row.try_into().ok()).collect())
}

/// Ends the open sessions (会话) of a person; returns how many there were.
///
/// # Errors
/// The engine's.
pub fn end_sessions(db: &mut Db, id: i64, at: Instant, reason: &str) -> DbResult<i64> {
    let sql = "UPDATE user_session SET ended_at = $2, ended_reason = $3 WHERE user_id = $1 AND ended_at IS NULL";
    Ok(changed(db, sql, &[Value::Int(id), Value::Instant(at), Value::Text(reason.to_owned())])? as i64)
}

/// Withdraws the role requests that wait on a person, and those he made for others; returns login and role of each.
///
/// # Errors
/// The engine's.
pub fn withdraw_requests(db: &mut Db, id: i64, at: Instant, by: Option<i64>, reason: &str) -> DbResult<Vec<[String; 2]>> {
    let found = select_texts(
        db,
        "SELECT u.login_name AS login, r.code AS role FROM role_request q JOIN oa_user u ON u.id = q.user_id JOIN role r ON r.id = q.role_id \
         WHERE q.status = 'waiting' AND (q.user_id = $1 OR q.requested_by = $1) ORDER BY login, role",
        &["login", "role"],
        &[Value::Int(id)],
    )?;
    let mut values = vec![Value::Int(id), Value::Instant(at), Value::Text(reason.to_owned())];
    let by = by.map_or("NULL", |by| {
        values.push(Value::Int(by));
        "$4"
    });
    let set = format!("status = 'withdrawn', decided_at = $2, decision_reason = $3, decided_by = {by}");
    run(db, &format!("UPDATE role_request SET {set} WHERE status = 'waiting' AND (user_id = $1 OR requested_by = $1)"), &values)?;
    Ok(found.into_iter().filter_map(|row| row.try_into().ok()).collect())
}

/// Spends the activation codes (激活码) that are still out; returns how many there were.
///
/// # Errors
/// The engine's.
pub fn spend_codes(db: &mut Db, id: i64, at: Instant) -> DbResult<i64> {
    let sql = "UPDATE user_activation SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL";
    Ok(changed(db, sql, &[Value::Int(id), Value::Instant(at)])? as i64)
}

/// The day the present main post of a person began, if he has one.
///
/// # Errors
/// The engine's.
pub fn post_since(db: &mut Db, id: i64) -> DbResult<Option<Day>> {
    let rows = select_texts(
        db,
        "SELECT max(from_on) AS d FROM user_post WHERE user_id = $1 AND is_main = TRUE AND to_on IS NULL",
        &["d"],
        &[Value::Int(id)],
    )?;
    Ok(rows.into_iter().flatten().next().and_then(|day| day.parse().ok()).map(Day))
}

/// Active system administrators besides a person who holds that role himself; none if he does not.
///
/// # Errors
/// The engine's.
pub fn system_administrators_beside(db: &mut Db, id: i64) -> DbResult<Option<i64>> {
    let rows = select_texts(
        db,
        "SELECT (SELECT count(*) FROM user_role o JOIN oa_user p ON p.id = o.user_id \
         WHERE o.role_id = g.role_id AND o.user_id <> $1 AND o.revoked_at IS NULL AND p.status = 'active') AS n \
         FROM user_role g JOIN role r ON r.id = g.role_id WHERE g.user_id = $1 AND g.revoked_at IS NULL AND r.admin_kind = 'system'",
        &["n"],
        &[Value::Int(id)],
    )?;
    Ok(rows.into_iter().flatten().next().and_then(|n| n.parse().ok()))
}

/// Ends the open posts (任职) of a person, of a unit only or of all; returns their names.
///
/// # Errors
/// The engine's.
pub fn end_posts(db: &mut Db, id: i64, main_only: bool, on: Day) -> DbResult<Vec<String>> {
    let main = if main_only { " AND is_main = TRUE" } else { "" };
    let values = [Value::Int(id), Value::Day(on)];
    let open = select_texts(
        db,
        &format!("SELECT post_name AS p FROM user_post WHERE user_id = $1 AND (to_on IS NULL OR to_on > $2){main} ORDER BY id"),
        &["p"],
        &values,
    )?;
    run(db, &format!("UPDATE user_post SET to_on = $2 WHERE user_id = $1 AND (to_on IS NULL OR to_on > $2){main}"), &values)?;
    Ok(open.into_iter().flatten().collect())
}

/// Begins a post.
///
/// # Errors
/// The engine's.
pub fn begin_post(db: &mut Db, id: i64, unit: i64, name: &str, main: bool, on: Day, until: Option<Day>) -> DbResult<()> {
    let mut values = vec![Value::Int(id), Value::Int(unit), Value::Text(name.to_owned()), Value::Day(on)];
    let end = until.map_or("NULL", |day| {
        values.push(Value::Day(day));
        "$5"
    });
    let main = if main { "TRUE" } else { "FALSE" };
    run(
        db,
        &format!("INSERT INTO user_post (user_id, unit_id, post_name, is_main, from_on, to_on) VALUES ($1, $2, $3, {main}, $4, {end})"),
        &values,
    )
}

/// Delegates (委托代办) a person's work to another for a time.
///
/// # Errors
/// The engine's.
pub fn delegate(db: &mut Db, from: i64, to: i64, scope: &str, starts: Instant, ends: Instant, reason: &str) -> DbResult<()> {
    run(
        db,
        "INSERT INTO delegation (from_user_id, to_user_id, scope, starts_at, ends_at, reason) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            Value::Int(from),
            Value::Int(to),
            Value::Text(scope.to_owned()),
            Value::Instant(starts),
            Value::Instant(ends),
            Value::Text(reason.to_owned()),
        ],
    )
}

/// Whether a person's work is delegated to another in this very way already: since when.
///
/// # Errors
/// The engine's.
pub fn delegated(db: &mut Db, from: i64, to: i64, scope: &str, ends: Instant) -> DbResult<Option<Instant>> {
    let rows = select_texts(
        db,
        "SELECT starts_at AS s FROM delegation WHERE from_user_id = $1 AND to_user_id = $2 AND scope = $3 AND ends_at = $4 \
         AND cancelled_at IS NULL ORDER BY starts_at",
        &["s"],
        &[Value::Int(from), Value::Int(to), Value::Text(scope.to_owned()), Value::Instant(ends)],
    )?;
    Ok(rows.into_iter().flatten().next().and_then(|starts| Instant::parse(&starts)))
}

/// Who acts for a person, and for whom he acts, at some moment from `at` on: from and to.
///
/// # Errors
/// The engine's.
pub fn stand_ins(db: &mut Db, id: i64, at: Instant) -> DbResult<Vec<(i64, i64)>> {
    let rows = select_texts(
        db,
        "SELECT DISTINCT from_user_id AS f, to_user_id AS t FROM delegation WHERE (from_user_id = $1 OR to_user_id = $1) \
         AND cancelled_at IS NULL AND (ends_at IS NULL OR ends_at > $2) ORDER BY f, t",
        &["f", "t"],
        &[Value::Int(id), Value::Instant(at)],
    )?;
    Ok(rows.into_iter().filter_map(|row| Some((row.first()?.parse().ok()?, row.get(1)?.parse().ok()?))).collect())
}

/// Another active account of the same person, by staff number (一人一号).
///
/// # Errors
/// The engine's.
pub fn twin(db: &mut Db, staff_no: &str, but: Option<i64>) -> DbResult<Option<String>> {
    let rows = select_texts(
        db,
        "SELECT login_name AS k FROM oa_user WHERE staff_no = $1 AND status = 'active' AND account_type = 'person' AND id <> $2 ORDER BY k",
        &["k"],
        &[Value::Text(staff_no.to_owned()), Value::Int(but.unwrap_or(0))],
    )?;
    Ok(rows.into_iter().flatten().next())
}

/// Rows that belong to the account alone and go with it.
const OWN: [(&str, &str); 5] = [
    ("user_post", "user_id"),
    ("user_session", "user_id"),
    ("password_history", "user_id"),
    ("user_transfer", "user_id"),
    ("user_activation", "user_id"),
];

/// Where an account is named without a reference: acts it is on record with by its login alone.
const ACTS: [(&str, &str); 3] = [
    ("audit_log.actor", "SELECT count(*) AS n FROM audit_log e JOIN oa_user u ON u.id = $1 WHERE e.actor = u.login_name"),
    (
        "license_case_event.actor",
        "SELECT count(*) AS n FROM license_case_event e JOIN oa_user u ON u.id = $1 WHERE e.by_user_id IS NULL AND e.actor = u.login_name",
    ),
    (
        "disclosure_request_event.actor",
        "SELECT count(*) AS n FROM disclosure_request_event e JOIN oa_user u ON u.id = $1 \
         WHERE e.by_user_id IS NULL AND e.actor = u.login_name",
    ),
];

/// What else in the database names an account: table and how many rows.
///
/// # Errors
/// The engine's.
pub fn depending(db: &mut Db, id: i64) -> DbResult<Vec<(String, i64)>> {
    let mut found = Vec::new();
    for (table, column) in references(db)? {
        if OWN.contains(&(table.as_str(), column.as_str())) {
            continue;
        }
        let count = select_texts(db, &format!("SELECT count(*) AS n FROM {table} WHERE {column} = $1"), &["n"], &[Value::Int(id)])?;
        match count[0][0].parse().unwrap_or_default() {
            0 => {}
            n => found.push((format!("{table}.{column}"), n)),
        }
    }
    for (what, sql) in ACTS {
        let count = select_texts(db, sql, &["n"], &[Value::Int(id)])?;
        match count[0][0].parse().unwrap_or_default() {
            0 => {}
            n => found.push((what.to_owned(), n)),
        }
    }
    Ok(found)
}

/// Removes an account nothing depends on.
///
/// # Errors
/// The engine's.
pub fn purge(db: &mut Db, id: i64) -> DbResult<()> {
    let id = [Value::Int(id)];
    for (table, column) in OWN {
        run(db, &format!("DELETE FROM {table} WHERE {column} = $1"), &id)?;
    }
    run(db, "DELETE FROM oa_user WHERE id = $1", &id)
}

/// Every column that refers to an account.
fn references(db: &mut Db) -> DbResult<Vec<(String, String)>> {
    let mut found = Vec::new();
    for table in super::structure(db)? {
        let columns = table.foreign_keys.iter().filter_map(|key| key.strip_suffix(" -> oa_user(id)"));
        found.extend(columns.map(|column| (table.name.clone(), column.to_owned())));
    }
    Ok(found)
}
