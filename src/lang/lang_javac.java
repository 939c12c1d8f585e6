import java.io.*;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.jar.*;
import java.util.zip.*;
import javax.tools.*;

/* Compiles the files named, all in memory, and writes $TMPDIR/p.jar, whose
 * main class is TwMain (of our tests), or Main, or the first public class, or the first class at all,
 * that has a main method.  Runs in the jail, with untrusted sources. */
final class TwJavac {
    private static final int ERRORS_MAX = 20;

    /* A public class may be in a file of any name. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public boolean isNameCompatible(String name, Kind kind) {
            return kind == Kind.SOURCE;
        }

        @Override
        public CharSequence getCharContent(boolean ignore) {
            return text;
        }
    }

    private static final class Product extends SimpleJavaFileObject {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Product(String name) {
            super(URI.create("mem:///" + name.replace('.', '/') + ".class"),
                  Kind.CLASS);
        }

        @Override
        public OutputStream openOutputStream() {
            return bytes;
        }
    }

    private static final class Memory
            extends ForwardingJavaFileManager<JavaFileManager> {
        final Map<String, Product> products = new LinkedHashMap<>();

        Memory(JavaFileManager below) {
            super(below);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location where, String name,
                JavaFileObject.Kind kind, FileObject from) {
            Product p = new Product(name);
            products.put(name, p);
            return p;
        }
    }

    private static final class Loader extends ClassLoader {
        private final Map<String, Product> products;

        Loader(Map<String, Product> products) {
            this.products = products;
        }

        @Override
        protected Class<?> findClass(String name)
                throws ClassNotFoundException {
            Product p = products.get(name);
            if (p == null)
                throw new ClassNotFoundException(name);
            byte[] b = p.bytes.toByteArray();
            return defineClass(name, b, 0, b.length);
        }
    }

    /* 0: no main method; the more the better. */
    private static int rank(Loader loader, String name) {
        try {
            Class<?> c = Class.forName(name, false, loader);
            int m = c.getDeclaredMethod("main", String[].class).getModifiers();
            if (!Modifier.isStatic(m) || !Modifier.isPublic(m))
                return 0;
            return name.equals("TwMain") ? 4 : name.equals("Main") ? 3
                 : Modifier.isPublic(c.getModifiers()) ? 2 : 1;
        } catch (Throwable t) {
            return 0;
        }
    }

    private static String mainClass(Map<String, Product> products) {
        Loader loader = new Loader(products);
        String best = null;
        int most = 0;
        for (String name : products.keySet()) {
            int r = rank(loader, name);
            if (r > most) {
                most = r;
                best = name;
            }
        }
        return best;
    }

    private static void write(Map<String, Product> products, String main)
            throws IOException {
        Manifest manifest = new Manifest();
        Attributes a = manifest.getMainAttributes();
        a.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        a.put(Attributes.Name.MAIN_CLASS, main);
        try (JarOutputStream jar = new JarOutputStream(new FileOutputStream(
                System.getenv("TMPDIR") + "/p.jar"))) {
            jar.setLevel(Deflater.BEST_SPEED);
            ZipEntry head = new ZipEntry(JarFile.MANIFEST_NAME);
            head.setTime(1000000000000L);
            jar.putNextEntry(head);
            manifest.write(jar);
            for (Map.Entry<String, Product> e : products.entrySet()) {
                ZipEntry z = new ZipEntry(
                    e.getKey().replace('.', '/') + ".class");
                z.setTime(1000000000000L);
                jar.putNextEntry(z);
                jar.write(e.getValue().bytes.toByteArray());
            }
        }
    }

    private static void tell(Diagnostic<? extends JavaFileObject> d) {
        String file = d.getSource() == null ? ""
            : d.getSource().getName().substring(1) + ":";
        System.err.println(file + d.getLineNumber() + ": error: "
                           + d.getMessage(Locale.ROOT));
    }

    public static void main(String[] args) throws IOException {
        List<JavaFileObject> sources = new ArrayList<>();
        for (String name : args)
            sources.add(new Source(name,
                new String(Files.readAllBytes(Path.of(name)),
                           StandardCharsets.UTF_8)));
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        int[] errors = { 0 };
        DiagnosticListener<JavaFileObject> listener = d -> {
            if (d.getKind() == Diagnostic.Kind.ERROR
                    && errors[0]++ < ERRORS_MAX)
                tell(d);
        };
        Memory memory = new Memory(javac.getStandardFileManager(
            listener, Locale.ROOT, StandardCharsets.UTF_8));
        boolean good = javac.getTask(null, memory, listener,
            List.of("-proc:none", "-nowarn", "-g:source,lines",
                    "-XDuseUnsharedTable=true"),
            null, sources).call();
        if (!good)
            System.exit(1);
        String main = mainClass(memory.products);
        if (main == null) {
            System.err.println("Main.java:0: error: "
                               + "no class has a main method");
            System.exit(1);
        }
        write(memory.products, main);
        System.exit(0);
    }
}
