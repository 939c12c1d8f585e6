/*
 * interpreter.c - find Python, and start it the same way everywhere.
 *
 * Version and flags decide what a candidate prints, so there is one place for
 * them: cold runs, zygotes and the trusted helpers must not differ.
 */
#include "python/interpreter.h"

#include "jail/jail.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* pywarm.py, made into an array at build time. */
extern const char tw_pywarm[];

/* No site module (-S, -s: nothing of the host's user decides what is loaded,
 * and the start is faster), no byte code on the disk (-B).  Not -I or -E: with
 * them Python ignores PYTHONHASHSEED, and sets would come in another order
 * each run.  The environment is the jail's own. */
#define WORDS "-S", "-s", "-B", "-X", "utf8", "-c"

const char *const tw_py_warm_words[] = { WORDS, tw_pywarm, TW_JAIL_DRIVER_FILE,
                                         NULL };

const char *tw_py_interpreter(void)
{
    /* Never what PATH says: wrappers there are slow, and are not inside. */
    static const char *const paths[] = { "/usr/bin/python3", "/bin/python3",
                                         "/usr/local/bin/python3" };

    for (size_t i = 0; i < TW_ARRAY_LEN(paths); i++)
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    return NULL;
}

void tw_py_argv(const char *argv[TW_PY_ARGV], const char *text)
{
    const char *const words[] = { tw_py_interpreter(), WORDS, text, NULL };

    static_assert(TW_ARRAY_LEN(words) == TW_PY_ARGV, "all words fit");
    memcpy(argv, words, sizeof(words));
}
