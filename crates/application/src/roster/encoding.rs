//! From the bytes of a file to text: what is in Unicode is told apart; for anything else somebody says how it was
//! written, because a name that is read in the wrong encoding is an error that nobody sees.

use std::fmt;

use encoding_rs::{
    ISO_8859_2, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254,
    X_USER_DEFINED,
};
use plenum_domain::field::FieldErrors;

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// In what spreadsheet programs write names here, when they do not write Unicode.
    const LIKELY: [Self; 5] =
        [Self(WINDOWS_1252), Self(WINDOWS_1250), Self(ISO_8859_2), Self(WINDOWS_1254), Self(WINDOWS_1251)];

    /// The encoding of this name, by any of the names that browsers know.
    ///
    /// # Errors
    /// [`FieldErrors`] for a name that nobody knows.
    pub fn named(name: &str) -> Result<Self, FieldErrors> {
        let known = encoding_rs::Encoding::for_label_no_replacement(name.as_bytes());
        known.filter(|known| *known != X_USER_DEFINED).map(Self).ok_or_else(|| {
            let why = "is no encoding known here; use utf-8, utf-16le, utf-16be, windows-1252 (Western Europe), \
                       windows-1250 or iso-8859-2 (Central Europe), windows-1251 (Cyrillic), windows-1253 (Greek), \
                       windows-1254 (Turkish), windows-1257 (Baltic) or another name of the Encoding Standard";
            FieldErrors::one("encoding", why)
        })
    }

    /// What the bytes say in this encoding; `None` where they cannot be in it.
    fn read(self, bytes: &[u8]) -> Option<String> {
        let text = self.0.decode_without_bom_handling_and_without_replacement(bytes)?;
        // Where an encoding has no letter, the standard puts a control character.
        let unseen = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\r' | '\n');
        (!text.chars().any(unseen)).then(|| text.into_owned())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

fn refused(why: impl fmt::Display) -> FieldErrors {
    FieldErrors::one("file", format!("{why}; save it as CSV in UTF-8 and send it again"))
}

/// Reads a file: in the encoding somebody names, or else as UTF-8 or UTF-16, which are told apart.
///
/// # Errors
/// [`FieldErrors`] when it is no text, or broken, or in an encoding that has to be named.
pub fn decode(bytes: &[u8], named: Option<Encoding>) -> Result<(String, Encoding), FieldErrors> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(refused("is a workbook of a spreadsheet program and no CSV"));
    }
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(refused("is in UTF-32"));
    }
    let told = told(bytes);
    match (told, named) {
        (Some((told, _)), Some(named)) if told != named => {
            Err(FieldErrors::one("encoding", format!("is {named}, and the file is in {told}; leave it out")))
        }
        (Some((told, rest)), _) => {
            let text = told.read(rest).ok_or_else(|| refused(format!("looks like {told}, and is broken")))?;
            Ok((text, told))
        }
        (None, Some(named)) => {
            let text = named.read(bytes).ok_or_else(|| {
                FieldErrors::one("encoding", format!("is {named}, and the file is in something else"))
            })?;
            Ok((text, named))
        }
        (None, None) => Err(untold(bytes)),
    }
}

/// The encoding of a file in Unicode, with what follows its mark; `None` for a file that is in none.
fn told(bytes: &[u8]) -> Option<(Encoding, &[u8])> {
    for (mark, encoding) in [(&b"\xEF\xBB\xBF"[..], UTF_8), (b"\xFF\xFE", UTF_16LE), (b"\xFE\xFF", UTF_16BE)]
    {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return Some((Encoding(encoding), rest));
        }
    }
    // Without a mark: every other byte of Western text is zero.
    match bytes.iter().take(2_000).position(|byte| *byte == 0) {
        Some(at) if at % 2 == 1 => Some((Encoding(UTF_16LE), bytes)),
        Some(_) => Some((Encoding(UTF_16BE), bytes)),
        // Names in any other encoding that happen to be right UTF-8 as a whole there are none.
        None => std::str::from_utf8(bytes).is_ok().then_some((Encoding(UTF_8), bytes)),
    }
}

