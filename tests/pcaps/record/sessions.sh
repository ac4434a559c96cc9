#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Record which mails Postfix and Exim take in sessions with refused commands, odd ends of the content
# and proxies; see ../README.md.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/mtas.sh"

usage() {
	cat <<-EOF
	usage: MTAS=FOLDER sessions.sh [-o FOLDER]

	Plays each session of sessions_client.py to Postfix and Exim, in network namespaces without
	a route to other networks. Writes the capture, and a text file with the mails that the
	servers logged as taken, into FOLDER (default: $out/sessions).
	EOF
	mtas_usage
}

packages() {
	:
}

[ $# -gt 0 ] || set -- -o "$out/sessions"
isolate "$@"
mtas_record sessions 'tcp port 25 or tcp port 465 or tcp port 587 or tcp port 2525' \
	sessions-services.cf
