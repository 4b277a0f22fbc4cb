use basalt_core::observe;

#[observe(err)]
fn rank() -> u8 {
    1
}

fn main() {
    rank();
}
