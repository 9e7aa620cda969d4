//! One row of a list, as the items it speaks of.

use sha2::{Digest, Sha256};

use super::fields::{DETAILS, LICENSE_FIELDS, N, TEXTS};
use super::limits::{self, Limit};
use super::normalise::{code, name, name_key, said, stated};
use crate::calendar::read_day;
use crate::intake::Row;

/// Where an item stands in the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// 主项.
    Main,
    /// 子项.
    Sub,
    /// 业务办理项.
    Handling,
}

impl Level {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
            Self::Handling => "handling",
        }
    }
}

/// What stands above an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Above {
    Nothing,
    /// The item named in the same row.
    Named(Box<Head>),
    /// The item whose code this one's begins with; it stands elsewhere in the file or in the database.
    Coded {
        scheme: &'static str,
        code: String,
    },
}

/// An item a row names only to hang another below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub name_key: String,
    pub scheme: &'static str,
    /// Derived from the nested item's code, where its shape allows.
    pub code: Option<String>,
    /// The main item above a sub-item that has 业务办理项 below it.
    pub above: Option<Box<Head>>,
}

impl Head {
    /// The names from the top down to this one, as one key.
    pub fn path(&self) -> String {
        match &self.above {
            Some(above) => format!("{}\u{1e}{}", above.path(), self.name_key),
            None => self.name_key.clone(),
        }
    }
}

/// An item as a row brings it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    pub line: u64,
    pub level: Level,
    pub above: Above,
    pub scheme: &'static str,
    pub code: Option<String>,
    /// None in a table that speaks of items by their codes alone.
    pub name: Option<String>,
    pub name_key: String,
    /// The organ, as written and as key; several organs in one cell stay one text.
    pub organ: Option<String>,
    pub organ_key: Option<String>,
    pub type_code: &'static str,
    pub lead_dept: Option<String>,
    pub legal: Option<Limit>,
    pub promise: Option<Limit>,
    /// The plain text columns, in the order of [`text_columns`].
    pub texts: Vec<Option<String>>,
    /// Further fields the row says something about, by key.
    pub details: Vec<(&'static str, String)>,
    /// The material a table with one line per material names.
    pub material: Option<String>,
    /// 序号, for the lint alone.
    pub seq: Option<String>,
    /// The row as it was written, with what was carried down; whoever read the item puts it here when it is needed.
    pub cells: Vec<String>,
}

impl Incoming {
    /// SHA-256 over what the row says: the same words give the same fingerprint.
    ///
    /// `columns` names what the file has columns for: the same words of a narrower file say less.
    pub fn fingerprint(&self, columns: &str) -> String {
        // Hashed in one piece: pieces of a few bytes cost more than the hash.
        let mut whole = Vec::with_capacity(1024);
        whole.extend_from_slice(columns.as_bytes());
        let mut put = |text: Option<&str>| {
            whole.extend_from_slice(text.unwrap_or_default().as_bytes());
            whole.extend_from_slice(&[0x1e, u8::from(text.is_some())]);
        };
        put(self.name.as_deref());
        put(match &self.above {
            Above::Named(head) => Some(head.path()),
            Above::Nothing | Above::Coded { .. } => None,
        }
        .as_deref());
        put(self.code.as_deref());
        put(self.organ.as_deref());
        put(Some(self.type_code));
        put(self.lead_dept.as_deref());
        for limit in [&self.legal, &self.promise] {
            put(limit.as_ref().map(|limit| limit.text.as_str()));
            put(limit.as_ref().map(|limit| limit.unit.word()));
        }
        self.texts.iter().for_each(|text| put(text.as_deref()));
        for (key, text) in &self.details {
            put(Some(key));
            put(Some(text));
        }
        hex(&Sha256::digest(&whole))
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The plain text columns of a version, by their names in the database.
pub fn text_columns() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(_, column)| *column)
}

/// The keys of the further fields.
pub fn detail_keys() -> impl Iterator<Item = &'static str> {
    DETAILS.iter().map(|number| number.key())
}

/// What a file has columns for: what it has none for, it does not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// Columns of a version.
    pub columns: Vec<&'static str>,
    /// Keys among the details.
    pub details: Vec<&'static str>,
    pub name: bool,
    pub organ: bool,
    pub kind: bool,
    pub lead_dept: bool,
    /// 承诺办结时限 in a column of its own.
    pub promise: bool,
    /// Any of the four codes.
    pub code: bool,
}

