#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Record how Postfix and Exim read the envelopes of mails; see ../README.md.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/mtas.sh"

usage() {
	cat <<-EOF
	usage: MTAS=FOLDER envelopes.sh [-o FOLDER]

	Sends each envelope form of envelopes_client.py to Postfix and Exim, in network namespaces
	without a route to other networks. Writes the capture, and a text file with the mailboxes
	that the servers logged, into FOLDER (default: $out/envelopes).
	EOF
	mtas_usage
}

packages() {
	:
}

[ $# -gt 0 ] || set -- -o "$out/envelopes"
isolate "$@"
mtas_record envelopes 'tcp port 25'
