//! What secretaries and administrators do on the pages: rosters, addresses and numbers, API clients, the
//! colour, and the end of an organization. And one of each of their pages.

use plenum_application::use_cases::SequenceLog;
use serde_json::json;

use super::journeys::{key, led, look, send};
use super::samples::moment;
use super::{HOSTILE, Sample};
use crate::tests::sitting::Hall;
use crate::web::clients::{ClientToken, ClientView, Clients};
use crate::web::me::TokenLine;
use crate::web::page::Page;

fn hostile() -> String {
    HOSTILE.to_owned()
}

impl Sample for Clients {
    fn samples(page: &Page) -> Vec<Self> {
        let token =
            |id, used| TokenLine { id, name: hostile(), used, until: used, scopes: vec!["read", "host"] };
        let client = |id, disabled, tokens| ClientView {
            id,
            name: hostile(),
            roles: if disabled { Vec::new() } else { vec!["secretary", "teller"] },
            disabled,
            since: moment(),
            tokens,
        };
        let clients = |manages, clients, wrong: Option<&str>| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            manages,
            clients,
            more: manages,
            typed: hostile(),
            wrong: wrong.map(str::to_owned),
        };
        let full = vec![
            client(4, false, vec![token(1, None), token(2, Some(moment()))]),
            client(5, true, Vec::new()),
        ];
        vec![
            clients(false, Vec::new(), None),
            clients(false, full.clone(), None),
            clients(true, full, Some(HOSTILE)),
        ]
    }
}

impl Sample for ClientToken {
    fn samples(page: &Page) -> Vec<Self> {
        let token = |until| Self {
            page: page.clone(),
            organization: 3,
            client: hostile(),
            name: hostile(),
            secret: "plenum_x".to_owned(),
            until,
        };
        vec![token(None), token(Some(moment()))]
    }
}

/// The address of a form that ends so.
fn form_to(page: &str, end: &str) -> String {
    let mut actions = page.split("action=\"").filter_map(|rest| rest.split('"').next());
    actions.find(|action| action.ends_with(end)).unwrap_or_else(|| panic!("no form to {end}")).to_owned()
}

#[tokio::test]
async fn a_roster_is_seen_line_by_line_before_it_is_applied() {
    let hall = Hall::of(2).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/import", hall.organization);
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("andrew_id,name,email,user_role,vote_weight,member_number"), "{page}");

    let csv = "andrew_id,name,email,user_role,vote_weight,member_number\n\
               zoe,Zoë Ng,zoe@example.org,member,1,204\n\
               member0,,m0@example.org,observer,3,M-1\n\
               member1,,,,,\n\
               zoe,Zoë,,,,\n\
               eve,Eve,no address,,,\n";
    let seen = send(world, &path, &hall.chair, &[("csv", csv)]).await;
    let text = seen.text();
    assert!(text.contains("Changes: 2. Lines with mistakes: 2."), "{text}");
    assert!(
        text.contains("Stands here twice") && text.contains("The same stands in line 2 already."),
        "{text}"
    );
    assert!(text.contains("email: ") && !text.contains("name=\"apply\""), "{text}");
    for cell in ["Zoë Ng", "zoe@example.org", "204", "m0@example.org", "M-1"] {
        assert!(text.contains(&format!("<bdi>{cell}</bdi>")), "{cell}: {text}");
    }
    let becomes =
        |was: &str, is: &str| format!("was <del><bdi>{was}</bdi></del>, becomes <ins><bdi>{is}</bdi></ins>");
    assert!(text.contains(&format!("Role: {}", becomes("Member", "Observer"))), "{text}");
    assert!(text.contains(&format!("Votes: {}", becomes("1", "3"))), "{text}");
    assert!(text.contains(&format!("E-mail: {}", becomes("nothing", "m0@example.org"))), "{text}");

    let csv = "andrew_id,email,member_number\nmember0,m0@example.org,M-1\n";
    let fine = send(world, &path, &hall.chair, &[("csv", csv)]).await;
    let apply = [("csv", csv), ("apply", "yes"), ("key", &key(fine.text()))];
    led(&send(world, &path, &hall.chair, &apply).await);
    let csv = "member_number,email\nm-1,zero@example.org\n";
    let corrected = send(world, &path, &hall.chair, &[("csv", csv)]).await;
    let wanted = format!("E-mail: {}", becomes("m0@example.org", "zero@example.org"));
    assert!(corrected.text().contains(&wanted), "{}", corrected.text());
}

