//! A runbook with every term there is, played in the drill world to its end: what the plan
//! says is what the record tells. The same under kills is in `laws`.

use std::path::Path;

use warroom::{
    config::Env,
    drill::{Deed, Effect, Move, commander::moves},
    driver,
    engine::{Event, Incident, Record, StepState, Watch, story::sentence},
    model::{Actor, IncidentId, Moment, Seat, Span, StepId},
    plan::{self, Plan},
    play::Ending,
    report::{outcome::outcome, summary::summary, timeline},
};

use super::laws::{Left, Played, one_life, whole};

/// The plan with all terms.
pub(crate) fn plan() -> Plan {
    loaded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/good/terms.toml"))
}

/// The same plan, with `old` in it written otherwise.
fn with(old: &str, new: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/good/terms.toml");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{old}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.toml");
    std::fs::write(&path, text.replacen(old, new, 1)).unwrap();
    // What it says otherwise may be a mistake: that is what the test is about.
    let loaded = plan::load(&path, &driver::vocabulary(), Env::default().all());
    loaded.seen().unwrap().clone()
}

fn loaded(path: &Path) -> Plan {
    let loaded = plan::load(path, &driver::vocabulary(), Env::default().all());
    let errors: Vec<String> =
        loaded.problems.iter().map(|problem| format!("{problem:?}")).collect();
    loaded.plan.unwrap_or_else(|| panic!("{errors:#?}"))
}

/// What one play came to.
struct Told {
    records: Vec<Record>,
    incident: Incident,
}

impl Told {
    fn of(left: Left) -> Self {
        let id = IncidentId::from("DRILL-0001");
        let incident = Incident::fold(&id, &left.records).unwrap();
        Self { records: left.records, incident }
    }

    fn state(&self, step: &str) -> &StepState {
        &self.incident.steps[&StepId::from(step)].state
    }

    /// Every line of the timeline with its word.
    fn lines(&self) -> Vec<String> {
        let line = |record: &Record| {
            format!("{} {}", record.event.word(), sentence(record, &self.incident))
        };
        self.records.iter().map(line).collect()
    }

    fn says(&self, line: &str) {
        let lines = self.lines();
        assert!(lines.iter().any(|one| one.contains(line)), "{line}\n{lines:#?}");
    }

    /// When the first record that fits was written.
    fn at(&self, what: &str, fits: impl Fn(&Event) -> bool) -> Moment {
        let found = self.records.iter().find(|record| fits(&record.event));
        found.unwrap_or_else(|| panic!("never: {what}\n{:#?}", self.lines())).at
    }

    fn begun(&self, id: &str) -> Moment {
        self.at(
            id,
            |event| matches!(event, Event::Intended { step, .. } if step.as_str() == id),
        )
    }

    fn watched(&self, id: &str, wanted: &Watch) -> Moment {
        self.at(&format!("{id} {wanted:?}"), |event| {
            matches!(event, Event::Watched { phase, watch }
                if phase.as_str() == id && watch == wanted)
        })
    }
}

fn played(runbook: &str) -> Told {
    Told::of(whole(&Played::of(&plan(), runbook, None)))
}

const DAY: Span = Span::mins(24 * 60);

#[test]
fn a_runbook_with_every_term_is_played_to_its_end() {
    let told = played("move");
    // The check that is wanted to fail was seen to, and is what the failover rests on.
    assert!(matches!(told.state("down"), StepState::Done { .. }));
    told.says("RAISE page: severity P1 (4 Answer to how bad it is)");
    told.says("RAISE quay: severity P1; tell slack #quay");
    // What may fail failed, and stands as failed to the end.
    assert!(matches!(told.state("ask-east"), StepState::Refused { .. }));
    told.says("RAISE east-lost: failed (6 Ask the old side once more)");
    told.says(
        "PASS 7 Freeze the old side is only for when step ask-east is done: it failed",
    );
    told.says(
        "PASS 9 Replay the log up to the target is only for when target is not latest",
    );
    assert!(matches!(told.state("stores"), StepState::Done { .. }));
    assert!(matches!(told.state("rehearse"), StepState::Done { .. }));
    told.says("DONE 5 Activate: note the moment as activation [activation]");
    told.says("RAISE harbour-moved: tell commander via quay");
    told.says("RAISE too-slow: took 48:0");
    for step in ["drop", "report", "public"] {
        assert!(matches!(told.state(step), StepState::Done { .. }), "{step}");
    }
}

