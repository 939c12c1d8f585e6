/*
 * syntax_c.c - statements and directives of C.
 */
#include <string.h>

#include "code/syntax_c_priv.h"

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

enum { ERROR_BACK = 500 }; /* tokens */

static struct tw_node *statement(struct syn *p);

static bool add(struct tw_node *to, const char *field, struct tw_node *v)
{
    if (v)
        syn_add(to, field, v);
    return v != NULL;
}

/* What did not parse, from a token on to the end of the statement. */
static struct tw_node *error(struct syn *p, size_t from)
{
    size_t reached = p->i;
    /* A long way back would be gone again at each level: it is left out. */
    if (reached > from + ERROR_BACK)
        from = reached - ERROR_BACK;
    p->i = from;
    struct tw_node *n = syn_node(p, "ERROR", syn_peek(p, 0)->at);
    p->tree->errors = true;
    for (bool more = true; more;) {
        const struct syn_token *t = syn_peek(p, 0);
        bool past = p->i >= reached && p->i > from;
        if (t->kind == SYN_END ||
            (past && (syn_is(p, "}") || t->kind == SYN_DIRECTIVE)))
            break;
        more = !(p->i >= reached && (syn_is(p, ";") || syn_is(p, "{")));
        syn_salvage(p, n, syn_c_expression,
                    t->kind == SYN_NAME        ? "identifier"
                    : t->kind == SYN_BAD       ? "ERROR"
                    : t->kind == SYN_DIRECTIVE ? "preproc_directive"
                                               : NULL);
    }
    return n;
}

static bool condition(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    return add(n, "condition", syn_c_parens(p));
}

static bool if_statement(struct syn *p, struct tw_node *n)
{
    if (!condition(p, n) || !add(n, "consequence", statement(p)))
        return false;
    if (!syn_is(p, "else"))
        return true;
    struct tw_node *e = syn_node(p, "else_clause", syn_peek(p, 0)->at);
    syn_take(p, e, NULL, NULL);
    if (!add(e, NULL, statement(p)))
        return false;
    syn_add(n, "alternative", e);
    return true;
}

static bool while_statement(struct syn *p, struct tw_node *n)
{
    return condition(p, n) && add(n, "body", statement(p));
}

static bool switch_statement(struct syn *p, struct tw_node *n)
{
    return condition(p, n) && syn_is(p, "{") &&
           add(n, "body", syn_c_compound(p));
}

static bool do_statement(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    return add(n, "body", statement(p)) && syn_is(p, "while") &&
           condition(p, n) && syn_accept(p, n, ";");
}

static bool for_statement(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    if (!syn_accept(p, n, "("))
        return false;
    if (syn_c_is_declaration(p)) {
        if (!syn_c_declaration(p, n, "initializer"))
            return false;
    } else {
        if (!syn_is(p, ";") && !add(n, "initializer", syn_c_comma(p)))
            return false;
        if (!syn_accept(p, n, ";"))
            return false;
    }
    if (!syn_is(p, ";") && !add(n, "condition", syn_c_comma(p)))
        return false;
    if (!syn_accept(p, n, ";"))
        return false;
    if (!syn_is(p, ")") && !add(n, "update", syn_c_comma(p)))
        return false;
    return syn_accept(p, n, ")") && add(n, "body", statement(p));
}

static bool return_statement(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    if (!syn_is(p, ";") && !add(n, NULL, syn_c_comma(p)))
        return false;
    return syn_accept(p, n, ";");
}

static bool word_statement(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    return syn_accept(p, n, ";");
}

static bool goto_statement(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    if (syn_peek(p, 0)->kind != SYN_NAME)
        return false;
    syn_take(p, n, "label", "statement_identifier");
    return syn_accept(p, n, ";");
}

static bool is_case(const struct syn *p)
{
    return syn_is(p, "case") || syn_is(p, "default");
}

static void item(struct syn *p, struct tw_node *to);

static bool case_statement(struct syn *p, struct tw_node *n)
{
    bool value = syn_is(p, "case");
    syn_take(p, n, NULL, NULL);
    if (value && !add(n, "value", syn_c_expression(p)))
        return false;
    if (!syn_accept(p, n, ":"))
        return false;
    while (!is_case(p) && !syn_is(p, "}") && syn_peek(p, 0)->kind != SYN_END &&
           !p->no_room)
        item(p, n);
    return true;
}

static bool expression_statement(struct syn *p, struct tw_node *n)
{
    if (!syn_is(p, ";") && !add(n, NULL, syn_c_comma(p)))
        return false;
    return syn_accept(p, n, ";");
}

static bool labeled(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, "label", "statement_identifier");
    syn_take(p, n, NULL, NULL);
    return add(n, NULL, statement(p));
}

