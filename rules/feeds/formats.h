/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The table of readers; for rules/feeds/ alone. */
#pragma once

#include "rules/feeds/import/reader.h"

struct feed_format_row {
	bool (*is)(struct feed *feed);
	void (*read)(struct feed *feed);
	size_t size_max; /*!< Octets. */
};

/*! \brief The row of any format but FEED_AUTO. */
const struct feed_format_row *feed_format_row(enum feed_format format);

/*! \brief The format that the content of a feed has. */
enum feed_format feed_format_detect(struct feed *feed);
