//! Roles and the themes that dress them. The only place that makes a colour.
//!
//! A theme says how a role looks, never what is said: words and glyphs are the same in
//! every theme, so that nothing is told by colour alone.

use std::{collections::BTreeMap, fmt};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a piece of the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Role {
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "dim")]
    Dim,
    #[serde(rename = "frame")]
    Frame,
    #[serde(rename = "frame.focus")]
    FrameFocus,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "key")]
    Key,
    #[serde(rename = "select")]
    Select,
    #[serde(rename = "input")]
    Input,
    #[serde(rename = "state.ok")]
    Ok,
    #[serde(rename = "state.warn")]
    Warn,
    #[serde(rename = "state.crit")]
    Crit,
    #[serde(rename = "state.unknown")]
    Unknown,
    #[serde(rename = "state.expected")]
    Expected,
    #[serde(rename = "state.stale")]
    Stale,
    #[serde(rename = "state.running")]
    Running,
    #[serde(rename = "state.doubt")]
    Doubt,
    #[serde(rename = "state.sealed")]
    Sealed,
    #[serde(rename = "mode.live")]
    Live,
    #[serde(rename = "mode.drill")]
    Drill,
    #[serde(rename = "mode.readonly")]
    ReadOnly,
    #[serde(rename = "mode.armed")]
    Armed,
    #[serde(rename = "clock.normal")]
    Clock,
    #[serde(rename = "clock.low")]
    ClockLow,
    #[serde(rename = "clock.over")]
    ClockOver,
}

impl Role {
    pub const ALL: [Self; 24] = [
        Self::Text,
        Self::Dim,
        Self::Frame,
        Self::FrameFocus,
        Self::Title,
        Self::Key,
        Self::Select,
        Self::Input,
        Self::Ok,
        Self::Warn,
        Self::Crit,
        Self::Unknown,
        Self::Expected,
        Self::Stale,
        Self::Running,
        Self::Doubt,
        Self::Sealed,
        Self::Live,
        Self::Drill,
        Self::ReadOnly,
        Self::Armed,
        Self::Clock,
        Self::ClockLow,
        Self::ClockOver,
    ];

    /// The key of a theme file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Frame => "frame",
            Self::FrameFocus => "frame.focus",
            Self::Title => "title",
            Self::Key => "key",
            Self::Select => "select",
            Self::Input => "input",
            Self::Ok => "state.ok",
            Self::Warn => "state.warn",
            Self::Crit => "state.crit",
            Self::Unknown => "state.unknown",
            Self::Expected => "state.expected",
            Self::Stale => "state.stale",
            Self::Running => "state.running",
            Self::Doubt => "state.doubt",
            Self::Sealed => "state.sealed",
            Self::Live => "mode.live",
            Self::Drill => "mode.drill",
            Self::ReadOnly => "mode.readonly",
            Self::Armed => "mode.armed",
            Self::Clock => "clock.normal",
            Self::ClockLow => "clock.low",
            Self::ClockOver => "clock.over",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The themes that come with the program; the first is the default.
pub const THEMES: &[(&str, &str)] = &[
    ("ansi", include_str!("../../themes/ansi.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("cvd-dark", include_str!("../../themes/cvd-dark.toml")),
    ("cvd-light", include_str!("../../themes/cvd-light.toml")),
    ("light", include_str!("../../themes/light.toml")),
];

/// Why a theme file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("the theme is not valid: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("`{0}` is not a colour: write a name such as bright-red, or #rrggbb")]
    Colour(String),
    #[error("there is no theme `{0}`")]
    NoSuchTheme(String),
}

/// How every role looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    roles: BTreeMap<Role, RawStyle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStyle {
    fg: Option<String>,
    bg: Option<String>,
    /// `bold`, `dim`, `reverse`, `underline`.
    #[serde(default)]
    with: Vec<RawModifier>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawModifier {
    Bold,
    Dim,
    Reverse,
    Underline,
}

impl Theme {
    /// A theme of [`THEMES`].
    ///
    /// # Errors
    /// [`ThemeError::NoSuchTheme`].
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let found = THEMES.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ThemeError::NoSuchTheme(name.to_owned()))?;
        Self::parse(text)
    }

