//! What people need beside the steps, from their rows.

use std::collections::BTreeMap;

use super::{id, ids, name};
use crate::{
    model::{
        Brief, Channel, ChecklistId, Contact, Escalation, IncidentType, Role, Route,
        ServiceBrief, ServiceId, Severity, Text,
    },
    plan::{
        Plan,
        cx::Cx,
        language::{Either, Found, Items, Said},
    },
};

pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan) {
    super::runbook::clock(cx, plan);
    let file = &plan.file;
    let text = |written: &Option<Found<String>>| written.get().map(Text::clean);
    plan.brief = Brief {
        organisation: plan.title.clone(),
        severities: file.severity.items().iter().filter_map(severity).collect(),
        incident_types: file.incident_type.items().iter().filter_map(kind).collect(),
        roles: plan.roles.iter().map(Role::clone).collect(),
        contacts: file.contact.items().iter().filter_map(contact).collect(),
        escalation: file.escalation.items().iter().filter_map(escalation).collect(),
        channels: file
            .channel
            .items()
            .iter()
            .filter_map(|row| {
                Some(Channel {
                    id: id(row.id.as_ref())?,
                    kind: row.kind.get()?.clone(),
                    address: text(&row.address),
                    purpose: row.purpose.get().cloned(),
                    fallback_for: id(row.fallback_for.as_ref()),
                })
            })
            .collect(),
        routes: file
            .notification
            .items()
            .iter()
            .filter_map(|row| {
                Some(Route {
                    event: text(&row.event)?,
                    to: row
                        .to
                        .items()
                        .iter()
                        .map(|one| Text::clean(&one.value))
                        .collect(),
                    via: ids(&row.via),
                    text: row.text.get().or(row.title.get()).cloned(),
                })
            })
            .collect(),
        checklists: checklists(plan),
        services: services(plan),
        ..Brief::default()
    };
    let current =
        |row: &&crate::plan::language::ModeRow| row.current.get() == Some(&true);
    plan.brief.mode = file.mode.items().iter().find(current).and_then(|mode| {
        Some((name(mode.name.as_ref(), mode.id.get()?), plan.objective))
    });
}

fn severity(row: &crate::plan::language::SeverityRow) -> Option<Severity> {
    Some(Severity {
        id: id(row.id.as_ref())?,
        name: name(row.name.as_ref(), row.id.get()?),
        examples: row.examples.items().iter().map(|one| one.value.clone()).collect(),
        respond_within: row.respond_within.get().copied(),
        procedure: id(row.procedure.as_ref()),
        on_raise: row
            .on_raise
            .items()
            .iter()
            .map(|one| Text::clean(&one.value))
            .collect(),
    })
}

fn kind(row: &crate::plan::language::IncidentTypeRow) -> Option<IncidentType> {
    Some(IncidentType {
        id: Text::clean(row.id.get()?),
        severity: id(row.severity.as_ref()),
        probe: id(row.probe.as_ref()),
        message: row.message.get().cloned(),
        auto_action: row
            .auto_action
            .items()
            .iter()
            .map(|one| Text::clean(&one.value))
            .collect(),
    })
}

fn contact(row: &crate::plan::language::ContactRow) -> Option<Contact> {
    let ways = [&row.contact, &row.phone, &row.email];
    Some(Contact {
        name: name(row.name.as_ref(), row.id.get()?),
        ways: ways.into_iter().filter_map(|way| way.get().cloned()).collect(),
        escalation: row.escalation.get().cloned(),
        sla: row.sla.get().map(|sla| Text::clean(format!("{sla} %"))),
        when: row.when.get().cloned(),
    })
}

fn escalation(row: &crate::plan::language::EscalationRow) -> Option<Escalation> {
    Some(Escalation {
        order: row.order.get().and_then(|order| u32::try_from(*order).ok())?,
        from: row.from.get()?.clone(),
        to: row.to.items().iter().map(|one| one.value.clone()).collect(),
        after: row.after.get().copied(),
    })
}

fn checklists(plan: &Plan) -> Vec<crate::model::Checklist> {
    let item =
        |found: &Found<Either<Text, crate::plan::language::ChecklistItem>>| match &found
            .value
        {
            Either::Short(text) => Some(text.clone()),
            Either::Table(row) => row.text.get().cloned(),
        };
    let rows = plan.file.checklist.items().iter();
    rows.filter_map(|row| {
        let own: ChecklistId = id(row.id.as_ref())?;
        Some(crate::model::Checklist {
            name: name(row.name.as_ref(), own.as_str()),
            id: own,
            when: row.when.get().cloned(),
            items: row.items.items().iter().filter_map(item).collect(),
        })
    })
    .collect()
}

/// What is said of each service; its place in the order of recovery is its tier's.
fn services(plan: &Plan) -> BTreeMap<ServiceId, ServiceBrief> {
    let place = |tier: &str| {
        let mut tiers = plan.file.tier.items().iter();
        let tier = tiers.find(|row| row.id.get().is_some_and(|id| id == tier))?;
        tier.order.get().and_then(|order| u32::try_from(*order).ok())
    };
    let rows = plan.file.service.items().iter();
    let said = rows.filter_map(|row| {
        let tier = row.tier.get();
        let brief = ServiceBrief {
            order: tier.and_then(|tier| place(tier)),
            tier: tier.map(Text::clean),
            availability: row
                .availability
                .get()
                .map(|percent| Text::clean(percent.to_string())),
        };
        Some((id(row.id.as_ref())?, brief))
    });
    said.filter(|(_, brief)| *brief != ServiceBrief::default()).collect()
}
