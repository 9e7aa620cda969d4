//! One self-contained page: no script, no outside file; charts are SVG.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::document::{Block, Chart, Document, Grid};
use super::{Paper, Report, text};

const STYLE: &str = "body{font-family:'Songti SC','SimSun','Noto Serif CJK SC',serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222;line-height:1.6}\
h1{text-align:center;font-size:1.6em}h2{font-size:1.2em;margin-top:2em}\
.wide{overflow-x:auto}table{border-collapse:collapse;margin:1em 0;width:100%;font-size:.9em}\
th,td{border:1px solid #666;padding:.25em .5em;text-align:center;vertical-align:middle}\
th{font-weight:normal;background:#f3f6f9}th.l,td.l{text-align:left}\
svg{max-width:100%;height:auto}figure{margin:1.5em 0}figcaption{font-weight:bold}\
@media print{body{max-width:none;margin:0}}";

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::of(report);
    let mut page = String::new();
    let title = escaped(&document.title);
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for block in &document.blocks {
        match block {
            Block::Heading(words) => drop(writeln!(page, "<h2>{}</h2>", escaped(words))),
            Block::Text(words) => drop(writeln!(page, "<p>{}</p>", escaped(words))),
            Block::Table(grid) => table(&mut page, grid, report),
            Block::Chart(chart) => bars(&mut page, chart),
        }
    }
    let _ = write!(page, "<footer><small>{}</small></footer>\n</body>\n</html>\n", escaped(&paper.generated_at));
    out.write_all(page.as_bytes())
}

pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // No markup can hold it.
            control if control.is_control() && !matches!(control, '\n' | '\t') => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

fn table(page: &mut String, grid: &Grid, report: &Report) {
    page.push_str("<div class=\"wide\">\n<table>\n");
    let mut cells: Vec<_> = grid.cells.iter().collect();
    cells.sort_by_key(|cell| (cell.row, cell.column));
    let mut cells = cells.into_iter().peekable();
    for row in 0..grid.rows {
        page.push_str("<tr>");
        while let Some(cell) = cells.next_if(|cell| cell.row == row) {
            let tag = if cell.header { "th" } else { "td" };
            let _ = write!(page, "<{tag}");
            if cell.columns > 1 {
                let _ = write!(page, " colspan=\"{}\"", cell.columns);
            }
            if cell.rows > 1 {
                let _ = write!(page, " rowspan=\"{}\"", cell.rows);
            }
            if cell.left {
                page.push_str(" class=\"l\"");
            }
            let _ = write!(page, ">{}</{tag}>", escaped(&text::human(&cell.content, report, false)));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n</div>\n");
}

/// Bars beside each other, a group for each category, with their figures on top.
fn bars(page: &mut String, chart: &Chart) {
    const COLOURS: [&str; 6] = ["#2f6f9f", "#d98b2b", "#5a9a4a", "#b04a5a", "#7a6aa8", "#888888"];
    const HEIGHT: f64 = 220.0;
    let most = chart.series.iter().flat_map(|(_, values)| values).copied().max().unwrap_or(0).max(1);
    let (count, series) = (chart.categories.len().max(1), chart.series.len().max(1));
    let group = (860.0 / count as f64).clamp(18.0, 120.0);
    let bar = group * 0.8 / series as f64;
    let width = 130.0 + group * count as f64;
    let _ = write!(
        page,
        "<figure>\n<figcaption>{title}</figcaption>\n<svg viewBox=\"0 0 {width:.0} {h:.0}\" width=\"{width:.0}\" height=\"{h:.0}\" role=\"img\" aria-label=\"{title}\" font-size=\"11\">\n",
        title = escaped(&chart.title),
        h = HEIGHT + 150.0
    );
    for step in 0..=4 {
        let value = most * step / 4;
        let y = 20.0 + HEIGHT - HEIGHT * value as f64 / most as f64;
        let _ = writeln!(
            page,
            "<line x1=\"45\" y1=\"{y:.1}\" x2=\"{width:.0}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"40\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            y + 4.0
        );
    }
    for (at, category) in chart.categories.iter().enumerate() {
        let left = 50.0 + group * at as f64;
        for (n, (name, values)) in chart.series.iter().enumerate() {
            let value = values.get(at).copied().unwrap_or(0);
            let tall = HEIGHT * value.max(0) as f64 / most as f64;
            let x = left + bar * n as f64;
            let _ = write!(
                page,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" fill=\"{}\"><title>{}：{} {value}</title></rect>",
                20.0 + HEIGHT - tall,
                bar * 0.92,
                COLOURS[n % COLOURS.len()],
                escaped(category),
                escaped(name)
            );
            if bar > 12.0 && value > 0 {
                let _ = write!(
                    page,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value}</text>",
                    x + bar / 2.0,
                    16.0 + HEIGHT - tall
                );
            }
        }
        let (x, y) = (left + group * 0.4, HEIGHT + 36.0);
        let _ = if group < 46.0 {
            writeln!(page, "<text x=\"{x:.1}\" y=\"{y:.1}\" transform=\"rotate(45 {x:.1} {y:.1})\">{}</text>", escaped(category))
        } else {
            writeln!(page, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>", escaped(category))
        };
    }
    for (n, (name, _)) in chart.series.iter().enumerate() {
        let x = 50.0 + 110.0 * n as f64;
        let y = HEIGHT + 140.0;
        let _ = write!(
            page,
            "<rect x=\"{x:.0}\" y=\"{:.0}\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{:.0}\" y=\"{y:.0}\">{}</text>",
            y - 9.0,
            COLOURS[n % COLOURS.len()],
            x + 14.0,
            escaped(name)
        );
    }
    page.push_str("\n</svg>\n</figure>\n");
}

#[cfg(test)]
mod tests {
    use crate::view::{Format, sample};

    #[test]
    fn what_a_cell_says_is_no_markup() {
        let mut report = sample::users();
        report.rows[0][1] = "<b>&\"".into();
        let page = String::from_utf8(sample::bytes(&report, Format::Html)).unwrap();
        assert!(page.contains("&lt;b&gt;&amp;&quot;") && !page.contains("<b>"), "{page}");
    }
}
