#!/usr/bin/env bash
# What the checks cost beside skopeo: time with 0, 20 and 80 ms added to each answer, for one image
# and for many, and the requests and connections behind it. All of it against the sandbox, one for
# each delay, in which hyperfine runs, so that no start of a sandbox is counted. Prints figures and
# fails on none of them. Needs Linux, hyperfine, skopeo, and Rust to build with.
#
#   benches/checks.sh [RUNS]        # 20 runs of each if not said
#
# ICR_CF_BIN=FOLDER takes the programs that lie there and builds nothing.
set -euo pipefail

runs=${1:-20}
delays=(0 20 80)
counts=(1 10 50)
# shellcheck source=benches/shared.sh
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

need hyperfine skopeo
find_programs --workspace --bins
mkdir "$place/home" "$place/folder"

# Writes skopeo's login with the key of the world it runs in, then becomes what it was given.
cat >"$place/inside" <<'INSIDE'
#!/bin/sh
set -eu
login=$(printf 'iamapikey:%s' "$ICR_CF_API_KEY" | base64 -w 0)
printf '{"auths":{"us.icr.io":{"auth":"%s"}}}\n' "$login" >"$HOME/logins.json"
exec "$@"
INSIDE
chmod +x "$place/inside"

# Nothing of the caller's: neither keys nor logins nor a manifest.
sandbox() { # OPTION... -- CMD [ARGS]
    (
        cd "$place/folder"
        env -i "PATH=/usr/bin:/bin" "HOME=$place/home" ICR_CF_SANDBOX_BUILD=never \
            "$programs/icr-cf-sandbox" --images "${counts[-1]}" "$@"
    )
}

# The platform is said, so that skopeo looks for the same image on every machine.
skopeo="$(command -v skopeo) --override-os linux --override-arch amd64 inspect --authfile $place/home/logins.json"
image=us.icr.io/acme/web:1.4
images() { # COUNT
    seq -f 'us.icr.io/acme/app-%.0f:1.4' -s ' ' "$1"
}

names=('icr-cf resolve --digest' 'skopeo inspect --raw' 'icr-cf check' 'skopeo inspect')
commands=(
    "icr-cf resolve --digest $image"
    "$skopeo --raw docker://$image"
    "icr-cf check web --image $image"
    "$skopeo docker://$image"
)
for count in "${counts[@]}"; do
    names+=("icr-cf resolve --digest; images: $count")
    commands+=("icr-cf resolve --digest $(images "$count")")
done

measure() { # DELAY
    local words=() at
    for at in "${!names[@]}"; do
        words+=(--command-name "${names[at]}" "${commands[at]}")
    done
    sandbox --delay "$1" -- "$place/inside" "$(command -v hyperfine)" --shell=none --style none \
        --warmup 2 --runs "$runs" --export-csv "$place/$1.csv" "${words[@]}" \
        >/dev/null 2>"$place/errors" || {
        cat "$place/errors" >&2
        exit 1
    }
}
# What one run asks of the world, in a world of its own; also says what is wrong with a command
# better than hyperfine does.
count() { # COMMAND -> requests, connections
    local words
    read -ra words <<<"$1"
    sandbox --report "$place/report" -- "$place/inside" "${words[@]}" >/dev/null 2>"$place/errors" || {
        echo "\`$1\` ended with $?:" >&2
        cat "$place/errors" >&2
        exit 1
    }
    awk '/^{"number"/ { requests++ } /^{"connection"/ { connections++ }
        END { print requests + 0, connections + 0 }' "$place/report"
}

asked=()
for command in "${commands[@]}"; do asked+=("$(count "$command")"); done
for delay in "${delays[@]}"; do measure "$delay"; done

median() { # DELAY NAME -> seconds
    awk -F, -v name="$2" '$1 == name { print $4 }' "$place/$1.csv"
}
row() { # NAME VALUE...
    printf '| %-36s |' "$1"
    shift
    printf ' %11s |' "$@"
    printf '\n'
}
rule() { # COLUMN...
    row "------------------------------------" "${@/*/----------:}"
}
milliseconds() { # NAME
    local delay cells=()
    for delay in "${delays[@]}"; do
        cells+=("$(median "$delay" "$1" | awk '{ printf "%.1f ms", $1 * 1000 }')")
    done
    row "$1" "${cells[@]}"
}
ratio() { # LABEL NAME NAME
    local delay cells=()
    for delay in "${delays[@]}"; do
        cells+=("$(awk -v a="$(median "$delay" "$2")" -v b="$(median "$delay" "$3")" \
            'BEGIN { printf "%.2f", a / b }')")
    done
    row "$1" "${cells[@]}"
}

echo "medians of $runs runs, $(nproc) cores"
echo
row "added to each answer" "${delays[@]/%/ ms}"
rule "${delays[@]}"
for name in "${names[@]}"; do milliseconds "$name"; done
ratio 'resolve --digest / inspect --raw' 'icr-cf resolve --digest' 'skopeo inspect --raw'
ratio 'check / inspect' 'icr-cf check' 'skopeo inspect'
for count in "${counts[@]:1}"; do
    ratio "images: $count / images: 1" \
        "icr-cf resolve --digest; images: $count" 'icr-cf resolve --digest; images: 1'
done
echo
row "in one run" requests connections
rule requests connections
for at in "${!names[@]}"; do
    row "${names[at]}" "${asked[at]% *}" "${asked[at]#* }"
done
