//! Configuration: defaults, then a file, then the environment; unknown keys are refused.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

/// A value that is never printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Redacted(String);

impl Redacted {
    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set, not shown)")
    }
}

/// Everything an operator can set. Each key is described in docs/CONFIGURATION.md.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address people use, without a path; `http://` and the listening address unless set.
    pub public_url: Option<Url>,
    /// Where a server without a configured database keeps its own.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// Keys of secret votes.
    pub keys: Keys,
    /// The sign-in provider.
    pub oidc: Oidc,
    /// Signed-in browsers.
    pub logins: Logins,
    /// Organizations.
    pub organizations: Organizations,
    /// Folders with fonts for printed papers, besides those of the system.
    pub fonts: Vec<PathBuf>,
    /// How often somebody may ask.
    pub limits: Limits,
    /// The record of what was done.
    pub record: Record,
    /// Logs.
    pub log: Log,
}

/// The record of what was done, and the key that signs it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// The file with the key; `log-key` in the data folder unless set. Made at the first start.
    pub key_file: Option<PathBuf>,
    /// What the log is called in checkpoints; the host of the public address unless set. Kept in the
    /// key file from then on.
    pub name: Option<String>,
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// A PostgreSQL address; the private cluster unless set.
    pub url: Option<Redacted>,
    /// The most connections of this server.
    pub max_connections: u32,
}

/// Keys of secret votes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// A folder that no backup copies; beside the data folder unless set.
    pub dir: Option<PathBuf>,
}

/// The sign-in provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oidc {
    /// Its issuer, exactly as in its discovery document; the built-in development sign-in unless set.
    pub issuer: Option<String>,
    /// Who this server is there.
    pub client_id: Option<String>,
    /// Its secret; none for a public client.
    pub client_secret: Option<Redacted>,
    /// What to ask for.
    pub scopes: Option<Vec<String>>,
    /// Where the full name stands, first found wins.
    pub name_claims: Option<Vec<String>>,
    /// Where the institution's short login name stands.
    pub andrew_id_claim: Option<String>,
    /// A file with certificates to trust besides the usual ones.
    pub extra_ca: Option<PathBuf>,
}

/// Signed-in browsers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Logins {
    /// Hours without use after which a browser is signed out.
    pub idle_hours: u32,
    /// Hours after which a browser is signed out in any case.
    pub absolute_hours: u32,
}

/// Organizations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organizations {
    /// Whether anyone signed in may found one.
    pub open_foundation: bool,
    /// Whether people an organization does not know may be made members by number; with the built-in sign-in
    /// only unless set.
    pub open_directory: Option<bool>,
}

/// How often somebody may ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Requests a minute with one token or by one signed-in browser; 0 for no limit.
    pub token_per_minute: u32,
    /// Requests a minute from one address; 0 for no limit.
    pub address_per_minute: u32,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// What is logged, such as `info` or `plenum=debug,info`.
    pub filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            data_dir: PathBuf::from("plenum-data"),
            database: Database::default(),
            keys: Keys::default(),
            oidc: Oidc::default(),
            logins: Logins::default(),
            organizations: Organizations::default(),
            fonts: Vec::new(),
            limits: Limits::default(),
            record: Record::default(),
            log: Log::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, max_connections: 20 }
    }
}

#[expect(clippy::derivable_impls, reason = "the defaults of all sections stand together")]
impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret: None,
            scopes: None,
            name_claims: None,
            andrew_id_claim: None,
            extra_ca: None,
        }
    }
}

impl Default for Logins {
    fn default() -> Self {
        Self { idle_hours: 12, absolute_hours: 24 * 7 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { trusted_proxies: Vec::new(), token_per_minute: 3_000, address_per_minute: 18_000 }
    }
}

impl Default for Organizations {
    fn default() -> Self {
        Self { open_foundation: true, open_directory: None }
    }
}

#[expect(clippy::derivable_impls, reason = "the defaults of all sections stand together")]
impl Default for Record {
    fn default() -> Self {
        Self { key_file: None, name: None }
    }
}

impl Log {
    /// What is logged unless said otherwise: the database library's notices help nobody.
    pub const USUAL: &'static str = "info,sqlx=warn";
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: Self::USUAL.to_owned() }
    }
}

