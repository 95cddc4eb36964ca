#!/bin/sh
# Installs icr-cf for one user, without root: `sh install.sh [--version VERSION] [--to FOLDER] [--from URL]`.
# Takes the archive for this system, holds it against its SHA-256 sum before anything is unpacked, and runs
# nothing that it could not verify. Needs sh, curl, tar and one of sha256sum and shasum.
set -eu

# Where the releases are and which one this script belongs to: written here when a release is made.
# `{version}` in an address is the place of the version.
stamped_releases=''
stamped_version=''

usage() {
    cat <<'USAGE'
Installs icr-cf, and docker-credential-icr-cf beside it.

usage: sh install.sh [--version VERSION] [--to FOLDER] [--from URL]

  --version VERSION  that release; else the one that this script came with, or the one that is there
  --to FOLDER        where the program goes; else ~/.local/bin
  --from URL         the folder with the archives and SHA256SUMS; `{version}` in it is replaced; else the
                     variable ICR_CF_RELEASES, else the releases that this script came with
USAGE
}

fail() { # CODE MESSAGE [HINT]
    echo "error: $2" >&2
    [ -z "${3:-}" ] || echo "hint: $3" >&2
    exit "$1"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# What is ours and unfinished goes on each way out.
work=
staged=
curl=
clean() {
    [ -z "$curl" ] || kill "$curl" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
    [ -z "$staged" ] || rm -f "$staged"
}

read_arguments() {
    version=''
    to=''
    from=${ICR_CF_RELEASES:-}
    while [ $# -gt 0 ]; do
        case $1 in
        --version | --to | --from)
            [ -n "${2:-}" ] || fail 2 "\`$1\` needs a value" "sh install.sh --help"
            case $1 in
            --version) version=${2#v} ;;
            --to) to=$2 ;;
            --from) from=$2 ;;
            esac
            shift 2
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) fail 2 "there is no argument \`$1\`" "sh install.sh --help" ;;
        esac
    done
    case $version in
    *[!0-9A-Za-z.+-]*) fail 2 "\`$version\` is no version" "write it as in \`--version 1.2.3\`" ;;
    esac
    if [ -z "$from" ]; then
        [ -n "$stamped_releases" ] || fail 78 "this copy of install.sh does not know where the releases are" \
            "name the folder with the archives and SHA256SUMS: \`sh install.sh --from URL\`, or ICR_CF_RELEASES=URL"
        from=$stamped_releases
        version=${version:-$stamped_version}
    fi
    case $from in
    *'{version}'*)
        [ -n "$version" ] || fail 2 "the address has a place for the version, and there is none" \
            "add \`--version VERSION\`"
        from=${from%%"{version}"*}$version${from#*"{version}"}
        ;;
    esac
    from=${from%/}
    case $from in
    https://*) protocol='https' ;;
    file://*) protocol='file' ;;
    http://localhost[:/]* | http://127.0.0.1[:/]*) protocol='http' ;;
    http://*) fail 2 "anybody on the way can change what comes by http://" "write https:// in place of it" ;;
    *) fail 2 "\`$from\` is no address" "write it with https:// or file:// in front" ;;
    esac
    if [ -z "$to" ]; then
        [ -n "${HOME:-}" ] || fail 78 "HOME is not set" "name the folder: \`sh install.sh --to FOLDER\`"
        to=$HOME/.local/bin
    fi
}

find_target() {
    system=$(uname -s)
    machine=$(uname -m)
    # A shell that Rosetta runs says x86_64 on an arm64 machine.
    if [ "$system" = Darwin ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null || echo 0)" = 1 ]; then
        machine=arm64
    fi
    case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail 78 "there is no program for $system on $machine" \
        "build it: \`cargo install --locked --path .\` in a copy of the repository" ;;
    esac
    case $system in
    Linux) target=$machine-unknown-linux-musl ;;
    Darwin) target=$machine-apple-darwin ;;
    MINGW* | MSYS* | CYGWIN* | Windows*) fail 78 "this script is for Linux and macOS" \
        "unpack the .zip archive for x86_64-pc-windows-gnu into a folder of your PATH" ;;
    *) fail 78 "there is no program for $system on $machine" \
        "build it: \`cargo install --locked --path .\` in a copy of the repository" ;;
    esac
}

