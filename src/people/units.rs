//! Units (单位) as an import brings them.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::Fault;
use crate::identifiers::{check_division, check_uscc};
use crate::intake::{Field, Row};
use crate::plan::{Facts, Readable, Reject};

/// The columns a unit table may have.
pub const UNIT_FIELDS: &[Field] = &[
    Field { key: "code", aliases: &["code", "单位编码", "单位代码", "部门编码", "编码"], required: true, carry_down: false },
    Field { key: "name", aliases: &["name", "单位名称", "全称", "部门名称", "名称"], required: true, carry_down: false },
    Field { key: "short_name", aliases: &["short_name", "简称", "规范化简称", "单位简称"], required: false, carry_down: false },
    Field { key: "kind", aliases: &["kind", "类型", "单位类型", "性质"], required: false, carry_down: false },
    Field {
        key: "parent", aliases: &["parent", "上级单位编码", "上级编码", "上级单位", "上级"], required: false, carry_down: false
    },
    Field { key: "uscc", aliases: &["uscc", "统一社会信用代码", "信用代码"], required: false, carry_down: false },
    Field { key: "division_code", aliases: &["division_code", "行政区划代码", "区划代码"], required: false, carry_down: false },
    Field { key: "oa_mode", aliases: &["oa_mode", "接入方式", "运转方式"], required: false, carry_down: false },
    Field { key: "opened_on", aliases: &["opened_on", "成立日期", "设立日期"], required: false, carry_down: false },
    Field { key: "sort_no", aliases: &["sort_no", "排序", "序号", "排序号"], required: false, carry_down: false },
];

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFacts {
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    /// Code of the parent unit.
    pub parent: Option<String>,
    pub uscc: Option<String>,
    pub division_code: Option<String>,
    pub oa_mode: String,
    pub opened_on: Date,
    pub sort_no: i64,
}

/// Offices and subordinate units on the OA have a named information officer (信息员).
pub fn needs_officer(kind: &str, oa_mode: &str) -> bool {
    oa_mode == "full" && ["office", "subordinate"].contains(&kind)
}

/// Every unit but the bureau and those outside belongs to another.
pub fn needs_parent(kind: &str) -> bool {
    !["bureau", "external"].contains(&kind)
}

/// How a new unit of this kind begins to take part in the OA.
pub fn first_mode(kind: &str) -> &'static str {
    match kind {
        "bureau" => "full",
        "district" => "exchange",
        _ => "none",
    }
}

/// A unit code: 1 to 32 characters without blanks.
pub fn valid_unit_code(code: &str) -> bool {
    !code.is_empty() && !code.contains(char::is_whitespace) && code.chars().count() <= 32
}

impl UnitFacts {
    /// What is wrong with it by itself, whoever brings it. A code that is on record as it is is not asked about again.
    pub fn faults(&self, known: Option<&Self>) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.code.is_empty() {
            faults.push(("code", "value-missing", String::new()));
        } else if !valid_unit_code(&self.code) {
            faults.push(("code", "unit-code", self.code.clone()));
        }
        if self.name.trim().is_empty() {
            faults.push(("name", "value-missing", String::new()));
        }
        for (column, name, before) in
            [("name", &self.name, known.map(|known| &known.name)), ("short_name", &self.short_name, known.map(|known| &known.short_name))]
        {
            if super::broken(name) && before != Some(name) {
                faults.push((column, "name-broken", name.replace(['\n', '\r'], "␤")));
                break;
            }
        }
        if let Some(code) = self.uscc.as_ref().filter(|code| known.is_none_or(|known| known.uscc.as_ref() != Some(code)))
            && !check_uscc(code).valid()
        {
            faults.push(("uscc", "unit-uscc", code.clone()));
        }
        if let Some(code) = self.division_code.as_ref().filter(|code| known.is_none_or(|known| known.division_code.as_ref() != Some(code)))
            && !check_division(code, self.opened_on).valid()
        {
            faults.push(("division_code", "unit-division", code.clone()));
        }
        faults
    }
}

impl Facts for UnitFacts {
    fn key(&self) -> &str {
        &self.code
    }

    fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("name", Some(self.name.clone())),
            ("short_name", Some(self.short_name.clone())),
            ("kind", Some(self.kind.clone())),
            ("parent", self.parent.clone()),
            ("uscc", self.uscc.clone()),
            ("division_code", self.division_code.clone()),
            ("oa_mode", Some(self.oa_mode.clone())),
            ("opened_on", Some(self.opened_on.to_string())),
            ("sort_no", Some(self.sort_no.to_string())),
        ]
    }
}

