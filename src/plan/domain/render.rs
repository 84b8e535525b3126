//! A report for people and for programs.

use serde_json::{Value, json};

use super::{
    Blind, Finish, Met, Report, RunbookReport, ServiceReport, SignIn, StepReport, Verdict,
};
use crate::{
    model::{Estimate, ResourceId, Span},
    plan::{page::Page, promised},
};

/// `report` for people, wrapped to `width` columns.
pub fn human(report: &Report, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    page.title(&format!("LOSING {}", report.loss.told()));
    let (leaving, others): (Vec<_>, Vec<_>) =
        report.runbooks.iter().partition(|one| one.leaves || one.answers);
    scenarios(&mut page, report);
    if !report.runbooks.iter().any(|one| one.leaves) {
        page.line("No failover leaves it.");
    }
    for runbook in leaving {
        whole(&mut page, runbook);
    }
    short(&mut page, &others);
    eyes(&mut page, report);
    people(&mut page, report);
    services(&mut page, report);
    page.heading(verdict(report));
    page.text()
}

/// The scenarios it is, and what the plan answers each with.
fn scenarios(page: &mut Page, report: &Report) {
    for one in &report.scenarios {
        let runbooks: Vec<&str> =
            one.runbooks.iter().map(crate::model::RunbookId::as_str).collect();
        let answer = match (runbooks.is_empty(), &one.guidance) {
            (false, _) => format!("answered by {}", runbooks.join(", ")),
            (true, Some(guidance)) => format!("no runbook answers it: {guidance}"),
            (true, None) => "no runbook answers it".to_owned(),
        };
        page.line(&format!("Scenario {} ({}): {answer}.", one.scenario, one.name));
    }
    if report.scenarios.is_empty() {
        page.line("No scenario of the plan is this loss.");
    }
}

const fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::Yes => "can be finished",
        Finish::Unknown => "nobody can tell whether it can be finished",
        Finish::No => "CANNOT BE FINISHED",
    }
}

fn whole(page: &mut Page, runbook: &RunbookReport) {
    page.heading(&format!("runbook {}: {}", runbook.id, finish(runbook.finish)));
    for step in &runbook.steps {
        let (word, why) = match &step.verdict {
            Verdict::Runs => continue,
            Verdict::Moot(why) => ("by word", why),
            Verdict::Cannot(why) if step.spared => ("left out", why),
            Verdict::Cannot(why) => ("CANNOT", why),
            Verdict::Unknown(why) => ("unknown", why),
        };
        page.entry(&format!("{} {}", step.number, step.id), word, &why.join("; "));
        if matches!(step.verdict, Verdict::Moot(_)) {
            page.under(
                "What it stops is lost too. Nobody sees whether it has stopped: a person \
                 accepts that by name, and leaves the step out.",
            );
        }
    }
    let undo = runbook.steps.iter().filter(|step| !step.no_way_back.is_empty());
    for step in undo.filter(|step| step.verdict == Verdict::Runs) {
        let name = format!("{} {}", step.number, step.id);
        page.entry(&name, "no undo", &step.no_way_back.join("; "));
    }
    let behind: Vec<&str> = runbook
        .steps
        .iter()
        .filter(|step| step.behind.is_some() && step.verdict == Verdict::Runs)
        .map(|step| step.id.as_str())
        .collect();
    if !behind.is_empty() {
        page.under(&format!("Wait for what cannot be run: {}", behind.join(", ")));
    }
    let runs = runbook.steps.iter().filter(|step| runs(step)).count();
    page.under(&format!("{runs} of {} steps can be run.", runbook.steps.len()));
}

fn runs(step: &StepReport) -> bool {
    step.verdict == Verdict::Runs && step.behind.is_none()
}

/// Runbooks that are no way out: only what they can no longer do.
fn short(page: &mut Page, others: &[&RunbookReport]) {
    let bad: Vec<&&RunbookReport> =
        others.iter().filter(|one| one.finish != Finish::Yes).collect();
    if bad.is_empty() {
        return;
    }
    page.heading("other runbooks");
    for runbook in bad {
        let steps: Vec<&str> = runbook
            .steps
            .iter()
            .filter(|step| !matches!(step.verdict, Verdict::Runs | Verdict::Moot(_)))
            .map(|step| step.id.as_str())
            .collect();
        let word = if runbook.finish == Finish::No { "CANNOT" } else { "unknown" };
        page.entry(runbook.id.as_str(), word, &steps.join(", "));
    }
}

