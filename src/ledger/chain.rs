//! The canonical form of an entry, and the hash that links it to the one before.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::db::audit_logs::LogEntry;
use crate::db::{canonical, hex};

/// What the first link holds instead of a hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over the hash before, a line feed, and the entry's canonical form: a JSON
/// array of all its fields in table order, keys sorted, no blanks, UTF-8.
pub fn entry_hash(previous: &str, entry: &LogEntry) -> String {
    let form = json!([
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
    ]);
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update("\n");
    hash.update(canonical(&form));
    hex(&hash.finalize())
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
