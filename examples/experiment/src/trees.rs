//! Traces as they are printed, kept until it is known which of them are of interest.

use std::sync::{Arc, Mutex, PoisonError};

/// What has been printed so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trees(Arc<Mutex<String>>);

impl Trees {
    /// Takes one or more trees, as whole lines.
    pub(crate) fn add(&self, trees: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(trees);
    }

    /// The tree of a trace: the line of its root, which names it, and the branches below.
    pub(crate) fn of(&self, trace: &str) -> Option<String> {
        let printed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = printed.split_inclusive('\n').skip_while(|line| !line.contains(trace));
        let root = lines.next()?;
        Some(lines.take_while(|line| is_branch(line)).fold(root.to_owned(), |tree, line| tree + line))
    }
}

fn is_branch(line: &str) -> bool {
    line.contains("├─ ") || line.contains("└─ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_found_by_its_trace() {
        let trees = Trees::default();
        trees.add("a  trace 01\n├─ b\n│  └─ c\n└─ d\n");
        trees.add("e  trace 02\ne  trace 03\n└─ f\n");
        assert_eq!(trees.of("01").as_deref(), Some("a  trace 01\n├─ b\n│  └─ c\n└─ d\n"));
        assert_eq!(trees.of("02").as_deref(), Some("e  trace 02\n"));
        assert_eq!(trees.of("04"), None);
    }
}
