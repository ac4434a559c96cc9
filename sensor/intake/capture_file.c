/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/link/frame.h"
#include "parsers/link/pcap.h"
#include "parsers/link/pcapng.h"
#include "sensor/intake/capture_private.h"
#include "sensor/intake/source.h"

/* Link types of one file that are remembered; a file with more loses only warnings. */
#define LINKS_MAX 64

/* Parts passed over, by the filter too, before the caller may look at signals again. */
#define PARTS_AT_ONCE 4096

/* A link type that the file has packets of. */
struct link {
	int dlt;
	bool closed; /* the filter does not fit it */
	bool filtered;
	struct bpf_program program; /* if filtered */
};

struct capture_file {
	struct source *source;
	const char *filter; /* NULL: none */
	bool pcapng;
	uint64_t number;   /* of the packet read last */
	uint64_t damaged;  /* parts since the first one was named */
	uint64_t named;    /* the packet where that first one was; 0: none yet */
	struct link *link; /* of the packet read last */
	size_t links_count;
	struct link links[LINKS_MAX];
	union {
		struct pcap_reader pcap;
		struct pcapng_reader pcapng;
	} reader;
};

/* Opening */

static void complain_of_open(const char *name, int ret, char error[CAPTURE_ERROR_MAX])
{
	switch (ret) {
	case -ENODATA:
		capture_complain(error, "%s: the file is empty", name);
		break;
	case -EISDIR:
		capture_complain(error, "%s: a folder, not a capture", name);
		break;
	default:
		capture_complain(error, "%s: %s", name, strerror(-ret));
		break;
	}
}

/* What is wrong with a file that begins as no capture does, or ends before it has. */
static int complain_of_start(const char *name, const struct source *source, const uint8_t *bytes,
                             size_t size, char error[CAPTURE_ERROR_MAX])
{
	const char *damage = source_damage(source);
	const char *packing = source_packing(source);
	if (damage != NULL) {
		capture_complain(error, "%s: packet 1: %s", name, damage);
		return -EIO;
	}
	if (size == 0) {
		complain_of_open(name, -ENODATA, error);
		return -ENODATA;
	}
	if (size >= PCAP_READER_MAGIC_SIZE && pcap_reader_magic(bytes)) {
		capture_complain(error, "%s: the file ends in its header", name);
		return -EIO;
	}
	bool plain = strcmp(packing, "plain") == 0;
	capture_complain(error, "%s: not a capture that can be read: %s%sneither pcap nor pcapng",
	                 name, plain ? "" : packing, plain ? "" : " data that is ");
	return -ENODATA;
}

/* Which format, and a pcap file's header. */
static int start(struct capture_file *file, const char *name, char error[CAPTURE_ERROR_MAX])
{
	struct savefile_part part = { .size = PCAPNG_READER_MAGIC_SIZE };
	const uint8_t *bytes;
	size_t size;
	enum savefile_status status = SAVEFILE_MORE;
	while (status == SAVEFILE_MORE) {
		if (!source_peek(file->source, part.size, &bytes, &size)) {
			capture_complain(error, "%s: interrupted", name);
			return -EINTR;
		}
		if (size >= PCAPNG_READER_MAGIC_SIZE && pcapng_reader_magic(bytes)) {
			file->pcapng = true;
			return 0;
		}
		if (size < part.size || !pcap_reader_magic(bytes)) {
			return complain_of_start(name, file->source, bytes, size, error);
		}
		status = pcap_reader_start(&file->reader.pcap, bytes, size, &part);
	}
	if (status == SAVEFILE_LOST) {
		capture_complain(error, "%s: %s", name, part.damage);
		return -EIO;
	}
	source_skip(file->source, part.size);
	return 0;
}

static const char *display_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int open_file(struct capture_file **out, const char *path, const char *filter,
                     char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = calloc(1, sizeof(*file));
	int ret = file != NULL ? source_open(&file->source, path) : -ENOMEM;
	if (ret != 0) {
		complain_of_open(display_name(path), ret, error);
		free(file);
		return ret;
	}
	file->filter = filter != NULL && filter[0] != '\0' ? filter : NULL;
	ret = start(file, display_name(path), error);
	if (ret != 0) {
		capture_file_free(file);
		return ret;
	}
	*out = file;
	return 0;
}

