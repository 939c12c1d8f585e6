/*
 * mutate_c.c - faults of C by token rules, inside of function bodies.
 *
 * Tokens do not tell a product from a declaration of a pointer: what the rules
 * take for an operator and is none does not compile, and drops out then.
 */
#include <stdio.h>
#include <string.h>

#include "code/ctok.h"
#include "inspect/mutation_priv.h"

#include "base/banned.h"

/* Sites of one text; bytes of "a becomes b", each side cut to OLD_MAX and
 * NEW_MAX. */
enum { SITES_MAX = 20000, WHAT_MAX = 96, OLD_MAX = 32, NEW_MAX = 36 };

/* The text and its sites so far; sites: SITES_MAX, in the arena. */
struct mutate {
    struct tw_arena *a;
    struct tw_ctoks t;
    struct tw_site *sites;
    size_t n;
};

/* Words that begin a declaration; a type of the program itself is not known. */
static const char *const types[] = {
    "int",  "char",     "short",    "long",   "float",    "double",
    "void", "signed",   "const",    "size_t", "unsigned", "struct",
    "enum", "union",    "static",   "extern", "bool",     "_Bool",
    "auto", "register", "volatile", "FILE",   "ssize_t",  NULL,
};

/* Words behind which no operator is binary. */
static const char *const keywords[] = {
    "if",      "else", "for",    "while", "do",       "switch", "case",
    "default", "goto", "return", "break", "continue", "sizeof", NULL,
};

/* False behind the last token too, so that rules may look ahead. */
static bool kind_is(const struct mutate *m, size_t i, enum tw_lex_kind kind)
{
    return i < m->t.n && m->t.tokens[i].kind == kind;
}

/* A type by its name: a keyword, or one that ends in _t. */
static bool is_type(const struct mutate *m, size_t i)
{
    if (!kind_is(m, i, TW_LEX_NAME))
        return false;
    const struct tw_lex_token *k = &m->t.tokens[i];
    return tw_ctok_among(&m->t, i, types) ||
           (k->len > 2 && memcmp(m->t.text + k->at + k->len - 2, "_t", 2) == 0);
}

/* Something ends here that an operator could follow: a name, a literal, a
 * closed bracket. */
static bool ends_operand(const struct mutate *m, size_t i)
{
    if (kind_is(m, i, TW_LEX_NAME))
        return !tw_ctok_among(&m->t, i, keywords) && !is_type(m, i);
    return kind_is(m, i, TW_LEX_NUMBER) || kind_is(m, i, TW_LEX_CHAR) ||
           tw_ctok_is(&m->t, i, ")") || tw_ctok_is(&m->t, i, "]");
}

/* "a - b" and not "-b": an operand stands in front. */
static bool is_binary(const struct mutate *m, size_t i)
{
    return i > 0 && ends_operand(m, i - 1);
}

/* How much of a text a line of a report shows. */
struct shown {
    int n;
    const char *more; /* what stands for the rest */
};

/* With room for the dots, so that max holds for both. */
static struct shown shorten(size_t len, int max)
{
    if (len > (size_t)max)
        return (struct shown){ max - 2, ".." };
    return (struct shown){ (int)len, "" };
}

/* Tokens first .. last become the text that front, their own text (if whole)
 * and back make. */
static void add(struct mutate *m, const char *op, size_t first, size_t last,
                const char *front, bool whole, const char *back)
{
    const struct tw_lex_token *f = &m->t.tokens[first], *l = &m->t.tokens[last];
    size_t len = l->at + l->len - f->at, inner = 0;
    if (whole)
        inner = len;
    size_t nf = strlen(front), nb = strlen(back);
    if (m->n == SITES_MAX)
        return;
    char *put = tw_arena_alloc(m->a, nf + inner + nb + 1, 1);
    char what[WHAT_MAX];
    if (!put) /* the arena remembers */
        return;
    memcpy(put, front, nf);
    memcpy(put + nf, m->t.text + f->at, inner);
    memcpy(put + nf + inner, back, nb);
    struct shown old = shorten(len, OLD_MAX);
    struct shown new = shorten(nf + inner + nb, NEW_MAX);
    snprintf(what, sizeof(what), "%.*s%s becomes %.*s%s", old.n,
             m->t.text + f->at, old.more, new.n, put, new.more);
    for (char *c = what; *c; c++)
        if (*c == '\n' || *c == '\t' || *c == '\r')
            *c = ' ';
    m->sites[m->n] = (struct tw_site){
        .op = op,
        .line = f->line,
        .what = tw_arena_text(m->a, what, strlen(what)),
        .id = m->n,
        .at = f->at,
        .len = len,
        .put = put,
    };
    m->n++;
}

