//! What every page has: language, time zone, who looks, and the way words get onto it.

use std::fmt::Display;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono_tz::Tz;
use plenum_application::App;
use plenum_domain::Moment;
use plenum_domain::organization::{Accent, Organization};

use super::assets;
use super::viewer::{Prefs, Theme, Viewer};
use super::words::{Lang, fill};
use crate::problem::Problem;

/// Text that is markup already.
#[derive(Clone, Debug)]
pub(crate) struct Markup(pub(crate) String);

impl Display for Markup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// What every page has. Templates call it `page`.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Title and first heading.
    pub(crate) title: String,
    /// The viewer's name; `None` for a guest.
    pub(crate) viewer: Option<String>,
    /// The address of the page, for coming back to it.
    pub(crate) here: String,
    /// The live stream of the sitting that the page shows.
    pub(crate) live: Option<String>,
    /// What was just done, as the name of a text under `note`.
    pub(crate) note: Option<String>,
    /// The colour of the organization.
    accent: Accent,
    prefs: Prefs,
    /// Makes keys of forms unique to this rendering.
    seed: String,
}

impl Page {
    /// A page for somebody signed in; `title` names a text.
    pub(crate) fn new(app: &App, viewer: &Viewer, title: &str) -> Self {
        let mut bytes = [0; 16];
        app.env.randomness.fill(&mut bytes);
        let page = Self::for_guest(viewer.prefs, title);
        Self { viewer: Some(viewer.actor.user.name.to_string()), seed: hex::encode(bytes), ..page }
    }

    /// A page for somebody who need not be signed in; it has no forms that count.
    pub(crate) fn for_guest(prefs: Prefs, title: &str) -> Self {
        let mut page = Self {
            title: String::new(),
            viewer: None,
            here: "/".to_owned(),
            live: None,
            note: None,
            accent: Accent::Blue,
            prefs,
            seed: String::new(),
        };
        page.title = page.g(title).to_owned();
        page
    }

    /// With a title that is somebody's own words.
    #[must_use]
    pub(crate) fn titled(mut self, title: impl Display) -> Self {
        self.title = title.to_string();
        self
    }

    /// At this address.
    #[must_use]
    pub(crate) fn at(mut self, here: impl Into<String>) -> Self {
        self.here = here.into();
        self
    }

    /// In the colour of an organization.
    #[must_use]
    pub(crate) fn owned_by(mut self, organization: &Organization) -> Self {
        self.accent = accent(organization);
        self
    }

    /// Follows a sitting while it is open.
    #[must_use]
    pub(crate) fn following(mut self, stream: impl Into<String>) -> Self {
        self.live = Some(stream.into());
        self
    }

    /// Says what was just done, if it is among what can be said.
    #[must_use]
    pub(crate) fn noting(mut self, note: Option<&str>) -> Self {
        self.note = note.filter(|note| Lang::En.text(&format!("note.{note}")).is_some()).map(str::to_owned);
        self
    }

