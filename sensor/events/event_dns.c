/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_dns.h"

#include <string.h>

#include "base/text.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_edns.h"
#include "sensor/events/flow.h"

void event_dns_free(struct event_dns *dns)
{
	json_free(&dns->members);
	json_free(&dns->resolved);
}

/* What is read */

static bool is_like_last(const struct event_dns *dns, const struct dns_entry *entry)
{
	const struct dns_name *owner = &entry->owner;
	return entry->type == dns->type && entry->rclass == dns->rclass &&
	       owner->size == dns->owner.size &&
	       memcmp(owner->wire, dns->owner.wire, owner->size) == 0;
}

#define KINDS_MAX 128

static void put_kinds(struct json *json, const struct dns_entry *entry)
{
	char room[DNS_CODE_TEXT_MAX];
	char *at = json_room(json, KINDS_MAX);
	if (at == NULL) {
		return;
	}
	at = TEXT_PUT(at, ",\"type\":\"");
	at = text_put_string(at, dns_type_text(entry->type, room));
	at = TEXT_PUT(at, "\",\"class\":\"");
	at = text_put_string(at, dns_class_text(entry->rclass, room));
	*at++ = '"';
	json_wrote(json, at);
}

/*
 * Straight into the event: a text as long as the name has no escapes, and UTF-8
 * stands in JSON as it is, so that only a quote would have to be escaped.
 */
static void put_name(struct json *json, const struct dns_name *name)
{
	char *at = json_room(json, DNS_NAME_TEXT_MAX + 1);
	if (at == NULL) {
		return;
	}
	size_t size = dns_name_text(name->wire, at + 1);
	if (size + 2 == name->size && memchr(at + 1, '"', size) == NULL) {
		at[0] = '"';
		at[1 + size] = '"';
		json_wrote(json, at + size + 2);
		return;
	}
	char text[DNS_NAME_TEXT_MAX];
	memcpy(text, at + 1, size);
	json_put_text(json, text, size);
}

#define HEAD_BLOCK 64

/* Whole blocks, for most heads one: what is too much is overwritten by what follows. */
static void put_blocks(char *to, const char *from, size_t size)
{
	char block[HEAD_BLOCK];
	for (size_t at = 0; at < size; at += HEAD_BLOCK) {
		memcpy(block, from + at, HEAD_BLOCK);
		memcpy(to + at, block, HEAD_BLOCK);
	}
}

/* Owner, type and class, which most records share with the entry before: they are copied. */
static void put_head(struct event_dns *dns, const struct dns_entry *entry)
{
	struct json *json = &dns->members;
	if (is_like_last(dns, entry)) {
		char *at = json_room(json, dns->head_size + HEAD_BLOCK);
		if (at != NULL) {
			put_blocks(at, json->text + dns->head_at, dns->head_size);
			json_wrote(json, at + dns->head_size);
		}
		return;
	}
	dns->type = entry->type;
	dns->rclass = entry->rclass;
	dns->owner.size = entry->owner.size;
	memcpy(dns->owner.wire, entry->owner.wire, entry->owner.size);
	dns->head_at = json->size;
	JSON_PUT(json, "\"name\":");
	put_name(json, &entry->owner);
	put_kinds(json, entry);
	dns->head_size = json->size - dns->head_at;
}

static void read_question(struct event_dns *dns, const struct dns_entry *question)
{
	struct json *json = &dns->members;
	size_t size = dns_name_text(question->owner.wire, dns->question);
	const char *registered = domains_registered(dns->domains, dns->question, size);

	dns->has_question = true;
	json_put_comma(json);
	JSON_PUT(json, "\"question\":{");
	put_head(dns, question);
	if (registered != NULL) {
		JSON_PUT(json, ",\"registered_domain\":");
		json_put_text(json, registered, size - (size_t)(registered - dns->question));
	}
	JSON_PUT(json, "}");
}

/* `"ADDRESS"`, as the element of an array. */
static void put_address(struct json *json, const char *text, size_t size)
{
	char *at = json_room_members(json, TEXT_ADDRESS_MAX + 2);
	if (at != NULL) {
		*at++ = '"';
		at = text_put_address(at, text, size);
		*at++ = '"';
		json_wrote(json, at);
	}
}

/* As text in `scratch`: that of an IPv4 address in IPv6 RDATA is another than the address's. */
static size_t read_address(struct event_dns *dns, const struct dns_entry *entry,
                           const struct in6_addr *addr, struct event_related *related)
{
	size_t size = (size_t)(text_address(dns->scratch, addr) - dns->scratch);
	event_related_add(related, addr, dns->scratch, size);
	if (entry->section == DNS_ANSWER && dns->members.size <= EVENT_DNS_SIZE_MAX) {
		put_address(&dns->resolved, dns->scratch, size);
	}
	if (entry->type == DNS_TYPE_AAAA && flow_is_ipv4(addr)) {
		size = (size_t)(text_ipv6(dns->scratch, entry->rdata) - dns->scratch);
	}
	return size;
}

static void close_section(struct event_dns *dns)
{
	if (dns->section != DNS_QUESTION) {
		JSON_PUT(&dns->members, "]");
		dns->members.first = false;
	}
}

static void open_section(struct event_dns *dns, enum dns_section section)
{
	close_section(dns);
	json_put_comma(&dns->members);
	if (section == DNS_ANSWER) {
		JSON_PUT(&dns->members, "\"answers\":[");
	} else if (section == DNS_AUTHORITY) {
		JSON_PUT(&dns->members, "\"authorities\":[");
	} else {
		JSON_PUT(&dns->members, "\"additionals\":[");
	}
	dns->members.first = true;
	dns->section = section;
}

