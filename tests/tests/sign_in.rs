//! Signing in with a browser: through the development provider and through one of somebody else.

use std::collections::HashSet;

use openidconnect::http::Method;
use plenum_tests::{Browser, Organization, Page, TestServer, demo_person};
use serde_json::{Value, json};
use url::Url;

const ADA: &str = "subject-of-ada";
const SAME_ORIGIN: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];

async fn server_for_ada() -> TestServer {
    TestServer::start_for(vec![demo_person("ada", "Ada Lovelace"), demo_person("ben", "Ben Björk")]).await
}

async fn me(browser: &mut Browser) -> Value {
    let page = browser.get("/api/v1/me").await;
    page.answer.expect(200).json()
}

fn attributes(line: &str) -> HashSet<String> {
    line.split(';').skip(1).map(|part| part.trim().to_ascii_lowercase()).collect()
}

/// A `__Host-` cookie that scripts cannot read and other sites cannot send along with a POST.
#[track_caller]
fn assert_guarded(page: &Page, cookie: &str) {
    let line = page.set_cookie(cookie).unwrap_or_else(|| panic!("no {cookie} in {:?}", page.answer.headers));
    let attributes = attributes(&line);
    for wanted in ["secure", "httponly", "path=/", "samesite=lax"] {
        assert!(attributes.contains(wanted), "{cookie} is not {wanted}: {attributes:?}");
    }
    assert!(!attributes.iter().any(|one| one.starts_with("domain")), "{attributes:?}");
}

#[track_caller]
fn assert_signed_out(page: Page) {
    page.answer.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    let server = server_for_ada().await;
    let mut browser = server.browser();
    assert_signed_out(browser.get("/api/v1/me").await);

    let departure = browser.get("/auth/login?next=/api/v1/me%3Fx%3D1").await;
    assert_eq!(departure.answer.status, 303, "{}", departure.answer);
    assert_guarded(&departure, Browser::SIGNING_IN);
    let provider = departure.location().expect("a provider");
    let issuer = server.provider.as_ref().expect("a provider").issuer();
    assert!(provider.as_str().starts_with(issuer), "{provider}");
    let query: HashSet<String> = provider.query_pairs().map(|(name, _)| name.into_owned()).collect();
    for wanted in ["state", "nonce", "code_challenge"] {
        assert!(query.contains(wanted), "no {wanted} in {provider}");
    }

    let back = browser.go_and_pick("/api/v1/me?x=1", ADA).await;
    let arrival = browser.get(back.as_str()).await;
    assert_eq!(arrival.answer.status, 303, "{}", arrival.answer);
    assert_guarded(&arrival, Browser::SIGNED_IN);
    assert_eq!(arrival.answer.header("location"), Some("/api/v1/me?x=1"));
    assert_eq!(browser.cookie(Browser::SIGNING_IN), None, "the cookie of the sign-in is thrown away");
    let ada = me(&mut browser).await;
    assert_eq!((&ada["user"]["name"], &ada["user"]["andrew_id"]), (&json!("Ada Lovelace"), &json!("ada")));

    let stolen = browser.cookie(Browser::SIGNED_IN).expect("a cookie").to_owned();
    let departure = browser.request(Method::POST, "/auth/logout", SAME_ORIGIN, None).await;
    assert_eq!(departure.answer.status, 200, "{}", departure.answer);
    assert_eq!(browser.cookie(Browser::SIGNED_IN), None, "{:?}", departure.answer.headers);
    assert_signed_out(browser.get("/api/v1/me").await);
    browser.put_cookie(Browser::SIGNED_IN, &stolen);
    assert_signed_out(browser.get("/api/v1/me").await);
    server.stop().await;
}

#[tokio::test]
async fn every_browser_is_signed_out_at_once() {
    let server = server_for_ada().await;
    let (mut phone, mut laptop, mut stranger) = (server.browser(), server.browser(), server.browser());
    phone.sign_in(ADA).await;
    laptop.sign_in(ADA).await;
    stranger.sign_in("subject-of-ben").await;
    let page = laptop.request(Method::POST, "/auth/logout?everywhere=true", SAME_ORIGIN, None).await;
    assert_eq!(page.answer.status, 200, "{}", page.answer);
    assert_signed_out(laptop.get("/api/v1/me").await);
    assert_signed_out(phone.get("/api/v1/me").await);
    me(&mut stranger).await;
    server.stop().await;
}

