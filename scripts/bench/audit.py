"""Audits: every rule beside the same statements typed into the engine's shell; a million findings and their memory."""

import json, os, re, subprocess

from lib import *

scales = os.environ["SCALES"].split()
here = os.path.dirname(os.path.abspath(__file__))
rules = os.path.join(here, "..", "..", "sql", "audit")


def parameters(clock):
    """The defaults of the configuration, as the rules are given them."""
    import datetime

    now = datetime.datetime.fromisoformat(clock)
    day = lambda days: f"'{(now - datetime.timedelta(days=days)).date()}'"
    at = lambda hours: f"'{(now - datetime.timedelta(hours=hours)).strftime('%Y-%m-%d %H:%M:%S+08:00')}'"
    known = {"today": day(0), "tomorrow": day(-1), "now": at(0), "dormant_before": day(90), "pwd_before": day(90), "init_pwd_before": day(7),
             "full_before": at(24 * 7), "incr_before": at(24), "restore_before": day(183), "unit_idle_before": day(30), "fail_limit": "5",
             "sys_admin_max": "3", "now_year": f"'{now.year}'", "archive_year": str(now.year - 1), "receipt_before": at(24), "ckpt_before": at(24)}
    # What is not named here is a day or an instant some time ago: good enough for how long a statement takes.
    return lambda name: known.get(name, at(24 * 30) if name.endswith(("_at", "_before")) else day(30))


def statements(clock):
    value = parameters(clock)
    texts = []
    for name in sorted(os.listdir(rules)):
        text = open(os.path.join(rules, name), encoding="utf-8").read()
        declared = re.search(r"^-- parameters:(.*)$", text, re.M).group(1).replace(",", " ").split()
        sql = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().rstrip(";")
        for parameter in declared:
            sql = re.sub(rf":{parameter}\b", value(parameter), sql)
        texts.append(sql + ";")
    return "\n".join(texts)


MILLION = """-- id: OWN-100
-- name: million
-- severity: low
-- title.zh: 百万
-- title.en: a million
-- clause: local
-- remedy: none
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
SELECT 'document' AS t, '天津水务〔2026〕' || CAST(i AS TEXT) || '号' AS k, 'past its limit, assigned to user ' || CAST(i AS TEXT) AS d FROM n
"""

for engine in engines:
    before = None
    for scale in scales:
        url = fresh(engine, "audited")
        subprocess.run([swj, "-q", "-d", url, "demo", "load", "--scale", scale], check=True, stdout=subprocess.DEVNULL)
        report = subprocess.run([swj, "-q", "-d", url, "audit", "run", "-f", "json"], capture_output=True, text=True).stdout
        clock = json.loads(report)["clock"]
        with open("rules.sql", "w", encoding="utf-8") as file:
            file.write(statements(clock))
        shell = f"sqlite3 {url} < rules.sql" if engine == "sqlite" else f"psql -qXAt -d '{url}' -f rules.sql"
        mine, peer = pair(
            lambda n: once([swj, "-q", "-d", url, "audit", "run", "--fail-on", "critical", "-f", "count"]),
            lambda n: once(shell, shell=True))
        line(f"audit run, all rules, scale {scale}", engine, mine, "the same in its shell", peer)
        wall, _ = median(mine)
        if before:
            print(f"{'':34} {engine:9} {float(scale) / before[0]:.0f} times the data, {wall / before[1]:.1f} times the time")
        before = (float(scale), wall)
    os.makedirs("million", exist_ok=True)
    with open("million/million.sql", "w", encoding="utf-8") as file:
        file.write(MILLION)
    os.environ["SWJ_AUDIT_RULES"] = os.path.abspath("million")
    for form in ("csv", "json", "sarif", "junit", "html", "xlsx"):
        ending = {"junit": "xml"}.get(form, form)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "audit", "run", "--rule", "OWN-100", "-o", f"million.{ending}"]), count=1)
        line(f"a million findings as {form}", engine, mine, per=1_000_000)
    mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "audit", "run", "--rule", "OWN-100", "--keep", "-f", "count"]), count=1)
    line("a million findings kept", engine, mine, per=1_000_000)
    mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "audit", "run", "--rule", "OWN-100", "-f", "count"]), count=1)
    line("the same, known before", engine, mine, per=1_000_000)
    del os.environ["SWJ_AUDIT_RULES"]
    drop(engine, "audited")
