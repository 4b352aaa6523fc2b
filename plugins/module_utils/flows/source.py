# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a dump comes from: a tool that is run with a deadline, or a file. PRIVATE to the collection: may change without notice.

Nothing but what COMMANDS lists is ever run, and none of it changes anything.
"""

from __future__ import absolute_import, division, print_function

import errno
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import zlib

__metaclass__ = type

# By tool: its commands for showing and for dumping a datapath, one pair for each generation of the tool, the newest first.
COMMANDS = {
    "mm-dpctl": (
        (
            ("mm-dpctl", "--timeout", "{timeout}", "datapath", "--show", "{datapath}"),
            ("mm-dpctl", "--timeout", "{timeout}", "datapath", "--dump", "{datapath}"),
        ),
        (
            ("mm-dpctl", "--timeout", "{timeout}", "--show-dp", "{datapath}"),
            ("mm-dpctl", "--timeout", "{timeout}", "--dump-dp", "{datapath}"),
        ),
    ),
    "ovs-dpctl": ((("ovs-dpctl", "show", "{datapath}"), ("ovs-dpctl", "dump-flows", "{datapath}")),),
    "ovs-appctl": ((("ovs-appctl", "dpctl/show", "{datapath}"), ("ovs-appctl", "dpctl/dump-flows", "-m", "{datapath}")),),
}
# mm-dpctl since 5.4.6 can leave its flows unsorted, which spares it the memory for all of them.
NO_SORT = "--no-sort"

_DATAPATH = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,63}\Z")
_FLOWS = re.compile(br"^\s*Flows\s*:?\s*([0-9]{1,12})\s*$", re.IGNORECASE | re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_GZIP = b"\x1f\x8b"
_MOST_ERRORS = 4096
_MOST_SHOWN = 1 << 20


class SourceError(Exception):
    """There is no dump; one line says why."""


def commands(tool, datapath, timeout, no_sort=False):
    """Pairs of argument vectors (show, dump) to try. SourceError for a name that no datapath has."""
    if not _DATAPATH.match(datapath):
        raise SourceError("not the name of a datapath: " + repr(datapath[:64]))
    values = {"datapath": datapath, "timeout": str(max(1, int(timeout)))}
    pairs = []
    for show, dump in COMMANDS[tool]:
        pair = [[word.format(**values) for word in command] for command in (show, dump)]
        if no_sort and "--dump" in dump:
            pair[1].append(NO_SORT)
        pairs.append(pair)
    return pairs


class Command:
    """A command whose output is read like a file: to its end, or until the deadline.

    Then the command is killed with everything that it started, and `reason` says so.
    """

    def __init__(self, argv, seconds):
        self.argv = argv
        self.seconds = seconds
        self.deadline = _now() + seconds
        self.reason = ""
        self.code = None
        self._errors = tempfile.TemporaryFile()
        with open(os.devnull, "rb") as nothing:
            try:
                # The dump is read while the tool runs, with a deadline; run_command would keep all of it in memory.
                # pylint: disable-next=ansible-bad-function
                self._process = subprocess.Popen(
                    argv,
                    stdin=nothing,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    env=dict(os.environ, LC_ALL="C"),
                    preexec_fn=os.setsid,  # a group of its own, which can be killed as a whole; start_new_session is not in 2.7
                )
            except OSError as problem:
                self._errors.close()
                raise SourceError("cannot run %s: %s" % (argv[0], problem.strerror))
        self._output = self._process.stdout.fileno()

    def read(self, size):
        """At most `size` bytes; fewer only at the end, nothing after it."""
        pieces, left = [], size
        while left and not self.reason:
            try:
                ready = select.select([self._output], [], [], max(0, self.deadline - _now()))[0]
                if not ready:
                    self.reason = "stopped after %g s" % self.seconds
                    break
                piece = os.read(self._output, left)
            except (OSError, select.error) as problem:
                if problem.args[0] == errno.EINTR:
                    continue
                raise
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def close(self):
        """End the command; its exit code, None when it had to be killed."""
        while not self.reason and self._process.poll() is None and _now() < self.deadline:
            time.sleep(0.01)
        if self._process.poll() is None and not self.reason:
            self.reason = "stopped after %g s" % self.seconds
        # What the command left running in its group goes too.
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except OSError:
            pass
        code = self._process.wait()
        self.code = None if self.reason else code
        self._process.stdout.close()
        return self.code

    def errors(self):
        """The last line of what the command said on its standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _MOST_ERRORS))
        return last_line(self._errors.read())


def _now():
    # No other clock of Python 2.7 goes on by itself; a step of the host's clock moves the deadline there.
    return getattr(time, "monotonic", time.time)()


def last_line(data):
    """The last line that says something, without colours, "" when there is none."""
    lines = [line.strip() for line in _ANSI.sub("", data.decode("utf-8", "replace")).splitlines()]
    lines = [line for line in lines if line and not line.startswith("at ")]
    return lines[-1][:300] if lines else ""


def show(argv, seconds):
    """What a command says and its exit code; what it says wrong when the code is not 0. For small answers."""
    command = Command(argv, seconds)
    try:
        said = command.read(_MOST_SHOWN)
    finally:
        code = command.close()
    return code, said, command.reason or command.errors() or last_line(said) or "exit code %s" % code


def number_of_flows(said):
    """The number of flows in what `show` said, None when it is not there."""
    found = _FLOWS.search(said)
    return int(found.group(1)) if found else None


class File:
    """A file, compressed by gzip or not, read like a stream; `reason` says why it could not be read to its end."""

    def __init__(self, path):
        self.reason = ""
        try:
            if not os.path.isfile(path):
                raise SourceError("no such file: " + path)
            self._file = open(path, "rb")
            packed = self._file.read(2) == _GZIP
            self._file.seek(0)
        except (IOError, OSError) as problem:
            raise SourceError("cannot read %s: %s" % (path, problem.strerror or problem))
        self._packed = _Unpacked(self._file) if packed else None

    def read(self, size):
        """At most `size` bytes; a damaged file ends early, but what was read before is there."""
        if self.reason:
            return b""
        try:
            return (self._packed or self._file).read(size)
        except (IOError, OSError, zlib.error) as problem:
            self.reason = "the file cannot be read any further: %s" % problem
            return b""

    def close(self):
        """Close it."""
        self._file.close()


class _Unpacked:
    """What a gzip file holds. Not gzip.open(), which of a cut file loses what it had unpacked last."""

    def __init__(self, packed):
        self._packed = packed
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._left = b""

    def read(self, size):
        while True:
            data = self._left or self._packed.read(1 << 16)
            if not data:
                # An unpacker that is done leaves what follows; one that is not takes it.
                self._unpacker.decompress(b"\0")
                if not self._unpacker.unused_data:
                    raise IOError("it ends early")
                return b""
            piece = self._unpacker.decompress(data, size)
            self._left = self._unpacker.unconsumed_tail
            if self._unpacker.unused_data:
                # Another gzip file may be appended.
                self._left = self._unpacker.unused_data
                self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            if piece:
                return piece
