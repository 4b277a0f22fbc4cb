//! The beginning of an exchange: the root that stands for the request, described.

use std::sync::Arc;

use opentelemetry::trace::SpanKind;

use super::{
    Exchange, Head, Observer,
    describe::Description,
    exchange::Open,
    fields::{Field, Fields},
    inbound::Above,
    rpc::{self, Rpc},
};
use crate::{
    Experiment, Identity,
    context::{Origin, Record, is_local},
    current,
    method::Method,
    span::{RootOpening, RootSpan, SpanHandle},
};

impl Observer {
    pub(super) fn begin(
        &self,
        origin: &Arc<Origin>,
        head: &Head<'_>,
        fields: &Fields<'_>,
        identity: Identity,
        experiment: Option<Experiment>,
    ) -> Exchange {
        let method = Method::of(head.method, origin.known_methods.as_deref());
        let parent = current::context();
        let inside = is_local(&parent);
        let above = if inside { Above::default() } else { self.inbound.above(fields, head.headers) };
        let opening = RootOpening {
            origin,
            feature_slug: self.feature_slug.clone(),
            identity,
            experiment,
            rate: self.rate,
            caller: above.caller,
        };
        let mut rpc = None;
        let (opened, trace) = opening.open(&parent, |record| {
            rpc = Rpc::of(head, fields.text(Field::ContentType));
            if rpc.is_some() {
                record.rename(rpc::SYSTEM.into());
            }
            record.kind = if inside { SpanKind::Internal } else { SpanKind::Server };
            if let Some(link) = above.link {
                record.add_link(link, origin.spans.limits());
            }
            self.describe(head, fields, method, rpc.is_some(), record);
        });
        let handle = SpanHandle::borrowing(opened, trace);
        let open = Open {
            method_is_head: head.method == "HEAD",
            routed: head.route.is_some(),
            disconnects_are_errors: self.disconnects_are_errors,
            answered: None,
            remaining: None,
            is_over: false,
            rpc: rpc.map(Box::new),
        };
        Exchange::new(RootSpan::new(handle), Some(open))
    }

    fn describe(
        &self,
        head: &Head<'_>,
        fields: &Fields<'_>,
        method: Method,
        is_call: bool,
        record: &mut Record,
    ) {
        let host = head.authority.map(str::as_bytes).or_else(|| fields.trimmed(Field::Host));
        let forwarded = self.proxies.resolve(head, host);
        let secret = self.capture.as_ref().map_or(&[][..], |capture| &capture.secret_parameters);
        let mut description = Description::new(record.content().limit);
        let asked = description.of(head, &forwarded, method, fields, is_call, secret);
        record.asked = Some(asked);
        record.name_truncated(description.truncated);
        record.annotate(&self.evaluators, &self.metadata);
    }
}
