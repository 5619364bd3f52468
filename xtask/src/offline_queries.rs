//! The offline data of the checked SQL statements: `.sqlx`, committed and proven fresh.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::command::{cargo, root};

/// A database server held up by a child process for as long as this lives.
pub(crate) struct Held {
    child: Child,
    /// The server, for those who make their own databases.
    pub(crate) admin_url: String,
    /// A database with the schema of the migrations.
    pub(crate) database_url: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        // The child leaves when its standard input ends.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Starts a database server for tests.
pub(crate) fn hold() -> Result<Held, String> {
    let example =
        ["run", "--quiet", "--package", "plenum-postgres", "--all-features", "--example", "test_database"];
    let mut command = cargo(&example).into_command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the test database does not start: {error}"))?;
    let output = child.stdout.take().ok_or("the test database says nothing")?;
    let mut lines = BufReader::new(output).lines();
    let mut line = || lines.next().and_then(Result::ok).ok_or("the test database does not start");
    let (admin_url, database_url) = (line()?, line()?);
    Ok(Held { child, admin_url, database_url })
}

/// Writes `.sqlx` anew. The old data goes only when the new is there: building needs it.
pub(crate) fn write() -> Result<(), String> {
    let fresh = fresh_folder();
    prepare(&fresh)?;
    let committed = root().join(".sqlx");
    let failed = |error: std::io::Error| format!("{}: {error}", committed.display());
    if committed.exists() {
        fs::remove_dir_all(&committed).map_err(failed)?;
    }
    fs::create_dir_all(&committed).map_err(failed)?;
    for (name, content) in files(&fresh)? {
        fs::write(committed.join(name), content).map_err(failed)?;
    }
    Ok(())
}

fn fresh_folder() -> PathBuf {
    root().join("target/sqlx-fresh")
}

/// Fails when `.sqlx` is not what the statements and migrations give.
pub(crate) fn check() -> Result<(), String> {
    let fresh = fresh_folder();
    prepare(&fresh)?;
    let (fresh, committed) = (files(&fresh)?, files(&root().join(".sqlx"))?);
    let changed: Vec<&String> = fresh
        .keys()
        .chain(committed.keys())
        .filter(|name| fresh.get(*name) != committed.get(*name))
        .collect();
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("{} files of .sqlx are not fresh; run: cargo xtask generate", changed.len()))
    }
}

fn prepare(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    let held = hold()?;
    // The macros run only when the crate is compiled anew.
    let source = root().join("crates/postgres/src/lib.rs");
    let text = fs::read(&source).map_err(failed)?;
    fs::write(&source, text).map_err(failed)?;
    cargo(&["check", "--quiet", "--package", "plenum-postgres", "--all-features", "--all-targets"])
        .env("DATABASE_URL", &held.database_url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder.to_string_lossy())
        .run()
}

fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| {
            let entry = entry.map_err(failed)?;
            let content = fs::read(entry.path()).map_err(failed)?;
            Ok((entry.file_name().to_string_lossy().into_owned(), content))
        })
        .collect()
}
