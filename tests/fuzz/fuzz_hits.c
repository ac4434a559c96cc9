/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A DNS response, from its observations to its events: only possible hits are hits, a
 * repeated message gives the same, and every event is strict JSON that fits into a
 * record.
 */
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"
#include "sensor/hits/hits.h"
#include "sensor/hits/output_budget.h"
#include "sensor/metrics/counters.h"
#include "sensor/observe/observe.h"
#include "sensor/observe/observe_sets.h"
#include "tests/fuzz/load.h"
#include "tests/fuzz/record_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] = "alert any .awsdns-061.org a.iana-servers.net mail.example.org "
                            "45.77.24.0/24 2001:db8::/32\n"
                            "allow any www.example.org 45.77.24.7\n"
                            "pin coincheck.com ns .awsdns-61.org max-ttl=3600\n"
                            "pin coincheck.com mx .google.com\n"
                            "pin www.example.org ip 192.0.2.0/30\n"
                            "pin www.example.org cname example.org\n"
                            "pin .example.org ds any\n"
                            "pin example.net ds none\n"
                            "pin .example.com txt spf1\n"
                            "pin .example.org txt \"v=spf1 -all\" key\n"
                            "protect awsdns-[00-63].org smoothdns.org root-server.net google.com\n";

static const struct flow FLOW = {
	.key = {
		.client = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 53 } },
		.server = { .s6_addr = { [10] = 0xff, 0xff, 198, 51, 100, 1 } },
		.client_port = 40000,
		.server_port = 53,
		.protocol = IPPROTO_UDP,
	},
	.encapsulation = { .vlan = VLAN_NONE },
};

static struct hits *hits;
static struct counters *counters;
static size_t hit_count;

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
	hit_count++;
}

/* Time does not pass here, so the budget of hits for a second is renewed with `hits`. */
#define INPUTS_OF_BUDGET 32

static void start(void)
{
	static struct hits_config config;
	if (config.rules == NULL) {
		config.rules = load_rules(RULES);
		config.counters = counters_new(1);
		config.sensor = "fuzz";
		config.emit = read_record;
		counters = config.counters;
	}
	check(config.rules != NULL && config.counters != NULL);
	hits_free(hits);
	hits = hits_new(&config);
	check(hits != NULL);
}

/*! \brief Matches a message. \return The number of hits. */
static size_t see(const struct dns_message *message)
{
	const struct event_subject subject = { .flow = &FLOW, .dns = message };
	unsigned pinned = hits_pinned(hits);
	hit_count = 0;
	/* Every message has a budget of events. */
	counter_add(&counters->bytes, OUTPUT_BUDGET_SAVED);
	hits_begin(hits, &subject);
	int asked = observe_dns(message, &FLOW, true, hits_ask, hits, NULL);
	observe_sets(message, &FLOW, pinned, hits_ask, hits);
	bool possible = hits_are_possible(hits);
	int seen = observe_dns(message, &FLOW, true, hits_see, hits, NULL);
	observe_sets(message, &FLOW, pinned, hits_see, hits);
	check(asked == seen);
	check(possible || hit_count == 0);
	return hit_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message;
	static unsigned inputs;
	if (inputs++ % INPUTS_OF_BUDGET == 0) {
		start();
	}
	if (dns_open(&message, data, size) != DNS_OK) {
		return 0;
	}
	size_t count = see(&message);
	check(see(&message) == count);
	const struct event_subject subject = { .flow = &FLOW, .dns = &message };
	hits_log(hits, &subject);
	return 0;
}
