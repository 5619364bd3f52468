//! Why a use case did not do what was asked.

use plenum_domain::Refusal;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::EventId;
use plenum_domain::permission::Denied;
use plenum_ports::identity::IdentityError;
use plenum_ports::{Constraint, StoreError};

/// Why a use case did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule or the present state is in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The same, of one event where a request is about several.
    #[error("{refusal}")]
    RefusedFor {
        /// Which event.
        event: EventId,
        /// Why.
        refusal: Refusal,
    },
    /// The content of the request is wrong.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The person may not do this.
    #[error("{needs}")]
    Forbidden {
        /// Who could, as a sentence.
        needs: &'static str,
    },
    /// There is no such thing, or the person may not know of it.
    #[error("There is no such {0}, or you may not see it.")]
    NotFound(&'static str),
    /// The `Idempotency-Key` was used for another request.
    #[error("This Idempotency-Key was used for another request. Use a new key for a new request.")]
    KeyReused,
    /// The sign-in did not succeed.
    #[error(transparent)]
    SignIn(#[from] SignInFailure),
    /// The key of a secret vote cannot be had.
    #[error(transparent)]
    Keys(#[from] KeyTrouble),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a sign-in did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    /// The login is unknown, took too long, was used before, or began in another browser.
    #[error("This sign-in is no longer valid. Start it again from the beginning, in one browser window.")]
    Expired,
    /// The provider does not say who it is.
    #[error(
        "The sign-in provider gave no login name for you. Ask the administrator to check the claim configured for andrew_id."
    )]
    NoLoginName,
    /// The login name belongs to another person.
    #[error(
        "Your login name is already taken by another person here. Ask the administrator of this server to sort it out."
    )]
    LoginNameTaken,
    /// The person is kept out.
    #[error("You cannot sign in here any more. Ask the administrator of this server.")]
    Disabled,
    /// The provider failed, refused, or could not be believed.
    #[error(transparent)]
    Provider(#[from] IdentityError),
}

/// Why the key of a secret vote cannot be had at present. It is not lost, and nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    /// The key store cannot be used; the reason is for the log.
    #[error(
        "The place where this server keeps the keys of secret votes cannot be used at present. Nothing was changed. \
         Tell the administrator, and try again."
    )]
    Unavailable(String),
    /// The key is in another store.
    #[error(
        "The key of this secret vote is kept by another server, or in a folder that is not mounted here. Close the \
         vote there, or have the folder mounted. If that folder is gone for good, annul the event: its votes cannot \
         be opened any more."
    )]
    Elsewhere,
}

impl From<plenum_ports::keys::KeyStoreError> for Failure {
    fn from(error: plenum_ports::keys::KeyStoreError) -> Self {
        KeyTrouble::Unavailable(error.to_string()).into()
    }
}

impl Failure {
    /// Says which of several events was in the way.
    #[must_use]
    pub(crate) fn of(self, event: EventId) -> Self {
        match self {
            Self::Refused(refusal) => Self::RefusedFor { event, refusal },
            failure => failure,
        }
    }

    /// Turns a denial into what the person is told; `what` names the thing for who may not know of it.
    pub fn denied(denied: Denied, what: &'static str) -> Self {
        match denied {
            Denied::Unknown => Self::NotFound(what),
            Denied::Forbidden { needs } => Self::Forbidden { needs },
        }
    }

    /// Whether the whole transaction may simply be run again.
    ///
    /// Besides serialization failures this holds for two people who did the same thing at once: the
    /// second run finds what the first one made.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::Retry
                    | StoreError::Violated(
                        Constraint::OwnInstance
                            | Constraint::Membership
                            | Constraint::AndrewId
                            | Constraint::OidcSubject
                            | Constraint::RoleGrant
                            | Constraint::PendingRole
                            | Constraint::MemberNumber
                    )
            )
        )
    }
}
