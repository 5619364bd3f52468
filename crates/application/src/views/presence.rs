use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::permission::{ManageAttendance, Permitted, ViewAttendance};
use plenum_domain::presence::{Asked, PresenceCheck, WaitingState};
use plenum_domain::rules::Admission;
use plenum_domain::user::User;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{PresenceCheckLine, SessionLine, WaitingLine};

use super::require;
use crate::{App, Failure};

impl App {
    /// Who waits for admission to a sitting, or was turned away.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who may not admit, [`Failure::NotFound`] for strangers.
    pub async fn waiting_list(
        &self,
        id: SessionId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<WaitingLine>, Failure> {
        let line = self.session(id, user).await?;
        require::<ManageAttendance>(&line.standing, "session")?;
        Ok(self.queries.waiting_list(id, page).await?)
    }

    /// How many wait to be admitted to a sitting.
    pub(super) async fn at_door(&self, line: &SessionLine) -> Result<usize, Failure> {
        if line.organization.rules.attendance.admission != Admission::Host {
            return Ok(0);
        }
        let mut count = 0;
        let mut page = Page::first();
        loop {
            let piece = self.queries.waiting_list(line.session.id, page).await?;
            count += piece.items.iter().filter(|one| one.waiting.state == WaitingState::Waiting).count();
            match piece.next {
                Some(next) => page = Page::first().continued(next),
                None => return Ok(count),
            }
        }
    }

    /// The presence checks of a sitting, the newest first.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers.
    pub async fn presence_checks(
        &self,
        id: SessionId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<PresenceCheckLine>, Failure> {
        let line = self.session(id, user).await?;
        require::<ViewAttendance>(&line.standing, "session")?;
        Ok(self.queries.presence_checks(id, page).await?)
    }

    /// The presence check that runs, and what a person who was asked in it did; `None` where none runs or they were
    /// not asked. Whoever is asked may know of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn question(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<Option<(PresenceCheck, Asked)>, Failure> {
        let Some(line) = self.running_check(id).await? else { return Ok(None) };
        // The piece that begins with this person.
        let piece = Page::first().limited(1).continued(i64::from(user.get()) - 1);
        let asked = self.queries.asked(line.check.id, piece).await?;
        let own = asked.items.into_iter().find(|(_, asked)| asked.user_id == user);
        Ok(own.map(|(_, asked)| (line.check, asked)))
    }

    /// The presence check that runs in a sitting. Asks nobody's permission: whoever hands it on has done so.
    pub(super) async fn running_check(&self, id: SessionId) -> Result<Option<PresenceCheckLine>, Failure> {
        // One runs at a time, and it is the newest.
        let checks = self.queries.presence_checks(id, Page::first().limited(1)).await?;
        Ok(checks.items.into_iter().find(|line| line.check.closed_at.is_none()))
    }

    /// A presence check and, for who manages attendance, what each of the people asked did.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers.
    pub async fn presence_check(
        &self,
        session: SessionId,
        id: PresenceCheckId,
        user: UserId,
        page: Page,
    ) -> Result<(PresenceCheckLine, Option<Paged<(User, Asked)>>), Failure> {
        let line = self.session(session, user).await?;
        require::<ViewAttendance>(&line.standing, "session")?;
        let found = self.queries.presence_check(id).await?;
        let check = found
            .filter(|found| found.check.session_id == session)
            .ok_or(Failure::NotFound("presence check"))?;
        let people = match ManageAttendance::permit(&line.standing) {
            Ok(_) => Some(self.queries.asked(id, page).await?),
            Err(_) => None,
        };
        Ok((check, people))
    }
}
