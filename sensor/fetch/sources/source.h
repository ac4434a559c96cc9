/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Sources that are read in parts: collections of TAXII 2.1, and MISP feeds with a manifest.
 *
 * `objects` has the objects of earlier fetches. Only new and changed objects are read, and added to
 * `objects`. All texts are borrowed.
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
	/*! MISP: ETag and Last-Modified of the manifest. Before the call, they are those of the
	 * last fetch ("": not known), after the call those of this fetch. */
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	/*! TAXII: the time up to which objects were read. Before the call, it is that of the last
	 * fetch ("": no objects were read), after the call that of this fetch. */
	char added[HTTP_TAG_MAX];
	char why[HTTP_WHY_MAX]; /*!< The reason of a failure. */
	/*! MISP: a message about events that were not read; "": all were read. */
	char deferred[HTTP_WHY_MAX];
};

enum source_outcome {
	SOURCE_GOT,
	SOURCE_UNCHANGED, /*!< There is nothing new. */
	SOURCE_FAILED,    /*!< `why` has the reason. */
};

/*! \brief Reads the new objects of a collection (OASIS TAXII 2.1 section 5.4). */
enum source_outcome taxii_read(struct source *source);

/*! \brief Reads the new and changed events of a manifest, and removes the stored events that the
 *         manifest does not have. */
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
