//! What was promised and whether it was kept: of each service its own, of each phase its
//! time, and of a standby only what a failover needs.

use std::sync::Arc;

use warroom::{
    engine::exposures,
    model::{
        Action, Errand, Mark, Mode, PhaseTime, Procedure, Reading, ResourceId,
        RunbookKind, Span, StepId, Text,
        brief::{Countdown, Level},
        errand::Until,
    },
    report::{
        status::{Check, State, Status, judge},
        summary::{Summary, summary},
    },
    room::{Executor, Snapshot},
};

use crate::fixture::{self, Story, World, at};

fn objectives(procedure: &mut Procedure, mins: [(i64, i64); 2]) {
    for (service, (rto, rpo)) in procedure.services.iter_mut().zip(mins) {
        service.objective.rto = Span::mins(rto);
        service.objective.rpo = Span::mins(rpo);
    }
}

fn said(level: Level, rpo: Option<Span>) -> Countdown {
    Countdown { level, of: Text::clean("it"), rto: None, rpo }
}

/// `checkout` lives on the database, `browse` on the images; the nodes are of both.
#[test]
fn data_is_held_against_what_lives_on_it() {
    let limit = |id: &str, write: fn(&mut Procedure)| {
        let mut procedure = fixture::procedure();
        objectives(&mut procedure, [(30, 5), (60, 90)]);
        write(&mut procedure);
        procedure.rpo_of(&ResourceId::new(id))
    };
    assert_eq!(limit("db", |_| {}), Span::mins(5));
    assert_eq!(limit("images", |_| {}), Span::mins(90));
    assert_eq!(limit("eks", |_| {}), Span::mins(5), "the least of those who share it");
    let spare: fn(&mut Procedure) = |it| it.services[1].uses.clear();
    assert_eq!(limit("images", spare), fixture::procedure().objective.rpo);
    let runbook: fn(&mut Procedure) =
        |it| it.brief.countdowns = vec![said(Level::Runbook, Some(Span::mins(1)))];
    assert_eq!(limit("images", runbook), Span::mins(5), "the runbook promises for all");
    let scenario: fn(&mut Procedure) =
        |it| it.brief.countdowns = vec![said(Level::Scenario, Some(Span::mins(1)))];
    assert_eq!(limit("images", scenario), Span::mins(5));
    let plan: fn(&mut Procedure) =
        |it| it.brief.countdowns = vec![said(Level::Plan, Some(Span::mins(1)))];
    assert_eq!(limit("images", plan), Span::mins(90), "a service's word is nearer");
    let silent: fn(&mut Procedure) =
        |it| it.brief.countdowns = vec![said(Level::Runbook, None)];
    assert_eq!(limit("images", silent), Span::mins(90));
}

#[test]
fn what_promoting_costs_and_what_was_lost_know_the_same_limit() {
    let loose = |procedure: &mut Procedure| objectives(procedure, [(30, 45), (60, 5)]);
    let story = fixture::prepared(Mode::Live).written(loose);
    let now = at("03:13:36");
    let seen = fixture::evidence(World::Fenced, now);
    let costs = exposures(&story.fold(), &seen, now);
    assert_eq!(costs.iter().map(|one| one.limit).collect::<Vec<_>>(), [Span::mins(45)]);
    let over = told(&fixture::finished(Mode::Live).written(|procedure| {
        objectives(procedure, [(30, 45), (60, 5)]);
        procedure.objective.rpo = Span::secs(10);
    }));
    let loss = &over.outcome.rpo[0];
    assert_eq!((loss.lost, loss.target), (Some(Span::secs(44)), Span::mins(45)));
    assert_eq!(over.outcome.rpo_met(), Some(true));
}

fn told(story: &Story) -> Summary {
    summary(&story.fold(), &story.records)
}

/// From the impact at 02:55:40, `browse` was back at 03:24:21 and `checkout` a second later.
#[test]
fn services_are_told_one_by_one_where_they_promise_different_things() {
    let finished =
        |mins| told(&fixture::finished(Mode::Live).written(|it| objectives(it, mins)));
    assert_eq!(finished([(30, 5), (30, 60)]).outcome.services, []);
    let apart = finished([(28, 5), (29, 5)]).outcome;
    let told = apart.services.iter().map(|one| (one.service.as_str(), one.took));
    let want = [("checkout", 1722), ("browse", 1721)];
    assert_eq!(
        told.collect::<Vec<_>>(),
        want.map(|(name, secs)| (name, Some(Span::secs(secs))))
    );
    let lines = apart.fields();
    let line = |name: &str| {
        let found =
            lines.iter().find(|(label, value)| label == name || value.contains(name));
        found.unwrap_or_else(|| panic!("no {name} in {lines:?}")).1.clone()
    };
    assert!(line("checkout").contains("MISSED"), "{lines:?}");
    assert!(line("browse").contains("met"), "{lines:?}");
}

