//! A row of facts of which the less important shorten first. What must be read in full is
//! never cut: it only ever changes to a shorter way of saying it.

use super::Row;
use crate::console::theme::Role;

/// One fact, from its longest way of saying it to its shortest.
#[derive(Clone, Debug)]
pub struct Field {
    forms: Vec<Row>,
    /// The lowest shortens first.
    rank: u8,
}

impl Field {
    pub fn new(rank: u8, form: Row) -> Self {
        Self { forms: vec![form], rank }
    }

    /// A shorter way of saying it.
    #[must_use]
    pub fn or(mut self, shorter: Row) -> Self {
        self.forms.push(shorter);
        self
    }

    /// Can be left out altogether.
    #[must_use]
    pub fn or_nothing(self) -> Self {
        self.or(Row::new())
    }
}

/// The longest forms that fit into `width` with at least two blanks between them, or
/// three where there is room.
pub fn fields(all: &[Field], width: usize, ascii: bool) -> Row {
    let chosen = choose(all, width, 2);
    let shown: Vec<&Row> = chosen.into_iter().filter(|row| !row.is_empty()).collect();
    let words: usize = shown.iter().map(|row| row.width()).sum();
    let gaps = shown.len().saturating_sub(1);
    let gap = if words + gaps * 3 <= width { 3 } else { 2 };
    let mut row = Row::new();
    for (at, part) in shown.into_iter().enumerate() {
        if at > 0 {
            row = row.with(Role::Text, " ".repeat(gap));
        }
        row = row.then(part.clone());
    }
    row.fit(width, ascii)
}

/// One form of each field, so that all of them fit with `gap` blanks between.
pub fn choose(all: &[Field], width: usize, gap: usize) -> Vec<&Row> {
    let mut at: Vec<usize> = vec![0; all.len()];
    loop {
        let shown: Vec<&Row> =
            all.iter().zip(&at).filter_map(|(field, at)| field.forms.get(*at)).collect();
        if taken(&shown, gap) <= width {
            return shown;
        }
        let weakest = all
            .iter()
            .enumerate()
            .filter(|(index, field)| {
                at.get(*index).is_some_and(|at| at + 1 < field.forms.len())
            })
            .min_by_key(|(_, field)| field.rank)
            .map(|(index, _)| index);
        match weakest.and_then(|index| at.get_mut(index)) {
            Some(form) => *form += 1,
            None => return shown,
        }
    }
}

fn taken(shown: &[&Row], gap: usize) -> usize {
    let full = shown.iter().filter(|row| !row.is_empty());
    let (count, words) =
        full.fold((0, 0), |(count, words), row| (count + 1, words + row.width()));
    words + usize::saturating_sub(count, 1) * gap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_rank_gives_way_first() {
        let all = [
            Field::new(9, Row::text("us-east-1 > us-west-2")).or(Row::text(">us-west-2")),
            Field::new(1, Row::text("INC-0417")).or_nothing(),
            Field::new(5, Row::text("ARMED 11:32")).or(Row::text("ARM 11:32")),
        ];
        for (width, shown) in [
            (46, "us-east-1 > us-west-2   INC-0417   ARMED 11:32"),
            (44, "us-east-1 > us-west-2  INC-0417  ARMED 11:32"),
            (43, "us-east-1 > us-west-2   ARMED 11:32        "),
            (32, "us-east-1 > us-west-2  ARM 11:32"),
            (21, ">us-west-2  ARM 11:32"),
        ] {
            assert_eq!(fields(&all, width, false).plain(), shown, "{width}");
        }
    }
}
