/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The counters of the sensor. Their names in the summary, in Redis and in metrics come from
 *        one table.
 *
 * There is a set of counters for each worker. All processes share the sets, so each counter is
 * atomic. Additions are relaxed, because no other access depends on their order.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "parsers/link/frame.h"
#include "rules/rule.h"

/*!
 * \brief The table of counters. The columns are the name, whether the counter is a gauge, how it is
 *        divided in metrics (enum counters_part), and the meaning.
 */
/* clang-format off */
#define COUNTERS(X) \
	X(packets, false, COUNTERS_WHOLE, "Packets read") \
	X(bytes, false, COUNTERS_WHOLE, "Octets of packets on the wire") \
	X(kernel_drops, false, COUNTERS_WHOLE, "Packets lost in the kernel before they were read") \
	X(interface_drops, false, COUNTERS_WHOLE, "Packets lost by the interface") \
	X(truncated_packets, false, COUNTERS_WHOLE, "Packets captured with fewer octets than on the wire") \
	X(undecoded_packets, false, COUNTERS_BY_LAYER, "Packets that are damaged or contain neither UDP nor TCP") \
	X(duplicates, false, COUNTERS_WHOLE, "Copies ignored by --dedup") \
	X(dns_responses, false, COUNTERS_WHOLE, "DNS responses read") \
	X(dns_malformed, false, COUNTERS_BY_FAULT, "DNS messages with a fault") \
	X(dns_tcp_messages, false, COUNTERS_WHOLE, "DNS messages over TCP") \
	X(dns_gap_bytes, false, COUNTERS_WHOLE, "Octets missing in DNS over TCP") \
	X(dns_skipped_bytes, false, COUNTERS_WHOLE, "Octets of DNS over TCP that are in no known message") \
	X(smtp_sessions, false, COUNTERS_WHOLE, "SMTP sessions") \
	X(smtp_midstream, false, COUNTERS_WHOLE, "SMTP sessions whose beginning was not captured") \
	X(smtp_recipients, false, COUNTERS_WHOLE, "RCPT commands") \
	X(smtp_gap_bytes, false, COUNTERS_WHOLE, "Octets missing in SMTP sessions") \
	X(smtp_lines_cut, false, COUNTERS_WHOLE, "Lines of SMTP that were cut because of a limit") \
	X(smtp_unmatched, false, COUNTERS_WHOLE, "SMTP commands whose replies were not matched because of a limit") \
	X(smtp_resyncs, false, COUNTERS_WHOLE, "Times that the parser lost its place in an SMTP session") \
	X(tcp_streams, false, COUNTERS_WHOLE, "TCP streams on watched ports") \
	X(tcp_evicted, false, COUNTERS_WHOLE, "TCP streams ended by a limit") \
	X(tcp_refused, false, COUNTERS_WHOLE, "TCP segments that a server would not accept") \
	X(fragments, false, COUNTERS_WHOLE, "IP fragments") \
	X(fragments_lost, false, COUNTERS_WHOLE, "Fragmented datagrams that were not reassembled") \
	X(ambiguous, false, COUNTERS_WHOLE, "Times that copies of the same octets differed") \
	X(readings_evicted, false, COUNTERS_WHOLE, "Second readings of streams that a limit ended") \
	X(copies_ignored, false, COUNTERS_WHOLE, "Differing copies that a second reading had no room for") \
	X(networks_merged, false, COUNTERS_WHOLE, "Packets of networks beyond the limit of separate networks") \
	X(memory_evicted, false, COUNTERS_WHOLE, "Incomplete messages given up for lack of memory") \
	X(no_memory, false, COUNTERS_WHOLE, "Connections, segments and fragments dropped for lack of memory") \
	X(watch_evicted, false, COUNTERS_WHOLE, "Watched addresses and exchanges removed by a limit") \
	X(names_unjudged, false, COUNTERS_WHOLE, "Names not compared with protected names because of a limit") \
	X(baseline_evicted, false, COUNTERS_WHOLE, "Names whose values baselines forgot because of a limit") \
	X(baseline_omitted, false, COUNTERS_WHOLE, "Records not compared with baselines because of a limit") \
	X(history_rows, false, COUNTERS_WHOLE, "Rows added to the history") \
	X(history_rows_dropped, false, COUNTERS_WHOLE, "Rows that could not be added to the history") \
	X(history_files, true, COUNTERS_WHOLE, "Files of the history") \
	X(history_bytes, true, COUNTERS_WHOLE, "Octets of the files of the history") \
	X(history_written, true, COUNTERS_WHOLE, "Time of the last row added to the history, in seconds since 1970") \
	X(hits, false, COUNTERS_BY_RULE, "Hits reported") \
	X(incidents, false, COUNTERS_WHOLE, "Incidents opened") \
	X(incidents_evicted, false, COUNTERS_WHOLE, "Incidents closed early because of a limit") \
	X(incident_hits_dropped, false, COUNTERS_WHOLE, "Hits that are in no incident because of a limit") \
	X(hits_gathered, false, COUNTERS_WHOLE, "Hits beyond the output budget") \
	X(log_events_omitted, false, COUNTERS_WHOLE, "Log events beyond the output budget") \
	X(hits_suppressed, false, COUNTERS_WHOLE, "Repeated hits that were suppressed") \
	X(evidence_packets, false, COUNTERS_WHOLE, "Packets written to the files of --evidence") \
	X(evidence_dropped, false, COUNTERS_WHOLE, "Packets of hits that could not be written to the files of --evidence") \
	X(events_delivered, false, COUNTERS_DELIVERED, "Events delivered to the output") \
	X(events_pending, true, COUNTERS_PENDING, "Events not yet delivered to the output") \
	X(events_dropped, false, COUNTERS_DROPPED, "Events lost on the way to the output") \
	X(rules, true, COUNTERS_WHOLE, "Rules in force") \
	X(rules_errors, false, COUNTERS_WHOLE, "Lines with errors in reloaded rules") \
	X(reloads, false, COUNTERS_WHOLE, "Rule sets loaded by reloads") \
	X(rules_version, true, COUNTERS_WHOLE, "Version of the rules in force that were pushed; 0: none") \
	X(rules_refused, false, COUNTERS_WHOLE, "Sets of pushed rules that were refused") \
	X(output_errors, false, COUNTERS_WHOLE, "Failed attempts to write or deliver")
