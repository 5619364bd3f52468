//! What people of another organization, and members who are not in the room, see of a sitting: the pages, the
//! lists, and the texts of errors.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;

use super::sitting::{Hall, motion};
use super::world::Reply;

/// The organization of a sitting.
async fn organization(hall: &Hall) -> i64 {
    let session = hall.get(&hall.at(""), &hall.chair).await.json();
    session["organization_id"].as_i64().expect("an id")
}

/// Every page of the router that is about an organization, a sitting or an event: its path for these, and for
/// those that do not exist.
fn pages(hall: &Hall, organization: i64, event: i64) -> BTreeSet<(String, String)> {
    let debug = format!("{:?}", hall.world.router);
    let families = [("/organizations/", organization), ("/sessions/", hall.session), ("/events/", event)];
    let paths = debug.split('"').filter_map(|text| {
        let (start, id) = families.iter().find(|(start, _)| text.starts_with(&format!("{start}{{")))?;
        let (_, rest) = text.split_once('}')?;
        let rest: String = rest
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        Some((format!("{start}{id}{rest}"), format!("{start}2147483647{rest}")))
    });
    paths.collect()
}

fn tells(reply: &Reply, hall: &Hall) -> bool {
    let code = hall.code.as_str();
    ["Student Senate", "Amend article 4", "Person chair", code]
        .iter()
        .any(|secret| reply.text().contains(secret))
}

#[tokio::test]
async fn pages_are_not_there_for_people_of_another_organization() {
    let hall = Hall::full(1).await;
    let event = hall.open(&motion()).await;
    let cookie = hall.world.sign_in("visitor").await;
    let pages = pages(&hall, organization(&hall).await, event);
    assert!(pages.len() > 10, "{pages:?}");
    for (page, nothing) in pages {
        let looked = hall.world.get(&page).header("cookie", &cookie).send().await;
        assert!([404, 405].contains(&looked.status.as_u16()), "{page}: {}", looked.status);
        assert!(!tells(&looked, &hall), "{page}: {}", looked.text());
        let form = "application/x-www-form-urlencoded";
        let submit = async |path: &str| {
            let sent = hall.world.post(path).same_origin().header("cookie", &cookie);
            sent.header("content-type", form).body("vote-1=yes").await
        };
        let (sent, missing) = (submit(&page).await, submit(&nothing).await);
        assert!(sent.status.is_client_error(), "{page}: {}", sent.status);
        assert_eq!(sent.status, missing.status, "{page} tells that there is something");
        assert!(!tells(&sent, &hall), "{page}: {}", sent.text());
    }
    for list in ["/", "/me", "/api/v1/me", "/api/v1/organizations", "/api/v1/sessions", "/api/v1/me/proxies"]
    {
        let listed = hall.world.get(list).header("cookie", &cookie).send().await;
        assert!(!tells(&listed, &hall), "{list}: {}", listed.text());
    }
}

#[tokio::test]
async fn the_page_of_a_sitting_has_no_code_for_members_who_are_not_in_it() {
    let hall = Hall::full(1).await;
    let body = json!({"andrew_id": "visitor", "user_role": "member"});
    let cookie = hall.world.sign_in("visitor").await;
    let members = format!("/api/v1/organizations/{}/members", organization(&hall).await);
    assert!(hall.send(Method::POST, &members, &hall.chair, &body).await.status.is_success());
    let page = format!("/sessions/{}", hall.session);
    let look = async || hall.world.get(&page).header("cookie", &cookie).send().await;
    let outside = look().await;
    assert_eq!(outside.status, 200);
    assert!(!outside.text().contains(&hall.code), "{}", outside.text());
    assert!(outside.text().contains("name=\"code\""), "they are asked for it");
    let code = json!({"join_code": hall.code}).to_string();
    let join = |path: &str| hall.world.post(path).same_origin().header("cookie", &cookie);
    assert_eq!(join("/api/v1/sessions/join").json(&code).await.status, 200);
    let leave = format!("/api/v1/sessions/{}/leave", hall.session);
    assert_eq!(join(&leave).json("{}").await.status, 200);
    assert!(look().await.text().contains(&hall.code), "who was in comes back without typing it");
}
