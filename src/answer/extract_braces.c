/*
 * extract_braces.c - answers in C, C++, Java, JavaScript, Go to programs.
 *
 * Nothing is parsed: braces, words and literals are enough to see where a
 * function begins and ends, also in a text that is cut off or half wrong,
 * which a parser of the language would refuse.  The compiler judges later.
 *
 * The ways are tried in this order: the answer goes on where the head ends; a
 * block with the whole function; a block with its body; code behind prose.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"
#include "base/buf.h"

#include <string.h>

#include "base/banned.h"

/* A name longer than NAME_SIZE is none; more than LOOKS_MAX functions are not
 * looked at, since each look walks over the whole text. */
enum { PROGRAM_MAX = 4 << 20, NAME_SIZE = 120, LOOKS_MAX = 64 };

/* A part of an answer, on the way to a program. */
struct part {
    const struct tw_extract_task *task;
    const char *text;
    size_t n;
    struct tw_braces_def def; /* of the entry point */
    bool found;
};

static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r\n", p[i]))
            return false;
    return true;
}

/* The end of the line, or of the text. */
static const char *line_end(const char *p, const char *end)
{
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    if (!eol)
        return end;
    return eol;
}

/* Lines that hold something. */
static size_t lines_of(const char *p, const char *end)
{
    size_t n = 0;
    while (p < end) {
        const char *eol = line_end(p, end);
        n += !is_blank(p, (size_t)(eol - p));
        p = eol + (eol < end);
    }
    return n;
}

/* A task without an entry point is a program that is run as it is.  "#!" may
 * only begin a file, and a part of a program begins none. */
static struct part part_of(const struct tw_extract_task *task, const char *text,
                           size_t n)
{
    if (task->lang == TW_LANG_JS && n >= 2 && memcmp(text, "#!", 2) == 0) {
        const char *eol = line_end(text, text + n);
        n -= (size_t)(eol - text);
        text = eol;
    }
    struct part p = { .task = task, .text = text, .n = n };
    if (*task->entry)
        p.found = tw_braces_find(&p.def, text, n, task->lang, task->entry);
    return p;
}

/* Behind the last brace that closes everything; 0: there is none. */
static size_t last_close(const char *text, size_t n, enum tw_lang lang)
{
    struct tw_braces b = tw_braces_of(text, n, lang);
    size_t end = 0;
    while (tw_braces_next(&b)) {
        bool semicolon = *b.at == ';' && end > 0 && b.depth == 0;
        if ((*b.at == '}' && b.depth == 0) || semicolon)
            end = (size_t)(b.next - text);
    }
    return end;
}

/* Lines of the text that start with one of the words of declarations that may
 * stand twice. */
static void add_imports(struct tw_buf *b, const char *p, const char *end)
{
    static const char *const words[] = { "#include", "using ", "import ",
                                         "#define" };
    while (p < end) {
        const char *eol = line_end(p, end);
        for (size_t i = 0; i < TW_ARRAY_LEN(words); i++) {
            size_t n = strlen(words[i]);
            if ((size_t)(eol - p) < n || memcmp(p, words[i], n) != 0)
                continue;
            tw_buf_add(b, p, (size_t)(eol - p));
            tw_buf_addc(b, '\n');
        }
        p = eol + (eol < end);
    }
}

/* A name, for the functions that want one; false: too long. */
static bool copy_name(char name[NAME_SIZE], const struct tw_braces *b)
{
    size_t n = (size_t)(b->next - b->at);
    if (n >= NAME_SIZE)
        return false;
    memcpy(name, b->at, n);
    name[n] = '\0';
    return true;
}

/* Does the part define one of the functions of this text? */
static bool repeats(const struct part *p, const char *text, size_t n)
{
    struct tw_braces b = tw_braces_of(text, n, p->task->lang);
    for (size_t looks = 0; looks < LOOKS_MAX && tw_braces_next(&b);) {
        char name[NAME_SIZE];
        struct tw_braces_def def;
        struct tw_braces look = b;
        if (b.depth > 0 || !tw_braces_next(&look) || !strchr("(=", *look.at) ||
            !copy_name(name, &b))
            continue;
        looks++;
        if (tw_braces_find(&def, p->text, p->n, p->task->lang, name))
            return true;
    }
    return false;
}

