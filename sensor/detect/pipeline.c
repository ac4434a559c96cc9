/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/pipeline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory/pool.h"
#include "sensor/detect/pipeline_private.h"

/* Shares of the memory budget. */
#define SESSIONS_SHARE ((size_t)32 << 20)
#define TEXTS_SHARE    ((size_t)8 << 20)

void pipeline_count(struct pipeline *pipeline)
{
	struct counters *counters = pipeline->config.counters;
	const struct streams_stats *streams = streams_stats(pipeline->streams);
	counter_set(&counters->tcp_streams, pipeline->before.streams + streams->streams);
	counter_set(&counters->tcp_evicted,
	            pipeline->before.evicted + streams->evicted + streams->evicted_syns);
	counter_set(&counters->tcp_refused, pipeline->before.refused + streams->refused_segments);
	const struct fragments_stats *fragments = fragments_stats(pipeline->fragments);
	counter_set(&counters->fragments, pipeline->before.fragments + fragments->fragments);
	counter_set(&counters->fragments_lost, pipeline->before.lost + fragments->expired +
	                                               fragments->evicted + fragments->unfinished);
	counter_set(&counters->copies_chosen,
	            pipeline->before.copies_chosen + pipeline->copies.chosen);
	counter_set(&counters->copies_found,
	            pipeline->before.copies_found + pipeline->copies.copied);
	if (pipeline->networks != NULL) {
		counter_set(&counters->networks_merged,
		            pipeline->before.networks_merged +
		                    network_numbers_merged(pipeline->networks));
	}
	counter_set(&counters->ambiguous,
	            pipeline->before.ambiguous + streams->ambiguous + fragments->ambiguous);
	counter_set(&counters->readings_evicted,
	            pipeline->before.readings_evicted + streams->evicted_readings);
	counter_set(&counters->copies_ignored,
	            pipeline->before.copies_ignored + streams->ignored_copies);
	counter_set(&counters->no_memory,
	            pipeline->before.no_memory + streams->no_memory + fragments->no_memory);
	counter_set(&counters->watch_evicted,
	            pipeline->before.watch_evicted + correlator_lost(pipeline->config.correlator));
}

/* Evicts a stream. This ends its session and frees the session's texts. */
static bool yield_session(void *ctx)
{
	const struct pipeline *pipeline = ctx;
	return streams_evict(pipeline->streams);
}

static void remember_counts(struct pipeline *pipeline, const struct counters *counters)
{
	pipeline->before.streams = counter_get(&counters->tcp_streams);
	pipeline->before.evicted = counter_get(&counters->tcp_evicted);
	pipeline->before.refused = counter_get(&counters->tcp_refused);
	pipeline->before.fragments = counter_get(&counters->fragments);
	pipeline->before.lost = counter_get(&counters->fragments_lost);
	pipeline->before.watch_evicted = counter_get(&counters->watch_evicted);
	pipeline->before.networks_merged = counter_get(&counters->networks_merged);
	pipeline->before.ambiguous = counter_get(&counters->ambiguous);
	pipeline->before.readings_evicted = counter_get(&counters->readings_evicted);
	pipeline->before.copies_ignored = counter_get(&counters->copies_ignored);
	pipeline->before.no_memory = counter_get(&counters->no_memory);
	pipeline->before.copies_chosen = counter_get(&counters->copies_chosen);
	pipeline->before.copies_found = counter_get(&counters->copies_found);
}

static void set_up(struct pipeline *pipeline, const struct pipeline_config *config)
{
	pipeline->config = *config;
	const struct tunnel_ports *tunnels = &config->ports->tunnels;
	frame_set_tunnel_ports(tunnels->count > 0 ? tunnels : NULL, &config->ports->dns);
	memory_budget_add(config->memory, &pipeline->sessions, SESSIONS_SHARE, yield_session,
	                  pipeline);
	memory_budget_add(config->memory, &pipeline->texts, TEXTS_SHARE, yield_session, pipeline);
	dns_incomplete_init(&pipeline->incomplete, config->memory, config->counters);
	pool_init(&pipeline->dns_connections, dns_connection_size(), &pipeline->sessions);
	pool_init(&pipeline->mail_sessions, mail_session_size(), &pipeline->sessions);
	remember_counts(pipeline, config->counters);
	pipeline->dns = (struct dns_detector){
		.incomplete = &pipeline->incomplete,
		.hits = config->hits,
		.correlator = config->correlator,
		.counters = config->counters,
		.memo = &pipeline->names,
		.pool = &pipeline->dns_connections,
		.log = config->log_dns,
		.history = config->history,
		.history_clients = config->history_clients,
		.baseline = config->baseline,
	};
	pipeline->rows = (struct mail_rows){
		.table = config->history_mail ? config->history : NULL,
		.mailboxes = config->history_mailboxes,
	};
	pipeline->mail = (struct mail_session_config){
		.pool = &pipeline->mail_sessions,
		.texts = &pipeline->texts,
		.hits = config->hits,
		.correlator = config->correlator,
		.counters = config->counters,
		.hosts = &pipeline->hosts,
		.rows = &pipeline->rows,
		.baseline = config->baseline,
		.log = config->log_smtp,
	};
}

int pipeline_new(struct pipeline **out, const struct pipeline_config *config)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	if (pipeline == NULL) {
		return -ENOMEM;
	}
	set_up(pipeline, config);
	if (!keyed_hash_init(&pipeline->dns.key)) {
		int ret = -errno;
		pipeline_free(pipeline);
		return ret;
	}
	pipeline->mail.key = pipeline->dns.key;
	pipeline->dns.questions =
	        questions_new(config->hits, config->questions, config->unanswered);
	if (pipeline->dns.questions == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	if (config->dedup_ns > 0 && (pipeline->dedup = dedup_new(config->dedup_ns)) == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	if (config->separate != 0 &&
	    (pipeline->networks = network_numbers_new(config->separate)) == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	const struct streams_limits streams = { .budget = config->memory };
	const struct fragments_limits fragments = { .budget = config->memory };
	int ret = streams_new(&pipeline->streams, &streams, &PIPELINE_CONNECTIONS, pipeline);
	if (ret == 0) {
		ret = fragments_new(&pipeline->fragments, &fragments, pipeline_take_datagram,
		                    pipeline);
	}
	if (ret != 0) {
		pipeline_free(pipeline);
		return ret;
	}
	*out = pipeline;
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (pipeline == NULL) {
		return;
	}
	if (pipeline->fragments != NULL) {
		fragments_finish(pipeline->fragments);
		pipeline_count(pipeline);
	}
	fragments_free(pipeline->fragments);
	streams_free(pipeline->streams);
	dedup_free(pipeline->dedup);
	pool_end(&pipeline->mail_sessions);
	pool_end(&pipeline->dns_connections);
	questions_free(pipeline->dns.questions);
	dns_incomplete_deinit(&pipeline->incomplete);
	network_numbers_free(pipeline->networks);
	memory_budget_remove(&pipeline->texts);
	memory_budget_remove(&pipeline->sessions);
	free(pipeline);
}
