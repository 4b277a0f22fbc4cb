//! The report as aligned tables.

use std::fmt::{self, Write};

use crate::{
    cases::{Front, Role},
    delivery::Delivered,
    load::Served,
    report::{Report, Row},
};

/// Columns that are as wide as their widest cell; the first one to the left, the others to the right.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                if column == 0 { write!(f, "{cell:<width$}")? } else { write!(f, "  {cell:>width$}")? }
            }
            f.write_char('\n')?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (front, title) in [
            (Front::Axum, "One request, axum"),
            (Front::Actix, "One request, actix-web"),
            (Front::Child, "One span with five attributes, below a root"),
        ] {
            let rows: Vec<_> = self.costs.iter().filter(|row| row.front == front).collect();
            if !rows.is_empty() {
                writeln!(f, "{title}\n\n{}", costs(&rows))?;
            }
        }
        for front in [Front::Axum, Front::Actix] {
            let served: Vec<_> = self.load.iter().filter(|served| served.front == front).collect();
            if !served.is_empty() {
                writeln!(f, "One server core, {front:?}, spans delivered meanwhile\n\n{}", load(&served))?;
            }
        }
        if !self.delivery.is_empty() {
            writeln!(f, "Delivery, before the first span is dropped\n\n{}", delivery(&self.delivery))?;
        }
        for verdict in &self.budgets {
            writeln!(f, "{verdict}")?;
        }
        Ok(())
    }
}

/// Our rows stand out.
fn name(role: Role, name: &str) -> String {
    match role {
        Role::Ours => format!("> {name}"),
        Role::Bare | Role::Nothing | Role::Floor | Role::Peer | Role::Unexported => format!("  {name}"),
    }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

fn costs(rows: &[&Row]) -> Table {
    let mut table = Table::new(&[
        "",
        "ns",
        "× bare",
        "instr added",
        "× floor",
        "× best peer",
        "allocations added",
        "bytes added",
    ]);
    for row in rows {
        let ground = matches!(row.role, Role::Bare | Role::Nothing);
        table.push([
            name(row.role, row.name),
            format!("{:.0}", row.cost.nanoseconds),
            optional(row.to_bare),
            format!("{:.0}", row.added.instructions),
            optional(row.to_floor.filter(|_| !ground)),
            optional(row.to_best_peer.filter(|_| !ground)),
            format!("{:.1}", row.added.allocations),
            format!("{:.0}", row.added.bytes),
        ]);
    }
    table
}

fn load(served: &[&Served]) -> Table {
    let mut table = Table::new(&[
        "",
        "route",
        "requests/s",
        "× bare",
        "p99 ms",
        "× bare",
        "core µs/request",
        "requests/core s, × bare",
        "dropped",
    ]);
    for one in served {
        let undelivered = if one.delivering { "" } else { ", nothing delivered" };
        table.push([
            name(one.role, one.name) + undelivered,
            if one.streamed { "streamed" } else { "plain" }.to_owned(),
            format!("{:.0}", one.requests_per_second),
            format!("{:.2}", one.rate_to_bare),
            format!("{:.2}", one.p99_milliseconds),
            format!("{:.2}", one.p99_to_bare),
            format!("{:.1}", one.microseconds_per_request),
            format!("{:.2}", one.per_core_second_to_bare),
            one.dropped.map_or_else(|| "–".to_owned(), |dropped| dropped.to_string()),
        ]);
    }
    table
}

fn delivery(delivered: &[Delivered]) -> Table {
    let mut table =
        Table::new(&["", "wire", "delay ms", "spans/s", "core µs/span", "dropped at spans/s", "share"]);
    for one in delivered {
        let dropped = one.dropped;
        table.push([
            format!("{:?}", one.deliverer).to_lowercase(),
            format!("{:?}", one.wire).to_lowercase(),
            one.delay_milliseconds.to_string(),
            format!("{:.0}", one.spans_per_second),
            format!("{:.2}", one.microseconds_per_span),
            dropped.map_or_else(|| "–".to_owned(), |dropped| format!("{:.0}", dropped.offered_per_second)),
            dropped.map_or_else(|| "–".to_owned(), |dropped| format!("{:.1} %", dropped.share * 100.0)),
        ]);
    }
    table
}
