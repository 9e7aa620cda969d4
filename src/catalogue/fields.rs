//! The columns of licence lists, by the header words met in practice (15 layouts and a misprint).

use crate::intake::Field;

/// Declares the fields with their numbers: `row.at(N::Basis as usize)` finds a column without looking for it.
macro_rules! fields {
    ($($number:ident $key:literal $(($carry:ident))? [$($alias:literal),* $(,)?];)*) => {
        /// A field's number in [`LICENSE_FIELDS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum N { $($number),* }

        /// Every field a licence list may have.
        pub const LICENSE_FIELDS: &[Field] = &[$(
            Field { key: $key, aliases: &[$key, $($alias),*], required: false, carry_down: fields!(@carry $($carry)?) }
        ),*];
    };
    (@carry) => { false };
    (@carry carried) => { true };
}

fields! {
    // Outer groups before inner ones: a change in one begins those below it anew.
    LeadDept "lead_dept" (carried) ["中央主管部门", "主管部门", "中央业务指导部门"];
    Organ "organ" (carried) ["实施机关", "实施主体", "实施机构", "实施部门", "部门", "单位", "部门名称"];
    Type "type" (carried) ["事项类型", "权力类型", "职权类型", "职权类别", "事项类别", "类型", "类别"];
    Name "name" (carried) ["许可事项名称", "行政许可事项名称", "事项名称", "项目名称", "权力名称", "职权名称", "主项名称", "主项", "大项", "序号.事项", "名称"];
    BaseCode "base_code" ["基本编码", "事项基本编码", "基本码", "权力基本码", "目录编码", "CATALOG_CODE"];
    ImplCode "impl_code" ["实施编码", "事项编码", "实施清单编码", "权力编码", "职权编码", "项目编码", "编码", "TASK_CODE"];
    HandleCode "handle_code" ["业务办理项编码", "办理项编码", "TASK_HANDLE_ITEM"];
    LocalCode "local_code" ["地方基本编码", "地方实施编码", "权力内部编码", "内部编码"];
    SubName "sub_name" ["子项名称", "子项", "小项", "分项"];
    HandleName "handle_name" ["业务办理项名称", "办理项名称", "业务办理项", "业务情形", "情形", "办理情形"];
    OrganCode "organ_code" ["实施主体编码", "实施主体代码", "实施主体机构代码", "统一社会信用代码", "组织机构代码"];
    Basis "basis" ["设定和实施依据", "设定依据", "实施依据", "法定依据", "法律依据", "权力依据", "办事依据", "办理依据", "审批依据", "依据", "设立依据"];
    Level "level" ["行使层级", "办理层级", "管理权限", "事权", "行政层级"];
    LegalLimit "legal_limit" ["法定办结时限", "法定期限", "法定时限", "法定办理时限"];
    LegalUnit "legal_unit" ["法定办结时限单位"];
    PromiseLimit "promise_limit" ["承诺办结时限", "承诺期限", "承诺时限"];
    PromiseUnit "promise_unit" ["承诺办结时限单位"];
    Limit "limit" ["办结时限", "办理时限", "办理期限", "时限"];
    CaseKind "case_kind" ["办件类型", "办件类别"];
    Target "target" ["服务对象", "审批对象", "实施对象", "办理对象", "申请主体", "办事对象"];
    Visits "visits" ["到办事现场次数", "办事者到办事现场次数", "跑动次数"];
    Fee "fee" ["是否收费", "收费情况", "收费"];
    Result "result" ["审批结果名称", "审批结果", "办理结果", "结果名称"];
    Condition "condition" ["受理条件", "办理条件", "申请条件"];
    Material "material" ["申请材料", "申报材料", "材料目录", "所需材料"];
    Special "special" ["特别程序", "特殊环节", "特别环节"];
    Remark "remark" ["备注", "说明"];
    // From here on: kept together as details.
    Office "office" ["承办机构", "责任科室", "责任处室", "受理机构"];
    ReviewKind "review_kind" ["审查类型"];
    ResultKind "result_kind" ["审批结果类型"];
    ResultSample "result_sample" ["审批结果样本"];
    VisitReason "visit_reason" ["必须现场办理原因说明", "必须到现场原因"];
    Online "online" ["是否网办", "网办"];
    OnlineDepth "online_depth" ["网上办理深度"];
    OnlineAddress "online_address" ["网办地址"];
    Channels "channels" ["办理形式"];
    FeeBasis "fee_basis" ["收费依据", "收费依据及标准"];
    FeeItem "fee_item" ["收费项目", "收费项目名称"];
    FeeStandard "fee_standard" ["收费标准", "收费标椎"];
    FeeRelief "fee_relief" ["是否允许减免", "允许减免依据"];
    OnlinePayment "online_payment" ["是否支持网上支付", "网上支付"];
    Enquiries "enquiries" ["咨询方式", "咨询电话"];
    Complaints "complaints" ["监督投诉方式", "投诉电话", "监督电话", "监督方式"];
    LegalTopics "legal_topics" ["法人主题分类", "面向法人事项主题分类"];
    PersonTopics "person_topics" ["自然人主题分类", "面向自然人事项主题分类"];
    Questions "questions" ["常见问题"];
    Process "process" ["办理流程", "办理环节", "办理程序", "运行流程"];
    VersionLabel "version_label" ["事项版本", "版本号"];
    StatusLabel "status_label" ["事项状态", "状态"];
    Effective "effective" ["计划生效日期", "生效日期", "实施日期"];
    Cancelled "cancelled" ["计划取消日期", "取消日期", "废止日期"];
    PowerSource "power_source" ["权力来源"];
    OrganKind "organ_kind" ["实施主体性质"];
    Entrusting "entrusting" ["委托部门"];
    LegalNote "legal_note" ["法定办结时限说明"];
    PromiseNote "promise_note" ["承诺办结时限说明"];
    Place "place" ["办理地点"];
    Hours "hours" ["办理时间"];
    Reach "reach" ["通办范围"];
    Partners "partners" ["联办机构"];
    Quota "quota" ["数量限制"];
    Intermediary "intermediary" ["中介服务"];
    Hall "hall" ["是否进驻政务大厅"];
    Booking "booking" ["是否支持预约办理"];
    Terminal "terminal" ["是否支持自助终端办理", "是否支持终端办理"];
    Express "express" ["是否支持物流快递"];
    Scope "scope" ["适用范围"];
    LevelNote "level_note" ["管理权限说明"];
    Duty "duty" ["责任事项"];
    Accountability "accountability" ["追责情形", "违法责任"];
    UniqueId "unique_id" ["事项唯一标识"];
    MaterialName "material_name" ["材料名称"];
    // The segments of Hubei's code of 2015, joined into one: 行政区划6 行政主体3 职权类型2 顺序3 子项2.
    Segment1 "segment_region" ["行政区划", "行政区划6"];
    Segment2 "segment_organ" ["行政主体", "行政主体3"];
    Segment3 "segment_type" ["职权类型2"];
    Segment4 "segment_serial" ["顺序", "顺序3"];
    Segment5 "segment_sub" ["子项2"];
    Seq "seq" ["序号", "No."];
}

