//! Themes by numbers: what can be read, what can be told apart, by whom, on what.

use ratatui::style::{Color, Modifier, Style};

use super::{
    colour::{READABLE, contrast, linear, rgb},
    *,
};

const DEPTHS: [Depth; 3] = [Depth::True, Depth::Indexed, Depth::Sixteen];

/// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB: no red cones, no
/// green ones, no blue ones.
const DEFICIENCIES: [(&str, [[f64; 3]; 3]); 3] = [
    (
        "protan",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deutan",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritan",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// Least CIE76 difference of two states that nothing but colour tells apart.
const APART: f64 = 15.0;

/// Linear RGB as somebody sees it.
fn seen(colour: [u8; 3], by: &[[f64; 3]; 3]) -> [f64; 3] {
    let colour = colour.map(linear);
    by.map(|row| {
        let sum: f64 = row.iter().zip(colour).map(|(weight, part)| weight * part).sum();
        sum.clamp(0.0, 1.0)
    })
}

/// To CIE XYZ of sRGB, each row over its part of white D65.
const XYZ: [([f64; 3], f64); 3] = [
    ([0.412_456, 0.357_576, 0.180_438], 0.950_47),
    ([0.212_673, 0.715_152, 0.072_175], 1.0),
    ([0.019_334, 0.119_192, 0.950_304], 1.088_83),
];

/// CIE L*a*b* of linear sRGB, white D65.
fn lab(colour: [f64; 3]) -> [f64; 3] {
    let [x, y, z] = XYZ.map(|(row, white)| {
        let sum: f64 = row.iter().zip(colour).map(|(weight, part)| weight * part).sum();
        let part = sum / white;
        if part > 216.0 / 24_389.0 {
            part.cbrt()
        } else {
            (24_389.0 / 27.0 * part + 16.0) / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn difference(one: [u8; 3], other: [u8; 3], by: &[[f64; 3]; 3]) -> f64 {
    let (one, other) = (lab(seen(one, by)), lab(seen(other, by)));
    one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The colour a role is told by: its fill if it has one, else its letters.
fn carrier(theme: &Theme, role: Role) -> Option<[u8; 3]> {
    let style = theme.style(role);
    let colour = if is_filled(theme, role) { style.bg } else { style.fg };
    colour.and_then(rgb)
}

fn is_filled(theme: &Theme, role: Role) -> bool {
    theme.style(role).bg != theme.style(Role::Text).bg
}

/// Everything but the hue: fill, underline, reverse, bold, dim.
fn treatment(theme: &Theme, role: Role) -> (bool, Modifier) {
    (is_filled(theme, role), theme.style(role).add_modifier)
}

/// States a person must tell apart, with the glyph no theme can remove.
const STATES: [(Role, &str); 8] = [
    (Role::Ok, ""),
    (Role::Warn, "!"),
    (Role::Crit, "!!"),
    (Role::Unknown, "?"),
    (Role::Stale, "~"),
    (Role::Expected, "-"),
    (Role::Running, "[~]"),
    (Role::Doubt, "[?]"),
];

fn all() -> impl Iterator<Item = (&'static str, Theme)> {
    THEMES.iter().map(|(name, _)| (*name, Theme::named(name).unwrap()))
}

#[test]
fn the_figures_are_those_of_the_literature() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.01);
    assert!((contrast([119, 119, 119], [255, 255, 255]) - 4.48).abs() < 0.01);
    let [l, a, b] = lab([255, 0, 0].map(linear));
    assert!(
        (l - 53.24).abs() < 0.1 && (a - 80.09).abs() < 0.1 && (b - 67.20).abs() < 0.1
    );
    // Red and green of the same lightness look alike without one kind of cone.
    let (red, green) = ([200, 80, 60], [110, 130, 50]);
    let [(_, protan), (_, deutan), (_, tritan)] = &DEFICIENCIES;
    assert!(difference(red, green, deutan) < difference(red, green, tritan) / 2.0);
    assert!(difference(red, green, protan) < difference(red, green, tritan) / 2.0);
}

#[test]
fn every_theme_dresses_every_role() {
    assert_eq!(THEMES.len(), 8);
    for (name, theme) in all() {
        for role in Role::ALL {
            assert!(theme.styles.contains_key(&role), "{name} lacks {role}");
        }
    }
}

/// At every depth: 4.5 to 1 where the theme names both colours, 7 in high-contrast and
/// projector at full depth; 3 for frames, which are seen and not read.
#[test]
fn what_carries_meaning_can_be_read() {
    let mut compared = 0;
    for (name, whole) in all() {
        for depth in DEPTHS {
            let theme = whole.shown_in(depth);
            let strict =
                matches!(name, "high-contrast" | "projector") && depth != Depth::Sixteen;
            for role in Role::ALL {
                let Style { fg, bg, .. } = theme.style(role);
                // The terminal's own colours: nobody here knows them.
                let (Some(fg), Some(bg)) = (fg.and_then(rgb), bg.and_then(rgb)) else {
                    assert!(matches!(name, "ansi" | "mono"), "{name}: {role} is open");
                    continue;
                };
                let words = if strict { 7.0 } else { READABLE };
                let least = if role == Role::Frame { 3.0 } else { words };
                let is = contrast(fg, bg);
                assert!(is >= least, "{name} {depth:?}: {role} has {is:.1}");
                compared += 1;
            }
        }
    }
    assert!(compared > 6 * 3 * Role::ALL.len(), "{compared}");
}

/// For every theme, depth and pair of states: far enough apart for every eye, or another
/// glyph and another treatment.
#[test]
fn states_are_told_apart_by_every_eye() {
    for (name, whole) in all() {
        for depth in DEPTHS {
            let theme = whole.shown_in(depth);
            for (at, (one, glyph)) in STATES.iter().enumerate() {
                for (other, other_glyph) in STATES.iter().skip(at + 1) {
                    let drawn = glyph != other_glyph
                        && treatment(&theme, *one) != treatment(&theme, *other);
                    let colours = (carrier(&theme, *one), carrier(&theme, *other));
                    let worst = match colours {
                        (Some(one), Some(other)) => DEFICIENCIES
                            .iter()
                            .map(|(_, by)| difference(one, other, by))
                            .fold(f64::INFINITY, f64::min),
                        _ => 0.0,
                    };
                    assert!(
                        drawn || worst >= APART,
                        "{name} {depth:?}: {one} and {other} are {worst:.0} apart"
                    );
                }
            }
        }
    }
}

/// A filled WARN and a filled CRIT differ by their colour as well, in every theme made
/// for it.
#[test]
fn in_the_themes_for_it_colour_alone_tells_warn_from_crit() {
    for name in ["cvd-dark", "cvd-light", "high-contrast", "projector", "light"] {
        let theme = Theme::named(name).unwrap();
        let colours = (carrier(&theme, Role::Warn), carrier(&theme, Role::Crit));
        let (Some(warn), Some(crit)) = colours else { panic!("{name}") };
        for (eye, by) in &DEFICIENCIES {
            let is = difference(warn, crit, by);
            assert!(is >= APART, "{name}, {eye}: {is:.0}");
        }
    }
}

#[test]
fn alarm_states_differ_from_text_in_every_theme() {
    for (name, theme) in all() {
        for role in [Role::Warn, Role::Crit, Role::Unknown, Role::Doubt, Role::Armed] {
            assert_ne!(theme.style(role), theme.style(Role::Text), "{name} {role}");
        }
    }
}

#[test]
fn a_wall_has_nothing_faint() {
    let theme = Theme::named("projector").unwrap();
    for role in Role::ALL {
        let style = theme.style(role);
        assert!(!style.add_modifier.contains(Modifier::DIM), "{role}");
    }
}

#[test]
fn without_colour_there_is_none() {
    let plain = |theme: &Theme, how: &str| {
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{how} {role}");
        }
    };
    plain(&Theme::named("mono").unwrap(), "mono");
    for (name, theme) in all() {
        plain(&theme.shown_in(Depth::Mono), name);
    }
}

/// A rung of the ladder shows nothing a terminal of that rung does not have.
#[test]
fn no_rung_uses_more_than_it_has() {
    for (name, whole) in all() {
        for role in Role::ALL {
            assert_eq!(whole.shown_in(Depth::True).style(role), whole.style(role));
            for depth in [Depth::Indexed, Depth::Sixteen] {
                let style = whole.shown_in(depth).style(role);
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    let rich = matches!(colour, Color::Rgb(..))
                        || matches!(colour, Color::Indexed(_)) && depth == Depth::Sixteen;
                    assert!(!rich, "{name} {depth:?} {role}: {colour:?}");
                }
            }
        }
    }
}

#[test]
fn what_nobody_knows_is_refused() {
    for (text, says) in [
        ("[roles]\n\"state.great\" = {}", "state.great"),
        ("[roles]\ntext = { colour = \"red\" }", "colour"),
        ("[roles]\ntext = { fg = \"reddish\" }", "reddish"),
        ("[roles]\ntext = { fg = \"#12345\" }", "#12345"),
        ("[roles]\ntext = { with = [\"blink\"] }", "blink"),
        ("[role]\n", "role"),
    ] {
        let error = Theme::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = Theme::named("nosuch").unwrap_err().to_string();
    assert!(error.contains("projector"), "{error}");
}

#[test]
fn the_word_of_a_role_reads_back() {
    for role in Role::ALL {
        let text = format!("[roles]\n\"{role}\" = {{ with = [\"bold\"] }}");
        assert_eq!(Theme::parse(&text).unwrap().styles.keys().next(), Some(&role));
    }
}
