//! How fast a drill's time goes.

use warroom::{
    console::{Effect, msg::Key},
    engine::Event,
    model::Mode,
};

use crate::desk::{Desk, Story};

/// The speed asked for last, when `effects` ask for one.
fn speed(effects: &[Effect]) -> Option<u32> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Speed { times } => Some(*times),
        _ => None,
    })
}

#[test]
fn a_drill_slows_down_for_a_dialog_and_hurries_while_only_the_world_works() {
    let drill = |story: Story| {
        let mut desk = Desk::armed(story);
        desk.model.session.mode = Mode::Drill;
        desk
    };
    let mut desk = drill(Story::up_to("promote").approved("promote"));
    assert_eq!(speed(&desk.keys(":speed 10\n")), Some(10));
    assert_eq!(speed(&desk.keys("X")), Some(1), "the real gesture, at the real pace");
    assert_eq!(speed(&desk.press(Key::Esc)), Some(10));
    let mut asked = Story::up_to("promote");
    asked.add("ops", Event::ApprovalAsked { step: "promote".into() });
    let mut desk = drill(asked);
    assert_eq!(speed(&desk.keys(":speed 10\n")), Some(30), "nothing can be pressed");
    assert_eq!(speed(&desk.keys("n")), Some(10), "somebody writes");
    assert_eq!(speed(&desk.press(Key::Esc)), Some(30));
    assert_eq!(speed(&desk.keys(":speed 30\n")), Some(60), "never faster than this");
    assert_eq!(speed(&desk.keys(":speed 1\n")), Some(1), "real time all through");
    desk.model.session.mode = Mode::Live;
    assert_eq!(speed(&desk.keys(":speed 10\n")), None, "live time has one speed");
}
