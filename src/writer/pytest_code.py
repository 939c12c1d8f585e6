def _tw_import(names, written):
    """The first of the modules; one of the same name that another script has
    loaded from elsewhere is let go."""
    import importlib
    import os
    folders = [os.environ.get("CODE_UNDER_TEST", ""),
               os.path.dirname(os.path.abspath(__file__)),
               os.path.dirname(os.path.abspath(written))]
    for folder in folders:
        path = os.path.join(folder, names[0] + ".py")
        if not folder or not os.path.isfile(path):
            continue
        for name in names:
            known = getattr(_tw_sys.modules.get(name), "__file__", None)
            if known and os.path.dirname(os.path.abspath(known)) != folder:
                del _tw_sys.modules[name]
        _tw_sys.path.insert(0, folder)
        try:
            return importlib.import_module(names[0])
        finally:
            _tw_sys.path.remove(folder)
    raise ImportError("no %s.py in %s" % (names[0], ", ".join(
        f for f in folders if f)))


