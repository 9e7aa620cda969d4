//! The language a person is spoken to in: 简体中文 and English as equals.
//!
//! Messages live in `locale/en/swj.ftl` and `locale/zh-CN/swj.ftl`; the build
//! fails on an id or a variable the English file does not have, and a test holds
//! both files to the same ids and variables. Data on stdout never depends on it.

use std::sync::LazyLock;

use i18n_embed::LanguageLoader as _;
use i18n_embed::fluent::{FluentLanguageLoader, fluent_language_loader};

#[derive(rust_embed::RustEmbed)]
#[folder = "locale/"]
#[include = "*.ftl"]
struct Messages;

/// The messages in the chosen language; English until [`speak`] is called.
pub static LOADER: LazyLock<FluentLanguageLoader> = LazyLock::new(|| {
    let loader = fluent_language_loader!();
    load(&loader, Language::English);
    loader
});

/// A sentence from the locale files: `say!("unit-unknown", code = code)`.
#[macro_export]
macro_rules! say {
    ($id:literal) => { i18n_embed_fl::fl!($crate::locale::LOADER, $id) };
    ($id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        i18n_embed_fl::fl!($crate::locale::LOADER, $id, $($name = $value),+)
    };
}

/// A language of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub enum Language {
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN", alias = "zh")]
    Chinese,
}

impl Language {
    /// The tag of the locale folder.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Reads a tag or POSIX locale name: `zh`, `zh_CN.UTF-8`, `en`, `C` …
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let word = name.split(['.', '@', '_', '-']).next().unwrap_or_default();
        match word {
            "zh" => Some(Self::Chinese),
            "en" | "c" | "posix" => Some(Self::English),
            _ => None,
        }
    }
}

/// Speaks this language from now on.
pub fn speak(language: Language) {
    load(&LOADER, language);
}

/// The language being spoken.
pub fn spoken() -> Language {
    if LOADER.current_language().language.as_str() == "zh" { Language::Chinese } else { Language::English }
}

fn load(loader: &FluentLanguageLoader, language: Language) {
    let tag = language.tag().parse().expect("the tags above are valid");
    // Only compiled-in files are read; a test loads both languages.
    loader.load_languages(&Messages, &[tag]).expect("both locale files are compiled in");
    // Isolation marks are for mixed right-to-left text; terminals show them as boxes.
    loader.set_use_isolating(false);
}

/// Chooses the language: `--lang`, `SWJ_LANG`, then the first of `LC_ALL`,
/// `LC_MESSAGES`, `LANG` that is set, then the configuration, then English.
///
/// `C` and `POSIX` mean English and stop: scripts that set `LC_ALL=C` rely on it.
/// The Linux console has no Chinese glyphs, so it gets English unless the first
/// two asked for Chinese.
pub fn choose(asked: Option<&str>, configured: Option<Language>, env: impl Fn(&str) -> Option<String>) -> Language {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(language) = asked.and_then(Language::from_name) {
        return language;
    }
    if let Some(language) = set("SWJ_LANG").and_then(|name| Language::from_name(&name)) {
        return language;
    }
    let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) else {
        return configured.unwrap_or(Language::English);
    };
    let word = locale.split(['.', '@']).next().unwrap_or_default();
    if word == "C" || word == "POSIX" {
        return Language::English;
    }
    if set("TERM").as_deref() == Some("linux") {
        return Language::English;
    }
    let preferred = set("LANGUAGE").and_then(|list| list.split(':').find_map(Language::from_name));
    preferred.or_else(|| Language::from_name(&locale)).unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(asked: Option<&str>, env: &[(&str, &str)]) -> Language {
        choose(asked, None, |name| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_flag_comes_first_then_the_environment() {
        use Language::{Chinese, English};
        let cases: &[(Option<&str>, &[(&str, &str)], Language)] = &[
            (Some("en"), &[("SWJ_LANG", "zh")], English),
            (None, &[("SWJ_LANG", "zh"), ("LC_ALL", "C")], Chinese),
            (None, &[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")], English),
            (None, &[("LC_ALL", "C.UTF-8"), ("LANG", "zh_CN.UTF-8")], English),
            (None, &[("LC_ALL", ""), ("LC_MESSAGES", "zh_CN.UTF-8"), ("LANG", "en_US.UTF-8")], Chinese),
            (None, &[("LANG", "zh_TW.UTF-8")], Chinese),
            (None, &[("LANG", "zh_CN.UTF-8"), ("LANGUAGE", "en:zh")], English),
            (None, &[("LANG", "de_DE.UTF-8")], English),
            (None, &[("LANG", "zh_CN.UTF-8"), ("TERM", "linux")], English),
            (Some("zh"), &[("TERM", "linux")], Chinese),
            (None, &[], English),
        ];
        for (asked, env, expected) in cases {
            assert_eq!(chosen(*asked, env), *expected, "{asked:?} {env:?}");
        }
    }

    #[test]
    fn without_any_locale_the_configuration_decides() {
        assert_eq!(choose(None, Some(Language::Chinese), |_| None), Language::Chinese);
    }
}
