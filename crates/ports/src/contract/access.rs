//! Signed-in browsers, logins under way and API tokens.

use plenum_domain::Moment;
use plenum_domain::id::UserId;
use plenum_domain::text::TokenName;
use plenum_domain::token::{TokenScope, TokenScopes};

use super::World;
use super::fixture::{Done, begin, minutes, person, pieces};
use crate::page::Page;
use crate::repository::{ApiToken, LoginAttempt, NewApiToken, NewLogin, TokenHash};

const fn hash(byte: u8) -> TokenHash {
    TokenHash([byte; 32])
}

fn attempt(state: u8, expires_at: Moment) -> LoginAttempt {
    LoginAttempt {
        state: hash(state),
        browser: hash(200),
        nonce: "n-0S6_WzA2Mj".to_owned(),
        pkce_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        next: "/sessions/7?tab=żółć".to_owned(),
        expires_at,
    }
}

fn login(user_id: UserId, token: u8, created_at: Moment) -> NewLogin {
    NewLogin { user_id, token: hash(token), created_at, expires_at: created_at + minutes(600) }
}

/// A login under way comes back whole, once.
pub async fn a_login_attempt_is_taken_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let now = tx.now().await.done();
    let written = attempt(1, now + minutes(10));
    tx.logins().insert_attempt(&written).await.done();
    tx.logins().insert_attempt(&attempt(2, now + minutes(10))).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert!(tx.logins().take_attempt(hash(3)).await.done().is_none());
    let taken = tx.logins().take_attempt(hash(1)).await.done().expect("it is there");
    assert!(taken.state == written.state && taken.browser == written.browser);
    assert_eq!(taken.nonce, written.nonce);
    assert_eq!(taken.pkce_verifier, written.pkce_verifier);
    assert_eq!((taken.next, taken.expires_at), (written.next, written.expires_at));
    assert!(tx.logins().take_attempt(hash(1)).await.done().is_none());
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert!(tx.logins().take_attempt(hash(1)).await.done().is_none());
    assert!(tx.logins().take_attempt(hash(2)).await.done().is_some(), "the other one waits");
}

/// A login is found by its secret, whatever its age, until it ends; who signed out is told.
pub async fn logins_are_found_and_ended(world: &dyn World) {
    let mut tx = begin(world).await;
    let (ann, bob) = (person(&mut *tx, "ann").await, person(&mut *tx, "bob").await);
    let now = tx.now().await.done();
    let id = tx.logins().insert(&login(ann.id, 1, now)).await.done();
    let other = tx.logins().insert(&login(bob.id, 2, now)).await.done();
    let expired = now - minutes(700);
    tx.logins().insert(&login(bob.id, 3, expired)).await.done();
    assert_ne!(id, other);
    tx.commit().await.done();

    let queries = world.queries();
    let found = queries.login(hash(1)).await.done().expect("it is there");
    assert_eq!((found.id, found.user, found.expires_at), (id, ann.clone(), now + minutes(600)));
    assert!(found.last_used_at <= now && found.last_used_at > now - minutes(1));
    let old = queries.login(hash(3)).await.done().expect("it is there, though it ended");
    assert_eq!((old.user.id, old.expires_at), (bob.id, expired + minutes(600)));
    assert!(queries.login(hash(9)).await.done().is_none());

    let mut tx = begin(world).await;
    assert_eq!(tx.logins().delete(hash(1)).await.done(), Some(ann.id));
    assert_eq!(tx.logins().delete(hash(1)).await.done(), None);
    assert_eq!(tx.logins().delete(hash(9)).await.done(), None);
    tx.commit().await.done();
    assert!(queries.login(hash(1)).await.done().is_none());
    assert!(queries.login(hash(2)).await.done().is_some());
}

/// Signing out everywhere ends every login of the person and none of another's.
pub async fn logins_end_everywhere_at_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let (ann, bob) = (person(&mut *tx, "ann").await, person(&mut *tx, "bob").await);
    let now = tx.now().await.done();
    for (user, token) in [(ann.id, 1), (bob.id, 2), (ann.id, 3)] {
        tx.logins().insert(&login(user, token, now)).await.done();
    }
    assert_eq!(tx.logins().delete_all(ann.id).await.done(), 2);
    assert_eq!(tx.logins().delete_all(ann.id).await.done(), 0);
    tx.commit().await.done();
    let queries = world.queries();
    assert!(queries.login(hash(1)).await.done().is_none());
    assert!(queries.login(hash(3)).await.done().is_none());
    assert!(queries.login(hash(2)).await.done().is_some());
}

/// The last use of a login is known to the minute.
pub async fn use_of_a_login_is_noted_to_the_minute(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let now = tx.now().await.done();
    let id = tx.logins().insert(&login(ann.id, 1, now - minutes(30))).await.done();
    tx.logins().insert(&login(ann.id, 2, now - minutes(30))).await.done();
    tx.logins().touch(id, now).await.done();
    tx.commit().await.done();
    let queries = world.queries();
    let used = queries.login(hash(1)).await.done().expect("it is there").last_used_at;
    assert!(used <= now && used > now - minutes(1));
    let unused = queries.login(hash(2)).await.done().expect("it is there").last_used_at;
    assert!(unused <= now - minutes(30));
}

