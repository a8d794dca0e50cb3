"""Damage to the catalog is told, and what was removed is gone."""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import Index, IngestError, NewDocument, StoreDamagedError
from ingest.index.catalog import CATALOG_NAME

Make = Callable[..., Index]
Fill = Callable[..., None]


def truth(index: Index) -> object:
    """All that a reader can see: lists, pages, chunks and vectors."""
    stored = [index.document(info.source) for info in index.documents()]
    return [
        (d.source, d.title, d.content_hash, d.pages, d.chunks, d.vectors.tobytes(), d.keys, d.notes)
        for d in stored
        if d is not None
    ]


def _seen(folder: Path, make_index: Make) -> tuple[list[str], object]:
    """Problems that verify or opening told, and what a reader sees."""
    try:
        index = make_index(folder, read_only=True)
    except IngestError as error:
        return [str(error)], None
    try:
        found = index.verify()
        view = None if found else (truth(index), [p.text for p in index.search("heron3 水獭")])
    except IngestError as error:
        return [str(error)], None
    finally:
        index.close()
    return found, view


def test_d10_no_flipped_bit_of_the_catalog_changes_an_answer_in_silence(
    make_index: Make, fill: Fill, tmp_path: Path
) -> None:
    index = make_index()
    fill(index, 12)
    index.catalog.vacuum()
    index.close()
    sound = index.catalog.path.read_bytes()
    folder = tmp_path / "flipped"
    told, expected = _seen(index.path, make_index)
    assert told == []
    rng = random.Random(11)
    silent, detected, named = [], 0, 0
    for _ in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        at, bit = rng.randrange(len(sound)), rng.randrange(8)
        damaged = bytearray(sound)
        damaged[at] ^= 1 << bit
        (folder / CATALOG_NAME).write_bytes(damaged)
        problems, view = _seen(folder, make_index)
        detected += bool(problems)
        named += any("/doc/" in problem for problem in problems)
        if not problems and view != expected:
            silent.append((at, bit))
    assert silent == []
    assert detected >= 50
    assert named >= 20


def test_d10_verify_names_the_document_and_the_others_can_still_be_read(
    make_index: Make, fill: Fill
) -> None:
    index = make_index()
    fill(index, 6)
    with index.catalog.write() as connection:
        connection.execute(
            "UPDATE chunks SET text = replace(text, 'eats', 'eat5') WHERE document = 3"
        )
    assert index.verify() == ["/doc/002.txt: its checksum differs"]
    with pytest.raises(StoreDamagedError, match=r"/doc/002\.txt"):
        index.search("fish2")
    assert index.search("fish4", k=1)[0].source == "/doc/004.txt"


def test_d10_a_damaged_index_of_words_is_told_and_made_anew(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 6)
    wanted = [passage.source for passage in index.search("heron3 dawn2")]
    with index.catalog.write() as connection:
        connection.execute("UPDATE lexical_content SET c0 = 'nothing' WHERE id = 5")
    assert any("index of words" in problem for problem in index.verify())
    with index.writing():
        index.rebuild()
    assert index.verify() == []
    assert [passage.source for passage in index.search("heron3 dawn2")] == wanted


def test_s16_what_was_removed_is_in_no_file_of_the_folder_any_more(
    make_index: Make, fill: Fill, new_document: Callable[..., NewDocument]
) -> None:
    before = os.umask(0)
    try:
        index = make_index()
        fill(index, 5)
        nonce = "q7zx0b5kw2vj8n4m1t6r3y9p0c5d2f8h"
        secret = new_document("/doc/secret.txt", [f"The word is {nonce}."])
        index.commit(secret)
        index.publish()
        traces = (nonce.encode(), secret.vectors[0].tobytes())

        def holding() -> list[str]:
            files = [path for path in index.path.rglob("*") if path.is_file()]
            return [p.name for p in files if any(t in p.read_bytes() for t in traces)]

        assert len(holding()) >= 2
        index.remove(["/doc/secret.txt"])
        index.publish()
        index.catalog.vacuum()
        assert holding() == []
        assert index.verify() == []
        modes = {stat.S_IMODE(path.stat().st_mode) for path in index.path.rglob("*")}
        assert modes <= {0o600, 0o700}
        assert stat.S_IMODE(index.path.stat().st_mode) == 0o700
    finally:
        os.umask(before)
