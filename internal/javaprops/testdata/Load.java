import java.io.*;
import java.nio.file.*;
import java.util.*;

/** Prints what java.util.Properties makes of the files of a folder, one line each: what it refused, and the map, in UTF-16 units. */
public class Load {
    static String hex(String s) {
        StringBuilder b = new StringBuilder();
        for (char c : s.toCharArray()) b.append(String.format("%04x", (int) c));
        return b.toString();
    }

    public static void main(String[] args) throws IOException {
        for (int i = 0; ; i++) {
            Path file = Path.of(args[0], Integer.toString(i));
            if (!Files.exists(file)) return;
            Properties p = new Properties();
            String fault = "ok";
            try (InputStream in = Files.newInputStream(file)) {
                p.load(in);
            } catch (IllegalArgumentException e) {
                fault = "refused";
            }
            StringBuilder b = new StringBuilder(fault);
            for (String key : new TreeSet<>(p.stringPropertyNames())) b.append(' ').append(hex(key)).append('=').append(hex(p.getProperty(key)));
            System.out.println(b);
        }
    }
}
