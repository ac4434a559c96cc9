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

[ $# -gt 0 ] || set -- -o "$out/sessions"
isolate "$@"
[ -d "${MTAS-}" ] || die "MTAS is to be a folder with package files; see --help"

router_make
network client 198.51.100.25
network server 203.0.113.25 203.0.113.26
filter=([client]='tcp port 25 or tcp port 465 or tcp port 587 or tcp port 2525')
mtas_unpack "$MTAS"
postfix_start sessions-postfix.cf sessions-services.cf
exim_start sessions-exim.conf
tcpdump_start client
in_ns client /usr/bin/python3 "$here/sessions_client.py" >"$dir/client.out" 2>"$dir/client.err" ||
	die "the client: $(cat "$dir/client.err")"
wait_for "the mail queues to drain" mtas_queues_empty
wait_for "the connections to close" sockets_closed
tcpdump_stop client
tcpdump -n -r "$dir/client.raw" -w - "${filter[client]}" 2>/dev/null |
	gzip -9n >"$dir/new/sessions.pcap.gz"
{
	mtas_versions "$MTAS"
	/usr/bin/python3 "$here/sessions_expect.py" "$dir/client.out" "$dir/postfix/log" \
		"$dir/exim/mainlog"
} >"$dir/new/sessions.txt"
cp "$dir"/new/* "$out/"
echo "sessions.sh: done, the capture is in $out" >&2
