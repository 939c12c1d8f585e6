// The candidate's side: behind its code, answers calls with values.
#include <exception>
#include <stdio.h>
#include <stdlib.h>
#include <typeinfo>

namespace tw_value {

// As terminate() does it, for the finding; once.
inline void tell(const std::exception *e)
{
    static bool told;

    if (!told)
        fprintf(stderr, "terminate called after throwing an instance of '%s'\n"
                        "  what():  %s\n",
                e ? typeid(*e).name() : "?", e ? e->what() : "");
    told = true;
}

// What the candidate gives: its own type where that is a value, else that of
// the declaration, else nothing.
template <class R, class V> void put_result(out &o, const V &v)
{
    if constexpr (has_codec<V>::value)
        codec<V>::put(o, v);
    else if constexpr (std::is_convertible<const V &, R>::value)
        codec<R>::put(o, (R)v);
    else
        o.tag('x');
}

template <class F> struct server;
template <class R, class... A> struct server<R (*)(A...)> {
    typedef std::tuple<bare<A>...> args;

    template <class C, size_t... K>
    static void call(out &o, C candidate, args &a, std::index_sequence<K...>)
    {
        if constexpr (std::is_void<R>::value)
            candidate(std::get<K>(a)...);
        else
            put_result<bare<R>>(o, candidate(std::get<K>(a)...));
        ((changes<A>::yes ? codec<bare<A>>::put(o, std::get<K>(a)) : void()),
         ...);
    }

    template <class C> static bool answer(uint32_t nr, in i, C candidate)
    {
        out o;

        o.tag('v');
        try {
            args a{ codec<bare<A>>::get(i)... };
            call(o, candidate, a, std::index_sequence_for<A...>());
        } catch (const std::exception &e) {
            tell(&e);
            o.b = "r";
        } catch (...) {
            tell(0);
            o.b = "r";
        }
        return frame_send(nr, o.b);
    }

    template <class C> static int serve(C candidate)
    {
        std::string b;
        uint32_t nr;

        while (frame_take(nr, b) == 1)
            if (!answer(nr, in{ b.data(), b.data() + b.size() }, candidate))
                break;
        return 0;
    }
};

} // namespace tw_value
