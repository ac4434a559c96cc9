/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/stix_observables.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/report/formats/stix_text.h"
#include "sensor/report/formats/value_form.h"

/* Octets of a name that a UUID is made of; a subject has fewer. */
#define NAME_LIMIT ((size_t)8 << 20)
#define ROOM_FIRST 64
#define PROTOCOLS  3

/* The namespace of Cyber-observable Objects (STIX 2.1 section 2.9). */
static const struct uuid SPACE = { { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01,
	                             0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 } };

void stix_observables_init(struct stix_observables *observables, struct report_out *out)
{
	*observables = (struct stix_observables){ .out = out };
	writer_init_growing(&observables->name, NAME_LIMIT);
}

void stix_observables_free(struct stix_observables *observables)
{
	writer_free(&observables->name);
	uuid_set_free(&observables->written);
}

/* Adds a UUID. Returns false if the set has it, or when out of memory. */
static bool add_id(struct stix_observables *observables, struct uuid_set *ids,
                   const struct uuid *uuid)
{
	enum uuid_added added = uuid_set_add(ids, uuid);
	observables->no_memory |= added == UUID_NO_MEMORY;
	return added == UUID_NEW;
}

bool stix_observables_claim(struct stix_observables *observables, const struct stix_ref *ref)
{
	return add_id(observables, &observables->written, &ref->uuid);
}

void stix_refs_add(struct stix_observables *observables, struct stix_refs *refs,
                   const struct stix_ref *ref)
{
	if (refs->count == refs->room) {
		size_t room = refs->room > 0 ? 2 * refs->room : ROOM_FIRST;
		struct stix_ref *items = reallocarray(refs->items, room, sizeof(*items));
		if (items == NULL) {
			observables->no_memory = true;
			return;
		}
		refs->items = items;
		refs->room = room;
	}
	if (add_id(observables, &refs->known, &ref->uuid)) {
		refs->items[refs->count++] = *ref;
	}
}

void stix_refs_clear(struct stix_refs *refs)
{
	refs->count = 0;
	uuid_set_clear(&refs->known);
}

void stix_refs_free(struct stix_refs *refs)
{
	free(refs->items);
	uuid_set_free(&refs->known);
}

void stix_ref_put(struct json *json, const char *key, const struct stix_ref *ref)
{
	char memory[128];
	char text[UUID_TEXT_SIZE];
	struct writer id;
	uuid_text(&ref->uuid, text);
	writer_init(&id, memory, sizeof(memory));
	writer_string(&id, ref->type);
	writer_literal(&id, "--");
	writer_string(&id, text);
	json_put_bytes(json, key, memory, writer_size(&id));
}

void stix_refs_put(struct report_out *out, const char *key, const struct stix_refs *refs)
{
	json_put_array(&out->json, key);
	for (size_t i = 0; i < refs->count; i++) {
		stix_ref_put(&out->json, NULL, &refs->items[i]);
		report_out_flush(out);
	}
	json_end_array(&out->json);
}

/* The parts of a name that a UUID is made of: canonical JSON (RFC 8785) with sorted keys. */
static struct writer *begin_name(struct stix_observables *observables)
{
	writer_restart(&observables->name);
	return &observables->name;
}

static void name_ref(struct writer *name, const char *key, const struct stix_ref *ref)
{
	char text[UUID_TEXT_SIZE];
	uuid_text(&ref->uuid, text);
	writer_string(name, key);
	writer_string(name, ref->type);
	writer_literal(name, "--");
	writer_string(name, text);
	writer_char(name, '"');
}

/* Makes the id of the name that was written. */
static void end_name(struct stix_observables *observables, const struct uuid *space,
                     struct stix_ref *ref)
{
	struct writer *name = &observables->name;
	observables->no_memory |=
	        name->failed || !uuid_of_name(&ref->uuid, space, name->start, writer_size(name));
}

