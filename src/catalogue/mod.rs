//! Licence items (行政许可事项): reading a row of any list, and planning what an import would do.

mod fields;
mod item;
mod limits;
mod normalise;
mod plan;

pub use fields::LICENSE_FIELDS;
pub use item::{Incoming, ItemFault, ItemWarning, Level, read_item};
pub use limits::{Limit, LimitUnit};
pub use normalise::name_key;
pub use plan::{ItemChange, ItemPlan, Known, describe, fingerprint, plan};
