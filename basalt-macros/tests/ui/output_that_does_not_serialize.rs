use basalt_core::observe;

struct Opaque;

#[observe(output = result)]
fn rank() -> Opaque {
    Opaque
}

fn main() {
    rank();
}
