/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The lists of an incident. Each list has a bound, and has every value once, in order of
 *        appearance. Private to sensor/incidents/.
 *
 * The memory of all lists together is counted. When a list has reached its bound, or when the
 * memory has reached its limit, further values are left out and counted in `omitted`.
 *
 * Ownership: the lists own their texts. Initially all octets of a list are zero.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret_hash.h"

#define INCIDENT_WORDS_MAX     64  /*!< Texts of each list: values, rules, reasons. */
#define INCIDENT_RCPTS_MAX     128 /*!< Recipients of a mail. */
#define INCIDENT_CLIENTS_MAX   100 /*!< Listed clients. */
#define INCIDENT_RESOLVERS_MAX 100
#define INCIDENT_MAILS_MAX     100
/*! \brief The largest number of different clients that are counted. */
#define INCIDENT_CLIENTS_COUNTED 65536

/*! \brief The memory of all lists. */
struct incident_memory {
	size_t used, limit;
	uint64_t omitted; /*!< The number of values that were not listed. */
	/*! The key of the hashes of clients. It is stored with the hashes, so it is not the key of
	 * the process. */
	uint8_t secret[SECRET_HASH_SIZE];
};

/*! \brief A list of items of one size. */
struct incident_list {
	void *items;
	uint32_t count, room;
};

struct incident_word {
	char *text;
	uint32_t size, hash;
};

struct incident_resolver {
	struct in6_addr ip;
	int64_t cached_until_ns; /*!< When the record in its cache expires. */
};

struct incident_clients {
	struct incident_list listed; /*!< struct in6_addr. */
	uint64_t *hashes;            /*!< The hash table of all counted clients; 0: a free slot. */
	uint32_t room;               /*!< Slots of the table, a power of two. */
	uint32_t count;              /*!< The number of different clients. */
};

struct incident_mail {
	uint64_t key;
	int64_t time_ns;
	struct incident_word from;  /*!< Without text: not seen. */
	struct incident_list rcpts; /*!< struct incident_word. */
	bool accepted, content, tls;
};

/*! \brief Adds a text to a list of struct incident_word, unless the list has it already. */
void incident_words_add(struct incident_memory *memory, struct incident_list *words, uint32_t max,
                        const char *text, size_t size);
void incident_words_free(struct incident_memory *memory, struct incident_list *words);

/*! \brief Adds a resolver. If it is listed already, its `cached_until_ns` is set to the greater of
 *         both values. */
void incident_resolvers_add(struct incident_memory *memory, struct incident_list *resolvers,
                            const struct incident_resolver *resolver);

/*! \brief Counts a client if it is new, and then lists it if there is room. */
void incident_clients_add(struct incident_memory *memory, struct incident_clients *clients,
                          const struct in6_addr *client);
/*! \brief Counts a client by its hash. \return True if the client is new and was counted. */
bool incident_clients_count(struct incident_memory *memory, struct incident_clients *clients,
                            uint64_t hash);
/*! \brief Lists a client, if there is room. */
void incident_clients_list(struct incident_memory *memory, struct incident_clients *clients,
                           const struct in6_addr *client);
void incident_clients_free(struct incident_memory *memory, struct incident_clients *clients);

/*! \brief Returns the mail with this key, which is added if it is new; NULL: there is no room. */
struct incident_mail *incident_mails_add(struct incident_memory *memory,
                                         struct incident_list *mails, uint64_t key);
/*! \brief Sets a text, unless it is set already or there is no room. */
void incident_word_set(struct incident_memory *memory, struct incident_word *word, const char *text,
                       size_t size);
void incident_word_free(struct incident_memory *memory, struct incident_word *word);
void incident_mails_free(struct incident_memory *memory, struct incident_list *mails);

/*! \brief Frees a list whose items own nothing. */
void incident_list_free(struct incident_memory *memory, struct incident_list *list, size_t item);
