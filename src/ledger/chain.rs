//! The canonical form of an entry, and the hash that links it to the one before.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::db::audit_links::Link;
use crate::db::audit_logs::LogEntry;
use crate::db::{canonical, hex};

/// What the first link holds instead of a hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over the hash before, a line feed, and the entry's canonical form.
pub fn entry_hash(previous: &str, entry: &LogEntry) -> String {
    hex(&hash_of(previous, canonical_form(entry).as_bytes()))
}

/// A JSON array of all fields of an entry in table order, keys sorted, no blanks, UTF-8.
pub fn canonical_form(entry: &LogEntry) -> String {
    canonical(&json!([
        entry.seq,
        entry.op_id,
        entry.at.stored(),
        entry.actor,
        entry.os_user,
        entry.host,
        entry.source,
        entry.verb,
        entry.subject_table,
        entry.subject_key,
        entry.old_value.as_ref().map(|document| &document.0),
        entry.new_value.as_ref().map(|document| &document.0),
        entry.reason,
        entry.result,
    ]))
}

/// The hash of a link over the one before it and a canonical form.
pub fn hash_of(previous: &str, form: &[u8]) -> Hash {
    Sha256::new().chain_update(previous).chain_update("\n").chain_update(form).finalize().into()
}

/// The canonical form that a link's hash was made of; none where no form out of its pieces is.
pub fn proved_form<'a>(link: &'a Link, hash: &Hash) -> Option<Cow<'a, str>> {
    let holds = |form: &str| hash_of(&link.prev_hash, form.as_bytes()) == *hash;
    if link.form.is_empty() {
        return None;
    }
    let documents = link.documents.clone().map(|place| &link.form[place]);
    // A text that is no JSON could reach over into the next field.
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if holds(&link.form) && (link.only_json || documents.into_iter().all(is_json)) {
        return Some(Cow::Borrowed(&link.form));
    }
    // Another program may have written a document with its keys in another order.
    let sorted = |text: &str| serde_json::from_str(text).ok().map(|value| canonical(&value));
    let [old, new] = [sorted(documents[0])?, sorted(documents[1])?];
    let (head, tail) = (&link.form[..link.documents[0].start], &link.form[link.documents[1].end..]);
    Some(format!("{head}{old},{new}{tail}")).filter(|form| holds(form)).map(Cow::Owned)
}

/// Lower-case hex of a hash, read back.
pub fn hash_in(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 64 {
        return None;
    }
    // Digits that are none are found at the end: a million hashes are read without a branch.
    let mut wrong = 0;
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    (wrong < 16).then_some(hash)
}

/// What a lower-case hexadecimal digit stands for; 255 for any other letter.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Document, Instant};

    fn entry() -> LogEntry {
        LogEntry {
            seq: 1,
            op_id: "op".into(),
            at: Instant::parse("2026-11-23 09:00:00+08:00").unwrap(),
            actor: None,
            os_user: "root".into(),
            host: "oa".into(),
            source: "swj".into(),
            verb: "unit add".into(),
            subject_table: Some("unit".into()),
            subject_key: Some("01".into()),
            old_value: None,
            new_value: Some(Document(json!({"b": 1, "a": "水"}))),
            reason: None,
            result: "done".into(),
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_but_every_field_does() {
        let one = entry_hash(GENESIS, &entry());
        let reordered = LogEntry { new_value: Some(Document(json!({"a": "水", "b": 1}))), ..entry() };
        assert_eq!(one, entry_hash(GENESIS, &reordered));
        for other in [
            LogEntry { seq: 2, ..entry() },
            LogEntry { actor: Some("x".into()), ..entry() },
            LogEntry { new_value: None, ..entry() },
            LogEntry { reason: Some(String::new()), ..entry() },
        ] {
            assert_ne!(one, entry_hash(GENESIS, &other));
        }
        assert_ne!(one, entry_hash(&one, &entry()));
    }
}
