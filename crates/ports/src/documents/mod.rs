//! The JSON documents that stand in `data` columns and, under the same names, in the API.
//!
//! The published names are law in the database and on the wire alike, so one shape serves both.
//! Reading checks everything and reports every mistake; writing is canonical.

mod event;
mod method;
mod organization;
mod result;
mod rules;
mod threshold;
mod vote;

pub use event::{EventData, VisibilityData};
pub use method::{MethodData, ParameterData};
pub use organization::{OrganizationData, read_organization_data};
pub use result::{
    AwaitedData, BaseWord, ComparisonWord, ElectionData, MotionCountData, OptionCountData, QuorumFigureData,
    ResultData, StrengthData, TieDecisionData,
};
pub use rules::{
    AttendanceRulesData, DurationsData, ElectionRulesData, EventRulesData, MotionRulesData,
    PresenceCheckData, ProxyRulesData, QuickVoteData, QuorumData, RulesData, TieRulesData, VoteRulesData,
    VotersData, WeightRulesData,
};
pub use threshold::ThresholdData;
pub use vote::{Choice, PartData, VoteData};
