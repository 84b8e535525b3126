//! A shop with two regions, and the incident of the sketches: what tests of the picture,
//! the report and the console stand on. Every state is the fold of real records.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use warroom::{
    console::{Model, model::Session},
    engine::{Confirmation, Event, Incident, NoteKind, Record, RpoSeal},
    journal::GENESIS,
    model::{
        Action, Actor, ComputeView, DatabaseRole, DatabaseView, Estimate, Evidence,
        Evidenced, Failure, Fence, HttpSpec, IncidentId, Lag, Mode, Moment, Noun,
        Objective, Observation, Params, Person, Phase, PlanRef, Probe, ProbeAnswer,
        ProbeId, ProbeKind, Procedure, Reading, Resource, ResourceId, Runbook,
        RunbookKind, Seat, Service, Side, Site, SiteId, Span, Step, StepId, StorageView,
        Text, Tier, TrafficView, Unknown, Verb, Verify,
    },
    room::{Alarm, Executor, JournalHealth, Severity, Snapshot},
};

pub const EAST: &str = "us-east-1";
pub const WEST: &str = "us-west-2";

/// `03:13:36` of the day of the incident.
pub fn at(time: &str) -> Moment {
    Moment::parse(&format!("2026-08-22T{time}Z")).unwrap()
}

/// Impact of the sketches.
pub fn impact() -> Moment {
    at("02:55:40")
}

fn sites() -> Vec<Site> {
    [(EAST, "Virginia"), (WEST, "Oregon")]
        .map(|(id, name)| Site {
            id: SiteId::new(id),
            name: Text::clean(name),
            region: Some(id.to_owned()),
            profile: None,
            role_arn: None,
        })
        .to_vec()
}

fn resource(id: &str, name: &str, noun: Noun, kind: &str) -> Resource {
    Resource {
        id: ResourceId::new(id),
        noun,
        kind: kind.to_owned(),
        name: Text::clean(name),
        primary: SiteId::new(EAST),
        sides: [EAST, WEST].map(|site| (SiteId::new(site), Side::default())).into(),
        params: Params::default(),
    }
}

fn estate() -> Vec<Resource> {
    vec![
        resource("db", "ecommerce-db", Noun::Database, "rds-replica"),
        resource("eks", "shop nodes", Noun::Compute, "eks-nodegroup"),
        resource("images", "product images", Noun::Storage, "s3"),
        resource("dns", "shop.example", Noun::Traffic, "route53"),
    ]
}

fn probe(id: &str, site: Option<&str>) -> Probe {
    Probe {
        id: ProbeId::new(id),
        name: Text::clean(id),
        site: site.map(SiteId::new),
        look: ProbeKind::Http(HttpSpec {
            method: "GET".to_owned(),
            url: format!("https://{id}.example/health"),
            headers: BTreeMap::new(),
            body: None,
            status: (200, 299),
            contains: None,
            repeatable: true,
        }),
        every: Span::secs(10),
        timeout: Span::secs(5),
        fall: 2,
        rise: 2,
    }
}

pub const OBJECTIVE: Objective =
    Objective { rto: Span::mins(30), rpo: Span::mins(5), stable: Span::mins(2) };

fn service(id: &str, uses: &[&str], probe: &str) -> Service {
    Service {
        id: id.into(),
        name: Text::clean(id),
        objective: OBJECTIVE,
        depends_on: Vec::new(),
        uses: uses.iter().map(|id| ResourceId::new(id)).collect(),
        probes: vec![ProbeId::new(probe)],
    }
}

fn estate_action(resource: &str, side: &str, verb: Verb) -> Action {
    Action::Estate {
        resource: ResourceId::new(resource),
        side: SiteId::new(side),
        verb,
        args: Params::default(),
    }
}

fn manual(text: &str) -> Action {
    Action::Manual { text: Text::clean(text), expect: None }
}

/// Number, id, name, action, estimate in seconds.
fn step(number: u32, id: &str, name: &str, action: Action, secs: i64) -> Step {
    let tier = action.tier();
    let before = ["declare", "confirm", "fence", "scale", "promote", "repoint", "smoke"];
    let needs = match number {
        1 => Vec::new(),
        9 => vec![StepId::new("shift")],
        number => vec![StepId::new(before[number as usize - 2])],
    };
    Step {
        id: StepId::new(id),
        number,
        name: Text::clean(name),
        tier,
        action,
        owner: Some("dba".into()).filter(|_| tier >= Tier::T3),
        needs,
        estimate: Estimate { p50: Span::secs(secs), p95: Span::secs(secs * 3 / 2) },
        verify: Verify { timeout: Span::secs(secs * 3), every: Span::secs(5) },
        optional: false,
        approval: None,
    }
}

