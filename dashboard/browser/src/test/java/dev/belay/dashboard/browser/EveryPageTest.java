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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What holds of every page that a link leads to, decisions among them, whoever built it. */
final class EveryPageTest {
    @RegisterExtension
    final Visits visits = new Visits();

    /** What links on a page with a filled shop do not lead to: streams, and what scripts ask for. */
    private static final Set<String> NOT_LINKED = Set.of("/assets/{mark}/{name}", "/live", "/sagas/{id}/live");

    @Test
    void everyPageIsFoundByLinksAndNoLinkIsDead() {
        SoftAssertions soft = new SoftAssertions();
        soft.assertThat(visits.addresses().dead()).as("dead links").isEmpty();
        soft.assertThat(visits.addresses().unreached())
                .as("pages that no link leads to")
                .filteredOn(pattern -> !NOT_LINKED.contains(pattern))
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
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            soft.assertThat(Axe.faults(page, part)).as("%s, %s", part, scheme).isEmpty();
        }
    }

    /** One link to a dialog for each kind of decision not looked at before. */
    private static List<String> newDialogs(Page page, Set<String> known) {
        return page.locator("main a[data-dialog]").and(page.locator(":visible")).all().stream()
                .map(link -> link.getAttribute("href"))
                .filter(href -> known.add(href.replaceAll("[0-9a-f-]{36}", "id").replaceFirst("\\?.*", "")))
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> fitsASmallPhone() {
        Visitor phone = visits.phone();
        return each(address -> {
            Page page = phone.at(address).page();
            assertThat(page.evaluate("document.documentElement.scrollWidth"))
                    .as("how wide the page is")
                    .isEqualTo(360);
            assertThat((List<?>) page.evaluate(OUT_OF_REACH))
                    .as("what a finger cannot reach")
                    .isEmpty();
        });
    }

    /** Links, buttons and fields that begin beyond the edge, where nothing around them can be scrolled sideways. */
    private static final String OUT_OF_REACH =
            """
            () => [...document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea")]
              .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > 361 || e.getBoundingClientRect().left < -1))
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

    @TestFactory
    Stream<DynamicTest> offersOnAPhoneWhatItOffersAtADesk() {
        Visitor desk = visits.desk();
        Visitor phone = visits.phone();
        return each(address -> assertThat(offers(phone.at(address).page()))
                .containsExactlyInAnyOrderElementsOf(
                        offers(desk.at(address).page())));
    }

    private static List<String> offers(Page page) {
        return page.locator("main a[data-dialog], main button[type=submit], main form button").and(page.locator(":visible")).all().stream()
                .map(Locator::textContent)
                .map(words -> words.strip().replaceAll("\\s+", " "))
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> canBeReadWithoutScripts() {
        Visitor visitor = visits.withoutScripts();
        return each(address -> {
            visitor.at(address);
            assertThat(visitor.main().locator("h1").first()).isVisible();
            assertThat(visitor.main().innerText()).hasSizeGreaterThan(20);
            // What only scripts can do is hidden until they run.
            assertThat(visitor.page().locator("main button:not([type=submit]):not(form button):visible").all())
                    .extracting(Locator::textContent)
                    .isEmpty();
        });
    }

    @TestFactory
    Stream<DynamicTest> isPrintedWithoutWhatIsAroundIt() {
        Visitor visitor = visits.desk();
        return each(address -> {
            Page page = visitor.at(address).page();
            page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
            assertThat(page.locator("nav.side")).isHidden();
            assertThat(page.locator("header.bar")).isHidden();
            assertThat(page.locator("main h1").first()).isVisible();
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
