use std::cmp::Ordering;

use super::{Item, Kind};

/// What became of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: Vec<u8>,
    pub before: Option<Kind>,
    pub after: Option<Kind>,
}

impl Change {
    /// `added`, `missing`, `changed`, or `replaced` where it is another kind of thing now.
    pub fn word(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "missing",
            (Some(before), Some(after)) if before.word() == after.word() => "changed",
            _ => "replaced",
        }
    }
}

/// Whether two are the same; how long a file was is not in every baseline, its hash is.
fn same(before: &Kind, after: &Kind) -> bool {
    match (before, after) {
        (Kind::File { sha256: before, .. }, Kind::File { sha256: after, .. }) => before == after,
        (before, after) => before == after,
    }
}

/// What differs between two lists in the order of their paths.
pub fn compare(before: &[Item], after: &[Item]) -> Vec<Change> {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(&new.path),
        };
        let gone = if order.is_le() { old.next() } else { None };
        let come = if order.is_ge() { new.next() } else { None };
        if gone.zip(come).is_some_and(|(gone, come)| same(&gone.kind, &come.kind)) {
            continue;
        }
        let path = gone.or(come).map(|item| item.path.clone()).unwrap_or_default();
        changes.push(Change { path, before: gone.map(|item| item.kind.clone()), after: come.map(|item| item.kind.clone()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_came_went_or_became_another_thing_is_named() {
        let file = |path: &str, hash: &str| Item { path: path.into(), kind: Kind::File { bytes: 1, sha256: hash.into() } };
        let link = |path: &str| Item { path: path.into(), kind: Kind::Link { target: b"x".to_vec() } };
        let before = [file("a", "1"), file("b", "1"), file("c", "1"), file("d", "1")];
        let after = [file("a", "1"), file("aa", "1"), file("b", "2"), link("d")];
        let found = compare(&before, &after);
        let words: Vec<_> = found.iter().map(|change| (String::from_utf8_lossy(&change.path).into_owned(), change.word())).collect();
        let wanted = [("aa", "added"), ("b", "changed"), ("c", "missing"), ("d", "replaced")];
        assert_eq!(words, wanted.map(|(path, word)| (path.to_owned(), word)));
        assert!(compare(&before, &before).is_empty());
    }
}
