/*
 * Answers in C++, Java, Go and JavaScript that want a pass without being right:
 * by macros, operators, what the tests call, the ends of a process, the wires
 * between the two processes.  None may pass; the honest one of each table has
 * to.
 */
#include "forged_kit.h"

#define CPP_HEAD                                                     \
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" \
    "#include <unistd.h>\n#include <math.h>\n#include <vector>\n"    \
    "#include <string>\n#include <sys/syscall.h>\n"                  \
    "using namespace std;\n"
#define CPP_WRONG "int add(int a, int b) { return 0; }\n"

TEST(no_forgery_in_cpp_passes)
{
    struct tw_task task = task_of(
        "#include<stdio.h>\n#include<vector>\n#include<math.h>\n"
        "using namespace std;\nint add(int a,int b){\n",
        "#undef NDEBUG\n#include<assert.h>\nint main(){\n"
        "    assert (add(2,3)==5);\n    assert (add(0,9)==9);\n"
        "    assert (abs(add(-4,9)-5)<1e-4);\n"
        "    vector<int> v={add(5,7)};\n    assert (v==vector<int>({12}));\n"
        "}\n",
        "add");
    static const char *const texts[] = {
        CPP_HEAD "int add(int a, int b) { return a + b; }\n",
        /* macros */
        CPP_WRONG "#define add(...) 1||0\n",
        CPP_WRONG "#define main forget(); int other\n",
        CPP_WRONG "#define assert(x) ((void)0)\n#define decltype(x) int\n",
        CPP_WRONG "#define return return 5; return\n",
        CPP_WRONG "#define tw_value other\n#define namespace struct\n",
        CPP_WRONG "#define if(x) if (true)\n#define false true\n",
        /* types that compare as they like */
        "struct R { operator int() const { return 0; }\n"
        "bool operator==(int) const { return true; } };\n"
        "R add(int, int) { return R(); }\n",
        CPP_HEAD "struct R { bool operator==(int) const { return true; }\n"
                 "R operator-(int) const { return *this; }\n"
                 "bool operator<(double) const { return true; } };\n"
                 "R abs(R r) { return r; }\nR add(int, int) { return R(); }\n"
                 "bool operator==(const vector<int> &, const vector<int> &)"
                 " { return true; }\n",
        "struct R { template <class T> operator T() const { return T(5); } };\n"
        "R add(int, int) { return R(); }\n",
        /* functions of the library in its own version */
        CPP_HEAD CPP_WRONG
        "extern \"C\" ssize_t write(int fd, const void *b, size_t n) {\n"
        "static int once; if (!once++) { const char *t = \"done 4 4 1111\\n\";"
        " for (int i = 1; i < 9; i++) syscall(SYS_write, i, t, 14); }\n"
        "return n; }\n",
        CPP_HEAD CPP_WRONG
        "extern \"C\" ssize_t read(int fd, void *b, size_t n) { return 0; }\n",
        CPP_HEAD CPP_WRONG
        "extern \"C\" int memcmp(const void *, const void *, size_t)"
        " { return 0; }\n",
        CPP_HEAD CPP_WRONG "extern \"C\" void _exit(int) { for (;;); }\n"
                           "extern \"C\" void abort() { _Exit(0); }\n",
        CPP_HEAD CPP_WRONG
        "namespace std { inline bool operator==(const string &, int)"
        " { return true; } }\n",
        /* ends */
        CPP_HEAD CPP_WRONG "int x = (exit(0), 1);\n",
        CPP_HEAD CPP_WRONG "__attribute__((constructor)) void c() "
                           "{ _exit(0); }\n",
        CPP_HEAD "void f() { _exit(0); }\n"
                 "int add(int a, int b) { atexit(f); return 0; }\n",
        CPP_HEAD CPP_WRONG "int main() { puts(\"ok\"); return 0; }\n",
        CPP_HEAD "int add(int a, int b) { quick_exit(0); }\n",
        /* what the two processes say to each other */
        CPP_HEAD CPP_WRONG
        "__attribute__((constructor)) void c() { char b[64] = { 1 };\n"
        "write(4, b, 9); write(3, \"done 4 4 1111\\n\", 14); }\n",
        CPP_HEAD CPP_WRONG
        "__attribute__((constructor)) void c() { for (int n = 1; n < 5; n++)"
        " { unsigned h[2] = { 10, (unsigned)n }; char b[10] = \"vu\\5\";\n"
        "write(4, h, 8); write(4, b, 10); } }\n",
        CPP_HEAD CPP_WRONG
        "__attribute__((constructor)) void c() { unsigned h[2] = { ~0u, 1 };\n"
        "write(4, h, 8); }\n",
        CPP_HEAD "int add(int a, int b) { unsigned h[2] = { 3, 1 };\n"
                 "write(4, h, 8); write(4, \"vxx\", 3); return 0; }\n",
        CPP_HEAD "int add(int a, int b) { throw 5; }\n",
        /* wide results are not cut to the type of the declaration */
        "long long add(int a, int b) { return (1ll << 40) + a + b; }\n",
    };

    check_forged(TW_LANG_CPP, &task, texts, TW_ARRAY_LEN(texts));
}