#[tokio::test]
async fn an_address_and_a_number_are_changed_for_one_member() {
    let hall = Hall::of(2).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/members", hall.organization);
    let [zero, one] = [&hall.members[0], &hall.members[1]];
    let put = |id: i32, email: &'static str, number: &'static str| {
        let (path, chair) = (format!("{path}/{id}"), &hall.chair);
        async move {
            let fields = [("role", "member"), ("weight", "1"), ("email", email), ("number", number)];
            send(world, &path, chair, &fields).await
        }
    };
    led(&put(zero.id, "zero@example.org", "M-1").await);
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("<bdi>zero@example.org</bdi>") && page.contains("<bdi>M-1</bdi>"), "{page}");
    let found = look(world, &format!("{path}?q=m-1"), &hall.chair).await;
    assert!(found.contains("Person member0") && !found.contains("Person member1"), "{found}");
    let others = look(world, &path, one).await;
    assert!(!others.contains("zero@example.org") && !others.contains("M-1"), "{others}");
    let taken = put(one.id, "", "m-1").await;
    assert_eq!(taken.status, 422, "{}", taken.text());
    assert_eq!(put(one.id, "no address", "").await.status, 422);
    led(&put(zero.id, "", "").await);
    assert!(!look(world, &path, &hall.chair).await.contains("zero@example.org"));
    let audit = look(world, &format!("/organizations/{}/audit", hall.organization), &hall.chair).await;
    assert!(audit.contains("member.contact") && !audit.contains("zero@example.org"), "{audit}");
}

#[tokio::test]
async fn a_client_is_made_and_its_token_shown_once() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let path = format!("/organizations/{}/clients", hall.organization);
    let empty = look(world, &path, &hall.chair).await;
    assert!(empty.contains("There is no client.") && !empty.contains("value=\"voting_member\""), "{empty}");
    let new =
        [("name", "Membership system"), ("role", "member_manager"), ("role", "auditor"), ("key", "one")];
    led(&send(world, &path, &hall.chair, &new).await);
    let same = send(world, &path, &hall.chair, &[("name", "Membership system"), ("key", "two")]).await;
    assert_eq!(same.status, 422);
    assert!(same.text().contains("another client"), "{}", same.text());
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("Member manager, Auditor") || page.contains("Auditor, Member manager"), "{page}");
    assert!(!page.contains("value=\"vote\""), "a client never votes: {page}");

    let tokens = form_to(&page, "/tokens");
    let nothing = send(world, &tokens, &hall.chair, &[("name", "nightly")]).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text());
    let vote = send(world, &tokens, &hall.chair, &[("name", "nightly"), ("scope", "vote")]).await;
    assert_eq!(vote.status, 422, "{}", vote.text());
    let made =
        send(world, &tokens, &hall.chair, &[("name", "nightly"), ("scope", "read"), ("days", "30")]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let secret =
        made.text().split("dir=\"ltr\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a token");
    let members = format!("/api/v1/organizations/{}/members", hall.organization);
    let call = || world.get(&members).header("authorization", &format!("Bearer {secret}"));
    assert_eq!(call().send().await.status, 200);
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("nightly") && !page.contains(secret), "{page}");

    let client = form_to(&page, "/delete").replace("/delete", "");
    led(&send(world, &client, &hall.chair, &[("disabled", "yes")]).await);
    assert_eq!(call().send().await.status, 401);
    assert!(look(world, &path, &hall.chair).await.contains("Kept out"));
    led(&send(world, &client, &hall.chair, &[]).await);
    assert_eq!(call().send().await.status, 200);
    led(&send(world, &form_to(&page, "/revoke"), &hall.chair, &[]).await);
    assert_eq!(call().send().await.status, 401);
    assert_eq!(send(world, &path, &hall.members[0], &new).await.status, 403);
    assert_eq!(world.get(&path).by(&hall.members[0]).send().await.status, 403);
    led(&send(world, &format!("{client}/delete"), &hall.chair, &[]).await);
    assert!(look(world, &path, &hall.chair).await.contains("There is no client."));
}

#[tokio::test]
async fn an_organization_has_the_colour_it_chose_on_all_its_pages() {
    let hall = Hall::of(1).await;
    let world = &hall.world;
    let path = format!("/organizations/{}", hall.organization);
    let settings = |accent| [("name", "Senate"), ("description", ""), ("accent", accent)];
    led(&send(world, &format!("{path}/settings"), &hall.chair, &settings("crimson")).await);
    let sitting = format!("/sessions/{}", hall.session);
    for place in [path.clone(), format!("{path}/members"), sitting.clone(), format!("{sitting}/screen")] {
        let page = look(world, &place, &hall.chair).await;
        assert!(page.contains("class=\"accent-crimson\""), "{place}: {page}");
    }
    let shown = world.get(&format!("/api/v1{path}")).by(&hall.chair).send().await.json();
    assert_eq!(shown["data"]["accent"], "crimson");
    let wrong = send(world, &format!("{path}/settings"), &hall.chair, &settings("#ff0000")).await;
    assert_eq!(wrong.status, 422);
    let kept = look(world, &format!("{path}/settings"), &hall.chair).await;
    assert!(kept.contains("value=\"crimson\" checked"), "{kept}");
}

