//! The private cluster with real processes: killed, raced, shared and moved about.
//!
//! A process of its own, where one is needed, is this test binary started again for the test
//! [`owner`] alone.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use plenum_postgres::cluster::{Cluster, ClusterError, ClusterOptions, Departure, Durability, Origin};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const FOLDER_VARIABLE: &str = "PLENUM_TEST_CLUSTER_OWNER";
const READY: &str = "the cluster is up: ";

/// A folder of one test's own, removed with the cluster's files wherever those are.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("plenum-cluster-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::DirBuilder::new().mode(0o755).create(&path).expect("a folder for temporary files");
        Self { path }
    }

    fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    fn options(&self) -> ClusterOptions {
        ClusterOptions::new(self.data())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_to_string(self.data().join("location")) {
            let _ = fs::remove_dir_all(elsewhere.trim_end());
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect_with(&cluster.connect_options("postgres"))
        .await
        .expect("the server takes connections")
}

async fn run(cluster: &Cluster, statement: &str) {
    let mut connection = connect(cluster).await;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement is accepted");
    connection.close().await.expect("the session ends");
}

async fn number(cluster: &Cluster, query: &'static str) -> i64 {
    let mut connection = connect(cluster).await;
    let number = sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("the query is answered");
    connection.close().await.expect("the session ends");
    number
}

async fn setting(cluster: &Cluster, name: &str) -> String {
    let mut connection = connect(cluster).await;
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await
        .expect("the query is answered")
}

fn server_pid(cluster: &Cluster) -> u32 {
    cluster.server_pid().expect("the pid file is read").expect("the server has a number")
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("not zero");
    kill_process(pid, Signal::KILL).expect("the process is killed");
}

/// Whether a process does anything; a killed one nobody has collected does not.
fn is_alive(pid: u32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        let line = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The state follows the program's name, which stands in parentheses.
        return line.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'));
    }
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps runs");
    let state = String::from_utf8_lossy(&output.stdout);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// Waits for a process that has given up its files to be gone: leaving memory takes it a moment more.
fn await_end(pid: u32) {
    let began = Instant::now();
    while is_alive(pid) {
        assert!(began.elapsed() < Duration::from_secs(10), "process {pid} does not end");
        std::thread::yield_now();
    }
}

/// Another process that uses a cluster until told to stop or killed.
struct Owner {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Owner {
    fn spawn(data: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["owner", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER_VARIABLE, data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary starts again");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("the output is piped"));
        Self { child, input, output }
    }

    /// Waits until its cluster is up, and tells whether it started it.
    fn ready(&mut self) -> bool {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("its output is text");
            assert!(length > 0, "the other process ended early: {seen}");
            if let Some((_, origin)) = line.split_once(READY) {
                return origin.trim() == "Started";
            }
            seen.push_str(&line);
        }
    }

    /// Lets it leave in good order.
    fn finish(mut self) {
        drop(self.input.take());
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "the other process failed: {status}");
    }

    fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it can be waited for");
    }
}

#[tokio::test]
#[ignore = "the other tests start it as a process of its own"]
async fn owner() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    let cluster = Cluster::start(&ClusterOptions::new(folder)).await.expect("the cluster starts");
    println!("{READY}{:?}", cluster.origin());
    std::io::stdout().flush().expect("the output is piped");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the input is piped");
    cluster.stop().await.expect("the cluster is left");
}

