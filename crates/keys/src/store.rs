//! Keys in files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use plenum_ports::keys::{KeyId, KeyStore, KeyStoreError, KeyStoreId, Opener, PublicKey, StoredKey};
use plenum_ports::randomness::Randomness;

use crate::folder::{Folder, FolderError};
use crate::sealing::{self, HpkeOpener};

/// Keys in a folder that only this program's user may enter, one file each.
///
/// Several servers may share the folder. It belongs outside the database's folder, on a volume that no
/// backup and no snapshot copies: a copy would outlive the destruction of a key.
#[derive(Clone)]
pub struct FileKeyStore {
    folder: Arc<Folder>,
    randomness: Arc<dyn Randomness>,
}

impl fmt::Debug for FileKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKeyStore").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl FileKeyStore {
    /// Opens the folder, and makes it where it is missing.
    ///
    /// # Errors
    /// [`FolderError`] says what to do.
    pub fn open(path: &Path, randomness: Arc<dyn Randomness>) -> Result<Self, FolderError> {
        Ok(Self { folder: Arc::new(Folder::open(path, &*randomness)?), randomness })
    }

    /// Passes when the folder is still as it must be.
    ///
    /// # Errors
    /// [`FolderError`] says what to do.
    pub fn check(&self) -> Result<(), FolderError> {
        self.folder.check()
    }

    /// Files are waited for on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder, &dyn Randomness) -> Result<T, FolderError> + Send + 'static,
    ) -> Result<T, KeyStoreError> {
        let (folder, randomness) = (Arc::clone(&self.folder), Arc::clone(&self.randomness));
        match tokio::task::spawn_blocking(move || work(&folder, &*randomness)).await {
            Ok(done) => done.map_err(|error| KeyStoreError::Unavailable(error.to_string())),
            Err(error) => Err(KeyStoreError::Unavailable(format!("the work was interrupted: {error}"))),
        }
    }
}

#[async_trait]
impl KeyStore for FileKeyStore {
    async fn id(&self) -> Result<KeyStoreId, KeyStoreError> {
        self.with(|folder, _| Ok(folder.id())).await
    }

    async fn generate(&self, id: KeyId) -> Result<PublicKey, KeyStoreError> {
        let (kept, public) = self
            .with(move |folder, randomness| {
                let (private, public) = sealing::generate(randomness);
                Ok((folder.put(id, &private)?, public))
            })
            .await?;
        if kept { Ok(public) } else { Err(KeyStoreError::Taken) }
    }

    async fn opener(&self, id: KeyId) -> Result<Option<Arc<dyn Opener>>, KeyStoreError> {
        let Some(stored) = self.with(move |folder, _| folder.get(id)).await? else { return Ok(None) };
        match HpkeOpener::new(&stored) {
            Some(opener) => Ok(Some(Arc::new(opener))),
            None => Err(KeyStoreError::Unavailable(format!("the key {id} is damaged"))),
        }
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.with(move |folder, randomness| folder.remove(id, randomness)).await
    }

    async fn list(&self) -> Result<Vec<StoredKey>, KeyStoreError> {
        let keys = self.with(|folder, _| folder.keys()).await?;
        let key =
            |(id, at)| StoredKey { id, created_at: DateTime::from_timestamp(at, 0).unwrap_or_default() };
        Ok(keys.into_iter().map(key).collect())
    }
}
