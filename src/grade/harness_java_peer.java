import java.io.*;
import java.lang.reflect.*;
import java.util.*;

/* The tests' side: asks the candidate, counts checks, says how they went. */
public final class TwMain {
    private static final StringBuilder outcomes = new StringBuilder();
    private static int passed;
    private static int calls;
    private static final Map<Object, Integer> objects = new IdentityHashMap<>();
    private static DataInputStream in;
    private static OutputStream to, record;

    private TwMain() { }

    private static void note(boolean good) {
        outcomes.append(good ? '1' : '0');
        passed += good ? 1 : 0;
    }

    /* In place of list.contains(false). */
    public static boolean fails(List<Boolean> checks) {
        boolean bad = false;
        for (Boolean b : checks) {
            boolean good = !Boolean.FALSE.equals(b);
            note(good);
            bad |= !good;
        }
        return bad;
    }

    private static void finish(String how) {
        String line = how + " " + passed + " " + outcomes.length() + " "
            + outcomes + "\n";
        try {
            record.write(line.getBytes("US-ASCII"));
            record.flush();
        } catch (IOException e) {
            Runtime.getRuntime().halt(2);
        }
        Runtime.getRuntime().halt(0);
    }

    /* What the candidate did to an argument in place. */
    @SuppressWarnings("unchecked")
    private static void change(Object from, Object to) {
        try {
            if (to instanceof List && from instanceof List && !from.equals(to)) {
                ((List<Object>) to).clear();
                ((List<Object>) to).addAll((List<Object>) from);
            } else if (to instanceof Map && from instanceof Map
                    && !from.equals(to)) {
                ((Map<Object, Object>) to).clear();
                ((Map<Object, Object>) to).putAll((Map<Object, Object>) from);
            } else if (to != null && from != null && to.getClass().isArray()
                    && to.getClass() == from.getClass()) {
                System.arraycopy(from, 0, to, 0, Math.min(
                    Array.getLength(from), Array.getLength(to)));
            }
        } catch (UnsupportedOperationException e) {
            return; /* a list that nobody can change */
        }
    }

    @SuppressWarnings("unchecked")
    public static synchronized <T> T ask(String type, String name, Object self,
                                         Object... args) {
        List<Object> all = new ArrayList<>(List.of(type, name,
            self == null ? 0 : objects.computeIfAbsent(self,
                k -> objects.size() + 1)));
        all.addAll(Arrays.asList(args));
        Object[] got = null;
        calls++;
        TwValue.known = new Object[0];
        try {
            TwValue.send(to, calls, TwValue.bytes(all.toArray()));
            TwValue.known = args;
            got = TwValue.values(TwValue.take(in, calls));
        } catch (StreamCorruptedException e) {
            finish("forged");
        } catch (EOFException e) {
            finish("gone");
        } catch (IOException e) {
            finish(got == null && e.getMessage() != null
                   && e.getMessage().startsWith("Broken") ? "gone" : "forged");
        } catch (RuntimeException e) {
            finish("forged"); /* an array of other items, a set of no order */
        }
        if (got.length == 1 && "r".equals(got[0]))
            finish("raised");
        if (got.length != args.length + 2 || !"v".equals(got[0]))
            finish("forged");
        for (int i = 0; i < args.length; i++)
            change(got[i + 2], args[i]);
        return (T) got[1];
    }

    /* What the tests threw, or null. */
    private static Throwable run(String name) {
        try {
            Method m = Class.forName(name).getMethod("main", String[].class);
            m.setAccessible(true);
            m.invoke(null, (Object) new String[0]);
            return null;
        } catch (InvocationTargetException e) {
            return e.getCause();
        } catch (Throwable t) {
            return t;
        }
    }

    /* The argument: the class of the tests.  The socket is descriptor 0, in both
     * directions. */
    public static void main(String[] args) {
        in = new DataInputStream(new FileInputStream(FileDescriptor.in));
        to = new FileOutputStream(FileDescriptor.in);
        record = new FileOutputStream(FileDescriptor.out);
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        Throwable t = run(args[0]);
        boolean asserted = t instanceof AssertionError;
        if (outcomes.length() == 0 && (t == null || asserted))
            note(t == null);
        else if (asserted && passed == outcomes.length())
            note(false);
        finish(t == null ? "done" : asserted ? "stopped" : "raised");
    }
}
