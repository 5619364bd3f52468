//! Why a rule stands in the way of what somebody asked for.

use crate::event::WrongMove;
use crate::id::OfficeId;

/// A request that is well-formed but that a rule or the present state forbids.
///
/// Each has a stable [`code`](Refusal::code) and a sentence that says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sitting is over.
    #[error("The session is closed; nothing in it can be changed any more. Open a new session to go on.")]
    SessionClosed,
    /// Nobody new may enter.
    #[error("The session is locked. Ask the chair to open it again or to admit you.")]
    SessionLocked,
    /// The host showed this person out.
    #[error("You were removed from this session. Ask the chair to let you in again.")]
    RemovedFromSession,
    /// The host would remove themselves.
    #[error("You cannot remove yourself from a session. Leave it instead.")]
    RemoveOneself,
    /// Only members of the organization may enter.
    #[error("This session is for members of the organization. Ask an owner to add you as a member.")]
    MembersOnly,
    /// Only people on the organization's list may enter.
    #[error("This session is for the people on the organization's list. Ask an owner to add you to it.")]
    NotOnList,
    /// The host turned this person away.
    #[error("The host did not admit you to this session. Ask the chair to let you in.")]
    AdmissionRefused,
    /// There is nobody to admit or turn away.
    #[error("This person does not wait for admission. Look at the waiting list again.")]
    NotWaiting,
    /// Somebody asks already.
    #[error("A presence check is running. Wait for its end, or end it, before asking again.")]
    PresenceCheckRunning,
    /// Answers are not taken any more.
    #[error("This presence check is over. If you are here and were set absent, join the session again.")]
    PresenceCheckOver,
    /// The person came after the question.
    #[error("You were not asked: you came in after this presence check was opened. There is nothing to do.")]
    NotAsked,
    /// A correction wants a reason.
    #[error("A correction of the attendance needs a reason. Write it into reason.")]
    ReasonRequired,
    /// The organization would be left without an owner.
    #[error("An organization keeps at least one owner or administrator. Make someone else an owner first.")]
    LastOwner,
    /// A role would be granted, or taken away, by who may do less.
    #[error(
        "You can only grant and revoke what you may do yourself here, and the role {role} may do more. Ask somebody who has it."
    )]
    RoleBeyondOwn {
        /// The role.
        role: &'static str,
    },
    /// A role would be granted to oneself.
    #[error("Nobody can grant a role to themselves. Ask somebody else who may.")]
    RoleToOneself,
    /// A person would raise their own role or weight.
    #[error("Nobody can raise their own role or the weight of their own vote. Ask another owner to do it.")]
    OwnRoleUpward,
    /// A committee would be part of itself.
    #[error("A committee cannot be part of itself or of one of its own parts. Choose another parent.")]
    CommitteeInItself,
    /// Other committees are part of the one to be dissolved.
    #[error("Other committees are part of this one. Dissolve them first, or make them part of another.")]
    CommitteeHasParts,
    /// An API client asks for, or is meant by, what is for people.
    #[error(
        "This is for people, not for API clients. Sign in as a person, or name one: people manage clients."
    )]
    ForPeopleOnly,
    /// An API client would come to a vote.
    #[error(
        "An API client never votes: it cannot be a member, enter a session, hold a proxy or have the role voting_member. Name a person."
    )]
    ClientNeverVotes,
    /// The committee that is to vote does not exist any more.
    #[error(
        "The committee that votes on this was dissolved. Say who votes instead: voters in the event's data, or in the organization's rules."
    )]
    CommitteeGone,
    /// The organization is in the archive.
    #[error("This organization is archived: nothing in it can be changed. Ask an owner to bring it back.")]
    OrganizationArchived,
    /// The organization has put something to the vote.
    #[error("This organization has held votes, whose record stays. Archive it instead of deleting it.")]
    OrganizationHasVotes,
    /// A sitting is under way.
    #[error("Sessions of this organization are still running. Close them first.")]
    SessionsRunning,
    /// An administrator would act on themselves.
    #[error("Nobody can disable, merge or anonymize themselves. Ask another administrator of the server.")]
    OwnAccount,
    /// The person was merged into another one, or anonymized.
    #[error(
        "This person was merged into another one or anonymized, which cannot be undone. Name somebody else."
    )]
    PersonGone,
    /// The person is in a sitting.
    #[error("The duplicate takes part in a session that is still running. Close it first.")]
    PersonInSession,
    /// The bylaws or the event do not admit proxies.
    #[error(
        "Proxies are not allowed here: the rules of the organization or this vote exclude them. Vote in person."
    )]
    ProxiesNotAllowed,
    /// A proxy to oneself.
    #[error("Nobody can be their own proxy. Name another person as holder.")]
    ProxyToOneself,
    /// The principal has no vote to give.
    #[error(
        "This person has no vote of their own to give. Name a voting member: only they can give a proxy."
    )]
    PrincipalHasNoVote,
    /// The holder may not hold proxies.
    #[error("The rules of the organization do not let this person hold a proxy. Choose another holder.")]
    HolderNotAllowed,
    /// The principal already gave their vote.
    #[error("This vote was already given to someone in this session. Revoke that proxy first.")]
    ProxyAlreadyGiven,
    /// A mandate would be passed on.
    #[error(
        "A proxy cannot be passed on: who holds one cannot give their vote away, and the reverse. Choose somebody else."
    )]
    ProxyChain,
    /// The holder already holds as many as allowed.
    #[error(
        "The holder already has {limit} of {limit} proxies allowed to one person. Choose another holder."
    )]
    ProxyLimitReached {
        /// How many one person may hold.
        limit: u32,
    },
    /// The mandate was used in a vote that is still open.
    #[error("This proxy was used in a vote that is still open. Revoke it when that vote is closed.")]
    ProxyUsed,
    /// The same was offered to the same person before.
    #[error("This proxy was already offered to this person. Wait for the answer, or revoke the offer first.")]
    ProxyAlreadyOffered,
    /// Only the holder's word is missing.
    #[error("This proxy waits for its holder. Ask them to accept it; nobody else can.")]
    ProxyWaitsForHolder,
    /// Only the chair's word is missing.
    #[error("This proxy waits for the chair. Ask them to confirm it.")]
    ProxyWaitsForChair,
    /// Nobody's word is missing.
    #[error("This proxy stands already. There is nothing left to accept or confirm.")]
    ProxyStandsAlready,
    /// The mandate is over.
    #[error("This proxy is over: it was {how}. Give a new one.")]
    ProxyEnded {
        /// How it ended.
        how: &'static str,
    },
    /// The bylaws want a reason.
    #[error("The rules of the organization want a reason for each proxy. Write it into reason.")]
    ProxyReasonRequired,
    /// The bylaws do not admit proxies at this stage.
    #[error(
        "The rules of the organization do not let proxies be given any more at this stage of the session. Ask the chair."
    )]
    ProxyTooLate,
    /// The bylaws know no proxies for one event.
    #[error("The rules of the organization know proxies for a whole session only. Leave event_id out.")]
    ProxyNotPerEvent,
    /// What the mandate would be good for is over.
    #[error(
        "The vote that this proxy is for is over, or not in this session. Name one that is still to come."
    )]
    ProxyEventOver,
    /// The bylaws want the holder to be there.
    #[error("The holder has to be present in the session to be given a proxy. Ask them to join it first.")]
    HolderNotPresent,
    /// The bylaws want the principal to be away.
    #[error("Whoever gives a proxy may not be present in the session. Leave it first.")]
    PrincipalPresent,
    /// The mandate was taken back before.
    #[error("This proxy was already revoked. There is nothing left to do; a new one can be given.")]
    ProxyAlreadyRevoked,
    /// The mandate does not stand any more.
    #[error(
        "The proxy behind this vote was revoked, and you can no longer vote for this person. Cast your other votes."
    )]
    ProxyRevoked,
    /// The principal is in the sitting.
    #[error(
        "The person you represent is present and votes in person. Wait: your proxy rests until they leave."
    )]
    ProxySuspended,
    /// The event is no draft any more.
    #[error("This event was opened and can no longer be changed or deleted. Annul it and make a new one.")]
    EventNotDraft,
    /// Voting on the event is over.
    #[error(
        "This event is {state}: voting on it is over, and this vote was not counted. Vote on the next event."
    )]
    EventNotActive {
        /// The state it is in.
        state: &'static str,
    },
    /// Voting starts later.
    #[error("Voting on this event has not started yet. Try again at its start time.")]
    EventNotStarted,
    /// The end time has passed.
    #[error("Voting on this event has ended, and this vote was not counted. Vote on the next event.")]
    EventEnded,
    /// The rules do not let a weight be split.
    #[error(
        "This vote was opened under rules that let nobody split their weight. Send vote_response for all of it."
    )]
    SplitNotAllowed,
    /// A secret vote would be split.
    #[error(
        "A secret vote cannot be split: its parts would tell whose ballot it is. Send vote_response for all of it."
    )]
    SplitSecret,
    /// The parts of a split do not make the whole.
    #[error("The parts add up to {sum}, and this vote weighs {weight}. Let them add up to {weight}.")]
    SplitNotWhole {
        /// How much the vote weighs.
        weight: u64,
        /// What the parts add up to.
        sum: u64,
    },
    /// The event cannot be opened because its end lies in the past.
    #[error("The end time of this event has passed. Set a later end time, or none, before opening it.")]
    EndTimePassed,
    /// The step asked for does not follow from the present state.
    #[error(transparent)]
    WrongMove(#[from] WrongMove),
    /// An open vote without an end is given more time.
    #[error("This event has no end time: voting goes on until you close it. There is nothing to extend.")]
    NothingToExtend,
    /// Voting is over.
    #[error("Voting on this event has ended and cannot be extended. Prepare a new event to vote again.")]
    ExtensionTooLate,
    /// The new end is no later than the old one.
    #[error("The new end must be later than the present one, and within a year. Give a later end_time.")]
    ExtensionNotLater,
    /// Something only motions have was asked of an election.
    #[error(
        "This event is an election; texts, amendments, reconsideration and withdrawal belong to motions. Name a motion."
    )]
    NotAMotion,
    /// The motion was taken back.
    #[error("This motion was withdrawn. Prepare a new event to put it to the vote after all.")]
    MotionWithdrawn,
    /// A motion is taken back too late.
    #[error(
        "Voting on this motion has begun, so it can no longer be withdrawn. Vote on it, or ask the chair to \
         annul it."
    )]
    MotionVoteBegun,
    /// Someone takes back another's motion.
    #[error("Only the mover or the chair can withdraw this motion. Ask one of them.")]
    NotTheMover,
    /// An amendment of the motion is being voted on, or its result is not released.
    #[error("An amendment of this motion is not settled. Close it and release its result first.")]
    AmendmentPending,
    /// The words to be replaced are not there.
    #[error("The text does not contain the words to be replaced. Quote them exactly as they stand in it.")]
    AmendmentTextNotFound,
    /// The words to be replaced are there more than once.
    #[error("The words to be replaced stand in the text more than once. Quote more of what is around them.")]
    AmendmentTextAmbiguous,
    /// The text would be too long.
    #[error("The amended text would be longer than a motion may be. Propose a shorter amendment.")]
    AmendedTextTooLong,
    /// The motion to be amended is no draft any more.
    #[error("Voting on this motion has begun, so it can no longer be amended or rewritten. Move a new one.")]
    MotionTextSettled,
    /// The motion to be reconsidered was not decided.
    #[error(
        "Only a motion that was decided, and whose result was released, can be reconsidered. Close and release it first."
    )]
    NotDecided,
    /// The ballot is prepared.
    #[error(
        "Nominations for this office are closed. Ask the chair to delete the draft of its election: that opens them again."
    )]
    NominationsClosed,
    /// The bylaws do not let this person put anybody forward.
    #[error(
        "The rules of the organization do not let you nominate anybody here. Ask somebody who may, or the chair."
    )]
    MayNotNominate,
    /// The bylaws want somebody else to put a person forward.
    #[error(
        "The rules of the organization do not let people nominate themselves. Ask somebody else to nominate you."
    )]
    NotOneself,
    /// The bylaws do not let this person stand.
    #[error(
        "The rules of the organization do not let this person stand for an office. Nominate somebody else."
    )]
    NotEligible,
    /// The person was put forward before.
    #[error("This person is already nominated for this office. Wait for their answer to that nomination.")]
    AlreadyNominated,
    /// Somebody answers for another person.
    #[error(
        "Only the person nominated accepts or declines, or the chair for somebody who said it aloud. Ask one of them."
    )]
    NotTheNominee,
    /// Nobody stands.
    #[error(
        "Nobody has accepted a nomination for office {office}. Wait for an answer, or nominate somebody else."
    )]
    NoCandidates {
        /// Which office.
        office: OfficeId,
    },
    /// An office whose election is prepared would be deleted.
    #[error("The election for this office is prepared. Delete the draft of that election first.")]
    OfficeHasElection,
    /// Other events refer to this draft.
    #[error("Other events amend or reconsider this one, so it stays. Delete those drafts first.")]
    EventLinked,
    /// Too few people are there.
    #[error("There is no quorum: {present} of {required} required are present. Wait for more people.")]
    NoQuorum {
        /// How many entitled people are present.
        present: u64,
        /// How many are needed.
        required: u64,
    },
    /// The person is not in the sitting.
    #[error("You are not present in this session. Join it with its code first.")]
    NotPresent,
    /// The person is not on the roll.
    #[error(
        "This person is not on the electoral roll of this event. Ask the chair who is entitled; the next event has a new roll."
    )]
    NotEntitled,
    /// Late arrivals wait, or the person is not on the roll.
    #[error(
        "Only people of the electoral roll who were present or represented when voting opened vote on this \
         event. Vote on the next one."
    )]
    ArrivedLate,
    /// The vote instance belongs to someone else or to another sitting.
    #[error(
        "This vote instance is not yours in this session. Ask for your vote instances and use one of them."
    )]
    NotYourInstance,
    /// Several instances and none named.
    #[error("You have {count} votes here. Say which one with user_session_id, or cast several in votes.")]
    InstanceRequired {
        /// How many instances the person has.
        count: usize,
    },
    /// The same instance twice in one request.
    #[error("The same vote instance appears twice in this request. Name each instance once.")]
    InstanceTwice,
    /// This principal's vote was cast before.
    #[error(
        "This vote was already cast on this event. It stands and cannot be cast again. There is nothing left to do."
    )]
    AlreadyVoted,
    /// The results may not be seen yet.
    #[error("The results are not released yet. Wait until the chair releases them.")]
    ResultsHidden,
    /// The event was declared void before its result was released.
    #[error(
        "This event was annulled: its result was not released and does not count. Look at the event for the reason."
    )]
    EventAnnulled,
    /// The key of a secret vote was lost.
    #[error(
        "This secret vote is void: its key was lost before it was counted. Prepare a new event and vote again."
    )]
    EventVoid,
    /// So few people share a weight that the figures of a secret vote would tell how they voted.
    #[error(
        "This vote is secret, and only {people} of those entitled have a vote of weight {weight}: the figures would \
         tell how they voted. At least {least} must share each weight. Change the weights, or make the vote \
         standard or a roll call."
    )]
    WeightClassTooSmall {
        /// The weight.
        weight: u32,
        /// How many have it.
        people: u64,
        /// How many are needed.
        least: u64,
    },
    /// Sealed votes that cannot be opened with the event's key.
    #[error(
        "{count} of the sealed votes cannot be opened: they were damaged or changed in the database. Nothing was \
         counted. Restore them from a copy of the database, or annul the event and vote again."
    )]
    EnvelopesUnreadable {
        /// How many.
        count: usize,
    },
    /// A tie of a secret vote was to be decided, and its ballots were not kept.
    #[error(
        "Few of those who voted share a weight, so the ballots of this secret vote were not kept and it cannot be \
         counted again. Annul it, prepare a new event and vote again."
    )]
    BallotsNotKept,
    /// There is no result because the event was never counted.
    #[error("This event has no result yet. Close it first: it is counted then.")]
    NoResult,
    /// The result waits for a decision on a tie.
    #[error(
        "Votes are equal and the result waits for a decision. Decide the tie first; then it can be released."
    )]
    TieUndecided,
    /// There is no tie that waits.
    #[error("The result of this event waits for no decision. There is nothing to decide.")]
    NoTieToDecide,
    /// Names and choices may not be seen (yet, or ever).
    #[error(
        "How people voted on this event cannot be shown{when}. Look at its turnout and its results instead."
    )]
    VotesNotShown {
        /// ` before its release`, or nothing when never.
        when: &'static str,
    },
}

