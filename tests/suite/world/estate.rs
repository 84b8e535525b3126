//! A small e-commerce estate to play with. Owns no assertion.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use warroom::model::{
    Action, Attempt, CommandSpec, Estimate, HttpSpec, Moment, Noun, Objective, Order,
    Params, Phase, PlanRef, Probe, ProbeKind, Procedure, Resource, ResourceId, Runbook,
    RunbookKind, Service, Side, Site, SiteId, Span, Step, Verb, Verify, Work,
};

pub(crate) const EAST: &str = "us-east-1";
pub(crate) const WEST: &str = "us-west-2";
pub(crate) const DR_ADDRESS: &str = "ecommerce-db-dr.us-west-2.rds.example.com";

/// The three deployments that make up the shop.
pub(crate) const APPS: [&str; 3] = ["orders", "customers", "products"];

pub(crate) fn start() -> Moment {
    Moment::parse("2026-08-22T03:00:00Z").unwrap()
}

fn params(value: &Value) -> Params {
    serde_json::from_value(value.clone()).unwrap()
}

fn resource(id: &str, noun: Noun, kind: &str, sides: [Value; 2]) -> Resource {
    let [east, west] = sides.map(|side| Side { params: params(&side) });
    Resource {
        id: id.into(),
        noun,
        kind: kind.to_owned(),
        name: id.into(),
        primary: EAST.into(),
        sides: BTreeMap::from([(EAST.into(), east), (WEST.into(), west)]),
        params: Params::default(),
    }
}

fn estate() -> Vec<Resource> {
    let main = [
        json!({"identifier": "ecommerce-db"}),
        json!({"identifier": "ecommerce-db-dr", "endpoint": DR_ADDRESS}),
    ];
    let nodes = [json!({"count": 9}), json!({"count": 3})];
    let none = || [json!({}), json!({})];
    let mut estate = vec![
        resource("main", Noun::Database, "rds-replica", main),
        resource("nodes", Noun::Compute, "eks-nodegroup", nodes),
        resource("site", Noun::Traffic, "route53", none()),
        resource("data", Noun::Storage, "s3", none()),
    ];
    estate.extend(
        APPS.map(|app| resource(app, Noun::Compute, "kubernetes-deployment", none())),
    );
    estate
}

fn request(url: &str) -> HttpSpec {
    HttpSpec {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: None,
        status: (200, 299),
        contains: None,
        repeatable: true,
    }
}

fn probe(id: &str, site: Option<&str>) -> Probe {
    Probe {
        terms: warroom::model::ProbeTerms::default(),
        id: id.into(),
        name: id.into(),
        site: site.map(SiteId::new),
        look: ProbeKind::Http(request(&format!("https://{id}.example.com/health"))),
        every: Span::secs(10),
        timeout: Span::secs(5),
        fall: 2,
        rise: 2,
    }
}

fn service(app: &str) -> Service {
    Service {
        id: app.into(),
        name: app.into(),
        objective: objective(),
        depends_on: Vec::new(),
        uses: ["main", "nodes", app, "site"].map(ResourceId::new).to_vec(),
        probes: vec![
            format!("{app}-east").as_str().into(),
            format!("{app}-west").as_str().into(),
            app.into(),
        ],
    }
}

fn objective() -> Objective {
    Objective { rto: Span::mins(30), rpo: Span::mins(5), stable: Span::mins(1) }
}

fn site(id: &str) -> Site {
    Site {
        id: id.into(),
        name: id.into(),
        region: Some(id.to_owned()),
        profile: None,
        role_arn: None,
    }
}

