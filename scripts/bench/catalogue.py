"""A large licence catalogue: swj beside the raw load, and beside what the engine alone needs for the finished rows."""

import os, subprocess

from lib import *

million = int(os.environ["MILLION"])
TABLES = ["license_source", "license_batch", "license_organ", "license_item", "license_version"]


def large_list(path, changed_every=None):
    """A list of 12 columns; of the second, one row in a hundred promises another day."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("实施编码,事项名称,事项类型,实施主体,设定依据,行使层级,法定办结时限,承诺办结时限,办件类型,服务对象,受理条件,备注\n")
        for n in range(million):
            promise = n % 20 + 1 + (20 if changed_every and n % changed_every == 0 else 0)
            file.write(f'111200000001258070200{n:010d}0,水行政许可事项第{n}号的审批,行政许可,天津市水务局第{n % 40}分局,《中华人民共和国水法》第七条、《取水许可和水资源费征收管理条例》第三条、第十四条,市级,20个工作日,{promise}个工作日,承诺件,"自然人,企业法人",符合法律规定的条件{n % 7},无\n')


def load(engine, path):
    url = fresh(engine, "lists")
    return once([swj, "-q", "-d", url, "license", "import", path, "--yes", "-f", "count"])


def keep_finished(engine):
    """The finished rows of an import, as plain as they can be staged."""
    if engine == "sqlite":
        drop(engine, "staged")
        copies = [f"CREATE TABLE staged.{table} AS SELECT * FROM {table}" for table in TABLES]
        subprocess.run(["sqlite3", "lists.db", "ATTACH 'staged.db' AS staged; " + "; ".join(copies)], check=True)
    else:
        psql(engine, "lists", *(rf"\copy {table} TO '{table}.bin' (FORMAT binary)" for table in TABLES))


def psql(engine, name, *commands):
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database(engine, name), *(word for command in commands for word in ("-c", command))], check=True)


# Foreign keys and secondary indexes, to be dropped before the rows and built over all of them after.
ASIDE = """CREATE TEMP TABLE aside AS
SELECT format('DROP INDEX %I', c.relname) AS gone, pg_get_indexdef(i.indexrelid) AS back, 1 AS turn FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid IN ('license_item'::regclass, 'license_version'::regclass) AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)), 2
FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid IN ('license_item'::regclass, 'license_version'::regclass);
SELECT gone FROM aside \\gexec
"""


def floor(engine, aside=False):
    """One transaction: INSERT … SELECT of the finished rows into the tables with their keys and indexes, by the settings of an import."""
    fresh(engine, "floor")
    if engine == "sqlite":
        insert = "".join(f"INSERT INTO {table} SELECT * FROM staged.{table};" for table in TABLES)
        settings = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
        return once(["sqlite3", "floor.db", f"{settings} ATTACH 'staged.db' AS staged; BEGIN IMMEDIATE; {insert} COMMIT;"])
    psql(engine, "floor", *(f"CREATE UNLOGGED TABLE staged_{table} AS TABLE {table} WITH NO DATA" for table in TABLES))
    psql(engine, "floor", *(rf"\copy staged_{table} FROM '{table}.bin' (FORMAT binary)" for table in TABLES))
    insert = "".join(f"INSERT INTO {table} SELECT * FROM staged_{table};\n" for table in TABLES)
    with open("floor.sql", "w") as file:
        file.write("BEGIN;\n" + (ASIDE if aside else "") + insert + ("SELECT back FROM aside ORDER BY turn \\gexec\n" if aside else "") + "COMMIT;\n")
    return once(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database(engine, "floor"), "-f", "floor.sql"])


if million:
    large_list("large.csv")
    large_list("changed.csv", 100)
    for engine in engines:
        count = min(runs, 3)
        first, raw, again, floors, laid_aside = [], [], [], [], []
        for n in range(count):
            first.append(load(engine, "large.csv"))
            raw.append(load_raw(engine, "large.csv"))
            if n == 0:
                keep_finished(engine)
            floors.append(floor(engine))
            if engine == "postgres":
                laid_aside.append(floor(engine, aside=True))
            again.append(once([swj, "-q", "-d", database(engine, "lists"), "license", "import", "changed.csv", "--yes", "-f", "count"]))
        line(f"license import of {million}", engine, first, raw_name(engine), raw, per=million)
        line("again, one row in 100 changed", engine, again, "first", first, per=million)
        line("finished rows by INSERT … SELECT", engine, floors, raw_name(engine), raw, per=million)
        if laid_aside:
            line("… keys and indexes built after", engine, laid_aside, raw_name(engine), raw, per=million)
        for name in ("lists", "floor", "staged", "peer"):
            drop(engine, name)
        if engine == "postgres":
            subprocess.run(["psql", "-qX", "-d", server, "-c", "DROP TABLE IF EXISTS t"], check=True, stderr=subprocess.DEVNULL)
