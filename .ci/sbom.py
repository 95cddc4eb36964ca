"""Prints the SBOM of the program for a target: `sbom.py TARGET`, CycloneDX 1.5 as JSON.

What is in it comes from `cargo tree` (which crates, for that target and with the features that are on) and
Cargo.lock (their sums). Nothing in it changes from run to run. cargo-cyclonedx is left out: it knows no
sums of Cargo.lock, and takes minutes to build where nobody has it.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE = re.compile(r"^(\d+) (\S+) v(\S+)(?: \(([^)]*)\))?(?: \([^)]*\))?\|(.*)$")


def tree(target: str, edges: str) -> list:
    """The rows of `cargo tree`: depth, name, version, licence."""
    words = ["tree", "--package", "icr-cf", "--locked", "--target", target, "--edges", edges]
    words += ["--prefix", "depth", "--no-dedupe", "--format", " {p}|{l}"]
    told = subprocess.run(
        [os.environ.get("CARGO", "cargo"), *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    rows = [LINE.match(line) for line in told.stdout.splitlines() if line]
    return [(int(row[1]), row[2], row[3], row[5]) for row in rows]


def sums() -> dict:
    with open(ROOT / "Cargo.lock", "rb") as lock:
        packages = tomllib.load(lock)["package"]
    return {(each["name"], each["version"]): each.get("checksum") for each in packages}


def purl(name: str, version: str) -> str:
    return f"pkg:cargo/{name}@{version.replace('+', '%2B')}"


def component(name: str, version: str, licence: str, checksum: str | None, runs: bool) -> dict:
    told = {"type": "library", "bom-ref": purl(name, version), "name": name, "version": version}
    # A crate that only compiles others (macros, build scripts) is no part of the program.
    told["scope"] = "required" if runs else "excluded"
    if checksum:
        told["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    # `MIT/Apache-2.0` is how older crates write an `OR`.
    told["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    told["purl"] = purl(name, version)
    return told


def bom(target: str) -> dict:
    rows = tree(target, "normal,build")
    running = {(name, version) for _, name, version, _ in tree(target, "normal,no-proc-macro")}
    checksums = sums()
    crates, needs, above = {}, {}, []
    for depth, name, version, licence in rows:
        above[depth:] = [purl(name, version)]
        crates[name, version] = licence
        needs.setdefault(purl(name, version), set())
        if depth:
            needs[above[depth - 1]].add(purl(name, version))
    (_, name, version, licence), *_ = rows
    del crates[name, version]
    main = {"type": "application", "bom-ref": purl(name, version), "name": name, "version": version}
    main["licenses"] = [{"expression": licence}]
    main["purl"] = purl(name, version)
    components = [
        component(*crate, crates[crate], checksums.get(crate), crate in running) for crate in sorted(crates)
    ]
    moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same contents have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, target + json.dumps(components))}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
            "component": main,
            "properties": [{"name": "icr-cf:target", "value": target}],
        },
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": sorted(needs[ref])} for ref in sorted(needs)],
    }


if __name__ == "__main__":
    json.dump(bom(sys.argv[1]), sys.stdout, indent=1, ensure_ascii=False)
    print()
