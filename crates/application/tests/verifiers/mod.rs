//! Record files for the second verifier, docs/verify.py, which looks at all of them in one process.

use std::ffi::OsStr;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Records in a folder of their own.
pub(crate) struct Files {
    folder: TempDir,
    names: Vec<String>,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), names: Vec::new() }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format!("{}.zip", self.names.len()));
        std::fs::write(&path, bytes).expect("it can be written");
        self.names.push(path.to_string_lossy().into_owned());
        path
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py")
}

/// The second verifier.
pub(crate) struct Python;

impl Python {
    /// What it says of each record, in order.
    pub(crate) fn verify(files: &Files) -> Vec<Value> {
        let mut child = Command::new("python3")
            .arg(script())
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed; cargo xtask test sees to it");
        let names = files.names.join("\n");
        let mut input = child.stdin.take().expect("an input");
        let writer = std::thread::spawn(move || input.write_all(names.as_bytes()));
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("a thread that ends").expect("it reads");
        assert!(matches!(output.status.code(), Some(0 | 1)), "docs/verify.py failed");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// What it tells people of one, with these arguments besides, and how it ends.
    pub(crate) fn told(record: &Path, more: &[&OsStr]) -> (Option<i32>, String) {
        let output = Command::new("python3").arg(script()).arg(record).args(more).output();
        let output = output.expect("python3 is installed; cargo xtask test sees to it");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    }
}

/// Packs a record; `fitting` makes the manifest fit the files.
pub(crate) fn pack(manifest: &Value, files: &[(&str, Value)], fitting: bool) -> Vec<u8> {
    let mut manifest = manifest.clone();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, lines) in files {
        let mut text = String::new();
        for line in lines.as_array().expect("lines") {
            text.push_str(&serde_json::to_string(line).expect("JSON"));
            text.push('\n');
        }
        if fitting {
            let sha256 = plenum_record::hex(&Sha256::digest(&text).into());
            manifest["files"][*name] = json!({"lines": lines.as_array().map(Vec::len), "sha256": sha256});
        }
        zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(text.as_bytes()).expect("it can be written");
    }
    zip.start_file("manifest.json", SimpleFileOptions::default()).expect("a file");
    zip.write_all(manifest.to_string().as_bytes()).expect("it can be written");
    zip.finish().expect("a zip").into_inner()
}
