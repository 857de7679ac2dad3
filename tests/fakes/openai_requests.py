"""What the real server refuses in a request for a chat completion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.openai_answers import text_of

_NEWER = re.compile(r"(?:gpt-5|o[1-9])")  # the models that know `max_completion_tokens` only
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Refused(Exception):
    """A request that gets an error."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = status


def check(body: Any, mode: str) -> None:
    """Refuse what the real server refuses, and what a server of this mode does. Raises `Refused`."""
    if not isinstance(body, dict):
        raise Refused("The body must be an object.")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused("you must provide a model parameter")
    _check_messages(body.get("messages"))
    if "max_tokens" in body and body["max_tokens"] is not None and _NEWER.match(body["model"]):
        raise Refused(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        )
    if body.get("stream_options") and not body.get("stream"):
        raise Refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    _check_stream(body, mode)
    wanted = body.get("response_format")
    if wanted is not None:
        _check_format(wanted, body["messages"], mode)


def _check_stream(body: Mapping[str, Any], mode: str) -> None:
    if not body.get("stream"):
        return
    if mode == "refuses_stream":
        raise Refused(
            "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.",
            "stream",
            "unsupported_value",
        )
    if mode == "refuses_stream_silently":
        raise Refused("Bad Request")
    if mode == "refuses_stream_options" and "stream_options" in body:
        raise Refused("property 'stream_options' is unsupported, did you mean 'stream'?")


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list):
        raise Refused("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
    if not messages:
        raise Refused("Invalid 'messages': empty array.", "messages", "empty_array")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            role = message.get("role") if isinstance(message, dict) else message
            raise Refused(
                f"Invalid value: '{role}'.", f"messages[{number}].role" if role else None, "invalid_value"
            )


def _check_format(wanted: Any, messages: list[Mapping[str, Any]], mode: str) -> None:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise Refused(
            f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and 'text'.",
            "response_format.type",
            "invalid_value",
        )
    if kind == "json_schema":
        if mode == "refuses_schema_500":
            raise Refused("Internal Server Error", status=500)
        if mode in ("refuses_schema", "refuses_json"):
            raise Refused("This response_format type is unavailable now", "response_format")
        _check_schema(wanted.get("json_schema"))
    if kind == "json_object":
        if mode == "refuses_json":
            raise Refused("'response_format.type' must be 'text'", "response_format")
        if not any("json" in text_of(message).lower() for message in messages):
            raise Refused(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                "messages",
            )


def _check_schema(given: Any) -> None:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        where = "response_format.json_schema" + (".name" if isinstance(given, dict) else "")
        raise Refused(f"Missing required parameter: '{where}'.", where, "missing_required_parameter")
    name = given["name"]
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
        raise Refused(
            "Invalid 'response_format.json_schema.name': string does not match pattern.",
            "response_format.json_schema.name",
            "invalid_value",
        )
    if given.get("strict"):
        schema = given.get("schema") or {}
        if schema.get("type") != "object":
            _bad_schema(
                name, (), f"schema must be a JSON Schema of 'type: \"object\"', got '{schema.get('type')}'."
            )
        _check_strict(name, schema, ())


def _check_strict(name: str, schema: Any, context: tuple[str, ...]) -> None:
    """Hold a schema to the rules of strict mode, as deep as it goes."""
    if not isinstance(schema, dict):
        return
    fields = schema.get("properties")
    if schema.get("type") == "object" or fields:
        if schema.get("additionalProperties") is not False:
            _bad_schema(name, context, "'additionalProperties' is required to be supplied and to be false.")
        missing = [key for key in fields or {} if key not in schema.get("required", ())]
        if missing:
            _bad_schema(
                name,
                context,
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{missing[0]}'.",
            )
    for key, inner in (fields or {}).items():
        _check_strict(name, inner, (*context, "properties", key))
    _check_strict(name, schema.get("items"), (*context, "items"))
    for key, inner in (schema.get("$defs") or {}).items():
        _check_strict(name, inner, (*context, "$defs", key))
    for number, inner in enumerate(schema.get("anyOf") or ()):
        _check_strict(name, inner, (*context, "anyOf", str(number)))


def _bad_schema(name: str, context: tuple[str, ...], what: str) -> None:
    raise Refused(
        f"Invalid schema for response_format '{name}': In context={context!r}, {what}",
        "response_format",
        "invalid_json_schema",
    )
