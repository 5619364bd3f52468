//! Making a cluster's files and starting its server.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::{Arc, OnceLock};
use std::thread;

use super::error::{ClusterError, Context};
use super::home::{Home, PORT};
use super::locate::Programs;
use super::user::Runner;
use super::{ClusterOptions, Durability, SUPERUSER};

/// A log longer than this is set aside at the next start.
const LOG_LIMIT: u64 = 8 * 1024 * 1024;
/// How much of the end of the log an error quotes.
const LOG_TAIL: u64 = 1500;
const UNFINISHED: &str = "unfinished-";

/// The major version that made the cluster, if there is one.
pub(super) fn cluster_major(home: &Home) -> Result<Option<u32>, ClusterError> {
    let path = home.data().join("PG_VERSION");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).context("read", &path)?;
    text.trim().parse().map(Some).map_err(|_| ClusterError::FolderUnusable {
        folder: home.data(),
        reason: "its PG_VERSION names no version. Restore the folder, or remove it to start \
                     afresh."
            .into(),
    })
}

/// Makes the cluster's files aside and moves them into place when they are whole: what `data`
/// names is never half a cluster, whenever the machine stops.
pub(super) fn initialize(
    home: &Home,
    runner: &Runner,
    programs: &Programs,
    options: &ClusterOptions,
) -> Result<(), ClusterError> {
    sweep_unfinished(home);
    let aside = home.folder().join(format!("{UNFINISHED}{}", std::process::id()));
    let mark = home.throwaway_mark();
    if options.durability == Durability::Throwaway {
        File::create(&mark).context("write", &mark)?;
    } else if mark.exists() {
        fs::remove_file(&mark).context("remove", &mark)?;
    }
    let mut last = String::new();
    for locale in locales(programs.major) {
        let _ = fs::remove_dir_all(&aside);
        fs::DirBuilder::new().mode(0o700).create(&aside).context("make the folder", &aside)?;
        runner.give(&aside)?;
        let mut initdb = runner.command(&programs.initdb, home.folder());
        initdb
            .arg("-D")
            .arg(&aside)
            .args(["-U", SUPERUSER, "--encoding=UTF8", "--data-checksums"])
            .args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"])
            .args(locale);
        if options.durability == Durability::Throwaway {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().context("run", &programs.initdb)?;
        if output.status.success() {
            let data = home.data();
            fs::rename(&aside, &data).context("move the new cluster to", &data)?;
            // The rename itself must be on disk before anything is acknowledged as stored.
            return File::open(home.folder())
                .and_then(|folder| folder.sync_all())
                .context("write", home.folder());
        }
        last = said(&output);
    }
    let _ = fs::remove_dir_all(&aside);
    Err(ClusterError::Initdb { folder: home.folder().to_owned(), output: last })
}

/// Sorting is by code point everywhere, so results do not depend on the machine's locale files;
/// letters outside of ASCII are still letters where the system knows `C.UTF-8`.
fn locales(major: u32) -> Vec<&'static [&'static str]> {
    let mut choices: Vec<&[&str]> = Vec::new();
    if major >= 17 {
        choices.push(&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]);
    }
    choices.push(&["--locale=C", "--lc-ctype=C.UTF-8"]);
    choices.push(&["--locale=C"]);
    choices
}

fn sweep_unfinished(home: &Home) {
    let Ok(entries) = fs::read_dir(home.folder()) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let answer = String::from_utf8_lossy(&output.stdout);
    let text = [errors.trim(), answer.trim()].into_iter().find(|text| !text.is_empty());
    format!("{} ({})", output.status, text.unwrap_or("it said nothing"))
}

/// A server this process has started.
pub(super) struct Launched {
    ended: Arc<OnceLock<ExitStatus>>,
    log: PathBuf,
    log_start: u64,
}

impl Launched {
    /// An error once the server has ended.
    pub(super) fn check(&self) -> Result<(), ClusterError> {
        match self.ended.get() {
            None => Ok(()),
            Some(status) => Err(ClusterError::ServerEnded {
                status: status.to_string(),
                log: self.log.clone(),
                tail: tail(&self.log, self.log_start),
            }),
        }
    }
}