fn phase(id: &str, steps: Vec<Step>) -> Phase {
    Phase { id: id.into(), name: Text::clean(id.to_uppercase()), time: None, steps }
}

fn phases() -> Vec<Phase> {
    let check = |probe: &str| Action::Check { probe: ProbeId::new(probe) };
    vec![
        phase(
            "assess",
            vec![
                step(1, "declare", "Page, open the bridge", manual("Page and open"), 60),
                step(
                    2,
                    "confirm",
                    "Confirm primary down",
                    manual("Look from three"),
                    150,
                ),
            ],
        ),
        phase(
            "prepare",
            vec![
                step(
                    3,
                    "fence",
                    "Fence primary writer",
                    estate_action("db", EAST, Verb::Fence),
                    50,
                ),
                step(
                    4,
                    "scale",
                    "Scale DR 3>9 nodes",
                    estate_action("eks", WEST, Verb::Scale),
                    360,
                ),
            ],
        ),
        phase(
            "commit",
            vec![
                step(
                    5,
                    "promote",
                    "Promote db",
                    estate_action("db", WEST, Verb::Promote),
                    200,
                ),
                step(
                    6,
                    "repoint",
                    "Repoint app config",
                    estate_action("eks", WEST, Verb::Repoint),
                    40,
                ),
            ],
        ),
        phase(
            "shift",
            vec![
                step(7, "smoke", "Smoke test DR", check("checkout"), 60),
                step(
                    8,
                    "shift",
                    "DNS to us-west-2",
                    estate_action("dns", WEST, Verb::Shift),
                    60,
                ),
            ],
        ),
        phase(
            "verify",
            vec![step(9, "announce", "Customer flows, announce", manual("Walk"), 40)],
        ),
    ]
}

pub fn procedure() -> Procedure {
    let person = |id: &str, role: &str, contact: &str| Person {
        id: id.into(),
        name: Text::clean(id),
        roles: vec![role.into()],
        contact: Some(Text::clean(contact)),
    };
    Procedure {
        plan: PlanRef {
            name: Text::clean("ecommerce"),
            digest: "3f9c2e1d".repeat(8),
            path: Text::clean("plans/ecommerce"),
        },
        runbook: Runbook {
            id: "region-failover".into(),
            name: Text::clean("region-failover"),
            kind: RunbookKind::Failover,
            from: SiteId::new(EAST),
            to: SiteId::new(WEST),
            phases: phases(),
        },
        sites: sites(),
        estate: estate(),
        services: vec![
            service("checkout", &["db", "eks", "dns"], "checkout"),
            service("browse", &["eks", "images", "dns"], "browse"),
        ],
        probes: vec![
            probe("api-east", Some(EAST)),
            probe("api-west", Some(WEST)),
            probe("checkout", None),
            probe("browse", None),
        ],
        people: vec![
            person("M.Okafor", "commander", "+1 555 0101"),
            person("P.Shah", "dba", "+1 555 0102"),
            person("R.Diaz", "scribe", "+1 555 0103"),
        ],
        objective: OBJECTIVE,
    }
}

/// Writes records as the room would, without a disk.
#[derive(Debug)]
pub struct Story {
    pub mode: Mode,
    pub records: Vec<Record>,
}

impl Story {
    pub fn new(mode: Mode) -> Self {
        Self { mode, records: Vec::new() }
    }

    pub fn id(&self) -> IncidentId {
        IncidentId::new(match self.mode {
            Mode::Live => "INC-0417",
            Mode::Drill => "DRILL-0031",
        })
    }

    #[must_use]
    pub fn by(mut self, who: &str, time: &str, event: Event) -> Self {
        let actor = match who {
            "system" => Actor::System,
            name => Actor::Person { name: name.into(), from: Text::clean("op-1") },
        };
        let seq = self.records.len() as u64 + 1;
        self.records.push(Record {
            seq,
            at: at(time),
            actor,
            epoch: 1,
            event,
            prev: GENESIS.to_owned(),
            hash: format!("{seq:08x}{}", GENESIS.split_at(8).1),
        });
        self
    }

