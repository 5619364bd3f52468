use plenum_domain::Moment;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::UserId;
use plenum_domain::organization::Organization;
use plenum_domain::rules::Adopted;
use plenum_ports::Tx;
use plenum_ports::documents::RulesData;

use crate::Failure;

/// What a document of rules names outside itself: a version, people, a committee.
pub(crate) struct Named<'a> {
    pub(crate) rules: &'a RulesData,
    /// The members of the organization.
    pub(crate) members: &'a [UserId],
    /// The version the rules have now.
    pub(crate) by_version: u32,
}

impl Named<'_> {
    /// Passes when all of it is there.
    pub(crate) async fn check(&self, tx: &mut dyn Tx) -> Result<(), Failure> {
        let mut checks = FieldChecks::new();
        if self.rules.version.is_some_and(|version| version != self.by_version) {
            let message = format!(
                "the rules have changed and are at version {} now; look at them and try again",
                self.by_version
            );
            checks.fail("version", message);
        }
        if let Some(voters) = &self.rules.voters {
            let strangers =
                voters.users.iter().flatten().filter(|id| !self.members.contains(&UserId::new(**id)));
            if let Some(id) = strangers.min() {
                checks.fail("voters.users", format!("{id} is no member; only members vote"));
            }
            if voters.committee.is_some() {
                checks.fail("voters.committee", "is no committee of this organization");
            }
        }
        if self.rules.weights.is_some_and(|weights| weights.split == Some(true)) {
            checks.fail("weights.split", "is not offered yet; leave it false");
        }
        let list = self.rules.attendance.as_ref().and_then(|attendance| attendance.list.as_ref());
        for id in list.into_iter().flatten() {
            let id = UserId::new(*id);
            if !self.members.contains(&id) && tx.users().get(id).await?.is_none() {
                checks.fail("attendance.list", format!("{id} is nobody the server knows"));
                break;
            }
        }
        let clean: Result<(), FieldErrors> = checks.finish(Some(()));
        Ok(clean.map_err(|errors| errors.under("data.rules"))?)
    }
}

/// Keeps the rules an organization has now as a version of its own.
pub(crate) async fn adopt(
    tx: &mut dyn Tx,
    organization: &Organization,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let adopted = Adopted {
        organization_id: organization.id,
        rules: organization.rules.clone(),
        adopted_at: now,
        adopted_by_user_id: Some(by),
    };
    Ok(tx.rules().adopt(&adopted).await?)
}