/* Another token in its place. */
static void swap(struct mutate *m, const char *op, size_t i, const char *to)
{
    add(m, op, i, i, to, false, "");
}

/* Each relation becomes every other one: the tests must tell < from <= as well
 * as from >. */
static void relation(struct mutate *m, size_t i)
{
    static const char *const all[] = { "<", "<=", ">", ">=", "==", "!=" };
    bool is_one = false;
    for (size_t k = 0; k < TW_ARRAY_LEN(all); k++)
        is_one = is_one || tw_ctok_is(&m->t, i, all[k]);
    for (size_t k = 0; is_one && k < TW_ARRAY_LEN(all); k++)
        if (!tw_ctok_is(&m->t, i, all[k]))
            swap(m, "ROR", i, all[k]);
}

/* What may be unary (* & + -) must be binary here: its other meaning would
 * not compile with the new operator. */
static void operators(struct mutate *m, size_t i)
{
    static const struct {
        const char *from, *to[2], *op;
    } rules[] = {
        { "+", { "-", "*" }, "AOR" },     { "-", { "+", "*" }, "AOR" },
        { "*", { "/", "+" }, "AOR" },     { "/", { "*", "-" }, "AOR" },
        { "%", { "/", "*" }, "AOR" },     { "<<", { ">>", NULL }, "AOR" },
        { ">>", { "<<", NULL }, "AOR" },  { "&", { "|", NULL }, "AOR" },
        { "|", { "&", NULL }, "AOR" },    { "^", { "&", NULL }, "AOR" },
        { "&&", { "||", NULL }, "LCR" },  { "||", { "&&", NULL }, "LCR" },
        { "+=", { "-=", "=" }, "ASR" },   { "-=", { "+=", "=" }, "ASR" },
        { "*=", { "/=", "=" }, "ASR" },   { "/=", { "*=", "=" }, "ASR" },
        { "%=", { "=", NULL }, "ASR" },   { "&=", { "|=", "=" }, "ASR" },
        { "|=", { "&=", "=" }, "ASR" },   { "^=", { "=", NULL }, "ASR" },
        { "<<=", { ">>=", "=" }, "ASR" }, { ">>=", { "<<=", "=" }, "ASR" },
        { "++", { "--", NULL }, "ASR" },  { "--", { "++", NULL }, "ASR" },
    };
    for (size_t k = 0; k < TW_ARRAY_LEN(rules); k++) {
        if (!tw_ctok_is(&m->t, i, rules[k].from) ||
            (strcmp(rules[k].op, "AOR") == 0 && !is_binary(m, i)))
            continue;
        for (size_t j = 0; j < 2 && rules[k].to[j]; j++)
            swap(m, rules[k].op, i, rules[k].to[j]);
    }
}

/* Sign or negation taken out, and a minus put in front of an operand of a
 * relation or a sum. */
static void unary(struct mutate *m, size_t i)
{
    static const char *const around[] = { "<",  "<=", ">", ">=", "==",
                                          "!=", "+",  "-", NULL };
    if ((tw_ctok_is(&m->t, i, "!") || tw_ctok_is(&m->t, i, "-") ||
         tw_ctok_is(&m->t, i, "~")) &&
        !is_binary(m, i) && !kind_is(m, i + 1, TW_LEX_NUMBER))
        swap(m, "UOI", i, "");
    if (!kind_is(m, i, TW_LEX_NAME) || tw_ctok_among(&m->t, i, keywords) ||
        is_type(m, i) || i == 0 || tw_ctok_is(&m->t, i - 1, ".") ||
        tw_ctok_is(&m->t, i - 1, "->"))
        return;
    static const char *const follows[] = { "(",  "[",  ".", "->",
                                           "++", "--", "=", NULL };
    if ((tw_ctok_among(&m->t, i - 1, around) ||
         tw_ctok_among(&m->t, i + 1, around)) &&
        !tw_ctok_among(&m->t, i + 1, follows))
        add(m, "UOI", i, i, "(-", true, ")");
}

