//! The log over the fakes: what becomes a leaf, receipts, sequencing.

mod world;

use plenum_application::use_cases::{
    CloseEvent, CloseSession, GiveProxy, LeaveSession, ReleaseEvent, SequenceLog, Sequenced,
};
use plenum_application::views::LogOwner;
use plenum_domain::field::FieldErrors;
use plenum_ports::Store;
use plenum_ports::page::Page;
use plenum_ports::queries::{LeafLine, LogQueries};
use plenum_ports::repository::TreeKey;
use plenum_record::leaf::{Actor, ActorWord, Leaf};
use plenum_record::note::{Checkpoint, NoteKey};
use plenum_record::receipt::Receipt;
use plenum_record::{commitment, tree};
use world::World;

async fn sequence(world: &World) -> Sequenced {
    world.app.run(&SequenceLog::default()).await.expect("the log grows")
}

async fn leaves(world: &World, key: TreeKey) -> Vec<(LeafLine, Leaf)> {
    let tree = world.store.log_tree(key).await.expect("the store answers").expect("there is a log");
    let lines = world.store.log_leaves(tree.id, 0, 1000).await.expect("the store answers");
    assert_eq!(lines.len() as u64, tree.size);
    lines
        .into_iter()
        .map(|line| {
            let leaf = serde_json::from_str(&line.text).expect("a leaf");
            (line, leaf)
        })
        .collect()
}

/// A sitting with a motion that three voted on, one of them for another.
async fn sitting(world: &World) -> plenum_domain::session::Session {
    let session = world.session().await;
    for member in &world.members[..3] {
        world.join(&session, *member).await.expect("members join");
    }
    let [first, principal] = [world.members[0], world.members[4]];
    let give = GiveProxy {
        session_id: session.id,
        by: world.owner,
        principal,
        holder: first,
        event_id: None,
        reason: None,
    };
    world.app.run(&give).await.expect("it is given");
    let event = world.motion(&session).await;
    for member in &world.members[1..3] {
        world.vote(event.id, *member, "yes").await.expect("it is accepted");
    }
    world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes");
    world.app.run(&ReleaseEvent { event_id: event.id, by: world.owner }).await.expect("it is released");
    let leave = LeaveSession { session_id: session.id, by: first };
    world.app.run(&leave).await.expect("they leave");
    world.app.run(&CloseSession { session_id: session.id, by: world.owner }).await.expect("it is closed");
    session
}

#[tokio::test]
async fn every_change_becomes_a_leaf_of_its_own_tree() {
    let world = World::new().await;
    let session = sitting(&world).await;
    sequence(&world).await;
    let lines = world.store.audit_log();
    let of_session = lines.iter().filter(|line| line.session_id == Some(session.id)).count();
    let session_leaves = leaves(&world, TreeKey::Session(session.id)).await;
    assert_eq!(session_leaves.len(), of_session, "one for each audit line");
    let organization = leaves(&world, TreeKey::Organization(world.organization)).await;
    let server = leaves(&world, TreeKey::Server).await;
    assert_eq!(session_leaves.len() + organization.len() + server.len(), lines.len());
    let actions: Vec<&str> = session_leaves.iter().map(|(_, leaf)| leaf.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "session.create",
            "session.join",
            "session.join",
            "session.join",
            "proxy.give",
            "event.create",
            "event.open",
            "vote.cast",
            "vote.cast",
            "event.close",
            "event.release",
            "session.leave",
            "proxy.expire",
            "session.close"
        ]
    );
    for (line, leaf) in session_leaves.iter().chain(&organization).chain(&server) {
        assert_eq!(line.hash, tree::leaf_hash(line.text.as_bytes()));
        assert_eq!(leaf.sealed.len(), line.openings.len());
        for (name, opening) in &line.openings {
            let sealed = commitment::of(opening).map(|hash| plenum_record::hex(&hash));
            assert_eq!(sealed.as_ref(), leaf.sealed.get(name), "{name} opens");
        }
    }
    let (_, created) = &session_leaves[0];
    assert_eq!(created.actor, Actor::Person { user_id: world.owner.get(), role: Some("owner".into()) });
    let (vote, leaf) = &session_leaves[7];
    assert_eq!(leaf.actor, Actor::Word(ActorWord::Withheld), "who voted is sealed");
    assert!(leaf.facts.is_empty() && !vote.text.contains("yes"));
    assert_eq!(vote.openings["choice"].text, "[\"yes\"]");
    assert_eq!(
        vote.openings["who"].text,
        format!(
            "{{\"cast_by_user_id\":{0},\"principal_user_id\":{0},\"user_session_id\":{1}}}",
            world.members[1],
            leaf_instance(&session_leaves, 2)
        ),
    );
}

fn leaf_instance(leaves: &[(LeafLine, Leaf)], at: usize) -> i64 {
    leaves[at].1.target.id.expect("an instance")
}

