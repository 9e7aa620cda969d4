//! Roles (角色), what they permit, which exclude one another, and who holds them.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::{oa_user, role, role_exclusion, role_permission, user_role};
use super::types::Instant;

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

/// Grants a role; giver and approver are two people, neither of them the grantee (GB/T 22239 8.1.7.3).
///
/// # Errors
/// The engine's.
pub fn grant(db: &mut Db, user: i64, role: i64, by: i64, approved_by: i64, at: Instant) -> DbResult<()> {
    diesel::insert_into(user_role::table)
        .values((
            user_role::user_id.eq(user),
            user_role::role_id.eq(role),
            user_role::granted_by.eq(by),
            user_role::granted_at.eq(at),
            user_role::approved_by.eq(approved_by),
            user_role::approved_at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// The live holders of the three administrators' roles: kind and login, by kind.
///
/// # Errors
/// The engine's.
pub fn administrators(db: &mut Db) -> DbResult<Vec<(String, String)>> {
    Ok(user_role::table
        .inner_join(role::table)
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(role::admin_kind.ne("none"))
        .filter(user_role::revoked_at.is_null())
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
