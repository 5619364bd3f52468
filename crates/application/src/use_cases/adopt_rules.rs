use std::collections::HashSet;

use plenum_domain::Moment;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::rules::Adopted;
use plenum_ports::Tx;
use plenum_ports::documents::{RulesData, VotersData};

use crate::Failure;

/// What a document of rules names outside itself: a version, people, a committee.
pub(crate) struct Named<'a> {
    pub(crate) rules: &'a RulesData,
    /// The organization; `None` for one that is being founded and has no committees.
    pub(crate) organization: Option<OrganizationId>,
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
            check_voters(tx, &mut checks, "voters", voters, self.organization, self.members).await?;
        }
        for (at, preset) in self.rules.quick_votes.iter().flatten().enumerate() {
            let voters = preset.data.as_ref().and_then(|data| data.voters.as_ref());
            let field = format!("quick_votes[{at}].data.voters");
            if let Some(voters) = voters {
                check_voters(tx, &mut checks, &field, voters, self.organization, self.members).await?;
            }
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

/// Notes what a document about voters names that is not there: a committee, or people who are no members.
async fn check_voters(
    tx: &mut dyn Tx,
    checks: &mut FieldChecks,
    field: &str,
    voters: &VotersData,
    organization: Option<OrganizationId>,
    members: &[UserId],
) -> Result<(), Failure> {
    let members: HashSet<i32> = members.iter().map(|id| id.get()).collect();
    let strangers = voters.users.iter().flatten().filter(|id| !members.contains(id));
    if let Some(id) = strangers.min() {
        checks.fail(&format!("{field}.users"), format!("{id} is no member; only members vote"));
    }
    if let Some(id) = voters.committee {
        let found = tx.committees().get(CommitteeId::new(id)).await?;
        if found.is_none_or(|committee| Some(committee.organization_id) != organization) {
            checks.fail(&format!("{field}.committee"), "is no committee of this organization");
        }
    }
    Ok(())
}

/// Passes when the voters that an event names are there.
pub(crate) async fn check_event_voters(
    tx: &mut dyn Tx,
    organization: OrganizationId,
    voters: Option<&VotersData>,
) -> Result<(), Failure> {
    let Some(voters) = voters else { return Ok(()) };
    let members: Vec<UserId> = if voters.users.is_some() {
        tx.organizations().members(organization).await?.iter().map(|member| member.user_id).collect()
    } else {
        Vec::new()
    };
    let mut checks = FieldChecks::new();
    check_voters(tx, &mut checks, "data.voters", voters, Some(organization), &members).await?;
    Ok(checks.finish(Some(()))?)
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
