use basalt_core::observe;

#[observe]
struct Index;

fn main() {
    let _ = Index;
}
