// C++ values as bytes, for a candidate and its tests, which are two processes.
// Whatever a candidate's types do, what arrives is a builtin value: numbers,
// texts, sequences, sets, maps, pairs and tuples of them, in types of the
// declaration.  A type that is none of these does not compile here.
#include <stdint.h>
#include <string.h>
#include <string>
#include <tuple>
#include <type_traits>
#include <unistd.h>

// So that any_cast<T>(&v) is a call of a template, found by its argument.
struct tw_no_type;
template <class T> T *any_cast(tw_no_type *);

namespace tw_value {

enum { FRAME_MAX = 64 << 20, PEER = 4 };
struct bad {}; // bytes that are no value of the type

struct out {
    std::string b;
    void raw(const void *p, size_t n) { b.append((const char *)p, n); }
    void tag(char c) { b.push_back(c); }
    void count(char c, size_t n)
    {
        uint64_t v = n;
        tag(c);
        raw(&v, sizeof(v));
    }
};

struct in {
    const char *at, *end;
    void raw(void *p, size_t n)
    {
        if ((size_t)(end - at) < n)
            throw bad();
        memcpy(p, at, n);
        at += n;
    }
    char tag()
    {
        char c;
        raw(&c, 1);
        return c;
    }
    size_t count(char c)
    {
        uint64_t n;
        if (tag() != c)
            throw bad();
        raw(&n, sizeof(n));
        // each item has a byte at least
        if (n > (uint64_t)(end - at))
            throw bad();
        return (size_t)n;
    }
};

template <class... T> using void_of = void;
template <class T> using bare = typename std::decay<T>::type;
template <class T, class = void> struct codec; // no value: does not compile

template <class T, class = void> struct has_codec : std::false_type {};
template <class T>
struct has_codec<T, void_of<decltype(sizeof(codec<T>))>> : std::true_type {};

template <class T> void put(out &o, const T &v) { codec<T>::put(o, v); }
template <class T> T get(in &i) { return codec<T>::get(i); }

// Integers, within the range of the type that reads them.
template <class T>
struct codec<T, typename std::enable_if<std::is_integral<T>::value>::type> {
    static void put(out &o, T v)
    {
        bool minus = std::is_signed<T>::value && v < T(0);
        int64_t s = (int64_t)v;
        uint64_t u = (uint64_t)v;
        o.tag(minus ? 'i' : 'u');
        o.raw(minus ? (void *)&s : (void *)&u, 8);
    }
    static T get(in &i)
    {
        char c = i.tag();
        T v;
        if (c == 'i') {
            int64_t s;
            i.raw(&s, 8);
            v = (T)s;
            if (!std::is_signed<T>::value || (int64_t)v != s)
                throw bad();
        } else if (c == 'u') {
            uint64_t u;
            i.raw(&u, 8);
            v = (T)u;
            if ((uint64_t)v != u || (std::is_signed<T>::value && v < T(0)))
                throw bad();
        } else if (c == 'd') {
            double d;
            i.raw(&d, 8);
            if (!(d > -9.2e18 && d < 9.2e18))
                throw bad();
            v = (T)d;
            if ((double)v != d)
                throw bad();
        } else {
            throw bad();
        }
        return v;
    }
};

template <class T>
struct codec<T, typename std::enable_if<std::is_floating_point<T>::value>::type> {
    static void put(out &o, T v)
    {
        double d = (double)v;
        o.tag('d');
        o.raw(&d, 8);
    }
    static T get(in &i)
    {
        if (i.at < i.end && *i.at == 'i')
            return (T)codec<int64_t>::get(i);
        if (i.at < i.end && *i.at == 'u')
            return (T)codec<uint64_t>::get(i);
        double d;
        if (i.tag() != 'd')
            throw bad();
        i.raw(&d, 8);
        return (T)d;
    }
};

template <> struct codec<std::string> {
    static void put(out &o, const std::string &v)
    {
        o.count('s', v.size());
        o.raw(v.data(), v.size());
    }
    static std::string get(in &i)
    {
        size_t n = i.count('s');
        std::string v(i.at, n);
        i.at += n;
        return v;
    }
};

template <> struct codec<const char *> { // one way only
    static void put(out &o, const char *v)
    {
        codec<std::string>::put(o, v ? v : "");
    }
};
template <> struct codec<char *> : codec<const char *> {};

// vector, list, deque
template <class T>
struct codec<T, void_of<decltype(((T *)0)->push_back(*((T *)0)->begin())),
                        typename std::enable_if<!std::is_same<
                            T, std::string>::value>::type>> {
    typedef typename T::value_type item;
    static_assert(has_codec<item>::value, "a value");
    static void put(out &o, const T &v)
    {
        o.count('l', v.size());
        for (auto at = v.begin(); at != v.end(); ++at)
            codec<item>::put(o, *at);
    }
    static T get(in &i)
    {
        T v;
        for (size_t n = i.count('l'); n > 0; n--)
            v.push_back(codec<item>::get(i));
        return v;
    }
};

// std::array
template <template <class, size_t> class A, class item, size_t N>
struct codec<A<item, N>, void_of<decltype(((A<item, N> *)0)->fill(item()))>> {
    static void put(out &o, const A<item, N> &v)
    {
        o.count('l', N);
        for (size_t k = 0; k < N; k++)
            codec<item>::put(o, v[k]);
    }
    static A<item, N> get(in &i)
    {
        A<item, N> v;
        if (i.count('l') != N)
            throw bad();
        for (size_t k = 0; k < N; k++)
            v[k] = codec<item>::get(i);
        return v;
    }
};

template <class A, class B> struct codec<std::pair<A, B>> {
    static_assert(has_codec<bare<A>>::value && has_codec<bare<B>>::value, "");
    static void put(out &o, const std::pair<A, B> &v)
    {
        o.count('t', 2);
        codec<bare<A>>::put(o, v.first);
        codec<bare<B>>::put(o, v.second);
    }
    static std::pair<bare<A>, bare<B>> get(in &i)
    {
        if (i.count('t') != 2)
            throw bad();
        bare<A> a = codec<bare<A>>::get(i);
        return { a, codec<bare<B>>::get(i) };
    }
};

template <class... T> struct codec<std::tuple<T...>> {
    template <size_t... K>
    static void each(out &o, const std::tuple<T...> &v,
                     std::index_sequence<K...>)
    {
        (codec<bare<T>>::put(o, std::get<K>(v)), ...);
    }
    static void put(out &o, const std::tuple<T...> &v)
    {
        o.count('t', sizeof...(T));
        each(o, v, std::index_sequence_for<T...>());
    }
    static std::tuple<T...> get(in &i)
    {
        if (i.count('t') != sizeof...(T))
            throw bad();
        return std::tuple<T...>{ codec<bare<T>>::get(i)... }; // in order
    }
};

// set and map, ordered or not
template <class T>
struct codec<T, void_of<typename T::key_type,
                        decltype(((T *)0)->insert(*((T *)0)->begin()))>> {
    typedef typename T::value_type item;
    static_assert(has_codec<bare<typename T::key_type>>::value, "a value");
    template <class A, class B>
    static std::pair<A, B> plain(const std::pair<const A, B> *);
    template <class A> static A plain(const A *);
    typedef decltype(plain((item *)0)) kept;
    static void put(out &o, const T &v)
    {
        o.count('h', v.size());
        for (const auto &x : v)
            codec<kept>::put(o, kept(x));
    }
    static T get(in &i)
    {
        T v;
        for (size_t n = i.count('h'); n > 0; n--)
            v.insert(codec<kept>::get(i));
        return v;
    }
};

// optional
template <class T>
struct codec<T, void_of<decltype(((T *)0)->has_value()),
                        decltype(((T *)0)->value_or(((T *)0)->value()))>> {
    typedef typename T::value_type item;
    static void put(out &o, const T &v)
    {
        o.count('o', v.has_value() ? 1 : 0);
        if (v.has_value())
            codec<item>::put(o, *v);
    }
    static T get(in &i)
    {
        if (i.count('o') == 0)
            return T();
        return T(codec<item>::get(i));
    }
};

// any: what published tests put in
template <class T>
struct codec<T, void_of<decltype(((T *)0)->type().name()),
                        decltype(any_cast<int>((T *)0))>> {
    template <class A> static bool is(out &o, const T &v, char c)
    {
        const A *p = any_cast<A>(&v);
        if (p) {
            o.tag(c);
            codec<A>::put(o, *p);
        }
        return p != 0;
    }
    static void put(out &o, const T &v)
    {
        o.tag('a');
        if (is<int>(o, v, 'i') || is<long>(o, v, 'l') ||
            is<long long>(o, v, 'q') || is<unsigned>(o, v, 'u') ||
            is<double>(o, v, 'd') || is<float>(o, v, 'f') ||
            is<bool>(o, v, 'b') || is<char>(o, v, 'c') ||
            is<std::string>(o, v, 's'))
            return;
        const char *const *p = any_cast<const char *>(&v);
        o.tag(p ? 's' : 'x');
        if (p)
            codec<const char *>::put(o, *p);
    }
    static T get(in &i)
    {
        if (i.tag() != 'a')
            throw bad();
        switch (i.tag()) {
        case 'i': return T(codec<int>::get(i));
        case 'l': return T(codec<long>::get(i));
        case 'q': return T(codec<long long>::get(i));
        case 'u': return T(codec<unsigned>::get(i));
        case 'd': return T(codec<double>::get(i));
        case 'f': return T(codec<float>::get(i));
        case 'b': return T(codec<bool>::get(i));
        case 'c': return T(codec<char>::get(i));
        case 's': return T(codec<std::string>::get(i));
        case 'x': return T();
        }
        throw bad();
    }
};

// length, number of the call, bytes.  read and write themselves: what a
// candidate puts in their place concerns the candidate.
inline bool all_read(void *p, size_t n)
{
    for (char *at = (char *)p; n > 0;) {
        ssize_t k = read(PEER, at, n);
        if (k <= 0)
            return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

inline bool frame_send(uint32_t nr, const std::string &b)
{
    uint32_t head[2] = { (uint32_t)b.size(), nr };
    std::string all((const char *)head, sizeof(head));
    all += b;
    for (size_t at = 0; at < all.size();) {
        ssize_t k = write(PEER, all.data() + at, all.size() - at);
        if (k <= 0)
            return false;
        at += (size_t)k;
    }
    return true;
}

// 1: one is there; 0: the end; -1: no such frame
inline int frame_take(uint32_t &nr, std::string &b)
{
    uint32_t head[2];

    if (!all_read(head, sizeof(head)))
        return 0;
    if (head[0] > FRAME_MAX)
        return -1;
    b.resize(head[0]);
    nr = head[1];
    return all_read(&b[0], b.size());
}

// By reference, and so changed for its caller too.
template <class A> struct changes {
    enum {
        yes = std::is_lvalue_reference<A>::value &&
              !std::is_const<typename std::remove_reference<A>::type>::value
    };
};

} // namespace tw_value
