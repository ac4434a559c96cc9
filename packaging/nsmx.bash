# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of nsmx: the program itself lists the candidates for the last word.

_nsmx() {
	local word=${COMP_WORDS[COMP_CWORD]} line
	[ "$word" != "=" ] || word=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) COMPREPLY+=($(compgen -f -- "$word")) ;;
		:folders) COMPREPLY+=($(compgen -d -- "$word")) ;;
		:interfaces) COMPREPLY+=($(compgen -W "$(ls /sys/class/net)" -- "$word")) ;;
		:users) COMPREPLY+=($(compgen -u -- "$word")) ;;
		*) COMPREPLY+=("$line") ;;
		esac
	done < <("${COMP_WORDS[0]}" help --complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -o filenames -F _nsmx nsmx
