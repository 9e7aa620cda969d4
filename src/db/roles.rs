//! Roles (角色), what they permit, which exclude one another, and who holds them.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::schema::{oa_user, role, role_exclusion, role_permission, role_request, user_role};
use super::types::{Day, Instant};
use super::users::User;

/// A role (角色).
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = role)]
pub struct Role {
    pub id: i64,
    pub code: String,
    pub name: String,
    /// `none`, or one of the three administrators (三员): `system`, `security`, `audit`.
    pub admin_kind: String,
    pub privileged: bool,
}

/// A role not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = role)]
pub struct NewRole {
    pub code: String,
    pub name: String,
    /// `none`, or one of the three administrators (三员): `system`, `security`, `audit`.
    pub admin_kind: String,
    pub privileged: bool,
}

/// Adds a role with its permissions and returns its id.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, new: &NewRole, permissions: &[&str]) -> DbResult<i64> {
    let id = diesel::insert_into(role::table).values(new).returning(role::id).get_result(db)?;
    for perm in permissions {
        diesel::insert_into(role_permission::table)
            .values((role_permission::role_id.eq(id), role_permission::perm.eq(*perm)))
            .execute(db)?;
    }
    Ok(id)
}

/// Whether there is a role of this code.
///
/// # Errors
/// The engine's.
pub fn is_there(db: &mut Db, code: &str) -> DbResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(role::table.filter(role::code.eq(code)))).get_result(db)?)
}

/// Declares two roles mutually exclusive (互斥角色).
///
/// # Errors
/// The engine's.
pub fn exclude(db: &mut Db, one: i64, other: i64, reason: &str) -> DbResult<()> {
    diesel::insert_into(role_exclusion::table)
        .values((role_exclusion::role_a.eq(one.min(other)), role_exclusion::role_b.eq(one.max(other)), role_exclusion::reason.eq(reason)))
        .execute(db)?;
    Ok(())
}

/// A grant (授权) not yet written: giver and approver are two people, neither of them the grantee (GB/T 22239 8.1.7.3).
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_role)]
pub struct NewGrant {
    pub user_id: i64,
    pub role_id: i64,
    pub granted_by: i64,
    pub granted_at: Instant,
    pub approved_by: Option<i64>,
    pub approved_at: Option<Instant>,
    pub expires_on: Option<Day>,
    pub reason: Option<String>,
}

/// A grant asked for (授权申请) and not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = role_request)]
pub struct NewRequest {
    pub user_id: i64,
    pub role_id: i64,
    pub requested_by: i64,
    pub requested_at: Instant,
    pub expires_on: Option<Day>,
    pub reason: Option<String>,
}

/// A grant that waits for a second person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = role_request)]
pub struct Request {
    pub id: i64,
    pub requested_by: i64,
    pub expires_on: Option<Day>,
    pub reason: Option<String>,
}

/// A grant in force.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = user_role)]
pub struct Grant {
    pub id: i64,
    pub expires_on: Option<Day>,
}

/// Who held which role, who gave it and why: one line of a listing, in the words of the log.
#[derive(Clone, Debug)]
pub struct GrantLine {
    pub login: String,
    pub name: String,
    pub role: String,
    pub by: String,
    pub at: String,
    pub decided_by: String,
    pub decided_at: String,
    pub until: String,
    pub reason: String,
    /// Of a request its status; of a grant when it was taken back.
    pub end: String,
    pub end_reason: String,
}

/// Keeps others from changing roles and grants until this transaction ends: what two administrators do at once is
/// judged one after the other. Whoever changes accounts takes the same lock: a role that is taken back and a holder who is
/// disabled at once must not leave a post empty.
///
/// # Errors
/// The engine's; [`super::DbError::Busy`] when the other takes too long.
pub fn lock(db: &mut Db) -> DbResult<()> {
    super::units::one_at_a_time(db)
}

