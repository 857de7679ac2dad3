"""`paperwire setup`: asks for what the bot needs, tests each answer at once, and writes `.env`."""

from __future__ import annotations

import asyncio
import io
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import SecretStr, ValidationError

from bot.chat.text import plain
from bot.chat.wording import explain, translator
from bot.errors import Misconfigured, ModelUnavailable, PaperwireError
from bot.settings import Settings, problems, secret_directories, use_proxies

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

T = TypeVar("T")

_SHOWN_MODELS = 12
# Prompt and completion, as `python -m benchmarks costs` measures them.
BRIEF_TOKENS = (2_300, 340)
_LINE_END = re.compile(r"[\x00-\x1f\x7f]")


class Ended(Exception):
    """There is no more input."""


@dataclass(frozen=True, slots=True)
class Question:
    """One setting: what is asked, what it is for, and how an answer is tried out.

    `test` gets the settings with the answer in them and returns what to say; it raises `PaperwireError`.
    """

    setting: str
    asks: str
    hint: str = ""
    test: Callable[[Settings], Coroutine[Any, Any, str]] | None = None

    @property
    def hidden(self) -> bool:
        """Whether the answer is a secret."""
        return "SecretStr" in str(Settings.model_fields[self.setting.lower()].annotation)


class Terminal:
    """Asks on a terminal, or reads the answers from standard input, a line each."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._session: PromptSession[str] | None = None

    def ask(self, prompt: str, *, hidden: bool) -> str:
        """Return the answer, "" for Enter. Raises `Ended`, `KeyboardInterrupt`."""
        if self.interactive:
            from prompt_toolkit import PromptSession
            from prompt_toolkit.history import DummyHistory

            self._session = self._session or PromptSession(history=DummyHistory())
            try:
                return self._session.prompt(prompt, is_password=hidden).strip()
            except EOFError:
                raise Ended from None
        self.say(prompt, end="")
        line = sys.stdin.readline()
        if not line:
            self.say("")
            raise Ended
        self.say("" if hidden else line.strip())  # as a terminal would look
        return line.strip()

    def say(self, said: str, *, end: str = "\n") -> None:
        """Print it at once."""
        print(said, end=end, flush=True)


class EnvFile:
    """A `.env` that is changed entry by entry: comments, order and unknown lines stay as they are."""

    def __init__(self, path: Path, example: Path) -> None:
        """Read the file; where there is none, begin with the example beside it, if there is one.

        Raises `Misconfigured` for a file that cannot be read or written.
        """
        self.path = path.resolve() if path.is_symlink() else path
        self.existed = self.path.exists()
        try:
            source = self.path if self.existed else example
            # Not as text: the line ends of another system are kept too.
            self.before = self.text = source.read_bytes().decode() if source.exists() else ""
        except UnicodeDecodeError:
            raise Misconfigured(str(path), "is not a text in UTF-8", "save it as UTF-8") from None
        except OSError as error:
            raise Misconfigured(str(path), f"cannot be read ({error.strerror})", "correct that") from None
        if not os.access(self.path.parent, os.W_OK):
            mend = "run this where you may write"
            raise Misconfigured(str(self.path.parent.absolute()), "cannot be written", mend)

    def values(self) -> dict[str, str]:
        """Return what is set."""
        found = dotenv_values(stream=io.StringIO(self.text))
        return {name: value for name, value in found.items() if value}

    def get(self, name: str) -> str:
        """Return what the setting is set to, in whatever case it is written; "" if it is not."""
        return next((v for k, v in reversed(self.values().items()) if k.upper() == name), "")

    def set(self, name: str, value: str) -> None:
        """Set the entry, where it stands or where its comment stands; "" makes it a comment.

        Raises `Misconfigured` for a value that no such file can hold.
        """
        if value == self.get(name):
            return
        line = f"{name}={_quoted(value)}\n" if value else f"#{name}=\n"
        parts = list(parse_stream(io.StringIO(self.text)))
        mine = [i for i, part in enumerate(parts) if part.key and part.key.upper() == name]
        texts = [part.original.string for part in parts]
        if mine:
            for i in mine[:-1]:
                texts[i] = ""
            before = texts[mine[-1]]
            texts[mine[-1]] = before[: len(before) - len(before.lstrip())] + line
        elif value:
            comment = re.compile(rf"^#[ \t]?{name}=.*(?:\n|$)", re.MULTILINE)
            for i, part in enumerate(parts):
                if part.key is None and not part.error and comment.search(texts[i]):
                    texts[i] = comment.sub(lambda _: line, texts[i], count=1)
                    break
            else:
                end = "" if not texts or texts[-1].endswith("\n") else "\n"
                texts.append(end + line)
        text = "".join(texts)
        if (dotenv_values(stream=io.StringIO(text)).get(name) or "") != value:
            raise Misconfigured(
                name, "cannot be written into this file as it is", "set it in the environment"
            )
        self.text = text

    def write(self) -> Path | None:
        """Write the file, all or nothing, for this user's eyes alone; return where the old one is kept, if it was another."""
        backup: Path | None = None
        if self.existed and self.text != self.before:
            backup = self.path.with_name(f"{self.path.name}.backup")
            _write(backup, self.before)
        if not self.existed or self.text != self.before or stat.S_IMODE(self.path.stat().st_mode) != 0o600:
            _write(self.path, self.text)
        return backup


