//! Government-information disclosure (政府信息公开): registering items, requests and their clock,
//! fees, and the figures.

pub mod annual;
pub mod fees;
pub mod figure;
pub mod filling;
mod items;
mod monthly;
pub mod published;
pub mod request;

pub use items::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
pub use monthly::{Block, Figures, Monthly, monthly};
