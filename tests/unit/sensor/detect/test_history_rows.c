/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of responses that are repeated. Rows of all kinds of responses are in test_history.py. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/detect/history_rows.h"

#define S INT64_C(1000000000)

#define HEADER(answers) "\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION        "\7example\3com\0\0\1\0\1"
#define RECORD(ttl)     "\xc0\x0c\0\1\0\1" ttl "\0\4\xc0\0\2\1"

struct side {
	struct history_table *table;
	uint8_t *batch;
	size_t size;
};

struct pair {
	struct side remembers, reads;
};

static uint8_t *room(void *ctx)
{
	return ((struct side *)ctx)->batch;
}

static void put(void *ctx, size_t size, size_t rows)
{
	struct side *side = ctx;
	(void)rows;
	side->size = size;
}

static void open_side(struct side *side)
{
	const struct history_sink sink = { .room = room, .put = put, .ctx = side };
	side->table = history_table_new(&sink);
	side->batch = malloc(HISTORY_BATCH_MAX);
	assert_non_null(side->table);
	assert_non_null(side->batch);
}

static int set_up(void **state)
{
	static struct pair pair;
	open_side(&pair.remembers);
	open_side(&pair.reads);
	*state = &pair;
	return 0;
}

static void close_side(struct side *side)
{
	history_table_free(side->table);
	free(side->batch);
}

static int tear_down(void **state)
{
	struct pair *pair = *state;
	close_side(&pair->remembers);
	close_side(&pair->reads);
	return 0;
}

/* Returns whether the rows of the response are remembered. */
static bool see_on(struct side *side, const struct dns_message *message,
                   const struct in6_addr *client, int64_t time_s, bool memory)
{
	struct history_response response;
	history_rows_expect(&response, side->table, message, client);
	response.is_masked = response.is_masked && memory;
	bool remembered = history_rows_are_remembered(&response);
	history_rows_add(&response, time_s % 2 > 0, time_s * S, true);
	return remembered;
}

static bool see(struct pair *pair, const void *wire, size_t size, const struct in6_addr *client,
                int64_t time_s)
{
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire, size), DNS_OK);
	assert_false(see_on(&pair->reads, &message, client, time_s, false));
	return see_on(&pair->remembers, &message, client, time_s, true);
}

#define SEE(pair, wire, time_s) see(pair, wire, sizeof(wire) - 1, NULL, time_s)

/* The rows are the same with the memory and without. */
static void compare(struct pair *pair)
{
	assert_true(history_table_flush(pair->remembers.table));
	assert_true(history_table_flush(pair->reads.table));
	assert_int_equal(pair->remembers.size, pair->reads.size);
	assert_memory_equal(pair->remembers.batch, pair->reads.batch, pair->reads.size);
	assert_true(pair->reads.size > 0);
}

static void the_third_sighting_is_remembered(void **state)
{
	struct pair *pair = *state;
	assert_false(SEE(pair, "\0\1" HEADER("\1") QUESTION RECORD("\0\0\0\x3c"), 8));
	assert_false(SEE(pair, "\0\2" HEADER("\1") QUESTION RECORD("\0\0\0\x3b"), 3));
	assert_true(SEE(pair, "\0\3" HEADER("\1") QUESTION RECORD("\0\0\0\7"), 20));
	assert_true(SEE(pair, "\0\4" HEADER("\1") QUESTION RECORD("\0\0\x0e\x10"), 2));
	/* another record, other flags */
	assert_false(
	        SEE(pair, "\0\4" HEADER("\2") QUESTION RECORD("\0\0\0\1") RECORD("\0\0\0\2"), 4));
	assert_false(SEE(pair, "\0\4\x85" QUESTION, 4));
	compare(pair);
	/* A place is not used after rows were passed on. */
	assert_false(SEE(pair, "\0\5" HEADER("\1") QUESTION RECORD("\0\0\0\7"), 30));
	compare(pair);
}

static void a_record_twice_counts_twice(void **state)
{
	struct pair *pair = *state;
	for (int64_t i = 0; i < 4; i++) {
		bool remembered =
		        SEE(pair,
		            "\0\1" HEADER("\2") QUESTION RECORD("\0\0\0\1") RECORD("\0\0\0\2"), i);
		assert_int_equal(remembered, i >= 2);
	}
	compare(pair);
}