pub(crate) fn command(line: &[&str]) -> CommandSpec {
    CommandSpec {
        argv: line.iter().map(|part| (*part).to_owned()).collect(),
        env: BTreeMap::new(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    }
}

/// The first attempt of the step `page` at `action`.
pub(crate) fn order(action: Action, limit: Span) -> Order {
    order_of("page", action, limit)
}

pub(crate) fn order_of(step: &str, action: Action, limit: Span) -> Order {
    let (incident, step) = ("DRILL-0001".into(), step.into());
    let attempt = Attempt { incident, step, number: 1, intended_at: start() };
    Order::of(attempt, action, limit)
}

pub(crate) fn verb(resource: &str, side: &str, verb: Verb, args: &Value) -> Action {
    Action::Estate {
        resource: resource.into(),
        side: side.into(),
        verb,
        args: params(args),
    }
}

/// Actions with what they wait for, in order.
fn actions() -> Vec<(String, Action, Vec<String>)> {
    let step = |id: &str, action: Action, needs: &[&str]| {
        (id.to_owned(), action, needs.iter().map(|need| (*need).to_owned()).collect())
    };
    let manual = Action::Manual { text: "is it down?".into(), expect: None };
    let go = Action::Approval { question: "go?".into(), role: "lead".into() };
    let mut all = vec![
        step("confirm", manual, &[]),
        step("go", go, &["confirm"]),
        step("tell", Action::Command(command(&["./tell.sh", "all"])), &["go"]),
        step("fence", verb("main", EAST, Verb::Fence, &json!({})), &["go"]),
        step("promote", verb("main", WEST, Verb::Promote, &json!({})), &["fence"]),
        step("nodes", verb("nodes", WEST, Verb::Scale, &json!({"count": 9})), &["go"]),
    ];
    for app in APPS {
        let (grow, point) = (format!("{app}-grow"), format!("{app}-point"));
        let count = json!({"count": 9});
        all.push(step(&grow, verb(app, WEST, Verb::Scale, &count), &["nodes"]));
        let to = json!({"to": DR_ADDRESS});
        all.push(step(&point, verb(app, WEST, Verb::Repoint, &to), &["promote"]));
    }
    let ready: Vec<String> = APPS
        .iter()
        .flat_map(|app| [format!("{app}-grow"), format!("{app}-point")])
        .collect();
    let ready: Vec<&str> = ready.iter().map(String::as_str).collect();
    let shift = verb("site", WEST, Verb::Shift, &json!({"percent": 100}));
    all.push(step("private", Action::Check { probe: "orders-west".into() }, &ready));
    all.push(step("shift", shift, &["private", "tell"]));
    all.push(step("wait", Action::Wait { length: Span::secs(5) }, &["shift"]));
    all.push(step("public", Action::Check { probe: "orders".into() }, &["wait"]));
    all
}

fn steps() -> Vec<Step> {
    let number = |at: usize| u32::try_from(at).unwrap() + 1;
    actions()
        .into_iter()
        .enumerate()
        .map(|(at, (id, action, needs))| Step {
            terms: warroom::model::Terms::default(),
            id: id.as_str().into(),
            number: number(at),
            name: id.as_str().into(),
            tier: action.tier(),
            action,
            owner: None,
            needs: needs.iter().map(|need| need.as_str().into()).collect(),
            estimate: Estimate { p50: Span::mins(1), p95: Span::mins(5) },
            verify: Verify { timeout: Span::mins(40), every: Span::secs(5) },
            optional: false,
            approval: None,
        })
        .collect()
}

pub(crate) fn procedure() -> Procedure {
    let probes = APPS.iter().flat_map(|app| {
        [
            probe(&format!("{app}-east"), Some(EAST)),
            probe(&format!("{app}-west"), Some(WEST)),
            probe(app, None),
        ]
    });
    Procedure {
        brief: warroom::model::Brief::default(),
        plan: PlanRef { name: "shop".into(), digest: "0".repeat(64), path: "-".into() },
        runbook: Runbook {
            terms: warroom::model::RunbookTerms::default(),
            id: "region-failover".into(),
            name: "Leave a lost region".into(),
            kind: RunbookKind::Failover,
            from: EAST.into(),
            to: WEST.into(),
            phases: vec![Phase {
                terms: warroom::model::PhaseTerms::default(),
                id: "all".into(),
                name: "all".into(),
                time: None,
                steps: steps(),
            }],
        },
        sites: vec![site(EAST), site(WEST)],
        estate: estate(),
        services: APPS.map(service).to_vec(),
        probes: probes.collect(),
        people: Vec::new(),
        objective: objective(),
        unset: BTreeMap::new(),
    }
}

/// Work outside any runbook, intended at `at`.
pub(crate) fn work(subject: (&str, &str), verb: Verb, args: &Value, at: Moment) -> Work {
    let procedure = procedure();
    Work {
        incident: "DRILL-0001".into(),
        declared_at: at,
        step: "step".into(),
        attempt: 1,
        resource: procedure.resource(&subject.0.into()).unwrap().clone(),
        side: subject.1.into(),
        verb,
        args: params(args),
        sites: procedure.sites,
        intended_at: at,
        undo_to: None,
        accepted: Vec::new(),
        deadline: at + Span::mins(40),
    }
}
