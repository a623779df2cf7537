"""A song through the real engine, as the studio's worker has it made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import miniaudio

from suno_tui.providers.client import Client
from suno_tui.providers.song import Song
from suno_tui.server.in_process import OwnerTransport
from suno_tui.server.service import Service


async def test_a_song_becomes_two_different_takes(tmp_path: Path) -> None:
    song = Song(
        model="suno-v5_5",
        custom_mode=True,
        title="Summer Nights",
        style="Pop, Indie",
        lyrics="[Verse]\nWalking down the empty street\n\n[Chorus]\nSummer nights, we come alive",
    )
    service = Service(tmp_path / "local", credits_per_task=0, target_seconds=6)
    client = Client("http://local", None, transport=OwnerTransport(service))
    async with service:
        task_id = (await client.create(song, nonce="n-1")).id
        async with asyncio.timeout(60):
            while (task := await client.task(task_id)).status not in ("completed", "failed"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert task.error is None
        assert len(task.results) == 2
        sounds = []
        for number, take in enumerate(task.results):
            assert take.title == "Summer Nights"
            path = tmp_path / f"{number}.mp3"
            await client.download(take.url, path, most=2**24)
            decoded = miniaudio.mp3_read_file_s16(str(path))
            assert take.duration is not None
            assert abs(decoded.duration - take.duration) < 0.1
            sounds.append(path.read_bytes())
        assert sounds[0] != sounds[1]
    await client.aclose()
