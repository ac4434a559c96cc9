/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief UUIDs that are a hash of a name (version 5, RFC 9562, section 5.5), and sets of UUIDs.
 *
 * Ownership: uuid_set_free() frees the memory of a set, at most 64 octets for each UUID.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The number of octets of a UUID, and of its text with the final NUL. */
#define UUID_SIZE      16
#define UUID_TEXT_SIZE 37

struct uuid {
	uint8_t octets[UUID_SIZE];
};

/*! The namespace of the ids that this program makes. */
extern const struct uuid UUID_NSMX;

/*!
 * \brief Hashes a name in a namespace.
 *
 * \return False if the library cannot compute SHA-1; all octets are then zero.
 */
bool uuid_of_name(struct uuid *uuid, const struct uuid *space, const void *name, size_t size);

/*! \brief Writes a UUID in lower case, with a final NUL. */
void uuid_text(const struct uuid *uuid, char text[UUID_TEXT_SIZE]);

/*! \brief A set of UUIDs that are hashes. A struct of which all octets are zero is an empty set. */
struct uuid_set {
	struct uuid *slots; /*!< A slot that is all zeros is free. */
	size_t room, count;
};

enum uuid_added { UUID_NEW, UUID_KNOWN, UUID_NO_MEMORY };

enum uuid_added uuid_set_add(struct uuid_set *set, const struct uuid *uuid);
bool uuid_set_has(const struct uuid_set *set, const struct uuid *uuid);

/*! \brief Removes all UUIDs; the memory is used again. */
void uuid_set_clear(struct uuid_set *set);
void uuid_set_free(struct uuid_set *set);
