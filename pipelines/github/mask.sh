#!/usr/bin/env bash
# The first step of the action: has the runner mask every secret that icr-cf or cf may read from a
# variable, before any other line is printed.
set +x
set -euo pipefail

for name in ICR_CF_API_KEY CF_DOCKER_PASSWORD IBMCLOUD_API_KEY IBM_CLOUD_API_KEY IC_API_KEY BLUEMIX_API_KEY \
    CF_PASSWORD; do
    # A command ends with its line, so each line of a secret is one; `%` and CR are escapes in it. No
    # here-string: older bash would keep it in a file.
    rest=${!name-}
    while [[ -n $rest ]]; do
        line=${rest%%$'\n'*}
        rest=${rest#"$line"}
        rest=${rest#$'\n'}
        line=${line%$'\r'}
        [[ -n $line ]] || continue
        line=${line//%/%25}
        printf '::add-mask::%s\n' "${line//$'\r'/%0D}"
    done
done
