"""Multipart forms: the parts of a request body, by name."""

from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple

_MAX_PARTS = 100


class Part(NamedTuple):
    """One part of a form; `filename` is None for a part that is not a file."""

    content: bytes
    filename: str | None = None
    media_type: str | None = None


class Form(dict[str, Part]):
    """The parts of a multipart form by name; the last part of a name counts."""


async def read_form(headers: Mapping[bytes, bytes], body: bytes) -> Form:
    """Return the form in a body; raises ValueError with a sentence for a body that is not a complete multipart form."""
    from python_multipart.multipart import parse_options_header
    from starlette.datastructures import Headers
    from starlette.formparsers import MultiPartException, MultiPartParser

    media_type, options = parse_options_header(headers.get(b"content-type", b""))
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not boundary:
        raise ValueError("the media type is not multipart/form-data with a boundary")
    if b"--%b--" % boundary not in body:
        raise ValueError("the form does not end with its boundary")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    # Latin-1 gives every byte a character, so that the parser's text can become bytes again.
    content_type = f'multipart/form-data; boundary="{boundary.decode("latin-1")}"; charset=latin-1'
    limits = {"max_files": _MAX_PARTS, "max_fields": _MAX_PARTS, "max_part_size": len(body) + 1}
    parser = MultiPartParser(Headers({"content-type": content_type}), stream(), **limits)
    parser.spool_max_size = len(body) + 1  # in memory, so that nothing waits for a thread
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise ValueError(error.message) from None
    form = Form()
    for name, value in data.multi_items():
        if isinstance(value, str):
            form[_text(name)] = Part(value.encode("latin-1"))
        else:
            form[_text(name)] = Part(await value.read(), _text(value.filename or ""), value.content_type)
    await data.close()
    return form


def _text(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", errors="replace")
