/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A DNS message: every entry in it is walked to, read as a name, an address and
 * text; what is read is whole, and lies in the message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"
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
	if (dns_rdata_name(message, entry, &name) == 1) {
		check_name(&name);
	}
	if (dns_rdata_address(entry, &addr)) {
		found_bytes(&addr, sizeof(addr));
	}
	found_number((uint64_t)dns_rcode(message, entry));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	int ret = dns_open(&message, data, size);
	if (ret != DNS_OK) {
		check(size < DNS_HEADER_SIZE);
		return 0;
	}
	dns_walk_begin(&walk, &message);
	while ((ret = dns_walk_next(&walk, &entry)) > 0) {
		check_entry(&message, &entry);
	}
	check(strcmp(dns_fault_text(ret), "unknown") != 0);
	found_number((uint64_t)ret);
	return 0;
}
