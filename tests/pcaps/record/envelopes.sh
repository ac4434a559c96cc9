#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Record how Postfix and Exim read the envelopes of mails; see ../README.md.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/common.sh"

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

# The packages appear in /usr for the processes of this recording alone.
unpack() {
	local package
	for package in postfix exim4-daemon-light libidn12; do
		dpkg-deb -x "$MTAS"/"$package"_*.deb "$dir/packages" ||
			die "$MTAS lacks the package $package"
	done
	mount -t overlay overlay -o "lowerdir=$dir/packages/usr:/usr" /usr
	cp -a "$dir/packages/etc/postfix" /etc/
	mkdir -p /etc/exim4
}

accounts_make() {
	printf '%s\n' "postfix:x:61918:61918::/:/usr/sbin/nologin" \
		"Debian-exim:x:61919:61919::/:/usr/sbin/nologin" >>/etc/passwd
	printf '%s\n' "postfix:x:61918:" "postdrop:x:61920:" "Debian-exim:x:61919:" >>/etc/group
	echo "hosts: files" >/etc/nsswitch.conf
}

postfix_start() {
	mkdir -p "$dir/postfix/queue" "$dir/postfix/data"
	chown postfix: "$dir/postfix/data"
	config envelopes-postfix.cf "$dir/postfix" >"$dir/postfix/main.cf"
	config master.cf "$dir/postfix" >"$dir/postfix/master.cf"
	echo "alternate_config_directories = $dir/postfix" >/etc/postfix/main.cf
	in_ns server postfix -c "$dir/postfix" start 2>"$dir/postfix/start" ||
		die "Postfix: $(cat "$dir/postfix/start" "$dir/postfix/log")"
	wait_for Postfix in_ns server bash -c ': </dev/tcp/203.0.113.25/25'
}

exim_start() {
	mkdir -p "$dir/exim/spool"
	config envelopes-exim.conf "$dir/exim" >/etc/exim4/exim4.conf
	chown -R Debian-exim: "$dir/exim"
	daemon exim ip netns exec server exim4 -bdf -q10s
	wait_for Exim in_ns server bash -c ': </dev/tcp/203.0.113.26/25'
}

queues_empty() {
	[ -z "$(find "$dir/postfix/queue/"{maildrop,incoming,active,deferred} \
		"$dir/exim/spool" -type f \( -path '*/input/*' -o -path '*/queue/*' \))" ]
}

versions() {
	local package
	for package in postfix exim4-daemon-light; do
		dpkg-deb -W --showformat '# ${Package} ${Version}\n' "$MTAS"/"$package"_*.deb
	done
}

router_make
network client 198.51.100.25
network server 203.0.113.25 203.0.113.26
filter=([client]='tcp port 25')
unpack
accounts_make
postfix_start
exim_start
tcpdump_start client
in_ns client /usr/bin/python3 "$here/envelopes_client.py" >"$dir/client.out" 2>&1 ||
	die "the client: $(cat "$dir/client.out")"
wait_for "the mail queues to drain" queues_empty
wait_for "the connections to close" sockets_closed
tcpdump_stop client
tcpdump -n -r "$dir/client.raw" -w - "${filter[client]}" 2>/dev/null |
	gzip -9n >"$dir/new/envelopes.pcap.gz"
{
	versions
	/usr/bin/python3 "$here/envelopes_expect.py" "$dir/client.out" "$dir/postfix/log" \
		"$dir/exim/mainlog"
} >"$dir/new/envelopes.txt"
cp "$dir"/new/* "$out/"
echo "envelopes.sh: done, the capture is in $out" >&2
