//! What a file says twice: found while it streams by, in little memory.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::item::{Above, Head, Incoming, Level};

/// Items already seen in a file: a small key each, so that a million fit in memory.
#[derive(Debug, Default)]
pub struct Seen {
    items: HashMap<u64, Place>,
    /// Main items by organ and name, with or without a code.
    mains: HashMap<u64, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    seq: u32,
    line: u32,
    print: u32,
    /// Only a name above other items so far.
    head: bool,
}

/// What is to be done with an item of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Not seen before; it gets this number.
    New(u32),
    /// A name that stood above other items now comes with its own row: the number of the bare name.
    Fills { seq: u32, head: u32 },
    /// The same words again.
    Again,
    /// The same item in other words; the line of the first.
    Otherwise { line: u32 },
}

/// A head: seen under a number, or new under one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadSight {
    Known(u32),
    New(u32),
}

impl Seen {
    /// Looks at a head; `next` is the number it gets when it is new.
    pub fn head(&mut self, head: &Head, organ_key: Option<&str>, line: u64, next: u32) -> HeadSight {
        let above = head.above.as_deref().map(Head::path).unwrap_or_default();
        let named = name_hash(organ_key, &above, &head.name_key);
        let coded = head.code.as_deref().map(|code| code_hash(head.scheme, code));
        if let Some(place) = coded.and_then(|key| self.items.get(&key)) {
            return HeadSight::Known(place.seq);
        }
        if let Some(seq) = self.mains.get(&named) {
            return HeadSight::Known(*seq);
        }
        let place = Place { seq: next, line: line as u32, print: 0, head: true };
        self.items.insert(coded.unwrap_or(named), place);
        self.mains.insert(named, next);
        HeadSight::New(next)
    }

    /// The number of the item with a code, where it was seen.
    pub fn coded(&self, scheme: &str, code: &str) -> Option<u32> {
        self.items.get(&code_hash(scheme, code)).map(|place| place.seq)
    }

    /// Looks at an item; `next` is the number it gets when it is new.
    pub fn item(&mut self, item: &Incoming, fingerprint: &str, next: u32) -> Sight {
        let print = xxh3_64(fingerprint.as_bytes()) as u32;
        let parent = match &item.above {
            Above::Named(head) => head.path(),
            Above::Nothing | Above::Coded { .. } => String::new(),
        };
        let named = name_hash(item.organ_key.as_deref(), &parent, &item.name_key);
        let key = item.code.as_deref().map_or(named, |code| code_hash(item.scheme, code));
        let new = Place { seq: next, line: item.line as u32, print, head: false };
        // A main item, or a sub-item that may have 业务办理项 below it.
        let is_main = item.level != Level::Handling;
        let bare = if is_main { self.mains.get(&named).and_then(|seq| self.bare(*seq, key, named)) } else { None };
        match self.items.get(&key) {
            Some(place) if place.head => {
                let head = place.seq;
                self.items.insert(key, new);
                self.mains.insert(named, next);
                Sight::Fills { seq: next, head }
            }
            Some(place) if place.print == print => Sight::Again,
            Some(place) => Sight::Otherwise { line: place.line },
            None => {
                self.items.insert(key, new);
                if is_main {
                    self.mains.insert(named, next);
                }
                bare.map_or(Sight::New(next), |head| {
                    self.items.remove(&named);
                    Sight::Fills { seq: next, head }
                })
            }
        }
    }

    /// The number of a bare name without a code that this main item is now.
    fn bare(&self, seq: u32, key: u64, named: u64) -> Option<u32> {
        let place = self.items.get(&named)?;
        (key != named && place.head && place.seq == seq).then_some(seq)
    }
}

fn code_hash(scheme: &str, code: &str) -> u64 {
    hash(&["c", scheme, code])
}

fn name_hash(organ: Option<&str>, parent: &str, name: &str) -> u64 {
    hash(&["n", organ.unwrap_or_default(), parent, name])
}

fn hash(parts: &[&str]) -> u64 {
    let mut text = String::with_capacity(64);
    for part in parts {
        text.push_str(part);
        text.push('\u{1f}');
    }
    xxh3_64(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(line: u64, code: Option<&str>, name: &str) -> Incoming {
        Incoming {
            line,
            level: Level::Main,
            above: Above::Nothing,
            scheme: if code.is_some() { "gbt39554" } else { "local" },
            code: code.map(str::to_owned),
            name: Some(name.into()),
            name_key: name.into(),
            organ: None,
            organ_key: None,
            type_code: "01",
            lead_dept: None,
            legal: None,
            promise: None,
            texts: Vec::new(),
            details: Vec::new(),
            material: None,
            seq: None,
            cells: Vec::new(),
        }
    }

    fn head(name: &str, code: Option<&str>) -> Head {
        Head {
            name: name.into(),
            name_key: name.into(),
            scheme: if code.is_some() { "gbt39554" } else { "local" },
            code: code.map(str::to_owned),
            above: None,
        }
    }

    #[test]
    fn t14_the_same_item_again_is_passed_over_and_in_other_words_it_is_refused() {
        let mut seen = Seen::default();
        assert_eq!(seen.item(&item(2, None, "取水许可"), "a", 0), Sight::New(0));
        assert_eq!(seen.item(&item(3, None, "取水许可"), "a", 1), Sight::Again);
        assert_eq!(seen.item(&item(4, None, "取水许可"), "b", 1), Sight::Otherwise { line: 2 });
        assert_eq!(seen.item(&item(5, Some("000119013000"), "甲"), "a", 1), Sight::New(1));
        assert_eq!(seen.item(&item(6, Some("000119013000"), "乙"), "b", 2), Sight::Otherwise { line: 5 });
    }

    #[test]
    fn a_name_above_others_is_one_item_and_may_be_filled_later() {
        let mut seen = Seen::default();
        assert_eq!(seen.head(&head("取水许可", None), None, 2, 0), HeadSight::New(0));
        assert_eq!(seen.head(&head("取水许可", None), None, 3, 1), HeadSight::Known(0));
        assert_eq!(seen.item(&item(4, None, "取水许可"), "a", 1), Sight::Fills { seq: 1, head: 0 });
        assert_eq!(seen.head(&head("取水许可", None), None, 5, 2), HeadSight::Known(1));
    }

    #[test]
    fn a_bare_name_is_filled_by_a_row_with_a_code() {
        let mut seen = Seen::default();
        assert_eq!(seen.head(&head("取水许可", None), None, 2, 0), HeadSight::New(0));
        assert_eq!(seen.item(&item(3, Some("000119001000"), "取水许可"), "a", 1), Sight::Fills { seq: 1, head: 0 });
        assert_eq!(seen.head(&head("取水许可", Some("000119001000")), None, 4, 2), HeadSight::Known(1));
    }
}
