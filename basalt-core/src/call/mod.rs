//! Functions, observed as they are called: what `#[observe]` and `#[start_observe]` turn a function into.
//!
//! By hand, [`observe`](crate::observe()) needs fewer lines. This is for those who wrap functions whose arguments
//! they know by name and value only: macros, tool registries, interpreters.
//!
//! ```
//! use basalt_core::{call::Call, observe};
//! use serde_json::json;
//!
//! fn weather(city: &str) -> serde_json::Value {
//!     let call = Call::step(observe::observe("weather").kind(basalt_core::ObserveKind::Tool));
//!     call.arguments(|arguments| arguments.add("city", city));
//!     let weather = call.in_scope(|| json!({"celsius": 21}));
//!     call.returned(&weather);
//!     weather
//! }
//! ```
//!
//! Where types are known to the compiler alone, it is asked three questions, each by the choice between two traits:
//! does an argument ([`Argument`]) or a result ([`Output`]) serialize, has a function failed ([`Returned`]), can its
//! error be shown ([`Failure`])?

mod answer;
mod arguments;
mod convention;
mod failure;
mod outcome;
mod output;

use std::{any::type_name, fmt::Display};

use serde::Serialize;
use serde_json::json;

pub use arguments::{Argument, Arguments, JsonArgument, OtherArgument};
pub use failure::{Failure, NamedFailure, OtherFailure};
pub use outcome::{OtherReturn, Outcome, ResultReturn, Returned};
pub use output::{JsonOutput, OtherOutput, Output};

use crate::{
    Identity, ObserveKind, RootBuilder, SpanHandle, current, panic,
    span::{Observe, Observed, Plain, RootSpan, SpanBuilder},
};

/// One call of a function, and the span it runs in. The span ends when this is dropped.
#[derive(Debug)]
pub struct Call {
    opened: Opened,
}

#[derive(Debug)]
enum Opened {
    Root(RootSpan),
    Step(SpanHandle, ObserveKind),
}

impl Call {
    /// Opens a step for a function. Outside a trace the function runs untouched.
    #[must_use]
    pub fn step(step: SpanBuilder<Plain>) -> Self {
        let kind = step.observed_kind();
        Self { opened: Opened::Step(SpanHandle::clone(&step.start()), kind) }
    }

    /// Opens a root for a function: of what it is given and gives back, only what is named is captured.
    #[must_use]
    pub fn root(root: RootBuilder) -> Self {
        Self { opened: Opened::Root(root.start()) }
    }

    /// The span the function runs in.
    #[must_use]
    pub fn span(&self) -> &SpanHandle {
        match &self.opened {
            Opened::Root(root) => root,
            Opened::Step(step, _) => step,
        }
    }

    /// Whether anything said here will be exported: false outside a trace, or when telemetry is off.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.span().is_live()
    }

    /// Captures the arguments, as one object: the span's input. Content.
    ///
    /// A generation takes the first argument called `prompt`, `input`, `inputs`, `messages` or `question` as its
    /// prompt instead, the object called `variables`, `params` or `context` as its variables, and the text called
    /// `model` or `model_name` as its model. A retrieval takes `query`, `question`, `text` or `search` as its
    /// query, and `filters`, `metadata` or `options` as its variables.
    pub fn arguments(&self, name: impl FnOnce(&mut Arguments)) {
        if let Opened::Step(step, kind) = &self.opened
            && step.is_live()
        {
            let mut arguments = Arguments::default();
            name(&mut arguments);
            convention::write(step, *kind, &arguments);
        }
    }

    /// The input, instead of all arguments. Content.
    pub fn input(&self, value: impl Serialize) {
        self.span().set_input(value);
    }

    /// What was filled into a template. Content.
    pub fn variables(&self, object: impl Serialize) {
        self.span().set_variables(object);
    }

    /// Who asks: of a root, for the whole trace.
    pub fn identity(&self, identity: impl Into<Identity>) {
        match &self.opened {
            Opened::Root(root) => root.set_identity(identity),
            Opened::Step(step, _) => step.set_identity(identity),
        }
    }

    /// Runs a sync function inside the span. A panic marks the span and goes on.
    pub fn in_scope<R>(&self, function: impl FnOnce() -> R) -> R {
        let span = self.span();
        let _entered = current::attach(span.context().clone());
        panic::watch(function, |message| span.panicked(message))
    }

    /// Runs an async function inside the span, as [`Observe::observed`].
    pub fn observe<F>(&self, function: F) -> Observed<F> {
        function.observed(self.span())
    }

    /// Captures what a step gave back: the span's output. Content, but for the counts.
    ///
    /// Of a generation's result, what is called `choices[0].message.content`, `choices[0].text`, `completion` or
    /// `output` is the completion, and `usage` says the tokens, as OpenAI's and Anthropic's APIs answer.
    pub fn returned(&self, result: &impl Serialize) {
        match &self.opened {
            Opened::Step(step, ObserveKind::Generation) => answer::write(step, result),
            Opened::Step(step, _) => step.set_output(result),
            Opened::Root(_) => {}
        }
    }

    /// The output, instead of the whole result. Content.
    pub fn output(&self, value: impl Serialize) {
        self.span().set_output(value);
    }

    /// Records that the function has failed, as [`SpanHandle::set_error`]. A step's output then says so too.
    pub fn failed<E: Display + ?Sized>(&self, error: &E) {
        self.no_output();
        self.span().set_error(error);
    }

    /// As [`failed`](Self::failed), for an error that cannot be shown: its type is named.
    pub fn failed_as<E: ?Sized>(&self) {
        self.no_output();
        let name = type_name::<E>();
        self.span().fail(name, name, name.to_owned());
    }

    fn no_output(&self) {
        if let Opened::Step(step, _) = &self.opened {
            step.set_output(json!({"error": "Exception occurred"}));
        }
    }
}
