//! Places and people: sites, roles, persons.

use super::{ids, name};
use crate::{
    model::{Person, PersonId, Role, RoleId, Site, Text},
    plan::{
        Plan,
        cx::Cx,
        language::{Items, PersonRow, RoleRow, Said, SiteRow},
        suggest,
    },
};

pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan) {
    let sites = plan.file.site.items().iter();
    plan.sites = sites.filter_map(|row| site(cx, row)).collect();
    plan.people = plan.file.person.items().iter().filter_map(person).collect();
    plan.roles = plan.file.role.items().iter().filter_map(role).collect();
    hold(plan);
    if plan.commander.is_none() {
        let commander = ["incident-commander", "commander"];
        plan.commander = plan
            .roles
            .iter()
            .find(|role| commander.contains(&role.id.as_str()))
            .map(|role| role.id.clone());
    }
}

/// Whoever a role names first or second can be it, and whoever can be it stands with it.
fn hold(plan: &mut Plan) {
    for role in &mut plan.roles {
        for person in &mut plan.people {
            if role.people.contains(&person.id) {
                if !person.roles.contains(&role.id) {
                    person.roles.push(role.id.clone());
                }
            } else if person.roles.contains(&role.id) {
                role.people.push(person.id.clone());
            }
        }
    }
}

fn site(cx: &mut Cx<'_>, row: &SiteRow) -> Option<Site> {
    let id = row.id.get()?;
    if let Some(region) = &row.region
        && suggest::nearest(&region.value, [id.as_str()]).is_some()
    {
        cx.problems.warning(
            "P-bad-value",
            &region.place,
            format!("site `{id}` lies in region `{}`", region.value),
            format!("did you mean `{id}`?"),
        );
    }
    Some(Site {
        id: id.as_str().into(),
        name: name(row.name.as_ref(), id),
        region: row.region.get().cloned(),
        profile: row.profile.get().cloned(),
        role_arn: row.role_arn.get().cloned(),
    })
}

fn role(row: &RoleRow) -> Option<Role> {
    let id = row.id.get()?;
    let people = [&row.primary, &row.backup].into_iter().flatten();
    let ways: Vec<&str> = [&row.contact, &row.phone, &row.email]
        .into_iter()
        .filter_map(|way| way.get().map(Text::as_str))
        .collect();
    Some(Role {
        id: RoleId::from(id.as_str()),
        title: name(row.title.as_ref(), id),
        duties: row.duties.get().cloned(),
        people: people.map(|found| PersonId::from(found.value.as_str())).collect(),
        contact: (!ways.is_empty()).then(|| Text::clean(ways.join(", "))),
    })
}

fn person(row: &PersonRow) -> Option<Person> {
    let id = row.id.get()?;
    let ways: Vec<&str> = [&row.contact, &row.phone, &row.email]
        .into_iter()
        .filter_map(|way| way.get().map(Text::as_str))
        .collect();
    Some(Person {
        id: id.as_str().into(),
        name: name(row.name.as_ref(), id),
        roles: ids(&row.roles),
        contact: (!ways.is_empty()).then(|| Text::clean(ways.join(", "))),
    })
}
