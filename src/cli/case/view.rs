//! What every verb of a case shows: one line per case.

use crate::cli::columns::{left, report, right};
use crate::db::cases::Case;
use crate::view::{Cell, Report};

use super::Desk;

/// The columns of a list of cases.
pub(super) fn table(schema: &'static str) -> Report {
    report(
        schema,
        vec![
            left("no"),
            left("item"),
            left("organ"),
            left("applicant"),
            left("status"),
            left("received_on"),
            left("accepted_on"),
            left("due_on"),
            right("left"),
            left("light"),
            left("legal_due_on"),
            left("decided_on"),
            left("outcome"),
            left("timing"),
            left("flags"),
        ],
    )
}

/// One case as a line.
pub(super) fn line(desk: &Desk, case: &Case) -> Vec<Cell> {
    let found = desk.standing(case);
    let item = desk.item(case);
    let day = |day: Option<crate::db::Day>| Cell::from(day.map(|day| day.0));
    let legal = found.legal.as_ref().map(|legal| legal.due.on);
    let provisional = found.legal.as_ref().is_some_and(|legal| legal.due.provisional);
    let flags: Vec<&str> = [
        (found.paused, "paused"),
        (case.deemed_accepted || found.deemed_accepted, "deemed-accepted"),
        (found.deemed_renewed, "deemed-renewed"),
        (case.extended_on.is_some(), "extended"),
        (provisional && found.due_on.is_some(), "provisional"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    vec![
        case.no.clone().into(),
        item.map(|item| item.name.clone()).into(),
        item.map(|item| item.organ.clone()).into(),
        case.applicant_name.clone().into(),
        case.status.clone().into(),
        case.received_on.0.into(),
        found.accepted_on.into(),
        found.due_on.into(),
        found.left.into(),
        found.light.map(|light| light.word()).into(),
        legal.into(),
        day(case.decided_on),
        case.outcome.clone().into(),
        found.timing.map(|timing| timing.word()).into(),
        Some(flags.join(" ")).filter(|flags| !flags.is_empty()).into(),
    ]
}

/// The report of a verb that changed one case.
pub(super) fn one(schema: &'static str, desk: &Desk, case: &Case) -> Report {
    let mut report = table(schema);
    report.push(line(desk, case));
    report
}
