//! Moves and departures of people (人员变动与交接): planned for a day, carried out, kept for ever.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::user_transfer;
use super::types::{Day, Instant};

/// A move or a departure.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = user_transfer)]
pub struct Transfer {
    pub id: i64,
    pub user_id: i64,
    /// `transfer` (调动), `second` (借调), `return` (返回), `leave` (离职), `retire` (退休) or `dismiss` (辞退).
    pub kind: String,
    pub from_unit_id: Option<i64>,
    pub to_unit_id: Option<i64>,
    pub effective_on: Day,
    /// 依据文件.
    pub basis_doc_no: Option<String>,
    /// 待办交接: who takes over.
    pub handover_to_id: Option<i64>,
    pub post_name: Option<String>,
    /// Last day of a secondment.
    pub until_on: Option<Day>,
    /// The roles of the old post go along.
    pub keep_roles: bool,
}

/// One not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_transfer)]
pub struct NewTransfer {
    pub user_id: i64,
    pub kind: String,
    pub from_unit_id: Option<i64>,
    pub to_unit_id: Option<i64>,
    pub effective_on: Day,
    pub basis_doc_no: Option<String>,
    pub handover_to_id: Option<i64>,
    pub post_name: Option<String>,
    pub until_on: Option<Day>,
    pub keep_roles: bool,
}

/// Notes a move or departure that is to come, and returns it.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, new: &NewTransfer) -> DbResult<Transfer> {
    let id: i64 = diesel::insert_into(user_transfer::table).values(new).returning(user_transfer::id).get_result(db)?;
    Ok(user_transfer::table.find(id).select(Transfer::as_select()).first(db)?)
}

/// What is planned and not carried out, in the order of its days.
///
/// # Errors
/// The engine's.
pub fn pending(db: &mut Db, user: Option<i64>) -> DbResult<Vec<Transfer>> {
    let mut query = user_transfer::table
        .filter(user_transfer::processed_at.is_null())
        .filter(user_transfer::cancelled_at.is_null())
        .order((user_transfer::effective_on, user_transfer::id))
        .select(Transfer::as_select())
        .into_boxed();
    if let Some(user) = user {
        query = query.filter(user_transfer::user_id.eq(user));
    }
    Ok(query.load(db)?)
}

/// Marks one as carried out.
///
/// # Errors
/// The engine's.
pub fn done(db: &mut Db, id: i64, at: Instant, by: Option<i64>, handed_over: bool) -> DbResult<()> {
    diesel::update(user_transfer::table.find(id))
        .set((
            user_transfer::processed_at.eq(Some(at)),
            user_transfer::processed_by.eq(by),
            user_transfer::handover_done_at.eq(handed_over.then_some(at)),
        ))
        .execute(db)?;
    Ok(())
}

/// Calls off whatever is still planned for a person; returns what it was.
///
/// # Errors
/// The engine's.
pub fn call_off(db: &mut Db, user: i64, at: Instant) -> DbResult<Vec<Transfer>> {
    let planned = pending(db, Some(user))?;
    for transfer in &planned {
        diesel::update(user_transfer::table.find(transfer.id)).set(user_transfer::cancelled_at.eq(Some(at))).execute(db)?;
    }
    Ok(planned)
}
