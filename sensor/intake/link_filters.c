/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/link_filters.h"

#include "parsers/link/frame.h"
#include "sensor/intake/capture_private.h"

struct link_filter *link_filters_search(struct link_filters *filters, int dlt)
{
	for (size_t i = 0; i < filters->count; i++) {
		if (filters->items[i].dlt == dlt) {
			return &filters->items[i];
		}
	}
	return NULL;
}

bool link_filters_full(const struct link_filters *filters)
{
	return filters->count == LINK_FILTERS_MAX;
}

static bool compile(struct bpf_program *program, int dlt, const char *text,
                    char error[CAPTURE_ERROR_MAX])
{
	/* No packet of a raw link passes `arp`, which the optimiser takes for an error. */
	return capture_compile(program, dlt, true, text, error) ||
	       capture_compile(program, dlt, false, text, error);
}

static void compile_inner(struct link_filters *filters)
{
	char reason[CAPTURE_ERROR_MAX];
	if (!filters->inner_compiled) {
		filters->inner_compiled = true;
		filters->has_inner = compile(&filters->inner, DLT_RAW, filters->text, reason);
	}
}

struct link_filter *link_filters_add(struct link_filters *filters, int dlt,
                                     char error[CAPTURE_ERROR_MAX])
{
	size_t place = link_filters_full(filters) ? LINK_FILTERS_MAX - 1 : filters->count++;
	struct link_filter *filter = &filters->items[place];
	if (filter->has_program) {
		pcap_freecode(&filter->program);
	}
	*filter = (struct link_filter){ .dlt = dlt };
	if (filters->text != NULL) {
		compile_inner(filters);
		filter->has_program = compile(&filter->program, dlt, filters->text, error);
		filter->rejects = !filter->has_program && !filters->has_inner;
	}
	filters->last = filter;
	return filter;
}

static bool run(const struct bpf_program *program, const uint8_t *bytes, size_t captured,
                size_t length)
{
	const struct pcap_pkthdr header = { .caplen = (bpf_u_int32)captured,
		                            .len = (bpf_u_int32)length };
	return pcap_offline_filter(program, &header, bytes) != 0;
}

static bool run_inner(const struct link_filters *filters, int dlt, const uint8_t *bytes,
                      size_t captured)
{
	struct frame frame;
	return filters->has_inner && frame_decode(&frame, dlt, bytes, captured) <= FRAME_FRAGMENT &&
	       run(&filters->inner, frame.network, frame.network_size,
	           frame.network_size + frame.cut);
}

bool link_filters_run(const struct link_filters *filters, const struct link_filter *filter,
                      const uint8_t *bytes, uint32_t captured, uint32_t length)
{
	return (filter->has_program && run(&filter->program, bytes, captured, length)) ||
	       run_inner(filters, filter->dlt, bytes, captured);
}

void link_filters_free(struct link_filters *filters)
{
	for (size_t i = 0; i < filters->count; i++) {
		if (filters->items[i].has_program) {
			pcap_freecode(&filters->items[i].program);
		}
	}
	if (filters->has_inner) {
		pcap_freecode(&filters->inner);
	}
}
