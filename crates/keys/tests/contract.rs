//! The file store keeps the contract of key stores.

use std::sync::Arc;

use async_trait::async_trait;
use plenum_keys::{FileKeyStore, HpkeSealing};
use plenum_ports::contract::keys::KeyWorld;
use plenum_ports::fakes::FakeRandomness;
use plenum_ports::keys::{KeyStore, Sealing};
use tempfile::TempDir;

struct Files(TempDir, Arc<FakeRandomness>);

#[async_trait]
impl KeyWorld for Files {
    async fn keys(&self) -> Arc<dyn KeyStore> {
        Arc::new(FileKeyStore::open(&self.0.path().join("keys"), self.1.clone()).expect("a folder"))
    }

    fn sealing(&self) -> Arc<dyn Sealing> {
        Arc::new(HpkeSealing)
    }
}

plenum_ports::key_store_tests!(Files(TempDir::new().expect("a folder"), Arc::default()));
