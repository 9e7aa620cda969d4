//! Cells as they should have been typed: codes, names, and the ways of saying nothing.

use std::sync::atomic::{AtomicU32, Ordering};

use unicode_normalization::UnicodeNormalization;

/// A code without the accidents of typing: NFKC, no white space, upper case. None when
/// the cell says there is none (空, 无, `/`, `-`).
///
/// # Errors
/// The text, when a spreadsheet kept the code as a number (`1.19013E+08`).
pub fn code(cell: &str) -> Result<Option<String>, String> {
    if !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Ok(Some(cell.to_owned()));
    }
    let code: String = cell.nfkc().filter(|c| !c.is_whitespace() && !invisible(*c)).collect::<String>().to_uppercase();
    if nothing(&code) {
        return Ok(None);
    }
    let number = code.contains('.') && code.contains("E+") && code.chars().all(|c| c.is_ascii_digit() || ".E+".contains(c));
    if number { Err(code) } else { Ok(Some(code)) }
}

/// A name without outer white space and inner line breaks. Between Chinese characters a
/// break leaves no blank behind (M5); between Latin words it does.
pub fn name(cell: &str) -> String {
    let cell = without_number(cell);
    if !cell.contains(|c: char| c.is_whitespace() || invisible(c)) {
        return cell.to_owned();
    }
    let mut text = String::with_capacity(cell.len());
    let mut gap = false;
    for c in cell.chars().filter(|c| !invisible(*c)) {
        if c.is_whitespace() {
            gap = !text.is_empty();
            continue;
        }
        if gap && c.is_ascii() && text.ends_with(|last: char| last.is_ascii_alphanumeric()) {
            text.push(' ');
        }
        gap = false;
        text.push(c);
    }
    text
}

/// A name without the number a list puts before it: `3.取水许可`, `3、取水许可`.
fn without_number(cell: &str) -> &str {
    let cell = crate::intake::trimmed(cell);
    let rest = cell.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == cell.len() || cell.len() - rest.len() > 3 {
        return cell;
    }
    match rest.strip_prefix(['.', '、', '．']) {
        Some(name) if name.starts_with(|c: char| !c.is_ascii_digit()) => crate::intake::trimmed(name),
        _ => cell,
    }
}

/// Words that lists write in two ways (M18); keys use the second.
const VARIANTS: [(&str, &str); 5] = [("渔塘", "鱼塘"), ("兼做", "兼作"), ("其它", "其他"), ("帐", "账"), ("〇", "○")];
/// How those words begin.
const BEGINNINGS: [char; 5] = ['渔', '兼', '其', '帐', '〇'];

/// What two spellings of one name have in common: NFKC (which unifies full width and
/// brackets), all white space out, lower case, simplified characters, one way of writing
/// words that have two. Only keys are changed so, never what is kept.
pub fn name_key(name: &str) -> String {
    // Nothing to unify: Chinese characters, digits and small letters are their own key.
    if name.chars().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c) || c.is_ascii_digit() || c.is_ascii_lowercase()) {
        return one_way(name);
    }
    let mut key = once(name);
    // Taking white space out can bring marks together that NFKC then puts in order; it settles at once.
    loop {
        let again = once(&key);
        if again == key {
            return one_way(&key);
        }
        key = again;
    }
}

/// The simplified form of a character. Looking one up costs far more than remembering it.
fn simplified(c: char) -> char {
    const FIRST: u32 = 0x4e00;
    static KNOWN: [AtomicU32; 0x5200] = [const { AtomicU32::new(0) }; 0x5200];
    let Some(known) = (c as u32).checked_sub(FIRST).and_then(|at| KNOWN.get(at as usize)) else { return c };
    match char::from_u32(known.load(Ordering::Relaxed)) {
        Some(found) if found != '\0' => found,
        _ => {
            let found = fast2s::convert(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c);
            known.store(found as u32, Ordering::Relaxed);
            found
        }
    }
}

