/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_dns.h"

#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_edns.h"

void event_dns_free(struct event_dns *dns)
{
	json_free(&dns->header);
	json_free(&dns->members);
	json_free(&dns->resolved);
}

/* Reading */

/* Where the text of a record begins. */
struct place {
	size_t members, resolved;
	bool members_first, resolved_first;
	enum dns_section section;
};

static bool is_like_last(const struct event_dns *dns, const struct dns_entry *entry)
{
	const struct dns_name *owner = &entry->owner;
	return owner->size > 0 && entry->type == dns->type && entry->rclass == dns->rclass &&
	       dns_name_equal(owner, dns->owner.wire, dns->owner.size);
}

static void put_kinds(struct json *json, const struct dns_entry *entry)
{
	struct writer *out = &json->out;
	char room[DNS_CODE_TEXT_MAX];
	writer_literal(out, "\"type\":\"");
	writer_string(out, dns_type_text(entry->type, room));
	writer_literal(out, "\",\"class\":\"");
	writer_string(out, dns_class_text(entry->rclass, room));
	writer_char(out, '"');
}

/* Most names need no escapes and are written directly into the event. */
static void put_name(struct json *json, const struct dns_name *name)
{
	struct writer *out = &json->out;
	char *at = writer_reserve(out, 1 + DNS_NAME_TEXT_MAX);
	if (at == NULL) {
		return;
	}
	size_t size = dns_name_plain_text(name, at + 1);
	if (size > 0) {
		*at = '"';
		writer_advance(out, 1 + size);
		writer_char(out, '"');
		return;
	}
	char text[DNS_NAME_TEXT_MAX];
	json_put_text(json, text, dns_name_text(name->wire, text));
}

/* Writes owner, type and class. If they are those of the previous entry, as in most records, their
 * text is copied. */
static void put_head(struct event_dns *dns, const struct dns_entry *entry)
{
	struct json *json = &dns->members;
	if (is_like_last(dns, entry)) {
		writer_repeat(&json->out, dns->head_at, dns->head_size);
		return;
	}
	dns->type = entry->type;
	dns->rclass = entry->rclass;
	dns->owner.size = entry->owner.size;
	memcpy(dns->owner.wire, entry->owner.wire, entry->owner.size);
	dns->head_at = json_size(json);
	if (entry->owner.size > 0) {
		writer_literal(&json->out, "\"name\":");
		put_name(json, &entry->owner);
		writer_char(&json->out, ',');
	}
	put_kinds(json, entry);
	dns->head_size = json_size(json) - dns->head_at;
}

static void read_question(struct event_dns *dns, const struct dns_entry *question)
{
	struct json *json = &dns->members;
	size_t size =
	        question->owner.size > 0 ? dns_name_text(question->owner.wire, dns->question) : 0;
	const char *registered =
	        size > 0 ? domains_registered(dns->domains, dns->question, size) : NULL;

	dns->question_size = size;
	dns->has_question = true;
	(void)json_members(json);
	writer_literal(&json->out, "\"question\":{");
	put_head(dns, question);
	if (registered != NULL) {
		writer_literal(&json->out, ",\"registered_domain\":");
		json_put_text(json, registered, size - (size_t)(registered - dns->question));
	}
	writer_literal(&json->out, "}");
}

/* `"ADDRESS"`, as the element of an array. */
static void put_address(struct json *json, const struct address_text *address)
{
	struct writer *out = json_members(json);
	writer_char(out, '"');
	writer_address_text(out, address);
	writer_char(out, '"');
}

/* Makes the text of the record. A v4-mapped address in AAAA RDATA is written as IPv6 in the record,
 * but in dotted form elsewhere. */
