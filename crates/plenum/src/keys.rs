//! Where the keys of secret votes are kept, and what keeps them out of reach.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use plenum_keys::FileKeyStore;
use plenum_ports::keys::{KeyId, KeyStore, KeyStoreError, KeyStoreId, Opener, PublicKey, StoredKey};
use rustix::process::{DumpableBehavior, Resource, Rlimit};

use crate::adapters::SystemRandomness;
use crate::config::Config;

impl Config {
    /// Where the keys of secret votes are kept: beside the data folder unless set.
    pub fn keys_dir(&self) -> PathBuf {
        self.keys.dir.clone().unwrap_or_else(|| {
            let mut name = self.data_dir.file_name().unwrap_or_default().to_owned();
            name.push("-keys");
            self.data_dir.with_file_name(name)
        })
    }
}

/// Opens the folder that the configuration names.
///
/// # Errors
/// A sentence for the operator.
pub fn open(config: &Config) -> Result<FileKeyStore, String> {
    let folder = config.keys_dir();
    let wrong = |what: &dyn std::fmt::Display| format!("keys.dir (PLENUM_KEYS_DIR): {what}");
    if is_inside(&folder, &config.data_dir) {
        let what = format!(
            "{} lies inside data_dir, and whatever copies the one copies the other. Keep the keys in a folder of \
             their own that no backup copies",
            folder.display()
        );
        return Err(wrong(&what));
    }
    FileKeyStore::open(&folder, Arc::new(SystemRandomness)).map_err(|error| wrong(&error))
}

/// Whether a folder is another one or lies in it, by the folders that really are there.
fn is_inside(folder: &Path, other: &Path) -> bool {
    real(folder).starts_with(real(other))
}

/// The path without links, as far as there is something at it.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in absolute.ancestors() {
        if let (Ok(found), Ok(rest)) = (ancestor.canonicalize(), absolute.strip_prefix(ancestor)) {
            return found.join(rest);
        }
    }
    absolute
}

/// Keeps this process and those it starts from leaving their memory behind in a file: there are keys
/// and opened votes in it.
pub fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = rustix::process::setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be turned off");
    }
    // A program that takes core dumps over a pipe is not bound by the limit.
    if let Err(error) = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "this process could not be kept from being dumped");
    }
}

/// For commands that have to do with no secret vote.
#[derive(Clone, Copy, Debug)]
pub struct NoKeys;

fn none() -> KeyStoreError {
    KeyStoreError::Unavailable("this command keeps no keys".to_owned())
}

#[async_trait]
impl KeyStore for NoKeys {
    async fn id(&self) -> Result<KeyStoreId, KeyStoreError> {
        Err(none())
    }

    async fn generate(&self, _id: KeyId) -> Result<PublicKey, KeyStoreError> {
        Err(none())
    }

    async fn opener(&self, _id: KeyId) -> Result<Option<Arc<dyn Opener>>, KeyStoreError> {
        Err(none())
    }

    async fn destroy(&self, _id: KeyId) -> Result<(), KeyStoreError> {
        Err(none())
    }

    async fn list(&self) -> Result<Vec<StoredKey>, KeyStoreError> {
        Err(none())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::open;
    use crate::config::Config;

    #[test]
    fn keys_lie_beside_the_data_and_never_in_it() {
        let parent = tempfile::tempdir().expect("a folder");
        let data_dir = parent.path().join("data");
        let mut config = Config { data_dir: data_dir.clone(), ..Config::default() };
        assert_eq!(config.keys_dir(), parent.path().join("data-keys"));
        assert_eq!(Config::default().keys_dir(), PathBuf::from("plenum-data-keys"));
        std::fs::create_dir(&data_dir).expect("made");
        let link = parent.path().join("link");
        std::os::unix::fs::symlink(&data_dir, &link).expect("linked");
        for inside in [data_dir.clone(), data_dir.join("keys"), data_dir.join("a/b/c"), link.join("keys")] {
            config.keys.dir = Some(inside);
            let refused = open(&config).expect_err("inside");
            assert!(refused.contains("lies inside data_dir"), "{refused}");
        }
        config.keys.dir = None;
        open(&config).expect("beside");
    }
}
