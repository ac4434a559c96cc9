/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads host names and domains of SMTP; 8-bit octets make a name a U-label (RFC 6531).
 *
 * A conversion costs 400 instructions for each octet, so conversions have a budget. Each
 * MAIL_HOST_SHARE octets of sessions allow the conversion of one octet, and at most MAIL_HOST_MOST
 * octets can be converted at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"

#define MAIL_HOST_MOST  1024
#define MAIL_HOST_SHARE 64

/*! \brief The budget for conversions. It is initialised with zeros. */
struct mail_host_budget {
	uint64_t used;
};

/*! \brief Adds octets of a session to the budget. */
static inline void mail_host_budget_fill(struct mail_host_budget *budget, size_t size)
{
	budget->used -= size < budget->used ? size : budget->used;
}

/*!
 * \brief Reads a name. If it is not a valid U-label, or the budget is exhausted, it is read as
 * sent.
 *
 * \param text      The name, which may contain any octet, including NUL.
 * \param unjudged  Set to true if the name was read as sent because the budget is exhausted, else
 *                  to false.
 *
 * \return False if the octets are not a name.
 */
bool mail_host_read(struct mail_host_budget *budget, const char *text, size_t size,
                    struct dns_name *name, bool *unjudged);
