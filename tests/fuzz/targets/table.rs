//! Any bytes as a list of every kind: refused, or read to the end with rows that know their lines.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use swj::intake::{self, Line, Options};
use swj::{calendar, casework, catalogue, disclosure, people};

fn file() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| tempfile::tempdir().expect("a folder").keep().join("list"))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    std::fs::write(file(), bytes).expect("a file");
    let fields = match kind % 8 {
        0 => people::UNIT_FIELDS,
        1 => people::USER_FIELDS,
        2 => disclosure::ITEM_FIELDS,
        3 => calendar::CALENDAR_FIELDS,
        4 => casework::ACCEPT_FIELDS,
        5 => casework::SPECIAL_FIELDS,
        _ => catalogue::LICENSE_FIELDS,
    };
    let Ok((opened, rows)) = intake::open(file(), fields, &Options::default()) else { return };
    let today = jiff::civil::date(2026, 11, 23);
    let mut last = 0;
    for line in rows {
        match line {
            Ok(Line::Row(row)) => {
                assert!(row.line >= last && row.line >= opened.header_line, "lines go forward: {} after {last}", row.line);
                last = row.line;
                match kind % 8 {
                    0 => drop(people::read_unit(&row, None, today)),
                    1 => drop(people::read_user(&row, None, &|_| true, &str::to_owned)),
                    2 => drop(disclosure::read_item(&row, None, today, &|unit| Some(unit.to_owned()))),
                    3 => drop(calendar::read_calendar_day(&row)),
                    4 => drop(casework::AcceptRow::read(&row)),
                    5 => drop(casework::SpecialRow::read(&row)),
                    _ => {
                        if let Ok((item, _)) = catalogue::read_item(&row) {
                            item.fingerprint("");
                        }
                    }
                }
            }
            Ok(Line::Skipped { .. }) | Err(_) => {}
        }
    }
});
