//! Templates as they are written: parsed, and rewritten so that whatever grows is made by a function that has a limit.
//!
//! The engine gives no hook for `~`, `+` and `*`, for raw text inside of captures, and for lazy values, so its tree is
//! built anew with calls of our own filters in their places.

use minijinja::{
    Error, ErrorKind, Value,
    machinery::{
        CodeGenerator, Instructions, Span, Token,
        ast::{self, BinOpKind, CallArg, Expr, Spanned, Stmt},
        parse, tokenize,
    },
    syntax::SyntaxConfig,
};

use super::growth::{ADD, CHECKED, CONCAT, GUARDED, MULTIPLY};

/// Of one tag: what may be nested in it takes as much of the stack.
const OPERATORS: usize = 300;
/// Branches of all conditions, which are nested too.
const BRANCHES: usize = 100;

type Blocks<'a> = std::collections::BTreeMap<&'a str, Instructions<'a>>;

/// A template that is ready to be filled in.
pub(super) fn compiled(source: &str) -> Result<(Instructions<'_>, Blocks<'_>), Error> {
    shallow(source)?;
    let tree = stmt(&parse(source, NAME, SyntaxConfig::default())?);
    let mut generator = CodeGenerator::new(NAME, source);
    generator.compile_stmt(&tree);
    Ok(generator.finish())
}

const NAME: &str = "prompt";

/// Refuses what the parser would follow deeper than the stack goes.
fn shallow(source: &str) -> Result<(), Error> {
    let (mut operators, mut branches) = (0, 0);
    for token in tokenize(source, false, SyntaxConfig::default()) {
        // What is no token is said by the parser, which knows where it stands.
        let Ok((token, _)) = token else { break };
        match token {
            Token::VariableStart | Token::BlockStart => operators = 0,
            Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Comma => {}
            Token::Ident("elif") => branches += 1,
            _ => operators += 1,
        }
        if operators > OPERATORS || branches > BRANCHES {
            return Err(Error::new(ErrorKind::SyntaxError, "a tag or a condition is too complex"));
        }
    }
    Ok(())
}

fn stmts<'a>(all: &[Stmt<'a>]) -> Vec<Stmt<'a>> {
    all.iter().map(stmt).collect()
}

