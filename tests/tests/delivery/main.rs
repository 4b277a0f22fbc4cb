//! From the end of a span to the collector's yes.

mod arrival;
mod callers;
mod endings;
mod limits;
mod outage;
mod refusals;
mod size;
mod spool;
