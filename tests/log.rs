//! The audit log: what it shows, what it can prove, and what nobody can do to it unseen.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{Engine, Office, Ran, on_each_engine, same_on_each_engine, words};

/// An office with four entries, a key, and a checkpoint over them kept outside; the checkpoint itself is the fifth.
fn anchored(engine: Engine) -> (Office, String) {
    let office = Office::ready(engine);
    for n in 1..=3 {
        office.run(&format!("unit add 9{n} --name 处{n} --parent 00")).ends(0);
    }
    let made = office.run("log checkpoint --init-key log.key --anchor outside.txt -f json").ends(0).json();
    let key = made["data"][0]["public_key"].as_str().unwrap().to_owned();
    (office, key)
}

/// What an intruder with the owner's rights would do first.
pub fn open_the_log(engine: Engine) -> String {
    let drop = |on: &str| match engine {
        Engine::Sqlite => format!("DROP TRIGGER {on}_no_update; DROP TRIGGER {on}_no_delete;"),
        Engine::Postgres => format!("DROP TRIGGER {on}_append_only ON {on};"),
    };
    drop("audit_log") + &drop("audit_seal")
}

/// Where `log verify` says the log is broken, and why; nothing where it is sound.
#[track_caller]
fn found(office: &Office, line: &str) -> Option<(i64, String)> {
    found_on(office, "2026-11-23", line)
}

#[track_caller]
fn found_on(office: &Office, day: &str, line: &str) -> Option<(i64, String)> {
    let ran = office.run_on(day, &format!("log verify {line} -f json"));
    let row = ran.json()["data"][0].clone();
    let broken = row["broken_at"].as_i64().map(|no| (no, row["fault"].as_str().unwrap().to_owned()));
    assert_eq!(ran.code, if broken.is_some() { 9 } else { 0 }, "{ran:?}");
    broken
}

/// Takes the whole log away behind a purge that never was, and writes the entry that tells of it.
fn forge_a_purge(office: &Office, last_at: &str, purged_at: &str) {
    let (head, peaks) = ("a".repeat(64), format!("[\"{}\",\"{}\"]", "b".repeat(64), "c".repeat(64)));
    office.meddle(&format!(
        "INSERT INTO audit_purge (last_no, last_seq, entries, head_hash, peaks, last_at, export_sha256, purged_at) \
         VALUES (5, 5, 5, '{head}', '{peaks}', '{last_at}', 'x', '{purged_at}'); \
         DELETE FROM audit_seal; DELETE FROM audit_log WHERE seq < 5; DELETE FROM audit_log; \
         INSERT INTO audit_log (seq, op_id, at, os_user, host, source, verb, subject_table, subject_key, new_value, result) \
         VALUES (6, 'x', '{purged_at}', 'root', 'oa', 'swj', 'log purge', 'audit_log', '5', \
                 '{{\"export_sha256\":\"x\",\"head_hash\":\"{head}\",\"last_no\":5,\"peaks\":{peaks}}}', 'done')"
    ));
}

/// One row of the table: the same attack, seen by the bare chain, by a checkpoint in the same database, by a signed one
/// there, and by one kept outside.
#[track_caller]
fn attacked(engine: Engine, attack: impl Fn(&Office), wanted: [Option<(i64, &str)>; 4]) {
    let (office, key) = anchored(engine);
    office.meddle(&open_the_log(engine));
    attack(&office);
    let outside = found(&office, &format!("--anchor outside.txt --public-key {key}"));
    let signed = found(&office, &format!("--public-key {key}"));
    office.meddle("UPDATE audit_checkpoint SET signed_note = NULL");
    let inside = found(&office, "");
    office.meddle("DELETE FROM audit_checkpoint");
    let bare = found(&office, "");
    let wanted = wanted.map(|place| place.map(|(no, fault)| (no, fault.to_owned())));
    assert_eq!([bare, inside, signed, outside], wanted, "{engine:?}");
}

#[test]
fn attack_1_an_entry_changed_or_removed_in_the_middle_is_found_by_the_chain_itself() {
    on_each_engine(|engine| {
        attacked(engine, |office| office.meddle("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2"), [Some((2, "changed")); 4]);
        attacked(
            engine,
            |office| office.meddle("DELETE FROM audit_seal WHERE no = 3; DELETE FROM audit_log WHERE seq = 3"),
            [Some((4, "gap")); 4],
        );
    });
}

