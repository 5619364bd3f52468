//! Where a cluster's files are.
//!
//! Everything lies in one *home* folder: the data, the locks, the log and the socket. That is the
//! caller's folder wherever the server's account can get into it. Below a folder that only root
//! may enter, such as root's own home, it is a folder under `/var/lib/plenum` instead, and the
//! caller's folder keeps a pointer to it.
//!
//! The home belongs to whoever started Plenum, only `data` and the socket's folder to the account
//! of the server: what root opens or renames there cannot be exchanged for something else.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::error::{ClusterError, Context};
use super::user::Runner;

/// Homes for data folders that the server's account cannot reach.
const ELSEWHERE: &str = "/var/lib/plenum";
const POINTER: &str = "location";
/// The longest socket path every supported system takes; Linux alone would take four more.
const LONGEST_SOCKET: usize = 103;
/// The server's port, which only names the socket file.
pub(super) const PORT: u16 = 5432;

/// The folder that holds one cluster.
#[derive(Debug, Clone)]
pub(super) struct Home {
    folder: PathBuf,
    tag: String,
}

impl Home {
    /// Finds or makes the home for a data folder, and the account that runs its server.
    pub(super) fn open(data_folder: &Path) -> Result<(Self, Runner), ClusterError> {
        make_folder(data_folder)?;
        let folder = data_folder.canonicalize().context("find the full path of", data_folder)?;
        // Processes that meet on a fresh folder decide one after the other, and so alike.
        let decision = fs::File::open(&folder).context("open", &folder)?;
        decision.lock().context("lock", &folder)?;
        let opened = Self::decide(&folder);
        decision.unlock().context("unlock", &folder)?;
        opened
    }

    fn decide(folder: &Path) -> Result<(Self, Runner), ClusterError> {
        if let Some(elsewhere) = read_pointer(folder)? {
            if !elsewhere.exists() {
                tracing::warn!(
                    data_folder = %folder.display(),
                    cluster = %elsewhere.display(),
                    "the folder that held the database is gone, and a fresh one is made there"
                );
            }
            return Self::elsewhere(&elsewhere, folder);
        }
        let here = Self::at(folder.to_owned());
        let runner = Runner::for_data(&here.data())?;
        if runner.is_switched() && is_empty(folder)? {
            let_pass(folder)?;
        }
        if runner.can_enter(folder)? {
            return Ok((here, runner));
        }
        let elsewhere = Path::new(ELSEWHERE).join(hash_name(folder));
        let opened = Self::elsewhere(&elsewhere, folder)?;
        write_pointer(folder, &elsewhere)?;
        tracing::info!(
            data_folder = %folder.display(),
            cluster = %elsewhere.display(),
            "the database's own account cannot enter the data folder, so its files are kept elsewhere"
        );
        Ok(opened)
    }

    fn elsewhere(home: &Path, data_folder: &Path) -> Result<(Self, Runner), ClusterError> {
        make_folder(home)?;
        let home = Self::at(home.to_owned());
        let runner = Runner::for_data(&home.data())?;
        if runner.is_switched() {
            // Both folders are this program's own, whatever the umask made of them.
            if home.folder.starts_with(ELSEWHERE) {
                let_pass(Path::new(ELSEWHERE))?;
            }
            let_pass(&home.folder)?;
        }
        if runner.can_enter(&home.folder)? {
            return Ok((home, runner));
        }
        Err(ClusterError::FolderUnusable {
            folder: home.folder,
            reason: format!(
                "started as root, PostgreSQL runs as the user with the number {}, who may enter \
                 neither it nor {}. Choose a data folder outside of private folders, for example \
                 under /var/lib.",
                runner.uid(),
                data_folder.display()
            ),
        })
    }

    fn at(folder: PathBuf) -> Self {
        let tag = format!("plenum-{}", hash_name(&folder));
        Self { folder, tag }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A word that every process of this cluster's server carries in its command line, and no
    /// other process does.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn gate_file(&self) -> PathBuf {
        self.folder.join("start.lock")
    }

    pub(super) fn users_file(&self) -> PathBuf {
        self.folder.join("users.lock")
    }

    /// Present where the cluster was made without durability, for tests.
    pub(super) fn throwaway_mark(&self) -> PathBuf {
        self.folder.join("throwaway")
    }

