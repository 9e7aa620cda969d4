//! Keeping what a run found: first seen, gone, seen again.

use super::earlier::Known;
use super::findings::{Findings, Fingerprint, State};
use super::run::RunError;
use crate::db::audit_findings::{self, Became, Keep, Keeper};
use crate::db::{Db, DbError, Instant};

/// What keeping came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: u64,
    pub stayed: u64,
    pub returned: u64,
    pub fixed: u64,
}

/// Reads the findings kept by earlier runs into the place of what was known: a million of them are memory.
///
/// # Errors
/// The engine's.
pub fn know(db: &mut Db, known: &mut Known) -> Result<(), DbError> {
    known.begin(usize::try_from(audit_findings::count(db)?).unwrap_or(0));
    audit_findings::for_each_mark(db, |mark| {
        if let Some(print) = Fingerprint::parse(&mark.fingerprint) {
            known.add(&mark.rule_id, print, Some(mark.first_seen), mark.state == "fixed");
        }
    })?;
    known.sort();
    Ok(())
}

/// Keeps the findings of a run; what was known, is not there any more and belongs to a rule that `ran` is fixed.
///
/// # Errors
/// The engine's; the spool of the findings.
pub fn keep(db: &mut Db, findings: &Findings, known: &mut Known, ran: impl Fn(&str) -> bool, at: Instant) -> Result<Tally, RunError> {
    let mut keeper = Keeper::new(db, at)?;
    let mut tally = Tally::default();
    // A fault that shows in several rows of a rule is one finding here; they follow one another.
    let mut before = None;
    for finding in findings.iter() {
        let finding = finding?;
        let print = finding.fingerprint();
        if before.replace(print) == Some(print) {
            continue;
        }
        let waived = finding.standing.state == State::Waived;
        let became = match known.meet(print) {
            None => Became::Added,
            Some(earlier) if earlier.fixed && waived => Became::ReturnedWaived,
            Some(earlier) if earlier.fixed => Became::Returned,
            Some(_) if waived => Became::Waived,
            Some(_) => Became::Stayed,
        };
        match became {
            Became::Added => tally.added += 1,
            Became::Returned | Became::ReturnedWaived => tally.returned += 1,
            Became::Stayed | Became::Waived | Became::Fixed => tally.stayed += 1,
        }
        let one = Keep {
            became,
            rule: finding.rule.id.clone(),
            fingerprint: print.hex(),
            severity: finding.rule.severity.name(),
            table: finding.table.to_owned(),
            state: finding.standing.state.name(),
            key: finding.key,
            detail: finding.detail,
        };
        keeper.keep(db, one)?;
    }
    for (rule, print) in known.gone(ran) {
        tally.fixed += 1;
        let (table, key, detail) = (String::new(), String::new(), String::new());
        let (rule, fingerprint) = (rule.to_owned(), print.hex());
        keeper.keep(db, Keep { became: Became::Fixed, rule, fingerprint, severity: "", table, key, detail, state: "fixed" })?;
    }
    keeper.finish(db)?;
    Ok(tally)
}
