//! What an operator says about the sign-in provider, checked once at start.

use std::fmt;
use std::time::Duration;

use url::{Host, Url};

/// A secret that never shows itself: its `Debug` is redacted and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret([redacted])")
    }
}

/// How the provider is found, who this server is there, and which claims say what about a person.
#[derive(Clone)]
pub struct OidcSettings {
    /// The provider's issuer identifier, exactly as its discovery document spells it.
    pub issuer: String,
    /// The name under which the provider knows this server.
    pub client_id: String,
    /// The secret shared with the provider; none for a public client.
    pub client_secret: Option<Secret>,
    /// This server's callback address, exactly as registered with the provider.
    pub redirect_uri: String,
    /// Where the provider may send the browser after signing out there.
    pub post_logout_redirect_uri: Option<String>,
    /// Scopes to ask for; `openid` is always among them.
    pub scopes: Vec<String>,
    /// Claims holding the person's name, the first present one wins.
    pub name_claims: Vec<String>,
    /// The claim holding the institution's short login name. Where a person has none:
    /// `preferred_username`, then the local part of a verified email address.
    pub andrew_id_claim: String,
    /// Certificates (PEM) to trust besides the public ones, for a provider with a private authority.
    pub extra_ca: Option<Vec<u8>>,
    /// Limits in time.
    pub timings: Timings,
}

impl fmt::Debug for OidcSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OidcSettings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("redirect_uri", &self.redirect_uri)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .field("scopes", &self.scopes)
            .field("name_claims", &self.name_claims)
            .field("andrew_id_claim", &self.andrew_id_claim)
            .field("extra_ca", &self.extra_ca.as_ref().map(|pem| format!("{} bytes", pem.len())))
            .field("timings", &self.timings)
            .finish()
    }
}

/// Limits in time; the defaults are meant to be right.
#[derive(Clone, Debug)]
pub struct Timings {
    /// How long one request to the provider may take.
    pub request: Duration,
    /// How long a discovery document is used before it is fetched again.
    pub discovery_lifetime: Duration,
    /// How long a failed discovery is remembered, so that a waiting crowd does not queue for timeouts.
    pub discovery_pause: Duration,
    /// The least time between two fetches of the keys because of a token with an unknown key.
    pub key_refresh_pause: Duration,
    /// How far the provider's clock may be from this server's.
    pub clock_leeway: Duration,
    /// How old an ID token may be when it arrives.
    pub token_age: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            discovery_lifetime: Duration::from_hours(1),
            discovery_pause: Duration::from_secs(3),
            key_refresh_pause: Duration::from_secs(10),
            clock_leeway: Duration::from_secs(30),
            token_age: Duration::from_mins(10),
        }
    }
}

impl OidcSettings {
    /// Settings of a public client with the usual scopes and claims.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: redirect_uri.into(),
            post_logout_redirect_uri: None,
            scopes: owned(&["openid", "profile", "email"]),
            name_claims: owned(&["name", "preferred_username", "email"]),
            andrew_id_claim: "andrew_id".to_owned(),
            extra_ca: None,
            timings: Timings::default(),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        let issuer = parse("issuer", &self.issuer)?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(SettingsError::IssuerWithQuery { value: self.issuer.clone() });
        }
        if !issuer.username().is_empty() || issuer.password().is_some() {
            return Err(SettingsError::IssuerWithCredentials);
        }
        require_secure("issuer", &issuer, &self.issuer)?;
        let redirect = parse("redirect_uri", &self.redirect_uri)?;
        require_secure("redirect_uri", &redirect, &self.redirect_uri)?;
        if let Some(value) = &self.post_logout_redirect_uri {
            let url = parse("post_logout_redirect_uri", value)?;
            require_secure("post_logout_redirect_uri", &url, value)?;
        }
        if self.client_id.is_empty() {
            return Err(SettingsError::Empty { key: "client_id" });
        }
        if self.andrew_id_claim.is_empty() {
            return Err(SettingsError::Empty { key: "andrew_id_claim" });
        }
        if self.name_claims.is_empty() {
            return Err(SettingsError::Empty { key: "name_claims" });
        }
        Ok(())
    }

    /// Whether the provider is on this machine, where plain http is accepted and no proxy is used.
    pub(crate) fn issuer_on_loopback(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|url| is_loopback(&url))
    }
}

