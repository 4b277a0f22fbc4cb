use basalt_core::observe;

#[observe(err = "json")]
fn charge() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = charge();
}
