import java.util.*;

/** Prints the system properties whose names begin with "x.", with their values in UTF-16 units. */
public class Properties {
    public static void main(String[] args) {
        StringBuilder b = new StringBuilder();
        for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
            if (!name.startsWith("x.")) continue;
            b.append(name).append('=');
            for (char c : System.getProperty(name).toCharArray()) b.append(String.format("%02x", (int) c));
            b.append('\n');
        }
        System.out.print(b);
    }
}
