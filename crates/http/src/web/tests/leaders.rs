//! What leaders change besides members: rules, roles, committees, tokens, the projector's link.

use serde_json::json;

use super::journeys::{led, look, send};
use crate::tests::sitting::{Hall, motion};

#[tokio::test]
async fn rules_are_read_in_words_and_changed_by_a_form() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/rules", hall.organization);
    let read = look(world, &path, &hall.members[0]).await;
    assert!(read.contains("There is no quorum") && !read.contains("Adopt these rules"), "{read}");
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("Adopt these rules"), "{page}");

    let wanted = [
        ("version", "1"),
        ("quorum.kind", "fraction"),
        ("quorum.count", "7"),
        ("quorum.fraction", "1/3"),
        ("quorum.at_opening", "warn"),
        ("votes.may_be_changed", "yes"),
        ("proxies.max_per_holder", "3"),
    ];
    led(&send(world, &path, &hall.chair, &wanted).await);
    let told = look(world, &path, &hall.chair).await;
    assert!(told.contains("one third") && !told.contains("There is no quorum"), "{told}");
    assert!(told.contains("<option value=\"yes\" selected>"), "{told}");

    let stale = send(world, &path, &hall.chair, &[("version", "1"), ("joining", "anyone")]).await;
    assert!(stale.status == 409 || stale.status == 422, "{}", stale.text());
    let wrong = send(world, &path, &hall.chair, &[("proxies.max_per_holder", "many")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("must be a whole number"), "{}", wrong.text());
    assert_eq!(send(world, &path, &hall.members[0], &[("joining", "anyone")]).await.status, 403);
    assert_eq!(send(world, &path, &hall.stranger, &[("joining", "anyone")]).await.status, 404);
}

#[tokio::test]
async fn roles_are_granted_promised_and_taken_away() {
    let hall = Hall::of(2).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/roles", hall.organization);
    let to_member = [("person", "member0"), ("role", "teller"), ("key", "one")];
    assert_eq!(led(&send(world, &path, &hall.chair, &to_member).await), format!("{path}?note=granted"));
    let to_nobody_yet = [("person", "zoe@example.org"), ("role", "secretary"), ("key", "two")];
    assert_eq!(led(&send(world, &path, &hall.chair, &to_nobody_yet).await), format!("{path}?note=promised"));
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("Person member0") && page.contains("zoe@example.org"), "{page}");
    for (person, role) in [("member1", "king"), ("", "teller")] {
        let wrong = send(world, &path, &hall.chair, &[("person", person), ("role", role)]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
    }
    let ends: Vec<String> = page
        .split("action=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|action| action.ends_with("/revoke"))
        .map(str::to_owned)
        .collect();
    assert_eq!(ends.len(), 2, "{page}");
    for end in &ends {
        led(&send(world, end, &hall.chair, &[]).await);
    }
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("Nobody holds a role") && !page.contains("zoe@example.org"), "{page}");
    let member = world.get(&path).by(&hall.members[0]).send().await;
    assert_eq!(member.status, 403);
}

#[tokio::test]
async fn committees_are_made_filled_and_dissolved() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/committees", hall.organization);
    assert!(look(world, &path, &hall.members[0]).await.contains("There are no committees."));
    led(&send(world, &path, &hall.chair, &[("name", "Finance"), ("parent", ""), ("key", "one")]).await);
    let page = look(world, &path, &hall.chair).await;
    let own = page.split("action=\"").filter_map(|rest| rest.split('"').next());
    let members = own.into_iter().find(|action| action.ends_with("/members")).expect("a form").to_owned();
    led(&send(world, &members, &hall.chair, &[("person", "member0"), ("role", "chair")]).await);
    let page = look(world, &path, &hall.members[0]).await;
    assert!(page.contains("Finance") && page.contains("Person member0"), "{page}");
    let nobody = send(world, &members, &hall.chair, &[("person", "x"), ("role", "chair")]).await;
    assert_eq!(nobody.status, 422);
    let member = hall.members[0].id;
    led(&send(world, &format!("{members}/{member}/remove"), &hall.chair, &[]).await);
    let dissolve = members.replace("/members", "/dissolve");
    assert_eq!(send(world, &dissolve, &hall.members[0], &[]).await.status, 403);
    led(&send(world, &dissolve, &hall.chair, &[]).await);
    assert!(!look(world, &path, &hall.chair).await.contains("Finance"));
}

#[tokio::test]
async fn a_token_is_shown_once_and_works() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let member = &hall.members[0];
    let none = send(world, "/me/tokens", member, &[("name", "Minutes")]).await;
    assert_eq!(none.status, 422, "{}", none.text());
    let made =
        send(world, "/me/tokens", member, &[("name", "Minutes"), ("scope", "read"), ("days", "30")]).await;
    assert_eq!(made.status, 200);
    let token = made.text().split("plenum_").nth(1).and_then(|rest| rest.split('<').next()).expect("a token");
    let token = format!("plenum_{token}");
    let bearer = format!("Bearer {token}");
    let me = world.get("/api/v1/me").header("authorization", &bearer).send().await;
    assert_eq!(me.status, 200);
    let lasting = look(world, "/me", member).await;
    assert!(lasting.contains("Minutes") && !lasting.contains(&token), "{lasting}");
}

