//! A managed prompt takes no more memory, stack or steps than it may, whatever is written in it, and the error says so.

use basalt_core::{Basalt, client::Prompt};
use basalt_tests::api_server::{ApiServer, Reply};
use serde_json::json;

/// What filling in may take at most, for a moment.
const PEAK: u64 = 48 * 1024 * 1024;

fn prompt(server: &ApiServer, basalt: &Basalt, slug: &str, text: &str) -> Prompt {
    let answer = json!({"prompt": {"slug": slug, "text": text}});
    server.route("GET", &format!("/prompts/{slug}"), [Reply::json(200, &answer)]);
    basalt.prompts().get(slug).blocking().unwrap()
}

/// Fills in each template on a stack of the usual size, and says what it has come to.
fn filled(templates: &[String]) -> Vec<Result<String, String>> {
    let server = ApiServer::start();
    let basalt = Basalt::builder().enabled(false).api_key("key").api_url(server.url()).build().unwrap();
    let all = templates.iter().enumerate().map(|(number, text)| {
        let prompt = prompt(&server, &basalt, &format!("p-{number}"), text);
        let work = move || {
            let variables = json!({
                "v": "y".repeat(100_000), "w": "one two\n".repeat(100), "n": 1_000_000_000, "list": ["a", "b"],
            });
            let mut filled = None;
            let taken = allocation_counter::measure(|| filled = Some(prompt.render(&variables)));
            (filled.unwrap().map(|prompt| prompt.text().to_owned()).map_err(|error| error.to_string()), taken.bytes_max)
        };
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap();
        let (filled, taken) = thread.join().unwrap();
        assert!(taken < PEAK, "{} takes {taken} bytes", &text[..text.len().min(200)]);
        filled
    });
    all.collect()
}

fn repeated(begin: &str, middle: &str, times: usize, end: &str) -> String {
    format!("{begin}{}{end}", middle.repeat(times))
}

