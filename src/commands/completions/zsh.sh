# A file that zsh has found by its name is the function for the first completion.
[[ ${funcstack[1]-} != _icr-cf ]] || _clap_dynamic_completer_icr_cf "$@"
