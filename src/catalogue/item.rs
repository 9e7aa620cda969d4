//! One row of a list, as the items it speaks of.

use std::sync::Arc;

use super::limits::{self, Limit};
use super::normalise::{code, name, name_key, said};
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

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Main, Self::Sub, Self::Handling].into_iter().find(|level| level.word() == word)
    }
}

/// An item as a row brings it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    pub line: u64,
    pub level: Level,
    pub scheme: &'static str,
    pub code: Option<String>,
    pub name: String,
    pub name_key: String,
    /// Name key of the item above it.
    pub parent_key: Option<String>,
    /// The organ, as written and as key; several organs in one cell stay one text.
    pub organ: Option<String>,
    pub organ_key: Option<String>,
    pub type_code: &'static str,
    pub lead_dept: Option<String>,
    pub basis: Option<String>,
    pub exercise_level: Option<String>,
    pub legal: Option<Limit>,
    pub promise: Option<Limit>,
    pub case_kind: Option<String>,
    pub visits: Option<String>,
    pub target: Option<String>,
    pub fee: Option<String>,
    pub condition: Option<String>,
    pub materials: Option<String>,
    pub result: Option<String>,
    pub special: Option<String>,
    pub remark: Option<String>,
    /// The row as it was written, shared by the items it speaks of.
    pub cells: Arc<[String]>,
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
    /// A code that lost its leading zeros, or of a length no scheme has.
    CodeLength,
    /// `****`: the cell was masked before it came.
    Masked,
    /// Two items in one cell, by ； or a line break.
    TwoItems,
}

impl ItemWarning {
    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::LimitUnit => "limit-unit",
            Self::LimitKind => "limit-kind",
            Self::CodeLength => "code-length",
            Self::Masked => "masked",
            Self::TwoItems => "two-items",
        }
    }
}

/// Reads one row: the main item, and the sub or handling item below it if the row names one.
///
/// # Errors
/// Every rule the row breaks, in one pass.
pub fn read_item(row: &Row) -> Result<(Vec<Incoming>, Vec<ItemWarning>), Vec<ItemFault>> {
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let cell = |key: &str| row.get(key).unwrap_or_default();
    let main_name = name(cell("name"));
    if name_key(&main_name).is_empty() {
        faults.push(ItemFault { column: "name", rule: "name-missing", value: String::new() });
    }
    let own_code = first_code(row, &mut faults, &mut warnings);
    let mut limit = |key: &'static str| match limits::read(cell(key)) {
        Ok(found) => {
            if found.as_ref().is_some_and(|limit| limit.doubtful) {
                warnings.push(ItemWarning::LimitUnit);
            }
            found
        }
        Err(fault) => {
            faults.push(ItemFault { column: key, rule: fault.rule(), value: cell(key).to_owned() });
            None
        }
    };
    let legal = limit("legal_limit");
    let promise = limit("promise_limit");
    let bare = limit("limit");
    if bare.is_some() {
        warnings.push(ItemWarning::LimitKind);
    }
    if row.original().iter().any(|cell| cell.contains("****")) {
        warnings.push(ItemWarning::Masked);
    }
    if cell("name").contains('；') {
        warnings.push(ItemWarning::TwoItems);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let organ = said(cell("organ")).map(|organ| name(&organ));
    let main = Incoming {
        line: row.line,
        level: Level::Main,
        scheme: own_code.as_deref().map_or("local", scheme_of),
        code: own_code,
        name_key: name_key(&main_name),
        name: main_name,
        parent_key: None,
        organ_key: organ.as_deref().map(name_key),
        organ,
        type_code: type_code(cell("type")),
        lead_dept: said(cell("lead_dept")),
        basis: said(cell("basis")),
        exercise_level: said(cell("level")),
        legal,
        promise: promise.or(bare),
        case_kind: said(cell("case_kind")),
        visits: said(cell("visits")),
        target: said(cell("target")),
        fee: said(cell("fee")),
        condition: said(cell("condition")),
        materials: said(cell("material")),
        result: said(cell("result")),
        special: said(cell("special")),
        remark: said(cell("remark")),
        cells: row.original().into(),
    };
    Ok((nested(row, main), warnings))
}

/// The main item alone, or a bare main item with the nested one that the row is about.
fn nested(row: &Row, main: Incoming) -> Vec<Incoming> {
    let below = [("handle_name", Level::Handling), ("sub_name", Level::Sub)];
    let found = below.into_iter().find_map(|(key, level)| {
        let text = name(row.get(key)?);
        // Where there is no sub-item, its name repeats the main item's (阿拉善 glossary).
        (!text.is_empty() && name_key(&text) != main.name_key).then_some((text, level))
    });
    let Some((text, level)) = found else { return vec![main] };
    let parent = Incoming {
        code: None,
        scheme: "local",
        basis: None,
        exercise_level: None,
        legal: None,
        promise: None,
        case_kind: None,
        visits: None,
        target: None,
        fee: None,
        condition: None,
        materials: None,
        result: None,
        special: None,
        remark: None,
        ..main.clone()
    };
    let child = Incoming { level, name_key: name_key(&text), name: text, parent_key: Some(main.name_key.clone()), ..main };
    vec![parent, child]
}

fn first_code(row: &Row, faults: &mut Vec<ItemFault>, warnings: &mut Vec<ItemWarning>) -> Option<String> {
    for key in ["handle_code", "impl_code", "base_code", "local_code"] {
        match code(row.get(key).unwrap_or_default()) {
            Ok(Some(code)) => {
                if code.chars().all(|c| c.is_ascii_digit()) && (9..12).contains(&code.len()) {
                    warnings.push(ItemWarning::CodeLength);
                }
                return Some(code);
            }
            Ok(None) => {}
            Err(value) => {
                let column =
                    ["handle_code", "impl_code", "base_code", "local_code"].into_iter().find(|known| *known == key).unwrap_or("base_code");
                faults.push(ItemFault { column, rule: "code-number-damaged", value });
            }
        }
    }
    None
}

/// The scheme a code's shape speaks of (license.md 1.4); never refused on length alone.
fn scheme_of(code: &str) -> &'static str {
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

/// 事项类型 by GB/T 39046-2020 annex A.1; a licence where nothing is said.
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
    match TYPES.iter().find(|(word, _)| text.contains(word)) {
        Some((_, code)) => code,
        None if text.is_empty() => "01",
        None => "10",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_code_tells_its_scheme() {
        assert_eq!(scheme_of("000119013000"), "gbt39554");
        assert_eq!(scheme_of("11620500438360764U3000119022000"), "gbt39554");
        assert_eq!(scheme_of("12100000000133057R001019009000"), "gbt39554");
        assert_eq!(scheme_of("120000SUJXK11005"), "tianjin");
        assert_eq!(scheme_of("5SL01001"), "local");
        assert_eq!(scheme_of("编码一二三四五六七八九"), "local");
    }

    #[test]
    fn types_are_read_by_their_word() {
        assert_eq!(type_code("行政许可"), "01");
        assert_eq!(type_code(""), "01");
        assert_eq!(type_code("其他行政权力"), "10");
    }
}
