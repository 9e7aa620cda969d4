//! What a file says twice: found while it streams by, in little memory.

use std::collections::HashMap;
use std::io;

use foldhash::fast::RandomState;
use xxhash_rust::xxh3::xxh3_64;

use crate::catalogue::{Above, Head, Incoming, Level};
use crate::db::spill::Spill;

/// So many places are kept in memory, and as many names of main items: some seventy megabytes.
const MOST: usize = (1 << 21) / 8 * 7;

/// Items already seen in a file: a small place each, in memory as far as they fit, the rest on disk. However long the file,
/// no more memory is taken.
#[derive(Debug)]
pub(super) struct Seen {
    near: Near<Place>,
    /// Main items are also found by organ and name, with or without a code: their numbers.
    mains: Near<u32>,
    far: Option<Spill>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::of(MOST)
    }
}

/// What is kept in memory under a hash, which is held in halves: so it takes a third less.
#[derive(Debug)]
struct Near<T> {
    map: HashMap<[u32; 2], T, RandomState>,
    /// How many were put there: room that was given up again stays so, or the table would grow beyond its bound.
    taken: usize,
    most: usize,
}

impl<T: Copy> Near<T> {
    fn of(most: usize) -> Self {
        Self { map: HashMap::default(), taken: 0, most }
    }

    fn get(&self, key: u64) -> Option<T> {
        self.map.get(&halves(key)).copied()
    }

    /// Whether there was room for it.
    fn put(&mut self, key: u64, value: T) -> bool {
        if let Some(known) = self.map.get_mut(&halves(key)) {
            *known = value;
            return true;
        }
        let room = self.taken < self.most;
        if room {
            self.taken += 1;
            self.map.insert(halves(key), value);
        }
        room
    }
}

fn halves(key: u64) -> [u32; 2] {
    [(key >> 32) as u32, key as u32]
}

#[derive(Clone, Copy, Debug)]
struct Place {
    seq: u32,
    line: u32,
    /// What it says, in 31 bits, and in the lowest whether it is only a name above other items so far.
    print: u32,
}

impl Place {
    fn head(seq: u32, line: u64) -> Self {
        Self { seq, line: line as u32, print: 1 }
    }

    fn item(seq: u32, line: u64, fingerprint: &str) -> Self {
        Self { seq, line: line as u32, print: (xxh3_64(fingerprint.as_bytes()) as u32) << 1 }
    }

    fn is_head(self) -> bool {
        self.print & 1 == 1
    }

    fn pair(self) -> (i64, i64) {
        (i64::from(self.seq) << 32 | i64::from(self.line), i64::from(self.print))
    }

    fn of((first, second): (i64, i64)) -> Self {
        Self { seq: (first >> 32) as u32, line: first as u32, print: second as u32 }
    }
}

/// What is to be done with an item of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
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
pub(super) enum HeadSight {
    Known(u32),
    New(u32),
}

impl Seen {
    fn of(most: usize) -> Self {
        Self { near: Near::of(most), mains: Near::of(most), far: None }
    }

    fn find(&mut self, key: u64) -> io::Result<Option<Place>> {
        match (self.near.get(key), &mut self.far) {
            (Some(place), _) => Ok(Some(place)),
            (None, Some(far)) => Ok(far.find(key as i64)?.map(Place::of)),
            (None, None) => Ok(None),
        }
    }

    fn put(&mut self, key: u64, place: Place) -> io::Result<()> {
        if self.near.put(key, place) { Ok(()) } else { self.far()?.put(key as i64, place.pair()) }
    }

    fn remove(&mut self, key: u64) -> io::Result<()> {
        self.near.map.remove(&halves(key));
        self.far.as_mut().map_or(Ok(()), |far| far.remove(key as i64))
    }

    /// The number of the main item with a name.
    fn main(&mut self, named: u64) -> io::Result<Option<u32>> {
        match (self.mains.get(named), &mut self.far) {
            (Some(seq), _) => Ok(Some(seq)),
            (None, Some(far)) => Ok(far.find(of_main(named))?.map(|(seq, _)| seq as u32)),
            (None, None) => Ok(None),
        }
    }

    fn put_main(&mut self, named: u64, seq: u32) -> io::Result<()> {
        if self.mains.put(named, seq) { Ok(()) } else { self.far()?.put(of_main(named), (seq.into(), 0)) }
    }

    fn far(&mut self) -> io::Result<&mut Spill> {
        match &mut self.far {
            Some(far) => Ok(far),
            far => Ok(far.insert(Spill::open()?)),
        }
    }

    /// Looks at a head; `next` is the number it gets when it is new.
    ///
    /// # Errors
    /// Those of the file for what does not fit into memory, here as below.
    pub(super) fn head(&mut self, head: &Head, organ_key: Option<&str>, line: u64, next: u32) -> io::Result<HeadSight> {
        let above = head.above.as_deref().map(Head::path).unwrap_or_default();
        let named = name_hash(organ_key, &above, &head.name_key);
        let coded = head.code.as_deref().map(|code| code_hash(head.scheme, code));
        if let Some(coded) = coded
            && let Some(place) = self.find(coded)?
        {
            return Ok(HeadSight::Known(place.seq));
        }
        if let Some(seq) = self.main(named)? {
            return Ok(HeadSight::Known(seq));
        }
        self.put(coded.unwrap_or(named), Place::head(next, line))?;
        self.put_main(named, next)?;
        Ok(HeadSight::New(next))
    }

