/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of commands.
 *
 * A new command is a row here and a file in sensor/commands/ that defines cmd_ID() and
 * ID_help (see sensor/commands/command.h). The command line, `nsmx help`, nsmx(1) and the
 * shell completion are made from this table.
 *
 * X(BIT, ID, NAME, SUBCOMMAND, ARGUMENTS, OPERANDS, HELP)
 *
 *  BIT         COMMAND_BIT marks the command in the table of options
 *  SUBCOMMAND  the second word, or ""
 *  ARGUMENTS   the operands and options in the synopsis, with placeholders in capitals
 *  OPERANDS    candidates for completion: words, or a class such as `:files` (completion.h);
 *              NULL if the command takes no operands: main() then refuses them
 *  HELP        one sentence in the imperative, without the full stop
 */
#pragma once

/* clang-format off */
#define COMMAND_LIST(X)                                                                            \
	X(REPLAY, replay, "replay", "", "[OPTION...] FILE...", ":files",                           \
	  "Read captures and report every hit")                                                    \
	X(RUN, run, "run", "", "-i IFACE[,IFACE...] [OPTION...]", "",                              \
	  "Capture live and report every hit until SIGINT or SIGTERM")                             \
	X(RULES_CHECK, rules_check, "rules", "check", "PATH...", ":files",                         \
	  "Look for errors in rule files")                                                         \
	X(RULES_LIST, rules_list, "rules", "list", "PATH...", ":files",                            \
	  "Print rules in canonical form")                                                         \
	X(RULES_COMPILE, rules_compile, "rules", "compile", "-o FILE PATH...", ":files",           \
	  "Write compiled rules to a file, which is read in milliseconds")                         \
	X(RULES_IMPORT, rules_import, "rules", "import", "[OPTION...] FILE...", ":files",          \
	  "Turn feeds and reports into rules")                                                     \
	X(RULES_FETCH, rules_fetch, "rules", "fetch", "[OPTION...]", NULL,                          \
	  "Fetch feeds over HTTPS, and exchange their rules")                                      \
	X(RULES_PIN, rules_pin, "rules", "pin", "DOMAIN... --history DIR | CAPTURE...", ":files",  \
	  "Write pin rules of what was seen of domains")                                          \
	X(RULES_TEST, rules_test, "rules", "test", "[OPTION...] VALUE...", "",                      \
	  "Show which rules match values, and which allow silences them")                          \
	X(RULES_PUSH, rules_push, "rules", "push", "[OPTION...] redis://... FILE...", ":files redis:// rediss:// redis+unix://", \
	  "Send rules to all sensors")                                                            \
	X(HISTORY_INFO, history_info, "history", "info", "--history DIR", NULL,                    \
	  "Print what a history folder holds")                                                     \
	X(HISTORY_EXPORT, history_export, "history", "export", "--history DIR", NULL,              \
	  "Print all records of a history folder as JSON")                                         \
	X(HISTORY_MERGE, history_merge, "history", "merge", "--history DIR FOLDER...", ":files",   \
	  "Add all records of other history folders to one")                                       \
	X(HISTORY_IMPORT, history_import, "history", "import", "--history DIR FILE...", ":files",  \
	  "Add records from JSON lines to a history folder")                                       \
	X(HISTORY_FORGET, history_forget, "history", "forget",                                     \
	  "--history DIR MAILBOX|ADDRESS...", "",                                                  \
	  "Delete personal data from a history")                                            \
	X(HISTORY_TIDY, history_tidy, "history", "tidy",                                           \
	  "--history DIR [--history-keep AGES]", NULL,                                             \
	  "Remove what is too old from a history, and combine disposable names")                   \
	X(HISTORY, history, "history", "", "--history DIR [OPTION...] QUERY...", "",               \
	  "Look up which names had which DNS records, and when")                                   \
	X(HUNT, hunt, "hunt", "", "--history DIR [OPTION...]", NULL,                              \
	  "Match rules with what a history folder holds")                                          \
	X(REPORT, report, "report", "", "[OPTION...] SOURCE...", ":files redis:// rediss:// redis+unix://", \
	  "Write a report of what was seen, as a page or for other programs")                     \
	X(TAIL, tail, "tail", "", "[OPTION...] [redis://... | FILE...]", ":files redis:// rediss:// redis+unix://", \
	  "Follow the hits in a Redis stream, or show those in files")                                                     \
	X(SERVE, serve, "serve", "", "[--history DIR] [--events SOURCE] [OPTION...]", NULL,         \
	  "Serve incidents and history as pages, and to programs as CIRCL and DNSDB do")          \
	X(HELP, help, "help", "", "[COMMAND]", ":commands",                                        \
	  "Explain the commands, or the options of one")
/* clang-format on */

enum command_index {
#define X(bit, id, name, subcommand, arguments, operands, help) COMMAND_INDEX_##bit,
	COMMAND_LIST(X)
#undef X
	        COMMANDS_COUNT
};

enum command_id {
#define X(bit, id, name, subcommand, arguments, operands, help)                                    \
	COMMAND_##bit = 1 << COMMAND_INDEX_##bit,
	COMMAND_LIST(X)
#undef X
};
