//! Findings as one self-contained page with filters: no outside file, no network. Written finding by finding.

use std::io::{self, Write};

use super::html::escaped;
use super::inspection::{Inspection, Place};
use super::{Paper, Report, text};

const STYLE: &str = "body{font-family:'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif;margin:1.5em;color:#222;line-height:1.5}\
h1{font-size:1.4em}form{display:flex;flex-wrap:wrap;gap:.6em 1.2em;align-items:center;margin:1em 0;padding:.6em;background:#f3f6f9}\
input[type=search]{min-width:16em;padding:.25em}select{padding:.25em}\
table{border-collapse:collapse;width:100%;font-size:.9em}th,td{border:1px solid #bbb;padding:.3em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#f3f6f9;position:sticky;top:0;white-space:nowrap}td.s{white-space:nowrap;font-weight:bold}\
tr[data-severity=critical] td.s{color:#b00020}tr[data-severity=high] td.s{color:#b35900}tr[data-severity=medium] td.s{color:#7a6a00}\
tr[data-state=waived]{color:#777}tr[hidden]{display:none}small{color:#555}\
@media print{form{display:none}th{position:static}}";

/// Shows the rows that fit every choice and counts them.
const SCRIPT: &str = "(function(){\
var form=document.getElementById('filters'),shown=document.getElementById('shown');\
var rows=Array.prototype.slice.call(document.querySelectorAll('#findings tbody tr'));\
function apply(){var want={severity:form.severity.value,state:form.state.value,rule:form.rule.value},text=form.search.value.toLowerCase(),n=0;\
rows.forEach(function(row){var fits=Object.keys(want).every(function(k){return !want[k]||row.getAttribute('data-'+k)===want[k]})\
&&(!text||row.textContent.toLowerCase().indexOf(text)>=0);row.hidden=!fits;if(fits)n++});shown.textContent=n+' / '+rows.length}\
form.addEventListener('input',apply);form.addEventListener('submit',function(e){e.preventDefault()});apply()})();";

pub(super) fn write(report: &Report, inspection: &Inspection, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let words = &inspection.words;
    let title = escaped(&words.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{}</p>\n",
        escaped(&words.language),
        escaped(&words.total)
    )?;
    skipped(inspection, out)?;
    filters(inspection, out)?;
    write!(out, "<table id=\"findings\">\n<thead><tr>")?;
    for word in [&words.severity, &words.state, &words.rule, &words.subject, &words.detail, &words.remedy, &words.clause] {
        write!(out, "<th>{}</th>", escaped(word))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    let place = Place::of(report);
    report.each(&mut |row| {
        let finding = place.read(row, report);
        let rule = inspection.rule(&finding.rule).map(|(_, rule)| rule);
        let of_rule = |part: fn(&super::InspectedRule) -> &String| rule.map_or(String::new(), |rule| escaped(part(rule)));
        let waiver = match finding.waiver {
            super::Cell::Empty => String::new(),
            waiver => format!("<br><small>{}</small>", escaped(&text::human(waiver, report, false))),
        };
        writeln!(
            out,
            "<tr data-severity=\"{severity}\" data-state=\"{state}\" data-rule=\"{id}\"><td class=\"s\">{severity}</td><td>{state}<br><small>{since}</small>{waiver}</td>\
             <td>{id} {title}</td><td>{table}<br><b>{key}</b></td><td>{detail}</td><td>{remedy}</td><td>{clause}</td></tr>",
            severity = escaped(&finding.severity),
            state = escaped(&finding.state),
            since = escaped(&finding.first_seen),
            id = escaped(&finding.rule),
            title = of_rule(|rule| &rule.title),
            table = escaped(&finding.table),
            key = escaped(&finding.key),
            detail = escaped(&finding.detail),
            remedy = of_rule(|rule| &rule.remedy),
            clause = of_rule(|rule| &rule.clause),
        )
    })?;
    writeln!(out, "</tbody>\n</table>")?;
    if report.is_empty() {
        writeln!(out, "<p>{}</p>", escaped(&words.nothing))?;
    }
    let made_at = report.made_at.as_ref().unwrap_or(&paper.generated_at);
    write!(
        out,
        "<footer><small>swj {} · {}</small></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        inspection.version,
        escaped(made_at)
    )
}

/// What could not be looked at comes before what was found.
fn skipped(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let skipped: Vec<_> = inspection.rules.iter().filter_map(|rule| Some((rule, rule.skipped.as_ref()?))).collect();
    if skipped.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>{}</h2>\n<ul>", escaped(&inspection.words.skipped))?;
    for (rule, why) in skipped {
        writeln!(out, "<li>{} {}: {}</li>", escaped(&rule.id), escaped(&rule.title), escaped(why))?;
    }
    writeln!(out, "</ul>")
}

fn filters(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let words = &inspection.words;
    writeln!(out, "<form id=\"filters\">")?;
    let mut choice = |name: &str, label: &str, values: &mut dyn Iterator<Item = String>| -> io::Result<()> {
        write!(out, "<label>{} <select name=\"{name}\"><option value=\"\">{}</option>", escaped(label), escaped(&words.all))?;
        for value in values {
            write!(out, "<option>{}</option>", escaped(&value))?;
        }
        writeln!(out, "</select></label>")
    };
    let own = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>().into_iter();
    choice("severity", &words.severity, &mut own(&["critical", "high", "medium", "low"]))?;
    choice("state", &words.state, &mut own(&["new", "open", "waived"]))?;
    choice("rule", &words.rule, &mut inspection.rules.iter().map(|rule| rule.id.clone()))?;
    write!(
        out,
        "<label>{} <input type=\"search\" name=\"search\"></label>\n<output>{} <span id=\"shown\"></span></output>\n</form>\n",
        escaped(&words.search),
        escaped(&words.shown)
    )
}
