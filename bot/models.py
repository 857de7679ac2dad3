"""The models that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.writing.prices import FREE

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.writing.model import ChatModel
    from bot.writing.openai_model import OpenAIModel


def models_of(settings: Settings) -> Sequence[OpenAIModel]:
    """Return the models that the settings name: none, one, or one and its fall-back."""
    if not settings.has_model:
        return ()
    from bot.writing.openai_model import OpenAIModel

    prices = settings.prices

    def model(name: str, url: str, key: SecretStr | None) -> OpenAIModel:
        secret = key.get_secret_value() if key else ""
        return OpenAIModel(
            name,
            base_url=url,
            api_key=secret,
            deadline=settings.model_seconds,
            price=prices.get(name, FREE),
        )

    first = model(settings.openai_model, settings.openai_base_url, settings.openai_api_key)
    if not (settings.fallback_model or settings.fallback_base_url):
        return (first,)
    url = settings.fallback_base_url or settings.openai_base_url
    # A key is shown to the server that it belongs to, and to no other.
    same = url == settings.openai_base_url
    key = settings.fallback_api_key or (settings.openai_api_key if same else None)
    return first, model(settings.fallback_model or settings.openai_model, url, key)


def model_of(settings: Settings) -> ChatModel | None:
    """Return the model that the settings name, with its fall-back, None if they name none."""
    match models_of(settings):
        case [first, second]:
            from bot.writing.fallback import Fallback

            return Fallback(first, second)
        case [only]:
            return only
    return None
