# The push of every piece for a pipeline: reads the inputs from PUSH_*, checks them, logs cf in where it is
# told to, runs icr-cf and leaves `code`, `digest`, `routes` and `$work/push.json` to what comes behind it.
# Sourced by the GitHub action and the Concourse resource. GitLab, Tekton and Jenkins have the same text
# inside (`pipelines/refresh` writes it there, a test compares), so it has no backslash: one quotes it otherwise.
# shellcheck shell=sh disable=SC2016,SC2034
# --- begin
set +xa
set -euf

# From here on no program but icr-cf gets the key, and none but `cf auth` the password. What the job exports
# by a name of ours would stay exported with another value, so it is forgotten first.
unset key user password
key=${ICR_CF_API_KEY:-} user=${CF_USERNAME:-} password=${CF_PASSWORD:-}
unset ICR_CF_API_KEY CF_USERNAME CF_PASSWORD

say() { # WHAT HINT
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        echo "::error::$1%0Ahint: $2" >&2
    else
        echo "error: $1" >&2
        echo "hint: $2" >&2
    fi
}
stop() { # EXIT-CODE WHAT HINT
    say "$2" "$3"
    exit "$1"
}

newline='
'
one_word() { # INPUT VALUE
    case $2 in
    *"$newline"*) stop 2 "the input $1 has several lines" "write $1 in one line" ;;
    -*) stop 2 "the input $1 begins with a hyphen" 'flags have an input of their own, `flags`, one word a line' ;;
    esac
}

app=${PUSH_APP:-} image=${PUSH_IMAGE:-} region=${PUSH_REGION:-} manifest=${PUSH_MANIFEST:-}
vars=${PUSH_VARS:-} strategy=${PUSH_STRATEGY:-} timeout=${PUSH_TIMEOUT:-} flags=${PUSH_FLAGS:-}
api=${PUSH_API:-} org=${PUSH_ORG:-} space=${PUSH_SPACE:-}

one_word '`image`' "$image"
one_word '`region`' "$region"
one_word '`manifest`' "$manifest"
one_word '`timeout`' "$timeout"
one_word '`api`' "$api"
one_word '`org`' "$org"
one_word '`space`' "$space"
case $strategy in
'' | rolling | canary) ;;
*) stop 2 'the input `strategy` is none that cf knows' 'write `rolling` or `canary`, or leave `strategy` out' ;;
esac
[ -z "$image" ] || [ -n "$app" ] ||
    stop 2 'the input `image` is set and `app` is empty' 'name the app that gets the image in `app`'
[ -n "$app$manifest" ] ||
    stop 2 'the inputs `app` and `manifest` are both empty' 'name the app in `app`, or its manifest in `manifest`'
[ -z "$manifest" ] || [ -e "$manifest" ] ||
    stop 66 'the input `manifest` names no file that is there' 'write its path from the folder of the job, and check that an earlier step fetched it'

# From here on a word is a line, and nothing else parts words.
IFS=$newline
set -- push --output json
for line in $app; do
    one_word '`app`' "$line"
    set -- "$@" "$line"
done
[ -z "$image" ] || set -- "$@" --image "$image"
[ -z "$region" ] || set -- "$@" --region "$region"
[ -z "$manifest" ] || set -- "$@" --manifest "$manifest"
[ -z "$strategy" ] || set -- "$@" --strategy "$strategy"
[ -z "$timeout" ] || set -- "$@" --timeout "$timeout"
for line in $vars; do
    case $line in
    -* | =*) stop 2 'a line of `vars` does not begin with a name' 'write a NAME=VALUE in each line of `vars`' ;;
    *=*) set -- "$@" --var "$line" ;;
    *) stop 2 'a line of `vars` has no `=`' 'write a NAME=VALUE in each line of `vars`' ;;
    esac
done
wants_key=yes is_first=yes
for line in $flags; do
    case $line in
    --output | --output=*) stop 2 'the input `flags` has `--output`' 'take it out: this piece reads the JSON that `--output json` prints' ;;
    -h | --help | -V | --version) stop 2 'the input `flags` asks icr-cf for its help or version, and a push would be none' 'take `-h`, `--help`, `-V` and `--version` out of `flags`' ;;
    --no-key | --api-key-* | --explain-key | --dry-run) wants_key=no ;;
    -*=*) ;;
    -*' '*) stop 2 'a line of `flags` has a flag and its value' 'write each word in a line of its own: `--memory`, then `512M`' ;;
    -*) ;;
    *) [ "$is_first" = no ] || stop 2 'the input `flags` does not begin with a flag' 'write apps in `app`, and in `flags` one word a line' ;;
    esac
    is_first=no
    set -- "$@" "$line"
done

[ "$wants_key" = no ] || [ -n "$key" ] ||
    stop 77 'the variable `ICR_CF_API_KEY` is empty' "${PUSH_KEY_HINT:-fill it from the secret store of your pipeline}"
for program in icr-cf jq ${api:+cf}; do
    command -v "$program" >/dev/null || stop 127 "there is no $program on PATH" "install $program where this step runs"
done

