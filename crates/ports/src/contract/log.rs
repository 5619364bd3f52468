//! The log: queue, trees, checkpoints, receipts.

use std::collections::BTreeMap;

use plenum_domain::event::Event;
use plenum_domain::id::{LeafId, OrganizationId, SessionId, VoteId};
use sha2::{Digest, Sha256};

use super::World;
use super::fixture::{Done, Hall, begin, minutes, pieces, refused, vote};
use super::sealed::{open, sealed};
use crate::repository::{
    AuditEntry, AuditTarget, LogCheckpoint, LogNode, LogPart, LogTree, NewLeaf, Opening, QueuedLeaf,
    Recorded, SealedVote, TreeKey,
};
use crate::store::Tx;

fn leaf(hall: &Hall, session: bool, text: &str) -> NewLeaf {
    let opening = Opening { salt: "ab".repeat(32), text: format!("{{\"of\":\"{text} Żółć\"}}") };
    let mut hash = [7; 32];
    hash[..text.len()].copy_from_slice(text.as_bytes());
    NewLeaf {
        organization_id: Some(hall.organization.id),
        session_id: session.then_some(hall.session.id),
        event_id: None,
        action: "session.join",
        text: text.to_owned(),
        hash,
        openings: BTreeMap::from([("changes".to_owned(), opening)]),
    }
}

/// Puts what waits in its place, as a sequencer does.
async fn place(tx: &mut dyn Tx, key: TreeKey) -> LogTree {
    let taken = tx.log().take(100).await.done();
    let mine: Vec<QueuedLeaf> = taken.into_iter().filter(|leaf| leaf.tree == key).collect();
    let mut tree = tx.log().tree_for_update(key, &format!("{key:?}"), "key").await.done();
    tree.size += mine.len() as u64;
    tree.edge = vec![5; 64];
    tx.log().extend(&tree, &mine, &[LogNode { level: 8, position: tree.size, hash: [6; 32] }]).await.done();
    tree
}

