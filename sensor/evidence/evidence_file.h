/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A pcapng file of evidence, to which packets are appended. Private to sensor/evidence/.
 *
 * Limits: a file is full when it has a sixteenth of the largest size of the folder, but not less
 * than 16 KiB and not more than 32 MiB. Sessions that continue in a full file may add as much
 * again. A file is always valid: if only a part of a block could be written, this part is removed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/evidence/evidence.h"
#include "sensor/evidence/pcapng_output.h"

/*! \brief What the files of a worker share. evidence_writer_init() expects that it is all zeros. */
struct evidence_writer {
	const struct evidence_config *config; /*!< Borrowed. */
	uint64_t created;                     /* files so far */
	int64_t complained_ns;
	struct writer block; /* the octets to write */
};

struct evidence_file {
	int fd; /*!< -1: closed. Set it to -1 before the first call. */
	uint64_t octets;
	uint64_t number; /*!< The number of the file, in the order of creation. */
	char name[EVIDENCE_NAME_MAX];
	struct pcapng_output output;
};

void evidence_writer_init(struct evidence_writer *writer, const struct evidence_config *config);
void evidence_writer_end(struct evidence_writer *writer);

/*! \brief Creates the file. \return False if this is not possible, which is logged. */
bool evidence_file_begin(struct evidence_file *file, struct evidence_writer *writer,
                         int64_t time_ns);
void evidence_file_close(struct evidence_file *file);

/*! \brief Returns whether another file must begin. */
bool evidence_file_is_full(const struct evidence_file *file, const struct evidence_writer *writer);

/*!
 * \brief Appends a packet with its options.
 *
 * \return False if the file or the folder has no room, or on an error, which is logged.
 */
bool evidence_file_add(struct evidence_file *file, struct evidence_writer *writer,
                       const struct packet *packet, const char *options, size_t options_size);
