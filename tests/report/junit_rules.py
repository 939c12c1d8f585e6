"""junit_rules.py - is junit.xml what the schema of Jenkins's xUnit plugin wants?

usage: junit_rules.py PROGRAM

The rules below are those of the schema, written anew: which elements may stand
where, which attributes each has, what form they have. A run with a test of
every status and hostile texts is rendered and checked. TAP on stdout.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

NUMBER = r"\d+"
TIME = r"\d+(\.\d{1,3})?"
ANY = r"(?s).*"
# element: (children, attributes that must be there, others)
RULES = {
    "testsuites": ({"testsuite"}, {}, {"name": ANY, "time": TIME,
                   "tests": NUMBER, "failures": NUMBER, "disabled": NUMBER,
                   "errors": NUMBER}),
    "testsuite": ({"testsuite", "properties", "testcase", "system-out",
                   "system-err"}, {"name": ANY, "tests": NUMBER},
                  {"failures": NUMBER, "errors": NUMBER, "time": TIME,
                   "skipped": NUMBER, "hostname": ANY, "id": ANY,
                   "package": ANY, "group": ANY, "file": ANY, "log": ANY,
                   "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}),
    "properties": ({"property"}, {}, {}),
    "property": (set(), {"name": r".+", "value": ANY}, {}),
    "testcase": ({"skipped", "error", "failure", "system-out", "system-err"},
                 {"name": ANY, "classname": ANY},
                 {"time": TIME, "group": ANY}),
    "skipped": (set(), {}, {"message": ANY, "type": ANY}),
    "failure": (set(), {}, {"message": ANY, "type": ANY}),
    "error": (set(), {}, {"message": ANY, "type": ANY}),
    "system-out": (set(), {}, {}),
    "system-err": (set(), {}, {}),
}
STATUSES = ("accepted", "rejected", "finding", "vacuous", "unverified",
            "contradiction", "no cases", "weak", "invalid", "of nobody")
NASTY = "a<b>&\"'\u001b[31m\u0000]]>\ud83d\ufffe é"


def faults(element):
    """What is wrong with the element and all in it."""
    if element.tag not in RULES:
        return ["unknown element " + element.tag]
    children, needed, others = RULES[element.tag]
    found = []
    for name in needed.keys() - element.keys():
        found.append("%s lacks %s" % (element.tag, name))
    for name, value in element.items():
        form = needed.get(name) or others.get(name)
        if form is None or not re.fullmatch(form, value):
            found.append("%s: %s=%r" % (element.tag, name, value))
    for child in element:
        if child.tag not in children:
            found.append("%s in %s" % (child.tag, element.tag))
        found += faults(child)
    return found


def case(status, accepted, text):
    return {"suite": "s" + text, "id": "T-" + status, "title": text,
            "status": status, "accepted": accepted, "cause": text,
            "findings": [text], "strength": {"text": "weak: " + text},
            "question": {"call": text, "answers": [{"text": text, "n": 1}]},
            "cases": [{"verdict": "wrong", "call": text, "want": "1",
                       "got": text}],
            "script": {"path": "scripts/test_a.py", "sha256": "0" * 64},
            "times": {"total_s": 1.25}}


def document(created, text):
    return {"format": "trialwright-run-1", "version": "0.1.0", "title": text,
            "created": created, "seed": 1, "project": text,
            "project_sha256": "0" * 64, "model": {"name": text},
            "tests": [case(s, s == "accepted", text) for s in STATUSES]}


def check(program, run):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "run.json"), "w",
                  encoding="utf-8") as f:
            json.dump(run, f)
        done = subprocess.run([program, "report", folder], text=True,
                              capture_output=True, timeout=60)
        path = os.path.join(folder, "junit.xml")
        if done.returncode or not os.path.exists(path):
            return [done.stderr]
        root = ET.parse(path).getroot()
        return faults(root) + counts(root)


def counts(root):
    """The counts of a suite are those of its cases."""
    bad = []
    for suite in root.iter("testsuite"):
        n = {"tests": len(suite.findall("testcase")),
             "failures": len(suite.findall("testcase/failure")),
             "skipped": len(suite.findall("testcase/skipped"))}
        bad += ["%s=%s, %d there" % (k, suite.get(k), v) for k, v in n.items()
                if int(suite.get(k)) != v]
    return bad


def main():
    cases = [("2026-12-01T16:00:00Z", "plain"), ("2026-12-01T16:00:00Z", NASTY),
             ("2026-12-01T16:00:00.123+02:00", ""), ("yesterday", "x"),
             ("", "\n\t\r"), ("2026-12-01", "<failure/>"),
             ("2026-12-01T16:00", "--><!--"), ("2026-12-01T16:00:00", "\u202e"),
             ("2026-12-01 16:00:00", "\U0001f4a9" * 300), (7, "&amp;&#0;")]
    failed = 0
    for i, (created, text) in enumerate(cases, 1):
        text = text.encode("utf-8", "replace").decode().replace("\0", "")
        bad = check(os.path.abspath(sys.argv[1]), document(created, text))
        for line in bad[:10]:
            print("#", repr(line))
        print("not ok" if bad else "ok", i, "- created", repr(created))
        failed += bool(bad)
    print("1..%d" % len(cases))
    return failed > 0


sys.exit(main())
