//! What chairs and owners do on the pages, without script.

use serde_json::json;

use super::journeys::{key, led, look, send};
use crate::tests::sitting::{Hall, motion};

#[tokio::test]
async fn a_chair_conducts_a_sitting_from_the_console() {
    let hall = Hall::of(2).await;
    let world = &hall.world;
    let console = format!("/sessions/{}/console", hall.session);
    let page = look(world, &console, &hall.chair).await;
    assert!(page.contains(&hall.code) && page.contains("class=\"qr\""), "{page}");
    hall.join(&hall.chair).await;
    let admit = format!("/sessions/{}/admit", hall.session);
    let admitted = send(world, &admit, &hall.chair, &[("person", "member0")]).await;
    assert_eq!(led(&admitted), format!("{console}?note=admitted"));
    let nobody =
        send(world, &format!("/sessions/{}/admit", hall.session), &hall.chair, &[("person", "x")]).await;
    assert_eq!(nobody.status, 422);

    let quick = [("name", "Shall we have a break?"), ("minutes", "5"), ("live", "yes"), ("key", "twice")];
    for _ in 0..2 {
        let path = format!("/sessions/{}/quick", hall.session);
        assert_eq!(led(&send(world, &path, &hall.chair, &quick).await), format!("{console}?note=voting"));
    }
    let page = look(world, &console, &hall.chair).await;
    assert_eq!(page.matches("Shall we have a break?</a></h2>").count(), 1, "{page}");
    assert!(page.contains("data-until=") && page.contains("Person member1"), "who has not voted is listed");
    let event: i64 = page
        .split("/events/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an event")
        .parse()
        .expect("an id");
    let closed = send(world, &format!("/events/{event}/close"), &hall.chair, &[]).await;
    assert_eq!(led(&closed), format!("{console}?note=counted"));
    assert!(look(world, &console, &hall.chair).await.contains("Share the result"));
    led(&send(world, &format!("/events/{event}/release"), &hall.chair, &[]).await);
    let empty = send(world, &format!("/events/{event}/annul"), &hall.chair, &[("reason", " ")]).await;
    assert_eq!(empty.status, 422);
    led(&send(
        world,
        &format!("/events/{event}/annul"),
        &hall.chair,
        &[("reason", "The question was unclear")],
    )
    .await);
    assert!(
        look(world, &format!("/events/{event}"), &hall.members[0]).await.contains("The question was unclear")
    );

    let member = &hall.members[0];
    let path = format!("/sessions/{}/people/{}", hall.session, member.id);
    assert_eq!(
        led(&send(world, &format!("{path}/remove"), &hall.chair, &[]).await),
        format!("{console}?note=removed")
    );
    led(&send(world, &format!("{path}/present"), &hall.chair, &[]).await);
    led(&send(world, &format!("{path}/absent"), &hall.chair, &[]).await);
    assert_eq!(send(world, &format!("{path}/other"), &hall.chair, &[]).await.status, 404);
    for (step, shown) in [("lock", "Locked"), ("open", "Open"), ("close", "Closed")] {
        led(&send(world, &format!("/sessions/{}/{step}", hall.session), &hall.chair, &[]).await);
        assert!(look(world, &console, &hall.chair).await.contains(shown), "{step}");
    }
    assert_eq!(world.get(&console).by(member).send().await.status, 403);
    assert_eq!(world.get(&console).by(&hall.stranger).send().await.status, 404);
}

