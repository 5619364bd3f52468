//! Papers as they come out of the press: what can be read in them, their fonts, their size.

mod reader;

use std::time::Instant;

use chrono::{TimeZone, Utc};
use plenum_ports::typesetting::{Block, Column, Fact, Paper, Row, Table, Typesetter, TypesettingError};
use plenum_print::{Press, system_folders};
use reader::Reader;

/// A name in each script that the tests install a font for.
const NAMES: [&str; 12] = [
    "Łukasz Żółć-Gęślą",
    "Νίκος Παπαδόπουλος",
    "Жанна Їжакевич",
    "王小明",
    "佐藤さくら",
    "김민준",
    "محمد عبد الله",
    "שרה לוי",
    "अदिति शर्मा",
    "สมชาย ใจดี",
    "Zoë Ng 🗳️",
    "Ada 👩‍🔬",
];

fn paper(blocks: Vec<Block>) -> Paper {
    Paper {
        issuer: "Student Senate".to_owned(),
        title: "Minutes of the March assembly".to_owned(),
        facts: vec![Fact::new("Join code", "7QK2MD"), Fact::new("Opened", "2026-03-01 19:00 UTC")],
        blocks,
        footer: "Written 2026-03-01 21:20 UTC".to_owned(),
        written_at: Utc.with_ymd_and_hms(2026, 3, 1, 21, 20, 0).single().expect("a moment"),
    }
}

fn roll(names: impl IntoIterator<Item = String>) -> Block {
    let columns = vec![Column::numbers("No", 1), Column::text("Name", 6), Column::text("Vote", 2)];
    let row = |(at, name): (usize, String)| Row::plain([(at + 1).to_string(), name, "yes".to_owned()]);
    Block::Table(Table { columns, rows: names.into_iter().enumerate().map(row).collect() })
}

async fn printed(blocks: Vec<Block>) -> Reader {
    let printed = Press::new(system_folders()).print(paper(blocks)).await.expect("a paper");
    assert!(printed.missing.is_empty(), "{:?}: a font that the tests install is missing", printed.missing);
    Reader::new(printed.pdf)
}

#[tokio::test]
async fn every_script_prints_as_itself() {
    let names = NAMES.map(str::to_owned);
    let blocks = vec![
        Block::Heading("Present".to_owned()),
        roll(names.clone()),
        Block::Names { label: "In favour (12)".to_owned(), names: names.to_vec() },
        Block::Notice("Annulled.".to_owned()),
    ];
    let reader = printed(blocks).await;
    let text = reader.text();
    for name in NAMES {
        // Joining and selecting characters are part of how the picture is chosen, not of the text.
        let bare = |text: &str| {
            text.replace(['\u{200D}', '\u{FE0F}', '\u{200E}', '\u{202A}', '\u{202B}', '\u{202C}'], "")
        };
        assert!(bare(&text).contains(&bare(name)), "{name} in {text}");
    }
    let fonts = reader.fonts();
    assert!(fonts.len() >= 8, "{fonts:#?}");
    for font in &fonts {
        // Coloured pictures are drawn one by one, which is a subset by itself.
        let pictures = font.name == "[none]";
        assert!(font.embedded && font.unicode && (font.subset || pictures), "{font:?}");
    }
}

#[tokio::test]
async fn it_says_what_it_is_and_how_it_is_built() {
    let blocks = vec![
        Block::Heading("Decisions".to_owned()),
        Block::Subheading("Amend article 4".to_owned()),
        Block::Text("Adopted.".to_owned()),
        roll(["Ada".to_owned()]),
    ];
    let reader = printed(blocks).await;
    let info = reader.info();
    for line in ["Minutes of the March assembly", "Student Senate", "Sun Mar  1 21:20:00 2026", "A4"] {
        assert!(info.contains(line), "{line}: {info}");
    }
    assert!(reader.metadata().contains("<pdfaid:part>2</pdfaid:part>"), "{}", reader.metadata());
    assert!(reader.metadata().contains("<pdfuaid:part>1</pdfuaid:part>"), "{}", reader.metadata());
    let structure = reader.structure();
    for element in ["H1 \"Minutes of the March assembly\"", "H2 \"Decisions\"", "H3", "/Scope /Column", "TD"]
    {
        assert!(structure.contains(element), "{element}: {structure}");
    }
}

