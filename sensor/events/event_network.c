/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_network.h"

#include "base/address.h"

void event_network_key_make(struct event_network_key *key, const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	bool proxied = event_subject_is_proxied(subject);
	*key = (struct event_network_key){
		.flow = flow->key,
		.client = *event_subject_client(subject),
		.client_port = proxied ? subject->transcript->origin.port : -1,
		.vlan = flow->encapsulation.vlan,
		.dns = subject->dns != NULL,
	};
}

static void put_end(struct writer *out, const struct address_text *address, uint16_t port)
{
	writer_literal(out, "{\"ip\":\"");
	writer_address_text(out, address);
	writer_literal(out, "\",\"port\":");
	writer_number(out, port);
	writer_char(out, '}');
}

static void put_client(struct writer *out, const struct event_parts *parts)
{
	const struct event_subject *subject = parts->subject;
	if (!event_subject_is_proxied(subject)) {
		put_end(out, &parts->client, subject->flow->key.client_port);
	} else if (subject->transcript->origin.port != 0) {
		put_end(out, &parts->client, subject->transcript->origin.port);
	} else {
		writer_literal(out, "{\"ip\":\"");
		writer_address_text(out, &parts->client);
		writer_literal(out, "\"}");
	}
}

/* ECS has each end twice: by its role, and by its direction. */
static void put_ends(struct writer *out, const struct event_parts *parts)
{
	const struct flow_key *key = &parts->subject->flow->key;
	writer_literal(out, "\"client\":");
	size_t client = writer_size(out);
	put_client(out, parts);
	size_t client_size = writer_size(out) - client;
	writer_literal(out, ",\"server\":");
	size_t server = writer_size(out);
	put_end(out, &parts->server, key->server_port);
	size_t server_size = writer_size(out) - server;
	writer_literal(out, ",\"source\":");
	writer_repeat(out, client, client_size);
	writer_literal(out, ",\"destination\":");
	writer_repeat(out, server, server_size);
}

void event_put_network(struct json *json, const struct event_parts *parts)
{
	const struct flow *flow = parts->subject->flow;
	char id[FLOW_COMMUNITY_ID_MAX];
	struct writer *out = json_members(json);
	put_ends(out, parts);
	writer_literal(out, ",\"network\":{\"transport\":\"");
	writer_either(out, flow->key.protocol == IPPROTO_UDP, "udp", "tcp");
	writer_literal(out, "\",\"type\":\"");
	writer_either(out, address_is_ipv4(&flow->key.client), "ipv4", "ipv6");
	writer_literal(out, "\",\"protocol\":\"");
	writer_either(out, parts->subject->dns != NULL, "dns", "smtp");
	writer_char(out, '"');
	if (flow_community_id(flow, id)) {
		writer_literal(out, ",\"community_id\":\"");
		writer_string(out, id);
		writer_char(out, '"');
	}
	if (flow->encapsulation.vlan >= 0) {
		writer_literal(out, ",\"vlan\":{\"id\":\"");
		writer_number(out, (uint64_t)flow->encapsulation.vlan);
		writer_literal(out, "\"}");
	}
	writer_char(out, '}');
}
