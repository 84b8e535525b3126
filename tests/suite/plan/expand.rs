//! From a runbook to the procedure an incident runs: calls, loops and tenants are gone, and
//! nothing they said is lost.

use warroom::{
    model::{
        Action, Condition, OpenValue, ProbeId, Procedure, ServiceId, Span, Step, StepEnd,
        StepId, Text, brief::Level,
    },
    plan::{self, Choice, Plan},
};

use super::{check, read, shipped, whole};

fn academy() -> Plan {
    whole(check(&read("tests/plans/good/academy.toml")))
}

fn needs(procedure: &Procedure) -> Vec<String> {
    procedure
        .runbook
        .steps()
        .map(|step| {
            let needs: Vec<&str> = step.needs.iter().map(StepId::as_str).collect();
            format!("{} {} < {}", step.number, step.id, needs.join(" "))
        })
        .collect()
}

fn step<'p>(procedure: &'p Procedure, id: &str) -> &'p Step {
    procedure.runbook.step(&id.into()).unwrap_or_else(|| panic!("no step {id}"))
}

fn argv(step: &Step) -> Vec<&str> {
    match &step.action {
        Action::Command(spec) => spec.argv.iter().map(String::as_str).collect(),
        other => panic!("{other:?} is no command"),
    }
}

#[test]
fn each_tenant_has_a_lane_and_what_is_shared_stands_once() {
    let procedure = academy().procedure(&"failover".into()).unwrap();
    assert_eq!(
        needs(&procedure),
        [
            "1 ready < ",
            "2 go < ready",
            "3 north.fence < go",
            "4 south.fence < go",
            "5 north.promote < north.fence",
            "6 south.promote < south.fence",
            "7 north.point < north.promote",
            "8 south.point < south.promote",
            "9 north.well < north.point",
            "10 south.well < south.point",
            "11 tell < north.well south.well",
        ]
    );
    let lanes: Vec<&str> =
        procedure.brief.lanes.iter().map(|lane| lane.tenant.as_str()).collect();
    assert_eq!(lanes, ["north", "south"]);
    assert_eq!(step(&procedure, "ready").terms.lane, None);
    assert_eq!(step(&procedure, "north.fence").terms.lane, Some("north".into()));
    let estate: Vec<String> = procedure
        .estate
        .iter()
        .map(|one| {
            format!("{} {}", one.id, one.setting(&"east".into(), "instance").unwrap())
        })
        .collect();
    assert_eq!(estate, ["north.db academy-north", "south.db academy-south"]);
    let (resource, _, _) = step(&procedure, "south.promote").action.estate().unwrap();
    assert_eq!(resource.as_str(), "south.db");
    assert_eq!(
        argv(step(&procedure, "north.point")),
        ["point", "${step.north.promote.endpoint}", "E2NORTH"]
    );
    let services: Vec<&str> =
        procedure.services.iter().map(|service| service.id.as_str()).collect();
    assert_eq!(services, ["north.lessons", "south.lessons"]);
    // What an earlier step answers is filled in when it has; nobody has to set it.
    assert_eq!(procedure.unset, std::collections::BTreeMap::new());
    let slotted: Vec<&str> = procedure.brief.slotted.iter().map(StepId::as_str).collect();
    assert_eq!(slotted, ["north.point", "south.point"]);
}

#[test]
fn one_tenant_may_be_chosen() {
    let choice = Choice { tenants: vec!["south".into()], ..Choice::default() };
    let procedure = academy().procedure_for(&"failover".into(), &choice).unwrap();
    assert_eq!(procedure.brief.lanes.len(), 1);
    assert!(procedure.runbook.step(&"north.fence".into()).is_none());
    assert!(procedure.runbook.step(&"south.fence".into()).is_some());
}

#[test]
fn a_run_takes_all_tenants_or_those_the_plan_names() {
    let read_with = |default: &str| {
        let key = "parameter = \"school\"\n";
        let text = read("tests/plans/good/academy.toml");
        check(&text.replacen(key, &format!("{key}{default}\n"), 1))
    };
    for (default, lanes, said) in [
        ("", "north south", None),
        ("default = \"all\"", "north south", None),
        ("default = [\"south\"]", "south", Some("brings back 1 of 2 tenants")),
        // Neither all nor any: a slip that is told, and is not quietly everybody.
        ("default = []", "north south", Some("`all`, or a list of some")),
        ("default = \"north\"", "north south", Some("`all`, or a list of some")),
        ("default = [\"east\"]", "north south", Some("there is no tenant `east`")),
    ] {
        let loaded = read_with(default);
        let procedure = loaded.seen().unwrap().procedure(&"failover".into()).unwrap();
        let taken = procedure.brief.lanes.iter().map(|lane| lane.tenant.to_string());
        assert_eq!(taken.collect::<Vec<_>>().join(" "), lanes, "{default}");
        let told = plan::human(&loaded.problems, &loaded.sources, false);
        let about = told.contains("tenancy.default");
        assert_eq!(about, said.is_some(), "{default}: {told}");
        assert!(said.is_none_or(|said| told.contains(said)), "{default}: {told}");
    }
}

