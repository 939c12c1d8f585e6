#include "teach/curriculum_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What is measured: English, unit, identifier, range, decimals. */
static const struct quantity {
    const char *noun;
    const char *unit; /* "" when it has none */
    const char *stem;
    double lo, hi;
    int decimals;
} quantities[] = {
    { "(downlink|DL) (throughput|bit rate|data rate)", "Mbps",
      "(dl_brate|dl_thp|throughput|dl_rate|thp_dl)", 0, 120, 1 },
    { "(uplink|UL) (throughput|bit rate|data rate)", "Mbps",
      "(ul_brate|ul_thp|ul_rate|thp_ul|uplink_rate)", 0, 60, 1 },
    { "(throughput|cell throughput|user throughput)", "Mbps",
      "(thp|throughput|cell_thp|rate|speed)", 0, 90, 1 },
    { "(CQI|channel quality indicator|channel quality)", "",
      "(cqi|dl_cqi|channel_quality)", 0, 15, 0 },
    { "(MCS|MCS index|modulation and coding scheme)", "", "(mcs|dl_mcs|ul_mcs)",
      0, 28, 0 },
    { "(SINR|uplink SINR|signal to noise ratio)", "dB",
      "(sinr|ul_sinr|sinr_db|snr)", -10, 40, 1 },
    { "(RSRP|reference signal power)", "dBm", "(rsrp|rsrp_dbm|power)", -140,
      -60, 0 },
    { "(RSRQ|reference signal quality)", "dB", "(rsrq|rsrq_db)", -20, -3, 1 },
    { "(block error rate|BLER|error rate|packet error rate)", "percent",
      "(bler|err_pct|error_rate|err)", 0, 60, 1 },
    { "(packet loss|loss rate)", "percent", "(loss|loss_pct|pkt_loss)", 0, 30,
      1 },
    { "(latency|round-trip time|delay)", "ms", "(latency|rtt|delay|delay_ms)",
      0, 250, 1 },
    { "(jitter|delay variation)", "ms", "(jitter|jitter_ms)", 0, 40, 1 },
    { "(buffer occupancy|buffer size|buffer fill level)", "bytes",
      "(buffer|buf_bytes|dl_buffer|queue_bytes)", 0, 9000, 0 },
    { "(number of packets|packet count|packets sent)", "",
      "(pkts|dl_pkts|packets|n_pkts)", 0, 500, 0 },
    { "(number of active users|user count|connected UEs)", "",
      "(users|n_ues|active_users|ue_count)", 0, 60, 0 },
    { "(granted PRBs|PRB grant|allocated resource blocks)", "PRB",
      "(granted|prb_granted|prbs|prb_alloc)", 0, 100, 0 },
    { "(PRB usage|PRB utilisation|resource block usage|cell load)", "percent",
      "(prb_used|prb_util|load|usage|cell_load)", 0, 100, 1 },
    { "(power headroom|PHR)", "dB", "(phr|phr_db|headroom)", -10, 40, 0 },
    { "(transmit power|output power|tx power)", "dBm",
      "(tx_power|power|tx_dbm)", 0, 46, 1 },
    { "(battery voltage|supply voltage|voltage)", "V",
      "(voltage|battery|volts|supply)", 20, 80, 1 },
    { "(temperature|board temperature|unit temperature)", "degrees",
      "(temperature|temp|board_temp|temp_c)", -30, 95, 1 },
    { "(fan speed|rotation speed)", "rpm", "(fan|fan_speed|rpm)", 0, 6000, 0 },
    { "(CPU load|processor load|CPU usage)", "percent",
      "(cpu|cpu_load|cpu_pct)", 0, 100, 1 },
    { "(memory usage|used memory)", "percent", "(mem|memory|mem_pct)", 0, 100,
      1 },
    { "(number of handovers|handover count|handover attempts)", "",
      "(handovers|ho|ho_attempts)", 0, 80, 0 },
    { "(call setup time|setup time|attach time)", "ms",
      "(setup|setup_ms|attach_time)", 0, 900, 0 },
    { "(energy consumption|power consumption)", "W",
      "(energy|watts|consumption)", 0, 700, 1 },
    { "(timing advance|distance)", "m", "(ta|distance|range_m)", 0, 5000, 0 },
    { "(drop rate|call drop rate|dropped call ratio)", "percent",
      "(drops|drop_rate|drop_pct)", 0, 20, 1 },
    { "(interference|noise level|interference level)", "dBm",
      "(noise|interference|iot)", -125, -70, 1 },
    { "(queue length|backlog|waiting jobs)", "", "(queue|backlog|waiting)", 0,
      300, 0 },
    { "(success rate|handover success rate|RRC setup success rate)", "percent",
      "(success|success_rate|ho_success)", 40, 100, 1 },
    { "(value|measurement|reading|sample value|counter)", "",
      "(values|samples|x|counter|readings|data|series)", -50, 100, 1 },
    { "(level|score|quality score|index)", "", "(level|score|quality|index)", 0,
      10, 0 },
    { "(retransmissions|HARQ retransmissions|retransmission count)", "",
      "(retx|harq|retransmissions)", 0, 30, 0 },
    { "(requested PRBs|PRB demand|requested resource blocks)", "PRB",
      "(requested|prb_requested|demand|prb_demand)", 0, 100, 0 },
};

