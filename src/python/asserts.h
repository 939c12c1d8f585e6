/*
 * asserts.h - the helper that takes assertions apart (asserts.py), for
 * tw_helper_run().
 *
 *     tw_asserts(text, entry, params) -> one row per claim about entry:
 *         [kind, args, want, abs_tol, rel_tol, source]; kind is "value",
 *         "raises" or "other": a claim that cannot be taken apart.  params:
 *         [[name, default source or None], ...]
 *     tw_literals(texts) -> [is one, value] of each
 *     tw_expressions(texts) -> "", or why it does not compile, of each
 */
#ifndef TW_PYTHON_ASSERTS_H
#define TW_PYTHON_ASSERTS_H

extern const char tw_asserts_py[];

#endif /* TW_PYTHON_ASSERTS_H */
