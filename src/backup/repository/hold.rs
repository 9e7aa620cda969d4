//! Who may do what at once with one repository.
//!
//! One command writes at a time, any number read meanwhile, and nobody is there while data are removed. The locks are
//! the operating system's: whoever is killed gives them up.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{RepositoryError, Result};

/// Held by whoever writes; its text says who that is.
const WRITER: &str = ".swj-writer";
/// Shared by readers, held alone by whoever removes data.
const READERS: &str = ".swj-readers";

/// What a command is about to do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Read,
    Add,
    Remove,
}

impl Purpose {
    /// The locks it needs, and whether alone.
    fn locks(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Read => &[(READERS, false)],
            Self::Add => &[(WRITER, true)],
            Self::Remove => &[(WRITER, true), (READERS, true)],
        }
    }
}

/// The locks of one command; given up when dropped.
#[derive(Debug)]
pub(super) struct Hold {
    /// Each with whether it is held alone.
    files: Vec<(File, bool)>,
}

impl Drop for Hold {
    /// Whoever comes next is not to be told of us.
    fn drop(&mut self) {
        for (file, _) in self.files.iter().filter(|(_, alone)| *alone) {
            let _ = file.set_len(0);
        }
    }
}

impl Hold {
    /// Whether the locks could be had now, and the folder written to; takes nothing and changes nothing.
    pub(super) fn could(folder: &Path, purpose: Purpose, who: &str) -> Result<()> {
        for (name, alone) in purpose.locks() {
            // Where there is no lock yet nobody has it.
            let Ok(mut file) = File::open(folder.join(name)) else { continue };
            if matches!(if *alone { file.try_lock() } else { file.try_lock_shared() }, Err(TryLockError::WouldBlock)) {
                return Err(RepositoryError::Busy(holder(&mut file, who)));
            }
        }
        if purpose != Purpose::Read {
            rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).map_err(std::io::Error::from)?;
        }
        Ok(())
    }

    /// Takes the locks, or says who has them.
    pub(super) fn take(folder: &Path, purpose: Purpose, who: &str) -> Result<Self> {
        let mut held = Self { files: Vec::new() };
        for (name, alone) in purpose.locks() {
            let path = folder.join(name);
            let mut file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
                Ok(file) => file,
                // Who may not write here cannot be in anybody's way; a medium that is read-only has no writer.
                Err(_) if purpose == Purpose::Read => continue,
                Err(error) => return Err(error.into()),
            };
            match if *alone { file.try_lock() } else { file.try_lock_shared() } {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(RepositoryError::Busy(holder(&mut file, who))),
                // A file system without locks: as good as it can be.
                Err(TryLockError::Error(_)) => {}
            }
            if *alone {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(who.as_bytes())?;
            }
            held.files.push((file, *alone));
        }
        Ok(held)
    }
}

/// Who holds this lock; nothing where it is readers, who write no name.
fn holder(file: &mut File, who: &str) -> String {
    // What is locked alone cannot be shared: a name that is left there is of one who is gone.
    if file.try_lock_shared().is_ok() {
        return String::new();
    }
    // He locks first and then writes his name; until then there is none, or that of one who was killed.
    for _ in 0..20 {
        let mut name = String::new();
        let _ = file.rewind();
        if file.read_to_string(&mut name).is_ok() && !name.trim().is_empty() && !is_dead(&name, who) {
            return name.trim().to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    String::new()
}

/// Whether a name such as `root@office pid 12 …` is of a process of this computer, as ours is, that is no more.
fn is_dead(name: &str, who: &str) -> bool {
    let parts = |text: &str| {
        let (host, rest) = text.split_once('@')?.1.split_once(" pid ")?;
        Some((host.to_owned(), rest.split(' ').next()?.parse::<u32>().ok()?))
    };
    match (parts(name), parts(who)) {
        (Some((host, pid)), Some((here, _))) => host == here && !Path::new(&format!("/proc/{pid}")).exists(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_many_read_and_none_is_there_while_data_go() {
        let folder = tempfile::tempdir().unwrap();
        let take = |purpose, who: &str| Hold::take(folder.path(), purpose, who);
        let busy = |held: Result<Hold>| match held {
            Err(RepositoryError::Busy(holder)) => holder,
            other => panic!("{other:?}"),
        };
        let writer = take(Purpose::Add, "first").unwrap();
        let reader = take(Purpose::Read, "").unwrap();
        let _second = take(Purpose::Read, "").unwrap();
        assert_eq!(busy(take(Purpose::Add, "other")), "first");
        assert_eq!(busy(take(Purpose::Remove, "other")), "first");
        drop(writer);
        assert_eq!(busy(take(Purpose::Remove, "other")), "");
        drop((reader, _second));
        let remover = take(Purpose::Remove, "pruning").unwrap();
        assert_eq!(busy(take(Purpose::Read, "")), "pruning");
        assert_eq!(busy(take(Purpose::Add, "")), "pruning");
        assert!(matches!(Hold::could(folder.path(), Purpose::Add, ""), Err(RepositoryError::Busy(holder)) if holder == "pruning"));
        // One who is gone is not named, whether he left in order or was killed.
        drop(remover);
        assert_eq!(std::fs::read_to_string(folder.path().join(WRITER)).unwrap(), "");
        std::fs::write(folder.path().join(READERS), "root@office pid 4194305 long ago").unwrap();
        let _reader = take(Purpose::Read, "").unwrap();
        assert_eq!(busy(take(Purpose::Remove, "root@office pid 1 now")), "");
        assert!(Hold::could(folder.path(), Purpose::Add, "").is_ok());
    }

    #[test]
    fn a_name_left_by_one_who_was_killed_is_not_the_holders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(WRITER);
        std::fs::write(&path, "root@office pid 4194305 long ago").unwrap();
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        let refused = |who: &str| match Hold::take(folder.path(), Purpose::Add, who) {
            Err(RepositoryError::Busy(holder)) => holder,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused("root@office pid 1 now"), "", "nobody here has that number");
        assert!(refused("root@elsewhere pid 1 now").contains("long ago"), "on another computer somebody may");
    }
}
