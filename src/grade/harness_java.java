import java.io.*;
import java.lang.reflect.*;
import java.util.List;

/* Runs the tests of a Java task and says, with a token, how they went.  The
 * token comes by stdin, before any class of the candidate is loaded, and is
 * kept in a local variable, which reflection does not reach. */
public final class TwMain {
    private static final StringBuilder outcomes = new StringBuilder();
    private static int passed;

    private static synchronized void note(boolean good) {
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

    private static String token() throws IOException {
        FileInputStream in = new FileInputStream(FileDescriptor.in);
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) > '\n'; )
            line.append((char) c);
        System.setIn(new ByteArrayInputStream(new byte[0]));
        return line.toString();
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

    public static void main(String[] args) throws Exception {
        /* token, class of the tests */
        String[] words = token().split(" ");
        FileOutputStream record = new FileOutputStream(FileDescriptor.out);
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        Throwable t = run(words[words.length - 1]);
        boolean asserted = t instanceof AssertionError;
        synchronized (TwMain.class) {
            if (outcomes.length() == 0 && (t == null || asserted))
                note(t == null);
            else if (asserted && passed == outcomes.length())
                note(false);
            String line = words[0] + (t == null ? " done " : " stopped ")
                + passed + " " + outcomes.length() + " " + outcomes + "\n";
            record.write(line.getBytes("US-ASCII"));
            record.flush();
        }
        if (t != null) {
            System.err.print("Exception in thread \"main\" ");
            t.printStackTrace();
            System.exit(1);
        }
    }
}
