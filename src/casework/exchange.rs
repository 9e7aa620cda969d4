//! The national exchange tables (up_pro_accept, _process, _result, _special_procedure): their
//! columns, and what a row of each says.

use jiff::civil::Date;

use crate::calendar::read_day;
use crate::intake::{Field, Row};
use crate::plan::Reject;

const fn field(key: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { key, aliases, required: false, carry_down: false }
}

const fn needed(key: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { key, aliases, required: true, carry_down: false }
}

const NO: Field = needed("no", &["no", "办件编号", "PROJID"]);
const ROW_KEY: Field = field("row_guid", &["row_guid", "行标识"]);

/// Which of the tables a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Accept,
    Process,
    Result,
    Special,
}

/// 受理 (up_pro_accept).
pub const ACCEPT_FIELDS: &[Field] = &[
    NO,
    field("item", &["item", "实施编码", "TASK_CODE", "事项"]),
    field("base_code", &["base_code", "基本编码", "CATALOG_CODE"]),
    field("handle_code", &["handle_code", "业务办理项编码", "TASK_HANDLE_ITEM"]),
    field("item_name", &["item_name", "事项名称"]),
    field("version", &["version", "事项版本"]),
    needed("received_on", &["received_on", "申请时间"]),
    field("accepted_on", &["accepted_on", "受理时间"]),
    field("accept_doc_no", &["accept_doc_no", "受理文书编号"]),
    field("promise_due_on", &["promise_due_on", "承诺办结时间"]),
    needed("applicant", &["applicant", "申请人名称"]),
    field("applicant_kind", &["applicant_kind", "申请人类型"]),
    field("id_kind", &["id_kind", "申请人证件类型"]),
    field("id_no", &["id_no", "申请人证件号码"]),
    field("contact", &["contact", "联系人"]),
    field("legal_person", &["legal_person", "法定代表人"]),
    field("organ", &["organ", "受理部门"]),
    field("organ_code", &["organ_code", "受理部门编码"]),
    field("handling_kind", &["handling_kind", "办理类型"]),
    ROW_KEY,
];

/// 办理过程 (up_pro_process).
pub const PROCESS_FIELDS: &[Field] = &[
    NO,
    needed("step", &["step", "环节名称"]),
    field("action", &["action", "业务动作"]),
    field("opinion", &["opinion", "办理意见"]),
    field("handler", &["handler", "环节处理人", "办理人"]),
    needed("started_on", &["started_on", "开始时间", "环节开始时间"]),
    field("ended_on", &["ended_on", "结束时间", "环节结束时间"]),
    ROW_KEY,
];

/// 办结 (up_pro_result).
pub const RESULT_FIELDS: &[Field] = &[
    NO,
    needed("decided_on", &["decided_on", "办结时间"]),
    needed("outcome", &["outcome", "办结结果"]),
    field("certificate_name", &["certificate_name", "结果证照名称"]),
    field("certificate_no", &["certificate_no", "结果证照编号"]),
    field("satisfaction", &["satisfaction", "满意度"]),
    field("by_post", &["by_post", "是否快递"]),
    ROW_KEY,
];

/// 特别程序 (up_pro_special_procedure).
pub const SPECIAL_FIELDS: &[Field] = &[
    NO,
    needed("kind", &["kind", "特别程序种类", "种类"]),
    needed("name", &["name", "特别程序名称", "名称"]),
    needed("started_on", &["started_on", "开始时间", "特别程序开始时间"]),
    field("ended_on", &["ended_on", "结束时间", "特别程序结束时间"]),
    field("basis", &["basis", "启动理由或依据", "特别程序启动理由或依据"]),
    field("result", &["result", "结果", "特别程序结果"]),
    field("opinion", &["opinion", "办理意见", "特别程序办理意见"]),
    ROW_KEY,
];

