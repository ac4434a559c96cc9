/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident.h"

#include <stdlib.h>

void incident_free(struct incident_memory *memory, struct incident *incident)
{
	incident_words_free(memory, &incident->expected);
	incident_words_free(memory, &incident->seen);
	incident_words_free(memory, &incident->reasons);
	incident_words_free(memory, &incident->rules);
	incident_list_free(memory, &incident->resolvers, sizeof(struct incident_resolver));
	incident_mails_free(memory, &incident->mails);
	incident_clients_free(memory, &incident->clients);
	incident_word_free(memory, &incident->owner);
	incident_word_free(memory, &incident->network);
	free(incident);
}