/// Holds an account until the end of the transaction: it is not disabled while it is given a role.
///
/// # Errors
/// The engine's.
pub fn hold_user(db: &mut Db, user: i64) -> DbResult<()> {
    run(db, "UPDATE oa_user SET status = status WHERE id = $1", &[Value::Int(user)])
}

/// All roles by code.
///
/// # Errors
/// The engine's.
pub fn all(db: &mut Db) -> DbResult<Vec<Role>> {
    Ok(role::table.order(role::code).select(Role::as_select()).load(db)?)
}

/// Finds a role by its code.
///
/// # Errors
/// The engine's.
pub fn by_code(db: &mut Db, code: &str) -> DbResult<Option<Role>> {
    Ok(role::table.filter(role::code.eq(code)).select(Role::as_select()).first(db).optional()?)
}

/// Brings a role's name and weight up to date.
///
/// # Errors
/// The engine's.
pub fn edit(db: &mut Db, id: i64, name: &str, privileged: bool) -> DbResult<()> {
    diesel::update(role::table.find(id)).set((role::name.eq(name), role::privileged.eq(privileged))).execute(db)?;
    Ok(())
}

/// Every permission with the code of the role that has it.
///
/// # Errors
/// The engine's.
pub fn permissions(db: &mut Db) -> DbResult<Vec<(String, String)>> {
    Ok(role_permission::table
        .inner_join(role::table)
        .order((role::code, role_permission::perm))
        .select((role::code, role_permission::perm))
        .load(db)?)
}

/// The permissions of one role, in order.
///
/// # Errors
/// The engine's.
pub fn permissions_of(db: &mut Db, role: i64) -> DbResult<Vec<String>> {
    Ok(role_permission::table
        .filter(role_permission::role_id.eq(role))
        .order(role_permission::perm)
        .select(role_permission::perm)
        .load(db)?)
}

/// Gives a role a permission.
///
/// # Errors
/// The engine's.
pub fn permit(db: &mut Db, role: i64, perm: &str) -> DbResult<()> {
    diesel::insert_into(role_permission::table).values((role_permission::role_id.eq(role), role_permission::perm.eq(perm))).execute(db)?;
    Ok(())
}

/// Takes a permission out of a role.
///
/// # Errors
/// The engine's.
pub fn deny(db: &mut Db, role: i64, perm: &str) -> DbResult<()> {
    diesel::delete(role_permission::table.find((role, perm))).execute(db)?;
    Ok(())
}

/// What an account may do today: the permissions of the roles it holds, whose term is not over.
///
/// # Errors
/// The engine's.
pub fn allowed(db: &mut Db, user: i64, today: Day) -> DbResult<Vec<String>> {
    Ok(user_role::table
        .inner_join(role::table)
        .inner_join(role_permission::table.on(role_permission::role_id.eq(role::id)))
        .filter(user_role::user_id.eq(user))
        .filter(user_role::revoked_at.is_null())
        .filter(user_role::expires_on.is_null().or(user_role::expires_on.ge(today)))
        .select(role_permission::perm)
        .order(role_permission::perm)
        .distinct()
        .load(db)?)
}

/// Pairs of role codes that exclude each other.
///
/// # Errors
/// The engine's.
pub fn exclusions(db: &mut Db) -> DbResult<Vec<(String, String)>> {
    let sql = "SELECT a.code AS one, b.code AS other FROM role_exclusion e \
               JOIN role a ON a.id = e.role_a JOIN role b ON b.id = e.role_b ORDER BY a.code, b.code";
    let pairs = select_texts(db, sql, &["one", "other"], &[])?;
    Ok(pairs.into_iter().map(|mut pair| (std::mem::take(&mut pair[0]), std::mem::take(&mut pair[1]))).collect())
}

/// Ends an exclusion.
///
/// # Errors
/// The engine's.
pub fn lift(db: &mut Db, one: i64, other: i64) -> DbResult<()> {
    diesel::delete(role_exclusion::table.find((one.min(other), one.max(other)))).execute(db)?;
    Ok(())
}

