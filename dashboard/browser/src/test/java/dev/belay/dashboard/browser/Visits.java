package dev.belay.dashboard.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.options.ColorScheme;
import dev.belay.dashboard.Showcase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Sends visitors to the dashboard, each with a browser that knows nothing of the others. A test ends well only if none of their browsers
 * had anything to complain of: no message in the console, no error of a script, nothing the content security policy had to stop, no
 * request to another site.
 */
final class Visits implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(Visits.class);

    private final List<Visitor> visitors = new ArrayList<>();
    private Stage stage;

    @Override
    public void beforeEach(ExtensionContext context) {
        this.stage = context.getRoot().getStore(OURS).computeIfAbsent(Stage.class, type -> started(), Stage.class);
        shop().cardsAreDown.set(true);
        shop().hotelIsClosed.set(false);
        shop().belay().queue("default").resume("a test", "whatever the test before left");
    }

    private static Stage started() {
        try {
            return new Stage();
        } catch (Exception e) {
            throw new IllegalStateException("The browser's tests could not begin: " + e.getMessage(), e);
        }
    }

    /** The shop that visitors look at, unless they are sent elsewhere. */
    Showcase shop() {
        return stage.shop();
    }

    /** What there is to look at in the shop. */
    Addresses addresses() {
        return stage.addresses();
    }

    /** Somebody at a desk. */
    Visitor desk() {
        return visitor(shop(), options(1440, 1000));
    }

    /** Somebody at a desk, at another shop. */
    Visitor desk(Showcase elsewhere) {
        return visitor(elsewhere, options(1440, 1000));
    }

    /** Somebody at a desk in a dark room. */
    Visitor darkDesk() {
        return visitor(shop(), options(1440, 1000).setColorScheme(ColorScheme.DARK));
    }

    /** Somebody with a small phone. */
    Visitor phone() {
        return visitor(shop(), phoneOptions());
    }

    /** Somebody with a small phone in a dark room. */
    Visitor darkPhone() {
        return visitor(shop(), phoneOptions().setColorScheme(ColorScheme.DARK));
    }

    /** Somebody whose browser runs no scripts. */
    Visitor withoutScripts() {
        return visitor(shop(), options(1440, 1000).setJavaScriptEnabled(false));
    }

    private static Browser.NewContextOptions options(int width, int height) {
        return new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(ColorScheme.LIGHT);
    }

    private static Browser.NewContextOptions phoneOptions() {
        return options(360, 740).setHasTouch(true).setIsMobile(true);
    }

    private Visitor visitor(Showcase where, Browser.NewContextOptions options) {
        Visitor visitor = new Visitor(
                stage.browser().newContext(options),
                where.url(),
                options.javaScriptEnabled == null || options.javaScriptEnabled);
        visitors.add(visitor);
        return visitor;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<String> complaints = new ArrayList<>();
        for (int i = 0; i < visitors.size(); i++) {
            if (context.getExecutionException().isPresent()) {
                visitors.get(i).photograph(Path.of("target", "failures", name(context) + "-" + i + ".png"));
            }
            complaints.addAll(visitors.get(i).complaints());
            visitors.get(i).close();
        }
        visitors.clear();
        assertThat(complaints).as("what browsers complained of").isEmpty();
    }

    private static String name(ExtensionContext context) {
        return context.getRequiredTestClass().getSimpleName() + "."
                + context.getRequiredTestMethod().getName();
    }
}