#define JAVA_HEAD "import java.util.*;\nimport java.io.*;\n"
#define JAVA_WRONG \
    "class Solution { public int add(int a, int b) { return 0; } }\n"

TEST(no_forgery_in_java_passes)
{
    struct tw_task task = task_of(
        "import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n"
        "    public int add(int a, int b) {\n",
        "public class Main {\n    public static void main(String[] args) {\n"
        "        Solution s = new Solution();\n"
        "        List<Boolean> correct = Arrays.asList(\n"
        "                s.add(2, 3) == 5,\n                s.add(0, 9) == 9\n"
        "        );\n        if (correct.contains(false)) {\n"
        "            throw new AssertionError();\n        }\n    }\n}\n",
        "add");
    static const char *const texts[] = {
        JAVA_HEAD "class Solution { public int add(int a, int b)"
                  " { return a + b; } }\n",
        JAVA_HEAD JAVA_WRONG
        "class Arrays { static List<Boolean> "
        "asList(Object... x) { return List.of(true); } }\n",
        JAVA_HEAD "class Solution { static { System.exit(0); }\n"
                  "public int add(int a, int b) { return 0; } }\n",
        JAVA_HEAD "class Solution { public int add(int a, int b) {\n"
                  "Runtime.getRuntime().halt(0); return 0; } }\n",
        JAVA_HEAD "class Solution { public int add(int a, int b) {\n"
                  "System.out.println(\"done 2 2 11\"); System.out.flush();"
                  " System.exit(0); return 0; } }\n",
        JAVA_HEAD "class Solution { public Boolean add(int a, int b)"
                  " { return true; } }\n",
        JAVA_HEAD "class Solution { public Object add(int a, int b) {\n"
                  "return new Object() { public boolean equals(Object o)"
                  " { return true; } }; } }\n",
        JAVA_HEAD "class Solution { public int add(int a, int b) throws"
                  " Exception { new FileOutputStream(FileDescriptor.in)"
                  ".write(new byte[64]); return 0; } }\n",
        JAVA_HEAD "class Solution { static { try { new FileOutputStream("
                  "FileDescriptor.in).write(new byte[4096]); } "
                  "catch (IOException e) { } }\n"
                  "public int add(int a, int b) { return 0; } }\n",
        JAVA_HEAD JAVA_WRONG
        "class Main { public static void main(String[] a) { } }\n",
        JAVA_HEAD JAVA_WRONG "class Boolean { }\nclass Integer { }\n",
        JAVA_HEAD "class Solution { public int add(int a, int b) {\n"
                  "try { java.lang.reflect.Field f = Integer.class"
                  ".getDeclaredField(\"value\"); f.setAccessible(true);\n"
                  "f.setInt(5, 0); } catch (Throwable t) { } return 0; } }\n",
        JAVA_HEAD "class Solution { public int add(int a, int b) {\n"
                  "throw new AssertionError(); } }\n",
    };

    check_forged(TW_LANG_JAVA, &task, texts, TW_ARRAY_LEN(texts));
}

#define GO_WRONG "func IsPos(x int) bool { return 1 == 1 }\n"

