#!/usr/bin/env bash
# What icr-cf costs beside a bare `cf push`: time against a three-line wrapper in bash and against
# cf alone, memory, size. cf is a script that returns at once, so what is left is ours. Prints
# figures and fails on none of them. Needs Linux, hyperfine, and Rust to build with.
#
#   benches/overhead.sh [RUNS]        # 300 runs of each if not said
#
# ICR_CF_BIN=FOLDER takes the icr-cf that lies there and builds nothing.
set -euo pipefail

runs=${1:-300}
# shellcheck source=benches/shared.sh
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

need hyperfine
find_programs --package icr-cf
mkdir "$place/bin" "$place/home" "$place/folder"
cp "$programs/icr-cf" "$place/bin/icr-cf"

cat >"$place/bin/cf" <<'CF'
#!/bin/sh
exit 0
CF
cat >"$place/bin/wrapper" <<'WRAPPER'
#!/bin/bash
export CF_DOCKER_PASSWORD="$ICR_CF_API_KEY"
exec cf push "$1" --docker-image "$2" --docker-username iamapikey
WRAPPER
# Takes its time, then writes down the most memory that its parent has had.
cat >"$place/bin/cf-memory" <<'CF'
#!/bin/sh
sleep 0.3
sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$PPID/status" >"$MEMORY_FILE"
CF
chmod +x "$place"/bin/*

# Nothing of the caller's: neither keys nor a manifest nor a cf of its own.
key=$(head -c 600 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9_-' | head -c 44)
clean=(env -i "PATH=$place/bin:/usr/bin:/bin" "HOME=$place/home" "ICR_CF_API_KEY=$key")
image=us.icr.io/acme/web
cd "$place/folder"

measure() {
    local table=$1
    shift
    "${clean[@]}" "$(command -v hyperfine)" --shell=none --style none --warmup 30 --runs "$runs" \
        --export-csv "$place/$table" "$@" >/dev/null 2>"$place/errors" || {
        cat "$place/errors" >&2
        exit 1
    }
}

measure push.csv \
    --command-name 'icr-cf push' "icr-cf push web --image $image --no-checks" \
    --command-name 'bash wrapper' "wrapper web $image" \
    --command-name 'cf alone' "cf push web --docker-image $image --docker-username iamapikey"
measure rest.csv \
    --command-name 'icr-cf --help' "icr-cf --help" \
    --command-name 'icr-cf push --dry-run' "icr-cf push web --image $image --dry-run" \
    --command-name 'icr-cf resolve' "icr-cf resolve $image"

median() { # TABLE NAME -> seconds
    awk -F, -v name="$2" '$1 == name { print $4 }' "$place/$1"
}
row() { # NAME VALUE
    printf '| %-26s | %10s |\n' "$1" "$2"
}
milliseconds() { # TABLE NAME
    row "$2" "$(median "$1" "$2" | awk '{ printf "%.2f ms", $1 * 1000 }')"
}
ratio() { # NAME NAME
    local first second
    first=$(median push.csv "$1")
    second=$(median push.csv "$2")
    row "$1 / $2" "$(awk -v a="$first" -v b="$second" 'BEGIN { printf "%.2f", a / b }')"
}

"${clean[@]}" "MEMORY_FILE=$place/memory" "ICR_CF_CF=$place/bin/cf-memory" \
    icr-cf push web --image "$image" --no-checks

echo "medians of $runs runs, $(nproc) cores"
echo
row "what" "figure"
row "--------------------------" "---------:"
for name in 'icr-cf push' 'bash wrapper' 'cf alone'; do milliseconds push.csv "$name"; done
ratio 'icr-cf push' 'bash wrapper'
ratio 'icr-cf push' 'cf alone'
for name in 'icr-cf --help' 'icr-cf push --dry-run' 'icr-cf resolve'; do milliseconds rest.csv "$name"; done
row "peak memory" "$(awk '{ printf "%.1f MB", $1 / 1024 }' "$place/memory")"
row "size of the program" "$(stat -c %s "$place/bin/icr-cf" | awk '{ printf "%.1f MB", $1 / 1048576 }')"
