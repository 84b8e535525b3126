//! Leaving a side that looks healthy is done in words, with what was seen on record.

use super::*;
use crate::model::{HttpSpec, Lane, Meaning, Probe, ProbeKind, ProbeTerms};

fn probe(id: &str, site: &str, panel: Option<&str>) -> Probe {
    let look = ProbeKind::Http(HttpSpec {
        method: "GET".to_owned(),
        url: "https://east.example.com/health".to_owned(),
        headers: BTreeMap::new(),
        body: None,
        status: (200, 299),
        contains: None,
        repeatable: true,
    });
    Probe {
        id: id.into(),
        name: id.into(),
        site: Some(site.into()),
        look,
        every: Span::secs(10),
        timeout: Span::secs(5),
        fall: 3,
        rise: 2,
        terms: ProbeTerms { panel: panel.map(Text::from), ..ProbeTerms::default() },
    }
}

/// The failover, with a probe of the side it leaves.
fn watched(write: impl FnOnce(&mut Procedure)) -> Case {
    let mut procedure = procedure();
    procedure.probes =
        vec![probe("east-health", "east", None), probe("west-health", "west", None)];
    write(&mut procedure);
    Case::of(procedure)
}

/// What the gate of `step` says of the side that is left.
fn says(case: &Case, step: &str) -> Option<(String, Class)> {
    let gate = case.gate(step);
    let mut found = gate.checks.iter().filter(|check| {
        let name = check.name.as_str();
        name.ends_with(" looks healthy") || name.ends_with(" is unwell")
    });
    found.next().map(|check| (format!("{}: {}", check.name, check.value), check.class))
}

/// That it looks healthy.
fn well(case: &Case, step: &str) {
    let told = says(case, step);
    let (words, class) = told.unwrap_or_else(|| panic!("{step} asks nothing"));
    assert_eq!((words.as_str(), class), (WELL, Class::Fail), "{step}");
}

const WELL: &str = "east looks healthy: east-health 200";

#[test]
fn a_side_that_looks_healthy_is_left_in_words_with_what_was_seen() {
    let mut case = watched(|_| {});
    case.see("east-health", true);
    case.later(8);
    let refusal = case.refused(&person("op"), &case.confirm("fence", "east"));
    let told = "check not passed: east looks healthy (east-health 200)";
    assert_eq!(refusal.to_string(), told);
    let accept = |reason: &str| Command::Override {
        step: "fence".into(),
        check: "east looks healthy".into(),
        reason: reason.into(),
    };
    assert_eq!(case.refused(&person("ic"), &accept(" ")), Refusal::ReasonMissing);
    case.ok(&person("ic"), accept("the provider closes the hall at noon"));
    let said = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(
        said,
        "1 fence goes on although \"east looks healthy\" (east-health 200, 8s ago): the \
         provider closes the hall at noon"
    );
    case.fence();
    // The next step that goes forward asks again.
    well(&case, "promote");
    case.replays();
}

#[test]
fn it_asks_nothing_of_a_side_that_is_down_or_that_nobody_knows() {
    let mut case = watched(|_| {});
    assert_eq!(says(&case, "fence"), None, "nobody has looked");
    case.see("west-health", true);
    assert_eq!(says(&case, "fence"), None, "the other side says nothing of this one");
    case.see("east-health", false);
    let down = Some(("east is unwell: east-health 503".into(), Class::Pass));
    assert_eq!(says(&case, "fence"), down);
    assert_eq!(says(&case, "promote"), None, "said once, where the way out begins");
    case.see("east-health", true);
    well(&case, "fence");
    case.now = case.now + Span::secs(60);
    assert_eq!(says(&case, "fence"), None, "an old answer is none");
    // A probe takes a while to turn: what is seen of the database itself goes before it.
    let mut case = watched(|_| {});
    case.see("east-health", true);
    let gone = Observation::Database(DatabaseView {
        role: DatabaseRole::Writer,
        status: "unreachable".into(),
        available: false,
        lag: Lag::NoData,
        fence: Fence::Unproven,
        connections: None,
        endpoint: None,
        newest_snapshot: None,
    });
    let reading = case.evidence.estate.get_mut(&("db".into(), "east".into())).unwrap();
    reading.last = Some((gone, case.now));
    let (told, class) = says(&case, "fence").unwrap();
    assert_eq!(told, "east is unwell: db: unreachable");
    assert_eq!(class, Class::Pass);
}

/// Whether the fence and the promotion ask, with the side that is left healthy.
fn asked(write: impl FnOnce(&mut Procedure)) -> [bool; 2] {
    let mut case = watched(write);
    case.see("east-health", true);
    ["fence", "promote"].map(|step| says(&case, step).is_some())
}

#[test]
fn only_who_recovers_by_leaving_is_asked() {
    assert_eq!(asked(|_| {}), [true, true]);
    let kind = |procedure: &mut Procedure, kind| procedure.runbook.kind = kind;
    assert_eq!(asked(|it| kind(it, RunbookKind::Failback)), [false, false]);
    assert_eq!(asked(|it| kind(it, RunbookKind::Restore)), [false, false]);
    assert_eq!(asked(|it| kind(it, RunbookKind::Drill)), [false, false]);
    // A response that promotes elsewhere is a failover under another name.
    assert_eq!(
        asked(|it| {
            kind(it, RunbookKind::Response);
            it.runbook.from = "west".into();
        }),
        [true, true]
    );
    // One that only closes a side does not leave it.
    assert_eq!(
        asked(|it| {
            kind(it, RunbookKind::Response);
            of(it, "promote").action = shell(true);
        }),
        [false, false]
    );
    // A planned move asks for a healthy side.
    assert_eq!(
        asked(|it| of(it, "script").action = estate("db", "west", Verb::Switchover)),
        [false, false]
    );
    // By hand is leaving too.
    assert_eq!(
        asked(|it| {
            let fence = of(it, "fence");
            fence.action = Action::Manual { text: "close it".into(), expect: None };
            fence.terms.meaning =
                Meaning { fences: vec!["db".into()], ..Meaning::default() };
        }),
        [true, true]
    );
    // The way back within the runbook is not leaving.
    assert_eq!(
        asked(|it| of(it, "promote").action = estate("db", "east", Verb::Promote)),
        [true, false]
    );
}

#[test]
fn what_tells_of_backups_or_of_another_lane_does_not_tell() {
    let mut case = watched(|it| it.probes[0].terms.panel = Some("backups".into()));
    case.see("east-health", true);
    assert_eq!(says(&case, "fence"), None);
    let mut case = watched(|it| {
        it.probes = vec![
            probe("acme.health", "east", Some("regions")),
            probe("bolt.health", "east", Some("regions")),
        ];
        let lane = |id: &str| Lane { tenant: id.into(), name: id.into() };
        it.brief.lanes = vec![lane("acme"), lane("bolt")];
        of(it, "fence").terms.lane = Some("acme".into());
    });
    case.see("acme.health", true);
    case.see("bolt.health", false);
    let told = |case: &Case| says(case, "fence").unwrap().0;
    assert_eq!(told(&case), "east looks healthy: acme.health 200");
    case.see("acme.health", false);
    assert_eq!(told(&case), "east is unwell: acme.health 503");
}
