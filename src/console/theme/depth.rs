//! How many colours there are to draw with: what the terminal can, and what people asked
//! for. Pure: the environment is passed in.

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// The ladder, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    True,
    Indexed,
    Sixteen,
    Mono,
}

impl Depth {
    /// What is drawn with on a terminal described by `env` (set and not empty, else none).
    ///
    /// Somebody's flag beats `NO_COLOR`, which beats `FORCE_COLOR` and `CLICOLOR_FORCE`,
    /// which beat `CLICOLOR=0`, which beats what the terminal says of itself.
    pub fn of<'a>(when: When, env: impl Fn(&str) -> Option<&'a str>) -> Self {
        let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
            .iter()
            .any(|name| env(name).is_some_and(|value| value != "0"));
        let wanted = match when {
            When::Never => Some(false),
            When::Always => Some(true),
            When::Auto if env("NO_COLOR").is_some() => Some(false),
            When::Auto if forced => Some(true),
            When::Auto if env("CLICOLOR") == Some("0") => Some(false),
            When::Auto => None,
        };
        match wanted {
            Some(false) => Self::Mono,
            Some(true) => Self::told(&env).min(Self::Sixteen),
            None => Self::told(&env),
        }
    }

    /// What the terminal says of itself; one that says nothing is taken to have none.
    fn told<'a>(env: &impl Fn(&str) -> Option<&'a str>) -> Self {
        const SIXTEEN: &[&str] = &[
            "xterm",
            "screen",
            "tmux",
            "linux",
            "rxvt",
            "ansi",
            "cygwin",
            "konsole",
            "putty",
            "st",
            "foot",
            "alacritty",
            "kitty",
            "wezterm",
            "vte",
            "color",
        ];
        let term = env("TERM").unwrap_or_default();
        if term.is_empty() || term == "dumb" {
            return Self::Mono;
        }
        let says = env("COLORTERM").unwrap_or_default();
        if matches!(says, "truecolor" | "24bit") || term.contains("direct") {
            return Self::True;
        }
        if term.contains("256") {
            return Self::Indexed;
        }
        if !says.is_empty() || SIXTEEN.iter().any(|known| term.contains(known)) {
            Self::Sixteen
        } else {
            Self::Mono
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(when: When, env: &str, wanted: Depth) {
        let get = |name: &str| {
            let mut pairs =
                env.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        assert_eq!(Depth::of(when, get), wanted, "{when:?} {env}");
    }

    #[test]
    fn a_terminal_gets_what_it_says_it_can() {
        for (env, wanted) in [
            ("TERM=xterm-256color COLORTERM=truecolor", Depth::True),
            ("TERM=xterm-kitty COLORTERM=24bit", Depth::True),
            ("TERM=xterm-direct", Depth::True),
            ("TERM=xterm-256color", Depth::Indexed),
            ("TERM=tmux-256color COLORTERM=yes", Depth::Indexed),
            ("TERM=linux", Depth::Sixteen),
            ("TERM=xterm", Depth::Sixteen),
            ("TERM=weird COLORTERM=yes", Depth::Sixteen),
            ("TERM=vt220", Depth::Mono),
            ("TERM=dumb COLORTERM=truecolor", Depth::Mono),
            ("", Depth::Mono),
        ] {
            check(When::Auto, env, wanted);
        }
    }

    #[test]
    fn a_flag_beats_no_color_beats_force_beats_clicolor_beats_the_terminal() {
        const ALL: &str =
            "TERM=xterm-256color NO_COLOR=1 FORCE_COLOR=1 CLICOLOR_FORCE=1 CLICOLOR=0";
        check(When::Always, ALL, Depth::Indexed);
        check(When::Never, "TERM=xterm-256color FORCE_COLOR=1", Depth::Mono);
        check(When::Auto, ALL, Depth::Mono);
        for force in ["FORCE_COLOR=1", "CLICOLOR_FORCE=1"] {
            let env = format!("TERM=xterm-256color CLICOLOR=0 {force}");
            check(When::Auto, &env, Depth::Indexed);
            check(When::Auto, &format!("TERM=vt220 {force}"), Depth::Sixteen);
        }
        check(When::Auto, "TERM=xterm-256color CLICOLOR=0", Depth::Mono);
        check(When::Auto, "TERM=xterm-256color CLICOLOR_FORCE=0", Depth::Indexed);
        check(When::Always, "TERM=dumb", Depth::Sixteen);
    }
}
