//! The span that stands for the whole trace: the root, or another library's span around it.

use opentelemetry::{Context, KeyValue, trace::TraceContextExt};

use super::Trace;
use crate::{metadata::Metadata, payload::Payload, semconv::basalt};

#[derive(Debug)]
pub(super) struct Around {
    pub(super) context: Context,
    /// What has been said of it: its own span cannot be asked.
    metadata: Metadata,
}

impl Trace {
    /// Marks the span of another library that the root stands in.
    pub(crate) fn stand_in(&self, around: &Context) {
        let slug = {
            let mut state = self.state();
            state.around = Some(Around { context: around.clone(), metadata: Metadata::default() });
            state.carried().feature_slug.shared()
        };
        around.span().set_attributes([
            KeyValue::new(basalt::IN_TRACE, true),
            KeyValue::new(basalt::KIND, "span"),
            KeyValue::new(basalt::FEATURE_SLUG, slug),
        ]);
    }

    /// Sets an attribute of the span that stands for the whole.
    pub(crate) fn set_on_whole(&self, key: &'static str, payload: Payload) {
        let around = {
            let mut state = self.state();
            let Some(around) = &state.around else {
                if let Some(record) = state.open.root() {
                    record.set(key, payload);
                }
                return;
            };
            around.context.clone()
        };
        around.span().set_attribute(KeyValue::new(key, payload.value));
    }

    /// Merges metadata of the span that stands for the whole.
    pub(crate) fn set_metadata_of_whole(&self, metadata: &Metadata) {
        let limit = self.origin().content.limit;
        let (around, payload) = {
            let mut state = self.state();
            if let Some(around) = &mut state.around {
                around.metadata.merge(metadata);
                (around.context.clone(), around.metadata.payload(limit))
            } else {
                if let Some(record) = state.open.root() {
                    record.remarks().values.metadata.merge(metadata);
                }
                return;
            }
        };
        if let Some(payload) = payload {
            around.span().set_attribute(KeyValue::new(basalt::METADATA, payload.value));
        }
    }
}
