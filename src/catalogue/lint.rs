//! What makes a list doubtful beyond what an import refuses: 22 rules over the fields of an
//! item, and over all of them together.

use std::collections::HashMap;

use super::item::{parent_code, scheme_of};
use super::limits::{Limit, LimitUnit};
use crate::identifiers::{check_org, check_uscc};

const RULES: &str = include_str!("../../sql/data/license_lint_rules.csv");

/// A rule with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintRule {
    pub id: String,
    /// `error`, `warn` or `info`.
    pub severity: String,
    pub zh: String,
    pub en: String,
}

/// All rules, in their order.
pub fn lint_rules() -> Vec<LintRule> {
    let read = |row: csv::StringRecord| {
        let text = |at: usize| row.get(at).map(str::to_owned);
        Some(LintRule { id: text(0)?, severity: text(1)?, zh: text(2)?, en: text(3)? })
    };
    csv::Reader::from_reader(RULES.as_bytes()).records().filter_map(Result::ok).filter_map(read).collect()
}

/// An item as the lint looks at it.
#[derive(Clone, Debug, Default)]
pub struct LintItem {
    /// Of the file; none for the catalogue.
    pub line: Option<u64>,
    pub name: String,
    pub name_key: String,
    pub organ: String,
    pub type_code: String,
    /// The list states the type; where it does not, it is taken for a licence.
    pub type_stated: bool,
    pub code: Option<String>,
    /// Hangs below another item by name.
    pub nested: bool,
    pub legal: Option<Limit>,
    pub promise: Option<Limit>,
    /// Every other field the list says something about, by key.
    pub fields: HashMap<String, String>,
    pub seq: Option<String>,
    /// Tells rows that say the same from rows that do not.
    pub fingerprint: String,
}

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Number of the item in the list that was given.
    pub item: usize,
    pub rule: &'static str,
    pub field: &'static str,
    /// The values that do not agree.
    pub detail: String,
}

/// Looks at all items; `known` tells whether the database has a code.
pub fn lint(items: &[LintItem], known: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let mut say = |rule, field, detail: String| found.push(Finding { item: number, rule, field, detail });
        limits(item, &mut say);
        results(item, &mut say);
        visits(item, &mut say);
        fees(item, &mut say);
        contacts(item, &mut say);
        codes(item, &mut say);
    }
    together(items, known, &mut found);
    found.sort_by_key(|finding| (finding.item, finding.rule));
    found
}

type Say<'a> = dyn FnMut(&'static str, &'static str, String) + 'a;

