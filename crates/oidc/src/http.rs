//! The HTTP client towards the provider: no redirects, a time limit, and answers of bounded size.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::http::{self, StatusCode};
use openidconnect::reqwest::{self, redirect::Policy};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::fault::with_causes;
use crate::settings::{OidcSettings, SettingsError};

/// Far above any honest discovery document, key set or token answer.
pub(crate) const LARGEST_ANSWER: usize = 512 * 1024;

/// What can happen to a request below the level of OAuth.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Transport(String),
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
    #[error("the answer has status {0}")]
    Status(StatusCode),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(with_causes(&error.without_url()))
    }
}

/// A `reqwest` client that reads no more than it should.
#[derive(Clone, Debug)]
pub(crate) struct BoundedClient {
    inner: reqwest::Client,
}

impl BoundedClient {
    pub(crate) fn new(settings: &OidcSettings) -> Result<Self, SettingsError> {
        let loopback = settings.issuer_on_loopback();
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .timeout(settings.timings.request)
            // Long enough for one login's requests. A connection kept from the last login may be one that the
            // provider is just closing, and a code cannot be sent twice.
            .pool_idle_timeout(Duration::from_secs(1))
            .https_only(!loopback)
            .user_agent(concat!("plenum/", env!("CARGO_PKG_VERSION")));
        if loopback {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &settings.extra_ca {
            for certificate in certificates(pem)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let inner =
            builder.build().map_err(|error| SettingsError::HttpClient { reason: with_causes(&error) })?;
        Ok(Self { inner })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.inner.execute(request.try_into()?).await?;
        let status = response.status();
        // No OAuth answer has these, so their bodies are nobody's business.
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Status(status));
        }
        let mut answer = http::Response::builder().status(status);
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let announced = response.content_length().unwrap_or(0);
        if announced > LARGEST_ANSWER as u64 {
            return Err(HttpError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|error| HttpError::Transport(error.to_string()))
    }
}

impl<'c> AsyncHttpClient<'c> for BoundedClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, SettingsError> {
    let certificates = reqwest::Certificate::from_pem_bundle(pem)
        .map_err(|error| SettingsError::Certificate { reason: with_causes(&error) })?;
    if certificates.is_empty() {
        return Err(SettingsError::Certificate { reason: "there is no certificate in it".to_owned() });
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let mut settings =
            OidcSettings::new("https://login.example.org", "plenum", "https://plenum.example.org/callback");
        settings.extra_ca = Some(b"not a certificate".to_vec());
        assert!(matches!(BoundedClient::new(&settings), Err(SettingsError::Certificate { .. })));
    }
}