/// A row of the accept table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptRow {
    pub no: String,
    /// Codes and name by which the item may be found, best first.
    pub item: Vec<String>,
    pub received_on: Date,
    pub accepted_on: Option<Date>,
    pub accept_doc_no: Option<String>,
    pub applicant: String,
    pub applicant_kind: Option<String>,
    pub id_kind: Option<String>,
    pub id_no: Option<String>,
    pub contact: Option<String>,
    pub legal_person: Option<String>,
    pub organ: Option<String>,
    pub handling_kind: Option<String>,
}

/// A row of the process table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    pub no: String,
    pub step: String,
    pub action: Option<String>,
    pub opinion: Option<String>,
    pub handler: Option<String>,
    pub started_on: Date,
    pub ended_on: Option<Date>,
    /// The sender's key; made of the row's words where there is none.
    pub key: String,
}

/// A row of the result table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRow {
    pub no: String,
    pub decided_on: Date,
    /// `granted`, `refused`, `not_accepted`, `withdrawn` or `terminated`.
    pub outcome: &'static str,
    pub certificate_no: Option<String>,
    pub satisfaction: Option<String>,
    pub by_post: Option<bool>,
}

/// A row of the special-procedure table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialRow {
    pub no: String,
    /// `1` 延长审批, `2` any other (GB/T 39046-2020 A.7).
    pub kind: String,
    pub name: String,
    pub started_on: Date,
    pub ended_on: Option<Date>,
    pub basis: Option<String>,
    pub result: Option<String>,
    pub opinion: Option<String>,
}

/// Reads cells and gathers what is wrong with them.
struct Reader<'a> {
    row: &'a Row,
    rejects: Vec<Reject>,
}

impl<'a> Reader<'a> {
    fn new(row: &'a Row) -> Self {
        Self { row, rejects: Vec::new() }
    }

