//! Who the plan belongs to, what it promises, and the values it leaves open.

use super::id;
use crate::{
    model::{Objective, Span, Text},
    plan::{
        Plan,
        cx::{Cx, Named, is_id},
        keys::{Found, Keys},
        parameter::{Env, Parameter},
        problem::Place,
    },
};

/// The one version of the language there is.
const SCHEMA: u32 = 1;

/// How long healthy must last when the plan does not say: longer than one flap of a
/// health check of 30 s times 3.
const STABLE: Span = Span::mins(2);

/// Longer than any objective: stands where none was written, so that rules about time
/// stay silent.
pub(super) const UNPROMISED: Objective =
    Objective { rto: Span::mins(1 << 30), rpo: Span::mins(1 << 30), stable: STABLE };

pub(super) fn read(cx: &mut Cx<'_>, keys: &mut Keys<'_>, plan: &mut Plan) {
    keys.need(cx, "schema", "1");
    if let Some(schema) = keys.number(cx, "schema")
        && schema.value != SCHEMA
    {
        cx.error(
            "P-bad-value",
            &schema.place,
            format!("schema {} is not known here", schema.value),
            "write `schema = 1`, or use the version of warroom the plan was made for",
        );
    }
    owner(cx, keys, plan);
    keys.need(cx, "objectives", "{ rto = \"30m\", rpo = \"5m\" }");
    plan.objective = UNPROMISED;
    if let Some(mut table) = keys.table(cx, "objectives") {
        cx.note(&table.place);
        table.need(cx, "rto", "\"30m\"");
        table.need(cx, "rpo", "\"5m\"");
        plan.objective = objective(cx, &mut table, UNPROMISED);
        plan.rto_clock = clock(cx, &mut table);
        table.finish(cx, "[objectives]");
    }
}

/// `rto`, `rpo` and `stable`, each falling back on `otherwise`.
pub(super) fn objective(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    otherwise: Objective,
) -> Objective {
    let rto = keys.duration(cx, "rto");
    if let Some(zero) = rto.as_ref().filter(|rto| rto.value == Span::ZERO) {
        cx.error(
            "P-bad-value",
            &zero.place,
            "an RTO of zero cannot be met",
            "write the longest time users may be without it, as in \"30m\"",
        );
    }
    let pick = |found: Option<Found<Span>>, or| found.map_or(or, |found| found.value);
    Objective {
        rto: pick(rto, otherwise.rto),
        rpo: pick(keys.duration(cx, "rpo"), otherwise.rpo),
        stable: pick(keys.duration(cx, "stable"), otherwise.stable),
    }
}

fn clock(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> Option<(Text, Text)> {
    let mut table = keys.table(cx, "rto_clock")?;
    table.need(cx, "start", "\"impact\"");
    table.need(cx, "stop", "\"verified\"");
    let start = table.raw(cx, "start");
    let stop = table.raw(cx, "stop");
    table.finish(cx, "rto_clock");
    let (start, stop) = (start?, stop?);
    super::word(cx, &start, "a start of the clock", &[("impact", ())])?;
    super::word(cx, &stop, "an end of the clock", &[("verified", ())])?;
    Some((Text::clean(start.value), Text::clean(stop.value)))
}

fn owner(cx: &mut Cx<'_>, keys: &mut Keys<'_>, plan: &mut Plan) {
    keys.need(cx, "plan", "{ name = \"shop\" }");
    let Some(mut table) = keys.table(cx, "plan") else { return };
    cx.note(&table.place);
    table.need(cx, "name", "\"shop\"");
    if let Some(name) = table.raw(cx, "name") {
        if is_id(name.value) {
            plan.name = Text::clean(name.value);
        } else {
            cx.error(
                "P-bad-id",
                &name.place,
                format!("`{}` cannot be a plan's name", name.value),
                "use letters, digits, - and _; the long name goes into `title`",
            );
        }
    }
    plan.title = table.text(cx, "title").unwrap_or_else(|| plan.name.clone());
    plan.review.owner = table.text(cx, "owner");
    plan.review.version = table.text(cx, "version");
    plan.review.reviewed = date(cx, &mut table, "reviewed");
    plan.review.next = date(cx, &mut table, "next_review");
    plan.commander = table.id_of(cx, "commander", Named::Role).map(Into::into);
    table.finish(cx, "[plan]");
}

fn date(cx: &mut Cx<'_>, keys: &mut Keys<'_>, key: &'static str) -> Option<Text> {
    let found = keys.raw(cx, key)?;
    if found.value.parse::<jiff::civil::Date>().is_ok() {
        return Some(Text::clean(found.value));
    }
    cx.error(
        "P-bad-value",
        &found.place,
        format!("`{}` is not a date", found.value),
        "write year, month and day: \"2026-01-31\"",
    );
    None
}

/// Reads the parameters first: any later text may use one.
pub(super) fn parameters(cx: &mut Cx<'_>, keys: &mut Keys<'_>, env: &Env) {
    for mut table in keys.tables(cx, "parameter") {
        let id = id(cx, &mut table, "hosted_zone_id");
        let source = table.raw(cx, "source");
        let default = table.raw(cx, "default");
        table.raw(cx, "doc");
        let place = table.place.clone();
        table.finish(cx, "a parameter");
        let variable = source.and_then(|source| variable(cx, &source));
        if let Some(default) = &default
            && let Some(part) = super::super::placeholder::placeholder(default.value)
        {
            unfilled(cx, &default.place, &part);
        }
        if variable.is_none() && default.is_none() {
            cx.error(
                "P-missing-key",
                &place,
                "this parameter can never have a value",
                "write `source = \"env:NAME\"` or `default = \"...\"`",
            );
        }
        let Some(id) = id else { continue };
        let given = variable.as_ref().and_then(|name| env.get(name)).map(String::as_str);
        let given = given.filter(|value| !value.is_empty());
        cx.parameters.0.push(Parameter {
            id: id.to_owned(),
            value: given.or(default.map(|found| found.value)).map(Text::clean),
            variable,
            users: Vec::new(),
            place,
        });
    }
}

fn unfilled(cx: &mut Cx<'_>, place: &Place, part: &str) {
    cx.error(
        "L43",
        place,
        format!("`{part}` looks like a value nobody filled in"),
        "leave the default out: an unset parameter stops only the steps that use it",
    );
}

fn variable(cx: &mut Cx<'_>, source: &Found<&str>) -> Option<String> {
    match source.value.strip_prefix("env:") {
        Some(name)
            if !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
        {
            Some(name.to_owned())
        }
        Some(_) | None => {
            cx.error(
                "P-bad-value",
                &source.place,
                format!("`{}` is not a source of values", source.value),
                "write `source = \"env:NAME\"` with the name of an environment variable",
            );
            None
        }
    }
}