#[tokio::test]
async fn signing_in_again_changes_the_cookie() {
    let server = server_for_ada().await;
    let mut browser = server.browser();
    // A cookie that somebody planted before does not become the login.
    browser.put_cookie(Browser::SIGNED_IN, "planted");
    browser.sign_in(ADA).await;
    let first = browser.cookie(Browser::SIGNED_IN).expect("a cookie").to_owned();
    assert_ne!(first, "planted");
    browser.sign_in(ADA).await;
    let second = browser.cookie(Browser::SIGNED_IN).expect("a cookie").to_owned();
    assert_ne!(first, second);
    me(&mut browser).await;
    browser.put_cookie(Browser::SIGNED_IN, &first);
    assert_signed_out(browser.get("/api/v1/me").await);
    server.stop().await;
}

#[tokio::test]
async fn a_sign_in_comes_back_once_and_to_the_browser_that_began_it() {
    let server = server_for_ada().await;
    let (mut mine, mut other) = (server.browser(), server.browser());

    // Somebody is sent the address that signs them in as another person.
    let back = mine.go_and_pick("/", ADA).await;
    other.get(back.as_str()).await.answer.refused(400, "sign_in_expired");
    assert_eq!(other.cookie(Browser::SIGNED_IN), None);
    // The same with a sign-in of their own under way.
    let back = mine.go_and_pick("/", ADA).await;
    other.go_and_pick("/", "subject-of-ben").await;
    other.get(back.as_str()).await.answer.refused(400, "sign_in_expired");
    assert_eq!(other.cookie(Browser::SIGNED_IN), None);

    let back = mine.go_and_pick("/", ADA).await;
    let attempt = mine.cookie(Browser::SIGNING_IN).expect("a cookie").to_owned();
    assert_eq!(mine.get(back.as_str()).await.answer.status, 303);
    mine.put_cookie(Browser::SIGNING_IN, &attempt);
    mine.get(back.as_str()).await.answer.refused(400, "sign_in_expired");
    me(&mut mine).await;

    // Nothing, an unknown state, and a refusal of the provider.
    let mut fresh = server.browser();
    fresh.get("/auth/callback").await.answer.refused(400, "sign_in_expired");
    fresh.get("/auth/callback?code=x&state=y").await.answer.refused(400, "sign_in_expired");
    let back = fresh.go_and_pick("/", ADA).await;
    let state = back.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let issuer = server.provider.as_ref().expect("a provider").issuer().to_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("error", "access_denied"), ("state", &state), ("iss", &issuer)])
        .finish();
    let declined = fresh.get(&format!("/auth/callback?{query}")).await.answer;
    declined.refused(400, "sign_in_refused");
    assert_eq!(fresh.cookie(Browser::SIGNED_IN), None);
    server.stop().await;
}

/// What people write into `next` to lead others to another site.
const ELSEWHERE: &[&str] = &[
    "",
    "//evil.example",
    "//evil.example/",
    "///evil.example",
    "////evil.example",
    "/////evil.example/%2e%2e",
    "https://evil.example",
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:evil.example",
    "ftp://evil.example",
    "ws://evil.example",
    "//evil.example:443/",
    "//user@evil.example",
    "//127.0.0.1@evil.example",
    "//evil.example#@127.0.0.1",
    "//evil.example?127.0.0.1",
    "//[::1]/",
    "//%65vil.example",
    "//evil%E3%80%82example",
    "//evil。example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "\\evil.example",
    "/\\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    "\u{a0}//evil.example",
    "/ /evil.example",
    "/\u{0}/evil.example",
    "\u{0}//evil.example",
    "/\u{b}/evil.example",
    "/\u{c}/evil.example",
    "/\u{85}/evil.example",
    "/\u{2028}/evil.example",
    "/\u{feff}/evil.example",
    "\u{feff}//evil.example",
    "/\u{200b}/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "javascript://evil.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "mailto:someone@evil.example",
    "evil.example",
    "evil.example/path",
    "@evil.example",
    ".evil.example",
    ":80",
    ":443@evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "/x\r\nLocation: https://evil.example",
    "/x\r\nSet-Cookie: __Host-plenum=planted",
    "/x\nSet-Cookie: a=b",
    "/%0d%0aLocation:%20https://evil.example",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/%2e%2e//evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/./\\evil.example",
    "/auth/../../evil.example",
    "/%09/evil.example",
    "/;//evil.example",
    "/:@evil.example",
    "/@evil.example",
    "/?x=https://evil.example",
    "/#https://evil.example",
];