#[tokio::test]
async fn nothing_a_person_typed_stands_in_the_clear() {
    let world = World::new().await;
    let session = sitting(&world).await;
    sequence(&world).await;
    for key in [TreeKey::Session(session.id), TreeKey::Organization(world.organization), TreeKey::Server] {
        for (line, _) in leaves(&world, key).await {
            for typed in ["Ordinary", "Something", "Senate", "Name of", "m1", "decide"] {
                assert!(!line.text.contains(typed), "{typed} stands in {}", line.text);
            }
        }
    }
}

#[tokio::test]
async fn checkpoints_are_signed_at_once_for_what_people_look_at_and_soon_for_the_rest() {
    let world = World::new().await;
    let session = world.session().await;
    sequence(&world).await;
    let key = TreeKey::Session(session.id);
    let head = async || world.app.log_head(LogOwner::Session(session.id), world.owner).await.expect("a head");
    let first = head().await;
    let checkpoint = first.checkpoint.as_ref().expect("an opening is signed at once");
    let public: NoteKey = first.public_key.parse().expect("a key");
    let opened = Checkpoint::open(&checkpoint.note, &public).expect("it is signed");
    assert_eq!(
        (opened.size, opened.root, opened.origin.as_str()),
        (1, first.root, "vote.example.org/sessions/{id}".replace("{id}", &session.id.to_string()).as_str())
    );

    world.join(&session, world.members[0]).await.expect("they join");
    let run = sequence(&world).await;
    assert_eq!((run.leaves, run.checkpoints), (1, 0), "it was signed a moment ago");
    assert_eq!(sequence(&world).await, Sequenced::default(), "nothing is new");
    world.store.advance(chrono::TimeDelta::seconds(6));
    assert_eq!(sequence(&world).await.checkpoints, 1, "it has waited long enough");
    assert_eq!(head().await.checkpoint.expect("a newer one").size, 2);

    let proof = world
        .app
        .log_consistency(LogOwner::Session(session.id), world.owner, 1, None)
        .await
        .expect("a proof");
    assert!(tree::is_consistent((1, &first.root), (2, &head().await.root), &proof.hashes));
    let proof =
        world.app.log_inclusion(LogOwner::Session(session.id), world.owner, 1, None).await.expect("a proof");
    let leaf = leaves(&world, key).await[1].0.hash;
    assert_eq!(tree::root_from_inclusion(leaf, 1, 2, &proof.hashes), Some(head().await.root));
    let beyond = world.app.log_inclusion(LogOwner::Session(session.id), world.owner, 2, None).await;
    let Err(plenum_application::Failure::Invalid(FieldErrors { .. })) = beyond else { panic!("{beyond:?}") };
    let members = world.app.log(LogOwner::Session(session.id), world.members[1], Page::first()).await;
    assert!(members.expect("hashes").items.iter().all(|line| line.text.is_none()), "members see hashes");
    assert!(world.app.log_head(LogOwner::Session(session.id), world.stranger).await.is_err());
}

#[tokio::test]
async fn a_receipt_leads_to_the_leaf_of_its_vote() {
    let world = World::new().await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("they join");
    let event = world.motion(&session).await;
    let receipt = world.vote(event.id, world.members[0], "no").await.expect("it is cast").remove(0);
    let logged = receipt.logged.expect("a receipt");
    let origin = format!("vote.example.org/sessions/{}", session.id);
    let public = world.app.env.log_key.public(&origin);
    let promise = Receipt::open(&logged.note, &public).expect("it is signed");
    assert_eq!((promise.id, promise.leaf, promise.origin), (logged.id, logged.leaf, origin));

    let waiting = world.app.receipt(logged.id, world.members[0]).await.expect("it is known");
    assert_eq!((waiting.place, waiting.leaf), (None, logged.leaf));
    sequence(&world).await;
    let view = world.app.receipt(logged.id, world.members[1]).await.expect("members of it may know");
    let place = view.place.expect("the opening was signed in the same run");
    let root = tree::root_from_inclusion(logged.leaf, place.position, place.checkpoint.size, &place.proof);
    assert_eq!(root, Some(place.checkpoint.root));
    assert!(world.app.receipt(logged.id, world.stranger).await.is_err());
    // Other leaves are nobody's receipt.
    let other = leaves(&world, TreeKey::Session(session.id)).await[0].0.id;
    assert!(world.app.receipt(other, world.owner).await.is_err());
}

#[tokio::test]
async fn a_sequencer_that_dies_loses_nothing_and_doubles_nothing() {
    let world = World::new().await;
    let session = sitting(&world).await;
    let queued = world.store.log_queued().await.expect("the store answers");
    // It takes everything, and dies before it commits.
    let mut tx = world.store.begin().await.expect("a transaction");
    assert_eq!(tx.log().take(1000).await.expect("leaves").len() as u64, queued);
    drop(tx);
    assert_eq!(world.store.log_queued().await.expect("the store answers"), queued);
    let done = sequence(&world).await;
    assert_eq!(done.leaves as u64, queued);
    assert_eq!(sequence(&world).await.leaves, 0);
    let mut ids: Vec<_> =
        leaves(&world, TreeKey::Session(session.id)).await.iter().map(|(line, _)| line.id).collect();
    assert!(ids.is_sorted());
    ids.dedup();
    assert_eq!(ids.len(), leaves(&world, TreeKey::Session(session.id)).await.len());
}
