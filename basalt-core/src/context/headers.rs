//! The headers of a request, as the core reads them.

use http::HeaderName;

/// Headers that are sooner looked through than asked for one by one.
const FEW: usize = 6;

/// Names that are looked for at once, as many as are needed.
pub type Names<'n> = [Option<&'n HeaderName>; 4];

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
    fn several<'h>(&'h self, names: &Names<'_>, each: &mut dyn FnMut(usize, &'h [u8])) {
        one_by_one(|name, each| self.named(name, each), names, each);
    }
}

fn one_by_one<'h>(
    named: impl Fn(&HeaderName, &mut dyn FnMut(&'h [u8])),
    names: &Names<'_>,
    each: &mut dyn FnMut(usize, &'h [u8]),
) {
    for (position, name) in names.iter().enumerate() {
        if let Some(name) = name {
            named(name, &mut |value| each(position, value));
        }
    }
}

/// [`Headers::several`] by looking at all headers once: where there are few, or where to ask for one is dear.
pub fn sift<'h>(
    all: impl Iterator<Item = (&'h str, &'h [u8])>,
    names: &Names<'_>,
    each: &mut dyn FnMut(usize, &'h [u8]),
) {
    // No header has an empty name.
    let names = names.map(|name| name.map_or("", HeaderName::as_str));
    for (header, value) in all {
        for (position, name) in names.iter().enumerate() {
            if *name == header {
                each(position, value);
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

    fn several<'h>(&'h self, names: &Names<'_>, each: &mut dyn FnMut(usize, &'h [u8])) {
        if self.len() > FEW {
            return one_by_one(|name, each| self.named(name, each), names, each);
        }
        sift(self.iter().map(|(name, value)| (name.as_str(), value.as_bytes())), names, each);
    }
}
