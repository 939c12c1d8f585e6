/*
 * run_doc.h - a small but complete run.json, and pieces to spoil it with.
 */
#ifndef TW_TESTS_RUN_DOC_H
#define TW_TESTS_RUN_DOC_H

#define RUN_HEAD                                                        \
    "{\"format\": \"trialwright-run-1\", \"title\": \"Lab 3 & field\"," \
    "\"version\": \"0.1.0\", \"created\": \"2025-04-01T10:00:00Z\","    \
    "\"seed\": 11, \"project\": \"lab/project.toml\","                  \
    "\"project_sha256\": \"aa11\","                                     \
    "\"host\": {\"cpu\": \"avx2\", \"threads\": 2, \"tier\": \"A\","    \
    " \"weak\": false, \"python\": \"python3.11\"},"                    \
    "\"model\": {\"name\": \"builtin\", \"description\": \"small\","    \
    " \"sha256\": \"0123456789abcdef0123\"},"

#define RUN_DATA                                                               \
    "\"trials\": [{\"name\": \"drive\", \"files\": [\"drive.csv\"],"           \
    " \"sha256\": \"beef\", \"rows\": 1200, \"series\": 3, \"segments\": 4,"   \
    " \"period_s\": 0.25, \"refused\": 7, \"counters\": [{\"name\": \"rsrp\"," \
    " \"unit\": \"dBm\", \"min\": -120.5, \"max\": -61, \"missing\": 3}]}],"   \
    "\"windows\": {\"n\": 40, \"length\": 24, \"clusters\": 2,"                \
    " \"silhouette\": 0.41, \"sizes\": [30, 10]},"                             \
    "\"generator\": {\"kind\": \"sssd\", \"parameters\": 1000,"                \
    " \"steps\": 50, \"loss\": 0.2, \"samples\": 16, \"sha256\": \"cafe\"},"   \
    "\"series\": [{\"counter\": \"rsrp\", \"unit\": \"dBm\","                  \
    " \"real\": [[-80, -82.5, -90], [-70, -71, -75]],"                         \
    " \"synthetic\": [[-81, -83, -89]]}],"                                     \
    "\"tsne\": {\"perplexity\": 5, \"kl\": 0.61, \"points\":"                  \
    " [[0, 1, 0, 0], [2, -1, 0, 1], [1, 1, 1, -1]]},"                          \
    "\"fidelity\": {\"counters\": [{\"name\": \"rsrp\","                       \
    " \"real\": {\"mean\": -80, \"std\": 6, \"q05\": -95, \"q50\": -79,"       \
    " \"q95\": -64}, \"synthetic\": {\"mean\": -81, \"std\": 5,"               \
    " \"q05\": -96, \"q50\": -80, \"q95\": -66}}],"                            \
    " \"scores\": [{\"name\": \"KS distance\", \"value\": 0.05,"               \
    " \"floor\": 0.048, \"better\": \"low\", \"note\": \"of values\"},"        \
    " {\"name\": \"copies\", \"value\": 0, \"floor\": null,"                   \
    " \"better\": \"low\", \"note\": \"copied windows\"},"                     \
    " {\"name\": \"nearest-neighbour accuracy\", \"value\": 0.9,"              \
    " \"floor\": null, \"better\": \"half\", \"note\": \"\"}]},"

