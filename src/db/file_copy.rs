//! A SQLite database's file copied as it stands at one moment, while others go on reading and writing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::connection::{Db, Url, is_read_unlocked};
use super::engine;
use super::error::DbError;

/// How much of a log is written anew whenever it begins from its start: salts and a count among it.
const HEAD: u64 = 32;

/// Copies the database at `from` into a new file `to`, which is then whole by itself, without a log beside it. Free pages
/// come along. `settled` is called once the copy's moment is: what is committed later is not in it.
///
/// Where nobody writes into a log, as after a load that was killed, nobody writes until the file is copied.
///
/// # Errors
/// The engine's, and the disk's; [`DbError::Busy`] where a file that we may not lock was written to meanwhile.
pub fn copy_file<E: From<DbError> + From<io::Error>>(from: &Path, to: &Path, settled: impl FnOnce()) -> Result<(), E> {
    if is_read_unlocked(from) { unwritten(from, || copy_locked(from, to, settled)) } else { copy_locked(from, to, settled) }
}

/// Fails where the file was written to while `work` read it.
fn unwritten<E: From<DbError> + From<io::Error>>(file: &Path, work: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    let state = || -> io::Result<_> {
        let (meta, log) = (fs::metadata(file)?, beside(&fs::canonicalize(file)?));
        Ok((meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec(), log.exists()))
    };
    let before = state()?;
    work()?;
    if state()? == before { Ok(()) } else { Err(DbError::Busy(format!("{} is being written to", file.display())).into()) }
}

fn copy_locked<E: From<DbError> + From<io::Error>>(from: &Path, to: &Path, settled: impl FnOnce()) -> Result<(), E> {
    Db::open(&Url::Sqlite(from.to_owned()))?.one_picture(|db| {
        // With the first page read it is settled which pages nobody writes over: the log may grow and not begin anew, or,
        // where all of it is in the file already, the file may not be written to.
        db.execute("SELECT count(*) FROM sqlite_master")?;
        let file = engine::file_of(db)?;
        copy_log(&beside(&file), &beside(to), whole)?;
        settled();
        // Never closed: who closes a file loses every lock the process has on it, SQLite's as well.
        let mut from = std::mem::ManuallyDrop::new(File::open(&file)?);
        io::copy(&mut *from, &mut private(to)?)?;
        Ok::<_, E>(())
    })?;
    let mut copy = Db::open(&Url::Sqlite(to.to_owned()))?;
    // Nobody waits for the disk: what a power cut takes of it, the next run makes again.
    copy.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")?;
    match engine::journal(&mut copy)?.as_str() {
        "delete" => Ok(()),
        kept => Err(DbError::Other(format!("{} keeps a journal of its own: {kept}", to.display())).into()),
    }
}

/// What was committed into the log and is perhaps not in the file. A log that began anew meanwhile did so because the file,
/// which nobody writes to then, held all of it: half of the old log must not go over that.
fn copy_log(from: &Path, to: &Path, copy: impl FnOnce(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    let head = head(from)?;
    if head.is_empty() {
        return Ok(());
    }
    let copied = copy(from, to);
    if self::head(from)? == head { copied } else { fs::remove_file(to).or_else(absent) }
}

fn whole(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut private(to)?).map(drop)
}

