//! `#[start_observe]`: a function becomes a root.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Path, Result};

use crate::{
    args::{Args, Output},
    body, signature,
};

pub(crate) fn expand(args: TokenStream, item: TokenStream, krate: Path) -> Result<TokenStream> {
    let args: Args = syn::parse2(args)?;
    let function = signature::function("start_observe", item)?;
    for (argument, cure) in [
        ("kind", "a root has no kind: remove it, or use #[observe]"),
        ("skip", "a root captures no arguments but what `input` names: remove it"),
        ("skip_all", "a root captures no arguments but what `input` names: remove it"),
        ("debug", "a root captures no arguments but what `input` names: remove it, and use `input`"),
    ] {
        if let Some(place) = args.place(argument) {
            return Err(Error::new(place, cure));
        }
    }
    let Some(slug) = &args.feature_slug else {
        let cure = "a root serves a feature: write `feature_slug = \"…\"`, as Basalt knows the feature";
        return Err(Error::new(Span::call_site(), cure));
    };
    let krate = args.krate.clone().unwrap_or(krate);
    let name = body::name(&args, &function.sig);
    let (keys, values): (Vec<_>, Vec<_>) = args.metadata.iter().cloned().unzip();
    let (evaluators, experiment) = (&args.evaluators, args.experiment.iter());
    let start = match &args.basalt {
        Some(basalt) => quote!((#basalt).start_observe(#slug, #name)),
        None => quote!(#krate::start_observe::start_observe(#slug, #name)),
    };
    let call = quote! {
        #krate::call::Call::root(
            #start
                #(.metadata(#keys, #values))*
                #(.evaluators([#evaluators]))*
                #(.experiment(#experiment))*
        )
    };
    let args = match args.output {
        Output::Whole => Args { output: Output::None, ..args },
        _ => args,
    };
    Ok(body::Body { args, function, krate, call, arguments: None }.expand())
}
