//! The function again, with its body inside a span.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Ident, ItemFn, LitStr, Path, Result, Signature, parse_quote};

use crate::{
    args::{Args, Failure, Output},
    signature::{self, Shape, bindings, returned},
};

/// Tokens whose variables no expression of the user can see.
macro_rules! ours {
    ($($token:tt)*) => { quote_spanned!(Span::mixed_site()=> $($token)*) };
}

/// What the macros agree on.
pub(crate) struct Body {
    pub(crate) args: Args,
    pub(crate) function: ItemFn,
    pub(crate) krate: Path,
    /// Opens the call.
    pub(crate) call: TokenStream,
    /// Captures the arguments, unless none are.
    pub(crate) arguments: Option<TokenStream>,
}

/// The name of the span.
pub(crate) fn name(args: &Args, signature: &Signature) -> LitStr {
    args.name.clone().unwrap_or_else(|| LitStr::new(&signature.ident.to_string(), signature.ident.span()))
}

/// Captures the arguments by name.
pub(crate) fn arguments(args: &Args, signature: &Signature, krate: &Path) -> Result<Option<TokenStream>> {
    let bindings = bindings(signature);
    for named in args.skip.iter().chain(&args.debug) {
        if named == "self" {
            return Err(Error::new(named.span(), "`self` is never captured: remove it here"));
        }
        if !bindings.contains(named) {
            let known: Vec<_> = bindings.iter().map(ToString::to_string).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let cure = format!("no argument is called `{named}`: there are {known}");
            return Err(Error::new(named.span(), cure));
        }
    }
    if args.skip_all || args.input.is_some() {
        return Ok(None);
    }
    let captured = bindings.iter().filter(|binding| !args.skip.contains(binding)).map(|binding| {
        let name = binding.to_string();
        if args.debug.contains(binding) {
            ours!(arguments.add_debug(#name, &#binding);)
        } else {
            ours!((&&#krate::call::Argument(&#binding)).add_to(arguments, #name);)
        }
    });
    let call = call();
    Ok(Some(ours! {
        #call.arguments(|arguments| {
            #[allow(unused_imports)]
            use #krate::call::{JsonArgument as _, OtherArgument as _};
            let _ = &arguments;
            #(#captured)*
        });
    }))
}

/// The open call.
fn call() -> Ident {
    Ident::new("call", Span::mixed_site())
}

/// What the function returns.
fn returns() -> Ident {
    Ident::new("returns", Span::mixed_site())
}

impl Body {
    pub(crate) fn expand(self) -> TokenStream {
        let (open, run) = (self.open(), self.run());
        let mut observed = self.function;
        observed.block = parse_quote!({ #open #run });
        observed.into_token_stream()
    }

    /// Opens the call and says what is known before the function runs.
    fn open(&self) -> TokenStream {
        let (call, opened, arguments) = (call(), &self.call, &self.arguments);
        let input = self.args.input.iter();
        let variables = self.args.variables.iter();
        let identity = self.args.identity.iter();
        ours! {
            let #call = #opened;
            if #call.is_recording() {
                #arguments
                #(#call.input(&(#input));)*
                #(#call.variables(&(#variables));)*
                #(#call.identity(#identity);)*
            }
        }
    }

    fn run(&self) -> TokenStream {
        let (call, result, block) = (call(), returns(), &self.function.block);
        let (returned, blanks) = returned(&self.function.sig.output);
        let closure = if blanks { ours!(move || #block) } else { ours!(move || -> #returned #block) };
        let inside = ours!(#call.in_scope(#closure));
        let settle = self.settle();
        let settled = ours! { #settle #result };
        match signature::shape(&self.function.sig) {
            Shape::Sync => ours! {
                let #result = #inside;
                #settled
            },
            Shape::Async => ours! {
                let #result = #call.observe(async move {
                    #[allow(unreachable_code, clippy::all, clippy::pedantic)]
                    if false {
                        let returned: #returned = loop {};
                        return returned;
                    }
                    #block
                }).await;
                #settled
            },
            Shape::Future => ours! {
                let future = #inside;
                async move {
                    let #result = #call.observe(future).await;
                    #settled
                }
            },
            Shape::BoxedFuture => ours! {
                let future = #inside;
                ::std::boxed::Box::pin(async move {
                    let #result = #call.observe(future).await;
                    #settled
                })
            },
            Shape::Stream => ours! {
                let stream = #inside;
                #call.observe(stream)
            },
            Shape::BoxedStream => ours! {
                let stream = #inside;
                ::std::boxed::Box::pin(#call.observe(stream))
            },
        }
    }

    /// Says what the function has come to.
    fn settle(&self) -> TokenStream {
        let (krate, call, result) = (&self.krate, call(), returns());
        let value = self.value();
        let err = self.args.place("err").unwrap_or_else(Span::mixed_site).resolved_at(Span::mixed_site());
        let outcome = match self.args.err {
            Failure::IfShown => ours!((&&#krate::call::Returned(&#result)).outcome()),
            Failure::Display | Failure::Debug => {
                quote_spanned!(err=> #krate::call::ResultReturn::outcome(&&#krate::call::Returned(&#result)))
            }
        };
        let error = match self.args.err {
            Failure::IfShown => ours!((&&#krate::call::Failure(error)).record(&#call)),
            Failure::Display => quote_spanned!(err=> #call.failed(error)),
            Failure::Debug => quote_spanned!(err=> #call.failed(&::std::format_args!("{:?}", error))),
        };
        ours! {
            if #call.is_recording() {
                #[allow(unused_imports)]
                use #krate::call::{
                    JsonOutput as _, NamedFailure as _, OtherFailure as _, OtherOutput as _,
                    OtherReturn as _, ResultReturn as _,
                };
                let outcome = #outcome;
                if let ::std::option::Option::Some(value) = outcome.value {
                    let _ = value;
                    #value
                }
                if let ::std::option::Option::Some(error) = outcome.error {
                    #error
                }
            }
        }
    }

    fn value(&self) -> TokenStream {
        let (krate, call) = (&self.krate, call());
        let whole = ours!((&&#krate::call::Output(value)).record(&#call););
        let generation = self.args.kind.as_ref().is_some_and(|kind| kind.value() == "generation");
        let first = if generation { &whole } else { &TokenStream::new() };
        match &self.args.output {
            Output::Whole => whole,
            Output::None => TokenStream::new(),
            Output::Named(name) => ours! {
                #first
                #call.output(::std::collections::BTreeMap::from([(#name, value)]));
            },
            Output::Instead(expression) => {
                let result = Ident::new("result", Span::call_site());
                ours! {
                    #first
                    let #result = value;
                    #call.output(&(#expression));
                }
            }
        }
    }
}