/// Plain text columns of a version, by their names in the database.
pub(super) const TEXTS: &[(N, &str)] = &[
    (N::Basis, "basis"),
    (N::Level, "exercise_level"),
    (N::CaseKind, "case_kind"),
    (N::Visits, "visits"),
    (N::Target, "target"),
    (N::Fee, "fee"),
    (N::Condition, "condition"),
    (N::Material, "materials"),
    (N::Result, "result"),
    (N::Special, "special"),
    (N::Remark, "remark"),
];

/// Fields kept together as one JSON object, by their keys.
pub(super) const DETAILS: &[N] = &[
    N::BaseCode,
    N::ImplCode,
    N::HandleCode,
    N::LocalCode,
    N::OrganCode,
    N::Office,
    N::ReviewKind,
    N::ResultKind,
    N::ResultSample,
    N::VisitReason,
    N::Online,
    N::OnlineDepth,
    N::OnlineAddress,
    N::Channels,
    N::FeeBasis,
    N::FeeItem,
    N::FeeStandard,
    N::FeeRelief,
    N::OnlinePayment,
    N::Enquiries,
    N::Complaints,
    N::LegalTopics,
    N::PersonTopics,
    N::Questions,
    N::Process,
    N::VersionLabel,
    N::StatusLabel,
    N::Effective,
    N::Cancelled,
    N::PowerSource,
    N::OrganKind,
    N::Entrusting,
    N::LegalNote,
    N::PromiseNote,
    N::Place,
    N::Hours,
    N::Reach,
    N::Partners,
    N::Quota,
    N::Intermediary,
    N::Hall,
    N::Booking,
    N::Terminal,
    N::Express,
    N::Scope,
    N::LevelNote,
    N::Duty,
    N::Accountability,
    N::UniqueId,
];

impl N {
    /// The field's key.
    pub(super) fn key(self) -> &'static str {
        LICENSE_FIELDS[self as usize].key
    }
}
