//! One binary for everything that needs the whole crate: linking it is the slow part.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names the one answer it wants; every other fails it"
)]

#[cfg(test)]
mod console_accidents;
mod console_ahead;
#[cfg(test)]
mod console_bytes;
#[cfg(test)]
mod console_colleagues;
#[cfg(test)]
mod console_keys;
#[cfg(test)]
mod console_lanes;
#[cfg(test)]
mod console_lead;
#[cfg(test)]
mod console_pace;
#[cfg(test)]
mod console_paste;
#[cfg(test)]
mod console_plain;
#[cfg(test)]
mod console_random;
#[cfg(test)]
mod console_talk;
#[cfg(test)]
mod console_terms;
#[cfg(test)]
mod console_update;
#[cfg(test)]
mod console_values;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod drivers;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod live;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod patience;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod promised;
#[cfg(test)]
mod pty;
#[cfg(test)]
mod record;
#[cfg(test)]
mod reliability;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod room;
#[cfg(test)]
mod runbooks;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod view;
#[cfg(test)]
mod world;
#[cfg(test)]
mod worlds;
