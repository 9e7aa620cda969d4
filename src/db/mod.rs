//! Rows and queries: the only room that knows diesel and SQL.
//!
//! One file per table or family of tables. What SQLite and PostgreSQL do not
//! share goes through [`on_each!`], so searching for that name lists every
//! difference between the engines.

#[macro_use]
mod connection;
mod bulk;
mod digest;
mod error;
mod file_copy;
mod migrations;
mod raw;
mod refill;
mod schema;
#[cfg(feature = "postgres")]
mod sorted;
mod structure;
mod types;

pub mod access;
pub mod accounts;
pub mod audit_checkpoints;
pub mod audit_findings;
pub mod audit_fixes;
pub mod audit_links;
pub mod audit_logs;
pub mod audit_purges;
pub mod audit_waivers;
pub mod backup_runs;
pub mod calendar;
pub mod cases;
pub mod codes;
pub mod disclosures;
pub mod engine;
pub mod facts;
pub mod guards;
pub mod handlers;
pub mod holdings;
pub mod license_import;
pub mod license_load;
pub mod licenses;
pub mod portal_baselines;
pub mod requests;
pub mod roles;
pub mod settings;
pub mod spill;
pub mod stats;
pub mod transfers;
pub mod units;
pub mod users;

pub use bulk::{Bulk, renumber};
pub use connection::{Db, Engine, Url, percent_decoded};
pub use digest::{TableDigest, digests, digests_at_rest, hex, rows_about};
pub use error::{DbError, DbResult};
pub use file_copy::copy_file;
pub use migrations::{Migration, migrate, migrate_to, migrations, newest_known, rehearse_migration, shipped_steps};
pub use raw::{Value as Bound, change_text, count, for_each_row, run, select_texts, stream_texts};
pub use refill::{Refill, copy_rows, refill};
pub use structure::{ColumnShape, TableShape, structure};
pub use types::{Cells, Day, Document, Instant, canonical};