/// The accounts of one person that are not closed: those with the same staff number, or the one alone.
///
/// # Errors
/// The engine's.
pub fn accounts_of(db: &mut Db, user: i64) -> DbResult<Vec<i64>> {
    let staff_no: Option<String> = oa_user::table.find(user).select(oa_user::staff_no).first(db)?;
    let Some(staff_no) = staff_no else { return Ok(vec![user]) };
    Ok(oa_user::table
        .filter(oa_user::staff_no.eq(staff_no))
        .filter(oa_user::status.ne("closed").or(oa_user::id.eq(user)))
        .order(oa_user::id)
        .select(oa_user::id)
        .load(db)?)
}

/// The accounts with a staff number that are not closed.
///
/// # Errors
/// The engine's.
pub fn accounts_numbered(db: &mut Db, staff_no: &str) -> DbResult<Vec<i64>> {
    Ok(oa_user::table
        .filter(oa_user::staff_no.eq(staff_no))
        .filter(oa_user::status.ne("closed"))
        .order(oa_user::id)
        .select(oa_user::id)
        .load(db)?)
}

/// The roles in force on an account.
///
/// # Errors
/// The engine's.
pub fn in_force(db: &mut Db, user: i64) -> DbResult<Vec<Role>> {
    Ok(user_role::table
        .inner_join(role::table)
        .filter(user_role::user_id.eq(user))
        .filter(user_role::revoked_at.is_null())
        .order(role::code)
        .select(Role::as_select())
        .load(db)?)
}

/// The grant of a role that is in force on an account.
///
/// # Errors
/// The engine's.
pub fn live(db: &mut Db, user: i64, role: i64) -> DbResult<Option<Grant>> {
    Ok(user_role::table
        .filter(user_role::user_id.eq(user))
        .filter(user_role::role_id.eq(role))
        .filter(user_role::revoked_at.is_null())
        .select(Grant::as_select())
        .first(db)
        .optional()?)
}

/// The active accounts that hold a role, by login.
///
/// # Errors
/// The engine's.
pub fn holders(db: &mut Db, role: i64) -> DbResult<Vec<(i64, String)>> {
    Ok(user_role::table
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::role_id.eq(role))
        .filter(user_role::revoked_at.is_null())
        .filter(oa_user::status.eq("active"))
        .order(oa_user::login_name)
        .select((oa_user::id, oa_user::login_name))
        .load(db)?)
}

/// The logins that hold a role, whatever has become of the account.
///
/// # Errors
/// The engine's.
pub fn all_holders(db: &mut Db, role: i64) -> DbResult<Vec<String>> {
    Ok(user_role::table
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::role_id.eq(role))
        .filter(user_role::revoked_at.is_null())
        .order(oa_user::login_name)
        .select(oa_user::login_name)
        .load(db)?)
}

/// The active accounts that hold a role without a term.
///
/// # Errors
/// The engine's.
pub fn holders_for_good(db: &mut Db, role: i64) -> DbResult<Vec<i64>> {
    Ok(user_role::table
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::role_id.eq(role))
        .filter(user_role::revoked_at.is_null())
        .filter(user_role::expires_on.is_null())
        .filter(oa_user::status.eq("active"))
        .select(oa_user::id)
        .load(db)?)
}

/// The logins of the people who hold two roles, on one account or on several.
///
/// # Errors
/// The engine's.
pub fn with_both(db: &mut Db, one: i64, other: i64) -> DbResult<Vec<String>> {
    let sql = "SELECT DISTINCT u.login_name AS login FROM user_role a JOIN oa_user u ON u.id = a.user_id \
               JOIN user_role b ON b.role_id = $2 AND b.revoked_at IS NULL JOIN oa_user v ON v.id = b.user_id \
               WHERE a.role_id = $1 AND a.revoked_at IS NULL AND u.status <> 'closed' AND v.status <> 'closed' \
               AND (u.id = v.id OR u.staff_no = v.staff_no) ORDER BY u.login_name";
    let rows = select_texts(db, sql, &["login"], &[Value::Int(one), Value::Int(other)])?;
    Ok(rows.into_iter().flatten().collect())
}

