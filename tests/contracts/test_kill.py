"""kill -9, of us and of our Valkey: what was shown is still there, what was asked is answered, work is done once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.store.embedded import _binary
from tests.console_process import environment, paperwire, started, valkeys
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, small_corpus
from tests.fakes.corpus import made_paper
from tests.fakes.discord import DiscordFake
from tests.fakes.openai import OpenAIFake
from tests.fakes.telegram import TelegramFake

PAPERS = [f"2506.97{i:03}" for i in range(40)]
LOAD = """
import asyncio, sys
from bot import settings
from bot.app import running
from bot.chat.request import Actor, Address, Call, Request
from bot.chat.reply import Outcome
from bot.platforms.console.render import render

async def main():
    async with running(settings.load()) as app:
        async def ask(number):
            request = Request(Call("summarize", number), Address("console", number), Actor("local"))
            reply = await app.dispatcher.dispatch(request)
            if reply.outcome is Outcome.DONE:
                print(number, render(reply).replace(chr(10), "|"), flush=True)
        await asyncio.gather(*map(ask, sys.argv[1:]))
asyncio.run(main())
"""


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    corpus = small_corpus()
    for number in PAPERS:
        corpus.add(made_paper(number, f"Paper {number}", f"We count to {number[-3:]}. It works. It is new."))
    with ArxivFake(corpus=corpus) as fake:
        yield fake


@pytest.fixture
def openai() -> Iterator[OpenAIFake]:
    with OpenAIFake() as fake:
        yield fake


@pytest.fixture
def env(tmp_path: Path, arxiv: ArxivFake, openai: OpenAIFake) -> Iterator[dict[str, str]]:
    yield environment(tmp_path, arxiv.settings(), openai.settings())
    for server in valkeys(tmp_path):  # an orphan whose last user we killed
        server.terminate()
        server.wait(10)


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


class Load:
    """A process that asks for many papers at once and prints each reply as it is shown."""

    def __init__(self, env: dict[str, str], numbers: list[str]) -> None:
        self.shown: dict[str, str] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOAD, *numbers],
            env=env,
            cwd=env["HOME"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            number, _, text = line.partition(" ")
            if line.endswith("\n"):
                self.shown[number] = text

    def to_the_end(self) -> dict[str, str]:
        """Return what was shown by the time that it had nothing more to do."""
        self.process.wait(60)
        self.kill()
        return self.shown

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.mark.timeout(300)
def test_what_was_shown_survives_kill_9_of_everything(
    env: dict[str, str], arxiv: ArxivFake, openai: OpenAIFake
) -> None:
    """Thirty seeded times, at a random moment under load, our process or the Valkey under it or both."""
    # Everything is fetched before: what is killed is the writing and the keeping, not the 3 s between requests.
    shown = Load(env, PAPERS).to_the_end()
    assert len(shown) == len(PAPERS)
    for seed in range(30):
        rng = random.Random(seed)
        # Another writer: everything is to be written anew.
        crash({**env, "OPENAI_MODEL": f"model-{seed}"}, openai, rng, f"seed {seed}")
    # And what the first writer wrote, thirty crashes ago, is there to the letter.
    assert Load(env, PAPERS).to_the_end() == shown


def crash(env: dict[str, str], openai: OpenAIFake, rng: random.Random, seed: str) -> None:
    """Kill something in the middle, and look for what had been shown."""
    openai.delay = rng.uniform(0, 0.05)
    goal = openai.calls + rng.randrange(1, len(PAPERS))
    load = Load(env, PAPERS)
    until(lambda: openai.calls >= goal)
    victims = rng.choice((["us"], ["valkey"], ["valkey", "us"], ["us", "valkey"]))
    for victim in victims:
        if victim == "us":
            load.kill()
        else:
            for server in valkeys(Path(env["DATA_DIR"])):
                server.kill()
    if victims == ["valkey"]:  # a process that outlives its Valkey starts another and goes on
        assert len(load.to_the_end()) == len(PAPERS), seed
    written = openai.calls
    if load.shown:
        assert Load(env, sorted(load.shown)).to_the_end() == load.shown, seed
        assert openai.calls == written, f"{seed}: something shown was written again"


@pytest.mark.parametrize("platform", ["telegram", "discord"])
def test_a_command_survives_kill_9(env: dict[str, str], openai: OpenAIFake, platform: str) -> None:
    """Killed while the model writes: after the restart the answer comes, once, and the chat goes on."""
    with TelegramFake() as telegram, DiscordFake() as discord:
        ada, bea = telegram.user(101, "Ada", "en"), discord.world.user("bea")
        chat, direct = telegram.private(ada), discord.world.direct()
        fake = telegram.settings() if platform == "telegram" else discord.settings()
        env |= fake | {"OWNERS": f"101,{bea.id}"}
        openai.fail("hang", times=1)

        def ask(line: str) -> None:
            if platform == "telegram":
                telegram.say(chat, ada, f"/{line.replace('paper:', '')}")
            else:
                name, _, paper = line.partition(" paper:")
                discord.slash(direct, bea, name, **({"paper": paper} if paper else {}))  # type: ignore[arg-type]

        def answers() -> list[str]:
            if platform == "telegram":
                return [message.text for message in telegram.messages(chat)]
            return [message.text for message in discord.messages(direct)]

        first = started("run", env=env)
        if platform == "discord":
            discord.wait(lambda: discord.rest.commands and discord.gateway.sessions, 30)
        ask(f"summarize paper:{LATEX}")
        until(lambda: openai.requests)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        with started("run", env=env) as second:
            # While the killed one's claim lasts, it is said that something is being written.
            until(lambda: any("Attention by Folding Keys" in said for said in answers()), 60)
            assert len(answers()) == 1
            ask("help")
            until(lambda: len(answers()) == 2)
            assert openai.calls == 2  # the one that was killed, and the one that was answered
            second.terminate()
            second.communicate(timeout=20)


def test_two_copies_of_the_bot_serve_as_one(env: dict[str, str]) -> None:
    """The second stands by, and takes over when the first is killed."""
    with TelegramFake() as telegram:
        ada = telegram.user(101, "Ada", "en")
        chat = telegram.private(ada)
        env |= telegram.settings() | {"OWNERS": "101"}
        first = started("run", env=env)
        until(lambda: telegram.called("getUpdates"))
        second = started("run", env=env)
        assert second.stderr is not None
        while "stands by" not in (line := second.stderr.readline()):
            assert line
        telegram.say(chat, ada, "/help")
        until(lambda: len(telegram.messages(chat)) == 1)
        # Killed between Telegram's taking a message and our noting it, the answer would come twice, as it must.
        with Redis(unix_socket_path=str(Path(env["DATA_DIR"], "valkey.sock"))) as redis:
            until(lambda: not redis.keys("pw:inbox:*:order"))
        first.kill()
        first.communicate()
        telegram.say(chat, ada, "/help")
        until(lambda: len(telegram.messages(chat)) == 2)
        second.terminate()
        second.communicate(timeout=20)
        assert len(telegram.messages(chat)) == 2


def test_a_redis_that_goes_away_and_comes_back(env: dict[str, str]) -> None:
    """Meanwhile people are told; afterwards everything is as before."""

    directory = Path(env["DATA_DIR"], "own")
    directory.mkdir()
    serve = [
        str(_binary()),
        "--port",
        "0",
        "--unixsocket",
        str(directory / "s"),
        "--dir",
        str(directory),
        "--appendonly",
        "yes",
    ]
    env = {**env, "REDIS_URL": f"unix://{directory / 's'}"}
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
    until((directory / "s").exists)
    with TelegramFake() as telegram:
        ada = telegram.user(101, "Ada", "en")
        chat = telegram.private(ada)
        with started("run", env=env | telegram.settings() | {"OWNERS": "101"}) as bot:
            telegram.say(chat, ada, f"/summarize {LATEX}")
            until(lambda: len(telegram.messages(chat)) == 1)
            server.send_signal(signal.SIGKILL)
            server.wait()
            server = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
            telegram.say(chat, ada, f"/summarize {LATEX}")
            until(lambda: len(telegram.messages(chat)) == 2)
            assert telegram.messages(chat)[0].text == telegram.messages(chat)[1].text
            assert bot.poll() is None
            bot.terminate()
            bot.communicate(timeout=30)
    done = paperwire("console", "-c", f"/summarize {LATEX}", env=env)
    assert done.returncode == 0
    server.terminate()
    server.wait()
    assert paperwire("console", "-c", "/help", env=env).returncode == 1
