/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The objects of a source that is read in parts: objects of STIX, or events of MISP.
 *
 * The file has one object on each line, as JSON. Two members of an object are its id and its
 * version. Of several objects with the same id, the one with the newest version is kept.
 *
 * Ownership: objects_free() frees everything. Not thread-safe.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define OBJECTS_MAX 1000000

struct objects;

/*!
 * \brief Creates an empty set.
 *
 * \param id       The name of the member that is the id; a static text.
 * \param version  The name of the member that is the version; a static text.
 * \param max      The largest size of the file, in octets.
 *
 * \return NULL when out of memory.
 */
struct objects *objects_new(const char *id, const char *version, size_t max);

/*! \brief Frees a set; NULL is ignored. */
void objects_free(struct objects *objects);

/*! \brief Reads a file from its beginning. \return False if it is damaged, or too large. */
bool objects_load(struct objects *objects, int fd);

enum objects_put {
	OBJECTS_NEW,     /*!< The object was not known, or an older version of it was. */
	OBJECTS_KNOWN,   /*!< This version, or a newer one, is known. */
	OBJECTS_INVALID, /*!< It has no id. */
	OBJECTS_FULL,    /*!< There are OBJECTS_MAX objects already, or no memory is left. */
};

/*! \brief Adds an object. \param object  Borrowed. */
enum objects_put objects_put(struct objects *objects, json_t *object);

/*! \brief Returns the version of the object with this id; NULL if there is no such object, "" if it
 *         has no version. */
const char *objects_version(const struct objects *objects, const char *id);

/*! \brief Removes the objects whose ids are not members of `ids`. \return The number of removed
 *         objects. */
size_t objects_keep_only(struct objects *objects, const json_t *ids);

/*! \brief Writes the file. \return False if it is larger than its bound, or on failure. */
bool objects_write(const struct objects *objects, int fd);
