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
    let _ = writeln!(page, ".SH {}\n{}", words.own, words.own_text);
    page
}

/// Keeps a text from being read as a request or an escape.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\(rs").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
