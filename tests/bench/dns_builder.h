/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages in wire format, names compressed as servers do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/names.h"
#include "tests/bench/writer.h"

#define DNS_NAMES 48 /*!< Suffixes that a pointer may be made to. */

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_OPT = 41,
	DNS_DS = 43,
	DNS_RRSIG = 46,
	DNS_DNSKEY = 48,
	DNS_HTTPS = 65,
};

enum dns_part { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

/*! \brief A message as it grows. What no longer fits is left out, as a whole record. */
struct dns_builder {
	uint8_t wire[WRITER_PAYLOAD_MAX];
	size_t size, record, data; /*!< Where the record at hand and its data begin. */
	bool over;                 /*!< The record at hand did not fit. */
	enum dns_part part;
	uint16_t counts[4];
	unsigned names;
	struct {
		uint16_t at;
		char text[NAMES_MAX];
	} known[DNS_NAMES];
};

void dns_begin(struct dns_builder *dns, uint16_t id, uint16_t flags);
void dns_put(struct dns_builder *dns, const void *bytes, size_t size);
void dns_put16(struct dns_builder *dns, uint16_t value);
void dns_put32(struct dns_builder *dns, uint32_t value);

/*! \brief Text with dots; `shrink`: with pointers to earlier suffixes. */
void dns_put_name(struct dns_builder *dns, const char *name, bool shrink);
void dns_question(struct dns_builder *dns, const char *name, uint16_t type);

/*! \brief A record up to its data; dns_record_end() follows the data. */
void dns_record(struct dns_builder *dns, enum dns_part part, const char *owner, uint16_t type,
                uint32_t ttl);
void dns_record_end(struct dns_builder *dns);

/*! \brief EDNS (RFC 6891), 1232 octets. */
void dns_opt(struct dns_builder *dns, bool dnssec_ok);

/*! \brief Writes the counts: the message is complete. */
void dns_end(struct dns_builder *dns);
