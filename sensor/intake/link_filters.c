/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/link_filters.h"

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
		/* No packet of a raw link passes `arp`, which the optimiser takes for an error. */
		filter->has_program =
		        capture_compile(&filter->program, dlt, true, filters->text, error) ||
		        capture_compile(&filter->program, dlt, false, filters->text, error);
		filter->rejects = !filter->has_program;
	}
	filters->last = filter;
	return filter;
}

bool link_filter_run(const struct link_filter *filter, const struct savefile_packet *packet)
{
	const struct pcap_pkthdr header = { .caplen = packet->captured, .len = packet->length };
	return pcap_offline_filter(&filter->program, &header, packet->bytes) != 0;
}

void link_filters_free(struct link_filters *filters)
{
	for (size_t i = 0; i < filters->count; i++) {
		if (filters->items[i].has_program) {
			pcap_freecode(&filters->items[i].program);
		}
	}
}
