//! What the contract cannot say about a store in files: who may read them, what is left of a key that
//! was destroyed, what a crash leaves, and when a key counts as lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::thread;

use plenum_keys::{FileKeyStore, FolderError, HpkeSealing};
use plenum_ports::fakes::FakeRandomness;
use plenum_ports::keys::{Envelope, KeyId, KeyStore, KeyStoreError, Sealing};
use tempfile::TempDir;

fn open(path: &Path) -> Result<FileKeyStore, FolderError> {
    FileKeyStore::open(path, Arc::new(FakeRandomness::seeded(5)))
}

fn id(number: u8) -> KeyId {
    KeyId::new([number; 16])
}

fn folder() -> (TempDir, PathBuf) {
    let parent = TempDir::new().expect("a folder");
    let path = parent.path().join("keys");
    (parent, path)
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    names
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
}

#[tokio::test]
async fn only_the_owner_may_read() {
    let (_parent, path) = folder();
    let keys = open(&path).expect("a store");
    keys.generate(id(1)).await.expect("a key");
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o700);
    for name in names(&path) {
        assert_eq!(fs::metadata(path.join(&name)).expect("there").mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(
        names(&path),
        [".nobackup", "01010101010101010101010101010101.key", "CACHEDIR.TAG", "store-id"]
    );
}

#[test]
fn a_folder_that_others_may_enter_is_refused() {
    let (_parent, path) = folder();
    drop(open(&path).expect("a store"));
    for mode in [0o750, 0o701, 0o777] {
        chmod(&path, mode);
        let refused = open(&path).expect_err("too open");
        assert!(refused.to_string().contains("chmod 700"), "{refused}");
    }
    chmod(&path, 0o700);
    let keys = open(&path).expect("a store");
    chmod(&path, 0o755);
    assert!(keys.check().is_err(), "it is looked at again");
}

#[tokio::test]
async fn nothing_of_a_destroyed_key_stays_in_the_folder() {
    let (_parent, path) = folder();
    let keys = open(&path).expect("a store");
    keys.generate(id(1)).await.expect("a key");
    let file = path.join(format!("{}.key", id(1)));
    let secret = fs::read_to_string(&file).expect("a key file").lines().last().expect("a line").to_owned();
    assert_eq!(secret.len(), 64);
    // A second name for the same blocks on the disk shows what becomes of them.
    let blocks = path.with_file_name("blocks");
    fs::hard_link(&file, &blocks).expect("linked");
    keys.destroy(id(1)).await.expect("destroyed");
    assert!(!file.exists());
    let left = fs::read(&blocks).expect("readable");
    let left = String::from_utf8_lossy(&left);
    assert!(!left.contains("plenum key") && !left.contains(&secret[..8]), "the blocks were overwritten");
}

#[tokio::test]
async fn what_a_crash_left_is_listed_and_can_be_destroyed() {
    let (_parent, path) = folder();
    let keys = open(&path).expect("a store");
    fs::write(path.join(format!("{}.new", id(4))), "plenum key 1\nx255").expect("written");
    assert_eq!(keys.list().await.expect("a list").iter().map(|key| key.id).collect::<Vec<_>>(), [id(4)]);
    assert!(keys.opener(id(4)).await.expect("an answer").is_none(), "it was never made");
    keys.destroy(id(4)).await.expect("destroyed");
    assert_eq!(names(&path), [".nobackup", "CACHEDIR.TAG", "store-id"]);
    // The same id can be made where a crash cut the making short.
    fs::write(path.join(format!("{}.new", id(4))), "plenum").expect("written");
    keys.generate(id(4)).await.expect("a key");
    assert!(keys.opener(id(4)).await.expect("an answer").is_some());
}

#[tokio::test]
async fn deleted_is_lost_and_out_of_reach_is_not() {
    let (_parent, path) = folder();
    let keys = open(&path).expect("a store");
    for number in 1..=3 {
        keys.generate(id(number)).await.expect("a key");
    }
    // Deleted on purpose or by accident: gone.
    fs::remove_file(path.join(format!("{}.key", id(1)))).expect("removed");
    assert!(keys.opener(id(1)).await.expect("an answer").is_none());
    // Moved away, or something mounted over it: the store that was opened is still there.
    let elsewhere = path.with_file_name("moved");
    fs::rename(&path, &elsewhere).expect("moved");
    fs::create_dir(&path).expect("something else");
    assert!(keys.opener(id(2)).await.expect("an answer").is_some());
    // A damaged key is not a lost one.
    fs::write(elsewhere.join(format!("{}.key", id(2))), "plenum key 1\n").expect("written");
    let damaged = keys.opener(id(2)).await.err().expect("no answer");
    assert!(matches!(damaged, KeyStoreError::Unavailable(_)), "{damaged}");
    assert!(!damaged.to_string().contains("plenum key"), "{damaged}");
    fs::remove_dir_all(&elsewhere).expect("removed");
    assert!(keys.opener(id(3)).await.expect("an answer").is_none(), "deleted with its folder");
}

#[tokio::test]
async fn a_folder_has_a_name_of_its_own() {
    let (_parent, path) = folder();
    let first = open(&path).expect("a store").id().await.expect("an id");
    let (_other_parent, other) = folder();
    let randomness = Arc::new(FakeRandomness::seeded(6));
    let second = FileKeyStore::open(&other, randomness).expect("a store").id().await.expect("an id");
    assert_ne!(first, second);
    open(&path).expect("a store").generate(id(1)).await.expect("a key");
    fs::remove_file(path.join("store-id")).expect("removed");
    let refused = open(&path).expect_err("whose keys are these?");
    assert!(matches!(refused, FolderError::Nameless { .. }), "{refused}");
}

#[tokio::test]
async fn many_processes_make_one_store() {
    let (_parent, path) = folder();
    fs::create_dir(&path).expect("made");
    chmod(&path, 0o700);
    let start = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|seed| {
            let (path, start) = (path.clone(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                FileKeyStore::open(&path, Arc::new(FakeRandomness::seeded(seed)))
            })
        })
        .collect();
    let opened: Vec<FileKeyStore> =
        threads.into_iter().map(|thread| thread.join().expect("no panic").expect("a store")).collect();
    let first = opened[0].id().await.expect("an id");
    for keys in &opened {
        assert_eq!(keys.id().await.expect("an id"), first);
    }
    assert_eq!(names(&path), [".nobackup", "CACHEDIR.TAG", "store-id"]);
}

#[tokio::test]
async fn thousands_of_envelopes_open_in_order() {
    const ENVELOPES: usize = 2_000;
    let (_parent, path) = folder();
    let keys = open(&path).expect("a store");
    let key = keys.generate(id(1)).await.expect("a key");
    let randomness = FakeRandomness::seeded(9);
    let envelopes: Vec<Envelope> = (0..ENVELOPES)
        .map(|at| {
            let context = at.to_le_bytes().to_vec();
            let sealed = HpkeSealing.seal(&key, &context, &[at.to_le_bytes()[0]; 64], &randomness);
            Envelope { sealed: sealed.expect("sealed"), context }
        })
        .collect();
    assert!(envelopes.iter().all(|envelope| envelope.sealed.len() == 112));
    let opener = keys.opener(id(1)).await.expect("an answer").expect("a key");
    let contents = opener.open(envelopes).await.expect("opened");
    for (at, content) in contents.iter().enumerate() {
        assert_eq!(content.as_ref().expect("readable").as_slice(), [at.to_le_bytes()[0]; 64]);
    }
}
