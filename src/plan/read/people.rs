//! Places and people: sites, roles, persons.

use super::{id, name};
use crate::{
    model::{Person, Site, Text},
    plan::{
        Plan, Role,
        cx::{Cx, Named},
        keys::Keys,
        suggest,
    },
};

pub(super) fn read(cx: &mut Cx<'_>, keys: &mut Keys<'_>, plan: &mut Plan) {
    keys.need(cx, "site", "... in a [[site]] table for each region");
    plan.sites =
        keys.tables(cx, "site").into_iter().filter_map(|t| site(cx, t)).collect();
    plan.roles =
        keys.tables(cx, "role").into_iter().filter_map(|t| role(cx, t)).collect();
    plan.people =
        keys.tables(cx, "person").into_iter().filter_map(|t| person(cx, t)).collect();
    if plan.commander.is_none() {
        let commander = ["incident-commander", "commander"];
        plan.commander = plan
            .roles
            .iter()
            .find(|role| commander.contains(&role.id.as_str()))
            .map(|role| role.id.clone());
    }
}

fn site(cx: &mut Cx<'_>, mut keys: Keys<'_>) -> Option<Site> {
    let id = id(cx, &mut keys, "us-east-1");
    let region = keys.string(cx, "region");
    if let (Some(id), Some(region)) = (id, &region)
        && suggest::nearest(&region.value, [id]).is_some()
    {
        cx.problems.warning(
            "P-bad-value",
            &region.place,
            format!("site `{id}` lies in region `{}`", region.value),
            format!("did you mean `{id}`?"),
        );
    }
    let site = Site {
        id: id.unwrap_or_default().into(),
        name: name(cx, &mut keys, id),
        region: region.map(|found| found.value),
        profile: keys.string(cx, "profile").map(|found| found.value),
        role_arn: keys.string(cx, "role_arn").map(|found| found.value),
    };
    keys.finish(cx, "a site");
    id.map(|_| site)
}

fn role(cx: &mut Cx<'_>, mut keys: Keys<'_>) -> Option<Role> {
    let id = id(cx, &mut keys, "database-lead");
    let role = Role {
        id: id.unwrap_or_default().into(),
        title: keys
            .text(cx, "title")
            .unwrap_or_else(|| Text::clean(id.unwrap_or_default())),
        duties: keys.text(cx, "duties"),
    };
    keys.finish(cx, "a role");
    id.map(|_| role)
}

fn person(cx: &mut Cx<'_>, mut keys: Keys<'_>) -> Option<Person> {
    let id = id(cx, &mut keys, "okafor");
    let person = Person {
        id: id.unwrap_or_default().into(),
        name: name(cx, &mut keys, id),
        roles: keys
            .ids(cx, "roles", Named::Role)
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect(),
        contact: keys.text(cx, "contact"),
    };
    keys.finish(cx, "a person");
    id.map(|_| person)
}
