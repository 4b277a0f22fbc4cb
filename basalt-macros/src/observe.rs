//! `#[observe]`: a function becomes a step.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, Ident, LitStr, Path, Result};

use crate::{args::Args, body, signature};

pub(crate) fn expand(args: TokenStream, item: TokenStream, krate: Path) -> Result<TokenStream> {
    let args: Args = syn::parse2(args)?;
    let function = signature::function("observe", item)?;
    for (argument, cure) in [
        ("feature_slug", "a step has the feature of its trace: remove it, or use #[start_observe]"),
        ("experiment", "a step has the experiment of its trace: remove it, or use #[start_observe]"),
        ("basalt", "a step finds its trace by itself: remove it, or use #[start_observe]"),
    ] {
        if let Some(place) = args.place(argument) {
            return Err(Error::new(place, cure));
        }
    }
    let krate = args.krate.clone().unwrap_or(krate);
    let name = body::name(&args, &function.sig);
    let kind = kind(args.kind.as_ref())?;
    let (keys, values): (Vec<_>, Vec<_>) = args.metadata.iter().cloned().unzip();
    let evaluators = &args.evaluators;
    let call = quote! {
        #krate::call::Call::step(
            #krate::observe::observe(#name)
                .kind(#krate::ObserveKind::#kind)
                #(.metadata(#keys, #values))*
                #(.evaluators([#evaluators]))*
        )
    };
    let arguments = body::arguments(&args, &function.sig, &krate)?;
    Ok(body::Body { args, function, krate, call, arguments }.expand())
}

/// The variant of `ObserveKind`.
fn kind(text: Option<&LitStr>) -> Result<Ident> {
    const KINDS: [&str; 6] = ["span", "generation", "retrieval", "function", "tool", "event"];
    let Some(text) = text else { return Ok(Ident::new("Span", Span::call_site())) };
    let kind = text.value().trim().to_lowercase();
    if !KINDS.contains(&kind.as_str()) {
        let cure = format!("no kind is called `{}`: use one of {}", text.value(), KINDS.join(", "));
        return Err(Error::new(text.span(), cure));
    }
    let (first, rest) = kind.split_at(1);
    Ok(format_ident!("{}{rest}", first.to_uppercase()))
}
