# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of nsmx. The options come from `nsmx help COMMAND`.

# Completes the value of an option: its keywords, or files for placeholders such as FILE.
_nsmx_value() {
	local option=$1 placeholder=$2 word=$3
	case $option in
	-i | --interface) COMPREPLY=($(compgen -W "$(ls /sys/class/net)" -- "$word")) ;;
	-o | --output) COMPREPLY=($(compgen -W "- text null file: redis:// rediss:// redis+unix://" -- "$word")) ;;
	--user) COMPREPLY=($(compgen -u -- "$word")) ;;
	--promiscuous) COMPREPLY=($(compgen -W "yes no" -- "$word")) ;;
	--log) COMPREPLY=($(compgen -W "dns smtp all" -- "$word")) ;;
	--progress) COMPREPLY=($(compgen -W "auto always never" -- "$word")) ;;
	--journal-sync) COMPREPLY=($(compgen -W "none interval always" -- "$word")) ;;
	--severity) COMPREPLY=($(compgen -W "low medium high critical" -- "$word")) ;;
	--format) COMPREPLY=($(compgen -W "list csv stix misp zeek rpz text" -- "$word")) ;;
	*)
		case $placeholder in
		PATH | FILE) COMPREPLY=($(compgen -f -- "$word")) ;;
		DIR) COMPREPLY=($(compgen -d -- "$word")) ;;
		esac
		;;
	esac
}

_nsmx() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} help placeholder
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "replay run rules tail help --version" -- "$word"))
		return
	fi
	if [ "$command" = help ]; then
		COMPREPLY=($(compgen -W "replay run rules tail" -- "$word"))
		return
	fi
	if [ "$command" = rules ] && [ "$COMP_CWORD" -eq 2 ]; then
		COMPREPLY=($(compgen -W "check list import" -- "$word"))
		return
	fi
	help=$("${COMP_WORDS[0]}" help "$command" 2>/dev/null)
	# Bash splits --name=value into three words.
	if [ "$before" = "=" ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [ "$word" = "=" ]; then
		word=
	fi
	placeholder=$(grep -E "^ +(-[a-z], )?--" <<<"$help" | grep -E -- " $before[ ,]" |
		sed -E 's/.* --[a-z-]+ ([A-Z]*).*/\1/')
	if [[ $before == -* && -n $placeholder ]]; then
		_nsmx_value "$before" "$placeholder" "$word"
	elif [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' <<<"$help")" -- "$word"))
	elif [ "$command" != tail ]; then
		COMPREPLY=($(compgen -f -- "$word"))
	fi
}

complete -o filenames -F _nsmx nsmx