    /// The folder for the socket: in the home, or a short one where that path is too long or its
    /// file system has no sockets.
    pub(super) fn socket_folder(&self, runner: &Runner) -> Result<PathBuf, ClusterError> {
        let near = self.folder.join("run");
        let folder = if fits(&near) && self.takes_sockets() {
            near
        } else {
            let name = format!("plenum-{}-{}", runner.uid(), hash_name(&self.folder));
            Path::new("/tmp").join(name)
        };
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => runner.give(&folder)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context("make the folder", &folder),
        }
        // The short one lies where everybody may write: nobody else's folder is ever used, and none
        // whose mode lets group or others do anything.
        let found = fs::symlink_metadata(&folder).context("look at", &folder)?;
        let private = found.is_dir() && found.uid() == runner.uid() && found.mode().trailing_zeros() >= 6;
        if private {
            Ok(folder)
        } else {
            Err(ClusterError::FolderUnusable {
                folder,
                reason: "it is not a private folder of the database's account. Remove it.".into(),
            })
        }
    }

    /// A short folder for the socket lies among other people's files and is tidied away.
    pub(super) fn forget_socket_folder(&self, folder: &Path) {
        if !folder.starts_with(&self.folder) {
            let _ = fs::remove_dir(folder);
        }
    }

    /// Some shared and network file systems hold files but no sockets. A database that exists
    /// tells nothing about it, so a socket is tried.
    fn takes_sockets(&self) -> bool {
        let probe = self.folder.join("probe.sock");
        let _ = fs::remove_file(&probe);
        let bound = UnixListener::bind(&probe);
        let _ = fs::remove_file(&probe);
        bound.is_ok()
    }
}

/// The socket's path inside a folder.
pub(super) fn socket_file(folder: &Path) -> PathBuf {
    folder.join(format!(".s.PGSQL.{PORT}"))
}

fn fits(folder: &Path) -> bool {
    socket_file(folder).as_os_str().len() <= LONGEST_SOCKET
}

/// Makes a folder private to its owner, with its parents.
fn make_folder(folder: &Path) -> Result<(), ClusterError> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::create_dir_all(parent),
        _ => Ok(()),
    }
    .and_then(|()| fs::DirBuilder::new().mode(0o700).create(folder));
    match made {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(ClusterError::FolderUnusable {
            folder: folder.to_owned(),
            reason: format!("it cannot be made ({error}). Choose a folder you may write to."),
        }),
    }
}

fn is_empty(folder: &Path) -> Result<bool, ClusterError> {
    let mut entries = fs::read_dir(folder).context("list", folder)?;
    Ok(entries.next().is_none())
}

/// Lets the server's account pass through a folder of root's, without seeing what is in it.
fn let_pass(folder: &Path) -> Result<(), ClusterError> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).context("change the mode of", folder)
}

fn read_pointer(folder: &Path) -> Result<Option<PathBuf>, ClusterError> {
    let path = folder.join(POINTER);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("read", &path),
    };
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let target = PathBuf::from(OsStr::from_bytes(line));
    if target.is_absolute() {
        Ok(Some(target))
    } else {
        Err(ClusterError::FolderUnusable {
            folder: folder.to_owned(),
            reason: format!(
                "its file `{POINTER}` should name the folder that holds the database, and does \
                 not. Write the full path there, or remove the file to start afresh."
            ),
        })
    }
}

/// Written aside and renamed, so that no other process reads half a path.
fn write_pointer(folder: &Path, target: &Path) -> Result<(), ClusterError> {
    let path = folder.join(POINTER);
    let aside = folder.join(format!("{POINTER}.{}", std::process::id()));
    let mut line = target.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    fs::File::create(&aside)
        .and_then(|mut file| {
            file.write_all(&line)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&aside, &path))
        .context("write", &path)
}

fn hash_name(path: &Path) -> String {
    format!("{:016x}", stable_hash(path.as_os_str().as_bytes()))
}

/// FNV-1a: tells paths apart, and unlike the standard library's hash is the same in every build.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(stable_hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stable_hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(stable_hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_long_socket_path_is_noticed() {
        assert!(fits(Path::new("/srv/plenum-data/postgres/run")));
        assert!(!fits(Path::new(&format!("/{}", "a".repeat(100)))));
    }
}