#[test]
fn attack_2_a_cut_head_is_found_by_the_chain_itself() {
    on_each_engine(|engine| {
        let cut = |office: &Office| office.meddle("DELETE FROM audit_seal WHERE no <= 2; DELETE FROM audit_log WHERE seq <= 2");
        attacked(engine, cut, [Some((3, "gap")); 4]);
        // Nor does it help to record a purge that no entry tells of.
        let forged = |office: &Office| {
            cut(office);
            office.meddle(
                "INSERT INTO audit_purge (last_no, last_seq, entries, head_hash, peaks, last_at, export_sha256, purged_at) \
                 SELECT 2, 2, 2, prev_hash, '[\"' || prev_hash || '\"]', sealed_at, 'x', sealed_at FROM audit_seal WHERE no = 3"
                    .replace(
                        "'[\"' || prev_hash || '\"]'",
                        if engine == Engine::Postgres { "to_jsonb(ARRAY[prev_hash])" } else { "json_array(prev_hash)" },
                    )
                    .as_str(),
            );
        };
        attacked(engine, forged, [Some((3, "untold")); 4]);
    });
}

#[test]
fn attack_3_a_cut_tail_is_found_by_a_checkpoint_and_not_by_the_chain() {
    on_each_engine(|engine| {
        let cut = |office: &Office| office.meddle("DELETE FROM audit_seal WHERE no >= 3; DELETE FROM audit_log WHERE seq >= 3");
        attacked(engine, cut, [None, Some((3, "cut")), Some((3, "cut")), Some((3, "cut"))]);
        // Back to the last anchor only: what came after it can still be cut off unseen.
        let late = |office: &Office| {
            office.run("unit add 94 --name 处4 --parent 00").ends(0);
            office.meddle("DELETE FROM audit_seal WHERE no >= 5; DELETE FROM audit_log WHERE seq >= 5");
        };
        attacked(engine, late, [None; 4]);
    });
}

#[test]
fn attack_4_a_chain_taken_away_whole_is_found_by_a_checkpoint() {
    on_each_engine(|engine| {
        let chain = |office: &Office| office.meddle("DELETE FROM audit_seal");
        attacked(engine, chain, [None, Some((1, "cut")), Some((1, "cut")), Some((1, "cut"))]);
        // With its entries it is missed even without one: a database that was made has an entry that tells of it.
        let all = |office: &Office| office.meddle("DELETE FROM audit_seal; DELETE FROM audit_log");
        attacked(engine, all, [Some((1, "missing")); 4]);
    });
}

#[test]
fn attack_5_a_log_written_anew_is_found_only_by_what_the_writer_cannot_reach() {
    on_each_engine(|engine| {
        let (office, key) = anchored(engine);
        let by_key = format!("--public-key {key}");
        office.meddle(&open_the_log(engine));
        office.meddle("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2; DELETE FROM audit_seal");
        // The program's own sealer makes the new chain.
        office.run("unit add 94 --name 处4 --parent 00").ends(0);
        assert_eq!(found(&office, "--anchor outside.txt"), Some((1, "rewritten".into())));
        assert_eq!(found(&office, &by_key), Some((1, "rewritten".into())), "the old checkpoint is still there");
        office.run("log checkpoint --key log.key --anchor outside.txt").ends(9);
        office.meddle("DELETE FROM audit_checkpoint");
        assert_eq!(found(&office, ""), None, "the bare chain");
        office.run("log checkpoint").ends(0);
        assert_eq!(found(&office, ""), None, "a count and a head in the same database, rewritten too");
        office.meddle("DELETE FROM audit_checkpoint");
        office.run("log checkpoint --init-key other.key").ends(0);
        assert_eq!(found(&office, &by_key), Some((1, "forged".into())), "signed by one who does not hold the key");
        office.meddle("DELETE FROM audit_checkpoint");
        office.run("log checkpoint --key log.key").ends(0);
        assert_eq!(found(&office, &by_key), None, "signed by one who holds the key");
        assert_eq!(found(&office, "--anchor outside.txt"), Some((1, "rewritten".into())), "anchored outside");
    });
}

#[test]
fn attack_6_what_was_never_written_to_the_log_is_found_by_nothing_in_it() {
    on_each_engine(|engine| {
        attacked(engine, |office| office.meddle("UPDATE unit SET name = '别处' WHERE code = '91'"), [None; 4]);
    });
}