/* Adds a reference. Returns true if the object must be written; its head is written then. */
static bool begin_object(struct stix_observables *observables, struct stix_refs *refs,
                         const struct stix_ref *ref)
{
	struct json *json = &observables->out->json;
	stix_refs_add(observables, refs, ref);
	if (!stix_observables_claim(observables, ref)) {
		return false;
	}
	json_put_object(json, NULL);
	json_put_string(json, "type", ref->type);
	json_put_string(json, "spec_version", "2.1");
	stix_ref_put(json, "id", ref);
	return true;
}

static void end_object(struct stix_observables *observables)
{
	json_end_object(&observables->out->json);
	report_out_flush(observables->out);
}

/* The types of the objects for values, by their form. */
static const char *const TYPES[] = {
	[VALUE_IPV4] = "ipv4-addr",
	[VALUE_IPV6] = "ipv6-addr",
	[VALUE_HOST] = "domain-name",
	[VALUE_MAILBOX] = "email-addr",
};

bool stix_observe_value(struct stix_observables *observables, struct stix_refs *refs,
                        const struct report_text *value, struct stix_ref *ref)
{
	struct writer *name = begin_name(observables);
	ref->type = TYPES[value_form(value)];
	if (ref->type == NULL) {
		return false;
	}
	writer_literal(name, "{\"value\":");
	stix_text_canonical(name, value->text, value->size);
	writer_char(name, '}');
	end_name(observables, &SPACE, ref);
	if (begin_object(observables, refs, ref)) {
		report_put_text(&observables->out->json, "value", value);
		end_object(observables);
	}
	return true;
}

struct traffic {
	const struct stix_traffic *facts;
	struct stix_ref client, server;
	bool has_client, has_server;
	const char *protocols[PROTOCOLS];
	size_t protocol_count;
};

/* From the outermost protocol to the innermost (section 6.11.1). Whether a DNS message came over
 * UDP or TCP is not known. */
static void find_protocols(struct traffic *traffic)
{
	const struct stix_ref *known = traffic->has_server ? &traffic->server : &traffic->client;
	bool v6 = strcmp(known->type, "ipv6-addr") == 0;
	traffic->protocols[traffic->protocol_count++] = v6 ? "ipv6" : "ipv4";
	if (traffic->facts->mail) {
		traffic->protocols[traffic->protocol_count++] = "tcp";
	}
	traffic->protocols[traffic->protocol_count++] = traffic->facts->mail ? "smtp" : "dns";
}

static void name_port(struct writer *name, const char *key, uint16_t port)
{
	if (port != 0) {
		writer_string(name, key);
		writer_number(name, port);
		writer_char(name, ',');
	}
}

static void name_traffic(struct stix_observables *observables, const struct traffic *traffic,
                         struct stix_ref *ref)
{
	struct writer *name = begin_name(observables);
	writer_char(name, '{');
	name_port(name, "\"dst_port\":", traffic->facts->server_port);
	if (traffic->has_server) {
		name_ref(name, "\"dst_ref\":\"", &traffic->server);
		writer_char(name, ',');
	}
	writer_literal(name, "\"protocols\":[");
	for (size_t i = 0; i < traffic->protocol_count; i++) {
		writer_either(name, i > 0, ",\"", "\"");
		writer_string(name, traffic->protocols[i]);
		writer_char(name, '"');
	}
	writer_literal(name, "],");
	name_port(name, "\"src_port\":", traffic->facts->client_port);
	if (traffic->has_client) {
		name_ref(name, "\"src_ref\":\"", &traffic->client);
		writer_char(name, ',');
	}
	writer_literal(name, "\"start\":\"");
	writer_time(name, traffic->facts->start_ns);
	writer_literal(name, "\"}");
	end_name(observables, &SPACE, ref);
}

static void put_traffic(struct json *json, const struct traffic *traffic)
{
	json_put_time(json, "start", traffic->facts->start_ns);
	if (traffic->has_client) {
		stix_ref_put(json, "src_ref", &traffic->client);
	}
	if (traffic->has_server) {
		stix_ref_put(json, "dst_ref", &traffic->server);
	}
	if (traffic->facts->client_port != 0) {
		json_put_number(json, "src_port", traffic->facts->client_port);
	}
	if (traffic->facts->server_port != 0) {
		json_put_number(json, "dst_port", traffic->facts->server_port);
	}
	json_put_array(json, "protocols");
	for (size_t i = 0; i < traffic->protocol_count; i++) {
		json_put_string(json, NULL, traffic->protocols[i]);
	}
	json_end_array(json);
}