impl Present {
    /// What `has` says of each field, by key.
    pub fn of(has: impl Fn(&str) -> bool) -> Self {
        let limit = |key: &str, bare: bool| if has(key) || (bare && has("limit")) { vec!["n", "unit", "text"] } else { Vec::new() };
        let mut columns: Vec<&'static str> = TEXTS.iter().filter(|(number, _)| has(number.key())).map(|(_, column)| *column).collect();
        columns.extend(limit("legal_limit", false).into_iter().map(|part| match part {
            "n" => "legal_n",
            "unit" => "legal_unit",
            _ => "legal_text",
        }));
        columns.extend(limit("promise_limit", true).into_iter().map(|part| match part {
            "n" => "promise_n",
            "unit" => "promise_unit",
            _ => "promise_text",
        }));
        let mut details: Vec<&'static str> = DETAILS.iter().map(|number| number.key()).filter(|key| has(key)).collect();
        if has("material_name") && !columns.contains(&"materials") {
            columns.push("materials");
        }
        details.sort_unstable();
        Self {
            columns,
            details,
            name: has("name"),
            organ: has("organ"),
            kind: has("type"),
            lead_dept: has("lead_dept"),
            promise: has("promise_limit"),
            code: CODES.iter().any(|number| has(number.key())) || has("segment_serial"),
        }
    }
}

/// A rule a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFault {
    pub column: &'static str,
    pub rule: &'static str,
    pub value: String,
}

/// A doubt that does not keep a row out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemWarning {
    /// A limit without its unit, or 日 read as working days.
    LimitUnit,
    /// A bare 办结时限 that does not say whether legal or promised.
    LimitKind,
    /// A code that lost its leading zeros and got them back.
    ZerosRestored,
    /// A code of a length no scheme has.
    CodeLength,
    /// `****`: the cell was masked before it came.
    Masked,
    /// Two items in one cell, by ；.
    TwoItems,
    /// A day that cannot be read; it is kept as written.
    DayUnread,
    /// A type (事项类型) the standard does not know; it is taken as 其他行政权力.
    TypeUnknown,
}

impl ItemWarning {
    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::LimitUnit => "limit-unit",
            Self::LimitKind => "limit-kind",
            Self::ZerosRestored => "zeros-restored",
            Self::CodeLength => "code-length",
            Self::Masked => "masked",
            Self::TwoItems => "two-items",
            Self::DayUnread => "day-unread",
            Self::TypeUnknown => "type-unknown",
        }
    }
}

const CODES: [N; 4] = [N::HandleCode, N::ImplCode, N::BaseCode, N::LocalCode];

