//! Rules about where a call goes: a region, a cluster. What is not written is taken from
//! the shell of whoever runs it, at night, in a hurry.

use super::super::{
    Check, Findings, LintDef,
    shell::{Command, pipes},
    written::{For, Script, Written, likely_region, scripts, side_named, steps},
};
use crate::{
    model::{Noun, RunbookKind},
    plan::{
        Level, Place, Plan,
        data::data,
        language::{Items, KubectlStep, Said},
    },
};

pub(super) const NO_REGION: LintDef = LintDef {
    id: "L54",
    name: "no-region",
    level: Level::Error,
    doc: "A call of a regional service names no region.",
    mend: "Write the region into the call; a side of a resource has its site's.",
    check: Check::Plan(no_region),
};

pub(super) const NO_KUBE_CONTEXT: LintDef = LintDef {
    id: "L55",
    name: "no-kube-context",
    level: Level::Error,
    doc: "A call of kubectl names no context, and so no cluster.",
    mend: "Write the context into the call; a deployment's side has its own.",
    check: Check::Plan(no_kube_context),
};

/// Buckets have names of their own all over the world, and the command line finds where
/// they are.
fn is_regional(service: &str) -> bool {
    let known = &data().control_planes.no_region;
    !matches!(service, "s3" | "s3api") && !known.iter().any(|one| one == service)
}

fn no_region(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        let mut asked = Vec::new();
        for call in written.calls() {
            let service = call.row.service.get().map_or("", String::as_str);
            let told = call.row.region.is_some() || call.row.unread.contains(&"region");
            if !told && is_regional(service) {
                asked.push((call.place, call.row.named().to_owned(), call.row.texts()));
            }
        }
        // A waiter beside a call that says where looks there too.
        let here = asked.is_empty() && written.step.aws.is_some();
        for row in written.step.verify.items() {
            let waiter = row.waiter.get().filter(|_| row.region.is_none() && !here);
            if let Some(waiter) = waiter
                && asked.is_empty()
            {
                let names = row.identifier.get().map(String::as_str);
                asked.push((&row.place, waiter.clone(), names.into_iter().collect()));
            }
        }
        if let Some(until) = written.step.until.as_ref()
            && let Some(waiter) = until.value.waiter.get()
            && until.value.region.is_none()
        {
            asked.push((&until.place, waiter.clone(), Vec::new()));
        }
        for (place, what, names) in asked {
            say_region(plan, written, (place, &what, &names), findings);
        }
        for (command, place) in written.commands() {
            if let Some(what) = without_region(&command, written) {
                let names: Vec<&str> = command.words.iter().map(String::as_str).collect();
                let help = flag(plan, written, &names);
                say(plan, written, (place, &what, help), findings);
            }
        }
    }
    for row in plan.file.probe.items() {
        let Some(call) = &row.aws else { continue };
        let service = call.value.service.get().map_or("", String::as_str);
        if call.value.region.is_none() && row.site.is_none() && is_regional(service) {
            findings.at(
                &call.place,
                format!(
                    "{} names no region, and the probe no site: nobody can tell which \
                     region it shows",
                    call.value.named()
                ),
                format!("write region = \"{}\" into the call", example(plan)),
            );
        }
    }
}

fn say_region(
    plan: &Plan,
    written: Written<'_>,
    (place, what, names): (&Place, &str, &[&str]),
    findings: &mut Findings<'_>,
) {
    let likely = likely_region(plan, written.runbook, names);
    let likely = likely.map_or_else(|| example(plan), str::to_owned);
    let help = format!("write region = \"{likely}\"");
    say(plan, written, (place, what, help), findings);
}

/// What to write into a command line. Where nothing tells which region is meant, none is
/// named: the wrong one would be followed.
fn flag(plan: &Plan, written: Written<'_>, names: &[&str]) -> String {
    let named = side_named(plan, names).map(|(_, site)| site.as_str());
    let site = named.or(written.runbook.to.get().map(String::as_str));
    site.map_or_else(
        || "add `--region` with the region of what it works on".to_owned(),
        |site| format!("add `--region {}`", super::super::written::region(plan, site)),
    )
}

fn say(
    plan: &Plan,
    written: Written<'_>,
    (place, what, help): (&Place, &str, String),
    findings: &mut Findings<'_>,
) {
    let left = written
        .runbook
        .from
        .get()
        .filter(|_| written.runbook.kind.get() == Some(&RunbookKind::Failover));
    let risk = left.map_or_else(String::new, |site| {
        format!(", and that may be {}, the one that is left", super::region(plan, site))
    });
    findings.at(
        place,
        format!(
            "{what} names no region: it goes wherever the shell that runs it points{risk}"
        ),
        help,
    );
}

fn example(plan: &Plan) -> String {
    let sites = plan.sites.iter();
    sites.filter_map(|site| site.region.clone()).next_back().unwrap_or("us-west-2".into())
}

/// What a command line asks of a regional service without saying where. A variable that is
/// passed on is the operator's, and says nothing.
fn without_region(command: &Command, written: Written<'_>) -> Option<String> {
    const NAMES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    if command.program() != "aws" || command.option("--region").is_some() {
        return None;
    }
    let given = |name: &str| NAMES.contains(&name.split('=').next().unwrap_or_default());
    let by_env = command.env.iter().any(|one| given(one))
        || written.step.env.items().iter().any(|(name, _)| given(name))
        || written.scripts().iter().any(|script| {
            NAMES.iter().any(|name| script.row.contains(&format!("{name}=")))
        });
    let mut words = command.words.iter().skip(1).filter(|word| !word.starts_with('-'));
    let (service, operation) = (words.next()?, words.next()?);
    let local = matches!(service.as_str(), "configure" | "help");
    (!by_env && !local && is_regional(service))
        .then(|| format!("aws {service} {operation}"))
}

