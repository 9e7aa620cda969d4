//! The layouts in which a list is handed in: which columns, under which titles. Each can be
//! imported again without a change.

/// A column of a layout: its title, and what fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutColumn {
    /// The field's key, which imports know too.
    pub key: &'static str,
    pub title: &'static str,
    pub from: LayoutSource,
}

/// Where a column's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutSource {
    /// 序号.
    Number,
    /// Name of the main item, or of the item itself where nothing is above it.
    MainName,
    /// Name of the item where something is above it.
    SubName,
    HandlingName,
    Organ,
    LeadDept,
    Type,
    /// A code by its kind: the item's own, or one kept among the details.
    Code(&'static str),
    /// A column of the version.
    Column(&'static str),
    /// A key of the details.
    Detail(&'static str),
}

const fn column(key: &'static str, title: &'static str, from: LayoutSource) -> LayoutColumn {
    LayoutColumn { key, title, from }
}

/// 法律、行政法规、国务院决定设定的行政许可事项清单 (国办发〔2022〕2号).
const STATE_COUNCIL: &[LayoutColumn] = &[
    column("seq", "序号", LayoutSource::Number),
    column("lead_dept", "中央主管部门", LayoutSource::LeadDept),
    column("name", "许可事项名称", LayoutSource::MainName),
    column("sub_name", "子项名称", LayoutSource::SubName),
    column("handle_name", "业务办理项名称", LayoutSource::HandlingName),
    column("organ", "实施机关", LayoutSource::Organ),
    column("basis", "设定和实施依据", LayoutSource::Column("basis")),
];

/// 国家政务服务平台 实施清单基本信息.
const PLATFORM: &[LayoutColumn] = &[
    column("name", "事项名称", LayoutSource::MainName),
    column("sub_name", "子项名称", LayoutSource::SubName),
    column("handle_name", "业务办理项名称", LayoutSource::HandlingName),
    column("base_code", "基本编码", LayoutSource::Code("base_code")),
    column("impl_code", "实施编码", LayoutSource::Code("impl_code")),
    column("handle_code", "业务办理项编码", LayoutSource::Code("handle_code")),
    column("local_code", "地方实施编码", LayoutSource::Detail("local_code")),
    column("type", "事项类型", LayoutSource::Type),
    column("lead_dept", "主管部门", LayoutSource::LeadDept),
    column("basis", "设定依据", LayoutSource::Column("basis")),
    column("power_source", "权力来源", LayoutSource::Detail("power_source")),
    column("level", "行使层级", LayoutSource::Column("exercise_level")),
    column("version_label", "事项版本", LayoutSource::Detail("version_label")),
    column("status_label", "事项状态", LayoutSource::Detail("status_label")),
    column("organ", "实施主体", LayoutSource::Organ),
    column("organ_code", "实施主体编码", LayoutSource::Detail("organ_code")),
    column("organ_kind", "实施主体性质", LayoutSource::Detail("organ_kind")),
    column("entrusting", "委托部门", LayoutSource::Detail("entrusting")),
    column("legal_limit", "法定办结时限", LayoutSource::Column("legal_text")),
    column("legal_note", "法定办结时限说明", LayoutSource::Detail("legal_note")),
    column("promise_limit", "承诺办结时限", LayoutSource::Column("promise_text")),
    column("promise_note", "承诺办结时限说明", LayoutSource::Detail("promise_note")),
    column("condition", "受理条件", LayoutSource::Column("condition")),
    column("material", "申请材料", LayoutSource::Column("materials")),
    column("process", "办理流程", LayoutSource::Detail("process")),
    column("special", "特别程序", LayoutSource::Column("special")),
    column("result", "审批结果名称", LayoutSource::Column("result")),
    column("fee", "是否收费", LayoutSource::Column("fee")),
    column("fee_basis", "收费依据", LayoutSource::Detail("fee_basis")),
    column("target", "服务对象", LayoutSource::Column("target")),
    column("case_kind", "办件类型", LayoutSource::Column("case_kind")),
    column("channels", "办理形式", LayoutSource::Detail("channels")),
    column("visits", "到办事现场次数", LayoutSource::Column("visits")),
    column("place", "办理地点", LayoutSource::Detail("place")),
    column("hours", "办理时间", LayoutSource::Detail("hours")),
    column("enquiries", "咨询方式", LayoutSource::Detail("enquiries")),
    column("complaints", "监督投诉方式", LayoutSource::Detail("complaints")),
    column("effective", "计划生效日期", LayoutSource::Detail("effective")),
    column("cancelled", "计划取消日期", LayoutSource::Detail("cancelled")),
    column("remark", "备注", LayoutSource::Column("remark")),
];

/// The columns of a layout by its name.
pub fn layout(name: &str) -> Option<&'static [LayoutColumn]> {
    match name {
        "state-council" => Some(STATE_COUNCIL),
        "platform" => Some(PLATFORM),
        _ => None,
    }
}

/// Which kind of code an item's own code is: the details keep the others.
pub fn own_code_kind(code: &str, kept: impl Fn(&str) -> bool) -> &'static str {
    if kept("impl_code") {
        "handle_code"
    } else if kept("base_code") {
        "impl_code"
    } else if matches!(code.len(), 10 | 12 | 14) && code.bytes().all(|b| b.is_ascii_digit()) {
        "base_code"
    } else {
        "impl_code"
    }
}