/// Reads one row.
///
/// # Errors
/// Every rule the row breaks, in one pass.
pub fn read_item(row: &Row) -> Result<(Incoming, Vec<ItemWarning>), Vec<ItemFault>> {
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let cell = |number: N| row.at(number as usize).unwrap_or_default();
    let main_name = name(cell(N::Name));
    let mut codes = [const { None }; 4];
    for (number, found) in CODES.into_iter().zip(&mut codes) {
        match code(cell(number)) {
            Ok(text) => *found = text.map(|text| mended(number, text, &mut warnings)),
            Err(value) => faults.push(ItemFault { column: number.key(), rule: "code-number-damaged", value }),
        }
    }
    let own_code = codes.iter().flatten().next().cloned().or_else(|| from_segments(row));
    let below_said = [N::SubName, N::HandleName].into_iter().any(|number| said(cell(number)).is_some());
    // A main item reaches down to the items below it, not to a row that names none of its own.
    let borrowed = row.is_carried(N::Name as usize) && !below_said;
    if borrowed || (main_name.is_empty() && (row.has(N::Name as usize) || own_code.is_none())) {
        faults.push(ItemFault { column: "name", rule: "name-missing", value: String::new() });
    }
    let mut limit = |number: N, unit: N| {
        let (text, unit) = (cell(number), cell(unit));
        // The unit of a bare number; a unit said twice, or as a code, must never become part of the number.
        let bare = text.chars().all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c) || c.is_whitespace());
        let worded = unit.chars().all(char::is_alphabetic);
        let whole = if unit.is_empty() || text.is_empty() || !bare || !worded { text.to_owned() } else { format!("{text}{unit}") };
        match limits::read(&whole) {
            Ok(found) => {
                if found.as_ref().is_some_and(|limit| limit.doubtful) {
                    warnings.push(ItemWarning::LimitUnit);
                }
                found
            }
            Err(fault) => {
                faults.push(ItemFault { column: number.key(), rule: fault.rule(), value: text.to_owned() });
                None
            }
        }
    };
    let legal = limit(N::LegalLimit, N::LegalUnit);
    let promise = limit(N::PromiseLimit, N::PromiseUnit);
    let bare = limit(N::Limit, N::PromiseUnit);
    if bare.is_some() {
        warnings.push(ItemWarning::LimitKind);
    }
    let starred = row.original().iter().any(|cell| cell.contains('*'));
    if starred && row.original().iter().any(|cell| cell.contains("****")) {
        warnings.push(ItemWarning::Masked);
    }
    if cell(N::Name).contains('；') {
        warnings.push(ItemWarning::TwoItems);
    }
    let kind = cell(N::Type);
    if !kind.is_empty() && type_code(kind) == "10" && kind != "10" && !kind.contains("其他") {
        warnings.push(ItemWarning::TypeUnknown);
    }
    // A number that was masked before it came must never replace the true one.
    if starred && row.original().iter().any(|cell| crate::identifiers::masked_number(cell)) {
        faults.push(ItemFault { column: "name", rule: "masked-number", value: String::new() });
    }
    let details = details(row, &codes, &mut warnings);
    if !faults.is_empty() {
        return Err(faults);
    }
    warnings.sort_unstable();
    warnings.dedup();
    let organ = said(cell(N::Organ)).map(|organ| name(&organ));
    let scheme = own_code.as_deref().map_or("local", scheme_of);
    let nested = |number: N, above: &str| {
        let text = name(said(row.at(number as usize)?)?.as_str());
        // Where there is no sub-item, its name repeats the main item's (阿拉善 glossary).
        (!text.is_empty() && name_key(&text) != name_key(above)).then_some(text)
    };
    let sub = nested(N::SubName, &main_name);
    let handling = nested(N::HandleName, sub.as_deref().unwrap_or(&main_name)).filter(|text| name_key(text) != name_key(&main_name));
    let (between, below) = match (sub, handling) {
        (sub, Some(handling)) => (sub, Some((handling, Level::Handling))),
        (sub, None) => (None, sub.map(|sub| (sub, Level::Sub))),
    };
    let parent_code = own_code.as_deref().and_then(|code| parent_code(scheme, code));
    let (own_name, level, above) = match (below, parent_code) {
        (Some((own, level)), parent) if !main_name.is_empty() => {
            let scheme = if parent.is_some() { scheme } else { "local" };
            let main = Head { name_key: name_key(&main_name), name: main_name, scheme, code: parent, above: None };
            let head = match between {
                Some(sub) => Head { name_key: name_key(&sub), name: sub, scheme: "local", code: None, above: Some(Box::new(main)) },
                None => main,
            };
            (Some(own), level, Above::Named(Box::new(head)))
        }
        (_, Some(code)) => (Some(main_name).filter(|name| !name.is_empty()), Level::Sub, Above::Coded { scheme, code }),
        _ => (Some(main_name).filter(|name| !name.is_empty()), Level::Main, Above::Nothing),
    };
    let incoming = Incoming {
        line: row.line,
        level,
        above,
        scheme,
        code: own_code,
        name_key: own_name.as_deref().map(name_key).unwrap_or_default(),
        name: own_name,
        organ_key: organ.as_deref().map(name_key),
        organ,
        type_code: type_code(cell(N::Type)),
        lead_dept: said(cell(N::LeadDept)),
        legal,
        promise: promise.or(bare),
        texts: TEXTS.iter().map(|(number, _)| stated(cell(*number))).collect(),
        details,
        material: said(cell(N::MaterialName)),
        seq: said(cell(N::Seq)),
        cells: Vec::new(),
    };
    Ok((incoming, warnings))
}

/// A code with the zeros a spreadsheet took from its front; only 基本编码 has a length to go by.
fn mended(number: N, code: String, warnings: &mut Vec<ItemWarning>) -> String {
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if number == N::BaseCode && digits && (7..12).contains(&code.len()) && code.len() != 10 {
        warnings.push(ItemWarning::ZerosRestored);
        return format!("{code:0>12}");
    }
    if number == N::BaseCode && !matches!(code.len(), 10 | 12 | 14) {
        warnings.push(ItemWarning::CodeLength);
    }
    code
}

fn from_segments(row: &Row) -> Option<String> {
    let segments = [N::Segment1, N::Segment2, N::Segment3, N::Segment4, N::Segment5];
    let parts: Option<Vec<String>> = segments.into_iter().map(|number| code(row.at(number as usize)?).ok()?).collect();
    parts.map(|parts| parts.concat())
}