def _write(path: Path, text: str) -> None:
    """Put the text in place at once: whoever looks finds the old file or the new one."""
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        with suppress(OSError):
            scratch.unlink()
        raise


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./~!?&*()\[\];-]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class Setup:
    """The conversation; nothing is written before its end."""

    def __init__(self, terminal: Terminal, file: EnvFile, environment: Mapping[str, str]) -> None:
        self._terminal = terminal
        self._file = file
        self._environment = {name.upper(): value for name, value in environment.items() if value}
        self._unmended = 0

    def run(self) -> int:
        """Ask everything, write, and say how to go on. Raises `Ended`, `Misconfigured`."""
        say = self._terminal.say
        say("Enter keeps what stands in [brackets]; - takes it out. Nothing is written before the end.\n")
        self._mend()
        say("Telegram")
        self._ask(Question(
            "TELEGRAM_BOT_TOKEN", "Token of the bot", "from @BotFather (/newbot); Enter for no Telegram", _telegram
        ))  # fmt: skip
        say("\nDiscord")
        self._ask(Question(
            "DISCORD_BOT_TOKEN", "Token of the bot",
            "from discord.com/developers/applications, under Bot; Enter for no Discord", _discord,
        ))  # fmt: skip
        self._model()
        say("\nThe bot")
        platforms = [name for name in ("TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN") if self._now(name)]
        if platforms:
            self._ask(Question(
                "OWNERS", "Who owns it", "telegram:ID or discord:ID; Enter: whoever sends the code that the start prints"
            ))  # fmt: skip
        self._ask(Question("DEFAULT_LANGUAGE", "Language of texts", "such as en, zh or German"))
        self._ask(Question("DEFAULT_TIMEZONE", "Time zone", "such as Asia/Shanghai or Berlin"))
        say("\nThe rest")
        self._services()
        self._finish(platforms)
        return int(bool(self._unmended))

    # Questions

    def _ask(self, question: Question) -> bool:
        """Ask until the answer is well, or kept all the same; return whether it is well."""
        say, name = self._terminal.say, question.setting
        if name in self._environment:
            say(f"  {name} is set in the environment, which wins over the file.")
            return self._tried(question, self._environment[name])
        kept = self._file.get(name)
        default = _default(name)
        shown = ("…" + kept[-4:] if len(kept) > 12 else "…") if question.hidden and kept else kept or default
        if question.hint:
            say(f"  ({question.hint})")
        refused = ""
        while True:
            kept_by_enter = "keep it all the same" if refused else shown
            given = self._terminal.ask(f"  {question.asks} [{kept_by_enter}]: ", hidden=question.hidden)
            if refused and not given:
                self._unmended += 1
                self._file.set(name, refused)
                return False
            if given == "-":
                self._file.set(name, "")
                return True
            value = given or kept
            if _LINE_END.search(value) or not value.isprintable():
                say("  ✗ That holds a sign that cannot be seen; copy it again.")
                continue
            if not value:
                return True
            if self._tried(question, value):
                if value != default or kept:
                    self._file.set(name, value)
                return True
            refused = value if self._is_valid(name, value) else ""

    def _is_valid(self, name: str, value: str) -> bool:
        try:
            self._settings({name: value})
        except Misconfigured:
            return False
        return True

    def _tried(self, question: Question, value: str) -> bool:
        """Say whether the value can be used; return it."""
        try:
            settings = self._settings({question.setting: value})
            if question.test is None:
                return True
            said = _run(question.test(settings))
        except PaperwireError as error:
            self._terminal.say(f"  ✗ {_said(error)}")
            return False
        self._terminal.say(f"  ✓ {said}")
        return True

    def _settings(self, tried: Mapping[str, str] | None = None) -> Settings:
        """Return the settings as they would be. Raises `Misconfigured` for one that is tried."""
        given = {**self._file.values(), **self._environment, **(tried or {})}
        wanted = {k.lower(): v for k, v in given.items() if k.lower() in Settings.model_fields}
        try:
            return Settings(_env_file=None, _secrets_dir=secret_directories(), **wanted)  # type: ignore[call-arg, arg-type]
        except ValidationError as error:
            raise problems(error)[0] from None

    def _now(self, name: str) -> str:
        return self._environment.get(name) or self._file.get(name)

    # Parts

    def _mend(self) -> None:
        """Ask for what is wrong in the file as it is. Raises `Misconfigured` for what is wrong in the environment."""
        while True:
            try:
                self._settings()
            except Misconfigured as wrong:
                if wrong.setting in self._environment or not self._file.get(wrong.setting):
                    raise
                self._terminal.say(f"✗ {_said(wrong)}")
                given = self._terminal.ask("  Another value (Enter takes it out): ", hidden=False)
                self._file.set(wrong.setting, given)
            else:
                use_proxies(self._file.values())
                return

    def _model(self) -> None:
        """Ask for the server, its key, and the model, of which the server may have a list."""
        say = self._terminal.say
        say("\nThe model that writes (without one, sentences of the abstracts are picked out)")
        self._ask(
            Question(
                "OPENAI_BASE_URL",
                "Address of its server",
                "Enter for OpenAI's own; that of Ollama is http://localhost:11434/v1",
                _reached,
            )
        )
        own = self._now("OPENAI_BASE_URL")
        hint = "Enter if it needs none" if own else "from platform.openai.com; Enter for no model"
        self._ask(Question("OPENAI_API_KEY", "Key", hint, _admitted))
        settings = self._settings()
        if not settings.has_model:
            say("  – no model")
            return
        known = _run(_listed(settings))
        if known:
            say(f"  It has {', '.join(known[:_SHOWN_MODELS])}{', …' if len(known) > _SHOWN_MODELS else ''}")
            if not self._now("OPENAI_MODEL") and settings.openai_model not in known:
                self._file.set("OPENAI_MODEL", known[0])
        say("  The test asks it for one word: some 100 tokens, far less than a cent.")
        self._ask(Question("OPENAI_MODEL", "Model", test=_complete))
        self._price()

    def _price(self) -> None:
        settings = self._settings()
        price = settings.prices.get(settings.openai_model)
        prompt, completion = BRIEF_TOKENS
        took = f"A brief takes some {prompt} + {completion} tokens"
        if price is None:
            self._terminal.say(f"  {took}; with MODEL_PRICES in .env, /status tells what that comes to.")
            return
        cost = (prompt * price.prompt + completion * price.completion) / 1e6
        self._terminal.say(f"  {took}, that is {cost:.4f} by MODEL_PRICES.")

    def _services(self) -> None:
        """Test what needs no answer."""
        from bot.doctor import well_connected

        for mark, name, said in _run(well_connected(self._settings())):
            self._terminal.say(f"  {mark} {name}: {said}")
            self._unmended += mark == "✗"

    def _finish(self, platforms: Sequence[str]) -> None:
        say = self._terminal.say
        try:
            backup = self._file.write()
        except OSError as error:
            raise Misconfigured(
                str(self._file.path), f"cannot be written ({error.strerror})", "mend that and run this again"
            ) from None
        say(
            f"\nWritten to {self._file.path}, for your eyes alone."
            + (f" The old one is {backup}." if backup else "")
        )
        if self._unmended:
            say(
                "What is marked ✗ above is still to be mended; `paperwire doctor` looks again, and this can be run again."
            )
        start = "make run" if Path("Makefile").exists() else "paperwire run"
        what = (
            "serve " + " and ".join(p.split("_")[0].capitalize() for p in platforms)
            if platforms
            else "start the console"
        )
        say(f"Now `{start}` will {what}.")


