//! Which kind of use a request is, for tokens that may not be used for everything.

use axum::http::Method;
use plenum_domain::token::{TokenScope, TokenScopes};

use crate::problem::{Code, Problem};

/// The kinds of use that a request may count as; one of them is enough.
fn kinds(method: &Method, route: &str) -> &'static [TokenScope] {
    use TokenScope::{Administer, Host, Read, Vote};
    if method.is_safe() {
        return &[Read];
    }
    let inside = route.strip_prefix("/api/v1").unwrap_or(route);
    match inside {
        "/sessions/join"
        | "/sessions/{id}/leave"
        | "/sessions/{id}/votes"
        | "/sessions/{id}/presence-checks/{check_id}/answer"
        | "/events/{id}/votes" => &[Vote],
        // People nominate and answer; so does the host, for those who said it aloud.
        "/offices/{id}/nominations" | "/nominations/{id}/accept" | "/nominations/{id}/decline" => {
            &[Vote, Host]
        }
        // A person gives and takes back their own proxy; the host enters that of others.
        "/sessions/{id}/proxies" | "/sessions/{id}/proxies/{proxy_id}" => &[Vote, Host],
        // A copy of a session's or an event's own things: nothing in there is anybody's administration.
        _ if inside == "/sessions"
            || ["/sessions/", "/events/", "/offices/"].iter().any(|start| inside.starts_with(start)) =>
        {
            &[Host]
        }
        _ => &[Administer],
    }
}

/// Refuses a request that the token may not be used for.
pub(crate) fn check(scopes: TokenScopes, method: &Method, route: &str) -> Result<(), Problem> {
    // A form may be any kind of use, a vote among them: only a token for everything stands for its owner's browser.
    if !method.is_safe() && !route.starts_with("/api/") && scopes != TokenScopes::ALL {
        let detail = "The forms of pages are for browsers. Programs use /api/v1.";
        return Err(Problem::new(Code::TokenScope, detail));
    }
    let kinds = kinds(method, route);
    if kinds.iter().any(|kind| scopes.contains(*kind)) {
        return Ok(());
    }
    let wanted: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let detail = format!(
        "This API token may not be used for this. Make one with the scope {} at POST /api/v1/me/tokens.",
        wanted.join(" or ")
    );
    Err(Problem::new(Code::TokenScope, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_of_one_kind_or_two() {
        use TokenScope::{Administer, Host, Read, Vote};
        for (method, route, expected) in [
            (Method::GET, "/api/v1/me", &[Read][..]),
            (Method::HEAD, "/api/v1/organizations/{id}/audit", &[Read]),
            (Method::POST, "/api/v1/sessions/join", &[Vote]),
            (Method::POST, "/api/v1/sessions/{id}/leave", &[Vote]),
            (Method::POST, "/api/v1/events/{id}/votes", &[Vote]),
            (Method::POST, "/api/v1/sessions/{id}/votes", &[Vote]),
            (Method::POST, "/api/v1/sessions/{id}/presence-checks", &[Host]),
            (Method::POST, "/api/v1/sessions/{id}/presence-checks/{check_id}/answer", &[Vote]),
            (Method::POST, "/api/v1/offices/{id}/nominations", &[Vote, Host]),
            (Method::DELETE, "/api/v1/offices/{id}", &[Host]),
            (Method::POST, "/api/v1/sessions/{id}/proxies", &[Vote, Host]),
            (Method::DELETE, "/api/v1/sessions/{id}/proxies/{proxy_id}", &[Vote, Host]),
            (Method::POST, "/api/v1/sessions", &[Host]),
            (Method::POST, "/api/v1/events/{id}/open", &[Host]),
            (Method::PUT, "/api/v1/sessions/{id}/attendance/{user_id}", &[Host]),
            (Method::POST, "/api/v1/me/tokens", &[Administer]),
            (Method::PATCH, "/api/v1/organizations/{id}", &[Administer]),
            (Method::POST, "/api/v1/something/new", &[Administer]),
        ] {
            assert_eq!(kinds(&method, route), expected, "{method} {route}");
        }
    }

    #[test]
    fn no_token_for_some_uses_sends_forms() {
        for scope in TokenScope::ALL {
            let scopes = TokenScopes::new([scope]).expect("one");
            for form in ["/events/{id}/cast", "/sessions/{id}/lock", "/join", "/me/tokens", ""] {
                assert!(check(scopes, &Method::POST, form).is_err(), "{scope:?} {form}");
            }
            assert_eq!(check(scopes, &Method::GET, "/sessions/{id}").is_ok(), scope == TokenScope::Read);
        }
        assert!(check(TokenScopes::ALL, &Method::POST, "/events/{id}/cast").is_ok());
    }
}
