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

/// The locks of one command; given up when dropped.
#[derive(Debug)]
pub(super) struct Hold {
    _files: Vec<File>,
}

impl Hold {
    /// Takes the locks, or says who has them.
    pub(super) fn take(folder: &Path, purpose: Purpose, who: &str) -> Result<Self> {
        let wanted: &[(&str, bool)] = match purpose {
            Purpose::Read => &[(READERS, false)],
            Purpose::Add => &[(WRITER, true)],
            Purpose::Remove => &[(WRITER, true), (READERS, true)],
        };
        let mut files = Vec::new();
        for (name, alone) in wanted {
            let path = folder.join(name);
            let mut file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
                Ok(file) => file,
                // Who may not write here cannot be in anybody's way; a medium that is read-only has no writer.
                Err(_) if purpose == Purpose::Read => continue,
                Err(error) => return Err(error.into()),
            };
            match if *alone { file.try_lock() } else { file.try_lock_shared() } {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // Whoever removes has written his name into both; readers write none.
                    let _ = file.read_to_string(&mut holder);
                    return Err(RepositoryError::Busy(holder.trim().to_owned()));
                }
                // A file system without locks: as good as it can be.
                Err(TryLockError::Error(_)) => {}
            }
            if *alone {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(who.as_bytes())?;
            }
            files.push(file);
        }
        Ok(Self { _files: files })
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
        let _remover = take(Purpose::Remove, "pruning").unwrap();
        assert_eq!(busy(take(Purpose::Read, "")), "pruning");
        assert_eq!(busy(take(Purpose::Add, "")), "pruning");
    }
}
