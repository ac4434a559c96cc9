# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of nsmx: the program itself lists the candidates for the last word.

_nsmx() {
	local word=${COMP_WORDS[COMP_CWORD]} line
	local -a class
	[ "$word" != "=" ] || word=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) class=(-f) ;;
		:folders) class=(-d) ;;
		:interfaces) class=(-W "$(ls /sys/class/net)") ;;
		:users) class=(-u) ;;
		*) COMPREPLY+=("$line"); continue ;;
		esac
		# A name may contain blanks.
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "${class[@]}" -- "$word")
	done < <("${COMP_WORDS[0]}" help --complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -o filenames -F _nsmx nsmx
