//! API clients: machines that act for an organization, and never vote.

use crate::id::{ClientId, OrganizationId, UserId};
use crate::permission::Role;
use crate::text::ClientName;
use crate::token::{TokenScope, TokenScopes};
use crate::{Moment, Refusal};

/// A machine that acts for an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiClient {
    /// Which one; also the number under which it acts.
    pub id: ClientId,
    /// For whom it acts.
    pub organization_id: OrganizationId,
    /// What it is called; unique in the organization.
    pub name: ClientName,
    /// Who made it.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Moment,
    /// Whether it is kept out at present.
    pub disabled: bool,
}

/// Why a client's token cannot have these scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientScopesError {
    /// Voting is for people.
    #[error("may not include vote: an API client never votes")]
    Vote,
    /// More than whoever makes the token may use their own proof for.
    #[error("goes beyond this token's own")]
    Beyond,
}

impl ApiClient {
    /// Whether a client can have a role. That of a voter it never has.
    ///
    /// # Errors
    /// [`Refusal::ClientNeverVotes`].
    pub const fn may_hold(role: Role) -> Result<(), Refusal> {
        if matches!(role, Role::VotingMember) { Err(Refusal::ClientNeverVotes) } else { Ok(()) }
    }

    /// What a token of a client may be used for, made by who may use their own proof for `own`; where
    /// nothing is said as much as that, but for voting.
    ///
    /// # Errors
    /// [`ClientScopesError`]; `None` when nothing is left.
    pub fn token_scopes(
        wanted: Option<TokenScopes>,
        own: TokenScopes,
    ) -> Result<Option<TokenScopes>, ClientScopesError> {
        let Some(wanted) = wanted else {
            return Ok(TokenScopes::new(own.iter().filter(|scope| *scope != TokenScope::Vote)));
        };
        if wanted.contains(TokenScope::Vote) {
            Err(ClientScopesError::Vote)
        } else if wanted.within(own) {
            Ok(Some(wanted))
        } else {
            Err(ClientScopesError::Beyond)
        }
    }
}

/// Refuses to a machine what is for people.
///
/// # Errors
/// [`Refusal::ForPeopleOnly`].
pub const fn require_person(is_client: bool) -> Result<(), Refusal> {
    if is_client { Err(Refusal::ForPeopleOnly) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenScope::{Administer, Host, Read, Vote};

    fn scopes(scopes: &[TokenScope]) -> TokenScopes {
        TokenScopes::new(scopes.iter().copied()).expect("some")
    }

    #[test]
    fn no_client_is_a_voter() {
        for role in Role::ALL {
            assert_eq!(ApiClient::may_hold(role).is_err(), role == Role::VotingMember);
        }
        assert_eq!(require_person(true), Err(Refusal::ForPeopleOnly));
        assert_eq!(require_person(false), Ok(()));
    }

    #[test]
    fn a_token_never_votes_nor_goes_beyond_its_maker() {
        let all = TokenScopes::ALL;
        for wanted in [scopes(&[Vote]), scopes(&[Read, Vote]), all] {
            assert_eq!(ApiClient::token_scopes(Some(wanted), all), Err(ClientScopesError::Vote));
        }
        let host = scopes(&[Read, Host]);
        assert_eq!(ApiClient::token_scopes(Some(host), all), Ok(Some(host)));
        assert_eq!(ApiClient::token_scopes(Some(host), host), Ok(Some(host)));
        assert_eq!(
            ApiClient::token_scopes(Some(host), scopes(&[Read, Administer])),
            Err(ClientScopesError::Beyond)
        );
        assert_eq!(ApiClient::token_scopes(None, all), Ok(Some(scopes(&[Read, Host, Administer]))));
        assert_eq!(
            ApiClient::token_scopes(None, scopes(&[Vote, Administer])),
            Ok(Some(scopes(&[Administer])))
        );
        assert_eq!(ApiClient::token_scopes(None, scopes(&[Vote])), Ok(None));
    }
}
