package dev.belay.dashboard.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Somebody with a browser of their own, and all that this browser complained of. */
final class Visitor implements AutoCloseable {
    private static final String WATCHING = """
            document.addEventListener("securitypolicyviolation", (event) =>
              console.error("stopped by the policy: " + event.violatedDirective + " " + event.blockedURI));
            """;

    private final BrowserContext context;
    private final String url;
    private final boolean scripts;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>();
    private int clicks;

    Visitor(BrowserContext context, String url, boolean scripts) {
        this.context = context;
        this.url = url;
        this.scripts = scripts;
        context.setDefaultTimeout(Stage.PATIENCE_MILLIS);
        context.addInitScript(WATCHING);
        context.onRequest(this::refuseStrangers);
        context.onConsoleMessage(
                message -> complain(message.page(), "console " + message.type() + ": " + message.text()));
        context.onWebError(error -> complain(error.page(), "script: " + error.error()));
        context.onDialog(dialog -> {
            complain(dialog.page(), dialog.type() + ": " + dialog.message());
            dialog.dismiss();
        });
        this.page = context.newPage();
    }

    private void refuseStrangers(Request request) {
        String address = request.url();
        if (!address.startsWith(url + "/") && !address.startsWith("data:")) {
            complaints.add("request to another site: " + address);
        }
    }

    private void complain(Page where, String what) {
        if (expected.stream().noneMatch(pattern -> pattern.matcher(what).find())) {
            complaints.add(what + " (at " + (where == null ? "a page" : where.url()) + ")");
        }
    }

    /** Browsers write into the console that an answer was a refusal: here this one is what the test is about. */
    Visitor expectingRefusal(int status) {
        expected.add(Pattern.compile("(the server responded with a status of|Response Status Error Code) " + status));
        return this;
    }

    /** Browsers write into the console that a server is gone: here it is taken away. */
    Visitor expectingLostConnection() {
        expected.add(Pattern.compile("net::ERR_"));
        return this;
    }

    /** The first page in the browser. */
    Page page() {
        return page;
    }

    /** One more page in the same browser. */
    Page tab() {
        return context.newPage();
    }

    /** A path of the dashboard as browsers know it. */
    String address(String path) {
        return url + path;
    }

    /** Goes to an address of the dashboard; its scripts, if there are any, have begun when this returns. */
    Visitor at(String path) {
        go(page, path);
        return this;
    }

    /** Brings a page of this browser to an address of the dashboard. */
    void go(Page where, String path) {
        where.navigate(url + path);
        ready(where);
    }

    /** Waits until a page's scripts have begun. */
    void ready(Page where) {
        if (scripts) {
            where.waitForSelector("html[data-ready]");
        }
    }

    /** Clicks, and counts it. */
    Visitor click(Locator what) {
        what.click();
        clicks++;
        return this;
    }

    /** How often {@link #click} was called since the visitor came. */
    int clicks() {
        return clicks;
    }

    Locator main() {
        return page.locator("main");
    }

    /** The dialog over the page. */
    Locator dialog() {
        return page.locator("#dialog[open]");
    }

    Locator link(String words) {
        return main().getByRole(
                        AriaRole.LINK,
                        new Locator.GetByRoleOptions().setName(words).setExact(true));
    }

    Locator button(String words) {
        return main().getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(words).setExact(true));
    }

    /** Opens a decision from its link, and waits until it is asked for confirmation. */
    Visitor ask(String link) {
        click(link(link).first());
        decision().locator("h1").waitFor();
        return this;
    }

    /** What asks for confirmation: in a dialog, or a page of its own without scripts. */
    Locator decision() {
        return scripts ? dialog().locator("#decide") : page.locator("main #decide");
    }

    /** Fills in a field of the decision. */
    Visitor say(String label, String value) {
        decision().getByLabel(label).fill(value);
        return this;
    }

    /** Confirms a decision, and returns what is said then. */
    String confirm(String button) {
        click(decision()
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(button).setExact(true)));
        return toast().innerText();
    }

    /** What the page says of the decision before. */
    Locator toast() {
        return page.locator(".toast");
    }

    /** Something the page's script returns. */
    Object asked(String script) {
        return page.evaluate(script);
    }

    List<String> complaints() {
        return List.copyOf(complaints);
    }

    void photograph(Path file) {
        page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
    }

    @Override
    public void close() {
        context.close();
    }
}
