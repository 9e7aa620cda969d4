use super::super::manifest::{DATABASE_SQLITE, HOW_TO, HOW_TO_PATH, MANIFEST};
use super::*;
use std::io::Read;

const PASSWORD: &str = "correct horse";

struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let office = Self { folder: tempfile::tempdir().unwrap() };
        Repository::init(&office.at("repo"), PASSWORD).unwrap();
        fs::create_dir_all(office.at("files/2024/图纸")).unwrap();
        fs::write(office.at("files/2024/图纸/总图.dwg"), noise(3_000_000, 5)).unwrap();
        fs::write(office.at("files/2024.txt"), "sorts between a folder and what it holds").unwrap();
        fs::write(office.at("files/empty"), "").unwrap();
        office
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Repository {
        Repository::open(&self.at("repo"), PASSWORD, Arc::new(Silent), Purpose::Read, "").unwrap()
    }

    fn save(&self, entries: Vec<Entry>, second: i64) -> Result<Snapshot> {
        let time = Timestamp::from_second(second).unwrap();
        self.open().save(entries, &Occasion { label: "", host: "office", time, tags: &[], stop: &Arc::default() }).map(|(saved, _)| saved)
    }

    fn folder(&self) -> Entry {
        entry("attachments", Content::Folder(self.at("files")))
    }

    fn packs(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.at("repo/data")).unwrap();
        let mut packs: Vec<_> =
            folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).map(|pack| pack.unwrap().path()).collect();
        packs.sort_by_key(|pack| fs::metadata(pack).unwrap().len());
        packs
    }

    fn snapshot_files(&self) -> usize {
        fs::read_dir(self.at("repo/snapshots")).unwrap().count()
    }
}

fn entry(path: &str, content: Content) -> Entry {
    Entry { path: path.to_owned(), content }
}

fn bytes(path: &str, content: &str) -> Entry {
    entry(path, Content::Bytes(content.into()))
}

fn noise(len: usize, mut seed: u64) -> Vec<u8> {
    let next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn read(repository: &Repository, snapshot: &Snapshot, path: &str) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(repository.read(snapshot, path, &mut out).unwrap(), out.len() as u64);
    out
}

struct Breaking(std::io::Take<std::io::Repeat>);

impl Read for Breaking {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(std::io::Error::other("pg_dump gave up")),
            n => Ok(n),
        }
    }
}

#[test]
fn every_kind_of_content_is_read_back_as_it_was() {
    let office = Office::new();
    fs::write(office.at("config.toml"), "host = 1\n").unwrap();
    let dump = noise(20_000_000, 7);
    let entries = vec![
        office.folder(),
        bytes("manifest.json", "{}"),
        entry("config.toml", Content::File(office.at("config.toml"))),
        entry("database.sql", Content::Pipe(Box::new(std::io::Cursor::new(dump.clone())), 0)),
    ];
    let time = Timestamp::from_second(1_717_200_000).unwrap();
    let (saved, vanished) = office
        .open()
        .save(entries, &Occasion { label: "nightly", host: "office", time, tags: &["a", "b,c"], stop: &Arc::default() })
        .unwrap();
    assert!(vanished.is_empty());

    let repository = office.open();
    let listed = repository.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].label, &listed[0].host, listed[0].time), (&"nightly".into(), &"office".into(), time));
    assert_eq!(listed[0].tags, ["a", "b,c"]);
    // The dump in parts, of two to eight MiB.
    assert!((5 + 3..=5 + 10).contains(&listed[0].files), "{}", listed[0].files);
    assert_eq!((listed[0].bytes, &listed[0].id), (23_000_051, &saved.id));
    assert!(saved.added_bytes > 23_000_000);
    assert!(read(&repository, &saved, "database.sql") == dump);
    assert_eq!(read(&repository, &saved, "/manifest.json"), b"{}");
    assert_eq!(read(&repository, &saved, "config.toml"), b"host = 1\n");
    assert!(read(&repository, &saved, "attachments/2024/图纸/总图.dwg") == noise(3_000_000, 5));
    let files = repository.files(&saved).unwrap();
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 6);
    assert!(names.contains(&"attachments/empty") && files.contains(&("database.sql".to_owned(), 20_000_000)));
    assert!(repository.check(true).unwrap().is_empty());

    // What lies on the disk is compared with what was saved, to the byte.
    let copy = office.at("copy");
    let first = |held: &[u8]| {
        fs::write(&copy, held).unwrap();
        repository.first_difference(&saved, "database.sql", &copy).unwrap().unwrap()
    };
    assert_eq!(first(&dump), None);
    let mut flipped = dump.clone();
    flipped[15_000_000] ^= 1;
    assert!(first(&flipped).is_some_and(|at| (6_600_000..=15_000_000).contains(&at)));
    assert!(first(&dump[..19_999_999]).is_some_and(|at| at >= 11_600_000));
    assert_eq!(first(&[&dump[..], b"x"].concat()), Some(20_000_000));
}

