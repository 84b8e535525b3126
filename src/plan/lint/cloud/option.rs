//! Rules about what a call is given: a value its service has no notion of, and parameters
//! that do something else than their title says.

use std::collections::BTreeSet;

use super::super::{
    Check, Findings, LintDef,
    written::{Part, Written, calls, steps},
};
use crate::{
    model::{RunbookKind, Verb},
    plan::{
        Level, Place, Plan,
        data::data,
        language::{AwsStep, Items, Said},
    },
};

pub(super) const TASK_TAG: LintDef = LintDef {
    id: "L65",
    name: "task-definition-tag",
    level: Level::Error,
    doc: "An ECS task definition is named with a tag, and ECS knows revision numbers only.",
    mend: "Write family:number, as in api:42, or the family alone for its newest revision.",
    check: Check::Plan(task_tag),
};

pub(super) const MISMATCH: LintDef = LintDef {
    id: "L66",
    name: "option-mismatch",
    level: Level::Warning,
    doc: "What a call is given does not do what its title says.",
    mend: "Write the parameter that does it, as the message names it.",
    check: Check::Plan(mismatch),
};

fn task_tag(plan: &Plan, findings: &mut Findings<'_>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for call in calls(plan) {
        let service = call.row.service.get().is_some_and(|service| service == "ecs");
        if let Some(of) = call.row.text("taskDefinition").filter(|_| service) {
            say_tag(of, call.place, findings);
            used.extend(slot(of));
        }
    }
    for written in steps(plan) {
        if let Some((of, place)) = deployed(plan, written) {
            say_tag(of, place, findings);
            used.extend(slot(of));
        }
        for (command, place) in written.commands() {
            let of = command.option("--task-definition");
            if let Some(of) = of.filter(|_| command.program() == "aws") {
                say_tag(of, place, findings);
            }
        }
    }
    for tenant in plan.file.tenant.items() {
        let own = tenant.set.items().iter();
        for (_, of) in own.filter(|(key, _)| used.contains(key.as_str())) {
            say_tag(&of.value, &of.place, findings);
        }
    }
    for row in plan.file.compute.items() {
        for workload in row.workloads.items() {
            if let Some(of) = &workload.value.task_definition {
                say_tag(&of.value, &of.place, findings);
            }
        }
    }
}

/// The parameter a value is, whole.
fn slot(value: &str) -> Option<&str> {
    let name = value.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['$', '.', ':'])).then_some(name)
}

/// What a step deploys to an ECS service, and where that stands.
fn deployed<'p>(plan: &Plan, written: Written<'p>) -> Option<(&'p str, &'p Place)> {
    let step = written.step;
    step.verb.get().filter(|verb| *verb == Verb::Deploy.word())?;
    let id = step.resource.get()?;
    let known = plan.resource(id)?;
    let (_, version) = step.rest.iter().find(|(key, _)| key == "version")?;
    (known.kind == "ecs-service").then_some((version.value.as_str()?, &version.place))
}

fn say_tag(of: &str, place: &Place, findings: &mut Findings<'_>) {
    let name = of.rsplit('/').next().unwrap_or(of);
    let Some((family, revision)) = name.split_once(':') else { return };
    let is_number = !revision.is_empty() && revision.chars().all(|c| c.is_ascii_digit());
    if is_number || revision.contains("${") {
        return;
    }
    findings.at(
        place,
        format!(
            "`{name}` is no task definition: after the family comes a revision number, \
             and ECS has no tag `{revision}`"
        ),
        format!("write the revision you trust, as in \"{family}:42\""),
    );
}

fn mismatch(plan: &Plan, findings: &mut Findings<'_>) {
    for call in calls(plan) {
        title(&call, findings);
        idle(&call, findings);
        let paths = call.of.step.verify.items().iter();
        let paths = paths.filter(|row| row.aws.get().is_some_and(|own| own == call.row));
        let paths: Vec<&str> =
            paths.filter_map(|row| row.path.get().map(String::as_str)).collect();
        answer(call.row, &paths, call.place, findings);
    }
    for row in plan.file.probe.items() {
        let Some(call) = &row.aws else { continue };
        answer(&call.value, &[], &call.place, findings);
    }
    for written in steps(plan) {
        post(written, findings);
    }
    status_page(plan, findings);
}

/// A title with a number of days, and a call with another.
fn days(call: &Part<'_, AwsStep>, findings: &mut Findings<'_>) {
    let title = call.of.title().to_lowercase();
    let words: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).collect();
    let told: Vec<u64> = words
        .windows(2)
        .filter_map(|pair| match pair {
            [number, "day" | "days"] => number.parse().ok(),
            _ => None,
        })
        .collect();
    let given =
        call.row.param("BackupRetentionPeriod").and_then(serde_json::Value::as_u64);
    let ([told], Some(given)) = (told.as_slice(), given) else { return };
    if title.contains("retention") && *told != given {
        findings.at(
            call.place,
            format!(
                "`{}` sets BackupRetentionPeriod to {given}, and its title says {told} days",
                call.row.named()
            ),
            format!("write BackupRetentionPeriod = {told}, or the title as it is"),
        );
    }
}

