//! The whole program over any file: it ends by one of its exit codes, and what it refused left nothing behind.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

fn run(folder: &Path, line: &str) -> u8 {
    let base = format!("swj -q -d {} {line}", folder.join("a.db").display());
    swj::cli::run(base.split_whitespace().map(Into::into).collect())
}

/// A folder with a made database, a copy of it, and its digest.
fn folder() -> &'static (PathBuf, Vec<u8>) {
    static FOLDER: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder").keep();
        let passwords = folder.join("pw");
        let line = format!("init --organisation 局 --system a1:甲:1 --security b1:乙:2 --audit c1:丙:3 --passwords {}", passwords.display());
        let made = run(&folder, &line);
        assert_eq!(made, 0);
        let digest = digest(&folder);
        std::fs::copy(folder.join("a.db"), folder.join("clean.db")).expect("a copy");
        (folder, digest)
    })
}

fn digest(folder: &Path) -> Vec<u8> {
    let to = folder.join("digest");
    let _ = std::fs::remove_file(&to);
    assert_eq!(run(folder, &format!("db check --digest -f csv -o {}", to.display())), 0);
    std::fs::read(to).expect("the digest")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let (folder, clean) = folder();
    let list = folder.join("list");
    std::fs::write(&list, bytes).expect("a file");
    let verb = match kind % 4 {
        0 => "unit import",
        1 => "user import",
        2 => "disclosure import",
        _ => "license import",
    };
    let out = folder.join("out");
    let _ = std::fs::remove_file(&out);
    let ended = run(folder, &format!("{verb} {} --yes -f count -o {}", list.display(), out.display()));
    assert!(matches!(ended, 0 | 2 | 3 | 5), "{verb} ended with {ended}");
    if ended != 0 {
        assert_eq!(digest(folder), *clean, "{verb} ended with {ended} and left something behind");
    } else {
        // Begin anew: the next file meets the same database.
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("a.db{end}")));
        }
        std::fs::copy(folder.join("clean.db"), folder.join("a.db")).expect("a copy");
    }
});