/* An address stands for itself; other data may have to be escaped. */
static void put_record(struct event_dns *dns, const struct dns_entry *entry, size_t data_size,
                       bool is_address)
{
	struct json *json = &dns->members;
	json_put_comma(json);
	JSON_PUT(json, "{");
	put_head(dns, entry);
	char *at = json_room(json, 32 + TEXT_NUMBER_MAX + TEXT_ADDRESS_MAX);
	if (at == NULL) {
		return;
	}
	at = TEXT_PUT(at, ",\"ttl\":");
	at = text_number(at, entry->ttl);
	at = TEXT_PUT(at, ",\"data\":");
	if (is_address) {
		*at++ = '"';
		at = text_put_address(at, dns->scratch, data_size);
		at = TEXT_PUT(at, "\"}");
		json_wrote(json, at);
		return;
	}
	json_wrote(json, at);
	json_put_text(json, dns->scratch, data_size);
	JSON_PUT(json, "}");
}

/* OPT is no record but a part of the header; its flags stand there. */
static void read_opt(struct event_dns *dns, const struct dns_entry *entry)
{
	if (entry->section == DNS_ADDITIONAL && !dns->has_opt) {
		dns->opt = *entry;
		dns->has_opt = true;
	}
}

static void read_record(struct event_dns *dns, const struct dns_message *message,
                        const struct dns_entry *entry, struct event_related *related)
{
	struct in6_addr addr;
	bool has_address = dns_rdata_address(entry, &addr);
	size_t size = has_address ? read_address(dns, entry, &addr, related) : 0;
	if (dns->members.size + dns->resolved.size > EVENT_DNS_SIZE_MAX) {
		dns->omitted++;
		return;
	}
	if (dns->section != entry->section) {
		open_section(dns, entry->section);
	}
	if (!has_address) {
		size = dns_rdata_text(message, entry, dns->scratch);
	}
	put_record(dns, entry, size, has_address);
}

void event_dns_read(struct event_dns *dns, const struct dns_message *message,
                    struct event_related *related)
{
	struct dns_walk walk;
	struct dns_entry entry;

	json_begin(&dns->members);
	json_begin(&dns->resolved);
	dns->has_question = false;
	dns->has_opt = false;
	dns->omitted = 0;
	dns->section = DNS_QUESTION;
	dns->owner.size = 0;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section == DNS_QUESTION) {
			if (!dns->has_question) {
				read_question(dns, &entry);
			}
		} else if (entry.type == DNS_TYPE_OPT) {
			read_opt(dns, &entry);
		} else {
			read_record(dns, message, &entry, related);
		}
	}
	close_section(dns);
}

/* What is written */

static char *put_flags(char *at, unsigned flags, bool dnssec_ok)
{
	static const struct {
		uint16_t bit;
		char text[6];
	} texts[] = {
		{ DNS_FLAG_AA, ",\"AA\"" }, { DNS_FLAG_TC, ",\"TC\"" }, { DNS_FLAG_RD, ",\"RD\"" },
		{ DNS_FLAG_RA, ",\"RA\"" }, { DNS_FLAG_AD, ",\"AD\"" }, { DNS_FLAG_CD, ",\"CD\"" },
	};
	char *start = TEXT_PUT(at, ",\"header_flags\":");
	char *end = start;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if ((flags & texts[i].bit) != 0) {
			end = text_put(end, texts[i].text, 5);
		}
	}
	if (dnssec_ok) {
		end = TEXT_PUT(end, ",\"DO\"");
	}
	if (end == start) {
		return at;
	}
	*start = '[';
	*end++ = ']';
	return end;
}

/* Of whom the resolver asked for: where the answer goes, when it is not the client. */
static char *put_subnet(char *at, const struct dns_entry *opt)
{
	struct in6_addr addr;
	uint8_t bits;
	if (dns_edns_subnet(opt, &addr, &bits)) {
		at = TEXT_PUT(at, ",\"client_subnet\":\"");
		at = text_address(at, &addr);
		*at++ = '/';
		at = text_number(at, bits);
		*at++ = '"';
	}
	return at;
}

#define HEADER_MAX 384

static void put_header(struct json *json, const struct event_dns *dns,
                       const struct dns_message *message)
{
	const struct dns_entry *opt = dns->has_opt ? &dns->opt : NULL;
	char room[DNS_CODE_TEXT_MAX];
	char *at = json_room_members(json, HEADER_MAX);
	if (at == NULL) {
		return;
	}
	at = TEXT_PUT(at, "\"dns\":{\"id\":\"");
	at = text_number(at, message->id);
	at = TEXT_PUT(at, "\",\"type\":\"answer\",\"op_code\":\"");
	at = text_put_string(at, dns_opcode_text(dns_opcode(message), room));
	at = TEXT_PUT(at, "\",\"response_code\":\"");
	at = text_put_string(at, dns_rcode_text(dns_rcode(message, opt), room));
	*at++ = '"';
	at = put_flags(at, message->flags, opt != NULL && (opt->ttl & DNS_EDNS_FLAG_DO) != 0);
	if (opt != NULL) {
		at = put_subnet(at, opt);
	}
	json_wrote(json, at);
}

void event_put_dns(struct json *json, const struct event_dns *dns,
                   const struct dns_message *message)
{
	put_header(json, dns, message);
	json_put_members(json, &dns->members);
	if (dns->resolved.size > 0) {
		JSON_PUT(json, ",\"resolved_ip\":[");
		json_put_raw(json, dns->resolved.text, dns->resolved.size);
		JSON_PUT(json, "]");
	}
	JSON_PUT(json, "}");
}
