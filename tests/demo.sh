#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Replays the incident of 2020 with the shipped rules, phase by phase.
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
	"$nsmx" replay -r "$rules" -o text --progress never "$@"
}

phase 'The hour before: the genuine name servers and exchanger. No hit is due.' \
	before-resolver before-mta
phase 'The hijack, at the resolver: rogue name servers, a rogue exchanger.' hijack-resolver
phase 'The hijack, at the sender: mail goes to the fake server.' hijack-mta
phase 'It offers STARTTLS: the recipients stay hidden, the server does not.' starttls-mta
phase 'It refuses a recipient of another domain.' refused-mta

printf '\nThe same as JSON, for machines:\n\n    %s replay -r rules/sets -o - %s/hijack-mta.pcap\n' \
	"$nsmx" "$folder"
