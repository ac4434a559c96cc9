/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Compiled sets as files. One process makes the file, others map it. Private to
 *        rules/ruleset/.
 *
 * The file is a header, the struct of the set, and the arrays of the set one after another, each
 * aligned to a cache line. Pointers are not stored, because the place of an array follows from the
 * counts in the struct and from the arrays before it. The secret of the hash tables is in the file,
 * because the process that maps the file has another secret.
 *
 * A file can only be used by a program with the same version, byte order and layout. Any other
 * program refuses it.
 *
 * Security: a file may have any octets. Before it is used, image_check() reads all of it once, and
 * refuses every index, size and offset that is not within its array. The octets must not change
 * while they are mapped: the file must be sealed, or only the user of the process and root may
 * write to it.
 *
 * Limits: 64 GiB.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/lookalike/protected_index.h"
#include "rules/ruleset/store.h"

/*! \brief The first octets of such a file. */
#define IMAGE_MAGIC      "nsmxrule"
#define IMAGE_MAGIC_SIZE 8

/*!
 * \brief Increased with each change of the meaning of the octets that does not change `layout`,
 * such as another Bloom filter.
 */
#define IMAGE_VERSION 1

/*! \brief A machine with another byte order reads the octets of this number as another number. */
#define IMAGE_BYTE_ORDER UINT32_C(0x01020304)

struct image_header {
	char magic[IMAGE_MAGIC_SIZE];
	uint32_t byte_order; /*!< IMAGE_BYTE_ORDER */
	uint32_t version;    /*!< IMAGE_VERSION */
	/*! A hash of the sizes of the structs in the file, and of constants such as KIND_COUNT. */
	uint64_t layout;
	uint64_t size;     /*!< Octets of the file. */
	uint64_t checksum; /*!< XXH3 of all octets after the header. */
};

/*! \brief Returns true if a file begins with IMAGE_MAGIC. The descriptor must be readable. */
bool image_is(int fd);

/*!
 * \brief Returns true if only root and the user of this process may write to a file, so that its
 *        octets do not change while they are mapped.
 */
bool image_is_trusted(int fd);

/*!
 * \brief Writes a set to an empty file that is open for reading and writing.
 *
 * \return 0, or -1 with errno set.
 */
int image_write(const struct ruleset *set, int fd);

/*!
 * \brief Maps a file, and makes its arrays those of `set`. Before the call, `set` must be all zeros
 *        except for its Public Suffix List. The descriptor is not needed afterwards.
 *
 * \param copy  If true, the file is copied to memory of this process and not mapped. It may then
 *              change afterwards.
 *
 * \return What is wrong with the file; NULL: nothing. image_release() may be called in any case.
 */
const char *image_map(struct ruleset *set, int fd, bool copy);

/*! \brief Ends the mapping, if there is one. */
void image_release(struct ruleset *set);

/*!
 * \brief Reads all arrays of a mapped set, and checks that no index or size in them leads outside
 *        of an array, and that each chain ends.
 *
 * \return What is wrong; NULL: nothing.
 */
const char *image_check(const struct ruleset *set, const struct protected_index *names);