/// A title that says what the parameters do not.
fn title(call: &Part<'_, AwsStep>, findings: &mut Findings<'_>) {
    // A look at what was done has the title of what was done.
    if call.used != super::super::written::For::Doing {
        return;
    }
    days(call, findings);
    let title = format!("{} ", call.of.title().to_lowercase());
    for wants in data().options.wants.iter().filter(|one| call.row.is(&one.operation)) {
        let Some(says) = wants.says.iter().find(|word| title.contains(word.as_str()))
        else {
            continue;
        };
        if wants.needs.iter().any(|key| call.row.param(key).is_some()) {
            continue;
        }
        let given: Vec<&str> = call
            .row
            .params
            .get()
            .and_then(serde_json::Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys().map(String::as_str))
            .filter(|key| !key.ends_with("Identifier") && *key != "ApplyImmediately")
            .collect();
        findings.at(
            call.place,
            format!(
                "the title says `{}`, and {} is given {} instead of {}: {}",
                says.trim(),
                wants.operation,
                if given.is_empty() { "nothing".to_owned() } else { given.join(", ") },
                wants.needs.join(" or "),
                wants.because
            ),
            format!("give it {}", wants.needs.join(" or ")),
        );
    }
}

/// A call that moves nobody, in a runbook that moves users.
fn idle(call: &Part<'_, AwsStep>, findings: &mut Findings<'_>) {
    let moves = matches!(
        call.of.runbook.kind.get(),
        Some(RunbookKind::Failover | RunbookKind::Failback)
    );
    let found = data().options.idle.iter().find(|one| call.row.is(&one.operation));
    if let Some(idle) = found.filter(|_| moves) {
        findings.at(
            call.place,
            format!(
                "`{}` sends no user anywhere and starts nothing: {}",
                call.of.title(),
                idle.does
            ),
            format!("use {}", idle.instead),
        );
    }
}

/// A path into an answer that leads nowhere.
fn answer(row: &AwsStep, paths: &[&str], place: &Place, findings: &mut Findings<'_>) {
    let asked = row.query.get().map(String::as_str).into_iter();
    let asked: Vec<&str> = asked.chain(paths.iter().copied()).collect();
    for known in data().options.answer.iter().filter(|one| row.is(&one.operation)) {
        if asked.iter().any(|path| path.contains(&known.lacks)) {
            findings.at(
                place,
                format!(
                    "the answer of {} has no {}: what is shown is always empty",
                    known.operation, known.lacks
                ),
                format!("ask for {}, as in query = \"{}\"", known.has, known.instead),
            );
        }
    }
}

/// A form sent by a step.
fn post(written: Written<'_>, findings: &mut Findings<'_>) {
    let Some(call) = written.step.http.get() else { return };
    let url = call.url.get().map_or("", String::as_str);
    let Some(body) = &call.body else { return };
    for form in data().options.form.iter().filter(|form| url.contains(&form.host)) {
        if body.value.contains(&form.wrong) {
            findings.at(
                &body.place,
                format!(
                    "{} knows no field `{}`: {}",
                    form.provider, form.wrong, form.shows
                ),
                format!("write `{}`", form.right),
            );
        }
    }
}

fn status_page(plan: &Plan, findings: &mut Findings<'_>) {
    let Some(row) = plan.file.status_page.get() else { return };
    let provider = row.provider.get().map_or("", String::as_str);
    let url = row.endpoint.get().map_or("", String::as_str);
    let known = data().options.form.iter();
    for form in known.filter(|form| form.provider == provider || url.contains(&form.host))
    {
        let fields = row.fields.items().iter();
        if let Some((name, found)) =
            fields.into_iter().find(|(name, _)| *name == form.wrong)
        {
            findings.at(
                &found.place,
                format!("{} knows no field `{name}`: {}", form.provider, form.shows),
                format!("call it `{}`", form.right),
            );
        }
        let posts = row.method.get().is_none_or(|method| method == "POST");
        let opens = url.trim_end_matches('/').ends_with("/incidents");
        if posts && opens && row.keeps_incident.get() != Some(&true) {
            findings.at(
                row.endpoint.place().unwrap_or(&row.place),
                "each update is sent as a new incident: `resolved` closes none of those \
                 that were opened before it",
                "write keeps_incident = true, so that later states go to the incident that is open",
            );
        }
    }
}
