//! The contract with scripts, held by walks over the whole command tree: a verb added
//! later cannot skip them.

use clap::Command;

use crate::support::{Engine, Office, on_each_engine, same_on_each_engine};

/// A line that exercises each verb in the prepared office, and the exit code it ends with.
/// A verb without a line here fails the walk.
const LINES: &[(&str, &str, i32)] = &[
    ("init", "init", 0),
    ("status", "status", 0),
    // Nothing was backed up yet.
    ("doctor", "doctor", 3),
    ("unit add", "unit add 95 --name 新处 --parent 00", 0),
    ("unit set", "unit set 01 --sort-no 3 --yes", 0),
    ("unit move", "unit move P2 --to P1 --yes", 0),
    ("unit rename", "unit rename P1 --name 甲二处 --yes", 0),
    ("unit merge", "unit merge P3 --into P1 --yes", 0),
    ("unit split", "unit split P4 --into P5:戊处 --successor P5 --yes", 0),
    ("unit close", "unit close P6 --yes", 0),
    ("unit history", "unit history P1", 0),
    ("unit list", "unit list", 0),
    ("unit tree", "unit tree", 0),
    ("unit show", "unit show 00", 0),
    ("unit import", "unit import units.csv --yes", 0),
    ("unit export", "unit export", 0),
    ("user add", "user add sunli --name 孙丽 --unit 00", 0),
    ("user list", "user list", 0),
    ("user show", "user show zhangwei", 0),
    ("user set", "user set u1 --name 甲 --yes", 0),
    ("user rename", "user rename u2 u22 --yes", 0),
    ("user disable", "user disable u3 --yes", 0),
    ("user enable", "user enable u4 --yes", 0),
    ("user lock", "user lock u5 --yes", 0),
    ("user unlock", "user unlock u6 --yes", 0),
    ("user password", "user password u1 --password-file phrase", 0),
    ("user transfer apply", "user transfer apply --due --yes", 0),
    ("user transfer cancel", "user transfer cancel u1 --yes", 0),
    ("user leave", "user leave u7 --kind retire --yes", 0),
    ("user return", "user return u8 --yes", 0),
    ("user handover", "user handover u1", 0),
    ("user activate", "user activate lina --code-file code --password-file phrase", 0),
    ("user delegate", "user delegate --from u1 --to zhangwei --until 2026-12-01", 0),
    // Gone since today only.
    ("user purge", "user purge u9 --confirm u9", 5),
    ("user import", "user import users.csv --yes", 0),
    ("user export", "user export", 0),
    ("role list", "role list", 0),
    ("role show", "role show clerk", 0),
    ("role define", "role define editor --name 编辑", 0),
    ("role permit", "role permit clerk doc:draft", 0),
    ("role deny", "role deny clerk info:submit", 0),
    ("role exclude", "role exclude deputy cashier", 0),
    ("role grant", "role grant zhangwei clerk --config lina.toml", 0),
    // The key is named: the new administrator has no second factor yet.
    ("role approve", "role approve chenyi deputy --second-factor K1 --config lina.toml", 0),
    ("role revoke", "role revoke zhangwei cashier --yes", 0),
    ("role requests", "role requests", 0),
    ("role grants", "role grants", 0),
    ("role matrix", "role matrix", 0),
    ("license list", "license list", 0),
    ("license show", "license show 取水许可", 0),
    ("license import", "license import list.csv --yes", 0),
    ("license diff", "license diff list.csv", 0),
    ("license tree", "license tree", 0),
    ("license history", "license history 取水许可", 0),
    ("license lint", "license lint", 0),
    ("license withdraw", "license withdraw 排水许可 --yes", 0),
    ("license link", "license link 河道采砂许可 --kind merged-into --to 取水许可 --yes", 0),
    ("license undo", "license undo 3 --yes", 0),
    ("license export", "license export --layout platform", 0),
    (
        "request add",
        "request add --unit 00 --applicant 甲 --kind natural_person --channel in_person --subject 水质 --arrived 2026-11-20",
        0,
    ),
    ("request assign", "request assign Q1 zhangwei", 0),
    ("request confirm", "request confirm Q1", 0),
    ("request supplement", "request supplement Q2 --ask 时段 --until 2026-12-10", 0),
    ("request consult", "request consult Q4 --with third --party 乙公司", 0),
    ("request reasons", "request reasons Q5 --ask 用途", 0),
    ("request extend", "request extend Q6 --approver 王主任 --because 复杂", 0),
    ("request fee", "request fee Q7 --pages 72", 0),
    ("request answer", "request answer Q8 --row 3.1", 0),
    ("request withdraw", "request withdraw Q9", 0),
    ("request reopen", "request reopen Q3 --because 判决", 0),
    ("request dispute", "request dispute R3 --kind review", 0),
    ("request correct", "request correct Q2 --kind business --because 误填", 0),
    ("request list", "request list", 0),
    ("request show", "request show Q2", 0),
    ("request due", "request due", 0),
    ("request charge", "request charge --pages 72", 0),
    ("case add", "case add 取水许可 --applicant 甲公司 --received 2026-11-20", 0),
    ("case assign", "case assign C2 zhangwei", 0),
    ("case accept", "case accept C1 --on 2026-11-23", 0),
    ("case correct", "case correct C2 --on 2026-11-23", 0),
    ("case pause", "case pause C3 --kind hearing --basis 听证", 0),
    ("case resume", "case resume C4", 0),
    ("case extend", "case extend C3 --approver 王局长 --because 复杂", 0),
    ("case decide", "case decide C5 --outcome granted", 0),
    ("case deliver", "case deliver C6", 0),
    ("case list", "case list", 0),
    ("case show", "case show C1", 0),
    ("case due", "case due", 0),
    ("case stats", "case stats 2026-11", 0),
    ("case import", "case import accept.csv --table accept --yes", 0),
    ("case export", "case export --table accept", 0),
    ("disclosure add", "disclosure add 水情通报 --unit 00 --attribute active --config organ.toml", 0),
    ("disclosure collect", "disclosure collect --yes", 0),
    ("disclosure abolish", "disclosure abolish T1 --because 废止", 0),
    ("disclosure set", "disclosure set 1 --attribute none --because 内部", 0),
    ("disclosure review", "disclosure review 1 --result pass", 0),
    ("disclosure publish", "disclosure publish T1 --channel wechat", 0),
    ("disclosure withdraw", "disclosure withdraw T1 --because 有误", 0),
    ("disclosure assess", "disclosure assess", 0),
    ("disclosure register", "disclosure register open 2026-10", 0),
    ("disclosure list", "disclosure list", 0),
    ("disclosure export", "disclosure export", 0),
    ("disclosure import", "disclosure import items.csv --yes", 0),
    ("calendar show", "calendar show 2026", 0),
    ("calendar import", "calendar import days.csv --yes", 0),
    ("calendar diff", "calendar diff days.csv", 0),
    ("calendar due", "calendar due --from 2026-11-02 --days 20", 0),
    ("calendar rules", "calendar rules", 0),
    ("check uscc", "check uscc 111200000001258074", 0),
    ("check org", "check org 00012580-7", 0),
    ("check id", "check id 11010519491231002X", 0),
    ("check division", "check division 120103", 0),
    ("stats month", "stats month 2026-10", 0),
    ("stats quarter", "stats quarter 2026-Q3", 0),
    ("stats halfyear", "stats halfyear 2026-H1", 0),
    ("stats rank", "stats rank 2026", 0),
    ("stats year", "stats year 2025", 0),
    ("stats figure", "stats figure 2025 20.8.1 35.65 --source 财务处", 0),
    ("stats forms", "stats forms", 0),
    ("stats freeze", "stats freeze 2025 --yes", 0),
    ("stats explain", "stats explain year:2026:1/total", 0),
    ("stats check", "stats check annual.json", 0),
    ("stats rate", "stats rate", 0),
    ("backup init", "backup init --repository second --password-file password", 0),
    ("backup run", "backup run --repository store --password-file password", 0),
    ("backup list", "backup list --repository store --password-file password", 0),
    ("backup verify", "backup verify --repository store --password-file password", 0),
    ("backup show", "backup show --repository store --password-file password", 0),
    ("backup undo", "backup undo", 4),
    ("backup drill", "backup drill --repository store --password-file password", 0),
    ("backup prune", "backup prune --keep-last 1 --yes --repository store --password-file password", 0),
    ("backup repair", "backup repair --yes --repository store --password-file password", 0),
    ("backup copy", "backup copy --to other --to-password-file password --repository store --password-file password", 0),
    ("backup key list", "backup key list --repository store --password-file password", 0),
    ("backup key add", "backup key add --new-password-file password --repository store --password-file password", 0),
    ("backup key remove", "backup key remove 000000 --repository store --password-file password --yes", 4),
    ("backup schedule", "backup schedule --repository store", 0),
    ("backup restore", "backup restore latest --repository store --password-file password -n", 0),
    ("audit run", "audit run --fail-on critical", 0),
    ("audit diff", "audit diff audit.json audit.json", 0),
    ("audit findings", "audit findings", 0),
    ("audit waive", "audit waive ACC-015 zhangwei --until 2027-01-31 --requested-by zhangwei --approved-by lina --reason 待购", 0),
    ("audit waivers", "audit waivers", 0),
    ("audit unwaive", "audit unwaive 1", 0),
    ("audit fix", "audit fix --yes", 0),
    ("audit rules", "audit rules", 0),
    ("audit explain", "audit explain ACC-001", 0),
    ("log list", "log list", 0),
    ("log show", "log show 1", 0),
    ("log tail", "log tail", 0),
    ("log verify", "log verify", 0),
    ("log checkpoint", "log checkpoint --print", 0),
    ("log prove", "log prove 1", 0),
    ("log export", "log export log.jsonl --to 1", 0),
    ("log purge", "log purge", 0),
    ("portal baseline", "portal baseline web --site 门户 --yes", 0),
    ("portal verify", "portal verify --site 门户", 0),
    ("db migrate", "db migrate --yes", 0),
    ("db status", "db status", 0),
    ("db check", "db check", 0),
    ("db copy", "db copy --to copied.db -n", 0),
    ("db roles", "db roles", 0),
    ("config show", "config show", 0),
    ("demo load", "demo load -n", 5),
    ("completions", "completions bash", 0),
    ("man", "man pages", 0),
];