struct capture *capture_open_file(const char *path, const char *filter,
                                  char error[CAPTURE_ERROR_MAX])
{
	struct capture *capture = capture_new(display_name(path), error);
	if (capture != NULL && open_file(&capture->file, path, filter, error) != 0) {
		capture_close(capture);
		return NULL;
	}
	return capture;
}

void capture_file_free(struct capture_file *file)
{
	if (file == NULL) {
		return;
	}
	for (size_t i = 0; i < file->links_count; i++) {
		if (file->links[i].filtered) {
			pcap_freecode(&file->links[i].program);
		}
	}
	source_close(file->source);
	free(file);
}

void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *size)
{
	*done = 0;
	*size = 0;
	if (capture->file != NULL) {
		source_progress(capture->file->source, done, size);
	}
}

/* Link types */

static struct link *find_link(struct capture_file *file, int dlt)
{
	if (file->link != NULL && file->link->dlt == dlt) {
		return file->link;
	}
	for (size_t i = 0; i < file->links_count; i++) {
		if (file->links[i].dlt == dlt) {
			return &file->links[i];
		}
	}
	return NULL;
}

/* Meets a link type for the first time. CAPTURE_NONE: there is nothing to tell. */
static enum capture_status add_link(struct capture *capture, int dlt, char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	char reason[CAPTURE_ERROR_MAX];
	bool full = file->links_count == LINKS_MAX;
	struct link *link = &file->links[full ? LINKS_MAX - 1 : file->links_count++];
	if (link->filtered) {
		pcap_freecode(&link->program);
	}
	*link = (struct link){ .dlt = dlt };
	file->link = link;
	if (file->filter != NULL) {
		/* `arp` lets nothing through on a raw link, which is no fault of the filter. */
		link->filtered = capture_compile(&link->program, dlt, true, file->filter, reason) ||
		                 capture_compile(&link->program, dlt, false, file->filter, reason);
		link->closed = !link->filtered;
	}
	if (full) {
		return CAPTURE_NONE;
	}
	if (link->closed) {
		capture_complain(error, "%s: packets of link type %d (%s) are left out: %.700s",
		                 capture->name, dlt, capture_link_name(dlt), reason);
		return CAPTURE_DAMAGED;
	}
	if (!frame_link_known(dlt)) {
		capture_complain(error,
		                 "%s: link type %d (%s) is not read: its packets count as "
		                 "undecoded",
		                 capture->name, dlt, capture_link_name(dlt));
		return CAPTURE_WARNING;
	}
	return CAPTURE_NONE;
}

static bool passes(const struct link *link, const struct savefile_packet *packet)
{
	if (link->closed) {
		return false;
	}
	const struct pcap_pkthdr header = { .caplen = packet->captured, .len = packet->length };
	return !link->filtered || pcap_offline_filter(&link->program, &header, packet->bytes) != 0;
}

/* Reading */

/* The next part of the file. False when a signal interrupted. */
static bool read_part(struct capture_file *file, enum savefile_status *status,
                      struct savefile_part *part, size_t *size)
{
	size_t need = 1;
	for (;;) {
		const uint8_t *bytes;
		if (!source_peek(file->source, need, &bytes, size)) {
			return false;
		}
		*status = file->pcapng
		                  ? pcapng_reader_next(&file->reader.pcapng, bytes, *size, part)
		                  : pcap_reader_next(&file->reader.pcap, bytes, *size, part);
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
		damage = "the file ends inside it";
	}
	if (damage != NULL) {
		capture_complain(error, "%s: packet %" PRIu64 ": %s", capture->name,
		                 file->number + 1, damage);
		return CAPTURE_ERROR;
	}
	if (file->damaged > 0) {
		capture_complain(error, "%s: %" PRIu64 " more damaged parts", capture->name,
		                 file->damaged);
		return CAPTURE_ERROR;
	}
	return CAPTURE_END;
}

