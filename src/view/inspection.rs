//! What an inspection says beside its findings: the rules it went by, and what it could not look at. The formats for
//! findings (sarif, junit, the page with filters) need it; the others show the rows alone.

use super::{Cell, Report};

/// An inspection: its rows are findings, one column for each name in [`Place`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    pub version: String,
    /// RFC 3339: the moment judged by.
    pub clock: String,
    pub rules: Vec<InspectedRule>,
    /// Whether the state of a finding was told by an earlier report.
    pub compared: bool,
    /// Findings of the earlier report that are gone: rule, table, key, detail, fingerprint.
    pub gone: Vec<[String; 5]>,
    /// The words of the page, in the reader's language.
    pub words: Words,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InspectedRule {
    pub id: String,
    pub name: String,
    pub area: String,
    pub severity: String,
    pub title: String,
    pub why: String,
    pub clause: String,
    pub remedy: String,
    /// Why it could not be evaluated.
    pub skipped: Option<String>,
}

/// What the page calls its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    pub language: String,
    pub title: String,
    pub search: String,
    pub all: String,
    pub shown: String,
    pub severity: String,
    pub state: String,
    pub rule: String,
    pub subject: String,
    pub detail: String,
    pub remedy: String,
    pub clause: String,
    pub skipped: String,
    pub nothing: String,
    /// The line of totals.
    pub total: String,
}

impl Inspection {
    pub(super) fn rule(&self, id: &str) -> Option<(usize, &InspectedRule)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.id == id)
    }
}

/// Where the cells of a finding stand in its row.
pub(super) struct Place {
    rule: Option<usize>,
    severity: Option<usize>,
    state: Option<usize>,
    table: Option<usize>,
    key: Option<usize>,
    detail: Option<usize>,
    first_seen: Option<usize>,
    waiver: Option<usize>,
    fingerprint: Option<usize>,
}

/// A row, as a finding.
pub(super) struct Finding<'a> {
    pub rule: String,
    pub severity: String,
    pub state: String,
    pub table: String,
    pub key: String,
    pub detail: String,
    pub first_seen: String,
    pub waiver: &'a Cell,
    pub fingerprint: String,
}

impl Place {
    pub fn of(report: &Report) -> Self {
        let at = |key: &str| report.columns.iter().position(|column| column.key == key);
        Self {
            rule: at("rule"),
            severity: at("severity"),
            state: at("state"),
            table: at("table"),
            key: at("key"),
            detail: at("detail"),
            first_seen: at("first_seen"),
            waiver: at("waiver"),
            fingerprint: at("fingerprint"),
        }
    }

    pub fn read<'a>(&self, row: &'a [Cell], report: &Report) -> Finding<'a> {
        const NONE: &Cell = &Cell::Empty;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or(NONE);
        let text = |at: Option<usize>| super::text::human(cell(at), report, false);
        Finding {
            rule: text(self.rule),
            severity: text(self.severity),
            state: text(self.state),
            table: text(self.table),
            key: text(self.key),
            detail: text(self.detail),
            first_seen: text(self.first_seen),
            waiver: cell(self.waiver),
            fingerprint: text(self.fingerprint),
        }
    }
}
