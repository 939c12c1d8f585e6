/* Each by its name: a class of the candidate that is called so stays its own. */
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.lang.Boolean;
import java.lang.Byte;
import java.lang.Character;
import java.lang.Class;
import java.lang.ClassNotFoundException;
import java.lang.Double;
import java.lang.Float;
import java.lang.Integer;
import java.lang.Long;
import java.lang.Object;
import java.lang.Short;
import java.lang.String;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/* Values of Java as bytes, for a candidate and its tests, which are two
 * processes: what arrives is built anew of the library's own classes, so that no
 * class of the candidate comes along.  On both sides. */
final class TwValue {
    private static final int DEPTH_MAX = 500;
    private static final int ITEMS_MAX = 1 << 24;

    /* Stands for what is no value: equal to nothing but itself. */
    static final class Other { }

    /* Arguments, of which a result may be one: "==" is asked by some tests. */
    static Object[] known = {};

    private TwValue() { }

    private static int place(Object v) {
        for (int k = 0; v != null && k < known.length; k++)
            if (v == known[k])
                return k;
        return -1;
    }

    private static Object known(int place) throws IOException {
        if (place < 0 || place >= known.length)
            throw new IOException("no such argument");
        return known[place];
    }

    private static void putAll(DataOutputStream o, char tag, Object[] items,
                               int depth) throws IOException {
        o.writeByte(tag);
        o.writeInt(items.length);
        for (Object item : items)
            put(o, item, depth + 1);
    }

    private static void putText(DataOutputStream o, char tag, String s)
            throws IOException {
        byte[] b = s.getBytes(StandardCharsets.UTF_16BE);
        o.writeByte(tag);
        o.writeInt(b.length);
        o.write(b);
    }

    /* A class that is the library's, not one below it: its methods are known. */
    private static boolean isOf(Object v, String start) {
        return v.getClass().getName().startsWith(start)
            && v.getClass().getModule().getName() != null;
    }

    private static boolean putNumber(DataOutputStream o, Object v)
            throws IOException {
        if (v instanceof Boolean) {
            o.writeByte('z');
            o.writeBoolean((Boolean) v);
        } else if (v instanceof Integer) {
            o.writeByte('i');
            o.writeInt((Integer) v);
        } else if (v instanceof Long) {
            o.writeByte('l');
            o.writeLong((Long) v);
        } else if (v instanceof Double) {
            o.writeByte('d');
            o.writeLong(Double.doubleToRawLongBits((Double) v));
        } else if (v instanceof Float) {
            o.writeByte('f');
            o.writeInt(Float.floatToRawIntBits((Float) v));
        } else if (v instanceof Character) {
            o.writeByte('c');
            o.writeChar((Character) v);
        } else if (v instanceof Short) {
            o.writeByte('s');
            o.writeShort((Short) v);
        } else if (v instanceof Byte) {
            o.writeByte('b');
            o.writeByte((Byte) v);
        } else {
            return false;
        }
        return true;
    }

    private static boolean putArray(DataOutputStream o, Object v, int depth)
            throws IOException {
        if (!v.getClass().isArray())
            return false;
        int n = java.lang.reflect.Array.getLength(v);
        Object[] items = new Object[n];
        for (int k = 0; k < n; k++)
            items[k] = java.lang.reflect.Array.get(v, k);
        putText(o, 'A', v.getClass().getComponentType().getName());
        putAll(o, 'L', items, depth);
        return true;
    }

