# SPDX-License-Identifier: GPL-3.0-or-later
#
#   make             the binary at build/nsmx
#   make demo        install what is missing, build, replay the incident capture
#   make check       install what the tests need, build, pass all tests
#   make help        the other targets
#
# SANITIZE=address,undefined  builds with sanitizers    WERROR=1  warnings are errors
# V=1  shows every command    B=DIR  builds in another folder    prefix=, DESTDIR=  for install
# CC=, AR=, EMULATOR=  build for another processor; EMULATOR runs what was built

B ?= build
prefix ?= /usr/local
bindir ?= $(prefix)/bin
sysconfdir ?= /etc
unitdir ?= $(prefix)/lib/systemd/system
datadir = $(prefix)/share/nsmx
docdir = $(prefix)/share/doc/nsmx
mandir = $(prefix)/share/man
siemdir = $(datadir)/siem
completiondir = $(prefix)/share/bash-completion/completions
zshdir ?= $(prefix)/share/zsh/site-functions
fishdir = $(prefix)/share/fish/vendor_completions.d
VERSION := $(shell cat VERSION)

CC ?= cc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef -Wimplicit-fallthrough
HARDENING = -fvisibility=hidden -fstack-protector-strong -fPIE
ifeq ($(SANITIZE),)
HARDENING += -D_FORTIFY_SOURCE=2
else
SANITIZERS = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. $(WARNINGS) $(if $(WERROR),-Werror) $(HARDENING) \
	$(SANITIZERS) $(CFLAGS)
ALL_LDFLAGS = $(SANITIZERS) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS = -lpcap -lnids -lseccomp -lcap-ng -lhiredis -lssl -lcrypto -lpsl -lidn2 -lxxhash -lmtbl -linih -ljansson -lldns -lcurl -lz -lzstd -llzma -llz4 \
	-lmicrohttpd $(if $(wildcard /usr/include/maxminddb.h /usr/include/*/maxminddb.h),-lmaxminddb)

BUILD_PACKAGES = gcc libc6-dev libpcap-dev libnids-dev libhiredis-dev libssl-dev libpsl-dev \
	libidn2-dev libxxhash-dev libmtbl-dev libinih-dev libjansson-dev libldns-dev libcurl4-openssl-dev publicsuffix zlib1g-dev libzstd-dev \
	liblzma-dev liblz4-dev libmicrohttpd-dev libseccomp-dev libcap-ng-dev libmaxminddb-dev
TEST_PACKAGES = libcmocka-dev libjansson-dev redis-server redis-sentinel clickhouse-server rsyslog python3 python3-redis \
	tshark iproute2 tcpreplay dnsdbq openssl lz4 xz-utils zstd prometheus valgrind \
	man-db mandoc logrotate python3-jsonschema cmark-gfm \
	rsyslog-elasticsearch zsh fish apparmor docker-compose python3-yaml jq
DEB_PACKAGES = build-essential debhelper fakeroot
IMHIREDIS_PACKAGES = pkg-config libestr-dev libfastjson-dev libevent-dev libhiredis-dev zlib1g-dev
BENCH_PACKAGES = python3 dnscap tcpdump tshark tcpreplay iproute2
BROWSER_PACKAGES = python3 chromium-headless-shell fonts-noto-cjk poppler-utils
CHECK_PACKAGES = clang clang-format cppcheck libclang-rt-14-dev universal-ctags

# All folders with sources: $(B)/rooms fails on one that is not in the table of rooms.
ROOM_DIRS := $(patsubst %/,%,$(sort $(dir $(wildcard $(foreach top,base parsers rules history sensor, \
	$(top)/*.[ch] $(top)/*/*.[ch] $(top)/*/*/*.[ch])))))