fn stmt<'a>(old: &Stmt<'a>) -> Stmt<'a> {
    match old {
        Stmt::Template(t) => Stmt::Template(at(t, ast::Template { children: stmts(&t.children) })),
        Stmt::EmitExpr(e) => Stmt::EmitExpr(at(e, ast::EmitExpr { expr: expr(&e.expr) })),
        // As a value, which is counted where it is written.
        Stmt::EmitRaw(e) => {
            let raw = Expr::Const(at(e, ast::Const { value: Value::from_safe_string(e.raw.to_owned()) }));
            Stmt::EmitExpr(at(e, ast::EmitExpr { expr: raw }))
        }
        Stmt::ForLoop(f) => Stmt::ForLoop(at(
            f,
            ast::ForLoop {
                target: target(&f.target),
                iter: expr(&f.iter),
                filter_expr: f.filter_expr.as_ref().map(expr),
                recursive: f.recursive,
                body: stmts(&f.body),
                else_body: stmts(&f.else_body),
            },
        )),
        Stmt::IfCond(i) => Stmt::IfCond(at(
            i,
            ast::IfCond {
                expr: expr(&i.expr),
                true_body: stmts(&i.true_body),
                false_body: stmts(&i.false_body),
            },
        )),
        Stmt::WithBlock(w) => {
            let assignments = w.assignments.iter().map(|(to, value)| (target(to), expr(value))).collect();
            Stmt::WithBlock(at(w, ast::WithBlock { assignments, body: stmts(&w.body) }))
        }
        Stmt::Set(s) => {
            let value = expr(&s.expr);
            let within = matches!(s.target, Expr::GetAttr(_));
            let value = if within { checked(value) } else { value };
            Stmt::Set(at(s, ast::Set { target: target(&s.target), expr: value }))
        }
        Stmt::SetBlock(s) => Stmt::SetBlock(at(
            s,
            ast::SetBlock {
                target: target(&s.target),
                filter: s.filter.as_ref().map(expr),
                body: stmts(&s.body),
            },
        )),
        Stmt::AutoEscape(a) => {
            Stmt::AutoEscape(at(a, ast::AutoEscape { enabled: expr(&a.enabled), body: stmts(&a.body) }))
        }
        Stmt::FilterBlock(f) => {
            Stmt::FilterBlock(at(f, ast::FilterBlock { filter: expr(&f.filter), body: stmts(&f.body) }))
        }
        Stmt::Block(b) => {
            Stmt::Block(at(b, ast::Block { name: b.name, required: b.required, body: stmts(&b.body) }))
        }
        Stmt::Import(i) => Stmt::Import(at(i, ast::Import { expr: expr(&i.expr), name: target(&i.name) })),
        Stmt::FromImport(f) => {
            let names = f.names.iter().map(|(name, alias)| (target(name), alias.as_ref().map(target)));
            Stmt::FromImport(at(f, ast::FromImport { expr: expr(&f.expr), names: names.collect() }))
        }
        Stmt::Extends(e) => Stmt::Extends(at(e, ast::Extends { name: expr(&e.name) })),
        Stmt::Include(i) => {
            Stmt::Include(at(i, ast::Include { name: expr(&i.name), ignore_missing: i.ignore_missing }))
        }
        Stmt::Macro(m) => Stmt::Macro(at(m, macro_of(m))),
        Stmt::CallBlock(c) => Stmt::CallBlock(at(
            c,
            ast::CallBlock {
                call: at(&c.call, call(&c.call)),
                macro_decl: at(&c.macro_decl, macro_of(&c.macro_decl)),
            },
        )),
        Stmt::Do(d) => Stmt::Do(at(d, ast::Do { call: at(&d.call, call(&d.call)) })),
    }
}

fn macro_of<'a>(old: &ast::Macro<'a>) -> ast::Macro<'a> {
    ast::Macro {
        name: old.name,
        args: old.args.iter().map(target).collect(),
        defaults: old.defaults.iter().map(expr).collect(),
        body: stmts(&old.body),
    }
}

fn at<T, U>(old: &Spanned<T>, new: U) -> Spanned<U> {
    Spanned::new(new, old.span())
}

/// What is assigned to, as it is.
fn target<'a>(old: &Expr<'a>) -> Expr<'a> {
    match old {
        Expr::Tuple(t) => Expr::Tuple(at(t, ast::Tuple { items: t.items.iter().map(target).collect() })),
        Expr::List(l) => Expr::List(at(l, ast::List { items: l.items.iter().map(target).collect() })),
        other => plain(other),
    }
}

/// An expression whose value, where it is a new one, is within the limits.
fn expr<'a>(old: &Expr<'a>) -> Expr<'a> {
    match old {
        Expr::BinOp(b) => {
            let grows = match b.op {
                BinOpKind::Concat => CONCAT,
                BinOpKind::Add => ADD,
                BinOpKind::Mul => MULTIPLY,
                _ => return plain(old),
            };
            filter(grows, Some(expr(&b.left)), vec![CallArg::Pos(expr(&b.right))], b.span())
        }
        Expr::Filter(f) => {
            let name = Expr::Const(at(f, ast::Const { value: Value::from(f.name) }));
            let all = std::iter::once(CallArg::Pos(name)).chain(args(&f.args)).collect();
            filter(GUARDED, f.expr.as_ref().map(expr), all, f.span())
        }
        Expr::Slice(_) | Expr::Call(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => checked(plain(old)),
        other => plain(other),
    }
}

