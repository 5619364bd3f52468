//! Whether an ID token is believed.

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, Nonce,
    SignatureVerificationError,
};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::claims::OtherClaims;
use crate::discovery::KnownProvider;
use crate::fault::foreign_text;
use crate::refusal::Refusal;
use crate::settings::Timings;

/// An ID token with all its claims.
pub(crate) type IdToken = openidconnect::IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// Verified claims of an ID token.
pub(crate) type Claims = openidconnect::IdTokenClaims<OtherClaims, CoreGenderClaim>;

/// The longest subject OpenID Connect allows.
const LONGEST_SUBJECT: usize = 255;

/// What an ID token is held against.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a ClientId,
    pub(crate) nonce: &'a str,
    pub(crate) access_token: &'a AccessToken,
    pub(crate) now: DateTime<Utc>,
    pub(crate) timings: &'a Timings,
}

/// Checks issuer, audience, algorithm, signature, times, nonce, authorized party and access token.
pub(crate) fn verify<'t>(
    token: &'t IdToken,
    provider: &KnownProvider,
    expected: &Expected<'_>,
) -> Result<&'t Claims, Refusal> {
    let verifier = verifier(provider, expected);
    let claims = token
        .claims(&verifier, |found: Option<&Nonce>| check_nonce(found, expected.nonce))
        .map_err(|error| refusal_of(&error))?;
    if claims.audiences().len() != 1 {
        return Err(Refusal::TokenAudiences);
    }
    if claims.authorized_party().is_some_and(|party| party != expected.client_id) {
        return Err(Refusal::TokenAuthorizedParty);
    }
    check_times(claims, expected)?;
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.contains(char::is_control) {
        return Err(Refusal::SubjectUnusable);
    }
    check_access_token(token, claims, &verifier, expected.access_token)?;
    Ok(claims)
}

/// A verifier as for a public client, whatever this client is: then no shared secret can verify a token.
fn verifier<'a>(provider: &KnownProvider, expected: &'a Expected<'_>) -> IdTokenVerifier<'a, CoreJsonWebKey> {
    let leeway = expected.timings.clock_leeway;
    IdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        provider.metadata.issuer().clone(),
        provider.metadata.jwks().clone(),
    )
    .set_allowed_algs(provider.algorithms.clone())
    // Several audiences are refused afterwards, with their own reason.
    .set_other_audience_verifier_fn(|_| true)
    .set_time_fn(move || expected.now - leeway)
}

const NONCE_MISSING: &str = "missing";
const NONCE_MISMATCH: &str = "mismatch";

fn check_nonce(found: Option<&Nonce>, expected: &str) -> Result<(), String> {
    let found = found.ok_or(NONCE_MISSING)?.secret();
    // An attempt without a nonce cannot be finished, whatever the token says.
    if expected.is_empty() || !bool::from(found.as_bytes().ct_eq(expected.as_bytes())) {
        return Err(NONCE_MISMATCH.to_owned());
    }
    Ok(())
}

fn check_times(claims: &Claims, expected: &Expected<'_>) -> Result<(), Refusal> {
    let timings = expected.timings;
    let latest_begin = expected.now + timings.clock_leeway;
    if claims.issue_time() > latest_begin {
        return Err(Refusal::TokenFromTheFuture);
    }
    if claims.issue_time() < expected.now - timings.token_age - timings.clock_leeway {
        return Err(Refusal::TokenTooOld);
    }
    match claims.additional_claims().0.get("nbf") {
        None | Some(Value::Null) => Ok(()),
        Some(value) => match value.as_f64() {
            Some(begin) if begin <= seconds(latest_begin) => Ok(()),
            Some(_) => Err(Refusal::TokenNotYetValid),
            None => Err(Refusal::TokenMalformed),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a double for millions of years")]
fn seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp() as f64
}

/// `at_hash` is optional in the code flow; where it is given it has to be right.
fn check_access_token(
    token: &IdToken,
    claims: &Claims,
    verifier: &IdTokenVerifier<'_, CoreJsonWebKey>,
    access_token: &AccessToken,
) -> Result<(), Refusal> {
    let Some(expected) = claims.access_token_hash() else {
        return Ok(());
    };
    let algorithm = token.signing_alg().map_err(|error| signature_refusal(&error))?;
    let key = token.signing_key(verifier).map_err(|error| signature_refusal(&error))?;
    let actual = AccessTokenHash::from_token(access_token, algorithm, key)
        .map_err(|_| Refusal::AccessTokenMismatch)?;
    if actual == *expected { Ok(()) } else { Err(Refusal::AccessTokenMismatch) }
}

fn refusal_of(error: &ClaimsVerificationError) -> Refusal {
    let refusal = match error {
        ClaimsVerificationError::Expired(_) => Refusal::TokenExpired,
        ClaimsVerificationError::InvalidAudience(_) => Refusal::TokenAudience,
        ClaimsVerificationError::InvalidIssuer(_) => Refusal::TokenIssuer,
        ClaimsVerificationError::InvalidNonce(why) if why == NONCE_MISSING => Refusal::NonceMissing,
        ClaimsVerificationError::InvalidNonce(_) => Refusal::NonceMismatch,
        ClaimsVerificationError::InvalidSubject(_) => Refusal::SubjectUnusable,
        ClaimsVerificationError::SignatureVerification(error) => signature_refusal(error),
        _ => Refusal::TokenUnsupported,
    };
    // These say which issuer, audience, time or algorithm was found: what an operator needs, nothing personal.
    tracing::warn!(detail = foreign_text(&error.to_string()), "{}", refusal.reason());
    refusal
}

fn signature_refusal(error: &SignatureVerificationError) -> Refusal {
    match error {
        SignatureVerificationError::NoSignature => Refusal::TokenUnsigned,
        SignatureVerificationError::DisallowedAlg(_) | SignatureVerificationError::UnsupportedAlg(_) => {
            Refusal::TokenAlgorithm
        }
        SignatureVerificationError::NoMatchingKey => Refusal::TokenKeyUnknown,
        SignatureVerificationError::AmbiguousKeyId(_) => Refusal::TokenKeyAmbiguous,
        SignatureVerificationError::InvalidKey(_) => Refusal::TokenKeyUnusable,
        _ => Refusal::TokenSignature,
    }
}
