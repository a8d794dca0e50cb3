"""A folder of knowledge bases: listed, found, made, named, deleted, carried as one file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from ingest import Index

from ..errors import KnowledgeBaseFileError, ShelfError
from .kb_file import CATALOG, SUFFIX, Progress
from .knowledge_base import KnowledgeBase, describe
from .names import clean_name, free_name, name_key, read_name, write_name
from .pack import copy_catalog, pack
from .unpack import settle, unpack
from .workspace import home_of, making, put_up, shelf_lock, sweep, take_away

__all__ = ["Shelf", "open_shelf"]


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a knowledge base before it is opened."""

    id: str
    name: str
    path: Path
    own: bool


def open_shelf(*also: Path) -> Shelf:
    """The user's own shelf, with the knowledge base that is used when none is named, and others."""
    home = user_data_path("recollect")
    return Shelf(home / "shelf", also=[home / "kb", *also])


class Shelf:
    """Knowledge bases in one folder, and some that lie elsewhere.

    Safe for several threads and processes: what changes the shelf takes a lock, and a killed
    process leaves a knowledge base whole, or something hidden that the next `list` or `find`
    sweeps away. Wherever an id is wanted, a name will do.

    Args:
        folder: the shelf; made when something is put on it.
        also: folders of knowledge bases elsewhere: listed and named like the others, never
            deleted; one that is not there yet is left out.
    """

    def __init__(self, folder: Path, *, also: Sequence[Path] = ()) -> None:
        self.folder = folder.absolute()
        self._also = tuple(also)

    def __repr__(self) -> str:
        return f"Shelf({str(self.folder)!r})"

    def list(self) -> tuple[KnowledgeBase, ...]:
        """All knowledge bases, by name; a damaged one is among them with its problem."""
        sweep(self.folder)
        places = sorted(self._places(), key=lambda place: name_key(place.name))
        return tuple(_look(place) for place in places if place.path.is_dir())

    def find(self, id: str) -> KnowledgeBase:
        """The knowledge base of this id or name; letter case and width of a name do not count.

        Raises:
            ShelfError: there is none.
        """
        sweep(self.folder)
        return _look(self._place(id))

    def name_of(self, folder: Path) -> str:
        """What the knowledge base in this folder is called; if it is none of these, the folder."""
        found = (place.name for place in self._places() if place.path == folder.absolute())
        return next(found, folder.name)

    def create(self, name: str) -> KnowledgeBase:
        """Make an empty knowledge base.

        Args:
            name: in any language, up to 80 characters; what cannot be seen is taken out.

        Raises:
            ShelfError: the name is taken, empty or too long, or the folder cannot be written.
            StoreError: or a child of it: the shelf cannot be locked.
        """
        name = clean_name(name)
        with making(self.folder) as folder:
            Index(folder).close()
            write_name(folder, name)
            with shelf_lock(self.folder):
                self._require_free(name)
                put_up(folder)
        return self.find(home_of(folder).name)

    def rename(self, id: str, name: str) -> KnowledgeBase:
        """Call a knowledge base something else; its id and its folder stay.

        Raises:
            ShelfError: there is none, or the name is taken, empty or too long.
        """
        name = clean_name(name)
        with shelf_lock(self.folder):
            place = self._place(id)
            self._require_free(name, but=place.id)
            write_name(place.path, name)
        return self.find(place.id)

    def delete(self, id: str) -> None:
        """Delete a knowledge base with its uploads and conversations; close it before.

        Its name is free at once. A deletion that is interrupted is finished by the next `list`.

        Raises:
            ShelfError: there is none, it lies elsewhere, or its files cannot be removed.
            StoreLockedError: somebody writes to it.
        """
        with shelf_lock(self.folder):
            place = self._place(id)
            if not place.own:
                raise ShelfError(
                    f"{place.name!r} lies in {str(place.path)!r}, not on the shelf; "
                    "delete that folder yourself if you mean it."
                )
            take_away(self.folder, place.path)

    def export(self, id: str, target: Path, progress: Progress | None = None) -> Path:
        """Write a knowledge base to one file; others may read it and write to it meanwhile.

        In the file are the documents as one moment shows them, with pages, chunks and vectors,
        and the files that were uploaded. Conversations are not in it, nor is what was removed, nor
        any cache.

        Args:
            id: of the knowledge base.
            target: the file, replaced if it is there; ".recollect.zip" is added if it is missing.
            progress: is told bytes written and bytes of the whole.

        Returns:
            Where it is.

        Raises:
            ShelfError: there is no such knowledge base, or `target` cannot be written.
            StoreError: or a child of it: the knowledge base cannot be read, or is damaged.
        """
        place = self._place(id)
        if not target.name.lower().endswith(SUFFIX):
            target = target.with_name(f"{target.name}{SUFFIX}")
        if target.is_dir():
            raise KnowledgeBaseFileError(f"{str(target)!r} is a folder; name a file.")
        with making(self.folder) as workspace:
            copy_catalog(place.path, workspace)
            pack(place.path, workspace, place.name, target, progress)
        return target

    def import_file(
        self, source: Path, name: str | None = None, progress: Progress | None = None
    ) -> KnowledgeBase:
        """Put the knowledge base of a file that `export` wrote on the shelf, whole or not at all.

        Args:
            source: the file; it may come from a stranger.
            name: None takes the one in the file; a taken one gets " (2)".
            progress: is told bytes read and bytes of the whole.

        Raises:
            ShelfError: the name cannot be used.
            KnowledgeBaseFileError: the file cannot be used; nothing of it is left.
            StoreError: or a child of it: the shelf cannot be locked.
        """
        wanted = None if name is None else clean_name(name)
        with making(self.folder) as folder:
            manifest = unpack(source, folder, progress)
            settle(folder, home_of(folder), manifest, source)
            with shelf_lock(self.folder):
                taken = {
                    key for place in self._places() for key in (place.id, name_key(place.name))
                }
                write_name(folder, free_name(wanted or clean_name(manifest.name), taken))
                put_up(folder)
        return self.find(home_of(folder).name)

    def _place(self, id: str) -> _Place:
        places = {place.id: place for place in self._places()}
        named = {name_key(place.name): place for place in places.values()}
        found = places.get(id) or named.get(name_key(id))
        if found is None:
            known = ", ".join(repr(place.name) for place in places.values()) or "none yet"
            raise ShelfError(f"There is no knowledge base {id!r}; known are: {known}.")
        return found

    def _require_free(self, name: str, but: str = "") -> None:
        for place in self._places():
            if place.id != but and name_key(name) in (name_key(place.name), place.id):
                raise ShelfError(
                    f"There is a knowledge base {place.name!r} ({place.id}) already; "
                    "choose another name, or rename that one first."
                )

    def _places(self) -> Iterator[_Place]:
        """Every knowledge base, without opening it; no two have the same name."""
        taken: set[str] = set()
        for id, path, own in [*self._own(), *self._elsewhere()]:
            name = free_name(read_name(path), taken)
            taken.add(name_key(name))
            yield _Place(id, name, path, own)

    def _own(self) -> Iterator[tuple[str, Path, bool]]:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    yield entry.name, self.folder / entry.name, True

    def _elsewhere(self) -> Iterator[tuple[str, Path, bool]]:
        for path in dict.fromkeys(path.absolute() for path in self._also):
            folder = path.resolve()
            if folder.parent != self.folder.resolve() and _is_there(folder / CATALOG):
                yield hashlib.sha256(os.fsencode(folder)).hexdigest()[:8], path, False


def _look(place: _Place) -> KnowledgeBase:
    return describe(place.id, place.name, place.path, own=place.own)


def _is_there(file: Path) -> bool:
    """Whether there is a file, or nobody may look: then opening it will tell the reason."""
    try:
        return file.exists()
    except PermissionError:
        return True
    except OSError:  # no such path can be
        return False