/// Leaves come out of the queue once, in the order they were queued, each with its tree.
pub async fn leaves_are_taken_in_order(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let server = NewLeaf { organization_id: None, session_id: None, ..leaf(&hall, false, "server") };
    let leaves = [leaf(&hall, true, "one"), leaf(&hall, false, "two"), server];
    let ids = tx.log().append(&leaves).await.done();
    assert!(ids.is_sorted() && ids.len() == 3);
    assert!(tx.log().append(&[]).await.done().is_empty());
    tx.commit().await.done();
    assert_eq!(world.queries().log_queued().await.done(), 3);

    let mut tx = begin(world).await;
    assert!(tx.log().lead(false).await.done());
    let first = tx.log().take(2).await.done();
    assert_eq!(first.iter().map(|leaf| leaf.id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(first[0].tree, TreeKey::Session(hall.session.id));
    assert_eq!(first[1].tree, TreeKey::Organization(hall.organization.id));
    assert_eq!((&first[0].text, &first[0].hash), (&leaves[0].text, &leaves[0].hash));
    assert_eq!((&first[0].openings, first[0].action.as_str()), (&leaves[0].openings, "session.join"));
    let last = tx.log().take(2).await.done();
    assert_eq!((last.len(), last[0].tree), (1, TreeKey::Server));
    assert!(tx.log().take(2).await.done().is_empty());
}

/// A leaf is queued with the change it tells of, or not at all; taking it without giving it a place
/// leaves it where it was.
pub async fn a_leaf_is_lost_with_nothing_but_its_change(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    tx.log().append(&[leaf(&hall, true, "kept")]).await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    tx.log().append(&[leaf(&hall, true, "never")]).await.done();
    drop(tx);
    let mut tx = begin(world).await;
    assert_eq!(tx.log().take(100).await.done().len(), 1);
    // The sequencer dies here.
    drop(tx);
    let mut tx = begin(world).await;
    let taken = tx.log().take(100).await.done();
    assert_eq!(taken.iter().map(|leaf| leaf.text.as_str()).collect::<Vec<_>>(), ["kept"]);
}

/// A tree grows at its end and keeps its leaves, hashes and name.
pub async fn a_tree_grows_at_its_end(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let key = TreeKey::Session(hall.session.id);
    let queries = world.queries();
    assert_eq!(queries.log_tree(key).await.done(), None);
    tx.log().append(&[leaf(&hall, true, "one"), leaf(&hall, true, "two")]).await.done();
    let first = place(&mut *tx, key).await;
    tx.commit().await.done();
    let mut tx = begin(world).await;
    tx.log().append(&[leaf(&hall, true, "three")]).await.done();
    let second = place(&mut *tx, key).await;
    tx.commit().await.done();
    assert_eq!((first.id, first.size, second.size), (second.id, 2, 3));

    let tree = queries.log_tree(key).await.done().expect("it is there");
    assert_eq!(tree, second);
    assert_eq!(
        (tree.origin.as_str(), tree.public_key.as_str(), tree.signed_size),
        (format!("{key:?}").as_str(), "key", 0)
    );
    let leaves = queries.log_leaves(tree.id, 1, 10).await.done();
    let seen: Vec<_> = leaves.iter().map(|leaf| (leaf.position, leaf.text.as_str())).collect();
    assert_eq!(seen, [(1, "two"), (2, "three")]);
    assert_eq!(leaves[0].openings["changes"].text, "{\"of\":\"two Żółć\"}");
    assert_eq!(queries.log_leaves(tree.id, 0, 1).await.done().len(), 1);
    let mut hashes = queries.log_hashes(tree.id, &[(0, 0, 2), (8, 3, 9)]).await.done();
    hashes.sort_by_key(|node| (node.level, node.position));
    let seen: Vec<_> = hashes.iter().map(|node| (node.level, node.position, node.hash[0])).collect();
    assert_eq!(seen, [(0, 0, b'o'), (0, 1, b't'), (8, 3, 6)]);
    assert_eq!(queries.log_tree(TreeKey::Session(SessionId::new(i32::MAX))).await.done(), None);
    assert_eq!(queries.log_tree(TreeKey::Organization(OrganizationId::new(i32::MAX))).await.done(), None);

    // What was written at another size than the tree has is refused.
    let mut tx = begin(world).await;
    let stale = LogTree { size: 2, ..tree };
    refused(tx.log().extend(&stale, &[], &[]).await);
}

/// Checkpoints are kept, and say which trees want a newer one.
pub async fn checkpoints_are_kept(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let key = TreeKey::Organization(hall.organization.id);
    let now = tx.now().await.done();
    let checkpoint = |size: u64| LogCheckpoint {
        size,
        root: [size.to_le_bytes()[0]; 32],
        note: format!("note {size}\n\n\u{2014} x\n"),
        at: now,
    };
    tx.log().append(&[leaf(&hall, false, "one"), leaf(&hall, false, "two")]).await.done();
    let tree = place(&mut *tx, key).await;
    let unsigned = tx.log().unsigned_trees(now).await.done();
    assert_eq!(unsigned.iter().map(|tree| tree.key).collect::<Vec<_>>(), [key], "it has none at all");
    tx.log().insert_checkpoint(tree.id, &checkpoint(1)).await.done();
    assert!(tx.log().unsigned_trees(now).await.done().is_empty(), "it was just signed");
    assert_eq!(tx.log().unsigned_trees(now + minutes(1)).await.done().len(), 1);
    tx.log().insert_checkpoint(tree.id, &checkpoint(2)).await.done();
    assert!(tx.log().unsigned_trees(now + minutes(1)).await.done().is_empty(), "it covers everything");
    tx.commit().await.done();

    let queries = world.queries();
    let found = |size| queries.log_checkpoint(tree.id, size);
    assert_eq!(found(None).await.done(), Some(checkpoint(2)));
    assert_eq!(found(Some(1)).await.done(), Some(checkpoint(1)));
    assert_eq!(found(Some(2)).await.done(), Some(checkpoint(2)));
    assert_eq!(found(Some(3)).await.done(), None);
    let listed = pieces(1, async |page| queries.log_checkpoints(tree.id, page).await).await;
    assert_eq!(listed.concat(), [checkpoint(2), checkpoint(1)]);
    let mut tx = begin(world).await;
    refused(tx.log().insert_checkpoint(tree.id, &checkpoint(2)).await);
}

/// A receipt is found while its leaf waits and when it has its place.
pub async fn receipts_are_found_all_along(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let key = TreeKey::Session(hall.session.id);
    let ids = tx.log().append(&[leaf(&hall, true, "zero"), leaf(&hall, true, "vote")]).await.done();
    tx.commit().await.done();
    let queries = world.queries();
    let waiting = queries.receipt(ids[1]).await.done().expect("it waits");
    assert_eq!((waiting.id, waiting.tree, waiting.position, waiting.hash[0]), (ids[1], key, None, b'v'));
    let mut tx = begin(world).await;
    place(&mut *tx, key).await;
    tx.commit().await.done();
    let placed = queries.receipt(ids[1]).await.done().expect("it is there");
    assert_eq!(placed.position, Some(1));
    assert_eq!((placed.hash, placed.tree), (waiting.hash, key));
    assert_eq!(queries.receipt(LeafId::new(i64::MAX)).await.done(), None);
}

/// Whose vote it was finds its leaf: of a recorded vote by the vote, of a sealed one by the envelope that stands. What
/// waits for its place is not found yet, and of a changed vote the latest leaf is.
pub async fn votes_find_their_leaves(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let key = TreeKey::Session(hall.session.id);
    let (own, second) = (hall.join(&mut *tx, 1).await, hall.join(&mut *tx, 2).await);
    let recorded = hall.open_motion(&mut *tx, &[1, 2]).await;
    let other = hall.open_motion(&mut *tx, &[1, 2]).await;
    let secret = open(&mut *tx, &hall, &[1, 2, 3], 1).await;
    let cast = tx.ballot_box().record(&[vote(&recorded, &own, 0), vote(&other, &own, 0)]).await.done();
    let rows: Vec<i32> = cast
        .iter()
        .map(|cast| match cast {
            Recorded::Accepted { id, .. } => id.get(),
            Recorded::AlreadyVoted => panic!("it is the first"),
        })
        .collect();
    let envelopes = [sealed(&secret, &own, 3), sealed(&secret, &second, 4)];
    tx.sealed().record_sealed(&envelopes).await.done();
    let of_vote = |action, row: i32, mark: &str| NewLeaf {
        action,
        text: format!("{{\"mark\":\"{mark}\",\"target\":{{\"id\":{row},\"table\":\"votes\"}}}}"),
        ..leaf(&hall, true, mark)
    };
    let of_envelope = |envelope: &SealedVote, mark: &str| {
        let hash = hex::encode(Sha256::digest(&envelope.sealed));
        let text = format!("{{\"facts\":{{\"envelope\":\"{hash}\"}},\"target\":{{\"id\":null}}}}");
        NewLeaf { action: "vote.seal", text, ..leaf(&hall, true, mark) }
    };
    let leaves = [
        of_vote("vote.cast", rows[0], "a"),
        of_vote("vote.change", rows[0], "b"),
        of_vote("vote.cast", rows[1], "c"),
        of_vote("event.close", rows[0], "d"),
        of_envelope(&envelopes[0], "e"),
        of_envelope(&envelopes[1], "f"),
    ];
    let ids = tx.log().append(&leaves).await.done();
    tx.commit().await.done();
    let people = [hall.id(1), hall.id(2), hall.id(3)];
    let found = async |event: &Event| {
        let mut found = world.queries().leaves_of_votes(event.id, &people).await.done();
        found.sort_unstable();
        found
    };
    assert_eq!(found(&recorded).await, [], "it waits for its place");
    let mut tx = begin(world).await;
    place(&mut *tx, key).await;
    // The envelope that was cast second stands; the leaf of the first is nobody's any more.
    let again = sealed(&secret, &second, 9);
    tx.sealed().replace_sealed(std::slice::from_ref(&again)).await.done();
    let later = tx.log().append(&[of_envelope(&again, "g")]).await.done();
    place(&mut *tx, key).await;
    tx.commit().await.done();
    assert_eq!(found(&recorded).await, [(people[0], ids[1])], "the latest");
    assert_eq!(found(&other).await, [(people[0], ids[2])]);
    assert_eq!(found(&secret).await, [(people[0], ids[4]), (people[1], later[0])]);
    let asked = world.queries().leaves_of_votes(secret.id, &people[..1]).await.done();
    assert_eq!(asked, [(people[0], ids[4])], "only of whom it is asked");
}

/// What a vote held before it was changed is erased where the leaf waits and where it has its place; the
/// leaf stays as it is, and so does what else opens it.
pub async fn choices_are_erased(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let key = TreeKey::Session(hall.session.id);
    let cast = |action, row: i64, text: &str| {
        let opening = Opening { salt: "cd".repeat(32), text: text.to_owned() };
        let text = format!("{{\"of\":\"{text}\",\"target\":{{\"id\":{row},\"table\":\"votes\"}}}}");
        let openings = ["who", "choice"].map(|name| (name.to_owned(), opening.clone()));
        NewLeaf { action, text, openings: BTreeMap::from(openings), ..leaf(&hall, true, &row.to_string()) }
    };
    tx.log().append(&[cast("vote.cast", 7, "a"), cast("vote.cast", 8, "b")]).await.done();
    place(&mut *tx, key).await;
    let waiting = [cast("vote.change", 7, "c"), cast("event.close", 7, "d")];
    tx.log().append(&waiting).await.done();
    tx.log().erase_choices(&[VoteId::new(7), VoteId::new(9)]).await.done();
    tx.log().erase_choices(&[]).await.done();
    let later = cast("vote.change", 7, "e");
    tx.log().append(std::slice::from_ref(&later)).await.done();
    let tree = place(&mut *tx, key).await;
    tx.commit().await.done();
    let leaves = world.queries().log_leaves(tree.id, 0, 10).await.done();
    let opened: Vec<Vec<&str>> =
        leaves.iter().map(|leaf| leaf.openings.keys().map(String::as_str).collect()).collect();
    let (erased, whole) = (vec!["who"], vec!["choice", "who"]);
    assert_eq!(opened, [erased.clone(), whole.clone(), erased, whole.clone(), whole]);
    assert_eq!((&leaves[4].text, &leaves[4].hash), (&later.text, &later.hash));
}

/// The audit lines of a transaction are asked for once, with the roles of their actors.
pub async fn audit_lines_are_told_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let now = tx.now().await.done();
    tx.log().take_entries();
    let entry = |organization_id, actor| AuditEntry {
        organization_id,
        session_id: None,
        event_id: None,
        action: "member.put",
        target: AuditTarget { table: "users", id: 1 },
        actor,
        at: now,
        before: None,
        after: None,
        log: LogPart { apart: true, ..LogPart::default() },
    };
    let organization = Some(hall.organization.id);
    let entries =
        [entry(organization, Some(hall.id(0))), entry(organization, None), entry(None, Some(hall.id(1)))];
    tx.audit().append(&entries).await.done();
    let roles: Vec<_> = tx
        .log()
        .take_entries()
        .into_iter()
        .map(|logged| (logged.actor_role, logged.entry.log.apart))
        .collect();
    let member = tx.organizations().member(hall.organization.id, hall.id(0)).await.done().expect("a member");
    assert_eq!(roles, [(Some(member.role.as_str().to_owned()), true), (None, true), (None, true)]);
    assert!(tx.log().take_entries().is_empty());
}
