"""Prints the SHA-256 sums of what a release publishes in this folder, as `sha256sum` does."""

import hashlib
import pathlib

ENDINGS = (".tar.gz", ".tar.xz", ".zip", ".cdx.json", ".deb", ".crate", ".rb", ".yml")
NAMES = ("install.sh", "Containerfile")

for path in sorted(pathlib.Path().iterdir()):
    if path.name.endswith(ENDINGS) or path.name in NAMES or "-plugin-" in path.name:
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
