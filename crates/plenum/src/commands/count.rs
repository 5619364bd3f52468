//! `plenum count`: counts a ballot file, without a database and without any configuration.

mod json;
mod progress;
mod sheet;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use plenum_tally::files::read_named;
use plenum_tally::method::{COMMON_PARAMETERS, MethodInfo, ParamInfo, find, methods};
use plenum_tally::{Ballots, CountResult, Election, Method, Params, count as tally};

use progress::Progress;

/// What is to be counted, and how.
#[derive(Args, Debug)]
#[command(
    after_help = "The methods, their parameters and the ballot files they count: plenum count --methods"
)]
pub struct CountArguments {
    /// The method, such as irv, scottish-stv, schulze, approval.
    #[arg(long, value_name = "NAME", required_unless_present = "methods")]
    method: Option<String>,
    /// Seats to fill; those the ballot file names where this is left out.
    #[arg(long, value_name = "NUMBER")]
    seats: Option<u32>,
    /// Write the whole result as JSON.
    #[arg(long)]
    json: bool,
    /// Show how many ballots prefer each candidate to each other one.
    #[arg(long)]
    pairwise: bool,
    /// Text that lots are drawn from, should a tie need one.
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// How ties are broken; several, separated by commas, are tried in turn: refuse, backwards, forwards, previous-round, lot, chair,
    /// candidate-order, reverse-candidate-order.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    tie: Vec<String>,
    /// A parameter of the method; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// List the methods; with --method, the parameters of that one.
    #[arg(long)]
    methods: bool,
    /// The ballots: .blt, .json, .csv, or a Preflib file.
    #[arg(required_unless_present = "methods")]
    file: Option<PathBuf>,
}

/// Counts and prints the result.
///
/// # Errors
/// A sentence: the method, a parameter, the file or the count.
pub fn count(arguments: &CountArguments) -> Result<(), String> {
    let mut out = String::new();
    if arguments.methods {
        match &arguments.method {
            Some(name) => describe(&mut out, known(name)?),
            None => list(&mut out),
        }
        return print(&out);
    }
    let (Some(name), Some(file)) = (&arguments.method, &arguments.file) else {
        return Err("a method and a file are needed; see plenum count --help".to_owned());
    };
    let info = known(name)?;
    let method = Method::from_params(name, params(arguments)?).map_err(|error| {
        format!("{error} (plenum count --methods --method {} lists its parameters)", info.name)
    })?;
    let progress = Progress::start();
    let counted = read(file, &progress).and_then(|elections| {
        progress.phase("counting");
        let counted = elections.iter().map(|election| one(arguments, &method, election));
        let counted: Result<Vec<CountResult>, String> = counted.collect();
        Ok(counted?.into_iter().zip(elections).collect::<Vec<_>>())
    });
    progress.finish();
    let counted = counted?;
    if arguments.json {
        out = json::text(&counted)?;
    } else {
        for (place, (result, election)) in counted.iter().enumerate() {
            if place > 0 {
                out.push('\n');
            }
            sheet::write(&mut out, result, election, arguments.pairwise);
        }
    }
    print(&out)
}

fn known(name: &str) -> Result<&'static MethodInfo, String> {
    find(name).ok_or_else(|| {
        let names: Vec<&str> = methods().map(|info| info.name).collect();
        format!("there is no method `{name}`. There are: {}", names.join(", "))
    })
}

fn params(arguments: &CountArguments) -> Result<Params, String> {
    let mut params = Params::new();
    if let Some(seats) = arguments.seats {
        params.set("seats", seats.to_string());
    }
    if let Some(seed) = &arguments.seed {
        params.set("seed", seed.clone());
    }
    if !arguments.tie.is_empty() {
        params.set("ties", arguments.tie.join(","));
    }
    for pair in &arguments.param {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| format!("--param {pair}: NAME=VALUE is expected"))?;
        params.set(name.trim(), value.trim());
    }
    Ok(params)
}

fn read(path: &Path, progress: &Progress) -> Result<Vec<Election>, String> {
    let shown = path.display();
    let failed = |error: &dyn std::fmt::Display| format!("{shown}: {error}");
    let file = File::open(path).map_err(|error| failed(&error))?;
    let size = file.metadata().map(|about| about.len()).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    progress.reading(size);
    read_named(&name, BufReader::with_capacity(1 << 18, progress.watch(file))).map_err(|error| failed(&error))
}

fn one(arguments: &CountArguments, method: &Method, election: &Election) -> Result<CountResult, String> {
    let mut result = tally(method, election).map_err(|error| error.to_string())?;
    if arguments.pairwise && result.matrix("pairwise").is_none() {
        if !matches!(election.ballots(), Ballots::Ranked(_)) {
            return Err(format!(
                "--pairwise needs ranked ballots, these are {} ballots",
                election.ballots().kind()
            ));
        }
        let pairs = Method::named("pairwise-matrix").map_err(|error| error.to_string())?;
        let pairs = tally(&pairs, election).map_err(|error| error.to_string())?;
        result.matrices.extend(pairs.matrices);
    }
    Ok(result)
}

/// Writes to standard output. Somebody who reads only the beginning is no error.
fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

fn list(out: &mut String) {
    let width = methods().map(|info| info.name.len()).max().unwrap_or_default();
    for info in methods() {
        let _ = writeln!(out, "{:width$}  {} ({} ballots)", info.name, info.title, info.ballots.join(" or "));
    }
    out.push_str("\nThe parameters of one of them: plenum count --methods --method NAME\n");
}

fn describe(out: &mut String, info: &MethodInfo) {
    let _ = writeln!(out, "{}: {}\nBallots: {}", info.name, info.title, info.ballots.join(" or "));
    if !info.aliases.is_empty() {
        let _ = writeln!(out, "Also called: {}", info.aliases.join(", "));
    }
    let mut section = |title: &str, parameters: &[ParamInfo]| {
        if !parameters.is_empty() {
            let _ = writeln!(out, "\n{title}");
        }
        for parameter in parameters {
            let (name, values, default) = (parameter.name, parameter.values, parameter.default);
            let _ = writeln!(out, "  {name}={default}");
            for line in sheet::wrap(values, 94) {
                let _ = writeln!(out, "      {line}");
            }
        }
    };
    section("Parameters, with their defaults (--param NAME=VALUE):", info.parameters);
    section("Parameters of every method:", COMMON_PARAMETERS);
}
