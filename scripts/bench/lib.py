"""What every benchmark shares: one process measured, pairs in turn, a line of the table, databases."""

import os, statistics, subprocess, sys, time

swj, runs, server = os.environ["SWJ"], int(os.environ["RUNS"]), os.environ.get("SWJ_BENCH_POSTGRES", "")
engines = os.environ.get("ENGINES", "sqlite postgres" if server else "sqlite").split()
INIT = ["init", "--organisation", "天津市水务局", "--system", "a1:甲:1", "--security", "b1:乙:2", "--audit", "c1:丙:3"]


def once(command, shell=False):
    """Wall seconds and peak memory in MB of one finished process."""
    began = time.perf_counter()
    child = subprocess.Popen(command, shell=shell, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        sys.exit(f"{command} ended with {child.returncode}: {errors.decode()}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def median(samples):
    return statistics.median(s for s, _ in samples), max(m for _, m in samples)


def line(job, engine, mine, peer_name="", peer=None, per=None):
    wall, memory = median(mine)
    text = f"{job:34} {engine:9} {wall * 1000:10.1f} ms {memory:7.0f} MB"
    if per:
        text += f" {per / wall:12,.0f} rows/s"
    if peer:
        other, _ = median(peer)
        text += f"   {peer_name} {other * 1000:.1f} ms, ratio {wall / other:.2f}"
    print(text, flush=True)


def pair(make_mine, make_peer=None, count=runs):
    mine, peer = [], []
    for n in range(count):
        mine.append(make_mine(n))
        if make_peer:
            peer.append(make_peer(n))
    return mine, peer


def database(engine, name):
    if engine == "sqlite":
        return f"{name}.db"
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def drop(engine, name):
    if engine == "sqlite":
        for end in ("", "-wal", "-shm", ".initial-passwords"):
            if os.path.exists(f"{name}.db{end}"):
                os.remove(f"{name}.db{end}")
    else:
        subprocess.run(["psql", "-qX", "-d", server, "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=True, stderr=subprocess.DEVNULL)
    if os.path.exists("passwords"):
        os.remove("passwords")


def fresh(engine, name):
    drop(engine, name)
    url = database(engine, name)
    subprocess.run([swj, "-q", "-d", url, *INIT, "--passwords", "passwords"], check=True, stdout=subprocess.DEVNULL)
    return url


def peer_sql(engine, url, sql):
    """The same SQL typed into the engine's own shell."""
    return once(["sqlite3", url, sql]) if engine == "sqlite" else once(["psql", "-X", "-d", url, "-c", sql])


def raw_name(engine):
    return "sqlite3 .import (raw)" if engine == "sqlite" else r"psql \copy (raw, unlogged)"


def load_raw(engine, path):
    """The raw load: text columns, no key, no check; on PostgreSQL into an unlogged table."""
    with open(path, encoding="utf-8") as file:
        columns = ", ".join(f"c{n} text" for n in range(file.readline().count(",") + 1))
    if engine == "sqlite":
        drop(engine, "peer")
        return once(["sqlite3", "peer.db", "-cmd", f"CREATE TABLE t ({columns})", "-cmd", ".mode csv", f".import --skip 1 {path} t"])
    subprocess.run(["psql", "-qX", "-d", server, "-c", "DROP TABLE IF EXISTS t", "-c", f"CREATE UNLOGGED TABLE t ({columns})"], check=True, stderr=subprocess.DEVNULL)
    return once(["psql", "-qX", "-d", server, "-c", rf"\copy t FROM '{path}' CSV HEADER"])
