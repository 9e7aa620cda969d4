//! Backups (备份): what goes into a snapshot, and how a database comes back out of one.
//!
//! One snapshot holds the database, `manifest.json`, the configuration and the
//! attachments. SQLite travels as a compact copy, PostgreSQL as plain `pg_dump`
//! output: both deduplicate well, and both can be restored by hand where `swj` is missing.

mod manifest;
mod postgres;
mod repository;
mod source;

pub use manifest::{DATABASE_POSTGRES, DATABASE_SQLITE, MANIFEST, Manifest, Proof, prove};
pub use postgres::{Dump, feed, tool_missing};
pub use repository::{Content, DATABASE_TAG, Entry, Fate, Freed, Keep, Key, NAME_TAG, Repository, RepositoryError, Snapshot, Watcher};
