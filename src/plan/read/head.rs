//! Who the plan belongs to, what it promises, and the values it leaves open.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{id, top};
use crate::{
    model::{
        CommandSpec, ListCall, Listing, Mark, Objective, Source, Span, Text, pattern,
    },
    plan::{
        Plan,
        cx::{Cx, is_id},
        language::{
            FileRow, Found, Items, Many, ParameterRow, Reader, Said, Shape, words::Pick,
        },
        parameter::{Env, Parameter},
    },
};

/// The one version of the language there is.
pub(in crate::plan) const SCHEMA: u64 = 1;

/// How long healthy must last when the plan does not say: longer than one flap of a
/// health check of 30 s times 3.
const STABLE: Span = Span::mins(2);

/// Longer than any objective: stands where none was written, so that rules about time
/// stay silent.
pub(in crate::plan) const UNPROMISED: Objective =
    Objective { rto: Span::mins(1 << 30), rpo: Span::mins(1 << 30), stable: STABLE };

pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan) {
    if let Some(schema) = &plan.file.schema
        && schema.value != SCHEMA
    {
        cx.error(
            "P-bad-value",
            &schema.place,
            format!("schema {} is not known here", schema.value),
            if schema.value > SCHEMA {
                "use a newer warroom; this one reads plans with `schema = 1`"
            } else {
                "write `schema = 1`, or let `warroom plan migrate` do it"
            },
        );
    }
    owner(cx, plan);
    plan.objective = UNPROMISED;
    if let Some(row) = plan.file.objectives.get().cloned() {
        plan.objective = objective(cx, (&row.rto, &row.rpo, &row.stable), UNPROMISED);
        plan.rto_clock = row.rto_clock.get().and_then(|clock| {
            let start = clock.start.get()?;
            let stop = clock.stop.get()?;
            Some((Text::clean(start), Text::clean(stop)))
        });
    }
    if let Some(mode) = plan
        .file
        .mode
        .get()
        .into_iter()
        .flatten()
        .find(|mode| mode.current.get() == Some(&true))
    {
        let mode = mode.clone();
        plan.objective = objective(cx, (&mode.rto, &mode.rpo, &None), plan.objective);
    }
}

type Written = Option<Found<Span>>;

/// `rto`, `rpo` and `stable`, each falling back on `otherwise`.
pub(super) fn objective(
    cx: &mut Cx<'_>,
    (rto, rpo, stable): (&Written, &Written, &Written),
    otherwise: Objective,
) -> Objective {
    if let Some(zero) = rto.as_ref().filter(|rto| rto.value == Span::ZERO) {
        cx.error(
            "P-bad-value",
            &zero.place,
            "an RTO of zero cannot be met",
            "write the longest time users may be without it, as in \"30m\"",
        );
    }
    let pick = |found: &Written, or| found.as_ref().map_or(or, |found| found.value);
    Objective {
        rto: pick(rto, otherwise.rto),
        rpo: pick(rpo, otherwise.rpo),
        stable: pick(stable, otherwise.stable),
    }
}

fn owner(cx: &mut Cx<'_>, plan: &mut Plan) {
    let Some(row) = plan.file.plan.get() else { return };
    if let Some(name) = &row.name {
        if is_id(&name.value) {
            plan.name = Text::clean(&name.value);
        } else {
            cx.error(
                "P-bad-id",
                &name.place,
                format!("`{}` cannot be a plan's name", name.value),
                "use letters, digits, - and _; the long name goes into `title`",
            );
        }
    }
    plan.title = row.title.get().cloned().unwrap_or_else(|| plan.name.clone());
    plan.review.owner = row.owner.get().cloned();
    plan.review.version = row.version.get().cloned();
    plan.review.reviewed = row.reviewed.get().cloned();
    plan.review.next = row.next_review.get().cloned();
    plan.commander = id(row.commander.as_ref());
}

/// A moment the plan names: one every incident has, or one a step makes.
pub(super) fn mark(
    cx: &mut Cx<'_>,
    written: &Option<Found<String>>,
    made: &[String],
) -> Option<Mark> {
    let found = written.as_ref()?;
    let mark = Mark::new(&found.value);
    if !mark.is_known() && !made.contains(&found.value) {
        let known: Vec<&str> =
            Mark::KNOWN.into_iter().chain(made.iter().map(String::as_str)).collect();
        cx.error(
            "L92",
            &found.place,
            format!("there is no moment `{}`", found.value),
            crate::plan::suggest::advice(&found.value, &known, "use one of"),
        );
    }
    Some(mark)
}

/// Reads the parameters first: any later text may use one.
pub(super) fn parameters(cx: &mut Cx<'_>, main: &DeTable<'_>, env: &Env) {
    let mut reader = Reader::new(main, top(0));
    let Some(rows) = reader.first::<Many<ParameterRow>>(cx, "parameter") else { return };
    let tenancy = main.get("tenancy").and_then(|value| value.get_ref().as_table());
    let apart = tenancy.and_then(|table| table.get("parameter")?.get_ref().as_str());
    for row in rows {
        let of_tenants = row.id.get().map(String::as_str) == apart
            || row.per_tenant.get() == Some(&true);
        if let Some(parameter) = parameter(cx, row, env, of_tenants) {
            cx.parameters.0.push(parameter);
        }
    }
}

