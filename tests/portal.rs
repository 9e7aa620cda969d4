//! The published web tree (网页防篡改): what differs from what was published, by name.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::support::{Office, Running, on_each_engine, same_on_each_engine};

/// A small site: two folders, a link, and names that are none for the faint-hearted.
fn site(office: &Office) -> PathBuf {
    let root = office.path("web");
    std::fs::create_dir_all(root.join("公告/2026")).unwrap();
    office.write("web/index.html", "首页");
    office.write("web/公告/2026/1.html", "公告一");
    office.write("web/公告/2026/empty.html", "");
    std::fs::write(root.join("a\nb\\c .html"), "odd").unwrap();
    std::fs::write(root.join(OsStr::from_bytes(b"\xb9\xab\xb8\xe6.html")), "GBK").unwrap();
    std::os::unix::fs::symlink("index.html", root.join("default.html")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
    root
}

#[test]
fn changed_added_missing_and_replaced_files_are_named() {
    same_on_each_engine(|office| {
        let root = site(office);
        let taken = office.run("portal baseline web --site 门户 -f json").ends(0).json();
        assert_eq!(taken["summary"]["files"], 5);
        assert!(office.run("portal verify").ends(0).stderr.contains("All 7 paths"));
        office.run("portal verify web").ends(4);

        office.write("web/index.html", "黑页");
        office.write("web/shell.php", "<?php");
        std::fs::remove_file(root.join("公告/2026/1.html")).unwrap();
        std::fs::remove_file(root.join("default.html")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("default.html")).unwrap();
        std::fs::remove_file(root.join("公告/2026/empty.html")).unwrap();
        std::os::unix::fs::symlink("1.html", root.join("公告/2026/empty.html")).unwrap();
        std::fs::write(root.join(OsStr::from_bytes(b"\xb9\xab\xb8\xe6.html")), "other").unwrap();
        let differs = office.run("portal verify web --site 门户 -f csv --fields path,change").ends(9).stdout;
        let wanted = "path,change\ndefault.html,changed\nindex.html,changed\nshell.php,added\n\\xb9\\xab\\xb8\\xe6.html,changed\n\
                      公告/2026/1.html,missing\n公告/2026/empty.html,replaced\n";
        assert_eq!(differs, wanted);
        let summary = office.run("portal verify -f json").ends(9).json()["summary"].clone();
        assert_eq!(
            (&summary["changed"], &summary["added"], &summary["missing"], &summary["replaced"]),
            (&3.into(), &1.into(), &1.into(), &1.into())
        );

        // To take it for good one must agree to what is shown.
        office.run("portal baseline web --site 门户").ends(8);
        office.run("portal baseline web --site 门户 --yes -n").ends(0);
        office.run("portal verify").ends(9);
        office.run("portal baseline web --site 门户 --yes --reason 改版").ends(0);
        office.run("portal verify").ends(0);
        assert!(office.run("portal baseline web --site 门户").ends(0).stderr.contains("Nothing changed"));
        office.write("web/index.html", "首页");
        assert_eq!(office.run("portal verify -f count").ends(9).stdout.trim(), "1");
        let log = office.run("log list --verb 'portal baseline' -f json --fields subject_key,old,new").ends(0).json();
        assert_eq!((log["data"].as_array().unwrap().len(), &log["data"][0]["new"]["changes"]), (2, &6.into()), "{log}");
        differs
    });
}

#[test]
fn a_baseline_changed_in_the_database_is_not_believed() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        site(&office);
        office.run("portal baseline web --site 门户 --file list.txt").ends(0);
        office.write("web/index.html", "黑页");
        office.meddle("UPDATE portal_file SET sha256 = (SELECT sha256 FROM portal_file WHERE path = 'dangling') WHERE path = 'index.html'");
        office.run("portal verify").ends(9);
        office.meddle("DELETE FROM portal_file WHERE path = 'index.html'");
        office.meddle("UPDATE portal_baseline SET digest = 'x'");
        let refused = office.run("portal verify").ends(9);
        assert!(refused.stdout.is_empty() && refused.stderr.contains("audit log"), "{refused:?}");
        // The list kept elsewhere needs no database.
        let offline = office.run("-d nowhere.db portal verify web --file list.txt -f csv --fields path,change").ends(9);
        assert_eq!(offline.stdout, "path,change\nindex.html,changed\n");
    });
}

