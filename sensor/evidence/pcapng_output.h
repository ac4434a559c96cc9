/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the blocks of a pcapng file (draft-ietf-opsawg-pcapng) with one section.
 *
 * The caller writes the octets to the file. Times have a resolution of 1 ns; a time before 1970 is
 * written as 1970. Limit: PCAPNG_INTERFACES_MAX pairs of a link type and an interface in a file.
 */
#pragma once

#include <stdbool.h>

#include "base/writer.h"
#include "sensor/intake/capture.h"

#define PCAPNG_INTERFACES_MAX 64
/*! \brief The largest comment, in octets. */
#define PCAPNG_COMMENT_MAX 65535

/*! \brief The interfaces that the file has described so far. */
struct pcapng_output {
	unsigned count;
	struct {
		int link;
		const char *name; /*!< Borrowed; NULL: no name. */
	} interfaces[PCAPNG_INTERFACES_MAX];
};

/*! \brief Writes the block with which a file begins. `program` is the name of this program. */
void pcapng_put_start(struct writer *out, const char *program);

/*!
 * \brief Writes a comment as an option of a packet. The text is UTF-8, and is cut after
 *        PCAPNG_COMMENT_MAX octets.
 */
void pcapng_put_comment(struct writer *options, const char *text, size_t size);

/*!
 * \brief Writes a packet. If its interface is not yet described in the file, the description is
 *        written first.
 *
 * \param options  The octets that pcapng_put_comment() has written; there may be none.
 *
 * \return False if the file has too many interfaces; nothing was written.
 */
bool pcapng_put_packet(struct pcapng_output *file, struct writer *out, const struct packet *packet,
                       const char *options, size_t options_size);
