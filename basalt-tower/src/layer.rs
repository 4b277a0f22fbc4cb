//! The layer, and its options.

use std::sync::Arc;

use basalt_core::{
    Basalt, FeatureSlug, Identify,
    request::{Exchange, Observer},
};
use http::Request;
use tower_layer::Layer;

use crate::{
    BasaltService, RequestSpan,
    head::head,
    identity::{Verified, from_extension},
};

/// Observes every request with [`BasaltService`]. See the [crate docs](crate) for an example.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is applied"]
pub struct BasaltLayer {
    options: Arc<Options>,
}

/// What the layer and its services share: routers clone layers, and some apply them, for every request.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) observer: Observer,
    pub(crate) verified: Option<Verified>,
}

impl Options {
    /// Describes a request only if somebody wants to know.
    pub(crate) fn open<B>(&self, request: &Request<B>) -> Exchange {
        let outer = request.extensions().get::<RequestSpan>().map(|outer| &**outer);
        if !self.observer.observes(request.uri().path()) {
            return Exchange::unobserved(outer);
        }
        self.observer.open(&head(request), || self.verified?(request.extensions()), outer)
    }
}

impl BasaltLayer {
    /// Observes requests that serve one feature. A blank slug becomes `unnamed`.
    pub fn new(basalt: &Basalt, feature_slug: impl Into<FeatureSlug>) -> Self {
        let observer = basalt.observer(feature_slug);
        Self { options: Arc::new(Options { observer, verified: None }) }
    }

    /// Takes the identity from what an auth layer outside this one has put into the request's extensions.
    /// This answer comes before all others. Defaults to none.
    ///
    /// ```
    /// # use basalt_tower::{Basalt, BasaltLayer, Identify, Identity};
    /// # let basalt = Basalt::builder().enabled(false).build()?;
    /// #[derive(Clone)]
    /// struct Claims { sub: String }
    ///
    /// impl Identify for Claims {
    ///     fn identity(&self) -> Identity {
    ///         Identity::user(&self.sub)
    ///     }
    /// }
    ///
    /// let layer = BasaltLayer::new(&basalt, "support-chat").identity_from_extension::<Claims>();
    /// # Ok::<(), basalt_tower::BuildError>(())
    /// ```
    pub fn identity_from_extension<C: Identify + Send + Sync + 'static>(mut self) -> Self {
        Arc::make_mut(&mut self.options).verified = Some(from_extension::<C>);
        self
    }

    basalt_core::layer_options!();

    fn observer(&mut self) -> &mut Observer {
        &mut Arc::make_mut(&mut self.options).observer
    }
}

impl<S> Layer<S> for BasaltLayer {
    type Service = BasaltService<S>;

    fn layer(&self, inner: S) -> BasaltService<S> {
        BasaltService::new(inner, Arc::clone(&self.options))
    }
}
