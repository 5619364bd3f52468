//! What people do on the pages, without script.

use serde_json::json;

use super::check;
use crate::tests::sitting::{Hall, motion};
use crate::tests::world::{Person, Reply, World};

/// Sends a form as a page of this server would.
pub(super) async fn send(world: &World, path: &str, by: &Person, fields: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = world.post(path).by(by).header("accept", "text/html");
    call.header("content-type", "application/x-www-form-urlencoded").body(body).await
}

pub(super) async fn look(world: &World, path: &str, by: &Person) -> String {
    let reply = world.get(path).by(by).header("accept", "text/html").send().await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    check(path, reply.text());
    reply.text().to_owned()
}

/// The key that a page gave its form.
pub(super) fn key(html: &str) -> String {
    let rest = html.split("name=\"key\" value=\"").nth(1).expect("a key");
    rest.split('"').next().expect("its end").to_owned()
}

/// Where an accepted form leads.
#[track_caller]
pub(super) fn led(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").to_owned()
}

#[tokio::test]
async fn a_code_leads_through_the_sign_in_into_the_sitting() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let asked = world.get(&format!("/join?code={}", hall.code.to_lowercase())).send().await;
    assert_eq!(led(&asked), format!("/join/{}", hall.code));
    let away = world.get(&format!("/join/{}", hall.code)).send().await;
    assert_eq!(led(&away), format!("/auth/login?next=%2Fjoin%2F{}", hall.code));
    let offer = look(world, &format!("/join/{}", hall.code), &hall.members[0]).await;
    assert!(offer.contains(&hall.code));
    let joined = send(world, "/join", &hall.members[0], &[("code", &hall.code)]).await;
    assert_eq!(led(&joined), format!("/sessions/{}?note=joined", hall.session));
    let sitting = look(world, &led(&joined), &hall.members[0]).await;
    assert!(sitting.contains("You are in.") && sitting.contains("Nothing to vote on right now"), "{sitting}");

    let wrong = send(world, "/join", &hall.members[0], &[("code", "AAAAAA")]).await;
    assert_eq!(wrong.status, 404);
    assert!(wrong.text().contains("There is no such session") && wrong.text().contains("value=\"AAAAAA\""));
    let short = send(world, "/join", &hall.members[0], &[("code", "AAA")]).await;
    assert_eq!(short.status, 422);
    assert!(short.text().contains("six letters or digits"), "{}", short.text());
}

#[tokio::test]
async fn a_vote_counts_once_however_often_its_form_is_sent() {
    let hall = Hall::full(2).await;
    let world = &hall.world;
    let voter = &hall.members[0];
    let event = hall.open(&motion()).await;
    let sitting = look(world, &format!("/sessions/{}", hall.session), voter).await;
    let field =
        sitting.split("name=\"vote-").nth(1).and_then(|rest| rest.split('"').next()).expect("a field");
    let field = format!("vote-{field}");

    let review_at = format!("/sessions/{}/review", hall.session);
    let nothing = send(world, &review_at, voter, &[]).await;
    assert!(nothing.text().contains("Nothing is chosen yet"), "{}", nothing.text());
    let review = send(world, &review_at, voter, &[(&field, "yes")]).await;
    assert_eq!(review.status, 200, "{}", review.text());
    check("review", review.text());
    let key = key(review.text());
    let change = format!("/sessions/{}/change", hall.session);
    let changed = send(world, &change, voter, &[(&field, "yes")]).await;
    assert!(changed.text().contains("value=\"yes\" checked"), "{}", changed.text());

    let cast = [(field.as_str(), "yes"), ("key", key.as_str())];
    let path = format!("/events/{event}/cast");
    for _ in 0..3 {
        assert_eq!(
            led(&send(world, &path, voter, &cast).await),
            format!("/events/{event}/receipt?note=cast")
        );
    }
    // Back in the browser, another choice, sent again with the old key and with a new one.
    for key in [key.as_str(), "another"] {
        let other = [(field.as_str(), "no"), ("key", key)];
        assert_eq!(
            led(&send(world, &path, voter, &other).await),
            format!("/events/{event}/receipt?note=stands")
        );
    }
    let receipt = look(world, &format!("/events/{event}/receipt"), voter).await;
    assert!(receipt.contains("Accepted. This vote is cast"), "{receipt}");
    let again = send(world, &review_at, voter, &[(&field, "no")]).await;
    assert_eq!(led(&again), format!("/events/{event}/receipt"));
    hall.step(event, "close").await;
    let results = hall.get(&format!("/api/v1/events/{event}/results"), &hall.chair).await.json();
    assert_eq!(results["options"][0]["votes"], 1, "{results}");
    assert_eq!(results["options"][1]["votes"], 0, "{results}");
}

