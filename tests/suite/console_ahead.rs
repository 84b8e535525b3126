//! The forecast is tried out once for the frames of a second, and anew with the next second
//! and the next record.

use std::sync::Arc;

use warroom::{
    console::{Model, Msg, update},
    engine::{Event, NoteKind, forecast},
    model::{Mode, Span},
};

use crate::fixture::{Story, World, at, model, prepared, promoted, snapshot};

const NOW: &str = "03:20:00";

fn seen(story: &Story) -> Model {
    model(Mode::Live, snapshot(Some(story), World::Fenced, at(NOW)), (120, 40))
}

fn said(story: Story) -> Story {
    let text = "nothing that changes what is left".into();
    let noted = Event::Noted { kind: NoteKind::Note, text, pressed_at: at("03:19:30") };
    story.by("P.Shah", "03:19:30", noted)
}

#[test]
fn a_forecast_is_kept_for_its_second_and_no_longer() {
    let mut model = seen(&promoted(Mode::Live));
    // Nobody shows the console another incident under the same records: here it tells what
    // was kept from what was tried out.
    let (own, other) = (promoted(Mode::Live).fold(), prepared(Mode::Live).fold());
    let (of_own, of_other) = (forecast(&own, model.now), forecast(&other, model.now));
    assert_ne!(of_own.remaining, of_other.remaining, "the two can be told apart");
    assert_eq!(model.forecast(&own), of_own);
    assert_eq!(model.forecast(&other).remaining, of_own.remaining, "kept");
    update(&mut model, Msg::Tick(at(NOW) + Span::millis(999)));
    assert_eq!(model.forecast(&other).remaining, of_own.remaining, "the same second");
    let left = model.forecast(&own).left;
    assert_eq!(left, of_own.left - Span::millis(999), "clocks go on");
    update(&mut model, Msg::Tick(at(NOW) + Span::secs(1)));
    assert_eq!(model.forecast(&other), forecast(&other, model.now), "a second later");
}

#[test]
fn a_new_record_makes_a_new_forecast() {
    let (before, after) = (prepared(Mode::Live), promoted(Mode::Live));
    let mut model = seen(&before);
    let old = model.forecast(&before.fold());
    let mut next = snapshot(Some(&after), World::Fenced, at(NOW));
    next.procedure = Arc::clone(&model.snapshot.procedure);
    update(&mut model, Msg::Snapshot(Arc::new(next)));
    let own = after.fold();
    assert_eq!(model.now, at(NOW), "the same second");
    assert_eq!(model.forecast(&own), forecast(&own, model.now));
    assert_ne!(model.forecast(&own).remaining, old.remaining);
    // Also where the record changes nothing of what is left.
    let mut next = snapshot(Some(&said(after)), World::Fenced, at(NOW));
    next.procedure = Arc::clone(&model.snapshot.procedure);
    update(&mut model, Msg::Snapshot(Arc::new(next)));
    let fresh = prepared(Mode::Live).fold();
    assert_eq!(model.forecast(&fresh), forecast(&fresh, model.now), "tried out anew");
}

#[test]
fn a_model_set_by_hand_is_never_told_an_old_forecast() {
    let mut model = seen(&promoted(Mode::Live));
    let own = promoted(Mode::Live).fold();
    model.forecast(&own);
    model.now = at("03:30:00");
    assert_eq!(model.forecast(&own), forecast(&own, model.now));
}
