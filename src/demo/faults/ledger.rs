//! Faults of the audit log, the schema's history and the audit's own books.

use jiff::ToSpan;

use super::{BASE, Bed};
use crate::demo::WORKDAYS;
use crate::demo::row::{Meddling, at, put};

impl<E> Bed<'_, '_, E> {
    /// `plain` is an account that may be granted something.
    pub(super) fn log(&mut self, plain: i64) -> Result<(), E> {
        // One entry each working day, but for one of them. They come after the entry of `init`, which is dated today:
        // with the first of them time goes backwards.
        let days: Vec<_> =
            (1..=20).rev().map(|n| self.writer.today.saturating_sub(n.days())).filter(|day| WORKDAYS.is_workday(*day)).collect();
        let silent = days[3];
        let written: Vec<_> = days.iter().filter(|day| **day != silent).collect();
        for (n, day) in written.iter().enumerate() {
            let seq = BASE + n as i64;
            // The second says nothing of what was done.
            let verb = if n == 1 { "" } else { "unit set" };
            put!(self.writer, "audit_log", {
                seq: seq, op_id: format!("planted-{n}"), at: at(**day, "10:00"), os_user: "root", host: "oa", source: "by hand",
                verb: verb, subject_table: "unit", subject_key: "00", result: "done",
            })?;
        }
        self.expect("LOG-006", silent.to_string());
        self.expect("LOG-007", (BASE + 1).to_string());
        self.expect("LOG-008", BASE.to_string());

        // Number 1 is the seal of `init`; 2 is missing, and 4 does not hold the hash of 3.
        let mut before = self.writer.hash();
        for n in 0..written.len() as i64 {
            let hash = self.writer.hash();
            let previous = if n == 1 { self.writer.hash() } else { before };
            put!(self.writer, "audit_seal", {
                no: n + 3, log_seq: BASE + n, prev_hash: previous, entry_hash: hash.as_str(), sealed_at: at(*written[n as usize], "10:00"),
            })?;
            before = hash;
        }
        self.expect("LOG-001", "4");
        self.expect("LOG-002", "2");

        // A checkpoint of a log that was once longer and older, and the last that was anchored.
        let (id, head, day) = (self.next("audit_checkpoint"), self.writer.hash(), self.ago(40));
        put!(self.writer, "audit_checkpoint", {
            id: id, origin: "swj", tree_size: 999_999, head_hash: head, created_at: at(day, "09:00"), anchored_to: "值班表",
            anchored_at: at(day, "09:00"),
        })?;
        self.expect("LOG-003", format!("size 999999 of {day} 09:00:00"));
        self.expect("LOG-004", "latest");
        self.expect("LOG-005", "oldest");

        let [_, security, audit] = self.writer.ground.administrators;
        let (id, granted) = (self.next("user_role"), at(self.ago(1), "09:00"));
        put!(self.writer, "user_role", {
            id: id, user_id: plain, role_id: BASE + 2, granted_by: security, granted_at: granted.as_str(), approved_by: audit,
            approved_at: granted.as_str(),
        })?;
        self.expect("LOG-009", "acc-002/payment_request");
        Ok(())
    }

    pub(super) fn schema(&mut self) -> Result<(), E> {
        let (by_hand, other) = (self.writer.hash(), self.writer.hash());
        put!(self.writer, "schema_migration", { version: "00000000000000", name: "by_hand", checksum: by_hand })?;
        self.expect("SCH-001", "00000000000000");
        self.writer.meddle(&Meddling {
            table: "schema_migration",
            column: "checksum",
            value: other,
            found_by: ("version", "00000000000001".to_owned()),
        })?;
        self.expect("SCH-002", "00000000000001");
        Ok(())
    }

    pub(super) fn waivers(&mut self) -> Result<(), E> {
        let (made, yesterday) = (self.ago(100), self.ago(1));
        let [asked, approved, _] = self.writer.ground.administrators;
        let (still_there, gone, old) = ("f".repeat(32), "e".repeat(32), "d".repeat(32));
        for (rule, fingerprint, until) in [("UNI-005", &still_there, yesterday), ("INF-003", &gone, self.ahead(100))] {
            let id = self.next("audit_waiver");
            put!(self.writer, "audit_waiver", {
                id: id, rule_id: rule, fingerprint: fingerprint.as_str(), reason: "上级同意暂缓", requested_by: asked,
                approved_by: approved, created_on: made, expires_on: until,
            })?;
        }
        self.expect("AUD-001", format!("UNI-005 {still_there} of {made}"));
        self.expect("AUD-002", format!("INF-003 {gone} of {made}"));
        for (rule, fingerprint, severity, state, key) in
            [("UNI-005", &still_there, "low", "waived", "99"), ("ACC-001", &old, "critical", "open", "longgone")]
        {
            let id = self.next("audit_finding");
            put!(self.writer, "audit_finding", {
                id: id, rule_id: rule, fingerprint: fingerprint.as_str(), severity: severity, subject_table: "unit", subject_key: key,
                detail: "planted", first_seen: at(made, "09:00"), last_seen: at(yesterday, "09:00"), state: state,
            })?;
        }
        self.expect("AUD-003", "ACC-001/longgone");
        Ok(())
    }
}
