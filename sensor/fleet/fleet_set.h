/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A set of rules as `nsmx rules push` sends it: the text of several rule files, with a
 *        version. The same octets are in Redis and in the folder of `--state`.
 *
 *     nsmx-rules 1 VERSION SIZE HASH LF
 *     file SIZE NAME LF OCTETS LF           (once for each file)
 *
 * SIZE is in octets, in decimal. The first SIZE counts all octets after the first line. HASH is
 * their XXH64 in 16 hex digits; it detects damage, not forgery. NAME is the name of the file
 * without its folder.
 *
 * Everybody who may write to Redis can choose these octets, so all of them are checked before they
 * are used. The rules themselves are checked when they are loaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/writer.h"

/*! \brief The largest size of a set, in octets. A set must fit into a reply of Redis, which may
 *         have at most 8 MiB (REDIS_REPLY_MAX). */
#define FLEET_SET_MAX ((size_t)7 << 20)
/*! \brief The largest number of files in a set, and the largest name of a file, in octets. */
#define FLEET_FILES_MAX 256
#define FLEET_NAME_MAX  128
/*! \brief The largest size of the first line, in octets. */
#define FLEET_HEAD_MAX 80

/*! \brief The values in the first line. Sets with the same version and hash are equal. */
struct fleet_head {
	uint64_t version; /*!< From 1; 0: there is no set. */
	uint64_t hash;
	size_t size; /*!< Octets after the first line. */
	size_t at;   /*!< The size of the first line. */
};

/*! \brief A set whose first line and hash are right. The octets are borrowed. */
struct fleet_set {
	struct fleet_head head;
	const char *octets; /*!< The whole set, with its first line. */
	size_t size;
};

/*! \brief A file of a set. */
struct fleet_file {
	char name[FLEET_NAME_MAX + 1];
	const char *text; /*!< A view into the set. */
	size_t size;
};

/*! \brief Returns true if both are about the same set. */
static inline bool fleet_head_is(const struct fleet_head *one, const struct fleet_head *other)
{
	return one->version == other->version && one->hash == other->hash;
}

/*!
 * \brief Reads the first line, which is at the beginning of `octets`.
 *
 * \return NULL, or a static text that states what is wrong.
 */
const char *fleet_head_read(const char *octets, size_t size, struct fleet_head *head);

/*!
 * \brief Reads a set, and checks all of it but the text of the rules.
 *
 * \return NULL, or a static text that states what is wrong.
 */
const char *fleet_set_read(const char *octets, size_t size, struct fleet_set *set);

/*! \brief Makes a cursor for fleet_set_next() at the first file. */
struct cursor fleet_set_files(const struct fleet_set *set);

/*! \brief Reads the next file of a set that fleet_set_read() has accepted. \return False after the
 *         last file. */
bool fleet_set_next(struct cursor *files, struct fleet_file *file);

/*! \brief Returns true if a file may have this name: one to FLEET_NAME_MAX printable characters of
 *         ASCII, without a slash. */
bool fleet_name_is_valid(const char *name, size_t size);

/*! \brief Writes a file, after the files before it. `name` is valid. */
void fleet_set_add(struct writer *files, const char *name, const char *text, size_t size);

/*! \brief Writes the set of files that were written with fleet_set_add(). */
void fleet_set_write(struct writer *set, const struct writer *files, uint64_t version);
