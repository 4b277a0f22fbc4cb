use basalt_core::observe;

#[observe(name)]
fn rank() {}

fn main() {
    rank();
}
