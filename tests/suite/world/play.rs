//! Whole drills: the automatic player and the scripted colleagues against the world, with
//! a journal that is a plain list. The engine's own gates are tested elsewhere; here every
//! move is let through, so that what the players do is what is tested.

use warroom::{
    drill::{Act, Cast, Effect, Move, SCENARIOS, commander},
    engine::{Command, Confirmation, Event, Incident, Record, Ruling, StepState},
    model::{
        Action, Actor, Failure, Mode, Moment, PersonId, Reconciled, Seat, Span, StepId,
        Text, Trouble, Work,
    },
};

use super::{Deaf, Stage, builtin, estate};

const PLAYER: &str = "P.Shah";

struct Game {
    stage: Stage,
    records: Vec<Record>,
    incident: Incident,
}

impl Game {
    fn new(scenario: &str, seed: u64) -> Self {
        let stage = Stage::new(&builtin(scenario), seed);
        let declared = Event::Declared {
            mode: Mode::Drill,
            procedure: Box::new(estate::procedure()),
            impact_at: stage.clock.now(),
            reason: "drill".into(),
        };
        let first = record(1, stage.clock.now(), player(), declared);
        let incident =
            Incident::fold(&"DRILL-0001".into(), std::slice::from_ref(&first)).unwrap();
        Self { stage, records: vec![first], incident }
    }

    fn add(&mut self, actor: Actor, event: Event) {
        let seq = self.incident.seq + 1;
        let record = record(seq, self.stage.clock.now(), actor, event);
        self.incident.apply(&record).unwrap();
        self.records.push(record);
    }

    fn colleague(&mut self, act: Act) {
        assert!(matches!(act.actor, Actor::Scripted { .. }));
        let until = self.stage.clock.now() + Span::mins(5);
        let event = match act.command {
            Command::TakeSeat { seat, person } => Event::SeatTaken { seat, person },
            Command::Decide { words } => Event::Decided { words },
            Command::Approve { step, words } => {
                let own = self.incident.step(&step).unwrap().0;
                let question = matches!(own.action, Action::Approval { .. });
                let given = Event::ApprovalGiven { step: step.clone(), words, until };
                if question {
                    self.add(act.actor.clone(), given);
                    self.intend(&step, false);
                    Event::Verified { step, attempt: 1, value: "go".into() }
                } else {
                    given
                }
            }
            other => panic!("a colleague may not {other:?}"),
        };
        self.add(act.actor, event);
    }

    fn intend(&mut self, step: &StepId, undo: bool) -> u32 {
        let attempt = self.incident.steps[step].attempt + 1;
        let confirmation = Confirmation {
            typed: "y".into(),
            opened_at: self.stage.clock.now(),
            plan_digest: String::new(),
            checks: String::new(),
        };
        self.add(
            player(),
            Event::Intended {
                step: step.clone(),
                attempt,
                undo,
                confirmation,
                before: None,
                seal: None,
                solo: false,
            },
        );
        attempt
    }

    async fn make(&mut self, it: Move) {
        match it {
            Move::TakeSeat(seat) => {
                let person = PersonId::new(PLAYER);
                self.add(player(), Event::SeatTaken { seat, person });
            }
            Move::Ask(step) => self.add(player(), Event::ApprovalAsked { step }),
            Move::Tick(step, value) => {
                let attempt = self.intend(&step, false);
                self.add(player(), Event::Verified { step, attempt, value });
            }
            Move::Start(step) => self.start(step).await,
            Move::Rule(step, ruling, reason) => {
                let attempt = self.incident.steps[&step].attempt;
                self.add(player(), Event::Ruled { step, attempt, ruling, reason });
            }
            Move::Skip(step, reason) => {
                self.add(player(), Event::Skipped { step, reason });
            }
            Move::Close(summary) => self.add(player(), Event::Closed { summary }),
            Move::Stuck(step, why) => panic!("stuck at {step:?}: {why}"),
        }
    }

    async fn start(&mut self, id: StepId) {
        let attempt = self.intend(&id, false);
        let action = self.incident.step(&id).unwrap().0.action.clone();
        match action {
            Action::Estate { .. } => self.act(&id, attempt).await,
            Action::Check { probe } => {
                while !self.stage.healthy(probe.as_str()).await {
                    self.stage.clock.sleep(Span::secs(5)).await;
                }
                self.done(id, attempt, "healthy".into());
            }
            action @ Action::Command(_) => {
                let order = estate::order_of(id.as_str(), action, Span::mins(5));
                match self.stage.world.errands().carry(&order, &Deaf).await {
                    Ok(evidence) => self.done(id, attempt, evidence.summary),
                    Err(trouble) => self.troubled(id, attempt, trouble),
                }
            }
            Action::Wait { length } => {
                self.stage.clock.sleep(length).await;
                self.done(id, attempt, "waited".into());
            }
            other => panic!("{other:?} is not started"),
        }
    }

