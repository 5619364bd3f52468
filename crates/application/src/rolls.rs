//! Who becomes entitled while voting is open, and is in the sitting, joins the roll where the rules let them.

use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::roll::{self, RollEntry};
use plenum_domain::rules::Electorate;
use plenum_ports::Tx;
use plenum_ports::repository::AuditEntry;
use plenum_record::{hex, leaf, tree};
use serde_json::{Value, json};

use crate::Failure;
use crate::audit::{self, Describe};

/// A line of the roll, as the record shows it.
pub(crate) fn roll_line(entry: &RollEntry) -> Value {
    json!({
        "principal_user_id": entry.principal.get(),
        "vote_weight": entry.weight.get(),
        "present": entry.present,
        "holder_user_id": entry.held_by.map(|(holder, _)| holder.get()),
        "user_session_id": entry.held_by.map(|(_, instance)| instance.get()),
    })
}

/// Puts these people on the rolls of open votes that they may vote on from now: those of running sittings they are
/// in, on whose rolls they are not. The events are held, so that none is counted meanwhile.
pub(crate) async fn join(
    tx: &mut dyn Tx,
    organization: OrganizationId,
    people: &[UserId],
    by: Option<UserId>,
    now: Moment,
) -> Result<(), Failure> {
    let missing = tx.events().missing_on_rolls(organization, people).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let Some(organization) = tx.organizations().get(organization).await? else { return Ok(()) };
    let mut lines = Vec::new();
    for (event, users) in missing {
        lines.extend(join_one(tx, &organization, &event, &users, by, now).await?);
    }
    if !lines.is_empty() {
        tx.audit().append(&lines).await?;
    }
    Ok(())
}

async fn join_one(
    tx: &mut dyn Tx,
    organization: &Organization,
    event: &Event,
    users: &[UserId],
    by: Option<UserId>,
    now: Moment,
) -> Result<Vec<AuditEntry>, Failure> {
    let Some(session) = tx.sessions().get(event.session_id).await? else { return Ok(Vec::new()) };
    // The rules it was opened under say whose vote it is, whatever they say today.
    let version = event.terms.rules.version.unwrap_or(organization.rules.version);
    let current = version == organization.rules.version;
    let rules = if current { None } else { tx.rules().adopted(organization.id, version).await? };
    let rules = rules.as_ref().unwrap_or(&organization.rules);
    let said = event.terms.voters.as_ref().unwrap_or(&rules.voters);
    let electorate: Electorate = tx.roles().electorate(said, session.id, Some(event.id)).await?;
    let members = tx.organizations().members(organization.id).await?;
    let entitled = rules.entitled(&members, &electorate);
    let roll = tx.events().roll_lines(event.id, now).await?;
    let newcomers = entitled.iter().filter(|member| users.contains(&member.user_id));
    let joining: Vec<_> = newcomers.filter_map(|member| roll::late(event, member, &roll)).collect();
    if !joining.is_empty() {
        tx.events().join_roll(event.id, &joining).await?;
    }
    let line = |entry: &RollEntry| {
        let (user, shown) = (entry.principal, roll_line(entry));
        let hash = hex(&tree::leaf_hash(leaf::text(&shown).as_bytes()));
        audit::entry("event.join_roll", "electoral_roll", user.get(), by, now)
            .session(&session)
            .event(event)
            .after(json!({"user_id": user.get(), "vote_weight": entry.weight.get()}))
            // As at the opening, bound by its hash.
            .facts(json!({"roll_line": hash}))
            .sealed("roll", Value::from(vec![shown]))
    };
    Ok(joining.iter().map(line).collect())
}
