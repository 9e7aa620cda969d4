//! Government-information disclosure (政府信息公开): registering items, and the monthly figures.

mod items;
mod monthly;

pub use items::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
pub use monthly::{Block, Figures, Monthly, monthly};
