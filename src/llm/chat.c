/*
 * chat.c - families of chat templates, a row each.
 *
 * Sources: the model cards and llama.cpp, src/llama-chat.cpp and
 * tests/test-chat-template.cpp.  Who adds a family writes a row, before any
 * row whose marks its template has, too.
 */
#include "llm/chat.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

struct tw_chat {
    const char *name;
    const char *marks[2]; /* a template of the family has all of them */
    const char *form;     /* of one question, which goes where QUESTION is */
};

#define QUESTION      '\1'
#define CHATML_ASK    "<|im_start|>user\n\1<|im_end|>\n<|im_start|>assistant\n"
#define CHATML_SYSTEM "<|im_start|>system\n"

static const struct tw_chat CHATS[] = {
    { "chatml-qwen",
      { "<|im_start|>", "You are Qwen, created by Alibaba Cloud." },
      CHATML_SYSTEM "You are Qwen, created by Alibaba Cloud. You are a helpful "
                    "assistant.<|im_end|>\n" CHATML_ASK },
    { "chatml-smollm",
      { "<|im_start|>", "named SmolLM, trained by Hugging Face" },
      CHATML_SYSTEM "You are a helpful AI assistant named SmolLM, trained by "
                    "Hugging Face<|im_end|>\n" CHATML_ASK },
    { "chatml", { "<|im_start|>" }, CHATML_ASK },
    { "llama-3",
      { "<|start_header_id|>", "<|eot_id|>" },
      "<|start_header_id|>user<|end_header_id|>\n\n\1<|eot_id|>"
      "<|start_header_id|>assistant<|end_header_id|>\n\n" },
    { "gemma",
      { "<start_of_turn>" },
      "<start_of_turn>user\n\1<end_of_turn>\n<start_of_turn>model\n" },
    { "phi-3",
      { "<|user|>", "<|end|>" },
      "<|user|>\n\1<|end|>\n<|assistant|>\n" },
    { "zephyr", { "<|user|>" }, "<|user|>\n\1</s>\n<|assistant|>\n" },
    { "deepseek-coder",
      { "### Instruction:", "<|EOT|>" },
      "You are an AI programming assistant, utilizing the Deepseek Coder "
      "model, developed by Deepseek Company, and you only answer questions "
      "related to computer science. For politically sensitive questions, "
      "security and privacy issues, and other non-computer science questions, "
      "you will refuse to answer.\n"
      "### Instruction:\n\1\n### Response:\n" },
    { "alpaca",
      { "### Instruction:" },
      "### Instruction:\n\1\n\n### Response:\n" },
    { "mistral-v3", { "[INST]", "[AVAILABLE_TOOLS]" }, "[INST] \1[/INST]" },
    { "llama-2", { "[INST]" }, "[INST] \1 [/INST]" },
};

/* The template is not NUL-terminated. */
static bool contains(const char *text, size_t n, const char *mark)
{
    size_t len = strlen(mark);

    for (size_t i = 0; i + len <= n; i++)
        if (text[i] == mark[0] && memcmp(text + i, mark, len) == 0)
            return true;
    return false;
}

const struct tw_chat *tw_chat_find(const char *template, size_t n)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(CHATS); i++) {
        const struct tw_chat *c = &CHATS[i];
        bool found = true;

        for (size_t k = 0; k < TW_ARRAY_LEN(c->marks) && c->marks[k]; k++)
            found = found && contains(template, n, c->marks[k]);
        if (found)
            return c;
    }
    return NULL;
}

const char *tw_chat_name(const struct tw_chat *c)
{
    return c->name;
}

/* Text of the form and the question lie next to each other in one stretch, as
 * the model has seen them in training; only control tokens cut it. */
static enum tw_status flush(const struct tw_vocab *t, struct tw_buf *b,
                            struct tw_ids *ids, struct tw_err *err)
{
    TW_TRY(tw_buf_check(b, "a question", err));
    if (b->len)
        TW_TRY(tw_vocab_encode(t, b->bytes, b->len, ids, err));
    tw_buf_clear(b);
    return TW_OK;
}

static enum tw_status encode_form(const struct tw_chat *c,
                                  const struct tw_vocab *t,
                                  const char *question, size_t n,
                                  struct tw_buf *b, struct tw_ids *ids,
                                  struct tw_err *err)
{
    for (const char *p = c->form; *p;) {
        size_t len = 0;
        int32_t id = -1;

        if (*p == QUESTION) {
            tw_buf_add(b, question, n);
            p++;
            continue;
        }
        if (*p == '<' || *p == '[')
            id = tw_vocab_control_at(t, p, &len);
        if (id < 0) {
            tw_buf_addc(b, *p++);
            continue;
        }
        TW_ASSERT(len > 0 && len <= strlen(p));
        TW_TRY(flush(t, b, ids, err));
        TW_TRY(tw_ids_add(ids, id, err));
        p += len;
    }
    return flush(t, b, ids, err);
}

enum tw_status tw_chat_encode(const struct tw_chat *c, const struct tw_vocab *t,
                              const char *question, size_t n,
                              struct tw_ids *ids, struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, (size_t)1 << 30);
    enum tw_status st = encode_form(c, t, question, n, &b, ids, err);
    tw_buf_release(&b);
    return st;
}

/* Do three backquotes begin the line (n bytes)? */
static bool is_fence(const char *line, size_t n)
{
    size_t i = 0;

    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    return n - i >= 3 && memcmp(line + i, "```", 3) == 0;
}

/* Fences alternate: the second one closes.  Its line has to have ended, since
 * the backquotes may come in several tokens. */
size_t tw_chat_block_end(const char *text, size_t n)
{
    size_t n_fences = 0, line = 0;

    for (size_t i = 0; i < n && n_fences < 2; i++) {
        if (text[i] != '\n')
            continue;
        n_fences += is_fence(text + line, i - line);
        line = i + 1;
    }
    if (n_fences < 2)
        return 0;
    return line;
}