    /// A text.
    pub(crate) fn t(&self, key: &str) -> &'static str {
        self.g(key)
    }

    /// A text whose name is put together.
    pub(crate) fn g(&self, key: &str) -> &'static str {
        // A test names every text; an empty place is better than a page that fails.
        self.prefs.lang.text(key).unwrap_or("")
    }

    /// What was just done.
    pub(crate) fn noted(&self, note: &str) -> &'static str {
        self.g(&format!("note.{note}"))
    }

    /// Who learns how somebody voted.
    pub(crate) fn secrecy(&self, word: &str) -> &'static str {
        self.g(&format!("secrecy.{word}"))
    }

    /// A way of counting that the form offers.
    pub(crate) fn method(&self, name: &str) -> &'static str {
        self.g(&format!("method.{name}"))
    }

    /// A role.
    pub(crate) fn role(&self, word: &str) -> &'static str {
        self.g(&format!("role.{word}"))
    }

    /// A role that is granted.
    pub(crate) fn held_role(&self, word: &str) -> &'static str {
        self.g(&format!("held_role.{word}"))
    }

    /// What somebody in such a role may do.
    pub(crate) fn role_hint(&self, word: &str) -> &'static str {
        self.g(&format!("role_hint.{word}"))
    }

    /// A colour.
    pub(crate) fn accent_name(&self, word: &str) -> &'static str {
        self.g(&format!("accent.{word}"))
    }

    /// A role in a committee.
    pub(crate) fn committee_role(&self, word: &str) -> &'static str {
        self.g(&format!("committee_role.{word}"))
    }

    /// What a token may be used for.
    pub(crate) fn token_scope(&self, word: &str) -> &'static str {
        self.g(&format!("token_scope.{word}"))
    }

    /// A group of the rules.
    pub(crate) fn rule(&self, setting: &str) -> &'static str {
        self.g(&format!("rules.{setting}"))
    }

    /// The word for light or dark.
    pub(crate) fn theme_name(&self, theme: &Theme) -> &'static str {
        self.g(&format!("theme.{}", theme.as_str()))
    }

    /// A text with something filled in.
    pub(crate) fn f(&self, key: &str, value: impl Display) -> String {
        fill(self.g(key), &[&value])
    }

    /// A text with two things filled in.
    pub(crate) fn f2(&self, key: &str, first: impl Display, second: impl Display) -> String {
        fill(self.g(key), &[&first, &second])
    }

    /// A text that counts.
    pub(crate) fn n(&self, key: &str, count: impl Display) -> String {
        let count = count.to_string();
        let form = if count == "1" { "one" } else { "other" };
        fill(self.g(&format!("{key}.{form}")), &[&count])
    }

    /// What is wrong, in the reader's language where there are words for it.
    pub(crate) fn problem(&self, problem: &Problem) -> String {
        if self.prefs.lang == Lang::En {
            return problem.detail().to_owned();
        }
        let known = self.prefs.lang.text(&format!("problem.{}", problem.code()));
        known.map_or_else(|| problem.detail().to_owned(), str::to_owned)
    }

    /// A time of day in the viewer's zone, with the moment for machines.
    pub(crate) fn time(&self, moment: &Moment) -> Markup {
        self.stamp(moment, "time", "%H:%M")
    }

    /// A day and time in the viewer's zone.
    pub(crate) fn day_time(&self, moment: &Moment) -> Markup {
        let format = match self.prefs.lang {
            Lang::En => "%-d %b %Y, %H:%M",
            Lang::De => "%d.%m.%Y, %H:%M",
        };
        self.stamp(moment, "day", format)
    }

    fn stamp(&self, moment: &Moment, kind: &str, format: &str) -> Markup {
        let local = moment.with_timezone(&self.prefs.zone);
        let zone = if self.prefs.zone == Tz::UTC { " UTC" } else { "" };
        let machine = moment.format("%Y-%m-%dT%H:%M:%SZ");
        Markup(format!(
            "<time datetime=\"{machine}\" data-kind=\"{kind}\" dir=\"auto\">{}{zone}</time>",
            local.format(format)
        ))
    }

    /// The moment for a script.
    pub(crate) fn instant(&self, moment: &Moment) -> String {
        moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// The time zone's name.
    pub(crate) fn zone(&self) -> &'static str {
        self.prefs.zone.name()
    }

    /// What makes sending a form twice the same as sending it once.
    pub(crate) fn key(&self, form: impl Display) -> String {
        format!("{}-{form}", self.seed)
    }

    pub(crate) const fn lang(&self) -> Lang {
        self.prefs.lang
    }

    pub(crate) const fn langs(&self) -> [Lang; 2] {
        Lang::ALL
    }

    pub(crate) const fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }

    pub(crate) const fn theme(&self) -> Theme {
        self.prefs.theme
    }

    /// The classes of the root: accent and theme.
    pub(crate) fn classes(&self) -> String {
        let accent = format!("accent-{}", self.accent.as_str());
        match self.prefs.theme {
            Theme::Device => accent,
            theme => format!("{accent} {}", theme.as_str()),
        }
    }

    pub(crate) fn style(&self) -> String {
        assets::style()
    }

    pub(crate) fn script(&self) -> String {
        assets::script()
    }

    pub(crate) fn logo(&self) -> String {
        assets::logo()
    }
}

/// The colour that an organization has chosen, or one by its number, so that several of them differ.
pub(crate) fn accent(organization: &Organization) -> Accent {
    let count = i32::try_from(Accent::ALL.len()).unwrap_or(1);
    let by_number = usize::try_from(organization.id.get().rem_euclid(count)).unwrap_or(0);
    organization.accent.unwrap_or(Accent::ALL[by_number])
}

/// Renders a page.
pub(crate) fn show(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                [(header::CONTENT_TYPE, "text/plain")],
                "This page is broken.",
            )
                .into_response()
        }
    }
}

/// Goes on to another page, as every accepted form does.
pub(crate) fn go(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}
