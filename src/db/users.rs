//! Users (用户) and their accounts.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::bulk::Bulk;
use super::connection::Db;
use super::error::DbResult;
use super::schema::{oa_user, role, unit, user_role};
use super::types::{Day, Instant};

/// A user (用户); the table is `oa_user` because `user` is reserved in PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = oa_user)]
pub struct User {
    pub id: i64,
    /// 账号.
    pub login_name: String,
    /// 姓名.
    pub real_name: String,
    /// 工号.
    pub staff_no: Option<String>,
    pub unit_id: Option<i64>,
    /// `person`, `external`, `service` or `shared`.
    pub account_type: String,
    /// `active` (启用), `disabled` (停用), `locked` (锁定) or `closed` (注销).
    pub status: String,
    /// 信息员: the unit's named information officer.
    pub is_info_officer: bool,
    /// 到岗.
    pub joined_on: Option<Day>,
    /// 离岗.
    pub left_on: Option<Day>,
    /// 临时或外部账户有效期.
    pub valid_until: Option<Day>,
    pub last_login_at: Option<Instant>,
    pub must_change_pwd: bool,
    pub mfa_enabled: bool,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// The end of a lock that has one.
    pub locked_until: Option<Instant>,
    pub disabled_at: Option<Instant>,
    pub disabled_reason: Option<String>,
    pub created_at: Instant,
}

/// A user not yet written, or the fields an import may bring up to date.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = oa_user, treat_none_as_null = true)]
pub struct NewUser {
    pub login_name: String,
    pub real_name: String,
    pub staff_no: Option<String>,
    pub unit_id: Option<i64>,
    pub account_type: String,
    pub is_info_officer: bool,
    pub joined_on: Option<Day>,
    pub valid_until: Option<Day>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// A stored password: the PHC string, its algorithm, and since when.
#[derive(Clone, Debug)]
pub struct Password {
    pub hash: String,
    pub algorithm: String,
}

/// When somebody logged in last; nothing set chooses nobody out.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoggedIn {
    pub before: Option<Instant>,
    pub since: Option<Instant>,
    /// Those who never did; beside the others, those too.
    pub never: bool,
}

/// A choice of users.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    pub unit: Option<String>,
    /// Of any of these units.
    pub units: Option<Vec<i64>>,
    /// Who holds this role on this day.
    pub role: Option<(String, Day)>,
    pub logged_in: LoggedIn,
    pub status: Option<String>,
    pub login: Option<String>,
}

impl NewUser {
    /// What the audit log keeps of an account; never a password.
    pub fn logged(&self, unit: Option<&str>) -> Value {
        json!({
            "login_name": self.login_name, "real_name": self.real_name, "staff_no": self.staff_no, "unit": unit,
            "account_type": self.account_type, "is_info_officer": self.is_info_officer,
            "joined_on": self.joined_on.map(|day| day.to_string()),
            "valid_until": self.valid_until.map(|day| day.to_string()),
            "phone": self.phone.as_deref().map(masked), "email": self.email,
        })
    }
}

/// A telephone number as every listing shows it (个人信息保护法 Art. 6, 51): the middle is hidden.
pub fn masked(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    match digits.len() {
        0..=4 => "*".repeat(digits.len()),
        n => {
            let (head, tail) = if n >= 11 { (3, 4) } else { (1, 2) };
            let hidden = "*".repeat(n - head - tail);
            format!("{}{hidden}{}", digits[..head].iter().collect::<String>(), digits[n - tail..].iter().collect::<String>())
        }
    }
}

