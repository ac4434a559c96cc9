#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Replays the incident of 2020 with the shipped rules, phase by phase. Equal hits
# are reported once, and at the end with the number of repeats.
#
# usage: tests/demo.sh NSMX
set -eu
nsmx=$1
folder=$(dirname "$0")/pcaps
rules=$(dirname "$0")/../rules/sets

phase() {
	words=$1
	shift
	printf '\n== %s\n' "$words"
	for capture; do set -- "$@" "$folder/$capture.pcap"; shift; done
	"$nsmx" replay -r "$rules" -o text --suppress 86400 --progress never "$@"
}

phase 'The hour before: the genuine name servers and exchanger. No hit is expected.' \
	before-resolver before-mta
phase 'The hijack: rogue name servers, a rogue exchanger, and the mail that goes to it.' \
	hijack-resolver hijack-mta
phase 'The fake server offers STARTTLS: the recipients are encrypted, the server is visible.' \
	starttls-mta
phase 'The fake server refuses a recipient of another domain.' refused-mta

printf '\nThe same as JSON, for machines:\n\n    %s replay -r rules/sets -o - %s/hijack-mta.pcap\n' \
	"$nsmx" "$folder"

report=$(dirname "$nsmx")/incident.html
printf '\n== The report of the incident, with the hour before and the days after.\n'
"$nsmx" report -r "$rules" --progress never -o "$report" "$folder"/*.pcap 2>/dev/null
printf 'Open it in a browser: %s\n' "$report"