#[test]
fn attack_7_a_purge_that_never_was_swallows_no_anchor() {
    on_each_engine(|engine| {
        let (office, _) = anchored(engine);
        let now = "2026-11-23 09:00:00+08:00";
        office.meddle(&open_the_log(engine));
        forge_a_purge(&office, "2026-01-05 09:00:00+08:00", now);
        // A checkpoint of this year knows a log of four entries: five of last winter could not have been purged.
        assert_eq!(found(&office, ""), Some((6, "early".into())));
        office.run("log checkpoint --key log.key").ends(9);
        let rules = |office: &Office| office.run("audit run --area LOG -f csv --fields rule,key --sort rule,key").ends(3).stdout;
        let told = rules(&office);
        assert!(told.contains("LOG-001,to 5\n") && told.contains("LOG-003,size 4 of 2026-11-23 09:00:00\n"), "{told}");
        // Without it the database agrees with itself, and only what is kept outside is left to ask.
        office.meddle("DELETE FROM audit_checkpoint");
        assert_eq!(found(&office, ""), None);
        let unproved = office.run("log verify --anchor outside.txt -f json").ends(1);
        assert_eq!(
            (&unproved.json()["data"][0]["verdict"], &unproved.json()["checkpoints"][0]["state"]),
            (&"unproved".into(), &"unproved".into())
        );
        assert!(unproved.stderr.contains("--export"), "{}", unproved.stderr);
        assert!(office.run("log checkpoint --key log.key --anchor outside.txt").ends(5).stderr.contains("--export"));

        // Nor may a purge take what is within its term, by its own words or by a day to come.
        for (last_at, purged_at) in [("2026-05-23 09:00:00+08:00", now), ("2026-11-23 09:00:00+08:00", "2027-12-01 09:00:00+08:00")] {
            let (office, _) = anchored(engine);
            office.meddle(&open_the_log(engine));
            office.meddle("DELETE FROM audit_checkpoint");
            forge_a_purge(&office, last_at, purged_at);
            assert_eq!(found(&office, ""), Some((6, "early".into())));
            assert_eq!(rules(&office).contains("LOG-005,to 5\n"), purged_at == now);
        }
        // What a purge is said to have taken may not be left behind it, to be edited.
        let (office, _) = anchored(engine);
        office.meddle(&format!(
            "INSERT INTO audit_purge (last_no, last_seq, entries, head_hash, peaks, last_at, export_sha256, purged_at) \
             VALUES (2, 2, 2, '{}', '[\"{}\"]', '2026-01-05 09:00:00+08:00', 'x', '{now}')",
            "a".repeat(64),
            "b".repeat(64)
        ));
        assert!(found(&office, "").is_some());
        assert!(rules(&office).contains("LOG-002,1\n"));
    });
}

#[test]
fn an_entry_put_in_later_is_found_behind_the_later_ones() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 91 --name 处1 --parent 00").ends(0);
        office.meddle(
            "INSERT INTO audit_log (seq, op_id, at, os_user, host, source, verb, result) \
             VALUES (0, 'x', '2026-01-05 09:00:00+08:00', 'root', 'oa', 'swj', 'unit set', 'done')",
        );
        for n in 2..=3 {
            office.run(&format!("unit add 9{n} --name 处{n} --parent 00")).ends(0);
        }
        assert_eq!(found(&office, ""), Some((3, "backdated".into())));
        let rules = office.run("audit run --area LOG --fail-on low -f csv --fields rule,key,detail").ends(3).stdout;
        assert!(rules.contains("LOG-008,0,\"sealed behind 2") && rules.contains("LOG-001,3,"), "{rules}");
    });
}

#[test]
fn a11_a_cut_tail_reads_as_unanchored_and_with_the_anchor_as_broken_there() {
    on_each_engine(|engine| {
        let (office, _) = anchored(engine);
        office.meddle("DELETE FROM audit_checkpoint");
        let sound = office.run("log verify --anchor outside.txt -f json").ends(0);
        let row = sound.json()["data"][0].clone();
        assert_eq!((row["anchored"].as_i64(), row["unanchored"].as_i64(), row["sound"].as_i64()), (Some(4), Some(1), Some(5)));
        assert!(sound.stderr.contains("Anchored outside: 1 to 4.") && sound.stderr.contains("Not anchored: 5 to 5."), "{}", sound.stderr);
        office.meddle(&open_the_log(engine));
        office.meddle("DELETE FROM audit_seal WHERE no >= 3; DELETE FROM audit_log WHERE seq >= 3");
        let cut = office.run("log verify").ends(0);
        assert!(cut.stderr.contains("Not anchored: 1 to 2."), "{}", cut.stderr);
        let cut = office.run("log verify --anchor outside.txt -f json").ends(9);
        assert_eq!((cut.json()["data"][0]["broken_at"].as_i64(), cut.json()["data"][0]["anchored"].as_i64()), (Some(3), None));
        assert!(cut.stderr.contains("the log ends at 2"), "{}", cut.stderr);
    });
}

