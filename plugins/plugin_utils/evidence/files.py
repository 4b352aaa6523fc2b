# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a record, read and written without ever leaving its directory.

A record may come from somebody else: a symbolic link, a device or a huge file in it must not lead out of it, hang us or
fill the memory. Each step of a path is therefore opened relative to the one before, links refused.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol


class Files(Protocol):
    """What a reader of records needs. A path is given as its components; OSError where something cannot be read."""

    def names(self, *directory: str) -> list[str]:
        """The names in a directory, sorted; [] when there is no such directory."""

    def read(self, *path: str, cap: int) -> tuple[bytes, bool]:
        """At most `cap` bytes from the start of a regular file, and whether there are more."""


class Directory:
    """The files below one directory of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, *directory: str) -> list[str]:
        try:
            with self._opened(directory) as handle:
                return sorted(name for name in os.listdir(handle) if not name.startswith("."))  # noqa: PTH208 (a descriptor)
        except OSError:
            return []

    def read(self, *path: str, cap: int) -> tuple[bytes, bool]:
        with self._opened(path[:-1]) as handle:
            # O_NONBLOCK: opening a named pipe must not wait for a writer.
            file = os.open(_component(path[-1]), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
            with os.fdopen(file, "rb") as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    raise OSError(f"{path[-1]} is not a regular file")
                data = stream.read(cap + 1)
        return data[:cap], len(data) > cap

    @contextmanager
    def reading(self, *path: str) -> Iterator[IO[bytes]]:
        """A regular file as a stream, for what is too large to be held."""
        with self._opened(path[:-1]) as handle:
            file = os.open(_component(path[-1]), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise OSError(f"{path[-1]} is not a regular file")
            yield stream

    def stamps(self, *directory: str) -> dict[str, str]:
        """Size and time of the files in a directory by their names: by these a change can be told without reading."""
        try:
            with self._opened(directory) as handle:
                found = {}
                for name in sorted(os.listdir(handle)):  # noqa: PTH208 (a descriptor)
                    if not name.startswith("."):
                        file = os.stat(name, dir_fd=handle, follow_symlinks=False)
                        found[name] = f"{file.st_size}-{file.st_mtime_ns}"
                return found
        except OSError:
            return {}

    def write(self, *path: str, data: bytes) -> None:
        """Write a file of mode 0600 in one step: readers see the old one or the new one, whole."""
        with self.writing(*path) as stream:
            stream.write(data)

    @contextmanager
    def writing(self, *path: str) -> Iterator[IO[bytes]]:
        """Like write(), as a stream; if the block is left by an exception, nothing was written."""
        with self._opened(path[:-1], create=True) as handle:
            name = _component(path[-1])
            temporary = f".{name[:100]}.{secrets.token_hex(6)}"
            file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=handle)
            try:
                with os.fdopen(file, "wb") as stream:
                    yield stream
                os.rename(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
            except BaseException:
                os.unlink(temporary, dir_fd=handle)
                raise

    @contextmanager
    def _opened(self, directory: tuple[str, ...], create: bool = False) -> Iterator[int]:
        """A descriptor of a directory; with `create`, the missing steps are made with mode 0700."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        handle = os.open(self.root, flags)  # the record itself may be reached by a link: the user gave its path
        try:
            for name in directory:
                try:
                    inner = os.open(_component(name), flags | os.O_NOFOLLOW, dir_fd=handle)
                except FileNotFoundError:
                    if not create:
                        raise
                    _make(name, handle)
                    inner = os.open(name, flags | os.O_NOFOLLOW, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)


def _make(name: str, parent: int) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)


def _component(name: str) -> str:
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise OSError(f"{name!r} is not a file name")
    return name
