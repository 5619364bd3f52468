//! What pages say, in every language there is: one file each under `words/`.
//!
//! A text is named by its place, such as `home.title`. `{0}` and `{1}` stand for what is filled in;
//! a text that counts has the forms `.one` and `.other`.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

/// A language that pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English, which every text exists in.
    En,
    /// German.
    De,
}

impl Lang {
    /// Every language.
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::De];

    /// Its code (BCP 47).
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// Its own name for itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// In which direction it is written.
    pub(crate) const fn dir(self) -> &'static str {
        match self {
            Self::En | Self::De => "ltr",
        }
    }

    /// The language with this code.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// What a browser prefers of what there is, from its `Accept-Language`.
    pub(crate) fn preferred(header: &str) -> Option<Self> {
        let mut wanted: Vec<(u16, Self)> = header.split(',').filter_map(weighed).collect();
        // Stable: what is named first wins among equals.
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.first().map(|(_, lang)| *lang)
    }

    fn texts(self) -> &'static HashMap<String, String> {
        static EN: LazyLock<HashMap<String, String>> =
            LazyLock::new(|| read(include_str!("../../words/en.toml")));
        static DE: LazyLock<HashMap<String, String>> =
            LazyLock::new(|| read(include_str!("../../words/de.toml")));
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }

    /// The text of this name; in English where this language lacks it, which a test rules out.
    pub(crate) fn text(self, key: &str) -> Option<&'static str> {
        self.texts().get(key).or_else(|| Self::En.texts().get(key)).map(String::as_str)
    }
}

/// A language of `Accept-Language` with its weight in thousandths.
fn weighed(part: &str) -> Option<(u16, Lang)> {
    let mut pieces = part.split(';');
    let lang = Lang::of(pieces.next()?.trim())?;
    let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=").map(thousandths));
    Some((weight.unwrap_or(1000), lang))
}

fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let whole: u16 = whole.parse().unwrap_or(0);
    (whole.min(1) * 1000 + part.parse::<u16>().unwrap_or(0)).min(1000)
}

fn read(file: &str) -> HashMap<String, String> {
    // Unwrap safety: the files are part of the program, and a test reads each of them.
    let table: toml::Table = file.parse().expect("the words are TOML");
    let mut texts = HashMap::new();
    flatten(&mut texts, "", &table);
    texts
}

fn flatten(texts: &mut HashMap<String, String>, prefix: &str, table: &toml::Table) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(table) => flatten(texts, &path, table),
            toml::Value::String(text) => {
                texts.insert(path, text.clone());
            }
            _ => {}
        }
    }
}

/// Puts values in place of `{0}`, `{1}`, …
pub(crate) fn fill(text: &str, values: &[&dyn Display]) -> String {
    let mut filled = String::with_capacity(text.len() + 16 * values.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let number = from[1..].split_once('}').and_then(|(inside, _)| inside.parse::<usize>().ok());
        if let Some(value) = number.and_then(|number| values.get(number)) {
            filled.push_str(&value.to_string());
            rest = from.split_once('}').map_or("", |(_, after)| after);
        } else {
            filled.push('{');
            rest = &from[1..];
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// English has these where the rules are.
    const PROBLEMS: &str = "problem.";

    #[test]
    fn every_language_names_every_problem_that_a_page_meets() {
        let errors = include_str!("../../../../docs/ERRORS.md");
        let codes = errors.lines().filter_map(|line| line.strip_prefix("### "));
        // Programs meet these, people on pages do not.
        let never = ["invalid_token", "method_not_allowed", "format_not_available", "malformed_json"];
        let never = [&never[..], &["unreadable_request", "unsupported_media_type"]].concat();
        for lang in Lang::ALL.into_iter().filter(|lang| *lang != Lang::En) {
            let texts = lang.texts();
            let codes = codes.clone().map(str::trim).filter(|code| !never.contains(code));
            let missing: Vec<&str> =
                codes.filter(|code| !texts.contains_key(&format!("{PROBLEMS}{code}"))).collect();
            let file = format!("crates/http/words/{}.toml", lang.code());
            assert!(missing.is_empty(), "{missing:?}: write a sentence for each under [problem] in {file}");
        }
    }

    #[test]
    fn every_language_says_everything_and_fills_in_the_same() {
        let english = Lang::En.texts();
        for lang in Lang::ALL {
            let texts = lang.texts();
            let mut missing: Vec<&String> = english.keys().filter(|key| !texts.contains_key(*key)).collect();
            let own = texts.keys().filter(|key| !key.starts_with(PROBLEMS));
            missing.extend(own.filter(|key| !english.contains_key(*key)));
            missing.sort();
            assert!(missing.is_empty(), "{}: {missing:?}", lang.code());
            for (key, text) in texts {
                assert!(!text.trim().is_empty(), "{}: {key}", lang.code());
                for place in ["{0}", "{1}", "{2}"].into_iter().filter(|_| !key.starts_with(PROBLEMS)) {
                    let same = text.contains(place) == english[key].contains(place);
                    assert!(same, "{}: {key} and {place}", lang.code());
                }
            }
        }
    }

    #[test]
    fn every_text_that_is_named_exists_and_every_text_is_named() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = String::new();
        for place in ["templates", "src/web"] {
            gather(&folder.join(place), &mut sources);
        }
        let mut missing = Vec::new();
        for call in ["page.t(\"", "page.f(\"", "page.g(\"", "page.n(\""] {
            for rest in sources.split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or_default();
                let key = if call == "page.n(\"" { format!("{key}.other") } else { key.to_owned() };
                if !Lang::En.texts().contains_key(&key) {
                    missing.push(key);
                }
            }
        }
        assert!(missing.is_empty(), "no such texts: {missing:?}");
        let unused: Vec<&String> = Lang::En
            .texts()
            .keys()
            .filter(|key| {
                let bare = key.strip_suffix(".one").or_else(|| key.strip_suffix(".other")).unwrap_or(key);
                let family = bare.rsplit_once('.').map_or("", |(family, _)| family);
                !sources.contains(&format!("\"{bare}\"")) && !sources.contains(&format!("\"{family}.{{"))
            })
            // The settings of the rules have a table and a test of their own.
            .filter(|key| !key.starts_with("setting."))
            .collect();
        assert!(unused.is_empty(), "texts that nothing says: {unused:?}");
    }

    fn gather(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                gather(&path, into);
            } else if !path.ends_with("words.rs") {
                into.push_str(&std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    #[test]
    fn browsers_get_what_they_prefer() {
        assert_eq!(Lang::preferred("de-CH, fr;q=0.9, en;q=0.8"), Some(Lang::De));
        assert_eq!(Lang::preferred("de;q=0.5, en-GB;q=0.75"), Some(Lang::En));
        assert_eq!(Lang::preferred("fr, *"), None);
    }

    #[test]
    fn values_take_their_places() {
        assert_eq!(fill("{1} of {0}: {x} {2}", &[&5, &"three"]), "three of 5: {x} {2}");
        assert_eq!(fill("{0}", &[&"{0}"]), "{0}", "what was filled in is not filled again");
    }
}
