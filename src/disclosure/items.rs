//! Items of disclosure (公开信息) as an import brings them.

use jiff::civil::Date;

use crate::intake::{Field, Row};
use crate::plan::{Facts, Reject};

/// 主动公开 within 20 working days of being made or changed (条例 2008 Art. 18, 2019 Art. 26).
pub const PROACTIVE_DAYS: u32 = 20;

/// The columns of a register (门户网站公开信息登记表 and its relatives).
pub const ITEM_FIELDS: &[Field] = &[
    Field { key: "index_no", aliases: &["index_no", "索引号", "信息索引号", "信息编号"], required: true, carry_down: false },
    Field {
        key: "title", aliases: &["title", "信息名称", "名称", "标题", "公文标题", "文件名称"], required: true, carry_down: false
    },
    Field { key: "doc_no", aliases: &["doc_no", "文号", "发文字号", "文件编号"], required: false, carry_down: false },
    Field {
        key: "publisher",
        aliases: &["publisher", "发布机构", "发文机关", "制发单位", "单位编码", "发布单位", "单位", "unit"],
        required: true,
        carry_down: true,
    },
    Field {
        key: "category", aliases: &["category", "类别", "信息类别", "主题分类", "组配分类"], required: false, carry_down: false
    },
    Field {
        key: "formed_on",
        aliases: &["formed_on", "生成日期", "成文日期", "生成时间", "形成日期", "产生日期"],
        required: true,
        carry_down: false,
    },
    Field { key: "attribute", aliases: &["attribute", "公开属性", "公开方式"], required: true, carry_down: false },
    Field {
        key: "reason", aliases: &["reason", "不予公开的理由", "不公开理由", "理由", "原因"], required: false, carry_down: false
    },
    Field {
        key: "published_on",
        aliases: &["published_on", "发布日期", "公开日期", "发布时间", "公开时间"],
        required: false,
        carry_down: false,
    },
    Field { key: "url", aliases: &["url", "网址", "链接", "链接地址"], required: false, carry_down: false },
    Field { key: "validity", aliases: &["validity", "有效性", "时效", "效力状态"], required: false, carry_down: false },
    Field { key: "abolished_on", aliases: &["abolished_on", "废止日期", "失效日期"], required: false, carry_down: false },
    Field { key: "withdrawn_on", aliases: &["withdrawn_on", "撤回日期"], required: false, carry_down: false },
    Field { key: "normative", aliases: &["normative", "文件性质", "规范性文件"], required: false, carry_down: false },
];

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFacts {
    /// 索引号, unique, never changed.
    pub index_no: String,
    pub title: String,
    pub doc_no: Option<String>,
    /// Code of the publishing unit.
    pub publisher: String,
    pub category: String,
    pub formed_on: Date,
    /// `active` 主动公开, `on_request` 依申请公开, `none` 不予公开.
    pub attribute: String,
    /// Why it is withheld.
    pub reason: Option<String>,
    pub published_on: Option<Date>,
    pub url: Option<String>,
    /// `rule` 规章, `normative` 行政规范性文件, `other`.
    pub normative: String,
    /// `valid` 有效, `abolished` 废止, `expired` 失效, since `abolished_on`.
    pub validity: String,
    pub abolished_on: Option<Date>,
    /// Taken off the website on this day; only `disclosure publish` brings it back.
    pub withdrawn_on: Option<Date>,
    /// Whether it has passed the review of a second person.
    pub reviewed: bool,
}

impl Facts for ItemFacts {
    fn key(&self) -> &str {
        &self.index_no
    }

    fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("title", Some(self.title.clone())),
            ("doc_no", self.doc_no.clone()),
            ("publisher", Some(self.publisher.clone())),
            ("category", Some(self.category.clone())),
            ("formed_on", Some(self.formed_on.to_string())),
            ("attribute", Some(self.attribute.clone())),
            ("reason", self.reason.clone()),
            ("published_on", self.published_on.map(|day| day.to_string())),
            ("url", self.url.clone()),
            ("normative", Some(self.normative.clone())),
            ("validity", Some(self.validity.clone())),
            ("abolished_on", self.abolished_on.map(|day| day.to_string())),
            ("withdrawn_on", self.withdrawn_on.map(|day| day.to_string())),
        ]
    }
}