/// Lists users with the code and short name of their unit, by unit code and then login.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &UserFilter) -> DbResult<Vec<(User, Option<(String, String)>)>> {
    let mut query = oa_user::table
        .left_join(unit::table)
        .select((User::as_select(), (unit::code, unit::short_name).nullable()))
        // The engines place NULL differently; people without a unit come last on both.
        .order((oa_user::unit_id.is_null(), unit::code, oa_user::login_name))
        .into_boxed();
    if let Some(code) = &filter.unit {
        query = query.filter(unit::code.eq(code));
    }
    if let Some(status) = &filter.status {
        query = query.filter(oa_user::status.eq(status));
    }
    if let Some(units) = &filter.units {
        query = query.filter(oa_user::unit_id.eq_any(units.clone()));
    }
    if let Some((code, day)) = &filter.role {
        let holders = user_role::table
            .inner_join(role::table)
            .filter(role::code.eq(code))
            .filter(user_role::revoked_at.is_null())
            .filter(user_role::expires_on.is_null().or(user_role::expires_on.ge(*day)))
            .select(user_role::user_id);
        query = query.filter(oa_user::id.eq_any(holders));
    }
    let LoggedIn { before, since, never } = filter.logged_in;
    query = match (before, since) {
        (None, None) if never => query.filter(oa_user::last_login_at.is_null()),
        (None, None) => query,
        (before, since) => {
            let far = |text: &str| Instant::parse(text).unwrap_or_else(|| Instant::new(jiff::Timestamp::UNIX_EPOCH));
            let from = since.unwrap_or_else(|| far("1900-01-01 00:00:00+08:00"));
            let until = before.unwrap_or_else(|| far("9999-01-01 00:00:00+08:00"));
            let within = oa_user::last_login_at.ge(from).and(oa_user::last_login_at.lt(until)).assume_not_null();
            if never { query.filter(within.or(oa_user::last_login_at.is_null())) } else { query.filter(within) }
        }
    };
    if let Some(login) = &filter.login {
        query = query.filter(oa_user::login_name.eq(login));
    }
    Ok(query.load(db)?)
}

/// Finds a user by login.
///
/// # Errors
/// The engine's.
pub fn by_login(db: &mut Db, login: &str) -> DbResult<Option<User>> {
    Ok(oa_user::table.filter(oa_user::login_name.eq(login)).select(User::as_select()).first(db).optional()?)
}

/// The id and status of an account: also in a database of an older schema, for rights are asked for before a migration.
///
/// # Errors
/// The engine's.
pub fn standing(db: &mut Db, login: &str) -> DbResult<Option<(i64, String)>> {
    Ok(oa_user::table.filter(oa_user::login_name.eq(login)).select((oa_user::id, oa_user::status)).first(db).optional()?)
}

/// Finds a user by staff number.
///
/// # Errors
/// The engine's.
pub fn by_staff_no(db: &mut Db, staff_no: &str) -> DbResult<Option<User>> {
    Ok(oa_user::table.filter(oa_user::staff_no.eq(staff_no)).order(oa_user::id).select(User::as_select()).first(db).optional()?)
}

/// Adds an account: active, with a password that must be changed, or none yet.
///
/// # Errors
/// The engine's; [`super::DbError::Rule`] when the login is taken.
pub fn add(db: &mut Db, new: &NewUser, password: Option<&Password>, at: Instant, by: Option<i64>) -> DbResult<User> {
    let id: i64 = diesel::insert_into(oa_user::table)
        .values((
            new,
            oa_user::status.eq("active"),
            oa_user::must_change_pwd.eq(true),
            oa_user::pwd_hash.eq(password.map(|p| p.hash.clone())),
            oa_user::pwd_algo.eq(password.map(|p| p.algorithm.clone())),
            oa_user::created_at.eq(at),
            oa_user::created_by.eq(by),
        ))
        .returning(oa_user::id)
        .get_result(db)?;
    Ok(oa_user::table.find(id).select(User::as_select()).first(db)?)
}

/// Brings an account's descriptive fields up to date.
///
/// # Errors
/// The engine's.
pub fn edit(db: &mut Db, id: i64, to: &NewUser) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(to).execute(db)?;
    Ok(())
}

/// An account as an import writes it: the row, and whether it may log in.
#[derive(Clone, Debug)]
pub struct Arriving {
    pub row: NewUser,
    pub status: String,
    /// Why it may not, where it may not.
    pub reason: Option<String>,
}

impl NewUser {
    /// The columns of [`NewUser::cells`].
    const COLUMNS: [&str; 10] =
        ["login_name", "real_name", "staff_no", "unit_id", "account_type", "is_info_officer", "joined_on", "valid_until", "phone", "email"];

    fn cells(&self) -> [Option<String>; 10] {
        [
            Some(self.login_name.clone()),
            Some(self.real_name.clone()),
            self.staff_no.clone(),
            self.unit_id.map(|id| id.to_string()),
            Some(self.account_type.clone()),
            Some(i64::from(self.is_info_officer).to_string()),
            self.joined_on.map(|day| day.to_string()),
            self.valid_until.map(|day| day.to_string()),
            self.phone.clone(),
            self.email.clone(),
        ]
    }
}