#[tokio::test]
async fn a_sign_in_never_leads_to_another_site() {
    let server = server_for_ada().await;
    let home = Url::parse(&server.address()).expect("an address");
    assert!(ELSEWHERE.len() >= 60);
    for next in ELSEWHERE {
        let mut browser = server.browser();
        let back = browser.go_and_pick(next, ADA).await;
        let page = browser.get(back.as_str()).await;
        assert_eq!(page.answer.status, 303, "{next:?}: {}", page.answer);
        let location = page.raw_location().unwrap_or_else(|| panic!("{next:?} leads nowhere"));
        let target = page.url.join(&location).unwrap_or_else(|error| panic!("{next:?}: {error}"));
        assert_eq!(target.origin(), home.origin(), "{next:?} leads to {location:?}");
        // However a browser reads it: one slash first, then neither slash nor what counts as one.
        let mut letters = location.chars();
        assert_eq!(letters.next(), Some('/'), "{next:?} leads to {location:?}");
        assert!(!matches!(letters.next(), Some('/' | '\\')), "{next:?} leads to {location:?}");
        let harmful = |letter: char| letter == '\\' || letter.is_control() || letter.is_whitespace();
        assert!(!location.contains(harmful), "{next:?} leads to {location:?}");
        assert!(page.answer.header("set-cookie").is_some_and(|line| !line.contains("planted")));
    }
    server.stop().await;
}

#[tokio::test]
async fn people_sign_in_through_a_certified_provider_of_somebody_else() {
    let server = TestServer::start_with_third_party().await;
    let mut ada = server.browser();
    ada.sign_in("subject-of-ada").await;
    let user = me(&mut ada).await["user"].clone();
    assert_eq!((&user["name"], &user["andrew_id"]), (&json!("Ada Lovelace"), &json!("ada")), "{user}");
    // Who has no such claim is known by the user name.
    let mut amalie = server.browser();
    amalie.sign_in("subject-of-amalie").await;
    let user = me(&mut amalie).await["user"].clone();
    let known = (&user["name"], &user["andrew_id"]);
    assert_eq!(known, (&json!("Amalie Nöther 数学"), &json!("anoether")), "{user}");

    // Somebody who signs in may work at once.
    let body = json!({"name": "Founded in a browser"});
    let founded = ada.post("/api/v1/organizations", &body).await.answer.expect(201).json();
    let shown = ada.get(&format!("/api/v1/organizations/{}", founded["id"])).await.answer.expect(200);
    assert_eq!(shown.json()["name"], "Founded in a browser");

    // The same checks hold: once, and only in the browser that began it.
    let mut other = server.browser();
    let back = ada.go_and_pick("/", "subject-of-ada").await;
    other.get(back.as_str()).await.answer.refused(400, "sign_in_expired");
    let before = ada.cookie(Browser::SIGNED_IN).map(str::to_owned);
    ada.sign_in("subject-of-ada").await;
    assert_ne!(ada.cookie(Browser::SIGNED_IN).map(str::to_owned), before);
    assert_eq!(me(&mut ada).await["user"]["name"], "Ada Lovelace");
    server.stop().await;
}

#[tokio::test]
async fn changes_of_names_are_followed_at_the_next_sign_in() {
    let mut server = server_for_ada().await;
    let (mut ada, mut ben) = (server.browser(), server.browser());
    ada.sign_in(ADA).await;
    ben.sign_in("subject-of-ben").await;
    let (ada_before, ben_before) = (me(&mut ada).await["user"].clone(), me(&mut ben).await["user"].clone());

    // The provider also starts over with another key, as providers do from time to time.
    let mut renamed = demo_person("bbj", "Ben Björk");
    renamed.subject = "subject-of-ben".to_owned();
    let people = vec![demo_person("ada", "Ada King"), renamed];
    let provider = server.provider.take().expect("a provider").restart(people).await;
    server.provider = Some(provider);
    assert_eq!(me(&mut ada).await["user"], ada_before, "nothing changes without a sign-in");
    ada.sign_in(ADA).await;
    let after = me(&mut ada).await["user"].clone();
    assert_eq!((&after["id"], &after["name"]), (&ada_before["id"], &json!("Ada King")));
    // The person is known by the subject, whatever the login name.
    ben.sign_in("subject-of-ben").await;
    let after = me(&mut ben).await["user"].clone();
    assert_eq!((&after["id"], &after["andrew_id"]), (&ben_before["id"], &json!("bbj")));
    server.stop().await;
}

