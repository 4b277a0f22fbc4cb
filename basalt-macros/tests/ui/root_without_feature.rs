use basalt_core::start_observe;

#[start_observe(name = "digest")]
fn digest() {}

fn main() {
    digest();
}