    /// Started, accepted.
    #[must_use]
    pub fn sent(self, who: &str, step: &str, times: (&str, &str), typed: &str) -> Self {
        let seal = (step == "promote").then(|| RpoSeal {
            database: "db".into(),
            lost: Some(Span::secs(44)),
            sampled_at: Some(at(times.0) - Span::secs(5)),
        });
        self.by(
            who,
            times.0,
            Event::Intended {
                step: step.into(),
                attempt: 1,
                undo: false,
                confirmation: Confirmation {
                    typed: Text::clean(typed),
                    opened_at: at(times.0) - Span::secs(20),
                    plan_digest: "3f9c2e1d".repeat(8),
                    checks: String::new(),
                },
                before: None,
                seal,
                solo: false,
            },
        )
        .by(
            "system",
            times.1,
            Event::Acted {
                step: step.into(),
                attempt: 1,
                evidence: Evidenced {
                    summary: Text::clean("accepted, request 7f1c0b52"),
                    before: Some(Text::clean("3")),
                    raw: vec![Text::clean("x-amzn-requestid: 7f1c0b52")],
                },
            },
        )
    }

    #[must_use]
    pub fn done(self, step: &str, time: &str, value: &str) -> Self {
        let (step, value) = (StepId::new(step), Text::clean(value));
        self.by("system", time, Event::Verified { step, attempt: 1, value })
    }

    /// Ticked by hand.
    #[must_use]
    pub fn ticked(self, who: &str, step: &str, time: &str, value: &str) -> Self {
        let told = self.sent(who, step, (time, time), "");
        told.done(step, time, value)
    }

    pub fn fold(&self) -> Incident {
        Incident::fold(&self.id(), &self.records).unwrap()
    }
}

/// Declared, command taken, nothing started.
pub fn declared(mode: Mode) -> Story {
    let seat = |seat, person: &str| Event::SeatTaken { seat, person: person.into() };
    Story::new(mode)
        .by(
            "M.Okafor",
            "02:58:10",
            Event::Declared {
                mode,
                procedure: Box::new(procedure()),
                impact_at: impact(),
                reason: Text::clean("us-east-1 does not answer"),
            },
        )
        .by("M.Okafor", "02:58:10", seat(Seat::Commander, "M.Okafor"))
        .by(
            "system",
            "02:58:11",
            Event::LeaseTaken { holder: Text::clean("P.Shah on bastion-2"), epoch: 1 },
        )
        .by("M.Okafor", "02:58:12", seat(Seat::Operator, "P.Shah"))
        .by("M.Okafor", "02:58:12", seat(Seat::Scribe, "R.Diaz"))
        .by("M.Okafor", "02:58:13", seat(Seat::Liaison, "A.Roy"))
}

/// The state of the sketches: four steps done, the fifth not asked for.
pub fn prepared(mode: Mode) -> Story {
    let note = |kind, text: &str, time: &str| Event::Noted {
        kind,
        text: Text::clean(text),
        pressed_at: at(time),
    };
    declared(mode)
        .ticked("M.Okafor", "declare", "02:59:02", "bridge open")
        .ticked("P.Shah", "confirm", "03:00:30", "0/3 points")
        .by(
            "M.Okafor",
            "03:00:41",
            Event::Decided { words: Text::clean("fail over, do not wait for AWS") },
        )
        .sent("P.Shah", "fence", ("03:05:20", "03:05:24"), EAST)
        .done("fence", "03:06:02", "0 connections")
        .sent("P.Shah", "scale", ("03:06:02", "03:06:04"), "y")
        .by(
            "A.Roy",
            "03:10:02",
            note(NoteKind::Todo, "why did the image copy alarm not page?", "03:10:00"),
        )
        .done("scale", "03:12:20", "9/9")
        .by(
            "R.Diaz",
            "03:12:31",
            note(NoteKind::Note, "support: 14 tickets, all us-east-1", "03:12:20"),
        )
}

/// As [`prepared`], and the yes is given.
pub fn approved(mode: Mode) -> Story {
    prepared(mode)
        .by("P.Shah", "03:13:20", Event::ApprovalAsked { step: "promote".into() })
        .by(
            "M.Okafor",
            "03:13:31",
            Event::ApprovalGiven {
                step: "promote".into(),
                words: Text::clean("no strong objections"),
                until: at("03:18:31"),
            },
        )
}

