#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds rsyslog's input module for Redis, imhiredis, which Debian 12 does not package,
# from Debian's own source package of rsyslog, for test_delivery_rsyslog.py.
#
# usage: tests/e2e/imhiredis.sh MODULE.so
#
# Fetches the source from the package sources of this machine.
set -eu

[ $# -eq 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
module=$(realpath -m "$1")
dir=$(mktemp -d)
mkdir -p "$dir/lists/partial" "$(dirname "$module")"
cd "$dir"

# With a separate sources.list, because the machine's own rarely has source packages.
fetch() {
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	apt-get indextargets --format "deb-src [signed-by=$keyring] \$(REPO_URI) \$(RELEASE) main" \
		'Created-By: Packages' 'Component: main' 'Origin: Debian' |
		grep -v -e -security | sort -u >sources.list
	options="-o Dir::Etc::SourceList=$dir/sources.list -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists=$dir/lists -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o APT::Sandbox::User=root"
	# shellcheck disable=SC2086 # words are meant
	timeout 120 apt-get -qq $options update
	# shellcheck disable=SC2086
	timeout 120 apt-get -qq $options --tar-only --download-only source rsyslog
	mkdir source
	tar xzf rsyslog_*.orig.tar.gz -C source --strip-components=1
}

build() {
	cd source
	./configure --enable-imhiredis --disable-klog --disable-uuid --disable-libgcrypt \
		--disable-libcurl --disable-fmhttp --disable-generate-man-pages
	make -C contrib/imhiredis
	cp contrib/imhiredis/.libs/imhiredis.so "$module"
}

# shellcheck disable=SC2154 # it is
trap 'status=$?; [ $status = 0 ] || tail -5 "$dir/log" >&2; rm -rf "$dir"; exit $status' EXIT
{ fetch; build; } >log 2>&1
