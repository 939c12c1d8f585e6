/*
 * pyrun.h - run Python in the jail and take values out.
 *
 * A job loads one source text as a module and then makes calls: either
 * function(*args) of a name that the source defines, or an expression with
 * names bound to values.  Expected values never enter the jail together with a
 * candidate: the caller compares what comes out, in C (tw_pyval_equal).
 * math and statistics names (mean, median, stdev, sqrt, ...) are at hand in
 * expressions.
 */
#ifndef TW_PYTHON_PYRUN_H
#define TW_PYTHON_PYRUN_H

#include "base/arena.h"
#include "jail/jail.h"
#include "python/interpreter.h"
#include "python/pyval.h"

struct tw_py_call {
    const char *function;     /* name in the source; NULL: use expr */
    const char *expr;         /* expression over names */
    const char *const *names; /* of args, for expr only */
    struct tw_pyval *const *args;
    size_t n_args;
};

/* One argument list in marshal's form (version 2), as a trusted helper packed
 * it: who hands it on need not look into it.  Never from a candidate. */
struct tw_py_packed {
    const char *bytes;
    size_t len;
};

struct tw_py_job {
    const char *source; /* untrusted or trusted text; "" for none */
    size_t source_len;
    const char *module_name;          /* __name__; NULL: "candidate" */
    const struct tw_jail_file *files; /* importable modules beside it */
    size_t n_files;
    const struct tw_py_call *calls;
    size_t n_calls;
    const char *rows_function; /* name in the source, called with each row */
    const struct tw_py_packed *rows;
    size_t n_rows;
    struct tw_jail_limits limits; /* of the whole job */
    /* 0: none.  A call that takes longer is MISSING (type "timeout") and the
     * job goes on, if the source lets the driver interrupt it; if not, the
     * limits of the job end it. */
    double call_s;
    bool cold; /* an interpreter of its own, no zygote */
    /* Where the marks of the jail are absent (tw_jail_spec), with other names
     * of module and file.  Cold. */
    bool elsewhere;
    /* report.reached and report.events are wanted.  opened: modules whose
     * events are no reason for reached.  Cold. */
    bool watched;
    const char *const *opened;
    size_t n_opened;
};

enum tw_py_outcome {
    TW_PY_VALUE,
    TW_PY_EXCEPTION,
    TW_PY_OPAQUE,  /* a value outside of the builtin types, or too large */
    TW_PY_MISSING, /* no record: not reached, timeout, killed, forged twice */
};

struct tw_py_result {
    enum tw_py_outcome outcome;
    struct tw_pyval *value; /* for TW_PY_VALUE */
    bool changed;  /* TW_PY_VALUE: a list, dict or set that was passed is not
                    * what it was before the call */
    char type[64]; /* exception or value type name */
    const char *classes; /* of an exception: "module.name" of its class and of
                          * all above it, with blanks between; untrusted,
                          * for tw_py_exception_is() */
    char text[160];      /* exception text, first line; untrusted */
    int line;            /* in the source, 0 unknown */
};

struct tw_py_report {
    struct tw_py_result load;   /* TW_PY_VALUE (None) when the source loaded;
                                 * type "SyntaxError", "ImportError", ... */
    struct tw_py_result *calls; /* n_calls, then n_rows, in the arena.  Of the
                                 * first 200 each is there if it was reached;
                                 * later ones may be lost with the process */
    /* The first event of the interpreter that plain computing has no use for:
     * type "os.system", text its first argument, line.  Type "": none. */
    struct tw_py_result reached;
    /* All events, "os.system in line 3; ..."; in the arena, NULL: none. */
    const char *events;
    struct tw_jail_result jail; /* release with tw_jail_result_release() */
};

/* Values and results live in the arena. */
enum tw_status tw_py_run(struct tw_jail *jail, const struct tw_py_job *job,
                         struct tw_arena *a, struct tw_py_report *report,
                         struct tw_err *err) TW_NODISCARD;

/* What tw_py_run() has a zygote keep ready; for tw_jail_warm_up(). */
extern const struct tw_jail_driver tw_pyrun_warm;

#endif /* TW_PYTHON_PYRUN_H */