def setup(path: Path = Path(".env")) -> int:
    """Converse and write `.env`; return 0, or 1 if something is still to be mended or nothing was written."""
    terminal = Terminal()
    try:
        return Setup(terminal, EnvFile(path, path.with_name(".env.example")), os.environ).run()
    except KeyboardInterrupt:
        terminal.say("\nStopped; nothing was written.")
        return 130
    except Ended:
        terminal.say(
            "The input ended before the last question; nothing was written. One line for each question is needed, an empty one for Enter."
        )
        return 1
    except PaperwireError as error:
        terminal.say(f"✗ {_said(error)}\nNothing was written.")
        return 1


def _default(name: str) -> str:
    if name == "OPENAI_BASE_URL":
        return "OpenAI"
    default = Settings.model_fields[name.lower()].default
    return str(default) if default and not isinstance(default, SecretStr) else "none"


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def _telegram(settings: Settings) -> str:
    from bot.accounts import telegram_account

    account = await telegram_account(settings)
    said = f"This is @{account.name}: https://t.me/{account.name}"
    if not account.joins_groups:
        said += "\n  ! It may not be added to groups; /setjoingroups at @BotFather permits it."
    if account.webhook:
        said += "\n  ! A webhook is set for it, perhaps by another program; `paperwire run` removes it."
    return said


