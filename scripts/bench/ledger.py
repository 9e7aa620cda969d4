"""The audit log of a million entries: swj beside sha256sum over the same bytes."""

import os, subprocess

from lib import *

entries = int(os.environ["ENTRIES"])
if not entries:
    raise SystemExit

NEW = {"sqlite": """json_object('name', '第' || n || '号取水许可', 'organ', '市水务局', 'status', 'active', 'unit', 'U' || (n % 34))""",
       "postgres": """jsonb_build_object('name', '第' || n || '号取水许可', 'organ', '市水务局', 'status', 'active', 'unit', 'U' || (n % 34))"""}
SERIES = {"sqlite": f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {entries})",
          "postgres": f"WITH s(n) AS (SELECT generate_series(1, {entries}))"}


def filled(engine):
    """A log as a busy bureau writes it; the next change seals it all."""
    url = fresh(engine, "ledger")
    sql = f"""{SERIES[engine]} INSERT INTO audit_log (op_id, at, actor, os_user, host, source, verb, subject_table, subject_key, old_value, new_value, reason, result)
        SELECT '01936f1e-7a2b-7c3d-8e4f-' || (100000000000 + n), '2026-11-23 09:00:00+08:00', 'user' || (n % 3000), 'swj', 'oa-server-01', 'swj 0.1.0', 'license import',
        'license_item', 'X' || n, CASE WHEN n % 3 = 0 THEN {NEW[engine]} END, {NEW[engine]}, CASE WHEN n % 5 = 0 THEN '年度目录调整' END, 'done' FROM s"""
    peer_sql(engine, url, sql)
    sealed = once([swj, "-q", "-d", url, "unit", "add", "99", "--name", "封存处", "--parent", "00"])
    line(f"sealing {entries} entries", engine, [sealed], per=entries)
    return url


for engine in engines:
    url = filled(engine)
    for name in ("log.jsonl", "canonical"):
        if os.path.exists(name):
            os.remove(name)
    exported = once([swj, "-q", "-d", url, "log", "export", "log.jsonl"])
    line(f"log export of {entries}", engine, [exported], per=entries)
    # The bytes the chain is made of, and nothing else.
    with open("log.jsonl", "rb") as whole, open("canonical", "wb") as bare:
        for text in whole:
            if text.startswith(b'{"no":'):
                bare.write(text[text.index(b'"entry":') + 8 : -81] + b"\n")
    print(f"{'canonical form':34} {os.path.getsize('canonical') / 1e6:.0f} MB, export {os.path.getsize('log.jsonl') / 1e6:.0f} MB", flush=True)
    mine, peer = pair(lambda n: once([swj, "-q", "-d", url, "log", "verify"]), lambda n: once(["sha256sum", "canonical"]))
    line(f"log verify over {entries}", engine, mine, "sha256sum of the canonical form", peer, per=entries)
    _, peer = pair(lambda n: (0, 0), lambda n: once(["sha256sum", "log.jsonl"]))
    line(f"log verify over {entries}", engine, mine, "sha256sum of the export", peer, per=entries)
    mine, peer = pair(lambda n: once([swj, "-q", "log", "verify", "--file", "log.jsonl"]), lambda n: once(["sha256sum", "log.jsonl"]))
    line("log verify --file", engine, mine, "sha256sum of the export", peer, per=entries)
    drop(engine, "ledger")
