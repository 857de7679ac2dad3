"""Running `paperwire` as people do: a process with an environment, in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


def environment(data_dir: Path, *settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with nothing of this machine's but what Python needs."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    merged = {**kept, "HOME": str(data_dir), "PYTHONPATH": str(ROOT), "DATA_DIR": str(data_dir)}
    merged |= {"HTTP_PORT": "0", "METRICS_PORT": "0"}  # of which the machine has one each
    for more in settings:
        merged |= more
    return merged


def paperwire(
    *arguments: str, env: Mapping[str, str], given: str | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a subcommand to its end; without `given` there is no standard input."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=dict(env),
        cwd=env["HOME"],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def started(
    *arguments: str, env: Mapping[str, str], stdin: int | None = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start a subcommand; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        env=dict(env),
        cwd=env["HOME"],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def valkeys(directory: Path) -> list[psutil.Process]:
    """Return the embedded servers of `directory` that are running."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "valkey-server" and Path(process.cwd()) == directory.resolve():
                found.append(process)
        except psutil.Error:
            continue
    return found
