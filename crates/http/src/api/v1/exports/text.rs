//! What papers written as text have in common.

/// A text without what nobody can see and without marks that turn the reading direction of what
/// stands beside it. Line breaks stay.
pub(super) fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| {
        *character == '\n'
            || !(character.is_control()
                || matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'))
    })
}