/// The fields that are kept together, those the row says something about, by key.
/// The item's own code, the first of the four, is not among them.
fn details(row: &Row, codes: &[Option<String>; 4], warnings: &mut Vec<ItemWarning>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let own = CODES.iter().zip(codes).find(|(_, code)| code.is_some()).map(|(number, _)| *number);
    for number in DETAILS.iter().filter(|number| Some(**number) != own) {
        let Some(text) = row.at(*number as usize).and_then(stated) else { continue };
        let text = match number {
            N::HandleCode | N::ImplCode | N::BaseCode | N::LocalCode => {
                CODES.iter().zip(codes).find(|(code, _)| *code == number).and_then(|(_, code)| code.clone()).unwrap_or(text)
            }
            N::OrganCode => code(&text).ok().flatten().unwrap_or(text),
            N::Effective | N::Cancelled => match read_day(&text) {
                Some(day) => day.to_string(),
                None => {
                    warnings.push(ItemWarning::DayUnread);
                    text
                }
            },
            _ => text,
        };
        found.push((number.key(), text));
    }
    found.sort_unstable_by_key(|(key, _)| *key);
    found
}

/// The code of the main item above a sub-item, where the scheme's shape tells it: the last
/// three digits of 基本编码 are 000 for a main item, and its sub-items share the rest.
pub fn parent_code(scheme: &str, code: &str) -> Option<String> {
    let basic = matches!(code.len(), 12 | 30 | 31) && scheme == "gbt39554" && code.is_ascii();
    (basic && !code.ends_with("000")).then(|| format!("{}000", &code[..code.len() - 3]))
}

/// The scheme a code's shape speaks of (license.md 1.4); never refused on length alone.
pub fn scheme_of(code: &str) -> &'static str {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !code.is_ascii() {
        return "local";
    }
    match code.len() {
        12 if digits(code) => "gbt39554",
        // 统一社会信用代码, with or without the level, and the twelve digits.
        30 | 31 | 33 if digits(&code[code.len() - 12..]) => "gbt39554",
        16 if digits(code) => "hubei16",
        10 if digits(&code[2..]) => "gbt39046",
        9.. if digits(&code[..6]) && code[6..].starts_with("SU") => "tianjin",
        _ => "local",
    }
}

/// 事项类型 by GB/T 39046-2020 annex A.1; empty where nothing is said: a new item is a licence then.
fn type_code(text: &str) -> &'static str {
    const TYPES: [(&str, &str); 10] = [
        ("许可", "01"),
        ("处罚", "02"),
        ("强制", "03"),
        ("征收", "04"),
        ("给付", "05"),
        ("检查", "06"),
        ("确认", "07"),
        ("奖励", "08"),
        ("裁决", "09"),
        ("公共服务", "20"),
    ];
    const CODES: [&str; 11] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"];
    // A spreadsheet takes the zero from 01.
    if let Some(code) = CODES.into_iter().find(|code| *code == text || code.strip_prefix('0') == Some(text)) {
        return code;
    }
    match TYPES.iter().find(|(word, _)| text.contains(word)) {
        Some((_, code)) => code,
        None if text.is_empty() => "",
        None => "10",
    }
}

/// The title a type code has in a list.
pub fn type_title(code: &str) -> &'static str {
    match code {
        "01" => "行政许可",
        "02" => "行政处罚",
        "03" => "行政强制",
        "04" => "行政征收",
        "05" => "行政给付",
        "06" => "行政检查",
        "07" => "行政确认",
        "08" => "行政奖励",
        "09" => "行政裁决",
        "20" => "公共服务",
        _ => "其他行政权力",
    }
}

/// The field numbers of the list, for those who look by key.
pub fn field_number(key: &str) -> Option<usize> {
    LICENSE_FIELDS.iter().position(|field| field.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_code_tells_its_scheme() {
        assert_eq!(scheme_of("000119013000"), "gbt39554");
        // T9: 31 characters with the level, 30 without.
        assert_eq!(scheme_of("11620500438360764U3000119022000"), "gbt39554");
        assert_eq!(scheme_of("12100000000133057R001019009000"), "gbt39554");
        assert_eq!(scheme_of("120000SUJXK11005"), "tianjin");
        assert_eq!(scheme_of("5SL01001"), "local");
        assert_eq!(scheme_of("编码一二三四五六七八九"), "local");
    }

    #[test]
    fn a_sub_item_knows_its_parents_code() {
        assert_eq!(parent_code("gbt39554", "000119013002").as_deref(), Some("000119013000"));
        assert_eq!(parent_code("gbt39554", "000119013000"), None);
        let long = parent_code("gbt39554", "11620500438360764U3000119022001");
        assert_eq!(long.as_deref(), Some("11620500438360764U3000119022000"));
        assert_eq!(parent_code("tianjin", "120000SUJXK11005"), None);
    }

    #[test]
    fn types_are_read_by_their_word_or_code_and_told_back() {
        assert_eq!(type_code("行政许可"), "01");
        assert_eq!(type_code(""), "");
        assert_eq!(type_code("其他行政权力"), "10");
        for code in ["01", "05", "10", "20"] {
            assert_eq!(type_code(type_title(code)), code);
        }
    }
}
