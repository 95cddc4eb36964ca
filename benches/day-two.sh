#!/usr/bin/env bash
# What day two costs: an audit of 50 and of 500 apps on 100 images beside the loop that people write
# (`cf curl` for each app, `skopeo inspect` for each image), its requests, connections and memory; a
# rotation of 50 apps beside the time that the platform itself takes; a push of 50 apps that are as they
# should be (`--if-changed`) beside `cf push -f`. All of it against the sandbox,
# whose answers take 80 ms each, with its stand-in for cf. The loop is run for a sample and scaled up.
# Prints figures and fails on none of them. Needs Linux, curl, jq, skopeo, and Rust to build with.
#
#   benches/day-two.sh [RUNS]        # 3 runs of each audit if not said; the fastest counts
#
# ICR_CF_BIN=FOLDER takes the programs that lie there and builds nothing.
set -euo pipefail

runs=${1:-3}
delay=80
images=100
counts=(50 500)
sample=10
rotated=50
pushed=50
pushed_by_cf=2
jobs=8
staging=1500
start=1500
# shellcheck source=benches/shared.sh
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

need jq skopeo
find_programs --workspace --bins
mkdir "$place/home" "$place/folder"

# Writes down how long a command takes, and the most memory that it was seen with.
cat >"$place/measure" <<'INSIDE'
#!/bin/bash
began=$EPOCHREALTIME
"$@" >"$MEASURED.out" 2>"$MEASURED.err" &
child=$!
memory=0
while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$child/status" 2>/dev/null) && [[ $now ]]; do
    memory=$now
    sleep 0.01
done
code=0
wait "$child" || code=$?
awk -v a="$began" -v b="$EPOCHREALTIME" -v m="$memory" -v c="$code" \
    'BEGIN { printf "%.3f %.1f %d\n", b - a, m / 1024, c }' >"$MEASURED"
INSIDE
# One round for an app, as it stands in many a script.
cat >"$place/loop" <<'INSIDE'
#!/bin/bash
set -euo pipefail
login=$(printf 'iamapikey:%s' "$ICR_CF_API_KEY" | base64 -w 0)
printf '{"auths":{"us.icr.io":{"auth":"%s"}}}\n' "$login" >"$HOME/logins.json"
for number in $(seq "$1"); do
    guid=$(cf curl "/v3/apps?names=app-$number" | jq -r '.resources[0].guid')
    image=$(cf curl "/v3/apps/$guid/droplets/current" | jq -r .image)
    skopeo inspect --raw --authfile "$HOME/logins.json" "docker://$image" >/dev/null
done
INSIDE
chmod +x "$place/measure" "$place/loop"

# Nothing of the caller's: neither keys nor logins.
measured() { # APPS OPTION... -- CMD [ARGS] -> seconds, mebibytes; the report lies in $place/report
    local apps=$1
    shift
    (
        cd "$place/folder"
        env -i "PATH=/usr/bin:/bin" "HOME=$place/home" "MEASURED=$place/measured" \
            ICR_CF_SANDBOX_BUILD=never "$programs/icr-cf-sandbox" --delay "$delay" \
            --images "$images" --apps "$apps" --report "$place/report" "$@"
    )
    local seconds memory code
    read -r seconds memory code <"$place/measured"
    if [[ $code != 0 ]]; then
        echo "it ended with $code; it said:" >&2
        tail -n 3 "$place/measured.err" >&2
        seconds=failed
    fi
    echo "$seconds $memory"
}
fastest() { # APPS CMD [ARGS] -> seconds, mebibytes
    local apps=$1
    shift
    for _ in $(seq "$runs"); do measured "$apps" -- "$place/measure" "$@"; done | sort -n | head -n 1
}
asked() { # -> requests of programs, connections
    awk '/"client":"outside"/ { requests++ } /^{"connection"/ { connections++ }
        END { print requests + 0, connections + 0 }' "$place/report"
}
calculated() { # EXPRESSION FORMAT
    if [[ $1 == *failed* ]]; then echo -; else awk "BEGIN { printf \"$2\", $1 }"; fi
}
row() { # NAME VALUE...
    printf '| %-28s |' "$1"
    shift
    printf ' %11s |' "$@"
    printf '\n'
}
rule() { # COLUMN...
    row "----------------------------" "${@/*/----------:}"
}

echo "80 ms added to each answer, $images images, $(nproc) cores; the fastest of $runs runs"
echo "the loop: $sample apps, scaled up"
echo
read -r seconds _ < <(measured "$sample" -- "$place/measure" "$place/loop" "$sample")
read -r requests connections < <(asked)
columns=('icr-cf audit' 'the loop' 'loop / audit' requests 'of the loop' connections 'of the loop' memory)
row apps "${columns[@]}"
rule "${columns[@]}"
for count in "${counts[@]}"; do
    read -r took memory < <(fastest "$count" icr-cf audit)
    read -r of_ours ours < <(asked)
    factor="$count / $sample"
    row "$count" "$(calculated "$took" '%.2f s')" "$(calculated "$seconds * $factor" '%.0f s')" \
        "$(calculated "$seconds * $factor / $took" '%.0f')" \
        "$of_ours" "$(calculated "$requests * $factor" '%.0f')" \
        "$ours" "$(calculated "$connections * $factor" '%.0f')" "$memory MiB"
done

echo
echo "staging takes $staging ms and a start $start ms; ideal: no more than that, $jobs apps at once"
echo
read -r took memory < <(
    measured "$rotated" --staging "$staging" --start "$start" -- \
        "$place/measure" icr-cf rotate --jobs "$jobs" --quiet
)
read -r requests connections < <(asked)
ideal=$(calculated "int(($rotated + $jobs - 1) / $jobs) * ($staging + $start) / 1000" '%.1f')
columns=('icr-cf' ideal ratio requests connections memory)
row "rotate --jobs $jobs, $rotated apps" "${columns[@]}"
rule "${columns[@]}"
row "" "$(calculated "$took" '%.2f s')" "$ideal s" "$(calculated "$took / $ideal" '%.2f')" \
    "$requests" "$connections" "$memory MiB"

manifest() { # APPS -> file
    local file="$place/folder/manifest-$1.yml" number
    {
        echo 'applications:'
        for ((number = 1; number <= $1; number++)); do
            printf -- '- name: app-%d\n  docker:\n    image: us.icr.io/acme/app-%d:1.4\n' "$number" "$number"
            printf '    username: iamapikey\n'
        done
    } >"$file"
    echo "$file"
}
cat >"$place/push" <<'INSIDE'
#!/bin/sh
CF_DOCKER_PASSWORD=$ICR_CF_API_KEY exec cf push -f "$1"
INSIDE
chmod +x "$place/push"

echo
echo "apps that run as the manifest has them; cf push -f: $pushed_by_cf apps, scaled up"
echo
read -r took memory < <(fastest "$pushed" icr-cf push -f "$(manifest "$pushed")" --if-changed --quiet)
read -r requests connections < <(asked)
read -r seconds _ < <(
    measured "$pushed_by_cf" --staging "$staging" --start "$start" -- \
        "$place/measure" "$place/push" "$(manifest "$pushed_by_cf")"
)
factor="$pushed / $pushed_by_cf"
columns=('icr-cf' 'cf push -f' ratio requests connections memory)
row "push --if-changed, $pushed apps" "${columns[@]}"
rule "${columns[@]}"
row "" "$(calculated "$took" '%.2f s')" "$(calculated "$seconds * $factor" '%.0f s')" \
    "$(calculated "$seconds * $factor / $took" '%.0f')" "$requests" "$connections" "$memory MiB"
