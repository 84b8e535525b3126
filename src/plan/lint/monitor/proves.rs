//! Rules about looks that prove nothing: answers that come whatever is broken, and answers
//! from the wrong side.

use std::collections::BTreeMap;

use super::super::{Check, Findings, LintDef, deed};
use crate::{
    model::{
        Action, Errand, Expect, Noun, Probe, ProbeId, ProbeKind, Runbook, RunbookKind,
        Step, errand::Until,
    },
    plan::{
        Level, Place, Plan,
        language::{Either, Found, Items, ProbeRow, Said, words::Look},
        order::Order,
    },
};

pub(super) const PROVES_NOTHING: LintDef = LintDef {
    id: "L44",
    name: "probe-proves-nothing",
    level: Level::Error,
    doc: "A look cannot fail when the thing it looks at fails.",
    mend: "Ask the thing itself, and say which answer counts.",
    check: Check::Plan(proves_nothing),
};

pub(super) const ON_FAILOVER_NAME: LintDef = LintDef {
    id: "L45",
    name: "health-check-on-failover-name",
    level: Level::Error,
    doc: "A side's health is asked under the very name that is moved between the sides.",
    mend: "Ask each side under a name of its own, and the public name only at the end.",
    check: Check::Plan(on_failover_name),
};

/// Calls that are answered as long as anybody is let in.
const IDENTITY: &[(&str, &str)] = &[
    ("sts", "GetCallerIdentity"),
    ("iam", "GetUser"),
    ("iam", "ListAccountAliases"),
    ("ec2", "DescribeRegions"),
    ("ec2", "DescribeAvailabilityZones"),
    ("s3", "ListBuckets"),
];

fn proves_nothing(plan: &Plan, findings: &mut Findings<'_>) {
    super::never::says_no(plan, findings);
    for row in plan.file.probe.items() {
        let Some((place, what, help)) = empty(row) else { continue };
        let id = row.id.get().map_or("", String::as_str);
        findings.at(place, format!("{id} {what}"), help);
    }
    for row in plan.file.resource.items() {
        let settings = row.settings.get().and_then(|settings| settings.as_object());
        let health =
            settings.into_iter().flatten().find(|(key, _)| key.contains("health"));
        let Some((key, text)) =
            health.and_then(|(key, value)| Some((key, value.as_str()?)))
        else {
            continue;
        };
        if is_fixed(text) {
            let id = row.id.get().map_or("", String::as_str);
            findings.at(
                row.settings.place().unwrap_or(&row.place),
                format!(
                    "{id} answers for its health by itself (`{key}`: \"{text}\"): whoever \
                     asks it learns nothing about what is behind it"
                ),
                "pass the question on to the service behind it",
            );
        }
    }
}

/// An answer that is the same whatever happens.
fn is_fixed(text: &str) -> bool {
    let text = text.to_lowercase();
    let always = ["fixed", "static", "always", "hard-coded", "hardcoded"];
    always.iter().any(|word| text.contains(word)) || text.contains("return 200")
}

type Empty<'r> = (&'r Place, String, &'static str);

/// What makes a probe prove nothing.
fn empty(row: &ProbeRow) -> Option<Empty<'_>> {
    let judged = row.expect.is_some() || row.critical.is_some() || row.warning.is_some();
    match row.kind.get()? {
        Look::Aws => call(row, judged),
        Look::Http => web(row),
        Look::Command => program(row, judged),
        Look::Cloudwatch
        | Look::Dns
        | Look::Sql
        | Look::Postgres
        | Look::Log
        | Look::Files
        | Look::Host
        | Look::Route53
        | Look::Tcp => None,
    }
}

fn call(row: &ProbeRow, judged: bool) -> Option<Empty<'_>> {
    let found = row.aws.as_ref()?;
    let service = found.value.service.get().map_or("", String::as_str);
    let operation = found.value.operation.get().map_or("", String::as_str);
    if IDENTITY.contains(&(service, operation)) {
        return Some((
            &found.place,
            format!(
                "asks {service} {operation}, which answers whenever somebody may ask: \
                 nothing that users need has to work for it"
            ),
            "ask what users need: the service's own health, the database's status",
        ));
    }
    let lists = operation.starts_with("Describe") || operation.starts_with("List");
    (lists && !judged).then(|| {
        (
            &row.place,
            format!("takes any answer of {operation} for yes, an empty one, too"),
            "say what must stand in it: expect = { path = \"...\", equals = \"...\" }",
        )
    })
}

