// Between a candidate and its tests: takes back what macros could have bent.
#undef assert
#undef auto
#undef bool
#undef break
#undef case
#undef catch
#undef char
#undef const
#undef do
#undef double
#undef else
#undef false
#undef float
#undef for
#undef if
#undef int
#undef long
#undef main
#undef operator
#undef return
#undef static_cast
#undef true
#undef try
#undef tw_checked
#undef tw_tests
#undef tw_try
#undef while
#ifdef __cplusplus
#define assert(...) tw_try([&]() { return static_cast<bool>(__VA_ARGS__); })
#else
#define assert(...) tw_checked((__VA_ARGS__) ? 1 : 0)
#endif
