//! Faults of cases (办件): each is a case of its own on the first item of the catalogue.

use jiff::civil::{Date, date};

use super::Bed;
use crate::demo::row::{at, id, put};

/// A case that was handled as it should be, to be spoiled in one respect.
struct Case {
    received: Date,
    accepted: Option<Date>,
    legal_due: Option<Date>,
    promised: Option<Date>,
    extended: Option<(Date, Date)>,
    decided: Option<Date>,
    outcome: Option<&'static str>,
    delivered: Option<Date>,
    status: &'static str,
}

impl<E> Bed<'_, '_, E> {
    /// Refused in time: nothing more is owed.
    fn handled(&self) -> Case {
        Case {
            received: self.ago(100),
            accepted: Some(self.ago(100)),
            legal_due: Some(self.ago(60)),
            promised: None,
            extended: None,
            decided: Some(self.ago(80)),
            outcome: Some("refused"),
            delivered: None,
            status: "decided",
        }
    }

    fn under_review(&self) -> Case {
        Case { legal_due: None, decided: None, outcome: None, status: "review", ..self.handled() }
    }

    pub(super) fn cases(&mut self) -> Result<(), E> {
        let yesterday = self.ago(1);
        self.case("LIC-001", &Case { legal_due: Some(yesterday), ..self.under_review() })?;
        self.case("LIC-002", &Case { promised: Some(self.ago(85)), ..self.handled() })?;
        self.case("LIC-003", &Case { received: self.ago(30), accepted: None, status: "received", ..self.under_review() })?;
        self.case("LIC-004", &Case { extended: Some((self.ago(65), self.ago(20))), decided: Some(self.ago(30)), ..self.handled() })?;
        self.case("LIC-005", &Case { outcome: Some("granted"), ..self.handled() })?;
        // Before the first version of the catalogue came into force.
        let early = date(2009, 6, 1);
        let old = Case { received: early, accepted: Some(early), legal_due: None, decided: Some(early), ..self.handled() };
        self.case("LIC-006", &old)?;

        let paused = self.case("LIC-007", &self.under_review())?;
        let id = self.next("license_case_event");
        put!(self.writer, "license_case_event", {
            id: id, case_id: paused, seq: 1, event: "paused", at: at(self.ago(50), "09:00"), until_on: self.ago(50),
        })?;
        let id = self.next("license_case_special");
        put!(self.writer, "license_case_special", {
            id: id, case_id: paused, kind: "2", name: "听证", started_on: self.ago(50), until_on: yesterday,
        })?;

        // Due in a year that no notice of public holidays covers.
        let year = self.writer.today.year() + 3;
        let far = Case { received: yesterday, accepted: Some(yesterday), legal_due: Some(date(year, 3, 1)), ..self.under_review() };
        self.file_case("SCH-003", &far)?;
        self.expect("SCH-003", year.to_string());
        Ok(())
    }

    fn case(&mut self, rule: &'static str, case: &Case) -> Result<i64, E> {
        self.expect(rule, rule);
        self.file_case(rule, case)
    }

    fn file_case(&mut self, no: &'static str, case: &Case) -> Result<i64, E> {
        let row = self.next("license_case");
        let head = self.writer.ground.administrators[0];
        put!(self.writer, "license_case", {
            id: row, no: no, organ_id: id(0), item_id: id(0), item_version_no: 1, applicant_name: "某公司",
            received_on: case.received, accepted_on: case.accepted, legal_due_on: case.legal_due, promise_due_on: case.promised,
            extended_on: case.extended.map(|(on, _)| on), extended_by: case.extended.map(|_| head),
            extended_due_on: case.extended.map(|(_, due)| due), decided_on: case.decided, outcome: case.outcome,
            delivered_on: case.delivered, status: case.status,
        })?;
        Ok(row)
    }
}