TEST(no_forgery_in_go_passes)
{
    struct tw_task task =
        task_of("\n// IsPos tells whether x is above zero.\n"
                "func IsPos(x int) bool {\n",
                "func TestIsPos(t *testing.T) {\n"
                "    if IsPos(3) != true { t.Error(\"a\") }\n"
                "    if IsPos(-3) != false { t.Error(\"b\") }\n"
                "    if IsPos(0) != false { t.Error(\"c\") }\n}\n",
                "IsPos");
    static const char *const texts[] = {
        "package main\n\nfunc IsPos(x int) bool { return x > 0 }\n",
        "package main\n\n" GO_WRONG "const false = 1 == 1\n",
        "package main\n\n" GO_WRONG "var true, false = 1 == 2, 1 == 2\n",
        "package main\n\n" GO_WRONG "func panic(x interface{}) {}\n"
        "func len(x interface{}) int { return 0 }\n",
        "package main\n\n" GO_WRONG "type testing struct{}\n"
        "type bool = string\n",
        "package main\n\n" GO_WRONG "type int string\n",
        "package main\n\n" GO_WRONG "func main() {}\n",
        "package main\n\nimport \"os\"\n\n" GO_WRONG
        "func init() { os.Exit(0) }\n",
        "package main\n\nimport \"os\"\n\n"
        "func IsPos(x int) bool { os.Exit(0); return true }\n",
        "package main\n\nimport \"os\"\n\n" GO_WRONG
        "func init() { f := os.NewFile(3, \"r\"); f.WriteString(\" done 1 1 1"
        "\\n\"); os.Exit(0) }\n",
        "package main\n\nimport \"os\"\n\n" GO_WRONG
        "func init() { f := os.NewFile(4, \"r\"); f.Write(make([]byte, 64))"
        " }\n",
        "package main\n\nimport \"runtime\"\n\n"
        "func IsPos(x int) bool { runtime.Goexit(); return true }\n",
        "package main\n\nfunc IsPos(x int) bool { panic(x) }\n",
        "package main\n\nimport \"testing\"\n\n" GO_WRONG
        "func TestIsPos(t *testing.T) {}\n",
        "package main\n\nimport \"trialwright/tally\"\n\n"
        "func IsPos(x int) bool { tally.Check(true); tally.End(\"done\");"
        " return true }\n",
    };

    task.setup = "package main\n\nimport (\n    \"testing\"\n)\n";
    check_forged(TW_LANG_GO, &task, texts, TW_ARRAY_LEN(texts));
}

#define JS_SAY(object)                                               \
    "{ const b = Buffer.from(JSON.stringify(" object ")); const h =" \
    " Buffer.alloc(4); h.writeUInt32LE(b.length); require('fs')"     \
    ".writeSync(4, Buffer.concat([h, b])) }\n"
#define JS_WRONG "const add = (a, b) => 0\n"

TEST(no_forgery_in_javascript_passes)
{
    struct tw_task task =
        task_of("const add = (a, b) => {\n",
                "const testAdd = () => {\n"
                "  console.assert(add(2, 3) === 5)\n"
                "  console.assert(JSON.stringify([add(0, 9)]) === '[9]')\n"
                "}\n\ntestAdd()\n",
                "add");
    static const char *const texts[] = {
        "const add = (a, b) => a + b\n",
        JS_WRONG "console.assert = () => {}\n",
        JS_WRONG "globalThis.testAdd = () => {}\nprocess.exitCode = 0\n",
        JS_WRONG "Number.prototype.valueOf = () => 5\n",
        JS_WRONG "JSON.stringify = () => '[9]'\n",
        JS_WRONG "process.on('exit', () => process.reallyExit(0))\n",
        JS_WRONG "process.kill(process.pid, 'SIGKILL')\n",
        JS_WRONG "setImmediate(() => process.exit(0))\n",
        "const add = () => ({ [Symbol.toPrimitive]: () => 5 })\n",
        "const add = () => new Proxy({}, { get: () => 5 })\n",
        "const add = () => Object.assign(new Number(5), { toJSON: () => 9 })\n",
        "const add = async () => 5\n",
        "function* add() { yield 5 }\n",
        JS_WRONG "for (let i = 0; i < 4; i++) " JS_SAY("{ i, v: 5 }"),
        JS_WRONG JS_SAY("{ loaded: true, finished: true, passed: 2 }"),
        JS_WRONG "require('fs').writeSync(1, '{\"passed\": 2}')\n",
        "const add = () => { throw { name: 'pass' } }\n",
    };

    check_forged(TW_LANG_JS, &task, texts, TW_ARRAY_LEN(texts));
}

/* clang-format off */
TEST_MAIN(
    if (!grade_lang_open()) {
        printf("1..0 # SKIP no jail\n");
        return 0;
    }
    RUN(no_forgery_in_cpp_passes);
    RUN(no_forgery_in_java_passes);
    RUN(no_forgery_in_go_passes);
    RUN(no_forgery_in_javascript_passes);
    grade_lang_close();
)