/* As a word of the code; in a comment or a literal it does not count. */
static bool uses(const struct tw_buf *code, enum tw_lang lang, const char *name)
{
    struct tw_braces b = tw_braces_of(tw_buf_text(code), code->len, lang);
    while (tw_braces_next(&b))
        if (tw_braces_is(&b, name))
            return true;
    return false;
}

/* "const f = (x) => x + 1;": a definition without a body ends with its
 * statement.  t is at the name.  NULL: it has no value. */
static const char *statement_end(struct tw_braces t)
{
    static const char operators[] = ".?:+-*/%&|^=<>,(";
    size_t open = 0;

    if (!tw_braces_next(&t) || *t.at != '=')
        return NULL;
    for (struct tw_braces last = t; tw_braces_next(&t); last = t) {
        bool line = memchr(last.next, '\n', (size_t)(t.at - last.next)) != NULL;
        if (line && open == 0 && t.depth == 0 && !strchr(operators, *t.at) &&
            !strchr(operators, *last.at))
            return last.next;
        open += strchr("([", *t.at) != NULL;
        open -= strchr(")]", *t.at) != NULL && open > 0;
        if (*t.at == ';' && open == 0 && t.depth == 0)
            return t.next;
    }
    return t.end;
}

/* The definition of the name that t is at, with the word in front of it. */
static void add_helper(struct tw_buf *b, const struct tw_extract_task *task,
                       const char *text, size_t n, const char *word,
                       const struct tw_braces *t, const char *name)
{
    struct tw_braces_def def;
    const char *start = word, *end = NULL;

    if (tw_braces_find(&def, text, n, task->lang, name)) {
        start = def.start;
        end = def.end;
    } else if (task->lang == TW_LANG_JS) {
        end = statement_end(*t);
    }
    if (!end)
        return;
    tw_buf_addc(b, '\n');
    tw_buf_add(b, start, (size_t)(end - start));
    tw_buf_addc(b, '\n');
}

/* Whole functions behind the wanted one that it calls; where functions may be
 * used before they are defined. */
static void add_helpers(struct tw_buf *b, const struct tw_extract_task *task,
                        const char *text, size_t n)
{
    static const char *const words[] = { "func", "function", "const", "let",
                                         "var",  "class",    "type" };
    struct tw_braces t = tw_braces_of(text, n, task->lang);
    const char *word = NULL; /* that defines the next name */
    for (size_t looks = 0; looks < LOOKS_MAX && tw_braces_next(&t);) {
        char name[NAME_SIZE];
        if (word && t.depth == 0 && copy_name(name, &t) &&
            strcmp(name, task->entry) != 0) {
            looks++;
            if (uses(b, task->lang, name))
                add_helper(b, task, text, n, word, &t, name);
        }
        word = NULL;
        for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
            if (tw_braces_is(&t, words[i]))
                word = t.at;
    }
}

/* What of the head stands in front of the entry point: headers, and functions
 * that the part has not. */
static void add_front(struct tw_buf *b, const struct part *p)
{
    const char *head = p->task->head;
    struct tw_braces_def def;
    if (!head || !*p->task->entry)
        return;
    size_t n = strlen(head);
    if (tw_braces_find(&def, head, n, p->task->lang, p->task->entry))
        n = (size_t)(def.start - head);
    if (repeats(p, head, n))
        add_imports(b, head, head + n);
    else
        tw_buf_add(b, head, n);
}

/* The part without one of its definitions: a main() of the model would clash
 * with that of the tests.  JavaScript may define twice. */
static void add_without(struct tw_buf *b, const struct part *p,
                        const char *name)
{
    struct tw_braces_def def;
    if (!*p->task->entry || p->task->lang == TW_LANG_JS ||
        !tw_braces_find(&def, p->text, p->n, p->task->lang, name) || !def.end ||
        def.open == p->def.open) {
        tw_buf_add(b, p->text, p->n);
        return;
    }
    tw_buf_add(b, p->text, (size_t)(def.start - p->text));
    tw_buf_add(b, def.end, (size_t)(p->text + p->n - def.end));
}

