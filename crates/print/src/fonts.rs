//! The fonts at hand, and which of them a paper needs.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use parley::FontContext;
use parley::fontique::{
    Blob, Collection, CollectionOptions, QueryFamily, QueryStatus, SourceCache, SourceCacheOptions,
};

/// The family that is part of this program and therefore always there.
const OWN: &str = "DejaVu Sans";
/// The family that text is set in where it is installed.
const PREFERRED: &str = "Noto Sans";
/// Families that draw the same box for every character, or nothing.
const USELESS: [&str; 4] = ["last resort", "lastresort", "adobe blank", "adobeblank"];

/// Whether a script can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The script.
    pub script: &'static str,
    /// Whether there is a font for it.
    pub covered: bool,
}

/// A few characters of each of the usual scripts.
const SCRIPTS: [(&str, &str); 14] = [
    ("Latin", "Łéş"),
    ("Greek", "Ωή"),
    ("Cyrillic", "Жї"),
    ("Hebrew", "שם"),
    ("Arabic", "مح"),
    ("Armenian", "Հա"),
    ("Georgian", "თა"),
    ("Devanagari", "हि"),
    ("Bengali", "বা"),
    ("Tamil", "தமி"),
    ("Thai", "ไทย"),
    ("Chinese and Japanese", "汉漢あ"),
    ("Korean", "한"),
    ("emoji", "😀🗳"),
];

/// Where fonts usually are on this kind of machine.
pub fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/Library/Fonts",
        "/System/Library/Fonts",
        "C:\\Windows\\Fonts",
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    if let Some(home) = std::env::home_dir() {
        folders.extend([".local/share/fonts", ".fonts", "Library/Fonts"].map(|folder| home.join(folder)));
    }
    folders
}

/// The fonts at hand. Their files are mapped into memory, and only what is used of them is read.
pub(crate) struct Library {
    folders: Option<Vec<PathBuf>>,
    pub(crate) context: FontContext,
    /// Every family in the order in which they are tried.
    order: Vec<String>,
    /// Where in that order a character was found first.
    found: HashMap<char, Option<usize>>,
}

/// What a paper is set in.
pub(crate) struct Choice {
    /// The families, in the order in which they are tried.
    pub(crate) families: Vec<String>,
    /// Characters that no family has.
    pub(crate) missing: BTreeSet<char>,
}

impl Library {
    pub(crate) fn new(folders: Vec<PathBuf>) -> Self {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
            collection.register_fonts(Blob::new(Arc::new(font)), None);
        }
        let context =
            FontContext { collection, source_cache: SourceCache::new(SourceCacheOptions { shared: false }) };
        Self { folders: Some(folders), context, order: vec![OWN.to_owned()], found: HashMap::new() }
    }

    /// Looks the folders through, once.
    fn open(&mut self) {
        let Some(folders) = self.folders.take() else { return };
        self.context.collection.load_fonts_from_paths(folders.iter().filter(|folder| folder.is_dir()));
        let mut order: Vec<String> = self.context.collection.family_names().map(str::to_owned).collect();
        order.sort_by_cached_key(|name| (rank(name), name.clone()));
        order.dedup();
        order.retain(|name| !USELESS.iter().any(|useless| name.to_lowercase().contains(useless)));
        self.order = order;
        tracing::debug!(families = self.order.len(), "looked for fonts");
    }

    pub(crate) fn coverage(&mut self) -> Vec<Coverage> {
        self.open();
        let mut covered = |text: &str| text.chars().all(|character| self.find(character).is_some());
        SCRIPTS.iter().map(|(script, text)| Coverage { script, covered: covered(text) }).collect()
    }

    /// Chooses the fewest families that have every one of these characters.
    pub(crate) fn choose(&mut self, characters: &BTreeSet<char>) -> Choice {
        self.open();
        let main = if self.order.iter().any(|name| name == PREFERRED) { PREFERRED } else { OWN };
        let main = self.order.iter().position(|name| name == main).unwrap_or(0);
        let mut chosen = vec![main];
        let mut missing = BTreeSet::new();
        for character in characters.iter().copied().filter(|character| !is_silent(*character)) {
            if is_private(character) {
                missing.insert(character);
                continue;
            }
            // A family that is needed anyway is as good as the first in the order.
            if chosen.iter().any(|family| self.has(*family, character)) {
                continue;
            }
            match self.find(character) {
                Some(family) => chosen.push(family),
                None => {
                    missing.insert(character);
                }
            }
        }
        let mut families: Vec<String> = chosen.into_iter().map(|at| self.order[at].clone()).collect();
        if !families.iter().any(|name| name == OWN) {
            families.push(OWN.to_owned());
        }
        Choice { families, missing }
    }

    fn find(&mut self, character: char) -> Option<usize> {
        if let Some(found) = self.found.get(&character) {
            return *found;
        }
        let found = (0..self.order.len()).find(|family| self.has(*family, character));
        self.found.insert(character, found);
        found
    }

    fn has(&mut self, family: usize, character: char) -> bool {
        let Some(name) = self.order.get(family) else { return false };
        let mut query = self.context.collection.query(&mut self.context.source_cache);
        query.set_families([QueryFamily::Named(name)]);
        let mut has = false;
        query.matches_with(|font| {
            has = font.charmap().and_then(|map| map.map(character)).is_some_and(|glyph| glyph != 0);
            if has { QueryStatus::Stop } else { QueryStatus::Continue }
        });
        has
    }
}

/// Families made for running text come before those made for something else.
fn rank(name: &str) -> u8 {
    let special = ["Mono", "Display", " UI", "Condensed", "Italic", "Looped", "Nastaliq", "Kufi", "Rashi"];
    match name {
        PREFERRED => 0,
        "Noto Sans CJK SC" | "Noto Sans SC" => 1,
        "Noto Color Emoji" => 3,
        OWN => 4,
        _ if special.iter().any(|word| name.contains(word)) => 7,
        _ if name.starts_with("Noto Sans") => 2,
        _ if name.starts_with("Noto ") => 5,
        _ => 6,
    }
}

/// Shapes its neighbours or nothing, and has no look of its own.
pub(crate) fn is_silent(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Looks different in every font that has it, so that none is right.
fn is_private(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_fonts_are_enough_for_the_scripts_of_europe_and_its_neighbours() {
        let mut library = Library::new(vec![PathBuf::from("/no/such/folder")]);
        let covered: Vec<&str> =
            library.coverage().iter().filter(|line| line.covered).map(|line| line.script).collect();
        for script in ["Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Armenian", "Georgian"] {
            assert!(covered.contains(&script), "{script}: {covered:?}");
        }
        assert!(!covered.contains(&"Korean"), "that font is not part of the program");
    }

    #[test]
    fn a_character_without_a_font_is_named() {
        let mut library = Library::new(Vec::new());
        let choice = library.choose(&"Aж한\u{E000}\u{200D}".chars().collect());
        assert_eq!(choice.families, [OWN]);
        assert_eq!(choice.missing, ['한', '\u{E000}'].into());
    }

    #[test]
    fn text_families_come_before_special_ones() {
        let mut names =
            ["Zilla", "Noto Sans Mono", "DejaVu Sans", "Noto Color Emoji", "Noto Sans Thai", "Noto Sans"];
        names.sort_by_key(|name| rank(name));
        let expected =
            ["Noto Sans", "Noto Sans Thai", "Noto Color Emoji", "DejaVu Sans", "Zilla", "Noto Sans Mono"];
        assert_eq!(names, expected);
    }
}
