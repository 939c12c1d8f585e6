/* Each by its name: a class of the candidate that is called so stays its own. */
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.Boolean;
import java.lang.Byte;
import java.lang.Character;
import java.lang.Class;
import java.lang.Double;
import java.lang.Exception;
import java.lang.Float;
import java.lang.Integer;
import java.lang.Long;
import java.lang.NoSuchMethodException;
import java.lang.Number;
import java.lang.Object;
import java.lang.Short;
import java.lang.String;
import java.lang.System;
import java.lang.Throwable;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/* The candidate's side: answers calls of its method with values. */
public final class TwMain {
    private TwMain() { }

    /* By number of those of the tests. */
    private static final Map<Integer, Object> objects = new HashMap<>();

    private static final Map<Class<?>, Class<?>> BOXED = Map.of(
        int.class, Integer.class, long.class, Long.class,
        double.class, Double.class, float.class, Float.class,
        boolean.class, Boolean.class, char.class, Character.class,
        short.class, Short.class, byte.class, Byte.class);

    private static boolean fits(Method m, Object[] args) {
        Class<?>[] types = m.getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            Class<?> t = BOXED.getOrDefault(types[i], types[i]);
            boolean number = types[i].isPrimitive() && args[i] instanceof Number;
            if (args[i] != null && !t.isInstance(args[i]) && !number)
                return false;
        }
        return true;
    }

    /* The most exact first: one whose types fit as they are. */
    private static Method find(Class<?> c, String name, Object[] args)
            throws NoSuchMethodException {
        Method found = null;
        for (Method m : c.getDeclaredMethods())
            if (m.getName().equals(name) && !m.isBridge()
                    && m.getParameterCount() == args.length && fits(m, args))
                found = m;
        if (found == null)
            throw new NoSuchMethodException(name);
        found.setAccessible(true);
        return found;
    }

    private static Object object(Class<?> c, Integer nr) throws Exception {
        Object known = objects.get(nr);
        if (known != null)
            return known;
        Constructor<?> make = c.getDeclaredConstructor();
        make.setAccessible(true);
        Object made = make.newInstance();
        objects.put(nr, made);
        return made;
    }

    private static byte[] answer(Object[] asked) throws IOException {
        Object[] args = Arrays.copyOfRange(asked, 3, asked.length);
        try {
            Class<?> c = Class.forName((String) asked[0]);
            Method m = find(c, (String) asked[1], args);
            Object self = Modifier.isStatic(m.getModifiers()) ? null
                : object(c, (Integer) asked[2]);
            Object r = m.invoke(self, args);
            return TwValue.result(r, args);
        } catch (Throwable e) {
            Throwable t = e instanceof InvocationTargetException
                ? e.getCause() : e;
            System.err.print("Exception in thread \"main\" ");
            t.printStackTrace();
            return TwValue.bytes(new Object[] { "r" });
        }
    }

    /* The socket is descriptor 0, in both directions. */
    public static void main(String[] none) throws Exception {
        DataInputStream in = new DataInputStream(
            new FileInputStream(FileDescriptor.in));
        FileOutputStream to = new FileOutputStream(FileDescriptor.in);
        System.setIn(new ByteArrayInputStream(new byte[0]));
        try {
            for (int nr = 1;; nr++)
                TwValue.send(to, nr, answer(
                    TwValue.values(TwValue.take(in, 0))));
        } catch (EOFException e) {
            System.exit(0); /* nobody asks any more */
        }
    }
}