#[test]
fn a12_writers_beside_each_other_make_one_chain() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let mut writers: Vec<_> = (10..18)
            .map(|n| {
                let line = format!("unit add {n} --name 处{n} --parent 00");
                office.command().args(words(&line)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        let written = writers.iter_mut().filter_map(|writer| writer.wait().unwrap().code()).filter(|code| *code == 0).count();
        assert!(written >= 2, "{written}");
        office.run("unit add 30 --name 处 --parent 00").ends(0);
        let row = office.run("log verify -f json").ends(0).json()["data"][0].clone();
        let entries = written as i64 + 2;
        assert_eq!((row["entries"].as_i64(), row["sound"].as_i64(), row["unsealed"].as_i64()), (Some(entries), Some(entries), Some(0)));
    });
}

#[test]
fn a13_what_is_past_its_term_goes_and_the_rest_is_still_proved() {
    on_each_engine(|engine| {
        let (office, key) = anchored(engine);
        let on = |line: &str| office.run_on("2027-06-10", line);
        // Within the term, without an export, without a checkpoint, under another name: refused each time.
        office.run("log purge --before 2026-11-20").ends(5);
        assert!(office.run("log purge --before 2026-05-23").ends(0).stderr.contains("Nothing"));
        assert!(on("log purge --before 2027-01-01").ends(5).stderr.contains("网络安全法"));
        on("log purge --as-of 2028-01-01 --before 2027-01-01").ends(5);
        assert!(on("log purge").ends(5).stderr.contains("log export"));
        on("unit add 95 --name 处5 --parent 00").ends(0);
        on("log export whole.jsonl --to 5").ends(0);
        assert!(on("log purge --export whole.jsonl").ends(5).stderr.contains("checkpoint"));
        on("log checkpoint --key log.key --anchor outside.txt --print").ends(0);
        on("log export part.jsonl --from 2 --to 5").ends(0);
        on("log purge --export part.jsonl").ends(5);
        // That a checkpoint was printed is nothing but the database's word.
        assert!(on("log purge --export whole.jsonl").ends(5).stderr.contains("--anchor"));
        office.write("changed.jsonl", office.read("whole.jsonl").replacen("处2", "处9", 1));
        on("log purge --export changed.jsonl --anchor outside.txt").ends(9);
        on("log purge --export whole.jsonl --anchor outside.txt").ends(8);
        on("log purge --export whole.jsonl --anchor outside.txt --confirm something").ends(8);
        let purge = format!("log purge --export whole.jsonl --anchor outside.txt --public-key {key} --confirm {}", office.name());
        let plan = on(&format!("{purge} -n -f json")).ends(0).json();
        assert_eq!((plan["data"][0]["from"].as_i64(), plan["data"][0]["to"].as_i64()), (Some(1), Some(5)));
        assert_eq!(found(&office, "--anchor outside.txt"), None);
        let entries = |office: &Office| office.run("log list --last 0 -f count").ends(0).stdout.trim().parse::<i64>().unwrap();
        let before = entries(&office);
        on(&purge).ends(0);
        assert_eq!(entries(&office), before - 5 + 1, "the purge itself is logged");
        assert!(on(&purge).ends(0).stderr.contains("Nothing"), "a second time there is nothing left to do");

        // The chain goes on from the cut; checkpoints after it hold, those before it are for the export to prove.
        let verify = format!("log verify --anchor outside.txt --public-key {key} -f json");
        for (more, code, verdict, wanted) in
            [("", 1, "unproved", ["purged", "unproved", "holds", "holds"]), (" --export whole.jsonl", 0, "sound", ["holds"; 4])]
        {
            let json = on(&format!("{verify}{more}")).ends(code).json();
            assert_eq!((json["data"][0]["purged"].as_i64(), json["data"][0]["verdict"].as_str()), (Some(5), Some(verdict)));
            let states: Vec<_> =
                json["checkpoints"].as_array().unwrap().iter().map(|point| point["state"].as_str().unwrap().to_owned()).collect();
            assert_eq!(states, wanted);
        }
        on(&format!("{verify} --export changed.jsonl")).ends(9);
        assert_eq!(on("audit run --rule LOG-001,LOG-002,LOG-003,LOG-005 --fail-on low -f count").ends(0).stdout, "0\n");
        on("log verify --file whole.jsonl --anchor outside.txt").ends(9);
        // One that holds speaks for the cut as well, and the next may be written below it.
        on("log checkpoint --key log.key --anchor outside.txt").ends(0);
        on("log checkpoint --key log.key --anchor later.txt").ends(0);
        let newest = office.run("log list --last 1 -f ids").stdout.trim().to_owned();
        on("unit add 96 --name 处6 --parent 00").ends(0);
        on("log checkpoint --key log.key --anchor later.txt").ends(0);
        on(&format!("log prove {newest} --to entry.json")).ends(0);
        office.run("log verify --proof entry.json --anchor later.txt").ends(0);
        assert!(office.run("log show 2").ends(4).stderr.contains("legal term"));
        on("log export whole.jsonl").ends(5);
        on("log export rest.jsonl").ends(0);
        office.run("log verify --file rest.jsonl --anchor later.txt").ends(0);
        office.run("doctor --quick").ends(3);

        // What is left is guarded as before, and a cut that reaches further is found.
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| office.meddle("DELETE FROM audit_seal WHERE no = 7")));
        assert!(refused.is_err());
        office.meddle(&open_the_log(engine));
        office.meddle("DELETE FROM audit_seal WHERE no = 6; DELETE FROM audit_log WHERE seq = 6");
        assert_eq!(found_on(&office, "2027-06-10", ""), Some((7, "gap".into())));
        on("log checkpoint").ends(9);
    });
}

