# bash completion for check_privatelink(1). Asks the program itself for its options, their
# values and the presets, so this file never needs an update.

_check_privatelink()
{
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local program words config i
    COMPREPLY=()

    # Nothing in the current directory is run: the program's path must be absolute.
    program=$(type -P "${COMP_WORDS[0]}")
    [[ $program == /* ]] || program=$(type -P check_privatelink)
    [[ $program == /* ]] || program=false

    # "--option=value" comes in three words: the option, "=", and what is completed.
    [[ $cur == "=" ]] && cur=
    [[ $previous == "=" ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}

    case $previous in
    --config | --output-file | --record | --replay | --api-key-file | --ca-file | --client-cert | --client-key)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --preset)
        words=$("$program" --list-presets 2>/dev/null | sed -n 's/^  \([a-z0-9_-]*\): .*/\1/p')
        ;;
    --endpoint)
        for ((i = 1; i < COMP_CWORD; i++)); do
            [[ ${COMP_WORDS[i]} == --config ]] || continue
            config=${COMP_WORDS[i + 1]}
            [[ $config == "=" ]] && config=${COMP_WORDS[i + 2]}
        done
        [[ -r $config ]] && words=$(sed -n 's/^[[:space:]]*\[\([A-Za-z0-9_.-]*\)\].*/\1/p' "$config")
        ;;
    --check)
        words="state dns port public"
        ;;
    --*[!a-z0-9-]*) ;;
    --*)
        # "--probe tcp|tls|http" of the help gives the words of an option that has some.
        words=$("$program" --help 2>/dev/null |
            sed -n "s/^  \(-., \)\{0,1\}$previous \[\{0,1\}\([a-z0-9]*|[a-z0-9|]*\)\]\{0,1\}\$/\2/p" | tr '|' ' ')
        ;;
    esac
    if [[ -z $words && $cur == -* ]]; then
        words=$("$program" --help 2>/dev/null | sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _check_privatelink check_privatelink
