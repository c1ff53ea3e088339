"""Multipart forms: the parts of a request body, by name."""

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from starlette.datastructures import Headers

_MAX_PARTS = 100


class Part(NamedTuple):
    """One part of a form; `filename` is None for a part that is not a file."""

    content: bytes
    filename: str | None = None
    media_type: str | None = None


class Form(dict[str, Part]):
    """The parts of a multipart form by name; the last part of a name counts."""


async def read_form(headers: Mapping[bytes, bytes], body: bytes) -> Form:
    """Return the form in a body; raises ValueError with a sentence for a body that is not a multipart form."""
    from starlette.formparsers import MultiPartException, MultiPartParser  # imports python-multipart

    content_type = headers.get(b"content-type", b"").decode("latin-1")
    if not content_type.lower().startswith("multipart/form-data"):
        raise ValueError("the media type is not multipart/form-data")

    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(
        Headers({"content-type": content_type}),
        stream(),  # type: ignore[arg-type]  # Starlette asks for a generator and uses an iterator
        max_files=_MAX_PARTS,
        max_fields=_MAX_PARTS,
        max_part_size=len(body) + 1,
    )
    parser.spool_max_size = len(body) + 1  # in memory, so that nothing waits for a thread
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise ValueError(error.message) from None
    except KeyError:
        raise ValueError("the header content-type has no boundary") from None
    form = Form()
    for name, value in data.multi_items():
        if isinstance(value, str):
            form[name] = Part(value.encode("utf-8"))
        else:
            form[name] = Part(await value.read(), value.filename, value.content_type)
    await data.close()
    return form
