//! ID tokens made by hand, honest and forged.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use openidconnect::core::{CoreHmacKey, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::{Value, json};

use super::CLIENT;

pub(crate) const ACCESS_TOKEN: &str = "an-access-token";

struct Key {
    private: CoreRsaPrivateSigningKey,
    public_pem: String,
}

fn keys() -> &'static [Key; 2] {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [0, 1].map(|number| {
            let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key");
            let pem = key.to_pkcs1_pem(LineEnding::LF).expect("pem");
            let kid = JsonWebKeyId::new(format!("key-{number}"));
            Key {
                private: CoreRsaPrivateSigningKey::from_pem(&pem, Some(kid)).expect("a key"),
                public_pem: key.to_public_key().to_public_key_pem(LineEnding::LF).expect("pem"),
            }
        })
    })
}

/// One of two keys; their ids are `key-0` and `key-1`.
pub(crate) fn key(number: usize) -> &'static CoreRsaPrivateSigningKey {
    &keys()[number].private
}

pub(crate) fn public_pem(number: usize) -> &'static str {
    &keys()[number].public_pem
}

pub(crate) enum Signer {
    Rsa(usize, CoreJwsSigningAlgorithm),
    Hmac(Vec<u8>),
    /// No signature at all.
    Nothing,
    Bytes(Vec<u8>),
}

/// The parts of an ID token before they are put together.
pub(crate) struct Forgery {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signer: Signer,
}

impl Forgery {
    pub(crate) fn honest(issuer: &str, nonce: &str, now: DateTime<Utc>) -> Self {
        let now = now.timestamp();
        Self {
            header: json!({ "alg": "RS256", "typ": "JWT", "kid": "key-0" }),
            claims: json!({
                "iss": issuer,
                "aud": CLIENT,
                "sub": "subject-of-ada",
                "iat": now,
                "exp": now + 300,
                "nonce": nonce,
                "name": "Ada Lovelace",
                "andrew_id": "ada",
                "email": "ada@example.org",
                "email_verified": true,
            }),
            signer: Signer::Rsa(0, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        }
    }

    /// Replaces a claim, or removes it when the value is null.
    pub(crate) fn claim(&mut self, name: &str, value: impl Into<Value>) {
        let claims = self.claims.as_object_mut().expect("an object");
        match value.into() {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value),
        };
    }

    /// Moves a time.
    pub(crate) fn shift(&mut self, name: &str, seconds: i64) {
        let base = self.claims["iat"].as_i64().expect("a time");
        self.claim(name, base + seconds);
    }

    pub(crate) fn encode(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match &self.signer {
            Signer::Rsa(number, algorithm) => {
                key(*number).sign(algorithm, message.as_bytes()).expect("a signature")
            }
            Signer::Hmac(secret) => CoreHmacKey::new(secret.clone())
                .sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes())
                .expect("a signature"),
            Signer::Nothing => Vec::new(),
            Signer::Bytes(bytes) => bytes.clone(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
