//! A synthetic bureau of the seed report's size, the same from the same seed.
//!
//! Names, titles and people are invented; the licence names are those of the State
//! Council's and a city's published lists. Rows come out table by table, parents
//! before children, as texts; who writes them is not known here.

mod backups;
mod disclosure;
mod faults;
mod licensing;
mod names;
mod office;
mod people;
mod portal;
mod row;
mod upkeep;

use std::sync::LazyLock;

use jiff::civil::Date;

pub use faults::Expected;
pub use office::{DOCUMENTS, LOGINS};
pub use row::{Meddling, Row, Sink};

use crate::calendar::{Workdays, notices};
use row::Writer;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// 1 is the seed report's size.
    pub scale: u32,
    pub seed: u64,
    /// The day that counts as today: everything happened before it.
    pub today: Date,
    /// Few documents and logins instead of ten years of them.
    pub light: bool,
}

/// What is there already: made by `swj init`.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    pub bureau: i64,
    /// System, security and audit administrator.
    pub administrators: [i64; 3],
    /// Their roles, in the same order.
    pub roles: [i64; 3],
}

/// Subordinate units besides offices and districts (seed: 16个中层局属单位).
pub const SUBORDINATE: usize = 16;
/// Users at scale 1.
pub const USERS: usize = 3_000;
/// Licence items at scale 1 (seed: 46项).
pub const LICENSE_ITEMS: usize = 46;
/// Information items at scale 1 (seed: 3万余条).
pub const INFO_ITEMS: usize = 30_000;
/// Items eligible for disclosure at scale 1. The seed gives 1,708 open and 89.3 %;
/// 1,912 and 1,913 both round to it. 1,913 is taken: the larger base claims less.
pub const DISCLOSURE_ITEMS: usize = 1_913;
/// Of which actively disclosed (seed: 1708件).
pub const DISCLOSED: usize = 1_708;

/// Ids below belong to what `swj init` made.
const FIRST_ID: i64 = 1_000;

/// The demonstration keeps the law's limits too.
static WORKDAYS: LazyLock<Workdays> = LazyLock::new(|| Workdays::new(notices()));

/// Makes the bureau, row by row.
///
/// # Errors
/// The first error of the sink.
pub fn bureau<E>(order: &Order, ground: &Ground, sink: &mut dyn Sink<E>) -> Result<(), E> {
    let mut writer = Writer::new(order, ground, sink);
    let people = people::make(&mut writer)?;
    portal::make(&mut writer, &people)?;
    disclosure::make(&mut writer, &people)?;
    licensing::make(&mut writer)?;
    office::make(&mut writer, &people, order.light)
}

/// Notes what a sound bureau keeps up: its backups, the duty roster, the virus definitions, last year's report.
///
/// # Errors
/// The first error of the sink.
pub fn kept_up<E>(order: &Order, ground: &Ground, sink: &mut dyn Sink<E>) -> Result<(), E> {
    let mut writer = Writer::new(order, ground, sink);
    backups::sound(&mut writer)?;
    upkeep::sound(&mut writer)
}

/// Plants one fault for each of the rules, and tells what an audit must find: exactly these.
///
/// # Errors
/// The first error of the sink.
pub fn plant<E>(order: &Order, ground: &Ground, sink: &mut dyn Sink<E>) -> Result<Vec<Expected>, E> {
    // Another source of chance than the bureau's, or both would draw the same passwords.
    let order = Order { seed: !order.seed, ..*order };
    let mut writer = Writer::new(&order, ground, sink);
    let mut expected = faults::plant(&mut writer)?;
    expected.extend(backups::forgotten(&mut writer)?);
    expected.sort();
    Ok(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Heap(BTreeMap<&'static str, Vec<Vec<Option<String>>>>);

    impl Sink<()> for Heap {
        fn row(&mut self, row: Row) -> Result<(), ()> {
            assert_eq!(row.columns.len(), row.cells.len(), "{}", row.table);
            self.0.entry(row.table).or_default().push(row.cells);
            Ok(())
        }
        fn hang(&mut self, _: i64, _: i64) -> Result<(), ()> {
            Ok(())
        }
        fn meddle(&mut self, _: &Meddling) -> Result<(), ()> {
            Ok(())
        }
    }

    fn heap(seed: u64) -> Heap {
        let order = Order { scale: 1, seed, today: jiff::civil::date(2026, 11, 23), light: true };
        let ground = Ground { bureau: 1, administrators: [1, 2, 3], roles: [1, 2, 3] };
        let mut heap = Heap::default();
        bureau(&order, &ground, &mut heap).unwrap();
        heap
    }

    #[test]
    fn the_bureau_has_the_size_of_the_seed_report() {
        let heap = heap(1);
        assert_eq!(heap.0["oa_user"].len(), USERS - 3);
        assert_eq!(heap.0["info_item"].len(), INFO_ITEMS);
        assert_eq!(heap.0["disclosure_item"].len(), DISCLOSURE_ITEMS);
        assert_eq!(heap.0["license_item"].len(), LICENSE_ITEMS);
    }

    #[test]
    fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
        let (one, same, other) = (heap(7), heap(7), heap(8));
        assert_eq!(one.0, same.0);
        assert_ne!(one.0["oa_user"], other.0["oa_user"]);
    }
}