/* The tests' class has no package, and may use none of another one. */
static const char *behind_package(const char *text)
{
    struct tw_braces b = tw_braces_of(text, strlen(text), TW_LANG_JAVA);

    if (!tw_braces_next(&b) || !tw_braces_is(&b, "package"))
        return text;
    while (tw_braces_next(&b))
        if (*b.at == ';')
            return b.next;
    return text;
}

/* The answer's class Solution, which may not be public beside the tests'. */
static void add_java_class(struct tw_buf *b, const char *head, const char *text,
                           const struct tw_braces_def *class)
{
    const char *start = class->start, *word = strstr(start, "public class");

    add_imports(b, head, head + strlen(head));
    tw_buf_add(b, text, (size_t)(start - text));
    if (word && word < class->open) {
        tw_buf_add(b, start, (size_t)(word - start));
        start = word + strlen("public ");
    }
    tw_buf_adds(b, start);
}

/* Java: a file has one public class, and the tests' is that.  An answer may be
 * a whole program, a class Solution, or a method, which is put into the class
 * that the head opens. */
static void add_java(struct tw_buf *b, const struct part *p)
{
    struct tw_buf own;
    struct tw_braces_def def;
    const char *head = p->task->head, *entry = p->task->entry;

    tw_buf_init(&own, PROGRAM_MAX);
    add_without(&own, p, "Main");
    const char *text = behind_package(tw_buf_text(&own));
    size_t n = own.len - (size_t)(text - tw_buf_text(&own));
    if (!*entry) {
        tw_buf_add(b, text, n);
    } else if (tw_braces_find(&def, text, n, TW_LANG_JAVA, "Solution")) {
        add_java_class(b, head ? head : "", text, &def);
    } else {
        const char *method = text;
        if (tw_braces_find(&def, text, n, TW_LANG_JAVA, entry))
            method = def.start;
        add_imports(b, text, text + n);
        add_front(b, p);
        tw_buf_adds(b, method);
        tw_buf_adds(b, "\n}\n");
    }
    if (own.failed)
        b->failed = own.failed;
    tw_buf_release(&own);
}

/* A part that holds a program. */
static void add_program(struct tw_buf *b, const struct part *p)
{
    if (p->task->lang == TW_LANG_JAVA) {
        add_java(b, p);
        return;
    }
    add_front(b, p);
    add_without(b, p, "main");
}

/* The program into the arena; false: no memory.  Go refuses a program with an
 * unused import, and a script of JavaScript has no exports: both are put right
 * here. */
static bool keep(struct tw_arena *a, struct tw_extract_result *r,
                 const struct tw_extract_task *task, const struct tw_buf *code)
{
    struct tw_buf plain;
    tw_buf_init(&plain, PROGRAM_MAX);
    const struct tw_buf *from = code;
    if (task->lang == TW_LANG_GO && *task->entry && r->class == TW_EXTRACT_OK) {
        const char *setup = task->setup;
        if (!setup)
            setup = "";
        tw_extract_go_imports(&plain, tw_buf_text(code), setup);
        from = &plain;
    } else if (task->lang == TW_LANG_JS) {
        tw_extract_js_plain(&plain, tw_buf_text(code), code->len);
        from = &plain;
    }
    const char *copy = NULL;
    if (!code->failed && !plain.failed)
        copy = tw_arena_text(a, tw_buf_text(from), from->len);
    r->code = "";
    if (copy)
        r->code = copy;
    tw_buf_release(&plain);
    return copy != NULL;
}

/* A program out of a part; the tail is cut where that is needed. */
static bool take_program(struct tw_arena *a, struct part *p, bool open,
                         enum tw_extract_way way, struct tw_extract_result *r)
{
    struct tw_buf b;
    size_t n = p->n;
    bool cut = open || tw_braces_depth(p->text, n, p->task->lang) > 0;
    if (cut && (p->task->lang != TW_LANG_JS || !open)) {
        size_t close = last_close(p->text, n, p->task->lang);
        if (close)
            n = close;
    }
    r->class = TW_EXTRACT_OK;
    r->way = way;
    r->n_lost = lines_of(p->text + n, p->text + p->n);
    p->n = n;
    tw_buf_init(&b, PROGRAM_MAX);
    add_program(&b, p);
    bool fine = keep(a, r, p->task, &b);
    tw_buf_release(&b);
    return fine;
}