#[tokio::test]
async fn an_organization_is_handed_over_archived_brought_back_and_not_deleted() {
    let hall = Hall::of(2).await;
    let world = &hall.world;
    let path = format!("/organizations/{}", hall.organization);
    let settings = format!("{path}/settings");
    let page = look(world, &settings, &hall.chair).await;
    assert!(
        page.contains("Hand the organization over") && page.contains("Archive the organization"),
        "{page}"
    );
    let running = send(world, &format!("{path}/archive"), &hall.chair, &[]).await;
    assert_eq!(running.status, 422, "a sitting runs: {}", running.text());
    super::check("settings", running.text());

    let event = hall.open(&crate::tests::sitting::motion()).await;
    hall.post(&format!("/api/v1/events/{event}/close"), &hall.chair, &json!({})).await;
    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    let voted = send(world, &format!("{path}/delete"), &hall.chair, &[]).await;
    assert_eq!(voted.status, 422, "{}", voted.text());
    led(&send(world, &format!("{path}/archive"), &hall.chair, &[]).await);
    let page = look(world, &path, &hall.chair).await;
    assert!(page.contains("is archived") && !page.contains("Open the meeting"), "{page}");
    let page = look(world, &settings, &hall.chair).await;
    assert!(page.contains("Bring it back") && !page.contains("Hand the organization over"), "{page}");
    led(&send(world, &format!("{path}/restore"), &hall.chair, &[]).await);

    let nobody = [("person", "nobody"), ("keep", "chair")];
    assert_eq!(send(world, &format!("{path}/transfer"), &hall.chair, &nobody).await.status, 422);
    let over = [("person", "Person member0 (member0)"), ("keep", "chair")];
    assert_eq!(send(world, &format!("{path}/transfer"), &hall.members[1], &over).await.status, 403);
    led(&send(world, &format!("{path}/transfer"), &hall.chair, &over).await);
    assert_eq!(world.get(&settings).by(&hall.chair).send().await.status, 403, "no owner any more");
    assert!(look(world, &settings, &hall.members[0]).await.contains("Hand the organization over"));
}

#[tokio::test]
async fn the_wall_shows_nominations_a_missing_quorum_and_the_words_of_the_record() {
    let hall = Hall::of(3).await;
    let world = &hall.world;
    let rules = format!("/organizations/{}/rules", hall.organization);
    let quorum = [("quorum.kind", "count"), ("quorum.count", "3")];
    led(&send(world, &rules, &hall.chair, &quorum).await);
    let screen = format!("/sessions/{}/screen", hall.session);
    let missing = look(world, &screen, &hall.chair).await;
    assert!(missing.contains("The quorum is not reached: 0 of 3"), "{missing}");

    let offices = json!({"offices": [{"name": "Treasurer"}]});
    let made = hall.send(axum::http::Method::POST, &hall.at("/offices"), &hall.chair, &offices).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let wall = look(world, &screen, &hall.chair).await;
    assert!(wall.contains("Nominations are open") && wall.contains("Nobody stands yet"), "{wall}");

    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    let over = look(world, &screen, &hall.chair).await;
    assert!(over.contains("The meeting has ended") && !over.contains("Nominations are open"), "{over}");
    assert!(!over.contains("record-words"), "nothing is signed yet: {over}");
    while world.app.run(&SequenceLog::default()).await.expect("the log grows").more {}
    let words = look(world, &screen, &hall.chair).await;
    assert!(words.contains("record-words") && words.contains("/record</code>"), "{words}");
    let head = world.get(&hall.at("/log/head")).by(&hall.chair).send().await.json();
    for word in head["words"].as_str().expect("words").split(' ') {
        assert!(words.contains(&format!("<code>{word}</code>")), "{word}: {words}");
    }
}

#[tokio::test]
async fn programs_change_an_address_and_a_number_leave_them_and_take_them_away() {
    let hall = Hall::of(2).await;
    let path = format!("/api/v1/organizations/{}/members/{}", hall.organization, hall.members[0].id);
    let put = async |body| hall.send(axum::http::Method::PUT, &path, &hall.chair, &body).await;
    let set = put(json!({"user_role": "member", "email": "Zero@Example.org", "member_number": "M-1"})).await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(
        (&set.json()["email"], &set.json()["member_number"]),
        (&json!("zero@example.org"), &json!("M-1"))
    );
    let kept = put(json!({"user_role": "member", "vote_weight": 2})).await.json();
    assert_eq!((&kept["email"], &kept["vote_weight"]), (&json!("zero@example.org"), &json!(2)));
    let gone = put(json!({"user_role": "member", "email": null})).await.json();
    assert!(gone.get("email").is_none() && gone["member_number"] == "M-1", "{gone}");
    let wrong = put(json!({"user_role": "member", "email": "nobody"})).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("email"), "{}", wrong.text());
}
