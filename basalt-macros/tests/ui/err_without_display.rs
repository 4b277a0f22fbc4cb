use basalt_core::observe;

struct Refused;

#[observe(err)]
fn charge() -> Result<(), Refused> {
    Err(Refused)
}

fn main() {
    let _ = charge();
}
