/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "parsers/link/frame.h"
#include "sensor/intake/capture_private.h"

/* After this many skipped parts, including packets that the filter rejects, the caller gets the
 * chance to check for signals. */
#define PARTS_AT_ONCE 4096

#define HEADER_MAX 24 /* octets by which another file in the file is recognised */

static const bool MAGIC_OCTETS[256] = {
	[0x0a] = true, [0xa1] = true, [0xd4] = true, [0x4d] = true, [0x34] = true,
};

/* Files may have been joined by cat(1). The header of the next file then follows a complete packet
 * or block. */
static inline bool may_begin_another(const struct capture_file *file, const uint8_t *bytes,
                                     size_t size)
{
	/* Few packets begin with an octet of a magic number, so most packets cost only one
	 * comparison. */
	if (size == 0 || !MAGIC_OCTETS[bytes[0]]) {
		return false;
	}
	bool inside = file->pcapng && pcapng_reader_inside(&file->reader.pcapng);
	return size >= PCAP_READER_MAGIC_SIZE && !inside &&
	       (pcap_reader_magic(bytes) || (!file->pcapng && pcapng_reader_magic(bytes)));
}

static bool begins_another(const uint8_t *bytes, size_t size)
{
	return pcap_reader_begins(bytes, size) || pcapng_reader_begins(bytes, size);
}

static enum savefile_status parse(struct capture_file *file, const uint8_t *bytes, size_t size,
                                  struct savefile_part *part)
{
	return file->pcapng ? pcapng_reader_next(&file->reader.pcapng, bytes, size, part)
	                    : pcap_reader_next(&file->reader.pcap, bytes, size, part);
}

/* Reads the next part of the file. Returns false if a signal interrupted the call. */
static bool read_part(struct capture *capture, enum savefile_status *status,
                      struct savefile_part *part, size_t *size, char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	size_t need = 1;
	for (;;) {
		const uint8_t *bytes;
		if (!source_peek(file->source, need, &bytes, size)) {
			return false;
		}
		if (may_begin_another(file, bytes, *size)) {
			if (*size < HEADER_MAX && need < HEADER_MAX) {
				need = HEADER_MAX;
				continue;
			}
			if (begins_another(bytes, *size) &&
			    capture_file_start(file, capture->name, error) == 0) {
				need = 1;
				continue;
			}
		}
		*status = parse(file, bytes, *size, part);
		if (*status != SAVEFILE_MORE || *size < need) {
			return true;
		}
		need = part->size;
	}
}

static enum capture_status finish(struct capture *capture, size_t left,
                                  char error[CAPTURE_ERROR_MAX])
{
	const struct capture_file *file = capture->file;
	const char *damage = source_damage(file->source);
	if (damage == NULL && (left > 0 || source_ended_early(file->source) ||
	                       (file->pcapng && pcapng_reader_inside(&file->reader.pcapng)))) {
		damage = "the file ends inside this packet";
	}
	if (damage != NULL) {
		capture_set_error(error, "%s: packet %" PRIu64 ": %s", capture->name,
		                  file->number + 1, damage);
		return CAPTURE_ERROR;
	}
	if (file->damaged > 0) {
		capture_set_error(error, "%s: %" PRIu64 " more parts are damaged", capture->name,
		                  file->damaged);
		return CAPTURE_ERROR;
	}
	return CAPTURE_END;
}

/* Reports the first damage, and counts further ones, so that a file with much damage does not flood
 * the log. */
static enum capture_status report_damage(struct capture *capture, const char *damage,
                                         char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	if (file->reported != 0) {
		file->damaged++;
		return CAPTURE_NONE;
	}
	file->reported = file->number + 1;
	capture_set_error(error, "%s: packet %" PRIu64 ": %s", capture->name, file->number + 1,
	                  damage);
	return CAPTURE_DAMAGED;
}

static size_t find_next(const struct capture_file *file, const uint8_t *bytes, size_t size,
                        bool last)
{
	return file->pcapng ? pcapng_reader_find(&file->reader.pcapng, bytes, size, last)
	                    : pcap_reader_find(&file->reader.pcap, bytes, size, last);
}

/* Skips to the next plausible packets. Returns false if there are none, or a signal interrupted the
 * call. */
static bool search(struct capture_file *file, uint64_t *skipped)
{
	for (*skipped = 0;;) {
		const uint8_t *bytes;
		size_t size;
		if (!source_peek(file->source, SAVEFILE_SEARCH, &bytes, &size)) {
			return false;
		}
		bool last = size < SAVEFILE_SEARCH;
		size_t found = find_next(file, bytes, size, last);
		/* A chain that begins in the second half may continue after the view, so this half
		 * is searched again. */
		size_t skip = found < size || last ? found : size / 2;
		source_skip(file->source, skip);
		*skipped += skip;
		if (found < size || last) {
			return found < size;
		}
	}
}

