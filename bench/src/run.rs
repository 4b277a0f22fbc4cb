//! Measures what was asked for.

#![expect(clippy::print_stderr, reason = "somebody is waiting")]

use anyhow::Result;

use crate::{
    arguments::{Arguments, Section},
    budget::Verdict,
    cases::{Case, Front},
    delivery::Delivery,
    load::Load,
    measure::{Instructions, Rounds},
    report::{Report, Row},
};

/// How long and how often.
struct Plan {
    rounds: Rounds,
    instructions: Instructions,
    load: Load,
    delivery: Delivery,
}

impl Plan {
    fn thorough() -> Self {
        Self {
            rounds: Rounds { rounds: 31, pieces: 2_000 },
            instructions: Instructions { pieces: 1_000 },
            load: Load { rounds: 6, seconds: 1 },
            delivery: Delivery { seconds: 2.0 },
        }
    }

    fn quick() -> Self {
        Self {
            rounds: Rounds { rounds: 5, pieces: 1_000 },
            instructions: Instructions { pieces: 200 },
            load: Load { rounds: 1, seconds: 1 },
            delivery: Delivery { seconds: 0.5 },
        }
    }
}

/// Everything that was asked for, and the budgets that it tells of.
pub(crate) fn run(arguments: &Arguments) -> Result<Report> {
    let plan = if arguments.quick { Plan::quick() } else { Plan::thorough() };
    let mut report = Report { costs: costs(arguments, &plan)?, ..Report::default() };
    if arguments.wants(Section::Load) {
        for front in [Front::Axum, Front::Actix] {
            eprintln!("{front:?} under load …");
            report.load.extend(plan.load.measure(front)?);
        }
    }
    if arguments.wants(Section::Delivery) {
        eprintln!("delivery …");
        report.delivery = plan.delivery.measure()?;
    }
    report.budgets = Verdict::all(&report);
    Ok(report)
}

fn costs(arguments: &Arguments, plan: &Plan) -> Result<Vec<Row>> {
    let wanted = |case: &Case| match case.front {
        Front::Child => arguments.wants(Section::Children),
        Front::Axum | Front::Actix => arguments.wants(Section::Requests),
    };
    let cases: Vec<&Case> = Case::all().iter().filter(|case| wanted(case)).collect();
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    Instructions::available()?;
    eprintln!("{} cases, time and allocations …", cases.len());
    let mut costs = plan.rounds.measure(&cases)?;
    eprintln!("{} cases, instructions …", cases.len());
    let instructions = plan.instructions.measure(&cases)?;
    for (cost, instructions) in costs.iter_mut().zip(instructions) {
        cost.instructions = instructions;
    }
    Ok(Row::all(&cases, &costs))
}
