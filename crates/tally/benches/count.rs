//! One measurement of reading and counting in a process of its own, so that its peak memory is its own too.
//!
//! `generate FILE BALLOTS` writes made-up ballots of twenty candidates, the same ones every time. `run FILE METHOD SEATS`
//! reads and counts them and says, as one line of JSON, how long both took. `cargo xtask bench count` runs both.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
    time::Instant,
};

use plenum_tally::{Ballots, Method, TieRule, count, files::read_named, method::find};

type Done = Result<(), Box<dyn Error>>;

const CANDIDATES: usize = 20;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate", file, ballots] => generate(file, ballots.parse()?),
        ["run", file, method, seats] => run(file, method, seats.parse()?),
        // `cargo test --benches` runs it without arguments.
        _ => Ok(()),
    }
}

/// The generator called `SplitMix64`: the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }
}

/// Orders of one to twenty candidates, the first ones of the list somewhat better liked.
fn generate(file: &str, ballots: u64) -> Done {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let mut numbers = Numbers(2026);
    writeln!(out, "{CANDIDATES} 5")?;
    let mut order: [usize; CANDIDATES] = std::array::from_fn(|index| index);
    for _ in 0..ballots {
        // Some ballots are short whatever the length drawn, so that there are equal ones.
        let longest = if numbers.below(64) == 0 { 3 } else { CANDIDATES };
        let length = 1 + numbers.below(longest);
        for place in 0..length {
            let left = CANDIDATES - place;
            // The smaller of two draws: early positions come up more often.
            let drawn = numbers.below(left).min(numbers.below(left * 2));
            order[place..].sort_unstable();
            order.swap(place, place + drawn);
        }
        write!(out, "1")?;
        for candidate in &order[..length] {
            write!(out, " {}", candidate + 1)?;
        }
        writeln!(out, " 0")?;
    }
    writeln!(out, "0")?;
    for candidate in 1..=CANDIDATES {
        writeln!(out, "\"Candidate {candidate}\"")?;
    }
    writeln!(out, "\"Made-up ballots\"")?;
    out.flush()?;
    Ok(())
}

fn run(file: &str, name: &str, seats: u32) -> Done {
    let names: Vec<&str> = name.split('+').collect();
    if names.iter().any(|name| *name != "parse" && find(name).is_none()) {
        println!("{{\"there\": false}}");
        return Ok(());
    }
    let bytes = fs::metadata(file)?.len();
    let started = Instant::now();
    let elections = read_named(file, BufReader::with_capacity(1 << 18, File::open(file)?))?;
    let parsed = started.elapsed();
    let mut elected = Vec::new();
    let mut different = 0;
    for election in &elections {
        if let Ballots::Ranked(ballots) = election.ballots() {
            different = ballots.len();
        }
        for name in names.iter().filter(|name| **name != "parse") {
            let method = Method::named(name)?.with_seats(seats).with_ties([TieRule::CandidateOrder]);
            let result = count(&method, election)?;
            elected.extend(result.elected_names().iter().map(|name| format!("\"{name}\"")));
        }
    }
    let whole = started.elapsed();
    println!(
        "{{\"there\": true, \"bytes\": {bytes}, \"different\": {different}, \"parse_us\": {}, \"whole_us\": {}, \
         \"peak_kb\": {}, \"elected\": [{}]}}",
        parsed.as_micros(),
        whole.as_micros(),
        peak_kilobytes(),
        elected.join(", ")
    );
    Ok(())
}

/// The most memory this process ever held; 0 where the system does not say.
fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
