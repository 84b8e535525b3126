//! Thousands of people, cats and scripts at the keyboard: none of them starts a step.

use proptest::prelude::*;
use warroom::{
    console::{Msg, msg::Key},
    model::{Preview, Span},
};

use crate::desk::{Desk, Story, dispatches};

const TOKEN: &str = "LIVE us-west-2";

/// What people, cats and scripts press; never the whole token, nor a `y`.
fn pieces() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        Just("A".to_owned()),
        Just("Awhy not\n".to_owned()),
        Just("X".to_owned()),
        Just("\n".to_owned()),
        Just("LIVE us-west-".to_owned()),
        Just("us-west-".to_owned()),
        Just("us-east-".to_owned()),
        Just("LIVE".to_owned()),
        Just(":execute\n".to_owned()),
        Just(":undo\n".to_owned()),
        Just("\u{1b}".to_owned()),
        Just("tick".to_owned()),
        Just("drawn".to_owned()),
        "[ -03-xz-~]{1,4}",
    ];
    prop::collection::vec(piece, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn without_the_whole_token_no_sequence_starts_a_step(pieces in pieces()) {
        let mut desk = Desk::new(Some(Story::up_to("promote").approved("promote")));
        for piece in pieces {
            let effects = match piece.as_str() {
                "\u{1b}" => desk.press(Key::Esc),
                "tick" => desk.wait(Span::secs(7)),
                "drawn" => {
                    let step = "promote".into();
                    desk.send(Msg::Previewed { step, preview: Ok(Preview::default()) });
                    desk.drawn(1);
                    desk.wait(Span::secs(1))
                }
                keys => desk.keys(keys),
            };
            prop_assert_eq!(dispatches(&effects), 0);
        }
    }

    #[test]
    fn unarmed_not_even_the_token_starts_a_step(
        noise in prop::collection::vec("[ -@B-~]{1,6}|\n", 0..20),
    ) {
        let mut desk = Desk::new(Some(Story::up_to("promote").approved("promote")));
        for keys in noise.iter().map(String::as_str).chain(["\n", "X", TOKEN, "\n"]) {
            let mut effects = desk.keys(keys);
            effects.extend(desk.wait(Span::secs(1)));
            prop_assert_eq!(dispatches(&effects), 0);
        }
    }
}