#[tokio::test]
async fn minutes_of_some_pages_read_in_order() {
    let columns = vec![
        Column::text("Name", 26),
        Column::text("Login name", 14),
        Column::text("Role", 11),
        Column::text("Present (UTC)", 25),
        Column::text("Votes for, represented by", 24),
    ];
    let person = |number: usize| {
        let name = NAMES[number % NAMES.len()];
        Row::plain([
            format!("{name} {number}"),
            format!("member{number}"),
            "member".to_owned(),
            "2026-03-01 19:02 – 19:40\n2026-03-01 19:55 – 21:14".to_owned(),
            if number.is_multiple_of(5) { "votes for Łukasz Żak".to_owned() } else { String::new() },
        ])
    };
    let people = Table { columns, rows: (1..=40).map(person).collect() };
    let columns = vec![
        Column::text("Choice", 40),
        Column::numbers("Votes", 12),
        Column::text("In words", 34),
        Column::numbers("Percent", 14),
    ];
    let row = |cells: [&str; 4], strong| Row { cells: cells.map(str::to_owned).to_vec(), strong };
    let votes = Table {
        columns,
        rows: vec![
            row(["Hana Osm", "7", "seven", "41.2"], false),
            row(["Jonas O'Ten", "8", "eight", "47.1"], true),
            row(["Abstain", "2", "two", "11.8"], false),
            row(["Votes cast", "17", "seventeen", ""], false),
        ],
    };
    let words = "ocean basket violin harvest planet ribbon copper meadow signal lantern orchid summit";
    let reader = printed(vec![
        Block::Facts(vec![Fact::new("Seal of the record", format!("{words} (212 entries)"))]),
        Block::Heading("Attendance".to_owned()),
        Block::Table(people),
        Block::Heading("Decisions".to_owned()),
        Block::Subheading("1. Treasurer".to_owned()),
        Block::Text("The term begins in April.\nIt ends in March.".to_owned()),
        Block::Facts(vec![
            Fact::new("Kind", "Election"),
            Fact::new("Vote", "names and choices are shown with the released result"),
            Fact::new("Voting", "2026-03-01 20:10 UTC to 2026-03-01 20:16 UTC"),
        ]),
        Block::Notice("Annulled on 2026-03-02 08:00 UTC: a candidate was left out.".to_owned()),
        Block::Text("Jonas O'Ten is elected. Votes: Hana Osm 7, Jonas O'Ten 8, Abstain 2.".to_owned()),
        Block::Table(votes),
        Block::Names { label: "Jonas O'Ten (12)".to_owned(), names: NAMES.map(str::to_owned).to_vec() },
        Block::Signatures(vec!["Chair".to_owned(), "Secretary".to_owned()]),
    ])
    .await;
    let text = reader.text();
    let marks = [
        words.split_once(" signal").map_or(words, |(first, _)| first),
        "Attendance",
        "member1 ",
        "member40",
        "Decisions",
        "1. Treasurer",
        "Annulled on",
        "eight",
        "Chair",
        "Secretary",
    ];
    let places: Vec<_> = marks.iter().map(|mark| text.find(mark)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {marks:?} {text}");
    assert!(reader.pages() >= 3, "{} pages", reader.pages());
}

#[tokio::test]
async fn without_other_fonts_it_prints_numbers_and_says_so() {
    let press = Press::new(Vec::new());
    let blocks = vec![Block::Text("Łukasz, Жанна, שרה, محمد, 王小明 and \u{F8FF}".to_owned())];
    let printed = press.print(paper(blocks)).await.expect("a paper");
    assert_eq!(printed.missing, ['小', '明', '王', '\u{F8FF}']);
    let text = Reader::new(printed.pdf).text();
    assert!(text.contains("[U+738B][U+5C0F][U+660E]"), "{text}");
    assert!(text.contains("Łukasz, Жанна"), "{text}");
    assert!(text.contains("no font for some characters"), "{text}");
}

#[tokio::test]
async fn nothing_that_stands_on_it_breaks_it() {
    let hostile = [
        String::new(),
        " ".to_owned(),
        "\u{200D}\u{FE0F}".to_owned(),
        "a\0b\u{1B}[31mc\rd\te".to_owned(),
        "\u{202E}nimda\u{202C} \u{2066}x\u{2069}".to_owned(),
        "W".repeat(10_000),
        "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}".repeat(50),
        "\n\n\n".to_owned(),
        "👩‍👩‍👧‍👦".repeat(100),
        "\u{10FFFF}\u{FDD0}\u{FFFE}\u{FFFD}".to_owned(),
        "(\\)<</>>%PDF endstream".to_owned(),
        "שלום 123 (abc) محمد".repeat(40),
    ];
    let mut blocks = vec![roll(hostile.clone())];
    for text in &hostile {
        blocks.push(Block::Heading(text.clone()));
        blocks.push(Block::Subheading(text.clone()));
        blocks.push(Block::Text(text.clone()));
        blocks.push(Block::Notice(text.clone()));
        blocks.push(Block::Facts(vec![Fact::new(text.clone(), text.clone())]));
        blocks.push(Block::Names { label: text.clone(), names: vec![text.clone(), text.clone()] });
    }
    blocks.push(roll([]));
    blocks.push(Block::Facts(Vec::new()));
    blocks.push(Block::Names { label: "None".to_owned(), names: Vec::new() });
    let mut paper = paper(blocks);
    paper.title = hostile.concat();
    paper.footer = "W".repeat(1_000);
    paper.issuer = "\u{202E}".to_owned();
    let printed = Press::new(system_folders()).print(paper).await.expect("a paper");
    let reader = Reader::new(printed.pdf);
    let text = reader.text();
    // The mark that turns the direction is gone, so the name is read as it was typed.
    assert!(text.contains("nimda x") && !text.contains("admin x"));
    assert!(text.contains("ab[31mc"), "control characters are left out");
    let widest: usize = text.matches('W').count();
    assert!(widest >= 50_000, "a word of 10,000 letters is broken, not cut: {widest}");
    assert!(reader.pages() > 20);
}

/// The hall of 2,000 with a roll call: the time and the size stay bounded.
#[tokio::test]
async fn two_thousand_people_fit() {
    let names: Vec<String> =
        (0..2_000).map(|number| format!("{} {number}", NAMES[number % NAMES.len()])).collect();
    let mut blocks = vec![Block::Heading("Present".to_owned()), roll(names.clone())];
    for event in 0..2 {
        blocks.push(Block::Subheading(format!("Event {event}")));
        blocks.push(Block::Names { label: "In favour (2,000)".to_owned(), names: names.clone() });
    }
    let started = Instant::now();
    let reader = printed(blocks).await;
    let (took, size) = (started.elapsed(), reader.size());
    println!("{} pages, {} kB, {took:?}", reader.pages(), size / 1024);
    let text = reader.text();
    assert!(text.contains("김민준 1997"), "the last name of that script is there");
    assert!(text.matches("No   ").count() >= 30, "every page of the table repeats its headings");
    assert!(text.contains(&format!("Page {0} of {0}", reader.pages())));
    assert!(size < 8 * 1024 * 1024, "{size} bytes");
    // Unoptimized and on a busy machine; a release build takes a tenth of it.
    assert!(took.as_secs() < 120, "{took:?}");
}

#[tokio::test]
async fn a_crowd_is_told_to_come_back() {
    let press = Press::new(Vec::new());
    let crowd = (0..60).map(|_| {
        let press = press.clone();
        tokio::spawn(async move { press.print(paper(vec![roll((0..50).map(|n| n.to_string()))])).await })
    });
    let (mut printed, mut busy) = (0, 0);
    for one in crowd.collect::<Vec<_>>() {
        match one.await.expect("no panic") {
            Ok(_) => printed += 1,
            Err(TypesettingError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(printed >= 17 && busy > 0, "{printed} printed, {busy} told to come back");
    assert!(press.print(paper(Vec::new())).await.is_ok(), "afterwards there is room again");
}
