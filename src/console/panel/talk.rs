//! What people owe each other: open tasks with their time, and the poll that waits for
//! answers or was closed last.

use crate::{
    console::{
        command::key_of,
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Row, columns, wrap},
    },
    engine::{Poll, Task},
};

/// Open tasks, the first due first; what is over says so in a word.
pub fn tasks(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let talk = &sight.incident.talk;
    let open = talk.open_tasks();
    let done = talk.tasks.len() - open.len();
    let head = Row::of(Role::Title, "TASKS");
    let head = match (open.len(), done) {
        (0, 0) => head.with(Role::Dim, format!("  none: {} gives one", key_of("task"))),
        (_, 0) => head,
        (_, done) => head.with(Role::Dim, format!("  {done} done")),
    };
    let mut rows = vec![head];
    for task in open {
        rows.extend(row(sight, task, width));
    }
    rows
}

fn row(sight: &Sight<'_>, task: &Task, width: usize) -> Vec<Row> {
    let time = countdown(sight, task);
    let wide = time.width();
    let cells = vec![
        Cell::right(Row::dim(task.number.to_string()), 2),
        Cell::rest(Row::text(format!("@{}", task.to))),
        Cell::right(time, wide),
    ];
    let mut rows = vec![columns(cells, width, sight.ascii())];
    let words = wrap(task.text.as_str(), width.saturating_sub(3)).into_iter();
    rows.extend(words.map(|line| Row::text(format!("   {line}"))));
    rows
}

/// `due 1:10`, then `OVER 0:35`.
fn countdown(sight: &Sight<'_>, task: &Task) -> Row {
    let left = task.due - sight.now();
    if left.is_negative() {
        Row::of(Role::ClockOver, format!("OVER {}", left.clock()))
    } else {
        Row::text(format!("due {}", left.clock()))
    }
}

/// The newest poll: who was asked what, who objects, what came of it.
pub fn poll(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let Some(poll) = sight.incident.talk.polls.last() else { return Vec::new() };
    let since = (sight.now() - poll.at).clock();
    let state = match &poll.outcome {
        None => Row::of(Role::Warn, format!("open {since} ({})", key_of("poll"))),
        Some((at, _)) => Row::dim(format!("closed {}", at.time_of_day())),
    };
    let head = Row::of(Role::Title, "POLL").with(Role::Text, "  strong objections?");
    let mut rows = vec![head.against(state, width, sight.ascii())];
    let mut say = |role: Role, words: &str| {
        let lines = wrap(words, width.saturating_sub(1)).into_iter();
        rows.extend(lines.map(|line| Row::of(role, format!(" {line}"))));
    };
    say(Role::Text, poll.proposal.as_str());
    for (who, why) in poll.objections() {
        say(Role::Warn, &format!("{who} objects: {why}"));
    }
    match &poll.outcome {
        Some((_, words)) => say(Role::Title, words.as_str()),
        None => say(Role::Dim, &quiet(poll)),
    }
    rows
}

/// Who has no objection, by name: who is silent can be asked.
fn quiet(poll: &Poll) -> String {
    let names: Vec<&str> = poll
        .answers
        .iter()
        .filter(|(_, objection)| objection.is_none())
        .map(|(who, _)| who.as_str())
        .collect();
    if names.is_empty() {
        "nobody has answered yet".to_owned()
    } else {
        format!("no objection: {}", names.join(", "))
    }
}

/// What the header says of both, where there is no room for the pane.
pub fn urgent(sight: &Sight<'_>) -> Row {
    let talk = &sight.incident.talk;
    let now = sight.now();
    let over = talk.open_tasks().iter().filter(|task| task.due < now).count();
    let mut row = Row::new();
    if talk.open_poll().is_some() {
        row = row.with(Role::Warn, format!("POLL OPEN ({})", key_of("poll")));
    }
    if over > 0 {
        let gap = if row.is_empty() { "" } else { "  " };
        let words = if over == 1 {
            "1 TASK OVER".to_owned()
        } else {
            format!("{over} TASKS OVER")
        };
        row = row.with(Role::Text, gap).with(Role::ClockOver, words);
    }
    row
}
