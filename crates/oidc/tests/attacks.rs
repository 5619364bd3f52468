//! What a hostile provider, or somebody between, may try; each attempt is refused for its own reason.

mod common {
    pub(crate) mod clock;
}
mod hostile;

use std::time::Duration;

use chrono::TimeDelta;
use hostile::{
    Answer, DISCOVERY, Hostile, JWKS, Signer, TOKEN, USERINFO, assert_refused, assert_unavailable, key,
    public_pem,
};
use openidconnect::PkceCodeChallenge;
use openidconnect::PkceCodeVerifier;
use openidconnect::core::CoreJwsSigningAlgorithm;
use plenum_oidc::{Refusal, Secret};
use plenum_ports::identity::{ExpectedLogin, IdentityError, IdentityProvider as _};
use serde_json::{Value, json};
use url::Url;

#[tokio::test]
async fn an_honest_token_is_believed() {
    let hostile = Hostile::new().await;
    let identity = hostile.attempt(|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(identity.issuer, hostile.issuer);
    assert_eq!(identity.subject, "subject-of-ada");
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(identity.andrew_id.as_deref(), Some("ada"));
    assert_eq!(hostile.asked(USERINFO), 0, "nothing was missing");
    // Forms that mean the same.
    let flag_as_text = hostile.attempt(|token| token.claim("email_verified", "true")).await;
    assert!(flag_as_text.is_ok_and(|identity| identity.email_verified));
    let as_list = hostile.attempt(|token| token.claim("aud", json!(["plenum"]))).await;
    assert!(as_list.is_ok());
    let with_party = hostile.attempt(|token| token.claim("azp", "plenum")).await;
    assert!(with_party.is_ok());
    let without_type =
        hostile.attempt(|token| token.header = json!({ "alg": "RS256", "kid": "key-0" })).await;
    assert!(without_type.is_ok());
    let without_key_id = hostile.attempt(|token| token.header = json!({ "alg": "RS256" })).await;
    assert!(without_key_id.is_ok());
}

#[tokio::test]
async fn the_code_is_exchanged_with_its_verifier() {
    let hostile = Hostile::new().await;
    let start = hostile.begin().await;
    hostile.token_answer(&hostile.honest(&start).encode());
    assert!(hostile.finish(&start).await.is_ok());
    let sent = hostile.last_token_request();
    let verifier = PkceCodeVerifier::new(sent["code_verifier"].clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let url = Url::parse(&start.authorization_url).expect("an address");
    assert!(url.query_pairs().any(|(name, value)| name == "code_challenge" && value == challenge.as_str()));
    assert_eq!(sent["code"], "a-code");
    assert_eq!(sent["redirect_uri"], hostile::CALLBACK);
    assert_eq!(sent["client_id"], hostile::CLIENT);
}

#[tokio::test]
async fn the_callback_must_come_from_the_provider_that_was_asked() {
    let hostile = Hostile::new().await;
    let start = hostile.begin().await;
    hostile.token_answer(&hostile.honest(&start).encode());
    let expected =
        || ExpectedLogin { nonce: start.nonce.clone(), pkce_verifier: start.pkce_verifier.clone() };
    let mut parameters = hostile.parameters();
    parameters.iss = Some("https://evil.example.org".to_owned());
    assert_refused(hostile.adapter.finish(parameters, expected()).await, Refusal::IssuerMixedUp);
    let mut parameters = hostile.parameters();
    parameters.iss = Some(format!("{}/", hostile.issuer));
    assert_refused(hostile.adapter.finish(parameters, expected()).await, Refusal::IssuerMixedUp);
    let mut parameters = hostile.parameters();
    parameters.iss = None;
    assert_refused(hostile.adapter.finish(parameters, expected()).await, Refusal::IssuerMissing);
    // An error has to say where it comes from as well.
    let mut parameters = hostile.parameters();
    parameters.iss = Some("https://evil.example.org".to_owned());
    parameters.error = Some("access_denied".to_owned());
    assert_refused(hostile.adapter.finish(parameters, expected()).await, Refusal::IssuerMixedUp);
    assert_eq!(hostile.asked(TOKEN), 0, "no code was sent anywhere");

    let mut parameters = hostile.parameters();
    parameters.error = Some("access_denied".to_owned());
    parameters.error_description = Some("no\r\nforged: line".to_owned());
    match hostile.adapter.finish(parameters, expected()).await {
        Err(IdentityError::ProviderRefused { error, description }) => {
            assert_eq!(error, "access_denied");
            assert_eq!(description.as_deref(), Some("noforged: line"));
        }
        _ => panic!("an error of the provider is handed on"),
    }
    assert_eq!(hostile.asked(TOKEN), 0);
}

#[tokio::test]
async fn a_provider_without_rfc_9207_may_stay_silent_but_not_lie() {
    let hostile = Hostile::new().await;
    hostile.discovery_with("authorization_response_iss_parameter_supported", Value::Null);
    let start = hostile.begin().await;
    hostile.token_answer(&hostile.honest(&start).encode());
    let expected =
        || ExpectedLogin { nonce: start.nonce.clone(), pkce_verifier: start.pkce_verifier.clone() };
    let mut parameters = hostile.parameters();
    parameters.iss = Some("https://evil.example.org".to_owned());
    assert_refused(hostile.adapter.finish(parameters, expected()).await, Refusal::IssuerMixedUp);
    let mut parameters = hostile.parameters();
    parameters.iss = None;
    assert!(hostile.adapter.finish(parameters, expected()).await.is_ok());
}

#[tokio::test]
async fn the_token_must_be_from_this_issuer_for_this_client() {
    let hostile = Hostile::new().await;
    let issuer = hostile.issuer.clone();
    for wrong in ["https://evil.example.org".to_owned(), format!("{issuer}/"), issuer.to_uppercase()] {
        hostile.refuses(Refusal::TokenIssuer, |token| token.claim("iss", wrong)).await;
    }
    for wrong in [json!("other"), json!(["other"]), json!([]), json!("PLENUM"), Value::Null] {
        hostile.refuses(Refusal::TokenAudience, |token| token.claim("aud", wrong)).await;
    }
    for several in [json!(["plenum", "other"]), json!(["other", "plenum"]), json!(["plenum", "plenum"])] {
        hostile.refuses(Refusal::TokenAudiences, |token| token.claim("aud", several)).await;
    }
    hostile.refuses(Refusal::TokenAuthorizedParty, |token| token.claim("azp", "other")).await;
}

#[tokio::test]
async fn the_token_must_belong_to_this_attempt() {
    let hostile = Hostile::new().await;
    hostile.refuses(Refusal::NonceMissing, |token| token.claim("nonce", Value::Null)).await;
    hostile.refuses(Refusal::NonceMismatch, |token| token.claim("nonce", "another")).await;
    hostile.refuses(Refusal::NonceMismatch, |token| token.claim("nonce", "")).await;
    // An attempt that remembers no nonce is not finished by a token that has none worth the name.
    let mut start = hostile.begin().await;
    start.nonce = String::new();
    hostile.token_answer(&hostile.honest(&start).encode());
    assert_refused(hostile.finish(&start).await, Refusal::NonceMismatch);
    // A whole token, once good, handed out again.
    let first = hostile.begin().await;
    let token = hostile.honest(&first).encode();
    hostile.token_answer(&token);
    assert!(hostile.finish(&first).await.is_ok());
    let second = hostile.begin().await;
    assert_refused(hostile.finish(&second).await, Refusal::NonceMismatch);
}

#[tokio::test]
async fn the_signature_must_be_right() {
    let hostile = Hostile::new().await;
    hostile
        .refuses(Refusal::TokenSignature, |token| {
            token.signer = Signer::Rsa(1, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256);
        })
        .await;
    for bytes in [vec![], vec![0; 256], vec![0xff; 256], vec![1; 4096]] {
        hostile.refuses(Refusal::TokenSignature, |token| token.signer = Signer::Bytes(bytes)).await;
    }
    // A claim changed after signing.
    let start = hostile.begin().await;
    let honest = hostile.honest(&start);
    let mut forged = hostile.honest(&start);
    forged.claim("sub", "subject-of-the-chair");
    let (honest, forged) = (honest.encode(), forged.encode());
    let signature = honest.rsplit('.').next().expect("a signature");
    let message = forged.rsplit_once('.').expect("a message").0;
    hostile.token_answer(&format!("{message}.{signature}"));
    assert_refused(hostile.finish(&start).await, Refusal::TokenSignature);
}

#[tokio::test]
async fn only_asymmetric_algorithms_the_provider_announced() {
    // The provider announces `none` and HS256, which changes nothing. A client secret does not either.
    let hostile = Hostile::with(|settings| settings.client_secret = Some(Secret::new("a secret"))).await;
    for spelling in ["none", "None", "NONE"] {
        let start = hostile.begin().await;
        let mut token = hostile.honest(&start);
        token.header["alg"] = json!(spelling);
        token.signer = Signer::Nothing;
        hostile.token_answer(&token.encode());
        let refusal = if spelling == "none" { Refusal::TokenUnsigned } else { Refusal::TokenMalformed };
        assert_refused(hostile.finish(&start).await, refusal);
    }
    hostile.refuses(Refusal::TokenUnsigned, |token| token.header["alg"] = json!("none")).await;

    let public_pem = public_pem(0);
    let modulus = serde_json::to_vec(&serde_json::to_value(published(0)).expect("json")["n"]).expect("json");
    for secret in [
        public_pem.as_bytes().to_vec(),
        public_pem.trim_end().as_bytes().to_vec(),
        serde_json::to_vec(&published(0)).expect("json"),
        modulus,
        b"a secret".to_vec(),
        Vec::new(),
    ] {
        hostile
            .refuses(Refusal::TokenAlgorithm, |token| {
                token.header["alg"] = json!("HS256");
                token.signer = Signer::Hmac(secret);
            })
            .await;
    }
    // A right signature by the right key, but with an algorithm that was not announced, or is not accepted.
    for (name, algorithm) in [
        ("PS256", CoreJwsSigningAlgorithm::RsaSsaPssSha256),
        ("RS512", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512),
    ] {
        hostile
            .refuses(Refusal::TokenAlgorithm, |token| {
                token.header["alg"] = json!(name);
                token.signer = Signer::Rsa(0, algorithm);
            })
            .await;
    }
    hostile.refuses(Refusal::TokenMalformed, |token| token.header["alg"] = json!("a new one")).await;
}

fn published(number: usize) -> openidconnect::core::CoreJsonWebKey {
    use openidconnect::PrivateSigningKey as _;
    key(number).as_verification_key()
}

#[tokio::test]
async fn an_announced_algorithm_of_the_list_is_accepted() {
    let hostile = Hostile::new().await;
    hostile.discovery_with("id_token_signing_alg_values_supported", json!(["PS256"]));
    let result = hostile
        .attempt(|token| {
            token.header["alg"] = json!("PS256");
            token.signer = Signer::Rsa(0, CoreJwsSigningAlgorithm::RsaSsaPssSha256);
        })
        .await;
    assert!(result.is_ok());
    hostile.refuses(Refusal::TokenAlgorithm, |_| {}).await;

    let hostile = Hostile::new().await;
    hostile.discovery_with("id_token_signing_alg_values_supported", json!(["none", "HS256", "RS1"]));
    assert!(matches!(
        hostile.adapter.begin().await,
        Err(IdentityError::Invalid { reason }) if reason == Refusal::NoAcceptableAlgorithm.reason()
    ));
}

#[tokio::test]
async fn keys_rotate_and_unknown_keys_are_asked_for_with_restraint() {
    let hostile = Hostile::new().await;
    assert!(hostile.attempt(|_| {}).await.is_ok());
    assert_eq!(hostile.asked(JWKS), 1);
    // A rotation is followed at once.
    hostile.publish(&[key(0), key(1)]);
    let rotated = |token: &mut hostile::Forgery| {
        token.header["kid"] = json!("key-1");
        token.signer = Signer::Rsa(1, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256);
    };
    assert!(hostile.attempt(rotated).await.is_ok());
    assert_eq!(hostile.asked(JWKS), 2);
    assert!(hostile.attempt(rotated).await.is_ok());
    assert!(hostile.attempt(|_| {}).await.is_ok());
    assert_eq!(hostile.asked(JWKS), 2);
    // A key nobody published does not make the server ask again and again.
    for _ in 0..5 {
        hostile.refuses(Refusal::TokenKeyUnknown, |token| token.header["kid"] = json!("key-9")).await;
    }
    assert_eq!(hostile.asked(JWKS), 2);
    // With several keys a token has to say which.
    hostile.refuses(Refusal::TokenKeyAmbiguous, |token| token.header = json!({ "alg": "RS256" })).await;
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_forgotten() {
    let hostile = Hostile::with(|settings| settings.timings.key_refresh_pause = Duration::ZERO).await;
    assert!(hostile.attempt(|_| {}).await.is_ok());
    hostile.publish(&[key(1)]);
    hostile.refuses(Refusal::TokenKeyUnknown, |token| token.header["kid"] = json!("key-9")).await;
    hostile.refuses(Refusal::TokenKeyUnknown, |_| {}).await;
    // While the keys cannot be fetched, an unknown one stays unknown.
    hostile.answer(JWKS, Answer::Text { status: 500, kind: "text/plain", text: String::new() });
    hostile.refuses(Refusal::TokenKeyUnknown, |_| {}).await;
    // A key for something else does not verify signatures.
    let mut other_use = serde_json::to_value(published(0)).expect("json");
    other_use["use"] = json!("enc");
    hostile.answer(JWKS, Answer::Json(json!({ "keys": [other_use] })));
    hostile.refuses(Refusal::TokenKeyUnknown, |_| {}).await;
}

#[tokio::test]
async fn times_are_held_to_the_clock() {
    let hostile = Hostile::new().await;
    hostile.refuses(Refusal::TokenExpired, |token| token.shift("exp", -31)).await;
    assert!(hostile.attempt(|token| token.shift("exp", -29)).await.is_ok(), "within the leeway");
    hostile.refuses(Refusal::TokenFromTheFuture, |token| token.shift("iat", 31)).await;
    assert!(hostile.attempt(|token| token.shift("iat", 29)).await.is_ok(), "within the leeway");
    hostile.refuses(Refusal::TokenTooOld, |token| token.shift("iat", -631)).await;
    hostile.refuses(Refusal::TokenNotYetValid, |token| token.shift("nbf", 31)).await;
    assert!(hostile.attempt(|token| token.shift("nbf", 29)).await.is_ok(), "within the leeway");
    hostile.refuses(Refusal::TokenMalformed, |token| token.claim("nbf", "soon")).await;
    for name in ["exp", "iat"] {
        for wrong in [Value::Null, json!("never"), json!(1e300), json!(-1e300), json!(i64::MAX)] {
            let result = hostile.attempt(|token| token.claim(name, wrong.clone())).await;
            assert!(matches!(result, Err(IdentityError::Invalid { .. })), "{name} {wrong}");
        }
    }
    // A token that was good is not good for ever.
    let start = hostile.begin().await;
    hostile.token_answer(&hostile.honest(&start).encode());
    hostile.clock.advance(TimeDelta::seconds(331));
    assert_refused(hostile.finish(&start).await, Refusal::TokenExpired);
}

#[tokio::test]
async fn forms_that_are_not_understood_are_refused() {
    let hostile = Hostile::new().await;
    hostile.refuses(Refusal::TokenUnsupported, |token| token.header["crit"] = json!(["exp"])).await;
    hostile.refuses(Refusal::TokenUnsupported, |token| token.header["cty"] = json!("JWT")).await;
    hostile.refuses(Refusal::TokenUnsupported, |token| token.header["typ"] = json!("at+jwt")).await;
    hostile.refuses(Refusal::SubjectUnusable, |token| token.claim("sub", "")).await;
    hostile.refuses(Refusal::SubjectUnusable, |token| token.claim("sub", "s".repeat(256))).await;
    hostile.refuses(Refusal::SubjectUnusable, |token| token.claim("sub", "a\nb")).await;
    hostile.refuses(Refusal::TokenMalformed, |token| token.claim("sub", Value::Null)).await;
    hostile.refuses(Refusal::TokenMalformed, |token| token.claim("sub", 7)).await;
    hostile
        .refuses(Refusal::AccessTokenMismatch, |token| token.claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"))
        .await;
}

#[tokio::test]
async fn userinfo_completes_the_same_person_only() {
    let hostile = Hostile::new().await;
    let without_andrew_id = |token: &mut hostile::Forgery| token.claim("andrew_id", Value::Null);
    let userinfo = |claims: Value| hostile.answer(USERINFO, Answer::Json(claims));
    userinfo(json!({ "sub": "subject-of-ada", "andrew_id": "ada-l", "name": "Eve" }));
    let identity = hostile.attempt(without_andrew_id).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(identity.andrew_id.as_deref(), Some("ada-l"));
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"), "the ID token comes first");

    userinfo(json!({ "sub": "subject-of-eve", "andrew_id": "eve" }));
    assert_refused(hostile.attempt(without_andrew_id).await, Refusal::UserinfoSubject);
    for malformed in
        [json!({ "andrew_id": "eve" }), json!({ "sub": ["subject-of-ada"] }), json!([]), json!("x")]
    {
        userinfo(malformed);
        assert_refused(hostile.attempt(without_andrew_id).await, Refusal::UserinfoMalformed);
    }
    hostile.answer(USERINFO, Answer::Overlong);
    assert_refused(hostile.attempt(without_andrew_id).await, Refusal::AnswerTooLarge);
    hostile.answer(USERINFO, Answer::Text { status: 403, kind: "text/plain", text: "no".to_owned() });
    assert_unavailable(hostile.attempt(without_andrew_id).await);
    hostile.answer(USERINFO, Answer::Redirect(format!("{}/elsewhere", hostile.issuer)));
    assert_unavailable(hostile.attempt(without_andrew_id).await);
    assert_eq!(hostile.asked("/elsewhere"), 0);
}

#[tokio::test]
async fn token_answers_that_make_no_sense_are_refused() {
    let hostile = Hostile::new().await;
    let attempt = async |answer: Answer| {
        let start = hostile.begin().await;
        hostile.answer(TOKEN, answer);
        hostile.finish(&start).await
    };
    let text = |status, text: &str| Answer::Text { status, kind: "application/json", text: text.to_owned() };
    for nonsense in ["", "{", "[]", "null", "{\"access_token\":1}", "\u{0}", "{\"id_token\":\"a.b.c\"}"] {
        assert_refused(attempt(text(200, nonsense)).await, Refusal::TokenMalformed);
    }
    for id_token in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30", "😀"] {
        let start = hostile.begin().await;
        hostile.token_answer(id_token);
        assert_refused(hostile.finish(&start).await, Refusal::TokenMalformed);
    }
    let without = json!({ "access_token": "a", "token_type": "Bearer" });
    assert_refused(attempt(Answer::Json(without)).await, Refusal::IdTokenMissing);
    assert_refused(attempt(Answer::Overlong).await, Refusal::AnswerTooLarge);
    assert_refused(attempt(text(200, &" ".repeat(600_000))).await, Refusal::AnswerTooLarge);
    assert_refused(attempt(text(200, &"[".repeat(100_000))).await, Refusal::TokenMalformed);
    assert_refused(attempt(text(400, "<html>")).await, Refusal::TokenMalformed);
    assert_unavailable(attempt(text(503, "{}")).await);
    assert!(matches!(
        attempt(text(400, "{\"error\":\"invalid_grant\"}")).await,
        Err(IdentityError::ProviderRefused { error, .. }) if error == "invalid_grant"
    ));
    let away = Answer::Redirect(format!("{}/elsewhere", hostile.issuer));
    assert_refused(attempt(away).await, Refusal::TokenMalformed);
    assert_eq!(hostile.asked("/elsewhere"), 0);
    // An access token that is no header value would be sent to userinfo.
    let start = hostile.begin().await;
    let mut token = hostile.honest(&start);
    token.claim("andrew_id", Value::Null);
    let nasty = json!({ "access_token": "a\r\nb: c", "token_type": "Bearer", "id_token": token.encode() });
    hostile.answer(TOKEN, Answer::Json(nasty));
    assert_refused(hostile.finish(&start).await, Refusal::TokenMalformed);
    assert_eq!(hostile.asked(USERINFO), 0);
}

#[tokio::test]
async fn discovery_is_not_taken_on_trust() {
    let refused = async |hostile: &Hostile, refusal: Refusal| {
        let result = hostile.adapter.begin().await;
        match result {
            Err(IdentityError::Invalid { reason }) => assert_eq!(reason, refusal.reason()),
            Err(other) => panic!("{other:?} instead of {refusal:?}"),
            Ok(_) => panic!("accepted instead of {refusal:?}"),
        }
    };
    let hostile = Hostile::new().await;
    for other in ["https://evil.example.org".to_owned(), format!("{}/", hostile.issuer)] {
        hostile.discovery_with("issuer", json!(other));
        refused(&hostile, Refusal::DiscoveryIssuer).await;
    }
    for member in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        hostile.discovery_with(member, Value::Null);
        refused(&hostile, Refusal::DiscoveryMalformed).await;
    }
    for member in
        ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"]
    {
        for address in
            ["http://example.org/x", "ftp://127.0.0.1/x", "javascript:alert(1)", "file:///etc/passwd"]
        {
            hostile.discovery_with(member, json!(address));
            refused(&hostile, Refusal::DiscoveryInsecure).await;
        }
    }
    for nonsense in ["", "<html>", "[]", "{}"] {
        let kind = "application/json";
        hostile.answer(DISCOVERY, Answer::Text { status: 200, kind, text: nonsense.to_owned() });
        refused(&hostile, Refusal::DiscoveryMalformed).await;
    }
    hostile.answer(DISCOVERY, Answer::Overlong);
    refused(&hostile, Refusal::AnswerTooLarge).await;
    hostile.answer(DISCOVERY, Answer::Redirect(format!("{}/elsewhere", hostile.issuer)));
    assert_unavailable(hostile.adapter.begin().await);
    assert_eq!(hostile.asked("/elsewhere"), 0);
    assert_eq!(hostile.asked(JWKS), 0, "no key was fetched for a document that was refused");

    hostile.answer(DISCOVERY, Answer::Json(hostile.honest_discovery()));
    for nonsense in ["", "{}", "[]", "{\"keys\":{}}"] {
        let kind = "application/jwk-set+json";
        hostile.answer(JWKS, Answer::Text { status: 200, kind, text: nonsense.to_owned() });
        refused(&hostile, Refusal::KeysMalformed).await;
    }
    hostile.answer(JWKS, Answer::Overlong);
    refused(&hostile, Refusal::AnswerTooLarge).await;
    // As soon as it answers as it should, people sign in.
    hostile.publish(&[key(0)]);
    assert!(hostile.attempt(|_| {}).await.is_ok());
}

#[tokio::test]
async fn a_silent_provider_costs_one_timeout_for_everybody() {
    let hostile = Hostile::with(|settings| {
        settings.timings.request = Duration::from_millis(300);
        settings.timings.discovery_pause = Duration::from_mins(1);
    })
    .await;
    hostile.answer(DISCOVERY, Answer::Silence);
    let crowd = (0..50).map(|_| hostile.adapter.begin());
    for result in futures::future::join_all(crowd).await {
        assert_unavailable(result);
    }
    assert_eq!(hostile.asked(DISCOVERY), 1);
}

#[tokio::test]
async fn a_crowd_asks_once_and_an_outage_of_discovery_is_survived() {
    let hostile =
        Hostile::with(|settings| settings.timings.discovery_lifetime = Duration::from_hours(1)).await;
    let crowd = (0..50).map(|_| hostile.adapter.begin());
    assert!(futures::future::join_all(crowd).await.iter().all(Result::is_ok));
    assert_eq!(hostile.asked(DISCOVERY), 1);
    assert_eq!(hostile.asked(JWKS), 1);

    let hostile = Hostile::with(|settings| settings.timings.discovery_lifetime = Duration::ZERO).await;
    assert!(hostile.attempt(|_| {}).await.is_ok());
    hostile.answer(DISCOVERY, Answer::Text { status: 500, kind: "text/plain", text: String::new() });
    assert!(hostile.attempt(|_| {}).await.is_ok(), "what was last seen stays in use");
    hostile.discovery_with("issuer", json!("https://evil.example.org"));
    assert!(hostile.attempt(|_| {}).await.is_ok());
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let hostile = Hostile::with(|settings| settings.client_secret = Some(Secret::new("swordfish"))).await;
    let start = hostile.begin().await;
    hostile.answer(TOKEN, Answer::Json(json!({ "error": "invalid_client", "error_description": "x" })));
    let error = hostile.finish(&start).await.err().expect("refused");
    let shown = format!("{error:?} {error} {:?} {:?}", hostile.adapter, error.to_string());
    for secret in ["swordfish", &start.nonce, &start.state, &start.pkce_verifier, "a-code"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
