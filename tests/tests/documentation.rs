//! What can be configured is documented.

use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)).unwrap()
}

/// The setters in a file: what takes `self` by value and gives it back.
fn setters(path: &str) -> Vec<String> {
    let code = read(path);
    let functions = code.split("pub fn ").skip(1);
    let setter = |function: &str| {
        let signature = function.split_once('{')?.0;
        let name = signature.split(['(', '<']).next()?;
        let gives_itself = signature.contains("mut self") && signature.contains("-> Self");
        gives_itself.then(|| name.to_owned())
    };
    functions.filter_map(setter).collect()
}

#[test]
fn every_option_stands_in_the_table() {
    let table = read("docs/configuration.md");
    for path in [
        "basalt-core/src/telemetry/builder.rs",
        "basalt-core/src/telemetry/otlp.rs",
        "basalt-core/src/telemetry/sending.rs",
        "basalt-core/src/request/options.rs",
        "basalt-tower/src/layer.rs",
        "basalt-actix/src/middleware.rs",
    ] {
        let setters = setters(path);
        assert!(!setters.is_empty(), "{path} has setters");
        for setter in setters {
            let row = [format!("`{setter}("), format!("`{setter}::<")];
            assert!(
                row.iter().any(|row| table.contains(row)),
                "docs/configuration.md lacks `{setter}` of {path}"
            );
        }
    }
}

#[test]
fn every_variable_that_is_read_stands_in_the_table() {
    let table = read("docs/configuration.md");
    let code = read("basalt-core/src/telemetry/env.rs");
    let variables = code.split('"').filter(|text| {
        let named = ["BASALT_", "OTEL_"].iter().any(|prefix| text.starts_with(prefix));
        named && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    });
    let variables: Vec<_> = variables.collect();
    assert!(variables.len() > 8, "{variables:?}");
    for variable in variables {
        assert!(table.contains(variable), "docs/configuration.md lacks {variable}");
    }
    for option in ["HEADERS", "COMPRESSION", "TIMEOUT", "PROTOCOL", "ENDPOINT"] {
        assert!(table.contains(&format!("OTEL_EXPORTER_OTLP_{option}")));
    }
}
