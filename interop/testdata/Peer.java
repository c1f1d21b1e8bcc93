import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A TLS server and a brute-force TLS client on JSSE, with every restriction of
 * the Java runtime lifted.
 *
 * <pre>
 * java Peer.java serve FOLDER PORT   serve with FOLDER/rsa.p12 and FOLDER/ecdsa.p12
 * java Peer.java modest FOLDER PORT  the same, TLS 1.2 only, AES, ChaCha20 and 3DES with the RSA key
 * java Peer.java force PORT          offer one suite at one version per connection
 * </pre>
 */
public class Peer {
    static final String[] VERSIONS = {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    static final char[] PASSWORD = "changeit".toCharArray();

    public static void main(String[] args) throws Exception {
        for (String property : new String[] {"jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.tls.legacyAlgorithms"}) {
            Security.setProperty(property, "");
        }
        System.setProperty("jdk.tls.client.enableSessionTicketExtension", "false");
        if (args[0].equals("serve") || args[0].equals("modest")) {
            serve(args[1], Integer.parseInt(args[2]), args[0].equals("modest"));
        } else {
            force(Integer.parseInt(args[1]));
        }
    }

    static SSLContext context(KeyManager[] keys) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {new TrustAll()}, new SecureRandom());
        return context;
    }

    // ---- server

    static void serve(String folder, int port, boolean modest) throws Exception {
        KeyStore both = KeyStore.getInstance("PKCS12");
        both.load(null, null);
        for (String name : new String[] {"rsa", "ecdsa"}) {
            KeyStore one = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(folder + "/" + name + ".p12")) {
                one.load(in, PASSWORD);
            }
            both.setKeyEntry(name, one.getKey(name, PASSWORD), PASSWORD, one.getCertificateChain(name));
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(both, PASSWORD);
        SSLServerSocket listener = (SSLServerSocket) context(factory.getKeyManagers())
            .getServerSocketFactory().createServerSocket(port, 100, InetAddress.getByName("127.0.0.1"));
        listener.setEnabledProtocols(VERSIONS);
        listener.setEnabledCipherSuites(listener.getSupportedCipherSuites());
        if (modest) {
            listener.setEnabledProtocols(new String[] {"TLSv1.2"});
            listener.setEnabledCipherSuites(Arrays.stream(listener.getSupportedCipherSuites())
                .filter(suite -> suite.matches("(TLS|SSL)_(ECDHE_RSA|DHE_RSA|RSA)_WITH_(AES|CHACHA|3DES).*")).toArray(String[]::new));
        }
        ExecutorService pool = Executors.newCachedThreadPool();
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            pool.execute(() -> {
                try (socket) {
                    socket.setSoTimeout(10_000);
                    socket.startHandshake();
                    socket.getInputStream().read();
                } catch (Exception refused) {
                    // the client hears it as an alert
                }
            });
        }
    }

    // ---- brute-force client

    static void force(int port) throws Exception {
        for (String version : VERSIONS) {
            SSLContext context = context(null);
            for (String suite : context.getSupportedSSLParameters().getCipherSuites()) {
                if (!suite.equals("TLS_EMPTY_RENEGOTIATION_INFO_SCSV")) {
                    System.out.println(version + " " + suite + " " + offer(context, port, version, suite));
                }
            }
        }
    }

    static String offer(SSLContext context, int port, String version, String suite) throws Exception {
        Socket raw = new Socket();
        raw.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 5_000);
        raw.setSoTimeout(10_000);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(raw, null, port, true)) {
            socket.setEnabledProtocols(new String[] {version});
            socket.setEnabledCipherSuites(new String[] {suite});
            socket.startHandshake();
            String got = socket.getSession().getCipherSuite();
            return got.equals(suite) ? "accepted" : "error the server chose " + got;
        } catch (SSLException e) {
            String said = String.valueOf(e.getMessage());
            if (said.startsWith("No appropriate protocol")) {
                return "not-sent"; // the suite does not exist at this version
            }
            return (said.startsWith("Received fatal alert") ? "refused " : "error ") + said;
        }
    }

    static class TrustAll extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}
        public void checkServerTrusted(X509Certificate[] chain, String type) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
