"""A web tree of many files: swj beside sha256sum on two processors."""

import os, random, shutil

from lib import *

files = int(os.environ["FILES"])
if not files:
    raise SystemExit

chance = random.Random(7)
text = bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz <>/=\n", k=1 << 18))
shutil.rmtree("web", ignore_errors=True)
for n in range(files):
    folder = f"web/{n % 40:02d}/{n // 1000:04d}"
    if n % 1000 < 40:
        os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{n}.html", "wb") as file:
        size, at = int(chance.lognormvariate(8.5, 1)), chance.randrange(1 << 17)
        file.write(text[at : at + min(size, 1 << 17)])
print(f"{files} files, {sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk('web') for name in names) / 1e6:.0f} MB", flush=True)

PEER = "find web -type f -print0 | xargs -0 -n 256 -P 2 sha256sum > list"
mine, peer = pair(lambda n: once([swj, "-q", "portal", "baseline", "web", "--file-only", "--file", "taken"]), lambda n: once(["sh", "-ec", PEER]))
line("portal baseline to a file", "", mine, "sha256sum -P 2", peer, per=files)
mine, peer = pair(lambda n: once([swj, "-q", "portal", "verify", "web", "--file", "taken"]), lambda n: once(["sh", "-ec", PEER]))
line("portal verify from a file", "", mine, "sha256sum -P 2", peer, per=files)
for engine in engines:

    def taken(n):
        url = fresh(engine, "portal")
        return once([swj, "-q", "-d", url, "portal", "baseline", "web"])

    mine, peer = pair(taken, lambda n: once(["sh", "-ec", PEER]))
    line("portal baseline", engine, mine, "sha256sum -P 2", peer, per=files)
    url = database(engine, "portal")
    mine, peer = pair(lambda n: once([swj, "-q", "-d", url, "portal", "verify", "web"]), lambda n: once(["sh", "-ec", PEER]))
    line("portal verify", engine, mine, "sha256sum -P 2", peer, per=files)
    drop(engine, "portal")
