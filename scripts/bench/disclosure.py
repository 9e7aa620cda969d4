"""The month's statistics over a large register: swj beside the same grouped query typed by hand, and DuckDB."""

import importlib.util, os, subprocess, sys, time

from lib import *

duckdb = importlib.util.find_spec("duckdb")

items, requests = int(os.environ["ITEMS"]), int(os.environ["REQUESTS"])
UNITS, DAYS = 30, 3590  # from 2017-01-01 to 2026-10-31

# What the month's form counts, as one grouped query: information made by attribute, requests received, answered and
# overdue, of the month and of the year so far.
BY_HAND = """
SELECT unit, class, SUM(CASE WHEN day >= {month} THEN 1 ELSE 0 END), COUNT(*) FROM (
  SELECT publisher_unit_id AS unit, attribute AS class, formed_on AS day FROM {s}disclosure_item WHERE formed_on >= {year} AND formed_on <= {last}
  UNION ALL SELECT unit_id, 'received', received_on FROM {s}disclosure_request WHERE received_on >= {year} AND received_on <= {last}
  UNION ALL SELECT unit_id, 'answered', replied_on FROM {s}disclosure_request WHERE replied_on >= {year} AND replied_on <= {last}
  UNION ALL SELECT unit_id, 'overdue', due_on FROM {s}disclosure_request
    WHERE due_on >= {year} AND due_on <= {last} AND due_on < {today} AND COALESCE(replied_on, {today}) > due_on
) AS facts GROUP BY unit, class ORDER BY unit, class
"""


def by_hand(engine, schema=""):
    day = (lambda text: f"'{text}'") if engine == "sqlite" else (lambda text: f"DATE '{text}'")
    return BY_HAND.format(s=schema, year=day("2026-01-01"), month=day("2026-10-01"), last=day("2026-10-31"), today=day("2026-11-23"))


def sql(engine, url, text):
    command = ["sqlite3", url] if engine == "sqlite" else ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", url]
    subprocess.run(command, input=text.encode(), check=True, stdout=subprocess.DEVNULL)


def filled(engine):
    """A register of ten years and its requests; one request in a hundred is open, with its events."""
    url = fresh(engine, "register")
    with open("units.csv", "w", encoding="utf-8") as file:
        file.write("单位编码,单位名称,上级单位编码\n" + "".join(f"{n:02d},处室{n},00\n" for n in range(1, UNITS + 1)))
    subprocess.run([swj, "-q", "-d", url, "unit", "import", "units.csv", "--yes"], check=True, stdout=subprocess.DEVNULL)
    if engine == "sqlite":
        numbers = lambda n: f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {n})"
        day = lambda n: f"date('2017-01-01', '+' || ({n}) || ' days')"
        source, later, instant = "k", lambda d, n: f"date({d}, '+{n} days')", lambda d: f"{d} || ' 09:00:00+08:00'"
        sql(engine, url, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    else:
        numbers = lambda n: ""
        day = lambda n: f"(DATE '2017-01-01' + (({n}))::int)"
        source, later, instant = "generate_series(1, {n}) AS k(n)", lambda d, n: f"({d} + {n})", lambda d: f"({d} || ' 09:00:00+08:00')::timestamptz"
    of = lambda n: source.replace("{n}", str(n))
    made, came = day(f"n % {DAYS}"), day(f"n % {DAYS}")
    unit = f"(SELECT MIN(id) FROM unit WHERE code = '01') + n % {UNITS}"
    # The last weeks' requests are open.
    is_open = f"(n % {DAYS} > {DAYS - 36})"
    sql(engine, url, f"""
{numbers(items)} INSERT INTO disclosure_item (index_no, title, publisher_unit_id, category, formed_on, due_on, attribute, reason, attribute_set_on, published_at, status, created_at)
SELECT '000125365/' || n, '信息' || n, {unit}, '公文', {made}, {later(made, 28)},
  CASE n % 10 WHEN 9 THEN 'none' WHEN 8 THEN 'on_request' ELSE 'active' END, CASE n % 10 WHEN 9 THEN '内部' END, {made},
  CASE WHEN n % 10 < 8 THEN {instant(made)} END, CASE n % 10 WHEN 9 THEN 'exempt' WHEN 8 THEN 'pending' ELSE 'published' END, {instant(made)} FROM {of(items)};
{numbers(requests)} INSERT INTO disclosure_request (no, unit_id, applicant_kind, applicant_name, channel, arrived_on, received_on, subject, regime, due_on, replied_on, closed_on, outcome_row, status, created_at)
SELECT 'Y' || n, {unit}, 'natural_person', '某', 'online', {came}, {came}, '水质', CASE WHEN n % {DAYS} < 864 THEN '2008' ELSE '2019' END, {later(came, 28)},
  CASE WHEN NOT {is_open} THEN {later(came, 14)} END, CASE WHEN NOT {is_open} THEN {later(came, 14)} END,
  CASE WHEN NOT {is_open} THEN '3.1' END, CASE WHEN {is_open} THEN 'open' ELSE 'closed' END, {instant(came)} FROM {of(requests)};
INSERT INTO disclosure_request_event (request_id, seq, kind, on_date) SELECT id, 1, 'arrive', arrived_on FROM disclosure_request WHERE status = 'open';
INSERT INTO disclosure_request_event (request_id, seq, kind, on_date) SELECT id, 2, 'confirm', received_on FROM disclosure_request WHERE status = 'open';
{"PRAGMA journal_mode = WAL; ANALYZE;" if engine == "sqlite" else "VACUUM ANALYZE disclosure_item; VACUUM ANALYZE disclosure_request; VACUUM ANALYZE disclosure_request_event;"}
""")
    return url


def by_duckdb(url):
    """The same query in DuckDB over the same columns: the query alone, in a process that has started."""
    import duckdb

    columns = {"disclosure_item": "publisher_unit_id, attribute, formed_on", "disclosure_request": "unit_id, received_on, replied_on, due_on"}
    with duckdb.connect("register.duckdb") as db:
        for table, names in columns.items():
            with open("table.csv", "wb") as file:
                subprocess.run(["sqlite3", "-csv", "-header", url, f"SELECT {names} FROM {table}"], check=True, stdout=file)
            db.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('table.csv')")
    taken = []
    for _ in range(runs):
        with duckdb.connect("register.duckdb", read_only=True) as db:
            began = time.perf_counter()
            db.execute(by_hand("duckdb")).fetchall()
            taken.append((time.perf_counter() - began, 0))
    line("  the same query, DuckDB", "duckdb", taken)


if sys.argv[1:2] == ["duckdb"]:
    by_duckdb(sys.argv[2])
elif items:
    for engine in engines:
        url = filled(engine)
        hand = "sqlite3, by hand" if engine == "sqlite" else "psql, by hand"
        month = lambda n: once([swj, "-q", "-d", url, "stats", "month", "2026-10", "-f", "csv"])
        mine, peer = pair(month, lambda n: peer_sql(engine, url, by_hand(engine)))
        line(f"stats month, {items} items", engine, mine, hand, peer)
        if duckdb and engine == "sqlite":
            # In a process of its own: its memory would be counted with ours.
            subprocess.run([sys.executable, __file__, "duckdb", url], check=True)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "request", "due", "--within", "5wd", "-f", "count"]))
        line(f"request due, {requests} requests", engine, mine)
        for n in range(1, 10):
            subprocess.run([swj, "-q", "-d", url, "stats", "freeze", f"2026-{n:02d}", "--yes"], check=True, stdout=subprocess.DEVNULL)
        mine, _ = pair(month)
        line("stats month, nine months frozen", engine, mine)
        drop(engine, "register")
