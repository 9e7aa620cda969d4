//! Faults of archives, exchange, meetings, the portal and of running the place.

use jiff::civil::Date;

use super::papers::{Paper, unnumbered};
use super::{BASE, Bed};
use crate::demo::row::{at, put};

const FONDS: &str = "J900";

/// A file of the archive, filed as it should be; each rule's files are a series of their own.
struct Filed {
    year: i64,
    retention: &'static str,
    series: &'static str,
    no: i64,
    formed: Date,
    code: Option<&'static str>,
    document: Option<i64>,
    format: &'static str,
    /// Another hash than the one it was filed with.
    changed: bool,
}

/// A package that is still being made.
struct Package {
    no: &'static str,
    direction: &'static str,
    peer: i64,
    sequence: i64,
    document: Option<i64>,
    sender: Option<i64>,
    sent: Option<String>,
    due: Option<String>,
    manifest: String,
    computed: Option<String>,
    state: &'static str,
}

impl<E> Bed<'_, '_, E> {
    fn filed(&self, series: &'static str) -> Filed {
        let formed = self.ago(400);
        let year = formed.year().into();
        Filed { year, retention: "D10", series, no: 1, formed, code: None, document: None, format: "ofd", changed: false }
    }

    fn file(&mut self, filed: &Filed) -> Result<String, E> {
        let (id, hash, other) = (self.next("archive_item"), self.writer.hash(), self.writer.hash());
        let parts = format!("{FONDS}-WS·{}-{}-{}-{:04}", filed.year, filed.retention, filed.series, filed.no);
        let code = filed.code.map_or(parts, str::to_owned);
        put!(self.writer, "archive_item", {
            id: id, fonds_no: FONDS, category: "WS", year: filed.year, retention: filed.retention, org_code: filed.series,
            item_no: filed.no, archival_code: code.as_str(), title: format!("问题档案{}", filed.series), formed_on: filed.formed,
            document_id: filed.document, format: filed.format, bytes: 40_960, checked_sha256: if filed.changed { other } else { hash.clone() },
            sha256: hash, checked_at: at(self.ago(5), "09:00"), archived_at: at(self.ago(30), "09:00"),
        })?;
        Ok(code)
    }

    pub(super) fn archive(&mut self) -> Result<(), E> {
        let long_ago = jiff::civil::date(self.writer.today.year() - 3, 6, 15);
        let id = self.paper(&Paper { received: None, finished: Some(long_ago), status: "finished", ..self.incoming("逾期未归档") })?;
        self.expect("ARC-001", unnumbered("逾期未归档", id));

        put!(self.writer, "archive_fonds", { fonds_no: FONDS, unit_id: self.writer.ground.bureau, name: "问题全宗", hall_level: "city" })?;
        let code = self.file(&Filed { code: Some("J900-WS.2025-D10-A02-1"), ..self.filed("A02") })?;
        self.expect("ARC-002", code);
        let code = self.file(&self.filed("A03"))?;
        self.file(&self.filed("A03"))?;
        self.expect("ARC-003", code);
        let code = self.file(&self.filed("A04"))?;
        self.file(&Filed { no: 3, ..self.filed("A04") })?;
        self.expect("ARC-004", code.trim_end_matches("-0001"));
        let code = self.file(&Filed { retention: "C", ..self.filed("A05") })?;
        self.expect("ARC-005", code);
        let code = self.file(&Filed { changed: true, ..self.filed("A06") })?;
        self.expect("ARC-006", code);
        let source = self.paper(&self.draft("归档格式不合规的公文"))?;
        let code = self.file(&Filed { document: Some(source), format: "wps", ..self.filed("A07") })?;
        self.expect("ARC-007", code);
        let six_years = self.ago(6 * 366);
        let code = self.file(&Filed { formed: six_years, year: six_years.year().into(), retention: "Y", ..self.filed("A11") })?;
        self.expect("ARC-011", code);
        let twelve_years = self.ago(12 * 366);
        let code = self.file(&Filed { formed: twelve_years, year: twelve_years.year().into(), ..self.filed("A12") })?;
        self.expect("ARC-012", code);
        let year = i64::from(self.ago(400).year()) - 1;
        let code = self.file(&Filed { year, ..self.filed("A13") })?;
        self.expect("ARC-013", code);

        self.transfer("ARC-008", 2, None, "pending", true)?;
        self.transfer("ARC-009", 0, Some(10), "accepted", false)?;
        self.transfer("ARC-010", 0, Some(40), "pending", true)
    }

