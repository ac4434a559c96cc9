/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds names, addresses and mailboxes in prose of any script.
 *
 * Letters of the Latin, Greek and Cyrillic scripts belong to words. Every other
 * character ends a word, as Chinese and Japanese do not separate words by blanks.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief An indicator in a text; a view. */
struct sighting {
	const char *at;
	size_t size;
	bool defanged; /*!< It is written in a form that cannot be clicked. */
	bool link;     /*!< It is the host of a URL, or a path follows it. */
	struct indicator indicator;
};

/*! \brief The state of scanning a text. */
struct scan {
	const psl_ctx_t *psl; /*!< NULL: any last label is valid. */
	const char *start;
	const char *at;
	const char *end;
};

struct scan scan_init(const psl_ctx_t *psl, const char *text, size_t size);

/*! \brief Finds the next indicator; false at the end. */
bool scan_next(struct scan *scan, struct sighting *sighting);
