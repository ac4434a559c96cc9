/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief How documents for other programs carry what only a rule has, so that an import of a report
 *        gives the rules that the report was made from.
 */
#pragma once

/*!
 * \brief The STIX 2.1 extension of indicators. Its members are `what`, `indicators`, `servers`,
 *        `severity`, `since` and `until`; docs/report.md describes them.
 */
#define EXCHANGE_STIX_EXTENSION "extension-definition--d83b7b9c-6ad5-4f0c-9f5e-3a6f1e0c9a52"

/*!
 * \brief The namespace of the machine tags of MISP attributes. Their predicates are `what`,
 * `reach`, `severity` and `confidence`.
 */
#define EXCHANGE_MISP_TAG "nsmx:"

/*! \brief The values of the tag `reach`. Without the tag the indicator is exactly the value. */
#define EXCHANGE_REACH_BELOW     "below"     /*!< `*.VALUE` */
#define EXCHANGE_REACH_BOTH      "both"      /*!< `.VALUE` */
#define EXCHANGE_REACH_MAILBOXES "mailboxes" /*!< `@VALUE` */