static void read_address(struct event_dns *dns, const struct dns_entry *entry,
                         const struct in6_addr *addr, struct event_related *related)
{
	address_text_make(&dns->address, addr);
	event_related_add(related, addr, &dns->address);
	if (entry->section == DNS_ANSWER) {
		put_address(&dns->resolved, &dns->address);
	}
	if (entry->type == DNS_TYPE_AAAA && address_is_ipv4(addr)) {
		char *text = dns->address.text;
		dns->address.size = (uint8_t)(text_ipv6(text, entry->rdata) - text);
	}
}

static void close_section(struct event_dns *dns)
{
	if (dns->section != DNS_QUESTION) {
		writer_literal(&dns->members.out, "]");
	}
}

static void open_section(struct event_dns *dns, enum dns_section section)
{
	close_section(dns);
	(void)json_members(&dns->members);
	if (section == DNS_ANSWER) {
		writer_literal(&dns->members.out, "\"answers\":[");
	} else if (section == DNS_AUTHORITY) {
		writer_literal(&dns->members.out, "\"authorities\":[");
	} else {
		writer_literal(&dns->members.out, "\"additionals\":[");
	}
	dns->members.first = true;
	dns->section = section;
}

static void put_record_head(struct event_dns *dns, const struct dns_entry *entry)
{
	struct writer *out = json_members(&dns->members);
	writer_char(out, '{');
	put_head(dns, entry);
	writer_literal(out, ",\"ttl\":");
	writer_number(out, entry->ttl);
	writer_literal(out, ",\"data\":");
}

/* An address needs no escapes; other data may. */
static void put_data(struct event_dns *dns, const struct dns_message *message,
                     const struct dns_entry *entry, bool is_address)
{
	struct json *json = &dns->members;
	struct dns_name name;
	if (is_address) {
		writer_char(&json->out, '"');
		writer_address_text(&json->out, &dns->address);
		writer_char(&json->out, '"');
	} else if (dns_rdata_is_name(message, entry, &name)) {
		put_name(json, &name);
	} else {
		json_put_text(json, dns->scratch, dns_rdata_text(message, entry, dns->scratch));
	}
	writer_char(&json->out, '}');
}

/* OPT is an extension of the header rather than a record, so its flags are written with those of
 * the header. */
static void read_opt(struct event_dns *dns, const struct dns_entry *entry)
{
	if (entry->section == DNS_ADDITIONAL && !dns->has_opt) {
		dns->opt = *entry;
		dns->has_opt = true;
	}
}

static struct place place_of(const struct event_dns *dns)
{
	return (struct place){ json_size(&dns->members), json_size(&dns->resolved),
		               dns->members.first, dns->resolved.first, dns->section };
}

static void return_to(struct event_dns *dns, const struct place *place)
{
	writer_rewind(&dns->members.out, place->members);
	writer_rewind(&dns->resolved.out, place->resolved);
	dns->members.first = place->members_first;
	dns->resolved.first = place->resolved_first;
	dns->section = place->section;
	if (dns->head_at >= place->members) {
		dns->owner.size = 0;
	}
}

static void read_record(struct event_dns *dns, const struct dns_message *message,
                        const struct dns_entry *entry, struct event_related *related)
{
	struct in6_addr addr;
	const struct place before = place_of(dns);
	bool is_address = dns_rdata_address(entry, &addr);
	if (is_address) {
		read_address(dns, entry, &addr, related);
	}
	if (dns->section != entry->section) {
		open_section(dns, entry->section);
	}
	put_record_head(dns, entry);
	put_data(dns, message, entry, is_address);
	if (json_size(&dns->members) + json_size(&dns->resolved) > EVENT_DNS_SIZE_MAX) {
		return_to(dns, &before);
		dns->omitted++;
	}
}

static void begin_reading(struct event_dns *dns)
{
	json_begin(&dns->members);
	json_begin(&dns->resolved);
	json_begin(&dns->header);
	dns->question_size = 0;
	dns->has_question = false;
	dns->has_opt = false;
	dns->omitted = 0;
	dns->records = 0;
	dns->section = DNS_QUESTION;
	dns->owner.size = 0;
}