/// The same expression of rewritten ones.
fn plain<'a>(old: &Expr<'a>) -> Expr<'a> {
    let all = |items: &[Expr<'a>]| items.iter().map(expr).collect();
    match old {
        Expr::Var(v) => Expr::Var(at(v, ast::Var { id: v.id })),
        Expr::Const(c) => Expr::Const(at(c, ast::Const { value: c.value.clone() })),
        Expr::Slice(s) => Expr::Slice(at(
            s,
            ast::Slice {
                expr: expr(&s.expr),
                start: s.start.as_ref().map(expr),
                stop: s.stop.as_ref().map(expr),
                step: s.step.as_ref().map(expr),
            },
        )),
        Expr::UnaryOp(u) => {
            let not = matches!(u.op, ast::UnaryOpKind::Not);
            let op = if not { ast::UnaryOpKind::Not } else { ast::UnaryOpKind::Neg };
            Expr::UnaryOp(at(u, ast::UnaryOp { op, expr: expr(&u.expr) }))
        }
        Expr::BinOp(b) => {
            Expr::BinOp(at(b, ast::BinOp { op: b.op, left: expr(&b.left), right: expr(&b.right) }))
        }
        Expr::Compare(c) => {
            let ops = c.ops.iter().map(|op| ast::CompareOp { op: op.op, expr: expr(&op.expr) }).collect();
            Expr::Compare(at(c, ast::Compare { expr: expr(&c.expr), ops }))
        }
        Expr::IfExpr(i) => Expr::IfExpr(at(
            i,
            ast::IfExpr {
                test_expr: expr(&i.test_expr),
                true_expr: expr(&i.true_expr),
                false_expr: i.false_expr.as_ref().map(expr),
            },
        )),
        Expr::Filter(f) => Expr::Filter(at(
            f,
            ast::Filter { name: f.name, expr: f.expr.as_ref().map(expr), args: args(&f.args).collect() },
        )),
        Expr::Test(t) => {
            Expr::Test(at(t, ast::Test { name: t.name, expr: expr(&t.expr), args: args(&t.args).collect() }))
        }
        Expr::GetAttr(g) => Expr::GetAttr(at(g, ast::GetAttr { expr: expr(&g.expr), name: g.name })),
        Expr::GetItem(g) => Expr::GetItem(at(
            g,
            ast::GetItem { expr: expr(&g.expr), subscript_expr: expr(&g.subscript_expr) },
        )),
        Expr::Call(c) => Expr::Call(at(c, call(c))),
        Expr::List(l) => Expr::List(at(l, ast::List { items: all(&l.items) })),
        Expr::Tuple(t) => Expr::Tuple(at(t, ast::Tuple { items: all(&t.items) })),
        Expr::Map(m) => Expr::Map(at(m, ast::Map { keys: all(&m.keys), values: all(&m.values) })),
    }
}

/// What is called stays what it is: names, methods, blocks.
fn call<'a>(old: &ast::Call<'a>) -> ast::Call<'a> {
    ast::Call { expr: plain(&old.expr), args: args(&old.args).collect() }
}

fn args<'a, 'b>(all: &'b [CallArg<'a>]) -> impl Iterator<Item = CallArg<'a>> + 'b {
    all.iter().map(|arg| match arg {
        CallArg::Pos(value) => CallArg::Pos(expr(value)),
        CallArg::Kwarg(name, value) => CallArg::Kwarg(name, expr(value)),
        CallArg::PosSplat(value) => CallArg::PosSplat(expr(value)),
        CallArg::KwargSplat(value) => CallArg::KwargSplat(expr(value)),
    })
}

fn checked(value: Expr<'_>) -> Expr<'_> {
    let span = value.span();
    filter(CHECKED, Some(value), Vec::new(), span)
}

fn filter<'a>(name: &'static str, expr: Option<Expr<'a>>, args: Vec<CallArg<'a>>, span: Span) -> Expr<'a> {
    Expr::Filter(Spanned::new(ast::Filter { name, expr, args }, span))
}
