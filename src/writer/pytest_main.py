def _tw_main():
    failed = 0
    for test in _TW_TESTS:
        try:
            test()
        except Exception as error:
            failed += 1
            print("FAIL %s: %s: %s" % (
                test.__name__, type(error).__name__, error))
        else:
            print("pass %s" % test.__name__)
    print("%d of %d cases passed" % (
        len(_TW_TESTS) - failed, len(_TW_TESTS)))
    return 1 if failed else 0


if __name__ == "__main__":
    _tw_sys.exit(_tw_main())
