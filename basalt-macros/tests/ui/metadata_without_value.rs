use basalt_core::observe;

#[observe(metadata(attempt))]
fn rank() {}

fn main() {
    rank();
}
