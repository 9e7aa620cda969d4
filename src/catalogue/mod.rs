//! Licence items (行政许可事项): reading a row of any list, and planning what an import would do.

mod fields;
mod item;
mod layouts;
mod limits;
mod lint;
mod normalise;

pub use fields::LICENSE_FIELDS;
pub use item::{
    Above, Head, Incoming, ItemFault, ItemWarning, Level, Present, detail_keys, field_number, parent_code, read_item, scheme_of,
    text_columns, type_title,
};
pub use layouts::{LayoutColumn, LayoutSource, layout, own_code_kind};
pub use limits::{Limit, LimitUnit};
pub use lint::{Finding, LintItem, LintRule, lint, lint_rules};
pub use normalise::name_key;
