/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds names, addresses and mailboxes in prose of any script.
 *
 * Words consist of Latin, Greek and Cyrillic letters. Any other character ends a word, because
 * Chinese and Japanese do not separate words by blanks.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief An indicator in a text, as a view. */
struct sighting {
	const char *at;
	size_t size;
	/*! The indicator was written in a form that cannot be clicked, for example with `[.]`. */
	bool defanged;
	bool link; /*!< The indicator is the host of a URL, or a path follows it. */
	struct indicator indicator;
};

/*! \brief The state of scanning a text. */
struct scan {
	/*! The Public Suffix List; NULL: every top-level domain is taken to exist. */
	const psl_ctx_t *psl;
	const char *start;
	const char *at;
	const char *end;
};

struct scan scan_init(const psl_ctx_t *psl, const char *text, size_t size);

/*! \brief Finds the next indicator; returns false at the end of the text. */
bool scan_next(struct scan *scan, struct sighting *sighting);
