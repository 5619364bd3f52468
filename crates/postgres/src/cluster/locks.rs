//! The two locks that let processes share one cluster.
//!
//! Whoever starts, joins or leaves holds the *gate*, alone and briefly. Whoever uses the cluster
//! holds a share of the *users'* lock for as long. Leaving, with the gate held, one gives up one's
//! share and asks for the whole lock: who gets it was the last and stops the server. The system
//! gives locks back when a process dies in whatever way, so nothing here ever goes stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::error::{ClusterError, Context};
use super::home::Home;

const POLL: Duration = Duration::from_millis(5);

/// The right to start or stop the server, given back on drop.
#[derive(Debug)]
pub(super) struct Gate(File);

impl Gate {
    /// Waits for the gate. A plain blocking lock would wait for ever for a holder that hangs.
    pub(super) fn enter(home: &Home, patience: Duration) -> Result<Self, ClusterError> {
        let path = home.gate_file();
        let file = open(&path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(POLL),
                Err(TryLockError::WouldBlock) => {
                    return Err(ClusterError::Busy {
                        folder: home.folder().to_owned(),
                        seconds: patience.as_secs(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(source).context("lock", &path),
            }
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // Said aloud instead of left to the closing of the file: a child that another thread is
        // just starting holds a copy of the descriptor for a moment, and the lock with it.
        let _ = self.0.unlock();
    }
}

/// A share of the users' lock: the server stays up while anybody holds one.
#[derive(Debug)]
pub(super) struct Share(File);

impl Share {
    /// Takes a share. Nobody can be asking for the whole lock, because that needs the gate too.
    pub(super) fn take(home: &Home, _gate: &Gate) -> Result<Self, ClusterError> {
        let path = home.users_file();
        let file = open(&path)?;
        file.lock_shared().context("lock", &path)?;
        Ok(Self(file))
    }

    /// Gives the share back and tells whether nobody else holds one.
    pub(super) fn leave(self, home: &Home, _gate: &Gate) -> Result<bool, ClusterError> {
        let path = home.users_file();
        self.0.unlock().context("unlock", &path)?;
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(source).context("lock", &path),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn open(path: &Path) -> Result<File, ClusterError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .context("open", path)
}
