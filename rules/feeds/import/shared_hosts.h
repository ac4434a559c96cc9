/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Hosts that serve the world: a bad URL there is no reason for a rule for the host.
 *
 * Stores of files, social networks, code, forms, pastes, shorteners, redirectors and hosting
 * platforms. Where each customer has a name of its own, as at github.io, only the platform's
 * own name is shared, which is a public suffix.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "rules/index/intern.h"
#include "rules/rule.h"

/*! \brief All zeros is an empty set. Ownership: the set owns copies of the names. */
struct shared_hosts {
	struct intern names; /*!< In canonical text; with a dot in front, names below it too. */
};

/*! \brief Adds the hosts that the program knows; -1 when out of memory. */
int shared_hosts_add_known(struct shared_hosts *hosts);

/*!
 * \brief Adds the names of a file, one on each line: `example.com`, or `.example.com` with those
 *        below it; a `#` starts a comment.
 *
 * \return 0 when every line is a name; -1, with complaints, when not.
 */
int shared_hosts_read(struct shared_hosts *hosts, FILE *in, const char *file,
                      rule_complain_t complain, void *ctx);

/*! \brief Whether a host in canonical text is one of them. */
bool shared_hosts_has(const struct shared_hosts *hosts, const char *host);

void shared_hosts_free(struct shared_hosts *hosts);
