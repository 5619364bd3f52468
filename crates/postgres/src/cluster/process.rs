//! The server's processes: which of them live, how they are stopped, what they leave behind.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::{ClusterError, Context};
use super::home::{Home, socket_file};

pub(super) const POLL: Duration = Duration::from_millis(5);
/// How long children of a dead server may take to notice, before they are told to end.
const ORPHANS_PATIENCE: Duration = Duration::from_secs(2);
const ORPHANS_LIMIT: Duration = Duration::from_secs(20);

/// What the server wrote about itself into `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: i32,
    /// Missing in the first moments of a start.
    pub(super) socket_folder: Option<PathBuf>,
}

/// What there is of a server in a home.
#[derive(Debug)]
pub(super) enum Found {
    /// Its first process lives. Whether it takes connections is another question.
    Server(PidFile),
    /// Only some of its processes live: a dead server's children, or one just being started.
    Others(Vec<i32>),
    /// None.
    Nothing,
}

/// Looks for the server of a home.
pub(super) fn find(home: &Home) -> Result<Found, ClusterError> {
    if let Some(file) = read_pid_file(home)?
        && is_ours(file.pid, home.tag())
    {
        return Ok(Found::Server(file));
    }
    let others = with_tag(home.tag());
    Ok(if others.is_empty() { Found::Nothing } else { Found::Others(others) })
}

fn pid_file(home: &Home) -> PathBuf {
    home.data().join("postmaster.pid")
}

/// Reads the server's pid file.
pub(super) fn read_pid_file(home: &Home) -> Result<Option<PidFile>, ClusterError> {
    let path = pid_file(home);
    match fs::read(&path) {
        Ok(content) => Ok(parse_pid_file(&content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("read", &path),
    }
}

/// Its first line is the process, the fifth the folder of the socket.
fn parse_pid_file(content: &[u8]) -> Option<PidFile> {
    let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let pid = std::str::from_utf8(lines.first()?).ok()?.trim().parse().ok()?;
    // The last piece has no line end yet, so it may be half a line.
    let complete = &lines[..lines.len() - 1];
    let socket_folder =
        complete.get(4).filter(|line| !line.is_empty()).map(|line| PathBuf::from(OsStr::from_bytes(line)));
    Some(PidFile { pid, socket_folder })
}

/// Whether a process lives and belongs to the cluster with this tag.
///
/// A number alone proves nothing: after a restart of the machine it may be anybody's, and under a
/// first process that does not collect its children a killed server keeps its number as a zombie.
/// A zombie has no command line, so it never carries the tag.
fn is_ours(pid: i32, tag: &str) -> bool {
    carries_tag(&command_line(pid), tag)
}

/// The first process keeps its arguments, the others wear a title.
fn carries_tag(command_line: &[u8], tag: &str) -> bool {
    let contains = |text: String| command_line.windows(text.len()).any(|part| part == text.as_bytes());
    contains(format!("cluster_name={tag}")) || contains(format!("postgres: {tag}: "))
}

fn has_proc() -> bool {
    Path::new("/proc/self/cmdline").exists()
}

fn command_line(pid: i32) -> Vec<u8> {
    if has_proc() {
        return fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    }
    let output = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .stderr(Stdio::null())
        .output();
    output.map(|output| output.stdout).unwrap_or_default()
}

/// Every living process with the tag: the server and its children, which carry it in their titles.
fn with_tag(tag: &str) -> Vec<i32> {
    let me = std::process::id().cast_signed();
    if !has_proc() {
        return with_tag_by_ps(tag);
    }
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != me && is_ours(*pid, tag))
        .collect()
}

fn with_tag_by_ps(tag: &str) -> Vec<i32> {
    let output = Command::new("ps").args(["-axww", "-o", "pid=,command="]).stderr(Stdio::null()).output();
    let listing = output.map(|output| output.stdout).unwrap_or_default();
    listing
        .split(|byte| *byte == b'\n')
        .filter(|line| carries_tag(line, tag))
        .filter_map(|line| {
            let line = String::from_utf8_lossy(line);
            line.split_whitespace().next()?.parse().ok()
        })
        .collect()
}

/// Sends a signal; a process that is already gone is fine.
fn signal(pid: i32, signal: Signal) -> Result<(), ClusterError> {
    let Some(target) = Pid::from_raw(pid) else {
        return Ok(());
    };
    match kill_process(target, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(io::Error::from(error)).context("signal", Path::new(&pid.to_string())),
    }
}

/// Waits for a server whose first process is gone until its children are gone too: they still
/// hold its shared memory, and a new server refuses to start beside them.
pub(super) fn wait_out_orphans(home: &Home) -> Result<(), ClusterError> {
    let began = Instant::now();
    let mut told = false;
    loop {
        let others = match find(home)? {
            Found::Others(others) => others,
            Found::Server(_) | Found::Nothing => return Ok(()),
        };
        if began.elapsed() > ORPHANS_LIMIT {
            return Err(ClusterError::NotStopped {
                folder: home.folder().to_owned(),
                seconds: ORPHANS_LIMIT.as_secs(),
                pid: others[0],
            });
        }
        if began.elapsed() > ORPHANS_PATIENCE && !told {
            let left = read_pid_file(home)?.and_then(|file| file.socket_folder);
            refuse_if_answering(home, left.as_deref())?;
            for pid in others {
                signal(pid, Signal::QUIT)?;
            }
            told = true;
        }
        thread::sleep(POLL);
    }
}

/// The first process of the server cannot be seen. If its socket answers all the same, it lives
/// where process numbers differ, in a container for instance, and must be left alone.
fn refuse_if_answering(home: &Home, socket_folder: Option<&Path>) -> Result<(), ClusterError> {
    match socket_folder.map(|folder| UnixStream::connect(socket_file(folder))) {
        Some(Ok(_)) => Err(ClusterError::UsedElsewhere { folder: home.folder().to_owned() }),
        Some(Err(_)) | None => Ok(()),
    }
}

/// Removes what a dead server left, which would stop a new one. Only with the gate held and after
/// [`find`] has found nothing.
pub(super) fn clear_remains(home: &Home, socket_folder: &Path) -> Result<(), ClusterError> {
    let left = read_pid_file(home)?.and_then(|file| file.socket_folder);
    refuse_if_answering(home, left.as_deref())?;
    refuse_if_answering(home, Some(socket_folder))?;
    let socket = socket_file(socket_folder);
    let mut lock = socket.clone().into_os_string();
    lock.push(".lock");
    for path in [pid_file(home), PathBuf::from(lock), socket] {
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("remove", &path),
        }
    }
    Ok(())
}