    fn transfer(&mut self, rule: &'static str, items: i64, sent: Option<i64>, result: &'static str, secure: bool) -> Result<(), E> {
        let id = self.next("archive_transfer");
        let (created, sent) = (at(self.ago(50), "09:00"), sent.map(|days| at(self.ago(days), "09:00")));
        put!(self.writer, "archive_transfer", {
            id: id, no: rule, fonds_no: FONDS, created_at: created, item_count: items, total_bytes: 0, sent_at: sent,
            check_authentic: true, check_complete: true, check_usable: true, check_secure: secure, result: result,
        })?;
        self.expect(rule, rule);
        Ok(())
    }

    /// A peer of its own for each rule, so that numbers run without gaps.
    fn peer(&mut self, code: &'static str, gateway: Option<i64>) -> Result<i64, E> {
        let id = self.next("exchange_peer");
        put!(self.writer, "exchange_peer", { id: id, code: code, name: code, kind: "commission", gateway_unit_id: gateway })?;
        Ok(id)
    }

    fn building(&mut self, no: &'static str) -> Result<Package, E> {
        let (peer, manifest) = (self.peer(no, None)?, self.writer.hash());
        Ok(Package {
            no,
            direction: "out",
            peer,
            sequence: 1,
            document: None,
            sender: None,
            sent: None,
            due: None,
            manifest,
            computed: None,
            state: "built",
        })
    }

    fn package(&mut self, package: &Package) -> Result<i64, E> {
        let id = self.next("exchange_package");
        put!(self.writer, "exchange_package", {
            id: id, package_no: package.no, direction: package.direction, peer_id: package.peer, document_id: package.document,
            sender_unit_id: package.sender, sequence_no: package.sequence, created_at: at(self.ago(20), "09:00"),
            sent_at: package.sent.clone(), due_at: package.due.clone(), file_count: 1, bytes: 40_960,
            manifest_sha256: package.manifest.as_str(), computed_sha256: package.computed.clone(), state: package.state,
        })?;
        Ok(id)
    }

    fn receipt(
        &mut self,
        no: &'static str,
        of: (i64, &Package),
        kind: &'static str,
        when: String,
        reason: Option<&'static str>,
    ) -> Result<(), E> {
        let id = self.next("exchange_receipt");
        put!(self.writer, "exchange_receipt", {
            id: id, receipt_no: no, package_id: of.0, kind: kind, at: when, reason: reason, manifest_sha256: of.1.manifest.as_str(),
        })
    }

    pub(super) fn exchange(&mut self) -> Result<(), E> {
        let (yesterday, before) = (self.ago(1), self.ago(3));
        let one = Package { sent: Some(at(before, "09:00")), state: "sent", ..self.building("EXC-001")? };
        self.package(&one)?;
        let one = Package { direction: "in", due: Some(at(yesterday, "08:00")), state: "delivered", ..self.building("EXC-002")? };
        self.package(&one)?;
        let other = self.writer.hash();
        let one = Package { direction: "in", computed: Some(other), state: "delivered", ..self.building("EXC-003")? };
        self.package(&one)?;

        let one = self.building("EXC-004")?;
        self.package(&one)?;
        let manifest = self.writer.hash();
        self.package(&Package { sequence: 2, manifest, ..one })?;

        let one = Package { sent: Some(at(before, "09:00")), state: "returned", ..self.building("EXC-005")? };
        let id = self.package(&one)?;
        self.receipt("R-EXC-005", (id, &one), "returned", at(before, "10:00"), Some(""))?;

        let one = Package { sent: Some(at(before, "09:00")), state: "signed", ..self.building("EXC-006")? };
        let id = self.package(&one)?;
        self.receipt("R-EXC-006", (id, &one), "signed", at(before, "08:00"), None)?;

        let gateway = self.writer.ground.bureau;
        let peer = self.peer("GATE", Some(gateway))?;
        let one = Package { peer, sender: Some(BASE + 5), sent: Some(at(before, "09:00")), state: "signed", ..self.building("EXC-007")? };
        let id = self.package(&one)?;
        self.receipt("R-EXC-007", (id, &one), "signed", at(before, "10:00"), None)?;

        // A classified document should not even be here: DOC-007 finds it too.
        let secret = self.paper(&Paper { secrecy: "secret", years: Some(5), ..self.draft("进入交换的秘密件") })?;
        self.expect("DOC-007", unnumbered("进入交换的秘密件", secret));
        let one = Package { document: Some(secret), ..self.building("EXC-008")? };
        self.package(&one)?;

        let one = Package { sequence: 2, ..self.building("EXC-009")? };
        self.package(&one)?;
        for rule in ["EXC-001", "EXC-002", "EXC-003", "EXC-004", "EXC-005", "EXC-007", "EXC-008"] {
            self.expect(rule, rule);
        }
        self.expect("EXC-006", "R-EXC-006");
        self.expect("EXC-009", "EXC-009/out");
        Ok(())
    }

