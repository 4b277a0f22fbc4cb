//! The middleware, and its options.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use basalt_core::{
    Basalt, FeatureSlug, Identify,
    request::{Exchange, Observer},
};

use crate::{
    BasaltService, RequestSpan, ResponseBody,
    head::{HeaderFields, head},
    identity::{Verified, from_extension},
    route::early,
};

/// Observes every request with [`BasaltService`]. See the [crate docs](crate) for an example.
#[derive(Debug, Clone)]
#[must_use = "a middleware does nothing until it is wrapped around something"]
pub struct BasaltMiddleware {
    options: Arc<Options>,
}

/// What the middleware and its services share.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) observer: Observer,
    pub(crate) verified: Option<Verified>,
}

impl Options {
    /// Describes a request only if somebody wants to know.
    pub(crate) fn open(&self, request: &ServiceRequest) -> Exchange {
        let outer = request.extensions().get::<RequestSpan>().cloned();
        if !self.observer.observes(request.uri().path()) {
            return Exchange::unobserved(outer.as_deref());
        }
        let headers = HeaderFields(request.headers());
        let route = early(request);
        let head = head(request, route.as_deref(), &headers);
        self.observer.open(&head, || self.verified?(&request.extensions()), outer.as_deref())
    }
}

impl BasaltMiddleware {
    /// Observes requests that serve one feature. A blank slug becomes `unnamed`.
    pub fn new(basalt: &Basalt, feature_slug: impl Into<FeatureSlug>) -> Self {
        let observer = basalt.observer(feature_slug);
        Self { options: Arc::new(Options { observer, verified: None }) }
    }

    /// Takes the identity from what an auth middleware outside this one has put into the request's extensions.
    /// This answer comes before all others. Defaults to none.
    ///
    /// ```
    /// # use basalt_actix::{Basalt, BasaltMiddleware, Identify, Identity};
    /// # let basalt = Basalt::builder().enabled(false).build()?;
    /// struct Claims { sub: String }
    ///
    /// impl Identify for Claims {
    ///     fn identity(&self) -> Identity {
    ///         Identity::user(&self.sub)
    ///     }
    /// }
    ///
    /// let middleware = BasaltMiddleware::new(&basalt, "support-chat").identity_from_extension::<Claims>();
    /// # Ok::<(), basalt_actix::BuildError>(())
    /// ```
    pub fn identity_from_extension<C: Identify + 'static>(mut self) -> Self {
        Arc::make_mut(&mut self.options).verified = Some(from_extension::<C>);
        self
    }

    basalt_core::layer_options!();

    fn observer(&mut self) -> &mut Observer {
        &mut Arc::make_mut(&mut self.options).observer
    }
}

impl<S, B> Transform<S, ServiceRequest> for BasaltMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = BasaltService<S>;
    type InitError = ();
    type Future = Ready<Result<BasaltService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(BasaltService::new(inner, Arc::clone(&self.options))))
    }
}
