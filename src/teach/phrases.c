/*
 * phrases.c - sections, keys and texts from one file: read once, then found by
 * bisection.  A curriculum asks some million times.
 */
#include "teach/phrases.h"

#include "base/arena.h"
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARENA_MAX ((size_t)16 << 20)

/* *.phrases, one behind the other (embed_text.c). */
extern const char tw_phrases_text[];
extern const size_t tw_phrases_text_size;

struct field {
    const char *key, *text; /* in the arena */
};

struct tw_section {
    const char *name;           /* in the arena */
    size_t order;               /* in the file */
    const struct field *fields; /* (n_fields) */
    size_t n_fields;
};

struct tw_phrases {
    struct tw_arena arena;
    struct tw_section *sections; /* (n): by name, then order */
    size_t n;
};

/* A file while it is read.  Keys and texts are written one behind the other;
 * the text of the last key is still open at its end. */
struct reader {
    struct tw_phrases *p;
    struct field *fields; /* (n_fields), room for one a line */
    size_t n_fields;
    char *out; /* where the next byte goes */
    size_t n_line;
    struct tw_err *err;
};

static enum tw_status fail(const struct reader *r, const char *what)
{
    return tw_fail(r->err, TW_EFORMAT, 0, "bad phrases: line %zu %s", r->n_line,
                   what);
}

/* Copies n bytes and ends them. */
static const char *put(struct reader *r, const char *bytes, size_t n)
{
    char *at = r->out;

    memcpy(at, bytes, n);
    at[n] = '\0';
    r->out += n + 1;
    return at;
}

/* Append to the text of the last key: its NUL moves. */
static void append(struct reader *r, const char *bytes, size_t n)
{
    TW_ASSERT(r->out[-1] == '\0');
    r->out--;
    (void)put(r, bytes, n);
}

static size_t skip_blanks(const char *line, size_t n)
{
    size_t i = 0;

    while (i < n && line[i] == ' ')
        i++;
    return i;
}

/* "[name]": its fields are those that follow, up to the next one. */
static enum tw_status add_section(struct reader *r, const char *line, size_t n)
{
    struct tw_section *s = &r->p->sections[r->p->n];

    if (n < 3 || line[n - 1] != ']')
        return fail(r, "is no [section]");
    *s = (struct tw_section){ .name = put(r, line + 1, n - 2),
                              .order = r->p->n,
                              .fields = r->fields + r->n_fields };
    r->p->n++;
    return TW_OK;
}

/* "key  text" */
static enum tw_status add_field(struct reader *r, const char *line, size_t n)
{
    size_t key = 0, text;

    if (!r->p->n)
        return fail(r, "stands before the first [section]");
    while (key < n && line[key] != ' ')
        key++;
    text = key + skip_blanks(line + key, n - key);
    struct field *f = &r->fields[r->n_fields++];
    f->key = put(r, line, key);
    f->text = put(r, line + text, n - text);
    r->p->sections[r->p->n - 1].n_fields++;
    return TW_OK;
}

/* An indented line: a line of code, or more of the text. */
static enum tw_status continue_field(struct reader *r, const char *line,
                                     size_t n)
{
    size_t first = skip_blanks(line, n);

    if (!r->p->n || !r->p->sections[r->p->n - 1].n_fields)
        return fail(r, "goes on with nothing");
    const struct field *f = &r->fields[r->n_fields - 1];

    TW_ASSERT(f->text + strlen(f->text) + 1 == r->out); /* the last one */
    size_t len = strlen(f->text);
    if (line[first] == '>') {
        append(r, line + first + 1, n - first - 1);
        append(r, "\n", 1);
        return TW_OK;
    }
    if (len && f->text[len - 1] != '|')
        append(r, " ", 1);
    append(r, line + first, n - first);
    return TW_OK;
}

/* Blank lines and comments end nothing: a text may go on behind them. */
static enum tw_status add_line(struct reader *r, const char *line, size_t n)
{
    if (skip_blanks(line, n) == n || line[0] == '#')
        return TW_OK;
    if (line[0] == '[')
        return add_section(r, line, n);
    if (line[0] == ' ')
        return continue_field(r, line, n);
    return add_field(r, line, n);
}

