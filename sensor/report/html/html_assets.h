/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The style sheet and the script of the page, as the build embeds them. */
#pragma once

#include <stddef.h>

struct html_asset {
	const char *text;
	size_t size;
};

struct html_asset html_style(void);
struct html_asset html_script(void);

/*! \brief Room for a source of a Content-Security-Policy, and its final NUL. */
#define HTML_HASH_MAX 64

/*! \brief Writes the source that allows an asset, such as `sha256-...` (CSP level 3). */
void html_asset_hash(struct html_asset asset, char hash[HTML_HASH_MAX]);
