//! A server in a container, where PostgreSQL is not installed.

use std::thread::JoinHandle;

use sqlx::postgres::PgConnectOptions;
use testcontainers_modules::postgres::Postgres;
use testcontainers_modules::testcontainers::core::error::TestcontainersError;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use testcontainers_modules::testcontainers::{ContainerAsync, ImageExt};
use tokio::sync::oneshot;

use super::server::MAX_CONNECTIONS;

const IMAGE_TAG: &str = "17-alpine";
/// What the image is told to use; the server is reachable from this machine only.
const NAME: &str = "postgres";

/// A running container. It lives on a thread with a runtime of its own: tests come and go with
/// theirs, and the client that has to remove it in the end must outlive them.
#[derive(Debug)]
pub(super) struct Container {
    release: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Container {
    /// Starts one and tells how to connect, or says why that is not possible.
    pub(super) async fn start() -> Result<(Self, PgConnectOptions), String> {
        let (release, released) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("test-container".into())
            .spawn(move || keep(tell, released))
            .map_err(|error| error.to_string())?;
        let options = told.await.map_err(|_| "the thread that starts it ended".to_owned())??;
        let container = Self { release: Some(release), thread: Some(thread) };
        Ok((container, options))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep(tell: oneshot::Sender<Result<PgConnectOptions, String>>, released: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = tell.send(Err(error.to_string()));
            return;
        }
    };
    runtime.block_on(async {
        let container = match run().await {
            Ok((container, options)) => {
                let _ = tell.send(Ok(options));
                container
            }
            Err(error) => {
                let _ = tell.send(Err(error.to_string()));
                return;
            }
        };
        // Ends when the other side is dropped.
        let _ = released.await;
        let _ = container.rm().await;
    });
}

async fn run() -> Result<(ContainerAsync<Postgres>, PgConnectOptions), TestcontainersError> {
    let connections = format!("max_connections={MAX_CONNECTIONS}");
    let container = Postgres::default()
        .with_tag(IMAGE_TAG)
        .with_cmd([
            "postgres",
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
            "-c",
            &connections,
        ])
        .start()
        .await?;
    let host = container.get_host().await?.to_string();
    let port = container.get_host_port_ipv4(5432).await?;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&host)
        .port(port)
        .username(NAME)
        .password(NAME)
        .database(NAME);
    Ok((container, options))
}
