#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds every fuzz target with libFuzzer and runs each over its corpus, as many at a
# time as there are processors. libnids is built with AddressSanitizer too, if its
# source is available.
#
# usage: [FUZZ_SEED=N] tests/fuzz/run.sh SECONDS DIR
#
# SECONDS a target. Builds in DIR and keeps findings there: new inputs in DIR/found/NAME,
# crashes in DIR/crashes/NAME-*. Exit status 1 on a crash.
#
# FUZZ_SEED is the seed of libFuzzer's random numbers, random by default. With the same seed
# and corpus, and without earlier findings in DIR, a target tries the same inputs in the same
# order. How many it tries in SECONDS depends on the machine.

if [ $# -lt 2 ]; then
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
fi
seconds=$1
case $2 in
/*) dir=$2 ;;
*) dir=$PWD/$2 ;;
esac
cd "$(dirname "$0")/../.." || exit 1

# One target: the script calls itself for each.
fuzz() {
	name=${1#fuzz_}
	log=$dir/$name.log
	corpus=tests/fuzz/corpus/$name
	[ -d "$corpus" ] || corpus=
	mkdir -p "$dir/found/$name"
	fixed='' seed=''
	if [ -n "$FUZZ_SEED" ]; then
		seed="-seed=$FUZZ_SEED -reload=0"
		# Addresses that a target compares become parts of inputs.
		setarch -R true 2>/dev/null && fixed="setarch -R"
	fi
	# shellcheck disable=SC2086 # words are meant
	if $fixed "$dir/$1" $seed -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$dir/crashes/$name-" "$dir/found/$name" $corpus >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "ok    $name  ${runs:-0} runs, $(find "$dir/found/$name" -type f | wc -l) inputs found"
	else
		echo "CRASH $name  $(sed -n 's/^SUMMARY: //p' "$log" | head -n 1)  see $log"
		input=$(sed -n 's/.*Test unit written to //p' "$log" | head -n 1)
		# So that the output alone, of a machine that is gone, is enough to reproduce it.
		[ -f "$input" ] && echo "input of $name, gzip and base64: $(gzip -9nc "$input" | base64 -w 0)"
		return 1
	fi
}

if [ $# -eq 3 ]; then
	fuzz "$3"
	exit
fi

CC=${CLANG:-clang}
# shellcheck disable=SC2016 # a variable of make
libs=$(make -s --no-print-directory --eval='print-libs: ; @echo $(LIBS)' print-libs)
targets=$(basename -s .c tests/fuzz/fuzz_*.c)
mkdir -p "$dir/crashes" || exit 1

if CLANG=$CC tests/fuzz/libnids.sh "$dir/libnids" >"$dir/libnids.log" 2>&1; then
	libs=$(echo "$libs" | sed "s|-lnids|$dir/libnids/libnids.a|")
else
	echo "source of libnids not available: its memory accesses are not checked; see $dir/libnids.log"
fi

random=$dir/tests/fuzz/fixed_random.o
objects=$random
for target in $targets; do
	objects="$objects $dir/tests/fuzz/$target.o"
done
# shellcheck disable=SC2086
${MAKE:-make} -s B="$dir" CC="$CC" SANITIZE=fuzzer-no-link,address,undefined \
	"$dir/libnsmx.a" $objects >"$dir/build.log" 2>&1 || {
	cat "$dir/build.log" >&2
	exit 1
}
for target in $targets; do
	# shellcheck disable=SC2086
	"$CC" -fsanitize=fuzzer,address,undefined -o "$dir/$target" "$dir/tests/fuzz/$target.o" \
		"$random" "$dir/libnsmx.a" $libs || exit 1
done
echo "$targets" | xargs -P "$(nproc)" -n 1 "$PWD/tests/fuzz/run.sh" "$seconds" "$dir" || exit 1
