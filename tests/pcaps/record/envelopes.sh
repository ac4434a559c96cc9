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

	Needs root for the namespaces. Nothing is left on the machine: servers, networks and
	temporary files are in process, network and mount namespaces of the recording.

	The two servers cannot be installed together. MTAS is a folder with their package files:
	apt-get download postfix exim4-daemon-light libidn12
	Further Debian packages: python3-aiosmtpd tcpdump tshark wireshark-common ethtool iproute2
	openssl
	EOF
}

packages() {
	:
}

[ $# -gt 0 ] || set -- -o "$out/envelopes"
isolate "$@"
[ -d "${MTAS-}" ] || die "MTAS is to be a folder with package files; see --help"

router_make
network client 198.51.100.25
network server 203.0.113.25 203.0.113.26
filter=([client]='tcp port 25')
mtas_unpack "$MTAS"
postfix_start envelopes-postfix.cf
exim_start envelopes-exim.conf
tcpdump_start client
in_ns client /usr/bin/python3 "$here/envelopes_client.py" >"$dir/client.out" 2>&1 ||
	die "the client: $(cat "$dir/client.out")"
wait_for "the mail queues to drain" mtas_queues_empty
wait_for "the connections to close" sockets_closed
tcpdump_stop client
tcpdump -n -r "$dir/client.raw" -w - "${filter[client]}" 2>/dev/null |
	gzip -9n >"$dir/new/envelopes.pcap.gz"
{
	mtas_versions "$MTAS"
	/usr/bin/python3 "$here/envelopes_expect.py" "$dir/client.out" "$dir/postfix/log" \
		"$dir/exim/mainlog"
} >"$dir/new/envelopes.txt"
cp "$dir"/new/* "$out/"
echo "envelopes.sh: done, the capture is in $out" >&2
