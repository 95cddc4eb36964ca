#!/usr/bin/env bash
# shellcheck disable=SC2016
# Installs the program for the action: downloads the archive of a release, holds it against its sum,
# unpacks it and puts it on the PATH of later steps. Nothing is unpacked or run before its sum is right.
set -euo pipefail
# No child of this step has a use for these.
unset ICR_CF_API_KEY CF_DOCKER_PASSWORD IBMCLOUD_API_KEY IBM_CLOUD_API_KEY IC_API_KEY BLUEMIX_API_KEY \
    CF_USERNAME CF_PASSWORD

stop() { # EXIT-CODE WHAT HINT
    echo "::error::$2%0Ahint: $3" >&2
    exit "$1"
}
have() {
    command -v "$1" >/dev/null 2>&1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${INSTALL_VERSION-} sum=${INSTALL_SHA256-} releases=${INSTALL_RELEASES-}

if [[ $version == none ]]; then
    have icr-cf || stop 127 'the input `version` is `none`, and there is no icr-cf on PATH' \
        'install icr-cf in an earlier step, or leave `version` out'
    exit 0
fi
# The version is said once, beside the source.
[[ -n $version ]] || version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
    stop 2 'the input `version` is no version' 'write three numbers with dots between them, or `none`, or leave `version` out'
sum=$(printf '%s' "$sum" | tr '[:upper:]' '[:lower:]')
[[ -z $sum || $sum =~ ^[0-9a-f]{64}$ ]] ||
    stop 2 'the input `sha256` is no SHA-256 sum' 'copy the 64 digits from the file SHA256SUMS of the release'
if [[ -z $sum ]] && have icr-cf && [[ $(icr-cf --version) == "icr-cf $version" ]]; then
    echo "icr-cf $version is on PATH"
    exit 0
fi

case ${RUNNER_OS-}-${RUNNER_ARCH-} in
Linux-X64) target=x86_64-unknown-linux-musl end=tar.gz ;;
Linux-ARM64) target=aarch64-unknown-linux-musl end=tar.gz ;;
macOS-X64) target=x86_64-apple-darwin end=tar.gz ;;
macOS-ARM64) target=aarch64-apple-darwin end=tar.gz ;;
Windows-X64) target=x86_64-pc-windows-gnu end=zip ;;
*) stop 78 'there is no archive for the system of this runner' \
    'build icr-cf in an earlier step (cargo install), and set the input `version` to `none`' ;;
esac

if [[ -z $releases ]]; then
    [[ -n ${INSTALL_REPOSITORY-} ]] || stop 2 'an action that lies in the workspace does not know its repository' \
        'set the input `releases`, or `version` to `none`'
    releases=$GITHUB_SERVER_URL/$INSTALL_REPOSITORY/releases/download
fi
case $releases in
https://* | file:///*) ;;
*) stop 2 'the input `releases` begins neither with `https://` nor with `file:///`' \
    'write the URL of the folder that has a folder for each release' ;;
esac

temp=${RUNNER_TEMP:?}
if have cygpath; then
    temp=$(cygpath -u "$temp")
fi
work=$(mktemp -d "$temp/icr-cf-install.XXXXXX")
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT
child=''
leave() { # EXIT-CODE
    [[ -z $child ]] || kill -TERM "$child" 2>/dev/null || :
    exit "$1"
}
trap 'leave 129' HUP
trap 'leave 130' INT
trap 'leave 143' TERM

have curl || stop 127 'there is no curl on PATH' 'install curl on the runner, or icr-cf and set `version` to `none`'
fetch() { # NAME
    # In the background, since a shell that waits for what is in front forwards no signal.
    curl --fail --silent --show-error --location --proto '=https,file' --proto-redir '=https' \
        --connect-timeout 20 --max-time 300 --retry 2 --output "$work/$1" -- "${releases%/}/v$version/$1" &
    child=$!
    wait "$child" ||
        stop 66 "the release of this version has no file $1 that can be fetched" \
            'check the inputs `version` and `releases`, and that the runner reaches that host'
    child=''
}

archive=icr-cf-$version-$target.$end
fetch "$archive"
if [[ -z $sum ]]; then
    fetch SHA256SUMS
    sum=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print tolower($1) }' "$work/SHA256SUMS")
    [[ $sum =~ ^[0-9a-f]{64}$ ]] || stop 65 "the file SHA256SUMS of the release has no one sum of $archive" \
        'set the input `sha256`, or another `version`'
fi
if have sha256sum; then
    seen=$(sha256sum <"$work/$archive")
else
    seen=$(shasum -a 256 <"$work/$archive")
fi
seen=${seen%% *}
[[ $seen == "$sum" ]] || stop 65 "$archive has the sum $seen, and not $sum" \
    'run the job again; if it stays so, the archive was changed after its release: do not use it'

case $end in
tar.gz) tar -xzf "$work/$archive" -C "$work" ;;
zip)
    if have unzip; then
        unzip -q "$work/$archive" -d "$work"
    else
        "$SYSTEMROOT/System32/tar.exe" -xf "$work/$archive" -C "$work"
    fi
    ;;
esac
name=icr-cf
[[ $end != zip ]] || name=icr-cf.exe
program=$work/${archive%".$end"}/$name
found=$("$program" --version) || stop 65 "$archive has no program that runs here" 'set another `version`'
[[ $found == "icr-cf $version" ]] || stop 65 "the program in $archive says another version" 'set another `version`'
# It stays for later steps, where this job alone finds it, and goes with the job.
bin=$(mktemp -d "$temp/icr-cf-bin.XXXXXX")
mv "$program" "$bin/"
if have cygpath; then
    bin=$(cygpath -w "$bin")
fi
printf '%s\n' "$bin" >>"$GITHUB_PATH"
echo "icr-cf $version is installed, sha256:$seen"
