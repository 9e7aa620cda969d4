//! What every verb of a request shows: one line per request, no personal data but the applicant's kind.

use super::Desk;
use crate::cli::columns::{left, report, right};
use crate::db::requests::Request;
use crate::say;
use crate::view::{Cell, Column, Report};

/// The number of a request: a case has another word for it.
pub(super) fn numbered() -> Column {
    Column::left("no", say!("column-request-no"))
}

/// The columns of a list of requests.
pub(super) fn table(schema: &'static str) -> Report {
    report(
        schema,
        vec![
            numbered(),
            left("unit"),
            left("unit_name"),
            left("applicant_kind"),
            left("subject"),
            left("status"),
            left("received_on"),
            left("due_on"),
            right("left"),
            left("closed_on"),
            left("outcome_row"),
            left("flags"),
        ],
    )
}

/// Working days left until a day; negative when it has passed.
pub(super) fn left_until(desk: &Desk, due: jiff::civil::Date) -> i64 {
    if desk.today <= due { desk.workdays.between(desk.today, due) } else { -desk.workdays.between(due, desk.today) }
}

/// One request as a line.
pub(super) fn line(desk: &Desk, request: &Request, unit: &(String, String)) -> Vec<Cell> {
    let closed = request.status == "closed";
    let limit = if closed { None } else { desk.limit(request) };
    let due = if closed { request.extended_due_on.or(request.due_on).map(|day| day.0) } else { desk.due(request) };
    let provisional = limit.as_ref().and_then(|limit| limit.due.as_ref()).is_some_and(|due| due.due.provisional);
    let late = closed && request.replied_on.zip(due).is_some_and(|(replied, due)| replied.0 > due);
    let flags: Vec<&str> = [
        (request.extended_due_on.is_some(), "extended"),
        (provisional, "provisional"),
        (late, "late"),
        (desk.overdue(request), "overdue"),
        (limit.and_then(|limit| limit.waiting_until).is_some_and(|until| desk.today > until), "expired"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    vec![
        request.no.clone().into(),
        unit.0.clone().into(),
        unit.1.clone().into(),
        request.applicant_kind.clone().into(),
        request.subject.clone().into(),
        request.status.clone().into(),
        request.received_on.map(|day| day.0).into(),
        due.into(),
        due.filter(|_| !closed).map(|due| left_until(desk, due)).into(),
        request.closed_on.map(|day| day.0).into(),
        request.outcome_row.clone().into(),
        Some(flags.join(" ")).filter(|flags| !flags.is_empty()).into(),
    ]
}
