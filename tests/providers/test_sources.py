"""Songs that carry on from a track: what each dialect sends, and what a provider takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.providers.acestep import AceStepDialect
from suno_tui.providers.client import Client
from suno_tui.providers.dialect import Dialect, Reply
from suno_tui.providers.dialects import dialect_of
from suno_tui.providers.errors import BadAnswer
from suno_tui.providers.remote import Accepted
from suno_tui.providers.song import Song
from suno_tui.providers.source import COVER, EXTEND, REPAINT, Made, Source, SourceTrouble, unfit
from suno_tui.providers.tables import TABLES

SONG = Song(
    model="V6", custom_mode=True, title="Nights", style="Pop", lyrics="[Verse]\nWalking",
    vocal_gender="f", negative_tags="drums", audio_weight=0.5, duration=90.0, source_track="4k7m",
)  # fmt: skip
EXTENDING = replace(SONG, way=EXTEND, span_start=90.5)
COVERING = replace(SONG, way=COVER)
REPAINTING = replace(SONG, way=REPAINT, span_start=30.0, span_end=45.0)
MADE = Made("task", "take", "V6")
SOURCE = Source(Path("/x/Song 1.MP3"), 200.0, 1000, "ab" * 32, MADE)
AT = "https://files.example/ab.mp3"


def sent(
    song: Song, source: Source = SOURCE, dialect: Dialect | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the path and the body that are sent, as if an upload had gone before."""
    dialect = dialect or dialect_of("sunoapi")
    if dialect.upload(song, source):
        source = replace(source, address=AT)
    call = dialect.create(song, nonce="n", callback_url=None, source=source)
    return call.path.rpartition("/")[2], dict(call.body or {})


COMMON = {
    "model": "V6", "callBackUrl": "https://example.com/callback", "title": "Nights",
    "style": "Pop", "negativeTags": "drums", "audioWeight": 0.5, "vocalGender": "f",
}  # fmt: skip
EXTENDED = COMMON | {
    "defaultParamFlag": True, "continueAt": 90.5, "prompt": "[Verse]\nWalking",
}  # fmt: skip
SECTION = {
    "prompt": "Pop", "tags": "Pop", "title": "Nights", "infillStartS": 30.0, "infillEndS": 45.0,
    "callBackUrl": "https://example.com/callback", "fullLyrics": "[Verse]\nWalking",
}  # fmt: skip
ELSEWHERE = replace(SOURCE, made=None)


