//! Rules, roles and committees, empty and full.

use super::samples::moment;
use super::{HOSTILE, Sample};
use crate::web::committees::{CommitteeView, Committees, SeatView};
use crate::web::page::Page;
use crate::web::roles::{HeldRole, PromisedRole, Roles};
use crate::web::rules::{Group, Kind, RulesPage, Setting};

fn hostile() -> String {
    HOSTILE.to_owned()
}

impl Sample for RulesPage {
    fn samples(page: &Page) -> Vec<Self> {
        let setting = |path, kind| Setting { path, kind, value: hostile() };
        let group = |name, settings| Group { name, text: hostile(), settings };
        let rules = |edits, wrong: Option<&str>| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            version: "4".to_owned(),
            groups: vec![
                group(
                    "quorum",
                    vec![
                        setting("quorum.kind", Kind::Words(&["none", "count", "fraction"])),
                        setting("quorum.count", Kind::Number(10)),
                        setting("quorum.fraction", Kind::Share),
                    ],
                ),
                group("proxies", vec![setting("proxies.allowed", Kind::Flag)]),
                group("voters", Vec::new()),
            ],
            edits,
            wrong: wrong.map(str::to_owned).into_iter().collect(),
        };
        vec![rules(false, None), rules(true, None), rules(true, Some(HOSTILE))]
    }
}

impl Sample for Roles {
    fn samples(page: &Page) -> Vec<Self> {
        let held = |id, granted_by: Option<&str>| HeldRole {
            id,
            name: hostile(),
            login: "zng".to_owned(),
            role: "teller",
            place: "roles.organization",
            granted_by: granted_by.map(str::to_owned),
            since: moment(),
        };
        let promised =
            PromisedRole { id: 5, to: hostile(), role: "chair", place: "roles.session", until: moment() };
        let roles = |grants, held, promised, wrong: Option<&str>| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            held,
            promised,
            people: vec![hostile()],
            grants,
            typed: hostile(),
            chosen: "teller".to_owned(),
            wrong: wrong.map(str::to_owned),
        };
        let full = vec![held(1, None), held(2, Some(HOSTILE))];
        vec![
            roles(false, Vec::new(), Vec::new(), None),
            roles(false, full.clone(), vec![promised.clone()], None),
            roles(true, full, vec![promised], Some(HOSTILE)),
        ]
    }
}

impl Sample for Committees {
    fn samples(page: &Page) -> Vec<Self> {
        let seat = |id| SeatView { id, name: hostile(), role: "chair" };
        let committee = |id, parent: Option<&str>, members| CommitteeView {
            id,
            name: hostile(),
            parent: parent.map(str::to_owned),
            members,
        };
        let committees = |manages, committees, wrong: Option<&str>| Self {
            page: page.clone(),
            organization: 3,
            organization_name: hostile(),
            committees,
            people: vec![hostile()],
            manages,
            typed: hostile(),
            wrong: wrong.map(str::to_owned),
        };
        let full = vec![committee(1, None, Vec::new()), committee(2, Some(HOSTILE), vec![seat(1), seat(2)])];
        vec![
            committees(false, Vec::new(), None),
            committees(true, full, Some(HOSTILE)),
            committees(true, Vec::new(), None),
        ]
    }
}
