/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The parts of a MISP event. Private to misp*.c and report_misp.c. */
#pragma once

#include "base/text.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"
#include "sensor/report/formats/uuid.h"

/*! \brief A MISP event that is written. */
struct misp {
	struct report_out out;
	struct writer name; /*!< The name from which a UUID is made, or another composed text. */
	const struct report *report;
	const struct report_incident *incident;
	struct uuid_set listed; /*!< The indicators that are attributes. */
	uint64_t attributes;
	struct uuid event;
	struct uuid object; /*!< The UUID of the object that is being written. */
	uint64_t in_object; /*!< The number of its attributes so far. */
	bool failed;
};

/*! \brief The members that MISP demands of each attribute. */
struct misp_attribute {
	const char *type, *category, *relation;
	struct report_text value, comment;
	bool to_ids;
	int64_t time_ns; /*!< The time of the member `timestamp`. */
	int64_t first_ns, last_ns;
};

/*! \brief The size of a time as misp_format_time() writes it. */
#define MISP_TIME_MAX (TEXT_TIME_MAX + 8)

void misp_put_uuid(struct misp *misp, const struct uuid *uuid);

/*! \brief Makes a UUID from the name that was written to `name` of `misp`. */
void misp_make_uuid(struct misp *misp, struct uuid *uuid);

/*! \brief Begins the name of a UUID with a kind and the id of the current incident. \return The
 *         writer with which the caller writes the rest of the name. */
struct writer *misp_begin_name(struct misp *misp, const char *kind);

/*! \brief Adds a text to the name of a UUID. */
void misp_name_part(struct writer *name, const struct report_text *part);

/*! \brief Puts a number as MISP has it: a string. */
void misp_put_decimal(struct json *json, const char *key, uint64_t number);

/*! \brief Puts a time in seconds since 1970, as a string. */
void misp_put_seconds(struct json *json, const char *key, int64_t time_ns);

/*! \brief Writes a time in ISO 8601 with microseconds and an offset. \return The size. */
size_t misp_format_time(int64_t time_ns, char text[MISP_TIME_MAX]);

/*! \brief Puts a time in ISO 8601; puts nothing if `time_ns` is 0. */
void misp_put_seen(struct json *json, const char *key, int64_t time_ns);

/*! \brief Puts the members that MISP demands of attributes and objects. */
void misp_put_common(struct misp *misp, const struct uuid *uuid, int64_t time_ns);

/*! \brief Begins an attribute, to which the caller may add members before misp_end_element(). */
void misp_begin_attribute(struct misp *misp, const struct misp_attribute *attribute,
                          const struct uuid *uuid);

/*! \brief Ends an attribute or an object. */
void misp_end_element(struct misp *misp);

/*! \brief Puts an object for each answer and mail of the current incident. */
void misp_put_objects(struct misp *misp);
