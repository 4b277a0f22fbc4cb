//! Bad values: in code an error that names the option and the cure, in the environment one warning.

use std::{env, process::Command};

use basalt_tower::{Basalt, BasaltLayer, BuildError, Builder, Experiment, FeatureSlug, SpanName};

fn refused(builder: Builder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn an_endpoint_that_is_no_url_of_a_collector_is_refused_with_the_cure() {
    for endpoint in ["localhost:4317", "collector", "ftp://collector", "http://", ""] {
        let said = refused(Basalt::builder().endpoint(endpoint));
        assert!(said.contains("`endpoint`") && said.contains("http://host:4317"), "{said}");
    }
    let said = refused(Basalt::builder().endpoint("collector:4317"));
    assert!(said.contains("has no scheme"), "{said}");
    let said = refused(Basalt::builder().endpoint("https://user:password@collector"));
    assert!(said.contains("`header`"), "{said}");
}

#[test]
fn an_api_key_that_no_header_can_carry_is_refused_and_not_shown() {
    for key in ["sk-1\n", "sk\r\nx-admin: 1", "sk é", "", "s k"] {
        let builder = Basalt::builder().api_key(key);
        assert!(!format!("{builder:?}").contains("sk"), "Debug shows no secret");
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::ApiKey));
        let said = error.to_string();
        assert!(said.contains("`api_key`") && said.contains("line breaks"), "{said}");
        assert!(!said.contains("sk-1"));
    }
}

#[test]
fn a_header_that_cannot_be_sent_is_refused_and_its_value_not_shown() {
    for (name, value) in [("x tenant", "secret"), ("x-tenant", "secret\n")] {
        let said = refused(Basalt::builder().header(name, value));
        assert!(said.contains("`header`") && said.contains(name) && !said.contains("secret"), "{said}");
    }
}

#[test]
fn a_rate_that_is_no_probability_is_refused() {
    for rate in [-0.1, 1.1, f64::NAN] {
        let said = refused(Basalt::builder().evaluation_rate(rate));
        assert!(said.contains("`evaluation_rate`") && said.contains("0.0"), "{said}");
    }
}

#[test]
fn fallible_constructors_refuse_blanks_and_short_forms_never_fail() {
    assert!(FeatureSlug::new(" ").is_err());
    assert!(SpanName::new("\t").is_err());
    assert!(Experiment::new("").is_err());
    let basalt = Basalt::builder().enabled(false).build().unwrap();
    let _ = BasaltLayer::new(&basalt, "")
        .evaluators([" "])
        .evaluation_rate(7.0)
        .experiment_header("no header\n")
        .trace_id_header("");
    basalt.start_observe("", "").evaluation_rate(-1.0).in_scope(|_| ());
}

/// Runs itself with an environment, and says what it warned of and what it made of it.
fn in_environment(variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "probe", "--nocapture", "--include-ignored"])
        .env("PROBE", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Not a test by itself: prints what this process's environment leads to.
#[test]
fn probe() {
    if env::var_os("PROBE").is_none() {
        return;
    }
    let lines = tracing_subscriber::fmt().with_writer(std::io::stdout).with_ansi(false).finish();
    tracing::subscriber::with_default(lines, || {
        let built = Basalt::builder().service_name("from-code").build();
        println!("built: {built:?}");
    });
}

#[test]
fn a_bad_value_in_the_environment_is_one_warning_that_names_the_variable() {
    for (variable, value) in [
        ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("BASALT_API_KEY", "two words"),
        ("BASALT_TELEMETRY_ENABLED", "maybe"),
        ("BASALT_SAMPLE_RATE", "often"),
        ("BASALT_SAMPLE_RATE", "1.5"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ("OTEL_SDK_DISABLED", "perhaps"),
    ] {
        let said = in_environment(&[(variable, value)]);
        let warnings: Vec<_> = said.lines().filter(|line| line.contains("WARN")).collect();
        assert_eq!(warnings.len(), 1, "{said}");
        assert!(warnings[0].contains(variable), "{said}");
        assert!(!warnings[0].contains(value), "the value may be a secret: {said}");
        assert!(said.contains("enabled: true"), "the default holds: {said}");
    }
}

#[test]
fn operators_have_the_last_word() {
    assert!(in_environment(&[("BASALT_TELEMETRY_ENABLED", "false")]).contains("enabled: false"));
    assert!(in_environment(&[("OTEL_SDK_DISABLED", "true")]).contains("enabled: false"));
    let said = in_environment(&[("OTEL_SDK_DISABLED", "true"), ("BASALT_TELEMETRY_ENABLED", "yes")]);
    assert!(said.contains("enabled: true"), "{said}");
    assert!(!in_environment(&[]).contains("WARN"));
}