SOURCES := $(wildcard $(ROOM_DIRS:%=%/*.c))
HEADERS := $(wildcard $(ROOM_DIRS:%=%/*.h))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(B)/libnsmx.a
UNIT_DIRS := tests/unit tests/unit/* tests/unit/*/* tests/unit/*/*/*
TEST_DIRS := $(patsubst %/,%,$(sort $(dir $(wildcard $(UNIT_DIRS:%=%/*.[ch]) tests/fuzz/*.c tests/bench/*.c))))
TEST_SOURCES := $(wildcard $(TEST_DIRS:%=%/*.c))
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(wildcard $(UNIT_DIRS:%=%/test_*.c)))
FUZZ_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_TOOLS := $(patsubst %,$(B)/tests/bench/%,generate null_loop measure match rows fleet)
# Tests that kill many servers or measure speed: they take minutes and run separately.
FAULT_TESTS := $(patsubst %,tests/e2e/test_delivery_%.py,once fleet trouble speed rsyslog history rules)
PACKAGE_TESTS := tests/e2e/test_package.py
BROWSER_TESTS := $(wildcard tests/browser/test_*.py)
SOAK_TEST := tests/e2e/test_soak.py
# Runs the end-to-end tests with other programs, so a second time with sanitizers would be the same.
HOLLOW_TEST := $(if $(SANITIZE),,tests/e2e/hollow.py)
E2E_TESTS := $(filter-out $(FAULT_TESTS) $(PACKAGE_TESTS) $(SOAK_TEST),$(wildcard tests/e2e/test_*.py))

.PHONY: all list-rooms words check check-delivery check-browser soak noise mutants test test-unit demo deps test-deps check-deps bench-deps static format fields bench fuzz install install-files deb check-package check-debian check-arm64 deb-deps uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

UNITS = $(patsubst %,$(B)/packaging/%,nsmx.service nsmx@.service nsmx-fetch.service nsmx-serve.service)

all: $(B)/nsmx $(B)/rooms manual $(UNITS) $(B)/packaging/nsmx.conf $(B)/compile_commands.json

# Prints what is made; V=1 also prints the command.
run = @printf '  %-5s %s\n' $(1) $@;$(if $(V),set -x;) $(2)

$(B)/nsmx: $(B)/sensor/commands/main.o $(LIBRARY)
	$(call run,LINK,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS))

$(LIBRARY): $(filter-out $(B)/sensor/commands/main.o,$(OBJECTS))
	@rm -f $@
	$(call run,AR,$(AR) crs $@ $^)

# Objects depend on the flags, so that builds with other SANITIZE= or CFLAGS= never mix.
FLAGS = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LEAKS) $(VERSION) $(datadir) $(bindir) $(sysconfdir)
$(B)/flags: force
	@mkdir -p $(@D); echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
.PHONY: force

DEFINES = -DNSMX_VERSION='"$(VERSION)"' -DNSMX_DATADIR='"$(datadir)"'
compile = $(CC) $(ALL_CFLAGS) -MMD -MP $(if $(filter sensor/%,$(1)),$(DEFINES)) -c -o $(1:%.c=$(B)/%.o) $(1)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,CC,$(call compile,$<))

# The assembler reads these files; the compiler does not list them among what it has read.
$(B)/sensor/report/html/html_assets.o: sensor/report/html/report.css sensor/report/html/report.js
$(B)/sensor/console/page.o: sensor/console/console.css

# For clangd and other tools, which find it in build/ by themselves.
comma = ,
json_string = "$(subst ",\",$(subst \,\\,$(1)))"
compile_command = {"directory": $(call json_string,$(CURDIR)), "file": $(call json_string,$(1)), \
	"command": $(call json_string,$(call compile,$(1)))}
$(B)/compile_commands.json: Makefile $(B)/flags $(ROOM_DIRS) $(TEST_DIRS)
	$(file >$@,[$(call compile_command,$(firstword $(SOURCES))))
	$(foreach source,$(wordlist 2,9999,$(SOURCES)) $(TEST_SOURCES),$(file >>$@,$(comma)$(call compile_command,$(source))))
	$(file >>$@,])
	$(call run,JSON,:)

# The file `rooms` states which room may include which.
IN_ROOMS = $(sort $(SOURCES) $(HEADERS) $(filter tests/unit/%,$(TEST_SOURCES)))
$(B)/rooms: rooms tools/check-rooms $(IN_ROOMS)
	@mkdir -p $(@D)
	@tools/check-rooms rooms $(IN_ROOMS)
	@touch $@

list-rooms:
	@tools/check-rooms -l rooms $(IN_ROOMS)

# Man pages: a line `.\" NSMX PART` is replaced by what the program prints of its tables.

MANUAL = $(patsubst docs/man/%.in,$(B)/man/%,$(wildcard docs/man/*.in))
PLACES = -e 's|@VERSION@|$(VERSION)|; s|@DATADIR@|$(datadir)|; s|@DOCDIR@|$(docdir)|' \
	-e 's|@BINDIR@|$(bindir)|; s|@SYSCONFDIR@|$(sysconfdir)|'

.PHONY: manual
manual: $(MANUAL)

$(B)/man/%: docs/man/%.in $(B)/nsmx
	@mkdir -p $(@D)
	$(call run,MAN,sed $(PLACES) $< | awk '$$1 " " $$2 != ".\\\" NSMX" { print; next } \
		{ fflush(); if (system("$(EMULATOR) $(B)/nsmx help --manual " $$3) != 0) exit 1 }' > $@)

# One sensor for each interface, with a configuration and a state of its own.
$(B)/packaging/nsmx@.service: $(B)/packaging/nsmx.service
	$(call run,SED,sed -e 's|^Description=.*|& at %i|; s|/nsmx run|& --config $(sysconfdir)/nsmx/%i.conf -i %i|' \
		-e '/^ExecStart=/s|$$| --state %S/nsmx/%i --sensor %H-%i|; s|^StateDirectory=nsmx|&/%i|' $< > $@)

$(B)/packaging/%: packaging/%.in $(B)/flags
	@mkdir -p $(@D)
	$(call run,SED,sed $(PLACES) $< > $@)

# Tests

# Memory that a unit test does not free fails it. LEAKS= where ptrace() is not allowed.
LEAKS ?= $(if $(SANITIZE),,-fsanitize=leak)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(LIBRARY)
	$(call run,LINK,$(CC) $(ALL_LDFLAGS) $(LEAKS) -o $@ $^ $(LIBS) -lcmocka -ljansson)

# It uses the names of the benchmark's traffic.
$(B)/tests/unit/rules/ruleset/test_sets: $(B)/tests/bench/names.o

# A fuzz target with a main() that replays its corpus; `make fuzz` has libFuzzer's.
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(LIBRARY)
	$(call run,LINK,$(CC) $(ALL_LDFLAGS) $(LEAKS) -o $@ $^ $(LIBS))

test: all $(UNIT_TESTS) $(FUZZ_TESTS) $(BENCH_TOOLS)
	tests/run --build $(B) $(UNIT_TESTS) $(FUZZ_TESTS) $(E2E_TESTS) $(HOLLOW_TEST)

# Nothing but the unit tests and the fuzz targets over their corpora.
test-unit: all $(UNIT_TESTS) $(FUZZ_TESTS)
	tests/run --build $(B) $(if $(EMULATOR),--emulator $(EMULATOR)) $(UNIT_TESTS) $(FUZZ_TESTS)

# Sub-makes, since a fresh machine has no compiler before the packages are there.
check: test-deps
	@$(MAKE) --no-print-directory test

# Delivery of events when servers, workers and disks fail: about five minutes.
# Two tests are skipped when the source of rsyslog's imhiredis is not available.
check-delivery: test-deps
	@$(MAKE) --no-print-directory all $(B)/tests/bench/fleet
	-@$(MAKE) --no-print-directory $(B)/imhiredis.so
	tests/run --build $(B) $(FAULT_TESTS)

# Not packaged in Debian 12: built from its source package of rsyslog.
$(B)/imhiredis.so:
	$(call install-missing,$(IMHIREDIS_PACKAGES))
	$(call run,BUILD,tests/e2e/imhiredis.sh $@)

# Not run by tests/run, which prints nothing before the end.
SOAK_MINUTES ?= 10
soak: test-deps
	@$(MAKE) --no-print-directory all
	NSMX=$(B)/nsmx SOAK_MINUTES=$(SOAK_MINUTES) $(SOAK_TEST)

check-package: deb
	$(call install-missing,lintian python3)
	@$(MAKE) --no-print-directory all
	tests/run --build $(B) $(PACKAGE_TESTS)

# Clean trees of Debian 12 and 13, in DEBIAN_DIR; takes many minutes.
DEBIAN_DIR ?= $(B)/debian
check-debian:
	$(call install-missing,debootstrap)
	tools/check-debian $(DEBIAN_DIR) $(SUITES)

# Built for arm64 in a clean tree of Debian 12, in DEBIAN_DIR; the unit tests run in qemu. Takes many minutes.
check-arm64:
	$(call install-missing,debootstrap)
	tools/check-arm64 $(DEBIAN_DIR)

# The HTML report and the console in a real browser; pages and pictures are left in build/browser. Without the
# packages its tests are skipped.
check-browser: deps
	-$(call install-missing,$(BROWSER_PACKAGES))
	@$(MAKE) --no-print-directory all
	tests/run --build $(B) $(BROWSER_TESTS)

# Hits of learned baselines in a generated month of 20,000 domains: some minutes.
NOISE_DOMAINS ?= 20000
NOISE_SEED ?= 1
noise: test-deps
	@$(MAKE) --no-print-directory all
	tests/month/measure.py --domains $(NOISE_DOMAINS) --seed $(NOISE_SEED) $(B)/nsmx

# Changes one place of the sources at a time, and demands that a test fails. See --help.
N ?= 60
SEED ?= 1
mutants: test-deps
	tests/mutants/mutants.py -n $(N) --seed $(SEED) --build $(B)/mutants \
		$(UNIT_TESTS:$(B)/%=%) $(FUZZ_TESTS:$(B)/%=%) $(E2E_TESTS)

demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(B)/nsmx

# Debian packages: only what is missing is installed, with sudo where needed.
install-missing = @missing=; for p in $(1); do \
	dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; [ -z "$$missing" ] || { echo "installing:$$missing"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	{ $$sudo apt-get update -qq && \
	  $$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $$missing >$(or $(TMPDIR),/tmp)/nsmx-deps.$$$$ 2>&1; } || \
	{ cat $(or $(TMPDIR),/tmp)/nsmx-deps.$$$$; echo "could not install:$$missing" >&2; exit 1; }; \
	rm -f $(or $(TMPDIR),/tmp)/nsmx-deps.$$$$; }

deps:
	$(call install-missing,$(BUILD_PACKAGES))

test-deps:
	$(call install-missing,$(BUILD_PACKAGES) $(TEST_PACKAGES))

deb-deps:
	$(call install-missing,$(BUILD_PACKAGES) $(DEB_PACKAGES))

check-deps:
	$(call install-missing,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(CHECK_PACKAGES))

# Format and static checks

FORMATTED = $(SOURCES) $(HEADERS) $(wildcard $(TEST_DIRS:%=%/*.[ch]))

format:
	@clang-format -i $(FORMATTED)

static: $(B)/rooms
	@tools/check-functions 60 $(SOURCES) $(HEADERS)
	@tools/check-writers smtp_session parsers/smtp
	@echo '  words'; $(MAKE) -s --no-print-directory words
	@echo '  fields of events'; tools/event-fields --check
	@echo '  documentation'; tools/check-docs $(wildcard *.md docs/*.md tests/*/README.md)
	@echo '  clang-format'; clang-format --dry-run --Werror $(FORMATTED)
	@echo '  cppcheck'; cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 -j2 -I. -DNSMX_VERSION='""' -DNSMX_DATADIR='""' $(SOURCES)

# Fails on words that the vocabulary of the project replaces.
words:
	@tools/check-words tools/words README.md CONTRIBUTING.md Makefile rooms \
		base debian docs history packaging parsers rules sensor tests tools

# The tables of docs/events.md, JSON Schema and mappings, from docs/event-fields.txt.
fields:
	@tools/event-fields

# FUZZ_SECONDS a target, with the committed corpus and the inputs found before.
FUZZ_SECONDS ?= 30
fuzz:
	tests/fuzz/run.sh $(FUZZ_SECONDS) $(B)/fuzz

# The other tools are compared with; run.py reports those that are missing.
$(B)/tests/bench/generate: $(patsubst %,$(B)/tests/bench/%.o,generate writer names dns_builder \
		dns_traffic smtp_dialogue smtp_traffic span_traffic)
$(B)/tests/bench/null_loop: $(B)/tests/bench/null_loop.o
$(B)/tests/bench/measure: $(B)/tests/bench/measure.o
$(B)/tests/bench/match: $(B)/tests/bench/match.o $(LIBRARY)
$(B)/tests/bench/rows: $(B)/tests/bench/rows.o $(LIBRARY)
$(B)/tests/bench/fleet: $(B)/tests/bench/fleet.o $(LIBRARY)
$(BENCH_TOOLS):
	$(call run,LINK,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS))

bench-deps:
	$(call install-missing,$(BUILD_PACKAGES) $(BENCH_PACKAGES))

bench: bench-deps
	@$(MAKE) -s --no-print-directory all $(BENCH_TOOLS)
	@tests/bench/run.py $(B)/nsmx
	@NSMX=$(abspath $(B)/nsmx) tests/bench/reload.py
	@tests/bench/history.py $(B)/nsmx
	@NSMX=$(abspath $(B)/nsmx) tests/bench/live.py

# Installed files. `make uninstall` removes them, except those that users may have changed.
DOCS = README.md SECURITY.md NEWS $(wildcard docs/*.md docs/*.png)
INSTALLED = $(bindir)/nsmx $(patsubst $(B)/packaging/%,$(unitdir)/%,$(UNITS)) $(unitdir)/nsmx-fetch.timer $(prefix)/lib/sysusers.d/nsmx.conf \
	$(prefix)/lib/tmpfiles.d/nsmx.conf $(completiondir)/nsmx $(zshdir)/_nsmx $(fishdir)/nsmx.fish \
	$(datadir)/nsmx.logrotate $(datadir)/nsmx.apparmor \
	$(foreach page,$(notdir $(MANUAL)),$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(page)) \
	$(patsubst rules/sets/%,$(datadir)/rules/%,$(wildcard rules/sets/*.rules)) \
	$(patsubst packaging/siem/%,$(siemdir)/%,$(wildcard packaging/siem/*)) \
	$(foreach page,$(notdir $(DOCS)),$(docdir)/$(page)) $(docdir)/nsmx.conf.example $(docdir)/feeds.conf.example $(docdir)/nsmx.alerts.yml

install: all
	@$(MAKE) --no-print-directory install-files

# Installs without building.
install-files:
	install -D -m 755 $(B)/nsmx $(DESTDIR)$(bindir)/nsmx
	install -D -m 644 -t $(DESTDIR)$(datadir)/rules rules/sets/*.rules
	install -D -m 644 -t $(DESTDIR)$(siemdir) $(wildcard packaging/siem/*)
	install -D -m 644 -t $(DESTDIR)$(mandir)/man1 $(filter %.1,$(MANUAL))
	install -D -m 644 -t $(DESTDIR)$(mandir)/man5 $(filter %.5,$(MANUAL))
	install -D -m 644 -t $(DESTDIR)$(docdir) $(DOCS)
	install -D -m 644 $(B)/packaging/nsmx.conf $(DESTDIR)$(docdir)/nsmx.conf.example
	install -D -m 644 packaging/nsmx.alerts.yml $(DESTDIR)$(docdir)/nsmx.alerts.yml
	install -D -m 644 packaging/nsmx.bash $(DESTDIR)$(completiondir)/nsmx
	install -D -m 644 packaging/nsmx.zsh $(DESTDIR)$(zshdir)/_nsmx
	install -D -m 644 packaging/nsmx.fish $(DESTDIR)$(fishdir)/nsmx.fish
	install -D -m 644 -t $(DESTDIR)$(datadir) packaging/nsmx.logrotate packaging/nsmx.apparmor
	install -D -m 644 packaging/nsmx.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/nsmx.conf
	install -D -m 644 packaging/nsmx.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/nsmx.conf
	install -D -m 644 -t $(DESTDIR)$(unitdir) $(UNITS) packaging/nsmx-fetch.timer
	install -D -m 644 packaging/feeds.conf $(DESTDIR)$(docdir)/feeds.conf.example
	[ -e $(DESTDIR)$(sysconfdir)/nsmx/nsmx.conf ] || \
		install -D -m 644 $(B)/packaging/nsmx.conf $(DESTDIR)$(sysconfdir)/nsmx/nsmx.conf

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	rmdir $(DESTDIR)$(datadir)/rules $(DESTDIR)$(siemdir) $(DESTDIR)$(datadir) $(DESTDIR)$(docdir) 2>/dev/null || true

# Built in a copy, so that the tree stays clean; variables of this make are not passed on.
deb: deb-deps
	rm -rf $(B)/deb
	mkdir -p $(B)/deb/nsmx
	cp -r Makefile VERSION LICENSE NEWS README.md SECURITY.md rooms tools base debian docs packaging parsers rules history sensor $(B)/deb/nsmx
	cd $(B)/deb/nsmx && env -i PATH="$$PATH" \
		dpkg-buildpackage -us -uc -b -j2 >../log 2>&1 || { tail -n 40 ../log >&2; false; }
	@rm -rf $(B)/deb/nsmx; ls $(B)/deb/*.deb

clean:
	rm -rf $(B)

help:
	@echo 'all check demo deps bench install uninstall deb clean   as in README.md'
	@echo 'test     the tests, without looking for packages'
	@echo 'check-delivery   delivery and history when servers, workers and disks fail; takes minutes'
	@echo 'soak     traffic and failures, SOAK_MINUTES=10; fails on a lost event or a leak'
	@echo 'noise    hits of learned baselines in a generated month, NOISE_DOMAINS=20000 NOISE_SEED=1'
	@echo 'mutants  N=60 changes of the sources, drawn by SEED=1: does a test fail for each?'
	@echo 'check-package    make deb, run lintian, install the package in an overlay'
	@echo 'check-browser    the HTML report and the console in Chromium; pictures in build/browser'
	@echo 'check-debian     packages in clean trees of Debian 12 and 13'
	@echo 'check-arm64      a build for arm64 in a clean tree; its unit tests in qemu'
	@echo 'test-unit        the unit tests, and the fuzz targets over their corpora'
	@echo 'static   format and static checks (packages: make check-deps)'
	@echo 'list-rooms   the rooms: their files, and what they may include'
	@echo 'words    the words of tools/words that are left; part of static'
	@echo 'fields   what is made from docs/event-fields.txt, the table of event fields'
	@echo 'format   clang-format in place'
	@echo 'fuzz     libFuzzer, FUZZ_SECONDS=30 a target, FUZZ_SEED=N (random)'

-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d) $(FUZZ_TESTS:=.d) $(B)/tests/fuzz/replay.d \
	$(wildcard $(B)/tests/bench/*.d)
