/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/sources/url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "sensor/options/feed_settings.h"

/* \return NULL if the text is not a URL. */
static CURLU *parse(const char *url)
{
	CURLU *parsed = curl_url();
	if (parsed != NULL &&
	    curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
		curl_url_cleanup(parsed);
		return NULL;
	}
	return parsed;
}

/* Copies a part of a URL; "" if it has none. \return Whether it has the part, and it fits. */
static bool get(CURLU *parsed, CURLUPart wanted, unsigned flags, char *to, size_t room)
{
	char *part = NULL;
	to[0] = '\0';
	if (curl_url_get(parsed, wanted, &part, flags) != CURLUE_OK) {
		return false;
	}
	bool fits = strlen(part) < room;
	if (fits) {
		(void)strcpy(to, part);
	}
	curl_free(part);
	return fits;
}

static bool is_scheme(CURLU *parsed, bool plain)
{
	char scheme[16];
	return get(parsed, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) &&
	       (strcmp(scheme, "https") == 0 || (plain && strcmp(scheme, "http") == 0));
}

static bool check(CURLU *parsed, bool plain, char error[URL_ERROR_MAX])
{
	char part[URL_MAX];
	if (!is_scheme(parsed, plain)) {
		(void)snprintf(error, URL_ERROR_MAX,
		               plain ? "url: expected https:// or http://"
		                     : "url: expected https://; `plain = yes` allows http://");
		return false;
	}
	if (get(parsed, CURLUPART_USER, 0, part, sizeof(part)) ||
	    get(parsed, CURLUPART_PASSWORD, 0, part, sizeof(part))) {
		(void)snprintf(error, URL_ERROR_MAX,
		               "url: a user or password does not belong there: write user = NAME "
		               "and token-file = FILE");
		return false;
	}
	return true;
}

bool url_check(const char *url, bool plain, char error[URL_ERROR_MAX])
{
	CURLU *parsed = strlen(url) < URL_MAX ? parse(url) : NULL;
	if (parsed == NULL) {
		(void)snprintf(error, URL_ERROR_MAX, "url: this is not a URL");
		return false;
	}
	bool good = check(parsed, plain, error);
	curl_url_cleanup(parsed);
	return good;
}

void url_show(const char *url, char shown[URL_SHOWN_MAX])
{
	char part[URL_SHOWN_MAX];
	CURLU *parsed = parse(url);
	if (parsed == NULL) {
		(void)snprintf(shown, URL_SHOWN_MAX, "?");
		return;
	}
	bool queried = get(parsed, CURLUPART_QUERY, 0, part, sizeof(part)) || part[0] != '\0';
	(void)curl_url_set(parsed, CURLUPART_USER, NULL, 0);
	(void)curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
	(void)curl_url_set(parsed, CURLUPART_QUERY, queried ? "..." : NULL, 0);
	(void)curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0);
	if (!get(parsed, CURLUPART_URL, 0, shown, URL_SHOWN_MAX)) {
		(void)get(parsed, CURLUPART_HOST, 0, shown, URL_SHOWN_MAX);
	}
	curl_url_cleanup(parsed);
}

bool url_is_allowed(const char *url, bool plain)
{
	CURLU *parsed = parse(url);
	bool is = parsed != NULL && is_scheme(parsed, plain);
	curl_url_cleanup(parsed);
	return is;
}

bool url_is_same_origin(const char *a, const char *b)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };
	CURLU *left = parse(a);
	CURLU *right = parse(b);
	bool same = left != NULL && right != NULL;
	for (size_t i = 0; same && i < sizeof(parts) / sizeof(parts[0]); i++) {
		char one[URL_SHOWN_MAX];
		char other[URL_SHOWN_MAX];
		same = get(left, parts[i], CURLU_DEFAULT_PORT, one, sizeof(one)) &&
		       get(right, parts[i], CURLU_DEFAULT_PORT, other, sizeof(other)) &&
		       strcasecmp(one, other) == 0;
	}
	curl_url_cleanup(left);
	curl_url_cleanup(right);
	return same;
}

bool url_is_header(const char *name)
{
	size_t size = strlen(name);
	for (const char *at = name; *at != '\0'; at++) {
		if (!ascii_is_alphanumeric(*at) && strchr("!#$%&'*+-.^_`|~", *at) == NULL) {
			return false;
		}
	}
	return size > 0 && size <= 100;
}

bool url_expand(const char *url, const char *token, char expanded[URL_MAX])
{
	char *encoded = curl_easy_escape(NULL, token != NULL ? token : "", 0);
	size_t used = 0;
	const char *at = url;
	const char *place = encoded != NULL ? url : NULL;
	while (place != NULL && used < URL_MAX) {
		place = token != NULL ? strstr(at, FEED_TOKEN) : NULL;
		size_t size = place != NULL ? (size_t)(place - at) : strlen(at);
		used += (size_t)snprintf(expanded + used, URL_MAX - used, "%.*s%s", (int)size, at,
		                         place != NULL ? encoded : "");
		at = place != NULL ? place + strlen(FEED_TOKEN) : at;
	}
	curl_free(encoded);
	return encoded != NULL && used < URL_MAX;
}
