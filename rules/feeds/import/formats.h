/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The formats of feeds, and the options and the counts of an import. */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*!
 * \brief The largest input, in octets. JSON has a lower limit, because parsed JSON takes several
 *        times as much memory as the text.
 */
#define FEED_SIZE_MAX        (512u << 20)
#define FEED_JSON_SIZE_MAX   (256u << 20)
#define FEED_REPORT_SIZE_MAX (128u << 20)

/* clang-format would put each row on lines of its own. */
/* clang-format off */
/*!
 * \brief The formats. The columns are the last part of the enumerator, the name for `--format`, the
 *        prefix of the reader's functions, and the largest input in octets.
 *
 * A reader has two functions: PREFIX_is() recognises the format by its content, and PREFIX_read()
 * adds the rules. Without `--format` the first format whose PREFIX_is() returns true is used, so
 * formats with strict criteria come before those with loose ones.
 */
#define FEED_FORMATS(X) \
	X(MISP, "misp", misp,   FEED_JSON_SIZE_MAX)   /* MISP events, feeds, search results */ \
	X(WARNINGLIST, "warninglist", warninglist, FEED_JSON_SIZE_MAX) /* MISP warning lists */ \
	X(STIX, "stix", stix,   FEED_JSON_SIZE_MAX)   /* STIX 2.x bundles, TAXII 2.x envelopes */ \
	X(JSON, "json", records, FEED_JSON_SIZE_MAX)  /* other JSON, and JSON lines */ \
	X(ZEEK, "zeek", zeek,   FEED_SIZE_MAX)        /* Zeek Intel framework */ \
	X(RPZ,  "rpz",  rpz,    FEED_SIZE_MAX)        /* response policy zones */ \
	X(ADBLOCK, "adblock", adblock, FEED_SIZE_MAX) /* Adblock Plus, uBlock Origin, AdGuard */ \
	X(DNSMASQ, "dnsmasq", dnsmasq, FEED_SIZE_MAX) /* address=/NAME/, local=/NAME/ */ \
	X(UNBOUND, "unbound", unbound, FEED_SIZE_MAX) /* local-zone:, local-data: */ \
	X(CSV,  "csv",  table,  FEED_SIZE_MAX)        /* RFC 4180 with a heading */ \
	X(LIST, "list", list,   FEED_SIZE_MAX)        /* one indicator on each line; hosts files */ \
	X(TEXT, "text", report, FEED_REPORT_SIZE_MAX) /* reports in prose */
/* clang-format on */

enum feed_format {
	FEED_AUTO, /*!< The format is recognised by the content. */
#define X(format, ...) FEED_##format,
	FEED_FORMATS(X)
#undef X
};

/*! \brief The verb of the rules (`--as`). */
enum feed_verb {
	/*! `alert` for entries, and `allow` for the exceptions that the feed states. */
	FEED_AS_PUBLISHED,
	/*! Like FEED_AS_PUBLISHED, but entries of an allow list become `alert`, too. */
	FEED_AS_ALERT,
	/*! `allow` for entries; the exceptions that the feed states are left out. */
	FEED_AS_ALLOW,
};

struct shared_hosts;

struct feed_options {
	enum feed_format format;
	const struct shared_hosts *shared; /*!< The shared hosts; NULL: only the built-in ones. */
	/*! The Public Suffix List; NULL: the installed one is read, which needs the right to open
	 * its file. */
	const psl_ctx_t *psl;
	enum feed_verb as;
	/*! Exceptions that the feed states are left out, because `allow` rules silence others. */
	bool no_exceptions;
	/*! Names of shared hosts are left out, even if they are not from URLs. */
	bool no_shared;
	unsigned severity; /*!< enum rule_severity plus 1; 0: the severity that the feed states. */
	/*! The confidence of all rules, 0 to 100, plus 1; 0: the confidence that the feed states.
	 */
	unsigned confidence;
	/*! The RULE_BIT of each kind of rules to write. 0: the kinds that the feed states. */
	uint32_t kinds;
	/*! The value of `feed=`; NULL: it is derived from the file's name. */
	const char *name;
	const char *ref;            /*!< The value of `ref=`; NULL: rules have no `ref=`. */
	const char *const *columns; /*!< For CSV: one ROLE=NAME for each column. */
	size_t columns_count;
};

/*! \brief Explains what is wrong with one ROLE=NAME of `--column`; returns NULL if it is valid. */
const char *feed_column_check(const char *piece);

/*! \brief The number of entries that gave no rule for the same reason. */
struct feed_reason {
	char text[40];
	size_t count;
};

/*!
 * \brief The number of reasons that are counted separately. The last count is for all other
 *        reasons.
 */
#define FEED_REASONS_MAX 12

/*! \brief The outcome of an import. */
struct feed_stats {
	enum feed_format format; /*!< The format that was recognised or chosen. */
	/*! The number of rules written, including those written as comments. */
	size_t rules;
	size_t merged;   /*!< The number of entries that repeat an earlier entry. */
	size_t left_out; /*!< The number of valid entries that gave no rule. */
	size_t named;    /*!< The number of `left_out` entries that look like indicators. */
	size_t errors;   /*!< The number of invalid entries. */
	struct feed_reason reasons[FEED_REASONS_MAX]; /*!< The counts of `left_out` by reason. */
};

/*!
 * \brief The largest number of invalid entries that are reported. Further ones are only counted.
 */
#define FEED_COMPLAINTS_MAX 1000
/*!
 * \brief The largest number of left-out indicators that are reported. Further ones are only
 *        counted.
 */
#define FEED_NAMED_MAX 20