/// Every variable of the environment that is read, and the key it sets.
const VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_URL", "database.url"),
    ("PLENUM_LISTEN", "listen"),
    ("PLENUM_PUBLIC_URL", "public_url"),
    ("PLENUM_DATA_DIR", "data_dir"),
    ("PLENUM_DATABASE_MAX_CONNECTIONS", "database.max_connections"),
    ("PLENUM_KEYS_DIR", "keys.dir"),
    ("PLENUM_OIDC_ISSUER", "oidc.issuer"),
    ("PLENUM_OIDC_CLIENT_ID", "oidc.client_id"),
    ("PLENUM_OIDC_CLIENT_SECRET", "oidc.client_secret"),
    ("PLENUM_OIDC_SCOPES", "oidc.scopes"),
    ("PLENUM_OIDC_NAME_CLAIMS", "oidc.name_claims"),
    ("PLENUM_OIDC_ANDREW_ID_CLAIM", "oidc.andrew_id_claim"),
    ("PLENUM_OIDC_EXTRA_CA", "oidc.extra_ca"),
    ("PLENUM_LOGINS_IDLE_HOURS", "logins.idle_hours"),
    ("PLENUM_LOGINS_ABSOLUTE_HOURS", "logins.absolute_hours"),
    ("PLENUM_ORGANIZATIONS_OPEN_FOUNDATION", "organizations.open_foundation"),
    ("PLENUM_FONTS", "fonts"),
    ("PLENUM_ORGANIZATIONS_OPEN_DIRECTORY", "organizations.open_directory"),
    ("PLENUM_LIMITS_TRUSTED_PROXIES", "limits.trusted_proxies"),
    ("PLENUM_LIMITS_TOKEN_PER_MINUTE", "limits.token_per_minute"),
    ("PLENUM_LIMITS_ADDRESS_PER_MINUTE", "limits.address_per_minute"),
    ("PLENUM_RECORD_KEY_FILE", "record.key_file"),
    ("PLENUM_RECORD_NAME", "record.name"),
    ("PLENUM_LOG_FORMAT", "log.format"),
    ("PLENUM_LOG_FILTER", "log.filter"),
];

/// The variable that names the configuration file, and those that only the tests read.
const OTHER_VARIABLES: &[&str] = &["PLENUM_CONFIG", "PLENUM_TEST_DATABASE_URL"];

/// What is wrong with the configuration. Values are not repeated: one of them may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path} is not valid TOML: {message}")]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// A key is unknown or its value wrong.
    #[error("the configuration is wrong: {0}. See docs/CONFIGURATION.md for every key")]
    Wrong(String),
    /// A variable is unknown.
    #[error("the environment variable {name} means nothing to Plenum; {advice}")]
    UnknownVariable {
        /// Its name.
        name: String,
        /// What may have been meant.
        advice: String,
    },
    /// A variable's value has the wrong form.
    #[error("the environment variable {name} must be {expected}")]
    WrongVariable {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

impl Config {
    /// Loads the configuration: `file`, or `$PLENUM_CONFIG`, or `plenum.toml` where there is one; then
    /// the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`] names the key or variable that is wrong.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        let named =
            file.map(Path::to_path_buf).or_else(|| environment.get("PLENUM_CONFIG").map(PathBuf::from));
        let mut table = match named {
            Some(path) => read(&path)?,
            None if Path::new("plenum.toml").exists() => read(Path::new("plenum.toml"))?,
            None => toml::Table::new(),
        };
        refuse_unknown(&environment)?;
        for (name, key) in VARIABLES {
            if let Some(value) = environment.get(*name).filter(|value| !value.is_empty()) {
                put(&mut table, key, typed(name, key, value)?);
            }
        }
        Self::deserialize(table).map_err(|error| ConfigError::Wrong(error.message().to_owned()))
    }

    /// The address people use.
    ///
    /// # Panics
    /// Never: a socket address behind a scheme is always a URL.
    pub fn public_url(&self) -> Url {
        // Unwrap safety: a socket address behind a scheme is always a URL.
        self.public_url.clone().unwrap_or_else(|| {
            Url::parse(&format!("http://{}", self.listen)).expect("a socket address makes a URL")
        })
    }

    /// Where fonts for printed papers are looked for: the configured folders first, then the system's.
    pub fn font_folders(&self) -> Vec<PathBuf> {
        self.fonts.iter().cloned().chain(plenum_print::system_folders()).collect()
    }

    /// Where the sign-in provider sends browsers back to.
    pub fn redirect_uri(&self) -> String {
        format!("{}/auth/callback", self.public_url().as_str().trim_end_matches('/'))
    }

    /// Whether the built-in sign-in, with which anyone is anyone, is on.
    ///
    /// Only a server for oneself has it: no issuer, no configured database, reachable from this machine only.
    ///
    /// # Errors
    /// A sentence for the operator of a mixture that is neither this nor a server with a provider.
    pub fn development_sign_in(&self) -> Result<bool, String> {
        if self.oidc.issuer.is_some() {
            return Ok(false);
        }
        if self.database.url.is_some() {
            return Err("a database is configured but no sign-in provider. Set oidc.issuer and oidc.client_id \
                        (PLENUM_OIDC_ISSUER, PLENUM_OIDC_CLIENT_ID); the built-in sign-in serves only a server \
                        with its own private database"
                .to_owned());
        }
        if !self.listen.ip().is_loopback() || !is_local(&self.public_url()) {
            return Err("the built-in sign-in lets anyone be anyone, so it works on this machine only. Set \
                        oidc.issuer and oidc.client_id to be reached from elsewhere"
                .to_owned());
        }
        Ok(true)
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn read(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })?;
    text.parse().map_err(|error: toml::de::Error| ConfigError::NotToml {
        path: path.to_path_buf(),
        message: error.message().to_owned(),
    })
}

