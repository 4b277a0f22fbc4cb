//! The headers of a request, as the core reads them.

use http::HeaderName;

/// The headers of a request, whatever type the framework has for them.
///
/// Values are bytes as sent; their order is that of the request.
pub trait Headers {
    /// Shows every value of a header to `each`. Names are given in lower case.
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8]));

    /// The same, where the name has been checked. Defaults to [`values`](Self::values); maps that need not read such a
    /// name again are faster.
    fn named<'h>(&'h self, name: &HeaderName, each: &mut dyn FnMut(&'h [u8])) {
        self.values(name.as_str(), each);
    }

    /// The values of several headers, in any order, each with the position of its name. Defaults to asking for one
    /// after the other.
    fn several<'h>(&'h self, names: &Names, each: &mut dyn FnMut(usize, &'h [u8])) {
        names.one_by_one(|name, each| self.named(name, each), each);
    }
}

/// Header names that are looked for at once.
///
/// ```
/// use basalt_core::context::{Headers, Names};
/// use http::{HeaderMap, HeaderName, HeaderValue};
///
/// let mut names = Names::default();
/// names.set(3, Some(HeaderName::from_static("x-user-id")));
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-user-id", HeaderValue::from_static("u-1"));
/// headers.several(&names, &mut |position, value| assert_eq!((position, value), (3, &b"u-1"[..])));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Names {
    names: [Option<HeaderName>; Self::MOST],
    /// How many there are.
    count: usize,
    /// For each length of a name, the positions of those that have it, a bit for each.
    by_length: [u16; Self::LENGTHS],
}

impl Names {
    /// Positions are below this number.
    pub const MOST: usize = 16;
    /// Longer names are looked for among the longest.
    const LENGTHS: usize = 32;

    /// The name at a position; none is not looked for. A position that there is not is nobody's.
    pub fn set(&mut self, position: usize, name: Option<HeaderName>) {
        if let Some(place) = self.names.get_mut(position) {
            *place = name;
        }
        self.count = self.names.iter().flatten().count();
        self.by_length = Default::default();
        for (position, name) in self.names.iter().enumerate() {
            let length = name.as_ref().map(|name| name.as_str().len().min(Self::LENGTHS - 1));
            if let Some(positions) = length.and_then(|length| self.by_length.get_mut(length)) {
                *positions |= 1 << position;
            }
        }
    }

    /// Whether something is looked for at a position.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.names.get(position).is_some_and(Option::is_some)
    }

    /// Looks at all headers once: where there are few, or where to ask for one is dear.
    pub fn sift<'h>(
        &self,
        all: impl Iterator<Item = (&'h str, &'h [u8])>,
        each: &mut dyn FnMut(usize, &'h [u8]),
    ) {
        for (header, value) in all {
            let mut positions = self.by_length.get(header.len().min(Self::LENGTHS - 1)).copied().unwrap_or(0);
            while positions != 0 {
                let position = positions.trailing_zeros() as usize;
                positions &= positions - 1;
                if let Some(Some(name)) = self.names.get(position)
                    && name.as_str() == header
                {
                    each(position, value);
                }
            }
        }
    }

    fn one_by_one<'h>(
        &self,
        named: impl Fn(&HeaderName, &mut dyn FnMut(&'h [u8])),
        each: &mut dyn FnMut(usize, &'h [u8]),
    ) {
        for (position, name) in self.names.iter().enumerate() {
            if let Some(name) = name {
                named(name, &mut |value| each(position, value));
            }
        }
    }
}

impl Headers for http::HeaderMap {
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8])) {
        self.get_all(name).iter().for_each(|value| each(value.as_bytes()));
    }

    fn named<'h>(&'h self, name: &HeaderName, each: &mut dyn FnMut(&'h [u8])) {
        self.get_all(name).iter().for_each(|value| each(value.as_bytes()));
    }

    fn several<'h>(&'h self, names: &Names, each: &mut dyn FnMut(usize, &'h [u8])) {
        // To find one takes as long as to pass two.
        if self.len() > 2 * names.count {
            return names.one_by_one(|name, each| self.named(name, each), each);
        }
        names.sift(self.iter().map(|(name, value)| (name.as_str(), value.as_bytes())), each);
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn few_headers_and_many_are_read_alike() {
        let mut names = Names::default();
        for (position, name) in ["x-user-id", "x-of-equal", "x-like-it", "x-user-id"].into_iter().enumerate()
        {
            names.set(position, HeaderName::try_from(name).ok());
        }
        names.set(15, HeaderName::try_from("x".repeat(40)).ok());
        names.set(1, None);
        names.set(16, HeaderName::try_from("x-beyond").ok());
        assert!(names.has(0) && !names.has(1) && !names.has(16));

        for more in [0, 40] {
            let mut headers = HeaderMap::new();
            for (name, value) in
                [("x-user-id", "a"), ("x-user-id", "b"), ("x-of-equal", "c"), ("x-beyond", "d")]
            {
                headers.append(name, HeaderValue::from_static(value));
            }
            headers.append(HeaderName::try_from("x".repeat(40)).unwrap(), HeaderValue::from_static("e"));
            for number in 0..more {
                headers.append(
                    HeaderName::try_from(format!("x-{number:07}")).unwrap(),
                    HeaderValue::from_static("f"),
                );
            }
            let mut seen = Vec::new();
            headers.several(&names, &mut |position, value| seen.push((position, value.to_vec())));
            seen.sort();
            let expected = [(0, "a"), (0, "b"), (3, "a"), (3, "b"), (15, "e")];
            assert_eq!(seen, expected.map(|(position, value)| (position, value.as_bytes().to_vec())));
        }
    }
}
