/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Names for the properties of rules for which STIX and MISP have no field. Reports in these
 *        formats contain the properties under these names, so that an import of a report gives the
 *        rules from which the report was made.
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

/*!
 * \brief The values of the tag `reach`, each with the indicator that an attribute with the value
 *        VALUE then stands for. With any other value of the tag, or without the tag, VALUE is the
 *        indicator itself.
 */
#define EXCHANGE_REACH_BELOW     "below"     /*!< `*.VALUE` */
#define EXCHANGE_REACH_BOTH      "both"      /*!< `.VALUE` */
#define EXCHANGE_REACH_MAILBOXES "mailboxes" /*!< `@VALUE` */
