//! `swj`: hand argv to the front desk, return its exit code.

/// An import reads on one thread and writes on another; the C library's allocator makes them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    swj::cli::run(std::env::args_os().collect()).into()
}
