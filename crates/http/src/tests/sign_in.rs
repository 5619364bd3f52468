//! Cookies, tokens, and requests from elsewhere.

use axum::http::Method;
use chrono::TimeDelta;

use super::world::{ORIGIN, SUBJECT, World};

#[tokio::test]
async fn a_sign_in_ends_where_it_was_wanted_with_a_hardened_cookie() {
    let world = World::new();
    let left = world.get("/auth/login?next=/sessions/7").send().await;
    assert_eq!(left.status, 303);
    assert!(left.header("location").starts_with("https://provider.example/authorize?"));
    let (name, browser) = left.cookie(0);
    assert_eq!(
        left.set_cookies(),
        [format!("__Host-plenum-login={browser}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")]
    );
    let path = format!("/auth/callback?code=zng&state={}&session_state=ignored", left.state());
    let back = world.get(&path).header("cookie", &format!("{name}={browser}")).send().await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/sessions/7"));
    let (_, token) = back.cookie(0);
    assert_eq!(
        back.set_cookies(),
        [
            format!("__Host-plenum={token}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"),
            "__Host-plenum-login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure".to_owned(),
        ]
    );
    let me = world.get("/api/v1/me").header("cookie", &format!("__Host-plenum={token}")).send().await;
    assert_eq!(me.json()["user"]["andrew_id"], "zng");
    let again = world.get(&path).header("cookie", &format!("{name}={browser}")).send().await;
    assert_eq!(again.problem(), (400, "sign_in_expired".to_owned()), "a state works once");
}

