//! A large organization: 2,000 members, sittings that were held and one that is running.

use std::fmt::Write;
use std::sync::Arc;

use plenum_application::use_cases::{
    BallotPaper, CastVotes, Choices, CloseEvent, CloseSession, CreateSession, GiveProxy, JoinSession,
    OpenEvent, ReleaseEvent,
};
use plenum_application::{App, Failure};
use plenum_domain::event::EventType;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::session::Session;
use plenum_ports::documents::EventData;
use plenum_ports::page::Page;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{draft, organization, person, title};

const MEMBERS: usize = 2_000;
const PAST_SESSIONS: usize = 5;
const PAST_ATTENDANCE: usize = 300;
const RUNNING_ATTENDANCE: usize = 1_200;
const AT_ONCE: usize = 16;

/// What the large seed made.
#[derive(Clone, Copy, Debug, Default)]
pub struct LargeReport {
    /// The organization.
    pub organization_id: Option<OrganizationId>,
    /// Members.
    pub members: usize,
    /// Sittings, the last of them running.
    pub sessions: usize,
    /// Mandates given.
    pub proxies: usize,
    /// Events held.
    pub events: usize,
    /// Votes cast.
    pub votes: usize,
}

/// Makes a large organization through the same use cases that people go through.
///
/// # Errors
/// When the database fails. Run twice it makes a second organization of the same people.
pub async fn seed_large(app: &App) -> Result<LargeReport, Failure> {
    let owner = person(app, "large-owner", "Olive Large").await?;
    let mut csv = String::from("andrew_id,name,user_role,vote_weight\nlarge-owner,,owner,1\n");
    for number in 1..MEMBERS {
        let role = if number % 50 == 0 { "observer" } else { "member" };
        // Writing to a string does not fail.
        let _ = writeln!(csv, "large{number:04},Member No. {number},{role},1");
    }
    let id = organization(app, owner, "Large Union", csv).await?;
    let members = all_members(app, id).await?;
    let mut report =
        LargeReport { organization_id: Some(id), members: members.len(), ..LargeReport::default() };
    for number in 0..PAST_SESSIONS {
        let people: Vec<UserId> = members.iter().copied().skip(number * 37).take(PAST_ATTENDANCE).collect();
        let session =
            hold(app, id, owner, &people, &format!("Assembly No. {}", number + 1), &mut report).await?;
        app.run(&CloseSession { session_id: session.id, by: owner }).await?;
    }
    let people: Vec<UserId> = members.iter().copied().take(RUNNING_ATTENDANCE).collect();
    hold(app, id, owner, &people, "Running assembly", &mut report).await?;
    Ok(report)
}

async fn all_members(app: &App, id: OrganizationId) -> Result<Vec<UserId>, Failure> {
    let (mut members, mut page) = (Vec::new(), Page::first());
    loop {
        let piece = app.queries.members(id, page).await?;
        members.extend(piece.items.iter().filter(|line| line.member.role.votes()).map(|line| line.user.id));
        match piece.next {
            Some(next) => page = Page::first().continued(next),
            None => return Ok(members),
        }
    }
}

/// Holds a sitting: people join, some hold a proxy for someone absent, a motion and an election are
/// voted on.
async fn hold(
    app: &App,
    organization_id: OrganizationId,
    owner: UserId,
    people: &[UserId],
    name: &str,
    report: &mut LargeReport,
) -> Result<Session, Failure> {
    let session = app.run(&CreateSession { organization_id, by: owner, title: title(name)? }).await?;
    let (absent, present) = people.split_at(people.len() / 20);
    let code = session.join_code.clone();
    each(app, present, move |app, by| {
        let code = code.clone();
        async move { app.run(&JoinSession { code, by }).await.map(drop) }
    })
    .await?;
    for (principal, holder) in absent.iter().zip(present) {
        let proxy = GiveProxy {
            session_id: session.id,
            event_id: None,
            by: owner,
            principal: *principal,
            holder: *holder,
            reason: None,
        };
        app.run(&proxy).await?;
        report.proxies += 1;
    }
    let candidates = ["Amara", "Bruno", "Chloé", "Dimitri"].map(str::to_owned);
    let election = EventData { vote_options: Some(candidates.to_vec()), ..EventData::default() };
    for (event_type, name, data) in [
        (EventType::Motion, "Budget for the coming year", EventData::default()),
        (EventType::Election, "Secretary", election),
    ] {
        let choices =
            data.vote_options.clone().unwrap_or_else(|| ["yes", "no", "abstain"].map(str::to_owned).to_vec());
        let event_id = draft(app, session.id, owner, event_type, name, data).await?;
        app.run(&OpenEvent { event_id, by: owner }).await?;
        report.votes += vote(app, event_id, present, &choices).await?;
        report.events += 1;
        app.run(&CloseEvent { event_id, by: owner }).await?;
        app.run(&ReleaseEvent { event_id, by: owner }).await?;
    }
    report.sessions += 1;
    Ok(session)
}

async fn vote(
    app: &App,
    event_id: plenum_domain::id::EventId,
    people: &[UserId],
    choices: &[String],
) -> Result<usize, Failure> {
    let choices: Arc<[String]> = choices.into();
    let cast = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = Arc::clone(&cast);
    each(app, people, move |app, by| {
        let (choices, counter) = (Arc::clone(&choices), Arc::clone(&counter));
        async move {
            let (_, instances) = app.vote_instances(event_id, by).await?;
            let papers: Vec<BallotPaper> = instances
                .iter()
                .map(|line| {
                    // A fixed but uneven spread, so that seeding twice gives the same figures.
                    let id = line.instance.row.id;
                    let at = usize::try_from(id.get() * 7 % 11).unwrap_or(0) % (choices.len() + 1);
                    let choice = choices.get(at).or(choices.first());
                    BallotPaper {
                        user_session_id: Some(id),
                        choices: Choices::Whole(choice.into_iter().cloned().collect()),
                    }
                })
                .collect();
            if papers.is_empty() {
                return Ok(());
            }
            let receipts = app.run(&CastVotes { event_id, by, papers, listed: true }).await?;
            counter.fetch_add(receipts.len(), std::sync::atomic::Ordering::Relaxed);
            Ok(())
        }
    })
    .await?;
    Ok(cast.load(std::sync::atomic::Ordering::Relaxed))
}

/// Does something for each person, several at a time.
async fn each<F, T>(app: &App, people: &[UserId], step: F) -> Result<(), Failure>
where
    F: Fn(App, UserId) -> T,
    T: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for user in people {
        let (work, gate) = (step(app.clone(), *user), Arc::clone(&gate));
        tasks.spawn(async move {
            // The gate is never closed; without a permit the work simply goes on.
            let _permit = gate.acquire_owned().await;
            work.await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    }
    Ok(())
}
