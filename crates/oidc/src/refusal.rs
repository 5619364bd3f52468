//! Why an answer of the provider is not believed. Every check has its own reason.

/// A reason to refuse an answer of the provider. [`Refusal::reason`] is the text of
/// [`IdentityError::Invalid`](plenum_ports::identity::IdentityError::Invalid).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// No `iss` on the callback though the provider announces it (RFC 9207).
    IssuerMissing,
    /// The callback's `iss` names another provider (RFC 9207).
    IssuerMixedUp,
    /// Neither a code nor an error on the callback.
    CodeMissing,
    /// The discovery document names another issuer.
    DiscoveryIssuer,
    /// The discovery document cannot be read.
    DiscoveryMalformed,
    /// The discovery document names an address without https.
    DiscoveryInsecure,
    /// The provider signs with nothing this server accepts.
    NoAcceptableAlgorithm,
    /// The key set cannot be read.
    KeysMalformed,
    /// An answer larger than any honest one.
    AnswerTooLarge,
    /// The token answer or the ID token in it cannot be read.
    TokenMalformed,
    /// No ID token in the token answer.
    IdTokenMissing,
    /// The ID token is another provider's.
    TokenIssuer,
    /// The ID token is for another client.
    TokenAudience,
    /// The ID token is for several clients.
    TokenAudiences,
    /// The ID token was issued to another client.
    TokenAuthorizedParty,
    /// The ID token carries no signature.
    TokenUnsigned,
    /// The ID token is signed with an algorithm that is not accepted.
    TokenAlgorithm,
    /// The ID token is signed with a key the provider does not publish.
    TokenKeyUnknown,
    /// The ID token does not say which of several keys signed it.
    TokenKeyAmbiguous,
    /// The key the ID token names cannot be used.
    TokenKeyUnusable,
    /// The signature is not right.
    TokenSignature,
    /// The ID token has expired.
    TokenExpired,
    /// The ID token was issued in the future.
    TokenFromTheFuture,
    /// The ID token was issued long ago.
    TokenTooOld,
    /// The ID token is not valid yet.
    TokenNotYetValid,
    /// The ID token has a form that is not supported (nested, encrypted, critical extensions).
    TokenUnsupported,
    /// No nonce in the ID token.
    NonceMissing,
    /// Another attempt's nonce in the ID token.
    NonceMismatch,
    /// The subject is empty or too long.
    SubjectUnusable,
    /// The access token is not the one the ID token was issued with.
    AccessTokenMismatch,
    /// The userinfo answer cannot be read.
    UserinfoMalformed,
    /// The userinfo answer is about another person.
    UserinfoSubject,
}

impl Refusal {
    /// Every reason.
    pub const ALL: &[Self] = &[
        Self::IssuerMissing,
        Self::IssuerMixedUp,
        Self::CodeMissing,
        Self::DiscoveryIssuer,
        Self::DiscoveryMalformed,
        Self::DiscoveryInsecure,
        Self::NoAcceptableAlgorithm,
        Self::KeysMalformed,
        Self::AnswerTooLarge,
        Self::TokenMalformed,
        Self::IdTokenMissing,
        Self::TokenIssuer,
        Self::TokenAudience,
        Self::TokenAudiences,
        Self::TokenAuthorizedParty,
        Self::TokenUnsigned,
        Self::TokenAlgorithm,
        Self::TokenKeyUnknown,
        Self::TokenKeyAmbiguous,
        Self::TokenKeyUnusable,
        Self::TokenSignature,
        Self::TokenExpired,
        Self::TokenFromTheFuture,
        Self::TokenTooOld,
        Self::TokenNotYetValid,
        Self::TokenUnsupported,
        Self::NonceMissing,
        Self::NonceMismatch,
        Self::SubjectUnusable,
        Self::AccessTokenMismatch,
        Self::UserinfoMalformed,
        Self::UserinfoSubject,
    ];

    /// The reason in words for an operator; it never contains anything the provider sent.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::IssuerMissing => {
                "the callback does not say which provider it comes from (iss), though the provider announces that it does"
            }
            Self::IssuerMixedUp => "the callback comes from another provider (iss)",
            Self::CodeMissing => "the callback brings neither a code nor an error",
            Self::DiscoveryIssuer => {
                "the discovery document names another issuer than the configured one; they must be equal to the letter"
            }
            Self::DiscoveryMalformed => "the discovery document cannot be read",
            Self::DiscoveryInsecure => "the discovery document names an address without https",
            Self::NoAcceptableAlgorithm => {
                "the provider signs ID tokens with none of RS256, ES256, PS256, EdDSA"
            }
            Self::KeysMalformed => "the provider's key set cannot be read",
            Self::AnswerTooLarge => "the provider's answer is larger than any honest one",
            Self::TokenMalformed => "the provider's token answer cannot be read",
            Self::IdTokenMissing => {
                "the provider sent no ID token; is the openid scope allowed for this client?"
            }
            Self::TokenIssuer => "the ID token was issued by another provider",
            Self::TokenAudience => "the ID token is meant for another client",
            Self::TokenAudiences => "the ID token is meant for several clients",
            Self::TokenAuthorizedParty => "the ID token was issued to another client (azp)",
            Self::TokenUnsigned => "the ID token is not signed",
            Self::TokenAlgorithm => "the ID token is signed with an algorithm that is not accepted",
            Self::TokenKeyUnknown => "the ID token is signed with a key the provider does not publish",
            Self::TokenKeyAmbiguous => "the ID token does not say which of several keys signed it",
            Self::TokenKeyUnusable => "the key the ID token names cannot be used for signatures",
            Self::TokenSignature => "the ID token's signature is wrong",
            Self::TokenExpired => {
                "the ID token has expired; is this server's clock the same as the provider's?"
            }
            Self::TokenFromTheFuture => {
                "the ID token was issued in the future; is this server's clock the same as the provider's?"
            }
            Self::TokenTooOld => {
                "the ID token was issued too long ago; is this server's clock the same as the provider's?"
            }
            Self::TokenNotYetValid => {
                "the ID token is not valid yet; is this server's clock the same as the provider's?"
            }
            Self::TokenUnsupported => "the ID token has a form that is not supported",
            Self::NonceMissing => "the ID token carries no nonce",
            Self::NonceMismatch => "the ID token belongs to another sign-in attempt (nonce)",
            Self::SubjectUnusable => "the ID token's subject is empty or longer than 255 characters",
            Self::AccessTokenMismatch => {
                "the access token is not the one the ID token was issued with (at_hash)"
            }
            Self::UserinfoMalformed => "the provider's userinfo answer cannot be read",
            Self::UserinfoSubject => "the provider's userinfo answer is about another person",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_words() {
        let reasons: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.reason()).collect();
        assert_eq!(reasons.len(), Refusal::ALL.len());
    }
}
