//! The working-day calendar (工作日历): only the days that differ from the plain week.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::calendar_day;
use super::types::Day;

/// A day on which the State Council's notice departs from the plain week.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendar_day)]
pub struct CalendarDay {
    pub day: Day,
    /// True: a weekend day that is worked (调休); false: a day off.
    pub is_workday: bool,
    /// The holiday's name.
    pub name: Option<String>,
    /// The notice's number.
    pub source: Option<String>,
}

/// Every day of the table, oldest first.
///
/// # Errors
/// The engine's.
pub fn all(db: &mut Db) -> DbResult<Vec<CalendarDay>> {
    Ok(calendar_day::table.order(calendar_day::day).select(CalendarDay::as_select()).load(db)?)
}

/// Adds one day.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, day: &CalendarDay) -> DbResult<()> {
    diesel::insert_into(calendar_day::table).values(day).execute(db)?;
    Ok(())
}

/// Takes one day out: the plain week holds again.
///
/// # Errors
/// The engine's.
pub fn remove(db: &mut Db, day: Day) -> DbResult<()> {
    diesel::delete(calendar_day::table.find(day)).execute(db)?;
    Ok(())
}
