package dev.belay.dashboard.browser;

import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Takes a picture of every page into {@code target/screenshots}, at a desk and on a phone, in light and dark, for people to look at. No
 * part of the gate: {@code mvn -B -Pbrowser -pl dashboard/browser -am test -Dtest=Screenshots -Dsurefire.failIfNoSpecifiedTests=false}.
 */
final class Screenshots {
    @RegisterExtension
    final Visits visits = new Visits();

    @Test
    void ofEveryPage() {
        Map<String, Visitor> visitors = Map.of(
                "1440-light", visits.desk(),
                "1440-dark", visits.darkDesk(),
                "360-light", visits.phone(),
                "360-dark", visits.darkPhone());
        int number = 0;
        for (String address : visits.addresses().pages()) {
            String name = "%02d%s"
                    .formatted(
                            number++,
                            address.replaceAll("[0-9a-f]{8}-[0-9a-f-]{27}", "ID")
                                    .replaceAll("[^A-Za-z0-9]+", "-"));
            visitors.forEach((size, visitor) -> {
                Page page = visitor.at(address).page();
                page.waitForTimeout(150);
                visitor.photograph(Path.of("target", "screenshots", name + "-" + size + ".png"));
            });
        }
    }
}