/// Adds many accounts at once, none of them with a password.
///
/// # Errors
/// The engine's; [`super::DbError::Rule`] when a login is taken.
pub fn add_all(db: &mut Db, new: &[Arriving], at: Instant) -> DbResult<()> {
    let columns = [&NewUser::COLUMNS[..], &["status", "disabled_at", "disabled_reason", "must_change_pwd", "created_at"]].concat();
    let mut bulk = Bulk::new(db, "oa_user", &columns)?;
    for account in new {
        let out = account.status != "active";
        let rest = [
            Some(account.status.clone()),
            out.then(|| at.stored()),
            account.reason.clone().filter(|_| out),
            Some("1".to_owned()),
            Some(at.stored()),
        ];
        let row: Vec<_> = account.row.cells().into_iter().chain(rest).collect();
        bulk.push(db, &row)?;
    }
    bulk.finish(db)?;
    Ok(())
}

/// Brings the descriptive fields of many accounts up to date, by login; tells how many there were.
///
/// # Errors
/// The engine's.
pub fn edit_all(db: &mut Db, to: &[NewUser]) -> DbResult<u64> {
    let mut bulk = Bulk::editing(db, "oa_user", &NewUser::COLUMNS)?;
    for user in to {
        bulk.push(db, &user.cells())?;
    }
    bulk.finish(db)
}

/// Takes many accounts out of use, each to its own status with its reason, by login; tells how many there were.
///
/// # Errors
/// The engine's.
pub fn put_out(db: &mut Db, accounts: &[(String, String, Option<String>)], at: Instant) -> DbResult<u64> {
    let mut bulk = Bulk::editing(db, "oa_user", &["login_name", "status", "disabled_at", "disabled_reason"])?;
    for (login, status, reason) in accounts {
        bulk.push(db, &[Some(login.clone()), Some(status.clone()), Some(at.stored()), reason.clone()])?;
    }
    bulk.finish(db)
}

/// Keeps everybody else from changing these accounts until the transaction ends; SQLite's write lock has done it already.
///
/// # Errors
/// The engine's.
pub fn hold(db: &mut Db, logins: &[&str]) -> DbResult<()> {
    #[cfg(not(feature = "postgres"))]
    let _ = logins;
    on_each!(db,
    sqlite(_c) => Ok(()),
    postgres(conn) => {
        let sql = "SELECT 1 FROM oa_user WHERE login_name IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) FOR UPDATE";
        diesel::sql_query(sql).bind::<diesel::sql_types::Text, _>(json!(logins).to_string()).execute(conn)?;
        Ok(())
    })
}

/// Logins of built-in accounts, and of those who hold a privileged role or are one of the three administrators (三员).
///
/// # Errors
/// The engine's.
pub fn privileged(db: &mut Db) -> DbResult<Vec<String>> {
    let holders = user_role::table
        .inner_join(role::table)
        .filter(user_role::revoked_at.is_null())
        .filter(role::admin_kind.ne("none").or(role::privileged.eq(true)))
        .select(user_role::user_id);
    Ok(oa_user::table
        .filter(oa_user::is_builtin.eq(true).or(oa_user::id.eq_any(holders)))
        .order(oa_user::login_name)
        .select(oa_user::login_name)
        .load(db)?)
}

/// Issues one-time activation codes (激活码): the login and the SHA-256 of its code.
///
/// # Errors
/// The engine's.
pub fn issue_codes(db: &mut Db, codes: &[(String, String)], at: Instant, expires: Day) -> DbResult<u64> {
    let (at, expires) = (at.stored(), expires.to_string());
    // SQLite numbers $2 by where it appears, ?2 by what it says.
    let sql = on_each!(db,
    sqlite(_c) => "INSERT INTO user_activation (user_id, code_sha256, issued_at, expires_on) \
        SELECT u.id, json_extract(value, '$[1]'), ?2, ?3 FROM json_each(?1) JOIN oa_user u ON u.login_name = json_extract(value, '$[0]')",
    postgres(_c) => "INSERT INTO user_activation (user_id, code_sha256, issued_at, expires_on) \
        SELECT u.id, r->>1, CAST($2 AS timestamptz), CAST($3 AS date) FROM jsonb_array_elements(CAST($1 AS jsonb)) AS r \
        JOIN oa_user u ON u.login_name = r->>0");
    let mut issued = 0;
    for part in codes.chunks(2_000) {
        let query = diesel::sql_query(sql).bind::<diesel::sql_types::Text, _>(json!(part).to_string());
        issued += query.bind::<diesel::sql_types::Text, _>(&at).bind::<diesel::sql_types::Text, _>(&expires).execute(db)? as u64;
    }
    Ok(issued)
}

