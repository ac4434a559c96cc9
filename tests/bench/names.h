/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Domain names by number: the population that traffic and rules draw from.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NAMES_IN_TRAFFIC 200000    /*!< Domains 0 to this - 1 are asked for. */
#define NAMES_OF_RULES   (1 << 22) /*!< Domains from here on are in rules only. */
#define NAMES_FRESH      (1 << 23) /*!< Domains from here on are asked for once. */
#define NAMES_MAX        112       /*!< Octets of the longest name below, with its final zero. */

/*! \brief The registrable domain of a number, below 2^24: "sakotelmi.co.jp". */
void names_domain(char name[NAMES_MAX], uint32_t number);

/*! \brief A host of it: "www.sakotelmi.co.jp"; sometimes the domain itself. */
void names_host(char name[NAMES_MAX], uint32_t number, uint32_t host);

/*! \brief One of its name servers, in the domain or at one of its hosters. */
void names_server(char name[NAMES_MAX], uint32_t number, uint32_t which);

/*! \brief One of its mail exchanges. */
void names_exchange(char name[NAMES_MAX], uint32_t number, uint32_t which);
