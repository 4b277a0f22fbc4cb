use basalt_core::observe;

#[observe(kind = "chat")]
fn answer() {}

fn main() {
    answer();
}
