//! What is measured: every subject, in every shape of request it is measured with.

mod actix;
mod child;
mod fastrace;
mod metrics;
mod sentry;
mod tower;

use std::sync::LazyLock;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::{
    destination::Destination,
    shape::Shape,
    workload::{Application, Workload},
};

/// Makes an application whose spans go somewhere.
pub(crate) type Build = fn(&Destination) -> Result<Box<dyn Application>>;

/// Where a subject runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Front {
    /// A router of axum.
    Axum,
    /// An app of actix-web.
    Actix,
    /// A span below a root.
    Child,
}

/// What a subject is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Nothing between the server and the handler.
    Bare,
    /// What having a layer costs.
    Nothing,
    /// The straightforward use of the SDK, by hand.
    Floor,
    /// Ours.
    Ours,
    /// What others offer.
    Peer,
    /// What others offer whose spans stay in the process.
    Unexported,
}

/// One subject with one shape of request.
#[derive(Debug)]
pub(crate) struct Case {
    /// Unique in its front.
    pub(crate) name: &'static str,
    pub(crate) front: Front,
    pub(crate) role: Role,
    pub(crate) shape: Shape,
    subject: Subject,
}

#[derive(Debug, Clone, Copy)]
enum Subject {
    Serving(Build),
    Working(fn() -> Result<Box<dyn Workload>>),
}

pub(crate) use tower::basalt::steps_of;

/// What requests that are not plain are compared with.
const SHAPED: [([&str; 3], Shape); 3] = [
    (["bare, streamed", "do-nothing, streamed", "floor, streamed"], Shape::Streamed),
    (["bare, for children", "do-nothing, for children", "floor, three children"], Shape::Children),
    (["bare, a body each way", "do-nothing, a body each way", "floor, a body each way"], Shape::Body),
];

static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut all = tower::cases();
    all.extend(actix::cases());
    all.extend(child::cases());
    all
});

impl Case {
    /// All of them, in the order of the tables.
    pub(crate) fn all() -> &'static [Self] {
        &ALL
    }

    /// By its [`id`](Self::id).
    pub(crate) fn find(id: &str) -> Result<&'static Self> {
        Self::all().iter().find(|case| case.id() == id).with_context(|| format!("there is no case {id}"))
    }

    /// Unique, and safe in an argument.
    pub(crate) fn id(&self) -> String {
        let words = [&format!("{:?}", self.front), &format!("{:?}", self.role), self.name].join("/");
        words.to_lowercase().replace(", ", "-").replace(' ', "-")
    }

    /// The work, in this process.
    pub(crate) fn workload(&self) -> Result<Box<dyn Workload>> {
        match self.subject {
            Subject::Serving(build) => build(&Destination::Nowhere)?.workload(self.shape),
            Subject::Working(build) => build(),
        }
    }

    /// The whole service.
    pub(crate) fn application(&self, destination: &Destination) -> Result<Box<dyn Application>> {
        match self.subject {
            Subject::Serving(build) => build(destination),
            Subject::Working(_) => anyhow::bail!("{} serves nobody", self.id()),
        }
    }

    const fn serving(front: Front, name: &'static str, role: Role, shape: Shape, build: Build) -> Self {
        Self { name, front, role, shape, subject: Subject::Serving(build) }
    }
}
