//! Proxies as mandates: given by the principal, held by someone allowed to, never passed on.

use crate::id::{ProxyId, SessionId, UserId, UserSessionId};
use crate::organization::{ProxyRules, Role};
use crate::session::{Session, SessionStatus};
use crate::{Moment, Refusal};

/// A mandate to vote for someone else in a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Which one.
    pub id: ProxyId,
    /// For which sitting.
    pub session_id: SessionId,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who casts it.
    pub holder_user_id: UserId,
    /// The vote instance it made.
    pub user_session_id: UserSessionId,
    /// Who entered it: the principal, or the host.
    pub created_by_user_id: UserId,
    /// Since when.
    pub created_at: Moment,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
}

impl Mandate {
    /// Whether it has not been taken back.
    pub const fn stands(&self) -> bool {
        self.revoked_at.is_none()
    }

    /// Whether it stood at a moment.
    pub fn stood_at(&self, moment: Moment) -> bool {
        self.created_at <= moment && self.revoked_at.is_none_or(|end| moment < end)
    }
}

/// Whether a mandate can be used right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateStatus {
    /// The holder may vote with it.
    Active,
    /// The principal is in the sitting and votes in person.
    Suspended,
    /// Taken back.
    Revoked,
}

impl MandateStatus {
    /// Where a mandate stands, given whether the principal is in the sitting.
    pub const fn of(mandate: &Mandate, principal_present: bool) -> Self {
        if !mandate.stands() {
            Self::Revoked
        } else if principal_present {
            Self::Suspended
        } else {
            Self::Active
        }
    }

    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

/// A mandate someone wants to give, with what bears on it.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The sitting.
    pub session: &'a Session,
    /// The organization's rules on proxies.
    pub rules: &'a ProxyRules,
    /// Whose vote.
    pub principal: UserId,
    /// The principal's role; `None` for no member.
    pub principal_role: Option<Role>,
    /// Who shall cast it.
    pub holder: UserId,
    /// The holder's role; `None` for no member.
    pub holder_role: Option<Role>,
    /// Whether the host enters it.
    pub by_host: bool,
    /// The mandates that stand in this sitting and concern one of the two.
    pub standing: &'a [Mandate],
}

/// Decides whether a mandate may be given.
///
/// # Errors
/// The [`Refusal`] that names the rule in the way.
pub fn give(offer: &Offer<'_>) -> Result<(), Refusal> {
    offer.session.require_running()?;
    if !offer.rules.allowed {
        return Err(Refusal::ProxiesNotAllowed);
    }
    if offer.session.status == SessionStatus::Locked && !offer.by_host {
        return Err(Refusal::SessionLocked);
    }
    if offer.principal == offer.holder {
        return Err(Refusal::ProxyToOneself);
    }
    if !offer.principal_role.is_some_and(Role::votes) {
        return Err(Refusal::PrincipalHasNoVote);
    }
    if !offer.rules.may_hold(offer.holder_role) {
        return Err(Refusal::HolderNotAllowed);
    }
    let standing = || offer.standing.iter().filter(|mandate| mandate.stands());
    if standing().any(|mandate| mandate.principal_user_id == offer.principal) {
        return Err(Refusal::ProxyAlreadyGiven);
    }
    let passed_on = standing().any(|mandate| {
        mandate.holder_user_id == offer.principal || mandate.principal_user_id == offer.holder
    });
    if passed_on {
        return Err(Refusal::ProxyChain);
    }
    let held = standing().filter(|mandate| mandate.holder_user_id == offer.holder).count();
    if held >= usize::try_from(offer.rules.max_per_holder).unwrap_or(usize::MAX) {
        return Err(Refusal::ProxyLimitReached { limit: offer.rules.max_per_holder });
    }
    Ok(())
}