    fn text(&self, key: &str) -> Option<String> {
        self.row.get(key).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn reject(&mut self, column: &'static str, rule: &'static str, value: &str) {
        let (line, cells) = (self.row.line, self.row.original().to_vec());
        self.rejects.push(Reject { line, column, rule, value: value.to_owned(), cells });
    }

    fn needed(&mut self, key: &'static str) -> String {
        self.text(key).unwrap_or_else(|| {
            self.reject(key, "cell-missing", "");
            String::new()
        })
    }

    fn day(&mut self, key: &'static str) -> Option<Date> {
        let text = self.text(key)?;
        let day = read_day(&text);
        if day.is_none() {
            self.reject(key, "day-unreadable", &text);
        }
        day
    }

    fn needed_day(&mut self, key: &'static str) -> Date {
        if self.text(key).is_none() {
            self.reject(key, "cell-missing", "");
        }
        self.day(key).unwrap_or(Date::ZERO)
    }

    fn done<T>(self, found: T) -> Result<T, Vec<Reject>> {
        if self.rejects.is_empty() { Ok(found) } else { Err(self.rejects) }
    }
}

impl AcceptRow {
    /// Reads a row.
    ///
    /// # Errors
    /// Every rule the row breaks.
    pub fn read(row: &Row) -> Result<Self, Vec<Reject>> {
        let mut reader = Reader::new(row);
        let item = ["handle_code", "item", "base_code", "item_name"].into_iter().filter_map(|key| reader.text(key)).collect::<Vec<_>>();
        if item.is_empty() {
            reader.reject("item", "cell-missing", "");
        }
        let found = Self {
            no: reader.needed("no"),
            item,
            received_on: reader.needed_day("received_on"),
            accepted_on: reader.day("accepted_on"),
            accept_doc_no: reader.text("accept_doc_no"),
            applicant: reader.needed("applicant"),
            applicant_kind: reader.text("applicant_kind"),
            id_kind: reader.text("id_kind"),
            id_no: reader.text("id_no"),
            contact: reader.text("contact"),
            legal_person: reader.text("legal_person"),
            organ: reader.text("organ"),
            handling_kind: reader.text("handling_kind"),
        };
        if found.accepted_on.is_some_and(|on| on < found.received_on) {
            reader.reject("accepted_on", "day-before-receipt", &found.received_on.to_string());
        }
        reader.done(found)
    }
}

impl ProcessRow {
    /// Reads a row.
    ///
    /// # Errors
    /// Every rule the row breaks.
    pub fn read(row: &Row) -> Result<Self, Vec<Reject>> {
        let mut reader = Reader::new(row);
        let (no, step) = (reader.needed("no"), reader.needed("step"));
        let started_on = reader.needed_day("started_on");
        let ended_on = reader.day("ended_on");
        let made = format!("{no}/{step}/{started_on}/{}", reader.text("action").unwrap_or_default());
        let found = Self {
            key: reader.text("row_guid").unwrap_or(made),
            action: reader.text("action"),
            opinion: reader.text("opinion"),
            handler: reader.text("handler"),
            no,
            step,
            started_on,
            ended_on,
        };
        reader.done(found)
    }
}

impl ResultRow {
    /// Reads a row.
    ///
    /// # Errors
    /// Every rule the row breaks.
    pub fn read(row: &Row) -> Result<Self, Vec<Reject>> {
        let mut reader = Reader::new(row);
        let said = reader.needed("outcome");
        let outcome = match said.as_str() {
            "granted" | "准予许可" | "办结（通过）" | "办结(通过)" | "审批通过" | "ZYXK" => "granted",
            "refused" | "不予许可" | "审批不通过" | "BYXK" => "refused",
            "not_accepted" | "不予受理" | "不受理" | "BYSL" => "not_accepted",
            "withdrawn" | "撤销申请" | "撤回申请" | "CXSQ" => "withdrawn",
            "terminated" | "终止" | "异常终止" | "YCZZ" => "terminated",
            _ => {
                if !said.is_empty() {
                    reader.reject("outcome", "outcome-unknown", &said);
                }
                ""
            }
        };
        let satisfaction = match reader.text("satisfaction").as_deref() {
            None => None,
            Some("1" | "非常满意") => Some("1"),
            Some("2" | "满意") => Some("2"),
            Some("3" | "基本满意") => Some("3"),
            Some("4" | "不满意") => Some("4"),
            Some("5" | "非常不满意") => Some("5"),
            Some(other) => {
                let other = other.to_owned();
                reader.reject("satisfaction", "satisfaction-unknown", &other);
                None
            }
        };
        let by_post = reader.text("by_post").map(|text| matches!(text.as_str(), "1" | "是" | "true"));
        let found = Self {
            no: reader.needed("no"),
            decided_on: reader.needed_day("decided_on"),
            outcome,
            certificate_no: reader.text("certificate_no"),
            satisfaction: satisfaction.map(str::to_owned),
            by_post,
        };
        reader.done(found)
    }
}

impl SpecialRow {
    /// Reads a row.
    ///
    /// # Errors
    /// Every rule the row breaks.
    pub fn read(row: &Row) -> Result<Self, Vec<Reject>> {
        let mut reader = Reader::new(row);
        let said = reader.needed("kind");
        let kind = match said.as_str() {
            "1" | "A" | "延长审批" => "1",
            "2" | "B" | "其他" | "" => "2",
            _ => {
                reader.reject("kind", "special-kind", &said);
                "2"
            }
        };
        let found = Self {
            no: reader.needed("no"),
            kind: kind.to_owned(),
            name: reader.needed("name"),
            started_on: reader.needed_day("started_on"),
            ended_on: reader.day("ended_on"),
            basis: reader.text("basis"),
            result: reader.text("result"),
            opinion: reader.text("opinion"),
        };
        if found.ended_on.is_some_and(|on| on < found.started_on) {
            reader.reject("ended_on", "day-before-start", &found.started_on.to_string());
        }
        reader.done(found)
    }
}