#[test]
fn a14_the_zone_of_the_host_changes_nothing() {
    on_each_engine(|engine| {
        let (office, _) = anchored(engine);
        let in_zone = |zone: &str, line: &str| {
            let out = office.command().env("TZ", zone).args(words(line)).output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).unwrap()
        };
        for line in ["log list -f json", "log verify --anchor outside.txt -f json", "log tail -f csv", "log show 2 -f csv"] {
            assert_eq!(in_zone("UTC", line), in_zone("Asia/Shanghai", line), "{line}");
        }
        in_zone("UTC", "log export utc.jsonl --to 4");
        in_zone("America/New_York", "log export other.jsonl --to 4");
        assert_eq!(office.read("utc.jsonl"), office.read("other.jsonl"));
    });
}

#[test]
fn a22_the_system_administrator_may_not_read_the_whole_log_and_trying_is_logged() {
    on_each_engine(|engine| {
        let (office, _) = anchored(engine);
        let acting = |login: &str, line: &str| {
            let out = office.command().env("SWJ_ACTOR", login).args(words(line)).output().unwrap();
            Ran {
                code: out.status.code().unwrap(),
                stdout: String::from_utf8(out.stdout).unwrap(),
                stderr: String::from_utf8(out.stderr).unwrap(),
            }
        };
        for (login, line) in [
            ("zhangwei", "log list"),
            ("lina", "log show 1"),
            ("zhangwei", "log tail"),
            ("nobody", "log export out.jsonl"),
            ("zhangwei", "log prove 1"),
            ("zhangwei", "log purge"),
        ] {
            let refused = acting(login, line).ends(6);
            assert!(refused.stdout.is_empty() && refused.stderr.contains(login), "{refused:?}");
            assert_eq!(refused.stderr.contains("swj log list --actor zhangwei"), line == "log list", "{refused:?}");
        }
        assert!(!office.path("out.jsonl").exists());
        let tried = office.run("log list --last 6 -f csv --fields actor,verb,result --sort seq").ends(0).stdout;
        let wanted = "actor,verb,result\nzhangwei,log list,refused\nlina,log show,refused\nzhangwei,log tail,refused\nnobody,log export,refused\n\
                      zhangwei,log prove,refused\nzhangwei,log purge,refused\n";
        assert_eq!(tried, wanted);
        acting("wangfang", "log list").ends(0);
        let own = acting("lina", "log list --actor lina -f csv --fields verb").ends(0).stdout;
        assert!(own.starts_with("verb\nlog show\n"), "{own}");
        acting("lina", "log list --actor zhangwei").ends(6);
        acting("wangfang", "log tail").ends(0);
        acting("zhangwei", "log verify").ends(0);
    });
}