impl ItemFacts {
    /// `published` once it is out, `withdrawn` when taken back, `exempt` when withheld, else `pending`.
    pub fn status(&self) -> &'static str {
        match (self.attribute.as_str(), self.published_on) {
            ("active", Some(_)) if self.withdrawn_on.is_some() => "withdrawn",
            ("active", Some(_)) => "published",
            ("none", _) => "exempt",
            _ => "pending",
        }
    }
}

fn attribute(text: &str) -> Option<&'static str> {
    Some(match text {
        "active" | "主动公开" | "主动" => "active",
        "on_request" | "依申请公开" | "依申请" => "on_request",
        "none" | "不予公开" | "免予公开" | "不公开" => "none",
        _ => return None,
    })
}

fn validity(text: &str) -> Option<&'static str> {
    Some(match text {
        "valid" | "有效" | "" => "valid",
        "abolished" | "废止" | "已废止" => "abolished",
        "expired" | "失效" | "已失效" => "expired",
        _ => return None,
    })
}

fn normative(text: &str) -> Option<&'static str> {
    Some(match text {
        "rule" | "规章" => "rule",
        "normative" | "行政规范性文件" | "规范性文件" | "是" => "normative",
        "other" | "其他" | "否" | "" => "other",
        _ => return None,
    })
}

