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

impl Transfer {
    /// Whether it is what shall be noted, word for word.
    pub fn says(&self, new: &NewTransfer) -> bool {
        let NewTransfer {
            user_id,
            kind,
            from_unit_id,
            to_unit_id,
            effective_on,
            basis_doc_no,
            handover_to_id,
            post_name,
            until_on,
            keep_roles,
        } = new;
        (self.user_id, &self.kind, self.from_unit_id, self.to_unit_id) == (*user_id, kind, *from_unit_id, *to_unit_id)
            && (self.effective_on, &self.basis_doc_no, self.handover_to_id) == (*effective_on, basis_doc_no, *handover_to_id)
            && (&self.post_name, self.until_on, self.keep_roles) == (post_name, *until_on, *keep_roles)
    }
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

/// The latest departure of a person that was carried out: when it was.
///
/// # Errors
/// The engine's.
pub fn departed_at(db: &mut Db, user: i64) -> DbResult<Option<Instant>> {
    Ok(user_transfer::table
        .filter(user_transfer::user_id.eq(user))
        .filter(user_transfer::kind.eq_any(DEPARTURES))
        .filter(user_transfer::processed_at.is_not_null())
        .order(user_transfer::processed_at.desc())
        .select(user_transfer::processed_at)
        .first::<Option<Instant>>(db)
        .optional()?
        .flatten())
}

/// Kinds of movement by which somebody goes for good.
pub const DEPARTURES: [&str; 3] = ["leave", "retire", "dismiss"];

/// The day the latest move, departure or return of a person took effect.
///
/// # Errors
/// The engine's.
pub fn last_on(db: &mut Db, user: i64) -> DbResult<Option<Day>> {
    Ok(user_transfer::table
        .filter(user_transfer::user_id.eq(user))
        .filter(user_transfer::kind.ne("second"))
        .filter(user_transfer::processed_at.is_not_null())
        .order(user_transfer::effective_on.desc())
        .select(user_transfer::effective_on)
        .first(db)
        .optional()?)
}

/// Moves and departures, carried out or to come, whose papers (清退) are not noted as returned.
///
/// # Errors
/// The engine's.
pub fn papers_out(db: &mut Db, user: i64) -> DbResult<Vec<Transfer>> {
    Ok(user_transfer::table
        .filter(user_transfer::user_id.eq(user))
        .filter(user_transfer::kind.ne_all(["second", "return"]))
        .filter(user_transfer::cancelled_at.is_null())
        .filter(user_transfer::papers_returned_at.is_null())
        .order((user_transfer::effective_on, user_transfer::id))
        .select(Transfer::as_select())
        .load(db)?)
}

/// Notes that the papers of a movement were returned.
///
/// # Errors
/// The engine's.
pub fn papers_returned(db: &mut Db, id: i64, at: Instant) -> DbResult<()> {
    diesel::update(user_transfer::table.find(id)).set(user_transfer::papers_returned_at.eq(Some(at))).execute(db)?;
    Ok(())
}

/// Notes on the movements carried out that nothing of a person is left to hand over.
///
/// # Errors
/// The engine's.
pub fn handed_over(db: &mut Db, user: i64, at: Instant) -> DbResult<()> {
    diesel::update(user_transfer::table)
        .filter(user_transfer::user_id.eq(user))
        .filter(user_transfer::processed_at.is_not_null())
        .filter(user_transfer::handover_done_at.is_null())
        .filter(user_transfer::kind.ne_all(["second", "return"]))
        .set(user_transfer::handover_done_at.eq(Some(at)))
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
