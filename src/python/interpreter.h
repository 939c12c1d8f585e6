/*
 * interpreter.h - which Python runs our drivers, and with which words.
 *
 * Cold, an interpreter gets the driver's text as its argument; warm, it starts
 * with pywarm.py, which makes the driver ready before the jail forks runs of it
 * (jail.h, struct tw_jail_driver).
 */
#ifndef TW_PYTHON_INTERPRETER_H
#define TW_PYTHON_INTERPRETER_H

#include <stddef.h>

/* Full path of the interpreter that is used; NULL when there is none. */
const char *tw_py_interpreter(void);

/* Its argv, NULL-ended, for a program given as text; argv[0] is NULL where
 * there is no interpreter.  Text and array are borrowed by what is started. */
#define TW_PY_ARGV 9
void tw_py_argv(const char *argv[TW_PY_ARGV], const char *text);

/* Arguments of an interpreter that becomes a zygote. */
extern const char *const tw_py_warm_words[];

#endif /* TW_PYTHON_INTERPRETER_H */
