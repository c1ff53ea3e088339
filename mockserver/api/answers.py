"""Answers: what a handler returns, as the body on the wire.

Records are written by their declaration and keep their text, because they are frozen and read far more often than they
change; so an answer is put together from the texts of its records.
"""

import json
from json.encoder import encode_basestring_ascii

from mockserver.http.exchange import NO_CONTENT, Content
from mockserver.http.json import encode
from mockserver.state.encoding import answer_columns, record_json, records_json
from mockserver.state.schema import Record


def content_of(answer: object) -> Content:
    """Return the body of an answer: JSON with sorted keys and a final newline, bytes as they are, or no body."""
    if answer is None:
        return NO_CONTENT
    if isinstance(answer, Content):
        return answer
    text = record_json(answer) if isinstance(answer, Record) else _text(answer)
    return Content(f"{text}\n".encode("ascii"))


def spelled_out(answer: object) -> object:
    """Return an answer in which each optional field of a record that has no value is null."""
    if isinstance(answer, Record):
        absent = [it.name for it in answer_columns(type(answer)) if getattr(answer, it.attribute) is None]
        return {**json.loads(record_json(answer)), **dict.fromkeys(absent)}
    if isinstance(answer, dict):
        return {name: spelled_out(value) for name, value in answer.items()}
    return [spelled_out(value) for value in answer] if isinstance(answer, list) else answer


def _text(value: object) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is True or value is False:  # the encoder, made for whole documents, is slow to start
        return "true" if value else "false"
    if isinstance(value, Record):
        return record_json(value)
    if isinstance(value, dict):
        return f"{{{','.join([f'{encode_basestring_ascii(name)}:{_text(value[name])}' for name in sorted(value)])}}}"
    if isinstance(value, list):
        return records_json(value) if value and isinstance(value[0], Record) else f"[{','.join(map(_text, value))}]"
    return encode(value)
