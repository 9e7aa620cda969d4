//! Backups (备份): what goes into a snapshot, and how a database comes back out of one.
//!
//! One snapshot holds the database, `manifest.json`, the configuration, the attachments
//! and how to restore it by hand. SQLite travels as the file it is, PostgreSQL as plain
//! `pg_dump` output: both deduplicate well, and both can be restored where `swj` is missing.

mod dump;
mod manifest;
mod postgres;
mod repository;
mod source;

pub use dump::DumpRows;
pub use manifest::{DATABASE_POSTGRES, DATABASE_SQLITE, FORMAT, HOW_TO, HOW_TO_PATH, MANIFEST, Manifest, Proof, prove};
pub use postgres::{Dump, feed, tool_missing, tool_version, without_password};
pub use repository::{
    Content, Copied, DATABASE_TAG, Entry, Fate, Fault, Freed, Harmed, Job, Judged, Keep, Key, NAME_TAG, Occasion, Purpose, RUN_TAG,
    Repairs, Repository, RepositoryError, Snapshot, Watcher,
};
