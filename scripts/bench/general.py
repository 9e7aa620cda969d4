"""Start, lists, imports, backups: swj beside the engine's own tools."""

import os, shutil, subprocess

from lib import *

rows, scales = int(os.environ["ROWS"]), os.environ["SCALES"].split()
# What `demo load` makes at scale 1: ten years of papers and logins with the bureau.
ROWS_OF_ONE = 2_274_278

with open("catalogue.csv", "w", encoding="utf-8") as file:
    file.write("基本编码,事项名称,实施机关,设定和实施依据,法定办结时限,承诺办结时限\n")
    for n in range(rows):
        file.write(f"{100000000000 + n},第{n}号建设项目取水许可审批,市水务局第{n % 40}处,中华人民共和国水法第四十八条,20个工作日,{n % 20 + 1}个工作日\n")


print(f"swj {subprocess.run([swj, '--version'], capture_output=True, text=True).stdout.split()[1]}, binary {os.path.getsize(swj) / 1e6:.1f} MB, {os.cpu_count()} processors, {runs} runs each, medians")
mine, peer = pair(lambda n: once([swj, "--version"]), lambda n: once(["sqlite3", "--version"]), count=max(runs, 15))
line("--version", "", mine, "sqlite3 --version", peer)

for engine in engines:
    for scale in scales:
        url = None
        mine = []
        for n in range(min(runs, 3)):
            url = fresh(engine, "demo")
            mine.append(once([swj, "-q", "-d", url, "demo", "load", "--scale", scale]))
        line(f"demo load --scale {scale}", engine, mine, per=ROWS_OF_ONE * int(scale))
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "audit", "run", "--fail-on", "critical"]))
        line(f"audit run at scale {scale}", engine, mine)
        mine, peer = pair(
            lambda n: once([swj, "-q", "-d", url, "user", "list", "-f", "csv"]),
            lambda n: peer_sql(engine, url, "SELECT login_name, real_name, staff_no, u.code, u.short_name, account_type, o.status, last_login_at FROM oa_user o LEFT JOIN unit u ON u.id = o.unit_id ORDER BY 4, 1"))
        line(f"user list of {3000 * int(scale)}", engine, mine, "sqlite3" if engine == "sqlite" else "psql", peer)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "stats", "month", "2026-10", "-f", "csv"]))
        line(f"stats month at scale {scale}", engine, mine)
        mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "db", "check", "--digest", "-f", "csv"]))
        line(f"db check --digest at scale {scale}", engine, mine, per=ROWS_OF_ONE * int(scale))

    def load(path):
        target = fresh(engine, "lists")
        return once([swj, "-q", "-d", target, "license", "import", path, "--yes", "-f", "count"])

    mine, peer = pair(lambda n: load("catalogue.csv"), lambda n: load_raw(engine, "catalogue.csv"), count=min(runs, 3))
    line(f"license import of {rows}", engine, mine, raw_name(engine), peer, per=rows)
    url = database(engine, "lists")
    mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "license", "import", "catalogue.csv", "--yes", "-f", "count"]), count=min(runs, 3))
    line("the same file again", engine, mine, per=rows)

    with open("password", "w") as file:
        file.write("benchmark")
    os.chmod("password", 0o600)
    url = database(engine, "demo")

    def backup(n):
        shutil.rmtree("store", ignore_errors=True)
        subprocess.run([swj, "-q", "backup", "init", "--repository", "store", "--password-file", "password"], check=True, stdout=subprocess.DEVNULL)
        return once([swj, "-q", "-d", url, "backup", "run", "--repository", "store", "--password-file", "password"])

    def backup_by_peer(n):
        if engine == "sqlite":
            if os.path.exists("copy.db"):
                os.remove("copy.db")
            return once(["sqlite3", url, ".backup copy.db"])
        return once(["pg_dump", "-Fc", "-f", "copy.dump", "-d", url])

    mine, peer = pair(backup, backup_by_peer, count=min(runs, 3))
    line("backup run (first)", engine, mine, "sqlite3 .backup" if engine == "sqlite" else "pg_dump -Fc", peer)
    mine, _ = pair(lambda n: once([swj, "-q", "-d", url, "backup", "run", "--repository", "store", "--password-file", "password"]), count=min(runs, 3))
    line("backup run (again)", engine, mine)
    for name in ("demo", "lists"):
        drop(engine, name)
    if engine == "postgres":
        subprocess.run(["psql", "-qX", "-d", server, "-c", "DROP TABLE IF EXISTS t"], check=True, stderr=subprocess.DEVNULL)