impl Refusal {
    /// The stable, machine-readable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SessionClosed => "session_closed",
            Self::SessionLocked => "session_locked",
            Self::RemovedFromSession => "removed_from_session",
            Self::RemoveOneself => "remove_oneself",
            Self::MembersOnly => "members_only",
            Self::NotOnList => "not_on_list",
            Self::AdmissionRefused => "admission_refused",
            Self::NotWaiting => "not_waiting",
            Self::PresenceCheckRunning => "presence_check_running",
            Self::PresenceCheckOver => "presence_check_over",
            Self::NotAsked => "not_asked",
            Self::ReasonRequired => "reason_required",
            Self::LastOwner => "last_owner",
            Self::RoleBeyondOwn { .. } => "role_beyond_own",
            Self::RoleToOneself => "role_to_oneself",
            Self::OwnRoleUpward => "own_role_upward",
            Self::CommitteeInItself => "committee_in_itself",
            Self::CommitteeHasParts => "committee_has_parts",
            Self::CommitteeGone => "committee_gone",
            Self::OrganizationArchived => "organization_archived",
            Self::OrganizationHasVotes => "organization_has_votes",
            Self::SessionsRunning => "sessions_running",
            Self::OwnAccount => "own_account",
            Self::ForPeopleOnly => "for_people_only",
            Self::ClientNeverVotes => "client_never_votes",
            Self::PersonGone => "person_gone",
            Self::PersonInSession => "person_in_session",
            Self::ProxiesNotAllowed => "proxies_not_allowed",
            Self::ProxyToOneself => "proxy_to_oneself",
            Self::PrincipalHasNoVote => "principal_has_no_vote",
            Self::HolderNotAllowed => "holder_not_allowed",
            Self::ProxyAlreadyGiven => "proxy_already_given",
            Self::ProxyChain => "proxy_chain",
            Self::ProxyLimitReached { .. } => "proxy_limit_reached",
            Self::ProxyUsed => "proxy_used",
            Self::ProxyAlreadyOffered => "proxy_already_offered",
            Self::ProxyWaitsForHolder => "proxy_waits_for_holder",
            Self::ProxyWaitsForChair => "proxy_waits_for_chair",
            Self::ProxyStandsAlready => "proxy_stands_already",
            Self::ProxyEnded { .. } => "proxy_ended",
            Self::ProxyReasonRequired => "proxy_reason_required",
            Self::ProxyTooLate => "proxy_too_late",
            Self::ProxyNotPerEvent => "proxy_not_per_event",
            Self::ProxyEventOver => "proxy_event_over",
            Self::HolderNotPresent => "holder_not_present",
            Self::PrincipalPresent => "principal_present",
            Self::ProxyAlreadyRevoked => "proxy_already_revoked",
            Self::ProxyRevoked => "proxy_revoked",
            Self::ProxySuspended => "proxy_suspended",
            Self::EventNotDraft => "event_not_draft",
            Self::EventNotActive { .. } => "event_not_active",
            Self::EventNotStarted => "event_not_started",
            Self::EventEnded => "event_ended",
            Self::EndTimePassed => "end_time_passed",
            Self::WrongMove(wrong) => wrong.code(),
            Self::NothingToExtend => "nothing_to_extend",
            Self::ExtensionTooLate => "extension_too_late",
            Self::ExtensionNotLater => "extension_not_later",
            Self::NotAMotion => "not_a_motion",
            Self::MotionWithdrawn => "motion_withdrawn",
            Self::MotionVoteBegun => "motion_vote_begun",
            Self::NotTheMover => "not_the_mover",
            Self::AmendmentPending => "amendment_pending",
            Self::AmendmentTextNotFound => "amendment_text_not_found",
            Self::AmendmentTextAmbiguous => "amendment_text_ambiguous",
            Self::AmendedTextTooLong => "amended_text_too_long",
            Self::MotionTextSettled => "motion_text_settled",
            Self::NotDecided => "not_decided",
            Self::NominationsClosed => "nominations_closed",
            Self::MayNotNominate => "may_not_nominate",
            Self::NotOneself => "not_oneself",
            Self::NotEligible => "not_eligible",
            Self::AlreadyNominated => "already_nominated",
            Self::NotTheNominee => "not_the_nominee",
            Self::NoCandidates { .. } => "no_candidates",
            Self::OfficeHasElection => "office_has_election",
            Self::EventLinked => "event_linked",
            Self::NoQuorum { .. } => "no_quorum",
            Self::NotPresent => "not_present",
            Self::NotEntitled => "not_entitled",
            Self::ArrivedLate => "arrived_late",
            Self::NotYourInstance => "not_your_instance",
            Self::InstanceRequired { .. } => "instance_required",
            Self::InstanceTwice => "instance_twice",
            Self::AlreadyVoted => "already_voted",
            Self::SplitNotAllowed => "split_not_allowed",
            Self::SplitSecret => "split_secret",
            Self::SplitNotWhole { .. } => "split_not_whole",
            Self::TieUndecided => "tie_undecided",
            Self::NoTieToDecide => "no_tie_to_decide",
            Self::ResultsHidden => "results_hidden",
            Self::EventAnnulled => "event_annulled",
            Self::EventVoid => "event_void",
            Self::WeightClassTooSmall { .. } => "weight_class_too_small",
            Self::EnvelopesUnreadable { .. } => "envelopes_unreadable",
            Self::BallotsNotKept => "ballots_not_kept",
            Self::NoResult => "no_result",
            Self::VotesNotShown { .. } => "votes_not_shown",
        }
    }

    /// Whether it is the person that may not (403), rather than the moment that is wrong (409).
    pub const fn is_forbidden(&self) -> bool {
        matches!(
            self,
            Self::RemovedFromSession
                | Self::MembersOnly
                | Self::NotOnList
                | Self::RoleBeyondOwn { .. }
                | Self::RoleToOneself
                | Self::OwnRoleUpward
                | Self::OwnAccount
                | Self::ForPeopleOnly
                | Self::AdmissionRefused
                | Self::NotEntitled
                | Self::ArrivedLate
                | Self::NotTheMover
                | Self::MayNotNominate
                | Self::NotOneself
                | Self::NotTheNominee
                | Self::NotYourInstance
                | Self::ResultsHidden
                | Self::EventAnnulled
                | Self::VotesNotShown { .. }
        )
    }
}
