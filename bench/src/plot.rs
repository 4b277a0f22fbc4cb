//! Bars for the README, as SVG written by hand.

use std::fmt::Write;

use crate::{
    cases::{Front, Role},
    report::Report,
};

const WIDTH: f64 = 860.0;
/// Where bars begin; names stand before.
const LEFT: f64 = 370.0;
const LONGEST: f64 = WIDTH - LEFT - 70.0;
const LINE: f64 = 22.0;

struct Bar {
    name: String,
    role: Role,
    value: f64,
}

/// Groups of bars, one below the other.
pub(crate) fn svg(report: &Report) -> String {
    let groups = [
        ("axum: instructions added to a request, floor = 1", costs(report, Front::Axum)),
        ("actix-web: instructions added to a request, floor = 1", costs(report, Front::Actix)),
        ("a span below a root: instructions, SDK = 1", costs(report, Front::Child)),
        ("axum: requests per second of the core, bare = 1", load(report, Front::Axum)),
        ("actix-web: requests per second of the core, bare = 1", load(report, Front::Actix)),
    ];
    let mut drawn = String::new();
    let mut y = 12.0;
    for (title, bars) in groups.iter().filter(|(_, bars)| !bars.is_empty()) {
        y = group(&mut drawn, title, bars, y);
    }
    let head = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" font-family="system-ui, sans-serif" font-size="13">"#
    );
    format!("{head}\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{drawn}</svg>\n")
}

/// Draws one group and says where the next one begins.
fn group(drawn: &mut String, title: &str, bars: &[Bar], top: f64) -> f64 {
    let most = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let mut y = top + LINE;
    text(drawn, 16.0, y - 6.0, "start", "bold", title);
    for bar in bars {
        let length = (bar.value / most * LONGEST).max(1.0);
        let height = LINE - 6.0;
        let color = color(bar.role);
        let _ = writeln!(
            drawn,
            r#"<rect x="{LEFT}" y="{y:.1}" width="{length:.1}" height="{height}" rx="2" fill="{color}"/>"#
        );
        let baseline = y + height - 3.5;
        let weight = if bar.role == Role::Ours { "bold" } else { "normal" };
        text(drawn, LEFT - 8.0, baseline, "end", weight, &bar.name);
        text(drawn, LEFT + length + 6.0, baseline, "start", weight, &format!("{:.2}", bar.value));
        y += LINE;
    }
    y + 14.0
}

fn text(drawn: &mut String, x: f64, y: f64, anchor: &str, weight: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        drawn,
        r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-weight="{weight}" fill="#24292f">{content}</text>"##
    );
}

fn color(role: Role) -> &'static str {
    match role {
        Role::Ours => "#c2410c",
        Role::Floor | Role::Bare | Role::Nothing => "#57606a",
        Role::Peer | Role::Unexported => "#b6bec8",
    }
}

fn costs(report: &Report, front: Front) -> Vec<Bar> {
    let shown = |role| !matches!(role, Role::Bare | Role::Nothing);
    let rows = report.costs.iter().filter(|row| row.front == front && shown(row.role));
    // One row of each subject: peers have plain requests only.
    let rows = rows.filter(|row| row.to_best_peer.is_some() && row.name != "default");
    rows.filter_map(|row| Some(bar(row.name, row.role, row.to_floor?))).collect()
}

fn load(report: &Report, front: Front) -> Vec<Bar> {
    let served = report.load.iter().filter(|served| served.front == front && !served.streamed);
    let served = served.filter(|served| served.delivering);
    served.map(|served| bar(served.name, served.role, served.per_core_second_to_bare)).collect()
}

fn bar(name: &str, role: Role, value: f64) -> Bar {
    let name = if role == Role::Ours { format!("Basalt, {name}") } else { name.to_owned() };
    Bar { name, role, value }
}
