//! Running other programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A program to be run in the workspace's folder.
pub(crate) struct Run {
    command: Command,
    shown: String,
}

/// A cargo command.
pub(crate) fn cargo(arguments: &[&str]) -> Run {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut run = program(cargo, arguments);
    run.shown = format!("cargo {}", arguments.join(" "));
    run
}

/// Any program.
pub(crate) fn program(name: impl Into<OsString>, arguments: &[&str]) -> Run {
    let name = name.into();
    let mut command = Command::new(&name);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    Run { command, shown: format!("{} {}", name.to_string_lossy(), arguments.join(" ")) }
}

impl Run {
    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self.shown = format!("{} {argument}", self.shown);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Result<(), String> {
        eprintln!("> {}", self.shown);
        let status =
            self.command.status().map_err(|error| format!("{} cannot be run: {error}", self.shown))?;
        if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", self.shown)) }
    }

    /// Whether it runs and succeeds, without showing anything.
    pub(crate) fn succeeds(mut self) -> bool {
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// The command itself, for those who talk to it.
    pub(crate) fn into_command(self) -> Command {
        eprintln!("> {}", self.shown);
        self.command
    }
}
