use basalt_core::start_observe;

#[start_observe(feature_slug = "nightly", kind = "tool")]
fn digest() {}

fn main() {
    digest();
}