#[tokio::test]
async fn a_sign_in_comes_back_to_the_browser_it_began_in() {
    let world = World::new();
    let (mine, theirs) = (world.get("/auth/login").send().await, world.get("/auth/login").send().await);
    let path = format!("/auth/callback?code=zng&state={}", mine.state());
    let (name, browser) = theirs.cookie(0);
    for cookie in [format!("{name}={browser}"), format!("{name}="), "other=1".to_owned()] {
        let reply = world.get(&path).header("cookie", &cookie).send().await;
        assert_eq!(reply.problem(), (400, "sign_in_expired".to_owned()));
        assert!(reply.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn failures_are_pages_for_people_and_say_nothing_of_the_provider() {
    let world = World::new();
    for (query, code) in [
        ("error=access_denied&error_description=%3Cscript%3E", "sign_in_refused"),
        ("code=forged", "sign_in_not_verified"),
    ] {
        let left = world.get("/auth/login").send().await;
        let (name, browser) = left.cookie(0);
        let page = world
            .get(&format!("/auth/callback?{query}&state={}", left.state()))
            .header("cookie", &format!("{name}={browser}"))
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .send()
            .await;
        assert_eq!(page.status, 400);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(page.text().contains(code) && page.text().contains("/auth/login"));
        assert!(!page.text().contains("<script>") && !page.text().contains("wrong-nonce"));
    }
}

#[tokio::test]
async fn next_never_leads_away() {
    let world = World::new();
    let left = world.get("/auth/login?next=https://evil.example/").send().await;
    let (name, browser) = left.cookie(0);
    let back = world
        .get(&format!("/auth/callback?code=zng&state={}", left.state()))
        .header("cookie", &format!("{name}={browser}"))
        .send()
        .await;
    assert_eq!(back.header("location"), "/");
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_how() {
    let world = World::new();
    let cookie = world.sign_in("zng").await;
    let none = world.get("/api/v1/me").send().await;
    assert_eq!(none.problem(), (401, "not_signed_in".to_owned()));
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"plenum\"");
    let stale = world.get("/api/v1/me").header("cookie", "__Host-plenum=wrong").send().await;
    assert_eq!(stale.problem(), (401, "not_signed_in".to_owned()));
    for value in ["Bearer wrong", "Bearer ", "Bearer", "Basic enlnOng=", "plenum_x"] {
        let call = world.get("/api/v1/me").header("authorization", value).header("cookie", &cookie);
        let reply = call.send().await;
        assert_eq!(reply.problem(), (401, "invalid_token".to_owned()), "{value}: no cookie instead");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    let person = world.person("script").await;
    let call = world.get("/api/v1/me").header("authorization", &format!("bearer {}", person.token));
    assert_eq!(call.send().await.status, 200, "the scheme is read in any case");
}

#[tokio::test]
async fn a_cookie_changes_things_only_from_this_site() {
    let world = World::new();
    let cookie = world.sign_in("zng").await;
    let here = format!("{ORIGIN}/page?x=1");
    let cases: [(&[(&str, &str)], bool); 14] = [
        (&[], false),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)], false),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
        (&[("origin", ORIGIN)], true),
        (&[("origin", "https://plenum.example.evil.example")], false),
        (&[("origin", "http://plenum.example")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil.example"), ("referer", &here)], false),
        (&[("referer", &here)], true),
        (&[("referer", "https://evil.example/?https://plenum.example/")], false),
    ];
    for (headers, allowed) in cases {
        let mut call = world.post("/api/v1/organizations").header("cookie", &cookie);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let reply = call.json(r#"{"name": "x"}"#).await;
        if allowed {
            assert_eq!(reply.status, 201, "{headers:?}");
        } else {
            assert_eq!(reply.problem(), (403, "cross_site".to_owned()), "{headers:?}");
        }
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let path = if method == Method::PATCH {
            "/api/v1/organizations/1"
        } else {
            "/api/v1/organizations/1/members/1"
        };
        let reply = world.call(method, path).header("cookie", &cookie).json("{}").await;
        assert_eq!(reply.problem(), (403, "cross_site".to_owned()));
    }
    let read = world.get("/api/v1/me").header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(read.send().await.status, 200, "reading changes nothing");
    let person = world.person("script").await;
    let token = world.post("/api/v1/organizations").by(&person).header("sec-fetch-site", "cross-site");
    assert_eq!(token.json(r#"{"name": "x"}"#).await.status, 201, "a token does not travel by itself");
}

#[tokio::test]
async fn signing_out_ends_the_login_and_forgets_the_cookie() {
    let world = World::new();
    let (one, two) = (world.sign_in("zng").await, world.sign_in("zng").await);
    let works = async |cookie: &str| world.get("/api/v1/me").header("cookie", cookie).send().await.status;
    let elsewhere =
        world.post("/auth/logout").header("cookie", &one).header("origin", "https://evil.example");
    assert_eq!(elsewhere.send().await.problem(), (403, "cross_site".to_owned()));
    let out = world.post("/auth/logout").header("cookie", &one).same_origin().send().await;
    assert_eq!(out.status, 200);
    assert_eq!(out.json()["end_session_url"], "https://provider.example/logout");
    assert!(out.set_cookies()[0].starts_with("__Host-plenum=; Path=/; Max-Age=0;"));
    assert_eq!((works(&one).await.as_u16(), works(&two).await.as_u16()), (401, 200));
    assert_eq!(world.post("/auth/logout").send().await.status, 200, "being out already is no mistake");

    let three = world.sign_in("zng").await;
    let call = world.post("/auth/logout?everywhere=true").header("cookie", &three).same_origin();
    assert_eq!(call.send().await.status, 200);
    assert_eq!((works(&two).await.as_u16(), works(&three).await.as_u16()), (401, 401));

    for (kind, body) in [
        ("application/json", r#"{"everywhere": true}"#),
        ("application/x-www-form-urlencoded", "everywhere=true"),
    ] {
        let (four, five) = (world.sign_in("zng").await, world.sign_in("zng").await);
        let call = world.post("/auth/logout").header("cookie", &four).same_origin();
        let call = call.header("content-type", kind).header("accept", "text/html");
        let reply = call.body(body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("location")),
            (303, "https://provider.example/logout")
        );
        assert_eq!(works(&five).await, 401, "{kind}");
    }
}

#[tokio::test]
async fn a_login_ends_when_it_is_idle_or_old() {
    let world = World::new();
    let cookie = world.sign_in("zng").await;
    let works = async || world.get("/api/v1/me").header("cookie", &cookie).send().await.status.as_u16();
    for _ in 0..15 {
        world.store.advance(TimeDelta::hours(11));
        assert_eq!(works().await, 200);
    }
    world.store.advance(TimeDelta::hours(4));
    assert_eq!(works().await, 401, "a week is over");
    let cookie = world.sign_in("zng").await;
    world.store.advance(TimeDelta::hours(13));
    assert_eq!(world.get("/api/v1/me").header("cookie", &cookie).send().await.status, 401);
}

#[tokio::test]
async fn tokens_are_named_expiring_and_revocable() {
    let world = World::new();
    let person = world.person("zng").await;
    let body = r#"{"name": " minutes ", "expires_at": "2026-03-02T00:00:00+01:00"}"#;
    let made = world.post("/api/v1/me/tokens").by(&person).json(body).await.json();
    assert_eq!(made["name"], "minutes");
    assert_eq!(made["expires_at"], "2026-03-01T23:00:00Z");
    let secret = format!("Bearer {}", made["token"].as_str().expect("a secret"));
    let works = async || world.get("/api/v1/me").header("authorization", &secret).send().await.status;
    assert_eq!(works().await, 200);
    let list = world.get("/api/v1/me/tokens").by(&person).send().await;
    assert_eq!(list.json()["items"].as_array().map(Vec::len), Some(2));
    assert!(list.json()["items"][1].get("token").is_none());
    let path = format!("/api/v1/me/tokens/{}", made["id"]);
    let stranger = world.person("stranger").await;
    assert_eq!(world.call(Method::DELETE, &path).by(&stranger).send().await.problem().0, 404);
    assert_eq!(works().await, 200);
    assert_eq!(world.call(Method::DELETE, &path).by(&person).send().await.status, 204);
    assert_eq!(works().await, 401);
    assert_eq!(world.call(Method::DELETE, &path).by(&person).send().await.problem().0, 404);
    let past = r#"{"name": "x", "expires_at": "2020-01-01T00:00:00Z"}"#;
    let reply = world.post("/api/v1/me/tokens").by(&person).json(past).await;
    assert_eq!(reply.wrong_fields(), ["expires_at"]);
    let reply =
        world.post("/api/v1/me/tokens").by(&person).json(r#"{"name": "x", "expires_at": "soon"}"#).await;
    assert_eq!(reply.wrong_fields(), ["expires_at"]);
}

#[tokio::test]
async fn nobody_ever_sees_a_subject() {
    let world = World::new();
    let cookie = world.sign_in("zng").await;
    let made = world.post("/api/v1/organizations").header("cookie", &cookie).same_origin();
    let id = made.json(r#"{"name": "x"}"#).await.json()["id"].clone();
    for path in [
        "/api/v1/me".to_owned(),
        "/api/v1/me/tokens".to_owned(),
        "/api/v1/organizations".to_owned(),
        format!("/api/v1/organizations/{id}"),
        format!("/api/v1/organizations/{id}/members"),
        format!("/api/v1/organizations/{id}/audit"),
        "/api/openapi.json".to_owned(),
        "/metrics".to_owned(),
    ] {
        let reply = world.get(&path).header("cookie", &cookie).send().await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(!reply.text().contains(SUBJECT) && !reply.text().contains("oidc_subject"), "{path}");
    }
}
