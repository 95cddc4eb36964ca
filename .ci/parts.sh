# The parts of `.ci/run` that are about the system it runs on. Read by it, with its functions.
# shellcheck shell=bash disable=SC2154

component() { # NAME COMMAND
    if have rustup && ! cargo "$2" --version >/dev/null 2>&1; then
        rustup component add "$1"
    fi
}

part_format() {
    say "cargo fmt"
    component rustfmt fmt
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
}

part_clippy() {
    say "cargo clippy"
    component clippy clippy
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

# The README says how the tests are run; this runs that very line.
part_tests() {
    # A real registry and what fills it; the tests that want them are skipped without.
    { have docker-registry && have skopeo; } || install docker-registry skopeo
    have podman || install podman # asks the helper for docker and podman
    { have zsh && have fish; } || install zsh fish # their completions
    { have jq && have shellcheck; } || install jq shellcheck # the pieces for pipelines
    local tests words
    mapfile -t tests < <(sed -n 's/^\$ \(cargo test .*\)$/\1/p' README.md)
    if ((${#tests[@]} != 1)); then
        echo "README.md has ${#tests[@]} lines that begin with '\$ cargo test'; it has to be one" >&2
        exit 1
    fi
    say "${tests[0]}"
    if [[ -n ${ICR_CF_TEST_CF:-} ]]; then
        echo "contract tests run against $ICR_CF_TEST_CF"
    else
        echo "contract tests run against the stand-in; a real cf is skipped: ICR_CF_TEST_CF is not set"
    fi
    read -ra words <<<"${tests[0]}"
    "${words[@]}"
}

part_docs() {
    say "cargo doc"
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items
}

# Lets the fuzzer have each target; what is found goes to the first folder, the seeds stay as they are.
fuzz_each() { # SECONDS WORD...
    local seconds=$1 target
    shift
    for target in fuzz/fuzz_targets/*.rs; do
        target=$(basename "$target" .rs)
        mkdir -p "fuzz/corpus/$target"
        "$@" "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
            "-max_total_time=$seconds" -timeout=10 -max_len=4096 -print_final_stats=1
    done
}

part_fuzz() {
    say "fuzzing"
    if have rustup && rustup toolchain list | grep '^nightly' >/dev/null && cargo fuzz --version >/dev/null 2>&1; then
        fuzz_each 60 cargo +nightly fuzz run
        return
    fi
    # libFuzzer comes with the targets, in C++.
    have c++ || install g++
    if ! have c++; then
        skip fuzz "no C++ compiler; the invariants ran as property tests, over the same seeds"
        return
    fi
    if [[ ! -x $cache/bin/cargo-fuzz ]]; then
        echo "no nightly Rust with cargo-fuzz: installing cargo-fuzz, once"
        cargo install --locked --quiet --root "$cache" cargo-fuzz || true
    fi
    if [[ -x $cache/bin/cargo-fuzz ]]; then
        # The stable compiler can do all that a target needs but the sanitizers.
        RUSTC_BOOTSTRAP=1 fuzz_each 10 "$cache/bin/cargo-fuzz" run --sanitizer none
    else
        skip fuzz "cargo-fuzz cannot be installed; the targets are compiled alone"
        RUSTFLAGS="--cfg fuzzing" cargo check --manifest-path fuzz/Cargo.toml --locked
    fi
}

part_deny() {
    say "cargo deny"
    if have cargo-deny; then
        cargo deny --locked check
    else
        skip deny "cargo-deny is not installed (cargo install --locked cargo-deny)"
    fi
}

# Makes archives as for a release, quickly, and tries them: by the tests, as a Debian package.
part_archives() {
    local made=target/archives
    say "archives"
    rm -rf "$made"
    # For wine a program that runs there; what the part `wine` has built serves.
    .ci/release --quick --to "$made" {x86_64,aarch64}-unknown-linux-musl x86_64-win7-windows-gnu
    .ci/try-archive --few "$made"/*.tar.gz "$made"/*.zip
    have dpkg || return 0
    .ci/deb --quick "$made"/*-"$(uname -m)"-*.tar.gz
    .ci/deb --try "$made"/*.deb
}