#[test]
fn a_checkpoint_goes_outside_by_file_duty_sheet_and_package() {
    same_on_each_engine(|office| {
        office.run("unit add 91 --name 处1 --parent 00").ends(0);
        office.run("log checkpoint --anchor outside.txt").ends(2);
        office.run("log checkpoint --init-key log.key --anchor outside.txt -n").ends(0);
        assert!(!office.path("log.key").exists() && !office.path("outside.txt").exists());
        let made = office.run("log checkpoint --init-key log.key --anchor outside.txt --package point.swjx --print -f json").ends(0).json();
        let row = made["data"][0].clone();
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(office.path("log.key")).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        office.run("log checkpoint --init-key log.key").ends(5);
        assert_eq!(office.read("outside.txt"), row["note"].as_str().unwrap());
        let places = row["anchored_to"].as_str().unwrap();
        assert!(places.contains("outside.txt") && places.contains("point.swjx") && places.contains("duty sheet"), "{places}");
        office.run("unit add 92 --name 处2 --parent 00").ends(0);
        let key = row["public_key"].as_str().unwrap();
        office.write("public.key", key);
        for with in ["--anchor outside.txt", "--anchor point.swjx", "--anchor outside.txt --anchor point.swjx --public-key public.key"] {
            assert_eq!(found(office, with), None, "{with}");
        }
        let duty = row["duty"].as_str().unwrap();
        assert_eq!(found(office, &format!("--duty '{}'", duty.to_lowercase().replace('-', " "))), None);
        // A slip of the pen, a note of another log, a half note, a changed package: none of these is a broken log.
        office.run(&format!("log verify --duty '{}'", duty.replace(" 2 ", " 3 "))).ends(5);
        office.write("other.txt", office.read("outside.txt").replace("swj/", "swj/x"));
        office.run("log verify --anchor other.txt").ends(5);
        office.write("half.txt", office.read("outside.txt").lines().take(3).collect::<Vec<_>>().join("\n"));
        assert!(office.run("log verify --anchor half.txt").ends(5).stderr.contains("half.txt:1"));
        office.write("empty.txt", "");
        office.run("log verify --anchor empty.txt").ends(5);
        office.run("log verify --anchor missing.txt").ends(4);
        office.run("log verify --public-key nonsense+1+2").ends(2);
        // The configuration may name both.
        office.write("log.toml", format!("[log]\nkey = '{}'\nanchor = 'outside.txt'\n", office.path("log.key").display()));
        office.run("log checkpoint --config log.toml").ends(0);
        assert_eq!(office.read("outside.txt").matches("swj/").count(), 4, "two notes, each with its signature");
        assert_eq!(found(office, "--anchor outside.txt"), None);
        office.run("log list --last 3 -f csv --fields verb,subject_table,subject_key,result").stdout
    });
}

#[test]
fn an_entry_is_proved_without_the_database() {
    on_each_engine(|engine| {
        let (office, key) = anchored(engine);
        let printed = office.run("log prove 3 -f json").ends(0).stdout;
        office.write("proof.json", &printed);
        office.run("log prove 3 --to alone.json").ends(0);
        office.run("log prove 5").ends(4);
        office.run("log prove 99").ends(4);
        office.run("log prove 3 --checkpoint 7").ends(4);
        std::fs::copy(office.path("outside.txt"), office.path("kept.txt")).unwrap();
        for file in ["proof.json", "alone.json"] {
            let offline = format!("-d nowhere.db log verify --proof {file} --anchor kept.txt --public-key {key}");
            let row = office.run(&format!("{offline} -f json")).ends(0).json()["data"][0].clone();
            assert_eq!((row["verdict"].as_str(), row["anchored"].as_i64()), (Some("sound"), Some(4)));
        }
        let path: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let first = path["data"][0]["path"][0].as_str().unwrap().to_owned();
        for (from, to) in [("处2", "处9"), ("\"no\": 3", "\"no\": 2"), (first.as_str(), "00"), ("\"size\": 4", "\"size\": 5")] {
            let changed = printed.replace(from, to);
            assert_ne!(changed, printed, "{from}");
            office.write("proof.json", changed);
            let code = office.run("log verify --proof proof.json").code;
            assert!(code == 9 || code == 5, "{from}: {code}");
        }
        office.write("proof.json", "{}");
        office.run("log verify --proof proof.json").ends(5);
        let other = office.run("log checkpoint --init-key other.key -f json").ends(0).json();
        let other = other["data"][0]["public_key"].as_str().unwrap().to_owned();
        office.run(&format!("log verify --proof alone.json --public-key {other}")).ends(9);
    });
}

#[test]
fn an_export_is_the_same_bytes_and_proves_itself() {
    on_each_engine(|engine| {
        let (office, key) = anchored(engine);
        let first = office.run("log export one.jsonl --to 4 -f json").ends(0).json()["data"][0].clone();
        let entries = || office.run("log list -f count").stdout;
        let before = entries();
        let again = office.run("log export two.jsonl --from 1 --to 4 -f json").ends(0).json()["data"][0].clone();
        assert_eq!(office.read("one.jsonl"), office.read("two.jsonl"));
        assert_eq!(first["sha256"], again["sha256"]);
        assert!(office.run("log export two.jsonl --to 4").ends(0).stderr.contains("already"));
        assert_eq!(entries(), before, "the same export is noted once");
        office.run("log export two.jsonl --to 3").ends(5);
        office.run("log export three.jsonl --to 99").ends(4);
        office.run("log export /dev/full").ends(5);
        let offline = format!("-d nowhere.db log verify --file one.jsonl --anchor outside.txt --public-key {key} -f json");
        let row = office.run(&offline).ends(0).json()["data"][0].clone();
        assert_eq!((row["sound"].as_i64(), row["anchored"].as_i64(), &row["root"]), (Some(4), Some(4), &first["root"]));
        office.run("log export later.jsonl --from 3 --to 4").ends(0);
        office.run("log verify --file later.jsonl --anchor outside.txt").ends(0);
        // What an export leaves out in front was taken away by nobody.
        office.run("log export last.jsonl --from 5 --to 5").ends(0);
        let part = office.run("log verify --file last.jsonl --anchor outside.txt").ends(0).stderr;
        assert!(part.contains("begins behind 4") && part.contains("Not anchored: 5 to 5.") && !part.contains("Anchored outside"), "{part}");
        let text = office.read("one.jsonl");
        let lines: Vec<&str> = text.lines().collect();
        for (changed, at) in [
            (text.replacen("处1", "处7", 1), 2),
            ([&lines[..3], &lines[4..]].concat().join("\n"), 4),
            (lines[..4].join("\n"), 4),
            (lines[..5].join("\n"), 5),
        ] {
            office.write("changed.jsonl", changed);
            let row = office.run("log verify --file changed.jsonl -f json").ends(9).json()["data"][0].clone();
            assert_eq!(row["broken_at"].as_i64(), Some(at));
        }
        office.write("foreign.jsonl", "{}\n");
        office.run("log verify --file foreign.jsonl").ends(5);
        office.run("log verify --file missing.jsonl").ends(4);
        office.meddle(&open_the_log(engine));
        office.meddle("UPDATE audit_log SET reason = 'x' WHERE seq = 3");
        office.run("log export broken.jsonl").ends(9);
        assert!(!office.path("broken.jsonl").exists());
        office.run("log show 3").ends(9);
    });
}

