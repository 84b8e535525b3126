//! Lanes at the keyboard: which one is looked at, and where the cursor goes.

use warroom::{
    engine::{Event, StepState},
    model::{Failure, Lane, Mode, Text},
};

use crate::desk::{Desk, Story};

/// Steps 3 and 4 are of one tenant, 5 and 6 of another; both wait for step 2.
fn spread() -> Story {
    let mut story = Story::declared(Mode::Live);
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    procedure.brief.lanes = ["acme", "globex"]
        .map(|id| Lane { tenant: id.into(), name: Text::clean(id.to_uppercase()) })
        .to_vec();
    for step in &mut procedure.runbook.phases[0].steps {
        let (lane, needs) = match step.number {
            3 => ("acme", "call"),
            4 => ("acme", "fence"),
            5 => ("globex", "call"),
            6 => ("globex", "promote"),
            _ => continue,
        };
        step.terms.lane = Some(lane.into());
        step.needs = vec![needs.into()];
    }
    for step in ["look", "call"] {
        story.done(step);
    }
    story
}

fn at(desk: &Desk) -> &str {
    desk.model.cursor().map_or("", |id| id.as_str())
}

#[test]
fn one_key_goes_from_lane_to_lane_and_back_to_all() {
    let mut desk = Desk::new(Some(spread()));
    for (lane, cursor) in
        [(Some("acme"), "fence"), (Some("globex"), "promote"), (None, "fence")]
    {
        desk.keys("o");
        let here = desk.model.lane().map(warroom::model::TenantId::as_str);
        assert_eq!((here, at(&desk)), (lane, cursor));
    }
    desk.keys(":lane globex\n");
    assert_eq!(at(&desk), "promote");
    // Down and up stay in the lane, and in what all lanes share.
    desk.keys("kk");
    assert_eq!(at(&desk), "look");
    desk.keys("jjj");
    assert_eq!(at(&desk), "go");
    desk.keys(":lane initech\n");
    assert!(desk.toast().contains("acme, globex"), "{}", desk.toast());
    desk.keys(":lane all\n");
    assert_eq!(desk.model.lane(), None);
    let mut none = Desk::new(Some(Story::declared(Mode::Live)));
    none.keys("o");
    assert!(none.toast().contains("no lanes"), "{}", none.toast());
}

#[test]
fn what_failed_in_one_lane_leaves_the_next_step_to_another() {
    let mut story = spread();
    story.done("fence");
    // What `done` settled fails after all: the newest attempt counts.
    let failed = Event::Failed {
        step: "fence".into(),
        attempt: 1,
        failure: Failure::NotVerified,
        reason: "still writing".into(),
    };
    story.add("system", failed);
    let incident = story.incident();
    let (_, record) = incident.step(&"fence".into()).unwrap();
    assert!(matches!(record.state, StepState::Failed { .. }));
    let mut desk = Desk::new(Some(story));
    assert_eq!(at(&desk), "promote", "acme failed; globex goes on");
    desk.keys(":lane acme\n");
    assert_eq!(at(&desk), "fence", "who looks at acme is at what failed");
}

#[test]
fn a_line_about_a_step_says_whose_it_is() {
    let mut desk = Desk::armed(spread());
    desk.keys(":lane globex\n:step 5\nS");
    let label = {
        use warroom::console::{overlay::prompt, view::sight::Sight};
        let look = crate::view::look();
        let sight = Sight::of(&desk.model, &look).unwrap();
        let Some(warroom::console::model::Overlay::Prompt(line)) = &desk.model.overlay
        else {
            panic!("{}", desk.toast());
        };
        prompt::label(&sight, &line.asking)
    };
    assert!(label.contains("5 globex: promote step"), "{label}");
}
