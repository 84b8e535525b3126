//! How much of something is used up.

/// A bar of `width` cells of which `used` of `whole` are filled; over-full is full.
pub fn bar(used: i64, whole: i64, width: usize, ascii: bool) -> String {
    let (full, empty) = if ascii { ('#', '.') } else { ('\u{2588}', '\u{2591}') };
    let cells = i64::try_from(width).unwrap_or(0);
    let used = used.clamp(0, whole.max(0));
    let filled = used.saturating_mul(cells).checked_div(whole).unwrap_or(cells);
    let filled = usize::try_from(filled).unwrap_or(0).min(width);
    let mut bar: String = std::iter::repeat_n(full, filled).collect();
    bar.extend(std::iter::repeat_n(empty, width - filled));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_longer_than_its_room() {
        for (used, whole, shown) in [
            (0, 30, "...."),
            (15, 30, "##.."),
            (30, 30, "####"),
            (99, 30, "####"),
            (-5, 30, "...."),
            (1, 0, "####"),
        ] {
            assert_eq!(bar(used, whole, 4, true), shown, "{used} of {whole}");
        }
    }
}