fn one_way(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    let mut in_two_ways = false;
    for c in key.chars().map(simplified) {
        in_two_ways |= BEGINNINGS.contains(&c);
        text.push(c);
    }
    if in_two_ways {
        for (from, to) in VARIANTS {
            text = text.replace(from, to);
        }
    }
    text
}

fn once(name: &str) -> String {
    let bracket = |c| match c {
        '〔' | '【' => '(',
        '〕' | '】' => ')',
        other => other,
    };
    name.nfkc().filter(|c| !c.is_whitespace() && !invisible(*c)).map(bracket).flat_map(char::to_lowercase).collect()
}

/// A cell that says something; 无, `/`, `-` and the empty cell say nothing.
pub fn said(cell: &str) -> Option<String> {
    let text = crate::intake::trimmed(cell);
    if nothing(text) { None } else { Some(text.to_owned()) }
}

/// What a descriptive cell says: 无, `/` and `-` say that there is none, which is not
/// the same as an empty cell (M10).
pub fn stated(cell: &str) -> Option<String> {
    let text = crate::intake::trimmed(cell);
    match text {
        "" => None,
        text if nothing(text) => Some("无".to_owned()),
        text => Some(text.to_owned()),
    }
}

fn nothing(text: &str) -> bool {
    text.is_empty() || text == "无" || text.chars().all(|c| matches!(c, '/' | '-' | '—' | '－' | '–' | '／'))
}

fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{2060}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_lose_the_accidents_of_typing() {
        assert_eq!(code(" ０００１１９０１３０００\u{200b}"), Ok(Some("000119013000".into())));
        assert_eq!(code("11620500438360764u3000119022000").unwrap().unwrap(), "11620500438360764U3000119022000");
        for none in ["", "无", "/", "——", " - "] {
            assert_eq!(code(none), Ok(None), "{none}");
        }
        assert_eq!(code("1.19013E+08"), Err("1.19013E+08".into()));
    }

    #[test]
    fn a_line_break_inside_a_chinese_name_leaves_no_blank() {
        assert_eq!(name("取水许可\n（延续）"), "取水许可（延续）");
        assert_eq!(name("\u{3000}向国际组织、外国的组织或个人 提供资料 "), "向国际组织、外国的组织或个人提供资料");
        assert_eq!(name("ISO 9001\nquality"), "ISO 9001 quality");
    }

    #[test]
    fn none_is_not_unknown() {
        assert_eq!(stated(""), None);
        assert_eq!(stated(" / ").as_deref(), Some("无"));
        assert_eq!(stated("见附件").as_deref(), Some("见附件"));
    }

    #[test]
    fn traditional_characters_and_variants_match_but_stay() {
        assert_eq!(name("兼做水工程許可"), "兼做水工程許可");
        assert_eq!(name_key("兼做水工程許可"), name_key("兼作水工程许可"));
        assert_eq!(name_key("修建码头、渔塘许可"), name_key("修建码头、鱼塘许可"));
    }

    #[test]
    fn every_word_with_two_ways_is_looked_for_by_its_beginning() {
        assert_eq!(VARIANTS.map(|(from, _)| from.chars().next().unwrap()), BEGINNINGS);
    }

    #[test]
    fn the_number_of_a_list_is_no_part_of_a_name() {
        assert_eq!(name("12.取水许可"), "取水许可");
        assert_eq!(name("3、取水许可"), "取水许可");
        assert_eq!(name("1998年取水许可"), "1998年取水许可");
    }

    #[test]
    fn brackets_and_full_width_do_not_make_another_name() {
        assert_eq!(name_key("取水许可（第３类）"), name_key("取水许可(第3类)"));
    }

    proptest! {
        #[test]
        fn a_key_of_a_key_is_the_key(text in "\\PC{0,40}") {
            let key = name_key(&text);
            prop_assert_eq!(name_key(&key), key);
        }

        #[test]
        fn a_clean_name_stays(text in "[\\PC]{0,40}") {
            let once = name(&text);
            prop_assert_eq!(name(&once), once);
        }
    }
}
