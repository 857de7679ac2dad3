"""The settings: read once, from the environment and from `.env`, in `__main__`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import Misconfigured
from bot.language import Language
from bot.topics.categories import is_category

# What pydantic says in its own words, in ours.
_PROBLEMS = {
    "string_pattern_mismatch": "it must begin with http:// or https://",
    "int_parsing": "it must be a whole number",
    "float_parsing": "it must be a number",
    "greater_than_equal": "it is too small",
}


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
    price_prompt: float = Field(0, ge=0, description="price of a million prompt tokens, for `/status`")
    price_completion: float = Field(
        0, ge=0, description="price of a million completion tokens, for `/status`"
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
    redis_url: SecretStr | None = Field(
        None, description="a Redis or Valkey of one's own; none: an embedded Valkey in `DATA_DIR`"
    )
    data_dir: Path = Field(Path("data"), description="where the embedded Valkey and the log are kept")
    keep_days: int = Field(400, ge=1, description="how long texts and the papers they are about are kept")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")

    telegram_api_url: Url = Field("https://api.telegram.org", description="Bot API server")
    discord_api_url: Url = Field("https://discord.com/api/v10", description="Discord's API")
    openai_base_url: Url = Field(
        "https://api.openai.com/v1",
        description="any server that speaks OpenAI's dialect; one of your own needs no key",
    )
    arxiv_api_url: Url = Field("https://export.arxiv.org/api/query", description="arXiv query API")
    arxiv_rss_url: Url = Field("https://rss.arxiv.org", description="arXiv announcement feeds")
    arxiv_pdf_url: Url = Field("https://export.arxiv.org/pdf", description="arXiv PDFs")
    arxiv_oai_url: Url = Field("https://oaipmh.arxiv.org/oai", description="arXiv OAI-PMH")

    @field_validator("log_level", "access", "uncertain", mode="before")
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

    @property
    def has_model(self) -> bool:
        """A key, or a server of one's own, which may need none."""
        return self.openai_api_key is not None or "openai_base_url" in self.model_fields_set

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
        for name, value in dotenv_values(".env").items():
            if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") and value:
                os.environ.setdefault(name, value)
        return Settings()  # type: ignore[call-arg]
    except UnicodeDecodeError:
        raise Misconfigured(".env", "is not a text in UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise Misconfigured(".env", f"cannot be read ({error.strerror})", "correct that") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "a setting"
        problem = _PROBLEMS.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise Misconfigured(
            name, f"is wrong: {problem}", "correct it in the environment or in .env"
        ) from None
