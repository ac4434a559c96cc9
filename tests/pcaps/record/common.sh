# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Shared by the recording scripts: isolation, networks, daemons, tcpdump. Sourced by
# scripts that have usage() and packages(), which prints "PROGRAM PACKAGE" lines.

here=$(dirname "$(readlink -f "$0")")
out=$(dirname "$here")

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

check_packages() {
	local tool package
	while read -r tool package; do
		command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $package"
	done < <(packages; cat <<-EOF
	tcpdump tcpdump
	tshark tshark
	editcap wireshark-common
	ethtool ethtool
	ip iproute2
	openssl openssl
	EOF
	)
	/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null ||
		die "aiosmtpd is missing: apt-get install python3-aiosmtpd"
}

# wait_for WHAT COMMAND...: until COMMAND succeeds, at most 30 seconds
wait_for() {
	local what=$1 deadline=$((SECONDS + 30))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || die "timed out waiting for $what"
		sleep 0.05
	done
}

#
# Isolation: a script starts itself again in new namespaces. When that copy ends, for
# any reason, the kernel ends every server and network in it.
#

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# isolate ARGUMENT...: returns in the copy only, with $out and $dir, its own folder
isolate() {
	if [ "${1-}" = --inside ]; then
		out=$2
		private_make
		return
	fi
	local option
	while getopts o:h-: option; do
		case "$option${OPTARG-}" in
		o*) out=$OPTARG ;;
		h | -help) usage; exit 0 ;;
		*) usage >&2; exit 2 ;;
		esac
	done
	[ "$(id -u)" -eq 0 ] || die "needs root, to make network namespaces"
	[ -d "$out" ] || die "$out: no such folder"
	out=$(readlink -f "$out")
	check_packages
	unshare --net --mount --pid --fork --kill-child --mount-proc \
		"$0" --inside "$out" &
	trap 'kill -KILL $! 2>/dev/null; exit 1' INT TERM HUP
	wait $!
	exit
}

# /run and /etc become private copies, which end with the namespace.
private_make() {
	mount -t tmpfs -o mode=755 tmpfs /run
	dir=/run/nsmx-record
	mkdir "$dir" "$dir/pieces" "$dir/new"
	cp -a /etc "$dir/etc"
	mount --bind "$dir/etc" /etc
	rm -f /etc/resolv.conf
	export HOME=$dir LC_ALL=C
}

#
# Networks: one namespace for each host, each with a link to this one, the router.
#

router_make() {
	ip link set lo up
	ip address add 169.254.0.1/32 dev lo
	echo 1 >/proc/sys/net/ipv4/ip_forward
}

# network NAME ADDRESS...
networks=()
network() {
	local name=$1 address
	shift
	networks+=("$name")
	ip netns add "$name"
	ip link add "$name" address "02:00:00:00:01:0${#networks[@]}" type veth \
		peer name eth0 netns "$name" address "02:00:00:00:02:0${#networks[@]}"
	ethtool -K "$name" tx off rx off gso off gro off tso off >/dev/null
	ip netns exec "$name" ethtool -K eth0 tx off rx off gso off gro off tso off >/dev/null
	ip link set "$name" up
	ip -n "$name" link set lo up
	ip -n "$name" link set eth0 up
	for address; do
		ip -n "$name" address add "$address/32" dev eth0
		ip route add "$address/32" dev "$name"
	done
	ip -n "$name" route add default via 169.254.0.1 dev eth0 onlink src "$1"
}

in_ns() {
	ip netns exec "$@"
}

listens() {
	[ -n "$(in_ns "$1" ss -Htln "sport = :$2")" ]
}

#
# The servers
#

# daemon NAME COMMAND...: in the background; daemon_stop ends it
declare -A daemons=()
daemon() {
	local name=$1
	shift
	"$@" >"$dir/$name.out" 2>&1 &
	daemons[$name]=$!
}

daemon_stop() {
	local pid=${daemons[$1]-}
	[ -n "$pid" ] || return 0
	kill "$pid"
	wait "$pid" || true
	unset "daemons[$1]"
}

config() {
	sed "s|@DIR@|$2|g" "$here/config/$1"
}

# certificate_make NAME COMMON-NAME [ALTERNATIVES]: key and certificate in $dir/NAME.pem
certificate_make() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
		-subj "/CN=$2" ${3:+-addext "subjectAltName=$3"} \
		-keyout "$dir/$1.key" -out "$dir/$1.crt" 2>/dev/null
	cat "$dir/$1.key" "$dir/$1.crt" >"$dir/$1.pem"
}

#
# The recording
#

# The filter at each point of capture; set by the script.
declare -A filter=()

tcpdump_start() {
	daemon "tcpdump-$1" tcpdump -i "$1" -U --immediate-mode -s 0 -Z root \
		-w "$dir/$1.raw" "(${filter[$1]}) or udp port 9"
	wait_for "tcpdump at $1" grep -q 'listening on' "$dir/tcpdump-$1.out"
}

marked() {
	[ -n "$(tcpdump -n -r "$dir/$1.raw" udp port 9 2>/dev/null)" ]
}

# A datagram to the discard port is the last in the capture: once it is in the file,
# all earlier packets are. It is then removed.
tcpdump_stop() {
	local address
	address=$(ip -n "$1" -4 -o address show eth0 | awk '{ split($4, a, "/"); print a[1]; exit }')
	echo end >"/dev/udp/$address/9"
	wait_for "the end of the capture at $1" marked "$1"
	kill -INT "${daemons[tcpdump-$1]}"
	wait "${daemons[tcpdump-$1]}"
	unset "daemons[tcpdump-$1]"
	grep -q '^0 packets dropped by kernel' "$dir/tcpdump-$1.out" ||
		die "tcpdump lost packets at $1"
}

# Checks both ends: a server may send a last segment after the client has closed.
sockets_closed() {
	local ns
	for ns in "${networks[@]}"; do
		[ -z "$(in_ns "$ns" ss -Htn state connected exclude time-wait)" ] || return 1
	done
}
