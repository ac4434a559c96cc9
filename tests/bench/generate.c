/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * generate dns|fresh PACKETS FILE | smtp SESSIONS FILE | span PACKETS FILE | empty 0 FILE
 * generate flows OPEN-AT-ONCE FILE
 * generate rules COUNT FILE
 *
 * The same file for the same arguments, on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/dns_traffic.h"
#include "tests/bench/names.h"
#include "tests/bench/smtp_traffic.h"
#include "tests/bench/span_traffic.h"

#define SMTP_OPEN      256
#define SPAN_SMTP_OPEN 64
#define FLOWS_TOTAL    100000 /* however many of them are open at once */
#define FLOWS_MAIL_MAX 1024

/* Captures */

static bool fill_exchanges(struct writer *writer, uint32_t seed, uint32_t fresh)
{
	struct dns_traffic traffic;
	dns_traffic_init(&traffic, seed);
	traffic.fresh = fresh;
	while (writer->packets + DNS_PENDING < writer->limit) {
		dns_traffic_step(&traffic, writer);
	}
	dns_traffic_end(&traffic, writer);
	while (!writer_is_full(writer)) {
		dns_traffic_step(&traffic, writer);
	}
	return true;
}

static bool fill_dns(struct writer *writer, uint32_t seed)
{
	return fill_exchanges(writer, seed, 0);
}

/* The same mix, but no domain is asked for twice. */
static bool fill_fresh(struct writer *writer, uint32_t seed)
{
	return fill_exchanges(writer, seed, NAMES_FRESH);
}

static bool fill_sessions(struct writer *writer, uint32_t open, uint32_t total, size_t mail_max)
{
	struct smtp_traffic *traffic = smtp_traffic_new(25, open, total, mail_max);
	if (traffic == NULL) {
		return false;
	}
	while (smtp_traffic_step(traffic, writer)) {
	}
	smtp_traffic_free(traffic);
	return true;
}

static bool fill_smtp(struct writer *writer, uint32_t sessions)
{
	return fill_sessions(writer, SMTP_OPEN, sessions, 0);
}

/* The same small sessions in another order. */
static bool fill_flows(struct writer *writer, uint32_t open)
{
	return fill_sessions(writer, open, FLOWS_TOTAL, FLOWS_MAIL_MAX);
}

/* Of the packets 8 % DNS, which come in pairs, and 3 % SMTP. */
static bool fill_span(struct writer *writer, uint32_t seed)
{
	static struct span_traffic web;
	struct dns_traffic dns;
	struct rng rng = { .state = seed };
	struct smtp_traffic *smtp = smtp_traffic_new(seed, SPAN_SMTP_OPEN, 0, 0);
	if (smtp == NULL) {
		return false;
	}
	dns_traffic_init(&dns, seed);
	span_traffic_init(&web, seed);
	while (!writer_is_full(writer)) {
		uint32_t dice = rng_below(&rng, 960);
		if (dice < 40) {
			dns_traffic_step(&dns, writer);
		} else if (dice < 70) {
			(void)smtp_traffic_step(smtp, writer);
		} else {
			span_traffic_step(&web, writer);
		}
	}
	smtp_traffic_free(smtp);
	return true;
}

static bool fill_empty(struct writer *writer, uint32_t count)
{
	(void)writer;
	(void)count;
	return true;
}

static int make_capture(bool (*fill)(struct writer *, uint32_t), uint32_t count, bool limited,
                        const char *path)
{
	struct writer writer;
	bool good = writer_open(&writer, path, limited ? count : 0);
	if (good) {
		good = fill(&writer, count);
		good = writer_close(&writer) && good;
	}
	if (!good) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Rules */

/* Ten as an analyst writes them: of names that are in the traffic, so that some hit. */
static void write_own(FILE *file)
{
	char name[NAMES_MAX];
	static const char *const kinds[] = { "ns", "mx", "cname", "name", "any" };
	for (uint32_t i = 0; i < 5; i++) {
		names_domain(name, 500 + 30000 * i);
		(void)fprintf(file, "alert %s .%s sev=critical note=\"seen in an attack\"\n",
		              kinds[i], name);
	}
	(void)fputs("alert ip 45.77.24.250 198.18.0.0/15\nalert rcpt user7@example.net\n"
	            "alert from @invoices.example\nalert helo ylmf-pc\nallow any .example.org\n",
	            file);
}

static void write_name(FILE *file, struct rng *rng, const char *name, uint32_t number)
{
	uint32_t dice = rng_below(rng, 100);
	if (dice < 60) {
		(void)fprintf(file, "alert any .%s id=feed-%u\n", name, number);
	} else if (dice < 80) {
		(void)fprintf(file, "alert name %s\n", name);
	} else {
		(void)fprintf(file, "alert %s .%s note=\"report %u\"\n", dice < 94 ? "ns" : "mx",
		              name, number % 1000);
	}
}

/* One of a feed: of 40 rules 30 names, 8 addresses, a network, a mailbox. One name in
 * ten thousand is in the traffic as well. */
static void write_bulk(FILE *file, struct rng *rng, uint32_t number)
{
	char name[NAMES_MAX];
	uint32_t dice = rng_below(rng, 200), address = (uint32_t)rng_next(rng) & 0x3fffff;
	bool seen = rng_below(rng, 10000) == 0;
	names_domain(name, seen ? rng_below(rng, NAMES_IN_TRAFFIC) : NAMES_OF_RULES + number);
	if (dice < 150) {
		write_name(file, rng, name, number);
	} else if (dice < 190) {
		(void)fprintf(file, "alert ip %u.%u.%u.%u\n", 128 + (address >> 16),
		              address >> 8 & 0xff, address & 0xff, number & 0xff);
	} else if (dice < 193) {
		(void)fprintf(file, "alert any %u.%u.%u.0/24\n", 128 + (address >> 16),
		              address >> 8 & 0xff, address & 0xff);
	} else if (dice < 195) {
		(void)fprintf(file, "alert ip 2001:db8:%x:%x::/64\n", address & 0xffff,
		              number & 0xffff);
	} else {
		(void)fprintf(file, "alert from %s@%s\n", dice < 198 ? "billing" : "", name);
	}
}

static int make_rules(uint32_t count, const char *path)
{
	struct rng rng = { .state = count };
	FILE *file = fopen(path, "w");
	if (file == NULL) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	(void)fputs("set feed=bench sev=high\n", file);
	write_own(file);
	for (uint32_t i = 10; i < count; i++) {
		write_bulk(file, &rng, i);
	}
	return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*fill)(struct writer *, uint32_t);
		bool limited; /* the count is one of packets */
	} captures[] = {
		{ "dns", fill_dns, true },      { "smtp", fill_smtp, false },
		{ "span", fill_span, true },    { "flows", fill_flows, false },
		{ "empty", fill_empty, false }, { "fresh", fill_fresh, true },
	};
	if (argc == 4 && strcmp(argv[1], "rules") == 0) {
		return make_rules((uint32_t)strtoul(argv[2], NULL, 10), argv[3]);
	}
	for (size_t i = 0; argc == 4 && i < sizeof(captures) / sizeof(captures[0]); i++) {
		if (strcmp(argv[1], captures[i].name) == 0) {
			uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
			return make_capture(captures[i].fill, count, captures[i].limited, argv[3]);
		}
	}
	(void)fputs("usage: generate dns|fresh|smtp|span|flows|empty|rules COUNT FILE\n", stderr);
	return 2;
}
