package dev.belay.dashboard.browser;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Page;
import java.util.List;

/** Asks axe what is wrong with a page for those who see, hear or move otherwise. */
final class Axe {
    private static final String RUN =
            """
            async (where) => {
              const results = await axe.run(where, { resultTypes: ["violations"] });
              return results.violations
                .filter((rule) => rule.impact === "serious" || rule.impact === "critical")
                .flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + rule.help + ": " + node.html
                  + (node.any[0] ? " (" + node.any[0].message + ")" : "")));
            }
            """;

    private Axe() {}

    /** What is serious or critical within the part of the page that {@code selector} names. */
    @SuppressWarnings("unchecked")
    static List<String> faults(Page page, String selector) {
        if (Boolean.FALSE.equals(page.evaluate("() => 'axe' in window"))) {
            page.evaluate(AxeBuilder.getAxeScript());
        }
        return (List<String>) page.evaluate(RUN, selector);
    }
}
