use basalt_core::observe;

#[observe(nme = "rank")]
fn rank() {}

fn main() {
    rank();
}
