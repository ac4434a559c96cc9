# SPDX-License-Identifier: GPL-3.0-or-later
# Fish completion of nsmx: the program itself lists the candidates for the last word.

function __nsmx_candidates
	set -l words (commandline -opc)
	set -l program $words[1]
	set -l word (commandline -ct)
	set -l before
	# The program expects `--option=value` in three words, as bash splits it; fish wants the option, too.
	if string match -qr -- '^--[^=]*=' $word
		set -l parts (string split -m 1 -- = $word)
		set before "$parts[1]="
		set words $words $parts[1] =
		set word $parts[2]
	end
	for line in ($program help --complete -- $words[2..-1] "$word" 2>/dev/null)
		switch $line
			case :files
				printf "$before%s\n" (__fish_complete_path "$word")
			case :folders
				printf "$before%s\n" (__fish_complete_directories "$word" "")
			case :interfaces
				printf "$before%s\n" (string match -- "$word*" (path basename /sys/class/net/* 2>/dev/null))
			case :users
				__fish_complete_users
			case '*'
				printf "$before%s\n" $line
		end
	end
end

complete -c nsmx -f -a '(__nsmx_candidates)'