static struct tw_node *statement_here(struct syn *p)
{
    static const struct {
        const char *word, *type;
        bool (*parse)(struct syn *, struct tw_node *);
    } kinds[] = {
        { "if", "if_statement", if_statement },
        { "for", "for_statement", for_statement },
        { "while", "while_statement", while_statement },
        { "do", "do_statement", do_statement },
        { "switch", "switch_statement", switch_statement },
        { "case", "case_statement", case_statement },
        { "default", "case_statement", case_statement },
        { "return", "return_statement", return_statement },
        { "break", "break_statement", word_statement },
        { "continue", "continue_statement", word_statement },
        { "goto", "goto_statement", goto_statement },
    };
    struct tw_node *n = syn_node(p, "expression_statement", syn_peek(p, 0)->at);
    if (syn_is(p, "{"))
        return syn_c_compound(p);
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++)
        if (syn_is(p, kinds[i].word)) {
            n->type = kinds[i].type;
            return kinds[i].parse(p, n) ? n : NULL;
        }
    if (syn_peek(p, 0)->kind == SYN_NAME && syn_is_at(p, 1, ":")) {
        n->type = "labeled_statement";
        return labeled(p, n) ? n : NULL;
    }
    return expression_statement(p, n) ? n : NULL;
}

static struct tw_node *statement(struct syn *p)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = statement_here(p);
    syn_leave(p);
    return n;
}

/* One item of a block; what does not parse becomes an ERROR.  Nothing is read
 * twice, so that errors in errors stay cheap. */
static void item(struct syn *p, struct tw_node *to)
{
    size_t from = p->i;
    int depth = p->depth;
    if (syn_peek(p, 0)->kind == SYN_DIRECTIVE) {
        syn_c_directive(p, to);
        return;
    }
    bool ok = syn_c_is_declaration(p) && !syn_is_at(p, 1, ":")
                  ? syn_c_declaration(p, to, NULL)
                  : add(to, NULL, statement(p));
    if (ok)
        return;
    p->depth = depth;
    syn_add(to, NULL, error(p, from));
}

void syn_c_items(struct syn *p, struct tw_node *to)
{
    while (syn_peek(p, 0)->kind != SYN_END && !syn_is(p, "}") &&
           !syn_c_directive_is(p, "endif") && !syn_c_directive_is(p, "else") &&
           !syn_c_directive_is(p, "elif") && !p->no_room)
        item(p, to);
}

struct tw_node *syn_c_compound(struct syn *p)
{
    struct tw_node *n = syn_node(p, "compound_statement", syn_peek(p, 0)->at);
    if (!syn_enter(p))
        return NULL;
    syn_take(p, n, NULL, NULL);
    for (;;) {
        syn_c_items(p, n);
        if (syn_peek(p, 0)->kind != SYN_DIRECTIVE)
            break;
        syn_take(p, n, NULL, "preproc_directive"); /* a stray #endif */
        p->tree->errors = true;
    }
    syn_leave(p);
    if (!syn_accept(p, n, "}")) { /* the text ends first */
        p->tree->errors = true;
        syn_add(n, NULL, syn_node(p, "MISSING \"}\"", syn_peek(p, 0)->at));
    }
    return n;
}

/* --- directives --- */

struct directive {
    size_t word, word_end; /* "define" */
    size_t rest, end;      /* what follows, without blanks around */
};

static struct directive cut(const struct syn *p, const struct syn_token *t)
{
    struct directive d = { .word = t->at + 1, .end = t->end };
    while (d.word < d.end && strchr(" \t", p->s[d.word]))
        d.word++;
    for (d.word_end = d.word; d.word_end < d.end; d.word_end++) {
        char c = p->s[d.word_end];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'))
            break;
    }
    for (d.rest = d.word_end; d.rest < d.end; d.rest++)
        if (!strchr(" \t\r", p->s[d.rest]))
            break;
    while (d.end > d.rest && strchr(" \t\r", p->s[d.end - 1]))
        d.end--;
    return d;
}

bool syn_c_directive_is(const struct syn *p, const char *word)
{
    const struct syn_token *t = syn_peek(p, 0);
    if (t->kind != SYN_DIRECTIVE)
        return false;
    struct directive d = cut(p, t);
    size_t n = strlen(word);
    return d.word_end - d.word == n && memcmp(p->s + d.word, word, n) == 0;
}

static struct tw_node *leaf(struct syn *p, const char *type, bool named,
                            size_t at, size_t end)
{
    struct tw_node *n = syn_node(p, type, at);
    n->named = named;
    n->end = end;
    return n;
}

static size_t name_end(const struct syn *p, size_t at, size_t end)
{
    while (at < end) {
        char c = p->s[at];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (c >= '0' && c <= '9')))
            break;
        at++;
    }
    return at;
}

struct tw_node *syn_c_part(struct syn *p, size_t from, size_t to)
{
    struct syn sub = { .s = p->s,
                       .n = to,
                       .a = p->a,
                       .tree = p->tree,
                       .from = from,
                       .depth = p->depth };
    sub.tokens = tw_arena_alloc(p->a, to - from + 2, sizeof(*sub.tokens));
    if (!sub.tokens) {
        p->no_room = true;
        return NULL;
    }
    syn_tokens_c(&sub);
    struct tw_node *v = syn_c_expression(&sub);
    p->no_room = p->no_room || sub.no_room;
    return syn_peek(&sub, 0)->kind == SYN_END ? v : NULL;
}

