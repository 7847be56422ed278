package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.belay.SagaHandle;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything can be done without a mouse, and what is done often by one key. */
@Order(5)
final class KeyboardTest {
    @RegisterExtension
    final Visits visits = new Visits();

    private static Locator focused(Page page) {
        return page.locator("*:focus");
    }

    @Test
    void slashFindsAndEscapeLeavesTheField() {
        Page page = visits.desk().at("/").page();
        page.keyboard().press("/");
        assertThat(page.locator("#find")).isFocused();
        page.keyboard().type("type:refund");
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile("/sagas\\?q=type%3Arefund"));
        page.keyboard().press("/");
        page.keyboard().press("Escape");
        assertThat(page.locator("#find")).not().isFocused();
    }

    @Test
    void rowsAreWalkedChosenAndOpened() {
        Visitor visitor = visits.desk().at("/sagas?q=type%3Arefund");
        Page page = visitor.page();
        Keyboard keys = page.keyboard();
        keys.press("j");
        keys.press("j");
        keys.press("k");
        keys.press("j");
        assertThat(page.locator("[data-row]").nth(1)).hasAttribute("data-current", "");
        keys.press("x");
        assertThat(page.locator("[data-choose]").nth(1)).isChecked();
        assertThat(page.locator("[data-choose]").nth(0)).not().isChecked();
        String target = page.locator("[data-row]").nth(1).locator("a").first().getAttribute("href");
        keys.press("Enter");
        assertThat(page).hasURL(visitor.address(target));
    }

    @Test
    void gAndALetterGoToAPlace() {
        Visitor visitor = visits.desk();
        Page page = visitor.page();
        Map.of("s", "/sagas", "a", "/approvals", "q", "/queues", "w", "/workers", "e", "/errors", "o", "/")
                .forEach((key, path) -> {
                    visitor.at("/settings");
                    page.keyboard().press("g");
                    page.keyboard().press(key);
                    assertThat(page).hasURL(visitor.address(path));
                });
    }

    @Test
    void questionMarkTellsTheKeysAndEscapeClosesThem() {
        Page page = visits.desk().at("/").page();
        page.keyboard().press("?");
        assertThat(page.locator("#help")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("#help")).isHidden();
    }

    @Test
    void aFailedStepIsRetriedByKeysAlone() {
        SagaHandle<?> refund = visits.shop().startRefund("keys-1");
        refund.awaitSettled(Duration.ofSeconds(30));
        visits.shop().cardsAreDown.set(false);
        Visitor visitor = visits.desk().at("/sagas/" + refund.id());
        Page page = visitor.page();
        page.keyboard().press(".");
        assertThat(focused(page)).hasText("Retry charge-card");
        page.keyboard().press("r");
        assertThat(visitor.dialog()).isVisible();
        assertThat(focused(page)).hasAttribute("name", "reason");
        for (int i = 0; i < 6 && !"Retry step".equals(focused(page).textContent()); i++) {
            page.keyboard().press("Tab");
        }
        assertThat(focused(page)).hasText("Retry step");
        page.keyboard().press("Enter");
        assertThat(visitor.toast()).containsText("It runs again.");
    }

    @Test
    void theFocusComesBackFromADialogToWhereItWasOpened() {
        SagaHandle<?> refund = visits.shop().startRefund("keys-2");
        refund.awaitSettled(Duration.ofSeconds(30));
        Visitor visitor = visits.desk().at("/sagas/" + refund.id());
        Page page = visitor.page();
        visitor.link("Undo the saga").focus();
        page.keyboard().press("Enter");
        assertThat(visitor.dialog()).isVisible();
        page.keyboard().press("Escape");
        assertThat(visitor.dialog()).isHidden();
        assertThat(focused(page)).hasText("Undo the saga");
    }

    @Test
    void theFirstTabLeadsPastTheNavigation() {
        Page page = visits.desk().at("/sagas").page();
        page.keyboard().press("Tab");
        assertThat(focused(page)).hasText("Skip to the content");
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
    }

    @Test
    void aDialogKeepsTheFocusInside() {
        Visitor visitor = visits.desk().at("/queues");
        visitor.main().locator("#queues a[data-dialog]").first().click();
        assertThat(visitor.dialog()).isVisible();
        for (int i = 0; i < 12; i++) {
            visitor.page().keyboard().press("Tab");
            assertThat(
                            visitor.asked(
                                    "() => document.activeElement === document.body || document.getElementById('dialog').contains(document.activeElement)"))
                    .isEqualTo(true);
        }
    }
}
