//! Rules about where watchers stand: not in what they watch, and where the metric is.

use super::super::{Check, Findings, LintDef, watched::Metric};
use crate::{
    model::{Action, AwsCall, Errand, Probe, ProbeKind, Site},
    plan::{
        Level, Plan,
        data::data,
        language::{
            AlarmRow, CloudwatchRow, Found, Items, ProbeRow, Said,
            words::{Look, SiteRole},
        },
    },
};

pub(super) const IN_WATCHED_REGION: LintDef = LintDef {
    id: "L46",
    name: "watcher-in-watched-region",
    level: Level::Error,
    doc: "A watcher runs in the region, or on the machine, it watches: both are lost at once.",
    mend: "Watch from the other region or from outside; a probe with `site` asks from the console.",
    check: Check::Plan(in_watched_region),
};

pub(super) const WRONG_REGION: LintDef = LintDef {
    id: "L47",
    name: "metric-wrong-region",
    level: Level::Warning,
    doc: "A metric that exists in one region only is looked for in another, or nobody says where.",
    mend: "Write `region = \"us-east-1\"` for metrics of AWS/Route53 and AWS/CloudFront.",
    check: Check::Plan(wrong_region),
};

/// Where metrics of a namespace live, when that is one region only.
fn home(namespace: &str) -> Option<&'static str> {
    let mut known = data().control_planes.metrics.iter();
    known.find(|one| one.namespace == namespace).map(|one| one.home.as_str())
}

fn in_watched_region(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.probe.items() {
        on_the_machine(row, findings);
        in_the_region(plan, row, findings);
    }
    for row in plan.file.alarm.items() {
        alarm(plan, row, findings);
    }
}

fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[');
    let end = |rest: &str| rest.is_empty() || rest.starts_with([':', '/', ']', '?']);
    host.starts_with("127.")
        || ["localhost", "::1"].iter().any(|own| host.strip_prefix(own).is_some_and(end))
}

/// Words for what makes a port of another machine look like one's own.
const CARRIED: &[&str] = &["tunnel", "forward", "proxy", "ssh", "bastion"];

/// A probe that asks its own machine.
fn on_the_machine(row: &ProbeRow, findings: &mut Findings<'_>) {
    let asked: &Option<Found<String>> = match row.kind.get() {
        Some(Look::Http) => &row.url,
        Some(Look::Sql | Look::Postgres | Look::Tcp) => &row.host,
        Some(
            Look::Command
            | Look::Aws
            | Look::Cloudwatch
            | Look::Dns
            | Look::Log
            | Look::Files
            | Look::Host
            | Look::Route53,
        )
        | None => return,
    };
    let (Some(found), Some(id)) = (asked, row.id.get()) else { return };
    let host =
        found.value.split_once("://").map_or(found.value.as_str(), |(_, rest)| rest);
    let through = row.vantage.get().is_some_and(|vantage| {
        let vantage = vantage.as_str().to_lowercase();
        CARRIED.iter().any(|word| vantage.contains(word))
    });
    if is_here(host) && !through {
        findings.at(
            &found.place,
            format!(
                "{id} asks {host}: it runs on the machine it watches, and when that is \
                 lost nobody is told"
            ),
            "ask the machine by its name from elsewhere, or say in `vantage` through which \
             tunnel this goes",
        );
    }
}

/// Whether something asks a site from outside.
fn is_asked(plan: &Plan, site: &Site) -> bool {
    let asks = |probe: &Probe| match &probe.look {
        ProbeKind::Http(_) | ProbeKind::Command(_) => true,
        ProbeKind::Look(look) => {
            matches!(
                look,
                crate::model::Look::Tcp { .. } | crate::model::Look::Ready { .. }
            )
        }
    };
    plan.probes.iter().any(|one| one.site.as_ref() == Some(&site.id) && asks(one))
}

/// The cloud's own watcher of a region, in that region.
fn in_the_region(plan: &Plan, row: &ProbeRow, findings: &mut Findings<'_>) {
    let (Some(metric), Some(wanted), Some(id)) =
        (row.metric.get(), row.site.get(), row.id.get())
    else {
        return;
    };
    let health = row.panel.get().is_some_and(|panel| panel.starts_with("region"));
    let Some(site) = plan.sites.iter().find(|site| site.id.as_str() == wanted) else {
        return;
    };
    let same =
        metric.region.get().is_some() && metric.region.get() == site.region.as_ref();
    if health && same && !is_asked(plan, site) {
        findings.at(
            metric.region.place().unwrap_or(&row.place),
            format!(
                "{id} asks {wanted} itself how {wanted} is: when the region is lost, so is \
                 the answer"
            ),
            format!("add a probe with `site = \"{wanted}\"` that asks it over http"),
        );
    }
}

