/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Adds to an incident what another one has: the union of two lists of values, of mails, of
 *        answers. Private to sensor/report/.
 *
 * The texts of `from` are copied. Each value is listed once, in order of appearance. A list that
 * has reached its bound, or for which there is no memory, takes no further values; `omitted` counts
 * them.
 */
#pragma once

#include "sensor/report/report.h"
#include "sensor/report/report_mails.h"

#define REPORT_WORDS_MAX     128 /*!< Values, rules, reasons and sensors. */
#define REPORT_CLIENTS_MAX   128
#define REPORT_RESOLVERS_MAX 128
#define REPORT_ANSWERS_MAX   256
#define REPORT_MAILS_MAX     1000
#define REPORT_RCPTS_MAX     256 /*!< Recipients of a mail. */
#define REPORT_HITS_MAX      1000
/*! \brief A hit that is not critical is added only while the list has fewer hits than this. The
 *         other places are for critical hits. */
#define REPORT_HITS_COMMON 800
/*! \brief The largest number of octets of a text; longer texts are cut. */
#define REPORT_TEXT_MAX 4096
/*! \brief No hit is listed if less than a quarter of the memory is free, so that further incidents
 *         have room. */
#define REPORT_HITS_SHARE(limit) ((limit) / 4 * 3)

/*! \brief Sets `to` to a copy of `from`, unless `to` has a text already. \return False if there was
 *         no memory. */
bool report_set_text(struct report_memory *memory, struct report_text *to, struct report_text from);

/*! \brief Adds a text to a list, unless it is there. \return False if there was no room for it. */
bool report_add_text(struct report_memory *memory, struct report_texts *list, size_t max,
                     struct report_text text);

/*!
 * \brief Makes room for one more item at the end of a list. The octets of the new item are zero.
 *
 * \return The items; NULL: the list has `max` items, or there was no memory.
 */
void *report_extend(struct report_memory *memory, void *items, size_t count, size_t size,
                    size_t max);

bool report_text_equal(struct report_text a, struct report_text b);

/*! \brief Adds to `to` what `from` has, except for the numbers of hits, clients and sessions. */
void report_merge(struct report_memory *memory, struct report_incident *to,
                  const struct report_incident *from, enum report_mails_rule rule);

/*! \brief Adds a bar, or extends the one that has the same owner, type and value. */
void report_merge_answer(struct report_memory *memory, struct report_incident *to,
                         const struct report_answer *from);

/*! \brief Adds a bar, also if there is one with the same owner, type and value. */
void report_append_answer(struct report_memory *memory, struct report_incident *to,
                          const struct report_answer *from);

/*! \brief Sorts the bars by first_ns. */
void report_sort_answers(struct report_incident *incident);

/*! \brief Return the order of two values, as qsort(3) requires it. */
int report_compare_times(int64_t a, int64_t b);
int report_compare_texts(struct report_text a, struct report_text b);

/*! \brief Frees all lists and texts of an incident. */
void report_release_incident(struct report_memory *memory, struct report_incident *incident);
