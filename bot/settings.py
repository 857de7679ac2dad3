"""The settings: read once, from the environment and from `.env`, in `__main__`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import Misconfigured
from bot.language import Language
from bot.papers.categories import is_category
from bot.writing.prices import Price, parse_prices

# What pydantic says in its own words, in ours.
_PROBLEMS = {
    "string_pattern_mismatch": "it must begin with http:// or https://",
    "int_parsing": "it must be a whole number",
    "float_parsing": "it must be a number",
    "greater_than_equal": "it is too small",
    "less_than_equal": "it is too large",
}


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # is only looked at when asked for
    except ValueError:
        raise ValueError("its host or port is none that there could be") from None
    if not parts.hostname:
        raise ValueError("it names no host")
    return url


Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+"), AfterValidator(_address)]


class Settings(BaseSettings):
    """Every setting with its default. The README's table is held to this class by a test."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    telegram_bot_token: SecretStr | None = Field(None, description="token from @BotFather; turns Telegram on")
    discord_bot_token: SecretStr | None = Field(
        None, description="token from the developer portal; turns Discord on"
    )
    openai_api_key: SecretStr | None = Field(None, description="key of the model's server")
    openai_model: str = Field("gpt-5-mini", description="the model that writes")
    model_seconds: float = Field(
        90,
        ge=1,
        description="seconds that a model may take over one text, with everything that is tried again; a small machine of one’s own needs more",
    )
    fallback_model: str | None = Field(
        None, description="a second model, asked when the first does not answer or gives nothing usable"
    )
    fallback_api_key: SecretStr | None = Field(
        None, description="key of the second model’s server, where that is another one"
    )
    model_context: int = Field(
        128_000,
        ge=4_000,
        description="how many tokens the model reads at once; a longer paper is fitted to it by sections",
    )
    model_prices: str = Field(
        "",
        description="what models charge for a million tokens, in any currency: `gpt-5-mini=0.25/2.00, gpt-5=1.25/10/0.125` (prompt/completion/cached prompt)",
    )
    owners: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="who owns the bot: `telegram:ID`, `discord:ID`, or an id alone, separated by commas; none: whoever sends the one-time code of the first start",
    )
    access: Literal["listed", "open", "owner"] = Field(
        "listed", description="who is served: `listed` (owners, and chats they allow), `open`, or `owner`"
    )
    daily_calls: int = Field(2000, ge=0, description="model calls a day, in all (days are UTC)")
    daily_calls_per_chat: int = Field(200, ge=0, description="model calls a day for one chat")
    daily_calls_per_person: int = Field(
        50, ge=0, description="model calls a day for one person; owners are exempt"
    )
    daily_money: float = Field(
        0, ge=0, description="what models may cost a day, in all, by `MODEL_PRICES`; 0 is no ceiling"
    )
    daily_money_per_chat: float = Field(
        0, ge=0, description="what models may cost a day for one chat; 0 is no ceiling"
    )
    daily_money_per_person: float = Field(
        0, ge=0, description="what models may cost a day for one person; owners are exempt; 0 is no ceiling"
    )
    default_language: str = Field(
        "en", description="what a chat reads until it chooses: a code or a name", validate_default=True
    )
    default_timezone: str = Field(
        "UTC", description="time zone of a chat that names none: `Asia/Shanghai`, `Berlin`, `UTC+8`"
    )
    subscriptions_per_chat: int = Field(20, ge=1, description="how many topics and queries a chat may follow")
    uncertain: Literal["resend", "leave"] = Field(
        "resend",
        description="what to do with a message that may have been sent, where a repeat would show: `resend` once, or `leave`",
    )
    arxiv_categories: Annotated[tuple[str, ...], NoDecode] = Field(
        tuple(
            "cs.AI cs.CL cs.CR cs.CV cs.DC cs.GR cs.IR cs.LG cs.MA cs.MM cs.NE cs.RO cs.SD cs.SE eess.AS eess.IV quant-ph stat.ML".split()
        ),
        description="arXiv categories whose announcements are read besides those that somebody follows, separated by commas or blanks",
    )
    public_url: Url | None = Field(
        None,
        description="address under which the reading room is reached from outside, for links in chats; none: no links to it",
    )
    http_host: str = Field("127.0.0.1", description="where the reading room listens: this machine alone")
    http_port: int = Field(8080, ge=0, le=65535, description="port of the reading room; 0 turns it off")
    metrics_host: str = Field(
        "127.0.0.1", description="where `/metrics`, `/healthz` and `/readyz` listen: this machine alone"
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="port of these; 0 turns them off")
    redis_url: SecretStr | None = Field(
        None, description="a Redis or Valkey of one's own; none: an embedded Valkey in `DATA_DIR`"
    )
    redis_password: SecretStr | None = Field(
        None, description="password of the server at `REDIS_URL`, where that address holds none"
    )
    data_dir: Path = Field(Path("data"), description="where the embedded Valkey and the log are kept")
    keep_days: int = Field(400, ge=1, description="how long texts and the papers they are about are kept")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto",
        description="how it is logged: `text` for people, `json` (an object a line) for machines; `auto`: text on a terminal, else json",
    )

    telegram_webhook_url: Url | None = Field(
        None, description="https address at which Telegram is to bring updates; none: they are polled"
    )
    telegram_webhook_secret: SecretStr | None = Field(
        None,
        description="what proves that it is Telegram who calls the webhook: 1 to 256 of A-Z, a-z, 0-9, _ and -; required with it",
    )
    telegram_webhook_host: str = Field(
        "127.0.0.1", description="where the webhook listens, behind a proxy that speaks https"
    )
    telegram_webhook_port: int = Field(8443, ge=1, le=65535, description="and at which port")
    telegram_api_url: Url = Field("https://api.telegram.org", description="Bot API server")
    discord_api_url: Url = Field("https://discord.com/api/v10", description="Discord's API")
    openai_base_url: Url = Field(
        "https://api.openai.com/v1",
        description="any server that speaks OpenAI's dialect; one of your own needs no key",
    )
    fallback_base_url: Url | None = Field(
        None, description="the second model’s server; none: that of the first"
    )
    arxiv_api_url: Url = Field("https://export.arxiv.org/api/query", description="arXiv query API")
    arxiv_rss_url: Url = Field("https://rss.arxiv.org", description="arXiv announcement feeds")
    arxiv_pdf_url: Url = Field("https://export.arxiv.org/pdf", description="arXiv PDFs")
    arxiv_oai_url: Url = Field("https://oaipmh.arxiv.org/oai", description="arXiv OAI-PMH")

    @field_validator("log_level", "log_format", "access", "uncertain", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: object) -> object:
        if not isinstance(value, str):
            return value
        return value.upper() if getattr(info, "field_name", "") == "log_level" else value.lower()

    @field_validator("owners", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("owners")
    @classmethod
    def _identified(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for owner in value:
            if not re.fullmatch(
                r"([a-z]+:)?\d+", owner
            ):  # a name would own nothing, and keep the code from being made
                raise ValueError(
                    f"`{owner}` is no id, which is a number: telegram:123456789; leave it empty to be sent a code"
                )
        return value

    @field_validator("arxiv_categories", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(re.split(r"[\s,+]+", value.strip(", +"))) if isinstance(value, str) else value

    @field_validator("arxiv_categories")
    @classmethod
    def _categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not is_category(name):
                raise ValueError(f"`{name}` is no category of the arXiv; they look like cs.CL or quant-ph")
        return tuple(dict.fromkeys(value))

    @field_validator("model_prices")
    @classmethod
    def _priced(cls, value: str) -> str:
        parse_prices(value)
        return value

    @field_validator("default_language")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return Language.parse(value).tag
        except Exception as error:
            raise ValueError(f"`{value}` is no language that I know; use a code such as en or zh") from error

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        from bot.editions.zones import Zone

        try:
            return Zone.parse(value).key
        except Exception as error:
            raise ValueError(f"`{value}` is no time zone that I know; say Asia/Shanghai or UTC+8") from error

    @field_validator(
        "telegram_bot_token",
        "telegram_webhook_secret",
        "discord_bot_token",
        "openai_api_key",
        "fallback_api_key",
        "redis_url",
        "redis_password",
        mode="before",
    )
    @classmethod
    def _given(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        value = value.strip()  # what was copied with it
        return value or None  # a file for a secret that there is not

    @field_validator("telegram_bot_token", "discord_bot_token")
    @classmethod
    def _alone(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else ""
        return SecretStr(re.sub("^bot ?", "", token, flags=re.IGNORECASE)) if token else None

    @property
    def has_platform(self) -> bool:
        """Whether there is anything to serve but the console."""
        return bool(self.telegram_bot_token or self.discord_bot_token)

    @property
    def has_model(self) -> bool:
        """A key, or a server of one's own, which may need none."""
        return self.openai_api_key is not None or "openai_base_url" in self.model_fields_set

    @property
    def prices(self) -> Mapping[str, Price]:
        """What each model charges, by its name."""
        return parse_prices(self.model_prices)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that no log may hold."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(v.get_secret_value() for v in values if isinstance(v, SecretStr))


def load() -> Settings:
    """Read the settings. Raises `Misconfigured` for the first that is wrong.

    Proxies named in `.env` are put into the environment, where every client looks for them.
    """
    try:
        use_proxies(dotenv_values(".env"))
        return Settings(_secrets_dir=secret_directories())  # type: ignore[call-arg]
    except UnicodeDecodeError:
        raise Misconfigured(".env", "is not a text in UTF-8", "save it as UTF-8") from None
    except OSError as error:
        name = str(error.filename or ".env")
        raise Misconfigured(name, f"cannot be read ({error.strerror})", "correct that") from None
    except ValidationError as error:
        raise problems(error)[0] from None


def use_proxies(named: Mapping[str, str | None]) -> None:
    """Put the proxies among these variables into the environment, which wins where it names one."""
    for name, value in named.items():
        if name.lower() in PROXIES and value:
            os.environ.setdefault(name, value)


def secret_directories() -> list[Path]:
    """Return where a container or a service finds its secrets, a file each, named like the setting."""
    places = [Path("/run/secrets")]
    if given := os.environ.get("CREDENTIALS_DIRECTORY"):  # systemd's `LoadCredential=`
        places.append(Path(given))
    return [place for place in places if place.is_dir()]


def problems(error: ValidationError) -> list[Misconfigured]:
    """Return what is wrong, by setting, in our own words."""
    told = []
    for one in error.errors():
        name = str(one["loc"][0]).upper() if one["loc"] else "a setting"
        problem = _PROBLEMS.get(one["type"], one["msg"].removeprefix("Value error, "))
        told.append(Misconfigured(name, f"is wrong: {problem}", "correct it in the environment or in .env"))
    return told