#[test]
fn the_database_does_not_wait_for_what_comes_after_it() {
    let office = Office::new();
    fs::write(office.at("database"), noise(40_000_000, 7)).unwrap();
    let (data, began) = (office.at("repo/data"), std::time::Instant::now());
    // Made once data of the database have reached the repository.
    let manifest = move || loop {
        let folders = fs::read_dir(&data)?.flatten().filter_map(|folder| fs::read_dir(folder.path()).ok());
        if folders.flatten().flatten().any(|pack| pack.metadata().is_ok_and(|pack| pack.len() > 1_000_000)) {
            return Ok(b"{}".to_vec());
        }
        if began.elapsed() > std::time::Duration::from_secs(60) {
            return Err(std::io::Error::other("the database waits"));
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    let entries = vec![
        entry(DATABASE_SQLITE, Content::File(office.at("database"))),
        bytes(HOW_TO_PATH, HOW_TO),
        entry(MANIFEST, Content::Later(Box::new(manifest))),
    ];
    let saved = office.save(entries, 1).unwrap();
    assert_eq!(read(&office.open(), &saved, MANIFEST), b"{}");
}

#[test]
fn once_stopped_nothing_more_is_read_and_no_snapshot_made() {
    let office = Office::new();
    let stop = Arc::new(AtomicBool::new(true));
    let occasion = Occasion { label: "", host: "office", time: Timestamp::now(), tags: &[], stop: &stop };
    assert!(matches!(office.open().save(vec![office.folder()], &occasion), Err(RepositoryError::Io(_))));
    assert!(office.open().list().unwrap().is_empty());
    let stored: u64 = office.packs().iter().map(|pack| fs::metadata(pack).unwrap().len()).sum();
    assert!(stored < 10_000, "of three megabytes {stored} bytes");
}

#[test]
fn a_second_save_of_the_same_folder_adds_almost_nothing_and_reads_nothing() {
    let office = Office::new();
    let first = office.save(vec![office.folder()], 1).unwrap();
    let second = office.save(vec![office.folder(), bytes("manifest.json", "{}")], 2).unwrap();
    // What is the same by name, size and times is not opened.
    assert_eq!((second.new_files, second.changed_files), (1, 0));
    assert!(first.added_bytes > 3_000_000 && second.added_bytes < 3_000, "{}", second.added_bytes);
    assert_eq!(second.bytes, first.bytes + 2);
}

#[test]
fn made_entries_of_equal_size_and_time_are_not_confused() {
    let office = Office::new();
    office.save(vec![bytes("a", "one"), entry("b", Content::Pipe(Box::new(&b"one"[..]), 0))], 1).unwrap();
    let second = office.save(vec![bytes("a", "two"), entry("b", Content::Pipe(Box::new(&b"two"[..]), 0))], 1).unwrap();
    assert_eq!(read(&office.open(), &second, "a"), b"two");
    assert_eq!(read(&office.open(), &second, "b"), b"two");
}

#[test]
fn a_wrong_password_and_a_wrong_folder_are_told_apart() {
    let office = Office::new();
    let open =
        |folder: &str, password: &str| Repository::open(&office.at(folder), password, Arc::new(Silent), Purpose::Read, "").unwrap_err();
    assert!(matches!(open("repo", "wrong"), RepositoryError::WrongPassword));
    assert!(matches!(open("files", PASSWORD), RepositoryError::NotFound(_)));
    assert!(matches!(open("nowhere", PASSWORD), RepositoryError::NotFound(_)));
    assert!(!office.at("nowhere").exists());
}

#[test]
fn a_folder_in_use_is_not_made_a_repository() {
    let office = Office::new();
    let init = |folder: &str| Repository::init(&office.at(folder), PASSWORD).unwrap_err();
    assert!(matches!(init("repo"), RepositoryError::AlreadyExists(_)));
    assert!(matches!(init("files"), RepositoryError::NotEmpty(_)));
}

#[test]
fn a_snapshot_is_found_by_id_by_its_beginning_and_as_latest() {
    let office = Office::new();
    let late = office.save(vec![bytes("a", "1")], 20).unwrap();
    let early = office.save(vec![bytes("a", "2")], 10).unwrap();
    let repository = office.open();
    assert_eq!(repository.list().unwrap().iter().map(|s| &s.id).collect::<Vec<_>>(), [&early.id, &late.id]);
    for id in [&early.id, &early.short_id] {
        assert_eq!(repository.find(id).unwrap(), early);
    }
    assert_eq!(repository.list().map(|all| all.last().cloned().unwrap()).unwrap(), late);
    for id in ["", "zz", &"0".repeat(64)] {
        assert!(matches!(repository.find(id), Err(RepositoryError::NoSuchSnapshot(_))));
    }
}

#[test]
fn a_missing_file_is_named() {
    let office = Office::new();
    let saved = office.save(vec![office.folder()], 1).unwrap();
    for path in ["b", "attachments", "attachments/empty/b", "", ".."] {
        let read = office.open().read(&saved, path, &mut std::io::sink());
        assert!(matches!(read, Err(RepositoryError::NoSuchFile(named)) if named == path));
    }
}

#[test]
fn a_flipped_byte_is_found_by_reading_everything() {
    let office = Office::new();
    office.save(vec![office.folder()], 1).unwrap();
    let pack = office.packs().pop().unwrap();
    let mut content = fs::read(&pack).unwrap();
    content[1_000_000] ^= 1;
    fs::write(&pack, content).unwrap();
    assert!(office.open().check(false).unwrap().is_empty());
    let name = &pack.file_name().unwrap().to_str().unwrap()[..8];
    assert_eq!(office.open().check(true).unwrap(), [Fault::Pack(name.to_owned())]);
    let saved = office.open().list().map(|all| all.last().cloned().unwrap()).unwrap();
    let read = office.open().read(&saved, "attachments/2024/图纸/总图.dwg", &mut std::io::sink());
    assert!(matches!(read, Err(RepositoryError::Damaged(_))));
}

#[test]
fn a_cut_pack_and_a_missing_one_are_found_without_reading() {
    let office = Office::new();
    office.save(vec![office.folder()], 1).unwrap();
    let pack = office.packs().pop().unwrap();
    let name = &pack.file_name().unwrap().to_str().unwrap()[..8];
    OpenOptions::new().write(true).open(&pack).unwrap().set_len(1000).unwrap();
    assert_eq!(office.open().check(false).unwrap(), [Fault::PackSize(name.to_owned())]);
    fs::remove_file(&pack).unwrap();
    assert_eq!(office.open().check(false).unwrap(), [Fault::PackMissing(name.to_owned())]);
}

#[test]
fn a_damaged_snapshot_is_named_and_hides_no_other() {
    let office = Office::new();
    let first = office.save(vec![bytes("a", "1")], 1).unwrap();
    let second = office.save(vec![bytes("a", "2")], 2).unwrap();
    fs::write(office.at("repo/snapshots").join(&second.id), "x").unwrap();
    let repository = office.open();
    assert_eq!(repository.check(false).unwrap(), [Fault::Snapshot(second.id.clone())]);
    assert_eq!(repository.unreadable().unwrap(), std::slice::from_ref(&second.id));
    // What it needs nobody can tell: nothing goes.
    assert!(
        matches!(repository.prune(std::slice::from_ref(&first.id), true, false), Err(RepositoryError::Damaged(Fault::Snapshot(id))) if id == second.id)
    );
    assert_eq!(repository.list().map(|all| all.last().cloned().unwrap()).unwrap(), first);
}

#[test]
fn a_pipe_that_breaks_leaves_no_snapshot() {
    let office = Office::new();
    // Within its first part, after several, and where the next would begin.
    for length in [5_000_000, 20_000_000, 16 << 20] {
        let pipe = Content::Pipe(Box::new(Breaking(std::io::repeat(7).take(length))), 0);
        let failed = office.save(vec![office.folder(), entry("database.sql", pipe)], 1).unwrap_err();
        assert!(matches!(&failed, RepositoryError::Io(err) if err.to_string().contains("pg_dump gave up")), "{failed}");
        assert_eq!(office.snapshot_files(), 0);
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_no_snapshot() {
    let office = Office::new();
    drop(std::os::unix::net::UnixListener::bind(office.at("files/socket")).unwrap());
    let failed = office.save(vec![office.folder()], 1).unwrap_err();
    assert!(failed.to_string().contains("files/socket"), "{failed}");
    assert_eq!(office.snapshot_files(), 0);
}

#[test]
fn a_file_that_vanishes_while_its_folder_is_read_is_named_and_the_rest_is_saved() {
    let office = Office::new();
    let plan = office.at("files/2024/图纸/总图.dwg");
    fs::write(office.at("files/zz"), "last").unwrap();
    // Met in its folder, and then no more: at whichever step, it is one less.
    let ledger = Arc::new(Ledger::default());
    let source = Source::new(pieces(vec![office.folder()]).unwrap(), Timestamp::now(), Arc::clone(&ledger));
    let mut seen = Vec::new();
    for entry in rustic_core::ReadSource::entries(&source) {
        let entry = entry.unwrap();
        if entry.path.ends_with("图纸") {
            fs::remove_file(&plan).unwrap();
            fs::remove_file(office.at("files/empty")).unwrap();
        }
        if entry.path.ends_with("zz") {
            fs::remove_file(office.at("files/zz")).unwrap();
            assert!(rustic_core::ReadSourceOpen::open(entry.open.unwrap()).is_err());
            continue;
        }
        seen.push(entry.path.file_name().unwrap().to_string_lossy().into_owned());
    }
    assert!(ledger.take_fault().is_none());
    assert_eq!(ledger.vanished(), ["attachments/2024/图纸/总图.dwg", "attachments/empty", "attachments/zz"]);
    assert_eq!(ledger.given.load(Ordering::Relaxed), 1, "{seen:?}");
    // The folder itself is another thing: without it there is no backup of it.
    fs::remove_dir_all(office.at("files")).unwrap();
    assert!(office.save(vec![office.folder()], 1).is_err());
}

struct Trickle(std::io::Cursor<Vec<u8>>, Arc<std::sync::atomic::AtomicUsize>);

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let most = if self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { 1 } else { buf.len() };
        self.0.read(&mut buf[..most])
    }
}

#[test]
fn short_reads_do_not_slow_a_pipe_down() {
    let office = Office::new();
    let reads = Arc::default();
    let pipe = Content::Pipe(Box::new(Trickle(std::io::Cursor::new(noise(4_000_000, 3)), Arc::clone(&reads))), 0);
    office.save(vec![entry("database.sql", pipe)], 1).unwrap();
    assert!(reads.load(Ordering::Relaxed) < 10_000, "{reads:?}");
}

#[test]
fn a_row_put_in_front_shifts_no_part_of_a_dump() {
    let office = Office::new();
    let rows: String = noise(6_000_000, 9).chunks(900).map(|row| format!("{row:?}\n")).collect();
    let save = |text: String| office.save(vec![entry("database.sql", Content::Pipe(Box::new(std::io::Cursor::new(text)), 0))], 1).unwrap();
    let first = save(rows.clone());
    let second = save(format!("1\ta new row\n{rows}"));
    assert!(first.files > 2 && second.added_bytes * 4 < first.added_bytes, "{second:?} after {first:?}");
    assert_eq!(read(&office.open(), &second, "database.sql").len(), rows.len() + 12);
}

#[test]
fn attachments_named_like_parts_are_files_of_their_own() {
    let office = Office::new();
    fs::create_dir(office.at("files/scan.pdf")).unwrap();
    fs::write(office.at("files/scan.pdf/000001.part"), "1").unwrap();
    let saved = office.save(vec![office.folder()], 1).unwrap();
    let repository = office.open();
    assert!(repository.files(&saved).unwrap().contains(&("attachments/scan.pdf/000001.part".to_owned(), 1)));
    let mut out = Vec::new();
    assert!(matches!(repository.read(&saved, "attachments/scan.pdf", &mut out), Err(RepositoryError::NoSuchFile(_))));
    assert_eq!(read(&repository, &saved, "attachments/scan.pdf/000001.part"), b"1");
}

#[test]
fn a_folder_comes_back_with_times_and_modes_and_overwrites_nothing() {
    let office = Office::new();
    fs::set_permissions(office.at("files/empty"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("../elsewhere", office.at("files/link")).unwrap();
    let saved = office.save(vec![office.folder()], 1).unwrap();
    let repository = office.open();
    let to = office.at("new/place");
    assert_eq!(repository.restore_folder(&saved, "attachments", &to).unwrap(), (3_000_040, Vec::new()));
    for name in ["empty", "2024.txt", "2024", "2024/图纸/总图.dwg"] {
        let (old, new) = (fs::metadata(office.at("files").join(name)).unwrap(), fs::metadata(to.join(name)).unwrap());
        assert_eq!((old.modified().unwrap(), old.permissions()), (new.modified().unwrap(), new.permissions()), "{name}");
    }
    assert!(fs::read(to.join("2024/图纸/总图.dwg")).unwrap() == noise(3_000_000, 5));
    assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("../elsewhere"));
    assert!(matches!(repository.restore_folder(&saved, "attachments", &to), Err(RepositoryError::Io(_))));
}

#[test]
fn a_link_that_waits_in_the_target_is_not_followed() {
    let office = Office::new();
    let saved = office.save(vec![office.folder()], 1).unwrap();
    fs::create_dir_all(office.at("to")).unwrap();
    fs::create_dir_all(office.at("outside")).unwrap();
    std::os::unix::fs::symlink(office.at("outside"), office.at("to/2024")).unwrap();
    assert!(office.open().restore_folder(&saved, "attachments", &office.at("to")).is_err());
    assert_eq!(fs::read_dir(office.at("outside")).unwrap().count(), 0);
}

#[test]
fn names_that_leave_the_snapshot_or_clash_are_refused() {
    let office = Office::new();
    for names in [&["../a"][..], &["/a"], &[""], &["a", "a"], &["a", "a/b"], &[]] {
        let entries = names.iter().map(|name| bytes(name, "")).collect();
        assert!(matches!(office.save(entries, 1), Err(RepositoryError::Other(_))), "{names:?}");
    }
}
