/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Short conversations, each with the calls that the handler must get. Limits are tested in
 * test_streams_limits.c, random loss in test_streams_property.c.
 */
#include "tests/unit/no_memory.h"
#include "tests/unit/sensor/reassembly/wire.h"

/*
 * Steps are `[+ms] <from><flags> seq ack [text]`, where ms is waited before,
 * from is > for the client, flags are of SFRU, `-` for no ACK; an urgent
 * pointer is 3; `hands` is a handshake.
 */
struct script {
	const char *name, *log, *steps;
};

/* clang-format off */
static const struct script SCRIPTS[] = {
	/* 1: beginnings */
	{ "plain", "O S[220 a] C[QUIT] .fin",
	  "hands; < 1 1 220 a; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "banner before the third ACK", "O S[220 a] C[QUIT] .fin",
	  ">S- 0 0; <S 0 1; < 1 1 220 a; > 1 1; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "banner without the third ACK", "O S[220 a] C[QUIT] .fin",
	  ">S- 0 0; <S 0 1; < 1 1 220 a; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "SYN sent again", "O S[220 a] .shutdown",
	  ">S- 0 0; >S- 0 0; <S 0 1; <S 0 1; < 1 1 220 a" },
	{ "SYN again with a new number", "O S[220 a] C[QUIT] .shutdown",
	  ">S- 5000 0; >S- 0 0; <S 0 1; > 1 1; < 1 1 220 a; > 1 6 QUIT" },
	/* 2: handshakes with parts missing */
	{ "no SYN", "O S[220 a] C[QUIT] .fin",
	  "<S 0 1; < 1 1 220 a; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "no SYN-ACK, third ACK, first data displaced", "O S[220 a] C[QUIT] .fin",
	  ">S- 0 0; > 1 1; < 4 1  a; < 1 1 220; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "SYN-ACK after the banner", "O S[220 a] C[QUIT] .fin",
	  ">S- 0 0; < 1 1 220 a; <S 0 1; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "the whole handshake after the banner", "M S[220 ab] C[QUIT] .shutdown",
	  "< 1 1 220 a; >S- 0 0; < 6 1 b; <S 0 1; > 1 7 QUIT" },
	{ "no handshake", "M S[220 a] C[QUIT] .fin",
	  "< 1 1 220 a; > 1 6 QUIT; <F 6 5; >F 5 7" },
	{ "TFO", "O C[EHLO] S[220 a] .shutdown",
	  ">S- 0 0 EHLO; <S 0 5; < 1 5 220 a" },
	{ "TFO, data refused and sent again", "O C[EHLO] S[220 a] C[!] .shutdown",
	  ">S- 0 0 EHLO; <S 0 1; > 1 1 EHLO; < 1 5 220 a; > 5 6 !" },
	{ "client only", "O C[EHLO] .fin",
	  ">S- 0 0; > 1 1; > 1 50 EHLO; >F 5 60; +61000 > 6 61" },
	{ "server only", "O S[220 a] .shutdown",
	  "<S 0 1; < 1 1 220 a" },
	{ "middle, one side", "M C[DATA] .shutdown",
	  "> 900 77 DATA" },
	/* 3: disorder and repeats */
	{ "two displaced", "O C[abcdef] .shutdown",
	  "hands; > 5 1 ef; > 3 1 cd; > 1 1 ab" },
	{ "each twice", "O C[abcdef] .shutdown",
	  "hands; > 1 1 ab; > 1 1 ab; > 5 1 ef; > 5 1 ef; > 3 1 cd; > 3 1 cd" },
	{ "overlap in order: the first wins", "O C[abcdXY] .shutdown",
	  "hands; > 1 1 abcd; > 3 1 ZZXY" },
	{ "overlap with octets after a hole: those in order win", "O C[a1ZZZZ23] .shutdown",
	  "hands; > 3 1 CDEF; > 1 1 a1ZZZZ23" },
	{ "overlap with a part of those after a hole", "O C[a1ZZEF] .shutdown",
	  "hands; > 3 1 CDEF; > 1 1 a1ZZ" },
	{ "overlap on both flanks", "O C[abZZefZZij] .shutdown",
	  "hands; > 3 1 CD; > 7 1 GH; > 2 1 xZZefZZij; > 1 1 ab" },
	{ "keep-alive octet", "O C[ab] .shutdown",
	  "hands; > 1 1 ab; > 2 1 Z" },
	/* 4: loss */
	{ "data that acknowledges two octets more waits for them", "O C[abcd] S[x] .shutdown",
	  "hands; > 1 1 ab; < 1 5 x; > 3 2 cd" },
	{ "data that acknowledges one octet more, which may be a FIN", "O C[ab] S[x] C[c] .shutdown",
	  "hands; > 1 1 ab; < 1 4 x; > 3 2 c" },
	{ "ACK before data", "O C[abcd] .shutdown",
	  "hands; < 1 5; +400 > 1 1 abcd" },
	{ "ACK past a hole, the hole a little later", "O C[abcd] .shutdown",
	  "hands; > 3 1 cd; < 1 5; < 1 5; > 1 1 ab" },
	{ "ACK past a hole, time", "O c2 C[cd] .shutdown",
	  "hands; > 3 1 cd; < 1 5; +400 < 1 5" },
	{ "no ACK past a hole: sent again much later", "O C[abcd] .shutdown",
	  "hands; > 3 1 cd; < 1 1; +20000 < 1 1; +20000 > 1 1 ab" },
	{ "peer never seen, time", "O c2 C[cd] .shutdown",
	  ">S- 0 0; > 1 1; > 3 1 cd; +4000 > 5 1" },
	{ "peer silent past a hole", "O c2 C[cd] .shutdown",
	  "hands; > 3 1 cd; +31000 > 5 1" },
	{ "two holes, one grace", "O c2 C[cd] c2 C[gh] .shutdown",
	  "hands; > 3 1 cd; > 7 1 gh; < 1 9; +400 < 1 9" },
	{ "what was lost comes too late", "O c2 C[cd] .shutdown",
	  "hands; > 3 1 cd; < 1 5; +400 < 1 5; > 1 1 ab" },
	{ "FIN past a hole", "O S[220 a] c4 .fin",
	  "hands; < 1 1 220 a; >F 5 6; <F 6 6; +400 < 7 6" },
	{ "FIN before its data", "O S[220 a] C[QUIT] .fin",
	  "hands; < 1 1 220 a; >F 5 6; <F 6 6; > 1 6 QUIT" },
	{ "the last reply lost", "O S[220 a] C[QUIT] s9 .shutdown",
	  "hands; < 1 1 220 a; > 1 6 QUIT; > 5 15" },
	{ "queued data at the end", "O c2 C[cd] .shutdown",
	  "hands; > 3 1 cd" },
	/* 5: ends and new beginnings */
	{ "last ACK lost, stragglers after the end", "O S[220 a] C[QUIT] .fin",
	  "hands; < 1 1 220 a; > 1 6 QUIT; <F 6 5; >F 5 7; < 1 5 220 a; >F 1 7 QUIT" },
	{ "port reuse after 1 s", "O C[abcd] .fin O C[new] .shutdown",
	  "hands; >F 1 1 abcd; <F 1 6; +1000 >S- 70000 0; <S 90000 70001; > 70001 90001 new" },
	{ "port reuse, the end was lost", "O C[abcd] .reused O C[new] .shutdown",
	  "hands; > 1 1 abcd; +1000 >S- 70000 0; <S 90000 70001; > 70001 90001 new" },
	{ "port reuse, the end and the SYN-ACK were lost", "O C[abcd] .reused M S[220] C[x] .shutdown",
	  "hands; > 1 1 abcd; +1000 >S- 20000000 0; > 20000001 30000001 new; "
	  "< 30000001 20000004 220; > 20000004 30000004 x" },
	{ "port reuse, the server is never seen", "O C[abcd] .reused M C[new] .shutdown",
	  ">S- 0 0; > 1 1 abcd; +1000 >S- 20000000 0; > 20000001 1 new" },
	{ "forged SYN and data", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; >S- 20000000 0; > 20000001 1 XX; < 1 3; > 3 1 cd" },
	{ "forged SYN and data in the window", "O C[abcd] c69996 C[XX] .shutdown",
	  "hands; > 1 1 ab; >S- 70000 0; > 70001 1 XX; < 1 3; > 3 1 cd" },
	{ "blind SYN", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; >S- 70000 0; > 3 1 cd" },
	{ "blind RST in the window", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; >R- 100 0; <R 100 3; > 3 1 cd" },
	{ "RST", "O C[ab] .rst",
	  "hands; > 1 1 ab; <R 1 3; > 1 1 ab" },
	{ "RST after lost data, as acknowledged", "O C[ab] c4 .rst",
	  "hands; > 1 1 ab; < 1 7; >R- 7 0" },
	{ "RST past a hole that is filled, the peer never seen", "O C[abcd] .rst",
	  ">S- 0 0; > 3 1 cd; >R- 5 0; > 1 1 ab" },
	{ "RST past a hole, which the peer does not take", "O C[abcdef] .shutdown",
	  "hands; > 3 1 cd; >R- 5 0; > 1 1 ab; > 5 1 ef" },
	{ "data goes on after a forged FIN", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; >F 3 1; > 3 1 cd" },
	{ "RST after a FIN", "O C[ab] .rst",
	  "hands; >F 1 1 ab; >R- 4 0" },
	{ "an older FIN", "O C[abcdef] .shutdown",
	  "hands; > 1 1 abcd; >F 3 1; > 5 1 ef" },
	{ "past the end: a straggler, then a connection unseen", "O C[abcd] .fin M C[new] .shutdown",
	  "hands; >F 1 1 abcd; <F 1 6; > 400 1 old; +2000 > 500 1 new" },
	{ "far past the end", "O C[abcd] .fin M C[new] .shutdown",
	  "hands; >F 1 1 abcd; <F 1 6; > 3000000 1 new" },
	{ "SYN refused, then taken", "O C[ab] .shutdown",
	  ">S- 0 0; <R 0 1; >S- 0 0; <S 0 1; > 1 1 ab" },
	/* 8: invalid segments */
	{ "flags that no stack takes", "O C[ab] .shutdown",
	  "hands; >- 1 1 XX; >SF- 1 1 XX; >SR- 1 1 XX; > 1 1 ab" },
	{ "far from the window, once", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; > 3000001 1 XX; > 2147483649 1 XX; > 3 1 cd" },
	{ "megabytes lost", "O C[ab] c2999999 C[opq] .shutdown",
	  "hands; > 1 1 ab; > 3000000 1 mn; > 3000001 1 n; < 1 3000002; > 3000002 1 opq" },
	{ "megabytes lost, the peer never seen", "O C[ab] c2999999 C[opq] .shutdown",
	  ">S- 0 0; > 1 1 ab; > 3000000 1 mn; > 3000001 1 n; > 3000002 1 opq" },
	{ "far from the window, not acknowledged", "O C[abcd] .shutdown",
	  "hands; > 1 1 ab; > 3000000 1 mn; > 3000001 1 n; < 1 3; > 3000002 1 opq; > 3 1 cd" },
	{ "another connection, its SYN unseen", "O C[ab] .reused M C[3] .shutdown",
	  "hands; > 1 1 ab; > 2415919104 1 1; < 1 2415919105; > 2415919105 1 2; "
	  "> 2415919106 1 3" },
	{ "acknowledges what was never sent", "O S[220 a] C[QUIT] S[221] .shutdown",
	  "hands; < 1 1 220 a; > 1 5000 XX; < 6 1; > 1 6 QUIT; +400 < 6 5 221" },
	{ "a burst after a hole: the peer has not replied yet", "O C[abcd] .shutdown",
	  "hands; > 3 1 cd; > 1 1; > 1 1; > 1 1; > 1 1; > 1 1; > 1 1; > 1 1; > 1 1; > 1 1 ab" },
	/* 9: urgent octets: the pointer is 3 */
	{ "urgent", "O C[abde] .shutdown",
	  "hands; >U 1 1 abcde" },
	{ "urgent, at the end", "O C[abde] .shutdown",
	  "hands; >U 1 1 abc; > 4 1 de" },
	{ "urgent, in the next segment", "O C[abde] .shutdown",
	  "hands; >U 1 1 ab; > 3 1 cde" },
	{ "urgent, announced without data", "O C[abde] .shutdown",
	  "hands; >U 1 1; > 1 1 a; > 2 1 bcde" },
	{ "urgent, after a hole", "O C[abcdf] .shutdown",
	  "hands; >U 3 1 cdef; > 1 1 ab" },
	{ "urgent, sent again", "O C[abde] .shutdown",
	  "hands; >U 1 1 abc; >U 1 1 abc; > 4 1 de" },
	{ "urgent twice", "O C[abdefh] .shutdown",
	  "hands; >U 1 1 abcd; >U 5 1 efgh" },
};
/* clang-format on */

static void run_step(struct wire *w, const char *step)
{
	char flags[8];
	unsigned seq, ack;
	int wait_ms = 0, end = 0;

	if (strcmp(step, "hands") == 0) {
		hands(w);
		return;
	}
	if (sscanf(step, "+%d %n", &wait_ms, &end) == 1) {
		w->now_ns += wait_ms * MS_NS;
		step += end;
	}
	if (sscanf(step, "%7s %u %u%n", flags, &seq, &ack, &end) != 3) {
		fail_msg("no step: %s", step);
	}
	wire_send(w, flags[0], flags + 1, seq, ack, step[end] != 0 ? step + end + 1 : "");
}

static void run_steps(const struct script *script, struct wire *w)
{
	char steps[512], *save = NULL;
	snprintf(steps, sizeof(steps), "%s", script->steps);
	for (char *step = strtok_r(steps, ";", &save); step != NULL;
	     step = strtok_r(NULL, ";", &save)) {
		run_step(w, step + strspn(step, " "));
	}
}

static void run_script(const struct script *script, struct wire *w)
{
	run_steps(script, w);
	uint64_t library = streams_stats(w->streams)->library + libnids_warnings();
	streams_free(w->streams);
	if (library != 0 || strcmp(w->record.log, script->log) != 0 ||
	    w->record.opened != w->record.closed) {
		fail_msg("%s: %s, not %s", script->name, w->record.log, script->log);
	}
}

/* Each with small, large and wrapping numbers, over both families. */
static void scripts(void **state)
{
	static const uint32_t isns[][2] = {
		{ 1000, 2000 },
		{ 0, 0 },
		{ UINT32_MAX, UINT32_MAX - 3 },
		{ 0x7ffffffe, 0x80000000 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(SCRIPTS) / sizeof(SCRIPTS[0]); i++) {
		for (size_t j = 0; j < 2 * sizeof(isns) / sizeof(isns[0]); j++) {
			struct streams_limits limits = { .streams_max = 16, .connections_max = 16 };
			struct wire w;
			wire_open(&w, &limits);
			memcpy(w.isn, isns[j / 2], sizeof(w.isn));
			if (j % 2 == 1) {
				inet_pton(AF_INET6, "2001:db8::1", &w.client);
				inet_pton(AF_INET6, "2001:db8::2", &w.server);
			}
			run_script(&SCRIPTS[i], &w);
		}
	}
}

/* Copies that differ: the log of the second reading, in which a message ends with a dot. */
static const struct {
	const char *name, *first, *second, *steps;
} READINGS[] = {
	{ "a copy after the first", "O C[ab.cd] .shutdown", "C[XY] .shutdown",
	  "hands; > 1 1 ab.; > 4 1 cd; > 4 1 XY" },
	{ "equal copies", "O C[ab.cd] .shutdown", "",
	  "hands; > 1 1 ab.; > 4 1 cd; > 4 1 cd; > 1 1 ab.cd" },
	{ "from the beginning of the message on", "O C[ab.cdefgh] .shutdown", "C[cXYfgh] .shutdown",
	  "hands; > 1 1 ab.c; > 5 1 de; > 7 1 f; > 5 1 XY; < 1 8; > 8 1 gh" },
	{ "the copy came first, after a hole", "O C[abcd] .shutdown", "C[aXcd] .shutdown",
	  "hands; > 2 1 X; > 1 1 abcd" },
	{ "both after a hole", "O C[abcdef] .shutdown", "C[abXYef] .shutdown",
	  "hands; > 3 1 cd; > 3 1 XY; > 1 1 ab; > 5 1 ef" },
	{ "the longer one after a hole, as Linux", "O C[abXYef] .shutdown", "C[abcdef] .shutdown",
	  "hands; > 3 1 cd; > 3 1 XYef; > 1 1 ab" },
	{ "the joined ones after a hole, as Linux", "O C[abcdefgh] .shutdown",
	  "C[abcXYfgh] .shutdown", "hands; > 3 1 cd; > 5 1 ef; > 4 1 XY; > 1 1 ab; > 7 1 gh" },
	{ "each octet is sent twice: the second reading has the second copies",
	  "O C[XXX] .shutdown", "C[abc] .shutdown",
	  "hands; > 1 1 X; > 1 1 a; > 2 1 X; > 2 1 b; > 3 1 X; > 3 1 c" },
	{ "each octet twice, with replies", "O C[X] S[1] C[X] S[2] .shutdown",
	  "C[a] S[1] C[b] S[2] .shutdown",
	  "hands; > 1 1 X; > 1 1 a; < 1 2 1; > 2 2 X; > 2 2 b; < 2 3 2; > 3 3" },
	{ "three copies: the latest that differs", "O C[ab] .shutdown", "C[YZ] .shutdown",
	  "hands; > 1 1 ab; > 1 1 XX; > 1 1 YZ; > 1 1 ab" },
	{ "one octet, acknowledged too early", "O C[ab] .shutdown", "C[aZ] .shutdown",
	  "hands; > 1 1 ab; < 1 3; > 2 1 Z" },
	{ "of the server", "O S[a.b] .shutdown", "S[X] .shutdown", "hands; < 1 1 a.b; < 3 1 X" },
	{ "a gap in both", "O C[ab] c2 C[ef] .shutdown", "C[XY] c2 C[ef] .shutdown",
	  "hands; > 1 1 ab; > 1 1 XY; > 5 1 ef; < 1 7; +400 < 1 7" },
	{ "with an urgent octet", "O C[abde] .shutdown", "C[abXe] .shutdown",
	  "hands; >U 1 1 abcde; > 4 1 X" },
	{ "both agree: it ends", "O C[ab.cd.] S[1] .shutdown", "C[XY.cd.] S[1] .refused",
	  "hands; > 1 1 ab.; > 1 1 XY.; > 4 1 cd.; < 1 7 1; > 7 2" },
	{ "a gap of a side that was not seen before", "M C[ab] s5 S[x] .shutdown",
	  "C[XY] s5 S[x] .shutdown",
	  "> 1 50 ab; > 1 50 XY; <F 60 3; < 65 3 x; > 3 66; +400 > 3 66" },
	{ "reset", "O C[ab] .rst", "C[XY] .rst", "hands; > 1 1 ab; > 1 1 XY; >R- 3 0" },
};

static void two_readings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(READINGS) / sizeof(READINGS[0]); i++) {
		struct record second = { .size = 0 };
		struct wire w;
		wire_open(&w, NULL);
		w.record.second = &second;
		const struct script script = { READINGS[i].name, READINGS[i].first,
			                       READINGS[i].steps };
		run_script(&script, &w);
		if (strcmp(second.log, READINGS[i].second) != 0) {
			fail_msg("%s: second %s, not %s", script.name, second.log,
			         READINGS[i].second);
		}
		assert_int_equal(second.closed, second.log[0] != '\0');
	}
}

/* The same calls, or fewer, and a loss that is counted. */
static void check_script(void *ctx, size_t number)
{
	const struct script *script = ctx;
	struct record second = { .size = 0 };
	struct wire w;
	no_memory_countdown = 0;
	wire_open(&w, NULL);
	w.record.second = &second;
	no_memory_countdown = number;
	run_steps(script, &w);
	no_memory_countdown = 0;
	const struct streams_stats *stats = streams_stats(w.streams);
	bool lost = stats->no_memory + stats->flushed > 0;
	assert_int_equal(stats->library, 0);
	streams_free(w.streams);
	assert_int_equal(w.budget.used, 0);
	assert_int_equal(w.record.opened, w.record.closed);
	if (no_memory_failures > 0 && strcmp(w.record.log, script->log) != 0 && !lost) {
		fail_msg("%s, allocation %zu at %#zx: %s, not %s", script->name, number,
		         no_memory_place, w.record.log, script->log);
	}
}

static void no_memory(void **state)
{
	size_t allocations = 0;
	(void)state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	for (size_t i = 0; i < sizeof(SCRIPTS) / sizeof(SCRIPTS[0]); i++) {
		struct script script = SCRIPTS[i];
		allocations += no_memory_each(check_script, &script);
	}
	for (size_t i = 0; i < sizeof(READINGS) / sizeof(READINGS[0]); i++) {
		struct script script = { READINGS[i].name, READINGS[i].first, READINGS[i].steps };
		allocations += no_memory_each(check_script, &script);
	}
	assert_true(allocations > 100);
	(void)libnids_warnings();
}

static void keep_alive_is_no_copy(void **state)
{
	(void)state;
	struct record second = { .size = 0 };
	struct wire w;
	wire_open(&w, NULL);
	w.record.second = &second;
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	wire_send(&w, '<', "", 1, 3, "");
	wire_send_bytes(&w, '>', "", 2, 1, "\0", 1);
	assert_int_equal(streams_stats(w.streams)->ambiguous, 0);
	wire_close(&w);
	assert_int_equal(second.size, 0);
}

/* Segments have checksums: D is a wrong one; L few hops left. The second reading, if any. */
static const struct {
	const char *name, *first, *second, *steps;
} DAMAGED[] = {
	{ "a damaged copy", "O C[abcd] .shutdown", "", "hands; > 1 1 ab; >D 1 1 XY; > 3 1 cd" },
	{ "the first copy is damaged", "O C[XYcd] .shutdown", "C[abcd] .shutdown",
	  "hands; >D 1 1 XY; > 1 1 ab; > 3 1 cd" },
	{ "damaged after a hole", "O C[abcd] .shutdown", "",
	  "hands; >D 3 1 XY; > 1 1 ab; > 3 1 cd" },
	{ "damaged RST", "O C[abcd] .shutdown", "", "hands; > 1 1 ab; >RD 3 1; > 3 1 cd" },
	{ "damaged FIN", "O C[abcd] .shutdown", "", "hands; > 1 1 ab; >FD 3 1; <F 1 3; > 3 1 cd" },
	{ "RST with few hops left", "O C[abcd] .shutdown", "",
	  "hands; > 1 1 ab; >RL 3 1; > 3 1 cd" },
	{ "data with few hops left may get there", "O C[abcd] .shutdown", "",
	  "hands; >L 1 1 ab; >L 3 1 cd" },
	{ "all are damaged: left to the card", "O C[ab] .rst", "",
	  ">S-D 0 0; <SD 0 1; >D 1 1; >D 1 1 ab; >RD 3 1" },
	{ "from far away", "O C[ab] .rst", "", ">S-L 0 0; <SL 0 1; >L 1 1 ab; >RL 3 1" },
};

static void damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(DAMAGED) / sizeof(DAMAGED[0]); i++) {
		struct record second = { .size = 0 };
		struct wire w;
		wire_open(&w, NULL);
		w.sums = true;
		w.record.second = &second;
		const struct script script = { DAMAGED[i].name, DAMAGED[i].first,
			                       DAMAGED[i].steps };
		run_script(&script, &w);
		if (strcmp(second.log, DAMAGED[i].second) != 0) {
			fail_msg("%s: second %s, not %s", script.name, second.log,
			         DAMAGED[i].second);
		}
	}
}

static void syn_overrides_the_caller(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	w.to_client = true;
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	expect_end(&w, "O C[ab] .shutdown");
}

static void data_is_delivered_at_once(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	expect(&w, "O C[ab]");
	wire_send(&w, '>', "", 3, 1, "cd");
	expect(&w, "O C[abcd]");
	wire_close(&w);
}

static void refused_segments_are_counted(void **state)
{
	(void)state;
	struct wire w;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	assert_int_equal(streams_stats(w.streams)->refused_segments, 0);
	wire_send(&w, '>', "", 3000001, 1, "XX"); /* far from the window */
	assert_int_equal(streams_stats(w.streams)->refused_segments, 1);
	wire_send(&w, '>', "SF-", 1, 1, "XX"); /* flags that no stack takes */
	assert_int_equal(streams_stats(w.streams)->refused_segments, 2);
	wire_send(&w, '>', "R-", 100, 0, ""); /* a reset beside the sequence */
	assert_int_equal(streams_stats(w.streams)->refused_segments, 3);
	wire_send(&w, '>', "", 3, 1, "cd");
	assert_int_equal(streams_stats(w.streams)->refused_segments, 3);
	wire_close(&w);
}

static void held_data_keeps_its_time(void **state)
{
	(void)state;
	struct wire w;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 3, 1, "cd");
	wire_send(&w, '>', "", 7, 1, "gh");
	wire_send(&w, '>', "", 5, 1, "ef");
	wire_send(&w, '>', "", 1, 1, "ab");
	int64_t last_ns = w.now_ns - MS_NS;
	assert_int_equal(w.record.calls, 4);
	assert_int_equal(w.record.times[0], last_ns);
	assert_int_equal(w.record.times[1], last_ns - 3 * MS_NS);
	assert_int_equal(w.record.times[2], last_ns - 1 * MS_NS);
	assert_int_equal(w.record.times[3], last_ns - 2 * MS_NS);
	/* Given up. */
	wire_send(&w, '>', "", 11, 1, "kl");
	w.now_ns += 60 * SECOND_NS;
	streams_tick(w.streams, w.now_ns);
	assert_int_equal(w.record.times[4], last_ns + MS_NS);
	expect_end(&w, "O C[abcdefgh] c2 C[kl] .shutdown");
}

static void refusal_ends_both_directions(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	w.record.stop_at = "STARTTLS";
	hands(&w);
	wire_send(&w, '<', "", 4, 1, "!");
	wire_send(&w, '>', "", 9, 1, "tls");
	wire_send(&w, '>', "", 1, 1, "STARTTLS");
	expect(&w, "O C[STARTTLS] .refused");
	wire_send(&w, '<', "", 1, 12, "220");
	wire_send(&w, '>', "", 12, 5, "more");
	wire_send(&w, '>', "F", 16, 5, "");
	wire_send(&w, '<', "F", 5, 17, "");
	assert_int_equal(streams_stats(w.streams)->open_streams, 0);
	/* A new connection of the same ports is read again. */
	w.record.stop_at = NULL;
	w.isn[0] += 100000;
	w.isn[1] += 100000;
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "QUIT");
	expect_end(&w, "O C[STARTTLS] .refused O C[QUIT] .shutdown");
}

