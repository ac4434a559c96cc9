/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes hits of the changes that learned baselines find. */
#pragma once

#include "sensor/baseline/baseline.h"

/*! \brief Emits the hit of a change; `hits` is a struct hits. It can be used as a baseline_emit_t.
 */
void changes_emit(void *hits, const struct baseline_change *change);
