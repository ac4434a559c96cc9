/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of any octets against protected ones: no protected name is a look-alike, a
 * second match gives the same, and every hit was possible by the Bloom filter. The input
 * is a name in wire format, or its text after a first octet above 63.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/index/names.h"
#include "rules/ruleset/ruleset.h"
#include "tests/fuzz/found.h"
#include "tests/fuzz/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] =
        "protect awsdns-[00-63].com awsdns-[00-63].co.uk ns[1-12]host.net id=families\n"
        "protect google.com mail.protection.outlook.com ovh.net onamae.com id=names\n"
        "protect office365.com b\xc3\xbc"
        "cher.example azure-dns.org id=strict tld=strict\n";

/*! \brief A text with dots in wire format; 0 when it has none. */
static size_t to_wire(const uint8_t *text, size_t size, uint8_t wire[DNS_NAME_MAX])
{
	size_t used = 0;
	while (size > 0) {
		const uint8_t *dot = memchr(text, '.', size);
		size_t label = dot != NULL ? (size_t)(dot - text) : size;
		if (label == 0 || label > 63 || used + label + 2 > DNS_NAME_MAX) {
			return 0;
		}
		wire[used++] = (uint8_t)label;
		memcpy(wire + used, text, label);
		used += label;
		text += label + (dot != NULL);
		size -= label + (dot != NULL);
	}
	wire[used++] = 0;
	return used;
}

static size_t match(const struct ruleset *set, const uint8_t *name, size_t size,
                    struct ruleset_hit hits[RULESET_HITS_MAX])
{
	const struct observation seen = { .kind = KIND_NS, .name = name, .name_size = size };
	struct bloom_questions questions;
	bloom_questions_begin(&questions);
	ruleset_ask(set, &seen, &questions);
	bool possible = bloom_answer(&questions);
	size_t count = ruleset_match(set, &seen, hits);
	if (count > 0 && !possible) {
		abort();
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *set;
	struct ruleset_hit first[RULESET_HITS_MAX];
	struct ruleset_hit second[RULESET_HITS_MAX];
	uint8_t wire[DNS_NAME_MAX];
	if (set == NULL) {
		set = load_rules(RULES);
	}
	if (set == NULL || size > DNS_NAME_MAX) {
		return 0;
	}
	/* On the heap, where an octet read too far is found. */
	bool is_text = size > 0 && data[0] > 63;
	size = is_text ? to_wire(data, size, wire) : size;
	uint8_t *name = malloc(size + 1);
	if (name == NULL) {
		return 0;
	}
	memcpy(name, is_text ? wire : data, size);
	size_t count = match(set, name, size, first);
	if (count != match(set, name, size, second) ||
	    (count > 0 && first[0].rule != second[0].rule)) {
		abort();
	}
	for (size_t i = 0; i < count; i++) {
		struct rule_scratch scratch;
		struct rule_view view;
		ruleset_describe(set, &first[i], &scratch, &view);
		found_text(view.id);
		found_text(view.indicator);
		found_text(view.imitates != NULL ? view.imitates : "");
		if (view.action != ACTION_LOOKALIKE || view.imitates == NULL) {
			abort();
		}
	}
	free(name);
	return 0;
}
