"""Clock of a world: read, frozen, advanced, resumed."""

from typing import Annotated

from mockserver.control.request import ControlOperation, ControlRequest, invalid
from mockserver.control.worlds import WORLD
from mockserver.http.json import Described, NotRequired, TypedDict, schema_says
from mockserver.values.clock import DURATION_SCHEMA, MOMENT, parse_duration, parse_moment, write_moment


class ClockResponse(TypedDict):
    """The present moment of a world, and whether its clock is frozen."""

    now: str
    frozen: bool


@schema_says(minProperties=1, maxProperties=1)
class ClockBody(TypedDict):
    """Exactly one of: `freeze` at a time or (true) now, `advance` by a span of time, or `resume`."""

    freeze: NotRequired[Annotated[bool | str, Described(anyOf=[{"type": "boolean", "const": True}, MOMENT.schema])]]
    advance: NotRequired[Annotated[str, Described(**DURATION_SCHEMA)]]
    resume: NotRequired[Annotated[bool, Described(type="boolean", const=True)]]


def get_clock(request: ControlRequest) -> ClockResponse:
    """Get a world's time."""
    clock = request.world.clock
    return {"now": write_moment(clock.now()), "frozen": clock.frozen_at is not None}


def set_clock(request: ControlRequest, body: ClockBody) -> ClockResponse:
    """Freeze, advance or resume a world's time."""
    if len(body) != 1 or False in body.values():
        raise invalid("give exactly one of freeze (true or a time), advance (a span of time) and resume (true)")
    clock = request.world.clock
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
    return get_clock(request)


OPERATIONS = (
    ControlOperation("getClock", "GET", f"{WORLD}/clock", get_clock),
    ControlOperation("setClock", "POST", f"{WORLD}/clock", set_clock),
)
