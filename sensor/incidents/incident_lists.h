/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The lists of an incident. Each has every value once, in order of appearance, and a bound.
 *        Private to sensor/incidents/.
 *
 * The memory of all lists is counted. A list that has reached its bound, or for which the memory
 * is exhausted, takes no further values, which are counted.
 *
 * Ownership: the lists own their texts. Initially all octets of a list are zero.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret_hash.h"

#define INCIDENT_WORDS_MAX     64  /*!< Values, rules and reasons of an incident. */
#define INCIDENT_RCPTS_MAX     128 /*!< Recipients of a mail. */
#define INCIDENT_CLIENTS_MAX   100 /*!< Listed clients. */
#define INCIDENT_RESOLVERS_MAX 100
#define INCIDENT_MAILS_MAX     100
/*! \brief The number of different clients up to which they are counted. */
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
	int64_t cached_until_ns; /*!< 0: it has no cached record. */
};

struct incident_clients {
	struct incident_list listed; /*!< struct in6_addr. */
	uint64_t *hashes;            /*!< A hash table of all that are counted; 0: free. */
	uint32_t room;               /*!< Slots of the table, a power of two. */
	uint32_t count;              /*!< Different clients. */
};

struct incident_mail {
	uint64_t key;
	int64_t time_ns;
	struct incident_word from;  /*!< Without text: not seen. */
	struct incident_list rcpts; /*!< struct incident_word. */
	bool accepted, content, tls;
};

/*! \brief Adds a text to a list of struct incident_word, unless it is there. */
void incident_words_add(struct incident_memory *memory, struct incident_list *words, uint32_t max,
                        const char *text, size_t size);
void incident_words_free(struct incident_memory *memory, struct incident_list *words);

/*! \brief Adds a resolver, or extends the time of one that is listed. */
void incident_resolvers_add(struct incident_memory *memory, struct incident_list *resolvers,
                            const struct incident_resolver *resolver);

/*! \brief Counts a client, and lists it. */
void incident_clients_add(struct incident_memory *memory, struct incident_clients *clients,
                          const struct in6_addr *client);
/*! \brief Counts a client by its hash. \return True if it is a new one. */
bool incident_clients_count(struct incident_memory *memory, struct incident_clients *clients,
                            uint64_t hash);
/*! \brief Lists a client, if there is room. */
void incident_clients_list(struct incident_memory *memory, struct incident_clients *clients,
                           const struct in6_addr *client);
void incident_clients_free(struct incident_memory *memory, struct incident_clients *clients);

/*! \brief Returns the mail with this key, which is added if it is new; NULL: there is no room. */
struct incident_mail *incident_mails_add(struct incident_memory *memory,
                                         struct incident_list *mails, uint64_t key);
/*! \brief Sets a text that is not yet set. */
void incident_word_set(struct incident_memory *memory, struct incident_word *word, const char *text,
                       size_t size);
void incident_word_free(struct incident_memory *memory, struct incident_word *word);
void incident_mails_free(struct incident_memory *memory, struct incident_list *mails);

/*! \brief Frees a list whose items own nothing. */
void incident_list_free(struct incident_memory *memory, struct incident_list *list, size_t item);
