"""Packs a folder: `archive.py WORK NAME DIST [QUICK]` makes DIST/NAME.tar.gz and DIST/NAME.tar.xz, or .zip for
Windows. Every system unpacks the first; the second is a fifth smaller.

Owns the bytes of an archive: the same files and SOURCE_DATE_EPOCH make the same archive, on every system.
"""

import gzip
import io
import lzma
import os
import pathlib
import sys
import tarfile
import time
import zipfile


def main(work: str, name: str, dist: str, quick: str = "") -> None:
    root = pathlib.Path(work)
    moment = int(os.environ["SOURCE_DATE_EPOCH"])
    paths = sorted([root / name, *(root / name).rglob("*")], key=lambda path: path.relative_to(root).as_posix())
    if "-windows-" in name:
        pack_zip(root, paths, moment, pathlib.Path(dist, f"{name}.zip"))
    else:
        tar = tarred(root, paths, moment)
        with open(pathlib.Path(dist, f"{name}.tar.gz"), "wb") as raw:
            with gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
                packed.write(tar)
        preset = 0 if quick else 9 | lzma.PRESET_EXTREME
        pathlib.Path(dist, f"{name}.tar.xz").write_bytes(lzma.compress(tar, preset=preset))


def mode_of(path: pathlib.Path) -> int:
    # Windows knows no mode: the programs are known by where they lie.
    return 0o755 if path.is_dir() or path.name in ("icr-cf", "icr-cf.exe") else 0o644


def tarred(root: pathlib.Path, paths: list, moment: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in paths:
            entry = tarfile.TarInfo(path.relative_to(root).as_posix())
            entry.mtime, entry.mode = moment, mode_of(path)
            if path.is_dir():
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = path.stat().st_size
                with open(path, "rb") as data:
                    archive.addfile(entry, data)
    return out.getvalue()


def pack_zip(root: pathlib.Path, paths: list, moment: int, target: pathlib.Path) -> None:
    # A ZIP file knows no day before 1980.
    day = max(time.gmtime(moment)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in paths:
            name = path.relative_to(root).as_posix() + ("/" if path.is_dir() else "")
            entry = zipfile.ZipInfo(name, day)
            entry.create_system = 3
            kind = 0o040000 if path.is_dir() else 0o100000
            entry.external_attr = (kind | mode_of(path)) << 16
            entry.compress_type = zipfile.ZIP_STORED if path.is_dir() else zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
