//! Roles and the themes that dress them. The only place that makes a colour.
//!
//! A theme says how a role looks, never what is said: words and glyphs are the same in
//! every theme, so that nothing is told by colour alone. What a terminal cannot show is
//! brought down a ladder: true colour, 256, 16, none ([`Depth`]).

mod colour;
mod depth;
mod role;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use colour::{alike, colour, shown};
pub use depth::{Depth, When};
pub use role::Role;

/// The themes that come with the program; the first is the default.
pub const THEMES: &[(&str, &str)] = &[
    ("ansi", include_str!("../../../themes/ansi.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("cvd-dark", include_str!("../../../themes/cvd-dark.toml")),
    ("cvd-light", include_str!("../../../themes/cvd-light.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("projector", include_str!("../../../themes/projector.toml")),
    ("classic", include_str!("../../../themes/classic.toml")),
];

/// Why a theme file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("the theme is not valid: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("`{0}` is not a colour: write a name such as bright-red, or #rrggbb")]
    Colour(String),
    #[error("there is no theme `{0}`; there are: {known}", known = names())]
    NoSuchTheme(String),
}

/// The names of the themes, as a list for people.
pub fn names() -> String {
    THEMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
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

    /// The same theme on a terminal of that depth. Where there is no colour at all, every
    /// theme is `mono`: fills that lost their colour would say nothing.
    #[must_use]
    pub fn shown_in(&self, depth: Depth) -> Self {
        if depth == Depth::Mono {
            return Self::named("mono").unwrap_or_else(|_| Self::plain());
        }
        let text = self.styles.get(&Role::Text).copied().unwrap_or_default();
        let plain = shown((text.fg, text.bg), depth);
        let fit = |(role, style): (&Role, &Style)| {
            // What a role leaves open it takes from `text`: fitted as a pair, or a colour
            // could end on its own background.
            let whole = text.patch(*style);
            let (fg, bg) = shown((whole.fg, whole.bg), depth);
            let lost = bg == plain.1 && alike(fg, plain.0) && !alike(whole.fg, text.fg);
            let faint = if lost { Modifier::DIM } else { Modifier::empty() };
            let add_modifier = style.add_modifier | faint;
            (*role, Style { fg, bg, add_modifier, ..*style })
        };
        Self { styles: self.styles.iter().map(fit).collect() }
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