void tw_draft_init(struct draft *d, uint64_t seed, size_t index)
{
    struct tw_rng root = tw_rng_seeded(seed);

    memset(d, 0, sizeof(*d));
    d->rng = tw_rng_split(&root, "task", index);
    tw_buf_init(&d->text, 4096);
    tw_buf_init(&d->body, 4096);
}

void tw_draft_release(struct draft *d)
{
    tw_buf_release(&d->text);
    tw_buf_release(&d->body);
}

size_t tw_draft_pick(struct draft *d, size_t n)
{
    return (size_t)tw_rng_below(&d->rng, n);
}

bool tw_draft_chance(struct draft *d, unsigned percent)
{
    return tw_draft_pick(d, 100) < percent;
}

const char *tw_draft_get(const struct draft *d, const char *key)
{
    for (size_t i = 0; i < d->n_words; i++)
        if (strcmp(d->words[i].key, key) == 0)
            return d->words[i].text;
    return "";
}

/* Replace {key} by its word.  Unknown keys vanish. */
static void fill_words(const struct draft *d, struct tw_buf *out,
                       const char *phrase)
{
    while (*phrase) {
        const char *end = *phrase == '{' ? strchr(phrase, '}') : NULL;
        if (!end) {
            tw_buf_addc(out, *phrase++);
            continue;
        }
        char key[16];
        size_t n = (size_t)(end - phrase - 1);
        snprintf(key, sizeof(key), "%.*s", (int)n, phrase + 1);
        tw_buf_adds(out, tw_draft_get(d, key));
        phrase = end + 1;
    }
}

/* Offsets of the innermost group (first closing parenthesis and the opening
 * one before it); false when there is none. */
static bool find_group(const char *s, size_t *open, size_t *close)
{
    const char *end = strchr(s, ')');

    if (!end)
        return false;
    const char *begin = end;
    while (begin > s && *begin != '(')
        begin--;
    *open = (size_t)(begin - s);
    *close = (size_t)(end - s);
    return *begin == '(';
}

/* Replace the group at open..close by one of its alternatives. */
static void choose(struct draft *d, struct tw_buf *b, size_t open, size_t close)
{
    size_t n_bars = 0;

    for (size_t i = open; i < close; i++)
        n_bars += b->bytes[i] == '|';
    size_t want = tw_draft_pick(d, n_bars + 1);
    size_t first = open + 1, bar = 0;
    for (size_t i = open; i < close && bar < want; i++)
        if (b->bytes[i] == '|' && ++bar == want)
            first = i + 1;
    size_t n = 0;
    while (first + n < close && b->bytes[first + n] != '|')
        n++;
    memmove(b->bytes + open, b->bytes + first, n);
    memmove(b->bytes + open + n, b->bytes + close + 1, b->len - close);
    b->len -= close + 1 - open - n;
}

