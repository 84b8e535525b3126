//! Text from outside. Anything that came from a cloud, a log, a person or a file becomes
//! a [`Text`] once, at the door; from then on no byte of it can drive a terminal.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text without control, bidirectional-override or zero-width characters.
///
/// Each such character was replaced by `U+FFFD`, never dropped: what was hidden stays
/// visible as a fault. Line breaks and tabs become a space.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Cleans `raw`.
    pub fn clean(raw: impl AsRef<str>) -> Self {
        let raw = raw.as_ref();
        // Nearly everything is; nothing of it can be unsafe.
        if raw.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self(raw.into());
        }
        Self(raw.chars().map(visible).collect::<String>().into())
    }

    /// Cleans `raw` and keeps at most `limit` characters, with an ellipsis when cut.
    pub fn capped(raw: &str, limit: usize) -> Self {
        if raw.chars().count() <= limit {
            return Self::clean(raw);
        }
        let kept: String = raw.chars().take(limit.saturating_sub(1)).collect();
        Self::clean(kept + "\u{2026}")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a terminal, a mail reader or a shell could take `c` for anything but a glyph.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

fn visible(c: char) -> char {
    match c {
        '\n' | '\t' => ' ',
        c if is_unsafe(c) => '\u{FFFD}',
        c => c,
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::clean(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::clean(raw)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// A journal is outside too: what is read back is cleaned again.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::clean)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_overrides_and_hidden_characters_become_visible() {
        let text = Text::clean("a\u{1b}[2Jb\u{202e}c\u{200b}d\u{9b}e\u{7}f\r\ng");
        assert_eq!(
            text.as_str(),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd} g"
        );
    }

    proptest! {
        #[test]
        fn nothing_unsafe_survives(raw in any::<String>()) {
            let text = Text::clean(&raw);
            prop_assert!(!text.as_str().chars().any(is_unsafe));
            prop_assert_eq!(text.as_str().chars().count(), raw.chars().count());
        }
    }
}
