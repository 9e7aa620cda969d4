//! The columns of licence lists, by the header words met in practice (15 layouts and a misprint).

use crate::intake::Field;

const fn field(key: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { key, aliases, required: false, carry_down: false }
}

const fn carried(key: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { key, aliases, required: false, carry_down: true }
}

/// Every field a licence list may have.
pub const LICENSE_FIELDS: &[Field] = &[
    Field {
        key: "name",
        aliases: &[
            "name",
            "许可事项名称",
            "行政许可事项名称",
            "事项名称",
            "项目名称",
            "权力名称",
            "职权名称",
            "主项名称",
            "主项",
            "大项",
            "名称",
        ],
        required: true,
        carry_down: true,
    },
    field("base_code", &["base_code", "基本编码", "事项基本编码", "基本码", "权力基本码", "目录编码", "CATALOG_CODE"]),
    field("impl_code", &["impl_code", "实施编码", "事项编码", "实施清单编码", "权力编码", "职权编码", "项目编码", "编码", "TASK_CODE"]),
    field("handle_code", &["handle_code", "业务办理项编码", "办理项编码", "TASK_HANDLE_ITEM"]),
    field("local_code", &["local_code", "地方基本编码", "地方实施编码", "权力内部编码", "内部编码"]),
    field("sub_name", &["sub_name", "子项名称", "子项", "小项", "分项"]),
    field("handle_name", &["handle_name", "业务办理项名称", "办理项名称", "业务办理项", "业务情形", "情形", "办理情形"]),
    carried("type", &["type", "事项类型", "权力类型", "职权类型", "职权类别", "事项类别", "类型", "类别"]),
    carried("lead_dept", &["lead_dept", "中央主管部门", "主管部门", "中央业务指导部门"]),
    carried("organ", &["organ", "实施机关", "实施主体", "实施机构", "实施部门", "部门", "单位", "部门名称"]),
    field("organ_code", &["organ_code", "实施主体编码", "实施主体代码", "实施主体机构代码", "统一社会信用代码", "组织机构代码"]),
    field(
        "basis",
        &[
            "basis",
            "设定和实施依据",
            "设定依据",
            "实施依据",
            "法定依据",
            "法律依据",
            "权力依据",
            "办事依据",
            "办理依据",
            "审批依据",
            "依据",
            "设立依据",
        ],
    ),
    field("level", &["level", "行使层级", "办理层级", "管理权限", "事权", "行政层级"]),
    field("legal_limit", &["legal_limit", "法定办结时限", "法定期限", "法定时限", "法定办理时限"]),
    field("promise_limit", &["promise_limit", "承诺办结时限", "承诺期限", "承诺时限"]),
    field("limit", &["limit", "办结时限", "办理时限", "办理期限", "时限"]),
    field("case_kind", &["case_kind", "办件类型", "办件类别"]),
    field("target", &["target", "服务对象", "审批对象", "实施对象", "办理对象", "申请主体", "办事对象"]),
    field("visits", &["visits", "到办事现场次数", "办事者到办事现场次数", "跑动次数"]),
    field("fee", &["fee", "是否收费", "收费情况", "收费标准", "收费标椎", "收费依据", "收费依据及标准"]),
    field("result", &["result", "审批结果名称", "审批结果", "办理结果", "结果名称"]),
    field("condition", &["condition", "受理条件", "办理条件", "申请条件"]),
    field("material", &["material", "申请材料", "申报材料", "材料目录", "所需材料"]),
    field("special", &["special", "特别程序", "特殊环节", "特别环节"]),
    field("remark", &["remark", "备注", "说明"]),
];
