#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Debian's libnids with AddressSanitizer and coverage for the fuzz targets.
#
# usage: tests/fuzz/libnids.sh DIR
#
# Builds DIR/libnids.a from the source package, which it fetches once from the package
# sources of this machine.
set -e

[ $# -eq 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$1/lists/partial"
cd "$1"
dir=$PWD

# With a separate sources.list, because the machine's own rarely has source packages.
fetch() {
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	apt-get indextargets --format "deb-src [signed-by=$keyring] \$(REPO_URI) \$(RELEASE) main" \
		'Created-By: Packages' 'Component: main' 'Origin: Debian' | sort -u >sources.list
	options="-o Dir::Etc::SourceList=$dir/sources.list -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists=$dir/lists -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o APT::Sandbox::User=root"
	# shellcheck disable=SC2086 # words are meant
	apt-get -qq $options update
	# shellcheck disable=SC2086
	apt-get -qq $options --tar-only --download-only source libnids
	rm -rf unpacked
	mkdir unpacked
	tar xzf libnids_*.orig.tar.gz -C unpacked --strip-components=1
	mv unpacked source
}

build() {
	cd source
	[ -f src/config.h ] || ./configure --disable-libnet --disable-libglib >configure.log 2>&1
	# The flags of its Makefile.
	flags="-g -O1 -w -Isrc -D_GNU_SOURCE -DHAVE_CONFIG_H
		-DHAVE_ICMPHDR=1 -DHAVE_TCP_STATES=1 -DHAVE_BSD_UDPHDR=1"
	# killtcp.c, which sends packets, needs another library. Only raw_init() is called.
	echo 'int raw_init(void) { return 0; }' >src/none.c
	for name in allpromisc checksum hash ip_fragment ip_options libnids scan tcp util none; do
		# shellcheck disable=SC2086
		"${CLANG:-clang}" $flags -fsanitize=fuzzer-no-link,address -c "src/$name.c" -o "$name.o"
	done
	ar crs "$dir/libnids.a" ./*.o
}

[ -f libnids.a ] || { [ -d source ] || fetch; build; }
