#!/usr/bin/env bash
# What many apps cost: the wall time of a push of 1, 10 and 50 apps with --jobs 1, 4 and 8, where cf
# is a script that takes a second for each app; the checks of as many images in the sandbox; our
# own memory with 50 apps. Each figure stands beside the ideal. Prints figures and fails on none of
# them; where a run fails, that is said in its place. Needs Linux and Rust to build with.
#
#   benches/many.sh [SECONDS]        # 1 second for each app if not said
#
# ICR_CF_BIN=FOLDER takes the programs that lie there and builds nothing.
set -euo pipefail

seconds=${1:-1}
counts=(1 10 50)
jobs=(1 4 8)
delay=80
# shellcheck source=benches/shared.sh
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

find_programs --workspace --bins
mkdir "$place/bin" "$place/home" "$place/folder"
ln -s "$programs/icr-cf" "$place/bin/icr-cf"

# Answers `version` at once. A push takes its time for each app: one if it is named, else all of
# the manifest. The first push of a run with MEMORY_FOLDER also writes down, at its end, the most
# memory that its parent has had.
cat >"$place/bin/cf" <<'CF'
#!/bin/bash
if [[ $1 != push ]]; then
    [[ $1 != version ]] || echo 'cf version 8.18.4+bench.2026-01-01'
    exit 0
fi
apps=1
case $2 in
-f) apps=$(grep -c '^- name:' "$3") ;;
esac
sleep "$(awk -v n="$apps" -v s="$SECONDS_EACH" 'BEGIN { print n * s }')"
if [[ -n ${MEMORY_FOLDER:-} ]]; then
    sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$PPID/status" >"$MEMORY_FOLDER/$$"
fi
CF
chmod +x "$place/bin/cf"

manifest() { # COUNT -> file with as many apps, each with an image of its own
    local file="$place/folder/manifest-$1.yml" number
    {
        echo 'applications:'
        for ((number = 1; number <= $1; number++)); do
            printf -- '- name: app-%d\n  docker:\n    image: us.icr.io/acme/app-%d:1.4\n' \
                "$number" "$number"
            printf '    username: iamapikey\n'
        done
    } >"$file"
    echo "$file"
}

# Nothing of the caller's: neither keys nor a manifest nor a cf of its own.
key=$(head -c 600 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9_-' | head -c 44)
cd "$place/folder"
clean() { # CMD [ARGS]
    env -i "PATH=$place/bin:/usr/bin:/bin" "HOME=$place/home" "CF_HOME=$place/home" "ICR_CF_API_KEY=$key" \
        "SECONDS_EACH=$seconds" ${memory:+"MEMORY_FOLDER=$memory"} "$@"
}
memory=

wall() { # CMD [ARGS] -> seconds, or "failed"
    local began=$EPOCHREALTIME
    if "$@" >"$place/said" 2>&1 </dev/null; then
        awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
    else
        echo "\`${*: -6}\` ended with $?; it said:" >&2
        tail -n 3 "$place/said" >&2
        echo failed
    fi
}
ratio() { # FIGURE IDEAL
    if [[ $1 == failed || $2 == failed ]]; then
        echo -
    else
        awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f\n", a / b; else print "-" }'
    fi
}
ideal() { # APPS JOBS -> seconds
    awk -v n="$1" -v j="$2" -v s="$seconds" 'BEGIN { printf "%.3f\n", int((n + j - 1) / j) * s }'
}
unit() { # FIGURE UNIT
    if [[ $1 == failed ]]; then echo failed; else echo "$1 $2"; fi
}
row() { # NAME VALUE...
    printf '| %-24s |' "$1"
    shift
    printf ' %10s |' "$@"
    printf '\n'
}
rule() { # COLUMN...
    row "------------------------" "${@/*/---------:}"
}

echo "$seconds s for each app, $(nproc) cores"
echo
heads=("${counts[@]/%/ apps}")
heads=("${heads[@]/#1 apps/1 app}")
row "pushed in" "${heads[@]}"
rule "${heads[@]}"
cells=()
for count in "${counts[@]}"; do
    cells+=("$(unit "$(wall clean cf push -f "$(manifest "$count")")" s)")
done
row "cf push -f" "${cells[@]}"
for job in "${jobs[@]}"; do
    cells=() ratios=()
    for count in "${counts[@]}"; do
        taken=$(wall clean icr-cf push -f "$(manifest "$count")" --jobs "$job" --no-checks)
        cells+=("$(unit "$taken" s)")
        ratios+=("$(ratio "$taken" "$(ideal "$count" "$job")")")
    done
    row "icr-cf push --jobs $job" "${cells[@]}"
    row "  / ideal" "${ratios[@]}"
done

echo
# The sandbox's own start is outside of what is measured: the time is taken inside.
cat >"$place/inside" <<'INSIDE'
#!/bin/bash
began=$EPOCHREALTIME
"$@" >"$SAID" 2>&1 || { code=$?; tail -n 3 "$SAID" >&2; exit "$code"; }
awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }' >"$TAKEN"
INSIDE
chmod +x "$place/inside"
row "checked in ($delay ms away)" "${heads[@]/app/image}"
rule "${heads[@]}"
cells=() ratios=() first=
for count in "${counts[@]}"; do
    taken=failed
    if env -i "PATH=/usr/bin:/bin" "HOME=$place/home" ICR_CF_SANDBOX_BUILD=never \
        "SAID=$place/said" "TAKEN=$place/taken" \
        "$programs/icr-cf-sandbox" --images "${counts[-1]}" --delay "$delay" \
        "$place/inside" icr-cf check -f "$(manifest "$count")" </dev/null; then
        taken=$(<"$place/taken")
    fi
    first=${first:-$taken}
    cells+=("$(unit "$taken" s)")
    ratios+=("$(ratio "$taken" "$first")")
done
row "icr-cf check -f" "${cells[@]}"
row "  / one image" "${ratios[@]}"

echo
memory=$place/memory
mkdir "$memory"
count=${counts[-1]}
peak=failed
if [[ $(wall clean icr-cf push -f "$(manifest "$count")" --jobs 8 --no-checks) != failed ]]; then
    # The last of them has seen the most.
    peak=$(sort -n "$memory"/* | tail -n 1 | awk '{ printf "%.1f", $1 / 1024 }')
fi
row "our own memory" figure
rule figure
row "peak, $count apps, --jobs 8" "$(unit "${peak:-failed}" MB)"
