//! Sign-in providers: the development one, and one of somebody else.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use plenum::adapters::SystemClock;
use plenum_oidc::{DemoPerson, DevelopmentClient, DevelopmentProvider};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The name of the server at the provider.
pub(crate) const CLIENT_ID: &str = "plenum";

/// Somebody whom the development provider knows.
pub fn demo_person(andrew_id: &str, name: &str) -> DemoPerson {
    DemoPerson {
        subject: format!("subject-of-{andrew_id}"),
        name: name.to_owned(),
        andrew_id: andrew_id.to_owned(),
        email: format!("{andrew_id}@example.org"),
        description: "People".to_owned(),
    }
}

/// The development provider, run by the test and configured as any other.
#[derive(Debug)]
pub struct Provider {
    inner: DevelopmentProvider,
    redirect_uri: String,
}

impl Provider {
    /// Starts one for a server that is called back at this address.
    pub async fn start(people: Vec<DemoPerson>, redirect_uri: String) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), people, redirect_uri).await
    }

    async fn start_at(listen: SocketAddr, people: Vec<DemoPerson>, redirect_uri: String) -> Self {
        let client =
            DevelopmentClient { client_id: CLIENT_ID.to_owned(), redirect_uri: redirect_uri.clone() };
        let inner = DevelopmentProvider::start(listen, people, client, Arc::new(SystemClock)).await;
        Self { inner: inner.expect("a sign-in provider"), redirect_uri }
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// The same provider after its people changed; its signing key is a new one.
    #[must_use]
    pub async fn restart(self, people: Vec<DemoPerson>) -> Self {
        let issuer = self.issuer().to_owned();
        let listen = issuer.strip_prefix("http://").and_then(|address| address.parse().ok());
        self.inner.shutdown().await;
        Self::start_at(listen.expect("an address"), people, self.redirect_uri).await
    }

    pub(crate) async fn stop(self) {
        self.inner.shutdown().await;
    }
}

/// The npm package `oidc-provider` in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct ThirdParty {
    /// Its issuer.
    pub issuer: String,
    _child: Child,
    _input: ChildStdin,
    /// Kept open because the provider goes on talking.
    _output: Lines<BufReader<ChildStdout>>,
}

impl ThirdParty {
    /// What the server keeps secret with it.
    pub const CLIENT_SECRET: &'static str = "a secret: with %20 & signs";

    /// Starts it for a server that is called back at this address.
    pub async fn start(redirect_uri: &str) -> Self {
        let folder = tokio::task::spawn_blocking(installed).await.expect("an installed provider");
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(redirect_uri)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs the sign-in provider these tests use; install Node.js 20 or later");
        let input = child.stdin.take().expect("an input");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let line = tokio::time::timeout(Duration::from_mins(1), lines.next_line())
            .await
            .expect("the provider says within a minute where it listens")
            .expect("text")
            .expect("the provider says where it listens; run `node server.mjs x` in tests/oidc-provider to see why not");
        let line: Value = serde_json::from_str(&line).expect("json");
        let issuer = line["issuer"].as_str().expect("an issuer").to_owned();
        Self { issuer, _child: child, _input: input, _output: lines }
    }
}

/// The folder of the provider, with its packages; they are fetched when they are not there.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc-provider");
    let wanted = folder.join("package-lock.json");
    let present = folder.join("node_modules/.package-lock.json");
    // Other test processes wait here.
    let lock = File::open(folder.join("package.json")).expect("package.json");
    lock.lock().expect("a lock");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    if changed(&present) < changed(&wanted) {
        let npm = std::process::Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm fetches the sign-in provider these tests use; install Node.js 20 or later with npm");
        assert!(
            npm.status.success(),
            "`npm ci` in tests/oidc-provider failed: {}",
            String::from_utf8_lossy(&npm.stderr)
        );
    }
    folder
}
