//! What voters see of where their votes are in the record.

use plenum_record::receipt::Receipt;
use serde_json::{Value, json};

use super::journeys::{key, led, look, send};
use crate::tests::sitting::Hall;
use crate::tests::world::Person;

const OPTIONS: [&str; 2] = ["Quokka", "Numbat"];

/// Casts all votes of somebody over the pages; where that leads.
async fn cast(hall: &Hall, event: i64, by: &Person) -> String {
    let world = &hall.world;
    let review_at = format!("/sessions/{}/review", hall.session);
    let review = send(world, &review_at, by, &[(&format!("all-{event}"), OPTIONS[1])]).await;
    let fields: Vec<String> = review
        .text()
        .split("name=\"vote-")
        .skip(1)
        .map(|rest| format!("vote-{}", rest.split('"').next().expect("a field")))
        .collect();
    let key = key(review.text());
    let mut sent: Vec<(&str, &str)> = fields.iter().map(|field| (field.as_str(), OPTIONS[1])).collect();
    sent.push(("key", &key));
    led(&send(world, &format!("/events/{event}/cast"), by, &sent).await)
}

/// The signed receipts on a page.
fn notes(page: &str) -> Vec<String> {
    let after = page.split("<code class=\"pre\">").skip(1);
    after.map(|rest| rest.split("</code>").next().expect("its end").to_owned()).collect()
}

#[tokio::test]
async fn each_vote_is_seen_to_be_in_the_record_and_nothing_of_it_when_it_was_secret() {
    let hall = Hall::full(6).await;
    let world = &hall.world;
    let (holder, absent) = (&hall.members[0], &hall.members[1]);
    led(&send(world, &format!("/sessions/{}/leave", hall.session), absent, &[]).await);
    hall.proxy(absent, holder).await;
    for secrecy in ["standard", "secret"] {
        let event = hall
            .open(&json!({
                "event_type": "election", "name": secrecy,
                "data": {"secrecy": secrecy, "proxy": true, "vote_options": OPTIONS, "method": {"name": "plurality"}},
            }))
            .await;
        let path = format!("/events/{event}/receipt");
        assert_eq!(cast(&hall, event, holder).await, format!("{path}?note=cast"), "nothing in the address");
        let waiting = look(world, &path, holder).await;
        assert_eq!(waiting.matches("gets its place in the record").count(), 2, "{waiting}");
        assert!(!waiting.contains("This vote is in the record"), "{waiting}");

        // Whoever takes the record has everything put in its place and signed.
        let taken = hall.get(&hall.at("/record"), &hall.chair).await;
        assert_eq!(taken.status, 200);
        let page = look(world, &path, holder).await;
        assert_eq!(page.matches("This vote is in the record.").count(), 2, "{page}");
        assert!(page.contains("plenum verify record.zip --receipt receipt.txt"), "{page}");
        if secrecy == "secret" {
            assert!(!OPTIONS.iter().any(|option| page.contains(option)), "nothing of its content: {page}");
            assert!(page.contains("nothing of what was chosen"), "{page}");
        }
        let head: Value = hall.get(&hall.at("/log/head"), holder).await.json();
        let public = head["public_key"].as_str().expect("a key").parse().expect("a key");
        let notes = notes(&page);
        assert_eq!(notes.len(), 2, "one for each vote");
        assert_ne!(notes[0], notes[1]);
        for note in notes {
            let receipt = Receipt::open(&note, &public).expect("the server signed it");
            let place = hall.get(&format!("/api/v1/receipts/{}", receipt.id), holder).await.json();
            assert_eq!((&place["in_record"], &place["event_id"]), (&json!(true), &json!(event)));
            assert_eq!(place["leaf_hash"], plenum_record::hex(&receipt.leaf));
            assert!(page.contains(&plenum_record::hex(&receipt.leaf)), "{page}");
        }
        let represented = look(world, &path, absent).await;
        assert_eq!(represented.matches("This vote is in the record.").count(), 1, "{represented}");
        let other = look(world, &path, &hall.members[2]).await;
        assert!(!other.contains("in the record") && other.contains("Vote now"), "{other}");
        let strange = world.get(&path).by(&hall.stranger).send().await;
        assert_eq!(strange.status, 404);
    }
}