/// What is wrong with the sign-in settings, in words for the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A value that must be an absolute address is not one.
    #[error("`{key}` is not an absolute http(s) address: `{value}`")]
    NotAnAddress {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// Plain http is only for this machine.
    #[error("`{key}` must use https (plain http is accepted for loopback addresses only): `{value}`")]
    Insecure {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// An issuer identifier has no query and no fragment.
    #[error("`issuer` must have neither a query nor a fragment: `{value}`")]
    IssuerWithQuery {
        /// Its value.
        value: String,
    },
    /// An address with a user name or password in it would end up in logs.
    #[error("`issuer` must not contain a user name or a password")]
    IssuerWithCredentials,
    /// A value is missing.
    #[error("`{key}` must not be empty")]
    Empty {
        /// The setting.
        key: &'static str,
    },
    /// The extra certificates cannot be read.
    #[error("`extra_ca` holds no readable certificate in PEM form: {reason}")]
    Certificate {
        /// What the parser said.
        reason: String,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client for the sign-in provider could not be made: {reason}")]
    HttpClient {
        /// What the client said.
        reason: String,
    },
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn parse(key: &'static str, value: &str) -> Result<Url, SettingsError> {
    Url::parse(value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| SettingsError::NotAnAddress { key, value: value.to_owned() })
}

fn require_secure(key: &'static str, url: &Url, value: &str) -> Result<(), SettingsError> {
    if url.scheme() == "https" || is_loopback(url) {
        Ok(())
    } else {
        Err(SettingsError::Insecure { key, value: value.to_owned() })
    }
}

/// Whether an address names this machine and nothing else.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str) -> OidcSettings {
        OidcSettings::new(issuer, "plenum", "https://plenum.example.org/sign-in/callback")
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for accepted in [
            "https://login.example.org",
            "https://login.example.org/realms/senate",
            "http://127.0.0.1:4000",
            "http://127.8.9.1:4000",
            "http://[::1]:4000",
            "http://localhost:4000",
        ] {
            assert!(settings(accepted).validate().is_ok(), "{accepted}");
        }
        for refused in [
            "http://login.example.org",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(
                matches!(settings(refused).validate(), Err(SettingsError::Insecure { key: "issuer", .. })),
                "{refused}"
            );
        }
    }

    #[test]
    fn an_issuer_is_a_bare_address() {
        for refused in ["", "login.example.org", "ftp://login.example.org", "mailto:a@b"] {
            assert!(matches!(settings(refused).validate(), Err(SettingsError::NotAnAddress { .. })));
        }
        assert!(matches!(
            settings("https://login.example.org?a=b").validate(),
            Err(SettingsError::IssuerWithQuery { .. })
        ));
        assert!(matches!(
            settings("https://user:secret@login.example.org").validate(),
            Err(SettingsError::IssuerWithCredentials)
        ));
    }

    #[test]
    fn the_callback_is_held_to_the_same_rule() {
        let mut settings = settings("https://login.example.org");
        settings.redirect_uri = "http://plenum.example.org/callback".to_owned();
        let error = settings.validate().expect_err("refused");
        assert!(error.to_string().contains("redirect_uri"), "{error}");
    }

    #[test]
    fn secrets_do_not_show() {
        let mut settings = settings("https://login.example.org");
        settings.client_secret = Some(Secret::new("swordfish"));
        let shown = format!("{settings:?} {settings:#?}");
        assert!(!shown.contains("swordfish"), "{shown}");
        assert!(shown.contains("[redacted]"));
    }
}
