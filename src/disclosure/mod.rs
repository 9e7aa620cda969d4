//! Government-information disclosure (政府信息公开): registering items, requests and their clock,
//! fees, and the figures.

pub mod fees;
mod items;
mod monthly;
pub mod request;

pub use items::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
pub use monthly::{Block, Figures, Monthly, monthly};