#[tokio::test]
async fn somebody_with_proxies_has_a_card_for_each_and_may_cast_the_same_for_all() {
    let hall = Hall::full(2).await;
    let world = &hall.world;
    let holder = &hall.members[0];
    let path = format!("/sessions/{}", hall.session);
    let absent = &hall.members[1];
    led(&send(world, &format!("{path}/leave"), absent, &[]).await);
    let given =
        send(world, &format!("{path}/proxies"), absent, &[("holder", "Person member0 (member0)")]).await;
    assert_eq!(led(&given), format!("{path}/proxies?note=given"));
    assert!(look(world, &format!("{path}/proxies"), absent).await.contains("Take back"));
    assert!(look(world, &format!("{path}/proxies"), holder).await.contains("Person member1"));
    let mine = look(world, "/proxies", holder).await;
    assert!(mine.contains("I vote for Person member1"), "{mine}");
    let one = mine.split("href=\"/proxies/").nth(1).and_then(|rest| rest.split('"').next()).expect("a proxy");
    let one = format!("/proxies/{one}");
    for person in [holder, absent, &hall.chair] {
        assert!(look(world, &one, person).await.contains("<strong>Given</strong>"));
    }
    assert_eq!(world.get(&one).by(&hall.stranger).send().await.status, 404);
    let nobody = send(world, &format!("{path}/proxies"), &hall.chair, &[("holder", "Nobody")]).await;
    assert_eq!(nobody.status, 422);

    let event = hall.open(&motion()).await;
    let sitting = look(world, &path, holder).await;
    assert!(sitting.contains("Your vote") && sitting.contains("For Person member1"), "{sitting}");
    let all = format!("all-{event}");
    let review = send(world, &format!("{path}/review"), holder, &[(&all, "no")]).await;
    assert!(review.text().contains("Cast 2 votes"), "{}", review.text());
    let fields: Vec<String> = review
        .text()
        .split("name=\"vote-")
        .skip(1)
        .map(|rest| format!("vote-{}", rest.split('"').next().expect("a field")))
        .collect();
    let key = key(review.text());
    let mut sent: Vec<(&str, &str)> = fields.iter().map(|field| (field.as_str(), "no")).collect();
    sent.push(("key", &key));
    led(&send(world, &format!("/events/{event}/cast"), holder, &sent).await);
    hall.step(event, "close").await;
    let hidden = look(world, &format!("/events/{event}"), holder).await;
    assert!(hidden.contains("not released yet") && !hidden.contains("class=\"bar\""), "{hidden}");
    hall.step(event, "release").await;
    let shown = look(world, &format!("/events/{event}"), holder).await;
    assert!(shown.contains("Rejected") && shown.contains("cast by Person member0"), "{shown}");
    let strange = world.get(&format!("/events/{event}")).by(&hall.stranger).send().await;
    assert_eq!(strange.status, 404);
    assert!(strange.text().contains("<h1>Not found</h1>"), "{}", strange.text());
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_pages_speak_the_reader_s_language() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let cookie = world.sign_in("member0").await;
    let body = format!("code={}", hall.code);
    let form = "application/x-www-form-urlencoded";
    for site in ["cross-site", "same-site"] {
        let call = world.post("/join").header("cookie", &cookie).header("sec-fetch-site", site);
        let reply = call.header("content-type", form).body(body.clone()).await;
        assert_eq!(reply.status, 403, "{}", reply.text());
        assert!(reply.text().contains("comes from another site"), "{}", reply.text());
        let call = world.post("/preferences").header("sec-fetch-site", site).header("content-type", form);
        assert_eq!(call.body("lang=de").await.status, 403);
    }
    let german = world.get("/").header("cookie", &cookie).header("accept-language", "de-AT").send().await;
    assert!(german.text().contains("<html lang=\"de\"") && german.text().contains("Code der Sitzung"));
    let call = world.post("/preferences").same_origin().header("content-type", form);
    let set = call.body("lang=de&theme=dark&next=//elsewhere.example").await;
    assert_eq!(led(&set), "/");
    let cookies = set.set_cookies().join("\n");
    assert!(cookies.contains("plenum-lang=de;") && cookies.contains("plenum-theme=dark;"), "{cookies}");
    let out = world.post("/join").same_origin().header("content-type", form).body(body).await;
    assert_eq!(out.status, 401);
    assert!(out.text().contains("You are signed out"), "{}", out.text());
    let lost = world.get("/nowhere").header("accept", "text/html").send().await;
    assert_eq!((lost.status.as_u16(), lost.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(lost.header("content-security-policy").contains("style-src 'self'"), "it has its looks");
    let reply = hall.join(&hall.members[0]).await;
    assert_eq!(reply[0]["proxy"], json!(null));
}
