"""Backups of a large database with attachments: swj beside restic, tar and zstd, the engines' own copies."""

import os, random, shutil, subprocess

from lib import *

megabytes = int(os.environ["BACKUP_MB"])
if not megabytes:
    raise SystemExit
repeats = min(runs, 3)
os.environ["RESTIC_PASSWORD"] = "bench"
with open("backup.pass", "w") as file:
    file.write("bench")
os.chmod("backup.pass", 0o600)
REPO = ["--repository", "store", "--password-file", "backup.pass"]


def attachments(folder):
    """Files of a megabyte: scans, which do not compress, and texts, which do, half of each."""
    chance = random.Random(7)
    os.makedirs(folder)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz \n", k=1 << 16)) for _ in range(64)]
    for n in range(megabytes):
        with open(f"{folder}/{n:05d}", "wb") as file:
            file.write(chance.randbytes(1 << 20) if n % 2 else b"".join(chance.choices(words, k=16)))


def empty(*paths):
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
        if os.path.isfile(path):
            os.remove(path)


def sh(text):
    return once(["sh", "-ec", text])


def first(url):
    empty("store")
    subprocess.run([swj, "-q", "backup", "init", *REPO], check=True, stdout=subprocess.DEVNULL)
    return once([swj, "-q", "-d", url, "backup", "run", *REPO])


def by_hand(engine, url):
    """The engine's own consistent copy, which restic and tar need before they can begin."""
    return f"rm -f copy; sqlite3 {url} \"VACUUM INTO 'copy'\"" if engine == "sqlite" else f"pg_dump --no-password -d '{url}' -f copy"


attachments("files")
os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
for engine in engines:
    url = fresh(engine, "large")
    subprocess.run([swj, "-q", "-d", url, "demo", "load", "--scale", str(max(1, megabytes // 8))], check=True, stdout=subprocess.DEVNULL)
    copy = by_hand(engine, url)
    plain, _ = pair(lambda n: sh(copy))
    line("the engine's own copy, plain", engine, plain)
    if engine == "postgres":
        dumped, _ = pair(lambda n: sh(f"pg_dump --no-password -Fc -d '{url}' -f dump"), count=repeats)
        del os.environ["SWJ_ATTACHMENTS"]
        alone, _ = pair(lambda n: first(url), count=repeats)
        os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
        line("backup run, database alone", engine, alone, "pg_dump -Fc", dumped)

    def restic_first(n):
        empty("restic")
        subprocess.run(["restic", "-q", "init", "-r", "restic"], check=True, stdout=subprocess.DEVNULL)
        return sh(f"{copy}; restic -q -r restic backup copy files")

    mine, peer = pair(lambda n: first(url), restic_first, count=repeats)
    line(f"backup run, {megabytes} MB and files", engine, mine, "restic", peer)
    _, peer = pair(lambda n: (0, 0), lambda n: sh(f"{copy}; tar -cf - copy files | zstd -q -3 -f -o archive.tzst"), count=repeats)
    line(f"backup run, {megabytes} MB and files", engine, mine, "tar | zstd -3", peer)

    def changed(n):
        peer_sql(engine, url, f"UPDATE info_item SET title = title || '{n}' WHERE id % 100 = {n}")
        for file in range(n, megabytes, 100):
            with open(f"files/{file:05d}", "r+b") as out:
                out.write(os.urandom(4096))

    def second(n):
        changed(n)
        return once([swj, "-q", "-d", url, "backup", "run", *REPO])

    mine, peer = pair(second, lambda n: sh(f"{copy}; restic -q -r restic backup copy files"), count=repeats)
    line("backup run again, 1 % changed", engine, mine, "restic", peer)

    def back(n):
        empty("out", "returned.db")
        target = database(engine, "returned")
        drop(engine, "returned")
        one = once([swj, "-q", "-d", url, "backup", "restore", "latest", "--to", target, *REPO])
        two = once([swj, "-q", "-d", url, "backup", "show", "latest", "--attachments", "out", *REPO])
        return one[0] + two[0], max(one[1], two[1])

    def restic_back(n):
        empty("out")
        drop(engine, "returned")
        there = "" if engine == "sqlite" else f"; createdb --maintenance-db='{server}' returned; psql -qX -o /dev/null -d '{database(engine, 'returned')}' -f out/copy"
        return sh(f"restic -q -r restic restore latest --target out{there}")

    mine, peer = pair(back, restic_back, count=repeats)
    line("restore, proved, and the files", engine, mine, "restic restore", peer)
    drop(engine, "returned")
    drop(engine, "large")
