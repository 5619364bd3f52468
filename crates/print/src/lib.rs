//! Typesetting: papers as PDF, with the fonts they need inside.
//!
//! Shaping, the order of mixed scripts and line breaks come from `parley`, the file from `krilla`; pages
//! and tables are laid out here. One paper is printed at a time, on a thread of its own, and few may
//! wait: a hall full of people who ask for the minutes at once costs no more memory than one.
#![deny(missing_docs)]

mod fonts;
mod layout;
mod lines;
mod pages;
mod pdf;
mod table;
mod tags;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plenum_ports::typesetting::{Paper, Printed, Typesetter, TypesettingError};
use tokio::sync::Semaphore;

use fonts::Library;

pub use fonts::{Coverage, system_folders};

/// How many papers may wait while one is printed.
const WAITING: usize = 16;

/// Prints papers.
#[derive(Clone)]
pub struct Press {
    library: Arc<Mutex<Library>>,
    waiting: Arc<Semaphore>,
    printing: Arc<Semaphore>,
}

impl Press {
    /// A press with its own fonts and those in these folders, which are looked through when the first
    /// paper is printed. Folders that are not there are passed over.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self {
            library: Arc::new(Mutex::new(Library::new(folders))),
            waiting: Arc::new(Semaphore::new(WAITING + 1)),
            printing: Arc::new(Semaphore::new(1)),
        }
    }

    /// Which of the usual scripts can be printed, for the operator.
    pub fn coverage(&self) -> Vec<Coverage> {
        self.library.lock().unwrap_or_else(PoisonError::into_inner).coverage()
    }
}

#[async_trait]
impl Typesetter for Press {
    async fn print(&self, paper: Paper) -> Result<Printed, TypesettingError> {
        let failed = |error: &dyn std::fmt::Display| TypesettingError::Failed(error.to_string());
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| TypesettingError::Busy)?;
        let printing = Arc::clone(&self.printing).acquire_owned().await.map_err(|error| failed(&error))?;
        let library = Arc::clone(&self.library);
        let printed = tokio::task::spawn_blocking(move || {
            // Both are held until the work is done, even when nobody waits for it any more.
            let _held = (waiting, printing);
            // A panic while printing leaves a library that only caches what is on the disk.
            let mut library = library.lock().unwrap_or_else(PoisonError::into_inner);
            pdf::print(&mut library, &paper)
        });
        let printed = printed.await.map_err(|error| failed(&error))??;
        if !printed.missing.is_empty() {
            tracing::warn!(
                characters = printed.missing.len(),
                "a paper has characters that no font of this server has; plenum check says which scripts lack one"
            );
        }
        Ok(printed)
    }
}
