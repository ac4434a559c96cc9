#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Record sessions of real mail clients with real servers; see ../README.md.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/common.sh"
out=$here/../clients

usage() {
	cat <<-EOF
	usage: EXIM=FILE clients.sh [-o FOLDER]

	Records sessions of Postfix, Exim, swaks and Python's smtplib with Postfix and aiosmtpd
	in network namespaces without a route to other networks. Writes the captures, and for
	each a text file with the mails that the servers logged as accepted, into FOLDER
	(default: $out).

	Needs root for the namespaces. Nothing is left on the machine: servers, networks and
	temporary files are in process, network and mount namespaces of the recording.

	Debian packages: postfix swaks libio-socket-ssl-perl libnet-ssleay-perl python3-aiosmtpd
	libidn12 tcpdump tshark wireshark-common ethtool iproute2 openssl. Exim cannot be
	installed together with Postfix: EXIM is its package file, from:
	apt-get download exim4-daemon-light
	EOF
}

packages() {
	cat <<-EOF
	postfix postfix
	swaks swaks
	EOF
}

isolate "$@"
[ -f "${EXIM-}" ] || die "EXIM is to be the package file: apt-get download exim4-daemon-light"
printf '%s\n' "203.0.113.25 mx.example.org" "203.0.113.26 aio.example.org" >>/etc/hosts
echo "hosts: files" >/etc/nsswitch.conf
echo "alternate_config_directories = $dir/server $dir/sender" >/etc/postfix/main.cf
echo "Debian-exim:x:61919:61919::/:/usr/sbin/nologin" >>/etc/passwd
echo "Debian-exim:x:61919:" >>/etc/group

networks_make() {
	router_make
	network client 198.51.100.25
	network server 203.0.113.25 203.0.113.26
}

servers_start() {
	local port
	mkdir -p "$dir/server/queue"
	config clients-server.cf "$dir/server" >"$dir/server/main.cf"
	{
		config master.cf "$dir/server" | sed '/ inet /s/smtpd$/smtpd -v/'
		config clients-services.cf "$dir/server"
	} >"$dir/server/master.cf"
	in_ns server postfix -c "$dir/server" start 2>"$dir/server/start" ||
		die "Postfix: $(cat "$dir/server/start" "$dir/server/log")"
	daemon aiosmtpd ip netns exec server /usr/bin/python3 -u "$here/clients_server.py" \
		"$dir/server.pem"
	for port in 25 587 2525; do
		wait_for "port $port of Postfix" in_ns server \
			bash -c ": </dev/tcp/203.0.113.25/$port"
		wait_for "port $port of aiosmtpd" in_ns server \
			bash -c ": </dev/tcp/203.0.113.26/$port"
	done
}

sender_start() {
	mkdir -p "$dir/sender/queue"
	config clients-postfix.cf "$dir/sender" >"$dir/sender/main.cf"
	{
		config master.cf "$dir/sender" | sed '/ inet /d'
		echo "lmtp unix - - n - - lmtp"
	} >"$dir/sender/master.cf"
	in_ns client postfix -c "$dir/sender" start 2>"$dir/sender/start" ||
		die "Postfix: $(cat "$dir/sender/start" "$dir/sender/log")"
}

exim_unpack() {
	dpkg-deb -x "$EXIM" "$dir/exim"
	mkdir -p /etc/exim4
	config clients-exim.conf "$dir/exim" >/etc/exim4/exim4.conf
	mkdir "$dir/exim/spool"
	chown -R Debian-exim: "$dir/exim"
	chown root:root "$dir/exim/usr/sbin/exim4"
	chmod 4755 "$dir/exim/usr/sbin/exim4"
}

queue_empty() {
	[ -z "$(cd "$dir/sender/queue" && find maildrop incoming active deferred -type f)" ] &&
		[ -z "$(find "$dir/exim/spool" -path '*/input/*' -type f)" ]
}

# letter SUBJECT RECIPIENT...: a mail that looks like SMTP in places, into $dir/letter
letter_number=0
letter() {
	local subject=$1
	shift
	letter_number=$((letter_number + 1))
	cat >"$dir/letter" <<-EOF
	Date: Sun, 31 May 2020 09:05:12 +0900
	From: "Alice, of Sales" <alice@example.net>
	To: $(IFS=, && echo "$*")
	Subject: $subject
	Message-ID: <$letter_number@client.example.net>
	MIME-Version: 1.0
	Content-Type: text/plain; charset=us-ascii

	RSET
	MAIL FROM:<mallory@example.com>
	RCPT TO:<x@example.org>
	DATA
	.
	..
	QUIT
	EOF
}

