use basalt_core::observe;

#[observe(feature_slug = "support")]
fn rank() {}

fn main() {
    rank();
}
