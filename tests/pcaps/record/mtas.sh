# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# Postfix and Exim as packaged, for the recording scripts, which source this after common.sh. The two
# servers cannot be installed together: they are unpacked for the processes of a recording alone.

# mtas_unpack FOLDER: the packages in a folder appear in /usr and /etc
mtas_unpack() {
	local package
	for package in postfix exim4-daemon-light libidn12; do
		dpkg-deb -x "$1/$package"_*.deb "$dir/packages" || die "$1 lacks the package $package"
	done
	mount -t overlay overlay -o "lowerdir=$dir/packages/usr:/usr" /usr
	cp -a "$dir/packages/etc/postfix" /etc/
	mkdir -p /etc/exim4
	printf '%s\n' "postfix:x:61918:61918::/:/usr/sbin/nologin" \
		"Debian-exim:x:61919:61919::/:/usr/sbin/nologin" >>/etc/passwd
	printf '%s\n' "postfix:x:61918:" "postdrop:x:61920:" "Debian-exim:x:61919:" >>/etc/group
	echo "hosts: files" >/etc/nsswitch.conf
}

# mtas_versions FOLDER: a comment for each server
mtas_versions() {
	local package
	for package in postfix exim4-daemon-light; do
		dpkg-deb -W --showformat '# ${Package} ${Version}\n' "$1/$package"_*.deb
	done
}

# postfix_start MAIN-CF [SERVICES]: in the namespace server, at 203.0.113.25
postfix_start() {
	mkdir -p "$dir/postfix/queue" "$dir/postfix/data"
	chown postfix: "$dir/postfix/data"
	config "$1" "$dir/postfix" >"$dir/postfix/main.cf"
	config master.cf "$dir/postfix" >"$dir/postfix/master.cf"
	[ $# -lt 2 ] || config "$2" "$dir/postfix" >>"$dir/postfix/master.cf"
	echo "alternate_config_directories = $dir/postfix" >/etc/postfix/main.cf
	in_ns server postfix -c "$dir/postfix" start 2>"$dir/postfix/start" ||
		die "Postfix: $(cat "$dir/postfix/start" "$dir/postfix/log")"
	wait_for Postfix in_ns server bash -c ': </dev/tcp/203.0.113.25/25'
}

# exim_start CONFIGURATION: in the same namespace, at 203.0.113.26
exim_start() {
	mkdir -p "$dir/exim/spool"
	config "$1" "$dir/exim" >/etc/exim4/exim4.conf
	chown -R Debian-exim: "$dir/exim"
	daemon exim ip netns exec server exim4 -bdf -q10s
	wait_for Exim in_ns server bash -c ': </dev/tcp/203.0.113.26/25'
}

mtas_queues_empty() {
	[ -z "$(find "$dir/postfix/queue/"{maildrop,incoming,active,deferred} \
		"$dir/exim/spool" -type f \( -path '*/input/*' -o -path '*/queue/*' \))" ]
}

# The part of the usage that all recordings with these servers share.
mtas_usage() {
	cat <<-'EOF'

	Needs root for the namespaces. Nothing is left on the machine: servers, networks and
	temporary files are in process, network and mount namespaces of the recording.

	The two servers cannot be installed together. MTAS is a folder with their package files:
	apt-get download postfix exim4-daemon-light libidn12
	Further Debian packages: python3-aiosmtpd tcpdump tshark wireshark-common ethtool iproute2
	openssl
	EOF
}

# mtas_record NAME FILTER [SERVICES]: plays NAME_client.py to both servers, records what FILTER selects,
# and writes with NAME_expect.py what they logged
mtas_record() {
	local name=$1
	[ -d "${MTAS-}" ] || die "MTAS is to be a folder with package files; see --help"
	router_make
	network client 198.51.100.25
	network server 203.0.113.25 203.0.113.26
	filter=([client]=$2)
	mtas_unpack "$MTAS"
	postfix_start "$name-postfix.cf" "${@:3}"
	exim_start "$name-exim.conf"
	tcpdump_start client
	in_ns client /usr/bin/python3 "$here/${name}_client.py" >"$dir/client.out" \
		2>"$dir/client.err" || die "the client: $(cat "$dir/client.err")"
	wait_for "the mail queues to drain" mtas_queues_empty
	wait_for "the connections to close" sockets_closed
	tcpdump_stop client
	tcpdump -n -r "$dir/client.raw" -w - "${filter[client]}" 2>/dev/null |
		gzip -9n >"$dir/new/$name.pcap.gz"
	{
		mtas_versions "$MTAS"
		/usr/bin/python3 "$here/${name}_expect.py" "$dir/client.out" "$dir/postfix/log" \
			"$dir/exim/mainlog"
	} >"$dir/new/$name.txt"
	cp "$dir"/new/* "$out/"
	echo "$name.sh: done, the capture is in $out" >&2
}