impl Readable for UnitFacts {
    fn read(key: &str, field: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            code: key.to_owned(),
            name: field("name")?,
            short_name: field("short_name")?,
            kind: field("kind")?,
            parent: field("parent"),
            uscc: field("uscc"),
            division_code: field("division_code"),
            oa_mode: field("oa_mode")?,
            opened_on: field("opened_on")?.parse().ok()?,
            sort_no: field("sort_no")?.parse().ok()?,
        })
    }
}

/// Reads 局, 机关处室, 局属单位, 区水务局, 外部机关 or the English words.
pub fn kind(text: &str) -> Option<&'static str> {
    Some(match text {
        "bureau" | "局" | "局机关" => "bureau",
        "office" | "机关处室" | "处室" | "内设机构" => "office",
        "subordinate" | "局属单位" | "直属单位" | "事业单位" => "subordinate",
        "district" | "区水务局" | "区县水务局" | "区县" => "district",
        "external" | "外部机关" | "外部单位" => "external",
        _ => return None,
    })
}

/// Reads 全员网上运转, 仅公文传递, 未接入 or the English words.
pub fn oa_mode(text: &str) -> Option<&'static str> {
    Some(match text {
        "full" | "全员网上运转" | "全员" => "full",
        "exchange" | "仅公文传递" | "公文传递" => "exchange",
        "none" | "未接入" => "none",
        _ => return None,
    })
}

/// Reads one row; every fault of the row is returned at once. `today` stands in for
/// a missing 成立日期 of a unit that is new.
///
/// # Errors
/// The rules the row breaks.
pub fn read_unit(row: &Row, known: Option<&UnitFacts>, today: Date) -> Result<UnitFacts, Vec<Reject>> {
    let mut faults = Vec::new();
    let mut fault = |column: &'static str, rule: &'static str, value: &str| {
        faults.push(Reject { line: row.line, column, rule, value: value.to_owned(), cells: row.original().to_vec() });
    };
    let text = |key: &str| row.get(key).filter(|text| !text.is_empty());
    let code = text("code").unwrap_or_default();
    let name = match super::unmasked(row, "name", known.map(|unit| unit.name.clone())) {
        Ok(name) => name.unwrap_or_default(),
        Err(masked) => {
            fault("name", "masked-number", &masked);
            masked
        }
    };
    let unit_kind = match text("kind") {
        None => known.map(|unit| unit.kind.clone()).or_else(|| Some("subordinate".to_owned())),
        Some(word) => kind(word).map(str::to_owned),
    };
    if unit_kind.is_none() {
        fault("kind", "unit-kind", text("kind").unwrap_or_default());
    }
    let mode = match text("oa_mode") {
        None => known.map(|unit| unit.oa_mode.clone()).or_else(|| Some(first_mode(unit_kind.as_deref().unwrap_or_default()).to_owned())),
        Some(word) => oa_mode(word).map(str::to_owned),
    };
    if mode.is_none() {
        fault("oa_mode", "unit-oa-mode", text("oa_mode").unwrap_or_default());
    }
    let opened_on = match text("opened_on") {
        None => Some(known.map_or(today, |unit| unit.opened_on)),
        Some(word) => super::day(word),
    };
    if opened_on.is_none() {
        fault("opened_on", "not-a-day", text("opened_on").unwrap_or_default());
    }
    if let Some(day) = opened_on.filter(|day| *day > today && known.is_none_or(|unit| unit.opened_on != *day)) {
        fault("opened_on", "day-in-future", &day.to_string());
    }
    let sort_no = match text("sort_no") {
        None => Some(known.map_or(0, |unit| unit.sort_no)),
        Some(word) => word.parse().ok(),
    };
    if sort_no.is_none() {
        fault("sort_no", "not-a-number", text("sort_no").unwrap_or_default());
    }
    let parent = match row.get("parent") {
        None => known.and_then(|unit| unit.parent.clone()),
        Some(code) => Some(code.to_owned()).filter(|code| !code.is_empty()),
    };
    let checked = |facts: UnitFacts| {
        let faults: Vec<Reject> = facts
            .faults(known)
            .into_iter()
            .map(|(column, rule, value)| Reject { line: row.line, column, rule, value, cells: row.original().to_vec() })
            .collect();
        if faults.is_empty() { Ok(facts) } else { Err(faults) }
    };
    match (unit_kind, mode, opened_on, sort_no) {
        (Some(kind), Some(oa_mode), Some(opened_on), Some(sort_no)) if faults.is_empty() => checked(UnitFacts {
            code: code.to_owned(),
            name: name.clone(),
            short_name: text("short_name").map(str::to_owned).or_else(|| known.map(|unit| unit.short_name.clone())).unwrap_or(name),
            kind,
            parent,
            uscc: optional(row, "uscc", known.and_then(|unit| unit.uscc.clone())),
            division_code: optional(row, "division_code", known.and_then(|unit| unit.division_code.clone())),
            oa_mode,
            opened_on,
            sort_no,
        }),
        (kind, oa_mode, opened_on, sort_no) => {
            // What can be judged of the rest is told in the same pass.
            let rest = UnitFacts {
                code: code.to_owned(),
                name,
                short_name: String::new(),
                kind: kind.unwrap_or_default(),
                parent: None,
                uscc: None,
                division_code: None,
                oa_mode: oa_mode.unwrap_or_default(),
                opened_on: opened_on.unwrap_or(today),
                sort_no: sort_no.unwrap_or_default(),
            };
            faults.extend(checked(rest).err().unwrap_or_default());
            Err(faults)
        }
    }
}