    /// Reads a theme file. A role it does not name looks like `text`; a key nobody knows
    /// is an error.
    ///
    /// # Errors
    /// [`ThemeError`] with the line, or the word that is no colour.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let raw: Raw = toml::from_str(text)?;
        let styles = raw
            .roles
            .into_iter()
            .map(|(role, raw)| Ok((role, style(&raw)?)))
            .collect::<Result<_, ThemeError>>()?;
        Ok(Self { styles })
    }

    /// Without any colour or attribute: the last resort, and always there.
    pub const fn plain() -> Self {
        Self { styles: BTreeMap::new() }
    }

    /// How `role` looks.
    pub fn style(&self, role: Role) -> Style {
        let text = self.styles.get(&Role::Text).copied().unwrap_or_default();
        self.styles.get(&role).map_or(text, |style| text.patch(*style))
    }
}

fn style(raw: &RawStyle) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    if let Some(fg) = &raw.fg {
        style = style.fg(colour(fg)?);
    }
    if let Some(bg) = &raw.bg {
        style = style.bg(colour(bg)?);
    }
    let modifiers = raw.with.iter().map(|modifier| match modifier {
        RawModifier::Bold => Modifier::BOLD,
        RawModifier::Dim => Modifier::DIM,
        RawModifier::Reverse => Modifier::REVERSED,
        RawModifier::Underline => Modifier::UNDERLINED,
    });
    Ok(modifiers.fold(style, Style::add_modifier))
}

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
fn colour(word: &str) -> Result<Color, ThemeError> {
    if let Some((_, colour)) = NAMES.iter().find(|(name, _)| *name == word) {
        return Ok(*colour);
    }
    let bad = || ThemeError::Colour(word.to_owned());
    let digits = word.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, red, green, blue] = number.ok_or_else(bad)?.to_be_bytes();
    Ok(Color::Rgb(red, green, blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after WCAG 2.
    fn luminance(colour: Color) -> Option<f64> {
        let Color::Rgb(r, g, b) = colour else { return None };
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.03928 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        Some(0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b))
    }

    fn contrast(style: Style) -> Option<f64> {
        let (fg, bg) = (luminance(style.fg?)?, luminance(style.bg?)?);
        Some((fg.max(bg) + 0.05) / (fg.min(bg) + 0.05))
    }

    #[test]
    fn every_theme_dresses_every_role() {
        for (name, _) in THEMES {
            let theme = Theme::named(name).unwrap();
            for role in Role::ALL {
                assert!(theme.styles.contains_key(&role), "{name} lacks {role}");
            }
        }
    }

    #[test]
    fn what_carries_meaning_can_be_read() {
        for (name, least) in [
            ("high-contrast", 7.0),
            ("cvd-dark", 4.5),
            ("cvd-light", 4.5),
            ("light", 4.5),
        ] {
            let theme = Theme::named(name).unwrap();
            for role in Role::ALL {
                let seen = contrast(theme.style(role));
                // A frame is not read: three to one is enough to see it.
                let least = if role == Role::Frame { 3.0 } else { least };
                let seen = seen.unwrap_or_else(|| panic!("{name}: {role} is not RGB"));
                assert!(seen >= least, "{name}: {role} has {seen:.1}");
            }
        }
    }

    #[test]
    fn alarm_states_differ_from_text_in_every_theme() {
        for (name, _) in THEMES {
            let theme = Theme::named(name).unwrap();
            for role in [Role::Warn, Role::Crit, Role::Unknown, Role::Doubt, Role::Armed]
            {
                assert_ne!(theme.style(role), theme.style(Role::Text), "{name} {role}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let theme = Theme::named("mono").unwrap();
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role}");
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
        assert!(Theme::named("nosuch").is_err());
    }

    #[test]
    fn the_word_of_a_role_reads_back() {
        for role in Role::ALL {
            let text = format!("[roles]\n\"{role}\" = {{ with = [\"bold\"] }}");
            assert_eq!(Theme::parse(&text).unwrap().styles.keys().next(), Some(&role));
        }
    }
}
