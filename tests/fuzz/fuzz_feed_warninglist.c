/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return feed_fuzz(FEED_WARNINGLIST, data, size);
}
