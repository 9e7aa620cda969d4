use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

#[test]
fn the_day_a_limit_ends_comes_with_every_day_passed_over() {
    let ran = Office::ready(Engine::Sqlite).run("calendar due --from 2010-09-20 --days 20 -f json").ends(0);
    let row = ran.json()["data"][0].clone();
    assert_eq!((row["due_on"].as_str(), row["provisional"].as_bool()), (Some("2010-10-25"), Some(false)));
    let skipped = row["skipped"].as_array().unwrap();
    assert_eq!(skipped[0]["day"], "2010-09-22");
    assert_eq!((skipped[0]["why"].as_str(), skipped[0]["notice_no"].as_str()), (Some("holiday"), Some("国办发明电〔2009〕27号")));
    assert!(ran.stderr.contains("2010-09-25") && ran.stderr.contains("counted"), "{}", ran.stderr);
}

#[test]
fn pauses_rules_and_regimes_are_followed() {
    let office = Office::ready(Engine::Sqlite);
    let due =
        |line: &str| office.run(&format!("calendar due {line} -f json")).ends(0).json()["data"][0]["due_on"].as_str().unwrap().to_owned();
    assert_eq!(due("--from 2010-11-05 --days 20 --pause 2010-11-10..2010-11-19"), "2010-12-14");
    assert_eq!(due("--from 2019-05-14 --rule disclosure-answer"), "2019-06-04");
    assert_eq!(due("--from 2019-05-15 --rule disclosure-answer"), "2019-06-13");
    // T38.
    assert_eq!(due("--from 2010-12-31 --rule tianjin-water-renew"), "2010-10-02");
    assert_eq!(due("--from 2020-12-31 --rule tianjin-water-renew"), "2020-11-16");
    office.run("calendar due --from 2008-04-30 --rule disclosure-answer").ends(5);
    let unknown = office.run("calendar due --from 2026-11-02 --rule answer").ends(4);
    assert!(unknown.stderr.contains("disclosure-answer"), "{}", unknown.stderr);
    office.run("calendar due --from 2026-11-02 --days 5 --pause 2026-11-09..2026-11-03").ends(2);
}

#[test]
fn t32_a_year_without_a_notice_is_provisional_or_refused() {
    same_on_each_engine(|office| {
        let ran = office.run("calendar due --from 2026-12-10 --days 20 -f json").ends(0);
        assert_eq!(ran.json()["data"][0]["provisional"], true);
        assert!(ran.stderr.contains("2027"), "{}", ran.stderr);
        office.run("calendar due --from 2026-12-10 --days 20 --strict").ends(5);
        // The notice comes: the same limit is now certain, and another day.
        office.write("2027.csv", "日期,类型,名称,文号\n2027-01-01,休,元旦,国办发明电〔2026〕9号\n2027-01-04,休,,\n");
        office.run("calendar import 2027.csv --yes").ends(0);
        // Two days are no year's notice yet.
        office.run("calendar due --from 2026-12-10 --days 20 --strict").ends(5);
        let october: String = (1..=7).map(|day| format!("2027-10-0{day},休,国庆节,国办发明电〔2026〕9号\n")).collect();
        office.write("2027.csv", office.read("2027.csv") + &october);
        office.run("calendar import 2027.csv --yes").ends(0);
        let after = office.run("calendar due --from 2026-12-10 --days 20 --strict -f json").ends(0).json()["data"][0].clone();
        assert_eq!((after["due_on"].as_str(), after["provisional"].as_bool()), (Some("2027-01-11"), Some(false)));
        office.run("calendar import 2027.csv --yes").ends(0);
        assert_eq!(office.run("calendar show 2027 -f count").stdout.trim(), "9");
        assert!(office.run("log list -f csv").stdout.contains("calendar import"));
        String::new()
    });
}

#[test]
fn a_full_import_takes_out_what_the_notice_no_longer_names() {
    same_on_each_engine(|office| {
        let table = office.run("calendar show 2026 -f csv").ends(0).stdout;
        office.write("same.csv", &table);
        assert_eq!(office.run("calendar diff same.csv").ends(0).stdout, "line\tchange\tkey\tfield\tbefore\tafter\trule\treason\n");
        let shorter: String = table.lines().filter(|line| !line.starts_with("2026-10-07")).map(|line| format!("{line}\n")).collect();
        office.write("shorter.csv", shorter);
        let diff = office.run("calendar diff shorter.csv -f csv").ends(3).stdout;
        assert!(diff.contains("2026-10-07,kind,off,plain"), "{diff}");
        office.run("calendar import shorter.csv --yes").ends(0);
        assert!(office.run("calendar show 2026").stdout.contains("2026-10-07"));
        office.run("calendar import shorter.csv --full --yes").ends(0);
        assert!(!office.run("calendar show 2026").stdout.contains("2026-10-07"));
        diff
    });
}

#[test]
fn a_bad_day_is_refused_with_its_rule() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.write("bad.csv", "日期,类型\n2027-13-01,休\n2027-01-04,班\n2027-01-01,假\n");
        let ran = office.run("calendar import bad.csv --yes -f csv").ends(3);
        for rule in ["day-unreadable", "day-works-already", "day-kind-unknown"] {
            assert!(ran.stdout.contains(rule), "{rule}: {}", ran.stdout);
        }
        assert_eq!(office.run("calendar show 2027 -f count").stdout.trim(), "0");
    });
}

#[test]
fn numbers_are_checked_and_residents_stay_masked() {
    let office = Office::new(Engine::Sqlite);
    let ran = office.run("check uscc 111200000001258074 111200000001258073 11620500438360764u -f csv").ends(3);
    assert_eq!(
        ran.stdout,
        "value,valid,normalised,reason,expected\n111200000001258074,true,111200000001258074,,\n\
         111200000001258073,false,111200000001258073,check-character,4\n11620500438360764u,false,11620500438360764U,typing,\n"
    );
    for format in ["csv", "json", "plain", "markdown", "ids"] {
        let ran = office.run(&format!("check id 11010519491231002X 11010519491231002x -f {format}")).ends(3);
        assert!(!ran.stdout.contains("19491231") && ran.stdout.contains("110105********002X"), "{}", ran.stdout);
    }
    office.run("check org 00012580-7 D2143569-X").ends(0);
    // T42.
    let now = office.run("check division 120107 -f csv").ends(3).stdout;
    assert!(now.contains("withdrawn,120116"), "{now}");
    office.run("check division 120107 --as-of 2005-01-01").ends(0);
}
