"""Makes a delivered text file readable as UTF-8 without lines too long for DuckDB: one pass, a copy only when needed.

A gzip file is unpacked in that pass: what it holds is most often UTF-8 and needs no second one.
"""

import codecs
import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from charset_normalizer import from_bytes

from pipelines.landing.refused_file import RefusedFile

# DuckDB silently loses a line longer than its buffer, so longer lines are removed before it reads.
LONGEST_LINE = 2_000_000
_CHUNK = 1 << 20
# Text packs to a tenth, a table of zeroes to a hundredth; gzip can do a thousandth, and only what is made to fill a disk does.
_MOST_UNPACKED, _HIGHEST_RATIO = 1 << 30, 300
_SAMPLE = 1 << 18
_KEPT_OF_LONG_LINE = 1_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What the systems of our countries write. With more single-byte codecs to choose from, short files are detected as a
# similar codec (cp1250 for cp1252); the others must be declared.
_CANDIDATES = ["cp1252", "gb18030", "big5", "shift_jis", "euc_kr"]


@dataclass
class TextFile:
    """A file that DuckDB can read: its path, its number of lines, and what was removed or replaced."""

    path: Path
    encoding: str
    line_count: int
    has_replacements: bool = False
    long_lines: list[tuple[int, str]] = field(default_factory=list)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    packed, unpacked = path.stat().st_size, 0
    try:
        with _open(path) as stream:
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > max(_MOST_UNPACKED, packed * _HIGHEST_RATIO):
                    raise RefusedFile(
                        f"the gzip file of {packed / 1e6:,.1f} MB unpacks to more than {unpacked / 1e9:,.1f} GB; deliver it unpacked if "
                        "that is right"
                    )
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise RefusedFile("the gzip file is cut off or damaged; have it delivered again") from error


@dataclass
class _Scan:
    """What one pass over the bytes of a file found."""

    is_utf8: bool
    is_ascii: bool
    line_count: int
    longest_line: int
    sample: bytes


def _scan(chunks: Iterable[bytes]) -> _Scan:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_ascii, newlines, longest, open_length = True, True, 0, 0, 0
    sample, last = b"", b""
    for chunk in chunks:
        if len(sample) < _SAMPLE:
            sample += chunk[: _SAMPLE - len(sample)]
        is_ascii = is_ascii and chunk.isascii()
        if is_utf8 and not is_ascii:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        count = chunk.count(b"\n")
        newlines += count
        if count:
            longest = max(longest, open_length + chunk.find(b"\n"))
            open_length = len(chunk) - chunk.rfind(b"\n") - 1
        else:
            open_length += len(chunk)
        last = chunk[-1:]
    if is_utf8 and not is_ascii:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return _Scan(
        is_utf8=is_utf8,
        is_ascii=is_ascii,
        line_count=newlines + (last not in (b"", b"\n")),
        longest_line=max(longest, open_length),
        sample=sample,
    )


def _encoding(scan: _Scan, declared: str | None) -> str:
    """The codec to read with.

    Raises RefusedFile: a single-byte codec is declared, the bytes are UTF-8 beyond doubt; or nothing fits.
    """
    bom = next((name for mark, name in _BOMS if scan.sample.startswith(mark)), None)
    if bom is not None:
        return bom
    if declared is not None:
        codec = codecs.lookup(declared).name
        if scan.is_utf8 and not scan.is_ascii and codec not in ("utf-8", "utf-8-sig"):
            raise RefusedFile(
                f"the contract declares encoding {declared}, but the bytes are UTF-8; declare encoding: utf-8"
            )
        return codec
    if scan.is_utf8:
        return "utf-8"
    best = from_bytes(scan.sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        raise RefusedFile("the encoding could not be detected; declare it under files: encoding")
    return best.encoding


def readable(path: Path, declared: str | None, scratch: Path, one_newline: bool = False) -> TextFile:
    """The file as UTF-8, plain, with lines of at most LONGEST_LINE bytes.

    `one_newline` asks for a copy in which every line ends the same way.
    Raises RefusedFile: a damaged gzip file, an encoding that contradicts the contract or cannot be detected.
    """
    if path.suffix.lower() == ".gz":
        unpacked = scratch / "unpacked.txt"
        scan, path = _scan(_unpacking(path, unpacked)), unpacked
    else:
        scan = _scan(_chunks(path))
    encoding = _encoding(scan, declared)
    is_plain = encoding in ("utf-8", "utf-8-sig", "ascii") and scan.is_utf8
    if is_plain and scan.longest_line <= LONGEST_LINE and not one_newline:
        return TextFile(path, encoding, scan.line_count)
    return _copy(path, encoding, scratch / "delivery.txt")


def _unpacking(path: Path, target: Path) -> Iterator[bytes]:
    """The chunks of a gzip file, written to `target` as they pass."""
    with target.open("wb") as out:
        for chunk in _chunks(path):
            out.write(chunk)
            yield chunk


def _copy(path: Path, encoding: str, target: Path) -> TextFile:
    """Writes the file to `target` as UTF-8 with \\n line ends; long lines are left out and their first signs kept by number."""
    copy = TextFile(target, encoding, 0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    held, number, skipping = "", 0, False
    with target.open("w", encoding="utf-8", newline="") as out:
        for chunk in _chunks_and_end(path):
            decoded = decoder.decode(chunk, final=not chunk)
            copy.has_replacements = copy.has_replacements or "\ufffd" in decoded
            lines = (held + decoded).replace("\r\n", "\n").split("\n")
            held = lines.pop()
            for line in lines:
                number += 1
                if skipping or len(line) > LONGEST_LINE:
                    if not skipping:
                        copy.long_lines.append((number, line[:_KEPT_OF_LONG_LINE]))
                    skipping = False
                else:
                    out.write(line + "\n")
                    copy.line_count += 1
            if len(held) > LONGEST_LINE:
                if not skipping:
                    copy.long_lines.append((number + 1, held[:_KEPT_OF_LONG_LINE]))
                    skipping = True
                held = ""
        if held and not skipping:
            out.write(held)
            copy.line_count += 1
    return copy


def _chunks_and_end(path: Path) -> Iterator[bytes]:
    yield from _chunks(path)
    yield b""