#define RUN_TEST_ONE                                                         \
    "{\"suite\": \"ran\", \"id\": \"RAN-1\", \"title\": \"mean power\","     \
    " \"requirement\": [\"RQ-7\"], \"description\": \"Return the mean.\","   \
    " \"call\": \"mean_rsrp(values: list) -> float\", \"sha256\": \"11\","   \
    " \"spec\": \"specs/ran.toml\", \"status\": \"accepted\","               \
    " \"accepted\": true, \"unverified\": false, \"cause\": \"\","           \
    " \"cases\": [{\"call\": \"mean_rsrp([1.0])\", \"want\": \"1.0\","       \
    " \"origin\": \"recorded\", \"source\": \"trial drive, rows 1..2\","     \
    " \"reason\": \"distinct outcome\", \"in_prompt\": true,"                \
    " \"verdict\": \"pass\", \"got\": \"1.0\"}],"                            \
    " \"counts\": {\"drawn\": 9, \"refused\": 1, \"undefined\": 0,"          \
    " \"duplicates\": 2, \"contradictions\": 0},"                            \
    " \"prompt\": \"def mean_rsrp(values):\", \"prompt_tokens\": 12,"        \
    " \"candidates\": [{\"text\": \"Here: x\", \"code\":"                    \
    " \"def mean_rsrp(values):\\n    return 1.0  # \\\"best\\\"\\n\","       \
    " \"loss\": \"none\", \"cause\": \"\", \"loaded\": true, \"passed\": 1," \
    " \"logprob\": -3.5, \"tokens\": 20, \"duplicate_of\": 0,"               \
    " \"verdicts\": [\"pass\"]}, {\"text\": \"y\", \"code\": \"y\","         \
    " \"loss\": \"syntax\", \"cause\": \"line 1\", \"loaded\": false,"       \
    " \"passed\": 0, \"logprob\": -9, \"tokens\": 2, \"duplicate_of\": 1,"   \
    " \"verdicts\": [\"not-run\"]}],"                                        \
    " \"chosen\": 0, \"tcer\": 1, \"repeats\": 3, \"stable\": true,"         \
    " \"mutants\": 4, \"killed\": 3, \"findings\": [],"                      \
    " \"script\": {\"path\": \"scripts/test_RAN-1.py\", \"sha256\": \"22\"," \
    " \"text\": \"import math\\n\"}, \"times\": {\"cases_s\": 0.1,"          \
    " \"model_s\": 0.5, \"judge_s\": 0.2, \"total_s\": 0.8}}"

#define RUN_TEST_TWO                                                       \
    "{\"suite\": \"ran\", \"id\": \"RAN-2\", \"title\": \"handover\","     \
    " \"call\": \"ho(x)\", \"status\": \"rejected\", \"accepted\": false," \
    " \"cause\": \"best passes 1 of 2 <cases>\","                          \
    " \"cases\": [{\"call\": \"ho(1)\", \"want\": \"True\","               \
    " \"verdict\": \"pass\", \"got\": \"True\"}, {\"call\": \"ho(2)\","    \
    " \"want\": \"False\", \"verdict\": \"wrong\", \"got\": \"True\"}],"   \
    " \"candidates\": [], \"chosen\": null, \"script\": null,"             \
    " \"findings\": [\"ho(2) is True\"], \"times\": {\"total_s\": 1.25}}"

#define RUN_TEST_THREE                                                        \
    "{\"suite\": \"core\", \"id\": \"CORE-1\", \"title\": \"vote\","          \
    " \"status\": \"unverified\", \"accepted\": false, \"unverified\": true," \
    " \"consensus\": 0.75, \"cause\": \"no oracle\", \"cases\": []}"

#define RUN_TAIL                                                      \
    "\"summary\": {\"tests\": 3, \"accepted\": 1, \"candidates\": 2," \
    " \"cases\": 3, \"cs\": 0.5, \"tcer\": 0.75},"                    \
    "\"times\": {\"fit_s\": 2.5, \"tests_s\": 3.0}}"

#define RUN_DOC                                                     \
    RUN_HEAD RUN_DATA "\"tests\": [" RUN_TEST_ONE ", " RUN_TEST_TWO \
                      ", " RUN_TEST_THREE "], " RUN_TAIL

#define RUN_TEST_WEAK                                                          \
    "{\"suite\": \"ran\", \"id\": \"RAN-4\", \"status\": \"weak\", "           \
    "\"accepted\": "                                                           \
    "true, \"cause\": \"cases only (2)\", \"strength\": {\"kind\": \"cases\"," \
    " \"text\": \"weak: cases only (2)\"}, \"question\": {\"call\": "          \
    "\"f(<10>)\", \"answers\": [{\"value\": \"True\", \"candidates\": 2}, "    \
    "{\"value\": \"'&'\", \"candidates\": 0}]}}"

#endif /* TW_TESTS_RUN_DOC_H */
