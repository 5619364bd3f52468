//! Texts that people type, bounded and free of characters that do harm.
//!
//! Any script is welcome. Control characters are refused, and so are the bidirectional overrides
//! that make a name read differently from what it is.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("may not be empty")]
    Empty,
    /// Longer than allowed, counted in characters.
    #[error("may have at most {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A character nobody can see, or one that reverses the reading direction.
    #[error("may not contain control characters")]
    ControlCharacter,
    /// Something other than letters, digits and `. _ - @ +`.
    #[error("may contain letters, digits and . _ - @ + only")]
    NotALoginName,
    /// Nothing that mail can be sent to.
    #[error("must be an e-mail address such as zoe@example.org")]
    NotAnAddress,
}

/// Takes room or none, and shows nothing.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
                | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
        )
}

fn is_harmful(character: char, lines: bool) -> bool {
    let line_break = matches!(character, '\n' | '\t');
    let override_mark = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    override_mark
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
        || (character.is_control() && !(lines && line_break))
}

fn check(text: &str, max: usize, lines: bool) -> Result<String, TextError> {
    let normalized;
    let text = if lines && text.contains('\r') {
        normalized = text.replace("\r\n", "\n");
        normalized.trim()
    } else {
        text.trim()
    };
    if text.chars().any(|character| is_harmful(character, lines)) {
        return Err(TextError::ControlCharacter);
    }
    // One form for what looks the same, so that names typed on different keyboards are equal.
    let text: String = text.nfc().collect();
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if !text.is_empty() && text.chars().all(is_invisible) {
        return Err(TextError::Empty);
    }
    Ok(text)
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { max: $max:expr, lines: $lines:expr, empty: $empty:expr })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: usize = $max;

            /// Trims and checks a text.
            ///
            /// # Errors
            /// [`TextError`] says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let text = check(text, $max, $lines)?;
                if text.is_empty() && !$empty {
                    return Err(TextError::Empty);
                }
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

texts! {
    /// A person's full name.
    PersonName { max: 200, lines: false, empty: false }
    /// An organization's name.
    OrganizationName { max: 200, lines: false, empty: false }
    /// A committee's name.
    CommitteeName { max: 200, lines: false, empty: false }
    /// The title of a sitting or the name of an event.
    Title { max: 200, lines: false, empty: false }
    /// An explanation of several lines; may be empty.
    Description { max: 10_000, lines: true, empty: true }
    /// The text of a motion, or a part of it; may be empty.
    MotionText { max: 50_000, lines: true, empty: true }
    /// One of the things that can be voted for.
    OptionLabel { max: 200, lines: false, empty: false }
    /// What a candidate says for themselves.
    Statement { max: 5_000, lines: true, empty: false }
    /// Why something was done, in the words of the person who did it.
    Reason { max: 1_000, lines: true, empty: false }
    /// What a person calls one of their API tokens.
    TokenName { max: 100, lines: false, empty: false }
    /// What an API client is called.
    ClientName { max: 100, lines: false, empty: false }
    /// A member's number in an organization.
    MemberNumber { max: 50, lines: false, empty: false }
}

impl PersonName {
    /// Takes a name from a sign-in, which cannot be refused: harmful characters are dropped and the
    /// rest is cut to length. `None` when nothing is left.
    pub fn from_claim(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|character| !is_harmful(*character, false)).collect();
        let text: String = text.trim().chars().take(Self::MAX).collect();
        Self::parse(&text).ok()
    }
}

impl MemberNumber {
    /// As it is compared: without regard to case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// The institution's short login name. Compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AndrewId(String);

impl AndrewId {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Checks a login name and puts it in lower case.
    ///
    /// # Errors
    /// [`TextError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = check(text, Self::MAX, false)?.to_lowercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if !text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+')) {
            return Err(TextError::NotALoginName);
        }
        Ok(Self(text))
    }

    /// The login name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AndrewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address. Compared without regard to case, which no provider of today tells apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The most characters it may have.
    pub const MAX: usize = 254;

    /// Checks an address and puts it in lower case.
    ///
    /// # Errors
    /// [`TextError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = check(text, Self::MAX, false)?.to_lowercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let plain = |part: &str| {
            !part.is_empty()
                && !part.chars().any(|c| is_invisible(c) || matches!(c, '@' | ',' | ';' | '<' | '>'))
        };
        match text.rsplit_once('@') {
            Some((mailbox, host)) if plain(mailbox) && plain(host) && !host.starts_with('.') => {
                Ok(Self(text))
            }
            _ => Err(TextError::NotAnAddress),
        }
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_script_is_welcome() {
        for name in ["Łukasz Żółć", "Νίκος", "王小明", "محمد", "Zoë 🗳", "=SUM(A1)", "O'Brien"]
        {
            assert_eq!(PersonName::parse(name).map(|name| name.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn harmful_characters_are_refused_and_dropped_from_claims() {
        for name in ["a\u{0}b", "a\nb", "a\u{202E}b", "a\u{9}b", "\u{FEFF}a"] {
            assert_eq!(PersonName::parse(name), Err(TextError::ControlCharacter), "{name:?}");
        }
        assert_eq!(PersonName::from_claim(" a\u{0}\u{202E}b ").map(|n| n.to_string()), Some("ab".into()));
        assert_eq!(PersonName::from_claim("\u{0}"), None);
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(PersonName::parse(&"ż".repeat(200)).is_ok());
        assert_eq!(PersonName::parse(&"ż".repeat(201)), Err(TextError::TooLong { max: 200 }));
        assert_eq!(PersonName::from_claim(&"ż".repeat(500)).map(|n| n.as_str().chars().count()), Some(200));
    }

    #[test]
    fn descriptions_keep_their_lines() {
        assert_eq!(Description::parse(" a\r\nb ").map(|d| d.to_string()), Ok("a\nb".into()));
        assert!(Description::parse("").is_ok());
    }

    #[test]
    fn addresses_ignore_case() {
        assert_eq!(
            EmailAddress::parse(" Zoe@Example.ORG").map(|a| a.to_string()),
            Ok("zoe@example.org".into())
        );
        for text in
            ["zoe", "@example.org", "zoe@", "a b@example.org", "a@b@example.org", "zoe@.org", "<a@b.org>"]
        {
            assert_eq!(EmailAddress::parse(text), Err(TextError::NotAnAddress), "{text}");
        }
        assert_eq!(EmailAddress::parse(" "), Err(TextError::Empty));
    }

    #[test]
    fn login_names_ignore_case() {
        assert_eq!(AndrewId::parse("AbC1").map(|id| id.to_string()), Ok("abc1".into()));
        for text in ["\u{200B}", "\u{3164} \u{2800}"] {
            assert_eq!(Title::parse(text), Err(TextError::Empty), "{text:?} shows nothing");
        }
        assert_eq!(OptionLabel::parse("cafe\u{301}"), OptionLabel::parse("caf\u{E9}"));
        assert_eq!(AndrewId::parse("a b"), Err(TextError::NotALoginName));
    }
}
