/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the autonomous system of an address in a file of the MaxMind DB format
 *        (`--asn-db`).
 *
 * The file is mapped into memory. Processes that are forked later use it without opening a file.
 *
 * A build without libmaxminddb cannot open any file.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define ASN_ERROR_MAX 320

struct asn_db;

/*!
 * \brief Opens a file.
 *
 * \param error  On failure, receives the reason, with the path.
 *
 * \return NULL on failure.
 */
struct asn_db *asn_open(const char *path, char error[ASN_ERROR_MAX]);

/*! \brief Closes the file; NULL is ignored. */
void asn_close(struct asn_db *db);

/*! \brief Returns the number of the autonomous system; 0: the file does not have the address. */
uint32_t asn_find(const struct asn_db *db, const struct in6_addr *addr);
