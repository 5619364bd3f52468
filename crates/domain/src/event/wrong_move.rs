//! Moves that do not follow from the state of an event.

/// A wrong move: each has a code of its own and says what would be right instead.
///
/// Moves that were made already and would change nothing are none of these: opening what is open, closing what
/// is closed, releasing what is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongMove {
    /// Voting on a draft.
    #[error("Voting on this event was not opened yet. Wait until the chair opens it, then vote.")]
    VoteBeforeOpening,
    /// Voting on an annulled event.
    #[error("This event was annulled and takes no votes any more. Vote on the one that takes its place.")]
    VoteAfterAnnulment,
    /// Opening what was closed.
    #[error("Voting on this event is over; it cannot be opened again. Prepare a new event to vote again.")]
    OpenAfterClose,
    /// Opening what was annulled.
    #[error("This event was annulled; it cannot be opened again. Prepare a new event to vote again.")]
    OpenAfterAnnulment,
    /// Closing a draft.
    #[error("This event is a draft, so there is no vote to close. Open it first, or delete it.")]
    CloseBeforeOpening,
    /// Closing what was annulled.
    #[error(
        "This event was annulled: voting is over and nothing is counted. Prepare a new event to vote again."
    )]
    CloseAfterAnnulment,
    /// Releasing the result of a draft.
    #[error(
        "This event is a draft and has no result to release. Open it, let people vote, and close it first."
    )]
    ReleaseBeforeOpening,
    /// Releasing the result of an open vote.
    #[error("Voting on this event is still open. Close it first: it is counted then, and can be released.")]
    ReleaseBeforeClose,
    /// Releasing an annulled result.
    #[error(
        "This event was annulled; its result is not released any more. Prepare a new event to vote again."
    )]
    ReleaseAfterAnnulment,
    /// Deciding a tie of what is not counted.
    #[error("The votes are not counted yet, so there is no tie to decide. Close the event first.")]
    TieBeforeClose,
    /// Deciding a tie of a released result.
    #[error(
        "This result is released and final; no tie can be decided in it. Prepare a new event to vote again."
    )]
    TieAfterRelease,
    /// Deciding a tie of an annulled result.
    #[error("This event was annulled; no tie in it needs a decision. Prepare a new event to vote again.")]
    TieAfterAnnulment,
    /// Annulling a draft.
    #[error("This event is a draft: nobody has voted on it. Change or delete it instead of annulling it.")]
    AnnulBeforeOpening,
    /// Annulling twice.
    #[error("This event was annulled before, and its reason stands. Prepare a new event to vote again.")]
    AnnulTwice,
    /// More time for a draft.
    #[error(
        "Voting on this event was not opened yet. Change the end time or the duration of the draft instead."
    )]
    ExtendBeforeOpening,
    /// More time for what was closed.
    #[error(
        "This event is closed and counted; it cannot be given more time. Prepare a new event to vote again."
    )]
    ExtendAfterClose,
    /// More time for what was annulled.
    #[error("This event was annulled; it cannot be given more time. Prepare a new event to vote again.")]
    ExtendAfterAnnulment,
    /// Figures of a draft.
    #[error(
        "Voting on this event was not opened yet, so there are no figures to show or hide. Open it first, or set the \
         draft's visibility."
    )]
    ShareBeforeOpening,
    /// Figures of what was closed.
    #[error(
        "Figures are shown or hidden while voting is on, and this vote is closed. Release its result instead."
    )]
    ShareAfterClose,
    /// Figures of what was released.
    #[error(
        "The result of this event is released: everybody who may see it does. There is nothing to show or hide."
    )]
    ShareAfterRelease,
    /// Figures of what was annulled.
    #[error("This event was annulled; its figures are not shown or hidden any more. Prepare a new event.")]
    ShareAfterAnnulment,
}

impl WrongMove {
    /// Every one.
    pub const ALL: [Self; 21] = [
        Self::VoteBeforeOpening,
        Self::VoteAfterAnnulment,
        Self::OpenAfterClose,
        Self::OpenAfterAnnulment,
        Self::CloseBeforeOpening,
        Self::CloseAfterAnnulment,
        Self::ReleaseBeforeOpening,
        Self::ReleaseBeforeClose,
        Self::ReleaseAfterAnnulment,
        Self::TieBeforeClose,
        Self::TieAfterRelease,
        Self::TieAfterAnnulment,
        Self::AnnulBeforeOpening,
        Self::AnnulTwice,
        Self::ExtendBeforeOpening,
        Self::ExtendAfterClose,
        Self::ExtendAfterAnnulment,
        Self::ShareBeforeOpening,
        Self::ShareAfterClose,
        Self::ShareAfterRelease,
        Self::ShareAfterAnnulment,
    ];

    /// The stable, machine-readable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::VoteBeforeOpening => "vote_before_opening",
            Self::VoteAfterAnnulment => "vote_after_annulment",
            Self::OpenAfterClose => "open_after_close",
            Self::OpenAfterAnnulment => "open_after_annulment",
            Self::CloseBeforeOpening => "close_before_opening",
            Self::CloseAfterAnnulment => "close_after_annulment",
            Self::ReleaseBeforeOpening => "release_before_opening",
            Self::ReleaseBeforeClose => "release_before_close",
            Self::ReleaseAfterAnnulment => "release_after_annulment",
            Self::TieBeforeClose => "tie_before_close",
            Self::TieAfterRelease => "tie_after_release",
            Self::TieAfterAnnulment => "tie_after_annulment",
            Self::AnnulBeforeOpening => "annul_before_opening",
            Self::AnnulTwice => "annul_twice",
            Self::ExtendBeforeOpening => "extend_before_opening",
            Self::ExtendAfterClose => "extend_after_close",
            Self::ExtendAfterAnnulment => "extend_after_annulment",
            Self::ShareBeforeOpening => "share_before_opening",
            Self::ShareAfterClose => "share_after_close",
            Self::ShareAfterRelease => "share_after_release",
            Self::ShareAfterAnnulment => "share_after_annulment",
        }
    }
}
