//! Ctrl-C and SIGTERM: clean up, then end with 130 or 143.
//!
//! An open transaction needs nothing: the engine takes it back when we are gone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static LITTER: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A folder or file to remove when we are interrupted; forgotten when dropped.
pub struct Litter(PathBuf);

impl Litter {
    /// Remembers a path.
    pub fn at(path: &Path) -> Self {
        if let Ok(mut litter) = LITTER.lock() {
            litter.push(path.to_owned());
        }
        Self(path.to_owned())
    }
}

impl Drop for Litter {
    fn drop(&mut self) {
        if let Ok(mut litter) = LITTER.lock() {
            litter.retain(|path| *path != self.0);
        }
    }
}

/// Begins to watch for both signals.
pub fn watch() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            for path in LITTER.lock().map(|litter| litter.clone()).unwrap_or_default() {
                // What cannot be removed is named with a .restoring or .swj- prefix and harms nothing.
                let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
                for end in ["-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
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