#[test]
fn moments_and_holds_are_kept_to_the_minute() {
    let told = played("move");
    let ended = |id: &str| told.incident.steps[&StepId::from(id)].ended_at.unwrap();
    assert!(told.begun("shift-10") >= ended("rehearse") + Span::secs(30));
    let activation = ended("activate");
    assert!(told.begun("shift-100") >= activation + DAY + DAY);
    let (began, passed) =
        (told.watched("begin", &Watch::Began), told.watched("begin", &Watch::Passed));
    assert!(began >= ended("shift-10"));
    assert!(passed - began >= DAY, "{}", (passed - began).clock());
    assert!(passed - began < DAY + Span::mins(5), "{}", (passed - began).clock());
    // A bare wait comes after it, and before what it keeps closed.
    let rest = told.watched("rest", &Watch::Began);
    assert!(rest >= passed);
    assert!(told.watched("rest", &Watch::Passed) - rest >= Span::mins(120));
    told.says("WATCH the hold of Begin begins: 1d with west healthy");
    told.says("WATCH the hold of Rest is over: 2h passed");
    told.says("time leaps by");
}

#[test]
fn the_end_is_told_with_what_failed_and_by_the_plan_s_own_clock() {
    let told = played("move");
    let result = outcome(&told.incident, &told.records);
    assert_eq!((result.failed, result.unsettled, result.skipped), (1, 0, 2));
    assert!(result.text().contains("1 failed and left so, 0 open"), "{}", result.text());
    let ended = |id: &str| told.incident.steps[&StepId::from(id)].ended_at.unwrap();
    assert_eq!(result.rto, Some(ended("shift-100") - ended("activate")));
    assert_eq!(result.rto_met(), Some(true));
    let page = summary(&told.incident, &told.records);
    let names: Vec<&str> =
        page.milestones.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = [
        "impact",
        "declared",
        "decided",
        "first action",
        "activation",
        "moved",
        "verified",
        "closed",
    ];
    assert_eq!(names, wanted);
    // What the plan passes over is no deviation from it; what failed is a failure.
    let what = |items: &[warroom::report::summary::Item]| -> String {
        items.iter().map(|item| item.what.clone() + "\n").collect()
    };
    assert!(!what(&page.deviations).contains("PASS"), "{}", what(&page.deviations));
    assert!(
        what(&page.failures).contains("Ask the old side"),
        "{}",
        what(&page.failures)
    );
    let text = timeline::text(&timeline::rows(&told.incident, &told.records), Some(80));
    assert!(text.contains("WATCH"), "{text}");
}

fn ran(ledger: &[Effect], line: &str) -> bool {
    ledger.iter().any(|effect| {
        matches!(&effect.deed, Deed::Errand { line: ran, .. } if ran.as_str() == line)
    })
}

/// The automatic commander cleans up when nothing leads on, and then says where it stopped.
#[test]
fn a_play_that_is_stuck_is_cleaned_up_before_it_ends() {
    let plan = with("on_fail = \"continue\"", "on_fail = \"stop\"");
    let left = one_life(&Played::of(&plan, "move", None));
    let Some(Ending::Stuck { step, .. }) = &left.ending else {
        panic!("{:?}", left.ending)
    };
    assert_eq!(step.as_ref().map(StepId::as_str), Some("ask-east"));
    assert!(ran(&left.ledger, "harbour-scaffold down"), "{:#?}", left.ledger);
    let told = Told::of(left);
    let attempts = told.incident.steps[&StepId::from("ask-east")].attempt;
    assert_eq!(attempts, 6, "it was tried as often as it may be first");
    for step in ["drop", "report"] {
        assert!(matches!(told.state(step), StepState::Done { .. }), "{step}");
    }
    assert_eq!(*told.state("shift-10"), StepState::Todo);
}

#[test]
fn after_an_abort_the_automatic_commander_cleans_up_and_nothing_else() {
    let left = one_life(&Played::of(&plan(), "move", None));
    let cut = left.records.iter().position(|record| {
        matches!(&record.event, Event::Acted { step, .. } if step.as_str() == "stores")
    });
    let mut records = left.records[..=cut.unwrap() + 1].to_vec();
    let last = records.last().unwrap().clone();
    let mut add = |event: Event| {
        let seq = records.len() as u64 + 1;
        let actor = Actor::Person { name: "ada".into(), from: "test".into() };
        records.push(Record { seq, actor, event, ..last.clone() });
    };
    add(Event::Aborted { reason: "enough".into() });
    let fold =
        |records: &[Record]| Incident::fold(&"DRILL-0001".into(), records).unwrap();
    let incident = fold(&records);
    assert!(incident.seats.contains_key(&Seat::Operator));
    assert_eq!(moves(&incident, &[], last.at), [Move::Start("drop".into())]);
    let mut add = |event: Event| {
        let seq = records.len() as u64 + 1;
        records.push(Record { seq, event, ..last.clone() });
    };
    for step in ["drop", "report"] {
        add(Event::Skipped { step: step.into(), reason: "nothing there".into() });
    }
    let moves = moves(&fold(&records), &[], last.at);
    assert!(matches!(&moves[..], [Move::Stuck(None, _)]), "{moves:?}");
}
