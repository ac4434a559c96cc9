/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Takes and frees units. A name is in use while a name below it, or a value, refers to it.
 *        Private to sensor/baseline/known/.
 */
#pragma once

#include "sensor/baseline/known/known_private.h"

/*! \brief Allocates a unit. If none is free, the values of a name that has long been unused are
 *         freed first.
 *         \return 0 if there is no room. */
known_id known_take(struct known *known, enum known_type type);

/*! \brief Frees a unit that nothing refers to. */
void known_put_back(struct known *known, known_id id);

/*! \brief Frees the units with the rest of a long label. */
void known_drop_label(struct known *known, struct known_name *name);

/*! \brief Frees a value that was taken out of the list of its name. */
void known_drop_value(struct known *known, struct known_value *value);

/*! \brief Notes another use of a name. */
void known_use(struct known *known, known_id id);

/*! \brief Notes that a use of a name has ended. If it was the last, and the name has no values, it
 *         is freed, and so are the names above it. */
void known_unuse(struct known *known, known_id id);

/*! \brief Returns true if the `value` of this value is the number of a name. */
bool known_value_is_name(const struct known_value *value);
