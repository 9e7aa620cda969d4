//! What an import would do: by scheme and code, else by organ, parent and name.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::item::{Incoming, Level};
use crate::plan::{Counts, Reject};

/// An item the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    pub scheme: String,
    pub code: Option<String>,
    pub organ_key: Option<String>,
    pub parent_key: Option<String>,
    pub name: String,
    pub name_key: String,
    pub level: Level,
    /// Of its open version.
    pub fingerprint: String,
    pub withdrawn: bool,
}

/// One change of the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemChange {
    Add(Incoming),
    /// A new version of a known item; a withdrawn one comes back.
    Change {
        id: i64,
        incoming: Incoming,
        returns: bool,
    },
}

impl ItemChange {
    /// The item as it arrives.
    pub fn incoming(&self) -> &Incoming {
        match self {
            Self::Add(incoming) | Self::Change { incoming, .. } => incoming,
        }
    }
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct ItemPlan {
    /// Parents before children.
    pub changes: Vec<ItemChange>,
    pub rejects: Vec<Reject>,
    /// In rows of the file.
    pub counts: Counts,
}

/// What is compared and kept as a version, in table order.
pub fn describe(item: &Incoming) -> [(&'static str, Option<String>); 19] {
    let limit = |limit: &Option<super::Limit>| {
        let limit = limit.as_ref();
        (
            limit.and_then(|limit| limit.n).map(|n| n.to_string()),
            limit.map(|limit| limit.unit.word().to_owned()),
            limit.map(|limit| limit.text.clone()),
        )
    };
    let (legal_n, legal_unit, legal_text) = limit(&item.legal);
    let (promise_n, promise_unit, promise_text) = limit(&item.promise);
    [
        ("name", Some(item.name.clone())),
        ("organs_text", item.organ.clone()),
        ("basis", item.basis.clone()),
        ("exercise_level", item.exercise_level.clone()),
        ("legal_n", legal_n),
        ("legal_unit", legal_unit),
        ("legal_text", legal_text),
        ("promise_n", promise_n),
        ("promise_unit", promise_unit),
        ("promise_text", promise_text),
        ("case_kind", item.case_kind.clone()),
        ("visits", item.visits.clone()),
        ("target", item.target.clone()),
        ("fee", item.fee.clone()),
        ("condition", item.condition.clone()),
        ("materials", item.materials.clone()),
        ("result", item.result.clone()),
        ("special", item.special.clone()),
        ("remark", item.remark.clone()),
    ]
}

/// SHA-256 over what is compared: two items with the same
/// fingerprint say the same.
pub fn fingerprint(item: &Incoming) -> String {
    let mut hash = Sha256::new();
    for (field, value) in describe(item) {
        hash.update(field);
        hash.update([0x1f]);
        hash.update(value.unwrap_or_default());
        hash.update([0x1e]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How an item is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Code(String, String),
    Name(Option<String>, Option<String>, String),
}

fn key_of(scheme: &str, code: Option<&str>, organ: Option<&str>, parent: Option<&str>, name: &str) -> Key {
    match code {
        Some(code) => Key::Code(scheme.to_owned(), code.to_owned()),
        None => Key::Name(organ.map(str::to_owned), parent.map(str::to_owned), name.to_owned()),
    }
}

/// What became of one item of a row; the strongest decides how the row is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Skipped,
    Unchanged,
    Added,
    Changed,
    Rejected,
}

/// Compares the rows of a file, each with its items, with what is known.
/// The same item said twice in the same words is skipped; in other words it is rejected.
pub fn plan(known: &[Known], rows: Vec<Vec<Incoming>>) -> ItemPlan {
    let by_key: HashMap<Key, &Known> = known
        .iter()
        .map(|item| {
            (key_of(&item.scheme, item.code.as_deref(), item.organ_key.as_deref(), item.parent_key.as_deref(), &item.name_key), item)
        })
        .collect();
    let mut seen: HashMap<Key, (u64, String)> = HashMap::with_capacity(rows.len());
    let mut plan = ItemPlan::default();
    for items in rows {
        let nested = items.len() > 1;
        let mut class = Class::Skipped;
        for (at, item) in items.into_iter().enumerate() {
            // A main item that only heads nested rows brings no words of its own to compare.
            let heads = nested && at == 0;
            class = class.max(place(item, heads, &by_key, &mut seen, &mut plan));
        }
        count(&mut plan.counts, class);
    }
    plan
}

fn place(item: Incoming, heads: bool, by_key: &HashMap<Key, &Known>, seen: &mut HashMap<Key, (u64, String)>, plan: &mut ItemPlan) -> Class {
    let key = key_of(item.scheme, item.code.as_deref(), item.organ_key.as_deref(), item.parent_key.as_deref(), &item.name_key);
    let print = fingerprint(&item);
    if let Some((line, before)) = seen.get(&key) {
        if heads || *before == print {
            return Class::Skipped;
        }
        plan.rejects.push(Reject {
            line: item.line,
            column: "name",
            rule: "duplicate-in-file",
            value: line.to_string(),
            cells: item.cells.to_vec(),
        });
        return Class::Rejected;
    }
    seen.insert(key.clone(), (item.line, print.clone()));
    match by_key.get(&key) {
        None => {
            plan.changes.push(ItemChange::Add(item));
            Class::Added
        }
        Some(known) if !known.withdrawn && (heads || known.fingerprint == print) => Class::Unchanged,
        Some(known) => {
            plan.changes.push(ItemChange::Change { id: known.id, incoming: item, returns: known.withdrawn });
            Class::Changed
        }
    }
}

fn count(counts: &mut Counts, class: Class) {
    counts.read += 1;
    match class {
        Class::Skipped => counts.skipped += 1,
        Class::Unchanged => counts.unchanged += 1,
        Class::Added => counts.added += 1,
        Class::Changed => counts.changed += 1,
        Class::Rejected => counts.rejected += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(line: u64, code: Option<&str>, name: &str) -> Incoming {
        Incoming {
            line,
            level: Level::Main,
            scheme: if code.is_some() { "gbt39554" } else { "local" },
            code: code.map(str::to_owned),
            name: name.into(),
            name_key: name.into(),
            parent_key: None,
            organ: Some("市水务局".into()),
            organ_key: Some("市水务局".into()),
            type_code: "01",
            lead_dept: None,
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
            cells: [].into(),
        }
    }

    fn known(id: i64, item: &Incoming) -> Known {
        Known {
            id,
            scheme: item.scheme.into(),
            code: item.code.clone(),
            organ_key: item.organ_key.clone(),
            parent_key: item.parent_key.clone(),
            name: item.name.clone(),
            name_key: item.name_key.clone(),
            level: item.level,
            fingerprint: fingerprint(item),
            withdrawn: false,
        }
    }

    fn rows(items: Vec<Incoming>) -> Vec<Vec<Incoming>> {
        items.into_iter().map(|item| vec![item]).collect()
    }

    #[test]
    fn the_same_file_again_changes_nothing() {
        let items = vec![item(2, Some("000119013000"), "专用水文测站审批"), item(3, None, "取水许可")];
        let known: Vec<_> = items.iter().enumerate().map(|(n, item)| known(n as i64, item)).collect();
        let plan = plan(&known, rows(items));
        assert!(plan.changes.is_empty());
        assert_eq!(plan.counts.unchanged, 2);
    }

    #[test]
    fn one_field_makes_one_change_and_a_new_name_under_the_same_code_is_a_change() {
        let old = item(2, Some("000119013000"), "专用水文测站的审批");
        let new = item(2, Some("000119013000"), "专用水文测站审批");
        let plan = plan(&[known(7, &old)], rows(vec![new]));
        assert!(matches!(plan.changes.as_slice(), [ItemChange::Change { id: 7, returns: false, .. }]));
    }

    #[test]
    fn a_withdrawn_item_returns() {
        let item = item(2, None, "取水许可");
        let withdrawn = Known { withdrawn: true, ..known(7, &item) };
        assert!(matches!(plan(&[withdrawn], rows(vec![item])).changes.as_slice(), [ItemChange::Change { returns: true, .. }]));
    }

    #[test]
    fn the_same_key_in_other_words_is_rejected_and_counts_add_up() {
        let again = Incoming { basis: Some("水法".into()), ..item(4, None, "取水许可") };
        let plan = plan(&[], rows(vec![item(2, None, "取水许可"), item(3, None, "取水许可"), again]));
        assert_eq!((plan.counts.added, plan.counts.skipped, plan.counts.rejected), (1, 1, 1));
        assert_eq!(plan.rejects[0].value, "2");
        assert!(plan.counts.add_up());
    }

    #[test]
    fn a_main_item_that_heads_several_rows_is_one_item() {
        let child =
            |line, name: &str| Incoming { level: Level::Handling, parent_key: Some("取水许可".into()), ..item(line, None, name) };
        let rows = vec![vec![item(2, None, "取水许可"), child(2, "新办")], vec![item(3, None, "取水许可"), child(3, "延续")]];
        let plan = plan(&[], rows);
        assert_eq!(plan.changes.len(), 3);
        assert_eq!(plan.counts.added, 2);
    }
}
