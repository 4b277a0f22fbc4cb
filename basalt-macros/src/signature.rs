//! What a function looks like from outside: its arguments, and how it gives back what it returns.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Error, FnArg, Ident, ItemFn, Pat, PatIdent, PathArguments, Result, ReturnType, Signature, Type,
    TypeParamBound, parse_quote, parse2,
    punctuated::Punctuated,
    token::Plus,
    visit_mut::{VisitMut, visit_pat_ident_mut, visit_type_mut},
};

/// How a function gives back what it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `fn() -> T`
    Sync,
    /// `async fn() -> T`
    Async,
    /// `fn() -> impl Future<Output = T>`
    Future,
    /// `fn() -> Pin<Box<dyn Future<Output = T>>>`, which is what `#[async_trait]` makes of an async method.
    BoxedFuture,
    /// `fn() -> impl Stream<Item = T>`
    Stream,
    /// `fn() -> Pin<Box<dyn Stream<Item = T>>>`
    BoxedStream,
}

/// Reads a function; anything else is an error.
pub(crate) fn function(macro_name: &str, item: TokenStream) -> Result<ItemFn> {
    let function: ItemFn = parse2(item).map_err(|error| {
        Error::new(error.span(), format!("#[{macro_name}] goes on a function or a method that has a body"))
    })?;
    match &function.sig.constness {
        Some(token) => Err(Error::new_spanned(
            token,
            format!("a const fn cannot be observed: remove `const`, or #[{macro_name}]"),
        )),
        None => Ok(function),
    }
}

/// The names that the arguments bind, without `self`.
pub(crate) fn bindings(signature: &Signature) -> Vec<Ident> {
    let mut bindings = Bindings(Vec::new());
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            bindings.visit_pat_mut(&mut Pat::clone(&typed.pat));
        }
    }
    bindings.0
}

struct Bindings(Vec<Ident>);

impl VisitMut for Bindings {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.0.push(pat.ident.clone());
        visit_pat_ident_mut(self, pat);
    }
}

/// The type that a function returns, with `_` for what only the compiler can name, and whether there is any.
pub(crate) fn returned(output: &ReturnType) -> (Type, bool) {
    let mut blanks = Blanks { any: false };
    let mut returned = match output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, returned) => Type::clone(returned),
    };
    blanks.visit_type_mut(&mut returned);
    (returned, blanks.any)
}

struct Blanks {
    any: bool,
}

impl VisitMut for Blanks {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::ImplTrait(_) = ty {
            *ty = parse_quote!(_);
            self.any = true;
        } else {
            visit_type_mut(self, ty);
        }
    }
}

pub(crate) fn shape(signature: &Signature) -> Shape {
    if signature.asyncness.is_some() {
        return Shape::Async;
    }
    let ReturnType::Type(_, returned) = &signature.output else { return Shape::Sync };
    match &**returned {
        Type::ImplTrait(opaque) => match trait_of(&opaque.bounds).as_deref() {
            Some("Future") => Shape::Future,
            Some("Stream") => Shape::Stream,
            _ => Shape::Sync,
        },
        Type::Path(path) => match boxed(path).as_deref() {
            Some("Future") => Shape::BoxedFuture,
            Some("Stream") => Shape::BoxedStream,
            _ => Shape::Sync,
        },
        _ => Shape::Sync,
    }
}

/// Future or stream among the bounds of an `impl` or a `dyn`.
fn trait_of(bounds: &Punctuated<TypeParamBound, Plus>) -> Option<String> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let name = bound.path.segments.last()?.ident.to_string();
        matches!(name.as_str(), "Future" | "Stream").then_some(name)
    })
}

/// What stands in a `Pin<Box<dyn …>>`, or in one of the names that the `futures` crate has for it.
fn boxed(path: &syn::TypePath) -> Option<String> {
    let last = path.path.segments.last()?;
    match last.ident.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => return Some("Future".to_owned()),
        "BoxStream" | "LocalBoxStream" => return Some("Stream".to_owned()),
        "Pin" => {}
        _ => return None,
    }
    let Type::Path(inner) = argument(&last.arguments)? else { return None };
    let inner = inner.path.segments.last()?;
    match argument(&inner.arguments)? {
        Type::TraitObject(object) if inner.ident == "Box" => trait_of(&object.bounds),
        _ => None,
    }
}

/// The only type argument.
fn argument(arguments: &PathArguments) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    let mut types = arguments.args.iter().map(|argument| parse2::<Type>(argument.to_token_stream()));
    types.next()?.ok()
}
