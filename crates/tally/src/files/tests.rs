use proptest::prelude::*;

use super::*;
use crate::ballots::Ballots;

/// A file of each form, with most of what the form can say.
const FILES: [(&str, &str); 8] = [
    (
        "a.blt",
        "# made up\n4 2\n-3\n[tie 2 1 4]\n10 2 1 4 0\n3 1=2 4 0\n(id 7) 1 2 - 1 0\n1/3 4 0\n0.25 1 0\n1 0\n0\n\
         \"Ann\"\n\"Bob \"\"B\"\"\"\n\"Cy\" \"Di\"\n\"Title\"\n\"further\"\n",
    ),
    ("b.blt", "\u{feff}3 1\r\n[nick a b c]\r\n2 a c 0\r\n4 b=c a 0\r\n0\r\nAnn\r\nBob\r\nCy\r\n"),
    (
        "c.json",
        "{\"kind\": \"ranked\", \"title\": \"T\\u00e9\", \"seats\": 2, \"candidates\": [\"A\", \"B\", \"C\"], \"ballots\": [\n\
         [2,[1,2]],\n[2, [3, 1]],\n[1,[1,0,[2,3]]],\n[1,[-1]],\n[\"1/2\",[1]],\n[7,[]],\n[3,[2]]\n], \"note\": null}",
    ),
    (
        "d.json",
        "{\"kind\":\"score\",\"max_score\":5,\"candidates\":[\"A\",\"B\"],\"ballots\":[[3,[5,null]],[1,[0,2]]]}",
    ),
    (
        "e.json",
        "{\"kind\":\"grade_tallies\",\"elections\":[{\"title\":\"G\",\"participants\":3,\"mode\":\"StaticDefault\",\
         \"default\":1,\"tallies\":[[1,1,1],[0,0,2]]}]}",
    ),
    (
        "f.toi",
        "# TITLE: V\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 9\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n\
         # ALTERNATIVE NAME 3: C\n5: 1,2,3\n3: {1,2},3\n1: 2\n",
    ),
    ("g.soc", "2\n1,Ann\n2,Bob, Jr.\n7,7,2\n4,1,2\n3,2,1\n"),
    ("h.csv", "id,weight,1,2,3\nx,2,\"Ann, A\",Bob,\ny,1/2,Bob,,Cy\nz,1,overvote,,\n"),
];

#[test]
fn every_form_is_told_by_its_name() -> Result<(), FileError> {
    for (name, text) in FILES {
        assert_eq!(read_named(name, text.as_bytes())?.len(), 1, "{name}");
    }
    let unknown = read_named("ballots.xls", "".as_bytes()).err().map(|error| error.to_string());
    assert!(unknown.is_some_and(|error| error.contains(".csv")));
    Ok(())
}

/// The ballots of a file as they are counted, whatever way they were read.
fn rows(elections: &[Election]) -> Vec<String> {
    let ranked = elections.iter().filter_map(|election| match election.ballots() {
        Ballots::Ranked(ballots) => Some(ballots),
        _ => None,
    });
    let rows = ranked.flat_map(|ballots| {
        ballots.iter().map(|(weight, marks)| format!("{weight}{:?}", marks.collect::<Vec<_>>()))
    });
    rows.collect()
}

