//! Every runbook of every shipped plan is played to its end, in the scenario it is for and
//! in those it must survive, under the laws of whole runs. A way back starts where the way
//! out has left the world.

use std::collections::{BTreeMap, BTreeSet};

use warroom::{
    clock::Clock,
    drill::{Deed, Effect, past},
    driver::Subject,
    engine::{
        Class, Event, Incident, NoteKind, Record, StepState, exposures, gate, waits,
    },
    model::{
        Actor, Condition, DatabaseRole, DatabaseView, Evidence, Fence, IncidentId, Lag,
        Mode, Moment, Observation, ProbeKind, Procedure, Reading, ResourceId, Runbook,
        RunbookKind, SiteId, Span, Verb,
    },
    plan::{
        Choice, EMBEDDED, Plan,
        language::{Items, Said},
    },
    play::Ending,
};

use super::laws::{
    Left, Played, START, Wire, intent_first, killed_at, one_life, plan, shipped, whole,
};

const SEED: u64 = 7;

/// Plays runbooks of a shipped plan to their ends, each under the laws of a whole run, and
/// says at once which of them came to none.
fn played(name: &str, scenario: Option<&str>, of: impl Fn(&Runbook) -> bool) {
    let plan = plan(name);
    let mut any = false;
    let mut stuck = Vec::new();
    for runbook in plan.runbooks.iter().filter(|runbook| of(runbook)) {
        any = true;
        for choice in choices(&plan, runbook) {
            let id = runbook.id.as_str();
            let played = Played::chosen(&plan, id, scenario, &choice).hurried(SEED);
            let left = one_life(&played);
            match &left.ending {
                Some(Ending::Verified) => through(&played, &left),
                other => stuck.push(format!("{name} {id} with {choice:?}: {other:?}")),
            }
        }
    }
    assert!(any, "{name} has no such runbook");
    assert!(stuck.is_empty(), "{}", stuck.join("\n"));
}

/// What a run may be begun with: nothing said, but for the scenario it answers (it decides
/// objectives); and each value that decides what is done at all.
fn choices(plan: &Plan, runbook: &Runbook) -> Vec<Choice> {
    let rows = plan.file.scenario.items().iter();
    let mut answered = rows.filter(|row| {
        row.runbooks.items().iter().any(|found| found.value == runbook.id.as_str())
    });
    let scenario = answered.find_map(|row| row.id.get());
    let usual =
        Choice { scenario: scenario.map(|id| id.as_str().into()), ..Choice::default() };
    let mut all = vec![usual.clone()];
    let conditions = runbook.steps().flat_map(|step| &step.terms.when);
    for condition in conditions {
        if let Condition::Parameter { parameter, equals: true, value, .. } = condition {
            let inputs = BTreeMap::from([(parameter.clone(), value.to_string())]);
            all.push(Choice { inputs, ..usual.clone() });
        }
    }
    all
}

/// The laws over a run that ended, and that what it says was done was done.
fn through(played: &Played, left: &Left) {
    let id = IncidentId::from("DRILL-0001");
    let at = played.procedure.runbook.id.to_string();
    let incident = Incident::fold(&id, &left.records).unwrap();
    assert!(waits::is_through(&incident), "{at}");
    intent_first(&left.ledger, &left.records, &at);
    sent_once(left, &at);
    for (step, record) in incident.steps() {
        let (StepState::Done { .. }, Some((resource, side, verb))) =
            (&record.state, step.action.estate())
        else {
            continue;
        };
        let of = |effect: &&Effect| matches!(&effect.deed, Deed::Verb { step: of, .. } if *of == step.id);
        let done = left.ledger.iter().find(of);
        let evidence = record.evidence.as_ref();
        let found = evidence.is_some_and(|it| it.summary.as_str().starts_with("already"));
        let is = done.map_or(found, |effect| effect.is(resource, side, verb));
        assert!(is, "{at}: {} is done, and nothing did it", step.id);
    }
}

/// Each attempt was intended once, and had its effect once.
fn sent_once(left: &Left, at: &str) {
    let mut intended = BTreeSet::new();
    for record in &left.records {
        if let Event::Intended { step, attempt, .. } = &record.event {
            let first = intended.insert((step.clone(), *attempt));
            assert!(first, "{at}: attempt {attempt} of {step} was begun twice");
        }
    }
    let mut done = BTreeSet::new();
    for effect in &left.ledger {
        let of = match &effect.deed {
            Deed::Verb { step, attempt, .. } => Some((step.clone(), *attempt)),
            Deed::Errand { step, .. } => step.clone(),
        };
        let Some((step, attempt)) = of else { continue };
        assert!(done.insert((step, attempt)), "{at}: twice: {effect:?}");
    }
}

