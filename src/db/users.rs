//! Users (用户) and their accounts.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::connection::Db;
use super::error::DbResult;
use super::schema::{oa_user, unit};
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

/// A choice of users.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    pub unit: Option<String>,
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