    fn work(&self, id: &StepId, attempt: u32) -> Work {
        let (step, record) = self.incident.step(id).unwrap();
        let Action::Estate { resource, side, verb, args } = &step.action else {
            panic!()
        };
        let subject = (resource.as_str(), side.as_str());
        let at = record.intended_at.unwrap();
        let mut work = estate::work(subject, *verb, &serde_json::json!({}), at);
        work.args = args.clone();
        Work { step: id.clone(), attempt, ..work }
    }

    async fn act(&mut self, id: &StepId, attempt: u32) {
        let work = self.work(id, attempt);
        match self.stage.execute(&work).await {
            Ok(_) => {
                let value = self.stage.reach(&work).await;
                self.done(id.clone(), attempt, value.into());
            }
            Err(Trouble::Unknown(why)) => {
                self.add(
                    Actor::System,
                    Event::Doubted { step: id.clone(), attempt, why },
                );
                self.settle(id, &work).await;
            }
            Err(trouble) => self.troubled(id.clone(), attempt, trouble),
        }
    }

    async fn settle(&mut self, id: &StepId, work: &Work) {
        let failure = loop {
            match self.stage.reconcile(work).await {
                Reconciled::Done(_) | Reconciled::Underway(_) => {
                    let value = self.stage.reach(work).await;
                    return self.done(id.clone(), work.attempt, value.into());
                }
                Reconciled::NotDone(reason) => break reason,
                Reconciled::CannotTell(_) => {
                    self.stage.clock.sleep(Span::secs(5)).await;
                }
            }
        };
        self.add(
            Actor::System,
            Event::Failed {
                step: id.clone(),
                attempt: work.attempt,
                failure: Failure::FoundUndone,
                reason: failure,
            },
        );
    }

    fn done(&mut self, step: StepId, attempt: u32, value: Text) {
        self.add(Actor::System, Event::Verified { step, attempt, value });
    }

    fn troubled(&mut self, step: StepId, attempt: u32, trouble: Trouble) {
        let event = match trouble {
            Trouble::NotSent(reason) => {
                Event::Failed { step, attempt, failure: Failure::NotSent, reason }
            }
            Trouble::Refused(reason) => Event::Refused { step, attempt, reason },
            Trouble::Unknown(why) => Event::Doubted { step, attempt, why },
        };
        self.add(Actor::System, event);
    }

    /// Plays for at most four hours of drill time.
    async fn play(&mut self, cast: &Cast) {
        let end = self.stage.clock.now() + Span::mins(240);
        while !self.incident.is_over() && self.stage.clock.now() < end {
            let now = self.stage.clock.now();
            for act in cast.due(&self.incident, now) {
                self.colleague(act);
            }
            self.recover().await;
            let ledger = self.stage.ledger();
            match commander::moves(&self.incident, &ledger, now).into_iter().next() {
                Some(it) => self.make(it).await,
                None => self.stage.clock.sleep(Span::secs(1)).await,
            }
        }
    }

    /// The board's part: services seen healthy once everything is done.
    async fn recover(&mut self) {
        let settled = self.incident.steps().all(|(_, step)| step.state.is_settled());
        if !settled || self.incident.clocks.verified.is_some() {
            return;
        }
        for app in estate::APPS {
            if !self.stage.healthy(app).await {
                return;
            }
        }
        for app in estate::APPS {
            let (healthy, value) = (Some(true), "200".into());
            let service = app.into();
            self.add(Actor::System, Event::HealthChanged { service, healthy, value });
            self.add(Actor::System, Event::ServiceRecovered { service: app.into() });
        }
    }
}

fn player() -> Actor {
    Actor::Person { name: PLAYER.into(), from: "test".into() }
}

fn record(seq: u64, at: Moment, actor: Actor, event: Event) -> Record {
    let (prev, hash) = (String::new(), String::new());
    Record { seq, at, stamp: None, actor, epoch: 1, event, prev, hash }
}

/// Nothing was done twice, and every verb of the runbook was done.
fn check(ledger: &[Effect], what: &str) {
    assert!(ledger.iter().all(|effect| !effect.repeated), "{what}: {ledger:#?}");
    for step in estate::procedure().runbook.steps() {
        let Action::Estate { resource, side, verb, .. } = &step.action else { continue };
        let times =
            ledger.iter().filter(|effect| effect.is(resource, side, *verb)).count();
        assert_eq!(times, 1, "{what}: {} was done {times} times", step.id);
    }
}