/// A column that is not in the file leaves the value alone; a blank cell clears it.
fn optional(row: &Row, key: &str, known: Option<String>) -> Option<String> {
    match row.get(key) {
        None => known,
        Some(text) => Some(text.to_owned()).filter(|text| !text.is_empty()),
    }
}

/// A unit and everything below it, out of units with their parents; a circle above one of them does no harm.
pub fn below<'a>(code: &str, parents: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> HashSet<&'a str> {
    let mut children: HashMap<Option<&str>, Vec<&'a str>> = HashMap::new();
    let mut found = HashSet::new();
    let mut waiting = Vec::new();
    for (unit, parent) in parents {
        children.entry(parent).or_default().push(unit);
        if unit == code {
            waiting.push(unit);
        }
    }
    while let Some(unit) = waiting.pop() {
        if found.insert(unit) {
            waiting.extend(children.get(&Some(unit)).into_iter().flatten());
        }
    }
    found
}

/// The order to write units in: a parent before its children. Returns the positions,
/// or the positions caught in a cycle or under a parent that is nowhere.
///
/// # Errors
/// Positions whose parent is neither in `existing` nor before them in any order.
pub fn tree_order(units: &[UnitFacts], existing: &dyn Fn(&str) -> bool) -> Result<Vec<usize>, Vec<usize>> {
    let mut placed: HashSet<&str> = HashSet::new();
    let coming: HashSet<&str> = units.iter().map(|unit| unit.code.as_str()).collect();
    let mut order = Vec::with_capacity(units.len());
    let mut waiting: Vec<usize> = (0..units.len()).collect();
    loop {
        let before = waiting.len();
        waiting.retain(|&at| {
            let unit = &units[at];
            let ready =
                unit.parent.as_deref().is_none_or(|parent| placed.contains(parent) || (existing(parent) && !coming.contains(parent)));
            if ready {
                placed.insert(&unit.code);
                order.push(at);
            }
            !ready
        });
        if waiting.is_empty() {
            return Ok(order);
        }
        if waiting.len() == before {
            return Err(waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str, parent: Option<&str>) -> UnitFacts {
        UnitFacts {
            code: code.into(),
            name: code.into(),
            short_name: code.into(),
            kind: "office".into(),
            parent: parent.map(str::to_owned),
            uscc: None,
            division_code: None,
            oa_mode: "full".into(),
            opened_on: jiff::civil::date(2009, 5, 7),
            sort_no: 0,
        }
    }

    #[test]
    fn a_parent_is_written_before_its_children() {
        let units = [unit("0101", Some("01")), unit("01", Some("00"))];
        assert_eq!(tree_order(&units, &|code| code == "00"), Ok(vec![1, 0]));
    }

    #[test]
    fn what_is_below_a_unit_is_found_whatever_the_depth_and_in_a_circle() {
        let parents = [("a", None), ("b", Some("a")), ("c", Some("b")), ("x", Some("y")), ("y", Some("x")), ("z", None)];
        let of = |code: &str| below(code, parents.into_iter());
        assert_eq!(of("a"), HashSet::from(["a", "b", "c"]));
        assert_eq!(of("x"), HashSet::from(["x", "y"]));
        assert_eq!(of("nowhere"), HashSet::new());
    }

    #[test]
    fn a_cycle_is_named() {
        let units = [unit("a", Some("b")), unit("b", Some("a")), unit("c", None)];
        assert_eq!(tree_order(&units, &|_| false), Err(vec![0, 1]));
    }

    #[test]
    fn the_words_of_both_languages_are_read() {
        assert_eq!(kind("局属单位"), Some("subordinate"));
        assert_eq!(kind("office"), Some("office"));
        assert_eq!(kind("公司"), None);
    }
}
