//! Ctrl-C and SIGTERM: clean up, then end with 130 or 143.
//!
//! An open transaction needs nothing: the engine takes it back when we are gone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::db::{Db, Url, engine};

static LITTER: Mutex<Vec<(u64, Piece)>> = Mutex::new(Vec::new());
static ENDING: AtomicBool = AtomicBool::new(false);

#[derive(Clone)]
enum Piece {
    Path(PathBuf),
    /// On this server, a database of this name.
    Database(Url, String),
}

/// A folder, a file or a database of a server to remove when we are interrupted; forgotten when dropped.
pub struct Litter(u64);

impl Litter {
    /// Remembers a path.
    pub fn at(path: &Path) -> Self {
        Self::of(Piece::Path(path.to_owned()))
    }

    /// Remembers a database; `server` is where one may stand while it is dropped.
    pub fn database(server: Url, name: &str) -> Self {
        Self::of(Piece::Database(server, name.to_owned()))
    }

    fn of(piece: Piece) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut litter) = LITTER.lock() {
            litter.push((number, piece));
        }
        Self(number)
    }
}

impl Drop for Litter {
    fn drop(&mut self) {
        if let Ok(mut litter) = LITTER.lock() {
            litter.retain(|(number, _)| *number != self.0);
        }
    }
}

/// Begins to watch for both signals.
pub fn watch() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            ENDING.store(true, Ordering::SeqCst);
            for (_, piece) in LITTER.lock().map(|litter| litter.clone()).unwrap_or_default() {
                remove(&piece);
            }
            // A prompt or a bar may have hidden the cursor.
            let term = console::Term::stderr();
            if term.is_term() {
                let _ = term.show_cursor();
            }
            let _ = std::io::stderr().flush();
            std::process::exit(128 + signal);
        }
    });
}

/// What cannot be removed now says by its name what it is, and the next run finds it.
fn remove(piece: &Piece) {
    match piece {
        Piece::Path(path) => {
            let _ = std::fs::remove_dir_all(path).or_else(|_| std::fs::remove_file(path));
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
        // Whoever of us is at work in it is sent away.
        Piece::Database(server, name) => {
            let _ = Db::open(server).and_then(|mut server| engine::drop_database(&mut server, name, true));
        }
    }
}

/// When another thread is cleaning up, what this one has to say is only that its database went away under it: that
/// thread ends the program.
pub fn give_way() {
    let mut patience = 0;
    while ENDING.load(Ordering::SeqCst) && patience < 300 {
        std::thread::sleep(Duration::from_millis(100));
        patience += 1;
    }
}