#[tokio::test]
async fn a_person_of_a_roster_is_claimed_at_the_first_sign_in() {
    let mut impostor = demo_person("ada", "Somebody Else");
    impostor.subject = "another-subject".to_owned();
    let server = TestServer::start_for(vec![demo_person("ada", "Ada Lovelace"), impostor]).await;
    let owner = server.person("owner", "Olga Owner").await;
    let organization = Organization::found(&owner, "Society", &json!({})).await;
    let roster = "andrew_id,name,user_role\nADA,A. Lovelace,chair\n";
    organization.import(roster, false).await;
    let members = owner.list(&organization.path("members")).await;
    let row = members.iter().find(|member| member["andrew_id"] == "ada").expect("a member");

    let mut browser = server.browser();
    browser.sign_in(ADA).await;
    let ada = me(&mut browser).await;
    assert_eq!(ada["user"]["id"], row["user_id"], "the same person");
    assert_eq!(ada["user"]["name"], "Ada Lovelace", "by the name the provider gives");
    let memberships = ada["memberships"].as_array().expect("memberships");
    assert_eq!(memberships.len(), 1, "{ada}");
    assert_eq!(memberships[0]["user_role"], "chair");

    // From now on the login name belongs to that subject alone.
    let mut other = server.browser();
    let back = other.go_and_pick("/", "another-subject").await;
    other.get(back.as_str()).await.answer.refused(400, "login_name_taken");
    assert_eq!(other.cookie(Browser::SIGNED_IN), None);
    server.stop().await;
}