/* clang-format on */

/*! \brief The largest number of outputs, and room for the name of one. */
#define COUNTERS_OUTPUTS  16
#define COUNTERS_NAME_MAX 256
/*! \brief Places of rules; see rule_hits.h. */
#define COUNTERS_RULES 128

enum counters_part {
	COUNTERS_WHOLE,
	COUNTERS_BY_LAYER, /*!< One counter for each value of enum frame_reason. */
	COUNTERS_BY_FAULT, /*!< One counter for each value of enum dns_fault. */
	COUNTERS_BY_RULE,  /*!< One counter for each severity and rule; see rule_hits.h. */
	COUNTERS_DELIVERED,
	COUNTERS_PENDING,
	COUNTERS_DROPPED,
};

/*!
 * \brief The names of the outputs, without passwords. A name is empty if there is no such output.
 *
 * They are not in shared memory, where a process that an attacker controls could change them.
 */
struct counters_names {
	char of[COUNTERS_OUTPUTS][COUNTERS_NAME_MAX];
};

/*! \brief A row of the table of counters. */
struct counters_row {
	const char *name;
	bool gauge;
	enum counters_part part;
	const char *meaning;
};

/*!
 * \brief The counters of one output. An event that is due and was neither delivered nor dropped is
 *        pending.
 */
struct counters_output {
	_Atomic uint64_t due;
	_Atomic uint64_t delivered;
	/*! Sequence number of the last record that was counted, so that a restarted publisher
	 * counts no record twice. */
	_Atomic uint64_t counted;
	_Atomic uint64_t dropped;
	/*! Events that are due but exist only in the memory of the worker, and are lost if it
	 * dies. */
	_Atomic uint64_t held;
};

struct counters {
#define X(name, ...) _Atomic uint64_t name;
	COUNTERS(X)
#undef X
	/*! The parts of `undecoded_packets`, by enum frame_reason. */
	_Atomic uint64_t undecoded[FRAME_REASONS_COUNT];
	/*!
	 * The parts of `dns_malformed`, by fault. The index is the negated enum dns_fault; [0] is
	 * unused.
	 */
	_Atomic uint64_t dns_faults[DNS_FAULTS];
	/*! The parts of `hits`: a counter for each place of a rule (rule_hits.h), and after
	 * these one for each severity. */
	_Atomic uint64_t hits_by_rule[COUNTERS_RULES + SEVERITY_COUNT];
	/*! The number of packets whose copies were searched for, and the number of those whose copy
	 * was found; see copy_sample.h. */
	_Atomic uint64_t copies_chosen, copies_found;
	/*! Number of -LOADING replies, which show that Redis was started and still reads its
	 * data. */
	_Atomic uint64_t redis_loading;
	/*! The outputs, in the order of --output on the command line. */
	struct counters_output outputs[COUNTERS_OUTPUTS];
};

#define X(...) +1
enum { COUNTERS_COUNT = 0 COUNTERS(X) };
#undef X

/*! \brief Adds to a counter that only one process writes, without a locked instruction. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t amount)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
	atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/*! \brief Adds to a counter that several processes write: `output_errors`, the counters of dropped
 *         events, and `history_rows_dropped`. */
static inline void counter_add_shared(_Atomic uint64_t *counter, uint64_t amount)
{
	atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline void counter_set(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline uint64_t counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/*!
 * \brief Creates `count` zeroed sets, which are shared with child processes; returns NULL when out
 *        of memory.
 */
struct counters *counters_new(size_t count);
void counters_free(struct counters *counters, size_t count);

/*!
 * \brief Adds up sets. Values that are equal in all workers, such as `rules`, are not added; the
 *        sum has the largest of them.
 */
void counters_sum(const struct counters *sets, size_t count, struct counters *sum);

/*! \brief Counts as dropped the events that were only in the memory of a worker that died. */
void counters_reap(struct counters *counters);

/*! \brief Updates `events_delivered` and `events_pending`, the sums of the outputs. */
void counters_settle(struct counters *counters);

/*! \brief Returns the row of the counter at `index`, which is less than COUNTERS_COUNT. */
const struct counters_row *counters_row(size_t index);
const char *counters_name(size_t index);
uint64_t counters_value(const struct counters *counters, size_t index);

/*!
 * \brief A counter that is divided by reason: its name in the summary, and a value and a name for
 *        each reason.
 */
struct counters_reasons {
	const char *key;
	const _Atomic uint64_t *values;
	const char *(*name)(unsigned reason);
	unsigned first, count; /*!< The reasons are numbered from `first` to `count` - 1. */
};

/*! \brief Sets the reasons of a counter. \return False if it has none. */
bool counters_reasons(const struct counters *counters, enum counters_part part,
                      struct counters_reasons *reasons);

/*! \brief Returns the number of delivered, pending or dropped events of one output. */
uint64_t counters_output_value(const struct counters_output *output, enum counters_part part);

/*!
 * \brief Replaces the content of a file by the counters as one JSON object.
 *
 * \param fd  A descriptor open for writing, which the call closes in any case.
 *
 * \return 0, or -1 with errno set.
 */
int counters_save(const struct counters *counters, int fd);
