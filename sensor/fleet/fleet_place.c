/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_place.h"

#include <stdio.h>
#include <string.h>

static void set_keys(struct fleet_place *place)
{
	const struct redis_url *url = &place->url;
	bool usual = strcmp(url->key, REDIS_URL_KEY_HITS) == 0;
	const char *key = usual ? FLEET_KEY : url->key;
	bool braces = url->layout == REDIS_URL_CLUSTER && strchr(key, '{') == NULL;
	(void)snprintf(place->set, sizeof(place->set), "%s%s%s", braces ? "{" : "", key,
	               braces ? "}" : "");
	(void)snprintf(place->news, sizeof(place->news), "%.520s:news", place->set);
	(void)snprintf(place->sensors, sizeof(place->sensors), "%.520s:sensors", place->set);
}

bool fleet_place_parse(struct fleet_place *place, const char *target, char *error,
                       size_t error_size)
{
	if (redis_url_parse(&place->url, target, error, error_size) != 0) {
		return false;
	}
	if (place->url.form != REDIS_URL_STREAM) {
		(void)snprintf(error, error_size, "%s: as= is for outputs, not for rules",
		               place->url.name);
		return false;
	}
	set_keys(place);
	return true;
}