/* Where a continuation ends. */
struct ends {
    size_t inner; /* behind the brace that closes the function; 0: none */
    size_t all;   /* behind the one that closes all of the head's */
    size_t brace; /* at the first of these */
};

/* depth: braces that the head leaves open (Java: of class and method). */
static struct ends find_ends(const char *text, size_t n, enum tw_lang lang,
                             size_t depth)
{
    struct tw_braces b = tw_braces_of(text, n, lang);
    struct ends e = { 0 };
    size_t inner = depth;
    if (inner == 0) /* the answer opens the function itself */
        inner = 1;
    b.depth = depth;
    while (!e.all && tw_braces_next(&b)) {
        if (*b.at != '}')
            continue;
        if (!e.inner && b.depth + 1 <= inner) {
            e.inner = (size_t)(b.next - text);
            e.brace = (size_t)(b.at - text);
        }
        if (b.depth == 0)
            e.all = (size_t)(b.next - text);
    }
    return e;
}

/* Java, where the class is left open: behind the last method in it. */
static size_t methods_end(const char *text, size_t n, size_t depth)
{
    struct tw_braces b = tw_braces_of(text, n, TW_LANG_JAVA);
    size_t end = 0;
    b.depth = depth;
    while (tw_braces_next(&b))
        if (*b.at == '}' && b.depth + 1 == depth)
            end = (size_t)(b.next - text);
    return end;
}

/* Up to the first of the texts that end an answer (of the task set). */
static size_t stop_len(const struct tw_extract_task *task, const char *text,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < task->n_stops; k++) {
            size_t len = strlen(task->stops[k]);
            if (len && len <= n - i &&
                memcmp(text + i, task->stops[k], len) == 0)
                return i;
        }
    return n;
}

/* A continuation of the head.  False: no memory. */
static bool take_rest(struct tw_arena *a, const struct tw_extract_task *task,
                      const char *text, size_t n, struct tw_extract_result *r)
{
    struct tw_buf b;
    size_t depth = tw_braces_depth(task->head, strlen(task->head), task->lang);
    size_t n_max = stop_len(task, text, n);
    struct ends e = find_ends(text, n_max, task->lang, depth);
    size_t end = e.inner;
    if (e.all)
        end = e.all;
    else if (end && task->lang == TW_LANG_JAVA)
        end = methods_end(text, n_max, depth);
    if (task->open_end) { /* the tests close the function */
        end = n_max;
        if (e.inner)
            end = e.brace;
    }
    r->class = TW_EXTRACT_OK;
    if (!end && !task->open_end) {
        r->class = TW_EXTRACT_SYNTAX;
        end = n_max;
    }
    r->way = TW_EXTRACT_HEAD;
    r->n_lost = lines_of(text + end, text + n);
    tw_buf_init(&b, PROGRAM_MAX);
    tw_buf_adds(&b, task->head);
    tw_buf_add(&b, text, end);
    if (!task->open_end && r->class == TW_EXTRACT_OK) {
        tw_buf_addc(&b, '\n');
        for (size_t i = 1; !e.all && i < depth; i++)
            tw_buf_adds(&b, "}\n"); /* Java's class */
        if (task->lang == TW_LANG_GO || task->lang == TW_LANG_JS)
            add_helpers(&b, task, text + end, n_max - end);
    }
    bool fine = keep(a, r, task, &b);
    tw_buf_release(&b);
    return fine;
}

/* Does the text close the head's function? */
static bool closes(const struct tw_extract_task *task, const char *text,
                   size_t n)
{
    size_t depth = tw_braces_depth(task->head, strlen(task->head), task->lang);
    return depth > 0 && find_ends(text, n, task->lang, depth).inner > 0;
}

/* Does the text begin inside of a function, as a continuation does? */
static bool goes_on(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] != '\n' && text[i] != '\r')
            return text[i] == ' ' || text[i] == '\t' || text[i] == '}';
    return false;
}

/* Where code begins behind lines of prose: at the function, or at a line in
 * front of it that begins as declarations do. */