static void include(struct syn *p, struct tw_node *n, struct directive d)
{
    n->type = "preproc_include";
    syn_add(n, NULL, leaf(p, "#include", false, n->at, d.word_end));
    bool quoted = d.rest < d.end && p->s[d.rest] == '"';
    struct tw_node *path =
        quoted ? syn_c_part(p, d.rest, d.end)
               : leaf(p, "system_lib_string", true, d.rest, d.end);
    add(n, "path", path);
}

static void define(struct syn *p, struct tw_node *n, struct directive d)
{
    size_t end = name_end(p, d.rest, d.end);
    n->type = "preproc_def";
    syn_add(n, NULL, leaf(p, "#define", false, n->at, d.word_end));
    syn_add(n, "name", leaf(p, "identifier", true, d.rest, end));
    if (end < d.end && p->s[end] == '(') {
        struct tw_node *list = leaf(p, "preproc_params", true, end, end);
        n->type = "preproc_function_def";
        for (; end < d.end && p->s[end] != ')'; end++) {
            size_t stop = name_end(p, end, d.end);
            if (stop == end) {
                if (p->s[end] == '(' || p->s[end] == ',')
                    syn_add(list, NULL,
                            leaf(p, p->s[end] == '(' ? "(" : ",", false, end,
                                 end + 1));
                continue;
            }
            syn_add(list, NULL, leaf(p, "identifier", true, end, stop));
            end = stop - 1;
        }
        syn_add(list, NULL, leaf(p, ")", false, end, end + (end < d.end)));
        end += end < d.end;
        syn_add(n, "parameters", list);
    }
    while (end < d.end && strchr(" \t", p->s[end]))
        end++;
    if (end < d.end)
        syn_add(n, "value", leaf(p, "preproc_arg", true, end, d.end));
}

/* From the condition to #endif, else branches nested in each other. */
static void conditional(struct syn *p, struct tw_node *n, struct directive d,
                        const char *word)
{
    bool named = strcmp(word, "#ifdef") == 0 || strcmp(word, "#ifndef") == 0;
    syn_add(n, NULL, leaf(p, word, false, n->at, d.word_end));
    if (named)
        syn_add(n, "name", leaf(p, "identifier", true, d.rest, d.end));
    else if (strcmp(word, "#else") != 0)
        add(n, "condition", syn_c_part(p, d.rest, d.end));
    p->i++;
    syn_c_items(p, n);
}

static void branches(struct syn *p, struct tw_node *n)
{
    struct tw_node *at = n;
    while (syn_c_directive_is(p, "elif") || syn_c_directive_is(p, "else")) {
        const struct syn_token *t = syn_peek(p, 0);
        bool last = syn_c_directive_is(p, "else");
        struct tw_node *e =
            syn_node(p, last ? "preproc_else" : "preproc_elif", t->at);
        conditional(p, e, cut(p, t), last ? "#else" : "#elif");
        syn_add(at, "alternative", e);
        at = e;
    }
    if (!syn_c_directive_is(p, "endif")) {
        p->tree->errors = true;
        return;
    }
    const struct syn_token *t = syn_peek(p, 0);
    syn_add(n, NULL, leaf(p, "#endif", false, t->at, t->end));
    p->i++;
}

void syn_c_directive(struct syn *p, struct tw_node *to)
{
    const struct syn_token *t = syn_peek(p, 0);
    struct directive d = cut(p, t);
    struct tw_node *n = syn_node(p, "preproc_call", t->at);
    const char *word = syn_c_directive_is(p, "ifdef")    ? "#ifdef"
                       : syn_c_directive_is(p, "ifndef") ? "#ifndef"
                       : syn_c_directive_is(p, "if")     ? "#if"
                                                         : NULL;
    if (word && syn_enter(p)) {
        n->type = word[3] ? "preproc_ifdef" : "preproc_if";
        conditional(p, n, d, word);
        branches(p, n);
        syn_leave(p);
        syn_add(to, NULL, n);
        return;
    }
    if (syn_c_directive_is(p, "include")) {
        include(p, n, d);
    } else if (syn_c_directive_is(p, "define")) {
        define(p, n, d);
    } else {
        syn_add(n, "directive",
                leaf(p, "preproc_directive", true, n->at, d.word_end));
        if (d.rest < d.end)
            syn_add(n, "argument", leaf(p, "preproc_arg", true, d.rest, d.end));
    }
    p->i++;
    syn_add(to, NULL, n);
}

void syn_c(struct syn *p)
{
    struct tw_node *root = p->tree->root;
    for (;;) {
        syn_c_items(p, root);
        if (syn_peek(p, 0)->kind == SYN_END || p->no_room)
            return;
        /* A bracket or directive that closes nothing. */
        struct tw_node *n = syn_node(p, "ERROR", syn_peek(p, 0)->at);
        p->tree->errors = true;
        syn_take(p, n, NULL, NULL);
        syn_add(root, NULL, n);
    }
}

/* NOLINTEND(misc-no-recursion) */
