//! Papers: the exports as people read them.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use plenum_application::papers::PaperKind;
use plenum_domain::id::{SessionId, UserId};
use plenum_ports::typesetting::TypesettingError;

use super::{html, markdown, saved_as};
use crate::extract::{Path, SignedIn};
use crate::problem::{Code, Problem};
use crate::state::HttpState;

impl From<TypesettingError> for Problem {
    fn from(error: TypesettingError) -> Self {
        match error {
            TypesettingError::Busy => {
                let detail = "Many papers are being printed at the moment. Try again in a few seconds, or take \
                              another format.";
                Self::new(Code::Unavailable, detail).retry_after(5)
            }
            TypesettingError::Failed(_) => {
                tracing::error!(%error, "a paper was not printed");
                Self::internal()
            }
        }
    }
}

async fn pdf(
    state: &HttpState,
    kind: PaperKind,
    name: &str,
    id: SessionId,
    user: UserId,
) -> Result<Response, Problem> {
    let (line, paper) = state.app.paper(kind, id, user).await?;
    let printed = state.press.print(paper).await?;
    let kind = HeaderValue::from_static("application/pdf");
    Ok(saved_as(&line, name, ([(header::CONTENT_TYPE, kind)], printed.pdf)))
}

macro_rules! pdfs {
    ($($(#[$doc:meta])* $name:ident $kind:ident $path:literal $file:literal;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(
            get,
            path = $path,
            tag = "exports",
            params(("id" = i32, Path, description = "The session.")),
            responses((
                status = 200,
                description = "A PDF (PDF/A-2a and PDF/UA-1) with its fonts inside.",
                body = String,
                content_type = "application/pdf",
                example = json!("%PDF-1.7 …"),
            )),
        )]
        pub(super) async fn $name(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<SessionId>,
        ) -> Result<Response, Problem> {
            pdf(&state, PaperKind::$kind, $file, id, actor.user.id).await
        }
    )+};
}

pdfs! {
    /// Export the attendance as PDF
    ///
    /// Everyone by name: when they were there, for whom they vote, and how the quorum stands.
    attendance_pdf Attendance "/sessions/{id}/exports/attendance.pdf" "attendance.pdf";
    /// Export the votes as PDF
    ///
    /// What each choice received and, where it may be shown by now, who voted how.
    votes_pdf Votes "/sessions/{id}/exports/votes.pdf" "votes.pdf";
    /// Export the results as PDF
    ///
    /// All decisions at a glance, then each in words and figures. Figures that may not be shown yet are left out.
    results_pdf Results "/sessions/{id}/exports/results.pdf" "results.pdf";
    /// Export the minutes as PDF
    ///
    /// Attendance, proxies, decisions with their text, result and roll call, and what happened when, with
    /// lines to sign on.
    minutes_pdf Minutes "/sessions/{id}/exports/minutes.pdf" "minutes.pdf";
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $path:literal $file:literal $kind:literal $write:path, $example:literal;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(
            get,
            path = $path,
            tag = "exports",
            params(("id" = i32, Path, description = "The session.")),
            responses((
                status = 200,
                description = "The minutes.",
                body = String,
                content_type = $kind,
                example = json!($example),
            )),
        )]
        pub(super) async fn $name(
            State(state): State<HttpState>,
            SignedIn(actor): SignedIn,
            Path(id): Path<SessionId>,
        ) -> Result<Response, Problem> {
            let (line, paper) = state.app.paper(PaperKind::Minutes, id, actor.user.id).await?;
            let kind = HeaderValue::from_static(concat!($kind, "; charset=utf-8"));
            Ok(saved_as(&line, $file, ([(header::CONTENT_TYPE, kind)], $write(&paper))))
        }
    )+};
}

texts! {
    /// Export the minutes as Markdown
    ///
    /// The same as the PDF, in `CommonMark` with tables. What people typed is escaped.
    minutes_md "/sessions/{id}/exports/minutes.md" "minutes.md" "text/markdown" markdown::write,
        "**Student Senate**\n\n# Minutes: March assembly\n\n- Join code: 7QK2MD\n";
    /// Export the minutes as HTML
    ///
    /// The same as the PDF, in one file that loads and runs nothing. What people typed is escaped.
    minutes_html "/sessions/{id}/exports/minutes.html" "minutes.html" "text/html" html::write,
        "<!doctype html>\n<html lang=\"en\">…</html>\n";
}

#[cfg(test)]
pub(super) mod tests {
    use plenum_domain::Moment;
    use plenum_ports::typesetting::{Block, Column, Fact, Paper, Row, Table};

    fn written_at() -> Moment {
        "2026-03-01T21:20:00Z".parse().expect("a moment")
    }

    /// A paper with everything that can stand on one.
    pub(in super::super) fn specimen() -> Paper {
        let columns = vec![Column::text("Choice", 3), Column::numbers("Votes", 1)];
        let row =
            |choice: &str, votes: &str, strong| Row { cells: vec![choice.into(), votes.into()], strong };
        Paper {
            issuer: "Student Senate".into(),
            title: "Minutes: March assembly".into(),
            facts: vec![Fact::new("Join code", "7QK2MD"), Fact::new("Opened", "2026-03-01 19:00 UTC")],
            blocks: vec![
                Block::Heading("Decisions".into()),
                Block::Subheading("1. Treasurer".into()),
                Block::Notice("Annulled on 2026-03-02 08:00 UTC: the wrong roll\nSecond line".into()),
                Block::Text("The term begins in April.\n\nIt ends in March.".into()),
                Block::Facts(vec![Fact::new("Kind", "Election")]),
                Block::Table(Table {
                    columns,
                    rows: vec![row("Łukasz Żak", "12", true), row("محمد", "3", false)],
                }),
                Block::Names {
                    label: "Łukasz Żak (2)".into(),
                    names: vec!["王小明".into(), "Zoë Ng 🗳".into()],
                },
                Block::Signatures(vec!["Chair".into(), "Secretary".into()]),
            ],
            footer: "Join code 7QK2MD · written 2026-03-01 21:20 UTC".into(),
            written_at: written_at(),
        }
    }

    /// A paper on which everything wants to be more than text.
    pub(in super::super) fn hostile() -> Paper {
        let text = "# </title></style><script>alert(1)</script>\n<img src=x onerror=\"x()\"> | \u{202E}a\u{1B}[31m\0 ' `~~*_[x](y)";
        let text = || text.to_owned();
        Paper {
            issuer: text(),
            title: text(),
            facts: vec![Fact::new(text(), text())],
            blocks: vec![
                Block::Heading(text()),
                Block::Subheading(text()),
                Block::Notice(text()),
                Block::Text(text()),
                Block::Facts(vec![Fact::new(text(), text())]),
                Block::Table(Table {
                    columns: vec![Column::text(&text(), 1), Column::numbers(&text(), 1)],
                    rows: vec![Row { cells: vec![text(), text()], strong: true }],
                }),
                Block::Names { label: text(), names: vec![text(), text()] },
                Block::Signatures(vec![text()]),
            ],
            footer: text(),
            written_at: written_at(),
        }
    }
}
