use proptest::prelude::*;

use super::*;
use crate::ballots::Ballots;

fn shown(text: &str) -> Result<Vec<String>, FileError> {
    let election = read_blt(text.as_bytes())?;
    let Ballots::Ranked(ballots) = election.ballots() else {
        return Ok(Vec::new());
    };
    Ok(ballots.iter().map(|(weight, marks)| format!("{weight}{:?}", marks.collect::<Vec<_>>())).collect())
}

const NAMES: &str = "0\n\"A\"\n\"B\"\n\"C\"\n\"T\"\n";

#[test]
fn the_plain_form() -> Result<(), FileError> {
    let text = format!("3 2\n-3\n10 2 1 0\n3 1=2 3 0\n1 0\n10 2 1 0\n{NAMES}");
    assert_eq!(shown(&text)?, ["20[1, 0]", "3[0, =1, 2]", "1[]"]);
    let election = read_blt(text.as_bytes())?;
    assert_eq!((election.title(), election.seats(), election.len()), ("T", 2, 3));
    assert_eq!(
        election.entries().iter().map(|entry| entry.withdrawn).collect::<Vec<_>>(),
        [false, false, true]
    );
    Ok(())
}

#[test]
fn dialects_met_in_the_wild() -> Result<(), FileError> {
    assert_eq!(shown(&format!("\u{feff}3 1\r\n2 1 3 0\r\n{}", NAMES.replace('\n', "\r\n")))?, ["2[0, 2]"]);
    assert_eq!(shown(&format!("# made by hand\n3 1 # three\n2 1 3 0 # first\n{NAMES}"))?, ["2[0, 2]"]);
    assert_eq!(shown("3 1\n2 1 3 0\n0\n\"A\" \"B\" \"C\" \"T\"\n")?, ["2[0, 2]"]);
    assert_eq!(shown(&format!("3 1\n(id1) 1 2 3 0\n(id 2) 1 2 3 0\n{NAMES}"))?, ["2[1, 2]"]);
    assert_eq!(shown(&format!("3 1\n1 2 - 3 - 0\n{NAMES}"))?, ["1[1, -, 2]"]);
    assert_eq!(
        shown(&format!("3 1\n[nick a b 2]\n[tie b a 2]\n[droop warren]\n3 a b=2 0\n{NAMES}"))?,
        ["3[0, 1, =2]"]
    );
    assert_eq!(shown(&format!("3 1\n1/3 1 0\n0.5 2 0\n2 3 0\n{NAMES}"))?, ["2[0]", "3[1]", "12[2]"]);
    assert_eq!(shown("3 1\n2 1 3 0\nAnn\nBob O'Neil\nCy\n")?, ["2[0, 2]"]);
    assert_eq!(shown(&format!("3 1\n2 1 0 4 2 0\n{NAMES}\"a source\"\n\"a comment\"\n"))?, ["2[0]", "4[1]"]);
    let quoted = read_blt("1 1\n0\n\"Ann \"\"Annie\"\" Lee\"\n".as_bytes())?;
    assert_eq!(quoted.entries()[0].name, "Ann \"Annie\" Lee");
    let tie = read_blt(format!("3 1\n[nick a b c]\n[tie c a b]\n[withdrawn b]\n{NAMES}").as_bytes())?;
    assert_eq!(tie.tie_positions(), [1, 2, 0]);
    assert!(tie.entries()[1].withdrawn);
    Ok(())
}

#[test]
fn errors_say_where_and_what_was_expected() {
    for (text, error) in [
        ("", "line 1, column 1: expected the numbers of candidates and seats, found the end of the file"),
        ("3\n", "line 1, column 2: expected the number of seats, found the end of the line"),
        ("x 2\n", "line 1, column 1: expected the number of candidates, found `x`"),
        ("3 1\n1 2\n", "line 2, column 4: expected 0 at the end of the ballot, found the end of the line"),
        ("3 1\n1 4 0\n", "line 2, column 3: candidate 4 does not exist, there are 3"),
        (
            "3 1\n1 2 b 0\n",
            "line 2, column 5: expected a candidate's number, or 0 at the end of the ballot, found `b`",
        ),
        ("3 1\n1 2= 0\n", "line 2, column 6: candidate 0 does not exist, there are 3"),
        ("3 1\n0 2 0\n", "line 2, column 1: expected a weight above 0, found `0`"),
        ("3 1\n1x 2 0\n", "line 2, column 1: expected a ballot's weight, found `1x`"),
        ("3 1\n-4\n", "line 2, column 1: candidate 4 does not exist, there are 3"),
        (
            "3 1\n0\n\"A\"\n\"B\"\n",
            "line 5, column 1: expected the name of candidate 3, found the end of the file",
        ),
        ("1 1\n0\n\"A\n", "line 3, column 1: expected a closing quote, found `\"A`"),
        ("2 1\n0\n\"A\" \"A\"\n", "two candidates are both called `A`"),
        ("2 1\n[nock a b]\n", "line 2, column 2: expected nick, tie, withdrawn or droop, found `nock`"),
        ("20000 1\n", "line 1, column 6: 20000 candidates, at most 16383 are possible"),
        (
            "2 1\n99999999999999999999 1 0\n",
            "line 2, column 1: expected a ballot's weight, found `99999999999999999999`",
        ),
    ] {
        assert_eq!(
            read_blt(text.as_bytes()).err().map(|error| error.to_string()).as_deref(),
            Some(error),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn no_input_panics(text in "[0-9 \\-=\"#()\\[\\]./a-z\n]{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read_blt(text.as_bytes());
        let _ = read_blt(format!("3 1\n{text}").as_bytes());
        let _ = read_blt(bytes.as_slice());
    }
}