static size_t line_len(const char *line, size_t n)
{
    const char *eol = memchr(line, '\n', n);

    if (!eol)
        return n;
    return (size_t)(eol - line);
}

/* By name; rows of one name in the order of the file, which draws rely on. */
static int compare(const void *a, const void *b)
{
    const struct tw_section *x = a, *y = b;
    int by_name = strcmp(x->name, y->name);

    if (by_name)
        return by_name;
    return (x->order > y->order) - (x->order < y->order);
}

/* Two passes: the first one counts, so that nothing has to grow. */
static enum tw_status read_lines(struct tw_phrases *p, const char *text,
                                 size_t n, struct tw_err *err)
{
    struct reader r = { .p = p, .err = err };
    size_t n_lines = 1;

    for (size_t i = 0; i < n; i++)
        n_lines += text[i] == '\n';
    p->sections = tw_arena_alloc(&p->arena, n_lines, sizeof(*p->sections));
    r.fields = tw_arena_alloc(&p->arena, n_lines, sizeof(*r.fields));
    /* A line becomes at most itself, two NULs and a blank. */
    r.out = tw_arena_alloc(&p->arena, n + 3 * n_lines, 1);
    TW_TRY(tw_arena_check(&p->arena, "phrases", err));
    for (size_t at = 0; at < n;) {
        size_t len = line_len(text + at, n - at);

        r.n_line++;
        TW_TRY(add_line(&r, text + at, len));
        at += len + 1;
    }
    if (p->n)
        qsort(p->sections, p->n, sizeof(*p->sections), compare);
    return TW_OK;
}

enum tw_status tw_phrases_parse(struct tw_phrases **out, const char *text,
                                size_t n, struct tw_err *err)
{
    struct tw_phrases *p = tw_mem_zeroed(1, sizeof(*p));

    *out = NULL;
    if (!p)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for phrases");
    tw_arena_init(&p->arena, ARENA_MAX);
    enum tw_status st = read_lines(p, text, n, err);
    if (st != TW_OK) {
        tw_phrases_free(p);
        return st;
    }
    *out = p;
    return TW_OK;
}

enum tw_status tw_phrases_open(struct tw_phrases **p, struct tw_err *err)
{
    return tw_phrases_parse(p, tw_phrases_text, tw_phrases_text_size, err);
}

void tw_phrases_free(struct tw_phrases *p)
{
    if (!p)
        return;
    tw_arena_release(&p->arena);
    free(p);
}

/* The first section whose name is not before. */
static size_t first_of(const struct tw_phrases *p, const char *name)
{
    size_t low = 0, high = p->n;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (strcmp(p->sections[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Rows of one name stand side by side in the sorted list. */
size_t tw_phrases_count(const struct tw_phrases *p, const char *name)
{
    size_t first = first_of(p, name), n = 0;

    while (first + n < p->n && strcmp(p->sections[first + n].name, name) == 0)
        n++;
    return n;
}

const struct tw_section *tw_phrases_at(const struct tw_phrases *p,
                                       const char *name, size_t i)
{
    size_t at = first_of(p, name) + i;

    TW_ASSERT(at < p->n && strcmp(p->sections[at].name, name) == 0);
    return &p->sections[at];
}

/* NULL: no such key. */
static const char *find(const struct tw_section *s, const char *key)
{
    for (size_t i = 0; i < s->n_fields; i++)
        if (strcmp(s->fields[i].key, key) == 0)
            return s->fields[i].text;
    return NULL;
}

bool tw_section_has(const struct tw_section *s, const char *key)
{
    return find(s, key) != NULL;
}

const char *tw_section_get(const struct tw_section *s, const char *key)
{
    const char *text = find(s, key);

    TW_ASSERT(text != NULL);
    return text;
}

double tw_section_number(const struct tw_section *s, const char *key)
{
    return strtod(tw_section_get(s, key), NULL);
}