#[test]
fn a_long_log_is_walked_in_slices_and_broken_where_it_is() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let numbers = match engine {
            Engine::Sqlite => "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 9000)",
            Engine::Postgres => "WITH s(n) AS (SELECT generate_series(1, 9000))",
        };
        let document =
            if engine == Engine::Sqlite { "json_object('b', n, 'aa', '水')" } else { "jsonb_build_object('b', n, 'aa', '水')" };
        let columns = "op_id, at, os_user, host, source, verb, subject_table, subject_key, new_value, reason, result";
        let row = format!("'op', '2026-11-23 09:00:00+08:00', 'u\"\t', 'h', 's', 'v', 't', 'k' || n, {document}, '因\\', 'done'");
        // As another program may write documents: the chain does not depend on the order of their keys.
        office.meddle(&format!("{numbers} INSERT INTO audit_log ({columns}) SELECT {row} FROM s"));
        office.run("unit add 91 --name 处1 --parent 00").ends(0);
        let row = office.run("log verify -f json").ends(0).json()["data"][0].clone();
        assert_eq!((row["sound"].as_i64(), row["unsealed"].as_i64()), (Some(9_002), Some(0)));
        let made = office.run("log checkpoint --init-key log.key --anchor outside.txt -f json").ends(0).json();
        assert_eq!((&made["data"][0]["size"], &made["data"][0]["root"]), (&9_002.into(), &row["root"]));
        office.run("log prove 4321 --to proof.json").ends(0);
        office.run("log verify --proof proof.json --anchor outside.txt").ends(0);
        office.run("log export log.jsonl --to 9002").ends(0);
        assert_eq!(office.run("log verify --file log.jsonl --anchor outside.txt -f json").ends(0).json()["data"][0]["root"], row["root"]);
        office.meddle(&open_the_log(engine));
        for (sql, wanted) in [
            ("UPDATE audit_log SET reason = 'x' WHERE seq = 8999", (8_999, "changed")),
            ("DELETE FROM audit_seal WHERE no = 4097", (4_098, "gap")),
            ("UPDATE audit_seal SET prev_hash = entry_hash WHERE no = 2049", (2_049, "unlinked")),
            ("UPDATE audit_log SET new_value = '{\"aa\":\"水\"}' WHERE seq = 100", (100, "changed")),
        ] {
            office.meddle(sql);
            assert_eq!(found(&office, ""), Some((wanted.0, wanted.1.to_owned())), "{sql}");
        }
        assert_eq!(found(&office, "--anchor outside.txt"), Some((100, "changed".to_owned())));
    });
}

/// What cannot be read is named by its own number, not by its neighbour's.
#[test]
fn an_entry_that_cannot_be_read_is_named_by_its_number() {
    on_each_engine(|engine| {
        for sql in match engine {
            Engine::Sqlite => [
                "PRAGMA ignore_check_constraints = ON; UPDATE audit_log SET at = 'x' WHERE seq = 4",
                "PRAGMA ignore_check_constraints = ON; UPDATE audit_log SET new_value = '{' WHERE seq = 4",
            ],
            Engine::Postgres => [
                "UPDATE audit_log SET at = 'infinity' WHERE seq = 4",
                "ALTER TABLE audit_log ALTER verb DROP NOT NULL; UPDATE audit_log SET verb = NULL WHERE seq = 4",
            ],
        } {
            let (office, _) = anchored(engine);
            office.meddle(&open_the_log(engine));
            office.meddle(sql);
            assert_eq!(found(&office, "").map(|(at, _)| at), Some(4), "{sql}");
            office.run("log export log.jsonl").ends(9);
        }
    });
}