/// Ways to grow, one for each kind.
fn bombs() -> Vec<String> {
    let mut bombs: Vec<String> = [
        // Operators.
        "{{ 'x' * 3000000000 }}",
        "{{ ('x' * 1000000) * 5000 }}",
        "{{ 'x' * 100000000 ~ 'y' * 100000000 }}",
        "{{ (v * 10) ~ (v * 10) ~ (v * 10) }}",
        "{{ ([1] * 100000000)|length }}",
        "{{ [v] * 100000000 }}",
        "{{ (1, 2) * 50000000 }}",
        "{% set x = [v, v, v, v, v, v, v, v, v, v] * 10 %}{{ x ~ '' }}",
        // Loops.
        "{% for i in range(100000) %}{{ v }}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s=v) %}{% for i in range(50) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=v) %}{% for i in range(50) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[v]) %}{% for i in range(50) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l|join }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}{% set ns.l = ns.l + [v ~ i] %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(40000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l={}) %}{% for i in range(40000) %}{% set ns.l = {'a': ns.l} %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=1) %}{% for i in range(40000) %}{% set ns.l = (ns.l, 1) %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=1) %}{% for i in range(40000) %}{% set ns.l = dict(a=ns.l) %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(40000) %}{% set ns.l = ns.l[0:] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(40000) %}{% set ns.l = ns.l|reverse %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(40000) %}{% set ns.l = ns.l|map('string') %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace() %}{% for i in range(40000) %}{% set ns.l = namespace(a=ns.l) %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}{{ ns|string }}{{ [ns]|tojson }}",
        "{% set ns = namespace() %}{% set o = namespace(a=ns) %}{% set ns.me = [o] %}{{ ns }}{{ ns == o }}",
        // Captures.
        "{% set s %}{% for i in range(60000) %}{{ v }}{% endfor %}{% endset %}{{ s|length }}",
        "{% macro m() %}{{ v }}{{ v }}{{ v }}{{ v }}{% endmacro %}{% for i in range(9000) %}{% set x = m() %}{% endfor %}",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m(n) %}{{ m([n]) }}{% endmacro %}{{ m(0) }}",
        "{% filter upper %}{% for i in range(60000) %}{{ v }}{% endfor %}{% endfilter %}",
        "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}{% call m() %}{% for i in range(9000) %}{{ v }}{% endfor %}{% endcall %}",
        "{% for x in [[1]] recursive %}{{ loop(x) }}{{ loop([x, x]) }}{% endfor %}",
        "{% block b %}{% for i in range(60000) %}{{ v }}{% endfor %}{% endblock %}{{ self.b()|length }}",
        "{% autoescape true %}{% set s = '<' * 1000000 %}{% for i in range(99) %}{{ s }}{% endfor %}{% endautoescape %}",
        // Filters.
        "{{ 'x'|indent(2000000000) }}",
        "{{ w|indent(width=2000000000) }}",
        "{{ ('\n' * 100000)|indent(100000) }}",
        "{{ '%2000000000d'|format(1) }}",
        "{{ '%*d'|format(2000000000, 1) }}",
        "{{ ('%s' * 1000)|format(v, v, v) }}",
        "{{ 'a,'.replace('a', 'b' * 1000000).replace('b', 'c' * 1000000) }}",
        "{{ v|replace('y', v) }}",
        "{{ v|replace('', v) }}",
        "{{ [v]|map('replace', 'y', v)|list|length }}",
        "{{ range(100000)|map('format', '%999d')|list|length }}",
        "{{ [[v]]|map('map', 'replace', 'y', v)|list|length }}",
        "{{ ['x']|map('indent', 2000000000)|first }}",
        "{{ ['x']|map('basalt:*', 2000000000)|first }}",
        "{{ v.replace('', v) }}",
        "{{ range(100000)|join(v) }}",
        "{{ v.join(range(100000)) }}",
        "{{ range(100000)|list|tojson }}",
        "{{ range(50000)|list|tojson(indent=1000000) }}",
        "{{ [v]|batch(2000000000, v) }}",
        "{{ [v]|slice(2000000000, v) }}",
        "{{ [1, 2]|batch(100000000, 1)|list|length }}",
        "{{ (v * 10)|list|length }}",
        "{{ [(v * 10)|list, (v * 10)|list, (v * 10)|list]|length }}",
        "{{ '{:>2000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 2000000000) }}",
        "{{ ('{0}' * 10000).format(v) }}",
        "{{ 'x'.rjust(3000000000) }}",
        "{{ 'x'.zfill(3000000000) }}",
        "{{ 'x'.center(3000000000) }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ [[[[[[v]]]]]]|pprint }}",
        "{{ debug() }}",
        "{{ self }}{{ config }}{{ loop }}{{ debug() }}",
        "{% set x = [v, v, v, v] %}{% set y = [x, x, x, x] %}{% set z = [y, y, y, y] %}{% set a = [z, z, z, z] %}{{ a in 'text' }}",
        // Files.
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as p %}",
    ]
    .map(str::to_owned)
    .to_vec();
    bombs.extend([
        repeated("{% set s = 'x' * 1000 %}", "{% set s = s ~ s %}", 25, "{{ s|length }}"),
        repeated("{% set s = 'x' * 1000 %}", "{% set s = s + s %}", 25, "{{ s|length }}"),
        repeated("{% set s = ['x'] %}", "{% set s = [s, s] %}", 40, "{{ s }}"),
        repeated("{% set s = ['x'] %}", "{% set s = [s, s] %}", 40, "{{ s|tojson|length }}"),
        repeated("{% set s = ['x'] %}", "{% set s = [s, s] %}", 40, "{{ s in 'x' }}"),
        repeated("{% set s = ['x'] %}", "{% set s = [s] %}", 50_000, "{{ s }}"),
        repeated("{{ ", "(", 5_000, "1 }}"),
        repeated("{{ ", "-", 100_000, "1 }}"),
        repeated("{{ ", "not ", 100_000, "1 }}"),
        repeated("{{ 1", " + 1", 100_000, " }}"),
        repeated("{{ v", " ~ v", 100_000, " }}"),
        repeated("{{ v", "|upper", 100_000, " }}"),
        repeated("{{ v", ".a", 100_000, " }}"),
        repeated("{{ v", "[0]", 100_000, " }}"),
        repeated("{{ ", "[", 100_000, " }}"),
        repeated("{{ 1", " if 1 else 1", 50_000, " }}"),
        repeated("{{ 1", " == 1", 100_000, " }}"),
        repeated("{{ 1", " and 1", 100_000, " }}"),
        repeated("{% if 1 %}", "{% elif 1 %}", 50_000, "{% endif %}"),
        repeated("", "{% if 1 %}", 50_000, ""),
        repeated("", "{% for x in [1] %}", 50_000, ""),
        format!("{{% for i in range(60000) %}}{}{{% endfor %}}", "x".repeat(900_000)),
        format!("{{% set s %}}{{% for i in range(60000) %}}{}{{% endfor %}}{{% endset %}}", "x".repeat(900_000)),
        format!("{{% macro m() %}}{}{{% endmacro %}}{{% for i in range(60000) %}}{{% set x = m() %}}{{% endfor %}}", "x".repeat(900_000)),
    ]);
    bombs
}

