#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Debian's libnids with AddressSanitizer and coverage, so that fuzzing sees into it.
#
# usage: tests/fuzz/libnids.sh DIR
#
# Makes DIR/libnids.a from the source package, which it fetches once from where this
# machine has its packages from.
set -e

[ $# -eq 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$1/lists/partial"
cd "$1"
dir=$PWD

# With a list of its own: a machine's own rarely has source packages.
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
	# As its own Makefile has them.
	flags="-g -O1 -w -Isrc -D_GNU_SOURCE -DHAVE_CONFIG_H
		-DHAVE_ICMPHDR=1 -DHAVE_TCP_STATES=1 -DHAVE_BSD_UDPHDR=1"
	# killtcp.c, which sends, wants another library; nothing here calls it but this.
	echo 'int raw_init(void) { return 0; }' >src/none.c
	for name in allpromisc checksum hash ip_fragment ip_options libnids scan tcp util none; do
		# shellcheck disable=SC2086
		"${CLANG:-clang}" $flags -fsanitize=fuzzer-no-link,address -c "src/$name.c" -o "$name.o"
	done
	ar crs "$dir/libnids.a" ./*.o
}

[ -f libnids.a ] || { [ -d source ] || fetch; build; }
