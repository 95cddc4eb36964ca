#!/usr/bin/env bash
# What docker's questions cost: `docker-credential-icr-cf get` with a token that is kept, beside a program
# that does nothing; 14 of them at once, as `docker build` asks where every registry of ICR has an entry;
# `icr-cf --version`. Prints medians and fails on none of them. Needs Linux, hyperfine, and Rust to build
# with.
#
#   benches/helper.sh [RUNS]        # 300 runs of each if not said
#
# ICR_CF_BIN=FOLDER takes the icr-cf that lies there, and builds the sandbox alone.
set -euo pipefail

runs=${1:-300}
# shellcheck source=benches/shared.sh
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

need hyperfine
cargo build --quiet --locked --package icr-cf-sandbox --bins --manifest-path "$repository/Cargo.toml"
find_programs --package icr-cf
mkdir "$place/bin" "$place/home"
cp "$programs/icr-cf" "$place/bin/"
ln -s icr-cf "$place/bin/docker-credential-icr-cf"
echo us.icr.io >"$place/host"

# All at once, and all of them waited for.
cat >"$place/bin/fourteen" <<'ALL'
#!/bin/bash
for one in {1..14}; do
    docker-credential-icr-cf get <"$HOST" >/dev/null &
done
wait
ALL
# hyperfine hands in no input by itself: a shell does, whose own start stands beside.
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec docker-credential-icr-cf get <"$HOST"\n' >"$place/bin/get"
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec true <"$HOST"\n' >"$place/bin/nothing"
chmod +x "$place"/bin/{fourteen,get,nothing}

# In the sandbox, where a token is minted once and kept; what is measured then asks nobody.
cat >"$place/inside" <<'INSIDE'
#!/bin/bash
set -euo pipefail
docker-credential-icr-cf get <"$HOST" | grep -q iambearer
"$HYPERFINE" --shell=none --style none --warmup 30 --runs "$RUNS" --export-csv "$TABLE" \
    --command-name get get --command-name nothing nothing \
    --command-name version "icr-cf --version" >/dev/null
"$HYPERFINE" --shell=none --style none --warmup 5 --runs "$RUNS" --export-csv "$TABLE.14" \
    --command-name fourteen fourteen >/dev/null
INSIDE
chmod +x "$place/inside"

env -i "PATH=$place/bin:/usr/bin:/bin" "HOME=$place/home" ICR_CF_SANDBOX_BUILD=never "RUNS=$runs" \
    "HYPERFINE=$(command -v hyperfine)" "TABLE=$place/table" "HOST=$place/host" \
    "$target/debug/icr-cf-sandbox" "$place/inside" </dev/null

median() { # FILE NAME
    awk -F, -v name="$2" '$1 == name { printf "%.2f ms", $4 * 1000 }' "$1"
}
row() { # NAME VALUE
    printf '| %-36s | %10s |\n' "$1" "$2"
}
echo "medians of $runs runs, $(nproc) cores"
echo
row "what" "figure"
row "------------------------------------" "---------:"
row "docker-credential-icr-cf get, by sh" "$(median "$place/table" get)"
row "true, by sh" "$(median "$place/table" nothing)"
row "14 of them at once" "$(median "$place/table.14" fourteen)"
row "icr-cf --version" "$(median "$place/table" version)"
