import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * Prints what the running Java makes of its security properties: the value of
 * the list, and the protocols and suites that a server and a client have
 * enabled unless the program asks for others. In place of the latter comes one
 * line "failed" if no context can be made.
 */
public final class Probe {
    public static void main(String[] args) {
        System.out.println("list " + escape(Security.getProperty("jdk.tls.disabledAlgorithms")));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            for (boolean client : new boolean[] {false, true}) {
                SSLEngine engine = context.createSSLEngine();
                engine.setUseClientMode(client);
                String side = client ? "client" : "server";
                System.out.println(side + " protocols " + String.join(" ", engine.getEnabledProtocols()));
                System.out.println(side + " suites " + String.join(" ", engine.getEnabledCipherSuites()));
                System.out.println(side + " supported " + String.join(" ", engine.getSupportedProtocols()));
            }
        } catch (Throwable e) {
            List<String> causes = new ArrayList<>();
            for (Throwable t = e; t != null && causes.size() < 5; t = t.getCause()) {
                causes.add(t.getClass().getName() + ": " + t.getMessage());
            }
            System.out.println("failed " + escape(String.join(" <- ", causes)));
        }
    }

    private static String escape(String s) {
        if (s == null) {
            return "null";
        }
        StringBuilder b = new StringBuilder();
        for (char c : s.toCharArray()) {
            b.append(c < ' ' || c > '~' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return b.toString();
    }
}
