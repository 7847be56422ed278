package dev.belay.dashboard.browser;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Asks axe what is wrong with a page for those who see, hear or move otherwise: what it calls serious or critical. */
final class Axe {
    private static final String RUN = """
            async ({ where, rules }) => {
              const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
              const results = await axe.run(where, { resultTypes: ["violations"], ...only });
              return results.violations
                .filter((rule) => rule.impact === "serious" || rule.impact === "critical")
                .flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + rule.help + ": " + node.html
                  + (node.any[0] ? " (" + node.any[0].message + ")" : "")));
            }
            """;

    private Axe() {}

    /** The library's own classes need an older JSON library; its script needs nothing. */
    private static String script() {
        try (InputStream script = Objects.requireNonNull(Axe.class.getResourceAsStream("/axe.min.js"), "axe.min.js")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is wrong within the part of the page that {@code selector} names. */
    static List<String> faults(Page page, String selector) {
        return run(page, selector, List.of());
    }

    /** What is too faint in it: all that can differ between light and dark. */
    static List<String> contrasts(Page page, String selector) {
        return run(page, selector, List.of("color-contrast"));
    }

    @SuppressWarnings("unchecked")
    private static List<String> run(Page page, String selector, List<String> rules) {
        if (Boolean.FALSE.equals(page.evaluate("() => 'axe' in window"))) {
            page.evaluate(script());
        }
        return (List<String>) page.evaluate(RUN, Map.of("where", selector, "rules", rules));
    }
}
