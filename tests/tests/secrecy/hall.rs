//! A sitting on a database of its own, whose files the test can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plenum::demo;
use plenum_application::App;
use plenum_application::use_cases::{
    AddPerson, BallotPaper, CastVotes, Choices, CloseEvent, CreateEvent, CreateOrganization, CreateSession,
    ImportMembers, JoinSession, OpenEvent, RosterFile,
};
use plenum_domain::event::EventType;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::secret;
use plenum_domain::session::Session;
use plenum_domain::text::{AndrewId, OrganizationName, PersonName, Title};
use plenum_domain::vote::Response;
use plenum_keys::FileKeyStore;
use plenum_ports::documents::{EventData, MethodData, OrganizationData};
use plenum_ports::fakes::FakeRandomness;
use plenum_postgres::cluster::{Cluster, ClusterOptions};
use plenum_record::note::LogKey;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tempfile::TempDir;

use super::attack::{Row, Tables};

/// What can be voted for; the layout's name is put before it.
pub(crate) const OPTIONS: [usize; 3] = [0, 1, 2];

/// The name of a choice, which appears nowhere else.
pub(crate) fn label(layout: &str, choice: usize) -> String {
    format!("{layout}-choice-{choice}")
}

pub(crate) struct Hall {
    folder: TempDir,
    cluster: Option<Cluster>,
    pub(crate) app: App,
    pub(crate) pool: PgPool,
    pub(crate) owner: UserId,
    session: Session,
    members: Vec<UserId>,
    /// Whose an instance or a user id is: both lead to the user.
    pub(crate) instances: BTreeMap<i32, i32>,
}

/// The application on a database and a folder of keys; what is random comes from a seed, so that the
/// rates are the same in every run.
pub(crate) fn app(pool: PgPool, keys: &Path) -> App {
    let randomness = Arc::new(FakeRandomness::seeded(2_026));
    let log_key = LogKey::new("vote.example.org", &[7; 32]).expect("a name");
    let mut app = demo::app_without_sign_in(pool, log_key);
    app.keys = Arc::new(FileKeyStore::open(keys, randomness.clone()).expect("a folder for keys"));
    app.env.randomness = randomness;
    app
}

/// A file of the write-ahead log without the headers of its pages, which cut in two what runs on from one page to the next.
fn without_headers(bytes: &[u8]) -> Vec<u8> {
    const PAGE: usize = 8192;
    let headers = std::iter::once(40).chain(std::iter::repeat(24));
    let pages = bytes.chunks(PAGE).zip(headers).map(|(page, header)| page.get(header..).unwrap_or_default());
    pages.collect::<Vec<&[u8]>>().concat()
}

fn read_all(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Files come and go while the server runs.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let is_log = path.components().any(|part| part.as_os_str() == "pg_wal");
                found.push(if is_log { without_headers(&bytes) } else { bytes });
            }
        }
    }
    found
}

