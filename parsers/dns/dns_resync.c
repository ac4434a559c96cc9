/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_resync.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "parsers/dns/dns.h"

#define PREFIX        DNS_STREAM_PREFIX
#define OPCODE_LAST   6
#define FLAG_RESERVED 0x0040
/* The largest plausible number of entries in these sections. No real response has as many. */
#define ENTRIES_MAX 255
/* The shortest question and record: the name of the root, and the fixed part. */
#define QUESTION_MIN 5
#define RECORD_MIN   11
/* The largest number of entries that may be read before further octets arrive. */
#define CREDIT_MAX 65536

enum look {
	LOOK_NONE,      /* no message begins here */
	LOOK_SHORT,     /* a message may begin here, but there are too few octets to decide */
	LOOK_PLAUSIBLE, /* length, header and the first entry are plausible */
};

static bool has_plausible_flags(unsigned flags, enum dns_stream_kind kind)
{
	return ((flags & DNS_FLAG_QR) != 0) == (kind == DNS_STREAM_RESPONSES) &&
	       (flags >> 11 & 0xf) <= OPCODE_LAST && (flags & FLAG_RESERVED) == 0;
}

/* Returns true if there is at most one question (RFC 9619), and if all entries may fit in the
 * message. */
static bool has_plausible_counts(const struct dns_message *message, size_t length)
{
	const uint16_t *counts = message->counts;
	size_t records =
	        (size_t)counts[DNS_ANSWER] + counts[DNS_AUTHORITY] + counts[DNS_ADDITIONAL];
	return counts[DNS_QUESTION] <= 1 && counts[DNS_AUTHORITY] <= ENTRIES_MAX &&
	       counts[DNS_ADDITIONAL] <= ENTRIES_MAX &&
	       DNS_HEADER_SIZE + QUESTION_MIN * counts[DNS_QUESTION] + RECORD_MIN * records <=
	               length;
}

/* Returns true for the classes in use (RFC 6895, 3.2), and for any class of OPT, because it is a
 * size. In multicast DNS the top bit of a class is a flag (RFC 6762, 10.2). */
static bool has_plausible_class(const struct dns_entry *entry)
{
	switch (entry->rclass & 0x7fff) {
	case DNS_CLASS_IN:
	case DNS_CLASS_CH:
	case DNS_CLASS_HS:
	case DNS_CLASS_NONE:
	case DNS_CLASS_ANY:
		return entry->type != 0;
	default:
		return entry->type == DNS_TYPE_OPT;
	}
}

static enum look look_at_entry(const struct dns_message *message, size_t length)
{
	struct dns_entry entry;
	struct dns_walk walk;
	dns_walk_begin(&walk, message);
	switch (dns_walk_next(&walk, &entry)) {
	case 1:
		return walk.fault == DNS_OK && has_plausible_class(&entry) ? LOOK_PLAUSIBLE
		                                                           : LOOK_NONE;
	case DNS_OK:
		return length == DNS_HEADER_SIZE ? LOOK_PLAUSIBLE : LOOK_NONE;
	case DNS_LONG_RDATA:
		return has_plausible_class(&entry) && walk.at.pos + entry.rdata_size <= length
		               ? LOOK_PLAUSIBLE
		               : LOOK_NONE;
	case DNS_SHORT_ENTRY:
		return message->size < length ? LOOK_SHORT : LOOK_NONE;
	default:
		return LOOK_NONE;
	}
}

static enum look look(const uint8_t *bytes, size_t size, enum dns_stream_kind kind)
{
	if (size < PREFIX) {
		return LOOK_SHORT;
	}
	size_t length = octets_u16(bytes);
	if (length < DNS_HEADER_SIZE ||
	    (size >= PREFIX + 4 && !has_plausible_flags(octets_u16(bytes + PREFIX + 2), kind))) {
		return LOOK_NONE;
	}
	struct dns_message message;
	if (dns_open(&message, bytes + PREFIX, MIN(size - PREFIX, length)) != DNS_OK) {
		return LOOK_SHORT;
	}
	return has_plausible_counts(&message, length) ? look_at_entry(&message, length) : LOOK_NONE;
}

/* Reads all entries. \return DNS_OK; a fault; or 1 if there are more entries than may still be
 * read. */
static int read_entries(struct dns_stream *stream, const uint8_t *wire, size_t size)
{
	struct dns_message message;
	struct dns_entry entry;
	struct dns_walk walk;
	int ret = dns_open(&message, wire, size);
	if (ret != DNS_OK) {
		return ret;
	}
	dns_walk_begin(&walk, &message);
	while ((ret = dns_walk_next(&walk, &entry)) == 1 && walk.fault == DNS_OK &&
	       stream->credit > 0) {
		stream->credit--;
	}
	return ret;
}

/* Returns true for a fault whose cause may be that the last octets of the message are not there. */
static bool ran_out(int fault)
{
	return fault == DNS_SHORT_HEADER || fault == DNS_SHORT_ENTRY || fault == DNS_LONG_RDATA;
}

struct search {
	struct dns_stream *stream;
	/* the number of missing octets that follow; NULL: further octets will arrive */
	const size_t *missing;
	dns_stream_message_t message;
	void *user;
	size_t skipped;
	bool resumes; /* it is known where the next message begins after the missing octets */
};

