//! Comparing what arrives with what is there: the plan every import shows and then writes.

use std::collections::HashMap;

/// Something an import may add or bring up to date.
pub trait Facts: Clone {
    /// The natural key, never a row id.
    fn key(&self) -> &str;
    /// Every field that is compared, in the order it is shown.
    fn fields(&self) -> Vec<(&'static str, Option<String>)>;
}

/// Facts that can be made again from their fields: a plan put down in a file is read back.
pub trait Readable: Facts {
    /// None when a field is missing or is no such thing.
    fn read(key: &str, field: &dyn Fn(&str) -> Option<String>) -> Option<Self>;
}

/// One object of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<F> {
    /// Line of the file.
    pub line: u64,
    pub before: Option<F>,
    pub after: F,
    /// Field, old value, new value; empty for an addition.
    pub differences: Vec<(&'static str, Option<String>, Option<String>)>,
}

impl<F: Facts> Change<F> {
    /// The change from what is there, if anything, to what shall be.
    pub fn between(line: u64, before: Option<F>, after: F) -> Self {
        let differences = before.as_ref().map(|before| differences(before, &after)).unwrap_or_default();
        Self { line, before, after, differences }
    }
}

/// A row that cannot be taken, with the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub line: u64,
    /// Field key; empty when the whole row is at fault.
    pub column: &'static str,
    /// Stable word; `rule-<rule>` and `fix-<rule>` in the locale files explain it.
    pub rule: &'static str,
    /// The offending value, or what the rule needs to be understood.
    pub value: String,
    /// The row as it was written.
    pub cells: Vec<String>,
}

/// How many rows went where: `read` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub read: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub withdrawn: u64,
    pub rejected: u64,
    pub skipped: u64,
}

impl Counts {
    /// Whether every row was counted once.
    pub fn add_up(&self) -> bool {
        self.read == self.added + self.changed + self.unchanged + self.withdrawn + self.rejected + self.skipped
    }
}

/// What an import would do.
#[derive(Clone, Debug)]
pub struct Plan<F> {
    /// Additions and changes, in file order.
    pub changes: Vec<Change<F>>,
    pub rejects: Vec<Reject>,
    pub counts: Counts,
}

/// Compares arriving rows with the objects known. A key that comes twice in the
/// file is rejected the second time: which of the two would be right?
pub fn compare<F: Facts>(known: &HashMap<String, F>, incoming: Vec<(u64, F, Vec<String>)>) -> Plan<F> {
    compare_after(known, incoming, HashMap::new())
}

/// The same, where the lines on which keys came first are known: also those of rows that were rejected.
pub fn compare_after<F: Facts>(
    known: &HashMap<String, F>,
    incoming: Vec<(u64, F, Vec<String>)>,
    first_lines: HashMap<String, u64>,
) -> Plan<F> {
    let mut plan = Plan { changes: Vec::new(), rejects: Vec::new(), counts: Counts::default() };
    let mut seen: HashMap<String, u64> = HashMap::new();
    for (line, after, cells) in incoming {
        plan.counts.read += 1;
        if let Some(first) = seen.get(after.key()).or_else(|| first_lines.get(after.key()).filter(|first| **first < line)) {
            plan.counts.rejected += 1;
            plan.rejects.push(Reject { line, column: "", rule: "duplicate-in-file", value: first.to_string(), cells });
            continue;
        }
        seen.insert(after.key().to_owned(), line);
        let change = Change::between(line, known.get(after.key()).cloned(), after);
        match (&change.before, change.differences.is_empty()) {
            (None, _) => plan.counts.added += 1,
            (Some(_), false) => plan.counts.changed += 1,
            (Some(_), true) => {
                plan.counts.unchanged += 1;
                continue;
            }
        }
        plan.changes.push(change);
    }
    plan
}

fn differences<F: Facts>(before: &F, after: &F) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let old = before.fields();
    after
        .fields()
        .into_iter()
        .zip(old)
        .filter(|((_, new), (_, old))| new != old)
        .map(|((field, new), (_, old))| (field, old, new))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Thing(&'static str, &'static str);

    impl Facts for Thing {
        fn key(&self) -> &str {
            self.0
        }
        fn fields(&self) -> Vec<(&'static str, Option<String>)> {
            vec![("name", Some(self.1.to_owned()))]
        }
    }

    #[test]
    fn rows_are_added_changed_or_left_alone() {
        let known = HashMap::from([("a".to_owned(), Thing("a", "1")), ("b".to_owned(), Thing("b", "1"))]);
        let plan = compare(&known, vec![(2, Thing("a", "1"), vec![]), (3, Thing("b", "2"), vec![]), (4, Thing("c", "3"), vec![])]);
        assert_eq!((plan.counts.added, plan.counts.changed, plan.counts.unchanged), (1, 1, 1));
        assert_eq!(plan.changes[0].differences, [("name", Some("1".into()), Some("2".into()))]);
        assert!(plan.counts.add_up());
    }

    #[test]
    fn a_key_that_comes_twice_is_rejected_the_second_time() {
        let plan = compare(&HashMap::new(), vec![(2, Thing("a", "1"), vec![]), (3, Thing("a", "2"), vec![])]);
        assert_eq!(plan.rejects[0].line, 3);
        assert_eq!(plan.rejects[0].value, "2");
        assert!(plan.counts.add_up());
        // Also where the first of them was rejected for something else.
        let after = HashMap::from([("a".to_owned(), 2)]);
        let plan = compare_after(&HashMap::new(), vec![(3, Thing("a", "2"), vec![]), (4, Thing("b", "1"), vec![])], after);
        assert_eq!((plan.rejects.len(), plan.rejects[0].line, plan.counts.added), (1, 3, 1));
    }
}
