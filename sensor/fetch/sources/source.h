/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Sources that are read in parts: collections of TAXII 2.1, and MISP feeds with a manifest.
 *
 * What was read earlier is in `objects`; only what is new is read, and added to it. All texts are
 * borrowed.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "sensor/fetch/sources/http.h"
#include "sensor/fetch/sources/objects.h"
#include "sensor/fetch/sources/url.h"

/*! \brief The greatest numbers of pages of a collection, and of events in a manifest. */
#define SOURCE_PAGES_MAX  10000
#define SOURCE_EVENTS_MAX 100000

struct source {
	struct http *http;
	const char *url;
	const char *collection; /*!< TAXII: id, alias or title; NULL: the only one. */
	bool plain;             /*!< HTTP without TLS is allowed. */
	struct objects *objects;
	/*! In: what is known of the last fetch; "": nothing. Out: what is known of this one. */
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	char added[HTTP_TAG_MAX]; /*!< TAXII: the time up to which objects were read. */
	char why[HTTP_WHY_MAX];   /*!< The reason of a failure. */
	/*! What could not be read, and is read by the next fetch; "": nothing. */
	char deferred[HTTP_WHY_MAX];
};

enum source_outcome {
	SOURCE_GOT,
	SOURCE_UNCHANGED, /*!< There is nothing new. */
	SOURCE_FAILED,    /*!< `why` has the reason. */
};

/*! \brief Reads the new objects of a collection (OASIS TAXII 2.1 section 5.4). */
enum source_outcome taxii_read(struct source *source);

/*! \brief Reads the new and changed events of a manifest; removes those that it does not have. */
enum source_outcome misp_read_manifest(struct source *source);

/*! \brief Sets the reason of a failure. \return SOURCE_FAILED. */
__attribute__((format(printf, 2, 3))) enum source_outcome source_fail(struct source *source,
                                                                      const char *format, ...);

/*!
 * \brief Gets a JSON value.
 *
 * \param type  The Content-Type that is demanded, without parameters; NULL: any.
 *
 * \return The value, which the caller frees; NULL on failure, with the reason in `why`.
 */
json_t *source_get_json(struct source *source, const struct http_request *request, const char *type,
                        struct http_answer **answer);
