//! Who was there.

use plenum_domain::Moment;
use plenum_ports::typesetting::{Block, Column, Fact};

use super::table;
use crate::views::{Attendance, Attendee};

pub(super) fn paper(attendance: &Attendance) -> Vec<Block> {
    let mut blocks = vec![Block::Facts(standing(attendance))];
    blocks.push(list(attendance));
    blocks
}

/// How many were there, and whether that was enough.
pub(super) fn standing(attendance: &Attendance) -> Vec<Fact> {
    let over = attendance.line.session.status.as_str() == "closed";
    let (figures, quorum) = (&attendance.figures, &attendance.figures.quorum);
    let met = if quorum.is_met() { "met" } else { "not met" };
    let came = attendance.attendees.iter().filter(|one| !one.intervals.is_empty()).count();
    vec![
        Fact::new(if over { "Present at the end" } else { "Present now" }, figures.headcount.to_string()),
        Fact::new("People who came", came.to_string()),
        Fact::new(
            "Voting strength",
            format!(
                "{} of {} votes present or represented",
                figures.strength.present, figures.strength.entitled
            ),
        ),
        Fact::new(
            "Quorum",
            match quorum.required {
                0 => format!(
                    "none required; {} of {} entitled present or represented",
                    quorum.present, quorum.entitled
                ),
                needed => format!(
                    "{met}: {} of {} entitled present or represented, {needed} needed",
                    quorum.present, quorum.entitled
                ),
            },
        ),
    ]
}

/// Everyone, by name.
pub(super) fn list(attendance: &Attendance) -> Block {
    let columns = vec![
        Column::text("Name", 26),
        Column::text("Login name", 14),
        Column::text("Role", 11),
        Column::text("Present (UTC)", 25),
        Column::text("Votes for, represented by", 24),
    ];
    let mut attendees: Vec<&Attendee> = attendance.attendees.iter().collect();
    attendees.sort_by_cached_key(|one| (one.user.name.as_str().to_lowercase(), one.user.id));
    let rows = attendees.into_iter().map(|one| {
        vec![
            one.user.name.to_string(),
            one.user.andrew_id.to_string(),
            one.role.map_or_else(|| "guest".to_owned(), |role| role.to_string()),
            presence(one),
            representation(one),
        ]
    });
    table(columns, rows)
}

fn presence(attendee: &Attendee) -> String {
    let stretch = |(from, until): (Moment, Option<Moment>)| {
        let until = match until {
            None => "…".to_owned(),
            // The day is said again only where it is another.
            Some(until) if until.date_naive() == from.date_naive() => until.format("%H:%M").to_string(),
            Some(until) => until.format("%Y-%m-%d %H:%M").to_string(),
        };
        format!("{} – {until}", from.format("%Y-%m-%d %H:%M"))
    };
    let mut lines: Vec<String> =
        attendee.intervals.iter().map(|interval| stretch((interval.from, interval.until))).collect();
    if lines.is_empty() {
        lines.push("not present".to_owned());
    }
    if attendee.removed {
        lines.push("removed by the host".to_owned());
    }
    lines.join("\n")
}

fn representation(attendee: &Attendee) -> String {
    let mut lines: Vec<String> =
        attendee.holds_for.iter().map(|user| format!("votes for {}", user.name)).collect();
    lines.extend(attendee.represented_by.as_ref().map(|user| format!("represented by {}", user.name)));
    lines.join("\n")
}
