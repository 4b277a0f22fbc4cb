use basalt_core::observe;

trait Rank {
    #[observe]
    fn rank(&self);
}

fn main() {}
