use basalt_core::observe;

#[observe(kind = "tool", kind = "event")]
fn rank() {}

fn main() {
    rank();
}
