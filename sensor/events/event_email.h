/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The part of an event that tells of a mail's own header. */
#pragma once

#include "base/json.h"
#include "sensor/events/transcript.h"

/*! \brief Writes `email`; nothing where no header was seen. Decodes what is encoded. */
void event_put_email(struct json *json, const struct transcript *transcript);
