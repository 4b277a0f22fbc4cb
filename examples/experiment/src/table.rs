//! Cells in columns.

use std::fmt;

/// Lines of cells, the first one the head. The first column stands on the left, the others on the right.
#[derive(Debug)]
pub(crate) struct Table(pub(crate) Vec<Vec<String>>);

impl Table {
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for line in &self.0 {
            widths.resize(widths.len().max(line.len()), 0);
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for line in &self.0 {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "{cell:<width$}")?,
                    _ => write!(f, "  {cell:>width$}")?,
                }
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [["variant", "rows"], ["größe", "16384"]];
        let table = Table(lines.map(|line| line.map(str::to_owned).to_vec()).to_vec());
        assert_eq!(table.to_string(), "variant   rows\ngröße    16384\n");
    }
}
