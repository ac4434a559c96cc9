/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The state of a feed: facts about its last good set, in the file NAME.state of the folder
 *        `state`.
 *
 * The state has the digests (SHA-256) of the rules and of the objects, so that the next fetch
 * notices a file that was cut or changed. It also has the header fields that a server needs to
 * answer that the feed is unchanged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/fetch/fetch_config.h"
#include "sensor/fetch/sources/http.h"

#define FETCH_DIGEST_SIZE 65 /* hex digits and NUL */

struct fetch_state {
	/*! The digest of the settings with which the set was made. If the feed has other settings
	 * now, a new set is made. */
	char settings[FETCH_DIGEST_SIZE];
	/*! The digest of the URL and the collection from which the objects come. If the feed has
	 * another URL or collection now, they are not used. */
	char origin[FETCH_DIGEST_SIZE];
	char rules[FETCH_DIGEST_SIZE];   /*!< Of NAME.rules; "": there is no set. */
	char objects[FETCH_DIGEST_SIZE]; /*!< Of NAME.objects; "": there are none. */
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	char added[HTTP_TAG_MAX];
	/*! The time of the first failed fetch after the last good one, in seconds since 1970; 0:
	 * the last fetch was good. */
	int64_t failing_s;
};

/*! \brief Reads the state of a feed. If the file is missing or damaged, the state is empty; a
 *         damaged file is logged. */
void fetch_state_read(const struct fetch_config *config, const struct fetch_feed *feed,
                      struct fetch_state *state);

/*! \brief Replaces the state of a feed. \return False on failure, which was logged. */
bool fetch_state_write(const struct fetch_config *config, const struct fetch_feed *feed,
                       const struct fetch_state *state);

/*! \brief Whether two states are the same. */
bool fetch_state_is_same(const struct fetch_state *a, const struct fetch_state *b);

/*! \brief Sets `settings` and `origin` to the digests of a feed. \return False on failure. */
bool fetch_state_digest_settings(const struct fetch_feed *feed, struct fetch_state *state);
