# How one archive is made: program, SBOM, what to read. Read by `.ci/release`, with its functions.
# shellcheck shell=bash disable=SC2154

# The one place of the version.
version() {
    sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1
}

# zig as the C compiler and linker of a musl target: it has musl's files.
musl_cc() { # TARGET
    local cc=$zig/cc-$1 of=${1%%-*}-linux-musl
    cat >"$cc" <<WRAPPER
#!/bin/sh
for word do
    shift
    case \$word in --target=*) ;; *) set -- "\$@" "\$word" ;; esac
done
exec "$zig/ziglang/zig" cc -target $of "\$@"
WRAPPER
    chmod +x "$cc"
    echo "$cc"
}

# Has what a target is built with: a C compiler that links (zig, which has musl's files; mingw; that of
# macOS on macOS) and a standard library, rustup's or Debian's sources of it. Says in `lacks` what is
# missing, in `flags` and `linker` how to build.
prepare() { # TARGET
    local target=$1
    # No path of this machine in the program.
    flags="--remap-path-prefix=$PWD=/icr-cf --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    linker=
    exe=icr-cf
    case $target in
    *-linux-musl)
        fetch_zig || return 1
        linker=$(musl_cc "$target")
        flags+=" -C link-self-contained=no -C target-feature=+crt-static"
        ;;
    *-windows-gnu)
        have_mingw || return 1
        linker=x86_64-w64-mingw32-gcc
        exe=icr-cf.exe
        ;;
    *-apple-darwin)
        lacks="$target is made on macOS"
        [[ $(uname -s) == Darwin ]] || return 1
        ;;
    *)
        lacks="no way to build for $target"
        return 1
        ;;
    esac
    own_std=
    # One for which rustup has none is not known to it.
    if have rustup && timeout 300 rustup target add "$target" >/dev/null 2>&1; then
        return 0
    fi
    fetch_rust || return 1
    own_std=yes
    # The sources of the standard library, too, are in a folder of this machine.
    flags+=" --remap-path-prefix=$rust=/rust"
}

# Builds the program, and says in `program` where it is.
build() { # TARGET
    local target=$1 under=${1//-/_} folder=release words
    # The caller may have said otherwise; it does not go with link-time optimization.
    [[ $profile == dev ]] || export CARGO_INCREMENTAL=0
    if [[ -n $linker ]]; then
        export "CC_$under=$linker" "CARGO_TARGET_$(tr '[:lower:]' '[:upper:]' <<<"$under")_LINKER=$linker"
        [[ $target != *-windows-gnu ]] || export "AR_$under=x86_64-w64-mingw32-ar"
    fi
    [[ $profile == release ]] || folder=debug
    program=target/cross/$target/$folder/$exe
    if [[ $profile-$target == dev-$wine_target ]]; then
        # As for the part `wine`, so that what that has built serves.
        build_wine_tests
        return
    fi
    words=(build --profile "$profile" --target "$target" --bin icr-cf)
    export RUSTFLAGS=$flags
    if [[ -n $own_std ]]; then
        cargo_with_std "${words[@]}"
    else
        CARGO_TARGET_DIR=target/cross CARGO_PROFILE_DEV_DEBUG=0 cargo --locked "${words[@]}"
    fi
    unset RUSTFLAGS
}

# Manual pages, and completions by the program of this machine, which has the same words.
make_reading() { # FOLDER
    local shell
    cargo run --quiet --locked --example man -- "$1/man"
    mkdir -p "$1/completions"
    for shell in bash zsh fish powershell; do
        cargo run --quiet --locked --bin icr-cf -- completions "$shell" >"$1/completions/icr-cf.$shell"
    done
}

# One archive: the program, the licence, what to read, manual pages, completions; and its SBOM.
pack() { # TARGET
    local target=$1 name=icr-cf-$version-$1 work
    work=$(mktemp -d)
    mkdir "$work/$name"
    cp -R "$reading/." "$program" LICENSE README.md CHANGELOG.md "$work/$name/"
    find "$work/$name" -type d -exec chmod 755 {} +
    find "$work/$name" -type f -exec chmod 644 {} +
    chmod 755 "$work/$name/$exe"
    # Without symbols, as that of a release; a foreign one would take foreign tools.
    [[ $profile-$target != dev-"$(uname -m)"-*-linux-musl ]] || strip "$work/$name/$exe"
    rm -f "$dist/$name".{tar.gz,tar.xz,zip,cdx.json}
    # Not for all that runs here: build scripts would run again.
    SOURCE_DATE_EPOCH=$moment python3 "$here/archive.py" "$work" "$name" "$dist" "${profile#release}"
    rm -rf "$work"
    SOURCE_DATE_EPOCH=$moment python3 "$here/sbom.py" "$target" >"$dist/$name.cdx.json"
}

write_sums() {
    (cd "$dist" && python3 "$here/sums.py" >SHA256SUMS && cat SHA256SUMS)
}
