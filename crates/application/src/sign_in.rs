//! Signing in: out to the provider, back with proof, and who is acting afterwards.
//!
//! The provider is asked between transactions, never inside one.

use chrono::TimeDelta;
use plenum_domain::id::{ApiTokenId, LoginId};
use plenum_domain::text::{AndrewId, EmailAddress, PersonName};
use plenum_domain::token::TokenScopes;
use plenum_domain::user::User;
use plenum_domain::{Moment, field::FieldErrors};
use plenum_ports::identity::{CallbackParameters, ExpectedLogin, VerifiedIdentity};
use plenum_ports::repository::{LoginAttempt, NewLogin, NewUser, Promisee, ProviderSubject, TokenHash};
use plenum_ports::{Constraint, StoreError, Tx};
use serde_json::json;

use crate::audit::{self, Describe};
use crate::failure::{Failure, SignInFailure};
use crate::secret::Secret;
use crate::use_cases::{TouchLogin, TouchToken, claim};
use crate::{App, Env, UseCase};

/// Where to send the browser, and what it must bring back.
#[derive(Clone, Debug)]
pub struct Departure {
    /// The provider's address.
    pub url: String,
    /// For a cookie of this browser: a login comes back to where it began.
    pub browser: Secret,
}

/// A finished sign-in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// For the browser's cookie.
    pub token: Secret,
    /// Where on this server to go.
    pub next: String,
    /// Who it is.
    pub user: User,
}

/// Who is acting, and by what proof.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub user: User,
    /// How they proved it.
    pub proof: Proof,
    /// What the proof may be used for; a signed-in browser for everything.
    pub scopes: TokenScopes,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The cookie of a signed-in browser.
    Login(LoginId),
    /// An API token.
    Token(ApiTokenId),
}

impl App {
    /// Sends someone to the provider; `next` is where on this server they want to be afterwards.
    ///
    /// # Errors
    /// [`SignInFailure::Provider`] when it cannot be reached.
    pub async fn depart(&self, next: &str) -> Result<Departure, Failure> {
        let start = self.identity.begin().await.map_err(SignInFailure::from)?;
        let browser = Secret::draw(self.env.randomness.as_ref(), "");
        self.run(&Remember {
            state: Secret::given(&start.state).hash(),
            browser: browser.hash(),
            nonce: start.nonce,
            pkce_verifier: start.pkce_verifier,
            next: safe_next(next).to_owned(),
        })
        .await?;
        Ok(Departure { url: start.authorization_url, browser })
    }

    /// Takes someone back from the provider. `previous` is the cookie of an earlier login in this
    /// browser, which ends.
    ///
    /// # Errors
    /// [`SignInFailure`] says which check failed. The state is used up in any case.
    pub async fn arrive(
        &self,
        parameters: CallbackParameters,
        browser: Option<&Secret>,
        previous: Option<&Secret>,
    ) -> Result<Arrival, Failure> {
        let (Some(state), Some(browser)) = (&parameters.state, browser) else {
            return Err(SignInFailure::Expired.into());
        };
        let attempt = self.run(&Take { state: Secret::given(state).hash() }).await?;
        // Hashes of 256-bit secrets: comparing them tells a clock nothing about the secret.
        let Some(attempt) = attempt.filter(|attempt| attempt.browser == browser.hash()) else {
            return Err(SignInFailure::Expired.into());
        };
        let expected = ExpectedLogin { nonce: attempt.nonce, pkce_verifier: attempt.pkce_verifier };
        let identity = self.identity.finish(parameters, expected).await.map_err(SignInFailure::from)?;
        let (token, user) =
            self.run(&SignIn { identity, previous: previous.map(Secret::hash) }).await.map_err(taken_name)?;
        Ok(Arrival { token, next: attempt.next, user })
    }

