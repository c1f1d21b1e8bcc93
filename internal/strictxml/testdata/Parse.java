import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.xml.parsers.*;
import org.w3c.dom.*;
import org.xml.sax.*;

/** Prints what the JDK's parser makes of the files of a folder, one line each: "no", or the elements with names, attributes and text. */
public class Parse {
    static String hex(String s) {
        return HexFormat.of().formatHex(s.getBytes(StandardCharsets.UTF_8));
    }

    static String name(Node n) {
        return hex((n.getNamespaceURI() == null ? "" : n.getNamespaceURI()) + "|" + n.getLocalName());
    }

    static void dump(Element e, StringBuilder b) {
        b.append(" <").append(name(e));
        List<String> attrs = new ArrayList<>();
        NamedNodeMap map = e.getAttributes();
        for (int i = 0; i < map.getLength(); i++) {
            Attr a = (Attr) map.item(i);
            if (!a.getName().equals("xmlns") && !a.getName().startsWith("xmlns:")) attrs.add(name(a) + "=" + hex(a.getValue()));
        }
        Collections.sort(attrs);
        for (String a : attrs) b.append(' ').append(a);
        StringBuilder text = new StringBuilder();
        for (Node n = e.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Text) text.append(n.getNodeValue());
        }
        b.append(" ~").append(hex(text.toString()));
        for (Node n = e.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element) dump((Element) n, b);
        }
        b.append(" >");
    }

    public static void main(String[] args) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        for (int i = 0; ; i++) {
            Path file = Path.of(args[0], Integer.toString(i));
            if (!Files.exists(file)) return;
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null);
            builder.setEntityResolver((p, s) -> new InputSource(new StringReader("")));
            StringBuilder b = new StringBuilder();
            PrintStream err = System.err;
            System.setErr(new PrintStream(OutputStream.nullOutputStream()));
            try {
                dump(builder.parse(file.toFile()).getDocumentElement(), b);
            } catch (SAXException | IOException e) {
                b.setLength(0);
                b.append("no ").append(String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
            }
            System.setErr(err);
            System.out.println(b.toString().trim());
        }
    }
}