fn parameter(
    cx: &mut Cx<'_>,
    row: ParameterRow,
    env: &Env,
    per_tenant: bool,
) -> Option<Parameter> {
    let source = match &row.source {
        Some(found) => source(cx, found),
        None => Some(Source::Literal),
    };
    if let Some(default) = &row.default
        && let Some(part) = crate::plan::placeholder::placeholder(&default.value)
    {
        cx.error(
            "L43",
            &default.place,
            format!("`{part}` looks like a value nobody filled in"),
            "leave the default out: an unset parameter stops only the steps that use it",
        );
    }
    shape(cx, &row);
    let tenant = row.kind.get() == Some(&Pick::Tenant);
    let literal = matches!(source, Some(Source::Literal) | None);
    if literal && row.default.is_none() && !per_tenant && !tenant {
        cx.error(
            "P-missing-key",
            &row.place,
            "this parameter can never have a value",
            "write `source = \"env:NAME\"` or `default = \"...\"`",
        );
    }
    let source = source.unwrap_or(Source::Literal);
    let variable = match &source {
        Source::Env(name) | Source::Secret(name) => Some(name.clone()),
        Source::Literal | Source::Prompt | Source::Pick(_) => None,
    };
    let given = variable.as_ref().and_then(|name| env.get(name)).map(String::as_str);
    let given = given.filter(|value| !value.is_empty());
    let secret = matches!(source, Source::Secret(_));
    let default = row.default.get().map(String::as_str);
    let place = row.place.clone();
    // What people may choose stays open until a run begins: only then is it known whether
    // they chose otherwise.
    let asked = matches!(source, Source::Prompt | Source::Pick(_));
    let default = default.filter(|_| !asked);
    let value = if secret { None } else { given.or(default).map(Text::clean) };
    let id = row.id.get()?.clone();
    let held = secret && given.is_some();
    Some(Parameter {
        id,
        source,
        variable,
        value,
        held,
        per_tenant: per_tenant || tenant,
        users: Vec::new(),
        row,
        place,
    })
}

/// Its pattern is one, and its default fits it.
fn shape(cx: &mut Cx<'_>, row: &ParameterRow) {
    let Some(written) = &row.pattern else { return };
    match (pattern::compile(&written.value), &row.default) {
        (Err(why), _) => cx.error(
            "P-bad-value",
            &written.place,
            format!("this is no regular expression: {why}"),
            "write one as `grep -E` takes it; a `\\` before what is meant as it is",
        ),
        (Ok(shape), Some(default)) if !shape.is_match(&default.value) => cx.error(
            "P-bad-value",
            &default.place,
            format!("`{}` does not look like {}", default.value, written.value),
            "mend the default, or the pattern",
        ),
        (Ok(_), _) => {}
    }
}

/// How each list is asked for.
pub(super) fn lists(cx: &mut Cx<'_>, file: &FileRow) -> BTreeMap<String, Listing> {
    let mut lists = BTreeMap::new();
    for row in file.list.items() {
        let ask = match (row.aws.get(), &row.run) {
            (Some(call), _) => ListCall::Aws(super::errand::aws(call)),
            (None, Some(_)) => ListCall::Command(CommandSpec {
                argv: super::texts(&row.run),
                env: BTreeMap::new(),
                pass: Vec::new(),
                dir: None,
                shell: false,
                repeatable: true,
            }),
            (None, None) => {
                cx.error(
                    "P-missing-key",
                    &row.place,
                    "nobody is asked for this list",
                    "write `aws = { ... }`, or `run = [\"program\"]`",
                );
                continue;
            }
        };
        if let Some(id) = row.id.get() {
            lists.insert(id.clone(), Listing { ask, path: row.path.get().cloned() });
        }
    }
    lists
}

fn source(cx: &mut Cx<'_>, source: &Found<String>) -> Option<Source> {
    let variable = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let text = source.value.as_str();
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    match (kind, rest) {
        ("env", name) if variable(name) => return Some(Source::Env(name.to_owned())),
        ("secret", name) if variable(name) => {
            return Some(Source::Secret(name.to_owned()));
        }
        ("prompt", "") => return Some(Source::Prompt),
        ("list", what) if is_id(what) => return Some(Source::Pick(what.to_owned())),
        _ => {}
    }
    cx.error(
        "P-bad-value",
        &source.place,
        format!("`{text}` is not a source of values"),
        "write \"env:NAME\", \"secret:NAME\", \"prompt\" or \"list:snapshots\"",
    );
    None
}

/// As a reader takes it, for those that come before all others.
impl Reader<'_> {
    fn first<S: Shape>(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Option<S::Of> {
        self.take::<S>(cx, (key, false, "")).map(|found| found.value)
    }
}
