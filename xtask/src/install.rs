//! What the tests need beside Rust: PostgreSQL, Node.js and npm, Python, Chromium, a reader of PDF files, and fonts. Missing ones are installed from the
//! distribution's packages where that is possible without asking anyone, and named otherwise.

use std::path::{Path, PathBuf};

use crate::command::program;

/// Makes sure that everything is there.
pub(crate) fn ensure() -> Result<(), String> {
    let mut missing = Vec::new();
    if !has_postgres() && !program("docker", &["info"]).succeeds() {
        missing.push("postgresql");
    }
    if !program("node", &["--version"]).succeeds() {
        missing.push("nodejs");
    }
    if !program("npm", &["--version"]).succeeds() {
        missing.push("npm");
    }
    if !program("pdftotext", &["-v"]).succeeds() {
        missing.push("poppler-utils");
    }
    for (package, file) in FONTS {
        if !fonts().any(|font| font.file_name().is_some_and(|name| name == file)) {
            missing.push(package);
        }
    }
    // For the lines that the README says to type.
    if !program("curl", &["--version"]).succeeds() {
        missing.push("curl");
    }
    // For docs/verify.py, the second verifier of records.
    if !program("python3", &["--version"]).succeeds() {
        missing.push("python3");
    }
    if !has_chromium() {
        missing.push("chromium");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !is_root() || !program("apt-get", &["--version"]).succeeds() {
        return Err(format!(
            "the tests need {packages}. Install them with your package manager, on Debian with: \
             sudo apt-get install {packages}"
        ));
    }
    eprintln!("Installing what the tests need: {packages}");
    let apt = |arguments: &[&str]| program("apt-get", arguments).env("DEBIAN_FRONTEND", "noninteractive");
    apt(&["update", "-qq"]).run()?;
    let mut install = apt(&["install", "-y", "-qq", "--no-install-recommends"]);
    for package in missing {
        install = install.arg(package);
    }
    install.run()
}

/// Packages with fonts, and a file each of them brings.
const FONTS: [(&str, &str); 3] = [
    ("fonts-noto-core", "NotoSansDevanagari-Regular.ttf"),
    ("fonts-noto-cjk", "NotoSansCJK-Regular.ttc"),
    ("fonts-noto-color-emoji", "NotoColorEmoji.ttf"),
];

/// Every file below the folders where fonts usually are.
fn fonts() -> impl Iterator<Item = PathBuf> {
    let mut open: Vec<PathBuf> =
        ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts"]
            .map(PathBuf::from)
            .into();
    open.extend(
        std::env::home_dir().into_iter().flat_map(|home| {
            [".local/share/fonts", ".fonts", "Library/Fonts"].map(|folder| home.join(folder))
        }),
    );
    std::iter::from_fn(move || {
        while let Some(path) = open.pop() {
            match std::fs::read_dir(&path) {
                Ok(entries) => open.extend(entries.flatten().map(|entry| entry.path())),
                Err(_) => return Some(path),
            }
        }
        None
    })
}

fn has_postgres() -> bool {
    let on_path = program("initdb", &["--version"]).succeeds();
    on_path
        || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
            versions.flatten().any(|version| version.path().join("bin/initdb").exists())
        })
        || ["/usr/local/pgsql/bin/initdb", "/opt/homebrew/bin/initdb"]
            .iter()
            .any(|path| Path::new(path).exists())
}

/// As the browser tests look for it.
fn has_chromium() -> bool {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    usual.iter().map(PathBuf::from).chain(named).any(|path| path.exists())
}

fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