/// Work on the second phase could begin when the first was through, 03:00:30, and ended at
/// 03:12:20: 11 min 50 s.
#[test]
fn a_phase_is_late_by_its_budget_or_its_window() {
    let after = |mins| PhaseTime::Window(Span::ZERO, Span::mins(mins));
    for (time, late) in [
        (None, None),
        (Some(PhaseTime::Budget(Span::secs(711))), None),
        (Some(PhaseTime::Budget(Span::secs(710))), None),
        (Some(PhaseTime::Budget(Span::secs(709))), Some("11:50 of 11:49")),
        // From the declaration, 02:58:10, unless the runbook says otherwise.
        (Some(after(15)), None),
        (Some(after(14)), Some("14:10 of 14:00")),
    ] {
        let story = fixture::prepared(Mode::Live).written(|procedure| {
            procedure.runbook.phases[1].time = time;
            procedure.runbook.terms.windows_from = Mark::new("declared");
        });
        let found: Vec<String> = told(&story)
            .deviations
            .into_iter()
            .map(|item| item.what)
            .filter(|what| what.starts_with("LATE"))
            .collect();
        let want: Vec<String> =
            late.iter().map(|took| format!("LATE phase PREPARE: {took}")).collect();
        assert_eq!(found, want, "{time:?}");
    }
}

#[test]
fn a_budget_counts_from_the_first_work_even_out_of_turn() {
    let story = fixture::declared(Mode::Live)
        .sent("P.Shah", "scale", ("02:59:00", "02:59:04"), "y")
        .written(|it| it.runbook.phases[1].time = Some(PhaseTime::Budget(Span::mins(5))));
    let incident = story.fold();
    let phase = &incident.procedure.runbook.phases[1];
    assert_eq!(incident.window(phase), Some((at("02:59:00"), Some(at("03:04:00")))));
    assert_eq!(incident.phase_ended(phase), None);
    // Nothing was done in the third, and something is to be done before it.
    assert_eq!(incident.window(&incident.procedure.runbook.phases[2]), None);
}

/// What `status` says of a calm world in which `unseen` was never read.
fn standing(unseen: &str, write: impl FnOnce(&mut Procedure)) -> (Status, Check) {
    let mut snapshot = fixture::snapshot(None, World::Calm, at("02:50:00"));
    write(Arc::make_mut(&mut snapshot.procedure));
    blind(&mut snapshot, unseen);
    let status = judge(&snapshot);
    let named = |check: &&Check| check.name.split(' ').next() == Some(unseen);
    let check = status.checks.iter().find(named).cloned().unwrap();
    (status, check)
}

fn blind(snapshot: &mut Snapshot, unseen: &str) {
    let seen = Arc::make_mut(&mut snapshot.evidence);
    for ((resource, _), reading) in &mut seen.estate {
        if resource.as_str() == unseen {
            *reading = Reading::none(reading.max_age);
        }
    }
    for (probe, reading) in &mut seen.probes {
        if probe.as_str() == unseen {
            *reading = Reading::none(reading.max_age);
        }
    }
}

#[test]
fn only_what_the_failover_needs_decides_the_status() {
    for (unseen, decides) in [
        // A step fences it, a service is told by it, no step touches them.
        ("db", true),
        ("checkout", true),
        ("images", false),
        ("api-west", false),
    ] {
        let (status, check) = standing(unseen, |_| {});
        assert_eq!(check.state, State::Unknown, "{unseen}");
        assert_eq!(check.needed, decides, "{unseen}");
        let want = if decides { State::Unknown } else { State::Ok };
        assert_eq!(status.state, want, "{unseen} {:?}", status.checks);
    }
    // A step that waits for a probe needs it as one that checks it does.
    let (status, _) = standing("api-west", |procedure| {
        let mut steps = procedure.runbook.phases.iter_mut().flat_map(|it| &mut it.steps);
        let step = steps.find(|step| step.id == StepId::new("smoke")).unwrap();
        let until = Until::Probe("api-west".into());
        step.action = Action::Errand(Errand::Until { until });
    });
    assert_eq!(status.state, State::Unknown, "{:?}", status.checks);
}

/// What nobody needs and what is seen to be bad is still bad.
#[test]
fn what_is_seen_to_be_bad_decides_whoever_needs_it() {
    let mut snapshot = fixture::snapshot(None, World::Calm, at("02:50:00"));
    let seen = Arc::make_mut(&mut snapshot.evidence);
    for (probe, reading) in &mut seen.probes {
        if probe.as_str() == "api-west"
            && let Some((answer, _)) = &mut reading.last
        {
            answer.healthy = false;
        }
    }
    assert_eq!(judge(&snapshot).state, State::Crit);
}

/// Only a runbook that brings services back has promises to keep by its clock.
#[test]
fn what_recovers_nothing_has_no_rto() {
    let drill = |it: &mut Procedure| it.runbook.kind = RunbookKind::Backup;
    let outcome = told(&fixture::finished(Mode::Live).written(drill)).outcome;
    assert_eq!((outcome.recovers, outcome.rto_met()), (false, None));
    assert!(outcome.rto.is_some(), "it was measured all the same");
}

/// Whoever reads it on a telephone believes that it moves.
#[test]
fn the_status_says_that_nothing_starts_and_that_nobody_runs_it() {
    let said = |story: Story, executor: Executor| {
        let mut snapshot = fixture::snapshot(Some(&story), World::Fenced, at("03:13:36"));
        snapshot.executor = executor;
        let status = judge(&snapshot);
        (status.line(), status.json()["incident"].clone())
    };
    let (line, json) = said(fixture::prepared(Mode::Live), Executor::Here);
    assert!(!line.contains("HOLD") && !line.contains("NOBODY"), "{line}");
    assert!(json["held_since"].is_null() && json["run_by"].is_string(), "{json}");
    let (line, json) = said(fixture::held(Mode::Live), Executor::Left);
    assert!(line.contains("HOLD since 03:13:33Z, NOBODY RUNS IT"), "{line}");
    assert_eq!(json["held_since"], "2026-08-22T03:13:33.000Z");
    assert!(json["run_by"].is_null(), "{json}");
}