/* Reading continues after the damage, if packets are found there. */
static enum capture_status resynchronise(struct capture *capture, const char *damage,
                                         char error[CAPTURE_ERROR_MAX])
{
	char text[256];
	uint64_t skipped;
	if (!search(capture->file, &skipped)) {
		capture_set_error(error,
		                  "%s: packet %" PRIu64 ": %s, and no further packet was found",
		                  capture->name, capture->file->number + 1, damage);
		return CAPTURE_ERROR;
	}
	if (capture->file->pcapng) {
		capture->file->reader.pcapng.trailer = 0;
	}
	(void)snprintf(text, sizeof(text), "%s: %" PRIu64 " octets are left out", damage, skipped);
	return report_damage(capture, text, error);
}

/* Handles the first packet of a link type. CAPTURE_NONE: there is nothing to report. */
static enum capture_status add_link(struct capture *capture, int dlt, char error[CAPTURE_ERROR_MAX])
{
	struct link_filters *filters = &capture->filters;
	char reason[CAPTURE_ERROR_MAX];
	bool full = link_filters_full(filters);
	const struct link_filter *filter = link_filters_add(filters, dlt, reason);
	if (full) {
		return CAPTURE_NONE;
	}
	if (filter->rejects) {
		capture_set_error(error, "%s: packets of link type %d (%s) are left out: %.700s",
		                  capture->name, dlt, capture_link_name(dlt), reason);
		return CAPTURE_DAMAGED;
	}
	if (!frame_link_known(dlt)) {
		capture_set_error(
		        error,
		        "%s: link type %d (%s) is not supported: its packets count as undecoded",
		        capture->name, dlt, capture_link_name(dlt));
		return CAPTURE_WARNING;
	}
	return CAPTURE_NONE;
}

/* Returns a packet. CAPTURE_NONE: the filter rejects it. */
static enum capture_status take_packet(struct capture *capture, const struct savefile_part *part,
                                       struct packet *packet, char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	struct link_filter *filter = link_filters_find(&capture->filters, part->packet.link);
	enum capture_status reported = CAPTURE_NONE;
	if (filter == NULL) {
		reported = add_link(capture, part->packet.link, error);
		filter = capture->filters.last;
	} else if (part->damage != NULL && file->reported != file->number + 1) {
		reported = report_damage(capture, part->damage, error);
	}
	if (reported != CAPTURE_NONE) {
		/* The packet is not skipped, so that the next call reads it again. */
		return reported;
	}
	capture->filters.last = filter;
	file->number++;
	source_skip(file->source, part->size);
	*packet = (struct packet){
		.bytes = part->packet.bytes,
		.captured = part->packet.captured,
		.length = part->packet.length,
		.time_ns = part->packet.time_ns,
		.link = part->packet.link,
	};
	bool passes = link_filters_pass(&capture->filters, filter, packet->bytes, packet->captured,
	                                packet->length);
	return passes ? CAPTURE_PACKET : CAPTURE_NONE;
}

/* Skips a part that is not a packet. CAPTURE_NONE: nothing to report. */
static enum capture_status skip_other(struct capture *capture, enum savefile_status status,
                                      const struct savefile_part *part, size_t size,
                                      char error[CAPTURE_ERROR_MAX])
{
	switch (status) {
	case SAVEFILE_MORE:
		return finish(capture, size, error);
	case SAVEFILE_LOST:
		return resynchronise(capture, part->damage, error);
	case SAVEFILE_DAMAGED:
		source_skip(capture->file->source, part->size);
		return report_damage(capture, part->damage, error);
	default:
		source_skip(capture->file->source, part->size);
		return CAPTURE_NONE;
	}
}

enum capture_status capture_next(struct capture *capture, struct packet *packet,
                                 char error[CAPTURE_ERROR_MAX])
{
	for (unsigned i = 0; i < PARTS_AT_ONCE; i++) {
		struct savefile_part part;
		enum savefile_status status;
		enum capture_status reported;
		size_t size;
		if (!read_part(capture, &status, &part, &size, error)) {
			return CAPTURE_NONE;
		}
		reported = status == SAVEFILE_PACKET
		                   ? take_packet(capture, &part, packet, error)
		                   : skip_other(capture, status, &part, size, error);
		if (reported != CAPTURE_NONE) {
			return reported;
		}
	}
	return CAPTURE_NONE;
}