/// The site that serves in normal operation.
fn primary(plan: &Plan) -> Option<&Site> {
    let rows = plan.file.site.items().iter();
    let mut told = rows.filter(|row| row.role.get() == Some(&SiteRole::Primary));
    let id = told.next().and_then(|row| row.id.get());
    let first = || plan.estate.first().map(|one| one.primary.as_str());
    let id = id.map(String::as_str).or_else(first)?;
    plan.sites.iter().find(|site| site.id.as_str() == id)
}

fn alarm(plan: &Plan, row: &AlarmRow, findings: &mut Findings<'_>) {
    let region_health = row.purpose.get().is_some_and(|purpose| {
        matches!(purpose.as_str(), "region-health" | "site-health")
    });
    let (true, Some(site), Some(id)) = (region_health, primary(plan), row.id.get())
    else {
        return;
    };
    let Some(region) = &site.region else { return };
    let metric = Metric::of_alarm(row);
    let lives = metric.fact.and_then(|fact| home(fact.namespace.as_deref()?));
    let at = row.region.get().map(String::as_str).or(lives);
    let what = match at {
        Some(at) if at == region => format!("{id} lives in {at}"),
        Some(_) => return,
        None => format!(
            "nobody says where {id} lives, so that it is made where everything else is, in \
             {region}"
        ),
    };
    let (place, what) = (
        row.region.place().unwrap_or(&row.place),
        format!("{what}, and is to tell that {region} is lost: it is lost with it"),
    );
    if !is_asked(plan, site) {
        let help = format!(
            "watch {region} from another region, or add a probe with `site = \"{}\"`: the \
             console asks from outside",
            site.id
        );
        findings.at(place, what, help);
    } else if lives.is_none() && row.region.is_some() {
        // The console is told; whoever waits for the alarm is not.
        let help =
            format!("let it live, and its metric come from, anywhere but {region}");
        findings.warn(&place.at, what, help);
    }
}

fn wrong_region(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.probe.items() {
        let (Some(metric), Some(id)) = (&row.metric, row.id.get()) else { continue };
        let CloudwatchRow { namespace, region, .. } = &metric.value;
        let Some(namespace) = namespace.get() else { continue };
        let place = region.place().unwrap_or(&metric.place);
        if let Some(what) = elsewhere(namespace, region.get().map(String::as_str)) {
            findings.at(place, format!("{id} {what}"), advice(namespace));
        }
        if let Some(call) = row.aws.get() {
            let region = call.region.get().map(String::as_str);
            let params = call.params.get().and_then(|params| params.get("Namespace"));
            let namespace = params.and_then(|value| value.as_str());
            if let Some(what) = namespace.and_then(|name| elsewhere(name, region)) {
                findings.at(
                    &row.place,
                    format!("{id} {what}"),
                    advice(namespace.unwrap_or("")),
                );
            }
        }
    }
    for row in plan.file.alarm.items() {
        let Some(id) = row.id.get() else { continue };
        let fact = Metric::of_alarm(row).fact;
        let namespace = row.namespace.get().map(String::as_str);
        let namespace = namespace.or(fact.and_then(|fact| fact.namespace.as_deref()));
        let region = row.region.get().map(String::as_str);
        if let Some(what) = namespace.and_then(|name| elsewhere(name, region)) {
            let place = row.region.place().unwrap_or(&row.place);
            findings.at(
                place,
                format!("{id} {what}"),
                advice(namespace.unwrap_or_default()),
            );
        }
    }
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let Some(call) = metrics(&step.action) else { continue };
            let namespace = call.params.get("Namespace").and_then(|name| name.as_str());
            let found =
                namespace.and_then(|name| elsewhere(name, call.region.as_deref()));
            if let Some(what) = found {
                findings.add(
                    &format!("runbook.{}.{}", runbook.id, step.id),
                    format!("this {what}"),
                    advice(namespace.unwrap_or_default()),
                );
            }
        }
    }
}

/// A call about metrics.
fn metrics(action: &Action) -> Option<&AwsCall> {
    let Action::Errand(Errand::Aws(call)) = action else { return None };
    (call.service == "cloudwatch").then_some(call)
}

fn elsewhere(namespace: &str, region: Option<&str>) -> Option<String> {
    let home = home(namespace)?;
    match region {
        Some(region) if region == home => None,
        Some(region) => Some(format!(
            "looks for {namespace} in {region}, where there is none: it exists in {home} only"
        )),
        None => Some(format!(
            "does not say where it looks for {namespace}: it exists in {home} only, and \
             elsewhere has no data"
        )),
    }
}

fn advice(namespace: &str) -> String {
    format!("write `region = \"{}\"`", home(namespace).unwrap_or("us-east-1"))
}
