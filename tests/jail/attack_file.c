#define _GNU_SOURCE
#include "attack_file.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "### "

static const char *const groups[] = { "resources", "crash",   "processes",
                                      "files",     "secrets", "kernel",
                                      "network",   "output",  "forged",
                                      "controls" };

static bool set_lang(struct attack *a, const char *word)
{
    static const char *const names[] = { "py", "sh", "c", "forged", "honest" };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (strcmp(word, names[i]) == 0) {
            a->lang = (enum attack_lang)i;
            return true;
        }
    return false;
}

static bool set_verdicts(struct attack *a, char *list)
{
    char *rest = NULL;

    for (char *w = strtok_r(list, ",", &rest); w;
         w = strtok_r(NULL, ",", &rest)) {
        unsigned v = 0;
        while (v <= TW_END_HARNESS &&
               strcmp(w, tw_end_name((enum tw_end)v)) != 0)
            v++;
        if (v >= TW_END_HARNESS)
            return false;
        a->verdicts |= 1u << v;
    }
    return true;
}

static bool set_key(struct attack *a, const char *word)
{
    const char *value = strchr(word, '=');

    if (!value++)
        return false;
    if (strncmp(word, "wall=", 5) == 0)
        a->wall_s = strtod(value, NULL);
    else if (strncmp(word, "cpu=", 4) == 0)
        a->cpu_s = strtod(value, NULL);
    else if (strncmp(word, "must=", 5) == 0)
        snprintf(a->must, sizeof(a->must), "%s", value);
    else if (strcmp(word, "free=user") == 0)
        a->free = ATTACK_FREE_USER;
    else if (strcmp(word, "free=root") == 0)
        a->free = ATTACK_FREE_ROOT;
    else if (strcmp(word, "weak=got") == 0)
        a->weak_got = true;
    else if (strcmp(word, "weak=fail") == 0)
        a->weak_fails = true;
    else
        return false;
    return true;
}

/* The words after the mark. */
static bool head_read(struct attack *a, const char *group, char *line)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " ", &rest);
    const char *lang = strtok_r(NULL, " ", &rest);

    *a = (struct attack){ .must = "tried", .wall_s = 5, .cpu_s = 5 };
    snprintf(a->group, sizeof(a->group), "%s", group);
    a->control = strcmp(group, "controls") == 0;
    if (!name || !lang || strlen(name) >= sizeof(a->name) || !set_lang(a, lang))
        return false;
    snprintf(a->name, sizeof(a->name), "%s", name);
    char *word = strtok_r(NULL, " ", &rest);
    if (a->lang != ATTACK_FORGED) {
        if (!word || !set_verdicts(a, word))
            return false;
        word = strtok_r(NULL, " ", &rest);
    }
    for (; word; word = strtok_r(NULL, " ", &rest))
        if (!set_key(a, word))
            return false;
    return true;
}

/* Takes the text apart, in place. */
static bool group_read(struct attacks *all, const char *group, char *text)
{
    char *at = strstr(text, MARK);

    while (at) {
        char *line = at + strlen(MARK), *body = strchr(line, '\n');
        char *next = body ? strstr(body, "\n" MARK) : NULL;
        if (!body)
            return false;
        *body++ = '\0';
        if (next) {
            next[0] = '\n';
            next[1] = '\0';
        }
        void *list = realloc(all->list, (all->n + 1) * sizeof(*all->list));
        if (!list)
            return false;
        all->list = list;
        struct attack *a = &all->list[all->n];
        if (!head_read(a, group, line)) {
            printf("# cannot read '%s' of %s\n", line, group);
            return false;
        }
        a->text = strdup(body);
        all->n++;
        at = next ? next + 1 : NULL;
        if (at)
            *at = '#'; /* of the mark */
    }
    return true;
}

static char *text_of(const char *folder, const char *name, size_t *n)
{
    char path[512];
    struct tw_buf b;
    struct tw_err err = { 0 };

    tw_buf_init(&b, (size_t)64 << 20);
    if (folder)
        snprintf(path, sizeof(path), "%s/tests/jail/attacks/%s", folder, name);
    else
        snprintf(path, sizeof(path), "%s", name);
    if (tw_file_read(&b, path, &err) != TW_OK) {
        printf("# %s\n", err.msg);
        tw_buf_release(&b);
        return NULL;
    }
    *n = b.len;
    return tw_buf_take(&b);
}

bool attacks_load(struct attacks *a)
{
    const char *source = getenv("TW_SOURCE"), *tool = getenv("TW_ATTACK_TOOL");
    size_t n;
    bool good = source && tool;

    *a = (struct attacks){ 0 };
    if (!good)
        printf("# TW_SOURCE and TW_ATTACK_TOOL have to be set\n");
    for (size_t i = 0; good && i < TW_ARRAY_LEN(groups); i++) {
        char file[32];
        snprintf(file, sizeof(file), "%s.txt", groups[i]);
        char *text = text_of(source, file, &n);
        good = text && group_read(a, groups[i], text);
        free(text);
    }
    if (good) {
        a->prelude = text_of(source, "prelude.py", &n);
        a->tool = text_of(NULL, tool, &a->n_tool);
    }
    return good && a->prelude && a->tool;
}

void attacks_release(struct attacks *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->list[i].text);
    free(a->list);
    free(a->prelude);
    free(a->tool);
}
