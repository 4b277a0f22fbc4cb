use basalt_core::observe;

#[observe]
const fn rank() {}

fn main() {
    rank();
}
