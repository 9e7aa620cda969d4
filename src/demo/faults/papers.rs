//! Faults of documents and of their disclosure: each stands on a document of its own.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Bed;
use crate::demo::row::{at, put};

/// A document without a fault, to be given one.
pub(super) struct Paper {
    pub(super) title: &'static str,
    pub(super) direction: &'static str,
    pub(super) kind: &'static str,
    /// Number in a series nobody else writes in.
    pub(super) no: Option<i64>,
    /// What is printed, where it is not what the parts say.
    pub(super) printed: Option<String>,
    pub(super) secrecy: &'static str,
    pub(super) years: Option<i64>,
    pub(super) urgency: &'static str,
    pub(super) signed: bool,
    pub(super) issued: Date,
    pub(super) received: Option<Date>,
    pub(super) registered: Option<Date>,
    pub(super) needs_reply: bool,
    pub(super) due: Option<Date>,
    pub(super) finished: Option<Date>,
    pub(super) status: &'static str,
    pub(super) attribute: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) body: bool,
}

const WORD: &str = "津水问";

/// What the rules call a row that has a title and no number.
pub(super) fn unnumbered(title: &str, id: i64) -> String {
    format!("{title} #{id}")
}

impl<E> Bed<'_, '_, E> {
    /// A draft: what is no document yet owes nothing.
    pub(super) fn draft(&self, title: &'static str) -> Paper {
        Paper {
            title,
            direction: "internal",
            kind: "tongzhi",
            no: None,
            printed: None,
            secrecy: "none",
            years: None,
            urgency: "normal",
            signed: false,
            issued: self.ago(10),
            received: None,
            registered: None,
            needs_reply: false,
            due: None,
            finished: None,
            status: "draft",
            attribute: None,
            reason: None,
            body: true,
        }
    }

    fn outgoing(&self, title: &'static str, no: i64) -> Paper {
        Paper { direction: "out", no: Some(no), signed: true, status: "issued", attribute: Some("on_request"), ..self.draft(title) }
    }

    pub(super) fn incoming(&self, title: &'static str) -> Paper {
        let yesterday = self.ago(1);
        Paper { direction: "in", received: Some(yesterday), registered: Some(yesterday), status: "handling", ..self.draft(title) }
    }

    /// The year of the series.
    fn year(&self) -> i64 {
        self.ago(10).year().into()
    }

    /// A number of the series, as it is printed.
    fn number(&self, no: i64) -> String {
        format!("{WORD}〔{}〕{no}号", self.year())
    }

    /// Writes it and returns its id.
    pub(super) fn paper(&mut self, paper: &Paper) -> Result<i64, E> {
        let id = self.next("document");
        let year = self.year();
        let number = paper.no.map(|no| paper.printed.clone().unwrap_or_else(|| self.number(no)));
        let numbered = paper.no.is_some();
        put!(self.writer, "document", {
            id: id,
            direction: paper.direction,
            type_code: paper.kind,
            title: paper.title,
            doc_word: numbered.then_some(WORD),
            doc_year: numbered.then_some(year),
            doc_no: paper.no,
            doc_no_text: number,
            secrecy: paper.secrecy,
            secrecy_years: paper.years,
            urgency: paper.urgency,
            unit_id: self.writer.ground.bureau,
            signer_id: paper.signed.then_some(self.writer.ground.administrators[0]),
            signed_at: paper.signed.then(|| at(paper.issued, "08:30")),
            issued_on: paper.issued,
            received_at: paper.received.map(|day| at(day, "09:00")),
            registered_at: paper.registered.map(|day| at(day, "09:30")),
            needs_reply: paper.needs_reply,
            due_at: paper.due.map(|day| at(day, "17:00")),
            finished_at: paper.finished.map(|day| at(day, "16:00")),
            status: paper.status,
            disclose_attr: paper.attribute,
            disclose_reason: paper.reason,
            created_at: at(paper.issued, "08:00"),
        })?;
        if paper.body {
            self.body(id)?;
        }
        Ok(id)
    }

    /// The text of a document, with its hash.
    pub(super) fn body(&mut self, document: i64) -> Result<(), E> {
        let (id, hash) = (self.next("document_file"), self.writer.hash());
        let created = at(self.ago(10), "08:00");
        put!(self.writer, "document_file", {
            id: id, document_id: document, kind: "body", file_name: "正文.ofd", format: "ofd", bytes: 40_960,
            sha256: hash, stored_path: format!("papers/{document}.ofd"), created_at: created,
        })
    }

    fn step(&mut self, document: i64, seq: i64, step: &'static str, assigned: Date, done: Option<String>) -> Result<(), E> {
        let id = self.next("document_step");
        put!(self.writer, "document_step", {
            id: id, document_id: document, seq: seq, step: step, assignee_id: self.writer.ground.administrators[0],
            assigned_at: at(assigned, "09:40"), done_at: done,
        })
    }