static void a_response_code_is_remembered(void **state)
{
	struct pair *pair = *state;
	for (int64_t i = 0; i < 4; i++) {
		assert_int_equal(SEE(pair, "\0\1\x81\x83\0\1\0\0\0\0\0\0" QUESTION, i), i >= 2);
	}
	compare(pair);
}

/* OPT with a cookie (RFC 7873) that differs. */
static void options_may_differ(void **state)
{
	struct pair *pair = *state;
	char wire[] = "\0\1\x81\x80\0\1\0\1\0\0\0\1" QUESTION RECORD(
	        "\0\0\0\1") "\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08"
	                    "cookie..";
	for (int64_t i = 0; i < 4; i++) {
		wire[sizeof(wire) - 2] = (char)i;
		assert_int_equal(SEE(pair, wire, i), i >= 2);
	}
	compare(pair);
}

static void clients_have_rows_of_their_own(void **state)
{
	struct pair *pair = *state;
	static const struct in6_addr clients[] = { IN6ADDR_LOOPBACK_INIT, IN6ADDR_ANY_INIT };
	static const char wire[] = "\0\1" HEADER("\1") QUESTION RECORD("\0\0\0\1");
	for (int64_t i = 0; i < 4; i++) {
		for (size_t at = 0; at < 2; at++) {
			bool remembered =
			        see(pair, wire, sizeof(wire) - 1, &clients[at], 2 * i + at);
			assert_int_equal(remembered, i >= 2);
		}
	}
	compare(pair);
}

/* The owner of the second record continues in a part that differs in repetitions. */
static void names_in_other_parts_are_read_again(void **state)
{
	struct pair *pair = *state;
	static const struct {
		const char *label;
		uint8_t type, target; /* of the first record; of the owner of the second */
		const char *ttl;
		size_t differs; /* the offset of an octet */
	} tests[] = {
		{ "length in the ID", 1, 0, "\0\0\0\0", 0 },
		{ "length in the TTL", 1, 35, "\1b\0z", 35 },
		{ "text in the TTL", 1, 35, "\1b\0z", 36 },
		{ "length before the TTL", 1, 34, "b\0zz", 35 },
		{ "label before the TTL", 1, 32, "b\0zz", 36 },
		{ "label around the TTL", 8, 32, "\xff\xff\xff\xff", 36 },
		{ "the same with other octets", 8, 32, "\xfe\xfe\xfe\xfe", 36 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		/* offset 12: the question, 29: the first record, its TTL at 35, its data at 41 */
		uint8_t wire[] =
		        "\0\1" HEADER("\2") QUESTION "\xc0\x0c\0\1\0\1....\0\4\0\0\0\0"
		                                     "\xc0\0\0\1\0\1\0\0\0\1\0\4\xc0\0\2\2";
		wire[46] = tests[i].target;
		wire[32] = tests[i].type;
		memcpy(wire + 35, tests[i].ttl, 4);
		for (int64_t time_s = 0; time_s < 6; time_s++) {
			wire[tests[i].differs] ^= time_s >= 3;
			if (see(pair, wire, sizeof(wire) - 1, NULL, time_s)) {
				fail_msg("%s", tests[i].label);
			}
		}
		compare(pair);
	}
}

/* The class of the first record begins a pointer, which continues in the TTL. */
static void pointers_into_other_parts_are_followed_again(void **state)
{
	struct pair *pair = *state;
	static const char records[] =
	        "\0\1" HEADER("\3") QUESTION "\xc0\x0c\0\1\0\xc0....\0\4\0\0\0\0"
	                                     "\xc0\x22\0\1\0\1\0\0\0\1\0\4\xc0\0\2\2"
	                                     "\xc0\x0c\xff\0\0\1\0\0\0\1\0\xff";
	uint8_t wire[sizeof(records) - 1 + 255] = { 0 };
	memcpy(wire, records, sizeof(records) - 1);
	for (int64_t time_s = 0; time_s < 6; time_s++) {
		wire[35] = time_s < 3 ? 44 : 12;
		assert_false(see(pair, wire, sizeof(wire), NULL, time_s));
	}
	compare(pair);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_third_sighting_is_remembered),
		TEST(a_record_twice_counts_twice),
		TEST(a_response_code_is_remembered),
		TEST(options_may_differ),
		TEST(clients_have_rows_of_their_own),
		TEST(names_in_other_parts_are_read_again),
		TEST(pointers_into_other_parts_are_followed_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
