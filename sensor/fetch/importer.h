/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The child process that makes rules of what was read. It opens no file and no socket.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stdio.h>

#include "rules/feeds/feed.h"
#include "sensor/fetch/fetch_config.h"
#include "sensor/fetch/report.h"

struct importer {
	const struct fetch_feed *feed;
	const struct shared_hosts *hosts;
	const psl_ctx_t *psl;
	int from;  /*!< Descriptor of the file, or of the objects, one on each line. */
	int to;    /*!< Descriptor of memory that receives the rules. */
	FILE *out; /*!< Set by importer_prepare(): a stream to `to`. */
	struct fetch_report *report;
};

/*! \brief Opens `out`, and loads modules of the C library, before the process loses the right to
 *         open files. It can be used as a child_work_t. */
bool importer_prepare(void *importer);

/*! \brief Makes the rules; logs entries that cannot be read. It can be used as a child_work_t. */
bool importer_work(void *importer);
