# The parts of `.ci/run` for Windows and macOS, from Debian. Read by it, with its functions.
# shellcheck shell=bash disable=SC2154

# No rustup is asked for other systems: Debian has the sources of the standard library, and a Rust of
# the same release that builds it for any system. It is unpacked beside, so that it shadows nobody's.
rust=
lacks=
fetch_rust() {
    [[ -z $rust ]] || return 0
    local names=(rustc-web cargo-web rust-web-src libstd-rust-web-dev) release folder needed
    lacks="Debian's packages of Rust are not to be had here: ${names[*]}"
    have apt-get && have dpkg-deb || return 1
    release=$(candidate rustc-web)
    if [[ -z $release && $(id -u) == 0 ]]; then
        update
        release=$(candidate rustc-web)
    fi
    [[ -n $release ]] || return 1
    folder=$cache/rust-$release
    if [[ ! -e $folder/usr/bin/cargo ]]; then
        echo "fetching Rust $release with the sources of its standard library, once"
        # And the libraries that are not there yet.
        needed=$(apt-get -s install --no-install-recommends "${names[@]}" | sed -n 's/^Inst \([^ ]*\).*/\1/p')
        rm -rf "$folder.part"
        mkdir -p "$folder.part/debs"
        # shellcheck disable=SC2086
        (cd "$folder.part/debs" && apt-get download -qq ${needed:-"${names[@]}"}) || return 1
        local package
        for package in "$folder.part"/debs/*.deb; do
            dpkg-deb -x "$package" "$folder.part" || return 1
        done
        rm -rf "$folder.part/debs" "$folder"
        mv "$folder.part" "$folder"
    fi
    rust=$folder/usr
}

candidate() { # PACKAGE
    apt-cache policy "$1" | sed -n 's/^ *Candidate: \(.*\)$/\1/p' | grep -v '(none)'
}

# Runs cargo for another system, standard library and all, with warnings denied.
cargo_for() { # TARGET COMMAND WORD...
    local target=$1 command=$2
    shift 2
    RUSTFLAGS="-D warnings" cargo_with_std "$command" --target "$target" "$@"
}

# The same with the target and the flags that its caller has set.
cargo_with_std() { # COMMAND WORD...
    local command=$1
    shift
    PATH=$rust/bin:$PATH LD_LIBRARY_PATH=$rust/lib/$(uname -m)-linux-gnu \
        RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/cross \
        CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 \
        cargo "$command" --locked -Z build-std=std,panic_unwind "$@"
}

# The C compiler for Windows: for what is in C, and to link.
have_mingw() {
    have x86_64-w64-mingw32-gcc || install gcc-mingw-w64-x86-64
    lacks="no x86_64-w64-mingw32-gcc"
    have x86_64-w64-mingw32-gcc
}

part_windows() {
    say "Windows: cargo check"
    if ! have_mingw || ! fetch_rust; then
        skip windows "$lacks"
        return
    fi
    cargo_for x86_64-pc-windows-gnu check --workspace --all-targets
}

# A C compiler that knows the headers of macOS: zig's, as PyPI has it.
fetch_zig() {
    local release=0.17.1
    zig=$cache/zig-$release
    [[ ! -x $zig/cc ]] || return 0
    python3 -m pip --version >/dev/null 2>&1 || install python3-pip
    lacks="no zig: pip cannot fetch it"
    echo "fetching zig $release, once"
    rm -rf "$zig"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --no-deps --no-compile --target "$zig" "ziglang==$release" || return 1
    # The target that the cc crate gives is none that zig knows.
    cat >"$zig/cc" <<'EOF'
#!/bin/sh
for word do
    shift
    case $word in --target=*) ;; *) set -- "$@" "$word" ;; esac
done
exec "${0%/cc}/ziglang/zig" cc -target aarch64-macos "$@"
EOF
    chmod +x "$zig/cc"
}

part_macos() {
    say "macOS: cargo check"
    if ! fetch_rust || ! fetch_zig; then
        skip macos "$lacks"
        return
    fi
    CC_aarch64_apple_darwin=$zig/cc AR_aarch64_apple_darwin=ar \
        cargo_for aarch64-apple-darwin check --workspace --all-targets
}

# Tests of `tests/it` that run under wine: who answers to a version, resolves, prints a dry run,
# pushes, passes exit codes on, masks, hears Ctrl-C.
wine_tests=(
    windows:: packaging::archive cli:: push:: json:: explain:: shown:: relay:: show_logs:: leaks::masking manifests::copies
    # What asks the sandbox: wine's store of certificates does not take its authority.
    --skip push::a_manifest_in_the_folder --skip push::a_refused_key --skip push::a_second_push
    --skip push::an_image_is_deployed --skip push::no_start --skip copies::an_image_by_flag_goes_with
    --skip copies::a_block_that_apps_share
    # What is another on Windows: paths from the root, what is known of streams.
    --skip copies::nothing_is_changed --skip relay::cf_reads_nothing --skip relay::one_file_for_both
    --skip show_logs::the_key_is_masked_in_the_log
)

# Debian's wine is a Windows 7, for which Rust has a target of its own.
wine_target=x86_64-win7-windows-gnu

# Says in `lacks` what is missing.
have_wine() {
    have wine || install wine wine64
    lacks="no wine"
    have wine && have_mingw && fetch_rust
}

# Builds the tests for it, and says in `wine_it` where they are.
build_wine_tests() {
    wine_it=$(CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc \
        CC_x86_64_win7_windows_gnu=x86_64-w64-mingw32-gcc AR_x86_64_win7_windows_gnu=x86_64-w64-mingw32-ar \
        cargo_for $wine_target build --workspace --bins --test it --message-format json-render-diagnostics |
        sed -n 's/.*"executable":"\([^"]*\/deps\/it-[^"]*\.exe\)".*/\1/p')
}

start_wine() {
    export WINEPREFIX=$cache/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
    unset DISPLAY
    timeout 120 wine wineboot --init
}

run_wine_tests() {
    RUST_TEST_THREADS=${RUST_TEST_THREADS:-8} timeout 240 wine "$wine_it" "${wine_tests[@]}"
}

part_wine() {
    say "the program for Windows, under wine"
    if ! have_wine; then
        skip wine "$lacks"
        return
    fi
    build_wine_tests
    start_wine
    wine "target/cross/$wine_target/debug/icr-cf.exe" --version
    run_wine_tests
}
