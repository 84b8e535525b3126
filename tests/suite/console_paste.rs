//! R18: what is pasted, held, or comes faster than fingers confirms nothing, through the
//! guard of the keyboard, the dialog and the engine together. A paste of a single key is
//! that key: from two on it is told.

use crossterm::event::{
    Event as Terminal, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use proptest::prelude::*;
use warroom::{
    console::{
        Effect, Msg,
        input::{Guard, Timed},
        model::Overlay,
    },
    model::{Preview, Span},
};

use crate::{
    desk::{Desk, Story, dispatches},
    patience::cases,
};

const TOKEN: &str = "LIVE us-west-2";

/// What somebody, or something, does at the keyboard.
#[derive(Clone, Debug)]
enum Deed {
    /// As the terminal brackets it, whole.
    Bracketed(String),
    /// Bracketed, with the end of the bracket inside it: the rest comes as keys.
    Broken(String, String),
    /// As keys, so many milliseconds apart, read in parts of so many.
    Raw { text: String, gap: u64, part: usize },
    /// One key kept down, with or without the terminal saying so.
    Held { key: char, times: usize, told: bool },
    /// A person presses one key, at a person's pace.
    Slow(char),
    /// The dialog gets what it waits for, is drawn, and time goes by.
    Drawn,
}

/// Texts that would confirm, alone or behind what stands there already.
fn text() -> impl Strategy<Value = String> {
    let known = [
        "LIVE us-west-2\n",
        "LIVE us-west-2\r\n\n\n",
        "XLIVE us-west-2\n",
        "\nLIVE us-west-2\n",
        "us-west-2\n",
        "-2\n",
        "2\n",
        "2\n\n\n",
        "y\n",
        "yes\n",
        "yy",
        "y\u{1b}y\n",
        "Xy",
        "X\n",
        "Xy\n",
        "RX",
        ":execute\n",
        "Awhy\nXy\n",
        "\u{1b}[201~LIVE us-west-2\n",
    ];
    prop_oneof![
        6 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[ -~\n]{2,30}",
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let held = prop::sample::select(vec!['\n', 'y', 'X', '2']);
    prop_oneof![
        2 => text().prop_map(Deed::Bracketed),
        2 => (text(), text()).prop_map(|(inside, rest)| Deed::Broken(inside, rest)),
        4 => (text(), 0_u64..=6, 1_usize..20)
            .prop_map(|(text, gap, part)| Deed::Raw { text, gap, part }),
        2 => (held, 2_usize..40, any::<bool>())
            .prop_map(|(key, times, told)| Deed::Held { key, times, told }),
        4 => prop::sample::select(TOKEN.chars().chain("\n\u{1b}jk".chars()).collect::<Vec<_>>())
            .prop_map(Deed::Slow),
        3 => Just(Deed::Drawn),
    ]
}

/// Where it begins.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the dialog of a promotion that may be sent, awake, with all but the last key.
    Promotion,
    /// On the strip that a `y` confirms, awake.
    Strip,
    /// With hot keys before a step that only looks, which `X` starts at once.
    Look,
    /// With hot keys before the promotion, no dialog open.
    Armed,
}

const PLACES: [Place; 4] = [Place::Promotion, Place::Strip, Place::Look, Place::Armed];

/// A desk whose keys come through the guard.
struct Seat {
    desk: Desk,
    guard: Guard,
    ms: u64,
    effects: Vec<Effect>,
}

impl Seat {
    fn at(place: Place) -> Self {
        let armed = |step| Desk::armed(Story::up_to(step));
        let desk = match place {
            Place::Promotion => Desk::confirming(),
            Place::Look => armed("look"),
            Place::Armed => Desk::armed(Story::up_to("promote").approved("promote")),
            Place::Strip => {
                let mut desk = armed("scale");
                desk.keys("X");
                desk.ready();
                desk
            }
        };
        Self { desk, guard: Guard::default(), ms: 100_000, effects: Vec::new() }
    }

    fn pass(&mut self, ms: u64) {
        self.ms += ms;
        self.desk.now = self.desk.now + Span::millis(i64::try_from(ms).unwrap());
    }

    fn admit(&mut self, batch: Vec<Timed>) {
        let text = self.desk.model.takes_text();
        for msg in self.guard.admit(batch, text, self.desk.now) {
            let effects = self.desk.send(msg);
            self.effects.extend(effects);
        }
    }

    fn key(c: char, kind: KeyEventKind, ms: u64) -> Timed {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        let event = KeyEvent::new_with_kind(code, KeyModifiers::NONE, kind);
        Timed { event: Terminal::Key(event), ms }
    }

    /// Keys of a paste: what is read together is admitted together, and a key that decides
    /// is never admitted before what came with it (see `console::keys`).
    fn raw(&mut self, text: &str, gap: u64, part: usize) {
        let mut batch = Vec::new();
        for c in text.replace("\r\n", "\n").chars() {
            batch.push(Self::key(c, KeyEventKind::Press, self.ms));
            if batch.len() >= part && !"\nyXR".contains(c) {
                self.admit(std::mem::take(&mut batch));
            }
            self.pass(gap);
        }
        self.admit(batch);
    }

    fn deed(&mut self, deed: &Deed) {
        match deed {
            Deed::Bracketed(text) => {
                self.admit(vec![Timed {
                    event: Terminal::Paste(text.clone()),
                    ms: self.ms,
                }]);
            }
            Deed::Broken(inside, rest) => {
                let mut batch =
                    vec![Timed { event: Terminal::Paste(inside.clone()), ms: self.ms }];
                for c in rest.chars() {
                    batch.push(Self::key(c, KeyEventKind::Press, self.ms));
                }
                self.admit(batch);
            }
            Deed::Raw { text, gap, part } => self.raw(text, *gap, *part),
            Deed::Held { key, times, told } => self.held(*key, *times, *told),
            Deed::Slow(c) => self.slow(*c),
            Deed::Drawn => self.drawn(),
        }
        self.pass(150);
    }

    /// It was pressed before this began: only what follows is repetition.
    fn held(&mut self, key: char, times: usize, told: bool) {
        for time in 0..times {
            let kind = if told { KeyEventKind::Repeat } else { KeyEventKind::Press };
            let one = vec![Self::key(key, kind, self.ms)];
            if told || time > 0 {
                self.admit(one);
            } else {
                drop(self.guard.admit(one, false, self.desk.now));
            }
            self.pass(33);
        }
    }

    /// A person never types the last key, and never ends a line that is complete: neither
    /// the words of a dialog nor a command of the palette.
    fn slow(&mut self, c: char) {
        let complete = match &self.desk.model.overlay {
            Some(Overlay::Confirm(confirm)) => confirm.typed == confirm.token,
            Some(Overlay::Palette { .. }) => true,
            _ => false,
        };
        let last = TOKEN.ends_with(c);
        if !(last || c == '\n' && complete) {
            self.admit(vec![Self::key(c, KeyEventKind::Press, self.ms)]);
        }
    }

    fn drawn(&mut self) {
        if let Some(Overlay::Confirm(confirm)) = &self.desk.model.overlay {
            let step = confirm.step.clone();
            let told = Msg::Previewed { step, preview: Ok(Preview::default()) };
            self.effects.extend(self.desk.send(told));
            self.desk.drawn(1);
        }
        self.effects.extend(self.desk.wait(Span::secs(1)));
        self.ms += 1_000;
    }

    /// Everything that was asked for, the abort window of a T4 step included.
    fn dispatched(mut self) -> usize {
        self.effects.extend(self.desk.wait(Span::secs(10)));
        dispatches(&self.effects)
    }
}

/// The harness lets a person through: else it would prove nothing.
#[test]
fn a_person_at_a_persons_pace_confirms() {
    for (place, keys) in
        [(Place::Promotion, "LIVE us-west-2\n"), (Place::Strip, "y"), (Place::Look, "X")]
    {
        let mut seat = Seat::at(place);
        for c in keys.chars() {
            seat.admit(vec![Seat::key(c, KeyEventKind::Press, seat.ms)]);
            seat.pass(80);
        }
        assert_eq!(seat.dispatched(), 1, "{place:?}");
    }
}

/// The shortest ways in, one by one.
#[test]
fn no_short_paste_confirms() {
    for (place, text) in [
        (Place::Promotion, "LIVE us-west-2\n"),
        (Place::Strip, "y\n"),
        (Place::Strip, "yes"),
        (Place::Strip, "ny"),
        (Place::Look, "X\n"),
        (Place::Look, "jX"),
        (Place::Look, "Xj"),
    ] {
        for gap in 0..15 {
            let mut seat = Seat::at(place);
            seat.raw(text, gap, 64);
            assert_eq!(seat.dispatched(), 0, "{text:?} every {gap} ms in {place:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn paste_repeat_and_burst_never_confirm(
        place in 0..PLACES.len(),
        begun in 0..TOKEN.len(),
        deeds in prop::collection::vec(deed(), 1..12),
    ) {
        let mut seat = Seat::at(PLACES[place]);
        if matches!(PLACES[place], Place::Promotion) {
            for c in TOKEN.chars().take(begun) {
                seat.slow(c);
                seat.pass(90);
            }
        }
        for deed in &deeds {
            seat.deed(deed);
        }
        let all = seat.dispatched();
        prop_assert_eq!(all, 0, "{:?}: {:?}", PLACES[place], deeds);
    }
}