const fn moves(kind: RunbookKind) -> bool {
    matches!(kind, RunbookKind::Failover | RunbookKind::Failback)
}

#[test]
fn lecture_every_runbook_is_played_to_its_end() {
    played("lecture", None, |_| true);
}

#[test]
fn myapp_every_runbook_is_played_to_its_end() {
    played("myapp", None, |_| true);
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
fn learning_portal_every_runbook_is_played_to_its_end() {
    played("learning-portal", None, |_| true);
}

/// The tests above are all plans there are.
#[test]
fn every_shipped_plan_is_played() {
    let names: BTreeSet<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    let played = ["ecommerce", "learning-portal", "lecture", "myapp", "mycomputer"];
    assert_eq!(names, BTreeSet::from(played));
}

/// The way back begins where the way out of the same tenants ended: a lane at a time.
#[test]
fn a_single_tenant_is_moved_and_moved_back() {
    let plan = plan("lecture");
    for runbook in plan.runbooks.iter().filter(|runbook| moves(runbook.kind)) {
        let choice = Choice { tenants: vec!["birch".into()], ..Choice::default() };
        let id = runbook.id.as_str();
        let played = Played::chosen(&plan, id, None, &choice).hurried(SEED);
        let left = one_life(&played);
        assert_eq!(left.ending, Some(Ending::Verified), "{id}");
        through(&played, &left);
        let others = left.ledger.iter().filter(|effect| {
            matches!(&effect.deed, Deed::Verb { resource, .. }
                if !resource.as_str().starts_with("birch."))
        });
        assert_eq!(others.count(), 0, "{id}: another tenant was touched");
    }
}

#[test]
fn every_move_ends_although_answers_get_lost() {
    for (name, _) in EMBEDDED {
        played(name, Some("lost-reply"), |runbook| moves(runbook.kind));
    }
}

#[test]
fn every_move_ends_although_the_cloud_is_slow() {
    for (name, _) in EMBEDDED {
        played(name, Some("slow-cloud"), |runbook| moves(runbook.kind));
    }
}

#[test]
fn a_way_back_begins_where_the_way_out_ended_and_ends_where_it_began() {
    for (name, runbook, database, traffic) in [
        ("ecommerce", "planned-failback", "main", "site"),
        ("mycomputer", "failback", "inventory", "api"),
    ] {
        let played = Played::new(name, runbook, None).hurried(SEED);
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

/// What `past` takes to where a way back starts: databases that are promoted, and names
/// that are moved; by a verb, by a call or by a program.
fn taken(past: &Procedure) -> BTreeSet<ResourceId> {
    let verbs = [Verb::Promote, Verb::Switchover, Verb::Shift];
    let mut all = BTreeSet::new();
    for step in past.runbook.steps() {
        let verb = step.action.estate().filter(|(.., verb)| verbs.contains(verb));
        all.extend(verb.map(|(resource, ..)| resource.clone()));
        let meaning = &step.terms.meaning;
        all.extend(meaning.promotes.iter().chain(&meaning.moves).cloned());
    }
    all
}

/// The writer is there, or all users are.
fn is_there(seen: &Observation, side: &SiteId) -> bool {
    match seen {
        Observation::Database(view) => view.role == DatabaseRole::Writer,
        Observation::Traffic(view) => view.share.get(side) == Some(&100),
        Observation::Compute(_) | Observation::Storage(_) => false,
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_back_begins_with_users_and_the_writer_where_the_way_out_sent_them() {
    let mut looked = 0;
    for (name, _) in EMBEDDED {
        let plan = plan(name);
        let back = |runbook: &&Runbook| runbook.kind == RunbookKind::Failback;
        for runbook in plan.runbooks.iter().filter(back) {
            let played = Played::of(&plan, runbook.id.as_str(), None);
            let (world, side) = (played.world(&Clock::drill(START)), &runbook.from);
            let Some(past) = &played.past else { continue };
            for id in taken(past) {
                let at = format!("{name} {}: {id}", runbook.id);
                let procedure = &played.procedure;
                let resource = procedure.resource(&id).expect(&at);
                let sites = &procedure.sites;
                let subject = Subject { resource, side, sites, work: None };
                looked += 1;
                let seen = world.driver().observe(subject).await.unwrap();
                assert!(is_there(&seen, side), "{at}: {seen:?}");
            }
        }
    }
    assert!(looked > 10, "{looked}");
}

/// No probe of a shipped plan is unknown for want of a kind the world knows, and none has
/// the words of another kind.
#[tokio::test(start_paused = true)]
async fn every_probe_of_every_plan_has_an_answer_in_its_own_words() {
    let mut words = BTreeMap::new();
    for (name, _) in EMBEDDED {
        let plan = plan(name);
        let first = plan.runbooks.first().unwrap().id.clone();
        let played = Played::new(name, first.as_str(), Some("quiet"));
        let world = played.world(&Clock::drill(START));
        for probe in &played.procedure.probes {
            let answer = world.eyes().look(probe).await;
            let answer =
                answer.unwrap_or_else(|why| panic!("{name} {}: {why:?}", probe.id));
            let value = answer.value.to_string();
            match &probe.look {
                ProbeKind::Http(_) => assert!(value.starts_with("200 in "), "{value}"),
                ProbeKind::Command(_) => assert!(value.starts_with("exit 0"), "{value}"),
                ProbeKind::Look(_) => assert!(!value.starts_with("exit "), "{value}"),
            }
            words.insert(format!("{name} {}", probe.id), value);
        }
    }
    // The world's own values where it has them; else one inside the plan's bounds.
    let of = |id: &str| words[id].as_str();
    assert!(of("lecture alder.db-lag").ends_with(" s"), "{}", of("lecture alder.db-lag"));
    assert!(of("mycomputer replica-lag").ends_with(" s"));
    assert!(of("mycomputer dns-api").ends_with(": 100% eu-west-1"));
    assert!(of("learning-portal port-443").starts_with("connected to "));
    let disk: f64 = of("learning-portal disk").parse().unwrap();
    assert!((0.0..80.0).contains(&disk), "{disk}");
}

/// Nobody watches a hurried run; what it measures is what it would have taken.
#[test]
fn a_hurried_run_leaps_over_the_world_s_work_and_counts_it() {
    let played = Played::new("mycomputer", "multi-region-failover", None).hurried(SEED);
    let left = whole(&played);
    let at = |promoted: fn(&Event) -> bool| {
        left.records.iter().find(|record| promoted(&record.event)).unwrap().at
    };
    let begun = at(
        |event| matches!(event, Event::Intended { step, .. } if step.as_str() == "promote"),
    );
    let ended = at(
        |event| matches!(event, Event::Verified { step, .. } if step.as_str() == "promote"),
    );
    let leaps: Vec<_> = left
        .records
        .iter()
        .filter(|record| is_leap(record) && begun < record.at && record.at < ended)
        .collect();
    assert!(!leaps.is_empty(), "a promotion takes minutes in which nothing is to do");
    // No promotion is quicker than this: assets/drill/latency.json.
    assert!(ended - begun >= Span::secs(120), "{}", ended - begun);
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

/// How often a run was told that the side it leaves looks healthy, and went on in words.
fn left_healthy(left: &Left) -> Vec<String> {
    let mut all = Vec::new();
    for record in &left.records {
        if let Event::Overridden { check, seen, .. } = &record.event {
            assert!(check.as_str().ends_with(" looks healthy"), "{record:?}");
            let seen = seen.as_ref().unwrap();
            assert!(seen.as_str().contains(" ago"), "{seen}");
            all.push(check.to_string());
        }
    }
    all
}

/// Nobody fails over from a healthy region by habit: in a quiet world whoever commands says
/// so by name at each step that leaves it, and in one that is lost nobody is asked.
#[test]
fn a_healthy_side_is_left_by_name_and_a_lost_one_without_a_word() {
    for (name, _) in EMBEDDED {
        let plan = plan(name);
        let failover = |one: &&Runbook| one.kind == RunbookKind::Failover;
        for runbook in plan.runbooks.iter().filter(failover) {
            let at = format!("{name} {}", runbook.id);
            for (scenario, asked) in
                [("quiet", true), ("region-loss", false), ("slow-cloud", false)]
            {
                let id = runbook.id.as_str();
                let left = whole(&Played::of(&plan, id, Some(scenario)).hurried(SEED));
                let told = left_healthy(&left);
                assert_eq!(!told.is_empty(), asked, "{at} in {scenario}: {told:?}");
                let own = format!("{} looks healthy", runbook.from);
                assert!(told.iter().all(|check| *check == own), "{at}: {told:?}");
            }
        }
    }
}