/// Starts the server process.
pub(super) fn launch(
    home: &Home,
    runner: &Runner,
    programs: &Programs,
    options: &ClusterOptions,
    socket_folder: &Path,
) -> Result<Launched, ClusterError> {
    let log = home.log();
    let (file, log_start) = open_log(&log)?;
    let errors = file.try_clone().context("open", &log)?;
    let mut command = server_command(home, runner, programs, options, socket_folder);
    command
        .stdout(file)
        .stderr(errors)
        // Ctrl-C in a terminal goes to its whole process group. Plenum then finishes its requests
        // first, so the database must not hear of it.
        .process_group(0);
    let child = command.spawn().context("run", &programs.postgres)?;
    Ok(Launched { ended: collect(child)?, log, log_start })
}

/// A child that nobody waits for stays a zombie, and the next start would find its number taken.
fn collect(mut child: Child) -> Result<Arc<OnceLock<ExitStatus>>, ClusterError> {
    let ended = Arc::new(OnceLock::new());
    let told = Arc::clone(&ended);
    thread::Builder::new()
        .name("postgres-collector".into())
        .spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = told.set(status);
            }
        })
        .context("start a thread for", Path::new("postgres"))?;
    Ok(ended)
}

/// The shell lowers a limit that can only be lowered from inside the new process (a memory dump
/// would hold ballots) and then becomes the server.
fn server_command(
    home: &Home,
    runner: &Runner,
    programs: &Programs,
    options: &ClusterOptions,
    socket_folder: &Path,
) -> Command {
    let mut command = runner.command(Path::new("/bin/sh"), home.folder());
    command
        .args(["-c", "ulimit -c 0; umask 077; exec \"$@\"", "sh"])
        .arg(&programs.postgres)
        .arg("-D")
        .arg(home.data());
    for setting in settings(home, options) {
        command.arg("-c").arg(setting);
    }
    command.arg("-c").arg(socket_setting(socket_folder));
    command
}

/// The setting is a comma-separated list. Quotes keep a path one entry, whatever is in it.
fn socket_setting(folder: &Path) -> OsString {
    let mut setting = b"unix_socket_directories=\"".to_vec();
    for byte in folder.as_os_str().as_bytes() {
        if *byte == b'"' {
            setting.push(b'"');
        }
        setting.push(*byte);
    }
    setting.push(b'"');
    OsString::from_vec(setting)
}

/// Given on the command line at each start: they override every file and `ALTER SYSTEM`, so a
/// cluster made long ago runs with today's settings.
fn settings(home: &Home, options: &ClusterOptions) -> Vec<String> {
    let durable = match options.durability {
        Durability::Durable => "on",
        Durability::Throwaway => "off",
    };
    let mut settings = vec![
        format!("port={PORT}"),
        format!("cluster_name={}", home.tag()),
        format!("max_connections={}", options.max_connections),
        format!("fsync={durable}"),
        format!("synchronous_commit={durable}"),
        format!("full_page_writes={durable}"),
    ];
    settings.extend(FIXED_SETTINGS.iter().map(ToString::to_string));
    settings
}

const FIXED_SETTINGS: [&str; 25] = [
    // Reached through the socket only, and the socket only by its owner and root. That is why
    // `trust` is enough: who gets to the socket could read the files as well.
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "ssl=off",
    // No ballot reaches the log. Parameters and statements are never written, and neither are
    // errors, whose texts quote values ("invalid input syntax", "Key (...)=(...) already exists"):
    // the client gets them, and decides what is fit to be logged.
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
    "log_statement=none",
    "log_duration=off",
    "log_min_duration_statement=-1",
    "log_min_duration_sample=-1",
    "log_transaction_sample_rate=0",
    "log_lock_waits=off",
    "log_temp_files=-1",
    "log_replication_commands=off",
    "debug_print_parse=off",
    "debug_print_rewritten=off",
    "debug_print_plan=off",
    "shared_preload_libraries=",
    "log_destination=stderr",
    "logging_collector=off",
    "log_checkpoints=off",
    "log_timezone=UTC",
    "timezone=UTC",
];

fn open_log(path: &Path) -> Result<(File, u64), ClusterError> {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LOG_LIMIT) {
        let old = path.with_extension("log.old");
        fs::rename(path, &old).context("set aside", path)?;
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).context("open", path)?;
    let start = file.metadata().context("look at", path)?.len();
    Ok((file, start))
}

/// The end of what was logged since `start`.
fn tail(path: &Path, start: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let from = file.metadata()?.len().saturating_sub(LOG_TAIL).max(start);
        file.seek(SeekFrom::Start(from))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(text)
    };
    read().map_or_else(
        |error| format!("(unreadable: {error})"),
        |text| String::from_utf8_lossy(&text).trim().to_owned(),
    )
}