    fn meeting(
        &mut self,
        title: &'static str,
        day: Date,
        from: &'static str,
        to: &'static str,
        status: &'static str,
        minutes: bool,
    ) -> Result<i64, E> {
        let id = self.next("meeting");
        put!(self.writer, "meeting", {
            id: id, title: title, organiser_unit_id: self.writer.ground.bureau, room: "问题会议室", starts_at: at(day, from),
            ends_at: at(day, to), status: status, minutes_required: minutes,
        })?;
        Ok(id)
    }

    pub(super) fn meetings(&mut self) -> Result<(), E> {
        let (yesterday, tomorrow) = (self.ago(1), self.ahead(1));
        self.meeting("先订", yesterday, "09:00", "11:00", "held", false)?;
        let id = self.meeting("后订", yesterday, "10:00", "12:00", "held", false)?;
        self.expect("MTG-001", format!("后订 {yesterday} 10:00 #{id}"));
        let day = self.ago(30);
        let id = self.meeting("缺纪要", day, "09:00", "11:00", "held", true)?;
        self.expect("MTG-002", format!("缺纪要 {day} 09:00 #{id}"));
        let id = self.next("meeting_task");
        put!(self.writer, "meeting_task", { id: id, title: "逾期事项", unit_id: self.writer.ground.bureau, due_on: yesterday })?;
        self.expect("MTG-003", format!("逾期事项 {yesterday} #{id}"));
        let meeting = self.meeting("明日会议", tomorrow, "09:00", "11:00", "notified", false)?;
        let id = self.next("meeting_attendee");
        put!(self.writer, "meeting_attendee", { id: id, meeting_id: meeting, unit_id: BASE + 5, required: true })?;
        self.expect("MTG-004", format!("UNI-004 / 明日会议 {tomorrow} 09:00 #{meeting}"));
        Ok(())
    }

    pub(super) fn portal(&mut self) -> Result<(), E> {
        let id = self.next("portal_column");
        put!(self.writer, "portal_column", {
            id: id, code: "INF-001", name: "久未更新", section: "news", unit_id: self.writer.ground.bureau, update_days: 7,
        })?;
        self.expect("INF-001", "INF-001");
        let [author, reviewer, _] = self.writer.ground.administrators;
        for (title, reviewed) in [("未审先发", false), ("采用未计分", true)] {
            let (id, day) = (self.next("info_item"), self.ago(5));
            put!(self.writer, "info_item", {
                id: id, unit_id: self.writer.ground.bureau, author_id: author, title: title, submitted_at: at(day, "09:00"),
                reviewed_by: reviewed.then_some(reviewer), reviewed_at: reviewed.then(|| at(day, "10:00")), status: "published",
                published_at: at(day, "11:00"),
            })?;
            if reviewed {
                let title = unnumbered(title, id);
                put!(self.writer, "info_adoption", { id: id, info_item_id: id, level: "city", medium: "津水信息", adopted_on: day })?;
                self.expect("INF-003", format!("{title} / city 津水信息"));
            } else {
                self.expect("INF-002", unnumbered(title, id));
            }
        }
        Ok(())
    }

    pub(super) fn operations(&mut self) -> Result<(), E> {
        let [one, other, _] = self.writer.ground.administrators;
        let open = self.ahead(2);
        for days in 0..7 {
            let day = self.ahead(days);
            for (line, user) in [("infosec", one), ("editor", other)] {
                if line == "infosec" || day != open {
                    let id = self.next("duty_roster");
                    put!(self.writer, "duty_roster", { id: id, on_date: day, line: line, user_id: user })?;
                }
            }
        }
        self.expect("OPS-001", open.to_string());
        let (long_ago, yesterday) = (self.ago(30), self.ago(1));
        for (kind, title, due, closed) in [
            ("virus_update", "更新病毒库", None, Some(at(long_ago, "10:00"))),
            ("vulnerability", "未修补的漏洞", Some(at(yesterday, "08:00")), None),
        ] {
            let id = self.next("ops_record");
            put!(self.writer, "ops_record", { id: id, kind: kind, title: title, opened_at: at(long_ago, "09:00"), due_at: due, closed_at: closed })?;
            if kind == "vulnerability" {
                self.expect("OPS-003", unnumbered(title, id));
            }
        }
        self.expect("OPS-002", "virus_update");
        Ok(())
    }
}
