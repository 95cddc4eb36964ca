#!/usr/bin/env bash
# shellcheck disable=SC2016
# The last step of the action: the push, then its outputs and a table in the summary of the job.
set +x
set -euo pipefail
# Known to this shell alone: no program that runs here gets them.
export -n ICR_CF_API_KEY CF_USERNAME CF_PASSWORD

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export TMPDIR=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
if command -v cygpath >/dev/null; then
    TMPDIR=$(cygpath -u "$TMPDIR")
fi
PUSH_KEY_HINT='set `env: ICR_CF_API_KEY` of the step from a secret; a run for a fork or for Dependabot has none of yours'
# shellcheck source=pipelines/push.sh
. "$here/../push.sh"

# An end that nothing from outside can guess, so that no value ends early and begins an output.
end=end_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
output() { # NAME VALUE
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "${2//$'\r'/}" "$end" >>"$GITHUB_OUTPUT"
}
apps=$(jq -c '[.apps[]? | {app, result, digest: (.checks.image.digest // .plan.image.digest),
    seconds: .outcome.seconds, routes: (.outcome.routes // [])}]' "$work/push.json") || apps='[]'
output digest "$digest"
output routes "$routes"
output apps "${apps:-[]}"
output exit-code "$code"

# Whatever means something in Markdown or HTML is an entity, so that a name is shown as it is.
jq -r '
    def cell: tostring | gsub("[\\r\\n]+"; " ")
        | gsub("(?<c>[&<>|*_`~@\\[\\]\\\\])"; .c as $c | "&#\($c | explode[0]);");
    def row: "| " + (map(cell) | join(" | ")) + " |";
    (["app", "result", "digest", "seconds", "routes"] | row), "| --- | --- | --- | ---: | --- |",
    (.apps[]? | [.app // "", .result // "not pushed", .checks.image.digest // .plan.image.digest // "",
        .outcome.seconds // "", (.outcome.routes // [] | join(" "))] | row),
    (.error.message // empty | "\n" + cell)
' "$work/push.json" >>"$GITHUB_STEP_SUMMARY" || echo 'icr-cf printed no document that a summary could be made of' >&2
exit "$code"