/* A number beside, none, and with another sign.  Numbers that look like a
 * limit (real ones, or of three digits) also move by one percent: only a test
 * at the limit sees that. */
static void constant(struct mutate *m, size_t i)
{
    if (tw_ctok_is(&m->t, i, "true"))
        swap(m, "CRP", i, "false");
    if (tw_ctok_is(&m->t, i, "false"))
        swap(m, "CRP", i, "true");
    if (!kind_is(m, i, TW_LEX_NUMBER))
        return;
    const struct tw_lex_token *k = &m->t.tokens[i];
    const char *text = m->t.text + k->at;
    bool real = false, hex = k->len > 1 && (text[1] | 32) == 'x';
    for (size_t c = 0; c < k->len; c++)
        real = real || text[c] == '.' || (!hex && (text[c] | 32) == 'e');
    bool zero = tw_ctok_is(&m->t, i, "0") || tw_ctok_is(&m->t, i, "0.0");
    add(m, "CRP", i, i, "(", true, " + 1)");
    add(m, "CRP", i, i, "(", true, " - 1)");
    if (zero)
        return;
    swap(m, "CRP", i, "0");
    add(m, "CRP", i, i, "(-", true, ")");
    if (real) {
        add(m, "CRP", i, i, "(", true, " * 1.01)");
        add(m, "CRP", i, i, "(", true, " * 0.99)");
    } else if (k->len > 2 && !hex) { /* a threshold, not a count */
        add(m, "CRP", i, i, "(", true, " * 101 / 100)");
        add(m, "CRP", i, i, "(", true, " * 99 / 100)");
    }
}

/* if ( ... ), while ( ... ), and the middle of for ( ; ... ; ): turned round;
 * an if also never taken, which stands for its deleted branch. */
static void condition(struct mutate *m, size_t i)
{
    size_t open = i + 1, end = tw_ctok_close(&m->t, open);
    if (!tw_ctok_is(&m->t, open, "(") || end >= m->t.n || end == open + 1)
        return;
    if (tw_ctok_is(&m->t, i, "if") || tw_ctok_is(&m->t, i, "while"))
        add(m, "COI", open, end, "(!", true, ")");
    if (tw_ctok_is(&m->t, i, "if"))
        add(m, "SDL", open, end, "(0 && ", true, ")");
    if (!tw_ctok_is(&m->t, i, "for"))
        return;
    size_t from = open + 1, to;
    while (from < end && !tw_ctok_is(&m->t, from, ";"))
        from++;
    for (to = from + 1; to < end && !tw_ctok_is(&m->t, to, ";");)
        to++;
    if (from + 1 < to && to < end)
        add(m, "COI", from + 1, to - 1, "!(", true, ")");
}

/* The ";" of the statement at i; t.n when it has none of its own. */
static size_t statement_end(const struct mutate *m, size_t i)
{
    while (i < m->t.n && !tw_ctok_is(&m->t, i, ";")) {
        if (tw_ctok_is(&m->t, i, "}") || tw_ctok_is(&m->t, i, "{"))
            return m->t.n;
        i = tw_ctok_close(&m->t, i) + 1;
    }
    return i;
}

/* Does token i begin a statement?  Behind ; { } ) else do :, and ) only of a
 * head; what is no statement there is a declaration, or does not compile. */
static bool begins_statement(const struct mutate *m, size_t i)
{
    static const char *const before[] = {
        ";", "{", "}", "else", "do", ":", NULL
    };
    if (i == 0 || !tw_ctok_among(&m->t, i - 1, before))
        return false;
    return (kind_is(m, i, TW_LEX_NAME) && !is_type(m, i) &&
            !tw_ctok_among(&m->t, i, keywords)) ||
           tw_ctok_is(&m->t, i, "*") || tw_ctok_is(&m->t, i, "++") ||
           tw_ctok_is(&m->t, i, "--");
}

/* Deleted; "name name" is a declaration, and would be missed later. */
static void statement(struct mutate *m, size_t i)
{
    if (!begins_statement(m, i) ||
        (kind_is(m, i, TW_LEX_NAME) && kind_is(m, i + 1, TW_LEX_NAME)))
        return;
    size_t end = statement_end(m, i);
    if (end < m->t.n && end > i)
        add(m, "SDL", i, end, ";", false, "");
}

