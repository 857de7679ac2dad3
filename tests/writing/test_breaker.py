"""A server that fails again and again is left alone, and tried anew one call at a time."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bot.errors import ModelUnavailable
from bot.writing.breaker import Breaker


class Clock:
    """Time that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("m", failures=3, rest=30, longest=100, clock=clock)


def call(breaker: Breaker, *, failed: bool | None) -> None:
    with breaker.call() as one:
        one.failed = failed


def resting(breaker: Breaker) -> float:
    """Return for how long no call is wanted, 0 if one is."""
    try:
        with breaker.call():
            return 0
    except ModelUnavailable as error:
        return error.retry_after or 0


def test_a_server_rests_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    for failed in (True, True, False, True, True):
        call(breaker, failed=failed)
    assert not resting(breaker)
    call(breaker, failed=True)
    assert resting(breaker) == 30


def test_the_rest_is_doubled_up_to_a_bound_and_ended_by_an_answer(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        call(breaker, failed=True)
    for longer in (60, 100, 100):
        clock.now += resting(breaker)
        call(breaker, failed=True)
        assert resting(breaker) == longer
    clock.now += 100
    call(breaker, failed=False)
    for _ in range(2):
        call(breaker, failed=True)
    assert not resting(breaker)
    call(breaker, failed=True)
    assert resting(breaker) == 30


def test_after_the_rest_one_call_at_a_time_goes_through(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        call(breaker, failed=True)
    clock.now += 30
    with breaker.call() as probe:
        with pytest.raises(ModelUnavailable, match="resting"):
            call(breaker, failed=None)
        assert resting(breaker) == 5
        probe.failed = False
    assert not resting(breaker)


def test_a_call_that_was_given_up_says_nothing_and_makes_way(breaker: Breaker, clock: Clock) -> None:
    for _ in range(9):
        call(breaker, failed=None)
    assert not resting(breaker)
    for _ in range(3):
        call(breaker, failed=True)
    clock.now += 30
    with pytest.raises(KeyboardInterrupt), breaker.call():
        raise KeyboardInterrupt
    call(breaker, failed=False)
    assert breaker.is_trusted


def test_calls_that_fail_together_are_one_bad_moment(breaker: Breaker) -> None:
    with ExitStack() as stack:
        for one in [stack.enter_context(breaker.call()) for _ in range(20)]:
            one.failed = True
    assert resting(breaker) == 30


def test_weeks_of_failing_are_no_overflow(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3_000):
        clock.now += 100
        call(breaker, failed=True)
    assert resting(breaker) == 100
