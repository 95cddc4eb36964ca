_icr_cf() {
    # Bash has split `--flag=value` in three; the program wants it whole, bash the value alone.
    local word is_open='' i
    local -a joined=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = && $i -gt 0 && ${joined[${#joined[@]} - 1]} == --* ]]; then
            joined[${#joined[@]} - 1]+==
            is_open=yes
        elif [[ $is_open ]]; then
            joined[${#joined[@]} - 1]+=$word
            is_open=''
        else
            joined+=("$word")
        fi
    done
    local -a COMP_WORDS=("${joined[@]}")
    local COMP_CWORD=$((${#joined[@]} - 1)) current=$2
    [[ ${joined[COMP_CWORD]} != --*=* ]] || current=${joined[COMP_CWORD]}
    _clap_complete_icr_cf "$1" "$current"
    [[ $current != --*=* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%%=*}="}")
}
