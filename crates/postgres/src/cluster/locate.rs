//! Finding PostgreSQL's programs, and saying how to get them where there are none.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ClusterError;
use super::user::Runner;

/// The oldest major version whose settings this module relies on.
pub(super) const MINIMUM_MAJOR: u32 = 14;

/// Folders outside `PATH` where distributions put the programs: parent, start of the name, rest.
/// What lies between the two is the version, and newer ones come first.
const USUAL_PLACES: [(&str, &str, &str); 8] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Folders without a version in their name.
const PLAIN_PLACES: [&str; 3] = ["/opt/homebrew/bin", "/usr/local/pgsql/bin", "/usr/local/bin"];

/// One installed version.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    pub(super) major: u32,
}

/// Every folder to look into, in order of preference.
pub(super) fn usual_search_path() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    // An empty entry in PATH means the current folder; programs are not taken from there.
    folders.retain(|folder| folder.is_absolute());
    for (parent, prefix, rest) in USUAL_PLACES {
        folders.extend(versioned(Path::new(parent), prefix, rest));
    }
    folders.extend(PLAIN_PLACES.iter().map(PathBuf::from));
    folders
}

fn versioned(parent: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = version_numbers(name.to_str()?.strip_prefix(prefix)?)?;
            Some((version, entry.path().join(rest)))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn version_numbers(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// The programs to use: the given major version where a cluster exists, else the first found.
pub(super) fn find(
    search: &[PathBuf],
    runner: &Runner,
    wanted: Option<(u32, &Path)>,
) -> Result<Programs, ClusterError> {
    let mut unusable = Vec::new();
    let mut others = Vec::new();
    let mut seen = Vec::new();
    for folder in search {
        let (initdb, postgres) = (folder.join("initdb"), folder.join("postgres"));
        if !initdb.is_file() || !postgres.is_file() {
            continue;
        }
        // Some distributions link the programs into PATH. The real place is tried once, and the
        // server finds its library and share folders from there.
        let real = postgres.canonicalize().unwrap_or_else(|_| postgres.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        match major_of(&postgres, runner) {
            Ok(major) if major < MINIMUM_MAJOR => others.push(major),
            Ok(major) => match wanted {
                Some((wanted, _)) if wanted != major => others.push(major),
                _ => {
                    return Ok(Programs { initdb, postgres, major });
                }
            },
            Err(reason) => unusable.push(format!("{}: {reason}", postgres.display())),
        }
    }
    let command = install_command();
    match (wanted, others.iter().max()) {
        (Some((cluster, folder)), Some(_)) => {
            Err(ClusterError::OtherMajor { folder: folder.to_owned(), cluster, found: join(&others) })
        }
        (None, Some(&found)) => Err(ClusterError::TooOld { found, command }),
        (_, None) if unusable.is_empty() => Err(ClusterError::NotInstalled { command }),
        (_, None) => Err(ClusterError::NotUsable { reasons: unusable.join("; "), command }),
    }
}

fn join(versions: &[u32]) -> String {
    versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Asks the program itself, as the user that is to run it: a folder only root may enter shows here.
fn major_of(postgres: &Path, runner: &Runner) -> Result<u32, String> {
    let output = runner
        .command(postgres, Path::new("/"))
        .arg("--version")
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_major(&text).ok_or_else(|| {
        format!(
            "`postgres --version` gave {:?} {}",
            text.trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        )
    })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, and so is `15beta2`.
fn parse_major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}

/// The one command that installs PostgreSQL here, judged by the package manager that is present.
fn install_command() -> String {
    const MANAGERS: [(&str, &str); 6] = [
        ("apt-get", "SUDO apt-get update && SUDO apt-get install -y postgresql"),
        ("dnf", "SUDO dnf install -y postgresql-server"),
        ("zypper", "SUDO zypper install -y postgresql-server"),
        ("apk", "SUDO apk add postgresql"),
        ("pacman", "SUDO pacman -S --noconfirm postgresql"),
        ("brew", "brew install postgresql@17"),
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    let present = |program: &str| env::split_paths(&path).any(|dir| dir.join(program).is_file());
    let Some((_, command)) = MANAGERS.iter().find(|(manager, _)| present(manager)) else {
        return "your system's package manager (the package is usually called postgresql)".into();
    };
    let is_root = rustix::process::geteuid().is_root();
    command.replace("SUDO ", if is_root { "" } else { "sudo " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_known_form() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17\n"), Some(17));
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn versions_are_numbers_and_not_words() {
        assert_eq!(version_numbers("9.6"), Some(vec![9, 6]));
        assert_eq!(version_numbers("17"), Some(vec![17]));
        assert_eq!(version_numbers("latest"), None);
        assert_eq!(version_numbers(""), None);
    }
}