fn verbs() -> Vec<String> {
    fn walk(command: &Command, path: &str, found: &mut Vec<String>) {
        if !command.has_subcommands() {
            found.push(path.trim().to_owned());
        }
        for sub in command.get_subcommands() {
            walk(sub, &format!("{path} {}", sub.get_name()), found);
        }
    }
    let mut found = Vec::new();
    walk(&swj::cli::tree(), "", &mut found);
    found
}

/// An office with something of everything.
fn prepared(engine: Engine) -> Office {
    let office = Office::ready(engine);
    office.write("units.csv", "单位编码,单位名称,上级单位编码\n01,办公室,00\n");
    office.write("users.csv", "账号,姓名,单位编码\nlihua,李华,00\n");
    for code in ["01", "P1", "P2", "P3", "P4", "P6"] {
        office.run(&format!("unit add {code} --name {code}处 --parent 00")).ends(0);
    }
    for n in 1..=9 {
        office.run(&format!("user add u{n} --name 人{n} --staff-no 9{n} --unit 00")).ends(0);
    }
    office.run("user disable u4 --yes").ends(0);
    office.run("user lock u6 --yes").ends(0);
    office.run("user leave u8 --yes").ends(0);
    office.run("user leave u9 --yes").ends(0);
    office.secret("phrase", "seven herons stand in the shallow water");
    office.write("list.csv", "事项名称,实施机关\n取水许可,市水务局\n");
    office.write("more.csv", "事项名称,实施机关\n排水许可,市水务局\n河道采砂许可,市水务局\n");
    let accepted = |n| format!("C{n},取水许可,2026-11-20,{},甲公司\n", if n < 3 { "" } else { "2026-11-23" });
    let rows: String = (1..=6).map(accepted).collect();
    office.write("accept.csv", format!("办件编号,事项名称,申请时间,受理时间,申请人名称\n{rows}"));
    office.write("items.csv", "索引号,名称,发布机构,生成日期,公开属性\n1,甲,天津市水务局,2026-10-01,主动公开\n");
    office.write(
        "published.csv",
        "索引号,名称,发布机构,生成日期,公开属性\nT1,乙,天津市水务局,2026-10-01,主动公开\n1,甲,天津市水务局,2026-10-01,主动公开\n",
    );
    office.write("days.csv", "日期,类型,名称,文号\n2027-01-01,休,元旦,国办发明电〔2026〕9号\n");
    office.write("organ.toml", "[disclosure]\norgan_code = \"000125365\"\n");
    office.secret("password", "correct horse");
    office.secret("code", "K7-activation");
    office.meddle(
        "INSERT INTO user_activation (user_id, code_sha256, issued_at, expires_on) SELECT id, \
         '581c15d9eab5afa570247c0e4af21f91cceaaf56e7a92425730e4047ff23c274', '2026-11-20 09:00:00+08:00', '2026-12-20' \
         FROM oa_user WHERE login_name = 'lina'",
    );
    office.write("author.toml", "actor = \"lihua\"\n");
    office.write("lina.toml", "actor = \"lina\"\n");
    office.write("zhangwei.toml", "actor = \"zhangwei\"\n");
    for line in ["clerk --name 经办人员", "cashier --name 出纳", "deputy --name 值班 --privileged yes"] {
        office.run(&format!("role define {line}")).ends(0);
    }
    office.run("role permit clerk info:submit").ends(0);
    office.run("role grant zhangwei cashier --config lina.toml").ends(0);
    office.run("user add chenyi --name 陈一 --unit 00").ends(0);
    office.run("role grant chenyi deputy --config zhangwei.toml").ends(0);
    office.run("disclosure import published.csv --yes --config author.toml").ends(0);
    office.run("disclosure review T1 --result pass").ends(0);
    office.run("disclosure publish T1").ends(0);
    office.run("license import list.csv --yes").ends(0);
    office.run("license import more.csv --yes").ends(0);
    office.write("third.csv", "事项名称,实施机关\n凿井许可,市水务局\n");
    office.run("license import third.csv --yes").ends(0);
    office.run("calendar import days.csv --yes").ends(0);
    office.meddle("UPDATE license_version SET valid_from = '2026-01-01'");
    office.run("case import accept.csv --table accept --yes").ends(0);
    office.run("case pause C4 --kind hearing --basis 听证").ends(0);
    office.run("case decide C6 --outcome granted").ends(0);
    for (no, channel) in [
        ("Q1", "online"),
        ("Q2", "in_person"),
        ("Q3", "oral"),
        ("R3", "oral"),
        ("Q4", "in_person"),
        ("Q5", "in_person"),
        ("Q6", "in_person"),
        ("Q7", "in_person"),
        ("Q8", "in_person"),
        ("Q9", "in_person"),
    ] {
        let line = format!("request add --unit 00 --applicant 甲 --kind natural_person --channel {channel} --subject 水质 --no {no}");
        office.run(&format!("{line} --arrived 2026-11-20")).ends(0);
    }
    office.run("request answer Q3 --row 3.1").ends(0);
    office.run("stats year 2025 -o annual.json").ends(0);
    office.run("request answer R3 --row 3.1").ends(0);
    office.repository("store", "password");
    office.run("backup run --repository store --password-file password").ends(0);
    office.repository("other", "password");
    office.run("audit run --keep --fail-on critical -o audit.json").ends(0);
    office.run("audit waive ACC-015 lina --until 2027-01-31 --requested-by lina --approved-by zhangwei --reason 待购").ends(0);
    office.run("log checkpoint --init-key log.key --anchor anchors.txt").ends(0);
    std::fs::create_dir(office.path("web")).unwrap();
    office.write("web/index.html", "首页");
    office.run("portal baseline web --site 门户").ends(0);
    office
}

