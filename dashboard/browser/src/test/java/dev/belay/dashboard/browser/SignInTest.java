package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.belay.dashboard.BuiltInUsers;
import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** People sign in, see what they may, manage each other, and sign out. */
@Order(9)
final class SignInTest {
    private static final String PASSWORD = "a horse, a saddle";
    private static Showcase shop;

    @RegisterExtension
    final Visits visits = new Visits();

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(0, Dashboard.Builder::builtInUsers);
        BuiltInUsers people = BuiltInUsers.on(shop.pool(), "belay");
        people.create("ada", PASSWORD, Role.ADMIN);
        people.create("vera", PASSWORD, Role.VIEWER);
        shop.startRefund("sign-1").awaitSettled(java.time.Duration.ofSeconds(30));
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static Visitor signIn(Visitor visitor, String name, String password) {
        visitor.main().getByLabel("Name").fill(name);
        visitor.main().getByLabel("Password").fill(password);
        visitor.click(visitor.button("Sign in"));
        return visitor;
    }

    @Test
    void whoeverSignsInComesToThePageTheyWanted() {
        Visitor visitor = visits.desk(shop)
                .expectingRefusal(401)
                .expectingRefusal(403)
                .expectingRefusal(422)
                .at("/queues");
        assertThat(visitor.main().locator("h1")).hasText("Sign in");
        assertThat(Axe.faults(visitor.page(), "html")).isEmpty();
        signIn(visitor, "ada", "not the password");
        assertThat(visitor.main().locator(".refusal")).isVisible();
        signIn(visitor, "ada", PASSWORD);
        assertThat(visitor.main().locator("h1")).hasText("Queues and definitions");

        visitor.page().getByText("Sign out").first().click();
        visitor.at("/queues");
        assertThat(visitor.main().locator("h1")).hasText("Sign in");
    }

    @Test
    void aViewerIsOfferedNoDecisionAndShownNoPayload() {
        Visitor visitor = signIn(visits.desk(shop).at("/"), "vera", PASSWORD);
        visitor.click(visitor.link("sign-1").first());
        assertThat(visitor.main()).containsText("A step failed");
        assertThat(visitor.main().locator("a[href$='/retry']")).hasCount(0);
        visitor.click(visitor.main().locator("#saga-trouble a[data-dialog]").first());
        assertThat(visitor.dialog()).containsText("You may not see payloads");
        assertThat(visitor.dialog()).not().containsText("4711 0815");
    }

    @Test
    void peopleAreAddedChangedAndShutOut() {
        Visitor visitor = signIn(visits.desk(shop).at("/settings/users"), "ada", PASSWORD);
        assertThat(Axe.faults(visitor.page(), "html")).isEmpty();
        visitor.click(visitor.link("Add somebody"));
        assertThat(Axe.faults(visitor.page(), "html")).isEmpty();
        visitor.main().getByLabel("Name").fill("bob");
        visitor.main().getByLabel("Role").selectOption("operator");
        visitor.click(visitor.button("Add person"));
        String once = visitor.main().locator("pre").innerText().strip();

        Visitor bob = signIn(visits.desk(shop).at("/"), "bob", once);
        assertThat(bob.main().locator("h1")).hasText("Your password");
        bob.main().getByLabel("Present password").fill(once);
        bob.main()
                .getByLabel("New password", new Locator.GetByLabelOptions().setExact(true))
                .fill("a cart without a horse");
        bob.main().getByLabel("New password again").fill("a cart without a horse");
        bob.click(bob.button("Change password"));
        assertThat(bob.at("/").main().locator("h1")).hasText("Overview");

        visitor.at("/settings/users").click(visitor.link("Role of bob"));
        visitor.decision().getByLabel("Role").selectOption("viewer");
        visitor.click(visitor.decision().locator("button.primary"));
        assertThat(row(visitor, "bob")).containsText("viewer");

        visitor.click(visitor.link("Disable bob"));
        visitor.click(visitor.decision().locator("button.primary"));
        assertThat(row(visitor, "bob")).containsText("disabled");
        assertThat(bob.at("/").main().locator("h1")).hasText("Sign in");
    }

    private static Locator row(Visitor visitor, String name) {
        return visitor.main().locator("tr", new Locator.LocatorOptions().setHasText(name));
    }
}