    /// `closed` is an account that is closed.
    pub(super) fn documents(&mut self, closed: i64) -> Result<(), E> {
        self.numbers()?;
        self.outgoing_papers()?;
        self.secrets()?;
        self.incoming_papers()?;
        self.steps(closed)?;

        let (id, yesterday) = (self.next("user_transfer"), self.ago(1));
        put!(self.writer, "user_transfer", {
            id: id, user_id: closed, kind: "retire", effective_on: yesterday, handover_done_at: at(yesterday, "09:00"),
            processed_at: at(yesterday, "10:00"),
        })?;
        self.expect("DOC-020", format!("acc-014 retire {yesterday}"));
        Ok(())
    }

    fn numbers(&mut self) -> Result<(), E> {
        let (old, newer) = (self.ago(20), self.ago(2));
        let wrong = format!("{WORD}({})10号", self.year());
        self.paper(&Paper { printed: Some(wrong.clone()), ..self.outgoing("字号用了圆括号", 10) })?;
        self.expect("DOC-001", wrong);

        for title in ["同号之一", "同号之二"] {
            self.paper(&self.outgoing(title, 20))?;
        }
        self.expect("DOC-002", self.number(20));

        let year = self.year();
        put!(self.writer, "doc_serial", { doc_word: WORD, doc_year: year, unit_id: self.writer.ground.bureau, last_no: 5 })?;
        for no in [1, 2, 3, 5] {
            self.paper(&self.outgoing("缺第四号", no))?;
        }
        self.expect("DOC-003", self.number(4));

        self.paper(&Paper { issued: newer, ..self.outgoing("前号", 41) })?;
        self.paper(&Paper { issued: old, ..self.outgoing("后号早于前号", 42) })?;
        self.expect("DOC-004", self.number(42));
        Ok(())
    }

    fn outgoing_papers(&mut self) -> Result<(), E> {
        self.paper(&Paper { signed: false, ..self.outgoing("未经签发", 50) })?;
        self.expect("DOC-005", self.number(50));

        let request = self.paper(&Paper { kind: "qingshi", ..self.outgoing("多头请示", 60) })?;
        for name in ["水利部", "天津市人民政府"] {
            let id = self.next("document_recipient");
            put!(self.writer, "document_recipient", { id: id, document_id: request, kind: "main", external_name: name })?;
        }
        self.expect("DOC-006", self.number(60));

        let unordered = self.paper(&self.outgoing("先印后签", 70))?;
        self.step(unordered, 1, "sign", self.ago(5), Some(at(self.ago(1), "09:00")))?;
        self.step(unordered, 2, "print", self.ago(5), Some(at(self.ago(2), "09:00")))?;
        self.expect("DOC-014", self.number(70));

        self.paper(&Paper { attribute: None, ..self.outgoing("未定公开属性", 80) })?;
        self.expect("DOC-018", self.number(80));

        self.paper(&Paper { attribute: Some("active"), ..self.outgoing("未进公开目录", 90) })?;
        self.expect("DIS-008", self.number(90));
        Ok(())
    }

    /// Whatever else is wrong with a classified document, it should not be here: DOC-007 finds each of them too.
    fn secrets(&mut self) -> Result<(), E> {
        for (title, years, attribute, rule) in [
            ("误入的秘密件", Some(5), None, None),
            ("无保密期限的秘密件", None, None, Some("DOC-008")),
            ("拟公开的秘密件", Some(5), Some("active"), Some("DOC-009")),
        ] {
            let id = self.paper(&Paper { secrecy: "secret", years, attribute, ..self.draft(title) })?;
            self.expect("DOC-007", unnumbered(title, id));
            if let Some(rule) = rule {
                self.expect(rule, unnumbered(title, id));
            }
        }
        Ok(())
    }

    fn incoming_papers(&mut self) -> Result<(), E> {
        let yesterday = self.ago(1);
        let id = self.paper(&Paper { urgency: "urgent", ..self.incoming("急件无时限") })?;
        self.expect("DOC-010", unnumbered("急件无时限", id));
        let id = self.paper(&Paper { due: Some(yesterday), ..self.incoming("逾期未办结") })?;
        self.expect("DOC-012", unnumbered("逾期未办结", id));
        let id = self.paper(&Paper { received: Some(self.ago(30)), ..self.incoming("迟登记") })?;
        self.expect("DOC-015", unnumbered("迟登记", id));
        let id = self.paper(&Paper { body: false, ..self.incoming("无正文") })?;
        self.expect("DOC-016", unnumbered("无正文", id));
        let id =
            self.paper(&Paper { needs_reply: true, finished: Some(yesterday), status: "finished", ..self.incoming("应复未复") })?;
        self.expect("DOC-019", unnumbered("应复未复", id));
        Ok(())
    }

