//! The doors of the house: which room of the core may enter which, and what fronts may know.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Plain data that knows nobody but itself.
const VOCABULARY: &[&str] = &[
    "asked",
    "backoff",
    "capture",
    "causes",
    "current",
    "cut",
    "evaluation",
    "experiment",
    "foreign",
    "fuzzing",
    "http_client",
    "identity",
    "invalid",
    "kind",
    "message",
    "metadata",
    "method",
    "name",
    "panic",
    "payload",
    "positions",
    "prompt",
    "repeated",
    "retry_after",
    "said",
    "secret",
    "semconv",
    "short",
    "text",
    "tls",
    "unobserved",
    "uri",
    "values",
    "weight",
];

/// Beside itself and the vocabulary, which every room may enter.
const DOORS: &[(&str, &[&str])] = &[
    ("context", &[]),
    ("span", &["context"]),
    ("observe", &["span", "context"]),
    ("start_observe", &["span", "context"]),
    ("call", &["span", "start_observe"]),
    ("request", &["span", "context"]),
    ("process", &["context"]),
    ("export", &[]),
    ("client", &["span", "observe", "context"]),
    ("telemetry", &["process", "export", "context", "client"]),
    ("testing", &["basalt", "span", "telemetry"]),
    ("basalt", &["telemetry", "export", "request", "start_observe", "context", "client"]),
];

/// These know OpenTelemetry's API alone; the others know the SDK.
const REQUEST_SIDE: &[&str] = &["context", "span", "observe", "start_observe", "call", "request", "client"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every source file below a folder, as its path in the folder and its text without comments.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = workspace().join(folder);
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code: Vec<&str> =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                files.push((path.strip_prefix(&root).unwrap().display().to_string(), code.join("\n")));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} has sources");
    files.sort();
    files
}

fn room(file: &str) -> String {
    file.split(['/', '.']).next().unwrap().to_owned()
}

/// The names that stand right behind every `crate::`, grouped or not.
fn entered(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.extend([std::mem::take(&mut name)]),
                    _ if depth == 0 => name.push(character),
                    _ => {}
                }
            }
            names.insert(name);
        } else {
            names.insert(rest.to_owned());
        }
    }
    let first_word = |name: String| {
        let word = |character: char| character.is_alphanumeric() || character == '_';
        name.trim().chars().take_while(|character| word(*character)).collect::<String>()
    };
    names.into_iter().map(first_word).filter(|name| !name.is_empty()).collect()
}

/// Where the flat names of the crate root come from.
fn origins(lib: &str) -> BTreeMap<String, String> {
    let mut origins = BTreeMap::new();
    for line in lib.split("pub use ").skip(1) {
        let Some((line, _)) = line.split_once(';') else { continue };
        let Some((room, names)) = line.split_once("::") else { continue };
        for name in names.split(['{', '}', ',']).map(str::trim).filter(|name| !name.is_empty()) {
            origins.insert(name.to_owned(), room.to_owned());
        }
    }
    origins
}

#[test]
fn every_room_keeps_to_its_doors() {
    let files = sources("basalt-core/src");
    let lib = &files.iter().find(|(file, _)| file == "lib.rs").unwrap().1;
    let origins = origins(lib);
    assert!(origins.len() > 20, "the crate root's names were found: {origins:?}");
    let doors: BTreeMap<&str, &[&str]> = DOORS.iter().copied().collect();

    let mut wrong = Vec::new();
    for (file, code) in files.iter().filter(|(file, _)| file != "lib.rs") {
        let own = room(file);
        let open = doors.get(own.as_str()).copied().unwrap_or_default();
        assert!(
            doors.contains_key(own.as_str()) || VOCABULARY.contains(&own.as_str()),
            "{file} stands in a room without a place in the table"
        );
        for name in entered(code) {
            let target = origins.get(&name).unwrap_or(&name).as_str();
            let allowed = target == own || VOCABULARY.contains(&target) || open.contains(&target);
            if !allowed {
                wrong.push(format!("{file} enters {target} ({name})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_request_side_knows_the_api_and_not_the_sdk() {
    let sdk = sources("basalt-core/src").into_iter().filter(|(file, code)| {
        let own = room(file);
        let request_side = REQUEST_SIDE.contains(&own.as_str()) || VOCABULARY.contains(&own.as_str());
        request_side && code.contains("opentelemetry_sdk")
    });
    assert_eq!(sdk.map(|(file, _)| file).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_environment_has_one_reader() {
    let readers = sources("basalt-core/src").into_iter().filter(|(file, code)| {
        let reads = ["env::var", "var_os(", "env::vars"].iter().any(|call| code.contains(call));
        // Tests alone are told by a variable how long to go on.
        reads && !["telemetry/env.rs", "fuzzing.rs"].contains(&file.as_str())
    });
    assert_eq!(readers.map(|(file, _)| file).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_current_context_has_one_door() {
    let others = sources("basalt-core/src").into_iter().filter(|(file, code)| {
        let calls = ["Context::current(", "Context::map_current(", ".attach()", "FutureExt", "current_with"];
        file != "current.rs" && calls.iter().any(|call| code.contains(call))
    });
    assert_eq!(others.map(|(file, _)| file).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn fronts_decide_nothing() {
    for front in ["basalt-tower/src", "basalt-actix/src"] {
        for (file, code) in sources(front) {
            for word in ["semconv", "opentelemetry", "is_server_error", "\"basalt."] {
                assert!(!code.contains(word), "{front}/{file} knows `{word}`");
            }
        }
    }
}

#[test]
fn the_reader_of_use_lines_sees_groups_and_paths() {
    let code =
        "use crate::{\n  Identity, text::{head, visible},\n  span::Span,\n};\nlet x = crate::panic::watch();";
    let expected = ["Identity", "panic", "span", "text"].map(str::to_owned);
    assert_eq!(entered(code), BTreeSet::from(expected));
}
