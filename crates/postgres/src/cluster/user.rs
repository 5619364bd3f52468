//! Who runs the server: PostgreSQL refuses root, so root hands its programs to another account.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::{ClusterError, Context};

/// The only variables the server needs. Everything else stays behind: settings for client
/// programs (`PGDATA`, `PGPORT` and so on) would mislead it, and this process's own environment
/// may hold secrets.
const KEPT_VARIABLES: [&str; 6] =
    ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCPATH", "LOCALE_ARCHIVE"];

/// The account PostgreSQL's programs run under.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    uid: u32,
    gid: u32,
    /// Whether a program must change to that account, that is whether this process is root.
    switch: bool,
}

impl Runner {
    /// The account for a cluster whose data folder is `data`, which need not exist yet.
    ///
    /// An existing cluster is run by its owner whoever that is, so that a folder first used by an
    /// ordinary user stays usable for them after root has used it.
    pub(super) fn for_data(data: &Path) -> Result<Self, ClusterError> {
        let me = rustix::process::geteuid();
        let owner = fs::metadata(data).ok().map(|meta| (meta.uid(), meta.gid()));
        if !me.is_root() {
            return match owner {
                Some((owner, _)) if owner != me.as_raw() => {
                    Err(ClusterError::WrongOwner { folder: data.to_owned(), owner })
                }
                _ => Ok(Self { uid: me.as_raw(), gid: rustix::process::getegid().as_raw(), switch: false }),
            };
        }
        let (uid, gid) = match owner {
            Some((0, _)) => {
                return Err(ClusterError::WrongOwner { folder: data.to_owned(), owner: 0 });
            }
            Some(owner) => owner,
            None => unprivileged_account().ok_or(ClusterError::NoUnprivilegedUser)?,
        };
        Ok(Self { uid, gid, switch: true })
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Whether programs run under another account than this process.
    pub(super) fn is_switched(&self) -> bool {
        self.switch
    }

    /// A command that runs under this account, in a folder it may enter, with a bare environment.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(KEPT_VARIABLES.iter().filter_map(|name| Some((name, env::var_os(name)?))))
            // Messages in one language, whatever the terminal speaks: they are read in errors.
            .env("LC_ALL", "C")
            .current_dir(folder)
            .stdin(Stdio::null());
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Hands a file or folder to this account.
    pub(super) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        if self.switch {
            chown(path, Some(self.uid), Some(self.gid)).context("change the owner of", path)?;
        }
        Ok(())
    }

    /// Whether this account gets into a folder. Tried for real, because modes alone do not tell:
    /// access lists and mount options have a say too.
    pub(super) fn can_enter(&self, folder: &Path) -> Result<bool, ClusterError> {
        if !self.switch {
            return Ok(true);
        }
        let shell = Path::new("/bin/sh");
        let status = self
            .command(shell, Path::new("/"))
            .args(["-c", "cd -- \"$1\""])
            .arg("sh")
            .arg(folder)
            .stderr(Stdio::null())
            .status()
            .context("run", shell)?;
        Ok(status.success())
    }
}

fn unprivileged_account() -> Option<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    account(&accounts, "postgres").or_else(|| account(&accounts, "nobody"))
}

/// User and group number of a name in the format of `/etc/passwd`. Root never counts.
fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (found && uid != 0).then_some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_and_root_is_never_one() {
        let accounts = "root:x:0:0::/root:/bin/sh\nbroken\npostgres:x:101:104::/:/bin/sh\n\
                        toor:x:0:0::/:/bin/sh\n";
        assert_eq!(account(accounts, "postgres"), Some((101, 104)));
        assert_eq!(account(accounts, "toor"), None);
        assert_eq!(account(accounts, "nobody"), None);
    }
}
