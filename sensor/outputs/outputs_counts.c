/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sensor/outputs/outputs_private.h"

#define COMPLAIN_EVERY_S 60

static const char *name_target(const struct output *output)
{
	static const char *const forms[] = {
		[LOCAL_JSON] = "-",
		[LOCAL_TEXT] = "text",
		[LOCAL_NULL] = "null",
	};
	if (output->kind == OUTPUT_NETWORK) {
		return output->name;
	}
	return output->path != NULL ? output->path : forms[output->form];
}

/* Local targets may be given twice; then a number makes the names different. */
void outputs_name(const struct outputs *outputs, struct counters_names *names)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const char *name = name_target(&outputs->list[i]);
		size_t same = 1;
		for (size_t j = 0; j < i; j++) {
			same += strcmp(name_target(&outputs->list[j]), name) == 0;
		}
		(void)snprintf(names->of[i], sizeof(names->of[i]),
		               same > 1 ? "%s%.230s #%zu" : "%s%.230s",
		               outputs->list[i].path != NULL ? "file:" : "", name, same);
	}
}

struct counters_output *outputs_account(const struct outputs *outputs, const struct output *output)
{
	return &outputs->config.counters->outputs[output - outputs->list];
}

void outputs_count_due(struct outputs *outputs, const struct output *output, uint64_t count)
{
	counter_add(&outputs_account(outputs, output)->due, count);
}

void outputs_count_dropped(struct outputs *outputs, const struct output *output, uint64_t count)
{
	outputs->lost = true;
	counter_add_shared(&outputs->config.counters->events_dropped, count);
	counter_add_shared(&outputs_account(outputs, output)->dropped, count);
}

void outputs_hold(struct outputs *outputs, const struct output *output, uint64_t count)
{
	counter_add(&outputs_account(outputs, output)->held, count);
}

void outputs_release(struct outputs *outputs, const struct output *output, uint64_t count)
{
	_Atomic uint64_t *held = &outputs_account(outputs, output)->held;
	counter_set(held, counter_get(held) - count);
}

void outputs_complain(time_t *complained, const char *name, const char *reason, const char *effect)
{
	time_t now = time(NULL);
	if (now - *complained >= COMPLAIN_EVERY_S) {
		*complained = now;
		log_error("%s: %s; %s", name, reason, effect);
	}
}