/// Grants a role.
///
/// # Errors
/// The engine's: the account holds it already.
pub fn grant(db: &mut Db, new: &NewGrant) -> DbResult<()> {
    diesel::insert_into(user_role::table).values(new).execute(db)?;
    Ok(())
}

/// Takes a grant back.
///
/// # Errors
/// The engine's.
pub fn revoke(db: &mut Db, grant: i64, at: Instant, by: Option<i64>, reason: Option<&str>) -> DbResult<()> {
    diesel::update(user_role::table.find(grant))
        .set((user_role::revoked_at.eq(Some(at)), user_role::revoked_by.eq(by), user_role::revoked_reason.eq(reason)))
        .execute(db)?;
    Ok(())
}

/// Writes down that a grant is asked for.
///
/// # Errors
/// The engine's: one waits already.
pub fn ask(db: &mut Db, new: &NewRequest) -> DbResult<()> {
    diesel::insert_into(role_request::table).values(new).execute(db)?;
    Ok(())
}

/// The request for a role that waits on an account.
///
/// # Errors
/// The engine's.
pub fn waiting(db: &mut Db, user: i64, role: i64) -> DbResult<Option<Request>> {
    Ok(role_request::table
        .filter(role_request::user_id.eq(user))
        .filter(role_request::role_id.eq(role))
        .filter(role_request::status.eq("waiting"))
        .select(Request::as_select())
        .first(db)
        .optional()?)
}

/// An account by its id.
///
/// # Errors
/// The engine's.
pub fn account(db: &mut Db, id: i64) -> DbResult<User> {
    Ok(oa_user::table.find(id).select(User::as_select()).first(db)?)
}

/// Ends a request: `approved`, `refused` or `withdrawn`.
///
/// # Errors
/// The engine's.
pub fn decide(db: &mut Db, request: i64, status: &str, by: Option<i64>, at: Instant, reason: Option<&str>) -> DbResult<()> {
    diesel::update(role_request::table.find(request))
        .set((
            role_request::status.eq(status),
            role_request::decided_by.eq(by),
            role_request::decided_at.eq(Some(at)),
            role_request::decision_reason.eq(reason),
        ))
        .execute(db)?;
    Ok(())
}

/// Grants by role and login: those in force, or all there ever were.
///
/// # Errors
/// The engine's.
pub fn grants(db: &mut Db, ended_too: bool) -> DbResult<Vec<GrantLine>> {
    let chosen = if ended_too { "" } else { "WHERE g.revoked_at IS NULL" };
    lines(
        db,
        &format!(
            "SELECT u.login_name AS login, u.real_name AS name, r.code AS role, b.login_name AS giver, g.granted_at AS given, \
             a.login_name AS decider, g.approved_at AS decided, g.expires_on AS until, g.reason AS why, g.revoked_at AS ended, \
             g.revoked_reason AS end_why FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id \
             JOIN oa_user b ON b.id = g.granted_by LEFT JOIN oa_user a ON a.id = g.approved_by {chosen} ORDER BY r.code, u.login_name, g.id"
        ),
    )
}

