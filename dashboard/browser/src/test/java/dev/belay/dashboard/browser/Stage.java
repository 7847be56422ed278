package dev.belay.dashboard.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.belay.dashboard.Showcase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The one browser and the one filled shop that all tests share: starting them takes longer than most tests do. */
final class Stage implements AutoCloseable {
    /** How long a page may take to show what a test waits for, on a machine that does much else. */
    static final double PATIENCE_MILLIS = 20_000;

    private static final List<String> USUAL_PLACES = List.of(
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/snap/bin/chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");

    private final Playwright playwright;
    private final Browser browser;
    private final Showcase shop;
    private final Addresses addresses;

    Stage() throws Exception {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        this.shop = new Showcase(0, settings -> settings);
        shop.fill();
        this.addresses = Addresses.of(shop);
        this.playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        this.browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable())
                        .setArgs(arguments()));
    }

    private static Path executable() {
        return Stream.concat(Stream.ofNullable(System.getenv("BELAY_CHROMIUM")), USUAL_PLACES.stream())
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("There is no Chromium at any of " + USUAL_PLACES
                        + ". Install one (apt-get install chromium), or say by BELAY_CHROMIUM where it is."));
    }

    private static List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync"));
        if (Objects.equals(System.getProperty("user.name"), "root")) {
            // Chromium refuses to start its sandbox for root; the pages here are our own.
            arguments.add("--no-sandbox");
        }
        return arguments;
    }

    Browser browser() {
        return browser;
    }

    Showcase shop() {
        return shop;
    }

    Addresses addresses() {
        return addresses;
    }

    @Override
    public void close() throws Exception {
        playwright.close();
        shop.close();
    }
}