find_tools() {
    have curl || fail 78 "curl is not installed" \
        "install it (\`apt-get install curl\`, \`apk add curl\`, \`dnf install curl\`), or unpack the archive by hand"
    have tar || fail 78 "tar is not installed" "install tar, and for .gz gzip"
    if have sha256sum; then
        sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }
    elif have shasum; then
        sum_of() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
    else
        fail 78 "neither sha256sum nor shasum is installed, so nothing can be verified" \
            "install coreutils, or perl for shasum"
    fi
}

# A signal ends the wait, and with it curl; a shell that runs curl itself would hear it afterwards.
download() { # NAME
    curl --fail --silent --show-error --location --proto "=$protocol" --proto-redir "=$protocol" \
        --connect-timeout 30 --max-time 600 --output "$work/$1" "$from/$1" &
    curl=$!
    wait "$curl" || fail 69 "cannot download \`$from/$1\`" "is the address right, and does the release exist?"
    curl=
}

# The one archive for this system among the sums; without a version there has to be but one. That of xz
# where it can be unpacked, since it is smaller.
find_archive() {
    download SHA256SUMS
    pack=gz
    if have xz && archives_with xz | grep -q "^icr-cf-${version:-.*}-$target"; then
        pack=xz
    fi
    archives=$(archives_with "$pack")
    if [ -n "$version" ]; then
        archive=icr-cf-$version-$target.tar.$pack
        printf '%s\n' "$archives" | grep -Fqx "$archive" ||
            fail 65 "SHA256SUMS has no line for \`$archive\`, so it cannot be verified" \
                "choose one that is there: $(printf '%s' "$archives" | tr '\n' ' ')"
        return
    fi
    # shellcheck disable=SC2086
    set -- $archives
    case $# in
    0) fail 65 "SHA256SUMS has no line for $target, so nothing can be verified" "is \`$from\` a release of icr-cf?" ;;
    1) archive=$1 ;;
    *) fail 2 "there are several releases: $*" "choose one with \`--version\`" ;;
    esac
}

archives_with() { # gz OR xz
    sed -n "s/^[0-9a-f]\{64\} [ *]\(icr-cf-[0-9A-Za-z.+-]*-$target\.tar\.$1\)\$/\1/p" "$work/SHA256SUMS"
}

verify() {
    wanted=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$work/SHA256SUMS" | head -n 1)
    seen=$(sum_of "$work/$archive")
    [ "${wanted:-none}" = "$seen" ] || fail 65 "\`$archive\` is not what SHA256SUMS says; nothing was unpacked
  wanted: $wanted
  seen:   $seen" "the download may be cut short: run it again; if it stays so, do not use that archive"
}

unpack() { # ARCHIVE
    case $1 in
    *.xz) xz -dc "$1" | tar -xf - -C "$work" ;;
    *) tar -xzf "$1" -C "$work" ;;
    esac
}

place() {
    [ -d "$to" ] || mkdir -p "$to" 2>/dev/null || fail 74 "cannot make the folder \`$to\`" \
        "choose another with \`--to FOLDER\`"
    staged=$to/.icr-cf.$$
    { unpack "$work/$archive" && cp "$work/${archive%.tar.*}/icr-cf" "$work/program"; } ||
        fail 65 "\`$archive\` does not hold the program" "report it; it is as it was published"
    cp "$work/program" "$staged" 2>/dev/null || fail 74 "cannot write to \`$to\`" \
        "choose another folder with \`--to FOLDER\`"
    chmod 755 "$staged"
    said=$("$staged" --version) || fail 78 "the program does not run on this machine" \
        "may programs be run from \`$to\`? Choose another folder with \`--to FOLDER\`"
    [ ! -d "$to/icr-cf" ] || fail 74 "\`$to/icr-cf\` is a folder" "choose another folder with \`--to FOLDER\`"
    # At once: whoever starts it meanwhile has the old one or the new one.
    mv -f "$staged" "$to/icr-cf"
    staged=
    helper=$to/docker-credential-icr-cf
    if [ -e "$helper" ] && [ ! -L "$helper" ]; then
        echo "left as it is, since it is no link: $helper"
    else
        ln -sf icr-cf "$helper"
    fi
}

main() {
    trap clean EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    read_arguments "$@"
    find_target
    find_tools
    work=$(mktemp -d) || fail 74 "cannot make a temporary folder" "set TMPDIR to a folder that you can write to"
    find_archive
    download "$archive"
    verify
    place
    echo "installed: $said in $to"
    case :$PATH: in
    *:"$to":*) ;;
    *)
        echo "\`$to\` is not on your PATH. Add this line to ~/.profile:"
        echo "  export PATH=\"$to:\$PATH\""
        ;;
    esac
}

# All of the script is read before any of it runs.
main "$@"
