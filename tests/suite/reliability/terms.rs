//! What a plan's terms do in a run without a screen, by the real program: a failure that
//! others do not wait for, conditions, clean-up whatever happened.

use std::sync::Arc;

use warroom::{
    clock::Clock,
    config::Env,
    driver::{
        self, Answer, Parts,
        aws::{Clients, Options},
    },
    engine::{Command, Confirmation, Gate, StepState},
    journal::memory::Memory,
    model::{
        Actor, Failure, Listing, Mode, Moment, Probe, ProbeAnswer, Seen, Span, Text,
        Unknown, Vigil,
    },
    plan,
    probe::Eyes,
    room::{self, Request, Snapshot, Stance, reach::Reach},
};

use super::{
    bench::{Hands, holder},
    home::Home,
};

const FAILS: &str = "run = [\"sh\", \"-c\", \"exit 3\"]";

fn writes(what: &str, more: &str) -> String {
    format!("run = [\"sh\", \"-c\", \"echo {what} >> ledger\"]\n{more}")
}

/// Runs it to its end; the exit status and what was said.
fn run(home: &Home) -> (i32, String) {
    let output = home.run(&[]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn clean_up_is_done_past_a_failure_and_the_failure_is_the_end() {
    let home = Home::new(&[
        ("one", writes("one", "")),
        ("two", FAILS.to_owned()),
        ("three", writes("three", "")),
        ("clean", writes("clean", "always = true")),
        ("report", writes("report", "always = true")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("stopped at step `two`"), "{said}");
    assert_eq!(home.read("ledger"), "one\nclean\nreport\n");
    // Gone on with, it fails again, and what was cleaned is not cleaned twice.
    let again = home.resume().output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(home.read("ledger"), "one\nclean\nreport\n");
}

#[test]
fn clean_up_that_fails_is_told_with_what_it_was_for() {
    let home = Home::new(&[
        ("one", FAILS.to_owned()),
        ("clean", format!("{FAILS}\nalways = true")),
        ("report", writes("report", "always = true")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("stopped at step `one`"), "{said}");
    assert_eq!(home.read("ledger"), "report\n");
}

#[test]
fn what_may_fail_is_left_and_what_is_not_needed_is_passed_over() {
    let home = Home::new(&[
        ("one", format!("{FAILS}\non_fail = \"continue\"")),
        ("mend", writes("mend", "when = [{ step = \"one\", is = \"failed\" }]")),
        ("never", writes("never", "when = [{ probe = \"alive\", is = \"failed\" }]")),
        ("last", writes("last", "needs = [\"never\"]\ndelay = \"1s\"")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 0, "{said}");
    assert_eq!(home.read("ledger"), "mend\nlast\n");
    assert!(said.contains("1 failed and left so, 0 open"), "{said}");
    assert_eq!(home.count("passed-over", "never"), 1);
    let shown = home.told(&["incident", "show", "INC-0001"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("is only for when probe alive is not healthy"), "{shown}");
}

/// A run that waits for days says until when, and does not give up for it.
#[test]
fn what_waits_for_its_time_says_when() {
    let home = Home::new(&[
        ("one", writes("one", "")),
        ("two", writes("two", "not_before = \"+3d\"")),
    ]);
    let mut child = home.start(home.run(&[]));
    let told = || home.read("stderr").contains("waiting: step `two` needs not before ");
    super::home::until("it says what it waits for", told);
    assert!(home.read("stderr").contains("Z (in 2d 23h)"), "{}", home.read("stderr"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(home.read("ledger"), "one\n");
}

/// What the probe says at each look, ten seconds apart; for ever what it said last.
#[derive(Debug)]
struct Script {
    clock: Clock,
    answers: Vec<Option<bool>>,
}

impl Eyes for Script {
    fn look<'a>(&'a self, _: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        let looks = (self.clock.now() - START).as_secs() / 10;
        let at = usize::try_from(looks).unwrap().min(self.answers.len() - 1);
        let answer = match self.answers[at] {
            Some(healthy) => {
                Ok(ProbeAnswer { healthy, value: format!("look {at}").into() })
            }
            None => Err(Unknown { why: "no route".into() }),
        };
        Box::pin(async { answer })
    }

    fn expect<'a>(&'a self, _: &'a Vigil, _: Span) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(async { Err(Unknown { why: "nothing is expected here".into() }) })
    }

    fn list<'a>(
        &'a self,
        _: &'a Listing,
        _: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(async { Err(Unknown { why: "nothing is picked here".into() }) })
    }
}

const START: Moment = Moment::from_millis(1_788_000_000_000);

/// How a check that wants failure ends when its probe answers so: `fall` and `rise` are 2.
async fn looked_at(answers: &[Option<bool>]) -> StepState {
    let home = Home::new(&[(
        "one",
        "check = \"alive\"\ncontinue_if = \"failed\"\nevery = \"10s\"\ntimeout = \"80s\""
            .to_owned(),
    )]);
    let env = Env::default();
    let loaded = plan::load(&home.path("plan.toml"), &driver::vocabulary(), env.all());
    let mut procedure = loaded.plan.unwrap().procedure(&"tell".into()).unwrap();
    (procedure.probes[0].fall, procedure.probes[0].rise) = (2, 2);
    let clock = Clock::drill(START);
    let parts = Parts { clock: clock.clone(), aws: Clients::live(Options::default()) };
    let eyes = Script { clock: clock.clone(), answers: answers.to_vec() };
    let room = room::open(room::Setup {
        procedure: Arc::new(procedure),
        reach: Reach::live(&parts, Arc::<Hands>::default() as _, Arc::new(eyes)),
        journal: Box::new(Memory::new(Mode::Live)),
        clock: clock.clone(),
        holder: holder("one"),
        stance: Stance::Executor,
        resume: None,
        gone: |_| false,
    })
    .unwrap();
    let ada = || Actor::Person { name: "ada".into(), from: "tty1".into() };
    let reason = "look".into();
    room.handle.ask(ada(), Request::Declare { impact_at: START, reason }).await.unwrap();
    let (step, incident) =
        ("one".into(), room.handle.snapshot().incident.clone().unwrap());
    let confirmation =
        Confirmation::of(&incident, &Gate::default(), "", room.handle.snapshot().at);
    let start = Request::Command(Command::Execute { step, confirmation });
    room.handle.ask(ada(), start).await.unwrap();
    let mut snapshots = room.handle.watch();
    let state = |snapshot: &Snapshot| {
        snapshot.incident.as_ref().unwrap().steps[&"one".into()].state.clone()
    };
    snapshots.wait_for(|snapshot| !state(snapshot).is_in_flight()).await.unwrap();
    let ended = state(&room.handle.snapshot());
    room.close().await;
    ended
}

#[tokio::test(start_paused = true)]
async fn a_check_that_wants_failure_wants_it_as_often_as_the_probe_needs_to_turn() {
    const BAD: Option<bool> = Some(false);
    const GOOD: Option<bool> = Some(true);
    let done = |value: &str| StepState::Done { value: value.into() };
    let failed = |failure: Failure, reason: &str| StepState::Failed {
        failure,
        reason: reason.into(),
    };
    let well = |look: &str| failed(Failure::Negative, &format!("healthy: {look}"));
    for (answers, wanted) in [
        (vec![BAD, BAD], done("look 1")),
        (vec![BAD, GOOD, BAD, BAD], done("look 3")),
        (vec![GOOD, GOOD], well("look 1")),
        (vec![GOOD, BAD, GOOD, GOOD], well("look 3")),
        // Silence is neither, and breaks no row.
        (vec![BAD, None, None, BAD], done("look 3")),
        (vec![None], failed(Failure::NotVerified, "not observed within 1m20s")),
    ] {
        assert_eq!(Box::pin(looked_at(&answers)).await, wanted, "{answers:?}");
    }
}
