//! When what a plan practises is due: counted from the day it was held last, as the plan
//! says or as journals know. Pure; journals are read by whoever asks.

use jiff::civil::Date;

use super::{
    Plan,
    language::{Items, Said, words::Practice},
};
use crate::model::{RunbookId, Text};

/// A drill of the plan that is due again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    pub name: Text,
    /// What is played.
    pub runbook: Option<RunbookId>,
    /// Whether only a live run counts: a simulated one touches nothing users use.
    pub live: bool,
    /// The day it was last held, as the plan has it.
    last: Option<Date>,
    row: usize,
}

impl Plan {
    /// Drills with a length of time between them, in the plan's order.
    pub fn exercises(&self) -> Vec<Exercise> {
        let rows = self.file.drill.items().iter().enumerate();
        let due =
            rows.filter(|(_, row)| row.every.get().is_some_and(|it| it.length.is_some()));
        due.filter_map(|(at, row)| {
            let id = row.id.get()?;
            Some(Exercise {
                name: row.name.get().cloned().unwrap_or_else(|| Text::clean(id)),
                runbook: row.runbook.get().map(|id| id.as_str().into()),
                live: row.mode.get() == Some(&Practice::Live),
                last: row.last.get().and_then(|day| day.as_str().parse().ok()),
                row: at,
            })
        })
        .collect()
    }

    /// The day it was held last, `held` being the newest a journal knows, and the day it is
    /// due; none of both when it was never held.
    pub fn due(&self, exercise: &Exercise, held: Option<Date>) -> Option<(Date, Date)> {
        let last = exercise.last.max(held)?;
        let row = self.file.drill.items().get(exercise.row)?;
        Some((last, row.every.get()?.after(last)?))
    }
}
