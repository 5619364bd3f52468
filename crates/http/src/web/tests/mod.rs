//! Pages: each rendered in every language, and what people do with them.

mod administration;
mod chairs;
mod elections;
mod journeys;
mod leaders;
mod looks;
mod offices;
mod places;
mod presence;
mod receipts;
mod samples;

use askama::Template;

use super::page::Page;
use super::viewer::{Prefs, Theme};
use super::words::Lang;
use crate::tests::world::World;

/// A page as a test shows it.
pub(super) trait Sample: Template + Sized {
    /// One of each kind: empty and full, with everything that can be missing missing and there.
    fn samples(page: &Page) -> Vec<Self>;
}

/// What nobody may get onto a page as markup.
pub(super) const HOSTILE: &str = "<script>alert(\"'&\")</script>";

fn render<T: Sample>(name: &str) {
    for lang in Lang::ALL {
        for theme in [Theme::Device, Theme::Dark] {
            let prefs = Prefs { lang, theme, zone: chrono_tz::Europe::Berlin };
            let page = Page::for_guest(prefs, "home.title").noting(Some("joined"));
            for sample in T::samples(&page) {
                let html = sample.render().unwrap_or_else(|error| panic!("{name}: {error}"));
                check(name, &html);
                assert!(html.contains(&format!("<html lang=\"{}\"", lang.code())), "{name}");
            }
        }
    }
}

/// What holds for every page: one heading, landmarks, labels, nothing inline, nothing from elsewhere.
#[track_caller]
pub(super) fn check(name: &str, html: &str) {
    assert!(html.starts_with("<!doctype html>"), "{name}");
    assert_eq!(html.matches("<h1").count(), 1, "{name} has one first heading");
    assert_eq!(html.matches("<main").count(), 1, "{name} has one main part");
    assert!(!html.contains(HOSTILE), "{name} lets markup through");
    for wrong in
        ["style=\"", "<style", " onclick", " onload", "javascript:", "href=\"http", "src=\"http", "href=\"//"]
    {
        assert!(!html.contains(wrong), "{wrong} on {name}");
    }
    for script in html.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/plenum-"), "an inline script on {name}");
    }
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{name} has an id twice");
    for target in html.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&target), "{name}: no field {target} for its label");
    }
}

macro_rules! every_page_renders {
    ($($name:ident: $page:ty,)+) => {$(
        #[test]
        fn $name() {
            render::<$page>(stringify!($name));
        }
    )+};
}

every_page_renders! {
    landing: super::home::Landing,
    home: super::home::Home,
    offer: super::home::Offer,
    sitting: super::sitting::Sitting,
    ballot: super::voting::Ballot,
    review: super::voting::Review,
    offices: super::offices::Offices,
    new_offices: super::offices::NewOffices,
    receipt: super::ballot::Receipt,
    event: super::event::EventPage,
    proxies: super::proxies::Proxies,
    waiting_room: super::presence::WaitingRoom,
    person: super::presence::PersonPage,
    mandates: super::mandates::Mandates,
    mandate: super::mandates::MandatePage,
    history: super::me::History,
    account: super::me::Account,
    token: super::me::TokenPage,
    console: super::console::ConsolePage,
    draft: super::draft::Draft,
    organization: super::organization::OrganizationPage,
    settings: super::organization::Settings,
    rules: super::rules::RulesPage,
    roles: super::roles::Roles,
    clients: super::clients::Clients,
    client_token: super::clients::ClientToken,
    committees: super::committees::Committees,
    members: super::members::Members,
    import: super::members::Import,
    audit: super::members::Audit,
    screen: super::screen::Screen,
    screen_link: super::screen::LinkPage,
}

#[test]
fn every_template_of_a_page_is_rendered_by_a_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let declared = std::fs::read_dir(folder.join("src/web"))
        .expect("the folder is there")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok())
        .map(|source| source.matches("#[derive(Template)]").count())
        .sum::<usize>();
    let here = std::fs::read_to_string(folder.join("src/web/tests/mod.rs")).expect("this file");
    let list = here.split("every_page_renders! {").nth(1).and_then(|rest| rest.split('}').next());
    let rendered = list.unwrap_or_default().matches(": super::").count();
    // The page about what is in the way is shown by the journeys.
    assert_eq!(declared, rendered + 1);
}

#[tokio::test]
async fn the_first_page_is_small() {
    let world = World::new();
    let page = world.get("/").send().await;
    check("the first page", page.text());
    let mut total = page.body.len();
    for address in page.text().split('"').filter(|part| part.starts_with("/assets/")) {
        let asset = world.get(address).send().await;
        assert_eq!(asset.status, 200, "{address}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        total += asset.body.len();
    }
    assert!(total < 100_000, "{total} bytes");
    assert_eq!(world.get("/assets/plenum-0000000000000000.css").send().await.status, 404);
}

/// Pages that need no sign-in.
const OPEN: &[&str] = &["/", "/join", "/preferences", "/screen/{link}", "/assets/{name}", "/problems/{code}"];

/// The router is asked which pages it has: all but the open ones send a visitor to sign in, and refuse
/// what a visitor sends.
#[tokio::test]
async fn every_other_page_asks_who_is_looking() {
    let world = World::new();
    let debug = format!("{:?}", world.router);
    let pages: std::collections::BTreeSet<&str> = debug
        .split('"')
        .filter(|text| text.starts_with('/') && !text.starts_with("/{*") && !OPEN.contains(text))
        .filter(|text| !["/api/", "/auth/"].iter().any(|prefix| text.starts_with(prefix)))
        .filter(|text| !["/healthz", "/readyz", "/metrics"].contains(text))
        .collect();
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        let path: Vec<&str> =
            page.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        let path = path.join("/");
        let looked = world.get(&path).send().await;
        let sent_away = looked.status == 303 && looked.header("location").starts_with("/auth/login?next=");
        assert!(sent_away || looked.status == 405, "{page}: {}", looked.status);
        let form = "application/x-www-form-urlencoded";
        let sent = world.post(&path).same_origin().header("content-type", form).body("").await;
        assert!(sent.status == 401 || sent.status == 405, "{page}: {}", sent.status);
    }
}
