//! Names that users give: the feature a trace belongs to, and what a span does.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    InvalidValue, foreign, said,
    text::{bounded, trimmed, visible},
};

const UNNAMED: &str = "unnamed";

/// The feature a trace belongs to, such as `support-chat`: trimmed, never blank.
///
/// ```
/// use basalt_core::FeatureSlug;
///
/// assert_eq!(FeatureSlug::new("  support-chat ")?.as_str(), "support-chat");
/// assert!(FeatureSlug::new("   ").is_err());
/// # Ok::<(), basalt_core::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FeatureSlug(Arc<str>);

impl FeatureSlug {
    /// Checks and trims a slug.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::BlankFeatureSlug`] if nothing is left after trimming.
    pub fn new(slug: impl AsRef<str>) -> Result<Self, InvalidValue> {
        foreign::read(slug, visible).map(Self).ok_or(InvalidValue::BlankFeatureSlug)
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a caller gives; `unnamed` if the conversion panics.
    pub(crate) fn given(slug: impl Into<Self>) -> Self {
        foreign::call(|| slug.into()).unwrap_or_else(|| Self(UNNAMED.into()))
    }

    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for FeatureSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A blank slug becomes `unnamed`, and is said once at ERROR.
impl From<&str> for FeatureSlug {
    fn from(slug: &str) -> Self {
        Self::new(slug).unwrap_or_else(|reason| {
            said::once!(error, %reason, "recorded as `{UNNAMED}`");
            Self(UNNAMED.into())
        })
    }
}

/// As from `&str`.
impl From<String> for FeatureSlug {
    fn from(slug: String) -> Self {
        Self::from(slug.as_str())
    }
}

/// What a span does, such as `search documents`: trimmed, never blank.
///
/// ```
/// use basalt_core::SpanName;
///
/// assert_eq!(SpanName::new(" search ")?.as_str(), "search");
/// assert!(SpanName::new("").is_err());
/// # Ok::<(), basalt_core::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpanName(Cow<'static, str>);

impl SpanName {
    /// Checks and trims a name. A `&'static str` is not copied.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::BlankSpanName`] if nothing is left after trimming.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidValue> {
        let name = foreign::call(|| name.into()).ok_or(InvalidValue::BlankSpanName)?;
        let name = match name {
            Cow::Borrowed(name) => Cow::Borrowed(bounded(trimmed(name))),
            Cow::Owned(name) if bounded(name.trim()).len() == name.len() => Cow::Owned(name),
            Cow::Owned(name) => Cow::Owned(bounded(name.trim()).to_owned()),
        };
        if name.is_empty() { Err(InvalidValue::BlankSpanName) } else { Ok(Self(name)) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a caller gives; `unnamed` if the conversion panics.
    pub(crate) fn given(name: impl Into<Self>) -> Self {
        foreign::call(|| name.into()).unwrap_or(Self(Cow::Borrowed(UNNAMED)))
    }

    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.0
    }
}

impl fmt::Display for SpanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A blank name becomes `unnamed`, and is said once at ERROR.
impl From<Cow<'static, str>> for SpanName {
    fn from(name: Cow<'static, str>) -> Self {
        Self::new(name).unwrap_or_else(|reason| {
            said::once!(error, %reason, "recorded as `{UNNAMED}`");
            Self(Cow::Borrowed(UNNAMED))
        })
    }
}

/// As from a `Cow`.
impl From<&'static str> for SpanName {
    fn from(name: &'static str) -> Self {
        Self::from(Cow::Borrowed(name))
    }
}

/// As from a `Cow`.
impl From<String> for SpanName {
    fn from(name: String) -> Self {
        Self::from(Cow::<'static, str>::Owned(name))
    }
}
