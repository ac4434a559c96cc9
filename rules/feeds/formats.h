/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The table of readers, one for each format. Private to rules/feeds/. */
#pragma once

#include "rules/feeds/import/reader.h"

struct feed_format_row {
	bool (*is)(struct feed *feed);
	void (*read)(struct feed *feed);
	size_t size_max; /*!< The largest input, in octets. */
};

/*! \brief Returns the row of a format, which must not be FEED_AUTO. */
const struct feed_format_row *feed_format_row(enum feed_format format);

/*! \brief Recognises the format of a feed by its content. */
enum feed_format feed_format_detect(struct feed *feed);
