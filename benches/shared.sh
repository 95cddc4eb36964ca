# What the scripts here share: a folder that goes with them, tools, the programs to measure. Read by them.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$repository/target}

need() { # TOOL...
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || {
            echo "$tool is not installed; \`apt-get install $tool\`" >&2
            exit 1
        }
    done
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Says in `programs` where they are: in ICR_CF_BIN, or built here as for a release.
find_programs() { # WORD OF CARGO...
    programs=${ICR_CF_BIN:-}
    [[ -z $programs ]] || return 0
    cargo build --quiet --release --locked --manifest-path "$repository/Cargo.toml" "$@"
    programs=$target/release
}
