/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_observe.h"

#include <string.h>

#include "base/dns_name.h"

/* The kinds of a mail that only pins are matched with. */
#define OF_MAIL (RULE_BIT(KIND_BANNER) | RULE_BIT(KIND_TLS))

bool mail_observe_name(const struct mail_session_config *config, const char *text, size_t size,
                       struct dns_name *name)
{
	bool unjudged;
	bool read = mail_host_read(config->hosts, text, size, name, &unjudged);
	counter_add(&config->counters->names_unjudged, unjudged ? 1 : 0);
	return read;
}

static struct observation observe_name(enum observation_kind kind, const struct dns_name *name)
{
	return (struct observation){
		.kind = kind, .name = name->wire, .name_size = name->size, .labels = &name->labels
	};
}

void mail_observe_host(struct mail_observations *made, const struct mail_session_config *config,
                       enum observation_kind kind, struct smtp_text host)
{
	const size_t sizes[2] = { host.size, host.size > 0 ? strnlen(host.text, host.size) : 0 };
	made->count = 0;
	for (unsigned i = 0; i < (sizes[1] < sizes[0] ? 2 : 1); i++) {
		struct dns_name *name = &made->names[made->count];
		if (mail_observe_name(config, host.text, sizes[i], name)) {
			made->seen[made->count++] = observe_name(kind, name);
		}
	}
}

/* The greeting of the server to which a mail is sent; false if it was not captured. */
static bool make_banner(struct observation *seen, struct dns_name *name,
                        const struct mail_session_config *config,
                        const struct transcript_text *banner)
{
	if (banner->text == NULL) {
		return false;
	}
	if (mail_observe_name(config, banner->text, banner->size, name)) {
		*seen = observe_name(KIND_BANNER, name);
	} else {
		*seen = (struct observation){ .kind = KIND_BANNER,
			                      .text = banner->text,
			                      .text_size = banner->size };
	}
	return true;
}

/* Adds the observations of a mail that only pins are matched with, to those of its recipient. */
static void add_of_mail(struct mail_observations *made, const struct mail_session_config *config,
                        unsigned pinned, const struct transcript *transcript)
{
	struct observation banner;
	bool has_banner = (pinned & RULE_BIT(KIND_BANNER)) != 0 &&
	                  make_banner(&banner, &made->banner, config, &transcript->banner);
	bool lacks_tls = (pinned & RULE_BIT(KIND_TLS)) != 0 && !transcript->starttls;
	unsigned readings = made->count;
	for (unsigned i = 0; i < readings; i++) {
		const struct observation *reading = &made->seen[i];
		if (has_banner) {
			struct observation *seen = &made->seen[made->count++];
			*seen = banner;
			seen->owner = reading->name;
			seen->owner_size = reading->name_size;
		}
		if (lacks_tls) {
			made->seen[made->count++] =
			        (struct observation){ .kind = KIND_TLS,
				                      .owner = reading->name,
				                      .owner_size = reading->name_size };
		}
	}
}

void mail_observe_mailbox(struct mail_observations *made, const struct mail_session_config *config,
                          enum observation_kind kind, const struct mailbox_reading *readings,
                          unsigned count, const struct transcript *transcript)
{
	unsigned pinned = kind == KIND_RCPT ? hits_pinned(config->hits) & OF_MAIL : 0;
	made->count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct smtp_text domain = mailbox_domain(&readings[i]);
		struct dns_name *name = &made->names[made->count];
		if (!mailbox_lacks_name(&readings[i]) &&
		    mail_observe_name(config, domain.text, domain.size, name)) {
			struct observation *seen = &made->seen[made->count++];
			*seen = observe_name(kind, name);
			seen->local = readings[i].text.text;
			seen->local_size = readings[i].local_size;
		}
	}
	if (pinned != 0) {
		add_of_mail(made, config, pinned, transcript);
	}
}
