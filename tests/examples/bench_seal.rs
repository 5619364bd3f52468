//! What a secret vote costs beside a recorded one: casting, opening, closing, the log, the record and its
//! verification, and how large it all becomes.
//!
//! Each repetition runs on a durable database of its own. `cargo xtask bench seal` runs it; the figures go to
//! target/bench/seal.json.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use plenum::adapters::SystemRandomness;
use plenum::demo;
use plenum_application::use_cases::{
    AddPerson, BallotPaper, CastVotes, Choices, CloseEvent, CreateEvent, CreateOrganization, CreateSession,
    JoinSession, OpenEvent, ReleaseEvent, SequenceLog,
};
use plenum_application::{App, Observer, Outcome};
use plenum_domain::event::EventType;
use plenum_domain::id::{EventId, SessionId, UserId};
use plenum_domain::text::{AndrewId, OrganizationName, PersonName, Title};
use plenum_keys::FileKeyStore;
use plenum_ports::documents::{EventData, MethodData, OrganizationData};
use plenum_postgres::cluster::{Cluster, ClusterOptions};
use plenum_record::file::Record;
use plenum_record::note::LogKey;
use plenum_record::verify::{Against, verify};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tempfile::TempDir;

/// How many voters when nobody says; a quarter of them as well, to see how it grows.
const VOTERS: usize = 20_000;
const REPETITIONS: usize = 3;
/// So many votes are cast one after another before the others come at once.
const ALONE: usize = 300;
/// How many people cast at once.
const AT_ONCE: usize = 16;
const OPTIONS: [&str; 3] = ["Anna", "Bartosz", "Çağla"];

/// Figures of one repetition, by name: microseconds and bytes.
type Figures = BTreeMap<String, u64>;

