/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/report_out.h"

#include <errno.h>

/* Octets from which on a flush writes to the file. */
#define ENOUGH 65536

void report_out_begin(struct report_out *out, FILE *file)
{
	*out = (struct report_out){ .file = file };
	json_begin(&out->json);
}

static void write_all(struct report_out *out)
{
	struct writer *text = &out->json.out;
	/* A writer that has failed keeps its text, which must not be written each time. */
	out->failed |= text->failed;
	if (!out->failed) {
		(void)fwrite(text->start, 1, writer_size(text), out->file);
		writer_rewind(text, 0);
	}
}

/* An object or array that is still empty is removed with its key when it is closed, so that it has
 * to stay in memory. All that surround it have a member then. */
void report_out_flush(struct report_out *out)
{
	if (!out->json.first && json_size(&out->json) >= ENOUGH) {
		write_all(out);
	}
}

void report_out_line(struct report_out *out)
{
	writer_char(&out->json.out, '\n');
	write_all(out);
	json_begin(&out->json);
}

bool report_out_end(struct report_out *out)
{
	json_free(&out->json);
	if (out->failed) {
		errno = EMSGSIZE;
	}
	return !out->failed && fflush(out->file) == 0 && !ferror(out->file);
}

void report_put_text(struct json *json, const char *key, const struct report_text *text)
{
	if (text->text != NULL) {
		json_put_bytes(json, key, text->text, text->size);
	}
}

void report_put_texts(struct json *json, const char *key, const struct report_texts *texts)
{
	json_put_array(json, key);
	for (size_t i = 0; i < texts->count; i++) {
		report_put_text(json, NULL, &texts->items[i]);
	}
	json_end_array(json);
}

void report_put_time(struct json *json, const char *key, int64_t time_ns)
{
	if (time_ns != 0) {
		json_put_time(json, key, time_ns);
	}
}

void report_put_count(struct json *json, const char *key, uint64_t count)
{
	if (count != 0) {
		json_put_number(json, key, count);
	}
}

const char *report_answer_word(enum report_answer_kind kind)
{
	return kind == REPORT_EXPECTED ? "expected" : "rogue";
}

const char *report_mail_outcome(const struct report_mail *mail)
{
	if (mail->content) {
		return "accepted, content transferred";
	}
	if (mail->accepted) {
		return "accepted";
	}
	return mail->rcpt_count > 0 ? "not accepted" : "recipients not seen";
}

const char *report_severity_word(unsigned severity)
{
	if (severity >= 99) {
		return "critical";
	}
	return severity >= 75 ? "high" : severity >= 50 ? "medium" : "low";
}