fn line_of(verb: &str) -> (&'static str, i32) {
    let found = LINES.iter().find(|(name, _, _)| *name == verb);
    let (_, line, code) = found.unwrap_or_else(|| panic!("add a line for `swj {verb}` to LINES in tests/contract.rs"));
    (line, *code)
}

#[test]
fn every_verb_speaks_json_and_nothing_else_on_stdout() {
    on_each_engine(|engine| {
        let office = prepared(engine);
        for verb in verbs() {
            let (line, code) = line_of(&verb);
            let ran = office.run(&format!("{line} -f json")).ends(code);
            // Exit 3 is an answer too: there is something to look at.
            if code != 0 && code != 3 {
                assert!(ran.stdout.is_empty(), "{verb}: {}", ran.stdout);
                continue;
            }
            let json = ran.json();
            // The interchange document has the name other programs know it by.
            let name = if verb == "stats year" { "disclosure.annual_report".to_owned() } else { verb.replace(' ', ".") };
            let schema = format!("swj.{name}/1");
            assert_eq!(json["schema"], schema, "{verb}");
            assert!(json["generated_at"].as_str().unwrap().ends_with("+08:00"), "{verb}");
            let rows = json["data"].as_array().unwrap_or_else(|| panic!("{verb}: data is no array"));
            assert!(json["summary"].is_object() && json["warnings"].is_array(), "{verb}");
            for key in rows.iter().flat_map(|row| row.as_object().unwrap().keys()) {
                assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{verb}: {key} is not snake_case");
            }
        }
    });
}