    /// Finds out who a cookie belongs to; `None` when it is unknown, idle for too long or too old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn who_has_login(&self, cookie: &Secret) -> Result<Option<Actor>, Failure> {
        let Some(login) = self.queries.login(cookie.hash()).await? else { return Ok(None) };
        let now = self.env.clock.now();
        let idle = span(self.env.settings.login_idle);
        if login.expires_at <= now || login.last_used_at + idle <= now {
            return Ok(None);
        }
        if is_stale(Some(login.last_used_at), now) {
            self.run(&TouchLogin(login.id)).await?;
        }
        Ok(Some(Actor { user: login.user, proof: Proof::Login(login.id), scopes: TokenScopes::ALL }))
    }

    /// Finds out who an API token belongs to; `None` when it is unknown, revoked or expired.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn who_has_token(&self, token: &Secret) -> Result<Option<Actor>, Failure> {
        let Some((token, user)) = self.queries.api_token(token.hash()).await? else { return Ok(None) };
        let now = self.env.clock.now();
        if token.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        if is_stale(token.last_used_at, now) {
            self.run(&TouchToken(token.id)).await?;
        }
        Ok(Some(Actor { user, proof: Proof::Token(token.id), scopes: token.scopes }))
    }
}

/// Uses are noted to the minute, so that reading does not become writing.
fn is_stale(last: Option<Moment>, now: Moment) -> bool {
    last.is_none_or(|last| now - last >= TimeDelta::minutes(1))
}

fn span(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// A path on this server, or the front page: a sign-in never leads to another site.
pub fn safe_next(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.len() <= 2_000
        && next.chars().all(|c| c.is_ascii_graphic());
    if local { next } else { "/" }
}

fn taken_name(failure: Failure) -> Failure {
    match failure {
        Failure::Store(StoreError::Violated(Constraint::AndrewId)) => SignInFailure::LoginNameTaken.into(),
        failure => failure,
    }
}

struct Remember {
    state: TokenHash,
    browser: TokenHash,
    nonce: String,
    pkce_verifier: String,
    next: String,
}

#[async_trait::async_trait]
impl UseCase for Remember {
    const NAME: &'static str = "login.depart";
    type Output = ();

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let now = tx.now().await?;
        let attempt = LoginAttempt {
            state: self.state,
            browser: self.browser,
            nonce: self.nonce.clone(),
            pkce_verifier: self.pkce_verifier.clone(),
            next: self.next.clone(),
            expires_at: now + span(env.settings.login_attempt),
        };
        Ok(tx.logins().insert_attempt(&attempt).await?)
    }
}

struct Take {
    state: TokenHash,
}

#[async_trait::async_trait]
impl UseCase for Take {
    const NAME: &'static str = "login.take";
    type Output = Option<LoginAttempt>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let now = tx.now().await?;
        let attempt = tx.logins().take_attempt(self.state).await?;
        Ok(attempt.filter(|attempt| now < attempt.expires_at))
    }
}

struct SignIn {
    identity: VerifiedIdentity,
    previous: Option<TokenHash>,
}

#[async_trait::async_trait]
impl UseCase for SignIn {
    const NAME: &'static str = "login.arrive";
    type Output = (Secret, User);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let user = self.user(tx).await?;
        if tx.users().is_disabled(user.id).await? {
            return Err(SignInFailure::Disabled.into());
        }
        if let Some(previous) = self.previous {
            tx.logins().delete(previous).await?;
        }
        let now = tx.now().await?;
        claim(tx, user.id, &self.claims(), now).await?;
        let secret = Secret::draw(env.randomness.as_ref(), "");
        let login = NewLogin {
            user_id: user.id,
            token: secret.hash(),
            created_at: now,
            expires_at: now + span(env.settings.login_absolute),
        };
        tx.logins().insert(&login).await?;
        let entry = audit::entry("login.begin", "users", user.id.get(), Some(user.id), now);
        tx.audit().append(&[entry]).await?;
        Ok((secret, user))
    }
}

impl SignIn {
    /// What the provider vouches for, and roles may have been promised to.
    fn claims(&self) -> Vec<Promisee> {
        let identity = &self.identity;
        let andrew_id = identity.andrew_id.as_deref().and_then(|text| AndrewId::parse(text).ok());
        let email = identity.email.as_deref().filter(|_| identity.email_verified);
        let email = email.and_then(|text| EmailAddress::parse(text).ok());
        andrew_id.map(Promisee::AndrewId).into_iter().chain(email.map(Promisee::Email)).collect()
    }