enum verdict {
	VERDICT_NONE,
	VERDICT_WAIT,      /* further octets are needed to decide */
	VERDICT_MESSAGE,   /* a whole message */
	VERDICT_BEGINNING, /* the beginning of a message */
	/* perhaps the beginning of a message: no octet in it begins another message */
	VERDICT_HIDES,
};

/* Judges a message that is not whole. If the stream was in step, the octets are the beginning of a
 * message. In any other stream, the message must end where the missing octets end. */
static enum verdict judge_cut(const struct search *search, const uint8_t *bytes, size_t size,
                              enum look seen)
{
	struct dns_stream *stream = search->stream;
	if (search->missing == NULL) {
		return VERDICT_WAIT;
	}
	if (size < PREFIX) {
		return VERDICT_HIDES;
	}
	if (!ran_out(read_entries(stream, bytes + PREFIX, size - PREFIX))) {
		return VERDICT_NONE;
	}
	bool ends = seen == LOOK_PLAUSIBLE &&
	            size + *search->missing == PREFIX + (size_t)octets_u16(bytes);
	return !stream->lost || ends ? VERDICT_BEGINNING : VERDICT_HIDES;
}

/* Judges the octet at which `size` octets begin. */
static enum verdict judge(const struct search *search, const uint8_t *bytes, size_t size)
{
	enum look seen = look(bytes, size, search->stream->kind);
	if (seen == LOOK_NONE) {
		return VERDICT_NONE;
	}
	if (seen == LOOK_SHORT || size < PREFIX + (size_t)octets_u16(bytes)) {
		return judge_cut(search, bytes, size, seen);
	}
	size_t length = octets_u16(bytes), rest = size - PREFIX - length;
	enum look next = rest > 0 ? look(bytes + PREFIX + length, rest, search->stream->kind)
	                          : LOOK_PLAUSIBLE;
	if (next == LOOK_SHORT && search->missing == NULL) {
		return VERDICT_WAIT;
	}
	bool is_message =
	        next != LOOK_NONE && read_entries(search->stream, bytes + PREFIX, length) == DNS_OK;
	return is_message ? VERDICT_MESSAGE : VERDICT_NONE;
}

/* Delivers the beginning of a message. The rest of the message is skipped, as far as it is not
 * missing. */
static void take_beginning(struct search *search, const uint8_t *bytes, size_t size)
{
	size_t rest = PREFIX + (size_t)octets_u16(bytes) - size;
	if (size >= PREFIX + DNS_HEADER_SIZE) {
		search->message(search->user, bytes + PREFIX, size - PREFIX, true);
	}
	search->resumes = *search->missing <= rest;
	search->stream->skip = search->resumes ? (uint32_t)(rest - *search->missing) : 0;
}

/* Applies a verdict. \return The number of octets used. */
static size_t take(struct search *search, enum verdict verdict, const uint8_t *bytes, size_t size)
{
	size_t length;
	switch (verdict) {
	case VERDICT_MESSAGE:
		length = octets_u16(bytes);
		search->message(search->user, bytes + PREFIX, length, false);
		search->stream->lost = false;
		return PREFIX + length;
	case VERDICT_BEGINNING:
		take_beginning(search, bytes, size);
		return size;
	case VERDICT_HIDES:
		break;
	default:
		size = 1;
	}
	search->skipped += size;
	search->stream->lost = true;
	return size;
}

static void discard(struct dns_stream *stream, size_t size)
{
	if (size == stream->have) {
		dns_stream_clear(stream);
		return;
	}
	stream->have -= size;
	memmove(stream->buffer, stream->buffer + size, stream->have);
}

static void run(struct search *search)
{
	struct dns_stream *stream = search->stream;
	size_t at = 0;
	while (at < stream->have) {
		const uint8_t *bytes = stream->buffer + at;
		enum verdict verdict = judge(search, bytes, stream->have - at);
		if (verdict == VERDICT_WAIT) {
			break;
		}
		at += take(search, verdict, bytes, stream->have - at);
	}
	discard(stream, at);
}

static bool append(struct dns_stream *stream, const uint8_t *bytes, size_t size)
{
	if (stream->have + size > stream->room) {
		uint8_t *larger = realloc(stream->buffer, stream->have + size);
		if (larger == NULL) {
			return false;
		}
		stream->buffer = larger;
		stream->room = stream->have + size;
	}
	memcpy(stream->buffer + stream->have, bytes, size);
	stream->have += size;
	return true;
}

size_t dns_resync_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user)
{
	struct search search = { .stream = stream, .message = message, .user = user };
	if (!append(stream, bytes, size)) {
		size += stream->have;
		dns_stream_clear(stream);
		stream->lost = true;
		return size;
	}
	stream->credit = MIN(stream->credit + (uint32_t)size, CREDIT_MAX);
	run(&search);
	return search.skipped;
}

size_t dns_resync_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user)
{
	struct search search = {
		.stream = stream, .missing = &size, .message = message, .user = user
	};
	run(&search);
	stream->lost = search.resumes ? false : stream->lost || size > 0;
	return search.skipped;
}
