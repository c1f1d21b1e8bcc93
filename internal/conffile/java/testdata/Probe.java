import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.AlgorithmConstraints;
import java.security.CryptoPrimitive;
import java.security.KeyStore;
import java.security.Security;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Says what Java makes of a file that overrides java.security.
 *
 * Probe real: of the one this JVM was started with, by a real TLS context.
 * Probe each: of every file named on standard input, by the classes a context
 * uses; start it with a file that clears jdk.tls.disabledAlgorithms.
 *
 * Probe handshake KEYSTORE: makes a connection to itself on loopback with the
 * key store (password "changeit"), and says with which protocol.
 *
 * Each answer is one line: "failed", or protocols, a bar, and suites.
 */
public final class Probe {
    private static final String LIST = "jdk.tls.disabledAlgorithms";
    private static final String CERTPATH = "jdk.certpath.disabledAlgorithms";
    private static final String CURVES = "jdk.disabled.namedCurves";

    public static void main(String[] args) throws Exception {
        if (args[0].equals("real")) {
            try {
                SSLEngine engine = engine();
                System.out.println(String.join(" ", engine.getEnabledProtocols()) + "|" + String.join(" ", engine.getEnabledCipherSuites()));
            } catch (Throwable e) {
                System.out.println("failed");
            }
            return;
        }
        if (args[0].equals("handshake")) {
            System.out.println(handshake(args[1]));
            return;
        }
        Constructor<?> decomposer = Class.forName("sun.security.ssl.SSLAlgorithmDecomposer").getDeclaredConstructor();
        decomposer.setAccessible(true);
        Constructor<?> constraints = Class.forName("sun.security.util.DisabledAlgorithmConstraints")
                .getDeclaredConstructor(String.class, Class.forName("sun.security.util.AlgorithmDecomposer"));
        constraints.setAccessible(true);
        SSLEngine engine = engine();
        String[] protocols = engine.getEnabledProtocols();
        String[] suites = engine.getEnabledCipherSuites();
        Path own = Path.of(System.getProperty("java.home"), "conf", "security", "java.security");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String file; (file = in.readLine()) != null;) {
            try {
                Properties properties = new Properties();
                load(properties, own.toString());
                load(properties, file);
                Security.setProperty(CURVES, properties.getProperty(CURVES, ""));
                Security.setProperty("test.certpath", properties.getProperty(CERTPATH, ""));
                constraints.newInstance("test.certpath", decomposer.newInstance());
                Security.setProperty("test.list", properties.getProperty(LIST, ""));
                AlgorithmConstraints rules = (AlgorithmConstraints) constraints.newInstance("test.list", decomposer.newInstance());
                System.out.println(permitted(rules, protocols) + "|" + permitted(rules, suites));
            } catch (Exception e) {
                System.out.println("failed");
            }
        }
    }

    private static String handshake(String file) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance(new java.io.File(file), password);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        InetAddress local = InetAddress.getLoopbackAddress();
        try (SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1, local)) {
            Thread accept = new Thread(() -> {
                try (SSLSocket peer = (SSLSocket) server.accept()) {
                    peer.startHandshake();
                    peer.getOutputStream().write(1);
                } catch (Exception e) {
                    System.err.println(e);
                }
            });
            accept.start();
            try (SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket(local, server.getLocalPort())) {
                client.startHandshake();
                client.getInputStream().read();
                return client.getSession().getProtocol();
            } finally {
                accept.join(5000);
            }
        }
    }

    private static SSLEngine engine() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    private static void load(Properties properties, String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            properties.load(in);
        }
    }

    private static String permitted(AlgorithmConstraints rules, String[] names) {
        List<String> list = new ArrayList<>();
        for (String name : names) {
            if (rules.permits(EnumSet.of(CryptoPrimitive.KEY_AGREEMENT), name, null)) {
                list.add(name);
            }
        }
        return String.join(" ", list);
    }
}
