"""Backups of a large database with attachments: swj beside restic, tar and zstd, pgBackRest, the engines' own copies."""

import os, pwd, random, re, shutil, subprocess, tempfile

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


def snapshot(url):
    """The copy a run makes beside the database before it saves it, by its own clock."""
    empty("store")
    subprocess.run([swj, "-q", "backup", "init", *REPO], check=True, stdout=subprocess.DEVNULL)
    ran = subprocess.run([swj, "-v", "--lang", "en", "-d", url, "backup", "run", *REPO], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return float(re.search(r"Copied the database in ([0-9.]+) s", ran.stderr)[1]), 0


class PgBackRest:
    """Debian's pgBackRest on the same server, encrypted and compressed as swj's repository is; its backups are of the
    whole server. It works where the server's files are: on this computer, as their owner."""

    def __init__(self):
        ask = lambda what: subprocess.run(["psql", "-AtX", "-d", server, "-c", what], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        data, socket, port = ask("SHOW data_directory"), ask("SHOW unix_socket_directories").split(",")[0], ask("SHOW port")
        owner = pwd.getpwuid(os.stat(data).st_uid)
        self.folder = tempfile.mkdtemp(prefix="pgbackrest-")
        with open(f"{self.folder}/conf", "w") as file:
            file.write(f"""[global]
repo1-path={self.folder}/repo
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=bench
log-path={self.folder}
lock-path={self.folder}/lock
spool-path={self.folder}/spool
log-level-console=error
log-level-file=off
compress-type=zst
compress-level=3
process-max={os.cpu_count()}
start-fast=y
archive-check=n
repo1-retention-full=9
[bench]
pg1-path={data}
pg1-socket-path={socket}
pg1-port={port}
pg1-user={ask("SELECT current_user")}
""")
        os.chmod(self.folder, 0o755)
        os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        become = [] if os.geteuid() == owner.pw_uid else ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self.command = [*become, "env", "-C", "/", "pgbackrest", f"--config={self.folder}/conf", "--stanza=bench"]
        subprocess.run([*self.command, "stanza-create"], check=True)

    def backup(self, kind):
        return once([*self.command, "backup", f"--type={kind}"])

    def gone(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def pgbackrest():
    """None where it cannot be had, and why."""
    if not shutil.which("pgbackrest"):
        print("pgBackRest is not installed (Debian's package pgbackrest): left out", flush=True)
        return None
    try:
        return PgBackRest()
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"pgBackRest does not reach the server's files: left out ({error})", flush=True)
        return None


attachments("files")
os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
for engine in engines:
    url = fresh(engine, "large")
    subprocess.run([swj, "-q", "-d", url, "demo", "load", "--light", "--scale", str(max(1, megabytes // 8))], check=True, stdout=subprocess.DEVNULL)
    copy = by_hand(engine, url)
    plain, _ = pair(lambda n: sh(copy))
    line("the engine's own copy, plain", engine, plain)
    if engine == "sqlite":
        # Without attachments, which a run saves while it copies: the copy alone is what is compared.
        del os.environ["SWJ_ATTACHMENTS"]
        mine, by_sqlite = pair(lambda n: snapshot(url), lambda n: sh(copy), count=repeats)
        os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
        line("the copy backup run makes", engine, mine, "VACUUM INTO by hand", by_sqlite)
    rest = pgbackrest() if engine == "postgres" else None
    if engine == "postgres":
        dumped, _ = pair(lambda n: sh(f"pg_dump --no-password -Fc -d '{url}' -f dump"), count=repeats)
        del os.environ["SWJ_ATTACHMENTS"]
        alone, _ = pair(lambda n: first(url), count=repeats)
        os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
        line("backup run, database alone", engine, alone, "pg_dump -Fc", dumped)
        if rest:
            whole, _ = pair(lambda n: rest.backup("full"), count=repeats)
            line("backup run, database alone", engine, alone, "pgBackRest, full", whole)

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
    if rest:
        del os.environ["SWJ_ATTACHMENTS"]
        mine, peer = pair(second, lambda n: rest.backup("incr"), count=repeats)
        os.environ["SWJ_ATTACHMENTS"] = os.path.abspath("files")
        line("again, 1 % changed, database alone", engine, mine, "pgBackRest, incr", peer)
        # The latest snapshot is to hold the files too.
        once([swj, "-q", "-d", url, "backup", "run", *REPO])
        rest.gone()

    unproved = []

    def back(n):
        empty("out", "returned.db")
        target = database(engine, "returned")
        drop(engine, "returned")
        one = once([swj, "-q", "-d", url, "backup", "restore", "latest", "--to", target, *REPO])
        two = once([swj, "-q", "-d", url, "backup", "show", "latest", "--attachments", "out", *REPO])
        # How much of it is proof, by its own clock in a run apart.
        drop(engine, "returned")
        told = subprocess.run([swj, "-v", "--lang", "en", "-d", url, "backup", "restore", "latest", "--to", target, *REPO], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
        brought = re.search(r"Brought the database back in ([0-9.]+) s, proved it in ([0-9.]+) s", told)
        unproved.append((float(brought[1]) + two[0], two[1]))
        return one[0] + two[0], max(one[1], two[1])

    def restic_back(n):
        empty("out")
        drop(engine, "returned")
        there = "" if engine == "sqlite" else f"; createdb --maintenance-db='{server}' returned; psql -qX -o /dev/null -d '{database(engine, 'returned')}' -f out/copy"
        return sh(f"restic -q -r restic restore latest --target out{there}")

    mine, peer = pair(back, restic_back, count=repeats)
    line("restore and the files, before proof", engine, unproved, "restic restore", peer)
    line("restore, proved, and the files", engine, mine, "restic restore", peer)
    if engine == "sqlite":
        # What it takes to know as much of what restic brought back: structure, keys and checks by the engine's shell.
        _, proof = pair(lambda n: (0, 0), lambda n: sh("sqlite3 out/copy 'PRAGMA integrity_check; PRAGMA foreign_key_check'"), count=1)
        wall = median(peer)[0] + median(proof)[0]
        line("restore, proved, and the files", engine, mine, "restic restore, checked by sqlite3", [(wall, 0)])
    drop(engine, "returned")
    drop(engine, "large")
