/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What is known of the last good set of a feed: the file NAME.state in the folder `state`.
 *
 * It has the digests (SHA-256) of the rules and of the objects, so that a file that was cut or
 * changed is noticed, and what a server needs to answer "unchanged".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/fetch/fetch_config.h"
#include "sensor/fetch/sources/http.h"

#define FETCH_DIGEST_SIZE 65 /* hex digits and NUL */

struct fetch_state {
	/*! The digest of the settings with which the set was made; another one demands a new set.
	 */
	char settings[FETCH_DIGEST_SIZE];
	/*! The digest of URL and collection: objects of another source are not used. */
	char origin[FETCH_DIGEST_SIZE];
	char rules[FETCH_DIGEST_SIZE];   /*!< Of NAME.rules; "": there is no set. */
	char objects[FETCH_DIGEST_SIZE]; /*!< Of NAME.objects; "": there are none. */
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	char added[HTTP_TAG_MAX];
	/*! Seconds since 1970 of the first failure after the last success; 0: none. */
	int64_t failing_s;
};

/*! \brief Reads the state of a feed. Without a file, or if it is damaged, which is logged, nothing
 *         is known. */
void fetch_state_read(const struct fetch_config *config, const struct fetch_feed *feed,
                      struct fetch_state *state);

/*! \brief Replaces the state of a feed. \return False on failure, which was logged. */
bool fetch_state_write(const struct fetch_config *config, const struct fetch_feed *feed,
                       const struct fetch_state *state);

/*! \brief Whether two states are the same. */
bool fetch_state_is_same(const struct fetch_state *a, const struct fetch_state *b);

/*! \brief Sets `settings` and `origin` to the digests of a feed. \return False on failure. */
bool fetch_state_digest_settings(const struct fetch_feed *feed, struct fetch_state *state);
