//! What a report says in words, held against its tables (D1) and against itself (D2).

use super::annual::{Annual, Broken, RESULTS, Severity};
use super::figure::{Amount, Figure};
use crate::intake::chinese_number;

/// A figure the text may name: the words before it, the cell that should agree, and what it may be said of.
struct Saying {
    words: &'static [&'static str],
    place: (&'static str, &'static str, &'static str),
    /// Any of these agrees; some words mean the results without 其他处理 in one report and with it in another.
    fits: Vec<Amount>,
}

/// D1: figures in the prose against the totals of the tables; D2: parts and percentages in the prose itself.
pub fn prose(annual: &Annual, text: &str) -> Vec<Broken> {
    let text = &arabic(text);
    let mut found = Vec::new();
    for Saying { words, place: (table, row, column), fits } in sayings(annual) {
        let of_results = row.starts_with('3') && row != "3.7";
        let said: Vec<Amount> = words
            .iter()
            .flat_map(|word| text.match_indices(word).map(move |(at, _)| (at, word)))
            .filter(|(at, _)| said_of_requests(&text[..*at], annual.year, of_results))
            .filter_map(|(at, word)| number_of_cases(&text[at + word.len()..]))
            .collect();
        // A text names last year's figure too: only when none of its figures is the table's do they disagree.
        if let (Some(said), Some(wanted)) = (said.first().filter(|_| !said.iter().any(|said| fits.contains(said))), fits.first()) {
            found.push(Broken {
                rule: "D1",
                severity: Severity::Warning,
                table: table.to_owned(),
                row: row.to_owned(),
                column: column.to_owned(),
                left: said.to_string(),
                right: wanted.to_string(),
            });
        }
    }
    found.extend(parts(text));
    found
}

/// What of a report is held against its text.
fn sayings(annual: &Annual) -> Vec<Saying> {
    let sum = |cells: &mut dyn Iterator<Item = Figure>| {
        let cells: Vec<Amount> = cells.filter_map(Figure::number).collect();
        (!cells.is_empty()).then(|| cells.into_iter().fold(Amount::default(), |sum, n| sum + n))
    };
    let total = |prefix: &str| {
        let under = |code: &str| code == prefix || code.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        sum(&mut annual.applications.iter().filter(|(code, _)| under(code)).map(|(_, row)| row[6]))
    };
    let made = |code: &str| annual.proactive.get(code).and_then(|row| row.first()?.number());
    let last = RESULTS.len() - 1;
    let group = |at: usize| annual.disputes[at][last].number();
    let ended = |at: usize| sum(&mut annual.disputes[at][..last - 1].iter().copied());
    let both = |one: Option<Amount>, other: Option<Amount>| Some(one? + other?);
    let (new, carried, done, other) = (total("1"), total("2"), total("3.7"), total("3.6"));
    let without_other = Some(()).and_then(|()| Some(done? - other?));
    let say = |words: &'static [&'static str], place: (&'static str, &'static str, &'static str), fits: &[Option<Amount>]| Saying {
        words,
        place,
        fits: fits.iter().copied().flatten().collect(),
    };
    let all = [
        say(&["新收政府信息公开申请", "新收到政府信息公开申请", "新收申请", "新收到申请"], ("三", "1", "total"), &[new]),
        say(
            &["收到政府信息公开申请", "收到依申请公开", "受理政府信息公开申请", "受理依申请公开", "收到申请", "受理申请"],
            ("三", "1", "total"),
            &[new, both(new, carried)],
        ),
        say(&["上年结转", "上年度结转"], ("三", "2", "total"), &[carried]),
        say(&["结转下年度继续办理", "结转下一年度", "结转下年度"], ("三", "4", "total"), &[total("4")]),
        say(
            &["办结政府信息公开申请", "办结依申请公开", "办结申请", "答复政府信息公开申请", "答复申请", "已办结", "全部办结", "已答复"],
            ("三", "3.7", "total"),
            &[done, without_other],
        ),
        say(&["部分公开"], ("三", "3.2", "total"), &[total("3.2")]),
        say(&["不予公开"], ("三", "3.3", "total"), &[total("3.3")]),
        say(&["予以公开"], ("三", "3.1", "total"), &[total("3.1")]),
        say(&["无法提供"], ("三", "3.4", "total"), &[total("3.4")]),
        say(&["不予处理"], ("三", "3.5", "total"), &[total("3.5")]),
        say(&["其他处理"], ("三", "3.6", "total"), &[other]),
        say(&["行政复议"], ("四", "R", "总计"), &[group(0), ended(0)]),
        say(&["行政诉讼"], ("四", "L1+L2", "总计"), &[both(group(1), group(2)), both(ended(1), ended(2)), group(1), group(2)]),
        say(&["制发行政规范性文件", "制定行政规范性文件", "制发规范性文件"], ("二", "20.1.2", "1"), &[made("20.1.2")]),
        say(
            &["废止行政规范性文件", "废止规范性文件"],
            ("二", "20.1.2", "2"),
            &[annual.proactive.get("20.1.2").and_then(|row| row.get(1)?.number())],
        ),
        say(&["行政许可"], ("二", "20.5.1", "1"), &[made("20.5.1")]),
        say(&["行政处罚"], ("二", "20.6.1", "1"), &[made("20.6.1")]),
        say(&["行政强制"], ("二", "20.6.2", "1"), &[made("20.6.2")]),
    ];
    all.into_iter().filter(|saying| !saying.fits.is_empty()).collect()
}

