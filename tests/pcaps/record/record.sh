#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Record the captures of the Coincheck incident from real servers; see ../README.md.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/common.sh"

usage() {
	cat <<-EOF
	usage: record.sh [-o FOLDER]

	Re-enacts the Coincheck hijack of 2020 with real servers (NSD, BIND, unbound, Postfix,
	...) in network namespaces without a route to other networks. Writes the captures, and
	for each a text file with the expected observations, into FOLDER (default: $out).

	Needs root for the namespaces. Nothing is left on the machine: servers, networks and
	temporary files are in process, network and mount namespaces of the recording.

	Debian packages: nsd bind9 unbound postfix swaks python3-aiosmtpd tcpdump tshark
	wireshark-common bind9-dnsutils ethtool iproute2 openssl
	EOF
}

packages() {
	cat <<-EOF
	nsd nsd
	named bind9
	unbound unbound
	postfix postfix
	swaks swaks
	dig bind9-dnsutils
	EOF
}

isolate "$@"
echo "nameserver 192.0.2.53" >/etc/resolv.conf
echo "alternate_config_directories = $dir/mta $dir/fake" >/etc/postfix/main.cf

networks_make() {
	router_make
	network resolver 192.0.2.53
	network mta 198.51.100.25
	network customer 198.51.100.77
	network investigator 203.0.113.10
	network dns 198.41.0.4 192.5.6.30 199.19.54.1 156.154.100.3 \
		205.251.197.235 205.251.199.193 205.251.193.149 205.251.194.138 \
		216.239.32.10 216.239.34.10 199.43.135.53 \
		198.18.1.1 198.18.1.2 198.18.2.1 198.18.2.2
	network google 64.233.188.26 64.233.191.26 64.233.171.26 64.233.191.27 64.233.171.27
	network rogue 82.221.139.210 172.104.114.87 45.77.9.110
	network fake 45.77.24.250
}

#
# The servers
#

