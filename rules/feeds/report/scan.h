/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds names, addresses and mailboxes in text written for people, in any script.
 *
 * Letters of the Latin, Greek and Cyrillic scripts belong to words; every other
 * character, such as those of Chinese and Japanese, which do not part words by
 * blanks, is a border.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief One place in a text where an indicator stands; a view. */
struct sighting {
	const char *at;
	size_t size;
	bool defanged; /*!< It is written so that nobody clicks on it. */
	bool link;     /*!< It is the host of a URL or has a path behind it. */
	struct indicator indicator;
};

/*! \brief A walk over a text. */
struct scan {
	const psl_ctx_t *psl; /*!< NULL: any last label will do. */
	const char *start;
	const char *at;
	const char *end;
};

struct scan scan_init(const psl_ctx_t *psl, const char *text, size_t size);

/*! \brief Finds the next indicator; false at the end. */
bool scan_next(struct scan *scan, struct sighting *sighting);