/// Requests by day: those that wait, or all there ever were.
///
/// # Errors
/// The engine's.
pub fn requests(db: &mut Db, decided_too: bool) -> DbResult<Vec<GrantLine>> {
    let chosen = if decided_too { "" } else { "WHERE g.status = 'waiting'" };
    lines(
        db,
        &format!(
            "SELECT u.login_name AS login, u.real_name AS name, r.code AS role, b.login_name AS giver, g.requested_at AS given, \
             a.login_name AS decider, g.decided_at AS decided, g.expires_on AS until, g.reason AS why, g.status AS ended, \
             g.decision_reason AS end_why FROM role_request g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id \
             JOIN oa_user b ON b.id = g.requested_by LEFT JOIN oa_user a ON a.id = g.decided_by {chosen} ORDER BY g.requested_at, g.id"
        ),
    )
}

fn lines(db: &mut Db, sql: &str) -> DbResult<Vec<GrantLine>> {
    let columns = ["login", "name", "role", "giver", "given", "decider", "decided", "until", "why", "ended", "end_why"];
    let line = |cells: Vec<String>| {
        let [login, name, role, by, at, decided_by, decided_at, until, reason, end, end_reason] = cells.try_into().ok()?;
        Some(GrantLine { login, name, role, by, at, decided_by, decided_at, until, reason, end, end_reason })
    };
    Ok(select_texts(db, sql, &columns, &[])?.into_iter().filter_map(line).collect())
}

/// The grants whose term was over before a day and that nobody has taken back: grant, login and role.
///
/// # Errors
/// The engine's.
pub fn expired(db: &mut Db, today: Day) -> DbResult<Vec<(i64, String, String)>> {
    Ok(user_role::table
        .inner_join(role::table)
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::revoked_at.is_null())
        .filter(user_role::expires_on.lt(today))
        .order((role::code, oa_user::login_name))
        .select((user_role::id, oa_user::login_name, role::code))
        .load(db)?)
}

/// Every active account with the roles whose term is not over on a day, by login.
///
/// # Errors
/// The engine's.
pub fn held_by_all(db: &mut Db, on: Day) -> DbResult<Vec<(String, String, String)>> {
    Ok(user_role::table
        .inner_join(role::table)
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::revoked_at.is_null())
        .filter(user_role::expires_on.is_null().or(user_role::expires_on.ge(on)))
        .filter(oa_user::status.eq("active"))
        .order((oa_user::login_name, role::code))
        .select((oa_user::login_name, oa_user::real_name, role::code))
        .load(db)?)
}

/// Who holds the three administrators' roles on a day, active and in term: kind and login, by kind.
///
/// # Errors
/// The engine's.
pub fn administrators(db: &mut Db, on: Day) -> DbResult<Vec<(String, String)>> {
    Ok(user_role::table
        .inner_join(role::table)
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(role::admin_kind.ne("none"))
        .filter(user_role::revoked_at.is_null())
        .filter(user_role::expires_on.is_null().or(user_role::expires_on.ge(on)))
        .filter(oa_user::status.eq("active"))
        .order((role::admin_kind, oa_user::login_name))
        .select((role::admin_kind, oa_user::login_name))
        .load(db)?)
}

/// The role codes a user holds now, by code.
///
/// # Errors
/// The engine's.
pub fn held_by(db: &mut Db, user: i64) -> DbResult<Vec<String>> {
    Ok(user_role::table
        .inner_join(role::table)
        .filter(user_role::user_id.eq(user))
        .filter(user_role::revoked_at.is_null())
        .order(role::code)
        .select(role::code)
        .load(db)?)
}

/// The first holder and the role of the system, security and audit administrator, by id;
/// none when one of the three is missing.
///
/// # Errors
/// The engine's.
pub fn three(db: &mut Db) -> DbResult<Option<[(i64, i64); 3]>> {
    let mut found = Vec::new();
    for kind in ["system", "security", "audit"] {
        let holder = user_role::table
            .inner_join(role::table)
            .filter(role::admin_kind.eq(kind))
            .filter(user_role::revoked_at.is_null())
            .order(user_role::id)
            .select((user_role::user_id, user_role::role_id))
            .first::<(i64, i64)>(db)
            .optional()?;
        found.extend(holder);
    }
    Ok(found.try_into().ok())
}
