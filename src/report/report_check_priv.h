/*
 * report_check_priv.h - is this a document that the reports are made from?
 */
#ifndef TW_REPORT_REPORT_CHECK_PRIV_H
#define TW_REPORT_REPORT_CHECK_PRIV_H

#include "base/json.h"
#include "base/status.h"

/* TW_EFORMAT when run is no document of ours. */
enum tw_status tw_report_check(const struct tw_json *run,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_REPORT_REPORT_CHECK_PRIV_H */