# nsd_start NAMESPACE NAME "ADDRESS..." ZONE=FILE[+FILE]...
# One daemon for each operator: a root server must not have the zone com.
nsd_start() {
	local ns=$1 name=$2 addresses=$3 address zone
	shift 3
	rm -rf "${dir:?}/$name"
	mkdir "$dir/$name"
	config nsd.conf "$dir/$name" >"$dir/$name/nsd.conf"
	for address in $addresses; do
		echo "server: ip-address: $address" >>"$dir/$name/nsd.conf"
	done
	for zone; do
		# shellcheck disable=SC2086 # FILE+FILE is split on purpose
		(cd "$here/zones" && IFS=+ && cat ${zone#*=}) >"$dir/$name/${zone%%=*}zone"
		printf 'zone:\n\tname: "%s"\n\tzonefile: "%s"\n' "${zone%%=*}" \
			"${zone%%=*}zone" >>"$dir/$name/nsd.conf"
	done
	nsd-checkconf "$dir/$name/nsd.conf" || die "$name: bad configuration"
	daemon "$name" ip netns exec "$ns" nsd -d -c "$dir/$name/nsd.conf"
	for address in $addresses; do
		wait_for "name server $name" ip netns exec "$ns" \
			dig +time=1 +tries=1 +norecurse "@$address" "${1%%=*}" SOA
	done
}

# registry_start DELEGATION: com and net, com delegating coincheck.com so
registry_start() {
	daemon_stop gtld
	nsd_start dns gtld 192.5.6.30 com.=com.zone+com."$1" net.=net.zone
}

# The rogue name servers during the hijack: one daemon with three addresses.
rogue_start() {
	nsd_start rogue rogue "82.221.139.210 172.104.114.87 45.77.9.110" \
		coincheck.com.=rogue.zone+rogue.hijack
}

# The one rogue name server that still answers days later. The published answer to
# ANY is complete; NSD would give one RRset of it (RFC 8482), BIND gives all.
rogue_published_start() {
	daemon_stop rogue
	mkdir "$dir/named"
	config named.conf "$dir/named" >"$dir/named/named.conf"
	cat "$here/zones/rogue.zone" "$here/zones/rogue.published" \
		>"$dir/named/coincheck.com.zone"
	daemon named ip netns exec rogue named -f -c "$dir/named/named.conf"
	wait_for named ip netns exec rogue \
		dig +time=1 +tries=1 @82.221.139.210 coincheck.com SOA
}

name_servers_start() {
	nsd_start dns root 198.41.0.4 .=root.zone
	nsd_start dns org 199.19.54.1 org.=org.zone
	nsd_start dns uk 156.154.100.3 uk.=uk.zone co.uk.=co.uk.zone
	nsd_start dns amazon \
		"205.251.197.235 205.251.199.193 205.251.193.149 205.251.194.138" \
		coincheck.com.=coincheck.com.zone \
		awsdns-61.org.=awsdns-61.org.zone awsdns-56.co.uk.=awsdns-56.co.uk.zone \
		awsdns-50.com.=awsdns-50.com.zone awsdns-17.net.=awsdns-17.net.zone
	nsd_start dns google "216.239.32.10 216.239.34.10" \
		google.com.=google.com.zone googlemail.com.=googlemail.com.zone
	nsd_start dns iana 199.43.135.53 iana-servers.net.=iana-servers.net.zone \
		example.net.=example.net.zone example.org.=example.org.zone
	nsd_start dns hosting-now "198.18.1.1 198.18.1.2" dns.com.=dns.com.zone \
		awsdns-056.co.uk.=awsdns-056.co.uk.zone awsdns-017.net.=awsdns-017.net.zone
	nsd_start dns hosting-smooth "198.18.2.1 198.18.2.2" \
		smoothdns.com.=smoothdns.com.zone awsdns-061.org.=awsdns-061.org.zone
}

control() {
	unbound-control -s "$dir/unbound.sock" -c "$dir/unbound.conf" "$@"
}

# The resolver starts with an empty cache.
resolver_start() {
	daemon_stop unbound
	config unbound.conf "$dir" >"$dir/unbound.conf"
	printf '. NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n' >"$dir/root.hints"
	daemon unbound ip netns exec resolver unbound -c "$dir/unbound.conf"
	wait_for unbound control status
}

exchanger_start() {
	daemon exchanger ip netns exec google /usr/bin/python3 "$here/exchanger.py"
	wait_for "the exchanger" listens google 25
}

mta_start() {
	mkdir -p "$dir/mta/queue"
	config mta.cf "$dir/mta" >"$dir/mta/main.cf"
	config master.cf "$dir/mta" | sed '/ inet /d' >"$dir/mta/master.cf"
	in_ns mta postfix -c "$dir/mta" start 2>"$dir/mta/start" ||
		die "Postfix: $(cat "$dir/mta/start" "$dir/mta/log")"
}

# fake_start TLS: none or may
fake_start() {
	[ ! -d "$dir/fake" ] || in_ns fake postfix -c "$dir/fake" stop 2>/dev/null
	mkdir -p "$dir/fake/queue"
	config fake.cf "$dir/fake" >"$dir/fake/main.cf"
	echo "smtpd_tls_security_level = $1" >>"$dir/fake/main.cf"
	config master.cf "$dir/fake" >"$dir/fake/master.cf"
	in_ns fake postfix -c "$dir/fake" start 2>"$dir/fake/start" ||
		die "Postfix: $(cat "$dir/fake/start" "$dir/fake/log")"
	wait_for "the fake server" listens fake 25
}

#
# The recording
#

filter=([resolver]='port 53' [mta]='port 25' [investigator]='port 53')

queue_empty() {
	[ -z "$(cd "$dir/mta/queue" &&
		find maildrop incoming active deferred -type f)" ]
}

resolver_idle() {
	[ "$(control stats_noreset | sed -n 's/^total.requestlist.current.all=//p')" = 0 ]
}

settle() {
	wait_for "the mail queue to drain" queue_empty
	wait_for "the connections to close" sockets_closed
	wait_for "the resolver to rest" resolver_idle
}

# record PHASE WHEN "POINT..." ACT: one scene, with time stamps from WHEN on
record() {
	local phase=$1 when=$2 points=$3 act=$4 point start offset piece
	echo "record.sh: $phase, $when" >&2
	resolver_start
	for point in $points; do
		tcpdump_start "$point"
	done
	start=$(date +%s)
	"$act"
	settle
	when=$(date -d "$when" +%s)
	offset=$((when - start))
	for point in $points; do
		tcpdump_stop "$point"
		piece=$dir/pieces/$phase-$point.$when.pcap
		tcpdump -n -r "$dir/$point.raw" -w "$piece.raw" "${filter[$point]}" 2>/dev/null
		editcap -F pcap -t "$offset" "$piece.raw" "$piece"
	done
}

# publish NAME [PIECES]: joins the pieces of a capture
publish() {
	mergecap -F pcap -w "$dir/new/$1.pcap" "$dir/pieces/${2-$1}".*.pcap
}

#
# Actions of the people involved
#

# ask WHO SERVER QUESTION...
ask() {
	local who=$1 server=$2
	shift 2
	in_ns "$who" dig +time=5 +tries=1 "@$server" "$@" >>"$dir/dig.out" ||
		die "no answer from $server to $*"
}

customer_asks() {
	local type
	for type in A NS MX TXT AAAA; do
		ask customer 192.0.2.53 coincheck.com "$type"
	done
	ask customer 192.0.2.53 mail.coincheck.com A
	ask customer 192.0.2.53 +tcp coincheck.com MX
	ask customer 192.0.2.53 www.example.org A
	ask customer 192.0.2.53 example.net MX
	ask customer 192.0.2.53 google.com A
	ask customer 192.0.2.53 nosuchname.example.net A
}

# mail FROM SUBJECT DATE RECIPIENT...: handed to the sender's MTA, and delivered
mail_number=0
mail() {
	local from=$1 subject=$2 when=$3
	shift 3
	mail_number=$((mail_number + 1))
	in_ns mta sendmail -C "$dir/mta" -f "$from" "$@" <<-EOF
	Date: $(TZ=Asia/Tokyo date -R -d "$when")
	From: $from
	To: $(IFS=, && echo "$*")
	Subject: $subject
	Message-ID: <20200531.$mail_number@mail.example.net>
	MIME-Version: 1.0
	Content-Type: text/plain; charset=us-ascii

	Hello,
	please find below what you asked me for.
	.. and this line began with two dots.

	Regards
	EOF
	wait_for "the mail queue to drain" queue_empty
}

encoded() {
	printf '=?UTF-8?B?%s?=' "$(printf %s "$1" | base64 -w 0)"
}

act_before_lookups() {
	customer_asks
	mail alice@example.net "Question about my account" 2020-05-30T14:04:50Z \
		support@coincheck.com
}

act_before_mail() {
	mail bob@example.net "$(encoded 本人確認書類について)" 2020-05-30T15:02:50Z \
		support@coincheck.com info@coincheck.com
}

# The operator of the resolver queries each of the servers in the delegation.
operator_asks() {
	local address
	for address in 82.221.139.210 172.104.114.87 45.77.9.110; do
		ask resolver "$address" +norecurse coincheck.com NS
		ask resolver "$address" +norecurse coincheck.com MX
	done
}

act_hijack() {
	customer_asks
	mail alice@example.net "Re: Question about my account" 2020-05-30T15:05:10Z \
		support@coincheck.com
	mail bob@example.net "$(encoded 本人確認書類について)" 2020-05-30T15:05:11Z \
		support@coincheck.com info@coincheck.com
	operator_asks
}

act_starttls() {
	mail carol@example.net "Password" 2020-05-31T00:59:50Z support@coincheck.com
	operator_asks
}

# swaks ends with 24 when no recipient was accepted
act_refused() {
	local status=0
	mail alice@example.net "Two recipients" 2020-05-31T02:59:50Z \
		support@coincheck.com info@example.org
	in_ns mta swaks --server 45.77.24.250 --helo mail.example.net \
		--from bob@example.net --to info@example.org >"$dir/swaks.out" 2>&1 || status=$?
	[ $status -eq 24 ] || die "swaks: $(cat "$dir/swaks.out")"
	operator_asks
}

act_investigation() {
	local name
	ask investigator 82.221.139.210 +tcp +keepopen +norecurse coincheck.com ANY \
		coincheck.com MX
	ask investigator 82.221.139.210 +norecurse mail.coincheck.com A
	ask investigator 82.221.139.210 +norecurse mail.coincheck.com AAAA
	ask investigator 82.221.139.210 +norecurse coincheck.com NS
	for name in ns-1985.awsdns-056.co.uk ns-1515.awsdns-061.org ns-650.awsdns-017.net; do
		ask investigator 192.0.2.53 "$name" A
	done
	ask investigator 192.0.2.53 coincheck.com NS
	ask investigator 192.0.2.53 coincheck.com MX
}

# must NAME FACT...: the text file of NAME has each FACT, with any count
must() {
	local name=$1 fact
	shift
	for fact; do
		grep -q "^${fact//./\\.} [1-9]" "$dir/new/$name.txt" || die "$name lacks: $fact"
	done
}

check() {
	local name seen rogue
	seen=("ns ns-1515.awsdns-061.org" "ns ns-1985.awsdns-056.co.uk"
		"ns ns-650.awsdns-017.net" "ip 45.77.24.250" "ip 82.221.139.210"
		"ip 172.104.114.87" "ip 45.77.9.110" "resolver 82.221.139.210")
	rogue=("${seen[@]}" "mx mail.coincheck.com" "resolver 172.104.114.87"
		"resolver 45.77.9.110")
	for name in before-resolver before-mta; do
		grep -q '^# No indicator' "$dir/new/$name.txt" || die "$name is not innocent"
	done
	must before-mta smtp_sessions "recipient support@coincheck.com 250"
	must hijack-resolver "${rogue[@]}"
	must hijack-mta "server 45.77.24.250" "rcpt support@coincheck.com 250" \
		"rcpt info@coincheck.com 250"
	must starttls-resolver "${rogue[@]}"
	must starttls-mta "server 45.77.24.250"
	must refused-resolver "${rogue[@]}"
	must refused-mta "rcpt support@coincheck.com 250" "recipient info@example.org 554"
	must investigation "${seen[@]}"
}

#
# The scenes
#

networks_make
certificate_make fake mail.coincheck.com
name_servers_start
exchanger_start
mta_start

registry_start genuine
record before 2020-05-30T14:05:00Z "resolver mta" act_before_lookups
record before 2020-05-30T15:03:00Z "resolver mta" act_before_mail

registry_start hijacked
rogue_start
fake_start none
record hijack 2020-05-30T15:05:12Z "resolver mta" act_hijack
fake_start may
record starttls 2020-05-31T01:00:00Z "resolver mta" act_starttls
fake_start none
record refused 2020-05-31T03:00:00Z "resolver mta" act_refused

registry_start genuine
rogue_published_start
record investigation 2020-06-02T15:37:47Z investigator act_investigation

for phase in before hijack starttls refused; do
	publish "$phase-resolver"
	publish "$phase-mta"
done
publish investigation investigation-investigator
/usr/bin/python3 "$here/expect.py" "$dir"/new/*.pcap
check
cp "$dir"/new/* "$out/"
echo "record.sh: done, captures are in $out" >&2
