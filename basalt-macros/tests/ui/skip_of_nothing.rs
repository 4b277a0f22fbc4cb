use basalt_core::observe;

#[observe(skip(bd))]
fn rank(db: &str, limit: u8) {
    let _ = (db, limit);
}

fn main() {
    rank("", 1);
}
