//! The program, run as a user runs it, on both engines. One binary: each further one links anew.

mod audit;
mod backup;
mod bad_input;
mod contract;
mod disclosure;
mod house;
mod init;
mod license;
mod people;
mod readers;
mod support;