/// The promotion runs.
pub fn promoting(mode: Mode) -> Story {
    approved(mode).sent(
        "P.Shah",
        "promote",
        ("03:14:19", "03:14:21"),
        &format!("{mode} {WEST}"),
    )
}

/// Through step 7; the shift of traffic is next.
pub fn promoted(mode: Mode) -> Story {
    promoting(mode)
        .done("promote", "03:18:19", "writer, available")
        .sent("P.Shah", "repoint", ("03:18:40", "03:18:42"), WEST)
        .done("repoint", "03:19:02", "9/9")
        .sent("P.Shah", "smoke", ("03:19:10", "03:19:10"), "")
        .done("smoke", "03:20:44", "200 in 0.2 s")
}

/// All done, both services healthy for their window.
pub fn finished(mode: Mode) -> Story {
    let health = |service: &str| Event::HealthChanged {
        service: service.into(),
        healthy: Some(true),
        value: Text::clean("200 in 0.2 s"),
    };
    let recovered = |service: &str| Event::ServiceRecovered { service: service.into() };
    promoted(mode)
        .sent("P.Shah", "shift", ("03:21:51", "03:21:52"), WEST)
        .done("shift", "03:22:20", "100% to us-west-2")
        .by("system", "03:22:21", health("browse"))
        .by("system", "03:22:22", health("checkout"))
        .ticked("A.Roy", "announce", "03:23:30", "both flows seen")
        .by("system", "03:24:21", recovered("browse"))
        .by("system", "03:24:22", recovered("checkout"))
}

pub fn failed(mode: Mode) -> Story {
    promoting(mode).by(
        "system",
        "03:16:40",
        Event::Failed {
            step: "promote".into(),
            attempt: 1,
            failure: Failure::NotVerified,
            reason: Text::clean(
                "it is still a replica; the service says it is modifying",
            ),
        },
    )
}

pub fn doubted(mode: Mode) -> Story {
    promoting(mode).by(
        "system",
        "03:14:51",
        Event::Doubted {
            step: "promote".into(),
            attempt: 1,
            why: Text::clean("no answer within 30 s; the request may have arrived"),
        },
    )
}

pub fn held(mode: Mode) -> Story {
    approved(mode).by(
        "M.Okafor",
        "03:13:33",
        Event::Held { reason: Text::clean("AWS says the region is coming back") },
    )
}

fn reading<T>(value: T, now: Moment, age: i64) -> Reading<T> {
    Reading {
        last: Some((value, now - Span::secs(age))),
        lost: None,
        max_age: Span::secs(90),
    }
}

/// What the readings are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    Calm,
    /// The east is gone.
    Down,
    /// The east is gone and its writer is fenced.
    Fenced,
    /// The west serves.
    West,
}

