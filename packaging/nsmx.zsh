#compdef nsmx
# SPDX-License-Identifier: GPL-3.0-or-later
# Zsh completion of nsmx: the program itself lists the candidates for the last word.

_nsmx() {
	local line
	local -a given candidates
	given=("${(@)words[2,CURRENT]}")
	# The program expects `--option=value` in three words, as bash splits it.
	if [[ $given[-1] == --*=* ]]; then
		given[-1]=("${given[-1]%%=*}" "=" "${given[-1]#*=}")
		compset -P '*='
	fi
	while IFS= read -r line; do
		case $line in
		:files) _files ;;
		:folders) _files -/ ;;
		:interfaces) candidates+=(/sys/class/net/*(N:t)) ;;
		:users) _users ;;
		*) candidates+=("$line") ;;
		esac
	done < <("$words[1]" help --complete -- "${given[@]}" 2>/dev/null)
	(( $#candidates == 0 )) || compadd -a candidates
}

# Zsh calls the file itself for the first completion, when it is loaded.
[[ $funcstack[1] != _nsmx ]] || _nsmx "$@"
