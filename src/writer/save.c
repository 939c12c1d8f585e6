/*
 * save.c - scripts into a folder where the user has files too.
 *
 * People edit scripts and keep them under the same name.  A file that does
 * not carry our mark is theirs: it stays, and ours gets another name.
 */
#include "base/file.h"
#include "writer/emit.h"

#include <string.h>

#include "base/banned.h"

/* The mark stands in the first or second line, behind "#!...". */
enum { MARK_BYTES = 256 };

/* May the file be replaced: is it absent or ours?  A file that cannot be read
 * is not ours. */
bool tw_save_is_ours(const char *path)
{
    struct tw_file_map m;
    if (!tw_file_exists(path))
        return true;
    if (tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    struct tw_buf head;
    tw_buf_init(&head, MARK_BYTES + 1);
    tw_buf_addc(&head, '\n'); /* so that each line has one in front */
    size_t n = m.len;
    if (n > MARK_BYTES)
        n = MARK_BYTES;
    tw_buf_add(&head, m.bytes, n);
    bool ours = strstr(tw_buf_text(&head), "\n" TW_EMIT_MARK) != NULL;
    tw_buf_release(&head);
    tw_file_map_close(&m);
    return ours;
}

const char *tw_save_other_name(struct tw_arena *a, const char *name)
{
    size_t stem = strcspn(name, "."); /* names have no dot but of suffixes */
    return tw_arena_textf(a, "%.*s+new%s", (int)stem, name, name + stem);
}

enum tw_status tw_writer_save(const struct tw_script *script, const char *dir,
                              struct tw_arena *a, const char **path,
                              struct tw_err *err)
{
    *path = NULL;
    const char *folder = tw_file_join(a, dir, script->folder);
    TW_TRY(tw_arena_check(a, "a path", err));
    TW_TRY(tw_file_mkdirs(folder, err));
    char *full = tw_file_join(a, folder, script->name);
    TW_TRY(tw_arena_check(a, "a path", err));
    if (!tw_save_is_ours(full)) {
        const char *name = tw_save_other_name(a, script->name);
        TW_TRY(tw_arena_check(a, "a path", err));
        full = tw_file_join(a, folder, name);
        TW_TRY(tw_arena_check(a, "a path", err));
        if (!tw_save_is_ours(full))
            return tw_fail(err, TW_EIO, 0,
                           "cannot replace '%.120s': not written by this "
                           "program",
                           full);
    }
    *path = full;
    return tw_file_write(full, script->text, strlen(script->text), err);
}
