//! Government-information disclosure (政府信息公开): registering items, requests and their clock,
//! fees, and the figures.

pub mod annual;
pub mod cube;
pub mod fees;
pub mod figure;
pub mod filling;
mod items;
pub mod prose;
pub mod published;
pub mod request;
pub mod sheet;

pub use items::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
