"""A world's clock under control: frozen, advanced, resumed."""

from mockserver.control.request import ControlCall, ControlOperation, invalid
from mockserver.control.worlds import WORLD
from mockserver.errors import Err
from mockserver.http.json import NotRequired, TypedDict
from mockserver.values.clock import parse_moment, write_moment
from mockserver.values.durations import parse_duration


class ClockResponse(TypedDict):
    """The world's present moment, and whether it stands still."""

    now: str
    frozen: bool


class ClockBody(TypedDict):
    """Exactly one thing to do: `freeze` at a time or (true) now, `advance` by a span, or `resume`."""

    freeze: NotRequired[bool | str]
    advance: NotRequired[str]
    resume: NotRequired[bool]


def get_clock(call: ControlCall) -> ClockResponse:
    """Get a world's time."""
    clock = call.world.clock
    return {"now": write_moment(clock.now()), "frozen": clock.frozen_at is not None}


def set_clock(call: ControlCall, body: ClockBody) -> ClockResponse:
    """Freeze, advance or resume a world's time."""
    if len(body) != 1 or False in body.values():
        raise invalid("a clock does one thing at a time: freeze (true or a time), advance (a span) or resume (true)")
    clock = call.world.clock
    try:
        match body:
            case {"advance": str(span)}:
                clock.advance(parse_duration(span))
            case {"freeze": str(moment)}:
                clock.freeze(parse_moment(moment))
            case {"freeze": True}:
                clock.freeze()
            case {"resume": True}:
                clock.resume()
    except (ValueError, OverflowError) as error:
        raise invalid(str(error)) from None
    return get_clock(call)


OPERATIONS = (
    ControlOperation("GET", f"{WORLD}/clock", get_clock, errors=(Err.MOCK_WORLDS_EXHAUSTED,)),
    ControlOperation("POST", f"{WORLD}/clock", set_clock, errors=(Err.MOCK_WORLDS_EXHAUSTED,)),
)
