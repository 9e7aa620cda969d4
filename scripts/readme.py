#!/usr/bin/env python3
"""Writes what the commands of a README's console blocks print below them.

    cargo build && scripts/readme.py README.md README.zh-CN.md

They run in order, in an empty folder, on a terminal of 110 columns, from 23 November 2026, 21:47 on.
"""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def printed(command, folder, chinese, second):
    """The exit code and the lines a person sees in the end; progress that was wiped out is left out."""
    env = {
        "PATH": f"{ROOT}/target/debug:{os.environ['PATH']}",
        "HOME": folder,
        "LC_ALL": "zh_CN.UTF-8" if chinese else "C.UTF-8",
        "SWJ_DATABASE": "oa.db",
        "SWJ_TEST_NOW": f"2026-11-23 21:{47 + second // 60}:{second % 60:02}+08:00",
        "TERM": "xterm",
    }
    ran = subprocess.run(
        ["script", "-qec", f"stty cols 110 rows 40; {command}", "/dev/null"],
        cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
    )
    lines = []
    for line in ran.stdout.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        line = re.split(r"\x1b\[2K|\r", line)[-1]
        lines.append(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).rstrip())
    return ran.returncode, "\n".join(lines).strip("\n").split("\n")


def renew(name):
    with open(name, encoding="utf-8") as file:
        lines = file.read().split("\n")
    out, inside, second, old = [], False, 0, False
    with tempfile.TemporaryDirectory() as folder:
        for line in lines:
            if line.startswith("```"):
                inside, old = line == "```console", False
            elif inside and line.startswith("$ "):
                old = True
                out.append(line)
                second += 1
                if not line.startswith("$ export"):
                    code, found = printed(line[2:], folder, "zh" in name, second)
                    out += [f"# exit {code}"] * (code != 0) + [line for line in found if line or len(found) > 1]
                continue
            elif inside and old:
                continue
            out.append(line)
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n".join(out))


for name in sys.argv[1:]:
    renew(name)
