//! `swj`: hand argv to the front desk, return its exit code.

fn main() -> std::process::ExitCode {
    swj::cli::run(std::env::args_os().collect()).into()
}
