/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of compiled rules: each four octets are an offset of three octets, and a value that the
 * octet there gets. The checksum is mended. The file is refused, or everything can be done with its
 * rules.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "rules/language/indicator.h"
#include "rules/ruleset/image.h"
#include "tests/fuzz/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] = "set feed=f1 sev=high\n"
                            "alert ns .bad.example x.example note=\"two words\"\n"
                            "alert any 192.0.2.0/24 2001:db8::/32 id=nets tags=a,b\n"
                            "alert rcpt user@mail.example @all.example server=198.51.100.0/24\n"
                            "allow any .ok.bad.example since=2024-01-01\n"
                            "pin pinned.example ns ns1.example ns2.example max-ttl=300\n"
                            "pin pinned.example txt \"v=spf1 -all\"\n"
                            "pin pinned.example ip 192.0.2.9\n"
                            "pin pinned.example tls required\n"
                            "protect amazon.com awsdns-[00-63].org tld=strict id=guard\n"
                            "learn .mine.example ns,mx after=3d\n"
                            "learn * ip\n";

static const char *const WORDS[] = { "ns.bad.example",    "ok.bad.example", "x.example",
	                             "192.0.2.77",        "2001:db8::1",    "198.51.100.7",
	                             "user@mail.example", "b@all.example",  "arnazon.com",
	                             "awsdns-64.org",     "www.amazon.com", "pinned.example" };

static struct ruleset *base;
static uint8_t *image;
static size_t image_size;

static void make_image(void)
{
	int fd = memfd_create("image", MFD_CLOEXEC);
	base = load_rules(RULES);
	if (fd < 0 || base == NULL || ruleset_write(base, fd) != 0) {
		abort();
	}
	image_size = (size_t)lseek(fd, 0, SEEK_END);
	image = malloc(image_size);
	if (image == NULL || pread(fd, image, image_size, 0) != (ssize_t)image_size) {
		abort();
	}
	close(fd);
}

static void use_hits(const struct ruleset *set, const struct ruleset_hit *hits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		static struct rule_scratch scratch;
		struct rule_view view;
		ruleset_describe(set, &hits[i], &scratch, &view);
		if (strlen(view.indicator) >= INDICATOR_TEXT_SIZE) {
			abort();
		}
	}
}

static void use_kinds(const struct ruleset *set, struct observation *seen)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct bloom_questions questions;
	for (enum observation_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct ruleset_learn learn;
		unsigned forms = observation_kind_forms(kind) | observation_kind_pinned(kind);
		if ((forms & FORMS_NETWORKS) != 0 && seen->addr == NULL && kind != KIND_RCPT) {
			continue;
		}
		seen->kind = kind;
		bloom_questions_begin(&questions);
		ruleset_ask(set, seen, &questions);
		(void)bloom_answer(&questions);
		use_hits(set, hits, ruleset_match(set, seen, hits));
		use_hits(set, hits, ruleset_explain(set, seen, hits));
		if (seen->owner != NULL) {
			use_hits(set, hits, ruleset_find_owned(set, seen, hits));
			(void)ruleset_find_learn(set, seen, LEARN_NS, true, &learn);
		}
	}
}

static void use_word(const struct ruleset *set, const char *word)
{
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	struct in6_addr addr;
	struct observation seen = { .text = "v=spf1", .text_size = 6 };
	if (indicator_parse(word, &indicator, why) != 0) {
		abort();
	}
	if (indicator.form == FORM_NETWORK) {
		memcpy(&addr, indicator.network.addr, sizeof(addr));
		seen.addr = seen.server = &addr;
	} else {
		seen.name = seen.owner = indicator.name;
		seen.name_size = seen.owner_size = indicator.name_size;
		seen.local = indicator.form == FORM_MAILBOX ? indicator.local : NULL;
		seen.local_size = indicator.local_size;
	}
	use_kinds(set, &seen);
}

static bool use_key(void *ctx, const struct ruleset_key *key)
{
	*(size_t *)ctx += key->name_size + key->local_size;
	return true;
}

static void ignore(void *ctx, const char *file, size_t before, size_t after)
{
	*(size_t *)ctx += strlen(file) + before + after;
}

static void use(const struct ruleset *set)
{
	FILE *out = fopen("/dev/null", "we");
	size_t sum = 0;
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		use_word(set, WORDS[i]);
	}
	(void)ruleset_each_key(set, use_key, &sum);
	ruleset_compare(base, set, ignore, &sum);
	ruleset_compare(set, base, ignore, &sum);
	if (out == NULL || ruleset_list(set, out) != 0 || fclose(out) != 0) {
		abort();
	}
}

static void change(const uint8_t *data, size_t size, uint8_t *octets)
{
	struct image_header *header = (struct image_header *)(void *)octets;
	memcpy(octets, image, image_size);
	for (; size >= 4; size -= 4, data += 4) {
		size_t at = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
		octets[at % image_size] = data[3];
	}
	header->checksum = XXH3_64bits(header + 1, image_size - sizeof(*header));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct ruleset_stats stats;
	const char *why;
	if (fd < 0) {
		make_image();
		fd = memfd_create("changed", MFD_CLOEXEC);
	}
	uint8_t *octets = malloc(image_size);
	if (octets == NULL) {
		abort();
	}
	change(data, size, octets);
	if (pwrite(fd, octets, image_size, 0) != (ssize_t)image_size) {
		abort();
	}
	free(octets);
	struct ruleset *set = ruleset_map(fd, base, &stats, &why);
	if (set != NULL) {
		use(set);
	}
	ruleset_free(set);
	return 0;
}
