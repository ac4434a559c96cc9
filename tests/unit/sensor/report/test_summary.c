/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/time_ns.h"
#include "sensor/report/summary.h"

/* Values are in brackets, times are seconds. */
static void put_words(void *ctx, const char *words)
{
	(void)fputs(words, ctx);
}

static void put_value(void *ctx, const struct report_text *value)
{
	(void)fprintf(ctx, "[%s]", value->text);
}

static void put_time(void *ctx, int64_t time_ns)
{
	(void)fprintf(ctx, "%lld s", (long long)(time_ns / NS_PER_S));
}

static void put_number(void *ctx, uint64_t number)
{
	(void)fprintf(ctx, "%llu", (unsigned long long)number);
}

typedef void (*sentence_t)(const struct report_incident *incident, const struct summary_pen *pen);

static void expect(sentence_t sentence, const struct report_incident *incident,
                   const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const struct summary_pen pen = { out, put_words, put_value, put_time, put_number };
	sentence(incident, &pen);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static struct report_text values[] = { { "a", 1 }, { "b", 1 }, { "c", 1 }, { "d", 1 } };
static struct report_text rules[] = { { "r", 1 } };

static void seen(void **state)
{
	(void)state;
	static const struct {
		struct report_incident incident;
		const char *text;
	} tests[] = {
		{ { .owner = { "o", 1 },
		    .first_ns = NS_PER_S,
		    .last_ns = 3 * NS_PER_S,
		    .seen = { values, 4 },
		    .expected = { values, 2 },
		    .hit_count = 119,
		    .clients_count = 3 },
		  "From 1 s to 3 s, [o] was seen with [a], [b] and 2 other values instead of [a] "
		  "and [b], "
		  "in 119 hits that concern 3 clients." },
		{ { .owner = { "o", 1 },
		    .first_ns = NS_PER_S,
		    .last_ns = NS_PER_S,
		    .seen = { values, 1 },
		    .hit_count = 1,
		    .clients_count = 1 },
		  "At 1 s, [o] was seen with [a], in 1 hit that concerns 1 client." },
		{ { .owner = { "o", 1 },
		    .first_ns = NS_PER_S,
		    .last_ns = 2 * NS_PER_S - 1,
		    .hit_count = 2 },
		  "At 1 s, [o] was seen, in 2 hits." },
		/* no owner: what is expected belongs to one */
		{ { .rules = { rules, 1 },
		    .first_ns = NS_PER_S,
		    .last_ns = NS_PER_S,
		    .seen = { values, 3 },
		    .expected = { values, 1 },
		    .hit_count = 2 },
		  "At 1 s, traffic matched the rule [r]: it showed [a], [b] and 1 other value, in "
		  "2 hits." },
		{ { .rules = { rules, 1 },
		    .first_ns = NS_PER_S,
		    .last_ns = NS_PER_S,
		    .seen = { values, 1 },
		    .hit_count = 2 },
		  "At 1 s, traffic matched the rule [r]: it showed [a], in 2 hits." },
		{ { .rules = { values, 2 },
		    .first_ns = NS_PER_S,
		    .last_ns = NS_PER_S,
		    .hit_count = 2 },
		  "At 1 s, traffic matched the rules [a] and [b], in 2 hits." },
		{ { .first_ns = NS_PER_S, .last_ns = NS_PER_S, .hit_count = 2 },
		  "At 1 s, traffic matched a rule, in 2 hits." },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		expect(summary_seen, &tests[i].incident, tests[i].text);
	}
}

static void cached(void **state)
{
	(void)state;
	static const struct {
		struct report_incident incident;
		const char *text;
	} tests[] = {
		{ { .cached_until_ns = 0 },
		  "No answer of this incident was seen that a resolver could cache." },
		{ { .cached_until_ns = 5 * NS_PER_S },
		  "Resolvers may return these answers from their caches until 5 s." },
		{ { .cached_until_ns = 5 * NS_PER_S, .resolver_count = 1 },
		  "1 resolver was given these answers, and may return them from the cache until 5 "
		  "s." },
		{ { .cached_until_ns = 5 * NS_PER_S, .resolver_count = 2 },
		  "2 resolvers were given these answers, and may return them from the cache until "
		  "5 s." },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		expect(summary_cached, &tests[i].incident, tests[i].text);
	}
}

static void mail(void **state)
{
	(void)state;
	static struct report_rcpt rcpts[] = { { { "x", 1 }, 250, true },
		                              { { "y", 1 }, 550, false } };
	static struct report_mail one[] = {
		{ .server = { "s", 1 }, .rcpts = rcpts, .rcpt_count = 1, .content = true },
	};
	static struct report_mail two[] = {
		{ .server = { "s", 1 }, .rcpts = rcpts, .rcpt_count = 2, .tls = true },
		{ .server = { "t", 1 }, .rcpts = rcpts, .rcpt_count = 1, .tls = true },
	};
	static struct report_mail unknown[] = { { .tls = true } };
	static const struct {
		struct report_incident incident;
		const char *text;
	} tests[] = {
		{ { .mail_sessions = 0 }, "No mail of this incident was seen." },
		{ { .mail_sessions = 1 },
		  "1 mail session went to matched servers; no mail was seen in clear text." },
		{ { .mails = one, .mail_count = 1 },
		  "1 mail for 1 recipient went to [s]: 1 recipient was accepted, the content of 1 "
		  "mail was "
		  "transferred, 1 mail had no TLS." },
		{ { .mails = two, .mail_count = 2 },
		  "2 mails for 3 recipients went to [s] and other servers: 2 recipients were "
		  "accepted, the "
		  "content of 0 mails was transferred, 0 mails had no TLS." },
		{ { .mails = unknown, .mail_count = 1 },
		  "1 mail for 0 recipients went to matched servers: 0 recipients were accepted, "
		  "the "
		  "content of 0 mails was transferred, 0 mails had no TLS." },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		expect(summary_mail, &tests[i].incident, tests[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen),
		cmocka_unit_test(cached),
		cmocka_unit_test(mail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
