/*
 * samples_layout.c - EvalPlus results, CodeT's prompts, what a text is.
 */
#include "tasks/samples_priv.h"

#include "tasks/task_priv.h"

#include <string.h>

#include "base/banned.h"

/* One task of EvalPlus's results: a list of solutions with their statuses. */
enum tw_status tw_sample_evalplus(struct tw_sample_reader *r,
                                  const struct tw_json *value,
                                  struct tw_err *err)
{
    size_t task, n;
    const char *id = tw_json_text(r->records->key, &n);
    if (!id || memchr(id, '\0', n))
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has no task id in front of the colon");
    TW_TRY(tw_sample_task(r, id, &task, err));
    if (tw_json_kind(value) != TW_JSON_ARRAY || tw_json_len(value) == 0)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks the list of 'solution's of '%.40s'", id);
    for (size_t i = 0; i < tw_json_len(value); i++)
        TW_TRY(tw_sample_record(r, tw_json_at(value, i), task, err));
    return TW_OK;
}

/* Ids and prompts of another file.  Messages name the file at hand, so the
 * reader looks at that one for the time of each record. */
static enum tw_status read_prompts(struct tw_sample_reader *r,
                                   struct tw_records *file, struct tw_err *err)
{
    struct tw_json *record;
    struct tw_records *samples = r->records;
    for (;;) {
        const char *prompt;
        size_t task;
        TW_TRY(tw_records_next(file, &record, err));
        if (!record)
            return TW_OK;
        enum tw_status st =
            tw_records_text(file, record, "prompt", &r->scratch, &prompt, err);
        r->records = file;
        if (st == TW_OK)
            st = tw_sample_task_of(r, record, &task, err);
        r->records = samples;
        tw_json_free(record);
        TW_TRY(st);
        if (!tw_key_map_add(&r->prompts, prompt, strlen(prompt), task))
            return tw_records_fail(file, TW_EFORMAT, err,
                                   "has a 'prompt' twice, or too many");
    }
}

/* CodeT published the prompts it used beside the samples. */
static enum tw_status prompts_of_file(struct tw_sample_reader *r,
                                      struct tw_err *err)
{
    struct tw_records file;
    TW_TRY(tw_records_open(&file, r->prompts_path, err));
    enum tw_status st = read_prompts(r, &file, err);
    tw_records_close(&file);
    return st;
}

/* Two tables: from prompts to tasks, and from function names to the first task
 * that wants such a function, with the others in a list behind it (r->next). */
enum tw_status tw_sample_codet_open(struct tw_sample_reader *r,
                                    struct tw_err *err)
{
    size_t n = r->set->n;
    r->next = tw_arena_alloc(&r->scratch, n, sizeof(*r->next));
    size_t n_prompts = n;
    if (r->prompts_path)
        n_prompts = TW_TASKS_MAX; /* the file may have any number */
    tw_key_map_init(&r->prompts, &r->scratch, n_prompts);
    tw_key_map_init(&r->entries, &r->scratch, n);
    if (r->scratch.failed)
        return tw_sample_full(r, err);
    for (size_t i = n; i-- > 0;) {
        const struct tw_task *t = &r->set->tasks[i];
        size_t len = strlen(t->entry);
        r->next[i] = SIZE_MAX;
        if (len == 0)
            continue;
        size_t other = tw_key_map_find(&r->entries, t->entry, len);
        if (other == SIZE_MAX) {
            tw_key_map_add(&r->entries, t->entry, len, i);
        } else {
            r->next[i] = r->next[other];
            r->next[other] = i;
        }
    }
    if (r->prompts_path)
        return prompts_of_file(r, err);
    /* Equal prompts belong to nobody in particular: the first has them. */
    for (size_t i = 0; i < n; i++) {
        const char *prompt = r->set->tasks[i].prompt;
        tw_key_map_add(&r->prompts, prompt, strlen(prompt), i);
    }
    return TW_OK;
}