@pytest.mark.parametrize(
    ("song", "source", "path", "body"),
    [
        (EXTENDING, SOURCE, "extend", EXTENDED | {"audioId": "take"}),
        (EXTENDING, ELSEWHERE, "upload-extend",
         EXTENDED | {"uploadUrl": AT, "instrumental": False}),
        # By its id, a take goes on with the model only that made it.
        (replace(EXTENDING, model="V5"), SOURCE, "upload-extend",
         EXTENDED | {"model": "V5", "uploadUrl": AT, "instrumental": False}),
        (COVERING, SOURCE, "upload-cover", COMMON | {
            "uploadUrl": AT, "instrumental": False, "customMode": True, "duration": 90,
            "lyrics": "[Verse]\nWalking"}),
        (replace(COVERING, custom_mode=False, prompt="as a waltz", model="V5"), SOURCE,
         "upload-cover", {
            "uploadUrl": AT, "instrumental": False, "customMode": False, "model": "V5",
            "callBackUrl": "https://example.com/callback",
            "prompt": "as a waltz, about 1:30 long"}),
        (REPAINTING, SOURCE, "replace-section", SECTION | {"taskId": "task", "audioId": "take"}),
        (REPAINTING, ELSEWHERE, "replace-section", SECTION | {"uploadUrl": AT, "model": "V6"}),
        (replace(REPAINTING, instrumental=True), ELSEWHERE, "replace-section", {
            name: x for name, x in SECTION.items() if name != "fullLyrics"
        } | {"uploadUrl": AT, "model": "V6"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["sunoapi", "kie"])
def test_what_the_sellers_are_sent(
    dialect: str, song: Song, source: Source, path: str, body: dict[str, Any]
) -> None:
    assert sent(song, source, dialect_of(dialect)) == (path, body)


def test_an_upload_names_nothing_of_the_user() -> None:
    call = dialect_of("sunoapi").upload(COVERING, SOURCE)
    assert call is not None and call.upload is not None
    assert call.body == {"uploadPath": "suno-tui", "fileName": "abababababababab.mp3"}
    again = replace(SOURCE, address=AT)
    assert dialect_of("sunoapi").upload(COVERING, again) is None


@pytest.mark.parametrize("data", [{}, {"downloadUrl": ""}, {"downloadUrl": "file:///x"}, None])
def test_an_upload_without_an_address_is_a_bad_answer(data: Any) -> None:
    reply = Reply(200, json.dumps({"success": True, "code": 200, "data": data}).encode())
    with pytest.raises(BadAnswer):
        dialect_of("sunoapi").uploaded(reply)


ACE = replace(SONG, model="acestep-v15-turbo")


@pytest.mark.parametrize(
    ("song", "expected"),
    [
        (replace(ACE, way=COVER), {"task_type": "cover", "audio_cover_strength": 0.5,
                                   "repainting_start": None, "audio_duration": None}),
        (replace(ACE, way=REPAINT, span_start=30.0, span_end=45.5),
         {"task_type": "repaint", "repainting_start": 30.0, "repainting_end": 45.5,
          "audio_cover_strength": None, "audio_duration": None, "thinking": False,
          "lm_negative_prompt": None}),
    ],
)  # fmt: skip
def test_what_acestep_is_sent(song: Song, expected: dict[str, Any]) -> None:
    dialect = dialect_of("acestep", {"lm": True})
    assert dialect.upload(song, SOURCE) is None
    call = dialect.create(song, nonce="n", callback_url=None, source=SOURCE)
    assert call.upload is not None and call.upload.field == "src_audio"
    assert call.body is not None
    assert {name: call.body.get(name) for name in expected} == expected


def test_the_inventory_says_what_a_model_can() -> None:
    rows = [
        {"name": "a", "supported_task_types": ["text2music", "cover"]},
        {"name": "b", "supported_task_types": []},
        {"name": "c"},
    ]
    inventory = Reply(200, json.dumps({"data": {"models": rows}, "code": 200}).encode())
    health = {"data": {"service": "ACE-Step API"}, "code": 200}
    replies = [Reply(200, json.dumps(health).encode()), inventory, None, None]
    facts = json.loads(json.dumps(AceStepDialect().learn(replies)))
    found = AceStepDialect().with_facts(facts).capabilities.models
    assert {each.id: list(each.ways) for each in found} == {
        "a": ["cover"],
        "b": [],
        "c": ["cover", "repaint"],
    }


@pytest.mark.parametrize(
    ("dialect", "song", "problem"),
    [
        ("suno", replace(COVERING, model="suno-v5"), "way"),
        ("acestep", replace(ACE, way=EXTEND, span_start=1.0), "way"),
        ("acestep", replace(ACE, way=COVER), None),
        ("acestep", replace(ACE, way=COVER, source_track=None), "source_track"),
        ("acestep", replace(ACE, way="remix"), "way"),
        ("sunoapi", EXTENDING, None),
        ("sunoapi", replace(EXTENDING, span_start=None), "span_start"),
        ("sunoapi", replace(EXTENDING, span_start=0.0), "span_start"),
        ("sunoapi", replace(EXTENDING, custom_mode=False, prompt="x"), "way"),
        ("sunoapi", replace(COVERING, custom_mode=False, prompt="x"), None),
        ("sunoapi", replace(REPAINTING, span_end=30.0), "span_end"),
        ("sunoapi", replace(REPAINTING, span_start=-1.0), "span_start"),
    ],
)
def test_what_the_song_alone_shows(dialect: str, song: Song, problem: str | None) -> None:
    found = [each.field for each in song.problems(TABLES[dialect].models)]
    assert found == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("way", "span", "seconds", "size", "field"),
    [
        (COVER, (None, None), 480.0, 1000, None),
        (COVER, (None, None), 480.1, 1000, "source_track"),
        (COVER, (None, None), 200.0, (100 << 20) + 1, "source_track"),
        (EXTEND, (199.9, None), 200.0, 1000, None),
        (EXTEND, (200.0, None), 200.0, 1000, "span_start"),
        (REPAINT, (0.0, 10.0), 200.0, 1000, None),
        (REPAINT, (0.0, 9.9), 200.0, 1000, "span_end"),
        (REPAINT, (0.0, 100.1), 200.0, 1000, "span_end"),
        (REPAINT, (190.0, 200.1), 200.0, 1000, "span_end"),
    ],
)
def test_which_tracks_a_seller_takes(
    way: str, span: tuple[float, float], seconds: float, size: int, field: str | None
) -> None:
    data = TABLES["kie"].default_model.ways[way]
    found = unfit(way, data, *span, seconds, size)
    assert (found and found[0]) == field


def test_what_another_section_costs() -> None:
    prices = {name: TABLES[name].default_model.carrying(REPAINT).credits for name in TABLES}
    assert prices == {"suno": 24, "acestep": 0, "sunoapi": 12, "kie": 5}


class Recorder(httpx.AsyncBaseTransport):
    """Keeps the requests, and takes every upload."""

    def __init__(self) -> None:
        self.requests: list[tuple[httpx.Request, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request, await request.aread()))
        data = {"downloadUrl": AT, "taskId": "t", "task_id": "t"}
        return httpx.Response(200, json={"success": True, "code": 200, "data": data})


@pytest.mark.parametrize(
    ("base_url", "dialect", "host"),
    [
        ("https://api.kie.ai", "kie", "kieai.redpandaai.co"),
        ("https://api.sunoapi.org", "sunoapi", "sunoapiorg.redpandaai.co"),
        # To a proxy of the user's own, the key and the music go nowhere else.
        ("https://proxy.example", "kie", "proxy.example"),
        ("https://api.sunoapi.org", "kie", "api.sunoapi.org"),
    ],
)
async def test_the_key_goes_to_the_providers_own_hosts_only(
    tmp_path: Path, base_url: str, dialect: str, host: str
) -> None:
    file = tmp_path / "song.mp3"
    file.write_bytes(b"music")
    network = Recorder()
    client = Client(base_url, "sk-key", dialect_of(dialect), transport=network)
    source = await client.upload(COVERING, replace(SOURCE, path=file))
    assert source.address == AT
    ((request, body),) = network.requests
    assert request.url.host == host and request.url.scheme == "https"
    assert request.headers["Authorization"] == "Bearer sk-key"
    assert b"\r\n\r\nmusic\r\n" in body and b'filename="abababababababab.mp3"' in body


async def test_a_file_goes_along_with_the_song(tmp_path: Path) -> None:
    file = tmp_path / "song.mp3"
    file.write_bytes(b"music")
    network = Recorder()
    client = Client("http://127.0.0.1:1", None, dialect_of("acestep"), transport=network)
    song = replace(ACE, way=REPAINT, span_start=30.0, span_end=45.0)
    taken = await client.create(song, nonce="n", source=replace(SOURCE, path=file))
    assert taken == Accepted("t")
    ((request, body),) = network.requests
    assert request.headers["Content-Type"].startswith("multipart/form-data")
    for text in (b'name="src_audio"', b"music", b"\r\n\r\nrepaint\r\n", b"\r\n\r\nfalse\r\n"):
        assert text in body
    file.unlink()
    with pytest.raises(SourceTrouble) as caught:
        await client.create(song, nonce="n", source=replace(SOURCE, path=file))
    assert caught.value.settled and len(network.requests) == 1
