//! The demonstration organization, and a large one for trying things out.

mod large;

use std::sync::Arc;

use plenum_application::use_cases::{
    AddPerson, CreateEvent, CreateOrganization, CreateSession, ImportMembers, RosterFile,
};
use plenum_application::{App, Failure};
use plenum_domain::event::EventType;
use plenum_domain::id::{OrganizationId, SessionId, UserId};
use plenum_domain::session::Session;
use plenum_domain::text::{AndrewId, OrganizationName, PersonName, Title};
use plenum_oidc::DemoPerson;
use plenum_ports::documents::{EventData, OrganizationData};
use sqlx::PgPool;

pub use large::{LargeReport, seed_large};

/// Someone of the demonstration organization: login name, name, role.
type Person = (&'static str, &'static str, &'static str);

const PEOPLE: &[Person] = &[
    ("ada", "Ada Okonkwo", "owner"),
    ("ben", "Ben Lindqvist", "chair"),
    ("chen", "陈晓雨", "member"),
    ("dalia", "Dalia Haddad", "member"),
    ("elif", "Elif Yılmaz", "member"),
    ("farid", "فريد منصور", "member"),
    ("grzegorz", "Grzegorz Wiśniewski", "member"),
    ("hana", "Hana Nováková", "member"),
    ("ioanna", "Ιωάννα Παππά", "member"),
    ("jonas", "Jonas O'Brien", "member"),
    ("kateryna", "Катерина Шевченко", "member"),
    ("luis", "Luis Peña", "observer"),
];

const NAME: &str = "Demonstration Senate";

/// The people of the demonstration, for the built-in sign-in page.
pub fn people() -> Vec<DemoPerson> {
    PEOPLE
        .iter()
        .map(|(andrew_id, name, role)| DemoPerson {
            subject: format!("demo-{andrew_id}"),
            name: (*name).to_owned(),
            andrew_id: (*andrew_id).to_owned(),
            email: format!("{andrew_id}@senate.example"),
            description: match *role {
                "owner" => "Owner: runs the organization",
                "chair" => "Chair: opens sessions and conducts votes",
                "member" => "Members: take part and vote",
                _ => "Observers: take part without a vote",
            }
            .to_owned(),
        })
        .collect()
}

/// Whether there is no organization yet, as on the very first start.
///
/// # Errors
/// When the database fails.
pub async fn is_empty(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar::<_, bool>("SELECT NOT EXISTS (SELECT FROM organizations)").fetch_one(pool).await
}

/// What the seed made.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The organization.
    pub organization_id: OrganizationId,
    /// A sitting to join.
    pub session: Session,
}

/// Makes the demonstration organization: its people, an open sitting, a motion and an election in draft.
///
/// # Errors
/// When the database fails.
pub async fn seed(app: &App) -> Result<Demo, Failure> {
    let owner = person(app, PEOPLE[0].0, PEOPLE[0].1).await?;
    let chair = person(app, PEOPLE[1].0, PEOPLE[1].1).await?;
    let organization_id = organization(app, owner, NAME, roster(PEOPLE.iter().copied())).await?;
    let session =
        app.run(&CreateSession { organization_id, by: chair, title: title("Ordinary meeting")? }).await?;
    let motion = EventData {
        description: Some("Shall the library stay open until midnight during examinations?".to_owned()),
        ..EventData::default()
    };
    draft(app, session.id, chair, EventType::Motion, "Library hours", motion).await?;
    let election = EventData {
        description: Some("Election of the treasurer for the coming year.".to_owned()),
        vote_options: Some(["Hana Nováková", "Jonas O'Brien", "Abstain"].map(str::to_owned).to_vec()),
        ..EventData::default()
    };
    draft(app, session.id, chair, EventType::Election, "Treasurer", election).await?;
    Ok(Demo { organization_id, session })
}

fn title(text: &str) -> Result<Title, Failure> {
    Ok(Title::parse(text).map_err(|error| plenum_domain::field::FieldErrors::one("title", error))?)
}

async fn person(app: &App, andrew_id: &str, name: &str) -> Result<UserId, Failure> {
    let wrong = |error| plenum_domain::field::FieldErrors::one("andrew_id", error);
    let person = AddPerson {
        andrew_id: AndrewId::parse(andrew_id).map_err(wrong)?,
        name: Some(PersonName::parse(name).map_err(wrong)?),
    };
    Ok(app.run(&person).await?.0.id)
}

async fn organization(app: &App, owner: UserId, name: &str, csv: String) -> Result<OrganizationId, Failure> {
    let name = OrganizationName::parse(name)
        .map_err(|error| plenum_domain::field::FieldErrors::one("name", error))?;
    let founded = CreateOrganization { by: owner, name, data: OrganizationData::default() };
    let (organization, _) = app.run(&founded).await?;
    app.run(&ImportMembers {
        organization_id: organization.id,
        by: owner,
        roster: RosterFile::Text(csv),
        dry_run: false,
    })
    .await?;
    Ok(organization.id)
}

fn roster<'a>(people: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let lines: Vec<String> =
        people.map(|(andrew_id, name, role)| format!("{andrew_id},\"{name}\",{role}")).collect();
    format!("andrew_id,name,user_role\n{}\n", lines.join("\n"))
}

async fn draft(
    app: &App,
    session_id: SessionId,
    by: UserId,
    event_type: EventType,
    name: &str,
    data: EventData,
) -> Result<plenum_domain::id::EventId, Failure> {
    let event = CreateEvent {
        session_id,
        by,
        event_type,
        name: title(name)?,
        start_time: None,
        end_time: None,
        data,
    };
    Ok(app.run(&event).await?.0.id)
}

/// The application over a database alone, for seeding: nobody signs in through it.
pub fn app_without_sign_in(pool: PgPool, log_key: plenum_record::note::LogKey) -> App {
    crate::serve::assemble(
        pool,
        Arc::new(crate::keys::NoKeys),
        Arc::new(NoSignIn),
        Arc::new(plenum_application::env::Unobserved),
        Arc::new(log_key),
        plenum_application::Settings::default(),
    )
}

/// Refuses every sign-in.
struct NoSignIn;

#[async_trait::async_trait]
impl plenum_ports::identity::IdentityProvider for NoSignIn {
    async fn begin(
        &self,
    ) -> Result<plenum_ports::identity::LoginStart, plenum_ports::identity::IdentityError> {
        Err(unavailable())
    }

    async fn finish(
        &self,
        _parameters: plenum_ports::identity::CallbackParameters,
        _expected: plenum_ports::identity::ExpectedLogin,
    ) -> Result<plenum_ports::identity::VerifiedIdentity, plenum_ports::identity::IdentityError> {
        Err(unavailable())
    }

    fn end_session_url(&self) -> Option<String> {
        None
    }
}

fn unavailable() -> plenum_ports::identity::IdentityError {
    plenum_ports::identity::IdentityError::Unavailable { reason: "this command signs nobody in".to_owned() }
}