static void expand(struct draft *d, struct tw_buf *out, const char *phrase)
{
    size_t open, close;

    fill_words(d, out, phrase);
    while (find_group(tw_buf_text(out), &open, &close))
        choose(d, out, open, close);
}

static void set_word(struct draft *d, const char *key, const char *text)
{
    size_t i = 0;

    while (i < d->n_words && strcmp(d->words[i].key, key) != 0)
        i++;
    TW_ASSERT(i < DRAFT_WORDS);
    if (i == d->n_words)
        d->n_words++;
    snprintf(d->words[i].key, sizeof(d->words[i].key), "%s", key);
    snprintf(d->words[i].text, sizeof(d->words[i].text), "%s", text);
}

void tw_draft_word(struct draft *d, const char *key, const char *phrase)
{
    struct tw_buf b;

    tw_buf_init(&b, DRAFT_WORD_SIZE * 4);
    expand(d, &b, phrase);
    set_word(d, key, tw_buf_text(&b));
    tw_buf_release(&b);
}

void tw_draft_raw(struct draft *d, const char *key, const char *text)
{
    struct tw_buf b;

    tw_buf_init(&b, DRAFT_WORD_SIZE * 4);
    fill_words(d, &b, text);
    set_word(d, key, tw_buf_text(&b));
    tw_buf_release(&b);
}

static bool is_param(const struct draft *d, const char *word)
{
    for (size_t i = 0; i < d->n_params; i++) {
        size_t n = strlen(d->params[i].name);
        if (strncmp(word, d->params[i].name, n) == 0 &&
            !isalnum((unsigned char)word[n]) && word[n] != '_')
            return true;
    }
    return false;
}

/* Sentences begin with a capital, except where a parameter's name stands. */
static void capitalise(const struct draft *d, char *text)
{
    for (char *s = text; s; s = strstr(s, ". ") ? strstr(s, ". ") + 2 : NULL)
        if (!is_param(d, s))
            *s = (char)toupper((unsigned char)*s);
}

void tw_draft_say(struct draft *d, const char *phrase)
{
    struct tw_buf b;

    tw_buf_init(&b, 2048);
    expand(d, &b, phrase);
    if (b.len > 1 && strcmp(b.bytes + b.len - 2, "?.") == 0)
        b.bytes[--b.len] = '\0';
    if (b.len) {
        if (d->text.len)
            tw_buf_addc(&d->text, ' ');
        capitalise(d, b.bytes);
        tw_buf_add(&d->text, b.bytes, b.len);
    }
    tw_buf_release(&b);
}

void tw_draft_code(struct draft *d, const char *lines)
{
    fill_words(d, &d->body, lines);
}