work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT

# A program runs in the background, since a shell that waits for what is in front forwards no signal. While
# `child` is `later`, a signal is noted, and looked at by what comes next.
child='' signal='' told=''
on_signal() { # EXIT-CODE
    signal=$1 told=yes
    case $child in
    '') exit "$1" ;;
    later) ;;
    *) kill -TERM "$child" 2>/dev/null || : ;;
    esac
}
trap 'on_signal 129' HUP
trap 'on_signal 130' INT
trap 'on_signal 143' TERM
run() { # PROGRAM OR FUNCTION, WORDS
    code=0 child=later
    "$@" </dev/null &
    child=$!
    [ -z "$signal" ] || kill -TERM "$child" 2>/dev/null || :
    wait "$child" || code=$?
    # A signal ends the wait, and not yet the program.
    while [ -n "$told" ]; do
        told='' again=0
        wait "$child" 2>/dev/null || again=$?
        [ "$again" = 127 ] || code=$again
    done
    child=later
}

# cf in a home of its own, which goes with the job, and without the keys of a registry.
cf_alone() { # WORDS OF CF
    unset CF_DOCKER_PASSWORD IBMCLOUD_API_KEY IBM_CLOUD_API_KEY IC_API_KEY BLUEMIX_API_KEY
    if [ "$1" = auth ]; then
        CF_USERNAME=$user CF_PASSWORD=$password
        export CF_USERNAME CF_PASSWORD
    fi
    exec cf "$@"
}
log_in() { # WORDS OF CF
    run cf_alone "$@" >&2
    [ -z "$signal" ] || exit "$signal"
    child=''
    return "$code"
}
if [ -n "$api" ]; then
    [ -n "$org" ] || stop 2 'the input `api` is set and `org` is empty' 'name the organization in `org`'
    [ -n "$space" ] || stop 2 'the input `api` is set and `space` is empty' 'name the space in `space`'
    if [ -z "$user" ] || [ -z "$password" ]; then
        stop 78 'the input `api` is set, and the variables `CF_USERNAME` and `CF_PASSWORD` are not' 'fill both from the secret store of your pipeline'
    fi
    mkdir "$work/cf"
    CF_HOME=$work/cf
    export CF_HOME
    log_in api "$api" || stop 78 'cf cannot reach what the input `api` names' 'write the URL that `cf api` prints for you, and check that this step reaches it'
    log_in auth || stop 78 'cf cannot log in with `CF_USERNAME` and `CF_PASSWORD`' 'renew both in the secret store of your pipeline'
    log_in target -o "$org" -s "$space" ||
        stop 78 'cf cannot target what the inputs `org` and `space` name' 'write them as `cf target` prints them, and give the user a role there'
elif [ -n "$org$space" ]; then
    stop 2 'the inputs `org` and `space` are for a login, and `api` is empty' 'set `api` too, or leave `org` and `space` out'
fi

icr_cf() { # WORDS OF ICR-CF
    if [ -n "$key" ]; then
        ICR_CF_API_KEY=$key
        export ICR_CF_API_KEY
    fi
    exec icr-cf "$@"
}
unset user password
run icr_cf "$@" >"$work/push.json"
unset key
# What is left is short, and a signal that ended it would take away what came of the push.
trap "" HUP INT TERM

# A code alone may be that of a help: the document says what became of the push. With `--output json` a refusal
# is in it alone. A line of a log is a line, whatever is in it, and nothing that GitHub takes for a command.
if [ "$code" != 0 ]; then
    jq -r '
        def line: explode | map(if . < 32 or (. > 126 and . < 160) then 32 else . end) | implode
            | split("##[") | join("## [") | sub("^(?<blanks>[[:space:]]*)::"; .blanks + ": :");
        .error? // empty
        | ("error: " + .message), ((.place // empty) | "  " + .source + ": " + .text), (.seen[]? | "  " + .),
          (.hints[]? | "hint: " + .)
        | line' "$work/push.json" >&2 || :
elif ! jq -es 'length == 1 and (.[0] | type == "object" and .exit_code == 0)' "$work/push.json" >/dev/null 2>&1; then
    code=65
    say 'icr-cf ended with 0 and printed no document that says so: nothing tells that it pushed' 'take out of `flags` what has it print something else'
fi

# The digest of the first app is the first line, the routes are all others.
text=$(jq -r '([.apps[]? | .checks.image.digest // .plan.image.digest | select(. != null)][0] // ""),
    .apps[]?.outcome.routes[]?' "$work/push.json" 2>/dev/null) || text=
digest=${text%%"$newline"*}
routes=${text#"$digest"}
routes=${routes#"$newline"}

# Leaves the first routes, as many as have room.
first_routes() { # BYTES
    all=$routes
    while [ "$(printf %s "$routes" | wc -c)" -gt "$1" ]; do
        case $routes in
        *"$newline"*) routes=${routes%"$newline"*} ;;
        *) routes='' ;;
        esac
    done
    [ "$routes" = "$all" ] || echo 'warning: not all routes have room in what later steps get; the last ones are left out' >&2
}
# --- end