/// Expired attempts and logins that ended or were idle go; everything else stays.
pub async fn stale_logins_and_attempts_are_thrown_away(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let now = tx.now().await.done();
    tx.logins().insert_attempt(&attempt(1, now - minutes(1))).await.done();
    tx.logins().insert_attempt(&attempt(2, now + minutes(9))).await.done();
    let alive = login(ann.id, 1, now - minutes(30));
    let idle = login(ann.id, 2, now - minutes(120));
    let ended = NewLogin { expires_at: now - minutes(1), ..login(ann.id, 3, now - minutes(30)) };
    let used = tx.logins().insert(&login(ann.id, 4, now - minutes(120))).await.done();
    for new in [alive, idle, ended] {
        tx.logins().insert(&new).await.done();
    }
    tx.logins().touch(used, now - minutes(10)).await.done();
    assert_eq!(tx.logins().purge(now, now - minutes(60)).await.done(), 3);
    assert_eq!(tx.logins().purge(now, now - minutes(60)).await.done(), 0);
    assert!(tx.logins().take_attempt(hash(1)).await.done().is_none());
    assert!(tx.logins().take_attempt(hash(2)).await.done().is_some());
    tx.commit().await.done();
    for (token, stays) in [(1, true), (2, false), (3, false), (4, true)] {
        assert_eq!(world.queries().login(hash(token)).await.done().is_some(), stays, "login {token}");
    }
}

fn api_token(user_id: UserId, token: u8, created_at: Moment) -> NewApiToken {
    let name = TokenName::parse(&format!("Skript № {token}")).expect("a name");
    // Each with other scopes, so that those of one are not taken for another's.
    let scopes = TokenScope::ALL.into_iter().filter(|scope| token & (1 << *scope as u8) != 0);
    let scopes = TokenScopes::new(scopes).unwrap_or(TokenScopes::ALL);
    NewApiToken { user_id, name, scopes, token: hash(token), created_at, expires_at: None }
}

/// An API token is found by its secret with its owner, expired or not, until it is revoked.
pub async fn api_tokens_are_found_until_they_are_revoked(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let now = tx.now().await.done();
    let new = api_token(ann.id, 1, now - minutes(20));
    let made = tx.api_tokens().insert(&new).await.done();
    let expected = ApiToken {
        id: made.id,
        user_id: ann.id,
        name: new.name,
        scopes: new.scopes,
        created_at: now - minutes(20),
        expires_at: None,
        last_used_at: None,
    };
    assert_eq!(made, expected);
    let expired =
        NewApiToken { expires_at: Some(now - minutes(1)), ..api_token(ann.id, 2, now - minutes(20)) };
    let expired = tx.api_tokens().insert(&expired).await.done();
    assert_eq!(expired.expires_at, Some(now - minutes(1)));
    tx.commit().await.done();

    let queries = world.queries();
    assert_eq!(queries.api_token(hash(1)).await.done(), Some((made.clone(), ann.clone())));
    assert_eq!(queries.api_token(hash(2)).await.done(), Some((expired, ann.clone())));
    assert_eq!(queries.api_token(hash(3)).await.done(), None);
    let mut tx = begin(world).await;
    assert_eq!(tx.api_tokens().revoke(made.id, ann.id, now).await.done(), Some(made));
    tx.commit().await.done();
    assert_eq!(queries.api_token(hash(1)).await.done(), None);
}

/// Only the owner revokes a token, and once.
pub async fn a_token_is_revoked_by_its_owner_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let (ann, bob) = (person(&mut *tx, "ann").await, person(&mut *tx, "bob").await);
    let now = tx.now().await.done();
    let token = tx.api_tokens().insert(&api_token(ann.id, 1, now)).await.done();
    assert_eq!(tx.api_tokens().revoke(token.id, bob.id, now).await.done(), None);
    assert_eq!(tx.api_tokens().revoke(token.id, ann.id, now).await.done(), Some(token.clone()));
    assert_eq!(tx.api_tokens().revoke(token.id, ann.id, now).await.done(), None);
    let expired = NewApiToken { expires_at: Some(now), ..api_token(ann.id, 2, now - minutes(9)) };
    let expired = tx.api_tokens().insert(&expired).await.done();
    let revoked = tx.api_tokens().revoke(expired.id, ann.id, now).await.done();
    assert_eq!(revoked, Some(expired), "so that it leaves the list");
}

/// The last use of a token is known to the minute, and is none before the first.
pub async fn use_of_a_token_is_noted_to_the_minute(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let now = tx.now().await.done();
    let token = tx.api_tokens().insert(&api_token(ann.id, 1, now - minutes(30))).await.done();
    for at in [now - minutes(20), now] {
        tx.api_tokens().touch(token.id, at).await.done();
    }
    tx.commit().await.done();
    let (found, _) = world.queries().api_token(hash(1)).await.done().expect("it is there");
    assert!(found.last_used_at.is_some_and(|used| used <= now && used > now - minutes(1)));
}

/// A person's own tokens that were not revoked come by id, in pieces.
pub async fn tokens_are_listed_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let (ann, bob) = (person(&mut *tx, "ann").await, person(&mut *tx, "bob").await);
    let now = tx.now().await.done();
    let mut all = Vec::new();
    for at in 1..=4 {
        all.push(tx.api_tokens().insert(&api_token(ann.id, at, now)).await.done());
        tx.api_tokens().insert(&api_token(bob.id, 100 + at, now)).await.done();
    }
    tx.api_tokens().revoke(all.remove(1).id, ann.id, now).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.api_tokens(ann.id, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(fetched.into_iter().flatten().collect::<Vec<_>>(), all);
    assert_eq!(queries.api_tokens(bob.id, Page::first()).await.done().items.len(), 4);
}