/// Why a file cannot be read without more said, with what it might say: whoever sent it knows which is right.
fn untold(bytes: &[u8]) -> FieldErrors {
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let cells = lines.flat_map(|(line, cells)| {
        cells.split(|byte| b",;\t\"\r".contains(byte)).map(move |cell| (line, cell))
    });
    let mut best: Option<(u64, Vec<(String, String)>)> = None;
    for (line, cell) in cells.filter(|(_, cell)| !cell.is_ascii() && cell.len() <= LONGEST_SAMPLE) {
        let readings = readings(cell);
        if best.as_ref().is_none_or(|(_, known)| readings.len() > known.len()) {
            best = Some((line, readings));
        }
    }
    let Some((line, readings)) = best.filter(|(_, readings)| !readings.is_empty()) else {
        return refused("is in an encoding that cannot be told");
    };
    let readings: Vec<String> =
        readings.into_iter().map(|(text, encodings)| format!("“{text}” in {encodings}")).collect();
    let why = format!(
        "is not in Unicode, and what it says depends on how it was written: in line {line} stands {}. Say in \
         `encoding` which of them is right, or save it as CSV in UTF-8, and send it again",
        readings.join(", ")
    );
    FieldErrors::one("file", why)
}

/// How many bytes of a file may stand in an error.
const LONGEST_SAMPLE: usize = 60;

/// What a cell says in each likely encoding; those in which it says the same together.
fn readings(cell: &[u8]) -> Vec<(String, String)> {
    let mut readings: Vec<(String, String)> = Vec::new();
    for encoding in Encoding::LIKELY {
        let Some(text) = encoding.read(cell) else { continue };
        match readings.iter_mut().find(|(known, _)| *known == text) {
            Some((_, encodings)) => *encodings = format!("{encodings} or {encoding}"),
            None => readings.push((text, encoding.to_string())),
        }
    }
    readings
}

