# The push of every piece for a pipeline: reads the inputs from PUSH_*, checks them, logs cf in where it is
# told to, runs icr-cf and leaves `code`, `digest`, `routes` and `$work/push.json` to what comes behind it.
# Sourced by the GitHub action and the Concourse resource. GitLab, Tekton and Jenkins have the same text
# inside (`pipelines/refresh` writes it there, a test compares), so it has no backslash: one quotes it otherwise.
# shellcheck shell=sh disable=SC2016,SC2034
# --- begin
set +x
set -euf

stop() { # EXIT-CODE WHAT HINT
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        echo "::error::$2%0Ahint: $3" >&2
    else
        echo "error: $2" >&2
        echo "hint: $3" >&2
    fi
    exit "$1"
}

# From here on no program but icr-cf gets the key, and none but `cf auth` the password.
key=${ICR_CF_API_KEY:-} user=${CF_USERNAME:-} password=${CF_PASSWORD:-}
unset ICR_CF_API_KEY CF_USERNAME CF_PASSWORD

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
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# cf in a home of its own, which goes with the job, and without the keys of a registry.
log_in() ( # WORDS OF CF
    unset CF_DOCKER_PASSWORD IBMCLOUD_API_KEY IBM_CLOUD_API_KEY IC_API_KEY BLUEMIX_API_KEY
    exec cf "$@" >&2 </dev/null
)
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
    (
        CF_USERNAME=$user CF_PASSWORD=$password
        export CF_USERNAME CF_PASSWORD
        log_in auth
    ) || stop 78 'cf cannot log in with `CF_USERNAME` and `CF_PASSWORD`' 'renew both in the secret store of your pipeline'
    log_in target -o "$org" -s "$space" ||
        stop 78 'cf cannot target what the inputs `org` and `space` name' 'write them as `cf target` prints them, and give the user a role there'
elif [ -n "$org$space" ]; then
    stop 2 'the inputs `org` and `space` are for a login, and `api` is empty' 'set `api` too, or leave `org` and `space` out'
fi

# In the background, since a shell that waits for what is in front forwards no signal.
code=0
if [ -n "$key" ]; then
    ICR_CF_API_KEY=$key
    export ICR_CF_API_KEY
fi
icr-cf "$@" >"$work/push.json" </dev/null &
child=$!
unset ICR_CF_API_KEY key password
trap 'kill -TERM "$child" 2>/dev/null || :' INT TERM
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
done
trap - INT TERM

# With `--output json` a refusal is in the document alone; a line of a log is a line, whatever is in it.
[ "$code" = 0 ] || jq -r '
    def line: explode | map(if . < 32 then 32 else . end) | implode;
    .error // empty
    | ("error: " + .message), ((.place // empty) | "  " + .source + ": " + .text), (.seen[]? | "  " + .),
      (.hints[]? | "hint: " + .)
    | line' "$work/push.json" >&2 || :

# The digest of the first app is the first line, the routes are all others.
text=$(jq -r '([.apps[]? | .checks.image.digest // .plan.image.digest | select(. != null)][0] // ""),
    .apps[]?.outcome.routes[]?' "$work/push.json") || text=
digest=${text%%"$newline"*}
routes=${text#"$digest"}
routes=${routes#"$newline"}
# --- end
