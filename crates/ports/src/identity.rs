//! Sign-in at an OpenID Connect provider.

use async_trait::async_trait;

/// The beginning of a login: what to send the browser to, and what to remember until it comes back.
///
/// Everything but the address is kept on the server, used once and thrown away.
#[derive(Clone)]
pub struct LoginStart {
    /// Where the browser goes.
    pub authorization_url: String,
    /// Comes back with the browser and must be the same.
    pub state: String,
    /// Comes back inside the ID token and must be the same.
    pub nonce: String,
    /// Proves at the token endpoint that the login was begun here (RFC 7636).
    pub pkce_verifier: String,
}

/// What the provider sent back with the browser.
#[derive(Clone, Default)]
pub struct CallbackParameters {
    /// The authorization code.
    pub code: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// The provider's error code, when it refused.
    pub error: Option<String>,
    /// Its explanation.
    pub error_description: Option<String>,
}

/// What was remembered since the beginning of the login.
#[derive(Clone)]
pub struct ExpectedLogin {
    /// The nonce of the ID token.
    pub nonce: String,
    /// The PKCE verifier.
    pub pkce_verifier: String,
}

/// A person the provider vouches for.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// The provider.
    pub issuer: String,
    /// The person's permanent identifier there. Never shown to anyone.
    pub subject: String,
    /// Full name.
    pub name: Option<String>,
    /// Short login name, from the configured claim.
    pub andrew_id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the provider checked the address.
    pub email_verified: bool,
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The provider does not answer, or answers nonsense.
    #[error("the sign-in provider cannot be reached: {reason}")]
    Unavailable {
        /// For the log.
        reason: String,
    },
    /// The provider, or the person there, said no.
    #[error("the sign-in provider refused: {error}")]
    ProviderRefused {
        /// The error code of RFC 6749.
        error: String,
        /// Its explanation.
        description: Option<String>,
    },
    /// What came back does not prove who it is.
    #[error("the sign-in could not be verified: {reason}")]
    Invalid {
        /// Which check failed; holds no token or code.
        reason: String,
    },
}

/// An OpenID Connect provider.
///
/// Comparing `state`, its single use, its expiry and its tie to the browser are the caller's duty.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Begins a login.
    async fn begin(&self) -> Result<LoginStart, IdentityError>;

    /// Finishes it: exchanges the code and checks issuer, signature, audience, nonce and times.
    async fn finish(
        &self,
        parameters: CallbackParameters,
        expected: ExpectedLogin,
    ) -> Result<VerifiedIdentity, IdentityError>;

    /// Where to send the browser to sign out at the provider too, when it offers that.
    fn end_session_url(&self) -> Option<String>;
}