fn no_kube_context(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        for call in written.clusters() {
            let args: Vec<&str> =
                call.row.args.items().iter().map(|arg| arg.value.as_str()).collect();
            if !is_told(call.row, &args) {
                let names = (call.used, args.as_slice());
                let help =
                    format!("write context = \"{}\"", advice(plan, written, &args));
                say_context((call.place, names), help, findings);
            }
        }
        for (command, place) in written.commands() {
            let args: Vec<&str> =
                command.words.iter().skip(1).map(String::as_str).collect();
            let by_env = command.env.iter().any(|one| one.starts_with("KUBECONFIG="))
                || written.step.env.items().iter().any(|(name, _)| name == "KUBECONFIG");
            if command.program() == "kubectl" && !by_env && !says_where(&args) {
                let help = format!("add `--context {}`", advice(plan, written, &args));
                say_context((place, (For::Doing, &args)), help, findings);
            }
        }
    }
    contexts_beside(plan, findings);
}

/// Scripts beside the plan, and what makes a backup: nobody's step says where those go.
fn contexts_beside(plan: &Plan, findings: &mut Findings<'_>) {
    for Script { name, text, place } in scripts(plan) {
        // One that makes kubectl its own, or chooses a cluster, has said where.
        let chosen =
            ["kubectl()", "kubectl ()", "alias kubectl", "use-context", "KUBECONFIG"];
        if chosen.iter().any(|word| text.contains(word)) {
            continue;
        }
        for command in pipes(text).into_iter().flatten() {
            let args: Vec<&str> =
                command.words.iter().skip(1).map(String::as_str).collect();
            if command.program() == "kubectl" && !says_where(&args) {
                findings.at(
                    place,
                    format!(
                        "`kubectl {}` in {name} names no context: it works on whatever \
                         cluster is current where it runs",
                        told(&args).join(" ")
                    ),
                    "give it `--context` with the cluster's context",
                );
                break;
            }
        }
    }
    for row in plan.file.backup.items() {
        let words: Vec<&str> =
            row.command.items().iter().map(|word| word.value.as_str()).collect();
        let ["kubectl", args @ ..] = words.as_slice() else { continue };
        if !says_where(args) {
            findings.at(
                row.command.place().unwrap_or(&row.place),
                format!(
                    "`kubectl {}` names no context: {} keeps whatever cluster is current \
                     where it runs",
                    told(args).join(" "),
                    row.id.get().map_or("it", String::as_str)
                ),
                "add \"--context\" and the cluster's context",
            );
        }
    }
}

fn is_told(row: &KubectlStep, args: &[&str]) -> bool {
    row.context.is_some() || row.unread.contains(&"context") || says_where(args)
}

/// Whether the words name a cluster, or ask for none.
fn says_where(args: &[&str]) -> bool {
    let named = |arg: &&str| {
        ["--context", "--kubeconfig", "--cluster", "--server"]
            .iter()
            .any(|flag| arg.split('=').next() == Some(flag))
    };
    args.iter().any(|arg| named(arg) || *arg == "--client" || *arg == "-s")
        || matches!(args.first(), Some(&"config" | &"kustomize" | &"completion"))
}

/// The words that say what it does, without those that say to which of them.
fn told<'a>(args: &[&'a str]) -> Vec<&'a str> {
    const WITH_VALUE: &[&str] = &["-n", "--namespace", "-o", "--output", "-l", "-c"];
    let mut told = Vec::new();
    let mut args = args.iter();
    while let Some(word) = args.next() {
        if word.starts_with(['>', '<']) {
            break;
        }
        if WITH_VALUE.contains(word) {
            args.next();
        } else if !word.starts_with('-') {
            told.push(*word);
        }
    }
    told.truncate(3);
    told
}

fn say_context(
    (place, (used, args)): (&Place, (For, &[&str])),
    help: String,
    findings: &mut Findings<'_>,
) {
    let what = told(args);
    let does = match used {
        For::Doing => "works on",
        For::Seeing => "asks",
        For::Undoing => "undoes it in",
    };
    findings.at(
        place,
        format!(
            "`kubectl {}` names no context: it {does} whatever cluster is current for \
             whoever runs it",
            what.join(" ")
        ),
        help,
    );
}

/// The context of the deployment that is named, on the side its runbook goes to; of any
/// other, when none is.
fn advice(plan: &Plan, written: Written<'_>, args: &[&str]) -> String {
    let bare = |word: &&str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = args.iter().map(bare).collect();
    let to = written.runbook.to.get().or_else(|| written.runbook.site.get());
    let sides =
        plan.estate.iter().filter(|one| one.noun == Noun::Compute).flat_map(|one| {
            let sides = one.sides.iter();
            sides.filter(|(site, _)| to.is_none_or(|to| site.as_str() == to))
        });
    let mut contexts: Vec<(bool, &str)> = sides
        .filter_map(|(_, side)| {
            let own = side.params.text("deployment");
            let named = own.is_some_and(|own| words.iter().any(|word| word == own));
            // `current` is what a context is there to say.
            let context =
                side.params.text("context").filter(|name| *name != "current")?;
            Some((!named, context))
        })
        .collect();
    contexts.sort_unstable();
    match contexts.first() {
        Some((_, context)) => (*context).to_owned(),
        None => "CONTEXT_OF_THE_CLUSTER".to_owned(),
    }
}