/// When a close came to its steps.
#[derive(Default)]
struct Steps(Mutex<Vec<(&'static str, Instant)>>);

impl Observer for Steps {
    fn ended(&self, _use_case: &'static str, _outcome: Outcome, _tries: u32, _took: Duration) {}

    fn reached(&self, step: &'static str) {
        self.0.lock().expect("not poisoned").push((step, Instant::now()));
    }
}

#[tokio::main]
async fn main() {
    let most = std::env::args().nth(1).map_or(VOTERS, |count| count.parse().expect("how many voters"));
    let mut measured = Vec::new();
    for voters in [most / 4, most] {
        let mut runs = Vec::new();
        for _ in 0..REPETITIONS {
            runs.push(Box::pin(repetition(voters)).await);
        }
        println!("\n{voters} voters, median of {REPETITIONS}:");
        let mut medians = Figures::new();
        for name in runs[0].keys() {
            let mut values: Vec<u64> = runs.iter().filter_map(|run| run.get(name).copied()).collect();
            values.sort_unstable();
            let median = values[values.len() / 2];
            let unit = if name.ends_with("bytes") { "bytes" } else { "µs" };
            println!("{name:52} {median:>12} {unit}");
            medians.insert(name.clone(), median);
        }
        measured.push(json!({"voters": voters, "medians": medians, "runs": runs}));
    }
    let figures =
        json!({"repetitions": REPETITIONS, "optimized": !cfg!(debug_assertions), "measured": measured});
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
    fs::create_dir_all(folder).expect("a folder for the figures");
    fs::write(format!("{folder}/seal.json"), figures.to_string()).expect("a file for the figures");
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

async fn repetition(voters: usize) -> Figures {
    let folder = TempDir::new().expect("a folder");
    // The database may run as another user.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it can be entered");
    let options = ClusterOptions::new(folder.path().join("data"));
    let cluster = Cluster::start(&options).await.expect("a server");
    cluster.ensure_database("plenum").await.expect("a database");
    let pool = plenum_postgres::connect(cluster.connect_options("plenum"), 16).await.expect("connections");
    plenum_postgres::migrate::MIGRATOR.run(&pool).await.expect("migrated");
    let log_key = LogKey::new("vote.example.org", &[7; 32]).expect("a name");
    let mut app = demo::app_without_sign_in(pool.clone(), log_key);
    let keys = FileKeyStore::open(&folder.path().join("keys"), Arc::new(SystemRandomness));
    app.keys = Arc::new(keys.expect("a folder for keys"));
    let (owner, session, people) = sitting(&app, &pool, voters).await;
    let mut figures = Figures::new();
    for secrecy in ["standard", "secret"] {
        vote(&app, owner, session, &people, secrecy, &mut figures).await;
    }
    let began = Instant::now();
    while app.run(&SequenceLog::default()).await.expect("leaves find their places").more {}
    figures.insert("log: sequencing all leaves".to_owned(), micros(began.elapsed()));
    Box::pin(record(&app, owner, session, &mut figures)).await;
    for table in ["votes", "envelopes", "ballots", "log_leaves"] {
        let statement = format!("SELECT pg_total_relation_size('{table}')");
        let row = sqlx::query(AssertSqlSafe(statement)).fetch_one(&pool).await.expect("a size");
        let bytes = u64::try_from(row.get::<i64, _>(0)).unwrap_or_default();
        figures.insert(format!("size: table {table}, bytes"), bytes);
    }
    pool.close().await;
    cluster.stop().await.expect("it stops");
    figures
}

/// A sitting in which everybody is, as people of an organization who came in.
async fn sitting(app: &App, pool: &PgPool, voters: usize) -> (UserId, SessionId, Vec<UserId>) {
    let person = AddPerson {
        andrew_id: AndrewId::parse("owner").expect("a login name"),
        name: Some(PersonName::parse("Olive").expect("a name")),
    };
    let owner = app.run(&person).await.expect("they are added").0.id;
    let name = OrganizationName::parse("Union").expect("a name");
    let found = CreateOrganization { by: owner, name, data: OrganizationData::default() };
    let organization_id = app.run(&found).await.expect("it is founded").0.id;
    let title = Title::parse("Assembly").expect("a title");
    let create = CreateSession { organization_id, by: owner, title };
    let session = app.run(&create).await.expect("a sitting");
    for statement in [
        format!(
            "INSERT INTO users (name, andrew_id) SELECT 'Voter ' || n, 'v' || n FROM generate_series(1, {voters}) n"
        ),
        format!(
            "INSERT INTO organization_members (organization_id, user_id, user_role)
             SELECT {organization_id}, id, 'member' FROM users WHERE andrew_id LIKE 'v%'"
        ),
        "ANALYZE".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(pool).await.expect("it is written");
    }
    let rows = sqlx::query("SELECT id FROM users WHERE andrew_id LIKE 'v%' ORDER BY id").fetch_all(pool);
    let people: Vec<UserId> = rows.await.expect("people").iter().map(|row| UserId::new(row.get(0))).collect();
    stream::iter(&people)
        .for_each_concurrent(AT_ONCE, async |by| {
            let join = JoinSession { code: session.join_code.clone(), by: *by };
            app.run(&join).await.expect("they join");
        })
        .await;
    sqlx::query("ANALYZE").execute(pool).await.expect("it looks");
    (owner, session.id, people)
}

/// An election from its opening to its result.
async fn vote(
    app: &App,
    by: UserId,
    session_id: SessionId,
    people: &[UserId],
    secrecy: &str,
    figures: &mut Figures,
) {
    let data = EventData {
        secrecy: Some(secrecy.to_owned()),
        vote_options: Some(OPTIONS.map(str::to_owned).to_vec()),
        method: Some(MethodData { name: "irv".to_owned(), ..MethodData::default() }),
        ..EventData::default()
    };
    let create = CreateEvent {
        session_id,
        by,
        event_type: EventType::Election,
        name: Title::parse(secrecy).expect("a title"),
        start_time: None,
        end_time: None,
        data,
    };
    let event_id = app.run(&create).await.expect("a draft").0.id;
    let mut note = |what: &str, took: Duration| figures.insert(format!("{secrecy}: {what}"), micros(took));
    let began = Instant::now();
    app.run(&OpenEvent { event_id, by }).await.expect("it opens");
    note("opening", began.elapsed());
    let (alone, together) = people.split_at(ALONE.min(people.len() / 2));
    let began = Instant::now();
    for voter in alone {
        cast(app, event_id, *voter).await;
    }
    note("a vote, one after another", began.elapsed() / u32::try_from(alone.len()).expect("a number"));
    let began = Instant::now();
    stream::iter(together).for_each_concurrent(AT_ONCE, |voter| cast(app, event_id, *voter)).await;
    let count = u32::try_from(together.len()).expect("a number");
    note(&format!("a vote, {AT_ONCE} at once"), began.elapsed() / count);

    let steps = Arc::new(Steps::default());
    let mut closing = app.clone();
    closing.env.observer = steps.clone();
    let began = Instant::now();
    closing.run(&CloseEvent { event_id, by }).await.expect("it closes");
    note("closing", began.elapsed());
    let mut before = began;
    for (step, at) in steps.0.lock().expect("not poisoned").drain(..) {
        note(&format!("closing, to {step}"), at.duration_since(before));
        before = at;
    }
    app.run(&ReleaseEvent { event_id, by }).await.expect("it is released");
}

async fn cast(app: &App, event_id: EventId, by: UserId) {
    let first = usize::try_from(by.get()).expect("a number") % OPTIONS.len();
    let vote_response = [first, (first + 1) % OPTIONS.len()].map(|at| OPTIONS[at].to_owned()).to_vec();
    let papers = vec![BallotPaper { user_session_id: None, choices: Choices::Whole(vote_response) }];
    app.run(&CastVotes { event_id, by, papers, listed: false }).await.expect("it is cast");
}

async fn record(app: &App, by: UserId, session: SessionId, figures: &mut Figures) {
    let began = Instant::now();
    let (_, mut pieces) = app.record(session, by).await.expect("the host may");
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await.expect("the store answers") {
        bytes.extend(piece);
    }
    figures.insert("record: writing".to_owned(), micros(began.elapsed()));
    figures.insert("record: size, bytes".to_owned(), bytes.len() as u64);
    let began = Instant::now();
    let record = Record::read(std::io::Cursor::new(&bytes)).expect("a record");
    figures.insert("record: reading".to_owned(), micros(began.elapsed()));
    let began = Instant::now();
    let report = verify(&record, &Against::default());
    figures.insert("record: verifying".to_owned(), micros(began.elapsed()));
    assert!(report.is_sound(), "{}", report.lines().join("\n"));
}