static void unwanted_streams_cost_nothing(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	w.record.refuse_open = true;
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	wire_send(&w, '>', "", 3, 1, "cd");
	assert_int_equal(w.record.opened, 1);
	assert_int_equal(w.record.closed, 0);
	assert_int_equal(streams_stats(w.streams)->streams, 0);
	streams_free(w.streams);
	assert_int_equal(w.record.closed, 0);
}

static void snaplen_cuts_are_gaps(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	w.cut = 100;
	wire_send(&w, '>', "", 1, 1, "ab");
	wire_send(&w, '>', "", 103, 1, "cd");
	wire_send(&w, '>', "", 205, 1, "");
	w.cut = 0;
	wire_send(&w, '>', "", 305, 1, "ef");
	expect_end(&w, "O C[ab] c100 C[cd] c100 c100 C[ef] .shutdown");
}

static void odd_stamps(void **state)
{
	static const int64_t stamps[] = {
		0, -1, INT64_MIN, INT64_MAX, START_NS, START_NS - 3600 * SECOND_NS, 1, START_NS,
	};
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	for (uint32_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		w.now_ns = stamps[i] < INT64_MAX - MS_NS ? stamps[i] : INT64_MAX - MS_NS;
		wire_send(&w, '>', "", 1 + i, 1, "x");
	}
	assert_int_equal(w.record.bytes, 8);
	wire_close(&w);
}

