//! From the end of a span to the collector's yes.

mod arrival;
mod bounds;
mod callers;
mod compression;
mod endings;
mod fork;
mod limits;
mod outage;
mod refusals;
mod size;
mod spool;
