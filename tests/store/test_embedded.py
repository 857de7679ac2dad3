"""The embedded server: one for a directory, however its users come and go."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.errors import Misconfigured, StoreUnavailable
from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey, _prepare, _socket_of
from tests.console_process import valkeys

# A process that uses the directory, says so, and leaves in order when its input ends.
USER = """
import asyncio, sys
from pathlib import Path
from bot.store.client import Store
async def main():
    store = Store.embedded_in(Path(sys.argv[1]))
    await store.check()
    print("in", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await store.close_all()
asyncio.run(main())
"""


def user(directory: Path) -> subprocess.Popen[str]:
    return users(directory, 1)[0]


def users(directory: Path, number: int) -> list[subprocess.Popen[str]]:
    """Start so many at once, and return when all of them are in."""
    command = [sys.executable, "-c", USER, str(directory)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
    return processes


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=20)


def test_last_one_out_shuts_it_down(tmp_path: Path) -> None:
    first, second = user(tmp_path), user(tmp_path)
    assert len(valkeys(tmp_path)) == 1
    leave(first)
    assert len(valkeys(tmp_path)) == 1  # though `first` had started it
    leave(second)
    assert valkeys(tmp_path) == []


def test_many_at_once_share_one_server(tmp_path: Path) -> None:
    processes = users(tmp_path, 4)
    assert len(valkeys(tmp_path)) == 1
    for process in processes:
        leave(process)
    assert valkeys(tmp_path) == []


def test_server_of_a_killed_user_is_found_again(tmp_path: Path) -> None:
    killed = user(tmp_path)
    (orphan,) = valkeys(tmp_path)
    killed.kill()
    killed.communicate()
    heir = user(tmp_path)
    assert [server.pid for server in valkeys(tmp_path)] == [orphan.pid]
    leave(heir)
    assert valkeys(tmp_path) == []


def test_ctrl_c_does_not_reach_the_server(tmp_path: Path) -> None:
    process = user(tmp_path)
    (server,) = valkeys(tmp_path)
    assert os.getpgid(server.pid) != os.getpgid(process.pid)
    leave(process)


async def test_what_was_kept_survives_kill_9_of_the_server(tmp_path: Path) -> None:
    store = Store.embedded_in(tmp_path)
    await store.check()
    for i in range(500):
        await store.set(f"key:{i}", "x" * 50)
    (server,) = valkeys(tmp_path)
    server.send_signal(signal.SIGKILL)
    # The next command finds nobody there, starts a server anew and is answered.
    assert await store.text("key:499") == "x" * 50
    assert len([1 async for _ in store.scan_iter("key:*")]) == 500
    (reborn,) = valkeys(tmp_path)
    assert reborn.pid != server.pid
    await store.close_all()


async def test_commands_under_way_survive_a_restart(tmp_path: Path) -> None:
    store = Store.embedded_in(tmp_path)
    await store.check()

    async def write(i: int) -> None:
        await store.set(f"key:{i}", str(i))

    writes = [asyncio.create_task(write(i)) for i in range(200)]
    await writes[0]
    for server in valkeys(tmp_path):
        server.send_signal(signal.SIGKILL)
    await asyncio.gather(*writes)
    for i in range(200):
        assert await store.text(f"key:{i}") == str(i)
    await store.close_all()


async def test_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = Store.embedded_in(tmp_path / "data")
    await store.check()
    assert store.embedded is not None
    assert stat.S_IMODE(store.embedded.socket_path.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    await store.close_all()


async def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 30)
    store = Store.embedded_in(directory)
    await store.check()
    assert store.embedded is not None
    assert len(os.fsencode(store.embedded.socket_path)) <= 100
    assert stat.S_IMODE(store.embedded.socket_path.parent.stat().st_mode) == 0o700
    await store.set("kept", "yes")
    await store.close_all()
    again = Store.embedded_in(directory)
    assert await again.text("kept") == "yes"
    await again.close_all()


async def test_a_directory_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store.embedded_in(tmp_path / "file" / "data")
    with pytest.raises(Misconfigured) as told:
        await store.check()
    assert told.value.setting == "DATA_DIR"
    await store.close_all()


def test_damaged_data_is_reported_and_not_overwritten(tmp_path: Path) -> None:
    leave(user(tmp_path))
    manifest = next((tmp_path / "appendonlydir").glob("*.manifest"))
    manifest.write_text("this is no manifest\n")
    server = EmbeddedValkey(tmp_path)
    with pytest.raises(StoreUnavailable):
        server.ensure_running()
    server.leave()
    assert manifest.read_text() == "this is no manifest\n"


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.06, 0.1])
async def test_leaving_while_it_starts_leaves_no_server(tmp_path: Path, after: float) -> None:
    """Whoever is cancelled at start-up goes, and the thread that starts the server goes first."""
    store = Store.embedded_in(tmp_path)

    async def used() -> None:
        await store.check()
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(used(), after)
    await store.close_all()
    assert valkeys(tmp_path) == []
    with pytest.raises(StoreUnavailable):
        await store.check()  # a thread that gets its turn late starts nothing either
    assert valkeys(tmp_path) == []


def test_leaving_waits_for_the_thread_that_starts_it(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    starting = threading.Thread(target=server.ensure_running)
    starting.start()
    while not valkeys(tmp_path) and starting.is_alive():
        pass
    # Perhaps it is up by now, perhaps not: no server is left in either case.
    threading.excepthook, before = (lambda _: None), threading.excepthook
    try:
        server.leave()
        starting.join()
    finally:
        threading.excepthook = before
    assert valkeys(tmp_path) == []


def test_the_lock_says_who_holds_it(tmp_path: Path) -> None:
    process = user(tmp_path)
    (server,) = valkeys(tmp_path)
    assert (tmp_path / "valkey.lock").read_text() == f"{server.pid}\n{tmp_path / 'valkey.sock'}\n"
    leave(process)


def test_the_last_one_out_ends_a_server_whose_socket_is_gone(tmp_path: Path) -> None:
    first, last = user(tmp_path), user(tmp_path)
    (tmp_path / "valkey.sock").unlink()
    leave(first)
    assert len(valkeys(tmp_path)) == 1
    leave(last)
    assert valkeys(tmp_path) == []


def test_a_server_whose_socket_is_gone_is_replaced(tmp_path: Path) -> None:
    killed = user(tmp_path)
    (orphan,) = valkeys(tmp_path)
    killed.kill()
    killed.communicate()
    (tmp_path / "valkey.sock").unlink()
    heirs = users(tmp_path, 2)  # each waits, and neither keeps the other from replacing it
    (reborn,) = valkeys(tmp_path)
    assert reborn.pid != orphan.pid
    for heir in heirs:
        leave(heir)
    assert valkeys(tmp_path) == []


def test_a_server_is_found_where_its_starter_put_its_socket(tmp_path: Path) -> None:
    elsewhere = EmbeddedValkey(tmp_path)
    elsewhere._own_socket = tmp_path / "other.sock"  # as a version with another rule would
    elsewhere.ensure_running()
    newcomer = EmbeddedValkey(tmp_path)
    newcomer.ensure_running()
    assert newcomer.socket_path == tmp_path / "other.sock"
    assert len(valkeys(tmp_path)) == 1
    newcomer.leave()
    elsewhere.leave()
    assert valkeys(tmp_path) == []


def test_the_place_of_a_long_path_does_not_depend_on_tmpdir(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / ("long" * 30)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert EmbeddedValkey(directory).socket_path.parents[1] == Path(f"/tmp/paperwire-{os.getuid()}")
    assert EmbeddedValkey(directory).socket_path == _socket_of(directory)


def test_a_socket_goes_into_nobody_elses_folder(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "link"
    _prepare(mine / "x" / "valkey.sock", tmp_path)
    assert stat.S_IMODE((mine / "x").stat().st_mode) == 0o700
    link.symlink_to(mine)
    with pytest.raises(Misconfigured, match="DATA_DIR"):
        _prepare(link / "x" / "valkey.sock", tmp_path)
    mine.chmod(0o755)
    with pytest.raises(Misconfigured, match="DATA_DIR"):
        _prepare(mine / "x" / "valkey.sock", tmp_path)


def test_last_words_are_of_this_start_and_no_warnings(tmp_path: Path) -> None:
    (tmp_path / "valkey.log").write_text("1:M 1 Jan 2026 00:00:00.000 # an old quarrel\n")
    leave(user(tmp_path))
    next((tmp_path / "appendonlydir").glob("*.manifest")).write_text("this is no manifest\n")
    server = EmbeddedValkey(tmp_path)
    with pytest.raises(StoreUnavailable) as told:
        server.ensure_running()
    server.leave()
    assert "manifest" in told.value.detail
    assert "WARNING" not in told.value.detail
    server._unread = server._log_size()
    assert server._last_words() == ""