#[tokio::test]
async fn a_fresh_cluster_answers_and_keeps_its_data() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    assert_eq!(cluster.origin(), Origin::Started);
    run(&cluster, "CREATE TABLE votes AS SELECT 42 AS choice").await;
    let first = server_pid(&cluster);
    assert_eq!(cluster.stop().await.expect("it stops"), Departure::Stopped);
    await_end(first);

    let cluster = Cluster::start(&folder.options()).await.expect("it starts again");
    assert_eq!(cluster.origin(), Origin::Started);
    assert_ne!(server_pid(&cluster), first);
    assert_eq!(number(&cluster, "SELECT choice::bigint FROM votes").await, 42);
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn it_is_durable_private_and_speaks_unicode() {
    let folder = Folder::new();
    let options = folder.options().max_connections(37);
    let cluster = Cluster::start(&options).await.expect("it starts");
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "37"),
        ("server_encoding", "UTF8"),
        ("log_statement", "none"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ] {
        assert_eq!(setting(&cluster, name).await, value, "{name}");
    }
    // Sorted by code point, and a letter outside of ASCII is a letter.
    assert_eq!(number(&cluster, "SELECT (lower('É') = 'é' AND 'Z' < 'a')::int::bigint").await, 1);
    let limits = fs::read_to_string(format!("/proc/{}/limits", server_pid(&cluster)));
    if let Ok(limits) = limits {
        let core = limits
            .lines()
            .find_map(|line| line.strip_prefix("Max core file size"))
            .expect("the limit is listed");
        assert!(core.trim_start().starts_with('0'), "{core}");
    }
    cluster.ensure_database("plenum").await.expect("it is made");
    cluster.ensure_database("plenum").await.expect("it is there");
    let error = cluster.ensure_database("Plenum\"").await;
    assert!(matches!(error, Err(ClusterError::DatabaseName(_))));
    PgConnection::connect_with(&cluster.connect_options("plenum"))
        .await
        .expect("the new database takes connections");
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn no_value_reaches_the_log() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    let mut connection = connect(&cluster).await;
    sqlx::query("CREATE TABLE ballots (choice text PRIMARY KEY)")
        .execute(&mut connection)
        .await
        .expect("the table is made");
    for expected in [true, false] {
        let cast =
            sqlx::query("INSERT INTO ballots VALUES ($1)").bind("tangerine").execute(&mut connection).await;
        assert_eq!(cast.is_ok(), expected);
    }
    for bad in [
        "SELECT 'tangerine'::int",
        "INSERT INTO ballots VALUES ('tangerine')",
        "DO $$ BEGIN RAISE WARNING 'tangerine'; RAISE EXCEPTION 'tangerine'; END $$",
    ] {
        assert!(sqlx::query(bad).execute(&mut connection).await.is_err());
    }
    // A backend that dies under a statement makes the server write about it.
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut connection)
        .await
        .expect("the query is answered");
    let victim = sqlx::query("SELECT pg_sleep(600), 'tangerine'").execute(&mut connection);
    let killer = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while number(&cluster, waiting).await == 0 {}
        kill(pid.unsigned_abs());
    };
    let (victim, ()) = tokio::join!(victim, killer);
    assert!(victim.is_err());
    let log = cluster.log_file();
    cluster.stop().await.expect("it stops");
    let log = fs::read_to_string(log).expect("there is a log");
    assert!(log.contains("terminated by signal 9"), "{log}");
    assert!(!log.contains("tangerine"), "{log}");
}

#[tokio::test]
async fn the_last_one_out_stops_the_server() {
    let folder = Folder::new();
    let first = Cluster::start(&folder.options()).await.expect("it starts");
    let second = Cluster::start(&folder.options()).await.expect("it joins");
    let mut other = Owner::spawn(&folder.data());
    assert!(!other.ready());
    assert_eq!(second.origin(), Origin::Joined);
    let pid = server_pid(&first);
    assert_eq!(server_pid(&second), pid);

    // The one that started it may leave first.
    assert_eq!(first.stop().await.expect("it leaves"), Departure::StillUsed);
    other.finish();
    assert_eq!(number(&second, "SELECT 1::bigint").await, 1);
    drop(second);
    await_end(pid); // dropping the last one stops it too
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_was_committed() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    run(&cluster, "CREATE TABLE votes (n bigint)").await;
    let mut busy = connect(&cluster).await;
    for n in 0..20_i64 {
        sqlx::query("INSERT INTO votes VALUES ($1)")
            .bind(n)
            .execute(&mut busy)
            .await
            .expect("the vote is stored");
    }
    let pid = server_pid(&cluster);
    kill(pid);
    // Still held by this process, and started again for it.
    assert_eq!(cluster.revive().await.expect("it revives"), Origin::Started);
    assert_eq!(number(&cluster, "SELECT count(*) FROM votes").await, 20);
    assert_eq!(cluster.revive().await.expect("it lives"), Origin::Joined);

    kill(server_pid(&cluster));
    let again = Cluster::start(&folder.options()).await.expect("it starts again");
    assert_eq!(again.origin(), Origin::Started);
    assert_eq!(number(&again, "SELECT count(*) FROM votes").await, 20);
    assert_eq!(again.stop().await.expect("it leaves"), Departure::StillUsed);
    assert_eq!(cluster.stop().await.expect("it stops"), Departure::Stopped);
}

#[tokio::test]
async fn children_of_a_killed_server_are_waited_for() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    // A session that is busy does not look whether its server lives, and keeps its memory.
    let mut busy = connect(&cluster).await;
    let work =
        tokio::spawn(
            async move { sqlx::query("DO $$ BEGIN LOOP END LOOP; END $$").execute(&mut busy).await },
        );
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'
                   AND state = 'active'";
    while number(&cluster, running).await == 0 {}
    kill(server_pid(&cluster));
    assert_eq!(cluster.revive().await.expect("it revives"), Origin::Started);
    assert!(work.await.expect("the task ends").is_err());
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_killed_owner_leaves_a_server_to_join() {
    let folder = Folder::new();
    let mut other = Owner::spawn(&folder.data());
    assert!(other.ready());
    other.kill();
    let cluster = Cluster::start(&folder.options()).await.expect("it joins");
    assert_eq!(cluster.origin(), Origin::Joined);
    run(&cluster, "CREATE TABLE votes AS SELECT 7 AS choice").await;
    let pid = server_pid(&cluster);
    assert_eq!(cluster.stop().await.expect("it stops"), Departure::Stopped);
    await_end(pid);
}