fn head(log: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match File::open(log) {
        Ok(log) => log.take(HEAD).read_to_end(&mut head).map(|_| head),
        Err(error) => absent(error).map(|()| head),
    }
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn beside(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::db::select_texts;

    const PAIRS: &str = "PRAGMA journal_mode = WAL; CREATE TABLE pair (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, filler TEXT); \
                         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) \
                         INSERT INTO pair SELECT i, 0, 0, printf('%.900c', 'x') FROM n";

    /// A database with a log, and a connection that holds it open.
    fn pairs() -> (tempfile::TempDir, PathBuf, Db) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oa.db");
        let mut db = Db::create(&Url::Sqlite(file.clone())).unwrap();
        db.execute(PAIRS).unwrap();
        (folder, file, db)
    }

    fn sum(file: &Path) -> (String, String) {
        let mut db = Db::open(&Url::Sqlite(file.to_owned())).unwrap();
        assert_eq!(select_texts(&mut db, "SELECT integrity_check AS v FROM pragma_integrity_check()", &["v"], &[]).unwrap(), [["ok"]]);
        let row = select_texts(&mut db, "SELECT sum(a + b) AS v, max(a) AS w FROM pair", &["v", "w"], &[]).unwrap().remove(0);
        (row[0].clone(), row[1].clone())
    }

    /// Ends the writer also where a copy is not as it should be.
    struct Stop<'a>(&'a AtomicBool);

    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_copy_is_of_one_moment_whatever_becomes_of_the_log_meanwhile() {
        let (folder, file, _) = pairs();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut db = Db::open(&Url::Sqlite(file.clone())).unwrap();
                for n in 1.. {
                    if stop.load(Ordering::Relaxed) {
                        return n;
                    }
                    // What is added in one half of the table is taken away in the other, far from it in the file.
                    let from = 1 + n * 7 % 200;
                    let moved = format!(
                        "BEGIN IMMEDIATE; UPDATE pair SET a = a + {n} WHERE id = {from}; UPDATE pair SET b = b - {n} WHERE id = {}; COMMIT",
                        401 - from
                    );
                    db.execute(&moved).unwrap();
                    let how = ["PASSIVE", "TRUNCATE", "PASSIVE", "RESTART", "FULL"][n % 5];
                    if n % 3 == 0 {
                        // Busy where a copy is being made: the next one gets it.
                        let _ = db.execute(&format!("PRAGMA busy_timeout = 1; PRAGMA wal_checkpoint({how}); PRAGMA busy_timeout = 5000"));
                    }
                }
                0
            });
            let _stop = Stop(&stop);
            let mut newest = 0;
            for n in 0.. {
                if n >= 150 && newest > 0 {
                    break;
                }
                let copy = folder.path().join(format!("{n}.db"));
                copy_file::<anyhow::Error>(&file, &copy, || ()).unwrap();
                let (zero, high) = sum(&copy);
                assert_eq!(zero, "0", "copy {n}");
                newest = high.parse().unwrap_or(newest);
                assert!(!beside(&copy).exists(), "copy {n} has a log of its own");
                fs::remove_file(&copy).unwrap();
            }
        });
        assert_eq!(sum(&file).0, "0");
    }

    #[test]
    fn half_of_a_log_that_began_anew_is_left_behind() {
        let (folder, file, mut db) = pairs();
        let to = folder.path().join("copy.db-wal");
        db.execute("PRAGMA wal_checkpoint(FULL)").unwrap();
        let mut reader = Db::open(&Url::Sqlite(file.clone())).unwrap();
        let picture = reader.one_picture(|reader| {
            reader.execute("SELECT count(*) FROM pair")?;
            copy_log(&beside(&file), &to, whole).unwrap();
            assert_eq!(fs::read(&to).unwrap(), fs::read(beside(&file)).unwrap());
            fs::remove_file(&to).unwrap();
            copy_log(&beside(&file), &to, |from, to| {
                let all = fs::read(from)?;
                fs::write(to, &all[..all.len() / 2])?;
                db.execute("UPDATE pair SET a = a + 1, b = b - 1").map_err(io::Error::other)
            })
            .unwrap();
            assert!(!to.exists());
            Ok::<_, DbError>(())
        });
        picture.unwrap();
    }

    #[test]
    fn what_is_written_to_without_a_lock_is_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oa.db");
        fs::write(&file, "1").unwrap();
        unwritten(&file, || Ok::<_, anyhow::Error>(())).unwrap();
        let write = || Ok::<_, anyhow::Error>(fs::write(&file, "22")?);
        assert!(unwritten(&file, write).unwrap_err().to_string().contains("written to"));
        let log = || Ok::<_, anyhow::Error>(fs::write(beside(&file), "")?);
        assert!(unwritten(&file, log).is_err());
    }

    #[test]
    fn a_lock_on_the_file_outlives_its_copying() {
        let (folder, file, _db) = pairs();
        let copy = folder.path().join("copy.db");
        let inode = format!(":{} ", fs::metadata(&file).unwrap().ino());
        let locks = || fs::read_to_string("/proc/locks").unwrap().lines().filter(|line| line.contains(&inode)).count();
        let before = locks();
        assert!(before > 0, "a connection to a database with a log holds its file");
        copy_file::<anyhow::Error>(&file, &copy, || ()).unwrap();
        assert_eq!(locks(), before);
    }

    #[test]
    fn what_is_only_in_the_log_comes_along() {
        let (folder, file, mut db) = pairs();
        let copy = folder.path().join("copy.db");
        db.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0; UPDATE pair SET a = 3, b = -2 WHERE id = 9").unwrap();
        copy_file::<anyhow::Error>(&file, &copy, || ()).unwrap();
        assert_eq!(sum(&copy), ("1".to_owned(), "3".to_owned()));
        assert!(copy_file::<anyhow::Error>(&file, &copy, || ()).is_err(), "what is there is written over");
        db.execute("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = DELETE").unwrap();
        fs::remove_file(&copy).unwrap();
        copy_file::<anyhow::Error>(&file, &copy, || ()).unwrap();
        assert_eq!(sum(&copy).0, "1");
    }
}