fn eyes(page: &mut Page, report: &Report) {
    page.heading(match (report.blind.is_empty(), report.down.is_empty()) {
        (true, true) => "eyes: none goes blind",
        (true, false) => "eyes: none goes blind; some see only that it is gone",
        (false, _) => "eyes that go blind",
    });
    for blind in &report.blind {
        page.entry(&blind.what, "blind", &blind.why);
    }
    for down in &report.down {
        page.entry(&down.what, "down", &down.why);
    }
}

fn people(page: &mut Page, report: &Report) {
    let lost = report.people.iter().filter_map(|person| match &person.sign_in {
        SignIn::Lost(why) => Some((&person.id, why)),
        SignIn::By(_) | SignIn::Unsaid => None,
    });
    let lost: Vec<_> = lost.collect();
    let unsaid: Vec<&str> = report
        .people
        .iter()
        .filter(|person| person.sign_in == SignIn::Unsaid)
        .map(|person| person.id.as_str())
        .collect();
    page.heading(match (lost.is_empty(), unsaid.is_empty()) {
        (true, true) if report.people.is_empty() => "people: the plan names nobody",
        (true, true) => "people: everybody can sign in",
        (true, false) | (false, _) => "people",
    });
    for (id, why) in lost {
        page.entry(id.as_str(), "CANNOT", &format!("sign in: {}", why.join("; ")));
    }
    for role in &report.empty_roles {
        page.entry(role.as_str(), "nobody", "who can be it can sign in");
    }
    if !unsaid.is_empty() {
        let who =
            format!("how they sign in the plan does not say: {}", unsaid.join(", "));
        page.entry("", "unknown", &who);
    }
    for channel in &report.channels {
        let instead = match &channel.instead {
            Some(other) => format!("{}; {other} stands in for it", channel.why),
            None => format!("{}; nothing stands in for it", channel.why),
        };
        page.entry(&channel.id, "lost", &instead);
    }
}

fn services(page: &mut Page, report: &Report) {
    page.heading("services");
    for service in &report.services {
        let (word, why) = met(service);
        page.entry(service.id.as_str(), word, &why);
        for data in &service.data {
            let word = match (&service.met, data.kept) {
                (_, true) => "data",
                (Met::Exposed { .. }, false) => "RPO AT RISK",
                (_, false) => "DATA LOST",
            };
            page.entry("", word, &format!("{}: {}", data.of, data.why));
        }
    }
}

fn met(service: &ServiceReport) -> (&'static str, String) {
    let promise = |takes: Estimate, rto: Span| {
        let rto = promised(rto);
        let rto = rto.map_or_else(|| "no RTO".to_owned(), |rto| format!("RTO {rto}"));
        format!("~{} (p95 {}) of {rto}", minutes(takes.p50), minutes(takes.p95))
    };
    match &service.met {
        Met::Untouched => ("untouched", "nothing it lives on is lost".to_owned()),
        Met::Unsaid => ("unknown", "what it lives on the plan does not say".to_owned()),
        Met::Exposed { without } => (
            "NO STANDBY",
            format!(
                "it goes on, and has nowhere to go until what is lost is back: no other \
                 side is left of {}",
                without.iter().map(ResourceId::as_str).collect::<Vec<_>>().join(", ")
            ),
        ),
        Met::Yes { by, takes, rto } => {
            ("met", format!("by {by}: {}", promise(*takes, *rto)))
        }
        Met::Perhaps { by, takes, rto } => {
            ("perhaps", format!("by {by}: {}", promise(*takes, *rto)))
        }
        Met::Late { by, takes, rto } => {
            ("MISSED", format!("by {by}: {}", promise(*takes, *rto)))
        }
        Met::Stuck { by, at } => {
            ("MISSED", format!("{by} would bring it back and stops at {at}"))
        }
        Met::Unknown { by } => (
            "unknown",
            format!(
                "{by} would bring it back; whether it can be finished nobody can tell"
            ),
        ),
        Met::Nothing => ("MISSED", "no runbook brings it back from there".to_owned()),
    }
}