/* Connections without payload, at their end; each segment is a letter, a millisecond apart. */
static void attempts(void **state)
{
	(void)state;
	static const struct {
		const char *segments; /* S: SYN, A: SYN-ACK, a: ACK, R and r: RST of server and
		                       * client, F and f: FIN, D: data, a digit: so many seconds */
		bool keeps;
		const char *attempts;
	} tests[] = {
		{ "S", false, "attempted 1001 0;" },
		{ "SS", false, "attempted 1001 1;" },
		{ "SR", false, "refused 1001 1;" },
		{ "SRSR", false, "refused 1001 1;refused 1001 3;" },
		{ "SRSR", true, "refused 1001 1;" },
		{ "S99S", false, "attempted 1001 18001;" },
		{ "S9999S", false, "attempted 1001 0;attempted 1001 36001;" },
		{ "S9999S", true, "attempted 1001 0;" },
		{ "SAa", false, "established 1001 2;" },
		{ "SAr", false, "established 1001 2;" },
		{ "SAafF", false, "established 1001 4;" },
		{ "A", false, "established 1001 0;" },
		{ "SAaD", false, "" },
		{ "SAaDfFR", false, "" },
		{ "a", false, "" },
		{ "R", false, "" },
		/* another SYN, of a new connection */
		{ "S9999SAaD", true, "attempted 1001 0;" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct wire w;
		wire_open(&w, NULL);
		w.record.keeps = tests[i].keeps;
		for (const char *at = tests[i].segments; *at != '\0'; at++) {
			switch (*at) {
			case 'S':
				wire_send(&w, '>', "S-", 0, 0, "");
				break;
			case 'A':
				wire_send(&w, '<', "S", 0, 1, "");
				break;
			case 'a':
				wire_send(&w, '>', "", 1, 1, "");
				break;
			case 'R':
				wire_send(&w, '<', "R", 0, 1, "");
				break;
			case 'r':
				wire_send(&w, '>', "R", 1, 1, "");
				break;
			case 'f':
				wire_send(&w, '>', "F", 1, 1, "");
				break;
			case 'F':
				wire_send(&w, '<', "F", 1, 2, "");
				break;
			case 'D':
				wire_send(&w, '>', "", 1, 1, "data");
				break;
			default:
				w.now_ns += (*at - '0') * SECOND_NS;
				break;
			}
			streams_tick(w.streams, w.now_ns);
		}
		streams_free(w.streams);
		if (strcmp(w.record.attempts, tests[i].attempts) != 0) {
			fail_msg("%s: %s", tests[i].segments, w.record.attempts);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(two_readings),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(keep_alive_is_no_copy),
		cmocka_unit_test(damaged),
		cmocka_unit_test(syn_overrides_the_caller),
		cmocka_unit_test(data_is_delivered_at_once),
		cmocka_unit_test(refused_segments_are_counted),
		cmocka_unit_test(held_data_keeps_its_time),
		cmocka_unit_test(refusal_ends_both_directions),
		cmocka_unit_test(unwanted_streams_cost_nothing),
		cmocka_unit_test(snaplen_cuts_are_gaps),
		cmocka_unit_test(attempts),
		cmocka_unit_test(odd_stamps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
