/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shared hosts are hosts with content of very many users. A malicious URL on such a host
 *        does not justify a rule for the host.
 *
 * Shared hosts are services for files, social networks, code, forms, pastes, short links,
 * redirection and web hosting. If each customer has a name of its own, as at github.io, the names
 * of the customers are not shared hosts. Only the name of the platform, a public suffix, is a
 * shared host.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "rules/index/intern.h"
#include "rules/rule.h"

/*!
 * \brief A set of hosts; one that is all zeros is empty. Ownership: it owns copies of the names.
 */
struct shared_hosts {
	/*! Canonical names. A dot in front of a name includes the names below it. */
	struct intern names;
};

/*! \brief Adds the built-in hosts; returns -1 when out of memory. */
int shared_hosts_add_known(struct shared_hosts *hosts);

/*!
 * \brief Adds the names of a file, one on each line. `example.com` is that name; `.example.com`
 *        includes the names below it. A `#` starts a comment.
 *
 * \return 0 if all names are valid; -1 after errors, each of which was passed to `complain`.
 */
int shared_hosts_read(struct shared_hosts *hosts, FILE *in, const char *file,
                      rule_complain_t complain, void *ctx);

/*! \brief Returns true if the set contains a host, which is given as canonical text. */
bool shared_hosts_has(const struct shared_hosts *hosts, const char *host);

void shared_hosts_free(struct shared_hosts *hosts);