/// Decides whether a mandate may be taken back: not while a vote it was used in is still open.
///
/// # Errors
/// [`Refusal::ProxyUsed`], [`Refusal::ProxyAlreadyRevoked`], [`Refusal::SessionClosed`].
pub fn revoke(session: &Session, mandate: &Mandate, used_in_an_active_event: bool) -> Result<(), Refusal> {
    session.require_running()?;
    if !mandate.stands() {
        return Err(Refusal::ProxyAlreadyRevoked);
    }
    if used_in_an_active_event { Err(Refusal::ProxyUsed) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::{JoinLeft, UserSession};
    use crate::id::OrganizationId;
    use crate::organization::{Member, ProxyHolders, Weight};
    use crate::roll;
    use crate::session::JoinCode;
    use crate::text::Title;
    use crate::vote::Instance;

    fn session(status: SessionStatus) -> Session {
        Session {
            id: SessionId::new(1),
            organization_id: OrganizationId::new(1),
            join_code: JoinCode::parse("ABCDEF").expect("six letters"),
            title: Title::parse("Senate").expect("a title"),
            status,
            created_by_user_id: UserId::new(99),
            created_at: Moment::default(),
        }
    }

    fn mandate(principal: i32, holder: i32) -> Mandate {
        Mandate {
            id: ProxyId::new(principal),
            session_id: SessionId::new(1),
            principal_user_id: UserId::new(principal),
            holder_user_id: UserId::new(holder),
            user_session_id: UserSessionId::new(principal),
            created_by_user_id: UserId::new(principal),
            created_at: Moment::default(),
            revoked_at: None,
        }
    }

    fn rules() -> ProxyRules {
        ProxyRules { max_per_holder: 1, holders: ProxyHolders::VotingMembers, ..ProxyRules::default() }
    }

    fn offer(principal: i32, holder: i32, standing: &[Mandate]) -> Result<(), Refusal> {
        give(&Offer {
            session: &session(SessionStatus::Open),
            rules: &rules(),
            principal: UserId::new(principal),
            principal_role: Some(Role::Member),
            holder: UserId::new(holder),
            holder_role: Some(Role::Member),
            by_host: false,
            standing,
        })
    }

    #[test]
    fn a_mandate_is_given_once_and_within_the_limit() {
        assert_eq!(offer(1, 2, &[]), Ok(()));
        assert_eq!(offer(1, 1, &[]), Err(Refusal::ProxyToOneself));
        assert_eq!(offer(1, 2, &[mandate(1, 3)]), Err(Refusal::ProxyAlreadyGiven));
        assert_eq!(offer(1, 2, &[mandate(4, 2)]), Err(Refusal::ProxyLimitReached { limit: 1 }));
        let revoked = Mandate { revoked_at: Some(Moment::default()), ..mandate(4, 2) };
        assert_eq!(offer(1, 2, &[revoked]), Ok(()));
    }

    #[test]
    fn a_mandate_is_never_passed_on() {
        assert_eq!(offer(1, 2, &[mandate(3, 1)]), Err(Refusal::ProxyChain), "the principal holds one");
        assert_eq!(offer(1, 2, &[mandate(2, 3)]), Err(Refusal::ProxyChain), "the holder gave theirs away");
        assert_eq!(offer(1, 2, &[mandate(2, 1)]), Err(Refusal::ProxyChain), "a circle");
    }

    #[test]
    fn a_lock_binds_members_and_not_the_host() {
        let session = session(SessionStatus::Locked);
        let mut offer = Offer {
            session: &session,
            rules: &rules(),
            principal: UserId::new(1),
            principal_role: Some(Role::Member),
            holder: UserId::new(2),
            holder_role: Some(Role::Member),
            by_host: false,
            standing: &[],
        };
        assert_eq!(give(&offer), Err(Refusal::SessionLocked));
        offer.by_host = true;
        assert_eq!(give(&offer), Ok(()));
        offer.principal_role = Some(Role::Observer);
        assert_eq!(give(&offer), Err(Refusal::PrincipalHasNoVote));
        offer.principal_role = Some(Role::Owner);
        offer.holder_role = Some(Role::Observer);
        assert_eq!(give(&offer), Err(Refusal::HolderNotAllowed));
    }

    #[test]
    fn a_used_mandate_stays_until_the_vote_is_over() {
        let session = session(SessionStatus::Open);
        assert_eq!(revoke(&session, &mandate(1, 2), true), Err(Refusal::ProxyUsed));
        assert_eq!(revoke(&session, &mandate(1, 2), false), Ok(()));
    }

    #[test]
    fn the_table_of_instances() {
        for (role, holds, count) in [
            (Some(Role::Member), false, 1),
            (Some(Role::Member), true, 2),
            (Some(Role::Observer), false, 0),
            (Some(Role::Observer), true, 1),
            (None, true, 1),
        ] {
            let found = instances_of_one(role, holds, true);
            assert_eq!(found, count, "{role:?}, holding one: {holds}");
        }
        assert_eq!(instances_of_one(Some(Role::Member), true, false), 1, "the event admits no proxies");
    }

    /// How many votes person 2 has on an event, who is there in this role and may hold the vote of person 1.
    fn instances_of_one(role: Option<Role>, holds: bool, proxies_admitted: bool) -> usize {
        let member = |user: i32, role| Member {
            organization_id: OrganizationId::new(1),
            user_id: UserId::new(user),
            role,
            weight: Weight::ONE,
            joined_at: Moment::default(),
        };
        let row = |id: i32, proxy: Option<i32>| UserSession {
            id: UserSessionId::new(id),
            user_id: UserId::new(2),
            session_id: SessionId::new(1),
            proxy: proxy.map(UserId::new),
            join_left: JoinLeft::Joined,
            barred: false,
            timestamp: Moment::default(),
        };
        let members: Vec<Member> =
            [Some(member(1, Role::Member)), role.map(|role| member(2, role))].into_iter().flatten().collect();
        let mandates: Vec<Mandate> = holds.then(|| mandate(1, 2)).into_iter().collect();
        let rows: Vec<UserSession> =
            [Some(row(2, None)), holds.then(|| row(1, Some(1)))].into_iter().flatten().collect();
        let fixed = roll::fix(&members, &rows, &mandates, proxies_admitted);
        rows.into_iter()
            .map(|row| Instance {
                on_roll: fixed.iter().any(|entry| entry.principal == row.principal()),
                voted: false,
                caster_present: true,
                principal_present: row.proxy.is_none(),
                mandate_stands: true,
                row,
            })
            .filter(|instance| instance.counts(proxies_admitted))
            .count()
    }
}
