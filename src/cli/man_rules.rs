//! `swj-audit-rules(7)`: every rule with its clause, its reason and its remedy, from the files that are run.

use std::fmt::Write as _;

use crate::audit::{Rule, Severity};

/// What differs between the two languages.
struct Words {
    summary: &'static str,
    head: &'static str,
    intro: &'static str,
    why: &'static str,
    clause: &'static str,
    remedy: &'static str,
    never: &'static str,
    severities: [&'static str; 4],
    own: &'static str,
    own_text: &'static str,
    waivers: &'static str,
    waivers_text: &'static str,
    adapters: &'static str,
    adapters_text: &'static str,
}

const ENGLISH: Words = Words {
    summary: "what swj audit run looks for",
    head: "NAME",
    intro: "Each rule is one SELECT that returns one row for each fault; no row means pass. The texts here are those of the files that are run.",
    why: "Why: ",
    clause: "Clause: ",
    remedy: "Remedy: ",
    never: "May not be waived.",
    severities: ["low", "medium", "high", "critical"],
    own: "A SITE'S OWN RULES",
    own_text: "Files of the same form in /etc/swj/audit.d, or where audit.rules_folder points: a header of lines \\(lq-- key: value\\(rq (id, name, severity, title.zh, title.en, clause, parameters, remedy, why.zh, why.en, waivable), then one SELECT that returns t (table), k (natural key) and d (detail). Each is checked when it is loaded, and run in a transaction that cannot write.",
    waivers: "A FILE OF WAIVERS",
    waivers_text: "A file of waivers (\\-\\-waivers, audit.waivers_file) is TOML: for each finding a table [[waiver]] with rule, key or fingerprint (and table, where one key stands in two), reason, requested_by, approved_by (another person), expires (at most a year away) and basis_doc_no, if there is one. An unknown rule, or one that may not be waived, refuses the file.",
    adapters: "ADAPTERS",
    adapters_text: "An adapter (\\-\\-adapter) is TOML: name, and for each of our tables a table [tables.NAME] with select, one SELECT that gives its columns from the other program\\(aqs. A column the other program does not have is left out, and the rules that need it are skipped. The one for RuoYi comes with the program; in the source it is sql/adapters/ruoyi.toml.",
};

const CHINESE: Words = Words {
    summary: "swj audit run 检查什么",
    head: "名称",
    intro: "每条规则是一条 SELECT，每处问题返回一行；没有行即为通过。此处文字取自所运行的规则文件。",
    why: "缘由：",
    clause: "依据：",
    remedy: "处理：",
    never: "不得豁免。",
    severities: ["低", "中", "高", "严重"],
    own: "自定规则",
    own_text: "同样形式的文件放在 /etc/swj/audit.d，或 audit.rules_folder 所指的目录：开头是 \\(lq-- 键: 值\\(rq 的行（id、name、severity、title.zh、title.en、clause、parameters、remedy、why.zh、why.en、waivable），其后是一条 SELECT，返回 t（表）、k（自然键）、d（说明）。载入时逐一检查，并在不能写入的事务中运行。",
    waivers: "豁免文件",
    waivers_text: "豁免文件（\\-\\-waivers，audit.waivers_file）为 TOML：每项发现一个 [[waiver]]，写明 rule、key 或 fingerprint（同一 key 见于两表时另写 table）、reason、requested_by、approved_by（另一人）、expires（最长一年），有依据文号的写 basis_doc_no。规则不存在或不得豁免的，整个文件不予采用。",
    adapters: "适配文件",
    adapters_text: "适配文件（\\-\\-adapter）为 TOML：name，以及每张表一个 [tables.表名]，其 select 是一条 SELECT，从他系统的表给出本系统的列。他系统没有的列不写，需要它的规则即跳过。若依的适配文件随程序提供，源码中为 sql/adapters/ruoyi.toml。",
};

/// The page, in English or in Chinese.
pub(super) fn page(rules: &[Rule], chinese: bool) -> String {
    let words = if chinese { &CHINESE } else { &ENGLISH };
    let description = if chinese { "描述" } else { "DESCRIPTION" };
    let mut page = format!(
        ".TH SWJ-AUDIT-RULES 7 \"\" swj swj\n.SH {}\nswj\\-audit\\-rules \\- {}\n.SH {description}\n{}\n",
        words.head, words.summary, words.intro
    );
    for area in rules.chunk_by(|a, b| a.area() == b.area()) {
        let _ = writeln!(page, ".SH {}", area[0].area());
        for rule in area {
            let (title, why, remedy) =
                if chinese { (&rule.title_zh, &rule.why_zh, &rule.remedy_zh) } else { (&rule.title_en, &rule.why_en, &rule.remedy_en) };
            let severity = Severity::ALL.iter().position(|severity| *severity == rule.severity).map_or("", |at| words.severities[at]);
            let _ = writeln!(page, ".TP\n.B {}\n{} ({severity})", roff(&rule.id), roff(title));
            for (label, text) in [(words.why, why), (words.clause, &rule.clause), (words.remedy, remedy)] {
                if !text.is_empty() {
                    let _ = writeln!(page, ".br\n{label}{}", roff(text));
                }
            }
            if !rule.waivable {
                let _ = writeln!(page, ".br\n{}", words.never);
            }
        }
    }
    for (heading, text) in [(words.own, words.own_text), (words.waivers, words.waivers_text), (words.adapters, words.adapters_text)] {
        let _ = writeln!(page, ".SH {heading}\n{text}");
    }
    page
}

/// Keeps a text from being read as a request or an escape.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\(rs").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
