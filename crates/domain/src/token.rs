//! What an API token may be used for.

use std::fmt;
use std::str::FromStr;

/// A kind of use. A token does what its owner may do, and of that only these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenScope {
    /// Look at things.
    Read,
    /// Join, leave, give one's proxy, vote.
    Vote,
    /// Run sittings: attendance, agenda, votes.
    Host,
    /// Everything else that changes something: organizations, members, roles, tokens.
    Administer,
}

impl TokenScope {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Read, Self::Vote, Self::Host, Self::Administer];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Vote => "vote",
            Self::Host => "host",
            Self::Administer => "administer",
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one of read, vote, host, administer")]
pub struct UnknownScope;

impl FromStr for TokenScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

/// What a token may be used for: one kind or several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// Everything.
    pub const ALL: Self = Self(0b1111);

    /// These kinds; `None` when there are none, as such a token would be good for nothing.
    pub fn new(scopes: impl IntoIterator<Item = TokenScope>) -> Option<Self> {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8);
        (bits != 0).then_some(Self(bits))
    }

    /// Whether this kind is among them.
    pub const fn contains(self, scope: TokenScope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether all of these are also in another set.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = TokenScope> {
        TokenScope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl fmt::Debug for TokenScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_sets() {
        for scope in TokenScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(scope.to_string(), scope.as_str());
            assert!(TokenScopes::ALL.contains(scope));
        }
        assert_eq!("write".parse::<TokenScope>(), Err(UnknownScope));
        assert_eq!(TokenScopes::new([]), None);
        let some = TokenScopes::new([TokenScope::Vote, TokenScope::Read]).expect("two");
        assert_eq!(some.iter().collect::<Vec<_>>(), [TokenScope::Read, TokenScope::Vote]);
        assert!(!some.contains(TokenScope::Host) && !some.contains(TokenScope::Administer));
        assert!(some.within(TokenScopes::ALL) && !TokenScopes::ALL.within(some) && some.within(some));
        assert_eq!(format!("{some:?}"), "{Read, Vote}");
    }
}
