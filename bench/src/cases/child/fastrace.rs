//! fastrace's spans of one thread.

use anyhow::Result;
use fastrace::{Span, local::LocalSpan, prelude::SpanContext};

use super::{FLAG, NUMBERS, TEXTS};
use crate::{cases::fastrace::report_nowhere, workload::Workload};

/// fastrace keeps the spans of a root until it ends, and few of them: so many have one root.
const PER_ROOT: u64 = 100;

pub(super) fn local() -> Result<Box<dyn Workload>> {
    report_nowhere();
    Ok(Box::new(Local))
}

struct Local;

impl Workload for Local {
    fn run(&mut self, count: u64) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let root = Span::root("root", SpanContext::random());
            let _active = root.set_local_parent();
            for _ in 0..left.min(PER_ROOT) {
                step();
            }
            left = left.saturating_sub(PER_ROOT);
        }
        Ok(())
    }
}

/// Values are texts in fastrace.
fn step() {
    let _span = LocalSpan::enter_with_local_parent("step").with_properties(|| {
        let [(search, search_value), (index, index_value)] = TEXTS;
        let [(results, results_value), (offset, offset_value)] = NUMBERS;
        [
            (search, search_value.into()),
            (index, index_value.into()),
            (results, std::borrow::Cow::from(results_value.to_string())),
            (offset, offset_value.to_string().into()),
            (FLAG.0, if FLAG.1 { "true" } else { "false" }.into()),
        ]
    });
}
