//! Colours by name and number, how far apart they are, and the nearest one a terminal has.

use ratatui::style::Color;

use super::{Depth, ThemeError};

/// The terminal's own sixteen, by the names people use for them.
const NAMES: &[(&str, Color)] = &[
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

#[expect(clippy::disallowed_methods, reason = "a theme is where colours are made")]
pub(super) fn colour(word: &str) -> Result<Color, ThemeError> {
    if let Some((_, colour)) = NAMES.iter().find(|(name, _)| *name == word) {
        return Ok(*colour);
    }
    let bad = || ThemeError::Colour(word.to_owned());
    let digits = word.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, red, green, blue] = number.ok_or_else(bad)?.to_be_bytes();
    Ok(Color::Rgb(red, green, blue))
}

/// Least contrast of what is read (WCAG 2, level AA).
pub(super) const READABLE: f64 = 4.5;

/// Foreground and background on a terminal of that depth. Both are looked at together:
/// two colours that end on the same one of sixteen would hide a word.
pub(super) fn shown(
    (fg, bg): (Option<Color>, Option<Color>),
    depth: Depth,
) -> (Option<Color>, Option<Color>) {
    let fit = |colour: Option<Color>| {
        colour.map(|colour| match (colour, depth) {
            (Color::Rgb(r, g, b), Depth::Indexed) => indexed([r, g, b]),
            (Color::Rgb(r, g, b), Depth::Sixteen) => named([r, g, b]),
            (colour, Depth::True | Depth::Indexed | Depth::Sixteen | Depth::Mono) => {
                colour
            }
        })
    };
    let (front, back) = (fit(fg), fit(bg));
    let (Some(over), Some(under)) = (front.and_then(rgb), back.and_then(rgb)) else {
        return (front, back);
    };
    if contrast(over, under) >= READABLE || (front, back) == (fg, bg) {
        return (front, back);
    }
    let ends = [Color::Black, Color::White];
    let clearest = ends.into_iter().max_by(|one, other| {
        let clear = |end: &Color| rgb(*end).map_or(0.0, |end| contrast(end, under));
        clear(one).total_cmp(&clear(other))
    });
    (clearest.or(front), back)
}

/// Whether two colours that differ in a theme came out as good as one: grey beside white
/// among sixteen.
pub(super) fn alike(one: Option<Color>, other: Option<Color>) -> bool {
    match (one.and_then(rgb), other.and_then(rgb)) {
        (Some(one), Some(other)) => contrast(one, other) < 1.5,
        _ => one == other,
    }
}

/// The levels of the 6x6x6 cube of the 256 colours (xterm's, and everybody's since).
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

#[expect(clippy::disallowed_methods, reason = "a theme is where colours are made")]
fn indexed(wanted: [u8; 3]) -> Color {
    let near = |channel: u8| {
        let steps = LEVELS.iter().enumerate();
        steps
            .min_by_key(|(_, level)| level.abs_diff(channel))
            .map_or((0, 0), |(at, level)| (u8::try_from(at).unwrap_or(0), *level))
    };
    let [(r, red), (g, green), (b, blue)] = wanted.map(near);
    let cube = (16 + 36 * r + 6 * g + b, [red, green, blue]);
    let [red, green, blue] = wanted.map(u16::from);
    let mean = (red + green + blue) / 3;
    let step = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let grey = (232 + step, [8 + 10 * step; 3]);
    let (index, _) =
        if apart(grey.1, wanted) < apart(cube.1, wanted) { grey } else { cube };
    Color::Indexed(index)
}