impl LintItem {
    /// What a field says; none where the list says nothing of it.
    fn said(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// What a field says besides 无.
    fn given(&self, key: &str) -> Option<&str> {
        self.said(key).filter(|text| *text != "无")
    }

    fn contradicts(&self, key: &str, expected: &str) -> Option<String> {
        self.said(key).filter(|text| !text.contains(expected)).map(|text| format!("{key}={text}, expected {expected}"))
    }
}

fn limits(item: &LintItem, say: &mut Say<'_>) {
    if let Some(promise) = &item.promise {
        let (rule, kind, review) = match promise.unit {
            LimitUnit::Immediate => ("L01", "即办件", "即审即办"),
            LimitUnit::WorkingDay | LimitUnit::NaturalDay => ("L02", "承诺件", "前审后批"),
            _ => ("", "", ""),
        };
        for (key, expected) in [("case_kind", kind), ("review_kind", review)] {
            if let (false, Some(detail)) = (rule.is_empty(), item.contradicts(key, expected)) {
                say(rule, key, format!("promise_limit={}: {detail}", promise.text));
            }
        }
    }
    if let (Some(legal), Some(promise)) = (&item.legal, &item.promise)
        && legal.unit == promise.unit
        && let (Some(legal_n), Some(promise_n)) = (legal.n, promise.n)
        && promise_n > legal_n
    {
        say("L03", "promise_limit", format!("{} > {}", promise.text, legal.text));
    }
}

fn results(item: &LintItem, say: &mut Say<'_>) {
    let Some(result) = item.given("result") else { return };
    let rule = if result.ends_with("批复") {
        Some(("L06", "审批办结"))
    } else if result.ends_with('证') {
        Some(("L04", "出证办结"))
    } else if result.ends_with('文') {
        Some(("L05", "出文办结"))
    } else {
        None
    };
    if let Some((rule, expected)) = rule
        && let Some(detail) = item.contradicts("result_kind", expected)
    {
        say(rule, "result_kind", format!("result={result}: {detail}"));
    }
    if item.said("result_sample").is_none() && item.said("result_kind").is_some() {
        say("L14", "result_sample", format!("result={result}"));
    }
}

fn visits(item: &LintItem, say: &mut Say<'_>) {
    let visits = item.said("visits").and_then(|text| text.trim_end_matches(['次', ' ']).parse::<u32>().ok());
    let Some(visits) = visits else { return };
    if visits > 0 && item.given("visit_reason").is_none() {
        say("L07", "visit_reason", format!("visits={visits}"));
    }
    let online = item.said("online").is_some_and(|text| text.starts_with('是') || text == "1" || text.starts_with("支持"));
    let posted = item.said("channels").is_some_and(|text| ["邮寄", "快递", "网上"].iter().any(|word| text.contains(word)));
    if visits == 0 && !online && !posted && (item.said("online").is_some() || item.said("channels").is_some()) {
        say("L08", "online", format!("visits=0, online={}", item.said("online").unwrap_or_default()));
    }
    let wholly = item.said("online_depth").is_some_and(|text| text.contains('Ⅳ') || text.contains("全程") || text.contains("IV"));
    if wholly && visits != 0 {
        say("L09", "visits", format!("visits={visits}, online_depth={}", item.said("online_depth").unwrap_or_default()));
    }
}

fn fees(item: &LintItem, say: &mut Say<'_>) {
    let Some(fee) = item.said("fee") else { return };
    let none = fee.starts_with('不') || fee.starts_with('否') || fee == "无" || fee == "0";
    if none {
        if let Some(payment) = item.given("online_payment").filter(|text| !text.starts_with('否') && !text.starts_with('不')) {
            say("L10", "online_payment", format!("fee={fee}, online_payment={payment}"));
        }
    } else if fee.starts_with('是') || fee == "1" || fee.starts_with("收费") {
        for key in ["fee_basis", "fee_item", "fee_standard"] {
            if item.given(key).is_none() {
                say("L10", key, format!("fee={fee}"));
            }
        }
    }
}

fn contacts(item: &LintItem, say: &mut Say<'_>) {
    let (enquiries, complaints) = (item.given("enquiries"), item.given("complaints"));
    match (enquiries, complaints) {
        (None, None) => {}
        (Some(_), None) => say("L11", "complaints", String::new()),
        (None, Some(_)) => say("L11", "enquiries", String::new()),
        (Some(one), Some(other)) if one == other => say("L11", "complaints", one.to_owned()),
        (Some(one), Some(other)) => {
            for (field, text) in [("enquiries", one), ("complaints", other)] {
                if !area_code(text) {
                    say("L11", field, text.to_owned());
                }
            }
        }
    }
    let (legal, person) = (item.said("legal_topics"), item.said("person_topics"));
    if let Some(target) = item.said("target")
        && (legal.is_some() || person.is_some())
    {
        for (word, key) in [("法人", "legal_topics"), ("自然人", "person_topics")] {
            let (is_target, has) = (target.contains(word), item.given(key).is_some());
            if is_target != has {
                say("L12", key, format!("target={target}, {key}={}", item.said(key).unwrap_or_default()));
            }
        }
    }
    if item.type_code == "01"
        && let Some(process) = item.given("process")
    {
        let missing: Vec<&str> = ["受理", "审核", "审批", "办结", "送达"].into_iter().filter(|step| !process.contains(step)).collect();
        if !missing.is_empty() {
            say("L13", "process", missing.join(","));
        }
        if item.said("questions").is_none() {
            say("L13", "questions", String::new());
        }
    }
}

/// 022-…, 010…, 12345: a number that can be dialled from another city.
fn area_code(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.starts_with('0') && digits.len() >= 10 || digits.len() == 11 || digits.len() == 5
}

fn codes(item: &LintItem, say: &mut Say<'_>) {
    let field = |key: &str| item.given(key);
    if let (Some(impl_code), Some(base)) = (field("impl_code"), field("base_code"))
        && !impl_code.ends_with(base)
    {
        say("L17", "impl_code", format!("{impl_code} / {base}"));
    }
    if let Some(organ) = field("organ_code") {
        let sound = if organ.len() <= 10 { check_org(organ).valid() } else { check_uscc(organ).valid() };
        if !sound {
            say("L18", "organ_code", organ.to_owned());
        }
    }
    let Some(code) = &item.code else { return };
    if item.type_stated
        && let Some(kind) = type_in(code)
        && kind != item.type_code
    {
        say("L15", "type", format!("{code}: {kind} / {}", item.type_code));
    }
    if let Some(organ) = field("organ_code").filter(|organ| organ.len() == 18)
        && scheme_of(code) == "gbt39554"
        && code.len() >= 30
        && !code.starts_with(organ)
    {
        say("L16", "organ_code", format!("{} / {organ}", &code[..18]));
    }
}

/// 事项类型 as a code's shape tells it.
fn type_in(code: &str) -> Option<&str> {
    match scheme_of(code) {
        "gbt39554" if code.len() == 12 => Some(&code[2..4]),
        "gbt39554" if matches!(code.len(), 30 | 31) => Some(&code[code.len() - 10..code.len() - 8]),
        "tianjin" => match code.get(9..11)? {
            "XK" => Some("01"),
            "CF" => Some("02"),
            "QZ" => Some("03"),
            "JF" => Some("05"),
            _ => None,
        },
        _ => None,
    }
}

/// Rules over all items: L19 to L22.
fn together(items: &[LintItem], known: impl Fn(&str) -> bool, found: &mut Vec<Finding>) {
    let mut by_code: HashMap<&str, usize> = HashMap::new();
    let mut by_name: HashMap<(&str, &str), usize> = HashMap::new();
    let codes: std::collections::HashSet<&str> = items.iter().filter_map(|item| item.code.as_deref()).collect();
    let mut last: Option<u64> = None;
    for (number, item) in items.iter().enumerate() {
        let mut say = |rule, field, detail: String| found.push(Finding { item: number, rule, field, detail });
        if let Some(code) = item.code.as_deref() {
            if let Some(parent) = parent_code(scheme_of(code), code).filter(|parent| !codes.contains(parent.as_str()) && !known(parent))
                && !item.nested
            {
                say("L19", "code", parent);
            }
            match by_code.get(code) {
                Some(first) if items[*first].fingerprint != item.fingerprint => say("L20", "code", code.to_owned()),
                Some(_) => {}
                None => {
                    by_code.insert(code, number);
                }
            }
        }
        match by_name.get(&(item.organ.as_str(), item.name_key.as_str())) {
            Some(first) if items[*first].code != item.code && items[*first].code.is_some() && item.code.is_some() && !item.nested => {
                say("L21", "name", items[*first].code.clone().unwrap_or_default());
            }
            Some(_) => {}
            None => {
                by_name.insert((item.organ.as_str(), item.name_key.as_str()), number);
            }
        }
        if let Some(seq) = item.seq.as_deref().and_then(|text| text.parse::<u64>().ok()) {
            if let Some(before) = last.filter(|before| seq != before + 1) {
                say("L22", "seq", format!("{before} → {seq}"));
            }
            last = Some(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::limits::read;

    fn item(fields: &[(&str, &str)]) -> LintItem {
        let mut item =
            LintItem { name: "取水许可".into(), name_key: "取水许可".into(), type_code: "01".into(), ..LintItem::default() };
        for (key, text) in fields {
            match *key {
                "legal" => item.legal = read(text).unwrap(),
                "promise" => item.promise = read(text).unwrap(),
                "code" => item.code = Some((*text).into()),
                "seq" => item.seq = Some((*text).into()),
                "type" => (item.type_code, item.type_stated) = ((*text).into(), true),
                "print" => item.fingerprint = (*text).into(),
                "name" => item.name_key = (*text).into(),
                key => {
                    item.fields.insert(key.into(), (*text).into());
                }
            }
        }
        item
    }

    fn rules(items: &[LintItem]) -> Vec<&'static str> {
        lint(items, |_| false).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn every_rule_finds_its_fault_and_no_other() {
        let one: [(&str, &[(&str, &str)]); 19] = [
            ("L01", &[("promise", "即办"), ("case_kind", "承诺件")]),
            ("L02", &[("promise", "5个工作日"), ("case_kind", "即办件")]),
            ("L03", &[("promise", "30个工作日"), ("legal", "20个工作日")]),
            ("L04", &[("result", "取水许可证"), ("result_kind", "出文办结"), ("result_sample", "x")]),
            ("L05", &[("result", "批文"), ("result_kind", "出证办结"), ("result_sample", "x")]),
            ("L06", &[("result", "准予许可批复"), ("result_kind", "出证办结"), ("result_sample", "x")]),
            ("L07", &[("visits", "1次")]),
            ("L08", &[("visits", "0"), ("online", "否")]),
            ("L09", &[("visits", "1"), ("visit_reason", "核验原件"), ("online_depth", "全程网办（Ⅳ级）")]),
            ("L10", &[("fee", "否"), ("online_payment", "是")]),
            ("L11", &[("enquiries", "23330000"), ("complaints", "022-23330001")]),
            ("L12", &[("target", "企业法人"), ("legal_topics", "无")]),
            ("L13", &[("process", "受理,审核,审批,办结"), ("questions", "问")]),
            ("L14", &[("result", "取水许可证"), ("result_kind", "出证办结")]),
            ("L15", &[("code", "000219013000"), ("type", "01")]),
            ("L16", &[("code", "12100000420002184R1000119013000"), ("organ_code", "111200000001258074")]),
            ("L17", &[("impl_code", "12100000420002184R1000119013000"), ("base_code", "000119022000")]),
            ("L18", &[("organ_code", "111200000001258073")]),
            ("L19", &[("code", "000119013002")]),
        ];
        for (rule, fields) in one {
            assert_eq!(rules(&[item(fields)]), [rule], "{fields:?}");
        }
        let code = ("code", "000119013000");
        assert_eq!(rules(&[item(&[code, ("print", "a")]), item(&[code, ("print", "b")])]), ["L20"]);
        assert_eq!(rules(&[item(&[code]), item(&[("code", "000119022000")])]), ["L21"]);
        assert_eq!(rules(&[item(&[("seq", "1"), ("name", "甲")]), item(&[("seq", "3"), ("name", "乙")])]), ["L22"]);
        assert_eq!(lint_rules().len(), 22);
    }

    #[test]
    fn a_sound_item_and_a_bare_one_raise_nothing() {
        assert!(rules(&[item(&[])]).is_empty());
        let sound = [
            ("promise", "10个工作日"),
            ("legal", "20个工作日"),
            ("case_kind", "承诺件"),
            ("review_kind", "前审后批"),
            ("result", "取水许可证"),
            ("result_kind", "出证办结"),
            ("result_sample", "样本"),
            ("visits", "0"),
            ("online", "是"),
            ("fee", "否"),
            ("enquiries", "022-23330000"),
            ("complaints", "022-23330001"),
            ("code", "1112000000012580742000119013000"),
            ("organ_code", "111200000001258074"),
        ];
        assert!(rules(&[item(&sound)]).is_empty(), "{:?}", lint(&[item(&sound)], |_| false));
    }

    #[test]
    fn a_parent_in_the_file_or_the_database_is_found() {
        let (child, parent) = (item(&[("code", "000119013002")]), item(&[("code", "000119013000"), ("name", "主")]));
        assert!(rules(&[child.clone(), parent]).is_empty());
        assert!(lint(&[child], |code| code == "000119013000").is_empty());
    }
}
