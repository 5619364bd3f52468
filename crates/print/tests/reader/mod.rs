//! Reads a PDF with programs that have nothing to do with the one that wrote it.

use std::path::Path;
use std::process::Command;

/// A PDF on the disk.
pub(crate) struct Reader {
    folder: tempfile::TempDir,
}

/// A font of a PDF.
#[derive(Debug)]
pub(crate) struct PdfFont {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is in the file.
    pub(crate) embedded: bool,
    /// Whether only the glyphs used are.
    pub(crate) subset: bool,
    /// Whether its glyphs can be turned back into text.
    pub(crate) unicode: bool,
}

impl Reader {
    pub(crate) fn new(pdf: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("paper.pdf"), pdf).expect("a file");
        Self { folder }
    }

    fn path(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "paper.pdf")
    }

    fn run(program: &mut Command) -> String {
        let output = program.output().unwrap_or_else(|error| {
            panic!("{program:?}: {error}. The tests need poppler-utils; cargo xtask test installs it")
        });
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Everything written on it: as it stands on the page, and again in the order of the file. The
    /// first knows in which order names are read from the right, the second keeps pictures in their line.
    pub(crate) fn text(&self) -> String {
        let read = |order: &str| {
            Self::run(Command::new("pdftotext").args(["-enc", "UTF-8", order]).arg(self.path()).arg("-"))
        };
        read("-layout") + &read("-raw")
    }

    /// What the file says about itself.
    pub(crate) fn info(&self) -> String {
        Self::run(Command::new("pdfinfo").arg(self.path()))
    }

    /// Its structure.
    pub(crate) fn structure(&self) -> String {
        Self::run(Command::new("pdfinfo").arg("-struct").arg(self.path()))
    }

    /// What it promises to archives and to those who have it read to them.
    pub(crate) fn metadata(&self) -> String {
        Self::run(Command::new("pdfinfo").arg("-meta").arg(self.path()))
    }

    /// How many bytes it has.
    pub(crate) fn size(&self) -> u64 {
        std::fs::metadata(self.path()).expect("a file").len()
    }

    /// How many pages it has.
    pub(crate) fn pages(&self) -> usize {
        let info = self.info();
        let line = info.lines().find_map(|line| line.strip_prefix("Pages:")).expect("a number of pages");
        line.trim().parse().expect("a number")
    }

    /// Its fonts.
    pub(crate) fn fonts(&self) -> Vec<PdfFont> {
        let table = Self::run(Command::new("pdffonts").arg(self.path()));
        let font = |line: &str| {
            // Columns from the right: object, generation, "uni", "sub", "emb".
            let words: Vec<&str> = line.split_whitespace().collect();
            let yes = |from_end: usize| words[words.len() - from_end] == "yes";
            PdfFont { name: words[0].to_owned(), embedded: yes(5), subset: yes(4), unicode: yes(3) }
        };
        table.lines().skip(2).map(font).collect()
    }
}