/// To the minute, up.
fn minutes(span: Span) -> Span {
    if span < Span::mins(2) {
        return Span::secs(span.as_secs());
    }
    Span::mins((span.as_secs() + 30) / 60)
}

fn verdict(report: &Report) -> &'static str {
    match report.exit_code() {
        0 => "Everything promised can still be kept.",
        1 => "Not everything that was promised can be kept, or nobody can tell.",
        _ => "A runbook that leaves what is lost cannot be finished.",
    }
}

/// `report` for programs. `schema_version` changes only with the meaning of a field.
pub fn json(report: &Report) -> Value {
    json!({
        "schema_version": 1,
        "lost": {
            "sites": report.loss.sites,
            "regions": report.loss.regions,
        },
        "exit": report.exit_code(),
        "runbooks": report.runbooks.iter().map(runbook).collect::<Vec<_>>(),
        "scenarios": report
            .scenarios
            .iter()
            .map(|one| json!({ "id": one.scenario, "runbooks": one.runbooks }))
            .collect::<Vec<_>>(),
        "blind": report.blind.iter().map(blind).collect::<Vec<_>>(),
        "down": report.down.iter().map(blind).collect::<Vec<_>>(),
        "people": report
            .people
            .iter()
            .map(|person| match &person.sign_in {
                SignIn::By(way) => json!({ "id": person.id, "sign_in": true, "by": way }),
                SignIn::Lost(why) => json!({ "id": person.id, "sign_in": false, "why": why }),
                SignIn::Unsaid => json!({ "id": person.id, "sign_in": null }),
            })
            .collect::<Vec<_>>(),
        "roles_nobody_can_fill": report.empty_roles,
        "channels_lost": report
            .channels
            .iter()
            .map(|one| json!({ "id": one.id, "why": one.why, "instead": one.instead }))
            .collect::<Vec<_>>(),
        "services": report.services.iter().map(service).collect::<Vec<_>>(),
    })
}

const fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Yes => "yes",
        Finish::Unknown => "unknown",
        Finish::No => "no",
    }
}

fn blind(blind: &Blind) -> Value {
    json!({ "what": blind.what, "why": blind.why })
}

fn runbook(runbook: &RunbookReport) -> Value {
    let steps: Vec<Value> = runbook
        .steps
        .iter()
        .map(|step| {
            let (verdict, why) = match &step.verdict {
                Verdict::Runs => ("runs", &[][..]),
                Verdict::Moot(why) => ("moot", why.as_slice()),
                Verdict::Cannot(why) => ("cannot", why.as_slice()),
                Verdict::Unknown(why) => ("unknown", why.as_slice()),
            };
            json!({
                "id": step.id,
                "number": step.number,
                "calls": step
                    .calls
                    .iter()
                    .map(|call| json!({ "what": call.what, "at": call.at.told() }))
                    .collect::<Vec<_>>(),
                "verdict": verdict,
                "why": why,
                "spared": step.spared,
                "behind": step.behind,
                "no_way_back": step.no_way_back,
            })
        })
        .collect();
    json!({
        "id": runbook.id,
        "leaves": runbook.leaves,
        "answers": runbook.answers,
        "finish": finish_word(runbook.finish),
        "steps": steps,
    })
}

/// What it is measured by in the run that brings it back, else its own.
fn rto(service: &ServiceReport) -> Option<f64> {
    let own = service.objective.map(|one| one.rto);
    let rto = match &service.met {
        Met::Yes { rto, .. } | Met::Perhaps { rto, .. } | Met::Late { rto, .. } => {
            Some(*rto)
        }
        Met::Untouched
        | Met::Exposed { .. }
        | Met::Unsaid
        | Met::Stuck { .. }
        | Met::Unknown { .. }
        | Met::Nothing => own,
    };
    rto.and_then(promised).map(Span::as_secs_f64)
}

fn service(service: &ServiceReport) -> Value {
    let (word, why) = met(service);
    json!({
        "id": service.id,
        "rto_s": rto(service),
        "rpo_s": service.objective.map(|one| one.rpo.as_secs_f64()),
        "loses": service.loses,
        "met": finish_word(service.is_met()),
        "state": word.to_lowercase(),
        "why": why,
        "data": service
            .data
            .iter()
            .map(|data| json!({ "of": data.of, "kept": data.kept, "why": data.why }))
            .collect::<Vec<_>>(),
    })
}
