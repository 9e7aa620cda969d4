//! `swj` is the command-line administration toolkit over the OA database of a
//! municipal water bureau (水务局).
//!
//! # The one path
//!
//! ```text
//! argv
//!  → cli::<noun>::<verb>::Args        what was typed; does nothing
//!  → context::Context                 config, language, clock, output, database opened on first use
//!  → db::<table>s                     rows; the only room that knows diesel and SQL
//!  → a subject room                   decides: a plan, a due date, a figure, a finding
//!  → view                             one Report → table, plain, json, jsonl, csv, tsv, markdown, ids, count, xlsx
//!  → confirm, then one transaction    the change and its audit-log entry together
//!  → exit code
//! ```
//!
//! # The rooms
//!
//! | room | subject | imports |
//! | --- | --- | --- |
//! | [`cli`] | what a user may say, the order of steps, which columns are shown | everything below |
//! | [`intake`] | the tables the wild sends: encodings, headers, ragged rows | nothing |
//! | [`people`] [`catalogue`] [`casework`] [`calendar`] [`disclosure`] | decisions over plain data: no database, no clock, no printing | [`intake`] |
//! | [`audit`] [`ledger`] [`backup`] [`portal`] | rules, the hash chain, snapshots, web trees | [`db`] |
//! | [`identifiers`] | numbers that prove themselves: credit codes, resident numbers, divisions | nothing |
//! | [`demo`] | a synthetic bureau from a seed | nothing |
//! | [`db`] | rows and queries on both engines | nothing |
//! | [`view`] | formats | nothing |
//! | [`locale`] | messages in both languages | nothing |
//!
//! `tests/house.rs` holds the walls: diesel only under `src/db`, `db` and `view` import no other room.

pub mod audit;
pub mod backup;
pub mod calendar;
pub mod casework;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod demo;
pub mod disclosure;
pub mod failure;
pub mod identifiers;
pub mod intake;
pub mod ledger;
pub mod locale;
pub mod people;
pub mod plan;
pub mod portal;
pub mod progress;
pub mod secret;
mod threads;
pub mod view;