static bool name_taken(const struct draft *d, const char *name)
{
    static const char *const reserved[] = { "x",    "y",    "a",    "b",
                                            "i",    "n",    "run",  "best",
                                            "kept", "out",  "last", "in",
                                            "is",   "total" };
    for (size_t i = 0; i < d->n_params; i++)
        if (strcmp(d->params[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < TW_ARRAY_LEN(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

/* Letters, digits and underscores only; spaces and dashes become "_". */
static void to_identifier(char *out, size_t cap, const char *text)
{
    size_t n = 0;

    for (; *text && n + 1 < cap; text++) {
        if (isalnum((unsigned char)*text))
            out[n++] = (char)tolower((unsigned char)*text);
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n && out[n - 1] == '_')
        n--;
    out[n] = '\0';
}

size_t tw_draft_param(struct draft *d, enum draft_kind kind, const char *names)
{
    size_t i = d->n_params;
    char key[8];

    TW_ASSERT(i < DRAFT_PARAMS);
    struct draft_param *p = &d->params[i];
    tw_draft_word(d, "tmp", names);
    to_identifier(p->name, sizeof(p->name), tw_draft_get(d, "tmp"));
    if (name_taken(d, p->name)) {
        size_t n = strlen(p->name);
        snprintf(p->name + n, sizeof(p->name) - n, "_%zu", i + 1);
    }
    p->kind = kind;
    p->same_len_as = -1;
    p->above = -1;
    d->n_params++;
    snprintf(key, sizeof(key), "p%zu", i);
    tw_draft_word(d, key, p->name);
    return i;
}

static struct draft_quantity set_quantity(struct draft *d, size_t index,
                                          const char *suffix)
{
    const struct quantity *q = &quantities[index];
    char key[12], phrase[DRAFT_WORD_SIZE];

    snprintf(key, sizeof(key), "N%s", suffix);
    tw_draft_word(d, key, q->noun);
    const char *noun = tw_draft_get(d, key);
    snprintf(phrase, sizeof(phrase),
             "(%s (samples|values|readings|measurements)|(samples|values) of "
             "the %s|%s values|samples|values)",
             noun, noun, noun);
    snprintf(key, sizeof(key), "S%s", suffix);
    tw_draft_word(d, key, phrase);
    snprintf(key, sizeof(key), "U%s", suffix);
    snprintf(phrase, sizeof(phrase), "(| in %s)", q->unit);
    tw_draft_word(d, key, q->unit[0] ? phrase : "");
    snprintf(key, sizeof(key), "id%s", suffix);
    tw_draft_word(d, key, q->stem);
    return (struct draft_quantity){ q->lo, q->hi, q->decimals };
}

struct draft_quantity tw_draft_quantity(struct draft *d)
{
    return set_quantity(d, tw_draft_pick(d, TW_ARRAY_LEN(quantities)), "");
}

struct draft_quantity tw_draft_quantity2(struct draft *d)
{
    return set_quantity(d, tw_draft_pick(d, TW_ARRAY_LEN(quantities)), "2");
}

void tw_draft_name(struct draft *d, const char *phrase)
{
    tw_draft_word(d, "tmp", phrase);
    to_identifier(d->name, sizeof(d->name), tw_draft_get(d, "tmp"));
    if (tw_draft_chance(d, 6))
        snprintf(d->name, sizeof(d->name), "kpi_%zu", tw_draft_pick(d, 400));
    /* A function named like its parameter would hide it. */
    for (size_t i = 0; i < d->n_params; i++)
        if (strcmp(d->params[i].name, d->name) == 0)
            snprintf(d->name, sizeof(d->name), "compute_%.30s",
                     d->params[i].name);
}

void tw_draft_number(char out[24], double v)
{
    snprintf(out, 24, "%.10g", v);
}

double tw_draft_constant(struct draft *d, struct draft_quantity q)
{
    double span = q.hi - q.lo;
    double v = q.lo + span * (0.1 + 0.8 * tw_rng_uniform(&d->rng));
    double grid = span > 1000 ? 100 : span > 150 ? 10 : span > 30 ? 5 : 1;

    if (tw_draft_chance(d, 35))
        grid = span > 30 ? 1 : 0.5;
    if (q.decimals == 0 && grid < 1)
        grid = 1;
    v = floor(v / grid + 0.5) * grid;
    if (d->n_pivots < DRAFT_PIVOTS)
        d->pivots[d->n_pivots++] = v;
    return v;
}

/* The six relations: test, English after "samples", English as a verb. */
static const struct relation {
    const char *op;
    const char *after;
    const char *verb;
} relations[] = {
    { ">",
      "(above|greater than|higher than|over|larger than|exceeding|more "
      "than) ",
      "(is above|exceeds|is greater than|is higher than|is over|is more "
      "than) " },
    { ">=",
      "(at least|not below|greater than or equal to|no less than|equal "
      "to or above|at or above) ",
      "(is at least|is not below|reaches|is greater than or equal to|is at "
      "or above|is no less than) " },
    { "<", "(below|less than|under|lower than|smaller than) ",
      "(is below|is less than|is under|falls below|is lower than|stays "
      "below) " },
    { "<=",
      "(at most|not above|less than or equal to|no more than|equal to or "
      "below|at or below|not exceeding) ",
      "(is at most|is not above|does not exceed|is less than or equal to|is "
      "at or below|is no more than) " },
};

/* Name a limit: a parameter or a constant.  Sets {K} (code), {KE} (English). */
static void draw_limit(struct draft *d, struct draft_quantity q, bool constant,
                       const char *names)
{
    char number[24], phrase[4 * DRAFT_NAME_SIZE + 64];

    if (constant) {
        tw_draft_number(number, tw_draft_constant(d, q));
        tw_draft_word(d, "K", number);
        const char *u = tw_draft_get(d, "U");
        /* "12 Mbps": the unit without its " in ". */
        snprintf(phrase, sizeof(phrase), "(%s|%s%s%s)", number, number,
                 u[0] ? " " : "", u[0] ? u + 4 : "");
        tw_draft_word(d, "KE", phrase);
        return;
    }
    size_t i = tw_draft_param(d, DRAFT_FLOAT, names);
    struct draft_param *p = &d->params[i];
    p->lo = q.lo;
    p->hi = q.hi;
    p->decimals = q.decimals;
    if (tw_draft_chance(d, 12)) {
        p->has_default = true;
        p->value_default = tw_draft_constant(d, q);
    }
    tw_draft_word(d, "K", p->name);
    snprintf(phrase, sizeof(phrase), "(the %s|%s|the given %s|a given %s)",
             p->name, p->name, p->name, p->name);
    tw_draft_word(d, "KE", phrase);
}

static const char *const limit_names =
    "(limit|threshold|bound|level|limit|threshold|minimum|target|"
    "limit_{id}|{id}_limit|max_{id}|min_{id}|ref|cutoff)";

static void condition_between(struct draft *d, struct draft_quantity q)
{
    bool constant = tw_draft_chance(d, 40);
    bool open = tw_draft_chance(d, 15);
    char lo[64], lo_e[DRAFT_WORD_SIZE / 2];

    draw_limit(d, q, constant, "(low|lower|lo|min_{id}|lower_bound|minimum)");
    snprintf(lo, sizeof(lo), "%s", tw_draft_get(d, "K"));
    snprintf(lo_e, sizeof(lo_e), "%.150s", tw_draft_get(d, "KE"));
    draw_limit(d, q, constant, "(high|upper|hi|max_{id}|upper_bound|maximum)");
    if (!constant)
        d->params[d->n_params - 1].above = (int)d->n_params - 2;
    tw_draft_word(d, "L", lo);
    tw_draft_word(d, "LE", lo_e);
    if (constant && d->pivots[d->n_pivots - 1] < d->pivots[d->n_pivots - 2]) {
        tw_draft_word(d, "tmp", "{K}");
        tw_draft_word(d, "K", "{L}");
        tw_draft_word(d, "L", "{tmp}");
        tw_draft_word(d, "tmp", "{KE}");
        tw_draft_word(d, "KE", "{LE}");
        tw_draft_word(d, "LE", "{tmp}");
    }
    if (open) {
        tw_draft_word(d, "T", "{L} < x < {K}");
        tw_draft_word(d, "C",
                      "(strictly between {LE} and {KE}|between {LE} and {KE}, "
                      "both excluded)");
        tw_draft_word(d, "CV", "(is|lies) {C}");
        return;
    }
    tw_draft_word(d, "T", "{L} <= x <= {K}");
    tw_draft_word(d, "C",
                  "(between {LE} and {KE}|between {LE} and {KE}, both "
                  "included|from {LE} to {KE}|in the range from {LE} to {KE}|"
                  "within {LE} and {KE}|between {LE} and {KE} inclusive)");
    tw_draft_word(d, "CV", "(is|lies) {C}");
}

static void condition_zero(struct draft *d)
{
    static const char *const tests[] = { "x > 0", "x == 0", "x != 0", "x < 0" };
    static const char *const english[] = {
        "(positive|greater than zero|above zero|above 0)",
        "(zero|equal to zero|equal to 0)",
        "(not zero|different from zero|non-zero)",
        "(negative|below zero|less than zero|below 0)",
    };
    size_t i = tw_draft_pick(d, TW_ARRAY_LEN(tests));

    d->pivots[d->n_pivots++ % DRAFT_PIVOTS] = 0;
    tw_draft_word(d, "T", tests[i]);
    tw_draft_word(d, "C", english[i]);
    tw_draft_word(d, "CV", "is {C}");
}

void tw_draft_condition(struct draft *d, struct draft_quantity q)
{
    size_t kind = tw_draft_pick(d, 100);
    char phrase[DRAFT_WORD_SIZE];

    if (kind < 14) {
        condition_between(d, q);
        return;
    }
    if (kind < 22) {
        condition_zero(d);
        return;
    }
    const struct relation *r =
        &relations[tw_draft_pick(d, TW_ARRAY_LEN(relations))];
    draw_limit(d, q, tw_draft_chance(d, 40), limit_names);
    snprintf(phrase, sizeof(phrase), "x %s {K}", r->op);
    tw_draft_word(d, "T", phrase);
    snprintf(phrase, sizeof(phrase), "%s{KE}", r->after);
    tw_draft_word(d, "C", phrase);
    snprintf(phrase, sizeof(phrase), "%s{KE}", r->verb);
    tw_draft_word(d, "CV", phrase);
}

void tw_draft_empty(struct draft *d, const char *values, bool no_match)
{
    tw_draft_word(d, "EV", values);
    tw_draft_raw(d, "E", "return {EV}");
    if (!no_match && tw_draft_chance(d, 14)) {
        tw_draft_raw(d, "E", "raise ValueError(\"no samples\")");
        tw_draft_say(d,
                     "((raise|raises) (a |)ValueError (if|when) (the list|the "
                     "series|{p0}) is empty|an empty (list|series) is an error "
                     "(of type ValueError|: ValueError)|(if|when) there are no "
                     "(samples|values), raise (a |)ValueError).");
        return;
    }
    if (no_match)
        tw_draft_say(d,
                     "((if|when) (no|none of the) (sample|value)(s|) "
                     "(counts|qualifies|matches|remains), (the result is|"
                     "return) {EV}|(return|give|the result is) {EV} (if|when) "
                     "there (is|are) no such (sample|value)(s|)|without such "
                     "a (sample|value) the result is {EV}|{EV} if there are "
                     "none|if there is none, return {EV}).");
    else
        tw_draft_say(d,
                     "((if|when) (the list|the series|{p0}) is empty(,|) (the "
                     "result is|return) {EV}|an empty (list|series|input) "
                     "(gives|yields|returns) {EV}|(return|the result is) {EV} "
                     "for an empty (list|series|input)|(if|when) there are no "
                     "(samples|values), (return|the result is) {EV}).");
}

void tw_draft_frame(struct draft *d)
{
    struct tw_buf text = d->text;
    bool list = d->params[0].kind != DRAFT_FLOAT;
    bool before = tw_draft_chance(d, 25), after = tw_draft_chance(d, 15);

    if ((!before && !after) || !tw_draft_get(d, "N")[0])
        return;
    tw_buf_init(&d->text, text.limit);
    if (before)
        tw_draft_say(
            d, list ? "({p0} holds (the|all|the last) {N} (samples|values) of "
                      "(one|a) (cell|UE|node)|(the|a) (cell|node|gNB|base "
                      "station|UE) (reports|measures|logs) its {N}(, oldest "
                      "first| once per period| every 250 ms)|{p0} is a (time |)"
                      "series of {N} (samples|values)|used (in|for) (KPI "
                      "reports|acceptance tests|the (daily|weekly) report)|"
                      "during a (field trial|drive test) the {N} is "
                      "(recorded|sampled)|given are (samples|values) of the "
                      "{N})."
                    : "((the|a) (cell|node|gNB|base station|unit|UE) (reports|"
                      "measures) its {N}|used (in|for) (KPI reports|acceptance "
                      "tests|alarm handling)|{p0} is the {N}(| of a cell| of "
                      "a node|{U})|part of the (health check|acceptance "
                      "test|self test)).");
    if (d->text.len)
        tw_buf_addc(&d->text, ' ');
    tw_buf_add(&d->text, text.bytes, text.len);
    if (after)
        tw_draft_say(d, list ? "(the (list|series) is in time order|samples "
                               "are (250 ms|one second|15 minutes) apart|all "
                               "(values|samples) are numbers|the input is not "
                               "changed)."
                             : "(all arguments are numbers|the function has no "
                               "side effects|nothing else is checked).");
    tw_buf_release(&text);
}
