//! A seat at the console without a terminal: a small incident, keys in, effects out.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks the effects and commands it is about"
)]

use std::{collections::BTreeMap, sync::Arc};

use warroom::{
    console::{
        Effect, Model, Msg,
        model::{Arming, Confirm, Overlay, Session},
        msg::{Key, Press},
        update,
    },
    engine::{Command, Confirmation, Event, Incident, NoteKind, Record, Scene, decide},
    model::*,
    room::{Alarm, Executor, JournalHealth, Request, Severity, Snapshot},
};

pub(crate) const START: i64 = 1_787_000_000_000;

pub(crate) fn at(secs: i64) -> Moment {
    Moment::from_millis(START) + Span::secs(secs)
}

pub(crate) fn person(name: &str) -> Actor {
    Actor::Person { name: name.into(), from: "tty1".into() }
}

fn step(number: u32, id: &str, tier: Tier, needs: &str, action: Action) -> Step {
    Step {
        terms: Terms::default(),
        id: id.into(),
        number,
        name: format!("{id} step").into(),
        action,
        tier,
        owner: None,
        needs: if needs.is_empty() { Vec::new() } else { vec![needs.into()] },
        estimate: Estimate { p50: Span::mins(1), p95: Span::mins(2) },
        verify: Verify { timeout: Span::mins(5), every: Span::secs(5) },
        optional: false,
        approval: (tier == Tier::T4).then(|| "dba".into()),
    }
}

fn verb(resource: &str, side: &str, verb: Verb) -> Action {
    let (resource, side) = (resource.into(), side.into());
    Action::Estate { resource, side, verb, args: Params::default() }
}

fn resource(id: &str, noun: Noun, kind: &str) -> Resource {
    let side = || Side { params: Params::default() };
    let sides: BTreeMap<SiteId, Side> =
        [("us-east-1".into(), side()), ("us-west-2".into(), side())].into();
    Resource {
        id: id.into(),
        noun,
        kind: kind.to_owned(),
        name: id.into(),
        primary: "us-east-1".into(),
        sides,
        params: Params::default(),
    }
}

pub(crate) fn procedure() -> Procedure {
    let look = Action::Check { probe: "api".into() };
    let call = Action::Manual { text: "call the bank".into(), expect: None };
    let go = Action::Approval { question: "open to users?".into(), role: "dba".into() };
    let steps = vec![
        step(1, "look", Tier::T0, "", look),
        step(2, "call", Tier::T1, "look", call),
        step(3, "fence", Tier::T3, "call", verb("orders", "us-east-1", Verb::Fence)),
        step(4, "scale", Tier::T2, "fence", verb("web", "us-west-2", Verb::Scale)),
        step(5, "promote", Tier::T4, "scale", verb("orders", "us-west-2", Verb::Promote)),
        step(6, "go", Tier::T1, "promote", go),
    ];
    let phase = Phase {
        terms: PhaseTerms::default(),
        id: "all".into(),
        name: "All".into(),
        time: None,
        steps,
    };
    let someone = |id: &str, role: &str| Person {
        id: id.into(),
        name: id.into(),
        roles: vec![role.into()],
        contact: None,
    };
    let site = |id: &str| Site {
        id: id.into(),
        name: id.into(),
        region: Some(id.to_owned()),
        profile: None,
        role_arn: None,
    };
    Procedure {
        brief: Brief::default(),
        plan: PlanRef {
            name: "shop".into(),
            digest: "3f9c2e1d".to_owned(),
            path: "plan.toml".into(),
        },
        runbook: Runbook {
            terms: RunbookTerms::default(),
            id: "failover".into(),
            name: "Region failover".into(),
            kind: RunbookKind::Failover,
            from: "us-east-1".into(),
            to: "us-west-2".into(),
            phases: vec![phase],
        },
        sites: vec![site("us-east-1"), site("us-west-2")],
        estate: vec![
            resource("orders", Noun::Database, "rds-replica"),
            resource("web", Noun::Compute, "ecs-service"),
        ],
        services: Vec::new(),
        probes: Vec::new(),
        people: vec![someone("shah", "ops"), someone("okafor", "dba")],
        objective: Objective {
            rto: Span::mins(30),
            rpo: Span::mins(5),
            stable: Span::mins(1),
        },
        unset: BTreeMap::new(),
    }
}

fn database(role: DatabaseRole, lag: Lag, fence: Fence) -> Observation {
    Observation::Database(DatabaseView {
        role,
        status: "available".into(),
        available: true,
        lag,
        fence,
        connections: Some(0),
        endpoint: None,
        newest_snapshot: None,
    })
}