/* return of another value. */
static void result(struct mutate *m, size_t i)
{
    size_t end = statement_end(m, i);
    if (!tw_ctok_is(&m->t, i, "return") || end >= m->t.n || end == i + 1)
        return;
    bool one = end == i + 2;
    if (!one || !tw_ctok_is(&m->t, i + 1, "0"))
        add(m, "RVR", i + 1, end - 1, "0", false, "");
    if (!one || !tw_ctok_is(&m->t, i + 1, "1"))
        add(m, "RVR", i + 1, end - 1, "1", false, "");
}

/* One beside; "int a[3]" is no index. */
static void index_of(struct mutate *m, size_t i)
{
    size_t end = tw_ctok_close(&m->t, i);
    if (!tw_ctok_is(&m->t, i, "[") || end >= m->t.n || end == i + 1 || i == 0 ||
        !ends_operand(m, i - 1) || (i > 1 && is_type(m, i - 2)))
        return;
    add(m, "IDX", i + 1, end - 1, "(", true, ") + 1");
    add(m, "IDX", i + 1, end - 1, "(", true, ") - 1");
}

/* In a switch, continue means the loop around it; without one the mutant does
 * not compile, and drops out. */
static void jump(struct mutate *m, size_t i)
{
    if (tw_ctok_is(&m->t, i, "break"))
        swap(m, "BCR", i, "continue");
    if (tw_ctok_is(&m->t, i, "continue"))
        swap(m, "BCR", i, "break");
}

/* ( type words and stars ) in front of an operand: without the cast the
 * arithmetic is done in another type. */
static void cast(struct mutate *m, size_t i)
{
    size_t end = tw_ctok_close(&m->t, i);
    if (!tw_ctok_is(&m->t, i, "(") || end >= m->t.n || end == i + 1 ||
        is_binary(m, i) || (i > 0 && tw_ctok_is(&m->t, i - 1, "sizeof")))
        return;
    bool named = false;
    for (size_t k = i + 1; k < end; k++) {
        bool tag = k > i + 1 && (tw_ctok_is(&m->t, k - 1, "struct") ||
                                 tw_ctok_is(&m->t, k - 1, "enum"));
        named = named || is_type(m, k);
        if (!is_type(m, k) && !tag && !tw_ctok_is(&m->t, k, "*"))
            return;
    }
    if (named &&
        (kind_is(m, end + 1, TW_LEX_NAME) ||
         kind_is(m, end + 1, TW_LEX_NUMBER) || tw_ctok_is(&m->t, end + 1, "(")))
        add(m, "CST", i, end, "", false, "");
}

/* Calls that only print change no result that tests see: such mutants would
 * survive every test, and lower the score for nothing. */
static bool is_output(const struct mutate *m, size_t i)
{
    static const char *const names[] = { "printf", "fprintf", "puts",
                                         "fputs",  "perror",  NULL };
    return tw_ctok_among(&m->t, i, names) && tw_ctok_is(&m->t, i + 1, "(");
}

/* All rules at each token: a rule that does not fit does nothing. */
static void rules(struct mutate *m, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        if (is_output(m, i)) {
            i = tw_ctok_close(&m->t, i + 1);
            continue;
        }
        relation(m, i);
        operators(m, i);
        unary(m, i);
        constant(m, i);
        condition(m, i);
        statement(m, i);
        result(m, i);
        index_of(m, i);
        jump(m, i);
        cast(m, i);
    }
}

/* main() of a program that is tested apart is its frame, and is left alone. */
enum tw_status tw_mutate_c(struct tw_arena *a, const struct tw_source *source,
                           struct tw_site **sites, size_t *n,
                           struct tw_err *err)
{
    struct mutate m = { .a = a };
    struct tw_cfunction *f;
    size_t n_functions;
    TW_TRY(tw_ctok_read(&m.t, a, source->text, source->n, false, err));
    TW_TRY(tw_ctok_functions(&m.t, a, &f, &n_functions, err));
    m.sites = tw_arena_alloc(a, SITES_MAX, sizeof(*m.sites));
    TW_TRY(tw_arena_check(a, "an inspection", err));
    for (size_t i = 0; i < n_functions; i++)
        if (!tw_ctok_is(&m.t, f[i].name, "main"))
            rules(&m, f[i].open + 1, f[i].close);
    *sites = m.sites;
    *n = m.n;
    return tw_arena_check(a, "an inspection", err);
}
