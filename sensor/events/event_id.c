/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_id.h"

#include <string.h>

/* Networks that are kept apart may use the same addresses. */
static void put_network(struct writer *out, const struct network_id *network)
{
	if (network != NULL) {
		writer_hex64(out, network->vlans);
		for (size_t i = 0; i < NETWORK_TUNNELS_MAX; i++) {
			writer_hex64(out, network->tunnels[i]);
		}
	}
}

/* Adds the connection and the message in it. */
static void put_message(struct writer *out, const struct event_subject *subject)
{
	const struct flow_key *key = &subject->flow->key;
	writer_number(out, key->protocol);
	writer_char(out, ' ');
	writer_number(out, key->client_port);
	writer_char(out, ' ');
	writer_number(out, key->server_port);
	writer_char(out, ' ');
	writer_hex64(out, subject->dns != NULL ? XXH3_64bits(subject->dns->wire, subject->dns->size)
	                                       : subject->anchor);
	writer_char(out, ' ');
	writer_put(out, (const char *)&key->client, sizeof(key->client));
	writer_put(out, (const char *)&key->server, sizeof(key->server));
	put_network(out, subject->flow->network);
}

/* A row stays the same row when it is seen again. */
static void put_row(struct writer *out, const struct event_row *row)
{
	XXH128_hash_t hash = XXH3_128bits(row->key, row->key_size);
	writer_literal(out, "row ");
	writer_hex64(out, hash.high64);
	writer_hex64(out, hash.low64);
}

void event_id_init(struct event_id_head *head)
{
	writer_init_growing(&head->hashed, EVENT_ID_HASHED_MAX);
}

void event_id_free(struct event_id_head *head)
{
	writer_free(&head->hashed);
}

static void put_string(struct writer *out, const char *string)
{
	writer_put(out, string, strlen(string) + 1);
}

/* The octets are hashed in one piece, because hashing each part of it takes three times as long. */
static XXH128_hash_t hash_hit(const struct event_parts *parts, struct event_id_head *head)
{
	const struct event_hit *hit = parts->hit;
	struct writer *out = &head->hashed;
	writer_restart(out);
	writer_put(out, head->octets, head->size);
	put_string(out, hit->rule->id);
	put_string(out, event_kind_text(hit));
	if (hit->interception != NULL) {
		put_string(out, hit->interception->ended ? "end" : "start");
	}
	writer_put(out, parts->value, parts->value_size);
	return XXH3_128bits(out->start, writer_size(out));
}

static void make_head(struct event_id_head *head, const struct event_subject *subject)
{
	struct writer out;
	writer_init(&out, head->octets, sizeof(head->octets));
	if (subject->row != NULL) {
		put_row(&out, subject->row);
	} else {
		put_message(&out, subject);
	}
	head->size = writer_size(&out);
}

void event_id_make(struct event_parts *parts, struct event_id_head *head)
{
	if (head->size == 0) {
		make_head(head, parts->subject);
	}
	event_id_text(parts->id, parts->hit != NULL ? hash_hit(parts, head)
	                                            : XXH3_128bits(head->octets, head->size));
}

void event_id_text(char id[EVENT_ID_MAX], XXH128_hash_t hash)
{
	struct writer out;
	writer_init(&out, id, EVENT_ID_MAX);
	writer_hex64(&out, hash.high64);
	writer_hex64(&out, hash.low64);
	(void)writer_text(&out);
}
