//! Codes and access tokens of the development provider. In memory: a restart ends them all.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use subtle::ConstantTimeEq as _;

use crate::random;

/// How long a code may be exchanged.
pub(super) const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);

/// How long an access token and an ID token last.
pub(super) const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(5);

/// What a person agreed to by picking a name.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scopes: Vec<String>,
}

impl Grant {
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

struct Timed<T> {
    value: T,
    until: DateTime<Utc>,
}

/// All grants that are still good for something.
#[derive(Default)]
pub(super) struct Grants {
    codes: Mutex<HashMap<String, Timed<Grant>>>,
    tokens: Mutex<HashMap<String, Timed<Grant>>>,
}

impl Grants {
    /// A code for this grant.
    pub(super) fn issue_code(&self, grant: Grant, now: DateTime<Utc>) -> String {
        insert(&self.codes, grant, now, CODE_LIFE)
    }

    /// The grant behind a code, once; whoever presents the code wrongly has used it up as well.
    pub(super) fn redeem(&self, code: &str, proof: &Proof<'_>, now: DateTime<Utc>) -> Option<Grant> {
        let Timed { value: grant, until } = lock(&self.codes).remove(code)?;
        let good = now < until
            && grant.client_id == proof.client_id
            && grant.redirect_uri == proof.redirect_uri
            && challenge_matches(&grant.code_challenge, proof.code_verifier);
        good.then_some(grant)
    }

    /// An access token for this grant.
    pub(super) fn issue_token(&self, grant: Grant, now: DateTime<Utc>) -> String {
        insert(&self.tokens, grant, now, TOKEN_LIFE)
    }

    /// The grant behind an access token.
    pub(super) fn by_token(&self, token: &str, now: DateTime<Utc>) -> Option<Grant> {
        lock(&self.tokens).get(token).filter(|timed| now < timed.until).map(|timed| timed.value.clone())
    }
}

/// What has to come with a code.
pub(super) struct Proof<'a> {
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) code_verifier: &'a str,
}

fn lock<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn insert(
    map: &Mutex<HashMap<String, Timed<Grant>>>,
    value: Grant,
    now: DateTime<Utc>,
    life: TimeDelta,
) -> String {
    let name = random::token();
    let mut map = lock(map);
    map.retain(|_, timed| now < timed.until);
    let until = now + life;
    map.insert(name.clone(), Timed { value, until });
    name
}

fn challenge_matches(challenge: &str, verifier: &str) -> bool {
    // The library panics on other lengths.
    if !(43..=128).contains(&verifier.len()) {
        return false;
    }
    let verifier = PkceCodeVerifier::new(verifier.to_owned());
    let expected = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    expected.as_str().as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(challenge: &PkceCodeChallenge) -> Grant {
        Grant {
            subject: "ada".to_owned(),
            client_id: "plenum".to_owned(),
            redirect_uri: "http://localhost/callback".to_owned(),
            code_challenge: challenge.as_str().to_owned(),
            nonce: None,
            scopes: vec!["openid".to_owned()],
        }
    }

    fn proof(verifier: &PkceCodeVerifier) -> Proof<'_> {
        Proof {
            client_id: "plenum",
            redirect_uri: "http://localhost/callback",
            code_verifier: verifier.secret(),
        }
    }

    #[test]
    fn a_code_is_good_once_for_its_owner_in_time() {
        let grants = Grants::default();
        let (challenge, verifier) = random::pkce();
        let (_, other_verifier) = random::pkce();
        let now = DateTime::UNIX_EPOCH;
        let issue = || grants.issue_code(grant(&challenge), now);

        let code = issue();
        assert!(grants.redeem(&code, &proof(&verifier), now).is_some());
        assert!(grants.redeem(&code, &proof(&verifier), now).is_none());

        let late = now + CODE_LIFE;
        assert!(grants.redeem(&issue(), &proof(&verifier), late).is_none());
        let in_time = late - TimeDelta::milliseconds(1);
        assert!(grants.redeem(&issue(), &proof(&verifier), in_time).is_some());

        let wrong: [fn(&mut Proof<'_>); 3] = [
            |proof| proof.client_id = "other",
            |proof| proof.redirect_uri = "http://localhost/callback/",
            |proof| proof.code_verifier = "short",
        ];
        for change in wrong {
            let code = issue();
            let mut bad = proof(&verifier);
            change(&mut bad);
            assert!(grants.redeem(&code, &bad, now).is_none());
            assert!(grants.redeem(&code, &proof(&verifier), now).is_none(), "used up");
        }
        assert!(grants.redeem(&issue(), &proof(&other_verifier), now).is_none());
        assert!(grants.redeem("unknown", &proof(&verifier), now).is_none());
    }

    #[test]
    fn access_tokens_end() {
        let grants = Grants::default();
        let (challenge, _) = random::pkce();
        let now = DateTime::UNIX_EPOCH;
        let token = grants.issue_token(grant(&challenge), now);
        assert!(grants.by_token(&token, now).is_some());
        assert!(grants.by_token(&token, now + TOKEN_LIFE).is_none());
    }
}
