import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.security.AlgorithmConstraints;
import java.security.CryptoPrimitive;
import java.security.Security;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import javax.net.ssl.SSLContext;

// Says which suites JSSE leaves usable.
//   Disabled real VALUE   as a real context does with jdk.tls.disabledAlgorithms=VALUE
//   Disabled each         for each value on standard input, by the same rules, without one JVM each
// Each answer is one line of names.
public class Disabled {
    public static void main(String[] args) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", args[0].equals("real") ? args[1] : "");
        String[] suites = SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites();
        if (args[0].equals("real")) {
            System.out.println(String.join(" ", suites));
            return;
        }
        Constructor<?> decomposer = Class.forName("sun.security.ssl.SSLAlgorithmDecomposer").getDeclaredConstructor();
        decomposer.setAccessible(true);
        Constructor<?> constraints = Class.forName("sun.security.util.DisabledAlgorithmConstraints")
                .getDeclaredConstructor(String.class, Class.forName("sun.security.util.AlgorithmDecomposer"));
        constraints.setAccessible(true);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String value; (value = in.readLine()) != null;) {
            Security.setProperty("test.disabledAlgorithms", value);
            AlgorithmConstraints rules = (AlgorithmConstraints) constraints.newInstance("test.disabledAlgorithms", decomposer.newInstance());
            List<String> usable = new ArrayList<>();
            for (String suite : suites) {
                if (rules.permits(EnumSet.of(CryptoPrimitive.KEY_AGREEMENT), suite, null)) {
                    usable.add(suite);
                }
            }
            System.out.println(String.join(" ", usable));
        }
    }
}