/// Reads one row; every fault of the row is returned at once. `unit_of` turns a unit's
/// code, name or short name into its code.
///
/// # Errors
/// The rules the row breaks.
pub fn read_item(
    row: &Row,
    known: Option<&ItemFacts>,
    today: Date,
    unit_of: &dyn Fn(&str) -> Option<String>,
) -> Result<ItemFacts, Vec<Reject>> {
    let mut faults = Vec::new();
    let mut fault = |column: &'static str, rule: &'static str, value: &str| {
        faults.push(Reject { line: row.line, column, rule, value: value.to_owned(), cells: row.original().to_vec() });
    };
    let text = |key: &str| row.get(key).filter(|text| !text.is_empty());
    for key in ["index_no", "title", "publisher", "formed_on", "attribute"] {
        if text(key).is_none() {
            fault(key, "value-missing", "");
        }
    }
    let publisher = text("publisher").and_then(unit_of);
    if let (None, Some(name)) = (&publisher, text("publisher")) {
        fault("publisher", "unit-unknown", name);
    }
    let mut day = |key: &'static str| {
        let day = text(key).and_then(crate::calendar::read_day);
        if let (None, Some(word)) = (day, text(key)) {
            fault(key, "not-a-day", word);
        }
        day
    };
    let formed_on = day("formed_on");
    let published_on = day("published_on");
    let abolished_on = day("abolished_on");
    let withdrawn_on = day("withdrawn_on");
    let set = text("attribute").and_then(attribute);
    if let (None, Some(word)) = (set, text("attribute")) {
        fault("attribute", "disclosure-attribute", word);
    }
    let reason = row.get("reason").map_or_else(|| known.and_then(|item| item.reason.clone()), |_| text("reason").map(str::to_owned));
    if set == Some("none") && reason.is_none() {
        fault("reason", "withheld-without-reason", "");
    }
    if let (Some("none" | "on_request"), Some(_)) = (set, published_on) {
        fault("published_on", "published-but-not-open", text("published_on").unwrap_or_default());
    } else if let (Some("none" | "on_request"), Some(known)) = (set, known)
        && known.status() == "published"
    {
        fault("attribute", "still-published", text("attribute").unwrap_or_default());
    }
    if let Some(known) = known {
        if row.get("published_on") == Some("") && known.status() == "published" && set == Some("active") {
            fault("published_on", "still-published", &known.published_on.map(|day| day.to_string()).unwrap_or_default());
        }
        if published_on.is_some() && known.published_on.is_none() && set == Some("active") && !known.reviewed {
            fault("published_on", "published-unreviewed", text("published_on").unwrap_or_default());
        }
        if row.get("withdrawn_on").is_some() && withdrawn_on != known.withdrawn_on {
            fault("withdrawn_on", "withdrawn-by-import", text("withdrawn_on").unwrap_or_default());
        }
    } else if let Some(withdrawn) = withdrawn_on
        && published_on.is_none_or(|published| withdrawn < published || withdrawn > today)
    {
        fault("withdrawn_on", "withdrawn-unpublished", text("withdrawn_on").unwrap_or_default());
    }
    if abolished_on.is_some_and(|day| day > today) {
        fault("abolished_on", "day-in-future", text("abolished_on").unwrap_or_default());
    }
    if let (Some(formed), Some(abolished)) = (formed_on, abolished_on)
        && abolished < formed
    {
        fault("abolished_on", "abolished-before-made", text("abolished_on").unwrap_or_default());
    }
    if formed_on.is_some_and(|day| day > today) {
        fault("formed_on", "day-in-future", text("formed_on").unwrap_or_default());
    }
    if published_on.is_some_and(|day| day > today) {
        fault("published_on", "day-in-future", text("published_on").unwrap_or_default());
    }
    if let (Some(formed), Some(published)) = (formed_on, published_on)
        && published < formed
    {
        fault("published_on", "published-before-made", text("published_on").unwrap_or_default());
    }
    let kind = match row.get("normative") {
        None => Some(known.map_or_else(|| "other".to_owned(), |item| item.normative.clone())),
        Some(word) => normative(word).map(str::to_owned),
    };
    if kind.is_none() {
        fault("normative", "normative-kind", text("normative").unwrap_or_default());
    }
    let abolished_on = if row.get("abolished_on").is_none() { known.and_then(|item| item.abolished_on) } else { abolished_on };
    let valid = match row.get("validity") {
        // A day says by itself that it no longer holds.
        None => Some(match (known.map(|item| item.validity.as_str()), abolished_on) {
            (Some("expired"), Some(_)) => "expired",
            (_, Some(_)) => "abolished",
            (_, None) => "valid",
        }),
        Some("") if abolished_on.is_some() => Some("abolished"),
        Some(word) => validity(word),
    };
    match valid {
        None => fault("validity", "validity-word", text("validity").unwrap_or_default()),
        Some("valid") if abolished_on.is_some() => fault("validity", "valid-but-abolished", text("abolished_on").unwrap_or_default()),
        Some("abolished" | "expired") if abolished_on.is_none() => fault("abolished_on", "abolished-without-day", ""),
        Some(_) => {}
    }
    let valid = valid.unwrap_or("valid");
    let keep = |key: &str, known: Option<String>| if row.get(key).is_none() { known } else { text(key).map(str::to_owned) };
    match (publisher, formed_on, set, kind) {
        (Some(publisher), Some(formed_on), Some(attribute), Some(normative)) if faults.is_empty() => Ok(ItemFacts {
            index_no: text("index_no").unwrap_or_default().to_owned(),
            title: text("title").unwrap_or_default().to_owned(),
            doc_no: keep("doc_no", known.and_then(|item| item.doc_no.clone())),
            publisher,
            category: text("category")
                .map(str::to_owned)
                .or_else(|| known.map(|item| item.category.clone()))
                .unwrap_or_else(|| "其他".to_owned()),
            formed_on,
            attribute: attribute.to_owned(),
            reason,
            published_on: if row.get("published_on").is_none() { known.and_then(|item| item.published_on) } else { published_on },
            url: keep("url", known.and_then(|item| item.url.clone())),
            normative,
            validity: valid.to_owned(),
            abolished_on,
            withdrawn_on: known.map_or(withdrawn_on, |item| item.withdrawn_on),
            reviewed: known.is_some_and(|item| item.reviewed),
        }),
        _ => Err(faults),
    }
}