    /// The number of the item with a code, where it was seen.
    pub(super) fn coded(&mut self, scheme: &str, code: &str) -> io::Result<Option<u32>> {
        Ok(self.find(code_hash(scheme, code))?.map(|place| place.seq))
    }

    /// Looks at an item; `next` is the number it gets when it is new.
    pub(super) fn item(&mut self, item: &Incoming, fingerprint: &str, next: u32) -> io::Result<Sight> {
        let parent = match &item.above {
            Above::Named(head) => head.path(),
            Above::Nothing | Above::Coded { .. } => String::new(),
        };
        let named = name_hash(item.organ_key.as_deref(), &parent, &item.name_key);
        let key = item.code.as_deref().map_or(named, |code| code_hash(item.scheme, code));
        let new = Place::item(next, item.line, fingerprint);
        // A main item, or a sub-item that may have 业务办理项 below it.
        let is_main = item.level != Level::Handling;
        let bare = if is_main { self.bare(key, named)? } else { None };
        match self.find(key)? {
            Some(place) if place.is_head() => {
                self.put(key, new)?;
                self.put_main(named, next)?;
                Ok(Sight::Fills { seq: next, head: place.seq })
            }
            Some(place) if place.print == new.print => Ok(Sight::Again),
            Some(place) => Ok(Sight::Otherwise { line: place.line }),
            None => {
                self.put(key, new)?;
                if is_main {
                    self.put_main(named, next)?;
                }
                let Some(head) = bare else { return Ok(Sight::New(next)) };
                self.remove(named)?;
                Ok(Sight::Fills { seq: next, head })
            }
        }
    }

    /// The number of a bare name without a code that this main item is now.
    fn bare(&mut self, key: u64, named: u64) -> io::Result<Option<u32>> {
        if key == named {
            return Ok(None);
        }
        let Some(seq) = self.main(named)? else { return Ok(None) };
        Ok(self.find(named)?.filter(|place| place.is_head() && place.seq == seq).map(|_| seq))
    }
}

/// The key on disk of a main item's name: another than of the item itself.
fn of_main(named: u64) -> i64 {
    !named as i64
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

    /// With all places in memory, with some, and with none.
    fn everywhere(test: impl Fn(Seen)) {
        for most in [MOST, 2, 0] {
            test(Seen::of(most));
        }
    }

    #[test]
    fn t14_the_same_item_again_is_passed_over_and_in_other_words_it_is_refused() {
        everywhere(|mut seen| {
            let mut look = |item: &Incoming, print, next| seen.item(item, print, next).unwrap();
            assert_eq!(look(&item(2, None, "取水许可"), "a", 0), Sight::New(0));
            assert_eq!(look(&item(3, None, "取水许可"), "a", 1), Sight::Again);
            assert_eq!(look(&item(4, None, "取水许可"), "b", 1), Sight::Otherwise { line: 2 });
            assert_eq!(look(&item(5, Some("000119013000"), "甲"), "a", 1), Sight::New(1));
            assert_eq!(look(&item(6, Some("000119013000"), "乙"), "b", 2), Sight::Otherwise { line: 5 });
        });
    }

    #[test]
    fn a_name_above_others_is_one_item_and_may_be_filled_later() {
        everywhere(|mut seen| {
            assert_eq!(seen.head(&head("取水许可", None), None, 2, 0).unwrap(), HeadSight::New(0));
            assert_eq!(seen.head(&head("取水许可", None), None, 3, 1).unwrap(), HeadSight::Known(0));
            assert_eq!(seen.item(&item(4, None, "取水许可"), "a", 1).unwrap(), Sight::Fills { seq: 1, head: 0 });
            assert_eq!(seen.head(&head("取水许可", None), None, 5, 2).unwrap(), HeadSight::Known(1));
        });
    }

    #[test]
    fn a_bare_name_is_filled_by_a_row_with_a_code() {
        everywhere(|mut seen| {
            assert_eq!(seen.head(&head("取水许可", None), None, 2, 0).unwrap(), HeadSight::New(0));
            let filled = seen.item(&item(3, Some("000119001000"), "取水许可"), "a", 1).unwrap();
            assert_eq!(filled, Sight::Fills { seq: 1, head: 0 });
            assert_eq!(seen.head(&head("取水许可", Some("000119001000")), None, 4, 2).unwrap(), HeadSight::Known(1));
            // The bare name is gone: the same row is the same again, and no second head.
            assert_eq!(seen.item(&item(5, Some("000119001000"), "取水许可"), "a", 2).unwrap(), Sight::Again);
        });
    }

    #[test]
    fn a_place_on_disk_is_the_place_it_was() {
        let mut seen = Seen::of(0);
        seen.put(u64::MAX, Place { seq: u32::MAX, line: u32::MAX - 1, print: u32::MAX - 2 }).unwrap();
        let Place { seq, line, print } = seen.find(u64::MAX).unwrap().unwrap();
        assert_eq!((seq, line, print), (u32::MAX, u32::MAX - 1, u32::MAX - 2));
        seen.put_main(u64::MAX, u32::MAX).unwrap();
        assert_eq!(seen.main(u64::MAX).unwrap(), Some(u32::MAX));
        assert!(seen.near.map.is_empty() && seen.find(1).unwrap().is_none() && seen.main(1).unwrap().is_none());
    }
}
