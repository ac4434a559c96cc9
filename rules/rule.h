/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The vocabulary of rules: verbs, severities, forms of indicators, complaints.
 */
#pragma once

#include <stddef.h>

enum rule_verb { RULE_ALERT, RULE_ALLOW, RULE_PIN, RULE_PROTECT };
enum rule_severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
enum rule_form { FORM_NAME, FORM_NETWORK, FORM_MAILBOX };

/*!
 * \brief Receives each complaint: `file:line:column: message` in its parts.
 *
 * `line` and `column` count from 1; both are 0 when the file itself is at fault,
 * and `column` alone in warnings, which come when all files have been read.
 */
typedef void (*rule_complain_t)(void *ctx, const char *file, size_t line, size_t column,
                                const char *message);