    private static boolean putMany(DataOutputStream o, Object v, int depth)
            throws IOException {
        if (v instanceof List) {
            putAll(o, 'L', ((List<?>) v).toArray(), depth);
        } else if (v instanceof Set) {
            putAll(o, v instanceof SortedSet ? 'R' : 'S',
                   ((Set<?>) v).toArray(), depth);
        } else if (v instanceof Collection) {
            putAll(o, 'Q', ((Collection<?>) v).toArray(), depth);
        } else if (v instanceof Map) {
            List<Object> flat = new ArrayList<>();
            for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) {
                flat.add(e.getKey());
                flat.add(e.getValue());
            }
            putAll(o, v instanceof SortedMap ? 'T' : 'M', flat.toArray(), depth);
        } else {
            return false;
        }
        return true;
    }

    static void put(DataOutputStream o, Object v, int depth) throws IOException {
        if (depth > DEPTH_MAX)
            throw new IOException("a value that is nested too deep");
        int place = place(v);
        if (place >= 0) {
            o.writeByte('P');
            o.writeInt(place);
        } else if (v == null)
            o.writeByte('n');
        else if (v instanceof String)
            putText(o, v == ((String) v).intern() ? 'k' : 't', (String) v);
        else if (putNumber(o, v) || putArray(o, v, depth))
            return;
        else if (v instanceof Optional)
            putAll(o, 'O', ((Optional<?>) v).isPresent()
                ? new Object[] { ((Optional<?>) v).get() } : new Object[0], depth);
        else if (v.getClass() == BigInteger.class)
            putText(o, 'I', v.toString());
        else if (v.getClass() == BigDecimal.class)
            putText(o, 'D', v.toString());
        else if (!isOf(v, "java.util.") || !putMany(o, v, depth))
            o.writeByte('x');
    }

    private static Object[] items(DataInputStream i, int depth)
            throws IOException {
        int n = i.readInt();
        if (n < 0 || n > ITEMS_MAX || n > i.available())
            throw new IOException("a length that cannot be");
        Object[] items = new Object[n];
        for (int k = 0; k < n; k++)
            items[k] = get(i, depth + 1);
        return items;
    }

    private static String text(DataInputStream i) throws IOException {
        int n = i.readInt();
        if (n < 0 || n > i.available())
            throw new IOException("a length that cannot be");
        byte[] b = new byte[n];
        i.readFully(b);
        return new String(b, StandardCharsets.UTF_16BE);
    }

    private static Class<?> component(String name) throws IOException {
        Class<?>[] known = { int.class, long.class, double.class, float.class,
            boolean.class, char.class, short.class, byte.class };
        for (Class<?> c : known)
            if (c.getName().equals(name))
                return c;
        if (!name.startsWith("java.lang.") && !name.startsWith("java.util.")
                && !name.startsWith("["))
            return Object.class;
        try {
            return Class.forName(name, false, String.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return Object.class;
        }
    }

    private static Object array(DataInputStream i, int depth)
            throws IOException {
        Class<?> c = component(text(i));
        if (i.readByte() != 'L')
            throw new IOException("an array without items");
        Object[] items = items(i, depth);
        Object a = java.lang.reflect.Array.newInstance(c, items.length);
        for (int k = 0; k < items.length; k++)
            java.lang.reflect.Array.set(a, k, items[k]);
        return a;
    }

    private static Object map(Map<Object, Object> to, Object[] flat) {
        for (int k = 0; k + 1 < flat.length; k += 2)
            to.put(flat[k], flat[k + 1]);
        return to;
    }

    private static Object single(DataInputStream i, byte tag)
            throws IOException {
        switch (tag) {
        case 'n': return null;
        case 't': return text(i);
        case 'k': return text(i).intern();
        case 'P': return known(i.readInt());
        case 'z': return i.readBoolean();
        case 'i': return i.readInt();
        case 'l': return i.readLong();
        case 'd': return Double.longBitsToDouble(i.readLong());
        case 'f': return Float.intBitsToFloat(i.readInt());
        case 'c': return i.readChar();
        case 's': return i.readShort();
        case 'b': return i.readByte();
        case 'I': return new BigInteger(text(i));
        case 'D': return new BigDecimal(text(i));
        case 'x': return new Other();
        default: throw new IOException("no value");
        }
    }

    static Object get(DataInputStream i, int depth) throws IOException {
        if (depth > DEPTH_MAX)
            throw new IOException("a value that is nested too deep");
        byte tag = i.readByte();
        switch (tag) {
        case 'A': return array(i, depth);
        case 'L': return new ArrayList<>(Arrays.asList(items(i, depth)));
        case 'S': return new LinkedHashSet<>(Arrays.asList(items(i, depth)));
        case 'R': return new TreeSet<>(Arrays.asList(items(i, depth)));
        case 'Q': return new ArrayDeque<>(Arrays.asList(items(i, depth)));
        case 'M': return map(new LinkedHashMap<>(), items(i, depth));
        case 'T': return map(new TreeMap<>(), items(i, depth));
        case 'O':
            Object[] one = items(i, depth);
            return one.length == 0 ? Optional.empty() : Optional.of(one[0]);
        default: return single(i, tag);
        }
    }

    static byte[] bytes(Object[] values) throws IOException {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        putAll(new DataOutputStream(b), 'L', values, 0);
        return b.toByteArray();
    }

    /* A result, which may be an argument, and the arguments as they are now. */
    static byte[] result(Object r, Object[] args) throws IOException {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        DataOutputStream o = new DataOutputStream(b);
        o.writeByte('L');
        o.writeInt(args.length + 2);
        put(o, "v", 1);
        known = args;
        put(o, r, 1);
        known = new Object[0];
        for (Object a : args)
            put(o, a, 1);
        return b.toByteArray();
    }

    static Object[] values(byte[] b) throws IOException {
        DataInputStream i = new DataInputStream(new ByteArrayInputStream(b));
        if (b.length == 0 || i.readByte() != 'L')
            throw new IOException("no values");
        return items(i, 0);
    }

    /* Number of the call, length, bytes. */
    static void send(OutputStream to, int nr, byte[] b) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream o = new DataOutputStream(all);
        o.writeInt(nr);
        o.writeInt(b.length);
        o.write(b);
        to.write(all.toByteArray());
        to.flush();
    }

    static byte[] take(DataInputStream from, int nr) throws IOException {
        int got = from.readInt(), n = from.readInt();
        if ((nr > 0 && got != nr) || n < 0 || n > 64 << 20)
            throw new StreamCorruptedException("an answer to no question");
        byte[] b = new byte[n];
        from.readFully(b);
        return b;
    }
}