/// What is seen at `now`; `fenced` decides whether the promotion's checks pass.
pub(crate) fn evidence(now: Moment, fenced: bool) -> Evidence {
    let fence = if fenced {
        Fence::Closed { proof: "0 connections".into() }
    } else {
        Fence::Open
    };
    let lag = Lag::Ok { lag: Span::secs(42), at: now };
    let replica = DatabaseRole::Replica { source: "orders".into() };
    let seen = [
        ("us-east-1", database(DatabaseRole::Writer, Lag::NoData, fence)),
        ("us-west-2", database(replica, lag, Fence::Open)),
    ];
    let estate = seen.map(|(site, seen)| {
        let reading =
            Reading { last: Some((seen, now)), lost: None, max_age: Span::mins(10) };
        (("orders".into(), site.into()), reading)
    });
    Evidence { estate: estate.into(), probes: BTreeMap::new() }
}

/// A declared incident and what became of it, as records.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) records: Vec<Record>,
}

impl Story {
    pub(crate) fn declared(mode: Mode) -> Self {
        let mut story = Self { records: Vec::new() };
        story.add(
            "okafor",
            Event::Declared {
                mode,
                procedure: Box::new(procedure()),
                impact_at: at(-60),
                reason: "region lost".into(),
            },
        );
        story
    }

    pub(crate) fn add(&mut self, who: &str, event: Event) {
        let seq = self.records.len() as u64 + 1;
        self.records.push(Record {
            seq,
            at: at(-30),
            stamp: None,
            actor: person(who),
            epoch: 1,
            event,
            prev: String::new(),
            hash: seq.to_string(),
        });
    }

    /// Settles `step`, with a value that can be put back.
    pub(crate) fn done(&mut self, id: &str) {
        let step: StepId = id.into();
        let confirmation = Confirmation {
            typed: Text::default(),
            opened_at: at(-30),
            plan_digest: "3f9c2e1d".to_owned(),
            checks: String::new(),
        };
        let intended = Event::Intended {
            step: step.clone(),
            attempt: 1,
            undo: false,
            confirmation,
            before: None,
            seal: None,
            solo: false,
        };
        let evidence = Evidenced {
            summary: "done".into(),
            before: Some("3".into()),
            ..Evidenced::default()
        };
        self.add("shah", intended);
        self.add("shah", Event::Acted { step: step.clone(), attempt: 1, evidence });
        self.add("shah", Event::Verified { step, attempt: 1, value: "done".into() });
    }

    /// Everything before `id` settled.
    pub(crate) fn up_to(id: &str) -> Self {
        let mut story = Self::declared(Mode::Live);
        for step in ["look", "call", "fence", "scale", "promote", "go"] {
            if step == id {
                break;
            }
            story.done(step);
        }
        story
    }

    /// Asked by shah, approved by okafor.
    pub(crate) fn approved(mut self, id: &str) -> Self {
        self.add("shah", Event::ApprovalAsked { step: id.into() });
        let (words, until) = ("no strong objections".into(), at(3600));
        self.add("okafor", Event::ApprovalGiven { step: id.into(), words, until });
        self
    }

    pub(crate) fn incident(&self) -> Incident {
        Incident::fold(&"INC-0001".into(), &self.records).unwrap()
    }
}

/// Somebody at a console.
pub(crate) struct Desk {
    pub(crate) model: Model,
    pub(crate) now: Moment,
    story: Option<Story>,
    fenced: bool,
    pub(crate) alarms: Vec<Alarm>,
}

impl Desk {
    pub(crate) fn new(story: Option<Story>) -> Self {
        Self::of(story, "shah", false)
    }

    pub(crate) fn of(story: Option<Story>, who: &str, read_only: bool) -> Self {
        let session = Session {
            mode: Mode::Live,
            person: who.into(),
            tty: "tty1".into(),
            read_only,
        };
        let first = snapshot(story.as_ref(), at(0), true, &[]);
        let model = Model::new(session, first, (120, 40));
        Self { model, now: at(0), story, fenced: true, alarms: Vec::new() }
    }

    /// With hot keys, as after `A`, a reason and Enter.
    pub(crate) fn armed(story: Story) -> Self {
        let mut desk = Self::new(Some(story));
        desk.keys("Abridge agreed\n");
        assert!(desk.model.armed_for().is_some(), "{:?}", desk.model.toast);
        desk
    }

    /// In the dialog of the promotion, seen and awake.
    pub(crate) fn confirming() -> Self {
        let mut desk = Self::armed(Story::up_to("promote").approved("promote"));
        desk.keys("X");
        desk.ready();
        desk
    }

    /// The dialog gets its preview, is drawn, and wakes up.
    pub(crate) fn ready(&mut self) {
        let step = self.confirm().step.clone();
        let preview = Ok(Preview::default());
        self.send(Msg::Previewed { step, preview });
        self.drawn(1);
        self.wait(Span::secs(1));
    }

    pub(crate) fn drawn(&mut self, pages: usize) {
        self.send(Msg::Shown { pages, at: self.now });
    }

