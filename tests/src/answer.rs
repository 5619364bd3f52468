//! What came back.

use std::process::Stdio;

use openidconnect::http::HeaderMap;
use openidconnect::reqwest::Response;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

/// An answer with everything about it, and the request it answers for messages.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text; of a PDF or a zip what is left of it as text.
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The request that was answered.
    pub request: String,
}

impl Answer {
    /// Reads an answer to its end; of a stream, which has none, the first piece.
    pub(crate) async fn read(request: String, mut response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
        let body = if kind == Some("text/event-stream") {
            response.chunk().await.map(Option::unwrap_or_default)
        } else {
            response.bytes().await
        };
        let body = body.unwrap_or_else(|error| panic!("{request} broke off: {error}"));
        let bytes = body.to_vec();
        let binary = matches!(kind, Some("application/pdf" | "application/zip"));
        let body = if binary {
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            String::from_utf8(bytes.clone()).unwrap_or_else(|_| panic!("{request} is no UTF-8"))
        };
        Self { status, headers, body, bytes, request }
    }

    /// The body as JSON; null when there is none.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{self}\nis no JSON: {error}"))
    }

    /// A header, when it is there and a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of a problem document; empty when it is none.
    pub fn code(&self) -> String {
        let problem: Option<Value> = serde_json::from_str(&self.body).ok();
        problem.and_then(|problem| problem["code"].as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What stands on a PDF, its lines put together again.
    pub async fn pdf_text(&self) -> String {
        assert!(self.bytes.starts_with(b"%PDF-"), "{} is no PDF", self.request);
        let mut reader = tokio::process::Command::new("pdftotext")
            .args(["-enc", "UTF-8", "-raw", "-", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("pdftotext: {error}. cargo xtask test installs poppler-utils"));
        let mut input = reader.stdin.take().expect("a pipe");
        let (written, output) = tokio::join!(
            async {
                let written = input.write_all(&self.bytes).await;
                drop(input);
                written
            },
            reader.wait_with_output()
        );
        written.expect("the paper is read");
        let text = String::from_utf8(output.expect("a text").stdout).expect("UTF-8");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The body as CSV.
    pub fn csv(&self) -> Table {
        Table::read(&self.body)
    }

    /// Passes on an answer of this status, and shows it otherwise.
    #[expect(clippy::return_self_not_must_use, reason = "asking for the status is a use in itself")]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Passes on a problem document of this status and code that is well-formed.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{code}"), "{self}");
        assert_eq!(problem["status"], status, "{self}");
        for field in ["title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {self}");
        }
        problem
    }

    /// Passes when it is a 422 that names this field among its errors.
    #[track_caller]
    pub fn wrong_field(self, field: &str) {
        let shown = self.to_string();
        let problem = self.refused(422, "invalid_content");
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {shown}"));
        assert!(errors.iter().any(|error| error["field"] == field), "no error for {field} in {shown}");
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nwas answered with {}: {}", self.request, self.status, self.body)
    }
}

/// A CSV document, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows below them.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn read(text: &str) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut records = reader
            .records()
            .map(|record| record.unwrap_or_else(|error| panic!("{error} in the CSV document {text}")))
            .map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
        let columns = records.next().unwrap_or_default();
        Self { columns, rows: records.collect() }
    }

    /// Some columns of every row, by name.
    #[track_caller]
    pub fn select(&self, names: &[&str]) -> Vec<Vec<&str>> {
        let at = |name: &&str| {
            let found = self.columns.iter().position(|column| column == name);
            found.unwrap_or_else(|| panic!("no column {name} among {:?}", self.columns))
        };
        let positions: Vec<usize> = names.iter().map(at).collect();
        self.rows
            .iter()
            .map(|row| positions.iter().map(|position| row[*position].as_str()).collect())
            .collect()
    }

    /// Every cell, the names of the columns too.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().chain(self.rows.iter().flatten()).map(String::as_str)
    }
}
