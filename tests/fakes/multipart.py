"""Read forms with files, as the fakes receive them."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP
from typing import NamedTuple


class SentFile(NamedTuple):
    name: str
    body: bytes


def read_form(content_type: str, raw: bytes) -> tuple[dict[str, str], dict[str, SentFile]]:
    """Return the texts and the files of a multipart body, by their fields."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    texts, files = dict[str, str](), dict[str, SentFile]()
    for part in message_from_bytes(head + raw, policy=HTTP).iter_parts():
        field = str(part.get_param("name", header="content-disposition"))
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        if name := part.get_filename():
            files[field] = SentFile(name, body)
        else:
            texts[field] = body.decode()
    return texts, files