/// The nearest of the sixteen. What has a hue keeps it: an orange that became grey, or the
/// yellow next to it, would no longer say what it said.
fn named(wanted: [u8; 3]) -> Color {
    let vivid = |(hue, vividness): (i32, u8)| (vividness > VIVID).then_some(hue);
    let asked = vivid(hue(wanted));
    let known = XTERM.iter().min_by_key(|(_, rgb)| match (asked, vivid(hue(*rgb))) {
        (Some(asked), Some(has)) => {
            let turn = (asked - has).rem_euclid(360);
            let light = wanted.iter().max().copied().unwrap_or(0);
            let far = rgb.iter().max().copied().unwrap_or(0).abs_diff(light);
            (0, turn.min(360 - turn), u32::from(far))
        }
        (Some(_), None) | (None, Some(_)) => (1, 0, apart(*rgb, wanted)),
        (None, None) => (0, 0, apart(*rgb, wanted)),
    });
    known.map_or(Color::Reset, |(colour, _)| *colour)
}

/// From this saturation on, of 255, a colour has a hue.
const VIVID: u8 = 64;

/// Hue in degrees and saturation, 0 to 255 (HSV).
fn hue([r, g, b]: [u8; 3]) -> (i32, u8) {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let spread = i32::from(high - low);
    if spread == 0 {
        return (0, 0);
    }
    let part = |one: u8, other: u8| 60 * (i32::from(one) - i32::from(other)) / spread;
    let hue = if high == r {
        part(g, b)
    } else if high == g {
        120 + part(b, r)
    } else {
        240 + part(r, g)
    };
    let saturation = u8::try_from(spread * 255 / i32::from(high)).unwrap_or(u8::MAX);
    (hue.rem_euclid(360), saturation)
}

/// The sixteen as xterm draws them. Other terminals draw them as they please; what has to
/// be told apart is never told by them alone.
const XTERM: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// What a colour looks like; none for the terminal's own, which nobody knows.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is looked up in a table")]
pub(super) fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index @ 16..232) => {
            let index = usize::from(index - 16);
            let places = [index / 36, index / 6 % 6, index % 6];
            let level = |at: usize| LEVELS.get(at).copied().unwrap_or_default();
            Some(places.map(level))
        }
        Color::Indexed(index @ 232..) => Some([8 + 10 * (index - 232); 3]),
        _ => XTERM.iter().find(|(known, _)| *known == colour).map(|(_, rgb)| *rgb),
    }
}

/// A distance that is cheap and near enough to the eye's to choose by ("redmean").
fn apart(one: [u8; 3], other: [u8; 3]) -> u32 {
    let [r, g, b] = [0, 1, 2].map(|at| {
        let channel = |of: [u8; 3]| i64::from(of.get(at).copied().unwrap_or_default());
        (channel(one), channel(other))
    });
    let mean = i64::midpoint(r.0, r.1);
    let square = |(one, other): (i64, i64)| (one - other) * (one - other);
    let sum = (512 + mean) * square(r) + 1024 * square(g) + (767 - mean) * square(b);
    u32::try_from(sum / 256).unwrap_or(u32::MAX)
}

/// One channel without its gamma, 0 to 1 (sRGB, IEC 61966-2-1).
pub(super) fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Contrast after WCAG 2, 1 to 21.
pub(super) fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let [r, g, b] = colour.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hue_stays_a_hue_among_sixteen_and_a_grey_a_grey() {
        for (wanted, found) in [
            ([0xFF, 0x8A, 0x5C], Color::LightRed),
            ([0xF0, 0xE4, 0x42], Color::LightYellow),
            ([0x7C, 0xC7, 0xF2], Color::LightCyan),
            ([0xA3, 0x30, 0x00], Color::Red),
            ([0x63, 0xD4, 0x71], Color::Green),
            ([0x11, 0x11, 0x11], Color::Black),
            ([0x8C, 0x8C, 0x8C], Color::DarkGray),
            ([0xFF, 0xFF, 0xFF], Color::White),
            ([0xFA, 0xFA, 0xF7], Color::White),
        ] {
            assert_eq!(named(wanted), found, "{wanted:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_apart_any_more_can_still_be_read() {
        let greys = ["#787878", "#828282"].map(|word| colour(word).ok());
        let (fg, bg) = shown((greys[0], greys[1]), Depth::Sixteen);
        let (fg, bg) = (rgb(fg.unwrap()).unwrap(), rgb(bg.unwrap()).unwrap());
        assert!(contrast(fg, bg) >= READABLE);
    }
}
