//! The drill world as a value somebody can hold: the one owner of the simulated state, and
//! its file, so that even a killed process leaves its effects behind.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{
    facilitator::ByHand,
    ledger::Effect,
    scenario::{Happening, Scenario},
    state::State,
};
use crate::{
    clock::Clock,
    driver::{Driver, Errands},
    model::{Moment, Procedure, SiteId, Text},
    probe::Eyes,
};

/// The layout of the file; a file of another number is not read.
const FORMAT: u32 = 1;

/// A simulated estate. It answers as drivers, errands and eyes do, and there is no way to
/// make it hold a real one: it is built from values only.
#[derive(Debug)]
pub struct World {
    pub(super) clock: Clock,
    #[expect(
        clippy::disallowed_types,
        reason = "calls come from many tasks at once, as they would at a cloud; the lock is \
                  held for one synchronous step in `with` and never over an await"
    )]
    state: std::sync::Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    state: State,
    path: Option<PathBuf>,
    /// Why the newest save failed, if it did.
    unsaved: Option<Text>,
}

/// Why a world could not be read back or saved.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("the drill world in {path} cannot be {what}: {source}")]
    File { path: String, what: &'static str, source: io::Error },
    #[error("the drill world in {path} is damaged: {source}")]
    Damaged { path: String, source: serde_json::Error },
    #[error("the drill world in {path} has format {found}; this program reads {FORMAT}")]
    Format { path: String, found: u32 },
}

impl World {
    /// The estate of `procedure` in normal operation at `clock`'s now, and `scenario`
    /// about to happen to it.
    pub fn new(
        procedure: &Procedure,
        scenario: &Scenario,
        seed: u64,
        clock: Clock,
    ) -> Arc<Self> {
        let state = State::new(procedure, None, scenario, (seed, clock.now()));
        Self::holding(state, None, clock)
    }

    /// As [`World::new`], after `past` was run to its end a day ago: what a failback
    /// starts from (see [`past::before`](super::past::before)).
    pub fn after(
        past: &Procedure,
        procedure: &Procedure,
        scenario: &Scenario,
        seed: u64,
        clock: Clock,
    ) -> Arc<Self> {
        let state = State::new(procedure, Some(past), scenario, (seed, clock.now()));
        Self::holding(state, None, clock)
    }

    #[expect(clippy::disallowed_types, reason = "argued at the field")]
    fn holding(state: State, path: Option<PathBuf>, clock: Clock) -> Arc<Self> {
        let state = std::sync::Mutex::new(Kept { state, path, unsaved: None });
        Arc::new(Self { clock, state })
    }

    /// From now on every change is in the file at `path` before anybody hears of it. It
    /// survives the death of the process, not the loss of power.
    ///
    /// # Errors
    /// [`WorldError::File`] when it cannot be written.
    pub fn persist_to(&self, path: &Path) -> Result<(), WorldError> {
        self.locked(|kept| {
            save(path, &kept.state)?;
            kept.path = Some(path.to_owned());
            Ok(())
        })
    }

    /// The moment of the newest change saved in `path`: a resumed drill's clock must not
    /// start before it.
    ///
    /// # Errors
    /// [`WorldError`] when there is no world to read.
    pub fn saved_at(path: &Path) -> Result<Moment, WorldError> {
        load(path).map(|state| state.now)
    }

    /// The world as it was saved, with every effect that ever happened in it; goes on
    /// saving there.
    ///
    /// # Errors
    /// [`WorldError`] when there is no world to read.
    pub fn resume(path: &Path, clock: Clock) -> Result<Arc<Self>, WorldError> {
        let state = load(path)?;
        Ok(Self::holding(state, Some(path.to_owned()), clock))
    }

    /// The hands for every kind of technology.
    pub fn driver(self: &Arc<Self>) -> Arc<dyn Driver> {
        Arc::clone(self) as Arc<dyn Driver>
    }

    pub fn errands(self: &Arc<Self>) -> Arc<dyn Errands> {
        Arc::clone(self) as Arc<dyn Errands>
    }

    pub fn eyes(self: &Arc<Self>) -> Arc<dyn Eyes> {
        Arc::clone(self) as Arc<dyn Eyes>
    }

    /// What was really done so far, in order.
    pub fn ledger(&self) -> Vec<Effect> {
        self.with(|state| state.ledger.clone())
    }

    /// What this world's chances are drawn from.
    pub fn seed(&self) -> u64 {
        self.with(|state| state.seed)
    }

    /// Whether everything there is gone now.
    pub fn is_lost(&self, site: &SiteId) -> bool {
        self.with(|state| state.scene().lost(site).is_some())
    }

    /// When the drill began.
    pub fn started(&self) -> Moment {
        self.with(|state| state.started)
    }

    /// Lets something happen now, as a facilitator would.
    pub fn inject(&self, what: &Happening) {
        self.with(|state| state.happen(what));
        self.locked(Kept::save);
    }

    /// Takes over what a person did with their own hands; once is enough.
    pub fn by_hand(&self, done: &ByHand) {
        self.with(|state| state.by_hand(done));
    }

    /// Why the newest change is not in the file, if it is not.
    pub fn unsaved(&self) -> Option<Text> {
        self.locked(|kept| kept.unsaved.clone())
    }

    /// One step with the world as it is now.
    pub(super) fn with<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        let now = self.clock.now();
        self.locked(|kept| {
            let effects = kept.state.ledger.len();
            let moved = kept.state.advance(now);
            let answer = step(&mut kept.state);
            if moved || kept.state.ledger.len() != effects {
                kept.save();
            }
            answer
        })
    }

    fn locked<T>(&self, step: impl FnOnce(&mut Kept) -> T) -> T {
        // A panic elsewhere cannot leave half a step behind that matters more than going on.
        step(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn save(&mut self) {
        let Some(path) = &self.path else { return };
        self.unsaved =
            save(path, &self.state).err().map(|error| Text::clean(error.to_string()));
        if let Some(why) = &self.unsaved {
            tracing::warn!(%why, "drill world not saved");
        }
    }
}

#[derive(Deserialize)]
struct Saved {
    format: u32,
    state: serde_json::Value,
}

#[derive(Serialize)]
struct Saving<'a> {
    format: u32,
    state: &'a State,
}

/// Whole or not at all: a kill in between leaves the file before.
fn save(path: &Path, state: &State) -> Result<(), WorldError> {
    let wrong = |source| WorldError::File {
        path: path.display().to_string(),
        what: "written",
        source,
    };
    let bytes = serde_json::to_vec(&Saving { format: FORMAT, state })
        .map_err(io::Error::other)
        .map_err(wrong)?;
    let fresh = path.with_extension("new");
    // It tells the plan's estate: for its owner only, as the journal beside it.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(&bytes))
        .map_err(wrong)?;
    fs::rename(&fresh, path).map_err(wrong)
}

fn load(path: &Path) -> Result<State, WorldError> {
    let name = || path.display().to_string();
    let bytes = fs::read(path).map_err(|source| WorldError::File {
        path: name(),
        what: "read",
        source,
    })?;
    let damaged = |source| WorldError::Damaged { path: name(), source };
    let saved: Saved = serde_json::from_slice(&bytes).map_err(damaged)?;
    if saved.format != FORMAT {
        return Err(WorldError::Format { path: name(), found: saved.format });
    }
    serde_json::from_value(saved.state).map_err(damaged)
}
