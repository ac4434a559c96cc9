/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief STIX 2.1 Cyber-observable Objects, and lists of references to objects.
 *
 * Each function writes an object to the bundle unless the bundle has it already, and adds a
 * reference to it to `refs`. The id of an object is the UUID of its ID Contributing Properties
 * (STIX 2.1 section 2.9), so that each producer gives it the same id. A value that the
 * specification does not allow, such as a name with octets that no host name has, gives no object.
 *
 * Ownership: stix_observables_free() frees the memory, which grows with the number of objects.
 */
#pragma once

#include "sensor/report/formats/report_out.h"
#include "sensor/report/formats/uuid.h"

/*! \brief A reference to an object: its id is `TYPE--UUID`. */
struct stix_ref {
	const char *type;
	struct uuid uuid;
};

/*! \brief References, each once; a list that is all zeros is empty. */
struct stix_refs {
	struct stix_ref *items;
	size_t count, room;
	struct uuid_set known;
};

struct stix_observables {
	struct report_out *out;
	struct writer name;      /*!< The name that a UUID is made of. */
	struct uuid_set written; /*!< The objects that the bundle has. */
	bool no_memory;
};

void stix_observables_init(struct stix_observables *observables, struct report_out *out);
void stix_observables_free(struct stix_observables *observables);

/*!
 * \brief Adds an object to those that the bundle has. \return False if the bundle has the object
 *        already, or when out of memory.
 */
bool stix_observables_claim(struct stix_observables *observables, const struct stix_ref *ref);

/*! \brief Adds a reference unless the list has it. */
void stix_refs_add(struct stix_observables *observables, struct stix_refs *refs,
                   const struct stix_ref *ref);

/*! \brief Removes all references; the memory is used again. */
void stix_refs_clear(struct stix_refs *refs);
void stix_refs_free(struct stix_refs *refs);

/*! \brief Writes an array of the ids; an empty one is left out. */
void stix_refs_put(struct report_out *out, const char *key, const struct stix_refs *refs);

/*! \brief Writes the id of an object as a string. */
void stix_ref_put(struct json *json, const char *key, const struct stix_ref *ref);

/*!
 * \brief Adds the object of a value: an address, a name or a mailbox.
 *
 * \param ref  Receives the reference.
 *
 * \return False if the value gives no object.
 */
bool stix_observe_value(struct stix_observables *observables, struct stix_refs *refs,
                        const struct report_text *value, struct stix_ref *ref);

/*! \brief Traffic from a client to a server. */
struct stix_traffic {
	const struct report_text *client, *server;
	uint16_t client_port, server_port; /*!< 0: not known. */
	bool mail;                         /*!< It is SMTP on TCP; else it is DNS. */
	int64_t start_ns;
};

/*! \brief Adds traffic, its client and its server. */
void stix_observe_traffic(struct stix_observables *observables, struct stix_refs *refs,
                          const struct stix_traffic *traffic);

/*!
 * \brief Adds a mail, its sender and its recipients.
 *
 * \param space  The namespace of the mail's id if the ID Contributing Properties do not distinguish
 *               the mail: it has neither sender nor subject, or the bundle has another mail of the
 *               same sender with the same subject.
 */
void stix_observe_mail(struct stix_observables *observables, struct stix_refs *refs,
                       const struct report_mail *mail, const struct uuid *space);