#[derive(Clone, Debug)]
enum Change {
    Replace(usize, u8),
    Insert(usize, u8),
    Delete(usize, usize),
    Copy(usize, usize, usize),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let byte =
        prop_oneof![any::<u8>(), prop::sample::select(b"0123456789 -=,;:#()[]{}\"\\/.\n\r\tenx".to_vec())];
    let at = 0..400_usize;
    prop_oneof![
        (at.clone(), byte.clone()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (at.clone(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (at.clone(), 1..20_usize).prop_map(|(at, size)| Change::Delete(at, size)),
        (at.clone(), at.clone(), 1..20_usize).prop_map(|(from, to, size)| Change::Copy(from, to, size)),
        at.prop_map(Change::Cut),
    ]
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        let size = bytes.len().max(1);
        match *change {
            Change::Replace(at, byte) => {
                if let Some(old) = bytes.get_mut(at % size) {
                    *old = byte;
                }
            }
            Change::Insert(at, byte) => bytes.insert(at % size, byte),
            Change::Delete(at, count) => {
                let begin = (at % size).min(bytes.len());
                let end = (begin + count).min(bytes.len());
                bytes.drain(begin..end);
            }
            Change::Copy(from, to, count) => {
                let begin = (from % size).min(bytes.len());
                let part = bytes[begin..(begin + count).min(bytes.len())].to_vec();
                let to = (to % size).min(bytes.len());
                bytes.splice(to..to, part);
            }
            Change::Cut(at) => bytes.truncate(at % size),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No input panics, and what is read does not depend on how much of the file is at hand at a time.
    #[test]
    fn damaged_files_are_read_or_refused(file in 0..FILES.len(), changes in prop::collection::vec(change(), 1..6)) {
        let (name, text) = FILES[file];
        let bytes = changed(text, &changes);
        let whole = read_named(name, bytes.as_slice());
        let bitwise = read_named(name, io::BufReader::with_capacity(1, bytes.as_slice()));
        match (whole, bitwise) {
            (Ok(whole), Ok(bitwise)) => prop_assert_eq!(rows(&whole), rows(&bitwise)),
            (Err(whole), Err(bitwise)) => prop_assert_eq!(whole.to_string(), bitwise.to_string()),
            (whole, bitwise) => prop_assert!(false, "{whole:?} but {bitwise:?}"),
        }
    }
}

#[test]
fn plain_ballots_are_read_like_all_others() -> Result<(), FileError> {
    // Enough for several batches; the same without plain lines, each with an id or a fraction.
    let ballots = |line: &dyn Fn(usize) -> String| (0..3000).map(line).collect::<String>();
    let names: Vec<String> = (1..=120).map(|number| format!("\"C{number}\"")).collect();
    let marks =
        |number: usize| format!("{} {} {}", number % 120 + 1, (number * 7) % 97 + 1, (number * 13) % 9 + 1);
    let plain = ballots(&|number| format!("{} {} 0\n", number % 5 + 1, marks(number)));
    let special = ballots(&|number| format!("(x) {} {} 0\n", number % 5 + 1, marks(number)));
    let read =
        |ballots: &str| read_named("x.blt", format!("120 1\n{ballots}0\n{}\n", names.join("\n")).as_bytes());
    let (plain_read, special_read) = (read(&plain)?, read(&special)?);
    assert_eq!(rows(&plain_read), rows(&special_read));

    let json_ballots: Vec<String> = (0..3000)
        .map(|number| format!("[{},[{}]]", number % 5 + 1, marks(number).replace(' ', ",")))
        .collect();
    let head = format!("{{\"kind\":\"ranked\",\"candidates\":[{}],\"ballots\":[", names.join(","));
    let json = format!("{head}\n{}]}}", json_ballots.join(",\n"));
    assert_eq!(rows(&plain_read), rows(&read_named("x.json", json.as_bytes())?));
    Ok(())
}

#[test]
fn mistakes_among_plain_ballots_are_found_where_they_are() {
    let many = "1 1 2 0\n".repeat(1000);
    let heavy = 999_999_999_999_999_u64;
    for (line, error) in [
        ("1 1 3 0", "line 1002, column 5: candidate 3 does not exist, there are 2"),
        ("1 1 2", "line 1002, column 6: expected 0 at the end of the ballot, found the end of the line"),
        (&format!("{heavy} 1 0"), "line 1002, column 1: the ballots' weights together exceed"),
    ] {
        let text = format!("2 1\n{many}{line}\n{many}0\n\"A\"\n\"B\"\n\"\"\n");
        let found = read_blt(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(found.starts_with(error), "{found}");
    }
    let many = "[1,[1,2]],\n".repeat(1000);
    let text = format!(
        "{{\"kind\":\"ranked\",\"candidates\":[\"A\",\"B\"],\"ballots\":[\n{many}[{heavy},[1]],\n{many}[1,[1]]]}}"
    );
    let found = read_json(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(found.starts_with("line 1002, column 1: the ballots' weights together exceed"), "{found}");
}
