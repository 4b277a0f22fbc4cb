use basalt_core::observe;

struct Index;

impl Index {
    #[observe(skip(self))]
    fn rank(&self) {}
}

fn main() {
    Index.rank();
}
