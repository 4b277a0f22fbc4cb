//! Locks among values: serde waits for them, and who waits for a lock that its own thread holds waits for ever.

use std::any::type_name;

/// What stands in the place of a lock, which is never locked.
pub(super) const LOCK: &str = "[lock]";

/// Whether a value of this type is a lock, of whatever library, or a pointer to one.
pub(super) fn is_lock<T: ?Sized>() -> bool {
    names_a_lock(type_name::<T>())
}

/// The same of a value at hand.
pub(super) fn is_lock_of<T: ?Sized>(_: &T) -> bool {
    is_lock::<T>()
}

fn names_a_lock(name: &str) -> bool {
    let mut name = name;
    loop {
        name = name.trim_start_matches('&');
        name = name.strip_prefix("mut ").unwrap_or(name);
        if name.starts_with('&') {
            continue;
        }
        let Some((path, inner)) = name.split_once('<') else { return false };
        if path.starts_with(['[', '(']) {
            return false;
        }
        match path.rsplit("::").next().unwrap_or_default() {
            "Mutex" | "RwLock" | "ReentrantMutex" | "ReentrantLock" | "FairMutex" => return true,
            "Arc" | "Box" | "Rc" => name = inner,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        rc::Rc,
        sync::{Arc, Mutex, RwLock},
    };

    use super::*;

    #[test]
    fn locks_are_known_behind_any_pointer() {
        assert!(is_lock::<Mutex<u8>>() && is_lock::<RwLock<Vec<u8>>>());
        assert!(is_lock::<&&Mutex<u8>>() && is_lock::<&mut &mut RwLock<u8>>());
        assert!(is_lock::<Arc<Mutex<u8>>>() && is_lock::<&Rc<Box<RwLock<u8>>>>());
        assert!(names_a_lock("&lock_api::mutex::Mutex<parking_lot::raw_mutex::RawMutex, u8>"));
        assert!(!is_lock::<u8>() && !is_lock::<&str>() && !is_lock::<Vec<Mutex<u8>>>());
        assert!(!is_lock::<[&Mutex<u8>; 1]>() && !is_lock::<(Mutex<u8>, u8)>());
        assert!(!is_lock::<Arc<str>>() && !is_lock::<Option<&Mutex<u8>>>());
    }
}