/* Only an address is the end of a connection. */
static bool observe_end(struct stix_observables *observables, struct stix_refs *refs,
                        const struct report_text *address, struct stix_ref *ref)
{
	enum value_form form = value_form(address);
	return (form == VALUE_IPV4 || form == VALUE_IPV6) &&
	       stix_observe_value(observables, refs, address, ref);
}

void stix_observe_traffic(struct stix_observables *observables, struct stix_refs *refs,
                          const struct stix_traffic *facts)
{
	struct stix_ref ref = { .type = "network-traffic" };
	struct traffic traffic = { .facts = facts };
	traffic.has_client = observe_end(observables, refs, facts->client, &traffic.client);
	traffic.has_server = observe_end(observables, refs, facts->server, &traffic.server);
	if (!traffic.has_client && !traffic.has_server) {
		return;
	}
	find_protocols(&traffic);
	name_traffic(observables, &traffic, &ref);
	if (begin_object(observables, refs, &ref)) {
		put_traffic(&observables->out->json, &traffic);
		end_object(observables);
	}
}

/* The addresses of a mail are mailboxes only. */
static bool observe_mailbox(struct stix_observables *observables, struct stix_refs *refs,
                            const struct report_text *mailbox, struct stix_ref *ref)
{
	return value_form(mailbox) == VALUE_MAILBOX &&
	       stix_observe_value(observables, refs, mailbox, ref);
}

/* The id of a mail; without sender and subject it has no ID Contributing Property. */
static void name_mail(struct stix_observables *observables, const struct report_mail *mail,
                      const struct stix_ref *from, const struct uuid *space, struct stix_ref *ref)
{
	bool subject = mail->subject.text != NULL;
	struct writer *name = begin_name(observables);
	writer_char(name, '{');
	if (from != NULL) {
		name_ref(name, "\"from_ref\":\"", from);
	}
	if (subject) {
		writer_either(name, from != NULL, ",\"subject\":", "\"subject\":");
		stix_text_canonical(name, mail->subject.text, mail->subject.size);
	}
	writer_char(name, '}');
	end_name(observables, &SPACE, ref);
	if ((from == NULL && !subject) || uuid_set_has(&observables->written, &ref->uuid)) {
		writer_time(name, mail->time_ns);
		writer_put(name, mail->event_id.text, mail->event_id.size);
		for (size_t i = 0; i < mail->rcpt_count; i++) {
			writer_put(name, mail->rcpts[i].address.text, mail->rcpts[i].address.size);
			writer_char(name, '\n');
		}
		end_name(observables, space, ref);
	}
}

static void put_mail(struct report_out *out, const struct report_mail *mail,
                     const struct stix_ref *from, const struct stix_refs *to)
{
	struct json *json = &out->json;
	json_put_bool(json, "is_multipart", false);
	json_put_time(json, "date", mail->time_ns);
	if (from != NULL) {
		stix_ref_put(json, "from_ref", from);
	}
	stix_refs_put(out, "to_refs", to);
	report_put_text(json, "message_id", &mail->message_id);
	report_put_text(json, "subject", &mail->subject);
}

void stix_observe_mail(struct stix_observables *observables, struct stix_refs *refs,
                       const struct report_mail *mail, const struct uuid *space)
{
	struct stix_ref ref = { .type = "email-message" };
	struct stix_ref from;
	struct stix_refs to = { .items = NULL };
	bool has_from = observe_mailbox(observables, refs, &mail->from, &from);
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		struct stix_ref rcpt;
		if (observe_mailbox(observables, refs, &mail->rcpts[i].address, &rcpt)) {
			stix_refs_add(observables, &to, &rcpt);
		}
	}
	name_mail(observables, mail, has_from ? &from : NULL, space, &ref);
	if (begin_object(observables, refs, &ref)) {
		put_mail(observables->out, mail, has_from ? &from : NULL, &to);
		end_object(observables);
	}
	stix_refs_free(&to);
}