/* The first damage is named, others are counted: a file of nothing else must not
 * flood whoever reads the messages. */
static enum capture_status pass_damage(struct capture *capture, const char *damage,
                                       char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	if (file->named != 0) {
		file->damaged++;
		return CAPTURE_NONE;
	}
	file->named = file->number + 1;
	capture_complain(error, "%s: packet %" PRIu64 ": %s", capture->name, file->number + 1,
	                 damage);
	return CAPTURE_DAMAGED;
}

/* Hands out a packet. CAPTURE_NONE: the filter does not let it through. */
static enum capture_status take_packet(struct capture *capture, const struct savefile_part *part,
                                       struct packet *packet, char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = capture->file;
	struct link *link = find_link(file, part->packet.link);
	enum capture_status told = CAPTURE_NONE;
	if (link == NULL) {
		told = add_link(capture, part->packet.link, error);
		link = file->link;
	} else if (part->damage != NULL && file->named != file->number + 1) {
		told = pass_damage(capture, part->damage, error);
	}
	if (told != CAPTURE_NONE) {
		/* The packet itself is read again by the next call. */
		return told;
	}
	file->link = link;
	file->number++;
	source_skip(file->source, part->size);
	*packet = (struct packet){
		.bytes = part->packet.bytes,
		.captured = part->packet.captured,
		.length = part->packet.length,
		.time_ns = part->packet.time_ns,
		.link = part->packet.link,
	};
	return passes(link, &part->packet) ? CAPTURE_PACKET : CAPTURE_NONE;
}

/* Passes over what is no packet. CAPTURE_NONE: there is nothing to tell. */
static enum capture_status take_other(struct capture *capture, enum savefile_status status,
                                      const struct savefile_part *part, size_t size,
                                      char error[CAPTURE_ERROR_MAX])
{
	switch (status) {
	case SAVEFILE_MORE:
		return finish(capture, size, error);
	case SAVEFILE_LOST:
		capture_complain(error, "%s: packet %" PRIu64 ": %s", capture->name,
		                 capture->file->number + 1, part->damage);
		return CAPTURE_ERROR;
	case SAVEFILE_DAMAGED:
		source_skip(capture->file->source, part->size);
		return pass_damage(capture, part->damage, error);
	default:
		source_skip(capture->file->source, part->size);
		return CAPTURE_NONE;
	}
}

enum capture_status capture_file_next(struct capture *capture, struct packet *packet,
                                      char error[CAPTURE_ERROR_MAX])
{
	for (unsigned i = 0; i < PARTS_AT_ONCE; i++) {
		struct savefile_part part;
		enum savefile_status status;
		enum capture_status told;
		size_t size;
		if (!read_part(capture->file, &status, &part, &size)) {
			return CAPTURE_NONE;
		}
		told = status == SAVEFILE_PACKET ? take_packet(capture, &part, packet, error)
		                                 : take_other(capture, status, &part, size, error);
		if (told != CAPTURE_NONE) {
			return told;
		}
	}
	return CAPTURE_NONE;
}

enum capture_probe capture_probe_file(const char *path, int64_t *first_ns,
                                      char error[CAPTURE_ERROR_MAX])
{
	struct capture probe = { .name = (char *)display_name(path) };
	struct packet packet;
	enum capture_status status;
	int ret = open_file(&probe.file, path, NULL, error);
	*first_ns = INT64_MIN;
	if (ret != 0) {
		return ret == -ENODATA ? CAPTURE_PROBE_OTHER : CAPTURE_PROBE_FAILED;
	}
	do {
		status = capture_file_next(&probe, &packet, error);
	} while (status == CAPTURE_NONE || status == CAPTURE_WARNING || status == CAPTURE_DAMAGED);
	if (status == CAPTURE_PACKET) {
		*first_ns = packet.time_ns;
	}
	capture_file_free(probe.file);
	return CAPTURE_PROBE_GOOD;
}