/// Disables (停用) an account from an instant on.
///
/// # Errors
/// The engine's.
pub fn disable(db: &mut Db, id: i64, at: Instant, reason: Option<&str>) -> DbResult<()> {
    diesel::update(oa_user::table.find(id))
        .set((oa_user::status.eq("disabled"), oa_user::disabled_at.eq(Some(at)), oa_user::disabled_reason.eq(reason)))
        .execute(db)?;
    Ok(())
}

/// Notes that an administrator has taken up the work: second factor, own password, a login.
///
/// # Errors
/// The engine's.
pub fn settle(db: &mut Db, id: i64, at: Instant) -> DbResult<()> {
    diesel::update(oa_user::table.find(id))
        .set((
            oa_user::mfa_enabled.eq(true),
            oa_user::must_change_pwd.eq(false),
            oa_user::pwd_changed_at.eq(Some(at)),
            oa_user::last_login_at.eq(Some(at)),
        ))
        .execute(db)?;
    Ok(())
}

/// The login of a user.
///
/// # Errors
/// The engine's.
pub fn login_of(db: &mut Db, id: i64) -> DbResult<Option<String>> {
    Ok(oa_user::table.find(id).select(oa_user::login_name).first(db).optional()?)
}

/// The row id of a login, where somebody is named and has one.
///
/// # Errors
/// The engine's.
pub fn id_of(db: &mut Db, login: Option<&str>) -> DbResult<Option<i64>> {
    let Some(login) = login else { return Ok(None) };
    Ok(oa_user::table.filter(oa_user::login_name.eq(login)).select(oa_user::id).first(db).optional()?)
}

/// Logins of all who hold a role.
///
/// # Errors
/// The engine's.
pub fn role_holders(db: &mut Db) -> DbResult<Vec<String>> {
    let holders = user_role::table.filter(user_role::revoked_at.is_null()).select(user_role::user_id);
    Ok(oa_user::table.filter(oa_user::id.eq_any(holders)).order(oa_user::login_name).select(oa_user::login_name).load(db)?)
}

/// Puts a person into a unit.
///
/// # Errors
/// The engine's.
pub fn place(db: &mut Db, id: i64, unit: i64) -> DbResult<()> {
    diesel::update(oa_user::table.find(id)).set(oa_user::unit_id.eq(Some(unit))).execute(db)?;
    Ok(())
}

/// Row ids of all units with an active information officer (信息员).
///
/// # Errors
/// The engine's.
pub fn units_with_officer(db: &mut Db) -> DbResult<Vec<i64>> {
    let units: Vec<Option<i64>> = oa_user::table
        .filter(oa_user::status.eq("active"))
        .filter(oa_user::is_info_officer.eq(true))
        .filter(oa_user::unit_id.is_not_null())
        .select(oa_user::unit_id)
        .distinct()
        .load(db)?;
    Ok(units.into_iter().flatten().collect())
}

/// The active information officers (信息员) of a unit.
///
/// # Errors
/// The engine's.
pub fn officers_of(db: &mut Db, unit: i64) -> DbResult<Vec<i64>> {
    Ok(oa_user::table
        .filter(oa_user::unit_id.eq(unit))
        .filter(oa_user::status.eq("active"))
        .filter(oa_user::is_info_officer.eq(true))
        .order(oa_user::id)
        .select(oa_user::id)
        .load(db)?)
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_mobile_number_keeps_three_and_four_digits() {
        assert_eq!(masked("13812345678"), "138****5678");
        assert_eq!(masked("27811234"), "2*****34");
        assert_eq!(masked("110"), "***");
    }
}
