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
