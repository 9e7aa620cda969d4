//! The canonical form of an entry, and the hash that links it to the one before.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::db::audit_logs::{Link, LogEntry};
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

/// The canonical form out of the pieces the engine made; none where a piece is missing or is no JSON.
///
/// SQLite keeps documents as they were sealed, PostgreSQL sorts their keys in its own way.
fn form_of(link: &Link, as_sealed: bool) -> Option<String> {
    let head = link.head.as_deref()?.strip_suffix(']')?;
    let tail = link.tail.as_deref()?.strip_prefix('[')?;
    let mut form = String::with_capacity(head.len() + tail.len() + 256);
    form.push_str(head);
    for document in [&link.old_value, &link.new_value] {
        form.push(',');
        match document {
            None => form.push_str("null"),
            Some(text) if as_sealed => {
                serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
                form.push_str(text);
            }
            Some(text) => form.push_str(&canonical(&serde_json::from_str(text).ok()?)),
        }
    }
    form.push(',');
    form.push_str(tail);
    Some(form)
}

/// The canonical form that a link's hash was made of; none where no form out of its pieces is.
pub fn proved_form(link: &Link, hash: &Hash, as_sealed: bool) -> Option<String> {
    let holds = |form: &String| hash_of(&link.prev_hash, form.as_bytes()) == *hash;
    // Another program may have written a document with its keys in another order.
    let sorted = || form_of(link, false).filter(holds);
    if as_sealed { form_of(link, true).filter(holds).or_else(sorted) } else { sorted() }
}

/// Lower-case hex of a hash, read back.
pub fn hash_in(text: &str) -> Option<Hash> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = Hash::default();
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

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
