use async_trait::async_trait;
use plenum_domain::attendance::{JoinLeft, UserSession};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::{Action, ManageProxies};
use plenum_domain::proxy::{self, Mandate, MandateStatus, Offer};
use plenum_ports::Tx;
use plenum_ports::repository::NewMandate;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// Gives a vote to someone else for a sitting; by the principal, or entered by the host.
#[derive(Clone, Copy, Debug)]
pub struct GiveProxy {
    /// For which sitting.
    pub session_id: SessionId,
    /// Who acts.
    pub by: UserId,
    /// Whose vote.
    pub principal: UserId,
    /// Who shall cast it.
    pub holder: UserId,
}

/// A mandate with the vote instance it made.
#[derive(Clone, Copy, Debug)]
pub struct GivenProxy {
    /// The mandate.
    pub mandate: Mandate,
    /// With what it is cast.
    pub instance: UserSession,
    /// Whether it can be used now.
    pub status: MandateStatus,
}

#[async_trait]
impl UseCase for GiveProxy {
    const NAME: &'static str = "proxy.give";
    type Output = GivenProxy;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<GivenProxy, Failure> {
        // For update: how many mandates a holder has is decided one at a time.
        let at = load::session(tx, self.session_id, self.by, Take::Update).await?;
        if self.by != self.principal || !at.standing.may_know() {
            at.permit::<ManageProxies>()?;
        }
        let principal = self.person(tx, &at, "principal_user_id", self.principal).await?;
        let holder = self.person(tx, &at, "holder_user_id", self.holder).await?;
        let standing = tx.proxies().standing(self.session_id).await?;
        proxy::give(&Offer {
            session: &at.session,
            rules: &at.organization.rules.proxies,
            principal: self.principal,
            principal_role: principal,
            holder: self.holder,
            holder_role: holder,
            by_host: Action::ManageProxies.allows(&at.standing),
            standing: &standing,
        })?;
        let present = |own: Option<UserSession>| own.is_some_and(|own| own.is_own_presence());
        let holder_present = present(tx.attendance().own(self.session_id, self.holder).await?);
        let principal_present = present(tx.attendance().own(self.session_id, self.principal).await?);
        let join_left = if holder_present { JoinLeft::Joined } else { JoinLeft::Left };
        let now = tx.now().await?;
        let instance =
            tx.attendance().put_proxy(self.session_id, self.holder, self.principal, join_left, now).await?;
        let mandate = tx
            .proxies()
            .insert(&NewMandate {
                session_id: self.session_id,
                principal_user_id: self.principal,
                holder_user_id: self.holder,
                user_session_id: instance.id,
                created_by_user_id: self.by,
                created_at: now,
            })
            .await?;
        let entry = audit::entry(Self::NAME, "proxies", mandate.id.get(), Some(self.by), now)
            .session(&at.session)
            .after(json!({
                "principal_user_id": self.principal.get(),
                "holder_user_id": self.holder.get(),
                "user_session_id": instance.id.get(),
            }));
        tx.audit().append(&[entry]).await?;
        let status = MandateStatus::of(&mandate, principal_present);
        Ok(GivenProxy { mandate, instance, status })
    }
}

impl GiveProxy {
    /// The role of a member, or `None` for a guest who has been in the sitting; anyone else is unknown
    /// here, so that ids of strangers tell nothing.
    async fn person(
        &self,
        tx: &mut dyn Tx,
        at: &load::InSession,
        field: &str,
        user: UserId,
    ) -> Result<Option<plenum_domain::organization::Role>, Failure> {
        let member = tx.organizations().member(at.session.organization_id, user).await?;
        if member.is_none() && tx.attendance().own(self.session_id, user).await?.is_none() {
            let message = "is neither a member of the organization nor in this session";
            return Err(FieldErrors::one(field, message).into());
        }
        Ok(member.map(|member| member.role))
    }
}
