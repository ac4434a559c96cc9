/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The formats of feeds, and what the user may ask of their readers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief Octets of the largest input. Parsed JSON takes several times its size. */
#define FEED_SIZE_MAX        (512u << 20)
#define FEED_JSON_SIZE_MAX   (256u << 20)
#define FEED_REPORT_SIZE_MAX (128u << 20)

/* clang-format would put each row on lines of its own. */
/* clang-format off */
/*!
 * \brief Format, its name for `--format`, the prefix of its reader's functions, the largest input.
 *
 * A reader has two functions: PREFIX_is() recognises the format by its content, and
 * PREFIX_read() adds the rules. Without `--format` the first row that recognises the
 * content reads it, so narrow formats come before wide ones.
 */
#define FEED_FORMATS(X) \
	X(MISP, "misp", misp,   FEED_JSON_SIZE_MAX)   /* MISP events, feeds, search results */ \
	X(WARNINGLIST, "warninglist", warninglist, FEED_JSON_SIZE_MAX) /* MISP warning lists */ \
	X(STIX, "stix", stix,   FEED_JSON_SIZE_MAX)   /* STIX 2.x bundles, TAXII 2.x envelopes */ \
	X(JSON, "json", records, FEED_JSON_SIZE_MAX)  /* JSON and JSON lines of other publishers */ \
	X(ZEEK, "zeek", zeek,   FEED_SIZE_MAX)        /* Zeek Intel framework */ \
	X(RPZ,  "rpz",  rpz,    FEED_SIZE_MAX)        /* response policy zones */ \
	X(ADBLOCK, "adblock", adblock, FEED_SIZE_MAX) /* Adblock Plus, uBlock Origin, AdGuard */ \
	X(DNSMASQ, "dnsmasq", dnsmasq, FEED_SIZE_MAX) /* address=/NAME/, local=/NAME/ */ \
	X(UNBOUND, "unbound", unbound, FEED_SIZE_MAX) /* local-zone:, local-data: */ \
	X(CSV,  "csv",  table,  FEED_SIZE_MAX)        /* RFC 4180 with a heading */ \
	X(LIST, "list", list,   FEED_SIZE_MAX)        /* one indicator a line; hosts files */ \
	X(TEXT, "text", report, FEED_REPORT_SIZE_MAX) /* reports in prose */
/* clang-format on */

enum feed_format {
	FEED_AUTO, /*!< Recognised by its content. */
#define X(format, ...) FEED_##format,
	FEED_FORMATS(X)
#undef X
};

/*! \brief The verb of the rules. */
enum feed_verb {
	FEED_AS_PUBLISHED, /*!< `alert`, and `allow` for what the feed excepts. */
	FEED_AS_ALERT,     /*!< The same, also for lists of what is known to be good. */
	FEED_AS_ALLOW,     /*!< `allow`; what the feed excepts is left out. */
};

struct shared_hosts;

struct feed_options {
	enum feed_format format;
	const struct shared_hosts *shared; /*!< NULL: those that the program knows. */
	enum feed_verb as;
	unsigned severity; /*!< enum rule_severity, plus 1; 0: as the feed has it. */
	uint32_t kinds;    /*!< RULE_BIT of each kind of the rules; 0: as the feed has it. */
	const char *name;  /*!< Value of `feed=`; NULL: derived from the file's name. */
	const char *ref;   /*!< Value of `ref=`; NULL: no `ref=`. */
	const char *const *columns; /*!< CSV: pieces of ROLE=NAME. */
	size_t columns_count;
};

/*! \brief Explains what is wrong with a piece of `--column`; NULL: it is valid. */
const char *feed_column_check(const char *piece);

/*! \brief Entries that no rule was made of, for one reason. */
struct feed_reason {
	char text[40];
	size_t count;
};

/*! \brief Reasons that are counted apart; the last one is for all others. */
#define FEED_REASONS_MAX 12

/*! \brief The outcome of an import. */
struct feed_stats {
	enum feed_format format; /*!< As it was read. */
	size_t rules;            /*!< Rules written, those that are only comments included. */
	size_t merged;           /*!< Entries that repeat an earlier one. */
	size_t left_out;         /*!< Valid entries that no rule was made of. */
	size_t named;            /*!< Those of them that look like indicators. */
	size_t errors;           /*!< Complaints about entries that cannot be read. */
	struct feed_reason reasons[FEED_REASONS_MAX]; /*!< Of all that was left out. */
};

/*! \brief Further complaints are only counted. */
#define FEED_COMPLAINTS_MAX 1000
/*! \brief Further indicators that are left out are only counted. */
#define FEED_NAMED_MAX 20
