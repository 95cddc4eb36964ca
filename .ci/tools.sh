# What the scripts here share: words, and what Debian can install. Read by them.
# shellcheck shell=bash

say() {
    printf '\n== %s\n' "$*"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

skipped=()
# Goes on without what a part wanted.
skip() { # PART REASON
    echo "skipped: $1: $2"
    skipped+=("$1")
}

updated=
update() {
    if [[ -z $updated ]]; then
        apt-get update -qq || echo "apt-get update did not work; going on with what is known"
        updated=yes
    fi
}

install() { # PACKAGE...
    say "installing $*"
    if ! have apt-get || [[ $(id -u) != 0 ]]; then
        echo "not root on Debian; going on without $*"
        return
    fi
    export DEBIAN_FRONTEND=noninteractive
    update
    apt-get -o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends "$@" ||
        echo "apt-get install did not work; going on without $*"
}
