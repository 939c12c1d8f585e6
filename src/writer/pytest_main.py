def _tw_main(args):
    if args:
        return _tw_apply(args)
    failed = 0
    for test in _TW_TESTS:
        error = _tw_run(test)[1]
        if isinstance(error, KeyboardInterrupt):
            raise error
        if error is None:
            print("pass %s" % test.__name__)
        else:
            failed += 1
            print("FAIL %s: %s" % (test.__name__, ascii(str(error))[1:-1]))
    print("%d of %d cases passed" % (
        len(_TW_TESTS) - failed, len(_TW_TESTS)))
    return 1 if failed else 0


if __name__ == "__main__":
    _tw_sys.exit(_tw_main(_tw_sys.argv[1:]))
