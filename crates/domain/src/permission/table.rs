//! The table: role by action.

use std::marker::PhantomData;

use super::role::Role::{Admin, Auditor, Chair, MemberManager, Secretary, Teller};
use super::role::{Role, Roles};
use super::standing::Standing;
use super::{Denied, Permit};

/// Where a role must be held for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// For the whole server.
    Server,
    /// In the organization as a whole, or for the whole server.
    Organization,
    /// At the place the action is about, or anywhere wider.
    Here,
}

/// Who may do something: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    level: Level,
    roles: Roles,
    host: bool,
    participant: bool,
    known: bool,
}

/// Whoever holds one of these roles at the place, or anywhere wider.
const fn by(roles: &[Role]) -> Rule {
    Rule { level: Level::Here, roles: Roles::of(roles), host: false, participant: false, known: false }
}

/// Whoever holds one of these roles in the organization as a whole.
const fn by_organization(roles: &[Role]) -> Rule {
    Rule { level: Level::Organization, ..by(roles) }
}

/// Whoever holds one of these roles for the whole server.
const fn by_server(roles: &[Role]) -> Rule {
    Rule { level: Level::Server, ..by(roles) }
}

impl Rule {
    /// And the host of the sitting, while they are a member.
    const fn or_host(self) -> Self {
        Self { host: true, ..self }
    }

    /// And whoever takes part in the sitting.
    const fn or_participant(self) -> Self {
        Self { participant: true, ..self }
    }

    /// And whoever may know of the place at all.
    const fn or_known(self) -> Self {
        Self { known: true, ..self }
    }

    const fn admits(self, standing: &Standing) -> bool {
        let held = match self.level {
            Level::Server => standing.granted.global,
            Level::Organization => standing.in_general(),
            Level::Here => standing.here(),
        };
        self.roles.meets(held)
            || (self.host && standing.still_hosts())
            || (self.participant && standing.participant)
            || (self.known && standing.may_know())
    }
}

/// Something a person may be allowed to do.
pub trait Permitted: Sized {
    /// The action, as the table and the documentation name it.
    const ACTION: Action;

    /// Asks the table.
    ///
    /// # Errors
    /// [`Denied`], telling apart who may not know and who may not do.
    fn permit(standing: &Standing) -> Result<Permit<Self>, Denied> {
        if Self::ACTION.allows(standing) {
            Ok(Permit { by: Some(standing.user_id), action: PhantomData })
        } else if standing.may_know() {
            Err(Denied::Forbidden { needs: Self::ACTION.needs() })
        } else {
            Err(Denied::Unknown)
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $rule:expr, $needs:literal;)+) => {
        /// Everything the table decides on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its row of the table.
            const fn rule(self) -> Rule {
                match self {
                    $(Self::$name => $rule,)+
                }
            }

            /// Who may do it, as a sentence for who may not.
            pub const fn needs(self) -> &'static str {
                match self {
                    $(Self::$name => $needs,)+
                }
            }

            /// Its name, as the API publishes it: `manage_members`.
            pub fn name(self) -> String {
                match self {
                    $(Self::$name => snake_case(stringify!($name)),)+
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permitted for $name {
                const ACTION: Action = Action::$name;
            }
        )+
    };
}