#[test]
fn json_is_the_same_in_both_languages_but_for_words() {
    let office = prepared(Engine::Sqlite);
    for line in [
        "unit list",
        "user list",
        "license list",
        "stats month 2026-10",
        "stats rate",
        "audit rules --fields rule,severity,name",
        "db status",
    ] {
        assert_eq!(
            office.run(&format!("{line} -f json --lang zh")).stdout,
            office.run(&format!("{line} -f json --lang en")).stdout,
            "{line}"
        );
    }
}

#[test]
fn every_verb_takes_every_format() {
    let office = prepared(Engine::Sqlite);
    for verb in verbs() {
        let (line, code) = line_of(&verb);
        if code != 0 || line.contains("add ") || line.contains("backup init") {
            continue;
        }
        for format in ["table", "plain", "jsonl", "csv", "tsv", "markdown", "ids", "count"] {
            // A case goes its way once; a rehearsal can be repeated.
            let rehearsal = if ["case ", "request ", "disclosure ", "unit ", "user ", "role "].iter().any(|noun| verb.starts_with(noun)) {
                " -n"
            } else {
                ""
            };
            let ran = office.run(&format!("{line}{rehearsal} -f {format}")).ends(0);
            if format == "jsonl" {
                assert!(ran.stdout.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{verb}");
            }
            if format == "count" {
                assert!(ran.stdout.trim().parse::<u64>().is_ok(), "{verb}: {}", ran.stdout);
            }
        }
        assert!(office.run(&format!("{line} -f nonsense")).ends(2).stdout.is_empty(), "{verb}");
        // Formats of findings fit what finds, and nothing else; that is told before anything happens.
        for format in ["sarif", "junit"] {
            let ran = office.run(&format!("{line} -f {format}"));
            assert_eq!((ran.code, ran.stdout.is_empty()), if verb == "audit run" { (0, false) } else { (2, true) }, "{verb} {format}");
        }
    }
}

#[test]
fn every_changing_verb_has_a_dry_run_that_changes_nothing() {
    on_each_engine(|engine| {
        let office = prepared(engine);
        let before = (office.digests(&office.url()), office.run("log list -f count").stdout);
        for verb in verbs() {
            let (line, code) = line_of(&verb);
            if ["audit run", "log verify", "backup verify"].contains(&verb.as_str()) {
                continue;
            }
            office.run(&format!("{} -n", line.replace(" -n", ""))).ends(code);
        }
        assert_eq!((office.digests(&office.url()), office.run("log list -f count").stdout), before);
    });
}

#[test]
fn reading_verbs_give_the_same_bytes_on_both_engines() {
    same_on_each_engine(|office| {
        office.write("units.csv", "单位编码,单位名称,简称,上级单位编码\n10,办公室,局办,00\n2,水库处,,00\nA,甲,,00\na,乙,,00\n");
        office.run("unit import units.csv --yes").ends(0);
        office.write("list.csv", "事项名称,实施机关,编码\n取水许可,市水务局,b1\n排水许可,市水务局,\n河道采砂许可,市水务局,B0\n");
        office.run("license import list.csv --yes").ends(0);
        let lines = [
            "unit list",
            "unit tree",
            "unit export",
            "user list",
            "license list",
            "stats rate",
            "stats month 2026-10",
            "audit run --area ACC --fail-on critical",
            "audit rules",
        ];
        let mut all = String::new();
        for line in lines {
            for format in ["csv", "json", "plain"] {
                let out = office.run(&format!("{line} -f {format}")).ends(0).stdout;
                // An audit says of which database it is, and no two are the same.
                all.extend(out.lines().filter(|line| !line.contains("\"database_id\"")).flat_map(|line| [line, "\n"]));
            }
        }
        all
    });
}

#[test]
fn fields_sort_and_limit_work_everywhere_alike() {
    let office = prepared(Engine::Sqlite);
    office.run("demo load");
    assert_eq!(
        office.run("user list --fields login_name --sort -login_name --limit 2 -f csv").ends(0).stdout,
        "login_name\nzhangwei\nwangfang\n"
    );
    let limited = office.run("user list --limit 1 -f json").ends(0).json();
    assert_eq!(limited["summary"]["total"], 13);
    assert_eq!(office.run("user list -f ids --limit 1").stdout.lines().count(), 1);
}

#[test]
fn an_output_file_is_written_whole_and_its_ending_chooses_the_format() {
    let office = prepared(Engine::Sqlite);
    for (name, begins) in [("u.csv", "code,"), ("u.json", "{"), ("u.md", "|"), ("u.tsv", "code\t"), ("u.xlsx", "PK")] {
        let ran = office.run(&format!("unit list -o {name}")).ends(0);
        assert!(ran.stdout.is_empty());
        let bytes = std::fs::read(office.path(name)).unwrap();
        assert!(bytes.starts_with(begins.as_bytes()), "{name}");
    }
    assert!(office.run("unit list -o json").ends(2).stderr.contains("format"));
    let excel = office.run("unit list -f csv --excel --lang zh").ends(0).stdout;
    assert!(excel.starts_with('\u{feff}') && excel.contains("单位") || excel.contains("名称"), "{excel}");
    assert!(excel.contains("\r\n"));
}

#[test]
fn a_formula_in_a_name_is_made_harmless() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        office.run("unit add 01 --name =cmd|calc --parent 00").ends(0);
        assert!(office.run("unit list -f csv").stdout.contains("'=cmd|calc"));
        assert!(office.run("unit list -f json").stdout.contains("\"=cmd|calc\""));
        office.run("unit export -o u.csv").ends(0);
        assert_eq!(office.run("unit import u.csv --yes -f json").ends(0).json()["summary"]["changed"], 0);
    });
}