#[tokio::test]
async fn the_projector_needs_a_link_and_no_sign_in() {
    let hall = Hall::full(2).await;
    let world = &hall.world;
    let form = format!("/sessions/{}/screen/link", hall.session);
    assert_eq!(send(world, &form, &hall.members[0], &[]).await.status, 403);
    let made = send(world, &form, &hall.chair, &[]).await;
    assert_eq!(made.status, 200);
    let link = made.text().split("/screen/").nth(1).and_then(|rest| rest.split('<').next()).expect("a link");
    let screen = format!("/screen/{}", link.trim());
    let wall = world.get(&screen).send().await;
    assert_eq!(wall.status, 200);
    assert_eq!(wall.header("referrer-policy"), "no-referrer");
    assert!(wall.text().contains(&hall.code) && wall.text().contains("?screen="), "{}", wall.text());

    // It shows what the hall may see: no result before its release, and no name at any time.
    let event = hall.open(&motion()).await;
    hall.vote(event, &hall.members[1], "yes").await;
    let voting = world.get(&screen).send().await;
    let voting = voting.text();
    assert!(voting.contains("Amend article 4") && voting.contains("data-figure=\"voted-"), "{voting}");
    assert!(!voting.contains("class=\"bars\"") && !voting.contains("Person member1"), "{voting}");

    let again = send(world, &form, &hall.chair, &[]).await;
    assert_eq!(world.get(&screen).send().await.status, 404, "another link ends the first");
    let link = again.text().split("/screen/").nth(1).and_then(|rest| rest.split('<').next()).expect("a link");
    let screen = format!("/screen/{}", link.trim());
    let console = look(world, &format!("/sessions/{}/console", hall.session), &hall.chair).await;
    assert!(console.contains("End the link") && !console.contains(link.trim()), "{console}");
    led(&send(world, &format!("/sessions/{}/screen/revoke", hall.session), &hall.chair, &[]).await);
    assert_eq!(world.get(&screen).send().await.status, 404);
    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    assert_eq!(send(world, &form, &hall.chair, &[]).await.status, 409, "it is over");
    let audit = look(world, &format!("/organizations/{}/audit", hall.organization), &hall.chair).await;
    assert!(audit.contains("screen.link") && audit.contains("screen.revoke"), "{audit}");
}

#[tokio::test]
async fn an_open_vote_is_extended_and_its_figures_are_shown_and_hidden() {
    let hall = Hall::full(1).await;
    let world = &hall.world;
    let back = format!("/sessions/{}/console", hall.session);
    let quick = [("name", "A break?"), ("minutes", "5"), ("key", "quick")];
    led(&send(world, &format!("/sessions/{}/quick", hall.session), &hall.chair, &quick).await);
    let console = look(world, &back, &hall.chair).await;
    let event = console.split("/events/").nth(1).and_then(|rest| rest.split('"').next()).expect("an event");
    let until = |page: &str| {
        page.split("data-until=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an end").to_owned()
    };
    let path = format!("/events/{event}");
    let longer = send(
        world,
        &format!("{path}/extend"),
        &hall.chair,
        &[("minutes", "10"), ("reason", "The doors were shut")],
    )
    .await;
    assert_eq!(led(&longer), format!("{back}?note=extended"));
    assert!(until(&look(world, &back, &hall.chair).await) > until(&console));
    assert_eq!(send(world, &format!("{path}/extend"), &hall.chair, &[("minutes", "x")]).await.status, 422);
    let silent = send(world, &format!("{path}/extend"), &hall.chair, &[("minutes", "10")]).await;
    assert_eq!(silent.status, 422, "the record wants a reason");

    assert!(!look(world, &path, &hall.members[0]).await.contains("class=\"bars\""));
    led(&send(world, &format!("{path}/share"), &hall.chair, &[]).await);
    assert!(look(world, &path, &hall.members[0]).await.contains("class=\"bars\""));
    led(&send(world, &format!("{path}/hide"), &hall.chair, &[]).await);
    assert!(!look(world, &path, &hall.members[0]).await.contains("class=\"bars\""));
}

#[tokio::test]
async fn a_vote_is_changed_where_the_rules_let_it() {
    let hall = Hall::full(1).await;
    let world = &hall.world;
    let rules = format!("/organizations/{}/rules", hall.organization);
    led(&send(world, &rules, &hall.chair, &[("votes.may_be_changed", "yes")]).await);
    let event = hall
        .open(&json!({"event_type": "motion", "name": "A break?", "data": {"secrecy": "roll_call"}}))
        .await;
    let member = &hall.members[0];
    let sitting = format!("/sessions/{}", hall.session);
    let page = look(world, &sitting, member).await;
    let instance = page.split("name=\"vote-").nth(1).and_then(|rest| rest.split('"').next()).expect("a vote");
    let field = format!("vote-{instance}");
    let path = format!("/events/{event}");
    led(&send(world, &format!("{path}/cast"), member, &[(&field, "yes"), ("key", "a")]).await);
    let page = look(world, &sitting, member).await;
    assert!(page.contains("Accepted.") && page.contains("Change this vote"), "{page}");
    let review = send(world, &format!("{sitting}/review"), member, &[(&field, "no")]).await;
    assert!(review.text().contains("Is this right?"), "{}", review.text());
    led(&send(world, &format!("{path}/cast"), member, &[(&field, "no"), ("key", "b")]).await);
    hall.send(axum::http::Method::POST, &format!("/api/v1/events/{event}/close"), &hall.chair, &json!({}))
        .await;
    hall.send(axum::http::Method::POST, &format!("/api/v1/events/{event}/release"), &hall.chair, &json!({}))
        .await;
    let result = look(world, &path, member).await;
    assert!(result.contains("<td><bdi>no</bdi></td>"), "{result}");
}