record() {
	local name=$1
	echo "clients.sh: $name" >&2
	tcpdump_start client
	"act_$name"
	wait_for "the mail queues to drain" queue_empty
	wait_for "the connections to close" sockets_closed
	tcpdump_stop client
	tcpdump -n -r "$dir/client.raw" -w "$dir/new/$name.pcap" "${filter[client]}" 2>/dev/null
	/usr/bin/python3 "$here/clients_expect.py" "$dir/new/$name.pcap" "$dir/server/log" \
		"$dir/aiosmtpd.out" >"$dir/new/$name.txt"
}

#
# Actions of the clients
#

# by_postfix SUBJECT RECIPIENT...
by_postfix() {
	letter "$@"
	in_ns client sendmail -C "$dir/sender" -i -f alice@example.net "${@:2}" <"$dir/letter"
	wait_for "the mail queues to drain" queue_empty
}

act_postfix() {
	by_postfix "A question" alice@example.org
	by_postfix "=?UTF-8?B?$(printf %s 本人確認書類 | base64 -w 0)?=" alice@example.org \
		nobody@example.org bob@example.org
	by_postfix "Nobody" nobody@example.org
	by_postfix "Unicode" 用户@example.org
	by_postfix "To the other" alice@aio.example.org nobody@aio.example.org
	by_postfix "Behind TLS 1.2" alice@tls12.example.org
	by_postfix "Behind TLS 1.3" alice@tls13.example.org
	by_postfix "By LMTP" alice@lmtp.example.org
}

# by_exim SUBJECT RECIPIENT...
by_exim() {
	letter "$@"
	in_ns client "$dir/exim/usr/sbin/exim4" -f alice@example.net -i -odf "${@:2}" \
		<"$dir/letter" || die "Exim: $(cat "$dir/exim/mainlog" "$dir/exim/paniclog")"
}

act_exim() {
	by_exim "A question" alice@example.org
	by_exim "=?iso-8859-1?Q?F=FCr_Sie?=" alice@example.org nobody@example.org bob@example.org
	by_exim "Nobody" nobody@example.org
	by_exim "To the other" alice@aio.example.org
	by_exim "Behind TLS 1.2" alice@tls12.example.org
}

# by_swaks STATUS SERVER OPTION...: swaks, which ends with STATUS
swaks_number=0
by_swaks() {
	local expected=$1 server=$2 status=0
	shift 2
	swaks_number=$((swaks_number + 1))
	in_ns client swaks --server "$server" --helo swaks.example.net --from bob@example.net \
		--header "Subject: By swaks" --header "Message-Id: <$swaks_number@swaks.example.net>" \
		--body 'RCPT TO:<x@example.org>\n.\nQUIT' "$@" >"$dir/swaks.out" 2>&1 || status=$?
	[ $status -eq "$expected" ] || die "swaks ends with $status: $(cat "$dir/swaks.out")"
}

act_swaks() {
	by_swaks 0 mx.example.org --to alice@example.org,bob@example.org
	by_swaks 0 mx.example.org --to alice@example.org,nobody@example.org --pipeline
	by_swaks 24 mx.example.org --to nobody@example.org
	by_swaks 0 mx.example.org --to alice@example.org --quit-after RCPT
	by_swaks 0 mx.example.org --to alice@example.org --port 587 --tls
	by_swaks 0 aio.example.org --to alice@example.org --auth PLAIN \
		--auth-user carol --auth-password sesame-7391
	by_swaks 0 aio.example.org --to alice@example.org --auth LOGIN \
		--auth-user carol --auth-password sesame-7391
	by_swaks 28 aio.example.org --to alice@example.org --auth PLAIN \
		--auth-user carol --auth-password wrong-5512
	by_swaks 0 aio.example.org --to alice@example.org --port 587 --tls --auth PLAIN \
		--auth-user carol --auth-password sesame-7391
	by_swaks 0 aio.example.org --to alice@example.org --port 2525 --protocol LMTP
}

act_smtplib() {
	in_ns client /usr/bin/python3 "$here/clients_smtplib.py" >"$dir/smtplib.out" 2>&1 ||
		die "smtplib: $(cat "$dir/smtplib.out")"
}

#
# The scenes
#

networks_make
filter=([client]='tcp and (port 25 or port 587 or port 2525)')
certificate_make server mx.example.org DNS:mx.example.org,DNS:aio.example.org
exim_unpack
servers_start
sender_start
for name in postfix exim swaks smtplib; do
	record "$name"
done
cp "$dir"/new/* "$out/"
echo "clients.sh: done, captures are in $out" >&2
