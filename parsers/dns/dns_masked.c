/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_masked.h"

#include <string.h>

#include "parsers/dns/dns_name_read.h"

#define ID_SIZE        2
#define QUESTION_FIXED 4
#define RECORD_FIXED   10
#define NAME_POINTER   0xc0 /* RFC 1035 section 4.1.4 */

/* Moves past a name. This is faster than dns_name_skip(), which is called for other names. */
static inline bool skip_name(struct cursor *at)
{
	struct cursor c = *at;
	for (;;) {
		uint8_t octet = cursor_u8(&c);
		if (octet > 0 && octet <= DNS_LABEL_MAX) {
			cursor_skip(&c, octet);
			continue;
		}
		if (octet >= NAME_POINTER) {
			cursor_skip(&c, 1);
		} else if (octet > 0) {
			return dns_name_skip(at);
		}
		*at = c;
		return !c.failed;
	}
}

static bool skip_questions(struct cursor *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!skip_name(at)) {
			return false;
		}
		cursor_skip(at, QUESTION_FIXED);
	}
	return !at->failed;
}

/* Replaces octets of the copy. Returns false if the octet before them could begin a pointer. */
static inline bool replace(struct dns_masked *masked, size_t at, size_t size, uint8_t fill)
{
	memset(masked->wire + at, fill, size);
	return masked->wire[at - 1] < NAME_POINTER;
}

/* type 2 | class 2 | TTL 4 | size of the RDATA 2 | RDATA. In an OPT record the class is the size of
 * a buffer. */
static inline bool mask_record(struct cursor *at, uint8_t fill, struct dns_masked *masked)
{
	if (!skip_name(at)) {
		return false;
	}
	size_t start = at->pos;
	const uint8_t *fixed = cursor_take(at, RECORD_FIXED);
	if (fixed == NULL) {
		return false;
	}
	size_t size = octets_u16(fixed + 8);
	cursor_skip(at, size);
	if (at->failed) {
		return false;
	}
	masked->ttls[masked->records++] = octets_u32(fixed + 4);
	if (octets_u16(fixed) == DNS_TYPE_OPT) {
		return replace(masked, start + 2, 6, fill) &&
		       replace(masked, start + RECORD_FIXED, size, fill);
	}
	return replace(masked, start + 4, 4, fill);
}

bool dns_mask(const struct dns_message *message, uint8_t fill, struct dns_masked *masked)
{
	struct cursor at = cursor_init(message->wire, message->size);
	size_t records = (size_t)message->counts[DNS_ANSWER] + message->counts[DNS_AUTHORITY] +
	                 message->counts[DNS_ADDITIONAL];
	cursor_seek(&at, DNS_HEADER_SIZE);
	if (message->size > DNS_MASKED_OCTETS || records > DNS_MASKED_RECORDS ||
	    !skip_questions(&at, message->counts[DNS_QUESTION])) {
		return false;
	}
	masked->size = message->size;
	masked->records = 0;
	memcpy(masked->wire, message->wire, message->size);
	memset(masked->wire, fill, ID_SIZE);
	while (masked->records < records) {
		if (!mask_record(&at, fill, masked)) {
			return false;
		}
	}
	return true;
}