#[test]
fn what_is_called_takes_the_place_of_its_call() {
    let plan = academy();
    let procedure = plan.procedure(&"exercise".into()).unwrap();
    assert_eq!(
        needs(&procedure),
        [
            "1 down < ",
            "2 data.load < down",
            "3 data.count.users < data.load",
            "4 data.count.lessons < data.load",
            "5 report < data.count.users data.count.lessons",
        ]
    );
    assert!(step(&procedure, "down").terms.wants_failure);
    let load = step(&procedure, "data.load");
    assert_eq!(argv(load), ["pg_restore", "drill.sql"]);
    assert_eq!(load.terms.within, ["data".into()]);
    let count = step(&procedure, "data.count.users");
    assert_eq!(argv(count), ["count", "users"]);
    assert!(count.terms.always);
    // The call's condition is one of each of its steps.
    let when = Condition::Step { step: "down".into(), is: StepEnd::Failed };
    assert_eq!(count.terms.when, [when]);
    // A secret that is not there; the moment is the run's own.
    let unset: Vec<_> =
        procedure.unset[&"report".into()].iter().map(Text::as_str).collect();
    assert_eq!(unset, ["PAGER_TOKEN"]);
    let mut open = procedure.brief.values.iter();
    assert!(open.any(|value| value.secret() == Some("PAGER_TOKEN")));
    // The same runbook by itself asks for what its caller gave.
    let alone = plan.procedure(&"restore".into()).unwrap();
    assert_eq!(alone.unset[&"load".into()], ["backup_file".into()]);
    let is_asked = |value: &&OpenValue| value.ask.as_str() == "Which backup?";
    let asked = alone.brief.values.iter().find(is_asked).unwrap();
    assert!(asked.needed, "the runbook asks for it");
    let inputs = [("backup_file".into(), "today.sql".to_owned())].into();
    let choice = Choice { inputs, ..Choice::default() };
    let given = plan.procedure_for(&"restore".into(), &choice).unwrap();
    assert_eq!(argv(step(&given, "load")), ["pg_restore", "today.sql"]);
    assert!(given.unset.is_empty() && !given.brief.values.iter().any(|it| is_asked(&it)));
    assert_eq!(given.brief.given[&"backup_file".into()].as_str(), "today.sql");
}

#[test]
fn every_promise_counts_down_and_the_first_level_decides() {
    let plan = academy();
    let procedure = plan.procedure(&"failover".into()).unwrap();
    // The scenario's RTO, and the service's own RPO under it.
    assert_eq!(procedure.objective.rto, Span::mins(180));
    assert_eq!(procedure.objective.rpo, Span::mins(5));
    let shown: Vec<(Level, &str)> = procedure
        .brief
        .countdowns
        .iter()
        .map(|one| (one.level, one.of.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (Level::Tier, "critical"),
            (Level::Scenario, "region-lost"),
            (Level::Plan, "academy"),
            (Level::Service, "lessons"),
        ]
    );
    let mail = plan.services.iter().find(|one| one.id.as_str() == "mail").unwrap();
    assert_eq!(mail.objective.rto, Span::mins(60));
}

#[test]
fn a_journal_gives_back_every_term() {
    for runbook in ["failover", "exercise"] {
        let procedure = academy().procedure(&runbook.into()).unwrap();
        let text = serde_json::to_string(&procedure).unwrap();
        let back: Procedure = serde_json::from_str(&text).unwrap();
        assert_eq!(back, procedure, "{runbook}");
    }
}

/// A hold looks at what is in every lane, and so does a condition of a step they share.
#[test]
fn what_a_hold_and_a_shared_step_look_at_is_looked_at_in_every_lane() {
    let text = read("tests/plans/good/academy.toml")
        .replacen(
            "id = \"move\"\nwindow = [\"10m\"]",
            "id = \"move\"\nwindow = [\"10m\"]\n\
             hold = { length = \"1d\", gate = [\"lessons\", \"west\"], back = \"point\" }",
            1,
        )
        .replacen(
            "channel = \"staff\"\nshared = true",
            "channel = \"staff\"\nshared = true\n\
             when = [{ step = \"point\", is = \"done\" }, { probe = \"lessons\" }, \
             { step = \"go\" }]",
            1,
        );
    let procedure = whole(check(&text)).procedure(&"failover".into()).unwrap();
    let hold = procedure.runbook.phases[1].terms.hold.as_ref().unwrap();
    let gate: Vec<&str> = hold.gate.iter().map(ProbeId::as_str).collect();
    assert_eq!(gate, ["north.lessons", "south.lessons", "west"]);
    let back: Vec<&str> = hold.back.iter().map(StepId::as_str).collect();
    assert_eq!(back, ["north.point", "south.point"]);
    let told: Vec<String> =
        step(&procedure, "tell").terms.when.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "step north.point is done",
            "step south.point is done",
            "probe north.lessons is healthy",
            "probe south.lessons is healthy",
            "step go is done",
        ]
    );
}

