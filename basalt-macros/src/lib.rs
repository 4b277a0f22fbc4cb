//! `#[observe]` and `#[start_observe]`: functions as steps and roots of Basalt traces.
//!
//! Use them through `basalt-core`, or the front of your web framework, with the feature `macros`, which is on by
//! default: `use basalt_tower::{observe, start_observe};`.

mod args;
mod body;
mod observe;
mod signature;
mod start_observe;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::{Result, parse_quote};

#[doc = include_str!("../docs/observe.md")]
#[proc_macro_attribute]
pub fn observe(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| observe::expand(args.into(), item, parse_quote!(::basalt_core)))
}

#[doc = include_str!("../docs/start_observe.md")]
#[proc_macro_attribute]
pub fn start_observe(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| start_observe::expand(args.into(), item, parse_quote!(::basalt_core)))
}

/// `#[observe]`, for those who know the crate as `basalt_tower`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn observe_in_tower(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| observe::expand(args.into(), item, parse_quote!(::basalt_tower)))
}

/// `#[start_observe]`, for those who know the crate as `basalt_tower`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn start_observe_in_tower(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| start_observe::expand(args.into(), item, parse_quote!(::basalt_tower)))
}

/// `#[observe]`, for those who know the crate as `basalt_actix`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn observe_in_actix(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| observe::expand(args.into(), item, parse_quote!(::basalt_actix)))
}

/// `#[start_observe]`, for those who know the crate as `basalt_actix`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn start_observe_in_actix(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(item, |item| start_observe::expand(args.into(), item, parse_quote!(::basalt_actix)))
}

/// A function that cannot be observed stays what it was, so that its error is the only one.
fn finish(item: TokenStream, expand: impl FnOnce(TokenStream2) -> Result<TokenStream2>) -> TokenStream {
    let untouched = item.clone();
    match expand(item.into()) {
        Ok(expanded) => expanded.into(),
        Err(error) => TokenStream::from_iter([untouched, error.into_compile_error().into()]),
    }
}
