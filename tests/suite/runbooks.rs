//! Every runbook of every shipped plan is played to its end, in the scenario it is for and
//! in those it must survive, under the laws of whole runs. A way back starts where the way
//! out has left the world.

use std::collections::BTreeSet;

use warroom::{
    drill::{Deed, Effect, past},
    engine::{Class, Event, Incident, NoteKind, Record, exposures, gate},
    model::{
        Actor, DatabaseRole, DatabaseView, Evidence, Fence, Lag, Mode, Moment,
        Observation, Reading, RunbookKind, Span, Verb,
    },
    plan::EMBEDDED,
};

use super::laws::{Left, Played, Wire, killed_at, plan, shipped, whole};

fn played(name: &str, scenario: Option<&str>, of: impl Fn(RunbookKind) -> bool) {
    let mut any = false;
    for runbook in plan(name).runbooks.iter().filter(|runbook| of(runbook.kind)) {
        any = true;
        let played = Played::new(name, runbook.id.as_str(), scenario);
        let left = whole(&played);
        all_verbs_done(&played, &left);
    }
    assert!(any, "{name} has no such runbook");
}

/// What the runbook says was done to the world, all of it, whoever lost an answer.
fn all_verbs_done(played: &Played, left: &Left) {
    for step in played.procedure.runbook.steps() {
        let Some((resource, side, verb)) = step.action.estate() else { continue };
        let done = left.ledger.iter().any(|effect| effect.is(resource, side, verb));
        assert!(
            done,
            "{}: nothing was done for {}",
            played.procedure.runbook.id, step.id
        );
    }
}

const fn moves(kind: RunbookKind) -> bool {
    matches!(kind, RunbookKind::Failover | RunbookKind::Failback)
}

#[test]
fn ecommerce_every_runbook_is_played_to_its_end() {
    played("ecommerce", None, |_| true);
}

#[test]
fn mycomputer_every_runbook_is_played_to_its_end() {
    played("mycomputer", None, |_| true);
}

#[test]
fn every_move_ends_although_answers_get_lost() {
    for (name, _) in EMBEDDED {
        played(name, Some("lost-reply"), moves);
    }
}

#[test]
fn every_move_ends_although_the_cloud_is_slow() {
    for (name, _) in EMBEDDED {
        played(name, Some("slow-cloud"), moves);
    }
}

#[test]
fn a_way_back_begins_where_the_way_out_ended_and_ends_where_it_began() {
    for (name, runbook, database, traffic) in [
        ("ecommerce", "planned-failback", "main", "site"),
        ("mycomputer", "failback", "inventory", "api"),
    ] {
        let played = Played::new(name, runbook, None);
        let all = plan(name).runbooks;
        let out = past::before(&played.procedure.runbook, all.iter()).unwrap();
        assert_eq!(out.kind, RunbookKind::Failover, "{name}");
        let left = whole(&played);
        let (from, to) = (&out.from, &out.to);
        let shifts: Vec<&Effect> = left
            .ledger
            .iter()
            .filter(|effect| effect.is(&traffic.into(), from, Verb::Shift))
            .collect();
        let all = |home, away| {
            // As the world writes shares: in the order of the sites' names.
            let shares =
                BTreeSet::from([format!("{from}={home}"), format!("{to}={away}")]);
            shares.into_iter().collect::<Vec<_>>().join(",")
        };
        assert_eq!(shifts.first().unwrap().before.as_str(), all(0, 100), "{name}");
        assert_eq!(shifts.last().unwrap().after.as_str(), all(100, 0), "{name}");
        // The freed name, then the replica built under it.
        let rebuilt =
            |effect: &&Effect| effect.is(&database.into(), from, Verb::RebuildReplica);
        let rebuild = left.ledger.iter().find(rebuilt).unwrap();
        assert_eq!(rebuild.before.as_str(), "absent", "{name}");
        let freed = left.ledger.iter().find(|effect| {
            matches!(&effect.deed, Deed::Errand { line, .. } if line.as_str().starts_with("by hand"))
        });
        assert!(freed.unwrap().seq < rebuild.seq, "{name}");
    }
}

#[test]
fn a_day_of_waiting_leaps_and_the_record_says_so() {
    let played = Played::new("ecommerce", "planned-failback", None);
    let left = whole(&played);
    assert!(left.records.iter().any(is_leap));
    // Each day's work begins on its day.
    let began = left.records.first().unwrap().at;
    for (step, day) in [("go", 2), ("shift-50", 3), ("shift-100", 4), ("clear-west", 5)] {
        let begins = left.records.iter().find(|record| {
            matches!(&record.event, Event::Intended { step: id, .. } if id.as_str() == step)
        });
        let waited = begins.unwrap().at - began;
        assert!(waited >= Span::mins(day * 24 * 60), "{step} began after {waited}");
    }
    // Nobody was blind meanwhile: a leap makes no reading old.
    let unknown = left.records.iter().filter(|record| {
        matches!(record.event, Event::HealthChanged { healthy: None, .. })
    });
    assert_eq!(unknown.count(), 0);
}

