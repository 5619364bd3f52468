use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::serve::Server;

/// Runs the server until it is told to stop.
///
/// # Errors
/// A sentence for the operator.
pub async fn serve(config: Config) -> Result<(), String> {
    // Listened to before anything is started, so that a signal during the start ends it cleanly too.
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let server = Server::start(config).await.map_err(|error| error.to_string())?;
    announce(&server);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    eprintln!("Stopping: requests under way are finished.");
    server.stop().await.map_err(|error| error.to_string())
}

fn announce(server: &Server) {
    println!("Plenum is running at {}", server.public_url);
    if server.development {
        println!("Sign in as one of the demonstration people at {}auth/login", server.public_url);
    }
    if let Some(session) = &server.demo {
        println!("A demonstration session is open; its join code is {}", session.join_code);
    }
    println!("The API is described at {}api/docs", server.public_url);
}