/// What all lanes share brings a service back in each of them, and what lanes do not differ
/// in depends on it in each of them.
#[test]
fn what_is_shared_means_the_service_of_every_lane() {
    let text = read("tests/plans/good/academy.toml")
        .replacen(
            "channel = \"staff\"\nshared = true",
            "channel = \"staff\"\nshared = true\nrestores = [\"lessons\", \"mail\"]",
            1,
        )
        .replacen("services = [\"lessons\"]", "services = [\"lessons\", \"mail\"]", 1)
        .replacen("id = \"mail\"\n", "id = \"mail\"\ndepends_on = [\"lessons\"]\n", 1);
    let procedure = whole(check(&text)).procedure(&"failover".into()).unwrap();
    let words = |ids: &[ServiceId]| ids.iter().map(ToString::to_string).collect();
    let told: Vec<String> = words(&step(&procedure, "tell").terms.meaning.restores);
    assert_eq!(told, ["north.lessons", "south.lessons", "mail"]);
    let mail = procedure.services.iter().find(|one| one.id.as_str() == "mail").unwrap();
    let depends: Vec<String> = words(&mail.depends_on);
    assert_eq!(depends, ["north.lessons", "south.lessons"]);
}

/// What a parameter of a condition was given comes like any other text: by a call, a lane,
/// or a person.
#[test]
fn a_condition_knows_what_its_parameter_was_given() {
    let text = read("tests/plans/good/academy.toml").replacen(
        "run = [\"pg_restore\", \"${backup_file}\"]",
        "run = [\"pg_restore\", \"${backup_file}\"]\n\
         when = [{ parameter = \"backup_file\", not = \"latest\" }]",
        1,
    );
    let plan = whole(check(&text));
    let given = |runbook: &str, id: &str, choice: &Choice| {
        let procedure = plan.procedure_for(&runbook.into(), choice).unwrap();
        let when = &step(&procedure, id).terms.when;
        let found = when.iter().find_map(|condition| match condition {
            Condition::Parameter { given, .. } => Some(given.to_string()),
            _ => None,
        });
        found.unwrap()
    };
    let nothing = Choice::default();
    assert_eq!(given("restore", "load", &nothing), "${backup_file}");
    assert_eq!(given("exercise", "data.load", &nothing), "drill.sql");
    let chosen = Choice {
        inputs: [("backup_file".into(), "june.sql".to_owned())].into(),
        ..Choice::default()
    };
    assert_eq!(given("restore", "load", &chosen), "june.sql");
}

/// Whoever could choose and does not gets what the plan says; who chooses gets that.
#[test]
fn a_default_of_what_people_choose_is_no_last_word() {
    let plan = whole(shipped("myapp", &plan::Env::new()));
    let asked = |given: &[(&str, &str)]| {
        let inputs = given.iter().map(|(id, value)| ((*id).into(), (*value).to_owned()));
        let choice = Choice { inputs: inputs.collect(), ..Choice::default() };
        plan.procedure_for(&"infrastructure-recovery".into(), &choice).unwrap()
    };
    let wanted = |procedure: &Procedure| {
        let conditions = procedure.runbook.steps().flat_map(|step| &step.terms.when);
        let on = conditions.filter_map(|condition| match condition {
            Condition::Parameter { parameter, given, .. }
                if parameter.as_str() == "recovery_type" =>
            {
                Some(given.to_string())
            }
            _ => None,
        });
        on.collect::<std::collections::BTreeSet<String>>()
    };
    assert!(plan.open_value(&"recovery_type".into()).is_some());
    let usual = asked(&[]);
    assert_eq!(wanted(&usual), ["full".to_owned()].into());
    assert_eq!(
        wanted(&asked(&[("recovery_type", "partial")])),
        ["partial".to_owned()].into()
    );
    let open: Vec<&str> =
        usual.brief.values.iter().map(|value| value.id.as_str()).collect();
    assert!(!open.contains(&"recovery_type"), "{open:?}: nobody is asked again");
    assert!(usual.unset.values().flatten().all(|name| name.as_str() != "recovery_type"));
}