#[test]
fn the_list_in_a_file_is_what_sha256sum_reads() {
    let office = Office::new(crate::support::Engine::Sqlite);
    let root = site(&office);
    office.run("portal baseline web --file list.txt --file-only --exclude '公告/**'").ends(0);
    office.run("portal verify web --file list.txt").ends(0);
    let peer =
        || std::process::Command::new("sha256sum").args(["-c", "--strict", "--quiet", "../list.txt"]).current_dir(&root).status().unwrap();
    assert!(peer().success());
    office.write("web/公告/2026/2.html", "left out");
    office.run("portal verify web --file list.txt").ends(0);
    office.write("web/index.html", "黑页");
    assert!(!peer().success());
    office.run("portal verify web --file list.txt").ends(9);
    let text = std::fs::read(office.path("list.txt")).unwrap();
    office.write("cut.txt", &text[..text.len() / 2]);
    let cut = office.run("portal verify web --file cut.txt").ends(9);
    assert!(cut.stdout.is_empty());
    office.run("portal verify web --file missing.txt").ends(4);
    office.run("portal baseline web --file x --file-only --exclude '['").ends(2);
    office.run("portal baseline nowhere --file x --file-only").ends(4);
    office.run("portal baseline list.txt --file x --file-only").ends(2);
}

#[test]
fn what_cannot_be_looked_at_is_said_and_is_not_called_sound() {
    let office = Office::ready(crate::support::Engine::Sqlite);
    let root = site(&office);
    office.run("portal verify").ends(2);
    office.run("portal baseline web").ends(0);
    // A pipe in the place of a file is not waited for.
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let found = office.run("portal verify web -f csv --fields path,change,after").ends(9).stdout;
    assert_eq!(found, "path,change,after\npipe,added,other\n");
    std::fs::remove_file(root.join("pipe")).unwrap();

    // A file that grows whenever somebody has it open: he is made to stand still meanwhile, again and again.
    let growing = root.join("growing.log");
    let beside = |line: &str| {
        let mut child = office.start(line);
        let opened = |me: &Running| {
            let open = std::fs::read_dir(format!("/proc/{}/fd", me.id())).into_iter().flatten().flatten();
            open.into_iter().any(|one| std::fs::read_link(one.path()).is_ok_and(|path| path == growing))
        };
        while child.stops_at(opened) {
            std::io::Write::write_all(&mut std::fs::OpenOptions::new().append(true).open(&growing).unwrap(), b"line\n").unwrap();
            child.goes_on();
        }
        child.ends()
    };
    let seen = (0..20).any(|_| {
        std::fs::File::create(&growing).unwrap().set_len(256 << 20).unwrap();
        let verified = beside("portal verify web -f csv --fields path,change -o found.csv");
        let refused = beside("portal baseline web --yes");
        if verified == Some(9) || refused == Some(0) {
            // It was open and closed between two looks: once more.
            std::fs::remove_file(&growing).unwrap();
            office.run("portal baseline web --yes").ends(0);
            return false;
        }
        assert_eq!((verified, office.read("found.csv").as_str()), (Some(1), "path,change\ngrowing.log,unsteady\n"));
        assert_eq!(refused, Some(1), "a baseline with holes is not taken");
        true
    });
    assert!(seen, "nobody had the file open for long");
    std::fs::File::create(&growing).unwrap().set_len(5).unwrap();
    assert_eq!(office.run("portal verify web -f csv --fields path,change").ends(9).stdout, "path,change\ngrowing.log,added\n");
}

#[test]
fn a_folder_of_many_files_and_deep_ones_is_read_whole() {
    let office = Office::new(crate::support::Engine::Sqlite);
    let root = office.path("web");
    let mut deep = root.clone();
    for n in 0..60 {
        deep.push(format!("d{n}"));
    }
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("end.html"), "deep").unwrap();
    for n in 0..700 {
        std::fs::write(root.join(format!("{n:04}.html")), n.to_string()).unwrap();
    }
    let taken = office.run("portal baseline web --file list.txt --file-only -f json").ends(0).json();
    assert_eq!(taken["summary"]["files"], 701);
    std::fs::write(root.join("0333.html"), "x").unwrap();
    std::fs::write(deep.join("end.html"), "y").unwrap();
    let found = office.run("portal verify web --file list.txt -f ids").ends(9).stdout;
    assert_eq!(found.lines().next(), Some("0333.html"));
    assert_eq!(found.lines().count(), 2);
}