#[tokio::test]
async fn what_another_site_sends_with_the_cookie_is_refused() {
    let server = server_for_ada().await;
    let mut browser = server.browser();
    browser.sign_in(ADA).await;
    let home = server.address();
    let body = json!({"name": "Made elsewhere"});
    let foreign: [&[(&str, &str)]; 8] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", &home)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("referer", "https://evil.example/page")],
        &[("origin", "http://127.0.0.1:1"), ("referer", &home)],
    ];
    for headers in foreign {
        for (method, path) in [
            (Method::POST, "/api/v1/organizations"),
            (Method::PATCH, "/api/v1/organizations/1"),
            (Method::PUT, "/api/v1/organizations/1/members/1"),
            (Method::DELETE, "/api/v1/me/tokens/1"),
            (Method::POST, "/auth/logout"),
        ] {
            let json = (path != "/auth/logout").then_some(&body);
            let page = browser.request(method, path, headers, json).await;
            page.answer.refused(403, "cross_site");
        }
    }
    me(&mut browser).await;
    let organizations = browser.get("/api/v1/organizations").await.answer.expect(200).json();
    assert_eq!(organizations["items"], json!([]), "nothing was made");

    for headers in [SAME_ORIGIN, &[("origin", home.as_str())]] {
        let page = browser.request(Method::POST, "/api/v1/organizations", headers, Some(&body)).await;
        page.answer.expect(201);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_with_a_token_is_judged_by_it_alone() {
    let server = server_for_ada().await;
    let mut browser = server.browser();
    browser.sign_in(ADA).await;
    let wrong = [("authorization", "Bearer plenum_wrong")];
    let page = browser.request(Method::GET, "/api/v1/me", &wrong, None).await;
    let challenge = page.answer.header("www-authenticate").map(str::to_owned);
    page.answer.refused(401, "invalid_token");
    assert!(challenge.is_some_and(|challenge| challenge.starts_with("Bearer")));
    let ben = server.person("ben", "Ben Björk").await;
    let bearer = format!("Bearer {}", ben.token);
    let page = browser.request(Method::GET, "/api/v1/me", &[("authorization", &bearer)], None).await;
    assert_eq!(page.answer.expect(200).json()["user"]["andrew_id"], "ben");

    // A token that the person makes works until they revoke it.
    let made = browser.post("/api/v1/me/tokens", &json!({"name": "script"})).await.answer.expect(201).json();
    let secret = made["token"].as_str().expect("a secret");
    let script = server.nobody().with_token(secret);
    assert_eq!(script.get("me").expect(200).await["user"]["andrew_id"], "ada");
    let listed = script.list("me/tokens").await;
    assert_eq!(listed.len(), 1);
    assert!(!listed[0].to_string().contains(secret), "it is shown once");
    script.delete(&format!("me/tokens/{}", made["id"])).expect(204).await;
    script.get("me").refused(401, "invalid_token").await;
    server.stop().await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_said_so() {
    let mut server = server_for_ada().await;
    let person = server.person("ada", "Ada Lovelace").await;
    server.provider = None;
    let mut browser = server.browser();
    browser.get("/auth/login?next=/").await.answer.refused(502, "sign_in_provider_unavailable");
    person.get("me").expect(200).await;
    server.stop().await;
}

/// Everything that can be read of a sitting by somebody who may read everything.
async fn read_everything(server: &TestServer, browser: &mut Browser) -> Vec<(String, String)> {
    let body = json!({"name": "Society"});
    let organization = browser.post("/api/v1/organizations", &body).await.answer.expect(201).json();
    let id = &organization["id"];
    let ben = server.person("ben", "Ben Björk").await;
    let members = format!("/api/v1/organizations/{id}/members");
    let body = json!({"andrew_id": ben.andrew_id, "user_role": "member"});
    browser.post(&members, &body).await.answer.expect(201);
    let body = json!({"organization_id": id, "title": "Sitting"});
    let session = browser.post("/api/v1/sessions", &body).await.answer.expect(201).json();
    let code = json!({"join_code": session["join_code"]});
    browser.post("/api/v1/sessions/join", &code).await.answer.expect(200);
    let session = format!("/api/v1/sessions/{}", session["id"]);
    let body = json!({"principal_user_id": ben.user_id, "holder_user_id": me(browser).await["user"]["id"]});
    browser.post(&format!("{session}/proxies"), &body).await.answer.expect(201);
    let body = json!({"event_type": "motion", "name": "Motion", "data": {"secrecy": "roll_call"}});
    let event = browser.post(&format!("{session}/events"), &body).await.answer.expect(201).json();
    let event = format!("/api/v1/events/{}", event["id"]);
    browser.post(&format!("{event}/open"), &json!({})).await.answer.expect(200);
    let instances = browser.get(&format!("{event}/vote-instances")).await.answer.expect(200).json();
    let own = &instances["items"][0]["user_session_id"];
    let vote = json!({"user_session_id": own, "vote_response": ["yes"]});
    browser.post(&format!("{event}/votes"), &vote).await.answer.expect(201);
    browser.post(&format!("{event}/close"), &json!({})).await.answer.expect(200);
    browser.post(&format!("{event}/release"), &json!({})).await.answer.expect(200);
    let organization = format!("/api/v1/organizations/{id}");
    let mut paths: Vec<String> =
        ["/api/openapi.json", "/api/v1/me", "/api/v1/me/tokens", "/metrics", "/"].map(str::to_owned).to_vec();
    paths.extend(["", "/members", "/audit"].map(|rest| format!("{organization}{rest}")));
    paths.push("/api/v1/organizations".to_owned());
    paths.push("/api/v1/sessions".to_owned());
    paths.extend(["", "/attendance", "/proxies", "/events"].map(|rest| format!("{session}{rest}")));
    for kind in ["attendance", "votes", "results", "minutes"] {
        paths.extend(["csv", "json"].map(|form| format!("{session}/exports/{kind}.{form}")));
    }
    // The PDF has the same paper as these.
    paths.extend(["md", "html"].map(|form| format!("{session}/exports/minutes.{form}")));
    paths.extend(
        ["", "/vote-instances", "/turnout", "/results", "/votes"].map(|rest| format!("{event}{rest}")),
    );
    let mut answers = Vec::new();
    for path in paths {
        let answer = browser.get(&path).await.answer.expect(200);
        answers.push((path, answer.body));
    }
    answers
}

#[tokio::test]
async fn the_subject_at_the_provider_is_in_no_answer() {
    let server = server_for_ada().await;
    let mut browser = server.browser();
    browser.sign_in(ADA).await;
    let issuer = server.provider.as_ref().expect("a provider").issuer().to_owned();
    let cookie = browser.cookie(Browser::SIGNED_IN).expect("a cookie").to_owned();
    for (path, body) in read_everything(&server, &mut browser).await {
        for secret in ["oidc_subject", ADA, issuer.as_str(), cookie.as_str()] {
            assert!(!body.contains(secret), "{secret} in {path}: {body}");
        }
    }
    server.stop().await;
}
