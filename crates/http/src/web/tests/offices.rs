//! One of each page of chairs, secretaries and owners, empty and full.

use plenum_application::views::Sealed;

use super::presence::desk;
use super::samples::{figures, moment, result};
use super::{HOSTILE, Sample};
use crate::web::console::{ConsoleEvent, ConsolePage, MandateView, PersonLine};
use crate::web::draft::{Draft, Fields};
use crate::web::home::SittingLine;
use crate::web::members::{Audit, AuditView, Correction, Import, ImportRow, MemberRow, Members, Then};
use crate::web::organization::{OrganizationPage, Settings, SettingsFields};
use crate::web::page::Page;
use crate::web::presence::Desk;
use crate::web::proxies::ProxyLine;
use crate::web::qr;
use crate::web::screen::{LinkPage, OfficeView, Scene, Screen};
use crate::web::sitting::EventLine;

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn event(id: i32, draft: bool, active: bool) -> ConsoleEvent {
    ConsoleEvent {
        line: EventLine { id, name: hostile(), kind: "kind.motion", state: "state.draft", tone: "plain" },
        rule: hostile(),
        secrecy: "secrecy.standard".to_owned(),
        draft,
        active,
        releasable: !draft && !active,
        annullable: !draft,
        shared: draft,
        shareable: true,
        end: active.then(moment),
        voted: 3,
        entitled: 12,
        turnout: 500,
        missing: if active { vec![hostile()] } else { Vec::new() },
        more_missing: active,
        result: (!draft).then(|| result(!active)),
    }
}

impl Sample for ConsolePage {
    fn samples(page: &Page) -> Vec<Self> {
        let person = |id, present, removed| PersonLine {
            id,
            name: hostile(),
            login: "zng".to_owned(),
            role: "role.guest".to_owned(),
            present,
            removed,
            holds_for: if present { hostile() } else { String::new() },
            represented_by: (!present).then(hostile),
        };
        let mandate = MandateView {
            principal: hostile(),
            line: ProxyLine {
                id: 5,
                other: hostile(),
                status: "mandate.active",
                tone: "good",
                revocable: true,
                awaits_holder: false,
                awaits_chair: true,
            },
        };
        let console = |locked, closed, events, people, mandates| Self {
            page: page.clone().following("/api/v1/sessions/7/live"),
            session: 7,
            organization: 3,
            organization_name: hostile(),
            code: "7QK2MD".to_owned(),
            address: "/join/7QK2MD".to_owned(),
            qr: qr::code("https://plenum.example/join/7QK2MD", HOSTILE),
            status: "status.open",
            tone: "good",
            locked,
            closed,
            figures: figures(7, false),
            events,
            desk: if locked || closed { desk(locked) } else { Desk::default() },
            people,
            more_people: usize::from(closed),
            wanted: hostile(),
            outside: vec![hostile()],
            mandates,
            exports: true,
            screen_since: Some(moment()),
        };
        let events = vec![event(1, true, false), event(2, false, true), event(3, false, false)];
        let people = vec![person(1, true, false), person(2, false, true), person(3, false, false)];
        vec![
            console(false, false, Vec::new(), Vec::new(), Vec::new()),
            console(true, false, events.clone(), people.clone(), vec![mandate.clone()]),
            console(false, true, events, people, vec![mandate]),
        ]
    }
}

impl Sample for Draft {
    fn samples(page: &Page) -> Vec<Self> {
        let draft = |election, new, threshold: &str| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            action: "/sessions/7/events".to_owned(),
            election,
            new,
            fields: Fields {
                name: hostile(),
                description: hostile(),
                options: hostile(),
                threshold: threshold.to_owned(),
                method: if new { "irv" } else { "qpq" }.to_owned(),
                seats: "2".to_owned(),
                secrecy: "roll_call".to_owned(),
                live: true,
                proxy: true,
            },
            usual: hostile(),
            proxies_allowed: true,
            wrong: if new { Vec::new() } else { vec![hostile()] },
        };
        vec![draft(false, true, ""), draft(false, false, "3/5"), draft(true, true, "")]
    }
}

impl Sample for OrganizationPage {
    fn samples(page: &Page) -> Vec<Self> {
        let sitting = SittingLine {
            id: 7,
            title: hostile(),
            organization: hostile(),
            status: "status.open",
            tone: "good",
            conducts: true,
        };
        let organization = |may, sittings, wrong| Self {
            page: page.clone(),
            organization: 3,
            description: if may { hostile() } else { String::new() },
            sittings,
            opens: may,
            audits: may,
            edits: may,
            sees_roles: may,
            archived: !may,
            typed: hostile(),
            wrong,
        };
        vec![organization(false, Vec::new(), None), organization(true, vec![sitting], Some(hostile()))]
    }
}

impl Sample for Settings {
    fn samples(page: &Page) -> Vec<Self> {
        let settings = |archived, runs, people, wrong| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            fields: SettingsFields { name: hostile(), description: hostile(), accent: "plum".to_owned() },
            archived,
            hands_over: runs,
            retires: runs,
            people,
            wrong,
        };
        vec![
            settings(false, false, Vec::new(), None),
            settings(false, true, Vec::new(), None),
            settings(false, true, vec![hostile()], Some(hostile())),
            settings(true, true, vec![hostile()], None),
        ]
    }
}