fn is_leap(record: &Record) -> bool {
    matches!(&record.event, Event::Noted { kind: NoteKind::Note, text, .. }
        if text.as_str().starts_with("time leaps by"))
}

#[test]
fn a_failback_survives_a_kill_around_every_leap_and_everything_done_by_hand() {
    let played = Played::new("mycomputer", "failback", None);
    let records = whole(&played).records;
    let by_hand = |record: &Record| {
        matches!(&record.event, Event::Verified { step, .. }
            if step.as_str().starts_with("clear-"))
    };
    let tender: Vec<u64> = records
        .iter()
        .filter(|record| is_leap(record) || by_hand(record))
        .map(|record| record.seq)
        .collect();
    assert_eq!(tender.len(), 4, "two names freed, a day leapt in two parts");
    for record in tender {
        killed_at(&played, Wire::Before(record));
        killed_at(&played, Wire::After(record));
        killed_at(&played, Wire::After(record + 1));
    }
}

/// The failback just declared, with each side of its database seen like this.
fn seen(east: DatabaseView, west: DatabaseView) -> (Incident, Evidence, Moment) {
    let procedure = shipped("ecommerce", "planned-failback");
    let at = Moment::from_millis(1_788_000_000_000);
    let event = Event::Declared {
        mode: Mode::Drill,
        procedure: Box::new(procedure.as_ref().clone()),
        impact_at: at,
        reason: "back".into(),
    };
    let (prev, hash) = (String::new(), String::new());
    let (actor, stamp) = (Actor::System, None);
    let first = Record { seq: 1, at, actor, epoch: 1, stamp, event, prev, hash };
    let incident = Incident::fold(&"DRILL-0001".into(), &[first]).unwrap();
    let mut evidence = Evidence::default();
    for (site, view) in [("us-east-1", east), ("us-west-2", west)] {
        let mut reading = Reading::none(Span::secs(45));
        reading.last = Some((Observation::Database(view), at));
        evidence.estate.insert(("main".into(), site.into()), reading);
    }
    (incident, evidence, at)
}

/// What the gate says of the database behind `step`.
fn behind(step: &str, east: DatabaseView, west: DatabaseView) -> Vec<(String, Class)> {
    let (incident, evidence, at) = seen(east, west);
    let gate = gate(&incident, &step.into(), &evidence, at).unwrap();
    gate.checks.iter().map(|check| (check.name.to_string(), check.class)).collect()
}

fn database(role: DatabaseRole, fence: Fence) -> DatabaseView {
    DatabaseView {
        role,
        status: "available".into(),
        available: true,
        lag: Lag::NoData,
        fence,
        connections: None,
        endpoint: None,
        newest_snapshot: None,
    }
}

#[test]
fn who_is_pointed_at_the_other_region_is_checked_against_that_region() {
    let writer = || database(DatabaseRole::Writer, Fence::Open);
    let fenced =
        || database(DatabaseRole::Writer, Fence::Closed { proof: "0 users".into() });
    let replica =
        || database(DatabaseRole::Replica { source: "x".into() }, Fence::Unproven);
    let name = "main in us-east-1 takes writes".to_owned();
    // The services of us-west-2 are pointed at the database of us-east-1.
    for (east, west, class) in [
        (writer(), fenced(), Class::Pass),
        (replica(), writer(), Class::Fail),
        (fenced(), writer(), Class::Fail),
    ] {
        assert_eq!(behind("west-orders", east, west), vec![(name.clone(), class)]);
    }
}

#[test]
fn on_the_way_back_data_is_at_risk_once_there_is_a_replica_to_promote() {
    let writer = || database(DatabaseRole::Writer, Fence::Open);
    let fenced =
        || database(DatabaseRole::Writer, Fence::Closed { proof: "0 users".into() });
    let replica = |available| DatabaseView {
        available,
        ..database(DatabaseRole::Replica { source: "x".into() }, Fence::Unproven)
    };
    for (east, at_risk) in
        [(fenced(), 0), (replica(false), 0), (replica(true), 1), (writer(), 0)]
    {
        let (incident, evidence, at) = seen(east, writer());
        assert_eq!(exposures(&incident, &evidence, at).len(), at_risk);
    }
}