fn web(row: &ProbeRow) -> Option<Empty<'_>> {
    let found = row.expect.as_ref()?;
    let (low, high) = match &found.value {
        Either::Short(range) => range.split_once('-').unwrap_or((range, range)),
        Either::Table(table) => {
            let below = table.status_below.get().filter(|below| **below > 400)?;
            let what = format!("takes any status below {below} for yes: errors, too");
            return Some((&found.place, what, "write `expect = \"200-399\"` or less"));
        }
    };
    let wide = low != high && high.trim().parse::<u16>().is_ok_and(|high| high >= 400);
    wide.then(|| {
        let what = format!("takes {low} to {high} for yes: an error page counts as well");
        (&found.place, what, "write `expect = \"200-399\"` or less")
    })
}

fn program(row: &ProbeRow, judged: bool) -> Option<Empty<'_>> {
    let words = row.argv.items();
    let program = words.first()?.value.rsplit('/').next().unwrap_or_default();
    let idle = ["true", ":", "echo", "printf", "sleep"].contains(&program);
    (idle && !judged).then(|| {
        let what = format!("runs `{program}`, which never fails");
        (
            row.argv.place().unwrap_or(&row.place),
            what,
            "run what looks at the thing itself",
        )
    })
}

/// Whom an address asks.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?']).next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    rest.split(':').next().unwrap_or_default().trim_end_matches('.')
}

/// Traffic by the record it is.
struct Records<'p>(BTreeMap<&'p str, &'p str>);

impl<'p> Records<'p> {
    fn of(plan: &'p Plan) -> Self {
        let traffic = plan.estate.iter().filter(|one| one.noun == Noun::Traffic);
        let records = traffic.filter_map(|one| {
            let record = one.params.text("record")?.trim_end_matches('.');
            Some((record, one.id.as_str()))
        });
        Self(records.filter(|(record, _)| !record.is_empty()).collect())
    }

    /// The traffic that moves a name.
    fn moving(&self, name: &str) -> Option<&'p str> {
        self.0.get(name.trim_end_matches('.')).copied()
    }
}

fn on_failover_name(plan: &Plan, findings: &mut Findings<'_>) {
    let records = Records::of(plan);
    for row in plan.file.health_check.items() {
        let (Some(id), Some(found)) = (row.id.get(), &row.host) else { continue };
        if let Some(moved) = records.moving(&found.value) {
            findings.at(
                &found.place,
                format!(
                    "{id} asks {}, the name {moved} moves: once it is moved the other side \
                     answers, the check turns green, and users go back to what is broken",
                    found.value
                ),
                format!(
                    "ask the side under a name of its own: host = \"{}.{}\"",
                    plan.sites.first().map_or("east", |site| site.id.as_str()),
                    found.value
                ),
            );
        }
    }
    let mut found: BTreeMap<&str, (&Found<String>, String)> = BTreeMap::new();
    for row in plan.file.probe.items() {
        let (Some(id), Some(url), Some(site)) = (row.id.get(), &row.url, row.site.get())
        else {
            continue;
        };
        if let Some(moved) = records.moving(host(&url.value)) {
            let what = format!(
                "{id} is to tell how {site} is, and asks the name {moved} moves: whoever \
                 has it answers"
            );
            found.insert(id, (url, what));
        }
    }
    for runbook in &plan.runbooks {
        for (id, url) in from_outside_only(plan, runbook, &records) {
            let what = format!(
                "{} sees {} only through {id}, and that asks {}, which users ask, too: as \
                 long as resolvers remember {}, it passes from the wrong side",
                runbook.id,
                runbook.to,
                host(&url.value),
                runbook.from
            );
            found.entry(id).or_insert((url, what));
        }
    }
    for runbook in plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Failover) {
        before_the_move(plan, runbook, &records, findings);
    }
    for (url, what) in found.into_values() {
        findings.at(
            &url.place,
            what,
            "check the side itself as well, by a probe with its `site` and a name of its own",
        );
    }
}