/// Stops the server of a home and waits until it is gone. Open sessions are ended; what they
/// committed is kept.
pub(super) fn stop(home: &Home, patience: Duration) -> Result<(), ClusterError> {
    let Some(file) = read_pid_file(home)? else {
        return Ok(());
    };
    let pid = file.pid;
    // "Fast" first: it ends sessions and writes a checkpoint. "Immediate" is what is left when
    // that hangs; the next start then replays the log, and nothing committed is lost.
    for (how, patience) in [(Signal::INT, patience), (Signal::QUIT, patience / 2)] {
        if !is_ours(pid, home.tag()) {
            return Ok(());
        }
        signal(pid, how)?;
        let began = Instant::now();
        while began.elapsed() < patience {
            if !is_ours(pid, home.tag()) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
    }
    Err(ClusterError::NotStopped { folder: home.folder().to_owned(), seconds: patience.as_secs(), pid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exists(pid: i32) -> bool {
        Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
    }

    #[test]
    fn a_pid_file_is_read_as_far_as_it_is_written() {
        let whole = b"4711\n/srv/data\n1790000000\n5432\n/srv/run\n\n  5 6\nready   \n";
        assert_eq!(
            parse_pid_file(whole),
            Some(PidFile { pid: 4711, socket_folder: Some(PathBuf::from("/srv/run")) })
        );
        let begun = b"4711\n/srv/data\n1790000000\n5432\n/sr";
        assert_eq!(parse_pid_file(begun), Some(PidFile { pid: 4711, socket_folder: None }));
        assert_eq!(parse_pid_file(b""), None);
        assert_eq!(parse_pid_file(b"nonsense\n"), None);
    }

    #[test]
    fn a_zombie_is_nobodys_server() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exit 0", "sh", "cluster_name=plenum-tag-of-a-test"])
            .spawn()
            .expect("the shell starts");
        let pid = child.id().cast_signed();
        // Its command line is empty in the moment of its start as well, so the state is waited for.
        let stat = format!("/proc/{pid}/stat");
        while has_proc() && !fs::read_to_string(&stat).is_ok_and(|line| line.contains(") Z ")) {
            thread::yield_now();
        }
        assert!(exists(pid), "not collected yet, so still there");
        assert!(!is_ours(pid, "plenum-tag-of-a-test"));
        child.wait().expect("the shell can be waited for");
    }

    #[test]
    fn living_processes_are_found_by_their_tag() {
        let tag = format!("plenum-tag-{}", std::process::id());
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read line; true", "sh", &format!("cluster_name={tag}")])
            .stdin(Stdio::piped())
            .spawn()
            .expect("the shell starts");
        // The new program's arguments appear a moment after its number.
        while !is_ours(child.id().cast_signed(), &tag) {
            thread::yield_now();
        }
        assert_eq!(with_tag(&tag), [child.id().cast_signed()]);
        drop(child.stdin.take());
        child.wait().expect("the shell can be waited for");
        assert!(with_tag(&tag).is_empty());
    }
}
