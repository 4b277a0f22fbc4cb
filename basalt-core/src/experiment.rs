//! The experiment a trace belongs to.

use std::sync::Arc;

use crate::{InvalidValue, foreign, text::visible, weight::of_texts};

/// An experiment: it marks every span of a trace, and its traces are always evaluated.
///
/// ```
/// use basalt_core::Experiment;
///
/// let experiment = Experiment::new("exp-77")?.named("shorter answers").for_feature("answers");
/// assert_eq!(experiment.id(), "exp-77");
/// assert!(Experiment::new(" ").is_err());
/// # Ok::<(), basalt_core::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    id: Arc<str>,
    name: Option<Arc<str>>,
    feature_slug: Option<Arc<str>>,
    created_at: Option<Arc<str>>,
}

impl Experiment {
    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        self.id.len() + of_texts([&self.name, &self.feature_slug, &self.created_at])
    }

    /// An experiment known by its id, which is trimmed.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::BlankExperimentId`] if nothing is left after trimming.
    pub fn new(id: impl AsRef<str>) -> Result<Self, InvalidValue> {
        let id = foreign::read(id, visible).ok_or(InvalidValue::BlankExperimentId)?;
        Ok(Self { id, name: None, feature_slug: None, created_at: None })
    }

    /// Gives the name. Blank text is none. Defaults to none.
    #[must_use]
    pub fn named(mut self, name: impl AsRef<str>) -> Self {
        self.name = foreign::read(name, visible);
        self
    }

    /// Gives the feature under experiment. Blank text is none. Defaults to none.
    #[must_use]
    pub fn for_feature(mut self, slug: impl AsRef<str>) -> Self {
        self.feature_slug = foreign::read(slug, visible);
        self
    }

    /// The id, never blank.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The feature under experiment, if it is known.
    #[must_use]
    pub fn feature_slug(&self) -> Option<&str> {
        self.feature_slug.as_deref()
    }

    /// When Basalt has created it, as Basalt says it (ISO 8601); none of an experiment that was made here.
    #[must_use]
    pub fn created_at(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    #[cfg(feature = "client")]
    pub(crate) fn with_created_at(mut self, time: &str) -> Self {
        self.created_at = visible(time);
        self
    }

    /// Every key this experiment writes, with its text.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'static str, Arc<str>)> + '_ {
        use crate::semconv::basalt::{EXPERIMENT_FEATURE_SLUG, EXPERIMENT_ID, EXPERIMENT_NAME};

        let id = Some((EXPERIMENT_ID, &self.id));
        let name = self.name.as_ref().map(|name| (EXPERIMENT_NAME, name));
        let slug = self.feature_slug.as_ref().map(|slug| (EXPERIMENT_FEATURE_SLUG, slug));
        [id, name, slug].into_iter().flatten().map(|(key, text)| (key, Arc::clone(text)))
    }
}

impl From<&Experiment> for Experiment {
    fn from(experiment: &Experiment) -> Self {
        experiment.clone()
    }
}