    /// Finds or adds the person, following changes of name at the provider.
    async fn user(&self, tx: &mut dyn Tx) -> Result<User, Failure> {
        let identity = &self.identity;
        let subject = ProviderSubject { issuer: identity.issuer.clone(), subject: identity.subject.clone() };
        let claimed = identity.andrew_id.as_deref().and_then(|text| AndrewId::parse(text).ok());
        let found = tx.users().find_by_subject(&subject).await?;
        let andrew_id = claimed
            .or_else(|| found.as_ref().map(|user| user.andrew_id.clone()))
            .ok_or(SignInFailure::NoLoginName)?;
        let name = identity.name.as_deref().and_then(PersonName::from_claim);
        let known = match found {
            Some(user) => Some(user),
            None => match tx.users().find_by_andrew_id(&andrew_id).await? {
                // A machine of that name is nobody who could sign in.
                Some((user, _)) if tx.clients().is_client(user.id).await? => {
                    return Err(SignInFailure::LoginNameTaken.into());
                }
                // Entered by a roster or an operator: the first sign-in ties the person to the subject.
                Some((user, false)) => {
                    let name = name.clone().unwrap_or_else(|| user.name.clone());
                    let new = NewUser { name, andrew_id, subject: Some(subject) };
                    return self.change(tx, &user, &new).await;
                }
                Some((_, true)) => return Err(SignInFailure::LoginNameTaken.into()),
                None => None,
            },
        };
        let Some(user) = known else {
            let name = match name {
                Some(name) => name,
                None => {
                    PersonName::parse(andrew_id.as_str()).map_err(|error| FieldErrors::one("name", error))?
                }
            };
            let user = tx.users().insert(&NewUser { name, andrew_id, subject: Some(subject) }).await?;
            let now = tx.now().await?;
            let entry = audit::entry("user.add", "users", user.id.get(), Some(user.id), now)
                .after(json!({"name": user.name.as_str(), "andrew_id": user.andrew_id.as_str()}));
            tx.audit().append(&[entry]).await?;
            return Ok(user);
        };
        let name = name.unwrap_or_else(|| user.name.clone());
        let mut andrew_id = andrew_id;
        if andrew_id != user.andrew_id && tx.users().find_by_andrew_id(&andrew_id).await?.is_some() {
            // Somebody else bears it here: the person keeps the one they are known by.
            tracing::warn!(user_id = %user.id, "a new login name belongs to another person and is not followed");
            andrew_id = user.andrew_id.clone();
        }
        if name == user.name && andrew_id == user.andrew_id {
            return Ok(user);
        }
        self.change(tx, &user, &NewUser { name, andrew_id, subject: Some(subject) }).await
    }

    async fn change(&self, tx: &mut dyn Tx, before: &User, new: &NewUser) -> Result<User, Failure> {
        let after = tx.users().update_from_provider(before.id, new).await?;
        let now = tx.now().await?;
        let entry = audit::entry("user.update", "users", after.id.get(), Some(after.id), now)
            .before(json!({"name": before.name.as_str(), "andrew_id": before.andrew_id.as_str()}))
            .after(json!({"name": after.name.as_str(), "andrew_id": after.andrew_id.as_str()}));
        tx.audit().append(&[entry]).await?;
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn a_sign_in_never_leads_to_another_site() {
        for next in ["/", "/sessions/3?x=1#y", "/a/b", "/%2F%2Fevil.example"] {
            assert_eq!(safe_next(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "evil.example",
            "/\n//evil.example",
            " //evil.example",
            "/ /evil",
            "http:/x",
            "/a\u{0}b",
            "/\u{FEFF}/evil.example",
            "/ä",
        ] {
            assert_eq!(safe_next(next), "/", "{next:?}");
        }
    }
}