fn refuse_unknown(environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    let known =
        |name: &str| VARIABLES.iter().any(|(known, _)| *known == name) || OTHER_VARIABLES.contains(&name);
    match environment.keys().find(|name| name.starts_with("PLENUM_") && !known(name)) {
        None => Ok(()),
        Some(name) => {
            let names: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
            Err(ConfigError::UnknownVariable {
                name: name.clone(),
                advice: format!("it reads {}", names.join(", ")),
            })
        }
    }
}

fn typed(name: &'static str, key: &str, value: &str) -> Result<toml::Value, ConfigError> {
    let wrong = |expected| ConfigError::WrongVariable { name, expected };
    match key {
        "database.max_connections"
        | "logins.idle_hours"
        | "logins.absolute_hours"
        | "limits.token_per_minute"
        | "limits.address_per_minute" => {
            value.parse().map(toml::Value::Integer).map_err(|_| wrong("a whole number"))
        }
        "organizations.open_foundation" | "organizations.open_directory" => {
            value.parse().map(toml::Value::Boolean).map_err(|_| wrong("true or false"))
        }
        "fonts" => {
            let folder = |path: PathBuf| path.into_os_string().into_string().map(toml::Value::String);
            let folders: Result<_, _> = std::env::split_paths(value).map(folder).collect();
            folders.map(toml::Value::Array).map_err(|_| wrong("folders in UTF-8"))
        }
        "oidc.scopes" | "oidc.name_claims" | "limits.trusted_proxies" => Ok(toml::Value::Array(
            value.split_whitespace().map(|word| toml::Value::String(word.to_owned())).collect(),
        )),
        _ => Ok(toml::Value::String(value.to_owned())),
    }
}

fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = section {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn load_file(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        Config::load(Some(file.path()), [])
    }

    #[test]
    fn nothing_set_is_a_server_for_oneself() {
        let config = load(&[]).expect("defaults");
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.development_sign_in(), Ok(true));
        assert_eq!(config.redirect_uri(), "http://127.0.0.1:8080/auth/callback");
    }

    #[test]
    fn unknown_keys_and_variables_are_refused_by_name() {
        let refused = load(&[("PLENUM_LISTEM", "127.0.0.1:1")]).expect_err("a slip");
        assert!(refused.to_string().contains("PLENUM_LISTEM"), "{refused}");
        let refused = load_file("[database]\nurll = \"x\"").expect_err("a slip");
        assert!(refused.to_string().contains("urll"), "{refused}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "listen = \"127.0.0.1:1000\"\n[log]\nformat = \"json\"")
            .expect("written");
        let variables = [("PLENUM_LISTEN".to_owned(), "127.0.0.1:2000".to_owned())];
        let config = Config::load(Some(file.path()), variables).expect("a configuration");
        assert_eq!(config.listen.port(), 2000);
        assert_eq!(config.log.format, LogFormat::Json);
    }

    #[test]
    fn secrets_are_never_printed() {
        let config = load(&[
            ("DATABASE_URL", "postgres://u:hunter2@db/plenum"),
            ("PLENUM_OIDC_CLIENT_SECRET", "hunter2"),
        ])
        .expect("a configuration");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn the_built_in_sign_in_cannot_be_turned_on_by_accident() {
        let production =
            [("DATABASE_URL", "postgres://db/plenum"), ("PLENUM_OIDC_ISSUER", "https://id.example")];
        assert_eq!(load(&production).expect("a configuration").development_sign_in(), Ok(false));
        for variables in [
            &[("DATABASE_URL", "postgres://db/plenum")][..],
            &[("PLENUM_LISTEN", "0.0.0.0:8080")],
            &[("PLENUM_PUBLIC_URL", "https://vote.example.org")],
        ] {
            assert!(
                load(variables).expect("a configuration").development_sign_in().is_err(),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn configured_fonts_come_before_those_of_the_system() {
        let config = load(&[("PLENUM_FONTS", "/srv/fonts:/opt/more fonts")]).expect("a configuration");
        assert_eq!(config.font_folders()[..2], ["/srv/fonts", "/opt/more fonts"].map(PathBuf::from));
        assert_eq!(config.font_folders()[2..], plenum_print::system_folders());
    }

    #[test]
    fn wrong_values_name_their_variable() {
        let refused = load(&[("PLENUM_DATABASE_MAX_CONNECTIONS", "many")]).expect_err("no number");
        assert!(refused.to_string().contains("PLENUM_DATABASE_MAX_CONNECTIONS"), "{refused}");
    }
}