/// Full-width digits, and Chinese numerals before 件, as ASCII ones; nothing else moves.
fn arabic(text: &str) -> String {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        other => other,
    };
    let numeral = |c: char| "〇零一二两三四五六七八九十百千万".contains(c);
    let mut out = String::with_capacity(text.len());
    for (n, piece) in text.split('件').enumerate() {
        if n > 0 {
            out.push('件');
        }
        let words = piece.trim_end_matches(numeral);
        let number = &piece[words.len()..];
        let counted = text.len() > piece.len() && !number.is_empty();
        match chinese_number(number).filter(|_| counted && !words.ends_with(|c: char| c.is_ascii_digit() || c == '第')) {
            // 同一件事 counts nothing.
            Some(n) if !words.ends_with(['同', '每', '某', '任']) => {
                out.extend(words.chars().map(plain));
                out.push_str(&n.to_string());
            }
            _ => out.extend(piece.chars().map(plain)),
        }
    }
    out
}

/// Whether what comes behind this text is said of this year's requests: not of another year, and words such as 不予公开,
/// which documents are given too, not of documents.
fn said_of_requests(before: &str, year: i16, of_results: bool) -> bool {
    let sentence =
        &before[before.rfind(['。', '；', ';', '\n']).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))..];
    let other_year =
        sentence.match_indices('年').filter_map(|(at, _)| sentence[..at].get(at.checked_sub(4)?..)?.parse::<i16>().ok()).next_back();
    let documents = ["公文", "制发", "文件", "主动公开", "公开属性"].iter().filter_map(|word| sentence.rfind(word)).max();
    let requests = ["申请", "办结", "答复", "受理"].iter().filter_map(|word| sentence.rfind(word)).max();
    // 依申请公开 is an attribute of documents there, no request.
    let attribute = sentence.contains("依申请公开") && documents.is_some();
    other_year.is_none_or(|other| other == year) && !(of_results && documents.is_some() && (attribute || requests < documents))
}

/// D2: parts that are more than their whole, or said to be all of it and are not; percentages of the whole.
///
/// A list after 其中 need not be complete, so a smaller sum says nothing unless the text says that these are all.
fn parts(text: &str) -> Vec<Broken> {
    let warn = |column: &str, left: String, right: String| Broken { right, ..Broken::warning("D2", ("", "", column), &left) };
    let mut found = Vec::new();
    for sentence in text.split(['。', '；', '\n']) {
        let Some((before, list)) = sentence.split_once("其中") else { continue };
        let Some(whole) = counts(before).pop() else { continue };
        let list = &without_brackets(list);
        let parts =
            counts(&list[..["已答复", "均", "共计", "合计", "总计"].iter().filter_map(|word| list.find(word)).min().unwrap_or(list.len())]);
        // Parts that add up make the whole; what a sentence says after that is another way to part it.
        let mut sums = parts.iter().scan(Amount::default(), |sum, part| {
            *sum = *sum + *part;
            Some(*sum)
        });
        let adds_up = sums.any(|sum| sum == whole);
        let sum = parts.iter().fold(Amount::default(), |sum, part| sum + *part);
        let complete = ["分别为", "分别是", "即"].iter().any(|word| list.contains(word));
        let wrong =
            sum > whole && parts.len() > 1 || parts.iter().any(|part| *part > whole) || (complete && parts.len() > 1 && sum != whole);
        if wrong && !adds_up {
            found.push(warn("parts", sum.to_string(), whole.to_string()));
        }
        for (share, percent) in percentages(list) {
            let (Some(part), Some(all)) = (share.as_whole(), whole.as_whole().filter(|all| *all > 0)) else { continue };
            let places = percent.split_once('.').map_or(0, |(_, places)| places.len());
            let Ok(said) = percent.parse::<f64>() else { continue };
            // Counts of a report are far below what a double holds exactly.
            #[allow(clippy::cast_precision_loss)]
            let right = part as f64 * 100.0 / all as f64;
            if (said - right).abs() > 0.5 / 10_f64.powi(i32::try_from(places).unwrap_or(0)) + 1e-9 {
                found.push(warn("percent", format!("{percent}%"), format!("{right:.places$}%")));
            }
        }
    }
    found
}

