// The tests' side: calls go to the candidate, checks are counted and told by
// the record pipe, which the candidate's process does not have.
#include <signal.h>
#include <stdio.h>

namespace tw_value {

enum { SHOWN_MAX = 65536 };
struct raised {};

static unsigned long n_made, n_passed;
static char shown[SHOWN_MAX + 1];
static bool go_on;

[[noreturn]] inline void finish(const char *how)
{
    char head[128];
    int n = snprintf(head, sizeof(head), "%s %lu %lu ", how, n_passed, n_made);
    size_t len = n_made < SHOWN_MAX ? n_made : SHOWN_MAX;
    std::string all(head, (size_t)n);

    all.append(shown, len);
    all += '\n';
    for (size_t at = 0; at < all.size();) {
        ssize_t k = write(3, all.data() + at, all.size() - at);
        if (k <= 0)
            break;
        at += (size_t)k;
    }
    _exit(0);
}

inline void checked(char outcome)
{
    if (n_made < SHOWN_MAX)
        shown[n_made] = outcome;
    n_made++;
    n_passed += outcome == '1';
    if (outcome != '1' && !go_on)
        finish("stopped");
}

template <class F> inline void check(F f)
{
    bool good;

    try {
        good = f();
    } catch (...) {
        checked('2');
        return;
    }
    checked(good ? '1' : '0');
}

template <class A> void take_back(in &i, A &a)
{
    a = codec<bare<A>>::get(i);
}

template <class R, class... A> R call(uint32_t changed, A &...a)
{
    static uint32_t calls;
    std::string b;
    uint32_t nr;
    out o;

    (codec<bare<A>>::put(o, a), ...);
    if (!frame_send(++calls, o.b))
        finish("gone");
    int there = frame_take(nr, b);
    if (there == 0)
        finish("gone");
    if (there < 0 || nr != calls || b.empty() || (b[0] != 'v' && b[0] != 'r'))
        finish("forged");
    if (b[0] == 'r')
        throw raised();
    in i{ b.data() + 1, b.data() + b.size() };
    uint32_t k = 0;
    auto back = [&](auto &x) {
        if constexpr (!std::is_const<
                          typename std::remove_reference<decltype(x)>::type>::
                          value)
            if (changed >> k & 1)
                take_back(i, x);
        k++;
    };
    if constexpr (std::is_void<R>::value) {
        (back(a), ...);
    } else {
        bare<R> r = codec<bare<R>>::get(i);
        (back(a), ...);
        return r;
    }
}

template <class F> struct changed;
template <class R, class... A> struct changed<R (*)(A...)> {
    static uint32_t mask()
    {
        uint32_t m = 0, k = 0;
        // What the other side needs has to be possible, or this does not
        // compile: then the candidate is not asked.
        if (false) {
            in i{ 0, 0 };
            (void)std::tuple<bare<A>...>{ codec<bare<A>>::get(i)... };
        }
        ((m |= (uint32_t)changes<A>::yes << k++), ...);
        return m;
    }
};

} // namespace tw_value

int main() __asm__("tw_tests"); // the tests' main; ours calls it
extern "C" int tw_tests();
extern "C" int tw_peer_main(int n, char **) __asm__("main");
extern "C" int tw_peer_main(int n, char **)
{
    tw_value::go_on = n > 1;
    signal(SIGPIPE, SIG_IGN); // a candidate that is gone shows as EPIPE
    try {
        tw_value::finish(tw_tests() == 0 ? "done" : "stopped");
    } catch (...) {
        tw_value::finish("raised");
    }
}
#undef assert
#define assert(...) \
    tw_value::check([&]() { return static_cast<bool>(__VA_ARGS__); })
