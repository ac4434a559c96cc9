/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SMTP dialog, from its octets to its events: with a watched server and with another
 * one, every event is strict JSON that fits into a record.
 */
#include <stdlib.h>
#include <string.h>

#include "history/store/sorted.h"
#include "parsers/dns/dns.h"
#include "sensor/mail/mail_session.h"
#include "sensor/metrics/counters.h"
#include "tests/fuzz/dialog.h"
#include "tests/fuzz/load.h"
#include "tests/fuzz/record_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START 1590883512000000000
#define HOUR  3600000000000

static const char RULES[] = "alert server 45.77.24.0/24 id=server sev=low\n"
                            "alert banner mx.test .example id=banner\n"
                            "alert helo a.test id=helo\n"
                            "alert sni a.test mx.example id=sni\n"
                            "alert from a.test coincheck.com id=from tags=x,y note=\"a note\"\n"
                            "alert rcpt b.test \"b@b.test\" x.test id=rcpt sev=critical\n"
                            "allow rcpt .evil.test\n"
                            "pin coincheck.com rcpt 192.0.2.0/24 id=pin\n"
                            "protect example.org id=protect\n";

/* A response: mail.coincheck.com. 86400 IN A 45.77.24.250 */
static const uint8_t ANSWER[] = { 0,   0,   0x84, 0,   0,   0,   0,   1,   0,   0,   0,   0,
	                          4,   'm', 'a',  'i', 'l', 9,   'c', 'o', 'i', 'n', 'c', 'h',
	                          'e', 'c', 'k',  3,   'c', 'o', 'm', 0,   0,   1,   0,   1,
	                          0,   1,   0x51, 128, 0,   4,   45,  77,  24,  250 };

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void read_record(void *ctx, const struct record *record)
{
	(void)ctx;
	record_check(record);
}

static void watch_server(struct correlator *correlator)
{
	static const uint8_t owner[] = "\4mail\11coincheck\3com";
	const struct rule_view rule = { .id = "dns", .text = "alert ns x", .indicator = "x" };
	const struct observation seen = { .kind = KIND_NAME,
		                          .owner = owner,
		                          .owner_size = sizeof(owner) };
	struct in6_addr client = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	struct dns_message message;
	check(dns_open(&message, ANSWER, sizeof(ANSWER)) == DNS_OK);
	correlator_begin(correlator, NULL, &client);
	correlator_learn(correlator, &seen, &rule, "0123456789abcdef0123456789abcdef");
	correlator_message(correlator, &message, START - HOUR / 2);
}

static void play(const struct mail_session_config *config, struct dialog dialog)
{
	const struct flow flow = {
		.key = { .client = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
		         .server = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 24, 250 } },
		         .client_port = 40000,
		         .server_port = 25,
		         .protocol = IPPROTO_TCP },
		.encapsulation = { .vlan = VLAN_NONE },
		.time_ns = START,
	};
	struct mail_session *session = mail_session_new(config, &flow);
	struct dialog_item item;
	uint32_t seq[2] = { UINT32_MAX - 20, 1 };
	int64_t time_ns = START;
	check(session != NULL);
	while (dialog_next(&dialog, &item)) {
		time_ns += 1000000;
		if (item.lost > 0) {
			mail_session_gap(session, item.client, item.lost);
		} else if (item.size > 0) {
			mail_session_feed(session, item.client, item.bytes, item.size,
			                  seq[item.client], time_ns);
		}
		seq[item.client] += (uint32_t)(item.lost + item.size);
	}
	mail_session_free(session);
}

static void add_counters(const struct counters *counters)
{
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		if (counters_value(counters, i) != 0) { /* a new counter changes no sum */
			found_text(counters_name(i));
			found_number(counters_value(counters, i));
		}
	}
}

static uint8_t batch[HISTORY_BATCH_MAX];

static uint8_t *batch_room(void *ctx)
{
	(void)ctx;
	return batch;
}

/* What sessions add to the history are rows. */
static void check_batch(void *ctx, size_t size, size_t rows)
{
	struct history_sorted sorted;
	(void)ctx;
	(void)rows;
	check(history_sorted_init(&sorted, batch, size) == 0);
	history_sorted_free(&sorted);
}

static void run(const struct ruleset *rules, bool watched, const struct dialog *dialog)
{
	struct pool pool;
	static struct mail_rows rows = { .mailboxes = true };
	struct mail_host_budget hosts = { .used = 0 };
	struct counters *counters = counters_new(1);
	struct correlator_shared *shared = correlator_shared_new(1, HOUR);
	const struct hits_config hits_config = {
		.rules = rules, .counters = counters, .sensor = "fuzz", .emit = read_record
	};
	pool_init(&pool, mail_session_size(), NULL);
	const struct mail_session_config config = { .pool = &pool,
		                                    .hits = hits_new(&hits_config),
		                                    .correlator = correlator_new(shared, 0, NULL),
		                                    .counters = counters,
		                                    .hosts = &hosts,
		                                    .rows = &rows,
		                                    .log = !watched };
	if (rows.table == NULL) {
		const struct history_sink sink = { .room = batch_room, .put = check_batch };
		rows.table = history_table_new(&sink);
	}
	check(rows.table != NULL && config.hits != NULL && config.correlator != NULL);
	if (watched) {
		watch_server(config.correlator);
	}
	play(&config, *dialog);
	check(history_table_flush(rows.table));
	add_counters(counters);
	hits_free(config.hits);
	correlator_free(config.correlator);
	correlator_shared_free(shared);
	counters_free(counters, 1);
	pool_end(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *rules;
	const struct dialog dialog = { .data = data, .size = size };
	if (rules == NULL) {
		rules = load_rules(RULES);
		check(rules != NULL);
	}
	run(rules, false, &dialog);
	run(rules, true, &dialog);
	return 0;
}
