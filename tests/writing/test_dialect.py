"""What is remembered of a server, and what is tried next."""

from __future__ import annotations

from bot.writing.dialect import Dialect, Failure, Shape

SCHEMA, OBJECT, PROMPT = Shape("json_schema"), Shape("json_object"), Shape("prompt")
BAD, ILL = Failure("status 400", status=400), Failure("status 500", status=500)
LIMIT = Failure("status 400", status=400, message="'max_tokens' is not supported")


def test_a_shape_that_is_refused_is_followed_by_a_simpler_one() -> None:
    dialect = Dialect(SCHEMA)
    assert dialect.another(SCHEMA, BAD, {SCHEMA}) == OBJECT
    assert dialect.another(OBJECT, BAD, {SCHEMA, OBJECT}) == PROMPT
    assert dialect.another(PROMPT, BAD, {SCHEMA, OBJECT, PROMPT}) is None


def test_what_is_not_about_the_shape_leaves_it_alone() -> None:
    for status in (401, 404, 413, 429, 502, 503, None):
        assert Dialect(SCHEMA).another(SCHEMA, Failure("x", status=status), {SCHEMA}) is None


def test_a_limit_of_the_wrong_name_gets_the_other_then_none() -> None:
    dialect = Dialect(SCHEMA)
    other, none = Shape(limit="max_completion_tokens"), Shape(limit=None)
    assert dialect.another(SCHEMA, LIMIT, {SCHEMA}) == other
    assert dialect.another(other, LIMIT, {SCHEMA, other}) == none


def test_a_refused_shape_is_remembered_at_once() -> None:
    dialect = Dialect(SCHEMA)
    dialect.worked(OBJECT, [BAD])
    assert dialect.shape == OBJECT


def test_a_server_error_counts_when_it_happens_twice() -> None:
    dialect = Dialect(SCHEMA)
    dialect.worked(OBJECT, [ILL])
    assert dialect.shape == SCHEMA
    dialect.worked(OBJECT, [ILL])
    assert dialect.shape == OBJECT


def test_a_success_in_between_clears_the_suspicion() -> None:
    dialect = Dialect(SCHEMA)
    for shape, failures in ((OBJECT, [ILL]), (SCHEMA, []), (OBJECT, [ILL])):
        dialect.worked(shape, failures)
    assert dialect.shape == SCHEMA


def test_the_name_of_the_limit_is_remembered_and_its_absence_is_not() -> None:
    dialect = Dialect(SCHEMA)
    dialect.worked(Shape(limit="max_completion_tokens"), [LIMIT])
    assert dialect.shape.limit == "max_completion_tokens"
    dialect.worked(Shape(limit=None), [LIMIT])
    assert dialect.shape.limit == "max_completion_tokens"


def test_a_schema_that_is_ignored_twice_is_put_into_words() -> None:
    dialect = Dialect(SCHEMA)
    for fits in (False, True, False):
        dialect.answered(SCHEMA, fits=fits)
    assert dialect.shape == SCHEMA
    dialect.answered(SCHEMA, fits=False)
    assert dialect.shape == OBJECT
    dialect.answered(OBJECT, fits=False)
    assert dialect.shape == OBJECT
