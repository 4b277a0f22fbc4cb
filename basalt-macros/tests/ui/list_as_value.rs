use basalt_core::observe;

#[observe(skip = "db")]
fn rank(db: &str) {
    let _ = db;
}

fn main() {
    rank("");
}