fn snake_case(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

impl Action {
    /// The table: whether a person of this standing may do it.
    pub const fn allows(self, standing: &Standing) -> bool {
        self.rule().admits(standing)
    }

    /// The roles that bring it, where they are held.
    pub const fn roles(self) -> Roles {
        self.rule().roles
    }
}

/// Who leads.
const LEADERS: &[Role] = &[Admin, Chair];
/// Who leads or keeps the books.
const OFFICERS: &[Role] = &[Admin, Chair, Secretary];
/// Whoever holds any role.
const ANYONE: &[Role] = &Role::ALL;

actions! {
    /// See the organization and who is in it.
    ViewOrganization: by_organization(ANYONE),
        "Only members of the organization can see this.";
    /// Change the organization's name, description and rules.
    EditOrganization: by_organization(&[Admin]),
        "Only an owner of the organization can change it.";
    /// Hand the ownership of the organization over.
    TransferOwnership: by_organization(&[Admin]),
        "Only an owner of the organization can hand it over.";
    /// Archive the organization, bring it back, or delete it.
    RetireOrganization: by_organization(&[Admin]),
        "Only an owner of the organization can archive or delete it.";
    /// Add, change and remove members.
    ManageMembers: by_organization(&[Admin, MemberManager]),
        "Only an owner or a member manager of the organization can manage its members.";
    /// Make, change and dissolve committees.
    ManageCommittees: by_organization(&[Admin]),
        "Only an owner of the organization can manage its committees.";
    /// Appoint and remove members of a committee.
    ManageCommitteeMembers: by(&[Admin, Chair, MemberManager]),
        "Only a chair or a member manager of this committee, or an owner of the organization, can do this.";
    /// Make, change and end API clients of the organization, and make their tokens.
    ManageClients: by_organization(&[Admin]),
        "Only an owner of the organization can manage its API clients.";
    /// See who holds which role.
    ViewRoles: by(&[Admin, Chair, Secretary, MemberManager, Auditor]),
        "Only those who lead or administer this can see who holds which role in it.";
    /// Grant and revoke roles.
    GrantRoles: by(&[Admin, Chair, MemberManager]),
        "Only an owner, a chair or a member manager can grant and revoke roles here.";
    /// Disable, merge and anonymize people.
    ManagePeople: by_server(&[Admin]),
        "Only an administrator of this server can manage people.";
    /// Read the audit log.
    ViewAudit: by_organization(&[Admin, Chair, Auditor]),
        "Only owners, chairs and auditors of the organization can read its audit log.";
    /// Open a sitting.
    CreateSession: by(LEADERS),
        "Only owners and chairs of the organization can open a session.";
    /// See a sitting and its agenda.
    ViewSession: by(ANYONE).or_known(),
        "Only members of the organization and participants can see this session.";
    /// See the code that lets people into a sitting: whoever may follow it, because the wall shows it.
    ViewJoinCode: by(&[Admin, Chair, Secretary, Teller, Auditor]).or_host().or_participant(),
        "Only participants and the host of the session can see its join code.";
    /// Lock, open and close a sitting.
    ManageSession: by(LEADERS).or_host(),
        "Only the host of the session, or an owner or chair of the organization, can do this.";
    /// Admit people, mark them present or absent, remove them.
    ManageAttendance: by(OFFICERS).or_host(),
        "Only the host of the session, or an owner, chair or secretary, can manage attendance.";
    /// See who is in.
    ViewAttendance: by(&[Admin, Chair, Secretary, Teller, Auditor]).or_host().or_participant(),
        "Only participants and the host of the session can see who attends. Join the session first.";
    /// Enter and take back the mandates of others.
    ManageProxies: by(OFFICERS).or_host(),
        "Only the principal, or the host of the session, can give or revoke this proxy.";
    /// See every mandate with what happened to it.
    ViewProxies: by(&[Admin, Chair, Secretary, Auditor]).or_host(),
        "Only its principal and its holder, the host of the session, and chairs, secretaries and auditors can see this proxy.";
    /// Prepare, change and delete events.
    WriteEvents: by(OFFICERS).or_host(),
        "Only the host of the session, or an owner, chair or secretary, can prepare events.";
    /// Open, close, release and annul events.
    ConductEvents: by(LEADERS).or_host(),
        "Only the host of the session, or an owner or chair of the organization, can conduct a vote.";
    /// See turnout, released and live results.
    FollowEvents: by(&[Admin, Chair, Secretary, Teller, Auditor]).or_host().or_participant(),
        "Only participants and the host of the session can see this. Join the session first.";
    /// See the result of a counted event before its release.
    SeeResultsEarly: by(&[Admin, Chair, Teller]).or_host(),
        "Only the host of the session can see results before their release.";
    /// See who has not voted yet.
    SeeWhoIsMissing: by(&[Admin, Chair, Teller]).or_host(),
        "Only the host of the session can see who has not voted.";
    /// Take the exports of a sitting.
    ExportSession: by(&[Admin, Chair, Secretary, Auditor]).or_host(),
        "Only the host of the session, or an owner, chair, secretary or auditor, can take its exports.";
}
