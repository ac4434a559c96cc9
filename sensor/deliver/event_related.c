/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/event_related.h"

#include <string.h>
#include <xxhash.h>

struct related {
	struct json *json;
	uint64_t seen[EVENT_RELATED_MAX];
	size_t count;
};

static void put_related(struct related *related, const char *text, size_t size)
{
	uint64_t hash = XXH3_64bits(text, size);
	for (size_t i = 0; i < related->count; i++) {
		if (related->seen[i] == hash) {
			return;
		}
	}
	if (related->count < EVENT_RELATED_MAX && size > 0) {
		related->seen[related->count++] = hash;
		json_put_bytes(related->json, NULL, text, size);
	}
}

static void put_related_address(struct related *related, const struct in6_addr *addr)
{
	char text[FLOW_ADDRESS_TEXT_MAX];
	flow_address_text(addr, text);
	put_related(related, text, strlen(text));
}

static void put_related_name(struct related *related, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_MAX];
	put_related(related, text, dns_name_text(wire, text));
}

static void put_related_ips(struct json *json, const struct event_subject *subject)
{
	struct related related = { .json = json };
	json_put_array(json, "ip");
	put_related_address(&related, &subject->flow->client);
	put_related_address(&related, &subject->flow->server);
	if (subject->dns != NULL) {
		struct dns_walk walk;
		struct dns_entry entry;
		struct in6_addr addr;
		dns_walk_begin(&walk, subject->dns);
		while (related.count < EVENT_RELATED_MAX && dns_walk_next(&walk, &entry) > 0) {
			if (dns_rdata_address(&entry, &addr)) {
				put_related_address(&related, &addr);
			}
		}
	}
	json_end_array(json);
}

static void put_related_hosts(struct json *json, const struct event_subject *subject,
                              const struct event_hit *hit)
{
	struct related related = { .json = json };
	json_put_array(json, "hosts");
	if (hit != NULL && hit->seen->name != NULL) {
		put_related_name(&related, hit->seen->name);
	}
	if (hit != NULL && hit->seen->owner != NULL) {
		put_related_name(&related, hit->seen->owner);
	}
	if (subject->dns != NULL) {
		struct dns_walk walk;
		struct dns_entry entry;
		dns_walk_begin(&walk, subject->dns);
		if (dns_walk_next(&walk, &entry) > 0 && entry.section == DNS_QUESTION) {
			put_related_name(&related, entry.owner.wire);
		}
	} else {
		const struct story *story = subject->story;
		put_related(&related, story->banner.text, story->banner.size);
		put_related(&related, story->helo.text, story->helo.size);
	}
	json_end_array(json);
}

void event_put_related(struct json *json, const struct event_subject *subject,
                       const struct event_hit *hit)
{
	json_put_object(json, "related");
	put_related_ips(json, subject);
	put_related_hosts(json, subject, hit);
	json_end_object(json);
}
