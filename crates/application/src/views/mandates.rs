use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, ProxyId, SessionId, UserId};
use plenum_domain::permission::{Permitted, Standing, ViewAttendance, ViewOrganization, ViewProxies};
use plenum_domain::proxy::{Mandate, MandateStatus};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{MandateLine, MandateNoteLine};

use super::require;
use crate::{App, Failure};

/// A mandate with its people, as it stands now.
#[derive(Clone, Debug)]
pub struct MandateView {
    /// The mandate.
    pub line: MandateLine,
    /// Where it stands.
    pub status: MandateStatus,
}

impl MandateView {
    fn at(now: Moment) -> impl Fn(MandateLine) -> Self {
        move |line| Self { status: MandateStatus::of(&line.mandate, line.principal_present, now), line }
    }
}

fn concerns(mandate: &Mandate, user: UserId) -> bool {
    [mandate.principal_user_id, mandate.holder_user_id].contains(&user)
}

impl App {
    /// The mandates of a sitting, ended ones too.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part and gave or holds none, [`Failure::NotFound`] for strangers.
    pub async fn mandates(&self, id: SessionId, user: UserId) -> Result<Vec<MandateView>, Failure> {
        let line = self.session(id, user).await?;
        let now = self.queries.now().await?;
        let mandates = self.queries.mandates(id).await?.into_iter().map(MandateView::at(now));
        let Err(failure) = require::<ViewAttendance>(&line.standing, "session") else {
            return Ok(mandates.collect());
        };
        // Who gave their vote away and stayed at home still sees that mandate, and so does its holder.
        let own: Vec<MandateView> = mandates.filter(|view| concerns(&view.line.mandate, user)).collect();
        if own.is_empty() { Err(failure) } else { Ok(own) }
    }

    /// Every mandate that the person gave or holds, in all sittings and for spans, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn my_mandates(&self, user: UserId, page: Page) -> Result<Paged<MandateView>, Failure> {
        let now = self.queries.now().await?;
        Ok(self.queries.mandates_of_user(user, page).await?.map(MandateView::at(now)))
    }

    /// The mandates for spans of an organization, the newest first: all of them for who conducts or audits
    /// there, otherwise those that concern the person, which may leave pieces of the list empty.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the organization.
    pub async fn span_mandates(
        &self,
        id: OrganizationId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<MandateView>, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        require::<ViewOrganization>(&standing, "organization")?;
        let now = self.queries.now().await?;
        let mut piece = self.queries.span_mandates(id, page).await?.map(MandateView::at(now));
        if ViewProxies::permit(&standing).is_err() {
            piece.items.retain(|view| concerns(&view.line.mandate, user));
        }
        Ok(piece)
    }

    /// A mandate and what happened to it: for its principal, its holder and who conducts or audits there.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others who know of the sitting, [`Failure::NotFound`] for strangers.
    pub async fn mandate(
        &self,
        id: ProxyId,
        user: UserId,
    ) -> Result<(MandateView, Vec<MandateNoteLine>), Failure> {
        let line = self.queries.mandate(id).await?.ok_or(Failure::NotFound("proxy"))?;
        if !concerns(&line.mandate, user) {
            let standing = self.standing_towards(&line, user).await?.ok_or(Failure::NotFound("proxy"))?;
            require::<ViewProxies>(&standing, "proxy")?;
        }
        let notes = self.queries.mandate_notes(id).await?;
        let now = self.queries.now().await?;
        Ok((MandateView::at(now)(line), notes))
    }

    async fn standing_towards(&self, line: &MandateLine, user: UserId) -> Result<Option<Standing>, Failure> {
        Ok(match line.mandate.scope.session_id() {
            Some(id) => self.queries.session(id, user).await?.map(|found| found.standing),
            None => {
                self.queries.organization(line.organization_id, user).await?.map(|(_, standing)| standing)
            }
        })
    }
}
