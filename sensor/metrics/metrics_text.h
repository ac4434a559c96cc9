/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the counters in the text format of Prometheus, version 0.0.4. */
#pragma once

#include <stddef.h>

#include "sensor/metrics/counters.h"
#include "sensor/metrics/rule_hits.h"

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/*!
 * \brief Writes all counters as `nsmx_NAME_total`, and gauges as `nsmx_NAME`. Counters that are
 *        divided by reason have the label `reason`; those of events have the label `output`; hits
 *        have the labels `severity` and `rule`.
 *
 * \param rules   The rules that had hits; NULL: all hits have the rule "other".
 * \param names   The names of the outputs.
 * \param sensor  The name of the sensor, a label of `nsmx_build_info`.
 *
 * \return Text that the caller frees; NULL when out of memory.
 */
char *metrics_text(const struct counters *counters, const struct rule_hits *rules,
                   const struct counters_names *names, const char *sensor, size_t *size);