#[tokio::test(start_paused = true)]
async fn every_scenario_is_played_to_its_end_and_nothing_is_done_twice() {
    for def in SCENARIOS {
        for seed in 0..8 {
            let what = format!("{} with seed {seed}", def.name);
            let mut game = Game::new(def.name, seed);
            game.play(&Cast::new(seed)).await;
            assert!(game.incident.is_over(), "{what} did not end");
            check(&game.stage.ledger(), &what);
            assert!(game.stage.healthy("orders").await, "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_journal() {
    async fn journal(seed: u64) -> Vec<Record> {
        let mut game = Game::new("slow-cloud", seed);
        game.play(&Cast::new(seed)).await;
        game.records
    }
    assert_eq!(journal(5).await, journal(5).await);
    assert_ne!(journal(5).await, journal(6).await);
}

#[tokio::test(start_paused = true)]
async fn colleagues_leave_the_players_seat_and_steps_alone() {
    let mut game = Game::new("region-loss", 1);
    let cast = Cast::new(1);
    for _ in 0..60 {
        let now = game.stage.clock.now();
        for act in cast.due(&game.incident, now) {
            game.colleague(act);
        }
        game.stage.clock.sleep(Span::secs(1)).await;
    }
    assert!(!game.incident.seats.contains_key(&Seat::Operator));
    assert_eq!(game.incident.seats.len(), 3);
    let decided = game.incident.clocks.decided.unwrap();
    assert_eq!(decided - game.incident.clocks.declared, Span::secs(20));
    assert!(game.incident.steps().all(|(_, step)| step.state == StepState::Todo));
    assert!(cast.acts(&game.incident).is_empty(), "nothing more to do unasked");
    let asked = game.stage.clock.now();
    let step = StepId::new("promote");
    game.add(player(), Event::ApprovalAsked { step: step.clone() });
    let [act] = <[Act; 1]>::try_from(cast.acts(&game.incident)).unwrap();
    let delay = act.due_at - asked;
    assert!(delay >= Span::secs(8) && delay <= Span::secs(20), "{delay}");
    assert!(cast.due(&game.incident, asked).is_empty(), "people need a moment");
    game.colleague(act);
    assert!(cast.acts(&game.incident).is_empty(), "one answer to one question");
    // Asked again after the yes ran out: answered again.
    game.stage.clock.sleep(Span::mins(6)).await;
    game.add(player(), Event::ApprovalAsked { step });
    assert_eq!(cast.acts(&game.incident).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_player_who_commands_is_not_approved_by_themselves() {
    let mut game = Game::new("region-loss", 1);
    let person = PersonId::new(PLAYER);
    game.add(player(), Event::SeatTaken { seat: Seat::Commander, person });
    game.add(player(), Event::ApprovalAsked { step: "promote".into() });
    let acts = Cast::new(1).acts(&game.incident);
    assert!(
        acts.iter().all(|act| matches!(act.command, Command::TakeSeat { .. })),
        "{acts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_player_rules_by_the_ledger_and_stops_when_stuck() {
    let mut game = Game::new("region-loss", 1);
    for (seat, who) in [(Seat::Operator, PLAYER), (Seat::Commander, "M.Okafor")] {
        game.add(player(), Event::SeatTaken { seat, person: who.into() });
    }
    game.add(player(), Event::Decided { words: "go".into() });
    let tell = StepId::new("tell");
    let doubt = |game: &mut Game| {
        let attempt = game.intend(&"tell".into(), false);
        let why = "lost".into();
        game.add(Actor::System, Event::Doubted { step: "tell".into(), attempt, why });
    };
    let ruling = |game: &Game| {
        let now = game.stage.clock.now();
        let moves = commander::moves(&game.incident, &game.stage.ledger(), now);
        moves.into_iter().find_map(|it| match it {
            Move::Rule(step, ruling, _) if step == tell => Some(ruling),
            _ => None,
        })
    };
    doubt(&mut game);
    assert_eq!(ruling(&game), Some(Ruling::NotDone));
    let spec = estate::command(&["./tell.sh", "all"]);
    let order = estate::order_of("tell", Action::Command(spec), Span::mins(5));
    game.stage.world.errands().carry(&order, &Deaf).await.unwrap();
    assert_eq!(ruling(&game), Some(Ruling::Done));
    // What ran before the intent says nothing about this attempt.
    game.stage.clock.sleep(Span::secs(1)).await;
    doubt(&mut game);
    assert_eq!(ruling(&game), Some(Ruling::NotDone));
    game.add(player(), Event::Aborted { reason: "enough".into() });
    let now = game.stage.clock.now();
    let moves = commander::moves(&game.incident, &[], now);
    assert!(matches!(moves.as_slice(), [Move::Stuck(None, _)]), "{moves:?}");
}
