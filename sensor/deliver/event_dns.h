/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `dns` object of an event.
 */
#pragma once

#include <libpsl.h>
#include <stdint.h>

#include "parsers/dns.h"
#include "sensor/deliver/json.h"

/*! \brief Past this size of an event no further record is listed. */
#define EVENT_DNS_SIZE_MAX (640U << 10)

/*!
 * \param psl      For registered_domain; may be NULL.
 * \param scratch  Room for DNS_RDATA_TEXT_MAX characters.
 *
 * \return Records that were left out for size.
 */
uint64_t event_put_dns(struct json *json, const struct dns_message *message, const psl_ctx_t *psl,
                       char *scratch);
