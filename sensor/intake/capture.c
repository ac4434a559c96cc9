/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/capture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/intake/capture_private.h"

void capture_set_error(char error[CAPTURE_ERROR_MAX], const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(error, CAPTURE_ERROR_MAX, fmt, args);
	va_end(args);
}

const char *capture_link_name(int link)
{
	const char *name = pcap_datalink_val_to_name(link);
	return name != NULL ? name : "unknown";
}

bool capture_compile(struct bpf_program *program, int link, bool optimise, const char *filter,
                     char error[CAPTURE_ERROR_MAX])
{
	pcap_t *dead = pcap_open_dead(link, CAPTURE_SNAPLEN);
	if (dead == NULL) {
		capture_set_error(error, "out of memory");
		return false;
	}
	bool good = pcap_compile(dead, program, filter, optimise, PCAP_NETMASK_UNKNOWN) == 0;
	if (!good) {
		capture_set_error(error, "filter '%s': %s", filter, pcap_geterr(dead));
	}
	pcap_close(dead);
	return good;
}

bool capture_check_filter(const char *filter, char error[CAPTURE_ERROR_MAX])
{
	struct bpf_program program;
	if (!capture_compile(&program, DLT_EN10MB, true, filter, error)) {
		return false;
	}
	pcap_freecode(&program);
	return true;
}

struct capture *capture_new(capture_closer *close, const char *name, const char *filter,
                            char error[CAPTURE_ERROR_MAX])
{
	struct capture *capture = calloc(1, sizeof(*capture));
	if (capture != NULL) {
		capture->close = close;
		capture->name = strdup(name);
		capture->filters.text = filter != NULL && filter[0] != '\0' ? filter : NULL;
	}
	if (capture == NULL || capture->name == NULL) {
		capture_set_error(error, "%s: out of memory", name);
		free(capture);
		return NULL;
	}
	return capture;
}

void capture_close(struct capture *capture)
{
	if (capture == NULL) {
		return;
	}
	capture->close(capture);
	link_filters_free(&capture->filters);
	free(capture->name);
	free(capture);
}
