//! The key that signs the log: made at the first start, kept in a file that only the server reads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use plenum_ports::randomness::Randomness;
use plenum_record::note::LogKey;

use crate::adapters::SystemRandomness;
use crate::config::Config;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// The file cannot be read or written.
    #[error(
        "the log's key file {path} cannot be used: {source}. Set record.key_file (PLENUM_RECORD_KEY_FILE) to a file this server may read and write"
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "{path} is not a key of the log. Restore it from its backup, or move it away to begin with a new key"
    )]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
    /// Others may read the file.
    #[error(
        "the log's key file {path} can be read by others than its owner. Allow its owner alone: chmod 600"
    )]
    Open {
        /// Which file.
        path: PathBuf,
    },
    /// The name cannot be one.
    #[error(
        "record.name (PLENUM_RECORD_NAME) must be a name such as vote.example.org, without spaces and plus signs"
    )]
    Name,
    /// The file's key goes by another name.
    #[error(
        "record.name (PLENUM_RECORD_NAME) is not the name in the log's key file {path}, {name}. A log keeps its name: leave record.name out"
    )]
    OtherName {
        /// Which file.
        path: PathBuf,
        /// The name in it.
        name: String,
    },
}

/// Reads the key, or makes one.
///
/// # Errors
/// [`LogKeyError`] says what to do.
pub fn open(config: &Config) -> Result<LogKey, LogKeyError> {
    let path = config.record.key_file.clone().unwrap_or_else(|| config.data_dir.join("log-key"));
    let failed = |source| LogKeyError::File { path: path.clone(), source };
    let key = match read(&path) {
        Err(LogKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            match create(&path, &name(config)) {
                // Another process was faster.
                Err(LogKeyError::File { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                    read(&path)?
                }
                made => made?,
            }
        }
        read => read?,
    };
    let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(LogKeyError::Open { path });
    }
    match &config.record.name {
        Some(name) if name != key.name() => Err(LogKeyError::OtherName { path, name: key.name().to_owned() }),
        _ => Ok(key),
    }
}

fn name(config: &Config) -> String {
    config.record.name.clone().unwrap_or_else(|| {
        let url = config.public_url();
        let host = url.host_str().unwrap_or("plenum");
        url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    })
}

fn read(path: &Path) -> Result<LogKey, LogKeyError> {
    let failed = |source| LogKeyError::File { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(failed)?;
    LogKey::from_secret_text(&text).map_err(|_| LogKeyError::NoKey { path: path.to_owned() })
}

/// Written beside its place and linked there, so that nobody ever reads half a key.
fn create(path: &Path, name: &str) -> Result<LogKey, LogKeyError> {
    let failed = |source| LogKeyError::File { path: path.to_owned(), source };
    let mut secret = [0; 32];
    SystemRandomness.fill(&mut secret);
    let key = LogKey::new(name, &secret).map_err(|_| LogKeyError::Name)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(key.secret_text().as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&beside, path)?;
        fs::File::open(folder)?.sync_all()
    };
    let written = write();
    // What stays behind of a failed attempt is in nobody's way but its own.
    let _ = fs::remove_file(&beside);
    written.map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> Config {
        Config { data_dir: folder.join("data"), ..Config::default() }
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let first = open(&config).expect("it is made");
        let again = open(&config).expect("it is read");
        assert_eq!(first.public("x"), again.public("x"));
        assert_eq!(first.name(), "127.0.0.1:8080");
        let path = config.data_dir.join("log-key");
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&config.data_dir).expect("a folder").count(), 1, "nothing lies beside it");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it can be changed");
        assert!(matches!(open(&config), Err(LogKeyError::Open { .. })));
    }

    #[test]
    fn a_log_keeps_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = config(folder.path());
        config.record.name = Some("vote.example.org".to_owned());
        assert_eq!(open(&config).expect("it is made").name(), "vote.example.org");
        config.record.name = Some("elsewhere.example.org".to_owned());
        assert!(matches!(open(&config), Err(LogKeyError::OtherName { .. })));
        config.record.name = None;
        assert_eq!(open(&config).expect("it is read").name(), "vote.example.org");
        fs::write(config.data_dir.join("log-key"), "something else").expect("it can be written");
        assert!(matches!(open(&config), Err(LogKeyError::NoKey { .. })));
    }

    #[test]
    fn a_name_has_no_spaces() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = config(folder.path());
        config.record.name = Some("two words".to_owned());
        assert!(matches!(open(&config), Err(LogKeyError::Name)));
    }
}
