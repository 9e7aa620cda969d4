"""Staff lists: swj beside the raw load of the same rows, and lists beside the engine's own shell."""

import os, subprocess

from lib import *

scales = [int(word) for word in os.environ["PEOPLE"].split()]
SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"


def units(path, count):
    """A tree of four levels: every unit but the first forty under one a fortieth of its number."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("code,name,kind,parent,sort_no\n")
        for n in range(count):
            parent = "00" if n < 40 else f"k{n // 40 - 1:05d}"
            file.write(f"k{n:05d},第{n}号处室,office,{parent},{n % 40}\n")


def people(path, count, units, changed_every=None):
    with open(path, "w", encoding="utf-8") as file:
        file.write("login_name,real_name,staff_no,unit,account_type,joined_on,phone,email\n")
        for n in range(count):
            name = SURNAMES[n % len(SURNAMES)] + SURNAMES[n // 7 % len(SURNAMES)] + SURNAMES[n // 301 % len(SURNAMES)]
            if changed_every and n % changed_every == 0:
                name += "㐂"
            file.write(f"p{n:06d},{name},{200000 + n},k{n % units:05d},person,{2000 + n % 26}-07-01,138{n:08d},p{n:06d}@example.cn\n")


def imported(url, noun, path, *more):
    return once([swj, "-q", "-d", url, noun, "import", path, "--yes", "-f", "count", *more])


for count in scales:
    branches = max(count // 100, 40)
    units("units.csv", branches)
    people("people.csv", count, branches)
    people("changed.csv", count, branches, 100)
    for engine in engines:
        first, raw, again, changed, url = [], [], [], [], None
        for n in range(min(runs, 3)):
            url = fresh(engine, "staff")
            line_of_units = imported(url, "unit", "units.csv")
            first.append(imported(url, "user", "people.csv"))
            raw.append(load_raw(engine, "people.csv"))
            again.append(imported(url, "user", "people.csv"))
            changed.append(imported(url, "user", "changed.csv"))
        line(f"unit import of {branches}", engine, [line_of_units], per=branches)
        line(f"user import of {count}", engine, first, raw_name(engine), raw, per=count)
        line("the same file again", engine, again, raw_name(engine), raw, per=count)
        line("one row in 100 changed", engine, changed, raw_name(engine), raw, per=count)
        shell = "sqlite3" if engine == "sqlite" else "psql"
        columns = "login_name, real_name, staff_no, u.code, u.short_name, account_type, o.status, last_login_at"
        table = "oa_user o LEFT JOIN unit u ON u.id = o.unit_id"
        below = "WITH RECURSIVE b(id) AS (SELECT id FROM unit WHERE code = 'k00000' UNION SELECT u.id FROM unit u JOIN b ON u.parent_id = b.id)"
        for job, words, sql in [
            (f"user list of {count}", ["-f", "csv"], f"SELECT {columns} FROM {table} ORDER BY 4, 1"),
            ("user list --unit, with below", ["--unit", "k00000", "-f", "csv"], f"{below} SELECT {columns} FROM {table} WHERE o.unit_id IN (SELECT id FROM b) ORDER BY 4, 1"),
            ("user list --text -f ids", ["--text", "李王", "-f", "ids"], f"SELECT login_name FROM {table} WHERE real_name LIKE '%李王%' ORDER BY u.code, 1"),
            ("user list --never-logged-in", ["--never-logged-in", "--limit", "20"], f"SELECT {columns} FROM {table} WHERE last_login_at IS NULL ORDER BY 4, 1 LIMIT 20"),
        ]:
            mine, peer = pair(lambda n: once([swj, "-q", "-d", url, "user", "list", *words]), lambda n: peer_sql(engine, url, sql))
            line(job, engine, mine, shell, peer)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "unit", "tree", "-f", "csv"]))
        line(f"unit tree of {branches}", engine, mine)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "user", "export", "-f", "csv"]))
        line(f"user export of {count}", engine, mine, per=count)
        for name in ("staff", "peer"):
            drop(engine, name)
        if engine == "postgres":
            subprocess.run(["psql", "-qX", "-d", server, "-c", "DROP TABLE IF EXISTS t"], check=True, stderr=subprocess.DEVNULL)
