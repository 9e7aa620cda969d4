//! `swj`: hand argv to the front desk, return its exit code.

/// An import reads on one thread and writes on another; the C library's allocator makes them wait for each other. libpq and
/// SQLite take their memory from it too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    swj::cli::run(std::env::args_os().collect()).into()
}
