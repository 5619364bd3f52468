//! The folder that holds the keys.
//!
//! It is opened once and held: a volume that is mounted over it, or a folder that is moved away and
//! replaced, is never mistaken for one whose keys were deleted.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use plenum_ports::keys::{KeyId, KeyStoreId, Zeroizing};
use plenum_ports::randomness::Randomness;
use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

use crate::sealing::SUITE;

/// Names the set of keys; everything else in the folder is about one key each.
const MARKER: &str = "store-id";
const KEY: &str = "key";
/// A key that is being written.
const UNFINISHED: &str = "new";
/// Tells backup programs that know the convention to leave the folder out.
const CACHE_TAG: &str = "CACHEDIR.TAG";
const CACHE_TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # Keys of secret votes, destroyed when a vote is counted. A copy of them in a backup would undo that.\n";
const NO_BACKUP: &str = ".nobackup";
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Why the folder cannot hold keys. Says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A call of the operating system failed.
    #[error("cannot {what} {path}: {source}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others may read or write it.
    #[error("{path} can be entered by others than its owner (mode {mode:o}). Run: chmod 700 {path}")]
    TooOpen {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error(
        "{path} belongs to user {owner}, and this program runs as user {user}. Give it a folder of its own"
    )]
    NotOwned {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
    /// There are keys in it, and nothing that says of which store.
    #[error("{path} holds keys but its file {MARKER} is missing. Restore that file, or move the keys away")]
    Nameless {
        /// The folder.
        path: PathBuf,
    },
    /// A file in it is not what it should be.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        reason: &'static str,
    },
}

/// A folder of keys, open.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    handle: OwnedFd,
    id: KeyStoreId,
}

fn key_file(id: KeyId, kind: &str) -> String {
    format!("{id}.{kind}")
}

