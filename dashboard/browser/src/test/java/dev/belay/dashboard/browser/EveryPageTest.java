package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What holds of every page that a link leads to, decisions among them, whoever built it. */
@Order(1)
final class EveryPageTest {
    @RegisterExtension
    final Visits visits = new Visits();

    /** What links do not lead to: what scripts ask for, and what a dashboard without a sign-in of its own does not offer. */
    private static final List<String> NOT_LINKED =
            List.of("/assets/", "/live", "/sign-in", "/settings/users", "/settings/password");

    /** What depends on how a saga stands, and the filled shop has none like that. */
    private static final Set<String> NOT_OFFERED = Set.of(
            "/sagas/{id}/applied",
            "/sagas/{id}/not-applied",
            "/sagas/{id}/force-compensate",
            "/sagas/{id}/extend-deadline",
            "/bulk/{id}",
            "/bulk/{id}/stop",
            "/views/{id}/change",
            "/views/{id}/delete",
            "/definitions/{name}/resume",
            "/sagas/{id}/resume");

    @Test
    void everyPageIsFoundByLinksAndNoLinkIsDead() {
        SoftAssertions soft = new SoftAssertions();
        soft.assertThat(visits.addresses().dead()).as("dead links").isEmpty();
        soft.assertThat(visits.addresses().unreached())
                .as("pages that no link leads to")
                .filteredOn(pattern -> NOT_LINKED.stream().noneMatch(pattern::startsWith))
                .filteredOn(pattern -> !NOT_OFFERED.contains(pattern))
                // Streams are opened by the pages themselves.
                .filteredOn(pattern -> !pattern.endsWith("/live"))
                .isEmpty();
        soft.assertAll();
    }

    @TestFactory
    Stream<DynamicTest> isAccessibleInLightAndDark() {
        Visitor visitor = visits.desk();
        Set<String> dialogs = new HashSet<>();
        return each(address -> {
            Page page = visitor.at(address).page();
            SoftAssertions soft = new SoftAssertions();
            inLightAndDark(page, "html", soft);
            for (String link : newDialogs(page, dialogs)) {
                page.locator("main a[data-dialog][href='" + link + "']")
                        .and(page.locator(":visible"))
                        .first()
                        .click();
                assertThat(visitor.dialog()).isVisible();
                inLightAndDark(page, "#dialog", soft);
                page.keyboard().press("Escape");
                assertThat(visitor.dialog()).isHidden();
            }
            soft.assertAll();
        });
    }

    private static void inLightAndDark(Page page, String part, SoftAssertions soft) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        soft.assertThat(Axe.faults(page, part)).as("%s in light", part).isEmpty();
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        soft.assertThat(Axe.contrasts(page, part)).as("%s in dark", part).isEmpty();
    }

    /** One link to a dialog for each kind of decision not looked at before. */
    private static List<String> newDialogs(Page page, Set<String> known) {
        return page.locator("main a[data-dialog]").and(page.locator(":visible")).all().stream()
                .map(link -> link.getAttribute("href"))
                .filter(href -> known.add(href.replaceAll("[0-9a-f-]{36}", "id")
                        .replaceFirst("(queues|definitions)/[^/]*", "$1")
                        .replaceFirst("\\?.*", "")))
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> fitsASmallPhoneAndPaper() {
        Visitor visitor = visits.desk();
        return each(address -> {
            Page page = visitor.at(address).page();
            List<String> atADesk = offers(page);
            page.setViewportSize(360, 740);
            SoftAssertions soft = new SoftAssertions();
            soft.assertThat(page.evaluate("document.documentElement.scrollWidth"))
                    .as("how wide %s is, where the widest is %s", address, page.evaluate(WIDEST))
                    .isEqualTo(360);
            soft.assertThat((List<?>) page.evaluate(OUT_OF_REACH))
                    .as("what a finger cannot reach")
                    .isEmpty();
            soft.assertThat(offers(page)).as("what can be done on a phone").isEqualTo(atADesk);
            page.setViewportSize(1440, 1000);
            page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
            soft.assertThat(page.locator("nav.side, header.bar")
                            .and(page.locator(":visible"))
                            .count())
                    .as("what stands around the page on paper")
                    .isZero();
            soft.assertThat(page.locator("main h1").first().isVisible())
                    .as("the heading is printed")
                    .isTrue();
            page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.SCREEN));
            soft.assertAll();
        });
    }

    /** What reaches out furthest. */
    private static final String WIDEST = """
            () => [...document.querySelectorAll("main *")]
              .map((e) => [e.getBoundingClientRect().right, e])
              .filter(([right]) => right > 361)
              .sort((a, b) => b[0] - a[0])
              .slice(0, 1)
              .map(([right, e]) => e.outerHTML.slice(0, 300))
            """;

    /** Links, buttons and fields that begin beyond the edge, where nothing around them can be scrolled sideways. */
    private static final String OUT_OF_REACH = """
            () => [...document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea")]
              .filter((e) => e.checkVisibility() && !(e instanceof SVGElement))
              .filter((e) => e.getBoundingClientRect().right > 361 || e.getBoundingClientRect().left < -1)
              .filter((e) => {
                for (let box = e.parentElement; box; box = box.parentElement) {
                  if (box.scrollWidth > box.clientWidth && /auto|scroll/.test(getComputedStyle(box).overflowX)) {
                    return false;
                  }
                }
                return true;
              })
              .map((e) => e.outerHTML.slice(0, 200))
            """;

    @SuppressWarnings("unchecked")
    private static List<String> offers(Page page) {
        return (List<String>) page.evaluate("""
                () => [...document.querySelectorAll("main a[data-dialog], main button")]
                  .filter((e) => e.checkVisibility())
                  .map((e) => e.textContent.trim().replace(/\\s+/g, " "))
                """);
    }

    @TestFactory
    Stream<DynamicTest> canBeReadWithoutScripts() {
        Visitor visitor = visits.withoutScripts();
        return each(address -> {
            Page page = visitor.at(address).page();
            assertThat(visitor.main().locator("h1").first()).isVisible();
            assertThat(visitor.main().innerText()).hasSizeGreaterThan(20);
            assertThat(page.locator("button[type=button]")
                            .and(page.locator(":visible"))
                            .all())
                    .as("buttons that do nothing without scripts")
                    .extracting(Locator::textContent)
                    .isEmpty();
        });
    }

    private Stream<DynamicTest> each(AddressCheck check) {
        return visits.addresses().pages().stream()
                .map(address -> DynamicTest.dynamicTest(address, () -> check.of(address)));
    }

    @FunctionalInterface
    private interface AddressCheck {
        void of(String address);
    }
}
