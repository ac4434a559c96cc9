/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What happened in an incident, in three sentences: what was seen, until when caches may
 *        return it, and what became of mail.
 *
 * The sentences are the same in each format. Functions of the format write the parts of a sentence,
 * so that each format can escape values and mark times in its own way.
 */
#pragma once

#include "sensor/report/report.h"

/*! \brief The functions that write the parts of a sentence; `ctx` is the first argument of each. */
struct summary_pen {
	void *ctx;
	void (*words)(void *ctx, const char *words); /*!< Words of this program, which are ASCII. */
	void (*value)(void *ctx, const struct report_text *value); /*!< A value from the wire. */
	void (*time)(void *ctx, int64_t time_ns);
	void (*number)(void *ctx, uint64_t number);
};

/*! \brief The largest number of values of a list in a sentence; the others are counted. */
#define SUMMARY_VALUES_MAX 2

/*! \brief Writes what was seen, when, and how many clients saw it. */
void summary_seen(const struct report_incident *incident, const struct summary_pen *pen);

/*! \brief Writes until when resolvers may return the answers. */
void summary_cached(const struct report_incident *incident, const struct summary_pen *pen);

/*! \brief Writes how many mails went to how many recipients, and what the servers accepted. */
void summary_mail(const struct report_incident *incident, const struct summary_pen *pen);