impl Folder {
    /// Opens the folder, and makes it where it is missing.
    pub(crate) fn open(path: &Path, randomness: &dyn Randomness) -> Result<Self, FolderError> {
        let failed = |what| move |source| FolderError::Failed { what, path: path.to_owned(), source };
        if !path.exists() {
            DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path).map_err(failed("make"))?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed("make durable"))?;
            }
        }
        let path = fs::canonicalize(path).map_err(failed("find"))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&path, flags, Mode::empty()).map_err(|error| FolderError::Failed {
            what: "open",
            path: path.clone(),
            source: error.into(),
        })?;
        let mut folder = Self { path, handle, id: KeyStoreId::new([0; 16]) };
        folder.check()?;
        folder.id = match folder.read_id()? {
            Some(id) => id,
            None => folder.name_it(randomness)?,
        };
        Ok(folder)
    }

    /// Which set of keys it holds.
    pub(crate) const fn id(&self) -> KeyStoreId {
        self.id
    }

    fn failed(&self, what: &'static str, name: &str, error: Errno) -> FolderError {
        FolderError::Failed { what, path: self.path.join(name), source: error.into() }
    }

    /// Passes when nobody but this program's user gets at the keys.
    pub(crate) fn check(&self) -> Result<(), FolderError> {
        let about = rustix::fs::fstat(&self.handle).map_err(|error| self.failed("look at", "", error))?;
        let (user, mode) = (rustix::process::geteuid().as_raw(), about.st_mode & 0o7777);
        if about.st_uid != user {
            return Err(FolderError::NotOwned { path: self.path.clone(), owner: about.st_uid, user });
        }
        if mode & 0o077 != 0 {
            return Err(FolderError::TooOpen { path: self.path.clone(), mode });
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<String>>, FolderError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.failed("open", name, error)),
        };
        // More than any of these files has, so that the text is never moved and left behind.
        let mut text = Zeroizing::new(String::with_capacity(1024));
        file.take(1024).read_to_string(&mut text).map_err(|source| FolderError::Failed {
            what: "read",
            path: self.path.join(name),
            source,
        })?;
        Ok(Some(text))
    }

    /// Writes a file that is whole or not there, whatever happens; `false` when there is one of this name.
    fn write(&self, unfinished: &str, name: &str, text: &[u8]) -> Result<bool, FolderError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.handle, unfinished, flags, PRIVATE_FILE)
            .map_err(|error| self.failed("make", unfinished, error))?;
        let mut file = File::from(file);
        file.write_all(text).and_then(|()| file.sync_all()).map_err(|source| FolderError::Failed {
            what: "write",
            path: self.path.join(unfinished),
            source,
        })?;
        // A link, not a rename, which would replace what is there.
        let linked = rustix::fs::linkat(&self.handle, unfinished, &self.handle, name, AtFlags::empty());
        if !matches!(linked, Ok(()) | Err(Errno::EXIST)) {
            linked.map_err(|error| self.failed("make", name, error))?;
        }
        match rustix::fs::unlinkat(&self.handle, unfinished, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(self.failed("remove", unfinished, error)),
        }
        self.sync()?;
        Ok(linked.is_ok())
    }

    fn sync(&self) -> Result<(), FolderError> {
        rustix::fs::fsync(&self.handle).map_err(|error| self.failed("make durable", "", error))
    }

    fn read_id(&self) -> Result<Option<KeyStoreId>, FolderError> {
        let Some(text) = self.read(MARKER)? else { return Ok(None) };
        let damaged = |_| FolderError::Damaged { path: self.path.join(MARKER), reason: "it names no store" };
        text.trim().parse().map(Some).map_err(damaged)
    }

    fn name_it(&self, randomness: &dyn Randomness) -> Result<KeyStoreId, FolderError> {
        if !self.keys()?.is_empty() {
            return Err(FolderError::Nameless { path: self.path.clone() });
        }
        // Each process writes under names of its own; the first to finish names the store.
        let id = KeyStoreId::draw(randomness);
        let text = format!("{id}\n");
        for (name, text) in [(CACHE_TAG, CACHE_TAG_TEXT), (NO_BACKUP, ""), (MARKER, &text)] {
            self.write(&format!("{name}.{id}"), name, text.as_bytes())?;
        }
        let gone = FolderError::Damaged { path: self.path.join(MARKER), reason: "it was removed meanwhile" };
        self.read_id()?.ok_or(gone)
    }

    /// Keeps a private key; `false` when there is one of this id.
    pub(crate) fn put(&self, id: KeyId, private: &[u8]) -> Result<bool, FolderError> {
        let mut text = Zeroizing::new(String::with_capacity(256));
        // Writing to a string does not fail.
        let _ = write!(text, "plenum key 1\n{SUITE}\n");
        for byte in private {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        self.write(&key_file(id, UNFINISHED), &key_file(id, KEY), text.as_bytes())
    }

    /// A private key; `None` when it is not there.
    pub(crate) fn get(&self, id: KeyId) -> Result<Option<Zeroizing<Vec<u8>>>, FolderError> {
        let name = key_file(id, KEY);
        let Some(text) = self.read(&name)? else { return Ok(None) };
        let damaged = |reason| FolderError::Damaged { path: self.path.join(&name), reason };
        let mut lines = text.lines();
        if lines.next() != Some("plenum key 1") {
            return Err(damaged("it is no key of a version this program knows"));
        }
        if lines.next() != Some(SUITE) {
            return Err(damaged("its suite is not known to this program"));
        }
        let key = lines.next().and_then(|line| hex::decode(line).ok()).filter(|key| key.len() == 32);
        key.map(|key| Some(Zeroizing::new(key))).ok_or_else(|| damaged("it holds no whole key"))
    }

    /// Overwrites and removes everything about a key. What the disk itself keeps of overwritten
    /// blocks is beyond a program's reach.
    pub(crate) fn remove(&self, id: KeyId, randomness: &dyn Randomness) -> Result<(), FolderError> {
        for kind in [KEY, UNFINISHED] {
            let name = key_file(id, kind);
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = match rustix::fs::openat(&self.handle, &name, flags, Mode::empty()) {
                Ok(file) => file,
                Err(Errno::NOENT) => continue,
                Err(error) => return Err(self.failed("open", &name, error)),
            };
            let mut file = File::from(file);
            let overwritten = file.metadata().and_then(|about| {
                let mut noise = vec![0; usize::try_from(about.len()).unwrap_or(1024).max(256)];
                randomness.fill(&mut noise);
                file.write_all(&noise)?;
                file.sync_all()
            });
            overwritten.map_err(|source| FolderError::Failed {
                what: "overwrite",
                path: self.path.join(&name),
                source,
            })?;
            match rustix::fs::unlinkat(&self.handle, &name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(self.failed("remove", &name, error)),
            }
        }
        self.sync()
    }

    /// The keys that are there, finished or not, each with the seconds since 1970 it was written at.
    pub(crate) fn keys(&self) -> Result<Vec<(KeyId, i64)>, FolderError> {
        let listed = Dir::read_from(&self.handle).map_err(|error| self.failed("list", "", error))?;
        let mut keys = Vec::new();
        for entry in listed {
            let entry = entry.map_err(|error| self.failed("list", "", error))?;
            let name = entry.file_name().to_string_lossy();
            let Some((id, KEY | UNFINISHED)) = name.rsplit_once('.') else { continue };
            let Ok(id) = id.parse::<KeyId>() else { continue };
            match rustix::fs::statat(&self.handle, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(about) => keys.push((id, about.st_mtime)),
                // Removed meanwhile.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(self.failed("look at", &name, error)),
            }
        }
        keys.sort_unstable();
        keys.dedup_by_key(|(id, _)| *id);
        Ok(keys)
    }
}
