//! What a piece of the screen can mean. A theme dresses roles; it can add and remove none.

use std::fmt;

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