/* How many bytes two prompts have in common from their beginning. */
static size_t common_len(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* The task that wants the last function of the prompt; of several the one
 * whose prompt begins most alike (examples are removed further down). */
static size_t task_by_name(struct tw_sample_reader *r, const char *prompt)
{
    const char *entry = tw_task_python_entry(&r->scratch, prompt);
    size_t best = SIZE_MAX, best_len = 0;
    if (!entry || !*entry)
        return SIZE_MAX;
    size_t i = tw_key_map_find(&r->entries, entry, strlen(entry));
    for (; i != SIZE_MAX; i = r->next[i]) {
        size_t len = common_len(prompt, r->set->tasks[i].prompt);
        if (best == SIZE_MAX || len > best_len) {
            best = i;
            best_len = len;
        }
    }
    return best;
}

/* By the prompt itself, then by the name of its function: CodeT removed
 * examples from prompts, so they are not those of the set byte by byte. */
enum tw_status tw_sample_codet_task(struct tw_sample_reader *r,
                                    const struct tw_json *record, size_t *task,
                                    struct tw_err *err)
{
    const char *prompt;
    TW_TRY(tw_records_text(r->records, record, "prompt", &r->scratch, &prompt,
                           err));
    size_t n = strlen(prompt);
    *task = tw_key_map_find(&r->prompts, prompt, n);
    if (*task != SIZE_MAX)
        return TW_OK;
    if (!r->prompts_path)
        *task = task_by_name(r, prompt);
    if (*task == SIZE_MAX)
        return tw_records_fail(
            r->records, TW_EFORMAT, err, "has a 'prompt' of no task of %s%s",
            r->set->name, r->prompts_path ? " in the prompts file" : "");
    return TW_OK;
}

/* Python's white space within a line, and line ends. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
           c == '\v';
}

/* Nothing but white space: an empty answer. */
bool tw_sample_is_blank(const char *text, size_t n)
{
    while (n && is_space(text[n - 1]))
        n--;
    return n == 0;
}

/* Pass over what is text there but for blanks; false: something else. */
static bool take(const char **p, const char *end, const char *text)
{
    for (; *text; text++) {
        if (is_space(*text))
            continue;
        while (*p < end && is_space(**p))
            ++*p;
        if (*p == end || **p != *text)
            return false;
        ++*p;
    }
    return true;
}

/* Is the text the two one after the other, but for blanks? */
static bool takes_all(const char *p, const char *end, const char *head,
                      const char *tail)
{
    return take(&p, end, head) && take(&p, end, tail) &&
           tw_sample_is_blank(p, (size_t)(end - p));
}

/* Blanks do not count, as published solutions were reformatted; whoever submits
 * the canonical solutions for a model's answers is told. */
bool tw_sample_is_canonical(const struct tw_task *t, const char *text, size_t n)
{
    const char *end = text + n;
    if (!*t->canonical)
        return false;
    return takes_all(text, end, "", t->canonical) ||
           takes_all(text, end, t->prompt, t->canonical);
}

/* Of an identifier in any of the languages, in ASCII. */
static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* Is the word there? p need not end with a NUL. */
static bool starts(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

/* "def NAME", any name when none is known. */
static bool python_defines(const char *p, const char *eol, const char *entry)
{
    static const char *const heads[] = { "def ", "async def ", "class " };
    size_t n = strlen(entry);
    for (size_t i = 0; i < TW_ARRAY_LEN(heads); i++) {
        if (!starts(p, eol, heads[i]))
            continue;
        const char *name = p + strlen(heads[i]);
        if (n == 0 || (starts(name, eol, entry) &&
                       (name + n == eol || !is_name_char(name[n]))))
            return true;
    }
    return false;
}

/* A line with the name that opens a brace and is no statement. */
static bool braces_define(const char *p, const char *eol, const char *entry)
{
    static const char *const statements[] = { "if",     "for",  "while",
                                              "return", "else", "switch",
                                              "}",      "//",   "*" };
    size_t n = strlen(entry);
    while (p < eol && is_space(*p))
        p++;
    while (eol > p && is_space(eol[-1]))
        eol--;
    if (n == 0 || p == eol || eol[-1] != '{')
        return false;
    for (size_t i = 0; i < TW_ARRAY_LEN(statements); i++)
        if (starts(p, eol, statements[i]))
            return false;
    for (const char *s = p; s + n < eol; s++)
        if (starts(s, eol, entry) && (s == p || !is_name_char(s[-1])) &&
            !is_name_char(s[n]))
            return true;
    return false;
}

static bool defines_in_line(const char *p, const char *eol, enum tw_lang lang,
                            const char *entry)
{
    if (lang == TW_LANG_PYTHON)
        return python_defines(p, eol, entry);
    return braces_define(p, eol, entry);
}

/* A continuation begins inside of the function, so a line that defines it makes
 * a whole program.  Lines are looked at alone: a string that holds such a line
 * is rare, and an error here is told (n_odd). */
bool tw_sample_is_whole(const struct tw_task *t, enum tw_lang lang,
                        const char *text, size_t n)
{
    const char *end = text + n, *eol;
    for (const char *p = text; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t)(end - p));
        if (!eol)
            eol = end;
        if (defines_in_line(p, eol, lang, t->entry))
            return true;
        if (eol == end)
            break;
    }
    return false;
}

/* Line by line: the first that is not blank, and how braces add up. */
static long open_braces(const char *text, size_t n)
{
    long open = 0;

    for (size_t i = 0; i < n; i++)
        open += (text[i] == '{') - (text[i] == '}');
    return open;
}

/* An indented first line is no program of Python; a brace that nobody opened
 * is none of the other languages. */
bool tw_sample_is_rest(const struct tw_task *t, enum tw_lang lang,
                       const char *text, size_t n)
{
    const char *end = text + n, *p = text, *line = text;

    if (tw_sample_is_blank(text, n) || tw_sample_is_whole(t, lang, text, n))
        return false;
    if (lang != TW_LANG_PYTHON)
        return open_braces(text, n) < 0;
    for (; p < end && is_space(*p); p++)
        if (*p == '\n')
            line = p + 1;
    return p > line;
}

bool tw_sample_is_fenced(const char *text, size_t n)
{
    const char *end = text + n;

    for (const char *p = text; p < end;) {
        if (starts(p, end, "```") || starts(p, end, "~~~"))
            return true;
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            return false;
        p++;
    }
    return false;
}