#[test]
fn no_template_takes_more_memory_or_stack_than_it_may() {
    for (bomb, filled) in bombs().iter().zip(filled(&bombs())) {
        let shown = &bomb[..bomb.len().min(200)];
        match filled {
            Ok(text) => assert!(text.len() <= 1024 * 1024, "{shown}"),
            Err(error) => assert!(error.contains("in Basalt"), "{shown}: {error}"),
        }
    }
}

#[test]
fn what_people_write_in_prompts_is_filled_in_as_before() {
    let expected = [
        ("{{ 'a' ~ 1 ~ list }}", "a1['a', 'b']"),
        ("{{ 'a' + 'b' }}{{ 1 + 2 }}{{ 1.5 + 2 }}{{ [1] + [2] }}", "ab33.5[1, 2]"),
        ("{{ '-' * 5 }}{{ 2 * 3 }}{{ [0] * 3 }}{{ 3 * 'a' }}", "-----6[0, 0, 0]aaa"),
        ("{{ list|join(', ') }}|{{ ', '.join(list) }}", "a, b|a, b"),
        ("{{ 'a b'|replace(' ', '_') }}{{ 'a b'.replace(' ', '-') }}", "a_ba-b"),
        ("{{ '%s is %d'|format('x', 3) }} {{ '{} {:>3}'.format('y', 4) }}", "x is 3 y   4"),
        ("{{ 'one\ntwo'|indent(2) }}", "one\n  two"),
        ("{{ {'a': 1, 'b': [1, 2]}|tojson }}", r#"{"a": 1, "b": [1, 2]}"#),
        ("{{ {'a': 1}|tojson(indent=2) }}", "{\n  \"a\": 1\n}"),
        ("{% for x in list %}{{ loop.index }}{{ x }}{{ ',' if not loop.last }}{% endfor %}", "1a,2b"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
        (
            "{% for x in [[1, [2]]] recursive %}{% if x is sequence %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}",
            "(1(2))",
        ),
        (
            "{% set ns = namespace(n=0) %}{% for x in range(5) %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
            "10",
        ),
        ("{% macro m(a, b='c') %}{{ a }}{{ b }}{% endmacro %}{{ m('x') }}{{ m('x', b='y') }}", "xcxy"),
        ("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}in{% endcall %}", "<in>"),
        ("{% set x %}a{{ 1 }}{% endset %}{{ x|upper }}", "A1"),
        ("{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"),
        ("{% with a = 1 + 1 %}{{ a }}{% endwith %}", "2"),
        ("{{ 'abc'[1:] }}{{ list[::-1]|join }}{{ (1, 2)[0] }}", "bcba1"),
        ("{{ list|map('upper')|join }}{{ [3, 1, 2]|sort|first }}{{ [1, 1, 2]|unique|list|length }}", "AB12"),
        ("{{ list|length }}{{ list|last }}{{ missing|default('d') }}{{ missing }}", "2bd"),
        (
            "{{ 'a' if list else 'b' }}{{ 'a' in list }}{{ 1 < 2 < 3 }}{{ not 0 }}{{ -(1) }}",
            "aTrueTrueTrue-1",
        ),
        ("{% raw %}{{ x }}{% endraw %}{# no #}  {%- if 1 -%}  y  {%- endif %}", "{{ x }}y"),
        ("line\n", "line"),
        ("{{ 7 // 2 }}{{ 7 % 4 }}{{ 2 ** 3 }}{{ 7 / 2 }}", "3383.5"),
        ("{{ dict(a=1).a }}{{ {'a': 1}['a'] }}{{ range(3)|list }}{{ range(3)|sum }}", "11[0, 1, 2]3"),
        ("{{ 'a,b'.split(',') }}{{ 'Ab'.lower() }}{{ 'a b'|title }}{{ ' a '|trim }}", "['a', 'b']abA Ba"),
        ("{{ [{'n': 1}, {'n': 2}]|selectattr('n', 'gt', 1)|map(attribute='n')|list }}", "[2]"),
        ("{{ list|batch(1)|list }}{{ none }}{{ true }}{{ 1.0 }}", "[['a'], ['b']]NoneTrue1.0"),
        ("{% block b %}x{% endblock %}{{ self.b() }}", "xx"),
    ];
    let templates: Vec<String> = expected.iter().map(|(template, _)| (*template).to_owned()).collect();
    for ((template, expected), filled) in expected.iter().zip(filled(&templates)) {
        assert_eq!(filled.as_deref(), Ok(*expected), "{template}");
    }
}
