// What the tests of a C or C++ task count with.  In front of the program.
#ifdef __cplusplus
extern "C" void tw_checked(int outcome);
int main() __asm__("tw_tests"); // the tests' main; ours calls it
template <class F> static inline void tw_try(F check)
{
    bool good;

    try {
        good = check();
    } catch (...) {
        tw_checked(2);
        return;
    }
    tw_checked(good);
}
#else
void tw_checked(int outcome);
int main() __asm__("tw_tests");
#endif