impl Hall {
    pub(crate) async fn open(voters: usize) -> Self {
        let folder = TempDir::new().expect("a folder");
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("entered");
        let cluster =
            Cluster::start(&ClusterOptions::new(folder.path().join("data"))).await.expect("a server");
        cluster.ensure_database("plenum").await.expect("a database");
        let pool = plenum_postgres::connect(cluster.connect_options("plenum"), 8).await.expect("connections");
        plenum_postgres::migrate::MIGRATOR.run(&pool).await.expect("migrated");
        // Ids that are no small numbers, and have no zeros in them as lengths and places of rows do, so that bytes
        // that look like one are one.
        for (table, first) in [("users", 0x5AC3_A501), ("user_sessions", 0x5BC3_A501)] {
            let statement = format!("ALTER TABLE {table} ALTER id RESTART WITH {first}");
            sqlx::query(AssertSqlSafe(statement)).execute(&pool).await.expect("renumbered");
        }
        let app = app(pool.clone(), &folder.path().join("keys"));
        let (owner, session, members) = people(&app, voters).await;
        let mut hall = Self {
            folder,
            cluster: Some(cluster),
            app,
            pool,
            owner,
            session,
            members,
            instances: BTreeMap::new(),
        };
        let rows =
            sqlx::query("SELECT id, user_id FROM user_sessions").fetch_all(&hall.pool).await.expect("rows");
        for row in rows {
            let (id, user): (i32, i32) = (row.get(0), row.get(1));
            hall.instances.insert(id, user);
            hall.instances.insert(user, user);
        }
        hall
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// A secret election whose candidates bear the layout's name.
    pub(crate) async fn secret_election(&self, name: &str) -> EventId {
        let layout = if name == "Sealed" { "sealed" } else { name };
        let options = OPTIONS.iter().map(|choice| label(layout, *choice)).collect();
        let data = EventData {
            secrecy: Some("secret".to_owned()),
            vote_options: Some(options),
            method: Some(MethodData { name: "plurality".to_owned(), ..MethodData::default() }),
            ..EventData::default()
        };
        let create = CreateEvent {
            session_id: self.session.id,
            by: self.owner,
            event_type: EventType::Election,
            name: Title::parse(name).expect("a name"),
            start_time: None,
            end_time: None,
            data,
        };
        let event = self.app.run(&create).await.expect("a draft").0.id;
        self.app.run(&OpenEvent { event_id: event, by: self.owner }).await.expect("it opens");
        event
    }

    /// Everyone votes, one after the other; what each of them chose, by user id.
    pub(crate) async fn vote(&self, event: EventId) -> BTreeMap<i32, usize> {
        let mut votes = BTreeMap::new();
        let mut state: u64 = 7;
        for by in &self.members {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let choice = usize::try_from((state >> 33) % OPTIONS.len() as u64).expect("small");
            let options = self
                .app
                .event(event, *by)
                .await
                .expect("the event")
                .event
                .terms
                .ballot
                .options()
                .labels()
                .to_vec();
            let paper = BallotPaper {
                user_session_id: None,
                choices: Choices::Whole(vec![options[choice].to_string()]),
            };
            let cast = CastVotes { event_id: event, by: *by, papers: vec![paper], listed: false };
            self.app.run(&cast).await.expect("it is cast");
            votes.insert(by.get(), choice);
        }
        votes
    }

    pub(crate) async fn close(&self, event: EventId) {
        self.app.run(&CloseEvent { event_id: event, by: self.owner }).await.expect("it closes");
    }

    /// What the content of an envelope with this choice looks like.
    pub(crate) async fn packed(&self, event: EventId, choice: usize) -> Vec<u8> {
        let ballot = self.app.event(event, self.owner).await.expect("the event").event.terms.ballot;
        secret::pack(&ballot, &Response::One(choice))
    }

    async fn execute(&self, statements: &[String]) {
        let mut tx = self.pool.begin().await.expect("a transaction");
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut *tx).await.expect("it is accepted");
        }
        tx.commit().await.expect("it is committed");
    }

    /// A usual way: the choice stands beside the voter until the close, and then the voter is set to NULL.
    /// How many voters can still be seen in the table.
    pub(crate) async fn naive_nulled(&self, votes: &BTreeMap<i32, usize>) -> i64 {
        let create = "CREATE TABLE nulled (id serial PRIMARY KEY, voter integer, choice text NOT NULL)";
        self.execute(&[create.to_owned()]).await;
        for (voter, choice) in votes {
            let choice = label("nulled", *choice);
            self.execute(&[format!("INSERT INTO nulled (voter, choice) VALUES ({voter}, '{choice}')")]).await;
        }
        self.execute(&["UPDATE nulled SET voter = NULL".to_owned()]).await;
        let count = sqlx::query_scalar("SELECT count(voter) FROM nulled").fetch_one(&self.pool);
        count.await.expect("a number")
    }

    /// Another one: who has voted in one table, what was voted in another, nothing between them.
    pub(crate) async fn naive_two_tables(&self, votes: &BTreeMap<i32, usize>) -> Tables {
        let who =
            "CREATE TABLE apart_voted (id serial PRIMARY KEY, voter integer NOT NULL, mark text NOT NULL)";
        let cast = "CREATE TABLE apart_cast (id serial PRIMARY KEY, choice text NOT NULL)";
        self.execute(&[who.to_owned(), cast.to_owned()]).await;
        for (voter, choice) in votes {
            let choice = label("apart", *choice);
            self.execute(&[
                format!("INSERT INTO apart_voted (voter, mark) VALUES ({voter}, 'apart-voter')"),
                format!("INSERT INTO apart_cast (choice) VALUES ('{choice}')"),
            ])
            .await;
        }
        Tables {
            voters: self
                .read("SELECT id::int8, voter::text, ctid::text, xmin::text FROM apart_voted", number)
                .await,
            ballots: self
                .read("SELECT id::int8, choice, ctid::text, xmin::text FROM apart_cast", choice_of)
                .await,
        }
    }

    /// The rows of an event in two tables of this server.
    pub(crate) async fn rows(
        &self,
        voters: &str,
        voter: &str,
        ballots: &str,
        choice: &str,
        event: EventId,
    ) -> Tables {
        let of = |table: &str, key: &str, what: &str| {
            format!(
                "SELECT {key}::int8, ({what})::text, ctid::text, xmin::text FROM {table} WHERE event_id = {event}"
            )
        };
        Tables {
            voters: self.read(&of(voters, voter, voter), number).await,
            ballots: self.read(&of(ballots, "place", choice), choice_of).await,
        }
    }

    async fn read<T>(&self, query: &str, what: impl Fn(&str) -> T) -> Vec<Row<T>> {
        let rows = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&self.pool).await.expect("rows");
        rows.iter()
            .map(|row| {
                let place: String = row.get(2);
                let (page, line) = place.trim_matches(['(', ')']).split_once(',').expect("a place");
                Row {
                    place: (page.parse().expect("a page"), line.parse().expect("a line")),
                    key: row.get(0),
                    transaction: row.get::<String, _>(3).parse().expect("a transaction"),
                    what: what(&row.get::<String, _>(1)),
                }
            })
            .collect()
    }

    pub(crate) async fn checkpoint(&self) {
        sqlx::query("CHECKPOINT").execute(&self.pool).await.expect("everything is in its file");
    }

    fn data(&self) -> PathBuf {
        self.cluster.as_ref().expect("it runs").folder().join("data")
    }

    /// The write-ahead log, in order.
    pub(crate) fn write_ahead_log(&self) -> Vec<Vec<u8>> {
        vec![read_all(&self.data().join("pg_wal")).concat()]
    }

    /// The tables and indexes, page by page, with whatever was deleted from them.
    pub(crate) fn database_files(&self) -> Vec<Vec<u8>> {
        read_all(&self.data().join("base"))
    }

    /// Every file of the database's folder, its log of messages among them.
    pub(crate) fn everything(&self) -> Vec<Vec<u8>> {
        read_all(self.cluster.as_ref().expect("it runs").folder())
    }

    pub(crate) fn key_files(&self) -> Vec<Vec<u8>> {
        read_all(&self.keys())
    }

    pub(crate) async fn end(mut self) {
        self.pool.close().await;
        if let Some(cluster) = self.cluster.take() {
            let folder = cluster.folder().to_owned();
            cluster.stop().await.expect("it stops");
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn number(text: &str) -> i32 {
    text.parse().expect("a number")
}

fn choice_of(text: &str) -> usize {
    text.rsplit('-').next().and_then(|digit| digit.parse().ok()).expect("a choice")
}

async fn people(app: &App, voters: usize) -> (UserId, Session, Vec<UserId>) {
    let person = AddPerson {
        andrew_id: AndrewId::parse("owner").expect("a login name"),
        name: Some(PersonName::parse("Olive").expect("a name")),
    };
    let owner = app.run(&person).await.expect("they are added").0.id;
    let name = OrganizationName::parse("Senate").expect("a name");
    let found = CreateOrganization { by: owner, name, data: OrganizationData::default() };
    let organization_id = app.run(&found).await.expect("it is founded").0.id;
    let lines: Vec<String> = (0..voters).map(|at| format!("v{at},Voter {at},member,1")).collect();
    let csv = format!("andrew_id,name,user_role,vote_weight\n{}\n", lines.join("\n"));
    let import = ImportMembers { organization_id, by: owner, roster: RosterFile::Text(csv), dry_run: false };
    app.run(&import).await.expect("they are imported");
    let title = Title::parse("Assembly").expect("a title");
    let session = app.run(&CreateSession { organization_id, by: owner, title }).await.expect("a sitting");
    let mut members = Vec::with_capacity(voters);
    for at in 0..voters {
        let login = AndrewId::parse(&format!("v{at}")).expect("a login name");
        let by = app.queries.user_by_andrew_id(&login).await.expect("an answer").expect("a person").id;
        app.run(&JoinSession { code: session.join_code.clone(), by }).await.expect("they join");
        members.push(by);
    }
    (owner, session, members)
}
