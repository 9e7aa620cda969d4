//! Any text as a number, a day, a period, a name, a limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use swj::calendar::{self, NoticeDay, Pause, Runs, Unit, Workdays};
use swj::{catalogue, identifiers, view};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let today = jiff::civil::date(2026, 11, 23);
    drop(identifiers::check_uscc(&text));
    drop(identifiers::check_org(&text));
    drop(identifiers::check_resident(&text, today));
    drop(identifiers::check_division(&text, today));
    let masked = identifiers::masked_text(&text);
    assert_eq!(masked, identifiers::masked_text(&masked), "what is masked stays as it is");
    assert_eq!(masked.chars().count(), text.chars().count(), "a mask is as long as what it hides");
    let key = catalogue::name_key(&text);
    assert_eq!(key, catalogue::name_key(&key), "a key is its own key");
    let _ = view::Format::from_name(&text);
    if let Some(period) = calendar::Period::read(&text) {
        assert!(period.from <= period.to);
    }
    let days = text.split(['\n', ',', ' ']).filter_map(calendar::read_day).collect::<Vec<_>>();
    if let [from, pauses @ ..] = days.as_slice() {
        let workdays = Workdays::new(Vec::<NoticeDay>::new());
        let pauses: Vec<Pause> = pauses.chunks_exact(2).map(|pair| Pause { from: pair[0].min(pair[1]), to: pair[0].max(pair[1]) }).collect();
        let span = |pause: &Pause| pause.from.until(pause.to).is_ok_and(|span| span.get_days() < 4000);
        if pauses.iter().all(span) && (1900..2200).contains(&from.year()) {
            let due = workdays.reckon(*from, u32::from(bytes[0]), Unit::Working, Runs::After, &pauses).due.on;
            assert!(due >= *from);
        }
    }
});