/* \return True for a record that the sections list. */
static bool is_listed(struct event_dns *dns, const struct dns_entry *entry)
{
	if (entry->section == DNS_QUESTION) {
		if (!dns->has_question) {
			read_question(dns, entry);
		}
		return false;
	}
	if (entry->type == DNS_TYPE_OPT) {
		read_opt(dns, entry);
		return false;
	}
	return true;
}

void event_dns_read(struct event_dns *dns, const struct dns_message *message,
                    struct event_related *related)
{
	struct dns_walk walk;
	struct dns_entry entry;

	if (dns->state == EVENT_DNS_WHOLE) {
		return;
	}
	begin_reading(dns);
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (is_listed(dns, &entry)) {
			if (dns->records++ == 0) {
				dns->question_end = json_size(&dns->members);
			}
			read_record(dns, message, &entry, related);
		}
	}
	if (dns->records == 0) {
		dns->question_end = json_size(&dns->members);
	}
	close_section(dns);
	dns->state = EVENT_DNS_WHOLE;
}

static void read_all_but_records(struct event_dns *dns, const struct dns_message *message)
{
	struct dns_walk walk;
	struct dns_entry entry;

	begin_reading(dns);
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		dns->records += is_listed(dns, &entry);
	}
	dns->question_end = json_size(&dns->members);
}

/* Drops the record of another hit. */
static void rewind_to_question(struct event_dns *dns)
{
	writer_rewind(&dns->members.out, dns->question_end);
	dns->members.first = dns->question_end == 0;
	json_begin(&dns->resolved);
	dns->section = DNS_QUESTION;
	dns->omitted = dns->records;
	if (dns->head_at >= dns->question_end) {
		dns->owner.size = 0;
	}
}

static void read_hit(struct event_dns *dns, const struct dns_message *message,
                     const struct event_hit *hit, struct event_related *related)
{
	struct dns_entry entry;
	const struct observation *seen = hit->seen;
	dns_entry_again(&entry, (enum dns_section)hit->section, seen->rdata);
	entry.owner.size = (uint8_t)seen->owner_size;
	if (seen->owner_size > 0) {
		memcpy(entry.owner.wire, seen->owner, seen->owner_size);
	}
	dns->omitted--;
	read_record(dns, message, &entry, related);
}

void event_dns_read_own(struct event_dns *dns, const struct dns_message *message,
                        const struct event_hit *hit, struct event_related *related)
{
	if (dns->state == EVENT_DNS_NOTHING || dns->members.out.failed) {
		read_all_but_records(dns, message);
	}
	dns->state = EVENT_DNS_OWN;
	rewind_to_question(dns);
	if (hit != NULL && hit->seen->rdata != NULL) {
		read_hit(dns, message, hit, related);
	}
	close_section(dns);
}

/* Writing */

/* An empty list is left out. */
static void put_flags(struct writer *out, unsigned flags, bool dnssec_ok)
{
	static const struct {
		uint16_t bit;
		char text[6];
	} texts[] = {
		{ DNS_FLAG_AA, ",\"AA\"" }, { DNS_FLAG_TC, ",\"TC\"" }, { DNS_FLAG_RD, ",\"RD\"" },
		{ DNS_FLAG_RA, ",\"RA\"" }, { DNS_FLAG_AD, ",\"AD\"" }, { DNS_FLAG_CD, ",\"CD\"" },
	};
	char list[64];
	struct writer w;
	writer_init(&w, list, sizeof(list));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if ((flags & texts[i].bit) != 0) {
			writer_put(&w, texts[i].text, 5);
		}
	}
	if (dnssec_ok) {
		writer_literal(&w, ",\"DO\"");
	}
	if (writer_size(&w) > 0) {
		writer_literal(out, ",\"header_flags\":[");
		writer_put(out, list + 1, writer_size(&w) - 1);
		writer_char(out, ']');
	}
}