    fn steps(&mut self, closed: i64) -> Result<(), E> {
        let yesterday = self.ago(1);
        let late = self.paper(&self.incoming("环节逾期未催"))?;
        let id = self.next("document_step");
        put!(self.writer, "document_step", {
            id: id, document_id: late, seq: 1, step: "undertake", assignee_id: self.writer.ground.administrators[0],
            assigned_at: at(self.ago(3), "10:00"), due_at: at(yesterday, "08:00"),
        })?;
        self.expect("DOC-011", unnumbered("环节逾期未催", late) + " 1 undertake");

        let stranded = self.paper(&self.incoming("待办挂在注销账户"))?;
        let id = self.next("document_step");
        put!(self.writer, "document_step", {
            id: id, document_id: stranded, seq: 1, step: "undertake", assignee_id: closed, assigned_at: at(yesterday, "10:00"),
        })?;
        self.expect("DOC-013", unnumbered("待办挂在注销账户", stranded) + " 1 undertake");

        let unread = self.paper(&self.incoming("传阅未阅"))?;
        self.step(unread, 1, "circulate", self.ago(30), None)?;
        self.expect("DOC-017", unnumbered("传阅未阅", unread) + " 1 circulate");
        Ok(())
    }

    pub(super) fn disclosure(&mut self) -> Result<(), E> {
        let long_ago = self.ago(60);
        // Formed, attribute, status, reviewed, published, source.
        self.item("DIS-001", long_ago, "active", "pending", None, None)?;
        self.item("DIS-002", self.ago(5), "active", "published", None, None)?;
        self.item("DIS-006", self.ago(500), "none", "exempt", None, None)?;
        let source =
            self.paper(&Paper { attribute: Some("none"), reason: Some("工作秘密"), ..self.outgoing("不予公开的来源", 110) })?;
        self.item("DIS-009", self.ago(5), "active", "published", Some(self.ago(4)), Some(source))?;
        if self.writer.today.month() > 1 {
            self.expect("DIS-007", (self.writer.today.year() - 1).to_string());
        }

        let (far, yesterday) = (self.ago(200), self.ago(1));
        self.request("DIS-003", self.ago(40), "open", Some(yesterday), None, None)?;
        self.request("DIS-004", far, "closed", Some(self.ago(170)), None, Some(self.ago(160)))?;
        let asked = self.request("DIS-005", self.ago(230), "closed", Some(self.ago(170)), None, Some(self.ago(171)))?;
        let id = self.next("disclosure_request_event");
        put!(self.writer, "disclosure_request_event", { id: id, request_id: asked, seq: 1, kind: "ask_supplement", on_date: self.ago(190) })
    }

    fn item(
        &mut self,
        rule: &'static str,
        formed: Date,
        attribute: &'static str,
        status: &'static str,
        reviewed: Option<Date>,
        source: Option<i64>,
    ) -> Result<(), E> {
        let id = self.next("disclosure_item");
        let [author, reviewer, _] = self.writer.ground.administrators;
        put!(self.writer, "disclosure_item", {
            id: id, index_no: rule, title: format!("问题信息{rule}"), publisher_unit_id: self.writer.ground.bureau, document_id: source,
            category: "问题", formed_on: formed, attribute: attribute, reason: (attribute == "none").then_some("内部管理信息"),
            attribute_set_on: formed, author_id: author, reviewed_by: reviewed.map(|_| reviewer),
            reviewed_at: reviewed.map(|day| at(day, "10:00")), review_result: reviewed.map(|_| "pass"),
            published_at: (status == "published").then(|| at(formed.saturating_add(2.days()), "10:00")),
            status: status, created_at: at(formed, "09:00"),
        })?;
        self.expect(rule, rule);
        Ok(())
    }

    fn request(
        &mut self,
        rule: &'static str,
        received: Date,
        status: &'static str,
        due: Option<Date>,
        extended: Option<Date>,
        replied: Option<Date>,
    ) -> Result<i64, E> {
        let id = self.next("disclosure_request");
        put!(self.writer, "disclosure_request", {
            id: id, no: rule, unit_id: self.writer.ground.bureau, applicant_kind: "natural_person", applicant_name: "某某", channel: "online",
            arrived_on: received, received_on: received, subject: "问题申请", regime: "2019", due_on: due, extended_due_on: extended,
            replied_on: replied, closed_on: replied, status: status, created_at: at(received, "09:00"),
        })?;
        self.expect(rule, rule);
        Ok(id)
    }
}