impl Sample for Members {
    fn samples(page: &Page) -> Vec<Self> {
        let member = |id, known: &str| MemberRow {
            id,
            name: hostile(),
            login: "zng".to_owned(),
            role: "chair",
            weight: 1,
            email: known.to_owned(),
            number: known.to_owned(),
        };
        let members = |manages, members, more| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            manages,
            members,
            more,
            wanted: hostile(),
        };
        vec![
            members(false, Vec::new(), 0),
            members(false, vec![member(1, "")], 1),
            members(true, vec![member(1, ""), member(2, HOSTILE)], 5),
        ]
    }
}

impl Sample for Import {
    fn samples(page: &Page) -> Vec<Self> {
        let then = |known: &str| Then {
            name: hostile(),
            login: hostile(),
            email: known.to_owned(),
            number: known.to_owned(),
            role: "member",
            weight: 2,
        };
        let row = |line, change, then, wrong: Option<&str>, earlier| ImportRow {
            line,
            login: hostile(),
            change,
            tone: "good",
            then,
            corrections: Vec::new(),
            name_stays: false,
            wrong: wrong.map(str::to_owned),
            earlier,
        };
        let new = |line| row(line, "import.new_person", Some(then("")), None, None);
        let corrected = |column| Correction { column, was: hostile(), is: hostile() };
        let columns = ["members.name", "members.email", "members.number", "members.role", "members.weight"];
        let changed = ImportRow {
            corrections: columns.into_iter().map(corrected).collect(),
            name_stays: true,
            ..row(5, "import.changed", Some(then(HOSTILE)), None, None)
        };
        let import = |rows, mistakes, wrong| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            csv: hostile(),
            rows,
            changes: 1,
            mistakes,
            more: mistakes,
            wrong,
        };
        let bad = row(2, "import.wrong", None, Some(HOSTILE), None);
        let twice = row(3, "import.twice", None, None, Some(2));
        vec![
            import(Vec::new(), 0, Some(hostile())),
            import(vec![new(2), changed.clone()], 0, None),
            import(vec![bad, twice, new(4), changed], 2, None),
        ]
    }
}

impl Sample for Audit {
    fn samples(page: &Page) -> Vec<Self> {
        let line = |who: Option<&str>, before| AuditView {
            at: moment(),
            who: who.map(str::to_owned),
            action: "event.open".to_owned(),
            before,
            after: Some(hostile()),
        };
        let audit = |lines, next| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            lines,
            next,
        };
        vec![
            audit(Vec::new(), None),
            audit(vec![line(None, None), line(Some(HOSTILE), Some(hostile()))], Some(7)),
        ]
    }
}

impl Sample for LinkPage {
    fn samples(page: &Page) -> Vec<Self> {
        let link = |qr| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            address: "https://vote.example.org/screen/Jd0yQ2m6".to_owned(),
            path: "/screen/Jd0yQ2m6".to_owned(),
            qr,
        };
        vec![link(None), link(qr::code("/screen/Jd0yQ2m6", HOSTILE))]
    }
}

impl Sample for Screen {
    fn samples(page: &Page) -> Vec<Self> {
        let scene = |counted, end| Scene {
            id: 9,
            name: hostile(),
            description: hostile(),
            rule: hostile(),
            secrecy: "secrecy.standard".to_owned(),
            end,
            voted: 3,
            entitled: 12,
            turnout: 500,
            result: Some(result(counted)),
        };
        let office = |standing: &[&str], asked| OfficeView {
            name: hostile(),
            seats: 2,
            standing: standing.iter().map(|name| (*name).to_owned()).collect(),
            asked,
        };
        let empty = || Self {
            page: page.clone().following("/api/v1/sessions/7/live"),
            session: 7,
            code: "7QK2MD".to_owned(),
            host: hostile(),
            qr: qr::code("/join/7QK2MD", HOSTILE),
            closed: false,
            voting: None,
            others: Vec::new(),
            tied: None,
            offices: Vec::new(),
            shown: None,
            figures: figures(7, false),
            sealed: None,
        };
        let sealed = Sealed { words: std::array::from_fn(|_| "habad".to_owned()), size: 412 };
        let over = || Self { closed: true, figures: figures(7, true), ..empty() };
        vec![
            empty(),
            over(),
            Self { sealed: Some(sealed.clone()), ..over() },
            Self { sealed: Some(sealed), shown: Some(scene(true, None)), ..over() },
            Self { tied: Some(scene(true, None)), ..empty() },
            Self { offices: vec![office(&[], 0), office(&[HOSTILE, "Ann"], 3)], ..empty() },
            Self {
                voting: Some(scene(false, Some(moment()))),
                others: vec![hostile(), hostile()],
                ..empty()
            },
            Self { voting: Some(Scene { result: None, ..scene(false, None) }), ..empty() },
            Self { shown: Some(scene(true, None)), ..empty() },
        ]
    }
}