/// Refuses text in which letters were lost when somebody read a file in the wrong encoding.
///
/// # Errors
/// [`FieldErrors`] when the sign of lost letters is in it.
pub fn require_whole(text: &str) -> Result<(), FieldErrors> {
    if text.contains('\u{FFFD}') {
        let why = "has letters that were lost when the file was read in the wrong encoding; save it in UTF-8, \
                   or send the file itself as `file`";
        return Err(FieldErrors::one("csv", why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "andrew_id,name\nzoe,Zoë Müller – “Ž”\n";

    fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn named(name: &str) -> Encoding {
        Encoding::named(name).expect(name)
    }

    /// The names of a roster as a program in that country writes them.
    const FILES: [(&str, &str, &[u8]); 6] = [
        ("windows-1252", "Zoë Müller – “Ž”", b"Zo\xEB M\xFCller \x96 \x93\x8E\x94"),
        ("windows-1250", "Łukasz Śliwiński", b"\xA3ukasz \x8Cliwi\xF1ski"),
        ("iso-8859-2", "Łukasz Śliwiński", b"\xA3ukasz \xA6liwi\xF1ski"),
        ("windows-1250", "Tomáš Dvořák-Žižka", b"Tom\xE1\x9A Dvo\xF8\xE1k-\x8Ei\x9Eka"),
        ("iso-8859-2", "Tomáš Dvořák-Žižka", b"Tom\xE1\xB9 Dvo\xF8\xE1k-\xAEi\xBEka"),
        ("windows-1254", "Elif Yılmaz", b"Elif Y\xFDlmaz"),
    ];

    fn file(name: &[u8]) -> Vec<u8> {
        [b"andrew_id,name\nann,Ann\nme,", name, b"\n"].concat()
    }

    #[test]
    fn unicode_is_told_apart() {
        let marked = [&[0xEF, 0xBB, 0xBF], TEXT.as_bytes()].concat();
        let (le, be) = (utf16_bytes(TEXT, u16::to_le_bytes), utf16_bytes(TEXT, u16::to_be_bytes));
        for (bytes, encoding) in [
            (TEXT.as_bytes().to_vec(), "utf-8"),
            (marked, "utf-8"),
            ([&[0xFF, 0xFE][..], &le].concat(), "utf-16le"),
            ([&[0xFE, 0xFF][..], &be].concat(), "utf-16be"),
            (le, "utf-16le"),
            (be, "utf-16be"),
        ] {
            let expected = Ok((TEXT.to_owned(), named(encoding)));
            assert_eq!(decode(&bytes, None), expected, "{encoding}");
            assert_eq!(decode(&bytes, Some(named(encoding))), expected, "{encoding}, as was said");
            let wrong = decode(&bytes, Some(named("windows-1250"))).expect_err("it is none").to_string();
            assert!(wrong.contains(&format!("the file is in {encoding}; leave it out")), "{wrong}");
        }
        assert_eq!(decode(b"", None), Ok((String::new(), named("utf-8"))));
    }

    #[test]
    fn names_of_central_europe_are_never_guessed() {
        for (encoding, name, bytes) in FILES {
            let refused = decode(&file(bytes), None).expect_err(name).to_string();
            assert!(refused.contains("in line 3 stands ") && refused.contains("`encoding`"), "{refused}");
            let offered = refused.split(", “").find(|offer| offer.contains(&format!("{name}”")));
            assert!(offered.is_some_and(|offer| offer.contains(encoding)), "{name} in {encoding}: {refused}");
            let (text, read) = decode(&file(bytes), Some(named(encoding))).expect(name);
            assert_eq!((text.lines().nth(2), read), (Some(&*format!("me,{name}")), named(encoding)));
        }
    }

    #[test]
    fn what_differs_most_is_shown() {
        let bytes = b"andrew_id;name\nu;M\xFCller\nl;\"Wa\xB3\xEAsa\"\n";
        let refused = decode(bytes, None).expect_err("it is not in Unicode").to_string();
        assert!(refused.contains("in line 3 stands “Wa³êsa” in windows-1252 or windows-1254"), "{refused}");
        assert!(
            refused.contains("“Wałęsa” in windows-1250 or iso-8859-2, “Waікsa” in windows-1251"),
            "{refused}"
        );
    }

    #[test]
    fn what_cannot_be_told_is_refused_with_what_to_do() {
        for (bytes, said) in [
            (&b"PK\x03\x04..."[..], "is a workbook"),
            (&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], "is a workbook"),
            (&[0xFF, 0xFE, 0, 0, b'a', 0, 0, 0], "is in UTF-32"),
            (&[0xFF, 0xFE, b'a', 0, 0], "looks like utf-16le, and is broken"),
            (&[0xFF, 0xFE, 0, 0xD8, b'a', 0], "looks like utf-16le, and is broken"),
            (&[0xEF, 0xBB, 0xBF, 0xEB, b'a'], "looks like utf-8, and is broken"),
            (b"zo\xEB\x01,", "is in an encoding that cannot be told"),
            (&[0xEB; LONGEST_SAMPLE + 1], "is in an encoding that cannot be told"),
        ] {
            let errors = decode(bytes, None).expect_err(said).to_string();
            assert!(errors.contains(said) && errors.contains("save it as CSV in UTF-8"), "{errors}");
        }
        for (bytes, encoding) in
            [(&b"zo\x81,"[..], "windows-1252"), (b"zo\xEB,", "utf-8"), (b"\xEB", "utf-16be")]
        {
            let errors = decode(bytes, Some(named(encoding))).expect_err(encoding).to_string();
            assert!(
                errors.contains(&format!("is {encoding}, and the file is in something else")),
                "{errors}"
            );
        }
        assert!(require_whole("Zo\u{FFFD}").is_err() && require_whole(TEXT).is_ok());
    }

    #[test]
    fn encodings_are_named_as_everywhere() {
        for (name, is) in [
            ("UTF-8", "utf-8"),
            (" cp1250 ", "windows-1250"),
            ("latin2", "iso-8859-2"),
            ("ISO-8859-1", "windows-1252"),
            ("gbk", "gbk"),
        ] {
            assert_eq!(named(name).to_string(), is);
        }
        for name in ["", "ebcdic", "x-user-defined", "iso-2022-kr", "replacement"] {
            let errors = Encoding::named(name).expect_err(name).to_string();
            assert!(errors.contains("use utf-8"), "{errors}");
        }
        let greek = Encoding::named("windows-1253").and_then(|greek| decode(b"\xC6\xF9\xDE", Some(greek)));
        assert_eq!(greek.expect("Greek").0, "Ζωή");
    }
}