/// A table that inherits from the log is read with it, and neither its key nor its triggers hold there.
#[test]
fn a_second_entry_of_one_number_breaks_the_log() {
    on_each_engine(|engine| {
        if engine == Engine::Sqlite {
            return;
        }
        for (copied, wanted) in [("seq", 2), ("4", 4)] {
            let (office, _) = anchored(engine);
            assert_eq!(found(&office, ""), None);
            office.meddle(&format!(
                "CREATE TABLE shadow (LIKE audit_log) INHERITS (audit_log); \
                 INSERT INTO shadow (seq, op_id, at, os_user, host, source, verb, result) \
                 SELECT {copied}, op_id, at, os_user, host, source, verb, result FROM ONLY audit_log WHERE seq = 2"
            ));
            assert_eq!(found(&office, "").map(|(at, _)| at), Some(wanted));
        }
    });
}

#[test]
fn a_command_seals_what_another_left_however_far_behind() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let left = |seq: i64| {
            office.meddle(&format!(
                "INSERT INTO audit_log (seq, op_id, at, os_user, host, source, verb, result) \
                 VALUES ({seq}, 'killed {seq}', '2026-11-23 09:00:00+08:00', 'u', 'h', 's', 'v', 'done')"
            ));
        };
        // On PostgreSQL the command's own entry has a number far below until the counter is moved on; on SQLite, behind the
        // highest number there is, any that is free.
        for (unit, seq) in [9_000, 8_990, 4_000, i64::MAX].into_iter().enumerate() {
            left(seq);
            office.run(&format!("unit add 9{unit} --name 处{unit} --parent 00")).ends(0);
            let row = office.run("log verify -f json").ends(0).json()["data"][0].clone();
            assert_eq!((row["unsealed"].as_i64(), &row["entries"]), (Some(0), &row["sound"]), "{seq}");
            if engine == Engine::Postgres && unit == 1 {
                office.meddle("SELECT setval(pg_get_serial_sequence('audit_log', 'seq'), 9100)");
            }
        }
    });
}

#[test]
fn the_tail_is_followed_until_a_signal() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 91 --name 处1 --parent 00").ends(0);
        assert_eq!(office.run("log tail --last 1 -f csv --fields verb,subject_key").ends(0).stdout, "verb,subject_key\nunit add,91\n");
        office.run("log tail --follow -f json").ends(2);
        let line = "log tail --last 1 --follow --every 0.1 -f csv --fields verb,subject_key";
        let mut child = office.command().args(words(line)).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert_eq!((lines.next().unwrap(), lines.next().unwrap()), ("verb,subject_key".to_owned(), "unit add,91".to_owned()));
        for n in [2, 3] {
            office.run(&format!("unit add 9{n} --name 处{n} --parent 00")).ends(0);
            assert_eq!(lines.next().unwrap(), format!("unit add,9{n}"));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(lines.next(), None);
    });
}

#[test]
fn what_another_program_wrote_is_proved_however_it_writes_json() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        for document in [
            r#"{"bb": 1.10, "a": [1, {"z": null, "y": "\u0001 \" 水"}], "c": {}, "12345678901234567890123": 12345678901234567890123}"#,
            r#"{"q\"": [], "p": -0, "e": 1e3, "é": true}"#,
            "7",
        ] {
            office.meddle(&format!(
                "INSERT INTO audit_log (op_id, at, os_user, host, source, verb, old_value, new_value, reason, result) \
                 VALUES ('x', '2026-11-23 09:00:00+08:00', 'ro\\o\"t', '机', 'by hand', 'x', '{document}', '{document}', 'a' || chr(10) || 'b', 'done')"
            )
            .replace("chr(10)", if engine == Engine::Sqlite { "char(10)" } else { "chr(10)" }));
        }
        office.run("unit add 91 --name 处 --parent 00").ends(0);
        assert_eq!(found(&office, ""), None);
        let row = office.run("log verify -f json").json()["data"][0].clone();
        assert_eq!((row["sound"].as_i64(), row["unsealed"].as_i64()), (row["entries"].as_i64(), Some(0)));
        office.run("log export out.jsonl").ends(0);
        office.run("log verify --file out.jsonl").ends(0);
        office.meddle(&(open_the_log(engine) + "UPDATE audit_log SET new_value = '8' WHERE new_value = '7'"));
        assert!(found(&office, "").is_some_and(|(_, fault)| fault == "changed"));
    });
}
