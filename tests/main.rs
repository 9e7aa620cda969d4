//! The program, run as a user runs it, on both engines. One binary: each further one links anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so and stop")]

mod accounts;
mod annual;
mod audit;
mod audit_engine;
mod audit_rules;
mod backup;
mod backup_access;
mod backup_across;
mod backup_care;
mod backup_faults;
mod backup_place;
mod backup_upkeep;
mod bad_input;
mod calendar;
mod cases;
mod contract;
mod disclosure;
mod disclosure_register;
mod disclosure_review;
mod doctor;
mod forms;
mod house;
mod init;
mod license;
mod license_edges;
mod license_review;
mod log;
mod people;
mod people_import;
mod people_review;
mod permissions;
mod point_in_time;
mod portal;
mod readers;
mod requests;
mod roles;
mod support;
mod terminal;
mod units;
