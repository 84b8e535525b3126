//! Clocks that can be read from the back of the room: five rows high.

/// The digits and the colon, three (one) columns wide, in halves nobody can misread.
const GLYPHS: &[(char, [&str; 5])] = &[
    ('0', ["###", "# #", "# #", "# #", "###"]),
    ('1', [" # ", "## ", " # ", " # ", "###"]),
    ('2', ["###", "  #", "###", "#  ", "###"]),
    ('3', ["###", "  #", "###", "  #", "###"]),
    ('4', ["# #", "# #", "###", "  #", "  #"]),
    ('5', ["###", "#  ", "###", "  #", "###"]),
    ('6', ["###", "#  ", "###", "# #", "###"]),
    ('7', ["###", "  #", "  #", "  #", "  #"]),
    ('8', ["###", "# #", "###", "# #", "###"]),
    ('9', ["###", "# #", "###", "  #", "###"]),
    (':', [" ", "#", " ", "#", " "]),
    ('-', ["   ", "   ", "###", "   ", "   "]),
    ('?', ["###", "  #", " ##", "   ", " # "]),
];

/// Rows of a big number.
pub const HEIGHT: usize = 5;

/// `text` in big digits; a character without a glyph is left out.
pub fn big(text: &str, ascii: bool) -> [String; HEIGHT] {
    let mut rows: [String; HEIGHT] = Default::default();
    for c in text.chars() {
        let Some((_, glyph)) = GLYPHS.iter().find(|(known, _)| *known == c) else {
            continue;
        };
        for (row, part) in rows.iter_mut().zip(glyph) {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(part);
        }
    }
    if ascii { rows } else { rows.map(|row| row.replace('#', "\u{2588}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_of_a_number_are_equally_wide() {
        let rows = big("12:04", true);
        assert_eq!(rows[0], " #  ###   ### # #");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    }
}
