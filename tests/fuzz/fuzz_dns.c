/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A DNS message: every entry in it is walked to, read as a name, an address and
 * text; what is read is whole, and lies in the message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_edns.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[DNS_RDATA_TEXT_MAX];

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_name(const struct dns_name *name)
{
	char written[DNS_NAME_TEXT_MAX];
	size_t at = 0;
	while (at < name->size && name->wire[at] != 0) {
		check(name->wire[at] <= DNS_LABEL_MAX);
		at += 1U + name->wire[at];
	}
	check(at + 1 == name->size);
	check(dns_name_text(name->wire, written) == strlen(written));
	found_bytes(name->wire, name->size);
	found_text(written);
}

static void sum_up(const struct dns_message *message, const struct dns_entry *entry)
{
	char room[DNS_CODE_TEXT_MAX];
	struct in6_addr addr = { 0 };
	uint8_t bits = 0;
	found_number(entry->section);
	found_text(dns_type_text(entry->type, room));
	found_text(dns_class_text(entry->rclass, room));
	found_number(entry->ttl);
	found_number(dns_is_about_names(message, entry));
	found_text(dns_rcode_text(dns_rcode(message, entry), room));
	found_number(entry->rdata != NULL ? (uint64_t)(entry->rdata - message->wire) : 0);
	found_number(entry->rdata_size);
	if (entry->type == DNS_TYPE_OPT && entry->rdata != NULL) {
		found_number(dns_edns_subnet(entry, &addr, &bits));
		found_bytes(&addr, sizeof(addr));
		found_number(bits);
	}
}

static void check_entry(const struct dns_message *message, const struct dns_entry *entry)
{
	struct dns_name name;
	struct in6_addr addr;
	if (entry->owner.size > 0) {
		check_name(&entry->owner);
	}
	if (entry->rdata != NULL) {
		check(entry->rdata >= message->wire + DNS_HEADER_SIZE);
		check(entry->rdata + entry->rdata_size <= message->wire + message->size);
	}
	size_t size = dns_rdata_text(message, entry, text);
	check(size < sizeof(text) && strlen(text) == size);
	found_text(text);
	int has_name = dns_rdata_name(message, entry, &name);
	found_number((uint64_t)has_name);
	if (has_name == 1) {
		check_name(&name);
	}
	if (dns_rdata_address(entry, &addr)) {
		found_bytes(&addr, sizeof(addr));
	}
	sum_up(message, entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	char room[DNS_CODE_TEXT_MAX];
	int ret = dns_open(&message, data, size);
	if (ret != DNS_OK) {
		check(size < DNS_HEADER_SIZE);
		return 0;
	}
	found_number(message.id);
	found_number(message.flags);
	found_text(dns_opcode_text(dns_opcode(&message), room));
	dns_walk_begin(&walk, &message);
	while ((ret = dns_walk_next(&walk, &entry)) > 0) {
		check_entry(&message, &entry);
	}
	check(strcmp(dns_fault_text(ret), "unknown") != 0);
	found_text(dns_fault_text(ret));
	return 0;
}
