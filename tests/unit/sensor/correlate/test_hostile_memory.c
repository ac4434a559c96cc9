/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Other processes may write anything into the memory that the correlators share. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/correlate/correlator_shared.h"

#define HOUR    3600000000000LL
#define WORKERS 3
#define ROUNDS  10

static struct correlator_shared *shared;
static struct in6_addr addr;
static const uint8_t NAME[] = "\2mx\4evil\7example";

static int set_up(void **state)
{
	(void)state;
	shared = correlator_shared_new(WORKERS, HOUR);
	return shared != NULL && correlator_shared_add_watermarks(shared) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	correlator_shared_free(shared);
	return 0;
}

/* Fills memory with a block again and again: the tables are large. */
static void fill(unsigned char *memory, size_t size, unsigned char (*octet)(size_t at))
{
	static unsigned char block[1009 * 64]; /* entries get different parts of it */
	for (size_t i = 0; i < sizeof(block); i++) {
		block[i] = octet(i);
	}
	for (size_t at = 0; at < size; at += sizeof(block)) {
		memcpy(memory + at, block, size - at < sizeof(block) ? size - at : sizeof(block));
	}
}

/* Fills all shared mappings of this process, which only this test has made. */
static void fill_shared(unsigned char (*octet)(size_t at))
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned filled = 0;
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long begin, end;
		if (sscanf(line, "%lx-%lx rw-s", &begin, &end) != 2 ||
		    strstr(line, "rw-s") == NULL || strstr(line, "/dev/zero") == NULL) {
			continue;
		}
		fill((unsigned char *)begin, end - begin, octet);
		filled++;
	}
	(void)fclose(maps);
	assert_true(filled >= 1);
}

static uint32_t seed;

static unsigned char random_octet(size_t at)
{
	(void)at;
	seed = seed * 1664525 + 1013904223;
	return (unsigned char)(seed >> 24);
}

static unsigned char ones(size_t at)
{
	(void)at;
	return 0xff;
}

/* Lengths of labels that lead past any end. */
static unsigned char labels(size_t at)
{
	(void)at;
	return 63;
}

static void use_everything(void)
{
	struct watch_cause cause, found;
	struct watch_reason reason;
	const struct rule_view rule = { .id = "r", .text = "alert", .indicator = "x" };
	watch_cause_set(&cause, &rule, "id", NAME, sizeof(NAME));
	const struct watch_answer answer = { .ttl = 60, .reserved = true };
	reason = watch_keep_cause(shared->watch, &cause, &answer);
	watch_address(shared->watch, NULL, &addr, &answer, &reason);
	(void)watch_exchange(shared->watch, NULL, NAME, sizeof(NAME), &answer, &reason);
	(void)watch_has_exchange(shared->watch, NULL, NAME, sizeof(NAME), 1, &reason);
	(void)watch_any_exchange(shared->watch);
	if (watch_has_address(shared->watch, NULL, &addr, 1, &found)) {
		struct rule_view view;
		char text[DNS_NAME_TEXT_MAX];
		watch_cause_rule(&found, &view);
		assert_true(strlen(view.text) < WATCH_TEXT_MAX);
		if (found.owner.size > 0) {
			assert_true(dns_name_text(found.owner.wire, text) < sizeof(text));
		}
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		(void)watermarks_all_settled(shared->watermarks, i, 5);
		correlator_shared_leave(shared, i);
	}
}

static void hold_standard_error(bool hold)
{
	static int saved = -1;
	if (hold) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		saved = dup(STDERR_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)close(null);
	} else {
		(void)dup2(saved, STDERR_FILENO);
		(void)close(saved);
	}
}

static void any_content_is_survived(void **state)
{
	(void)state;
	hold_standard_error(true);
	for (seed = 0; seed < ROUNDS; seed++) {
		uint32_t round = seed;
		fill_shared(random_octet);
		use_everything();
		seed = round;
	}
	fill_shared(ones);
	use_everything();
	fill_shared(labels);
	use_everything();
	hold_standard_error(false);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(any_content_is_survived, set_up, tear_down),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
