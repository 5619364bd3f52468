//! A line on a terminal for those who wait longer than a second.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);
const WIDTH: usize = 30;

#[derive(Default)]
struct Shared {
    size: AtomicU64,
    read: AtomicU64,
    done: AtomicBool,
    phase: Mutex<&'static str>,
}

/// Shows how far reading is, and that counting goes on.
pub(super) struct Progress {
    shared: Arc<Shared>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to wait. Where standard error is no terminal nothing is ever shown.
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let shown = io::stderr().is_terminal().then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || show(&shared))
        });
        Self { shared, shown }
    }

    pub(super) fn reading(&self, size: u64) {
        self.shared.size.store(size, Ordering::Relaxed);
        self.phase("reading");
    }

    pub(super) fn phase(&self, phase: &'static str) {
        if let Ok(mut shown) = self.shared.phase.lock() {
            *shown = phase;
        }
    }

    /// An input whose bytes are counted as they are read.
    pub(super) fn watch<R: Read>(&self, input: R) -> impl Read + use<R> {
        Watched { input, shared: Arc::clone(&self.shared) }
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        self.shared.done.store(true, Ordering::Relaxed);
        if let Some(shown) = self.shown {
            shown.thread().unpark();
            let _ = shown.join();
        }
    }
}

struct Watched<R> {
    input: R,
    shared: Arc<Shared>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.shared.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn show(shared: &Shared) {
    let started = Instant::now();
    let mut shown = false;
    while !shared.done.load(Ordering::Relaxed) {
        if started.elapsed() >= PATIENCE {
            shown = true;
            let phase = shared.phase.lock().map(|phase| *phase).unwrap_or_default();
            let line = line(phase, shared.read.load(Ordering::Relaxed), shared.size.load(Ordering::Relaxed));
            let _ = write!(io::stderr(), "\r{line}  {} s ", started.elapsed().as_secs());
        }
        std::thread::park_timeout(TICK);
    }
    if shown {
        let _ = write!(io::stderr(), "\r{:width$}\r", "", width = WIDTH + 40);
    }
}

/// `[##########          ]  33 % reading`
pub(super) fn line(phase: &str, read: u64, size: u64) -> String {
    let percent = (read.min(size).saturating_mul(100)).checked_div(size).unwrap_or(100);
    let full = usize::try_from(percent).unwrap_or(100) * WIDTH / 100;
    format!("[{}{}] {percent:3} % {phase}", "#".repeat(full), " ".repeat(WIDTH - full))
}
