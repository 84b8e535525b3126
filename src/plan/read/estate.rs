//! The estate: databases, compute, traffic and storage with their sides. Which keys a
//! kind has is told by its `KindSpec`, not known here.

use std::collections::BTreeMap;

use super::{id, name};
use crate::{
    model::{KindSpec, Noun, Resource, Side, SiteId},
    plan::{
        cx::{Cx, Named},
        keys::Keys,
        suggest,
    },
};

pub(super) fn read(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> Vec<Resource> {
    let mut estate = Vec::new();
    for noun in Noun::ALL {
        for table in keys.tables(cx, noun.word()) {
            estate.extend(resource(cx, table, noun));
        }
    }
    estate
}

fn resource(cx: &mut Cx<'_>, mut keys: Keys<'_>, noun: Noun) -> Option<Resource> {
    let id = id(cx, &mut keys, "main");
    let spec = kind(cx, &mut keys, noun);
    let label = name(cx, &mut keys, id);
    let primary = keys.need_id(cx, "primary", Named::Site).map(SiteId::new);
    let sides = sides(cx, &mut keys, spec);
    let params = spec.map(|spec| keys.params(cx, spec.shared)).unwrap_or_default();
    if let Some(primary) = &primary
        && !sides.is_empty()
        && !sides.contains_key(primary)
    {
        cx.error(
            "L92",
            &keys.place_of("primary"),
            format!("the primary site {primary} is not one of its sides"),
            format!("add [{noun}.side.{primary}]"),
        );
    }
    if let Some(spec) = spec {
        keys.finish(cx, &format!("a {noun} of kind {}", spec.kind));
    }
    Some(Resource {
        id: id?.into(),
        noun,
        kind: spec?.kind.to_owned(),
        name: label,
        primary: primary?,
        sides,
        params,
    })
}

fn kind<'k>(cx: &mut Cx<'k>, keys: &mut Keys<'_>, noun: Noun) -> Option<&'k KindSpec> {
    let kinds = cx.kinds;
    let fitting: Vec<&str> =
        kinds.iter().filter(|spec| spec.noun == noun).map(|spec| spec.kind).collect();
    keys.need(
        cx,
        "kind",
        &format!("\"{}\"", fitting.first().copied().unwrap_or_default()),
    );
    let found = keys.raw(cx, "kind")?;
    let spec = kinds.iter().find(|spec| spec.kind == found.value);
    match spec {
        Some(spec) if spec.noun == noun => Some(spec),
        Some(spec) => {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("`{}` is a kind of {}, not of {noun}", spec.kind, spec.noun),
                format!("put it under [[{}]]", spec.noun),
            );
            None
        }
        None => {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("there is no kind `{}` of {noun}", found.value),
                suggest::advice(found.value, &fitting, "kinds"),
            );
            None
        }
    }
}

fn sides(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    spec: Option<&KindSpec>,
) -> BTreeMap<SiteId, Side> {
    let mut out = BTreeMap::new();
    keys.need(
        cx,
        "side",
        "... in a table for each site, as in [database.side.us-east-1]",
    );
    let Some(table) = keys.table(cx, "side") else { return out };
    let at = keys.place.at.clone();
    for (site, mut place, value) in table.entries() {
        place.at = format!("{at}.side.{site}");
        let known = cx.refer(Named::Site, site, &place);
        let Some(inner) = value.get_ref().as_table() else {
            cx.error(
                "P-wrong-type",
                &place,
                format!("side {site} is not a table"),
                format!("write it as its own table ending in .side.{site}]"),
            );
            continue;
        };
        let Some(spec) = spec else { continue };
        let mut side = Keys::new(inner, place);
        let params = side.params(cx, spec.side);
        side.finish(cx, &format!("a side of kind {}", spec.kind));
        if known {
            out.insert(SiteId::new(site), Side { params });
        }
    }
    out
}