static size_t code_start(const struct tw_extract_task *task, const char *text,
                         size_t n)
{
    static const char *const words[] = {
        "#include", "import ",  "package ", "using ",    "func ",
        "class ",   "public ",  "const ",   "function ", "let ",
        "var ",     "template", "static ",  "int ",      "struct ",
        "//",       "/*",       "type ",    "#define",   "enum ",
    };
    struct tw_braces_def def;
    size_t found = n;
    if (*task->entry && tw_braces_find(&def, text, n, task->lang, task->entry))
        found = (size_t)(def.start - text);
    for (size_t i = 0; i < found; i++) {
        if (i > 0 && text[i - 1] != '\n')
            continue;
        for (size_t k = 0; k < TW_ARRAY_LEN(words); k++) {
            size_t len = strlen(words[k]);
            if (n - i >= len && memcmp(text + i, words[k], len) == 0)
                return i;
        }
    }
    return found;
}

/* The first whole one, then the first that has to be cut; -1: none. */
static int choose_block(const struct tw_extract_task *task,
                        const struct tw_extract_blocks *cut, struct part *part)
{
    for (int whole = 1; whole >= 0; whole--)
        for (size_t i = 0; i < cut->n; i++) {
            const struct tw_extract_answer *b = &cut->blocks[i];
            *part = part_of(task, b->text, b->len);
            if (*task->entry && (!part->found || !part->def.end))
                continue;
            if (!whole || tw_braces_depth(b->text, b->len, task->lang) == 0)
                return (int)i;
        }
    return -1;
}

/* No program: which kind of loss, and the text that shows it.  False: no
 * memory. */
static bool take_loss(struct tw_arena *a, const struct tw_extract_task *task,
                      const struct tw_extract_blocks *cut,
                      struct tw_extract_result *r)
{
    struct tw_buf b;
    tw_buf_init(&b, PROGRAM_MAX);
    r->class = TW_EXTRACT_NO_CODE;
    if (cut->n)
        r->class = TW_EXTRACT_NO_ENTRY;
    for (size_t i = 0; i < cut->n; i++) {
        struct part p = part_of(task, cut->blocks[i].text, cut->blocks[i].len);
        bool broken = p.found && !p.def.end;
        if (i > 0 && !broken)
            continue;
        tw_buf_clear(&b);
        tw_buf_add(&b, p.text, p.n);
        if (broken) {
            r->class = TW_EXTRACT_SYNTAX;
            break;
        }
    }
    bool fine = keep(a, r, task, &b);
    tw_buf_release(&b);
    return fine;
}

/* Is the function there and closed; without an entry point, anything that is
 * closed? */
static bool is_program(const struct part *p)
{
    if (*p->task->entry)
        return p->found && p->def.end;
    return last_close(p->text, p->n, p->task->lang) > 0;
}

bool tw_extract_braces(struct tw_arena *a, const struct tw_extract_task *task,
                       const char *text, size_t n, struct tw_extract_result *r)
{
    struct tw_extract_blocks cut;
    struct part part;
    bool head = task->head && *task->head;
    tw_extract_cut(&cut, text, n);
    *r = (struct tw_extract_result){ .class = TW_EXTRACT_NO_CODE,
                                     .code = "",
                                     .note = "" };
    if (head && goes_on(cut.rest.text, cut.rest.len))
        return take_rest(a, task, cut.rest.text, cut.rest.len, r);
    int i = choose_block(task, &cut, &part);
    if (i >= 0)
        return take_program(a, &part, cut.open && (size_t)i + 1 == cut.n,
                            TW_EXTRACT_BLOCK, r);
    for (size_t k = 0; head && k < cut.n; k++) {
        /* A block may hold the body alone. */
        const struct tw_extract_answer *b = &cut.blocks[k];
        if (!goes_on(b->text, b->len))
            continue;
        if (!take_rest(a, task, b->text, b->len, r))
            return false;
        if (r->class == TW_EXTRACT_OK)
            return true;
    }
    size_t from = code_start(task, cut.rest.text, cut.rest.len);
    part = part_of(task, cut.rest.text + from, cut.rest.len - from);
    if (from < cut.rest.len && is_program(&part))
        return take_program(a, &part, true, TW_EXTRACT_PROSE, r);
    /* A first line without its blanks: the brace tells that it is code. */
    if (head && cut.n == 0 && closes(task, cut.rest.text, cut.rest.len))
        return take_rest(a, task, cut.rest.text, cut.rest.len, r);
    return take_loss(a, task, &cut, r);
}
