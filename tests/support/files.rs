//! Files to save, to damage and to run out of room for.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of so many bytes; unmounted when dropped.
pub struct Small(PathBuf);

impl Small {
    /// None where we may not mount.
    pub fn mounted(at: PathBuf, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(&at).output();
        if mounted.as_ref().is_ok_and(|out| out.status.success()) {
            return Some(Self(at));
        }
        assert!(!may_mount(), "{mounted:?}");
        eprintln!("only who administers the system can mount a small disk: not tried");
        None
    }
}

/// Whether the kernel lets us: in a container the superuser is not always one.
fn may_mount() -> bool {
    const ADMINISTER: u32 = 21;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> ADMINISTER & 1 == 1
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Bytes that cannot be pressed together, the same for each number of them.
pub fn noise(path: &Path, bytes: usize) {
    let mut noise = vec![0; bytes];
    fastrand::Rng::with_seed(bytes as u64).fill(&mut noise);
    std::fs::write(path, noise).unwrap();
}

/// The files under a folder, in order.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect();
    found.sort();
    found
}

/// Turns one bit in each of these files over; twice, and they are as they were.
pub fn flip(files: &[PathBuf]) {
    use std::os::unix::fs::PermissionsExt;
    for file in files {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
}