#[test]
fn strange_letters_survive_every_way_through() {
    same_on_each_engine(|office| {
        let name = "𠮷㐂“引号”,逗号\"双\"😀";
        office.run_words(&["unit", "add", "01", "--name", name, "--parent", "00"].map(String::from)).ends(0);
        assert_eq!(office.run("unit show 01 -f json").json()["data"][1]["value"], name);
        office.run("unit export -o u.csv").ends(0);
        let again = office.run("unit import u.csv --yes -f json").ends(0).json();
        assert_eq!(again["summary"]["changed"], 0);
        office.run("log verify").ends(0);
        office.run("unit list -f csv").stdout
    });
}

#[test]
fn quiet_says_nothing_and_stderr_is_for_people() {
    let office = prepared(Engine::Sqlite);
    let ran = office.run("unit add 96 --name 处 --parent 00 -q").ends(0);
    assert!(ran.stderr.is_empty());
    let ran = office.run("unit add 97 --name 处 --parent 00").ends(0);
    assert!(ran.stderr.contains("Added"));
}

#[test]
fn the_exit_codes_stand_in_their_manual_page() {
    let page = std::fs::read_to_string(crate::support::root().join("man/swj-exit-codes.7")).unwrap();
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130", "143"] {
        assert!(page.lines().any(|line| line == format!(".B {code}")), "exit code {code}");
    }
}

#[test]
fn interrupted_work_ends_with_130_and_leaves_nothing() {
    on_each_engine(|engine| {
        let office = Office::ready(engine);
        let rows: String = (0..20_000).map(|n| format!("事项{n},市水务局\n")).collect();
        office.write("large.csv", format!("事项名称,实施机关\n{rows}"));
        let line = "license import large.csv --yes -q -f count";
        let whole = office.start(&format!("{line} -n")).takes();
        for (signal, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
            // In the middle of what a rehearsal takes.
            let mut child = office.start(line);
            assert!(child.stops_at(|me| me.used() >= whole / 2));
            child.send(signal);
            child.goes_on();
            assert_eq!(child.ends(), Some(code));
        }
        office.is_alone();
        assert_eq!(office.run("license list -f count").ends(0).stdout.trim(), "0");
    });
}
