//! What stands between the brackets: `#[observe(name = "rank", skip(db))]`.

use proc_macro2::Span;
use syn::{
    Error, Expr, Ident, LitStr, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// Everything that can be said of a function.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) feature_slug: Option<Expr>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: bool,
    pub(crate) debug: Vec<Ident>,
    pub(crate) input: Option<Expr>,
    pub(crate) variables: Option<Expr>,
    pub(crate) output: Output,
    pub(crate) err: Failure,
    pub(crate) metadata: Vec<(LitStr, Expr)>,
    pub(crate) evaluators: Vec<Expr>,
    pub(crate) identity: Option<Expr>,
    pub(crate) experiment: Option<Expr>,
    pub(crate) basalt: Option<Expr>,
    pub(crate) krate: Option<Path>,
    /// Every argument that was given, to find one that has no place or comes twice.
    pub(crate) given: Vec<Ident>,
}

/// What becomes of the value that a function returns.
#[derive(Default)]
pub(crate) enum Output {
    /// It is captured, if it serializes.
    #[default]
    Whole,
    /// It is not captured.
    None,
    /// It is captured under a name.
    Named(LitStr),
    /// Something else is.
    Instead(Expr),
}

/// How the error that a function returns is shown.
#[derive(Default, PartialEq, Eq)]
pub(crate) enum Failure {
    /// By `Display`, where it has it.
    #[default]
    IfShown,
    /// By `Display`, which it must have.
    Display,
    /// By `Debug`.
    Debug,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            let name = Ident::parse_any(input)?;
            if args.given.contains(&name) {
                return Err(Error::new(name.span(), format!("`{name}` is given twice: keep one")));
            }
            args.take(&name, input)?;
            args.given.push(name);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

impl Args {
    fn take(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "name" => self.name = Some(text(input, name)?),
            "kind" => self.kind = Some(text(input, name)?),
            "feature_slug" => self.feature_slug = Some(value(input, name)?),
            "skip" => self.skip = list(input, name, Ident::parse_any)?,
            "skip_all" => self.skip_all = true,
            "debug" => self.debug = list(input, name, Ident::parse_any)?,
            "input" => self.input = Some(value(input, name)?),
            "variables" => self.variables = Some(value(input, name)?),
            "output" => self.output = output(input, name)?,
            "err" => self.err = failure(input)?,
            "metadata" => self.metadata = list(input, name, pair)?,
            "evaluators" => self.evaluators = list(input, name, Expr::parse)?,
            "identity" => self.identity = Some(value(input, name)?),
            "experiment" => self.experiment = Some(value(input, name)?),
            "basalt" => self.basalt = Some(value(input, name)?),
            "crate" => {
                equals(input, name)?;
                self.krate = Some(input.call(Path::parse_mod_style)?);
            }
            _ => return Err(Error::new(name.span(), unknown(name))),
        }
        Ok(())
    }

    /// Where an argument stands.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        self.given.iter().find(|given| *given == name).map(Ident::span)
    }
}

fn unknown(name: &Ident) -> String {
    format!(
        "`{name}` is no argument of this macro: use name, kind, feature_slug, skip, skip_all, debug, input, \
         variables, output, err, metadata, evaluators, identity, experiment, basalt or crate"
    )
}

fn equals(input: ParseStream<'_>, name: &Ident) -> Result<()> {
    if !input.peek(Token![=]) {
        return Err(Error::new(name.span(), format!("`{name}` needs a value: write `{name} = …`")));
    }
    input.parse::<Token![=]>().map(drop)
}

fn value(input: ParseStream<'_>, name: &Ident) -> Result<Expr> {
    equals(input, name)?;
    input.parse()
}

/// A text that is not blank.
fn text(input: ParseStream<'_>, name: &Ident) -> Result<LitStr> {
    equals(input, name)?;
    let text: LitStr = input.parse().map_err(|error| {
        Error::new(error.span(), format!("`{name}` takes a text: write `{name} = \"…\"`"))
    })?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), format!("`{name}` must not be blank: write what it is")));
    }
    Ok(text)
}

fn list<T>(input: ParseStream<'_>, name: &Ident, item: fn(ParseStream<'_>) -> Result<T>) -> Result<Vec<T>> {
    if !input.peek(syn::token::Paren) {
        return Err(Error::new(name.span(), format!("`{name}` takes a list: write `{name}(…)`")));
    }
    let inside;
    parenthesized!(inside in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated_with(&inside, item)?.into_iter().collect())
}

/// `key = value`, where the key may be a text.
fn pair(input: ParseStream<'_>) -> Result<(LitStr, Expr)> {
    let key = if input.peek(LitStr) {
        input.parse()?
    } else {
        let name = Ident::parse_any(input)?;
        LitStr::new(&name.to_string(), name.span())
    };
    if !input.peek(Token![=]) {
        let cure = format!("write `metadata({} = …)`", key.value());
        return Err(Error::new(key.span(), format!("metadata are keys and values: {cure}")));
    }
    input.parse::<Token![=]>()?;
    Ok((key, input.parse()?))
}

fn output(input: ParseStream<'_>, name: &Ident) -> Result<Output> {
    equals(input, name)?;
    if !input.peek(LitStr) {
        return Ok(Output::Instead(input.parse()?));
    }
    let text: LitStr = input.parse()?;
    Ok(if text.value() == "none" { Output::None } else { Output::Named(text) })
}

fn failure(input: ParseStream<'_>) -> Result<Failure> {
    if !input.peek(Token![=]) {
        return Ok(Failure::Display);
    }
    input.parse::<Token![=]>()?;
    let text: LitStr = input.parse()?;
    match text.value().as_str() {
        "debug" => Ok(Failure::Debug),
        "display" => Ok(Failure::Display),
        other => Err(Error::new(
            text.span(),
            format!("`{other}` is no way to show an error: write `err`, or `err = \"debug\"`"),
        )),
    }
}
