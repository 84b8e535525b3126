//! Workers that die, hang or answer nonsense, behind hands made for it: a live reach with
//! errands and eyes of the test's own, an empty estate, and no way to anything real.

use warroom::{
    driver::{
        Answer, Errands, Parts, Progress, Recalled,
        aws::{Clients, Options},
    },
    engine::Ruling,
    model::{
        Action, CommandSpec, Evidenced, Listing, Order, Preview, Probe, ProbeAnswer,
        Seen, Text, Tier, Trouble, Unknown, Vigil,
    },
    probe::Eyes,
};

use super::*;

/// The step that is a command, of the procedure [`errands`] makes.
const STEP: &str = "tell";

/// How a hand or an eye misbehaves.
#[derive(Clone, Copy, Debug)]
enum Ill {
    Dies,
    Hangs,
}

impl Ill {
    async fn happen<T>(self) -> T {
        match self {
            // As a panic, without its message on the test's output.
            Self::Dies => std::panic::resume_unwind(Box::new("a worker died")),
            Self::Hangs => std::future::pending().await,
        }
    }
}

impl Errands for Ill {
    fn carry<'a>(
        &'a self,
        _: &'a Order,
        _: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(self.happen())
    }

    fn recall<'a>(&'a self, _: &'a Order) -> Answer<'a, Recalled> {
        Box::pin(async { Recalled::Lost("nobody kept word of it".into()) })
    }

    fn preview<'a>(&'a self, _: &'a Order) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(self.happen())
    }
}

impl Eyes for Ill {
    fn look<'a>(&'a self, _: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(self.happen())
    }

    fn expect<'a>(&'a self, _: &'a Vigil, _: Span) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(self.happen())
    }

    fn list<'a>(
        &'a self,
        _: &'a Listing,
        _: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(self.happen())
    }
}

/// The shipped plan with nothing real in it but one command.
fn errands() -> Procedure {
    let mut procedure = loose();
    procedure.estate.clear();
    procedure.unset.clear();
    let steps = procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    for step in steps.filter(|step| step.id.as_str() == STEP) {
        step.tier = Tier::T2;
        step.action = Action::Command(CommandSpec {
            argv: vec!["no-such-program".to_owned()],
            env: std::collections::BTreeMap::new(),
            pass: Vec::new(),
            dir: None,
            shell: false,
            repeatable: false,
        });
    }
    procedure
}

async fn declared(hands: Ill, eyes: Ill) -> Desk {
    let clock = Clock::drill(START);
    let parts = Parts { clock: clock.clone(), aws: Clients::live(Options::default()) };
    let setup = room::Setup {
        procedure: Arc::new(errands()),
        reach: Reach::live(&parts, Arc::new(hands), Arc::new(eyes)),
        journal: Box::new(Memory::new(Mode::Live)),
        clock: clock.clone(),
        holder: holder("first"),
        stance: Stance::Executor,
        resume: None,
        gone: |_| false,
    };
    let desk = Desk { room: room::open(setup).unwrap(), clock };
    desk.declare(START).await.unwrap();
    desk
}

/// The call of `STEP` ends in doubt, and stays there until a person rules.
async fn doubted(desk: &Desk, within: Span) {
    let sent_at = desk.clock.now();
    desk.start(STEP).await.unwrap();
    desk.until_state(STEP, in_doubt).await;
    assert!(desk.clock.now() - sent_at <= within, "{}", desk.clock.now() - sent_at);
    let snapshot = desk.snapshot();
    assert!(snapshot.alarms.iter().any(|alarm| alarm.text.as_str().contains("DOUBT")));
    // Nobody can look up what a command did: it stays in doubt, and is not run again.
    desk.clock.sleep(Span::mins(30)).await;
    assert!(in_doubt(&desk.state(STEP)));
    assert_eq!(desk.incident().steps[&STEP.into()].attempt, 1);
    assert!(desk.start(STEP).await.is_err(), "started again while in doubt");
    let (step, ruling) = (STEP.into(), Ruling::Done);
    let rule = Command::Rule { step, ruling, reason: "I have seen it".into() };
    desk.say(OPERATOR, rule).await.unwrap();
    assert!(done(&desk.state(STEP)));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_dies_leaves_a_doubt_and_the_room_lives() {
    let desk = declared(Ill::Dies, Ill::Hangs).await;
    doubted(&desk, Span::secs(1)).await;
    desk.note("still here").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_hangs_is_doubted_at_its_limit() {
    let desk = declared(Ill::Hangs, Ill::Hangs).await;
    doubted(&desk, Span::mins(60)).await;
    desk.note("still here").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn eyes_that_hang_or_die_leave_every_service_unknown() {
    for eyes in [Ill::Hangs, Ill::Dies] {
        let desk = declared(Ill::Hangs, eyes).await;
        desk.clock.sleep(Span::mins(5)).await;
        let incident = desk.incident();
        let known = incident.services.values().any(|service| service.healthy.is_some());
        assert!(!known, "{eyes:?}: {:?}", incident.services);
        let asked_at = desk.clock.now();
        desk.note("still here").await.unwrap();
        assert_eq!(desk.clock.now(), asked_at);
        assert!(desk.clock.now() - desk.snapshot().at <= Span::secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_ever_for_a_call() {
    let desk = declared(Ill::Hangs, Ill::Hangs).await;
    desk.start(STEP).await.unwrap();
    let (clock, asked_at) = (desk.clock.clone(), desk.clock.now());
    desk.room.close().await;
    assert!(clock.now() - asked_at <= Span::secs(6));
}