    pub(crate) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, msg)
    }

    pub(crate) fn press(&mut self, key: Key) -> Vec<Effect> {
        self.now = self.now + Span::millis(120);
        self.send(Msg::Press(Press { key, repeat: false, at: self.now }))
    }

    pub(crate) fn held(&mut self, key: Key) -> Vec<Effect> {
        self.now = self.now + Span::millis(30);
        self.send(Msg::Press(Press { key, repeat: true, at: self.now }))
    }

    /// One press per character; a line break is Enter.
    pub(crate) fn keys(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.press(char_key(c))).collect()
    }

    /// Ticks of a second until `span` has gone by.
    pub(crate) fn wait(&mut self, span: Span) -> Vec<Effect> {
        let end = self.now + span;
        let mut effects = Vec::new();
        while self.now < end {
            self.now = (self.now + Span::secs(1)).min(end);
            effects.extend(self.send(Msg::Tick(self.now)));
        }
        effects
    }

    /// A new snapshot, with everything that was changed here since.
    pub(crate) fn refresh(&mut self) -> Vec<Effect> {
        let fresh = snapshot(self.story.as_ref(), self.now, self.fenced, &self.alarms);
        self.send(Msg::Snapshot(fresh))
    }

    /// The source is seen taking writes again: a check turns red.
    pub(crate) fn turn_red(&mut self) -> Vec<Effect> {
        self.fenced = false;
        self.refresh()
    }

    pub(crate) fn happens(&mut self, who: &str, event: Event) -> Vec<Effect> {
        self.story.as_mut().unwrap().add(who, event);
        self.refresh()
    }

    pub(crate) fn alarm(&mut self, key: &str, severity: Severity) -> Vec<Effect> {
        let (since, expected) = (self.now, false);
        let text = format!("{key} is abnormal").into();
        self.alarms.push(Alarm { key: key.into(), severity, text, since, expected });
        self.refresh()
    }

    pub(crate) fn confirm(&self) -> &Confirm {
        match &self.model.overlay {
            Some(Overlay::Confirm(confirm)) => confirm,
            other => panic!("no dialog but {other:?}; {:?}", self.model.toast),
        }
    }

    pub(crate) fn typed(&self) -> &str {
        match &self.model.overlay {
            Some(Overlay::Confirm(confirm)) => &confirm.typed,
            Some(Overlay::Prompt(prompt)) => &prompt.typed,
            other => panic!("no line but {other:?}"),
        }
    }

    pub(crate) fn toast(&self) -> &str {
        self.model.toast.as_ref().map_or("", |(text, _)| text.as_str())
    }

    pub(crate) fn is_safe(&self) -> bool {
        self.model.arming == Arming::Safe
    }

    /// What the engine says to the commands among `effects`, by this person, now.
    pub(crate) fn judged(&self, effects: &[Effect]) -> Vec<Result<Vec<Event>, String>> {
        let incident = self.story.as_ref().unwrap().incident();
        let actor = person(self.model.session.person.as_str());
        let evidence = evidence(self.now, self.fenced);
        let scene = Scene { evidence: &evidence, actor: &actor, now: self.now };
        commands(effects)
            .map(|command| {
                decide(&incident, command, scene).map_err(|why| why.to_string())
            })
            .collect()
    }
}

pub(crate) fn snapshot(
    story: Option<&Story>,
    now: Moment,
    fenced: bool,
    alarms: &[Alarm],
) -> Arc<Snapshot> {
    let incident = story.map(|story| Arc::new(story.incident()));
    Arc::new(Snapshot {
        at: now,
        procedure: Arc::new(procedure()),
        executor: if incident.is_some() { Executor::Here } else { Executor::Nobody },
        incident,
        timeline: Arc::new(story.map(|story| story.records.clone()).unwrap_or_default()),
        evidence: Arc::new(evidence(now, fenced)),
        progress: Arc::default(),
        choices: Arc::default(),
        alarms: Arc::new(alarms.to_vec()),
        journal: JournalHealth::Ok,
        speed: 1,
    })
}

pub(crate) fn char_key(c: char) -> Key {
    if c == '\n' { Key::Enter } else { Key::Char(c) }
}

pub(crate) fn commands(effects: &[Effect]) -> impl Iterator<Item = &Command> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Ask { request: Request::Command(command), .. } => Some(command),
        _ => None,
    })
}

/// Steps and undos asked for: what may only ever come out of a confirmed dialog.
pub(crate) fn dispatches(effects: &[Effect]) -> usize {
    commands(effects)
        .filter(|command| {
            matches!(command, Command::Execute { .. } | Command::Undo { .. })
        })
        .count()
}

pub(crate) fn holds(effects: &[Effect]) -> usize {
    commands(effects).filter(|command| matches!(command, Command::Hold { .. })).count()
}

pub(crate) fn notes(effects: &[Effect]) -> Vec<(NoteKind, String, Moment)> {
    commands(effects)
        .filter_map(|command| match command {
            Command::Note { kind, text, pressed_at } => {
                Some((*kind, text.to_string(), *pressed_at))
            }
            _ => None,
        })
        .collect()
}