/* The network of the client that a resolver asks for, RFC 7871. */
static void put_subnet(struct writer *out, const struct dns_entry *opt)
{
	struct in6_addr addr;
	uint8_t bits;
	if (dns_edns_subnet(opt, &addr, &bits)) {
		writer_literal(out, ",\"client_subnet\":\"");
		writer_address(out, &addr);
		writer_char(out, '/');
		writer_number(out, bits);
		writer_char(out, '"');
	}
}

static void put_header(struct json *json, const struct event_dns *dns,
                       const struct dns_message *message)
{
	const struct dns_entry *opt = dns->has_opt ? &dns->opt : NULL;
	char room[DNS_CODE_TEXT_MAX];
	struct writer *out = json_members(json);
	writer_literal(out, "\"dns\":{\"id\":\"");
	writer_number(out, message->id);
	bool response = dns_is_response(message);
	writer_literal(out, "\",\"type\":\"");
	writer_either(out, response, "answer", "query");
	writer_literal(out, "\",\"op_code\":\"");
	writer_string(out, dns_opcode_text(dns_opcode(message), room));
	if (response) {
		writer_literal(out, "\",\"response_code\":\"");
		writer_string(out, dns_rcode_text(dns_rcode(message, opt), room));
	}
	writer_char(out, '"');
	put_flags(out, message->flags, opt != NULL && (opt->ttl & DNS_EDNS_FLAG_DO) != 0);
	if (opt != NULL) {
		put_subnet(out, opt);
	}
}

void event_put_dns(struct json *json, struct event_dns *dns, const struct dns_message *message)
{
	if (json_size(&dns->header) == 0) {
		put_header(&dns->header, dns, message);
	}
	json_put_members(json, &dns->header);
	json_put_members(json, &dns->members);
	if (json_size(&dns->resolved) > 0) {
		writer_literal(&json->out, ",\"resolved_ip\":[");
		writer_put(&json->out, dns->resolved.out.start, json_size(&dns->resolved));
		writer_literal(&json->out, "]");
	}
	writer_literal(&json->out, "}");
}

/* Rows of the history */

/* Owner, type and class, as records and questions have them. */
static void put_row_head(struct json *json, const struct event_row *row)
{
	char owner[DNS_NAME_TEXT_MAX];
	char room[DNS_CODE_TEXT_MAX];
	json_put_bytes(json, "name", owner, dns_name_text(row->owner, owner));
	json_put_string(json, "type", dns_type_text(row->type, room));
	json_put_string(json, "class", dns_class_text(DNS_CLASS_IN, room));
}

/* NODATA is NOERROR without an answer (RFC 2308, 2.2). */
static void put_row_code(struct json *json, const struct event_row *row)
{
	bool nodata = strcmp(row->data, "NODATA") == 0;
	json_put_object(json, "question");
	put_row_head(json, row);
	json_end_object(json);
	json_put_string(json, "response_code", nodata ? "NOERROR" : row->data);
}

static void put_row_record(struct json *json, const struct event_row *row)
{
	json_put_array(json, "answers");
	json_put_object(json, NULL);
	put_row_head(json, row);
	json_put_number(json, "ttl", row->ttl);
	json_put_bytes(json, "data", row->data, row->data_size);
	json_end_object(json);
	json_end_array(json);
	if (row->type == DNS_TYPE_A || row->type == DNS_TYPE_AAAA) {
		json_put_array(json, "resolved_ip");
		json_put_bytes(json, NULL, row->data, row->data_size);
		json_end_array(json);
	}
}

void event_put_row(struct json *json, const struct event_row *row)
{
	json_put_object(json, "dns");
	json_put_string(json, "type", "answer");
	if (row->is_code) {
		put_row_code(json, row);
	} else {
		put_row_record(json, row);
	}
	json_end_object(json);
}