pub fn evidence(world: World, now: Moment) -> Evidence {
    let calm = world == World::Calm;
    let west = world == World::West;
    let writer = DatabaseView {
        role: DatabaseRole::Writer,
        status: Text::clean(if calm { "available" } else { "unreachable" }),
        available: calm,
        lag: Lag::NoData,
        fence: match world {
            World::Calm | World::Down => Fence::Open,
            World::Fenced | World::West => {
                Fence::Closed { proof: Text::clean("0 connections") }
            }
        },
        connections: Some(if calm { 84 } else { 0 }),
        endpoint: None,
        newest_snapshot: None,
    };
    let replica = DatabaseView {
        role: if west {
            DatabaseRole::Writer
        } else {
            DatabaseRole::Replica { source: Text::clean("ecommerce-db") }
        },
        status: Text::clean("available"),
        available: true,
        lag: if west {
            Lag::NoData
        } else {
            Lag::Ok {
                lag: Span::secs(if calm { 2 } else { 35 }),
                at: now - Span::secs(7),
            }
        },
        fence: Fence::Open,
        connections: Some(3),
        endpoint: None,
        newest_snapshot: None,
    };
    let nodes = |desired: u32, healthy: u32| ComputeView {
        desired,
        running: healthy,
        healthy: Some(healthy),
        config: None,
        settling: false,
    };
    let copy = |active| StorageView {
        replicating: Some(true),
        lag: if active { Lag::NoData } else { Lag::Ok { lag: Span::secs(3), at: now } },
        versioned: Some(true),
        active,
    };
    let traffic = TrafficView {
        share: [(SiteId::new(if west { WEST } else { EAST }), 100)].into(),
        ttl: Some(Span::secs(60)),
        in_sync: west.then_some(true),
        healthy: BTreeMap::new(),
    };
    let east = if calm { nodes(9, 9) } else { nodes(9, 0) };
    let there = if matches!(world, World::Calm | World::Down) {
        nodes(3, 3)
    } else {
        nodes(9, 9)
    };
    let mut images = reading(Observation::Storage(copy(false)), now, 4);
    if world == World::Fenced {
        images = reading(Observation::Storage(copy(false)), now, 161);
        let why = Text::clean("AccessDenied");
        images.lost = Some((Unknown { why }, now - Span::secs(8)));
    }
    let estate = [
        (("db", EAST), reading(Observation::Database(writer), now, 9)),
        (("db", WEST), reading(Observation::Database(replica), now, 7)),
        (("eks", EAST), reading(Observation::Compute(east), now, 11)),
        (("eks", WEST), reading(Observation::Compute(there), now, 11)),
        (("images", EAST), reading(Observation::Storage(copy(true)), now, 4)),
        (("images", WEST), images),
        (("dns", EAST), reading(Observation::Traffic(traffic), now, 14)),
    ];
    let answer = |healthy: bool, value: &str, age| {
        reading(ProbeAnswer { healthy, value: Text::clean(value) }, now, age)
    };
    let (good, bad) = ("200 in 0.2 s", "no connection");
    let up = calm || west;
    let probes = [
        ("api-east", answer(calm, if calm { good } else { bad }, 4)),
        ("api-west", answer(true, good, 4)),
        ("checkout", answer(up, if up { good } else { bad }, 20)),
        ("browse", answer(up, if up { good } else { bad }, 20)),
    ];
    Evidence {
        estate: estate
            .into_iter()
            .map(|((id, site), seen)| ((ResourceId::new(id), SiteId::new(site)), seen))
            .collect(),
        probes: probes.into_iter().map(|(id, seen)| (ProbeId::new(id), seen)).collect(),
    }
}

pub fn alarm(key: &str, severity: Severity, text: &str, since: &str) -> Alarm {
    Alarm {
        key: Text::clean(key),
        severity,
        text: Text::clean(text),
        since: at(since),
        expected: false,
    }
}

/// What the room would publish of `story` at `now`.
pub fn snapshot(story: Option<&Story>, world: World, now: Moment) -> Snapshot {
    let alarms = match world {
        World::Calm | World::West => Vec::new(),
        World::Down | World::Fenced => vec![
            alarm("images", Severity::Crit, "images us-west-2: no reading", "03:10:55"),
            alarm("checkout", Severity::Warn, "checkout: no connection", "02:56:10"),
        ],
    };
    Snapshot {
        at: now,
        procedure: Arc::new(procedure()),
        incident: story.map(|story| Arc::new(story.fold())),
        timeline: Arc::new(story.map(|story| story.records.clone()).unwrap_or_default()),
        evidence: Arc::new(evidence(world, now)),
        progress: Arc::new(BTreeMap::new()),
        alarms: Arc::new(alarms),
        executor: if story.is_some() { Executor::Here } else { Executor::Nobody },
        journal: JournalHealth::Ok,
        speed: 1,
    }
}

/// A console that looks at `snapshot`.
pub fn model(mode: Mode, snapshot: Snapshot, size: (u16, u16)) -> Model {
    let session = Session {
        mode,
        person: "P.Shah".into(),
        tty: Text::clean("op-1"),
        read_only: false,
    };
    Model::new(session, Arc::new(snapshot), size)
}

#[test]
fn the_story_reaches_the_states_it_says() {
    let stories = [
        declared(Mode::Live),
        prepared(Mode::Live),
        promoting(Mode::Live),
        failed(Mode::Live),
        doubted(Mode::Live),
        finished(Mode::Live),
    ];
    let next: Vec<_> = stories
        .iter()
        .map(|story| story.fold().next().map(|step| step.id.to_string()))
        .collect();
    let wanted = ["declare", "promote", "repoint", "promote", "repoint"];
    let wanted: Vec<_> =
        wanted.iter().map(|id| Some((*id).to_owned())).chain([None]).collect();
    assert_eq!(next, wanted);
    let ids: BTreeSet<_> = stories.iter().map(Story::id).collect();
    assert_eq!(ids.len(), 1);
}