#[tokio::test]
async fn owner_and_server_killed_together_recover() {
    let folder = Folder::new();
    let mut other = Owner::spawn(&folder.data());
    assert!(other.ready());
    let cluster = Cluster::start(&folder.options()).await.expect("it joins");
    run(&cluster, "CREATE TABLE votes AS SELECT 7 AS choice").await;
    let pid = server_pid(&cluster);
    other.kill();
    kill(pid);
    drop(cluster);
    let cluster = Cluster::start(&folder.options()).await.expect("it recovers");
    assert_eq!(cluster.origin(), Origin::Started);
    assert_eq!(number(&cluster, "SELECT choice::bigint FROM votes").await, 7);
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_number_that_became_somebody_elses_is_no_obstacle() {
    let folder = Folder::new();
    let mut other = Owner::spawn(&folder.data());
    assert!(other.ready());
    let cluster = Cluster::start(&folder.options()).await.expect("it joins");
    let home = cluster.folder().to_owned();
    let left = fs::read_to_string(home.join("data/postmaster.pid")).expect("the server runs");
    let (pid, rest) = left.split_once('\n').expect("it has lines");
    let socket_folder = PathBuf::from(rest.lines().nth(3).expect("it names the socket"));
    let pid = pid.to_owned();
    assert_eq!(pid, server_pid(&cluster).to_string());
    drop(cluster);
    other.finish();

    // First a process that lives and is none of ours, then one that has ended uncollected.
    let mut zombie = Command::new("/bin/sh").args(["-c", "exit 0"]).spawn().expect("the shell starts");
    while is_alive(zombie.id()) {}
    for number in [std::process::id(), zombie.id()] {
        let stale = format!("{number}\n{rest}");
        fs::write(home.join("data/postmaster.pid"), &stale).expect("it is written");
        fs::write(socket_folder.join(".s.PGSQL.5432.lock"), &stale).expect("it is written");
        let cluster = Cluster::start(&folder.options()).await.expect("it starts");
        assert_eq!(cluster.origin(), Origin::Started);
        cluster.stop().await.expect("it stops");
    }
    zombie.wait().expect("it can be waited for");
}

#[tokio::test]
async fn of_five_that_race_on_a_fresh_folder_one_starts_it() {
    let folder = Folder::new();
    let mut racers: Vec<Owner> = (0..5).map(|_| Owner::spawn(&folder.data())).collect();
    let started = racers.iter_mut().filter_map(|racer| racer.ready().then_some(())).count();
    assert_eq!(started, 1);
    let watcher = Cluster::start(&folder.options()).await.expect("it joins");
    assert_eq!(watcher.origin(), Origin::Joined);
    let pid = server_pid(&watcher);
    drop(watcher);
    // All leave at once.
    for racer in &mut racers {
        drop(racer.input.take());
    }
    for racer in racers {
        racer.finish();
    }
    await_end(pid); // the last one out stopped it
}

#[tokio::test]
async fn an_interrupted_first_start_is_repeated() {
    let folder = Folder::new();
    fs::create_dir_all(folder.data().join("unfinished-1/base")).expect("it is made");
    fs::set_permissions(folder.data(), fs::Permissions::from_mode(0o755)).expect("it is opened");
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    assert!(!cluster.folder().join("unfinished-1").exists());
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn where_postgresql_is_missing_the_error_says_how_to_get_it() {
    let folder = Folder::new();
    let options = folder.options().search_path(Vec::new());
    let error = Cluster::start(&options).await.expect_err("nothing to start");
    assert!(matches!(error, ClusterError::NotInstalled { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("PostgreSQL is not installed"), "{text}");
    assert!(text.contains("postgresql"), "{text}");
    assert!(text.contains("DATABASE_URL"), "{text}");
}

#[tokio::test]
async fn another_major_version_is_named() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    let version = cluster.folder().join("data/PG_VERSION");
    cluster.stop().await.expect("it stops");
    let made = fs::read_to_string(&version).expect("it names the version");
    fs::write(&version, "99\n").expect("it is changed");
    let error = Cluster::start(&folder.options()).await.expect_err("no such version");
    assert!(matches!(error, ClusterError::OtherMajor { cluster: 99, .. }), "{error}");
    assert!(error.to_string().contains("Install PostgreSQL 99"), "{error}");
    fs::write(&version, made).expect("it is changed back");
    let cluster = Cluster::start(&folder.options()).await.expect("it starts again");
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_long_path_and_odd_characters_are_fine() {
    let folder = Folder::new();
    let data = folder
        .path
        .join("a, \"quoted\" name with spaces")
        .join("long ".repeat(30).trim_end())
        .join("über".repeat(10));
    let cluster = Cluster::start(&ClusterOptions::new(&data)).await.expect("it starts");
    assert_eq!(number(&cluster, "SELECT 1::bigint").await, 1);
    let joined = Cluster::start(&ClusterOptions::new(&data)).await.expect("it joins");
    assert_eq!(joined.origin(), Origin::Joined);
    drop(joined);
    cluster.stop().await.expect("it stops");

    let odd = folder.path.join("a, \"b\" c");
    let cluster = Cluster::start(&ClusterOptions::new(&odd)).await.expect("it starts");
    assert_eq!(number(&cluster, "SELECT 1::bigint").await, 1);
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_private_folder_of_roots_keeps_a_pointer() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = Folder::new();
    fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o700)).expect("it is closed");
    let mut racers: Vec<Owner> = (0..3).map(|_| Owner::spawn(&folder.data())).collect();
    let started = racers.iter_mut().filter_map(|racer| racer.ready().then_some(())).count();
    assert_eq!(started, 1);
    let cluster = Cluster::start(&folder.options()).await.expect("it joins");
    assert_eq!(cluster.origin(), Origin::Joined);
    assert!(cluster.folder().starts_with("/var/lib/plenum"));
    run(&cluster, "CREATE TABLE votes AS SELECT 7 AS choice").await;
    for racer in racers {
        racer.finish();
    }
    cluster.stop().await.expect("it stops");
    // The pointer is what is followed, also when the folder has become open since.
    fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o755)).expect("it is opened");
    let cluster = Cluster::start(&folder.options()).await.expect("it starts again");
    assert_eq!(number(&cluster, "SELECT choice::bigint FROM votes").await, 7);
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn durable_and_throwaway_clusters_are_not_mixed_up() {
    let folder = Folder::new();
    let throwaway = folder.options().durability(Durability::Throwaway);
    let cluster = Cluster::start(&throwaway).await.expect("it starts");
    assert_eq!(setting(&cluster, "fsync").await, "off");
    let error = Cluster::start(&folder.options()).await.expect_err("not durable");
    assert!(matches!(error, ClusterError::OtherDurability { .. }), "{error}");
    let home = cluster.folder().to_owned();
    cluster.stop().await.expect("it stops");
    let error = Cluster::start(&folder.options()).await.expect_err("not durable");
    assert!(matches!(error, ClusterError::OtherDurability { .. }), "{error}");

    // What a crash of the machine may do to it is no reason to fail: it is made anew.
    fs::remove_file(home.join("data/global/pg_control")).expect("it was there");
    let cluster = Cluster::start(&throwaway).await.expect("it is made anew");
    cluster.stop().await.expect("it stops");
}

#[tokio::test]
async fn an_unusable_folder_is_named() {
    let folder = Folder::new();
    fs::write(folder.data(), "a file").expect("it is written");
    let error = Cluster::start(&folder.options()).await.expect_err("no folder");
    assert!(matches!(error, ClusterError::FolderUnusable { .. }), "{error}");
    assert!(error.to_string().contains("Choose a folder"), "{error}");
    fs::remove_file(folder.data()).expect("it is removed");
    fs::create_dir_all(folder.data().join("data")).expect("it is made");
    let error = Cluster::start(&folder.options()).await.expect_err("not a cluster");
    let usable = matches!(error, ClusterError::FolderUnusable { .. } | ClusterError::WrongOwner { .. });
    assert!(usable, "{error}");
}

#[tokio::test]
async fn a_server_in_another_container_is_left_alone() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.options()).await.expect("it starts");
    let home = cluster.folder().to_owned();
    // The number another container's server has there belongs to nobody here.
    let file = home.join("data/postmaster.pid");
    let written = fs::read_to_string(&file).expect("the server runs");
    let (_, rest) = written.split_once('\n').expect("it has lines");
    fs::write(&file, format!("{}\n{rest}", i32::MAX)).expect("it is written");
    let error = Cluster::start(&folder.options()).await.expect_err("not ours to touch");
    assert!(matches!(error, ClusterError::UsedElsewhere { .. }), "{error}");
    assert_eq!(number(&cluster, "SELECT 1::bigint").await, 1);
    fs::write(&file, written).expect("it is written back");
    assert_eq!(cluster.stop().await.expect("it stops"), Departure::Stopped);
}