#[tokio::test]
async fn drafts_are_written_changed_opened_and_deleted() {
    let hall = Hall::full(1).await;
    let world = &hall.world;
    let form =
        look(world, &format!("/sessions/{}/events/new?type=election", hall.session), &hall.chair).await;
    let key = key(&form);
    let path = format!("/sessions/{}/events", hall.session);
    let bad = [("type", "election"), ("name", " "), ("options", "Ann\nann"), ("key", "k0")];
    let bad = send(world, &path, &hall.chair, &bad).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("Name may not be empty."), "{}", bad.text());
    let election =
        [("type", "election"), ("name", "Treasurer"), ("options", "Ann\n\n Bob \nAbstain"), ("key", &key)];
    led(&send(world, &path, &hall.chair, &election).await);
    let motion = [
        ("type", "motion"),
        ("name", "Bylaws"),
        ("threshold", "2/3"),
        ("secrecy", "roll_call"),
        ("proxy", "yes"),
    ];
    led(&send(world, &path, &hall.chair, &motion).await);
    let events = hall.get(&hall.at("/events"), &hall.chair).await.json();
    assert_eq!(events["items"][0]["data"]["vote_options"], json!(["Ann", "Bob", "Abstain"]));
    assert_eq!(events["items"][0]["data"]["proxy"], false, "what was not ticked");
    assert_eq!(events["items"][1]["data"]["threshold"], "2/3");
    let id = &events["items"][1]["id"];
    let form = look(world, &format!("/events/{id}/edit"), &hall.chair).await;
    assert!(form.contains("value=\"2/3\" checked") && form.contains("value=\"roll_call\" checked"), "{form}");
    let changed = [
        ("name", "Bylaws, article 4"),
        ("options", "yes\nno"),
        ("threshold", "3/4"),
        ("secrecy", "standard"),
    ];
    led(&send(world, &format!("/events/{id}/edit"), &hall.chair, &changed).await);
    let event = hall.get(&format!("/api/v1/events/{id}"), &hall.chair).await.json();
    assert_eq!((&event["name"], &event["data"]["threshold"]), (&json!("Bylaws, article 4"), &json!(0.75)));
    led(&send(world, &format!("/events/{id}/open"), &hall.chair, &[]).await);
    assert_eq!(world.get(&format!("/events/{id}/edit")).by(&hall.chair).send().await.status, 409);
    let id = &events["items"][0]["id"];
    led(&send(world, &format!("/events/{id}/delete"), &hall.chair, &[]).await);
    assert_eq!(hall.get(&format!("/api/v1/events/{id}"), &hall.chair).await.status, 404);
    let new = format!("/sessions/{}/events/new", hall.session);
    assert_eq!(world.get(&new).by(&hall.members[0]).send().await.status, 403);
    assert_eq!(send(world, &path, &hall.members[0], &motion).await.status, 403);
}

#[tokio::test]
async fn an_owner_keeps_the_organization() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    hall.open(&motion()).await;
    let home = look(world, "/", &hall.chair).await;
    let path =
        home.split("\"/organizations/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let path = format!("/organizations/{path}");
    let page = look(world, &path, &hall.chair).await;
    let session = [("title", "April assembly"), ("key", &key(&page))];
    let begun = send(world, &format!("{path}/sessions"), &hall.chair, &session).await;
    assert!(led(&begun).ends_with("/console?note=begun"));
    assert_eq!(send(world, &format!("{path}/sessions"), &hall.chair, &[("title", "")]).await.status, 422);

    let csv = "andrew_id,name,user_role\nzoe,Zoë Ng,member\nnobody,Nobody,king\n";
    let wrong = send(world, &format!("{path}/import"), &hall.chair, &[("csv", csv)]).await;
    assert!(
        wrong.text().contains("Lines with mistakes: 1") && !wrong.text().contains("name=\"apply\""),
        "{}",
        wrong.text()
    );
    let csv = "andrew_id,name,user_role\nzoe,Zoë Ng,member\n";
    let fine = send(world, &format!("{path}/import"), &hall.chair, &[("csv", csv)]).await;
    assert!(fine.text().contains("Apply one change"), "{}", fine.text());
    assert!(!look(world, &format!("{path}/members"), &hall.chair).await.contains("Zoë Ng"));
    let apply = [("csv", csv), ("apply", "yes"), ("key", &key(fine.text()))];
    led(&send(world, &format!("{path}/import"), &hall.chair, &apply).await);
    let members = look(world, &format!("{path}/members?q=zoë"), &hall.chair).await;
    assert!(members.contains("Zoë Ng") && !members.contains("Person member0"), "{members}");
    let id = members.split("id=\"role-").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    led(&send(world, &format!("{path}/members/{id}"), &hall.chair, &[("role", "chair"), ("weight", "3")])
        .await);
    let wrong = [("role", "king"), ("weight", "3")];
    assert_eq!(send(world, &format!("{path}/members/{id}"), &hall.chair, &wrong).await.status, 422);
    led(&send(world, &format!("{path}/members/{id}/remove"), &hall.chair, &[]).await);

    let settings = [("name", "Senate"), ("description", "We decide.")];
    led(&send(world, &format!("{path}/settings"), &hall.chair, &settings).await);
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("We decide."), "{page}");
    let wrong = [("name", " "), ("description", "")];
    assert_eq!(send(world, &format!("{path}/settings"), &hall.chair, &wrong).await.status, 422);
    assert!(look(world, &format!("{path}/audit"), &hall.chair).await.contains("organization.update"));
    for page in ["settings", "import", "audit"] {
        let reply = world.get(&format!("{path}/{page}")).by(&hall.members[0]).send().await;
        assert_eq!(reply.status, 403, "{page}");
        assert_eq!(
            world.get(&format!("{path}/{page}")).by(&hall.stranger).send().await.status,
            404,
            "{page}"
        );
    }
}
