//! The versions of organizations' rules.

use plenum_domain::organization::{Joining, Rules};
use plenum_domain::rules::Adopted;

use super::World;
use super::fixture::{Done, begin, new_organization, person, pieces};

/// Versions come back by number and newest first in pieces; each is written once.
pub async fn versions_of_rules_are_kept(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let senate = tx.organizations().insert(&new_organization("Senate")).await.done();
    let other = tx.organizations().insert(&new_organization("Other")).await.done();
    let at = tx.now().await.done();
    let version = |version| Adopted {
        organization_id: senate.id,
        rules: Rules { version, joining: Joining::Anyone, ..Rules::default() },
        adopted_at: at,
        adopted_by_user_id: Some(ann.id),
    };
    let first = Adopted { rules: Rules::default(), adopted_by_user_id: None, ..version(1) };
    let all = [first.clone(), version(2), version(3)];
    for adopted in &all {
        tx.rules().adopt(adopted).await.done();
    }
    tx.rules().adopt(&Adopted { organization_id: other.id, ..first }).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    assert_eq!(queries.rules_version(senate.id, 2).await.done(), Some(version(2)));
    assert_eq!(queries.rules_version(senate.id, 4).await.done(), None);
    assert_eq!(queries.rules_version(other.id, 2).await.done(), None);
    let fetched = pieces(2, async |page| queries.rules_versions(senate.id, page).await).await;
    let newest_first: Vec<Adopted> = all.iter().rev().cloned().collect();
    assert_eq!(fetched.concat(), newest_first);

    let mut tx = begin(world).await;
    assert_eq!(tx.rules().adopted(senate.id, 2).await.done(), Some(version(2).rules));
    assert_eq!(tx.rules().adopted(other.id, 2).await.done(), None);
    tx.rules().adopt(&version(2)).await.expect_err("it was written before");
}