/// A look at the name that is to be moved, before it is: it still leads to what is lost.
fn before_the_move(
    plan: &Plan,
    runbook: &Runbook,
    records: &Records<'_>,
    findings: &mut Findings<'_>,
) {
    let steps = runbook.steps().filter(|one| !one.terms.wants_failure && !one.optional);
    let asked: Vec<(&Step, &ProbeId, &str, &str)> = steps
        .filter_map(|step| {
            let (Action::Check { probe }
            | Action::Errand(Errand::Until { until: Until::Probe(probe) })) =
                &step.action
            else {
                return None;
            };
            let mut rows = plan.file.probe.items().iter();
            let row =
                rows.find(|row| row.id.get().is_some_and(|id| id == probe.as_str()));
            // One that is to tell how a side is has been named already.
            let url = host(row.filter(|row| row.site.is_none())?.url.get()?);
            Some((step, probe, url, records.moving(url)?))
        })
        .collect();
    if asked.is_empty() {
        return;
    }
    let order = Order::of(runbook);
    let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
    let moves: Vec<_> = deeds.filter(deed::Deed::moves_users).collect();
    for (step, probe, url, name) in asked {
        let mut own = moves.iter().filter(|deed| deed.resource.as_str() == name);
        let ahead = own.clone().find(|deed| order.is_before(&step.id, &deed.step.id));
        let (Some(shift), false) =
            (ahead, own.any(|deed| order.is_before(&deed.step.id, &step.id)))
        else {
            continue;
        };
        findings.add(
            &format!("runbook.{}.{}", runbook.id, step.id),
            format!(
                "{probe} asks {}, which leads to {from} until `{}` has moved it: with {from} \
                 lost this fails, and the move never comes",
                url,
                shift.step.id,
                from = runbook.from
            ),
            format!(
                "check {} under a name of its own here (a probe with site = \"{}\"), and \
                 {probe} after the move",
                runbook.to, runbook.to
            ),
        );
    }
}

/// Public names a runbook that moves users looks at, when it looks at nothing else of the
/// side it goes to.
fn from_outside_only<'p>(
    plan: &'p Plan,
    runbook: &'p Runbook,
    records: &Records<'p>,
) -> Vec<(&'p str, &'p Found<String>)> {
    let goes = matches!(runbook.kind, RunbookKind::Failover | RunbookKind::Failback);
    let mut deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
    if !goes || !deeds.any(|deed| deed.moves_users()) {
        return Vec::new();
    }
    let looked: Vec<&Probe> = runbook
        .steps()
        .flat_map(looks)
        .filter_map(|id| plan.probes.iter().find(|probe| probe.id == *id))
        .collect();
    let direct =
        |probe: &&Probe| probe.site.as_ref() == Some(&runbook.to) && asks(records, probe);
    if looked.iter().any(direct) {
        return Vec::new();
    }
    let rows = plan.file.probe.items().iter().filter_map(|row| {
        let (id, url) = (row.id.get()?, row.url.as_ref()?);
        let checked = looked.iter().any(|probe| probe.id.as_str() == id);
        let public = || records.moving(host(&url.value)).is_some();
        (checked && public()).then_some((id.as_str(), url))
    });
    rows.collect()
}

/// Whether a probe asks the side itself, and not somebody who describes it.
fn asks(records: &Records<'_>, probe: &Probe) -> bool {
    use crate::model::Look as Eye;
    match &probe.look {
        ProbeKind::Http(spec) => records.moving(host(&spec.url)).is_none(),
        ProbeKind::Command(_) => true,
        ProbeKind::Look(
            Eye::Sql(_) | Eye::Ready { .. } | Eye::Tcp { .. } | Eye::HealthCheck { .. },
        ) => true,
        ProbeKind::Look(
            Eye::Aws(_)
            | Eye::Metric(_)
            | Eye::Dns { .. }
            | Eye::Log { .. }
            | Eye::Files { .. }
            | Eye::Host { .. },
        ) => false,
    }
}

/// Probes a step looks at.
fn looks(step: &Step) -> Vec<&ProbeId> {
    let mut found: Vec<&ProbeId> = Vec::new();
    if let Action::Check { probe }
    | Action::Errand(Errand::Until { until: Until::Probe(probe) }) = &step.action
    {
        found.push(probe);
    }
    found.extend(step.terms.expect.iter().filter_map(|expect| match expect {
        Expect::Probe(probe) => Some(probe),
        Expect::Aws { .. }
        | Expect::Waiter { .. }
        | Expect::ExitCode(_)
        | Expect::Dns { .. }
        | Expect::Sql { .. }
        | Expect::Kubectl(_)
        | Expect::Answer(_)
        | Expect::Part { .. } => None,
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_its_host() {
        for (url, want) in [
            ("https://www.shop.example.com/health", "www.shop.example.com"),
            ("http://localhost:8080", "localhost"),
            ("https://me@a.example.com.:443/x?y", "a.example.com"),
            ("a.example.com", "a.example.com"),
            ("", ""),
        ] {
            assert_eq!(host(url), want, "{url}");
        }
    }
}
