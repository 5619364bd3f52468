//! From the bytes of a file to text: what spreadsheet programs write, told apart or refused.

use plenum_domain::field::FieldErrors;

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without its mark.
    Utf8,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// What spreadsheet programs in Western Europe and America write when nobody tells them otherwise.
    Windows1252,
}

impl Encoding {
    /// Its usual name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }
}

/// What the bytes 80 to 9F are in Windows-1252; nothing where it has no character.
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\0', '\u{201A}', '\u{0192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{02C6}',
    '\u{2030}', '\u{0160}', '\u{2039}', '\u{0152}', '\0', '\u{017D}', '\0', '\0', '\u{2018}', '\u{2019}',
    '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{02DC}', '\u{2122}', '\u{0161}',
    '\u{203A}', '\u{0153}', '\0', '\u{017E}', '\u{0178}',
];

fn refused(why: &str) -> FieldErrors {
    FieldErrors::one("file", format!("{why}; save it as CSV in UTF-8 and send it again"))
}

/// Reads a file. What is not Unicode is taken for Windows-1252, where that can be: what it was read as
/// stands in the report, beside the names.
///
/// # Errors
/// [`FieldErrors`] when it is no text, or broken.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), FieldErrors> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(refused("is a workbook of a spreadsheet program and no CSV"));
    }
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(refused("is in UTF-32"));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf16(rest, u16::from_le_bytes).map(|text| (text, Encoding::Utf16Le));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf16(rest, u16::from_be_bytes).map(|text| (text, Encoding::Utf16Be));
    }
    // Without a mark: every other byte of Western text is zero.
    match bytes.iter().take(2_000).position(|byte| *byte == 0) {
        Some(at) if at % 2 == 1 => {
            return utf16(bytes, u16::from_le_bytes).map(|text| (text, Encoding::Utf16Le));
        }
        Some(_) => return utf16(bytes, u16::from_be_bytes).map(|text| (text, Encoding::Utf16Be)),
        None => {}
    }
    let marked = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]);
    match std::str::from_utf8(marked.unwrap_or(bytes)) {
        Ok(text) => Ok((text.to_owned(), Encoding::Utf8)),
        Err(_) if marked.is_some() => Err(refused("says that it is in UTF-8, and is not")),
        Err(_) => windows_1252(bytes).map(|text| (text, Encoding::Windows1252)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, FieldErrors> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(refused("looks like UTF-16, and is broken")),
    }
}

fn windows_1252(bytes: &[u8]) -> Result<String, FieldErrors> {
    let letters = bytes.iter().map(|byte| match byte {
        0x80..=0x9F => Some(WINDOWS_1252[usize::from(byte - 0x80)]).filter(|letter| *letter != '\0'),
        b'\t' | b'\r' | b'\n' => Some(char::from(*byte)),
        byte if byte.is_ascii_control() => None,
        byte => Some(char::from(*byte)),
    });
    letters.collect::<Option<String>>().ok_or_else(|| refused("is in an encoding that cannot be told"))
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

    #[test]
    fn what_spreadsheet_programs_write_is_read() {
        let marked = [&[0xEF, 0xBB, 0xBF], TEXT.as_bytes()].concat();
        let (le, be) = (utf16_bytes(TEXT, u16::to_le_bytes), utf16_bytes(TEXT, u16::to_be_bytes));
        for (bytes, encoding) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8),
            (marked, Encoding::Utf8),
            ([&[0xFF, 0xFE][..], &le].concat(), Encoding::Utf16Le),
            ([&[0xFE, 0xFF][..], &be].concat(), Encoding::Utf16Be),
            (le, Encoding::Utf16Le),
            (be, Encoding::Utf16Be),
            (b"andrew_id,name\nzoe,Zo\xEB M\xFCller \x96 \x93\x8E\x94\n".to_vec(), Encoding::Windows1252),
        ] {
            assert_eq!(decode(&bytes), Ok((TEXT.to_owned(), encoding)), "{}", encoding.as_str());
        }
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
    }

    #[test]
    fn what_cannot_be_told_is_refused_with_what_to_do() {
        for (bytes, said) in [
            (&b"PK\x03\x04..."[..], "is a workbook"),
            (&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], "is a workbook"),
            (&[0xFF, 0xFE, 0, 0, b'a', 0, 0, 0], "is in UTF-32"),
            (&[0xFF, 0xFE, b'a', 0, 0], "looks like UTF-16, and is broken"),
            (&[0xFF, 0xFE, 0, 0xD8, b'a', 0], "looks like UTF-16, and is broken"),
            (&[0xEF, 0xBB, 0xBF, 0xEB, b'a'], "says that it is in UTF-8, and is not"),
            (b"zoe\x81,", "is in an encoding that cannot be told"),
            (b"zo\xEB\x01,", "is in an encoding that cannot be told"),
        ] {
            let errors = decode(bytes).expect_err(said).to_string();
            assert!(errors.contains(said) && errors.contains("save it as CSV in UTF-8"), "{errors}");
        }
        assert!(require_whole("Zo\u{FFFD}").is_err() && require_whole(TEXT).is_ok());
    }
}