async def _discord(settings: Settings) -> str:
    from bot.accounts import discord_account

    account = await discord_account(settings)
    said = f"This is {account.name}. Invite it to your server with\n    {account.invitation}"
    if account.code_grant:
        said += "\n  ! Turn off *Requires OAuth2 Code Grant* under *Bot* first, or nobody can."
    lacking = {name for _, missing in account.servers or () for name in missing}
    if lacking:
        said += f"\n  ! Where it is already, it lacks {', '.join(sorted(lacking))}; that link gives it what it needs."
    return said


async def _reached(settings: Settings) -> str:
    found = await _models(settings.openai_base_url, "")
    if isinstance(found, ModelUnavailable) and found.reason != "unauthorised":
        raise found
    return "It answers." if not isinstance(found, ModelUnavailable) else "It answers, and wants a key."


async def _admitted(settings: Settings) -> str:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    found = await _models(settings.openai_base_url, key)
    if isinstance(found, ModelUnavailable):
        raise found
    return (
        "The key is accepted." if found else "The server lists no models, so the key is tried with the model."
    )


async def _listed(settings: Settings) -> list[str]:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    found = await _models(settings.openai_base_url, key)
    return [] if isinstance(found, ModelUnavailable) else found


async def _models(address: str, key: str) -> list[str] | ModelUnavailable:
    """Return the models that the server lists, [] if it lists none; costs nothing."""
    import httpx2

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with httpx2.AsyncClient(timeout=15) as client:
            answer = await client.get(f"{address.rstrip('/')}/models", headers=headers)
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return ModelUnavailable("unauthorised")
        data = answer.json().get("data", []) if answer.status_code == HTTPStatus.OK else []
        return sorted(str(one["id"]) for one in data)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return ModelUnavailable("unreachable")
    except (ValueError, TypeError, KeyError, AttributeError):
        return []  # not every server has a list


async def _complete(settings: Settings) -> str:
    from bot.models import models_of

    model = models_of(settings)[0]
    try:
        said = f"{model.name} answers, structured output by {await model.probe()}"
    finally:
        await model.aclose()
    return f"{said} ({model.spent.prompt_tokens} + {model.spent.completion_tokens} tokens)"


def _said(error: PaperwireError) -> str:
    return plain(explain(error, translator("en")))
