/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/event_dns.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns_codes.h"
#include "parsers/dns_edns.h"
#include "sensor/flow.h"

static void put_flags(struct json *json, const struct dns_message *message,
                      const struct dns_entry *opt)
{
	static const struct {
		uint16_t bit;
		const char *text;
	} flags[] = {
		{ DNS_FLAG_AA, "AA" }, { DNS_FLAG_TC, "TC" }, { DNS_FLAG_RD, "RD" },
		{ DNS_FLAG_RA, "RA" }, { DNS_FLAG_AD, "AD" }, { DNS_FLAG_CD, "CD" },
	};
	json_put_array(json, "header_flags");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if ((message->flags & flags[i].bit) != 0) {
			json_put_string(json, NULL, flags[i].text);
		}
	}
	if (opt != NULL && (opt->ttl & DNS_EDNS_FLAG_DO) != 0) {
		json_put_string(json, NULL, "DO");
	}
	json_end_array(json);
}

static bool find_opt(const struct dns_message *message, struct dns_entry *opt)
{
	struct dns_walk walk;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, opt) > 0) {
		if (opt->section == DNS_ADDITIONAL && opt->type == DNS_TYPE_OPT) {
			return true;
		}
	}
	return false;
}

/* Of whom the resolver asked for: where the answer goes, when it is not the client. */
static void put_subnet(struct json *json, const struct dns_entry *opt)
{
	struct in6_addr addr;
	uint8_t bits;
	char text[FLOW_ADDRESS_TEXT_MAX + 8];
	if (dns_edns_subnet(opt, &addr, &bits)) {
		flow_address_text(&addr, text);
		(void)sprintf(text + strlen(text), "/%u", bits);
		json_put_string(json, "client_subnet", text);
	}
}

static void put_header(struct json *json, const struct dns_message *message)
{
	struct dns_entry opt;
	char text[DNS_CODE_TEXT_MAX];
	const struct dns_entry *edns = find_opt(message, &opt) ? &opt : NULL;

	(void)snprintf(text, sizeof(text), "%u", message->id);
	json_put_string(json, "id", text);
	json_put_string(json, "type", "answer");
	json_put_string(json, "op_code", dns_opcode_text(dns_opcode(message), text));
	json_put_string(json, "response_code", dns_rcode_text(dns_rcode(message, edns), text));
	put_flags(json, message, edns);
	if (edns != NULL) {
		put_subnet(json, edns);
	}
}

static void put_question(struct json *json, const struct dns_entry *question, const psl_ctx_t *psl)
{
	char name[DNS_NAME_TEXT_MAX];
	char text[DNS_CODE_TEXT_MAX];

	(void)dns_name_text(question->owner.wire, name);
	json_put_object(json, "question");
	json_put_string(json, "name", name);
	json_put_string(json, "type", dns_type_text(question->type, text));
	json_put_string(json, "class", dns_class_text(question->rclass, text));
	const char *registered = psl != NULL ? psl_registrable_domain(psl, name) : NULL;
	if (registered != NULL) {
		json_put_string(json, "registered_domain", registered);
	}
	json_end_object(json);
}

static void put_record(struct json *json, const struct dns_message *message,
                       const struct dns_entry *entry, char *scratch)
{
	char name[DNS_NAME_TEXT_MAX];
	char text[DNS_CODE_TEXT_MAX];

	(void)dns_name_text(entry->owner.wire, name);
	json_put_object(json, NULL);
	json_put_string(json, "name", name);
	json_put_string(json, "type", dns_type_text(entry->type, text));
	json_put_string(json, "class", dns_class_text(entry->rclass, text));
	json_put_number(json, "ttl", entry->ttl);
	size_t size = dns_rdata_text(message, entry, scratch);
	json_put_bytes(json, "data", scratch, size);
	json_end_object(json);
}

/* OPT is no record but a part of the header; its flags stand there. */
static bool is_listed(const struct dns_entry *entry)
{
	return entry->section != DNS_QUESTION && entry->type != DNS_TYPE_OPT;
}

/* One walk: sections come in order, so each array is opened when it begins. */
static uint64_t put_entries(struct json *json, const struct dns_message *message,
                            const psl_ctx_t *psl, char *scratch)
{
	static const char *const keys[DNS_SECTIONS] = { NULL, "answers", "authorities",
		                                        "additionals" };
	struct dns_walk walk;
	struct dns_entry entry;
	int open = -1;
	bool asked = false;
	uint64_t omitted = 0;

	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section == DNS_QUESTION && !asked) {
			put_question(json, &entry, psl);
			asked = true;
		}
		if (!is_listed(&entry)) {
			continue;
		}
		if (json->size > EVENT_DNS_SIZE_MAX) {
			omitted++;
			continue;
		}
		if (open != (int)entry.section) {
			if (open >= 0) {
				json_end_array(json);
			}
			json_put_array(json, keys[entry.section]);
			open = (int)entry.section;
		}
		put_record(json, message, &entry, scratch);
	}
	if (open >= 0) {
		json_end_array(json);
	}
	return omitted;
}

static void put_resolved(struct json *json, const struct dns_message *message)
{
	struct dns_walk walk;
	struct dns_entry entry;
	struct in6_addr addr;
	char text[FLOW_ADDRESS_TEXT_MAX];

	json_put_array(json, "resolved_ip");
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0 && json->size <= EVENT_DNS_SIZE_MAX) {
		if (entry.section != DNS_ANSWER || !dns_rdata_address(&entry, &addr)) {
			continue;
		}
		flow_address_text(&addr, text);
		json_put_string(json, NULL, text);
	}
	json_end_array(json);
}

uint64_t event_put_dns(struct json *json, const struct dns_message *message, const psl_ctx_t *psl,
                       char *scratch)
{
	json_put_object(json, "dns");
	put_header(json, message);
	uint64_t omitted = put_entries(json, message, psl, scratch);
	put_resolved(json, message);
	json_end_object(json);
	return omitted;
}
