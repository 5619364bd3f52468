//! What can go wrong inside the adapter, and how it reaches the port.

use plenum_ports::identity::IdentityError;

use crate::refusal::Refusal;

/// The longest text of the provider that is passed on.
const LONGEST_FOREIGN_TEXT: usize = 300;

/// A failed step; kept apart from the port's error because discovery remembers and repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The provider did not answer, or said that it cannot.
    Unavailable(String),
    /// The provider answered with an OAuth error.
    ProviderRefused { error: String, description: Option<String> },
    /// The answer is not believed.
    Refused(Refusal),
}

impl Fault {
    /// An OAuth error, made safe to show.
    pub(crate) fn provider_refused(error: &str, description: Option<&str>) -> Self {
        Self::ProviderRefused {
            error: foreign_text(error),
            description: description.map(foreign_text).filter(|text| !text.is_empty()),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for IdentityError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(reason) => Self::Unavailable { reason },
            Fault::ProviderRefused { error, description } => Self::ProviderRefused { error, description },
            Fault::Refused(refusal) => Self::Invalid { reason: refusal.reason().to_owned() },
        }
    }
}

/// Text of another party: bounded and without control characters, so that it cannot forge log lines.
pub(crate) fn foreign_text(text: &str) -> String {
    let mut clean: String =
        text.chars().filter(|character| !character.is_control()).take(LONGEST_FOREIGN_TEXT + 1).collect();
    if clean.chars().count() > LONGEST_FOREIGN_TEXT {
        clean.pop();
        clean.push('…');
    }
    clean
}

/// An error with all its causes on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    foreign_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_bounded_and_on_one_line() {
        assert_eq!(foreign_text("a\r\nb\u{0}c\u{1b}[31m"), "abc[31m");
        let long = foreign_text(&"ü".repeat(5000));
        assert_eq!(long.chars().count(), LONGEST_FOREIGN_TEXT + 1);
        assert!(long.ends_with('…'));
    }
}