/// A text without what stands in round brackets: parts of a part.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_i32;
    text.chars()
        .filter(|c| {
            depth += i32::from(matches!(c, '（' | '('));
            let outside = depth == 0;
            depth = (depth - i32::from(matches!(c, '）' | ')'))).max(0);
            outside
        })
        .collect()
}

/// Every `12件` of a text that is a number of things, not how many more or fewer they are.
fn counts(text: &str) -> Vec<Amount> {
    text.match_indices('件')
        .filter_map(|(at, _)| {
            let before = text[..at].trim_end();
            let digits = before.chars().rev().take_while(|c| c.is_ascii_digit() || *c == ',').count();
            let clause = &before[..before.len() - digits];
            let clause = &clause[clause.rfind(['，', '、', ',', '：', ':']).map_or(0, |at| at)..];
            let change = ["同比", "增加", "减少", "增长", "下降", "上升"].iter().any(|word| clause.contains(word));
            Amount::read(&before[before.len() - digits..]).filter(|_| digits > 0 && !change)
        })
        .collect()
}

/// Every `12件，占…34.5%` of a text: the count and the percentage as written.
fn percentages(text: &str) -> Vec<(Amount, String)> {
    text.match_indices('件')
        .filter_map(|(at, word)| {
            let count = counts(&text[..at + word.len()]).pop()?;
            let behind = text[at + word.len()..].trim_start_matches(['，', ',', '（', '(']).strip_prefix('占')?;
            let behind = &behind[..behind.find(['件', '，', '、']).unwrap_or(behind.len())];
            let end = behind.find(['%', '％'])?;
            let digits = behind[..end].trim_end().chars().rev().take_while(|c| c.is_ascii_digit() || *c == '.').count();
            Some((count, behind[..end].trim_end()[behind[..end].trim_end().len() - digits..].to_owned())).filter(|_| digits > 0)
        })
        .collect()
}

/// `共12件` right behind the words: the number, when 件 follows it and nothing else comes between.
fn number_of_cases(after: &str) -> Option<Amount> {
    let after = ["政府信息公开", "申请", "案件", "决定"].iter().fold(after, |after, word| after.trim_start_matches(word));
    let rest = after.trim_start_matches(['的', '共', '计', '为', '有', '了', '：', ':', '数', '量', ' ']);
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    let behind = rest[digits.len()..].trim_start();
    (!digits.is_empty() && behind.starts_with('件')).then(|| Amount::read(&digits)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::annual::tests::sound;

    #[test]
    fn parts_and_percentages_of_the_prose_are_worked_out_again() {
        let said = |text: &str| {
            parts(text).into_iter().map(|found| format!("{} {} {}", found.column, found.left, found.right)).collect::<Vec<_>>()
        };
        assert_eq!(said("办结申请20件，其中予以公开8件，占40%，部分公开6件，占30.0%。"), Vec::<String>::new());
        assert_eq!(said("办结申请20件，其中予以公开8件，占45%。"), ["percent 45% 40%"]);
        assert_eq!(said("办结申请20件，其中予以公开18件、部分公开6件。"), ["parts 24 20"]);
        assert_eq!(said("办结20件，其中三类分别为8件、6件、5件。"), ["parts 19 20"]);
        assert_eq!(said("公开信息300件，其中公文类12件、动态类100件。"), Vec::<String>::new(), "a list need not be complete");
    }

    #[test]
    fn prose_is_held_against_the_tables() {
        let report = sound(2024);
        assert_eq!(prose(&report, "2024年，新收政府信息公开申请16件，上年结转1件。其中予以公开9件，部分公开3件，不予公开0件。"), []);
        let found = prose(&report, "新收政府信息公开申请15件，上年结转1件");
        assert_eq!(
            found.iter().map(|found| (found.row.as_str(), found.left.as_str(), found.right.as_str())).collect::<Vec<_>>(),
            [("1", "15", "16")]
        );
        assert_eq!(prose(&report, "新收政府信息公开申请，同比增长15%"), []);
        assert_eq!(prose(&report, "全年新收政府信息公开申请十六件，办结申请１５件。"), []);
        let said = |text: &str| {
            let found = prose(&report, text).into_iter().map(|found| format!("{} {} {}", found.row, found.left, found.right));
            found.collect::<Vec<_>>()
        };
        let number = |figure: Figure| figure.number().unwrap_or_default();
        let (new, done) = (number(report.applications["1"][6]), number(report.applications["3.7"][6]));
        assert_eq!(said("全年收到政府信息公开申请九十八件。"), [format!("1 98 {new}")]);
        assert_eq!(said("已办结77件。"), [format!("3.7 77 {done}")]);
        let four = number(report.disputes[0][4]);
        assert_eq!(said("发生行政复议案件55件。"), [format!("R 55 {four}")]);
        assert_eq!(said(&format!("发生行政复议案件{four}件。")), Vec::<String>::new());
        assert_eq!(said("2023年，收到政府信息公开申请98件。"), Vec::<String>::new(), "another year's");
    }
}
