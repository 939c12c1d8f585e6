/*
 * report.h - a run for people and for CI: HTML and JUnit from run.json.
 *
 * docs/formats/run.md has the document.  The HTML is one file: inline CSS and
 * SVG, no script that is needed to read it, no outside address.  Every text is
 * untrusted and escaped.  A document with missing or odd fields gives a report
 * with gaps, never a crash.
 */
#ifndef TW_REPORT_REPORT_H
#define TW_REPORT_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "base/status.h"

/* TW_EFORMAT when run is no document of ours. */
enum tw_status tw_report_html(struct tw_buf *b, const struct tw_json *run,
                              struct tw_err *err) TW_NODISCARD;

/* JUnit XML: a testsuite per suite, a testcase per test, a failure for each
 * that was not accepted (message: cause), skipped when unverified. */
enum tw_status tw_report_junit(struct tw_buf *b, const struct tw_json *run,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_REPORT_REPORT_H */
